"""Changing things over the API: editions, keys against doing twice, lists in parts, bulk edits."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from mediacatalog.catalog import collections, holdings, tracks, vocabulary
from tests.search.rows import a_clip
from tests.web.archive import track

if TYPE_CHECKING:
    from apiflask import APIFlask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex
    from mediacatalog.settings import Settings

API = "/api/v1"


@pytest.fixture
def clips(catalogue: Catalogue, index: SearchIndex) -> list[str]:
    """Three clips of a ferry."""
    made = [a_clip(catalogue, f"ferry {name}") for name in "abc"]
    index.catch_up(catalogue)
    return made


def changed(client: FlaskClient, method: str, path: str, **given: Any) -> TestResponse:
    """As somebody who has just looked."""
    etag = client.get(given.pop("of", path)).headers["ETag"]
    return client.open(path, method=method, headers={"If-Match": etag}, **given)


def test_of_two_editors_the_second_sees_both_texts(client: FlaskClient, clips: list[str]) -> None:
    path = f"{API}/clips/{clips[0]}/description"
    etag = client.get(path).headers["ETag"]
    first = client.patch(path, json={"title": "Mine"}, headers={"If-Match": etag})
    assert (first.status_code, first.json["title"]) == (200, "Mine")
    second = client.patch(path, json={"title": "Yours"}, headers={"If-Match": etag})
    assert (second.status_code, second.json["now"]["title"]) == (412, "Mine")
    again = {"If-Match": first.headers["ETag"]}
    third = client.patch(path, json={"source": "x", "title": None}, headers=again)
    assert (third.json["title"], third.json["source"]) == ("", "x")
    assert client.get(path, headers={"If-None-Match": third.headers["ETag"]}).status_code == 304


BODIES: dict[str, dict[str, Any]] = {
    "api_saved.rename": {"name": "y"},
    "api_ingest.pin": {"ms": None},
    "api_tracks.save_text": {"text": "WEBVTT"},
    "api_tracks.splice": {"at": 0, "count": 0, "cues": []},
}


def test_nothing_is_changed_by_who_has_not_looked(
    app: APIFlask,
    client: FlaskClient,
    clips: list[str],
    catalogue: Catalogue,
    settings: Settings,
) -> None:
    """Of every route that changes what is there; tus has a way of its own."""
    with catalogue.writing() as session:
        evening = collections.make(session, "Evening", actor="mara")
        collections.add(session, evening, clips[:1], actor="mara")
        term = vocabulary.add_term(session, clips[0], "ferry", actor="mara")
        root = holdings.root(session, settings.media, kind="watched").id
        clip = holdings.clip(session, clips[0])
        read = tracks.OriginTrack("person", "a.srt", "0" * 64, track((0, 900, "a ferry")))
        captions = tracks.add(session, clip.id, read)
    post = client.post
    names = {
        "root_id": root, "track_id": captions,
        "clip_id": clips[0], "collection_id": evening, "kind": "tag", "slug": "ferry",
        "term_id": term.id, "alias_id": "none", "broader_id": "none", "warning_id": "none",
        "marker_id": post(f"{API}/clips/{clips[0]}/markers", json={"text": "x", "start_ms": 0})
        .json["id"],
        "search_id": post(f"{API}/saved", json={"name": "x"}).json["id"],
        "entry_id": post(f"{API}/clips/{clips[0]}/occasion/date", json={"date": "2017"})
        .json["dates"][0]["id"],
    }  # fmt: skip
    seen = 0
    for rule in app.url_map.iter_rules():
        methods = {"PUT", "PATCH", "DELETE"} & (rule.methods or set())
        if rule.endpoint.startswith("tus.") or not rule.rule.startswith(API):
            continue
        for method in methods:
            path = rule.build({one: names[one] for one in rule.arguments})[1]
            body = {"text": "x", "start_ms": 0} if method == "PUT" else {}
            body = BODIES.get(rule.endpoint, body)
            given = {} if method == "DELETE" or "broader" in path else {"json": body}
            answer = client.open(path, method=method, **given)
            assert answer.status_code == 428, (method, path)
            stale = client.open(path, method=method, headers={"If-Match": '"past"'}, **given)
            assert stale.status_code == 412, (method, path)
            assert stale.json["now"], (method, path)
            seen += 1
    assert seen > 12


def test_a_key_does_a_thing_once(client: FlaskClient, clips: list[str]) -> None:
    path, key = f"{API}/collections", {"Idempotency-Key": "k-1"}
    first = client.post(path, json={"name": "Evening"}, headers=key)
    again = client.post(path, json={"name": "Evening"}, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert first.headers["Location"] == again.headers["Location"]
    assert first.headers["ETag"] == again.headers["ETag"]
    assert len(client.get(path).json["collections"]) == 1
    assert client.post(path, json={"name": "Other"}, headers=key).status_code == 409
    assert (
        client.post(path, json={"name": " "}, headers={"Idempotency-Key": "2"}).status_code == 422
    )
    assert (
        client.post(path, json={"name": "B"}, headers={"Idempotency-Key": "2"}).status_code == 201
    )
    note = {"text": "x", "start_ms": 0}
    for _ in "ab":
        client.post(f"{API}/clips/{clips[0]}/markers", json=note, headers=key)
    assert client.get(f"{API}/clips/{clips[0]}/markers").json["markers"] == []  # another's key


def test_two_at_once_with_one_key_do_it_once(app: APIFlask, catalogue: Catalogue) -> None:
    answers: list[TestResponse] = []
    together = threading.Barrier(4)

    def send() -> None:
        client = app.test_client()
        together.wait()
        headers = {"Idempotency-Key": "same"}
        answers.append(client.post(f"{API}/collections", json={"name": "E"}, headers=headers))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert {(one.status_code, one.json["id"]) for one in answers} == {(201, answers[0].json["id"])}
    with catalogue.reading() as session:
        assert len(collections.listed(session)) == 1


def test_what_failed_is_kept_by_no_key(client: FlaskClient, catalogue: Catalogue) -> None:
    for _ in "ab":
        answer = client.post(
            f"{API}/collections/none/items", json={"clips": ["x"]}, headers={"Idempotency-Key": "k"}
        )
        assert answer.status_code == 404
    clip = a_clip(catalogue, "ferry")
    asked = {"clips": [clip], "changes": {"add_tags": ["night"]}}
    where = client.post(f"{API}/bulk-edits", json=asked).headers["Location"]
    for _ in "ab":
        late = client.post(
            f"{where}/apply", json={"digest": "past"}, headers={"Idempotency-Key": "k"}
        )
        assert (late.status_code, late.content_type) == (409, "application/problem+json")
    with catalogue.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM idempotency_keys")) == 0


def test_a_collection_is_made_filled_ordered_and_removed(
    client: FlaskClient, clips: list[str]
) -> None:
    made = client.post(f"{API}/collections", json={"name": "Evening"})
    path = made.headers["Location"]
    assert client.post(f"{path}/items", json={"clips": clips}).json == {"added": 3, "count": 3}
    item = f"{path}/items/{clips[2]}"
    moved = changed(client, "PATCH", item, json={"place": 1, "note": "The <b>best</b>"})
    assert (moved.json["place"], moved.json["note"]) == (1, "The <b>best</b>")
    first = client.get(f"{path}/items?limit=2").json
    rest = client.get(f"{path}/items", query_string={"after": first["next"]}).json
    order = [one["clip"] for one in (*first["items"], *rest["items"])]
    assert (order, rest["next"]) == ([clips[2], clips[0], clips[1]], None)
    assert changed(client, "DELETE", item).status_code == 204
    assert client.get(path).json["count"] == 2
    assert changed(client, "PATCH", path, json={"description": "x"}).json["name"] == "Evening"
    assert changed(client, "DELETE", path).status_code == 204
    assert client.get(path).status_code == 404
    asked = {"name": "All", "question": {"q": "ferry", "filters": {"tag": ["x"]}}}
    assert client.post(f"{API}/collections", json=asked).json["kind"] == "query"
    asked["question"] = {"filters": {"colour": ["red"]}}
    assert client.post(f"{API}/collections", json=asked).status_code == 422


def test_a_list_in_parts_loses_nothing_and_repeats_nothing(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    names = ["b", "A", "Ä", "حلب", "a", "_", "Z", "%"]
    with catalogue.writing() as session:
        for name in names:
            collections.make(session, name, actor="mara")
    found: list[str] = []
    after = ""
    while after is not None:
        page = client.get(f"{API}/collections", query_string={"after": after, "limit": 3}).json
        found += [one["name"] for one in page["collections"]]
        after = page["next"]
        with catalogue.writing() as session:
            collections.make(session, " 0", actor="mara")  # before all that is still to come
    assert sorted(found) == sorted(names)
    terms = client.get(f"{API}/terms", query_string={"after": "x"})
    assert terms.status_code == 422
    one = client.get(f"{API}/collections?limit=1").json["next"]
    assert client.get(f"{API}/terms", query_string={"after": one}).status_code == 422


def test_many_are_edited_as_they_were_previewed_and_back(
    client: FlaskClient, clips: list[str]
) -> None:
    asked = {
        "query": {"q": "ferry"}, "expected_count": 3,
        "changes": {"add_tags": ["night"], "source": "Desk"},
    }  # fmt: skip
    seen = client.post(f"{API}/bulk-edits", json=asked)
    assert (seen.json["counts"], seen.json["batch"]) == ({"tag": 3, "source": 3}, None)
    path = seen.headers["Location"]
    assert client.get(f"{API}/clips/{clips[0]}/terms").json["terms"] == []  # nothing is done yet
    page = client.get(f"{path}/changes?limit=4").json
    rest = client.get(f"{path}/changes", query_string={"after": page["next"]}).json
    assert len(page["changes"]) + len(rest["changes"]) == 6
    changed(client, "PATCH", f"{API}/clips/{clips[0]}/description", json={"source": "Other"})
    late = client.post(f"{path}/apply", json={"digest": seen.json["digest"]})
    assert (late.status_code, late.json["now"]["counts"]) == (409, {"tag": 3, "source": 2})
    done = client.post(f"{path}/apply", json={"digest": late.json["now"]["digest"]})
    assert client.get(path).json["batch"] == done.json["batch"]
    assert client.get(f"{API}/clips/{clips[1]}/description").json["source"] == "Desk"
    undone = client.post(f"{API}/changes/{done.json['batch']}/undo").json
    assert (undone["done"], undone["kept"]) == (5, 0)
    assert client.get(f"{API}/clips/{clips[1]}/description").json["source"] == ""
    asked["expected_count"] = 4
    assert client.post(f"{API}/bulk-edits", json=asked).status_code == 422


def test_the_vocabulary_is_kept_in_order(client: FlaskClient, clips: list[str]) -> None:
    for label in ("ship", "ferry", "boat"):
        added = client.post(f"{API}/clips/{clips[0]}/terms", json={"label": label})
    assert [one["slug"] for one in added.json["terms"]] == ["boat", "ferry", "ship"]
    by = {one["label"]: one["id"] for one in client.get(f"{API}/terms").json["terms"]}
    ferry, ship = f"{API}/terms/{by['ferry']}", f"{API}/terms/{by['ship']}"
    named = client.post(f"{ferry}/aliases", json={"label": "عبّارة", "language": "ar"})
    assert named.json["aliases"][0]["language"] == "ar"
    noted = changed(client, "PATCH", ferry, json={"scope_note": "On rivers", "state": "accepted"})
    assert (noted.json["scope_note"], noted.json["state"]) == ("On rivers", "accepted")
    within = changed(client, "PUT", f"{ferry}/broader/{by['ship']}", of=ferry)
    assert within.json["broader"] == [by["ship"]]
    assert changed(client, "PUT", f"{ship}/broader/{by['ferry']}", of=ship).status_code == 422
    assert (
        changed(client, "DELETE", f"{ferry}/broader/{by['ship']}", of=ferry).json["broader"] == []
    )
    merged = client.post(f"{API}/terms/{by['boat']}/merge", json={"into": "ferry"}).json
    assert merged["id"] == by["ferry"]
    assert client.get(f"{API}/terms/{by['boat']}").json["id"] == by["ferry"]
    parted = client.post(f"{ferry}/split", json={"label": "raft", "clips": clips[:1]})
    assert (parted.status_code, parted.json["count"]) == (201, 1)
    alias = client.get(ferry).json["aliases"][0]["id"]
    left = changed(client, "DELETE", f"{ferry}/aliases/{alias}", of=ferry).json["aliases"]
    assert alias not in {one["id"] for one in left}
    table = client.get(f"{API}/terms/file").data
    again = client.post(f"{API}/terms/file", data=table, content_type="text/csv").json
    assert again == {"terms": 0, "changes": 0}
    more = {"data": b"label,kind\nbarge,tag\n", "content_type": "text/csv"}
    assert client.post(f"{API}/terms/file", **more).json["terms"] == 1
    assert client.get(f"{API}/terms/suggest?q=bar").json["terms"][0]["label"] == "barge"
    terms = f"{API}/clips/{clips[0]}/terms"
    gone = changed(client, "DELETE", f"{terms}/tag/ship", of=terms).json["terms"]
    assert "ship" not in {one["slug"] for one in gone}


def test_viewers_are_warned(client: FlaskClient, clips: list[str]) -> None:
    path = f"{API}/clips/{clips[0]}/warnings"
    made = client.post(path, json={"kind": "death", "note": "At the end"})
    assert (made.status_code, made.json["looked_at"]) == (201, True)
    (one,) = made.json["warnings"]
    left = changed(client, "DELETE", f"{path}/{one['id']}", of=path)
    assert left.json["warnings"] == []
    assert client.post(path, json={"kind": "boring"}).status_code == 422


def test_a_review_goes_by_editions(client: FlaskClient, clips: list[str]) -> None:
    path = f"{API}/clips/{clips[0]}/review"
    held = changed(client, "PATCH", path, json={"assignee": "mara", "second_look": "The date"})
    assert (held.json["assignee"], held.json["second_look"]) == ("mara", "The date")
    freed = changed(client, "PATCH", path, json={"assignee": None, "state": "in-review"})
    assert (freed.json["assignee"], freed.json["state"]) == ("", "in-review")


def test_a_mirror_follows_what_changes(client: FlaskClient, clips: list[str]) -> None:
    begun = client.get(f"{API}/changes").json
    assert {one["clip"] for one in begun["clips"]} == set(clips)
    now = client.get(f"{API}/changes?after=now").json
    assert (now["changes"], now["clips"]) == ([], [])
    made = client.post(f"{API}/clips/{clips[1]}/terms", json={"label": "night"})
    assert made.status_code == 200
    fed = client.get(f"{API}/changes", query_string={"after": now["next"]}).json
    assert fed == client.get(f"{API}/changes", query_string={"after": begun["next"]}).json
    (one,) = fed["changes"]
    assert (one["key"], one["field"], one["after"]) == (clips[1], "tag", "night")
    assert [one["clip"] for one in fed["clips"]] == [clips[1]]
    again = client.get(f"{API}/changes", query_string={"after": fed["next"]}).json
    assert (again["changes"], again["clips"], again["next"]) == ([], [], fed["next"])
    assert client.get(f"{API}/changes?after=nowhere").status_code == 422
