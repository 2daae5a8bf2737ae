"""The life of one clip: from a file in the folder to a found second, in a real browser.

If only one test were kept, this is the one.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.error import URLError

import pytest
from playwright.sync_api import expect

from tests.browser import eventually, turning
from tests.factories import make_clip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

CAPTIONS = """1
00:00:01,000 --> 00:00:02,500
The column was seen leaving the old

2
00:00:02,600 --> 00:00:04,000
grain harbour before the storm

3
00:00:04,200 --> 00:00:05,500
and nobody has crossed since
"""

ARTICLE = """Harbour evacuated before the storm

PORT SALIM – Trucks left the grain harbour on Monday, the harbour master said. By 19 November the
quay stood empty, and the ferries to the islands were cancelled until further notice.
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(folder: Path, database_url: str = "") -> Iterator[tuple[str, Path]]:
    """`mediacatalog serve` over an empty media folder: its address and the folder."""
    media, port = folder / "media", free_port()
    media.mkdir(parents=True)
    environment = {
        **os.environ,
        "MEDIACATALOG_DATA": str(folder / "data"),
        "MEDIACATALOG_MEDIA": str(media),
        "MEDIACATALOG_DATABASE_URL": database_url,
        "MEDIACATALOG_PORT": str(port),
        "MEDIACATALOG_POLL_SECONDS": "0.3",
        "MEDIACATALOG_SETTLE_SECONDS": "0.3",
        "MEDIACATALOG_DISK_RESERVE_BYTES": "0",
    }
    log = (folder / "serve.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "mediacatalog", "serve"],
        env=environment,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(f"{address}/readyz"), "the server doesn't answer", process)
        yield address, media
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
        log.close()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:  # noqa: S310 - our own address
            return bool(reply.status == 200)
    except (URLError, OSError):
        return False


def until(
    done: Callable[[], bool], complaint: str, process: subprocess.Popen[bytes] | None = None
) -> None:
    deadline = time.monotonic() + 90
    while not done():
        assert process is None or process.poll() is None, "the server died"
        assert time.monotonic() < deadline, complaint
        time.sleep(0.2)


@pytest.fixture
def screen(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


def drop(media: Path, workshop: Path) -> None:
    """Put a made clip with captions and article in the folder, as a person copies files."""
    clip = make_clip(
        workshop, "harbour.mp4", shots=[("testsrc2", 3.0), ("blue", 3.0)], audio=True, srt=CAPTIONS
    )
    clip.with_suffix(".txt").write_text(ARTICLE, encoding="utf-8")
    for path in sorted(workshop.iterdir()):
        shutil.copy(path, media / path.name)


def find(page: Page, address: str, words: str) -> None:
    """Ask until the worker has brought the clip as far as the index."""
    page.goto(address)
    deadline = time.monotonic() + 90
    while True:
        page.get_by_role("combobox", name="Search the archive").fill(words)
        with turning(page):
            page.get_by_role("combobox", name="Search the archive").press("Enter")
        if page.locator(".hit").count():
            return
        assert time.monotonic() < deadline, f"{words} isn't found"
        page.wait_for_timeout(500)


def test_a_phrase_across_two_cues_leads_to_its_second(
    screen: Page, database_url: str, tmp_path: Path
) -> None:
    with served(tmp_path, database_url) as (address, media):
        drop(media, tmp_path / "workshop")
        find(screen, address, '"old grain harbour"')
        moment = screen.locator(".hit a[href*='t=']").filter(has_text="grain harbour").first
        expect(moment.locator("mark").first).to_be_visible()
        with turning(screen):
            moment.click()
        expect(screen).to_have_url(re.compile(r"/clips/[0-9a-f-]+\?t="))
        video = "document.querySelector('video')"
        eventually(screen, f"{video}.readyState >= 2 && !{video}.seeking")
        # The phrase begins in the first of the two cues.
        eventually(screen, f"{video}.currentTime >= 1 && {video}.currentTime < 1 + 2 / 25")
        expect(screen.get_by_text("Harbour evacuated before the storm").first).to_be_visible()


def test_a_tag_that_is_set_in_the_page_is_found(screen: Page, tmp_path: Path) -> None:
    with served(tmp_path) as (address, media):
        drop(media, tmp_path / "workshop")
        find(screen, address, "harbour")
        with turning(screen):
            screen.locator(".hit a").first.click()
        box = screen.locator("form[action$='/terms'] input[name=label]").first
        box.fill("Night crossing")
        box.press("Enter")
        expect(screen.get_by_text("Night crossing").first).to_be_visible()
        find(screen, address, "tag:night-crossing")
        expect(screen.locator(".hit")).to_have_count(1)
        find(screen, address, "night crossing")
        expect(screen.locator(".hit")).to_have_count(1)
