"""Content warnings, and which pictures are covered by them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from mediacatalog import search
from mediacatalog.catalog import care, changes, holdings
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.web import create_app
from tests.search.rows import a_clip
from tests.web.forms import send

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex
    from tests.web.archive import Archive


def warn(catalogue: Catalogue, clip: str, kind: str, *span: int, note: str = "") -> str:
    with catalogue.writing() as session:
        return care.add(session, clip, care.Wanted(kind, note, *span), actor="mara")


def of(catalogue: Catalogue, clip: str) -> care.Care:
    with catalogue.reading() as session:
        return care.of_clip(session, clip)


def clear_pictures(page: str) -> list[str]:
    """What the page loads by itself, of pictures and films that aren't covered."""
    loaded = re.findall(r'(?:src|poster|data-storyboard)="(/(?:clips|frames)/[^"]+)"', page)
    return [one for one in loaded if ".covered.jpg" not in one]


def test_a_warning_of_a_range_is_of_whole_frames_and_touches_its_pictures(
    catalogue: Catalogue, ferry: str
) -> None:
    warn(catalogue, ferry, "violence", 500, 910, note="A beating,\r\nfrom afar")
    known = of(catalogue, ferry)
    (one,) = known.warnings
    assert (one.start_ms, one.end_ms, one.note) == (480, 920, "A beating,\nfrom afar")
    asked = [(0, 480), (0, 481), (919, 2000), (920, 2000)]
    assert [known.warns(span) for span in asked] == [False, True, True, False]
    assert known.warns()
    assert (known.looked_at, known.kinds) == (True, ("violence",))


def test_what_people_say_is_undone_and_kept_in_the_history(
    catalogue: Catalogue, ferry: str
) -> None:
    warn(catalogue, ferry, "none")
    assert of(catalogue, ferry) == care.Care(looked_at=True)
    warn(catalogue, ferry, "none")
    death = warn(catalogue, ferry, "death")
    assert of(catalogue, ferry).kinds == ("death",)
    with catalogue.writing() as session:
        care.remove(session, ferry, death, actor="mara")
    with catalogue.writing() as session:
        care.undo(session, ferry, actor="omar")
    assert [(one.id, one.author) for one in of(catalogue, ferry).warnings] == [(death, "mara")]
    with catalogue.writing() as session:
        care.undo(session, ferry, actor="omar")
    assert of(catalogue, ferry) == care.Care()
    with catalogue.reading() as session:
        told = [one for one in changes.history(session, "clip", ferry) if one.field == "warning"]
    assert len(told) == 6


@pytest.mark.parametrize(
    "wanted",
    [
        care.Wanted("horrid"),
        care.Wanted("death", start_ms=900, end_ms=900),
        care.Wanted("death", start_ms=99_000),
        care.Wanted("death", note="x" * 1001),
        care.Wanted("death", note="\0"),
    ],
)
def test_what_cannot_be_a_warning_changes_nothing(
    catalogue: Catalogue, ferry: str, wanted: care.Wanted
) -> None:
    with pytest.raises(InvalidValueError), catalogue.writing() as session:
        care.add(session, ferry, wanted, actor="mara")
    with pytest.raises(NotFoundError), catalogue.writing() as session:
        care.remove(session, ferry, "none", actor="mara")
    assert of(catalogue, ferry) == care.Care()


def test_clips_are_found_by_their_warnings(
    catalogue: Catalogue, index: SearchIndex, client: FlaskClient
) -> None:
    clip, other = a_clip(catalogue, "ferry"), a_clip(catalogue, "ferry")
    warn(catalogue, clip, "sexual-violence", 0, 10)
    index.catch_up(catalogue)
    for text in ("warning:sexual-violence", 'warning:"sexual violence"', "warning:sex*"):
        found = search.find(catalogue, index, search.SearchQuery(text))
        assert [hit.clip_id for hit in found.hits] == [clip], text
    without = client.get("/api/v1/search?q=ferry&warning=~none").json
    assert without is not None
    assert [one["clip"] for one in without["hits"]] == [other]
    assert {one["value"]: one["label"] for one in without["facets"]["warning"]} == {
        "sexual-violence": "Sexual violence",
        "~none": "none",
    }


@pytest.mark.parametrize(
    "name", ["poster.covered.jpg", "keyframes/0.covered.jpg", "still.covered.jpg?ms=1500"]
)
def test_a_covered_picture_is_grey_and_tells_nothing(
    client: FlaskClient, ferry: str, name: str
) -> None:
    def seen(path: str) -> np.ndarray:
        data = client.get(f"/clips/{ferry}/{path}").data
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        return picture.astype(np.int16)

    covered, clear = seen(name), seen(name.replace(".covered", ""))
    assert np.abs(covered[..., 0] - covered[..., 2]).max() <= 2
    assert np.abs(clear[..., 0] - clear[..., 2]).max() > 100
    assert abs(covered.shape[1] / covered.shape[0] - clear.shape[1] / clear.shape[0]) < 0.02
    assert client.get(f"/clips/none/{name}").status_code == 404


PLACES = ("/?q=ferry", "/?view=grid", "/?q=ferry&view=sheet", "/?q=ferry&view=map", "clip", "frame")


def page_of(client: FlaskClient, ferry: str, place: str) -> str:
    address = {"clip": f"/clips/{ferry}", "frame": f"/clips/{ferry}/frame?t=0.5"}.get(place, place)
    return client.get(address, follow_redirects=True).text


@pytest.mark.parametrize("place", PLACES)
def test_no_page_loads_a_clear_picture_before_somebody_asks(
    client: FlaskClient, ferry: str, catalogue: Catalogue, place: str
) -> None:
    assert clear_pictures(page_of(client, ferry, place))
    warn(catalogue, ferry, "death")
    page = page_of(client, ferry, place)
    assert clear_pictures(page) == []
    assert ".covered.jpg" in page
    assert "Death or dead bodies" in page
    send(client, "/care", show="stills", clip=ferry)
    shown = clear_pictures(page_of(client, ferry, place))
    assert shown
    assert not any("/master" in one for one in shown)
    send(client, "/care", show="cover", clip=ferry)
    assert clear_pictures(page_of(client, ferry, place)) == []
    send(client, "/care", show="all")
    assert clear_pictures(page_of(client, ferry, place))
    send(client, "/care", show="safe")
    assert clear_pictures(page_of(client, ferry, place)) == []


def test_a_warned_range_covers_its_shots_alone(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    warn(catalogue, ferry, "death", 1000, 1200)
    page = client.get("/?q=ferry&view=sheet").text
    frames = re.findall(r'src="/clips/[^/]+/keyframes/(\d(?:\.covered)?)\.jpg"', page)
    assert frames == ["0", "1.covered"]
    clip = client.get(f"/clips/{ferry}").text
    assert "<video" not in clip
    assert re.findall(r'src="[^"]+/keyframes/([^"]+)\.jpg"', clip) == ["0", "1.covered"]


def test_the_film_is_revealed_by_itself_small_and_without_sound(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    warn(catalogue, ferry, "death")
    assert "<video" not in client.get(f"/clips/{ferry}").text
    send(client, "/care", show="videos", clip=ferry)
    page = client.get(f"/clips/{ferry}").text
    (video,) = re.findall(r"<video[^>]*>", page)
    assert " muted" in video
    assert "autoplay" not in video
    assert "watch--small" in page
    other = client.application.test_client()
    assert "<video" not in other.get(f"/clips/{ferry}").text


def test_safe_mode_covers_everything_for_one_session(client: FlaskClient, ferry: str) -> None:
    send(client, "/care", show="safe")
    page = client.get("/?q=ferry").text
    assert clear_pictures(page) == []
    assert "Safe mode: every picture is covered" in page
    assert clear_pictures(client.application.test_client().get("/?q=ferry").text)
    send(client, "/care", show="unsafe")
    assert clear_pictures(client.get("/?q=ferry").text)


@pytest.mark.parametrize(
    ("rule", "came", "covers"),
    [
        ("nothing", "uploads", "no"),
        ("uploads", "uploads", "yes"),
        ("uploads", "watched", "no"),
        ("everything", "watched", "yes"),
    ],
)
def test_what_nobody_looked_at_may_count_as_sensitive(
    archive: Archive, index: SearchIndex, ferry: str, rule: str, came: str, covers: str
) -> None:
    with archive.catalogue.writing() as session:
        holdings.root(session, archive.settings.media, kind="watched").kind = came
    strict = archive.settings.model_copy(update={"cover_unreviewed": rule})
    client = create_app(strict, archive.catalogue, index).test_client()
    page = client.get("/?q=ferry").text
    assert ("no" if clear_pictures(page) else "yes") == covers
    send(client, f"/clips/{ferry}/warnings", kind="none")
    assert clear_pictures(client.get("/?q=ferry").text)


def test_people_warn_of_a_shot_and_are_told_what_is_wrong(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    path = f"/clips/{ferry}/warnings"
    answer = send(client, path, kind="suffering", shot="1000-2000", note="<b>burns</b>", hx="1")
    assert "Suffering or injuries" in answer.text
    assert "&lt;b&gt;burns" in answer.text
    (one,) = of(catalogue, ferry).warnings
    assert (one.start_ms, one.end_ms) == (1000, 2000)
    wrong = send(client, path, kind="death", note="mine", **{"from": "soon"})
    assert wrong.status_code == 422
    assert "mine</textarea>" in wrong.text
    assert "time such as" in wrong.text
    answer = send(client, f"{path}/{one.id}/remove")
    assert answer.headers["Location"] == f"/clips/{ferry}#care"
    send(client, f"{path}/undo")
    assert of(catalogue, ferry).kinds == ("suffering",)
    history = client.get(f"/clips/{ferry}").text.split('id="history-title"')[1]
    assert "Suffering or injuries" in history


@pytest.mark.parametrize("back", ["//x.example/", "https://x.example", "/\\x.example", "/a\nb"])
def test_a_choice_leads_back_to_this_site_only(client: FlaskClient, back: str) -> None:
    assert send(client, "/care", show="safe", back=back).headers["Location"] == "/"
    assert send(client, "/care", show="safe", back="/?q=1").headers["Location"] == "/?q=1"
    assert send(client, "/care", show="none").status_code == 400


def test_a_session_remembers_so_many_clips_and_no_more(client: FlaskClient, ferry: str) -> None:
    for number in range(40):
        send(client, "/care", show="stills", clip=f"{number:036d}")
    send(client, "/care", show="stills", clip=ferry)
    with client.session_transaction() as session:
        assert len(session["care"]["stills"]) == 30
        assert session["care"]["stills"][-1] == ferry
