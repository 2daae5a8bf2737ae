"""The page of manifests: upload, preview with every error, apply."""

from __future__ import annotations

import io
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from mediacatalog.catalog import holdings
from mediacatalog.web import create_app
from tests.web.forms import token

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex
    from mediacatalog.settings import Settings

PAGE = "/upload/manifest"


@pytest.fixture
def desk(
    settings: Settings, catalogue: Catalogue, index: SearchIndex, red_then_blue: Path
) -> FlaskClient:
    """The pages over a folder with one clip that has stood still for long enough."""
    shutil.copy2(red_then_blue, settings.media / "ferry.mp4")
    still = {"settle_seconds": 0.0, "unproven_settle_seconds": 0.0}
    app = create_app(settings.model_copy(update=still), catalogue, index)
    return app.test_client()


def upload(client: FlaskClient, manifest: str, name: str = "m.csv") -> TestResponse:
    fields = {"csrf_token": token(client), "manifest": (io.BytesIO(manifest.encode()), name)}
    return client.post(PAGE, data=fields, follow_redirects=True)


def apply(client: FlaskClient, preview: TestResponse, **fields: str) -> TestResponse:
    assert preview.request.path.startswith(f"{PAGE}/")
    return client.post(preview.request.path, data={"csrf_token": token(client), **fields})


def sightings(catalogue: Catalogue) -> int:
    with catalogue.reading() as session:
        return sum(holdings.counts(session).values())


def test_a_manifest_is_looked_at_and_then_applied(desk: FlaskClient, catalogue: Catalogue) -> None:
    preview = upload(desk, "file,title,tags\nferry.mp4,Ferry leaves,night|ferry\n")
    assert preview.status_code == 200
    assert "Ferry leaves" in preview.text
    assert sightings(catalogue) == 0
    done = apply(desk, preview)
    while found := re.search(r'name="after" value="(\d+)"', done.text):  # a slice a moment
        done = apply(desk, preview, after=found[1])
    assert "The manifest was gone through: 1 row" in done.text
    assert sightings(catalogue) == 1
    again = desk.get(preview.request.path)
    assert "Everything is as the manifest says" in again.text
    assert "applied before" in again.text


def test_every_error_is_listed_with_row_and_column(desk: FlaskClient, catalogue: Catalogue) -> None:
    rows = "".join(f"none{n}.mp4,t,en\n" for n in range(30))
    preview = upload(desk, f"file,title,language\n{rows}ferry.mp4,t,klingon\n/etc/passwd,t,en\n")
    assert "32 errors" in preview.text
    assert "none29.mp4: no such file" in preview.text
    assert re.search(r"33</th><td><bdi dir=\"auto\">file</bdi></td>.*outside every", preview.text)
    assert ">Apply<" not in preview.text
    apply(desk, preview)
    assert sightings(catalogue) == 0


def test_what_is_in_a_manifest_is_no_markup(desk: FlaskClient) -> None:
    preview = upload(
        desk, "file,title,<script>x</script>\nferry.mp4,<img src=x>,1\n", "<b>\u202e.csv"
    )
    assert "<script>x" not in preview.text
    assert "<b>" not in preview.text
    preview = upload(desk, "file,title\nferry.mp4,<img src=x>\n")
    assert "<img src=x" not in preview.text
    assert "&lt;img src=x&gt;" in preview.text


def test_rows_that_fail_are_told(desk: FlaskClient) -> None:
    preview = upload(desk, f"file,sha256\nferry.mp4,{'0' * 64}\n")
    assert "Not applied" in apply(desk, preview).text


def test_an_apply_goes_on_where_a_slice_ended(
    desk: FlaskClient, settings: Settings, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        whole = (settings.media / "ferry.mp4").read_bytes()
        (settings.media / f"{n}.mp4").write_bytes(whole + b"\0\0\0\x09free" + bytes([n]))
    monkeypatch.setattr("mediacatalog.web.pages.manifest.SLICE_SECONDS", 0)
    preview = upload(desk, "file,title\n" + "".join(f"{n}.mp4,Title {n}\n" for n in range(3)))
    answer, slices = apply(desk, preview), 1
    while found := re.search(r'name="after" value="(\d+)"', answer.text):
        answer, slices = apply(desk, preview, after=found[1]), slices + 1
    assert slices == 4
    assert "gone through: 3 rows" in answer.text
    assert sightings(catalogue) == 3
    assert "Everything is as the manifest says" in desk.get(preview.request.path).text


def test_a_manifest_wants_its_token(desk: FlaskClient, settings: Settings) -> None:
    data = {"manifest": (io.BytesIO(b"file\nferry.mp4\n"), "m.csv")}
    assert desk.post(PAGE, data=data).status_code == 403
    assert not (settings.data / "manifests").exists()
    preview = upload(desk, "file\nferry.mp4\n")
    assert desk.post(preview.request.path).status_code == 400


@pytest.mark.parametrize("key", ["0" * 64, "..", "%2e%2e", "x" * 64])
def test_a_manifest_that_is_not_there(desk: FlaskClient, key: str) -> None:
    assert desk.get(f"{PAGE}/{key}").status_code in (404, 308)


def test_a_form_without_a_manifest(desk: FlaskClient) -> None:
    assert desk.post(PAGE, data={"csrf_token": token(desk)}).status_code == 400


def test_a_manifest_that_is_too_large(desk: FlaskClient) -> None:
    huge = {"CONTENT_LENGTH": str(66 * 2**20)}
    kind = "multipart/form-data; boundary=x"
    assert desk.post(PAGE, content_type=kind, environ_overrides=huge).status_code == 413
