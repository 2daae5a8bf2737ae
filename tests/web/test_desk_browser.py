"""In a real browser: how people look through hits, choose among them, and keep their place."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright
from werkzeug.serving import make_server

from mediacatalog.catalog.database import open_catalogue
from mediacatalog.search import SearchIndex
from mediacatalog.settings import Settings
from mediacatalog.web import create_app
from tests.factories import make_clip
from tests.search.rows import a_clip
from tests.web.archive import Archive, track
from tests.web.test_browser import ARGUMENTS, CHROMIUM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

expect.set_options(timeout=60_000)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The address of a site with two filmed clips and forty that are only described."""
    folder = tmp_path_factory.mktemp("desk")
    settings = Settings(data=folder / "data", media=folder / "media", disk_reserve_bytes=0)
    catalogue = open_catalogue(settings.catalogue_url)
    catalogue.upgrade()
    archive, index = Archive(catalogue, settings), SearchIndex(settings.index)
    for number in range(40):
        a_clip(catalogue, f"quay {number:02d}")
    clips = {
        name: archive.add(
            make_clip(settings.media, f"{name}.mp4", shots=shots),
            tracks=[("a.srt", track((0, 900, "The ferry came")))],
            tags=[name],
        )
        for name, shots in {
            "crossing": (("red", 1.0), ("blue", 1.0)),
            "landing": (("green", 1.0), ("yellow", 1.0)),
        }.items()
    }
    index.catch_up(catalogue)
    stop = threading.Event()
    follower = threading.Thread(target=index.follow, args=(catalogue, stop), daemon=True)
    server = make_server("127.0.0.1", 0, create_app(settings, catalogue, index), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    for one in (follower, thread):
        one.start()
    yield {"base": f"http://127.0.0.1:{server.server_port}", **clips}
    stop.set()
    server.shutdown()
    for one in (follower, thread):
        one.join()
    server.server_close()
    catalogue.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def context(desk: dict[str, str], chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(base_url=desk["base"], viewport={"width": 1280, "height": 800})
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def requested(page: Page) -> list[str]:
    """The addresses that the page asks for from now on."""
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    return asked


def test_clips_are_tagged_on_the_contact_sheet_without_playing_them(
    desk: dict[str, str], page: Page
) -> None:
    asked = requested(page)
    page.goto("/?q=ferry")
    page.get_by_role("link", name="Contact sheet").click()
    page.evaluate("window.same = true")
    for name in ("crossing", "landing"):
        page.locator(f"[data-hit='{desk[name]}'] img").nth(1).click()
    expect(page.locator("[data-selected]")).to_have_text("2 selected")
    page.get_by_label("Tag for the selected clips").fill("water")
    page.keyboard.press("Enter")
    expect(page.locator("[data-selected]")).to_have_text("2 clips tagged “water”")
    expect(page.get_by_role("main").get_by_role("link", name="water")).to_have_count(2)
    assert page.evaluate("window.same") is True
    assert not [one for one in asked if "/master" in one or "proxy" in one]
    page.locator(f"[data-hit='{desk['landing']}'] .sheet__frames a").nth(1).click()
    page.wait_for_url(re.compile(rf"/clips/{desk['landing']}\?t=1\.\d+"))


def test_a_selection_is_tagged_without_scripts(desk: dict[str, str], chromium: Browser) -> None:
    context = chromium.new_context(base_url=desk["base"], java_script_enabled=False)
    page = context.new_page()
    page.goto("/?q=ferry&view=sheet")
    page.locator(f"[data-hit='{desk['crossing']}'] img").first.click()
    page.get_by_label("Tag for the selected clips").fill("by hand")
    page.get_by_role("button", name="Add the tag").click()
    expect(page.get_by_role("status").first).to_contain_text("1 clip tagged “by hand”")
    assert page.url.endswith("/?q=ferry&view=sheet")
    context.close()


def test_a_hit_shows_its_film_to_pointer_and_arrows_and_asks_for_it_only_then(
    desk: dict[str, str], page: Page
) -> None:
    asked = requested(page)
    page.goto("/?q=tag:crossing")
    page.wait_for_load_state("networkidle")
    assert not [one for one in asked if "/clips/" in one and "storyboard" in one]
    hit = page.locator(f"[data-hit='{desk['crossing']}']")
    box = hit.locator(".poster").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 20)
    page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + 20)
    expect(hit.locator("canvas.scrub")).to_be_visible()
    expect(hit.locator(".scrub__time")).to_have_text(re.compile(r"0:01\.[89]"))
    page.mouse.move(5, 5)
    expect(hit.locator("canvas.scrub")).to_be_hidden()
    hit.locator("[data-open]").focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    expect(hit.locator(".scrub__time")).to_have_text("0:01.1")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"t=1\.150"))


def test_a_still_stays_still_where_less_motion_is_wanted(
    desk: dict[str, str], chromium: Browser
) -> None:
    context = chromium.new_context(base_url=desk["base"], reduced_motion="reduce")
    page = context.new_page()
    asked = requested(page)
    page.goto("/?q=tag:crossing")
    page.locator(".poster").first.hover()
    page.mouse.move(200, 300)
    page.locator("[data-open]").first.focus()
    assert not [one for one in asked if "/clips/" in one and "storyboard" in one]
    page.keyboard.press("ArrowRight")
    expect(page.locator("canvas.scrub")).to_be_visible()
    context.close()


def test_more_hits_come_below_and_are_there_again_after_back(page: Page) -> None:
    page.goto("/?q=quay&view=grid&sort=title")
    expect(page.locator("[data-hit]")).to_have_count(24)
    page.get_by_role("link", name="More results").click()
    expect(page.locator("[data-hit]")).to_have_count(40)
    assert "show=48" in page.url
    last = page.get_by_role("link", name="quay 39")
    last.click()
    page.wait_for_url("**/clips/**")
    page.go_back()
    expect(page.locator("[data-hit]")).to_have_count(40)
    expect(last).to_be_in_viewport()


def test_hits_are_walked_and_selected_by_keyboard(page: Page) -> None:
    page.goto("/?q=quay&sort=title")
    page.locator("[data-open]").first.focus()
    for key in "jjxjxk":
        page.keyboard.press(key)
    expect(page.locator(":focus")).to_have_text("quay 02")
    expect(page.locator("[data-selected]")).to_have_text("2 selected")
    page.keyboard.press("t")
    page.keyboard.type("jetty")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(":focus")).to_have_text("quay 02")
    page.keyboard.press("Shift+X")
    expect(page.locator("[data-selected]")).to_have_text("24 selected")
