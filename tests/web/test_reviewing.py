"""The review of a clip: states, four eyes, second look, the queue; and the way back."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from mediacatalog import linking
from mediacatalog.catalog import changes, copies, holdings, reviews, undoing
from mediacatalog.errors import InvalidValueError, StaleEditError
from mediacatalog.values import State, utc_now
from tests.web.forms import send

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex
    from mediacatalog.settings import Settings
    from tests.web.archive import Archive


def review(catalogue: Catalogue, clip: str) -> reviews.Review:
    with catalogue.reading() as session:
        return reviews.of_clip(session, clip)


def call_me(client: FlaskClient, name: str) -> None:
    send(client, "/person", name=name)


def test_who_reviewed_a_clip_cant_publish_it(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    where = f"/clips/{ferry}/review"
    call_me(client, "mara")
    assert "must be reviewed before" in send(client, where, state="published").text
    send(client, where, state="in-review")
    assert send(client, where, state="reviewed", reason="watched twice").status_code == 303
    refused = send(client, where, state="published")
    assert refused.status_code == 422
    assert "was reviewed by mara: somebody else must publish it" in refused.text
    assert review(catalogue, ferry).state == "reviewed"
    call_me(client, "tom")
    assert send(client, where, state="published").status_code == 303
    assert review(catalogue, ferry) == reviews.Review("published", "mara")
    page = client.get(f"/clips/{ferry}").text
    assert "watched twice" in page
    assert "reviewed by" in page


def test_what_needs_a_second_look_isnt_published(
    client: FlaskClient, ferry: str, catalogue: Catalogue, index: SearchIndex
) -> None:
    where = f"/clips/{ferry}/review"
    call_me(client, "mara")
    send(client, where, state="reviewed")
    send(client, where, second_look="Is this <Mayadin>?")
    call_me(client, "tom")
    assert "needs a second look" in send(client, where, state="published").text
    assert "Is this &lt;Mayadin&gt;?" in client.get("/review/clips/second-look").text
    index.catch_up(catalogue)
    assert ferry in client.get("/?q=is:second-look review:reviewed").text
    send(client, where, second_look="", need="no")
    assert send(client, where, state="published").status_code == 303
    assert ferry not in client.get("/review/clips/second-look").text


def test_the_review_is_searched_and_counted(
    client: FlaskClient, ferry: str, catalogue: Catalogue, index: SearchIndex
) -> None:
    assert ferry in client.get("/?review=new").text
    send(client, f"/clips/{ferry}/review", state="in-review")
    send(client, f"/clips/{ferry}/review", assignee="Mara K.")
    index.catch_up(catalogue)
    for question in ("q=review:in-review", "review=in-review", 'q=assignee:"mara k"'):
        assert ferry in client.get(f"/?{question}").text, question
    assert ferry not in client.get("/?review=new").text
    told = client.get(f"/api/v1/clips/{ferry}").json["review"]
    assert (told["state"], told["assignee"]) == ("in-review", "Mara K.")


def test_a_stale_change_of_a_review_is_refused(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    seen = review(catalogue, ferry).edition
    send(client, f"/clips/{ferry}/review", state="in-review", seen=seen)
    late = send(client, f"/clips/{ferry}/review", state="reviewed", seen=seen)
    assert late.status_code == 409
    assert "somebody else changed the review" in late.text
    with catalogue.writing() as session, pytest.raises(StaleEditError):
        reviews.assign(session, ferry, "tom", actor="mara", seen=seen)
    with catalogue.writing() as session, pytest.raises(InvalidValueError):
        reviews.set_state(session, ferry, "great", actor="mara")


def test_my_list_holds_what_was_given_to_me(client: FlaskClient, ferry: str) -> None:
    call_me(client, "mara")
    assert "Nobody gave you a clip" in client.get("/review/clips/mine").text
    send(client, f"/clips/{ferry}/review", assignee="mara")
    assert ferry in client.get("/review/clips/mine").text
    assert client.get("/review/clips/none").status_code == 404


def test_two_clips_with_the_same_pictures_are_told_together(
    client: FlaskClient, ferry: str, archive: Archive, settings: Settings, red_then_blue: Path
) -> None:
    other = settings.media / "again.mp4"
    shutil.copy2(red_then_blue, other)
    with other.open("ab") as file:
        file.write(b"\0\0\0\x08free")
    again = archive.add(other)
    with archive.catalogue.writing() as session:
        copies.suggest(session, again, {ferry: 2})
        copies.suggest(session, ferry, {again: 2})
        (pair,) = copies.queue(session)
    assert (pair.shared, pair.state) == (2, "suggested")
    assert "2 keyframes the same" in client.get("/review/copies").text
    assert again in client.get(f"/clips/{ferry}").text
    assert send(client, "/review/copies", pair=pair.key, decision="perhaps").status_code == 422
    send(client, "/review/copies", pair=pair.key, decision="different")
    assert again not in client.get(f"/clips/{ferry}").text
    with archive.catalogue.writing() as session:
        linking.clip_came(session, again)
        assert copies.queue(session) == [], "what a person decided isn't asked again"
        (act,) = changes.acts(session, limit=1)
        undoing.batch(session, act.batch_id, actor="tom")
        assert [one.state for one in copies.queue(session)] == ["suggested"]


def test_a_file_that_failed_is_in_the_queue(
    client: FlaskClient, archive: Archive, settings: Settings, catalogue: Catalogue
) -> None:
    path = settings.media / "cut.mp4"
    path.write_bytes(b"x")
    sighting = archive.see(path, State.QUARANTINED, "not whole: mdat ends at 23")
    page = client.get("/review/failed").text
    assert "not whole: mdat ends at 23" in page
    answer = send(client, f"/ingest/{sighting}/ignore", back="/review/failed")
    assert answer.location == "/review/failed"
    with catalogue.reading() as session:
        assert holdings.sighting(session, sighting).state == State.IGNORED


# --- the way back ---------------------------------------------------------------------------------


def test_a_change_is_taken_back_and_put_back(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    send(client, f"/clips/{ferry}/terms", label="dusk", kind="tag")
    send(client, f"/clips/{ferry}/terms/remove", label="ferry", kind="tag")
    send(client, f"/clips/{ferry}/markers", text="a checkpoint", at="0.2")
    send(client, f"/clips/{ferry}/review", state="reviewed")
    for _ in range(4):
        page = client.get("/history").text
        batch = re.findall(r'action="/history/([^/"]+)/undo"', page)
        undone = [one for one in batch if "Put back" not in page.split(one)[1].split("</form>")[0]]
        send(client, f"/history/{undone[0]}/undo")
    page = client.get(f"/clips/{ferry}").text
    assert ">dusk<" not in page.split("history-title")[0]
    assert 'name="label" value="ferry"' in page
    assert "a checkpoint" not in page.split("history-title")[0]
    assert review(catalogue, ferry).state == "new"
    put_back = re.findall(
        r'action="/history/([^/"]+)/undo".*?Put back', client.get("/history").text
    )
    send(client, f"/history/{put_back[0]}/undo", back=f"/clips/{ferry}")
    assert 'value="dusk"' in client.get(f"/clips/{ferry}").text


def test_what_was_changed_again_since_stays(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    send(client, f"/clips/{ferry}/review", assignee="tom")
    with catalogue.reading() as session:
        (first, *_) = changes.acts(session)
    send(client, f"/clips/{ferry}/review", assignee="mara")
    send(client, f"/history/{first.batch_id}/undo")
    assert "Nothing was taken back" in client.get("/history").text
    assert review(catalogue, ferry).assignee == "mara"
    assert send(client, "/history/none/undo").status_code == 404


def test_the_last_hour_of_a_person_is_taken_back_but_not_that_of_others(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    call_me(client, "mara")
    send(client, f"/clips/{ferry}/terms", label="wrong", kind="tag")
    send(client, f"/clips/{ferry}/review", assignee="tom")
    send(client, f"/clips/{ferry}/review", assignee="ida")
    send(client, f"/clips/{ferry}/terms", label="twice", kind="tag")
    send(client, f"/clips/{ferry}/terms/remove", label="twice", kind="tag")
    call_me(client, "tom")
    send(client, f"/clips/{ferry}/terms", label="right", kind="tag")
    send(client, "/history/since", person="mara", minutes="60")
    page = client.get("/history").text
    assert "Taken back: 5 changes." in page
    clip = client.get(f"/clips/{ferry}").text.split("history-title")[0]
    assert ('value="wrong"' in clip, 'value="right"' in clip) == (False, True)
    assert review(catalogue, ferry).assignee == ""
    assert send(client, "/history/since", person="mara", minutes="x").status_code == 422
    with catalogue.writing() as session:
        done = undoing.since(session, "tom", utc_now(), actor="tom")
    assert done == undoing.Undone("", 0, 0)


def test_a_name_leads_nowhere_else(client: FlaskClient, ferry: str) -> None:
    for where in ("//evil.example/", "https://evil.example/", "/\\evil.example"):
        assert send(client, "/person", name="mara", back=where).location == "/history"
    assert send(client, "/person", name="mara", back="/tags").location == "/tags"
    assert send(client, "/person", name="m" * 61).status_code == 422


def test_the_desk_over_the_api(client: FlaskClient, ferry: str) -> None:
    where = f"/api/v1/clips/{ferry}/review"
    wanted = {"state": "reviewed", "assignee": "ida", "second_look": "why"}
    seen = {"If-Match": client.get(where).headers["ETag"]}
    told = client.patch(where, json=wanted, headers=seen)
    assert (told.json["state"], told.json["second_look"]) == ("reviewed", "why")
    wanted, seen = {"state": "published", "second_look": None}, {"If-Match": told.headers["ETag"]}
    refused = client.patch(where, json=wanted, headers=seen)
    assert refused.status_code == 422
    assert "somebody else must publish it" in refused.json["detail"]
    (one,) = client.get("/api/v1/review/clips?list=second-look").json["clips"]
    assert (one["clip"], one["second_look"]) == (ferry, "why"), "the whole request was refused"
    acts = client.get("/api/v1/history?limit=2").json
    assert [one["fields"] for one in acts["acts"]] == [["review"], ["assignee"]]
    more = client.get(f"/api/v1/history?after={acts['next']}").json["acts"]
    assert more[0]["fields"] == ["second look"]
    back = client.post(f"/api/v1/changes/{acts['acts'][0]['batch']}/undo").json
    assert (back["done"], back["kept"]) == (1, 0)
    assert client.get("/api/v1/history?limit=2").json["acts"][1]["undone"] is True
    hour = client.post("/api/v1/changes/undo", json={"person": "local", "minutes": 60}).json
    assert hour["done"] > 0
    assert client.get("/api/v1/review/clips?list=second-look").json["clips"] == []
    assert client.get("/api/v1/review/copies").json == {"pairs": [], "count": 0}
