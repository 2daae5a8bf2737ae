"""Uploads arrive whole or not at all, overwrite nothing, and are refused with a reason."""

from __future__ import annotations

import io
import resource
from typing import TYPE_CHECKING

import pytest

from mediacatalog.web import create_app
from mediacatalog.web.storing import safe_name
from tests.web.forms import token

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex
    from mediacatalog.settings import Settings

JSON = {"Accept": "application/json"}


def upload(client: FlaskClient, *files: tuple[str, bytes], batch: str = "") -> TestResponse:
    data = {
        "csrf_token": token(client),
        "batch": batch,
        "files": [(io.BytesIO(data), name) for name, data in files],
    }
    return client.post("/upload", data=data, headers=JSON)


def stored(settings: Settings) -> dict[str, bytes]:
    found = [path for path in settings.uploads.rglob("*") if path.is_file()]
    return {path.name: path.read_bytes() for path in found}


def leftovers(settings: Settings) -> list[Path]:
    return list((settings.data / "incoming").iterdir())


def test_files_are_stored_under_their_names(client: FlaskClient, settings: Settings) -> None:
    answer = upload(client, ("حلب.mp4", b"a" * 400_000), ("حلب.srt", b"1\n"), batch="0123abcd")
    assert [one["state"] for one in answer.json["files"]] == ["stored", "stored"]
    assert stored(settings) == {"حلب.mp4": b"a" * 400_000, "حلب.srt": b"1\n"}
    assert len(list(settings.uploads.iterdir())) == 1
    assert leftovers(settings) == []


def test_a_taken_name_is_never_overwritten(client: FlaskClient, settings: Settings) -> None:
    upload(client, ("a.mp4", b"first"))
    answer = upload(client, ("a.mp4", b"second"))
    assert answer.json["files"][0]["name"] == "a (2).mp4"
    assert stored(settings) == {"a.mp4": b"first", "a (2).mp4": b"second"}


def test_the_same_file_again_is_kept_once(client: FlaskClient, settings: Settings) -> None:
    upload(client, ("a.mp4", b"first"))
    assert upload(client, ("a.mp4", b"first")).json["files"][0]["state"] == "known"
    assert stored(settings) == {"a.mp4": b"first"}


def test_bytes_of_a_known_clip_are_answered_with_it(
    client: FlaskClient, settings: Settings, ferry: str
) -> None:
    data = (settings.media / "ferry_crossing.mp4").read_bytes()
    found = upload(client, ("other name.mp4", data)).json["files"][0]
    assert (found["state"], found["clip"]) == ("known", ferry)
    assert not settings.uploads.exists()


def test_an_empty_file_is_refused_with_a_reason(client: FlaskClient) -> None:
    answer = upload(client, ("empty.mp4", b""))
    assert answer.status_code == 422
    assert "empty" in answer.json["files"][0]["message"]


def test_people_without_scripts_get_a_page(client: FlaskClient) -> None:
    data = {"csrf_token": token(client), "files": [(io.BytesIO(b"x"), "a.mp4")]}
    answer = client.post("/upload", data=data, headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 200
    assert "Stored" in answer.text


def test_a_form_without_its_token_stores_nothing(client: FlaskClient, settings: Settings) -> None:
    answer = client.post("/upload", data={"files": [(io.BytesIO(b"x"), "a.mp4")]})
    assert answer.status_code == 403
    assert not settings.uploads.exists()


def test_a_cut_upload_stores_nothing(client: FlaskClient, settings: Settings) -> None:
    body = (
        b"--b\r\nContent-Disposition: form-data; name=files; filename=a.mp4\r\n\r\n" + b"x" * 9000
    )
    answer = client.post(
        "/upload",
        data=body,
        content_type="multipart/form-data; boundary=b",
        headers={"X-CSRFToken": token(client)},
    )
    assert answer.status_code == 400
    assert stored(settings) == {}
    assert leftovers(settings) == []


@pytest.mark.parametrize(
    ("change", "status"),
    [({"max_upload_bytes": 10}, 413), ({"disk_reserve_bytes": 2**60}, 507)],
)
def test_what_does_not_fit_is_refused_before_it_is_read(
    settings: Settings,
    catalogue: Catalogue,
    index: SearchIndex,
    change: dict[str, int],
    status: int,
) -> None:
    tight = settings.model_copy(update=change)
    client = create_app(tight, catalogue, index).test_client()
    answer = client.post(
        "/upload",
        data=b"--b\r\n" + b"x" * 2_000_000,
        content_type="multipart/form-data; boundary=b",
        headers={"X-CSRFToken": token(client)},
    )
    assert answer.status_code == status
    assert stored(settings) == {}


def test_a_disk_that_fills_up_keeps_nothing_of_the_file(
    client: FlaskClient, settings: Settings
) -> None:
    head = b"--b\r\nContent-Disposition: form-data; name=files; filename=a.mp4\r\n\r\n"
    given = {"X-CSRFToken": token(client)}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, hard))
    try:
        answer = client.post(
            "/upload",
            data=head + b"x" * 4_000_000 + b"\r\n--b--\r\n",
            content_type="multipart/form-data; boundary=b",
            headers=given,
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert answer.status_code == 507
    assert "the disk is full" in answer.text
    assert stored(settings) == {}
    assert leftovers(settings) == []


@pytest.mark.parametrize(
    ("outside", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\a.mp4", "a.mp4"),
        (".hidden.mp4", "hidden.mp4"),
        ("-i.mp4", "-i.mp4"),
        ("a\nb\u202e.mp4", "a_b_.mp4"),
        ("", "upload"),
        ("...", "upload"),
        ("x" * 300 + ".mp4", "x" * 196 + ".mp4"),
        ("و" * 150 + ".srt", "و" * 98 + ".srt"),
    ],
)
def test_names_from_outside_become_names_of_files(outside: str, kept: str) -> None:
    assert safe_name(outside) == kept
