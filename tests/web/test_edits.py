"""What people change by the pages: recorded, found by search, never lost to another's edit."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from mediacatalog.catalog import changes, holdings
from mediacatalog.search import index as following
from mediacatalog.values import State
from mediacatalog.web import freshness
from tests.web.forms import send

if TYPE_CHECKING:
    import pytest
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex
    from mediacatalog.settings import Settings
    from tests.web.archive import Archive


def version(client: FlaskClient, clip: str) -> str:
    found = re.search(r'name="version" value="([^"]+)"', client.get(f"/clips/{clip}").text)
    assert found is not None
    return found[1]


def test_a_new_tag_is_shown_recorded_and_found(
    client: FlaskClient, ferry: str, catalogue: Catalogue, index: SearchIndex
) -> None:
    answer = send(client, f"/clips/{ferry}/terms", label="Night  shots", kind="tag")
    assert answer.status_code == 303
    page = client.get(f"/clips/{ferry}").text
    assert "Night shots" in page
    with catalogue.reading() as session:
        newest = changes.history(session, "clip", ferry)[0]
    assert (newest.field, newest.before, newest.after) == ("tag", None, "Night shots")
    index.catch_up(catalogue)
    assert ferry in client.get("/?tag=night-shots").text


def test_who_changes_something_finds_it_at_once(
    client: FlaskClient,
    ferry: str,
    catalogue: Catalogue,
    index: SearchIndex,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "POLL_SECONDS", 600)
    monkeypatch.setattr(freshness, "SECONDS", 90)
    stop = threading.Event()
    follower = threading.Thread(target=index.follow, args=(catalogue, stop))
    follower.start()
    try:
        for label, slug in (("Night shots", "night-shots"), ("Zeppelin", "zeppelin")):
            send(client, f"/clips/{ferry}/terms", label=label, kind="tag")
            assert ferry in client.get(f"/?tag={slug}").text
    finally:
        stop.set()
        index.wake()
        follower.join()


def test_a_frame_is_pinned_as_the_poster_given_back_and_pinned_by_undo(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    assert "chosen by the machine" in client.get(f"/clips/{ferry}").text
    answer = send(client, f"/clips/{ferry}/poster", ms="1490")
    assert answer.location == f"/clips/{ferry}?t=1.490#poster"
    page = client.get(f"/clips/{ferry}").text
    assert "pinned by" in page
    assert "its picture is being made" in page
    with catalogue.reading() as session:
        newest = changes.history(session, "clip", ferry)[0]
        assert newest.after == {"pts": 1480 * 12800 // 1000, "ms": 1480}
        assert newest.before is None
    send(client, f"/clips/{ferry}/poster/unpin")
    assert "chosen by the machine" in client.get(f"/clips/{ferry}").text
    send(client, f"/clips/{ferry}/poster/undo")
    assert "its picture is being made" in client.get(f"/clips/{ferry}").text
    assert send(client, f"/clips/{ferry}/poster", ms="soon").status_code == 422


def test_a_tag_by_another_spelling_is_the_same_tag(client: FlaskClient, ferry: str) -> None:
    send(client, f"/clips/{ferry}/terms", label="FERRY", kind="tag")
    assert client.get(f"/clips/{ferry}").text.count('aria-label="Remove') == 0
    assert len(client.get("/tags/suggest?q=ferry").json) == 1


def test_htmx_gets_only_the_part_that_changed(client: FlaskClient, ferry: str) -> None:
    answer = send(client, f"/clips/{ferry}/terms", label="dusk", kind="tag", hx="1")
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<section")
    assert "dusk" in answer.text


def test_a_tag_that_cannot_be_one_is_explained(client: FlaskClient, ferry: str) -> None:
    answer = send(client, f"/clips/{ferry}/terms", label="   ", kind="tag", hx="1")
    assert "is empty" in answer.text
    assert send(client, f"/clips/{ferry}/terms", label="", kind="tag").status_code == 422
    assert send(client, f"/clips/{ferry}/terms", label="x", kind="y").status_code == 422


def test_a_removed_tag_is_gone(client: FlaskClient, ferry: str) -> None:
    send(client, f"/clips/{ferry}/terms/remove", label="ferry", kind="tag")
    assert "tag=ferry" not in client.get(f"/clips/{ferry}").text
    again = send(client, f"/clips/{ferry}/terms/remove", label="ferry", kind="tag")
    assert again.status_code == 404


def test_a_clip_is_found_by_the_alias_of_its_place(
    client: FlaskClient, ferry: str, catalogue: Catalogue, index: SearchIndex
) -> None:
    term = re.search(r'action="/tags/([^/]+)/aliases"', client.get("/tags").text)
    assert term is not None
    assert send(client, f"/tags/{term[1]}/aliases", label="أبو كمال").status_code == 303
    index.catch_up(catalogue)
    assert ferry in client.get("/?q=ابو كمال").text
    suggested = client.get("/tags/suggest?kind=place&q=ابو").json
    assert suggested == [{"label": "Abu Kamal", "slug": "abu-kamal", "count": 1, "via": "أبو كمال"}]


def test_one_name_belongs_to_one_term(client: FlaskClient, ferry: str) -> None:
    send(client, f"/clips/{ferry}/terms", label="Raqqa", kind="place")
    terms = re.findall(r'action="/tags/([^/]+)/aliases"', client.get("/tags").text)
    assert send(client, f"/tags/{terms[1]}/aliases", label="abu kamal").status_code == 422


def test_a_description_is_kept_and_recorded(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    answer = send(
        client,
        f"/clips/{ferry}/description",
        title="The night ferry",
        description="Forty trucks.",
        source="Desk",
        language="en",
        version=version(client, ferry),
    )
    assert answer.status_code == 303
    page = client.get(f"/clips/{ferry}").text
    assert "The night ferry" in page
    assert "Forty trucks." in page
    with catalogue.reading() as session:
        found = changes.history(session, "clip", ferry)
    batches = {one.batch_id for one in found if one.field not in {"tag", "place"}}
    assert len(batches) == 1


def test_an_edit_that_came_too_late_shows_both_texts(client: FlaskClient, ferry: str) -> None:
    mine = version(client, ferry)
    send(client, f"/clips/{ferry}/description", title="Theirs", version=mine)
    answer = send(client, f"/clips/{ferry}/description", title="Mine", version=mine)
    assert answer.status_code == 409
    assert 'value="Mine"' in answer.text
    assert "Theirs" in answer.text
    assert "Not saved" in answer.text
    assert "This clip was changed by somebody else" in answer.text


def test_a_language_must_look_like_one(client: FlaskClient, ferry: str) -> None:
    answer = send(
        client, f"/clips/{ferry}/description", language="{}", version=version(client, ferry)
    )
    assert answer.status_code == 422
    assert "language" in answer.text


def test_a_rejected_article_no_longer_gives_the_title(client: FlaskClient, ferry: str) -> None:
    page = client.get(f"/clips/{ferry}").text
    assert "The ferry at Abu Kamal" in page.split("</h1>")[0]
    link = re.search(r'action="(/links/[^"]+)"', page)
    assert link is not None
    assert send(client, link[1], decision="rejected").status_code == 303
    page = client.get(f"/clips/{ferry}").text
    assert "ferry crossing" in page.split("</h1>")[0]
    assert "Rejected" in page
    send(client, link[1], decision="accepted")
    assert "The ferry at Abu Kamal" in client.get(f"/clips/{ferry}").text.split("</h1>")[0]


def test_a_quarantined_file_can_be_retried_and_ignored(
    client: FlaskClient, archive: Archive, settings: Settings, catalogue: Catalogue
) -> None:
    path = settings.media / "cut.mp4"
    path.write_bytes(b"x")
    sighting = archive.see(path, State.QUARANTINED, "not whole: mdat ends at 23")
    page = client.get("/ingest").text
    assert "not whole: mdat ends at 23" in page
    send(client, f"/ingest/{sighting}/retry")
    with catalogue.reading() as session:
        assert holdings.sighting(session, sighting).state == State.WAITING
    send(client, f"/ingest/{sighting}/ignore")
    with catalogue.reading() as session:
        assert holdings.sighting(session, sighting).state == State.IGNORED
        assert [one.after for one in changes.history(session, "sighting", sighting)] == [
            "ignored",
            "waiting",
        ]


def test_people_at_risk_stand_over_the_clip_with_who_said_so_and_why(
    client: FlaskClient, ferry: str, catalogue: Catalogue, index: SearchIndex
) -> None:
    send(
        client,
        f"/clips/{ferry}/description",
        people_at_risk="The driver <at 0:04>\nand his son",
        rights="Own footage",
        reason="called by the family",
        version=version(client, ferry),
    )
    page = client.get(f"/clips/{ferry}").text
    head = page[: page.index("data-player")]
    assert "The driver &lt;at 0:04&gt;\nand his son" in head
    assert "local" in head
    assert "called by the family" in head
    assert "changed the people at risk" in page
    index.catch_up(catalogue)
    for question in ("has:people-at-risk", 'rights:"own footage"', "rights:own*", "has:rights"):
        assert ferry in client.get(f"/?q={question}").text, question
    assert ferry in client.get("/?rights=Own footage").text
    assert ferry not in client.get("/?q=-has:rights").text


def test_a_stale_edit_shows_both_texts_of_the_fields_that_differ(
    client: FlaskClient, ferry: str
) -> None:
    mine = version(client, ferry)
    send(client, f"/clips/{ferry}/description", rights="CC BY 4.0", title="T", version=mine)
    late = send(client, f"/clips/{ferry}/description", rights="Own", title="T", version=mine)
    assert late.status_code == 409
    assert re.findall(r'class="now">Now: <bdi[^>]*>([^<]*)', late.text) == ["CC BY 4.0"]
    assert 'value="Own"' in late.text
