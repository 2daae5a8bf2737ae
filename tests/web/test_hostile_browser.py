"""Hostile text in every field that people, captions and articles fill: nothing of it ever runs.

One archive is filled with it over the API, and read back in a real browser on every page and in
every export. A dialog, a request to elsewhere, or a report of the policy fails it.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser import server_of
from tests.web.archive import article, track

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apiflask import APIFlask
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, Page

    from mediacatalog.search import SearchIndex
    from mediacatalog.settings import Settings
    from tests.web.archive import Archive

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True),
]

API = "/api/v1"
HOSTILE = (
    "<script>fetch('//evil.example/1')</script>",
    "\"'><img src=//evil.example/2 onerror=alert(2)>",
    "</textarea></title><svg onload=alert(3)>",
    "javascript:alert(4)",
    "<style>@import '//evil.example/5'</style>",
    '=HYPERLINK("http://evil.example/6","x")',
    "+cmd|' /C calc'!A0",
    "{{7*7}}{% raw %}${7*7}<%= 7 %>",
    "<iframe srcdoc='<script>alert(8)</script>'>",
    "<!--<b ''\"\"&lt;&#0;&nbsp;]]>",
    "<a href=javascript:alert(9) autofocus onfocus=alert(9)>x</a>",
)
ALL = " ".join(HOSTILE)
FORMULA = re.compile(r"^[=+\-@\t\r](?![\d.]+$)")


@pytest.fixture
def filled(
    client: FlaskClient, archive: Archive, index: SearchIndex, settings: Settings,
    red_then_blue: Path,
) -> dict[str, str]:  # fmt: skip
    """Ids of what is hostile all over."""
    path = settings.media / f"{HOSTILE[4].replace('/', '_')}.mp4"
    shutil.copy2(red_then_blue, path)
    cues = [(at * 90, at * 90 + 80, one) for at, one in enumerate(HOSTILE)]
    clip = archive.add(
        path,
        tracks=[("<i>.srt", track(*cues))],
        story=article(ALL, ALL, byline=ALL, site=ALL, url="javascript:alert('story')"),
        problems=[ALL],
        source=ALL[:400],
    )  # fmt: skip

    def send(path: str, /, **body: Any) -> dict[str, Any]:
        answer = client.post(f"{API}{path}", json=body)
        assert answer.status_code < 300, (path, answer.text)
        found: dict[str, Any] = answer.json
        return found

    texts = f"{API}/clips/{clip}/description"
    body = {"title": ALL[:500], "description": ALL, "source": ALL[:500], "rights": ALL[:500],
            "people_at_risk": ALL, "reason": ALL[:400]}  # fmt: skip
    etag = client.get(texts).headers["ETag"]
    assert client.patch(texts, json=body, headers={"If-Match": etag}).status_code == 200
    for number, kind in enumerate(("tag", "place", "person", "group") * 3):
        label = HOSTILE[number % len(HOSTILE)]
        terms = send(f"/clips/{clip}/terms", label=label, kind=kind)["terms"]
    term = client.get(f"{API}/terms").json["terms"][0]["id"]
    send(f"/terms/{term}/aliases", label=f"{HOSTILE[1]} too")
    assert len(terms) > 8
    send(f"/clips/{clip}/markers", text=ALL, start_ms=0, end_ms=900)
    send(f"/clips/{clip}/warnings", kind="loud", note=ALL[:400])
    send(f"/clips/{clip}/occasion/date", date="2017-11", reason=ALL[:400])
    send(f"/clips/{clip}/occasion/place", name=HOSTILE[0], lat=1, lon=2, reason=ALL[:400])
    collection = send("/collections", name=HOSTILE[1])["id"]
    send(f"/collections/{collection}/items", clips=[clip])
    for path in (f"/collections/{collection}", f"/collections/{collection}/items/{clip}"):
        etag = client.get(API + path).headers["ETag"]
        change = {"note": ALL} if "items" in path else {"description": ALL}
        answer = client.patch(API + path, json=change, headers={"If-Match": etag})
        assert answer.status_code == 200
    send("/saved", name=HOSTILE[2], q=ALL, filters={"tag": [ALL]})
    seen = client.get(f"{API}/clips/{clip}/review").headers["ETag"]
    review = {"assignee": HOSTILE[1][:60], "second_look": ALL[:400]}
    client.patch(f"{API}/clips/{clip}/review", json=review, headers={"If-Match": seen})
    edit = send("/bulk-edits", clips=[clip], changes={"add_tags": [HOSTILE[9]], "rights": ALL[:400],
                                                      "only_empty": False})["id"]  # fmt: skip
    index.catch_up(archive.catalogue)
    known = client.get(f"{API}/clips/{clip}").json
    return {"clip": clip, "term": term, "collection": collection, "edit": edit,
            "article": known["articles"][0]["article"],
            "track": known["tracks"][0]["track"]}  # fmt: skip


@pytest.fixture
def base(app: APIFlask) -> Iterator[str]:
    server = server_of(app)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(base: str, chromium: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what it did that it mustn't."""
    did: list[str] = []
    context, host = chromium.new_context(), urlsplit(base).netloc
    opened = context.new_page()
    opened.on("dialog", lambda one: (did.append(f"dialog {one.message}"), one.dismiss()))
    opened.on("pageerror", lambda one: did.append(f"error {one}"))
    opened.on("console", lambda one: "Content Security" in one.text and did.append(one.text))
    opened.on(
        "request",
        lambda one: (
            one.url.startswith(("blob:", "data:"))
            or urlsplit(one.url).netloc == host
            or did.append(f"asked {one.url}")
        ),
    )
    yield opened, did
    context.close()


def test_nothing_hostile_runs_on_any_page(
    base: str, filled: dict[str, str], page: tuple[Page, list[str]]
) -> None:
    opened, did = page
    clip = filled["clip"]
    for address in (
        f"/clips/{clip}", f"/articles/{filled['article']}", "/", "/?q=fetch", "/?q=fetch&view=grid",
        "/tags", f"/tags/{filled['term']}", "/collections", f"/collections/{filled['collection']}",
        "/saved", "/history", "/review", "/review/clips/second-look", "/ingest", "/bulk?q=fetch",
        f"/bulk/{filled['edit']}", f"/clips/{clip}/tracks/{filled['track']}",
    ):  # fmt: skip
        answer = opened.goto(base + address)
        assert answer is not None
        assert answer.status == 200, address
        expect(opened.locator("main")).to_be_visible()
        assert did == [], address
        scripts = opened.locator("svg[onload], img[onerror], [onfocus], iframe, style, base")
        expect(scripts).to_have_count(0)
        expect(
            opened.locator("a[href^='javascript:' i], form[action^='javascript:' i]")
        ).to_have_count(0)
    opened.goto(f"{base}/clips/{clip}")
    expect(opened.get_by_text(HOSTILE[0]).first).to_be_attached()
    opened.goto(f"{base}/")
    opened.locator("#q").press_sequentially("fet")
    expect(opened.get_by_role("option").first).to_be_visible()
    assert did == []


def test_nothing_hostile_runs_in_any_export(client: FlaskClient, filled: dict[str, str]) -> None:
    clip = filled["clip"]
    for address in ("/.csv?q=fetch", f"/clips/{clip}/markers.csv", "/tags/vocabulary.csv"):
        answer = client.get(address)
        assert (answer.status_code, answer.mimetype) == (200, "text/csv"), address
        rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert len(rows) > 1, address
        cells = [cell for row in rows for cell in row]
        assert not [cell for cell in cells if FORMULA.match(cell)], address
    turtle = client.get("/tags/vocabulary.ttl").text
    for line in turtle.splitlines():
        assert len(re.findall(r'(?<!\\)"', line)) in (0, 2, 4), line
    for address in (
        f"/clips/{clip}/tracks/{filled['track']}.vtt",
        f"{API}/clips/{clip}",
        "/.json?q=x",
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer.mimetype in ("text/vtt", "application/json"), address
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        if answer.mimetype == "text/vtt":
            assert not re.search(r"<(?!/?(b|i|u|v|lang|c)\b)", answer.text)
