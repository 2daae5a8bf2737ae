"""Who sees what: levels, grants, unsealing and purging by two. `test_matrix` asks every route."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from mediacatalog.catalog import changes, collections, levels, markers, undoing, visits
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.catalog.models import Clip, Sighting
from mediacatalog.catalog.track_models import TrackRow
from mediacatalog.errors import InvalidValueError
from mediacatalog.web import visits as visiting
from tests.search.rows import a_clip
from tests.web.people import an_account, csrf, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apiflask import APIFlask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex

WORD = "zephyrquartz"
"""Stands in every text of the sealed clip, and nowhere else."""
LOWER = ("researcher", "reviewer", "archivist")
ASKED = (
    f"/?q={WORD}", "/", "/.json", "/.csv", f"/?q=tag:{WORD}tag", "/?view=map", "/?view=time",
    f"/api/v1/search?q={WORD}", "/api/v1/search", "/api/v1/search/places", "/api/v1/search/dates",
    f"/api/v1/complete?q={WORD[:6]}", f"/api/v1/complete?q=tag:{WORD[:6]}",
    f"/tags/suggest?q={WORD[:6]}", f"/tags/suggest?q={WORD[:6]}&kind=place", "/tags",
    "/tags/vocabulary.csv", "/tags/vocabulary.ttl", "/collections", "/saved", "/history",
    "/api/v1/history", "/api/v1/changes", "/ingest", "/api/v1/ingest", "/review",
    "/review/clips/unreviewed", "/review/copies", "/review/failed", "/api/v1/review",
    "/api/v1/review/clips", "/api/v1/review/copies", "/api/v1/terms", f"/?q={WORD[:-1]}x",
)  # fmt: skip


@pytest.fixture
def catalogue(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Catalogue]:
    shutil.copyfile(migrated_sqlite, tmp_path / "catalogue.sqlite")
    opened = open_catalogue(f"sqlite:///{tmp_path / 'catalogue.sqlite'}")
    yield opened
    opened.close()


class Sealed:
    """A clip with everything, beside an open one, both in one collection."""

    def __init__(self, catalogue: Catalogue, index: SearchIndex) -> None:
        self.catalogue, self.index = catalogue, index
        self.open = a_clip(catalogue, "A ferry", tags=["ferry"], cues=[(0, 900, "a ferry")])
        self.clip = a_clip(
            catalogue,
            f"{WORD} title",
            cues=[(0, 900, f"{WORD} said")],
            tags=[f"{WORD}tag", "ferry"],
            places=[[f"{WORD}place"]],
            description=f"{WORD} description",
            source=f"{WORD} source",
            name=f"{WORD}.mp4",
            article="The story",
            position=(34.45, 40.92),
            recorded_at="2017-11-19",
        )
        with catalogue.writing() as session:
            self.sha256 = session.get_one(Clip, self.clip).sha256
            self.collection = collections.make(session, "Case", actor="x")
            collections.add(session, self.collection, [self.open, self.clip], actor="x")
            collections.annotate(session, self.collection, self.clip, f"{WORD} note", actor="x")
            markers.add(session, self.clip, markers.Wanted(f"{WORD} marker", 100), actor="x")
            self.track = session.query(TrackRow.id).filter_by(clip_id=self.clip).scalar()
            self.sighting = session.query(Sighting.id).filter_by(clip_id=self.clip).scalar()
            levels.close(session, self.clip, "sealed", reason=f"{WORD} reason", actor="x")
        index.catch_up(catalogue)

    def tells(self, text: str, asked: str) -> list[str]:
        """What of it stands in an answer, besides what was asked."""
        said = ("title", "said", "description", "source", "note", "marker", "reason")
        signs = [self.clip, self.sha256, f"{WORD}place", f"{WORD}.mp4"]
        signs += [f"{WORD} {one}" for one in said]
        return [one for one in (*signs, f"{WORD}tag") if one in text and one not in asked]


@pytest.fixture
def sealed(catalogue: Catalogue, index: SearchIndex) -> Sealed:
    for role in ("researcher", "reviewer", "archivist", "admin"):
        an_account(catalogue, f"a {role}", role)
    return Sealed(catalogue, index)


def lines(client: FlaskClient, sealed: Sealed) -> list[tuple[str, list[str]]]:
    every = (*ASKED, f"/collections/{sealed.collection}", f"/?q=like:{sealed.clip}")
    found = []
    for page in every:
        answer = client.get(page)
        assert answer.status_code in (200, 403, 404, 422), (page, answer.status_code)
        if told := sealed.tells(answer.text, page):
            found.append((page, told))
    return found


def test_no_count_tells_of_it(app: APIFlask, sealed: Sealed) -> None:
    for role in LOWER:
        client = sign_in(app, f"a {role}")
        found = client.get("/api/v1/search").get_json()
        assert found["count"] == 1
        assert [(one["value"], one["count"]) for one in found["facets"]["tag"]] == [("ferry", 1)]
        assert client.get(f"/api/v1/search?q={WORD}").get_json()["count"] == 0
        [ferry] = client.get("/tags/suggest?q=ferry").get_json()
        assert ferry["count"] == 1


def test_names_that_tell_of_it_are_hidden(app: APIFlask, sealed: Sealed) -> None:
    """Of collections that hold nothing else, and of what others look for."""
    with sealed.catalogue.writing() as session:
        own = collections.make(session, f"{WORD} case", actor="x")
        collections.add(session, own, [sealed.clip], actor="x")
    admin, below = sign_in(app, "a admin"), sign_in(app, "a reviewer")
    pages = ("/collections", "/api/v1/collections", "/history", "/api/v1/changes", "/")
    assert [page for page in pages if f"{WORD} case" in below.get(page).text] == []
    assert [below.get(f"{at}/collections/{own}").status_code for at in ("", "/api/v1")] == [404] * 2
    assert f"{WORD} case" in admin.get("/collections").text
    form = {"csrf_token": csrf(below, "/saved"), "name": "Mine alone", "q": "ferry"}
    assert below.post("/saved", data=form).status_code == 303
    [mine] = below.get("/api/v1/saved").json["saved"]
    for other in (admin, sign_in(app, "a researcher")):
        assert other.get("/api/v1/saved").json["saved"] == []
        assert other.get(f"/api/v1/saved/{mine['id']}").status_code == 404
        assert "Mine alone" not in other.get("/saved").text
    assert "Mine alone" not in sign_in(app, "a researcher").get("/history").text


def test_an_admin_and_who_has_the_grant_see_it(app: APIFlask, sealed: Sealed) -> None:
    client = sign_in(app, "a researcher")
    for reach, status in (("", 404), ("restricted", 404), ("sealed", 200), ("", 404)):
        with sealed.catalogue.writing() as session:
            levels.grant(session, "a researcher", sealed.collection, reach, actor="x")
        assert client.get(f"/clips/{sealed.clip}").status_code == status
        count = client.get(f"/api/v1/search?q={WORD}").get_json()["count"]
        assert count == (1 if status == 200 else 0)
    assert sign_in(app, "a admin").get(f"/clips/{sealed.clip}").status_code == 200


def test_a_level_holds_from_the_next_question_on(app: APIFlask, sealed: Sealed) -> None:
    """Before the index knows of it."""
    client = sign_in(app, "a researcher")
    assert client.get("/api/v1/search?q=ferry").get_json()["count"] == 1
    with sealed.catalogue.writing() as session:
        levels.close(session, sealed.open, "restricted", actor="x")
    assert client.get("/api/v1/search?q=ferry").get_json()["count"] == 0
    assert sign_in(app, "a archivist").get(f"/clips/{sealed.open}").status_code == 200


def post(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """A form of the box, as it stands on the page of the clip."""
    page = path[: path.index("/access")]
    box = client.get(page).text.partition('id="access"')[2]
    seen = re.search(r'name="seen" value="([^"]*)"', box)
    assert seen is not None
    return client.post(path, data={"csrf_token": csrf(client, page), "seen": seen[1], **fields})


def test_a_level_is_set_on_the_page_and_taken_back(app: APIFlask, sealed: Sealed) -> None:
    here, page = f"/clips/{sealed.open}/access", f"/clips/{sealed.open}"
    client = sign_in(app, "a archivist")
    wrong = post(client, here, level="embargo", until="", reason="source at risk")
    assert wrong.status_code == 422
    assert 'value="source at risk"' in wrong.text
    assert post(client, here, level="embargo", until="2990-01-31", reason="r").status_code == 303
    shown = client.get(page).text
    assert "Under embargo</strong> until <time" in shown
    assert "set by <bdi" in shown
    stale = {"level": "open", "seen": "open - -", "csrf_token": csrf(client, page)}
    assert client.post(here, data=stale).status_code == 409
    with sealed.catalogue.reading() as session:
        entry = changes.history(session, "clip", sealed.open)[0]
    assert (entry.field, entry.actor, entry.reason) == ("access", "a archivist", "r")
    assert sign_in(app, "a researcher").get(page).status_code == 404
    answer = client.post(
        f"/history/entries/{entry.id}/undo", data={"csrf_token": csrf(client, page)}
    )
    assert answer.status_code == 303
    below = sign_in(app, "a researcher").get(page)
    assert below.status_code == 200
    assert 'id="access"' not in below.text
    answer = post(client, here, level="sealed", reason="r")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get(page).status_code == 404


def test_it_takes_two_to_unseal_on_the_page_by_the_api_and_by_command(
    app: APIFlask, sealed: Sealed
) -> None:
    an_account(sealed.catalogue, "Omar", "admin")
    here, path = f"/clips/{sealed.clip}/access", f"/api/v1/clips/{sealed.clip}/access"
    first, second = sign_in(app, "a admin"), sign_in(app, "Omar")

    def patch(client: FlaskClient, **body: object) -> TestResponse:
        headers = {
            "If-Match": client.get(path).headers["ETag"],
            "X-CSRFToken": csrf(client, "/account"),
        }
        return client.patch(path, json=body, headers=headers)

    for actor in ("local", "a researcher"):
        with pytest.raises(InvalidValueError), sealed.catalogue.writing() as session:
            levels.close(session, sealed.clip, "open", reason="r", actor=actor)
    assert patch(first, level="open").status_code == 422, "without a reason"
    asked = patch(first, level="restricted", reason="the source agreed").json
    assert (asked["level"], asked["unsealing"]["asked_by"]) == ("sealed", "a admin")
    assert patch(first, unsealing="confirmed").status_code == 422
    assert post(first, f"{here}/confirm").status_code == 422
    assert patch(second, unsealing=None).json["unsealing"] is None
    assert patch(second, unsealing="confirmed").status_code == 422
    assert post(first, here, level="restricted", reason="the source agreed").status_code == 303
    assert "Confirm: unseal it" not in first.get(f"/clips/{sealed.clip}").text
    assert "Confirm: unseal it" in second.get(f"/clips/{sealed.clip}").text
    with sealed.catalogue.writing() as session:
        entry = next(
            one for one in changes.history(session, "clip", sealed.clip) if one.field == "access"
        )
        assert undoing.entry(session, entry.id, actor="Omar").done == 0
    assert sign_in(app, "a archivist").get(path).status_code == 404
    assert post(second, f"{here}/confirm").status_code == 303
    done = sign_in(app, "a archivist").get(path).json
    assert (done["level"], done["set_by"], done["unsealing"]) == ("restricted", "Omar", None)
    assert done["reason"] == "a admin asked: the source agreed"


def test_who_is_alone_unseals_at_once_with_a_reason(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    clip = a_clip(catalogue, "A ferry")
    here = f"/clips/{clip}/access"
    assert post(client, here, level="sealed").status_code == 303
    assert "there is nobody else who could confirm" in client.get(f"/clips/{clip}").text
    assert post(client, here, level="open").status_code == 422
    assert post(client, here, level="open", reason="r").status_code == 303
    with catalogue.reading() as session:
        assert levels.of_clip(session, clip).level == "open"


def test_visits_of_sealed_clips_and_downloads_are_recorded(app: APIFlask, sealed: Sealed) -> None:
    client, page = sign_in(app, "a admin"), f"/clips/{sealed.clip}"
    for asked in (page, page, f"/api/v1{page}", f"/clips/{sealed.open}"):
        assert client.get(asked).status_code == 200
    recorder = app.extensions[visiting.EXTENSION]
    recorder.wait()
    for whole in (True, True, False):
        recorder.note(sealed.open, "a admin", visits.DOWNLOAD, whole=whole)
    recorder.note(sealed.open, "a admin", visits.PLAY, whole=False)
    recorder.wait()
    with sealed.catalogue.reading() as session:
        seen = [(one.who, one.what) for one in visits.of_clip(session, sealed.clip)]
        got = [(one.who, one.what) for one in visits.of_clip(session, sealed.open)]
    assert seen == [("a admin", "view")]
    assert got == [("a admin", "download")] * 2
    assert "looked at it" in client.get(page).text


def test_two_admins_purge_by_page_and_api_and_nobody_else_hears_of_it(
    app: APIFlask, sealed: Sealed
) -> None:
    an_account(sealed.catalogue, "Omar", "admin")
    first, second, below = (sign_in(app, one) for one in ("a admin", "Omar", "a archivist"))
    path = f"/api/v1/clips/{sealed.clip}/purging"

    def patch(client: FlaskClient, **body: object) -> TestResponse:
        etag = client.get(path).headers["ETag"]
        headers = {"If-Match": etag, "X-CSRFToken": csrf(client, "/account")}
        return client.patch(path, json=body, headers=headers)

    def send(client: FlaskClient, act: str = "", **fields: str) -> TestResponse:
        fields["csrf_token"] = csrf(client, "/account")
        return client.post(f"/clips/{sealed.clip}/purge{act}", data=fields)

    assert send(first, reason="r").status_code == 422, "not sure"
    assert send(first, reason="the source asked", sure="on").status_code == 303
    assert "Confirm: purge" not in first.get("/purged").text
    assert "asks to purge this clip" in second.get(f"/clips/{sealed.clip}").text
    assert send(second, "/confirm", seen="another").status_code == 409
    assert patch(first, decision="confirmed").status_code == 422
    assert patch(second, decision="withdrawn").json["asked"] is None
    assert patch(first, reason="the source asked").json["asked"]["asked_by"] == "a admin"
    [seen] = re.findall(r'name="seen" value="([^"]*)"', second.get("/purged").text)[:1]
    assert send(second, "/confirm", seen=seen).status_code == 303
    assert "confirmed by" in first.get("/purged").text
    [stone] = first.get("/api/v1/tombstones").json["tombstones"]
    assert (stone["clip"], stone["sha256"], stone["confirmed_by"]) == (
        sealed.clip, sealed.sha256, "Omar",
    )  # fmt: skip
    assert first.get(f"/clips/{sealed.clip}").status_code == 404
    assert sealed.sha256[:12] in first.get("/history").text
    assert sealed.clip in first.get("/api/v1/changes").text
    sealed.index.catch_up(sealed.catalogue)
    assert lines(below, sealed) == []


def test_an_admin_gives_and_takes_grants_on_a_page(app: APIFlask, sealed: Sealed) -> None:
    admin, below = sign_in(app, "a admin"), sign_in(app, "a archivist")
    assert below.get("/grants").status_code == 403
    with sealed.catalogue.reading() as session:
        named = collections.one(session, sealed.collection).name
    form = {"name": "a archivist", "collection": named.upper(), "reach": "sealed"}
    asked = {"csrf_token": csrf(below, "/saved"), **form}
    assert below.post("/grants", data=asked).status_code == 403
    assert below.get(f"/clips/{sealed.clip}").status_code == 404
    asked = {"csrf_token": csrf(admin, "/grants"), **form}
    assert admin.post("/grants", data=asked).status_code == 303
    assert below.get(f"/clips/{sealed.clip}").status_code == 200
    listed = f'<a href="/grants?collection={sealed.collection}">'
    for shown in ("", f"?collection={sealed.collection}", "?name=a+archivist"):
        assert listed in admin.get(f"/grants{shown}").text
    for empty in ("?name=a+reviewer", "?name=nobody", "?collection=none"):
        assert listed not in admin.get(f"/grants{empty}").text
    assert admin.post("/grants", data={**asked, "reach": "all"}).status_code == 422
    with sealed.catalogue.writing() as session:
        closed = collections.make(session, f"{named} of closed ones", actor="x")
        collections.add(session, closed, [sealed.clip], actor="x")
    offered = f"/collections/suggest?q={named}"
    assert len(admin.get(offered).json) == 2
    assert sign_in(app, "a researcher").get(offered).json == [{"label": named}]
    wrong = admin.post("/grants", data={**asked, "collection": "No such <one>"})
    assert wrong.status_code == 422
    assert 'value="No such &lt;one&gt;"' in wrong.text
    assert '<option value="sealed" selected>' in wrong.text
    back = {**asked, "collection": sealed.collection, "reach": ""}
    assert admin.post("/grants", data=back).status_code == 303
    assert below.get(f"/clips/{sealed.clip}").status_code == 404
    assert listed not in admin.get("/grants").text


def test_an_admin_gives_and_takes_grants_by_the_api(app: APIFlask, sealed: Sealed) -> None:
    admin, below = sign_in(app, "a admin"), sign_in(app, "a archivist")
    where = f"/api/v1/collections/{sealed.collection}/grants"
    for path in ("/api/v1/grants", where):
        assert below.get(path).status_code == 403
    token = csrf(admin, "/grants")
    first = admin.get(where)
    assert first.json == {"collection": sealed.collection, "grants": []}

    def patch(edition: str, **grants: str | None) -> TestResponse:
        headers = {"X-CSRFToken": token, "If-Match": edition}
        named = {f"a {name}": reach for name, reach in grants.items()}
        return admin.patch(where, headers=headers, json={"grants": named})

    assert patch(first.headers["ETag"], archivist="sealed", nobody="sealed").status_code == 404
    assert patch(first.headers["ETag"], archivist="all").status_code == 422
    assert below.get(f"/clips/{sealed.clip}").status_code == 404
    given = patch(first.headers["ETag"], archivist="sealed", researcher=None)
    assert below.get(f"/clips/{sealed.clip}").status_code == 200
    assert patch(first.headers["ETag"], archivist=None).status_code == 412
    [one] = given.json["grants"]
    assert (one["account"], one["reach"], one["collection_name"]) == (
        "a archivist",
        "sealed",
        "Case",
    )
    for asked in ("", f"?collection={sealed.collection}", "?account=a+archivist"):
        assert admin.get(f"/api/v1/grants{asked}").json == {"grants": [one]}
    assert admin.get("/api/v1/grants?account=a+reviewer").json == {"grants": []}
    assert admin.get("/api/v1/grants?account=nobody").status_code == 404
    assert patch(given.headers["ETag"], archivist=None).json["grants"] == []
    assert below.get(f"/clips/{sealed.clip}").status_code == 404
