"""Caption tracks over HTTP: exports, uploads, edits, choices, and the label of machines."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from mediacatalog import captions
from mediacatalog.catalog import tracks
from mediacatalog.web.pages.tracks import name
from tests.web.archive import track
from tests.web.forms import send, token

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex
    from mediacatalog.settings import Settings
    from tests.web.archive import Archive


def of_clip(catalogue: Catalogue, clip: str) -> tuple[tracks.Shown, ...]:
    with catalogue.reading() as session:
        return tracks.of_clip(session, clip)


def english(catalogue: Catalogue, clip: str) -> str:
    """The address of the English track."""
    (one,) = [one for one in of_clip(catalogue, clip) if one.language == "en"]
    return f"/clips/{clip}/tracks/{one.id}"


def post_json(client: FlaskClient, path: str, document: Any) -> TestResponse:
    headers = {"X-CSRFToken": token(client)}
    return client.post(
        path, data=json.dumps(document), content_type="application/json", headers=headers
    )


def edit(text: str, *, version: int = 1, at: int = 0) -> dict[str, Any]:
    cue = {"start_ms": 200, "end_ms": 900, "text": text}
    return {"version": version, "at": at, "count": 1, "cues": [cue]}


def upload(client: FlaskClient, clip: str, file: str, data: bytes, language: str = "") -> Any:
    fields = {
        "csrf_token": token(client),
        "language": language,
        "captions": (io.BytesIO(data), file),
    }
    return client.post(f"/clips/{clip}/tracks", data=fields)


SRT = "1\n00:00:00,100 --> 00:00:00,900\n{}\n"


def test_a_track_is_exported_in_every_format(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    address = english(catalogue, ferry)
    for suffix, kind, start in (
        ("vtt", "text/vtt; charset=utf-8", "WEBVTT\n\n00:00:00.200 --> 00:00:00.900\nThe convoy"),
        ("srt", "application/x-subrip; charset=utf-8", "1\n00:00:00,200 --> 00:00:00,900\nThe"),
        ("txt", "text/plain; charset=utf-8", "The convoy reached the ferry\ncrossing"),
    ):
        answer = client.get(f"{address}.{suffix}?download")
        assert answer.headers["Content-Type"] == kind
        assert answer.text.startswith(start)
        assert f"The ferry at Abu Kamal.en.{suffix}" in answer.headers["Content-Disposition"]
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        again = client.get(f"{address}.{suffix}", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
    assert client.get(f"{address}.exe").status_code == 404


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Ferry at dusk", "Ferry at dusk.en.vtt"),
        ("../../etc/passwd", "etc passwd.en.vtt"),
        ('a"b\r\nSet-Cookie: x', "a b Set-Cookie x.en.vtt"),
        ("عبّارة \u202egnp.exe", "عبّارة gnp.exe.en.vtt"),
        (" . ", "captions.en.vtt"),
        ("x" * 300, "x" * 80 + ".en.vtt"),
    ],
)
def test_the_name_of_an_export_is_safe(
    client: FlaskClient, ferry: str, catalogue: Catalogue, title: str, expected: str
) -> None:
    (one, _) = of_clip(catalogue, ferry)
    assert name(title, one, "vtt") == expected


def test_a_machines_text_is_labelled_wherever_it_shows(
    archive: Archive,
    client: FlaskClient,
    settings: Settings,
    index: SearchIndex,
    red_then_blue: Path,
) -> None:
    path = settings.media / "heard.mp4"
    path.write_bytes(red_then_blue.read_bytes())
    heard = replace(track((200, 900, "the convoy came")), made_by="machine", model="Model 3")
    clip = archive.add(path, tracks=[("heard.srt", heard)])
    index.catch_up(archive.catalogue)
    said = "Machine-made text: Model 3"
    page = client.get(f"/clips/{clip}").text
    assert page.count(said) >= 2  # the transcript, and the list of tracks
    assert 'label="English (machine-made)"' in page
    search = client.get("/?q=convoy").text
    assert said in search
    assert client.get("/api/v1/search?q=convoy").json["hits"][0]["moments"][0]["label"] == said
    (one,) = of_clip(archive.catalogue, clip)
    address = f"/clips/{clip}/tracks/{one.id}"
    assert said in client.get(address).text
    for suffix in ("vtt", "srt", "txt"):
        answer = client.get(f"{address}.{suffix}?download")
        assert said in answer.text
        assert "machine" in answer.headers["Content-Disposition"]
    for suffix in ("vtt", "srt"):
        read = captions.read(client.get(f"{address}.{suffix}").data, name=f"x.{suffix}")
        assert (read.made_by, read.model) == ("machine", "Model 3")
        assert [cue.text for cue in read.cues] == ["the convoy came"]


def test_what_is_uploaded_is_shown_searched_and_kept(
    client: FlaskClient, ferry: str, catalogue: Catalogue, index: SearchIndex
) -> None:
    data = SRT.format("Переправа через реку").encode("cp1251")
    answer = upload(client, ferry, "Переправа.srt", data, "ru")
    assert answer.status_code == 303
    (one,) = [one for one in of_clip(catalogue, ferry) if one.origin == "person"]
    assert (one.language, one.encoding) == ("ru", "cp1251")
    index.catch_up(catalogue)
    page = client.get("/?q=переправа").text
    assert f"track={one.id}" in page
    shown = client.get(f"/clips/{ferry}/tracks/{one.id}")
    assert "cp1251" in shown.text
    kept = client.get(f"/clips/{ferry}/tracks/{one.id}/original")
    assert kept.data == data
    assert kept.headers["Content-Type"] == "application/octet-stream"
    assert "Переправа.srt" in unquote(kept.headers["Content-Disposition"])
    assert upload(client, ferry, "x.srt", data).status_code == 422
    assert upload(client, ferry, "x.srt", b"no captions at all").status_code == 422
    assert client.post(f"/clips/{ferry}/tracks").status_code == 403


def test_an_edit_is_found_by_the_next_search(
    client: FlaskClient, ferry: str, catalogue: Catalogue, index: SearchIndex
) -> None:
    address = english(catalogue, ferry)
    answer = post_json(client, f"{address}/cues", edit("The armoured column reached it"))
    assert (answer.status_code, answer.json) == (200, {"version": 2})
    index.catch_up(catalogue)
    assert ferry in client.get("/?q=armoured").text
    page = client.get(f"/clips/{ferry}").text
    assert "The armoured column reached it" in page
    assert re.search(r"changed\s+1 cue\b", page)
    assert "The convoy reached the ferry" in client.get(address).text  # the file's version


def test_a_stale_edit_gets_what_is_there_now(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    address = english(catalogue, ferry)
    post_json(client, f"{address}/cues", edit("first"))
    answer = post_json(client, f"{address}/cues", edit("second"))
    assert answer.status_code == 409
    assert (answer.json["version"], answer.json["cues"][0]["text"]) == (2, "first")
    late = send(client, f"{address}/text", version="1", text="WEBVTT\n\n00:01.000 --> 00:02.000\nx")
    assert late.status_code == 409
    assert "first" in late.text
    assert "00:01.000 --&gt; 00:02.000" in late.text


@pytest.mark.parametrize(
    "document",
    [
        {"version": 1, "at": 0, "count": 9, "cues": []},
        {"version": 1, "at": -1, "count": 0, "cues": []},
        {"version": 1, "at": 0, "count": 0, "cues": [{"start_ms": 5, "end_ms": 1, "text": "x"}]},
        {"version": 1, "at": 0, "count": 0, "cues": [{"text": "x"}]},
        {"version": "x", "at": 0, "count": 0, "cues": []},
        [],
        "x",
    ],
)
def test_what_is_no_edit_is_refused_in_words(
    client: FlaskClient, ferry: str, catalogue: Catalogue, document: object
) -> None:
    answer = post_json(client, f"{english(catalogue, ferry)}/cues", document)
    assert answer.status_code == 422
    assert answer.json["error"]


def test_an_edit_needs_its_token(client: FlaskClient, ferry: str, catalogue: Catalogue) -> None:
    address = english(catalogue, ferry)
    assert client.post(f"{address}/cues", json=edit("x")).status_code == 400
    assert client.post(f"{address}/text", data={"version": "1", "text": "x"}).status_code == 403


def test_pages_without_scripts_edit_a_track_as_one_text(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    address = english(catalogue, ferry)
    page = client.get(address).text
    assert "00:00:00.200 --&gt; 00:00:00.900" in page
    typed = "WEBVTT\n\n00:00.300 --> 00:00.800\nThe ferry left\n"
    assert send(client, f"{address}/text", version="1", text=typed).status_code == 303
    assert client.get(f"{address}.txt").text == "The ferry left\n"
    page = client.get(address).text
    change = re.search(r'name="change" value="([^"]+)"', page)
    assert change is not None
    send(client, f"{address}/back", version="2", change=change[1])
    assert client.get(f"{address}.txt").text.startswith("The convoy reached the ferry\n")


def test_choices_and_removal_by_forms(
    client: FlaskClient, ferry: str, catalogue: Catalogue, index: SearchIndex
) -> None:
    data = SRT.format("Да, конвой").encode("koi8_r")
    upload(client, ferry, "x.srt", data)
    (one,) = [one for one in of_clip(catalogue, ferry) if one.origin == "person"]
    address = f"/clips/{ferry}/tracks/{one.id}"
    send(client, f"{address}/reading", encoding="cp866", language="ru", kind="subtitle")
    assert "Да" not in client.get(f"{address}.txt").text
    send(client, f"{address}/reading", encoding="koi8_r", language="ru", kind="subtitle")
    assert client.get(f"{address}.txt").text == "Да, конвой\n"
    assert "chosen by a person" in client.get(address).text
    assert send(client, f"{address}/reading", encoding="x").status_code == 422
    send(client, f"{address}/remove")
    index.catch_up(catalogue)
    assert f'data-track-id="{one.id}"' not in client.get(f"/clips/{ferry}").text
    assert "Nothing fits" in client.get("/?q=конвой").text
    send(client, f"{address}/restore")
    index.catch_up(catalogue)
    assert ferry in client.get("/?q=конвой").text


def test_chapters_are_told_to_the_time_line_and_descriptions_are_text(
    archive: Archive, client: FlaskClient, settings: Settings, red_then_blue: Path
) -> None:
    path = settings.media / "told.mp4"
    path.write_bytes(red_then_blue.read_bytes())
    chapters = replace(track((0, 1000, "The quay"), (1000, 2000, "At sea")), kind="chapters")
    described = replace(track((0, 900, "A ferry leaves")), kind="description")
    clip = archive.add(path, tracks=[("a.vtt", chapters), ("b.vtt", described)])
    page = client.get(f"/clips/{clip}").text
    assert "&#34;title&#34;: &#34;At sea&#34;" in page or '"title": "At sea"' in page
    assert 'kind="chapters"' in page
    assert 'kind="descriptions"' in page
    assert "A ferry leaves" in page


def test_an_unknown_track_is_not_found(client: FlaskClient, ferry: str) -> None:
    for path in ("tracks/none", "tracks/none.json", "tracks/none/original", "tracks/none.srt"):
        assert client.get(f"/clips/{ferry}/{path}").status_code == 404
