"""Notes at exact frames: kept, changed, undone, found at their moment; frames that can be cited."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mediacatalog import search
from mediacatalog.catalog import (
    changes,
    holdings,
    levels,
    markers,
    thesaurus,
    undoing,
    visits,
    vocabulary,
)
from mediacatalog.catalog.markers import Wanted
from mediacatalog.web import visits as visiting
from tests.web.forms import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex

TICKS = 12800  # a second of the made clips, which have 25 frames in it


def noted(catalogue: Catalogue, clip: str) -> list[markers.Marker]:
    with catalogue.reading() as session:
        return markers.of_clip(session, clip)


def test_a_note_lies_at_the_frame_that_is_shown(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    answer = send(client, f"/clips/{ferry}/markers", text="A rifle <b>", at="1.499", until="")
    assert answer.location == f"/clips/{ferry}#markers"
    send(client, f"/clips/{ferry}/markers", text="The blue part", at="0:01", until="0:01.5")
    span, moment = noted(catalogue, ferry)
    assert (moment.start_ms, moment.start_pts, moment.end_pts) == (1480, 1.48 * TICKS, None)
    assert (span.start_pts, span.end_pts, span.time_base) == (TICKS, 1.52 * TICKS, "1/12800")
    page = client.get(f"/clips/{ferry}").text
    assert "A rifle &lt;b&gt;" in page
    assert f'data-range-ms="{span.end_ms}"' in page
    assert client.get(f"/api/v1/clips/{ferry}").json["markers"][0]["text"] == "The blue part"


def test_the_end_of_the_film_is_a_good_end(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    send(client, f"/clips/{ferry}/markers", text="To the end", at="1.9", until="9")
    (one,) = noted(catalogue, ferry)
    assert (one.end_ms, one.end_pts) == (2000, 2 * TICKS)


def test_what_cant_be_taken_stays_in_the_form_with_its_reason(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    for fields, reason in (
        ({"text": "  ", "at": "1"}, "is empty"),
        ({"text": "kept", "at": "soon"}, "isn&#39;t a time"),
        ({"text": "kept", "at": "1", "until": "0.5"}, "lies before the beginning"),
        ({"text": "kept", "at": "7"}, "lies behind the end"),
        ({"text": "k" * 4001, "at": "1"}, "longer than 4000"),
    ):
        answer = send(client, f"/clips/{ferry}/markers", **fields)
        assert answer.status_code == 422
        assert reason in answer.text
        if fields["text"].strip():
            assert fields["text"] in answer.text
    assert noted(catalogue, ferry) == []


def test_a_stale_edit_shows_both_texts_and_loses_neither(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    send(client, f"/clips/{ferry}/markers", text="first", at="0.2")
    (one,) = noted(catalogue, ferry)
    where = f"/clips/{ferry}/markers/{one.id}"
    send(client, where, text="second", at="0.2", version=str(one.version))
    late = send(client, where, text="third", at="0.4", version=str(one.version), hx="1")
    assert "somebody else changed this note" in late.text
    assert "second" in late.text
    assert "third" in late.text
    assert noted(catalogue, ferry)[0].text == "second"


def test_every_change_is_recorded_and_can_be_undone_and_redone(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    send(client, f"/clips/{ferry}/markers", text="a checkpoint", at="0.2", until="0.8")
    (before,) = noted(catalogue, ferry)
    send(client, f"/clips/{ferry}/markers/{before.id}/remove")
    assert noted(catalogue, ferry) == []
    send(client, f"/clips/{ferry}/markers/undo")
    (back,) = noted(catalogue, ferry)
    assert (back.id, back.text, back.start_pts, back.end_pts) == (
        before.id,
        before.text,
        before.start_pts,
        before.end_pts,
    )
    send(client, f"/clips/{ferry}/markers/undo")
    assert noted(catalogue, ferry) == []
    with catalogue.reading() as session:
        entries = changes.history(session, "clip", ferry)
    assert [one.field for one in entries[:4]] == ["marker"] * 4
    assert "removed the note" in client.get(f"/clips/{ferry}").text


def test_a_note_of_another_clip_cant_be_reached_through_this_one(
    client: FlaskClient, ferry: str
) -> None:
    assert send(client, f"/clips/{ferry}/markers/none/remove").status_code == 404


def test_notes_are_found_at_their_moment(
    client: FlaskClient, ferry: str, catalogue: Catalogue, index: SearchIndex
) -> None:
    with catalogue.writing() as session:
        markers.add(session, ferry, Wanted("A howitzer on a lorry", 1200, 1600), actor="local")
        markers.add(session, ferry, Wanted("and white smoke", 1700), actor="local")
    index.catch_up(catalogue)
    for text, start in (
        ("howitzers", 1200),
        ("smoke in:notes", 1680),
        ("howitzer has:notes", 1200),
    ):
        (hit,) = search.find(catalogue, index, search.SearchQuery(text=text)).hits
        assert [(one.source, one.start_ms) for one in hit.moments] == [("note", start)]
    nothing = search.SearchQuery(text='"lorry and"')
    assert not search.find(catalogue, index, nothing).hits, (
        "a phrase doesn't run on to another note"
    )
    assert f"/clips/{ferry}?t=1.200" in client.get("/?q=howitzer").text
    (one, _) = noted(catalogue, ferry)
    with catalogue.writing() as session:
        markers.remove(session, ferry, one.id, actor="local")
    index.catch_up(catalogue)
    assert not search.find(catalogue, index, search.SearchQuery(text="howitzer")).hits


def test_tags_of_a_note_are_of_the_vocabulary_and_find_its_moment(
    client: FlaskClient, ferry: str, catalogue: Catalogue, index: SearchIndex
) -> None:
    send(
        client, f"/clips/{ferry}/markers", text="On a lorry", at="1.2", until="1.6",
        tags="Howitzer, white smoke، howitzer",
    )  # fmt: skip
    send(client, f"/clips/{ferry}/markers", at="0.4", tags="Lorry")
    tagged, moment = (noted(catalogue, ferry)[n] for n in (1, 0))
    assert (tagged.tags, tagged.end_ms) == (("Howitzer", "white smoke"), 1600)
    assert (moment.text, moment.tags) == ("", ("Lorry",))
    with catalogue.writing() as session:
        term = vocabulary.find(session, "howitzer", "tag")
        assert term is not None
        vocabulary.add_alias(session, term.id, "مدفع هاوتزر", actor="local")

    def found(text: str, **filters: tuple[str, ...]) -> list[tuple[str, int | None]]:
        index.catch_up(catalogue)
        hits = search.find(catalogue, index, search.SearchQuery(text, filters)).hits
        return [(one.source, one.start_ms) for hit in hits for one in hit.moments]

    for text in ("tag:howitzer", "tag:how*", 'tag:"مدفع هاوتزر"', "howitzer", "هاوتزر in:tags"):
        assert found(text) == [("tag", 1200)], text
    assert found("", tag=("howitzer",)) == [("tag", 1200)]
    assert found("tag:lorry") == [("tag", 400)]
    assert found("-tag:lorry") == []
    assert f"/clips/{ferry}?t=1.200" in client.get("/?q=tag:howitzer").text

    late = send(client, f"/clips/{ferry}/markers", at="0.4", tags=", ,", hx="1")
    assert "is empty" in late.text
    table = client.get(f"/clips/{ferry}/markers.csv").get_data(as_text=True).lstrip("\ufeff")
    assert [one["tags"] for one in csv.DictReader(io.StringIO(table))] == [
        "Lorry",
        "Howitzer|white smoke",
    ]
    with catalogue.writing() as session:  # whoever says nothing of tags leaves them
        wanted = Wanted("On a red lorry", 1200)
        markers.edit(session, ferry, tagged.id, wanted, version=tagged.version, actor="ann")
    assert noted(catalogue, ferry)[1].tags == tagged.tags
    where = f"/clips/{ferry}/markers/{tagged.id}"
    send(
        client, where, text="On a red lorry", at="1.2", tags="tank", version=str(tagged.version + 1)
    )
    assert found("tag:howitzer") == []
    assert "<del>" in client.get(f"/clips/{ferry}").text
    send(client, f"/clips/{ferry}/markers/undo")
    assert found("tag:howitzer") == [("tag", 1200)]


def test_tags_of_notes_go_with_their_terms(
    client: FlaskClient, ferry: str, catalogue: Catalogue, index: SearchIndex
) -> None:
    send(client, f"/clips/{ferry}/markers", at="0.4", tags="lorry, smoke")

    def tags(action: Callable[[Session], object]) -> tuple[tuple[str, ...], int]:
        with catalogue.writing() as session:
            action(session)
        index.catch_up(catalogue)
        hits = search.find(catalogue, index, search.SearchQuery("tag:truck")).count
        return noted(catalogue, ferry)[0].tags, hits

    def term(session: Session, label: str) -> str:
        found = vocabulary.find(session, label, "tag")
        assert found is not None
        return found.id

    def merge(session: Session) -> None:
        truck = vocabulary.make(session, "truck", "tag")
        thesaurus.merge(session, term(session, "lorry"), truck.id, actor="ann")

    assert tags(merge) == (("smoke", "truck"), 1)
    with catalogue.reading() as session:
        (act,) = changes.acts(session, limit=1)
    assert tags(lambda one: undoing.batch(one, act.batch_id, actor="ann"))[0] == (
        "lorry",
        "smoke",
    )
    reject = thesaurus.REJECTED
    gone = tags(lambda one: thesaurus.decide(one, term(one, "smoke"), reject, actor="ann"))
    assert gone[0] == ("lorry",)


def test_a_frame_has_an_address_that_says_exactly_where_it_lies(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    with catalogue.reading() as session:
        sha256 = holdings.clip(session, ferry).sha256
    answer = client.get(f"/clips/{ferry}/frame?t=1.499")
    pts = round(1.48 * TICKS)
    assert answer.location == f"/frames/{sha256}/{pts}"
    page = client.get(answer.location).text
    assert "frame at 1.480 s (PTS 18944, time base 1/12800)" in page
    assert f"master SHA-256 {sha256}" in page
    assert "38 of 50" in page
    assert f"/frames/{sha256}/{pts - 512}" in page
    assert f"/frames/{sha256}/{pts + 512}" in page
    assert client.get(f"/frames/{sha256}/{pts + 1}").status_code == 404
    assert client.get(f"/frames/{'0' * 64}/{pts}").status_code == 404
    told = client.get(f"/api/v1/frames/{sha256}/{pts}")
    assert client.get(f"/api/v1/clips/{ferry}/frame?ms=1499").json == told.json
    assert told.json["citation"] in unescape(page)
    one = told.json
    assert (one["clip"], one["ms"], one["number"], one["count"]) == (ferry, 1480, 38, 50)
    assert (one["before"], one["after"]) == (pts - 512, pts + 512)
    assert one["address"].endswith(answer.location)
    assert client.get(one["still"]).data == client.get(f"{answer.location}.jpg").data
    assert client.get(f"/api/v1/frames/{sha256}/{pts + 1}").status_code == 404
    with catalogue.writing() as session:
        levels.close(session, ferry, "sealed", until=None, reason="x", actor="x")
    by_another_name = f"/api/v1/clips/{sha256[:40]}/frame?ms=1499"  # its own was known as open
    assert client.get(by_another_name).json == told.json
    client.application.extensions[visiting.EXTENSION].wait()
    with catalogue.reading() as session:
        assert [one.what for one in visits.of_clip(session, ferry)] == [visits.VIEW]


def test_a_still_is_the_very_frame_at_full_size(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    with catalogue.reading() as session:
        sha256 = holdings.clip(session, ferry).sha256
    # The made clip turns from red to blue with its 26th frame.
    for frame, blue in ((24, False), (25, True)):
        answer = client.get(f"/frames/{sha256}/{frame * 512}.jpg")
        assert answer.mimetype == "image/jpeg", answer.text
        picture = cv2.imdecode(np.frombuffer(answer.data, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        size = re.search(
            r'img src="/frames/[^>]*width="(\d+)" height="(\d+)"',
            client.get(f"/frames/{sha256}/{frame * 512}").text,
        )
        assert size is not None
        assert picture.shape[:2] == (int(size[2]), int(size[1]))
        mean = picture.reshape(-1, 3).mean(axis=0)
        assert (mean[0] > 150) == blue
        assert (mean[2] > 150) != blue
    again = client.get(
        f"/frames/{sha256}/512.jpg",
        headers={"If-None-Match": client.get(f"/frames/{sha256}/512.jpg").headers["ETag"]},
    )
    assert again.status_code == 304


def test_no_address_of_a_note_or_frame_brings_the_server_down(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    with catalogue.reading() as session:
        sha256 = holdings.clip(session, ferry).sha256
    for path in (
        f"/frames/{sha256}/{'9' * 40}",
        f"/frames/{sha256}/-{'9' * 40}.jpg",
        "/frames/%00/0",
        f"/frames/{sha256}%00/0",
        "/frames/%27%20or%201=1/0.jpg",
        "/clips/%00/frame?t=1",
    ):
        assert client.get(path).status_code == 404, path
    for marker in ("%00", "x" * 5000, "%27"):
        assert send(client, f"/clips/{ferry}/markers/{marker}/remove").status_code == 404
    assert send(client, "/clips/%00/markers", text="x", at="1").status_code == 404


def test_programs_write_change_and_take_back_notes(client: FlaskClient, ferry: str) -> None:
    notes = f"/api/v1/clips/{ferry}/markers"
    made = client.post(notes, json={"text": "A rifle", "start_ms": 1499})
    assert made.status_code == 201
    assert (made.json["start_ms"], made.json["start_pts"]) == (1480, 1.48 * TICKS)
    one = f"{notes}/{made.json['id']}"
    better, first = {"text": "Two rifles", "start_ms": 1000, "end_ms": 1500}, made.headers["ETag"]
    edited = client.put(one, json=better, headers={"If-Match": first})
    assert edited.json["text"] == "Two rifles"
    stale = client.put(one, json={**better, "text": "Three"}, headers={"If-Match": first})
    assert (stale.status_code, stale.json["now"]["text"]) == (412, "Two rifles")
    assert client.delete(one, headers={"If-Match": edited.headers["ETag"]}).status_code == 204
    assert client.get(notes).json == {"markers": []}
    (back,) = client.post(f"{notes}/undo").json["markers"]
    assert (back["id"], back["text"]) == (made.json["id"], "Two rifles")


def test_programs_are_told_what_is_wrong_with_a_note(client: FlaskClient, ferry: str) -> None:
    notes = f"/api/v1/clips/{ferry}/markers"
    for body in (
        {"text": " ", "start_ms": 0},
        {"text": "x", "start_ms": -1},
        {"text": "x", "start_ms": 9_000_000},
        {"text": "x", "start_ms": 5, "end_ms": 4},
        {"text": "x", "start_ms": 2**70},
        {"text": "a\0b", "start_ms": 0},
        {"text": "x", "start_ms": 0, "author": "someone else"},
    ):
        assert client.post(notes, json=body).status_code == 422, body
    body = {"text": "x", "start_ms": 0}
    assert client.put(f"{notes}/none", json=body).status_code == 404
    assert client.get("/api/v1/clips/none/markers").status_code == 404
    from_a_page = client.post(
        notes, json={"text": "x", "start_ms": 0}, headers={"Origin": "http://localhost"}
    )
    assert from_a_page.status_code == 403


def test_notes_as_a_table_run_nothing(client: FlaskClient, ferry: str) -> None:
    send(client, f"/clips/{ferry}/markers", text='=cmd|"x"!A1', at="1", until="1.5")
    answer = client.get(f"/clips/{ferry}/markers.csv")
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["in"], row["out"]) == ("0:00:01.000", "0:00:01.520")
    assert row["note"] == '\'=cmd|"x"!A1'
    assert (int(row["in_pts"]), row["time_base"]) == (TICKS, "1/12800")
    assert answer.mimetype == "text/csv"
