"""The ingest steered, captions edited, manifests and articles brought: by programs as by people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mediacatalog.catalog import stages
from mediacatalog.ingest.pipeline import STAGES
from mediacatalog.values import State
from tests.factories import SRT

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from mediacatalog.settings import Settings
    from tests.web.archive import Archive

pytestmark = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


def seen(client: FlaskClient, where: str) -> dict[str, str]:
    """The header that says which edition is changed."""
    return {"If-Match": client.get(where).headers["ETag"]}


def test_the_ingest_is_steered(archive: Archive, client: FlaskClient, settings: Settings) -> None:
    path = settings.media / "broken.mp4"
    path.write_bytes(b"x")
    held = archive.see(path, State.QUARANTINED, "it is broken")
    again = client.post(f"/api/v1/ingest/{held}/decision", json={"decision": "retry"})
    assert (again.status_code, again.json["file"]["state"]) == (202, "waiting")
    story = client.get(again.headers["Location"]).json
    assert story["steps"][0]["reason"] == "a person asked to try again"
    left = client.post(f"/api/v1/ingest/{held}/decision", json={"decision": "ignore"})
    assert left.json["file"]["state"] == "ignored"
    wrong = client.post(f"/api/v1/ingest/{held}/decision", json={"decision": "accept"})
    assert wrong.status_code == 422

    (root,) = [one for one in client.get("/api/v1/roots").json["roots"] if one["kind"] == "watched"]
    where = f"/api/v1/roots/{root['id']}"
    assert client.patch(where, json={"paused": True}).status_code == 428
    paused = client.patch(where, json={"paused": True, "viewing": "balanced"},
                          headers=seen(client, where))  # fmt: skip
    assert (paused.json["paused_by"], paused.json["viewing"]) == ("local", "balanced")
    on = client.patch(where, json={"paused": False}, headers=seen(client, where))
    assert (on.json["paused_by"], on.json["viewing"]) == (None, "balanced")
    assert client.post(f"{where}/loss", json={"lost": 3}).status_code == 422


def test_a_clip_is_read_again_and_its_poster_pinned(client: FlaskClient, ferry: str) -> None:
    assert tuple(STAGES) == stages.ORDER
    asked = {"stage": "captions", "viewing": "balanced"}
    again = client.post(f"/api/v1/clips/{ferry}/rerun", json=asked)
    assert (again.status_code, again.json["waits"]) == (202, True)
    assert client.get(again.headers["Location"]).json["clip"] == ferry
    assert client.post(f"/api/v1/clips/{ferry}/rerun", json={"stage": "x"}).status_code == 422
    assert client.post(f"/api/v1/clips/{ferry}/proxy", json={"act": "stop"}).status_code == 404

    where = f"/api/v1/clips/{ferry}/poster"
    pinned = client.put(where, json={"ms": 1500}, headers=seen(client, where))
    assert (pinned.status_code, pinned.json["ms"], pinned.json["pinned_by"]) == (202, 1480, "local")
    back = client.post(f"{where}/undo").json
    assert back["pinned_by"] == ""


def test_captions_are_edited(client: FlaskClient, ferry: str) -> None:
    base = f"/api/v1/clips/{ferry}/tracks"
    first = client.get(base).json["tracks"][0]
    where = f"{base}/{first['id']}/cues"
    cues: list[dict[str, Any]] = client.get(where).json["cues"]
    wanted = {"at": 0, "count": 1, "cues": [{"start_ms": 200, "end_ms": 900, "text": "The ferry"}]}
    assert client.patch(where, json=wanted).status_code == 428
    known = seen(client, where)
    told = client.patch(where, json=wanted, headers=known)
    assert [one["text"] for one in told.json["cues"]] == ["The ferry", cues[1]["text"]]
    late = client.patch(where, json=wanted, headers=known)
    assert (late.status_code, late.json["now"]["cues"]) == (412, told.json["cues"])
    text = "WEBVTT\n\n00:00.100 --> 00:00.500\nAnew\n"
    anew = client.put(where, json={"text": text}, headers=seen(client, where))
    assert [one["text"] for one in anew.json["cues"]] == ["Anew"]

    track = f"{base}/{first['id']}"
    said = client.patch(track, json={"language": "fr"}, headers=seen(client, track))
    assert said.status_code in (200, 422), said.json  # its file's bytes weren't kept here
    assert client.delete(track, headers=seen(client, track)).status_code == 204
    assert client.get(track).json["state"] == "removed"
    assert client.post(f"{track}/act", json={"act": "restore"}).json["state"] == "here"

    brought = client.post(f"{base}?name=other.srt&language=en", data=SRT.replace("ferry", "quay"))
    assert brought.status_code == 201
    assert client.get(brought.headers["Location"]).json["cue_count"] == 2
    twice = client.post(f"{base}?name=other.srt", data=SRT.replace("ferry", "quay"))
    assert twice.status_code == 422


def test_a_manifest_is_looked_at_and_applied(
    client: FlaskClient, ferry: str, settings: Settings
) -> None:
    file = settings.media / "ferry_crossing.mp4"
    table = f"file,title,tags\n{file},From a manifest,quay\n"
    kept = client.post("/api/v1/manifests?name=a.csv", data=table.encode())
    assert (kept.status_code, kept.json["faults"]) == (201, 0), kept.json
    assert kept.json["rows"][0]["clip"] == ferry
    where = kept.headers["Location"]
    assert client.get(where).json == kept.json
    done = client.post(f"{where}/apply", json={}).json
    assert ([one["state"] for one in done["outcomes"]], done["after"]) == (["done"], None)
    assert client.get(f"/api/v1/clips/{ferry}/description").json["title"] == "From a manifest"
    wrong = client.post("/api/v1/manifests?name=a.csv", data=b"file,title\n/nowhere.mp4,x\n")
    assert wrong.json["faults"] == 1
    assert client.post(f"{wrong.headers['Location']}/apply", json={}).status_code == 422
    assert client.get(f"/api/v1/manifests/{'0' * 64}").status_code == 404


def test_articles_are_added(client: FlaskClient) -> None:
    text = "The quay at night\n\nABU KAMAL, Syria - The convoy came at dusk and crossed at night.\n"
    added = client.post("/api/v1/articles", json={"text": text, "url": "https://example.org/quay"})
    assert added.status_code == 201
    key = {"Idempotency-Key": "1"}  # known by its bytes, it needs none
    again = client.post("/api/v1/articles", json={"text": text}, headers=key)
    assert (again.status_code, again.json) == (201, added.json)
    assert "convoy" in client.get(added.headers["Location"]).json["text"]
    page = f"<html><title>Another</title><body><article><p>{text * 5}</p></article></body></html>"
    file = client.post("/api/v1/articles/file?name=page.html", data=page.encode())
    assert (file.status_code, file.json["found"]) == (200, 1), file.json
    refused = client.post("/api/v1/articles", json={"url": "https://example.org/"})
    assert refused.status_code == 422


def test_bytes_are_given_by_ranges(client: FlaskClient, ferry: str, red_then_blue: Path) -> None:
    base = f"/api/v1/clips/{ferry}"
    part = client.get(f"{base}/master", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.data) == (206, b"ftyp")
    assert client.get(f"{base}/master").data == red_then_blue.read_bytes()
    for picture in ("poster.jpg", "still.jpg?ms=1500"):
        assert client.get(f"{base}/{picture}").data.startswith(b"\xff\xd8")
    track = client.get(f"{base}/tracks").json["tracks"][0]["id"]
    assert "00:00:00,200 -->" in client.get(f"{base}/tracks/{track}/file?format=srt").text
    assert client.get(f"{base}/proxy").content_type == "application/problem+json"
    assert client.get(f"{base}/tracks/{track}/original").status_code == 404
