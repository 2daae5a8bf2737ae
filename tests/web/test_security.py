"""What every answer carries, what no request may do, and that nothing from outside runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mediacatalog.values import State
from tests.factories import make_clip
from tests.web.archive import article, track
from tests.web.forms import send, token

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.search import SearchIndex
    from mediacatalog.settings import Settings
    from tests.web.archive import Archive

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
PAGES = ("/", "/?q=ferry", "/ingest", "/tags", "/upload", "/nothing", "/api/v1/search")


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_carries_the_policies(client: FlaskClient, page: str) -> None:
    headers = client.get(page).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_no_page_asks_for_anything_elsewhere_or_inline(client: FlaskClient, ferry: str) -> None:
    for page in (*PAGES, f"/clips/{ferry}"):
        text = client.get(page).text
        assert not re.search(r'(?:src|action)="(?:https?:)?//', text)
        assert not re.search(r"<style|<script(?![^>]*src=)|\son\w+=|style=", text)


def test_text_from_outside_is_never_markup(
    client: FlaskClient, archive: Archive, index: SearchIndex, settings: Settings
) -> None:
    path = make_clip(settings.media, "<b>&amp;.mp4", shots=(("red", 0.5),))
    clip = archive.add(
        path,
        tracks=[("<i>.srt", track((0, 400, EVIL)))],
        story=article(EVIL, EVIL, byline=EVIL, site=EVIL, url="javascript:alert(1)"),
        tags=["<u>tag</u>"],
        problems=[EVIL],
    )
    send(client, f"/clips/{clip}/terms", label=EVIL[:90], kind="place")
    (settings.media / "x.mp4").write_bytes(b"x")
    archive.see(settings.media / "x.mp4", State.QUARANTINED, EVIL)
    index.catch_up(archive.catalogue)
    found = client.get(f"/clips/{clip}").text
    story = re.search(r'href="(/articles/[^"]+)"', found)
    assert story is not None
    for page in (f"/clips/{clip}", story[1], "/?q=alert", "/", "/ingest", "/tags"):
        text = client.get(page).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<u>tag" not in text
        assert "javascript:" not in re.findall(r'href="([^"]*)"', text)


def test_a_form_of_another_site_is_refused(client: FlaskClient, ferry: str) -> None:
    data = {"csrf_token": token(client), "label": "x", "kind": "tag"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = client.post(f"/clips/{ferry}/terms", data=data, headers=headers)
        assert answer.status_code == 403


def test_a_form_without_a_token_is_refused(client: FlaskClient, ferry: str) -> None:
    assert client.post(f"/clips/{ferry}/terms", data={"label": "x"}).status_code == 400
    assert client.post(f"/clips/{ferry}/description", data={}).status_code == 400


def test_another_host_name_is_refused(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/", headers={"Host": "127.0.0.1:8000"}).status_code == 200


def test_templates_never_mark_text_as_safe() -> None:
    folder = Path(__file__).parents[2] / "templates"
    for path in folder.glob("*.html"):
        assert not re.search(r"\|\s*safe|autoescape|Markup", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "query",
    [
        "00:12:33",
        '"',
        "al-bukamal",
        "*",
        "(",
        "tag:",
        "😀" * 500,
        "x" * 10_000,
        "\x00",
        "-",
        "a OR",
    ],
)
def test_no_question_breaks_the_search(client: FlaskClient, ferry: str, query: str) -> None:
    assert client.get("/", query_string={"q": query, "after": query}).status_code == 200
