"""The review queue and the article page by keyboard alone, in a real browser."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from mediacatalog import linking
from mediacatalog.catalog import links
from mediacatalog.catalog.database import Catalogue, open_catalogue
from mediacatalog.search import SearchIndex
from mediacatalog.settings import Settings
from mediacatalog.web import create_app
from tests.browser import eventually, server_of
from tests.linking.stories import a_clip, a_story

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

TEXT = "On 10 November 2017 the town of Abu Kamal was taken. Al-Bukamal fell again the next day."


class Site:
    """A running site with five suggestions and one article."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(data=folder / "data", media=folder / "media", disk_reserve_bytes=0)
        self.catalogue: Catalogue = open_catalogue(settings.catalogue_url)
        self.catalogue.upgrade()
        with self.catalogue.writing() as session:
            for number in range(5):
                name = f"the-fall-of-abu-kamal-town-{'x' * number}.mp4"
                linking.clip_came(session, a_clip(session, settings.media, name))
            self.story = a_story(session, "The fall of Abu Kamal town", TEXT)
        app = create_app(settings, self.catalogue, SearchIndex(settings.index))
        self.server = server_of(app)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.base = f"http://127.0.0.1:{self.server.server_port}"

    def states(self) -> dict[str, int]:
        with self.catalogue.reading() as session:
            known = ("suggested", "unsure", "accepted", "rejected")
            counts = {one: len(links.queue(session, state=one)) for one in known}
        return {state: count for state, count in counts.items() if count}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.catalogue.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    running = Site(tmp_path)
    yield running
    running.close()


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Page:
    return chromium.new_page()


def test_the_queue_is_worked_by_keys_alone(site: Site, page: Page) -> None:
    page.goto(f"{site.base}/review")
    said = page.locator("[data-review-said]")
    expect(page.locator(".ask").first).to_be_focused()
    page.keyboard.press("a")
    expect(said).to_have_text("Accepted.")
    expect(page.locator(".ask").nth(1)).to_be_focused()
    page.keyboard.press("r")
    page.keyboard.press("u")
    expect(page.locator("[data-waiting=suggested]")).to_have_text("2")
    expect(page.locator("[data-waiting=unsure]")).to_have_text("1")
    eventually(page, site.states, {"accepted": 1, "rejected": 1, "unsure": 1, "suggested": 2})
    page.keyboard.press("s")  # passed over: nothing is written
    expect(page.locator(".ask").nth(4)).to_be_focused()
    page.keyboard.press("z")
    expect(said).to_have_text("Undone.")
    expect(page.locator(".ask").nth(2)).to_be_focused()
    page.keyboard.press("z")
    expect(page.locator("[data-waiting=suggested]")).to_have_text("4")
    eventually(page, site.states, {"accepted": 1, "suggested": 4})


def test_several_are_chosen_and_decided_by_keys(site: Site, page: Page) -> None:
    page.goto(f"{site.base}/review")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-chosen]")).to_have_text("2 chosen")
    page.keyboard.press("r")
    expect(page.locator("[data-waiting=suggested]")).to_have_text("3")
    page.keyboard.press("Shift+X")
    page.keyboard.press("a")
    expect(page.locator("[data-waiting=suggested]")).to_have_text("0")
    expect(page.locator("[data-more]")).to_be_focused()
    eventually(page, site.states, {"rejected": 2, "accepted": 3})
    page.keyboard.press("z")
    expect(page.locator("[data-waiting=suggested]")).to_have_text("3")


def test_what_could_not_be_saved_stays_open(site: Site, page: Page) -> None:
    page.goto(f"{site.base}/review")
    page.route("**/review/decide", lambda route: route.abort())
    page.keyboard.press("a")
    expect(page.locator("[data-review-said]")).to_contain_text("Not saved")
    page.unroute("**/review/decide")
    expect(page.locator(".ask.is-done")).to_have_count(0)
    eventually(page, site.states, {"suggested": 5})


def test_a_mention_is_reached_and_accepted_by_keys(site: Site, page: Page) -> None:
    page.goto(f"{site.base}/articles/{site.story}")
    page.locator(".prose .mention--place").first.focus()
    page.keyboard.press("Enter")
    meaning = page.locator(".meaning", has_text="Abu Kamal").first
    expect(meaning).to_be_in_viewport()
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "accepted":
            break
    page.keyboard.press("Enter")
    expect(page.locator(".prose .mention--place.mention--accepted")).to_have_count(2)
    eventually(page, "document.querySelector('.map__land').getBBox().width > 1000")
