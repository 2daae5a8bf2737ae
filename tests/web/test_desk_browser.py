"""The desk in a real browser, by keyboard and without scripts: many clips, an order, four eyes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from mediacatalog.catalog import collections, vocabulary
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.search import SearchIndex
from mediacatalog.web import create_app
from tests.browser import eventually, server_of, turning
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from mediacatalog.settings import Settings

pytestmark = pytest.mark.browser


class Site:
    """A running site with three clips of a ferry in a collection."""

    def __init__(self, settings: Settings) -> None:
        self.catalogue = open_catalogue(settings.catalogue_url)
        self.catalogue.upgrade()
        index = SearchIndex(settings.index)
        self.clips = [a_clip(self.catalogue, f"ferry {name}") for name in "abc"]
        with self.catalogue.writing() as session:
            self.evening = collections.make(session, "Evening", actor="mara")
            collections.add(session, self.evening, self.clips, actor="mara")
        index.catch_up(self.catalogue)
        app = create_app(settings, self.catalogue, index)
        self.server = server_of(app)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.base = f"http://127.0.0.1:{self.server.server_port}"

    def tagged(self) -> int:
        with self.catalogue.reading() as session:
            terms = vocabulary.of_clips(session, self.clips)
        return sum(len(one) for one in terms.values())

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.catalogue.close()


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    running = Site(settings)
    yield running
    running.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_all_that_was_found_is_edited_and_taken_back_with_one_press(site: Site, page: Page) -> None:
    page.goto(f"{site.base}/?q=ferry")
    with turning(page):
        page.get_by_role("link", name="Edit all").click()
    page.get_by_label("Add tags").fill("dusk, العبّارة")
    with turning(page):
        page.get_by_role("button", name="See every change").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("6 changes")
    expect(page.get_by_role("row")).to_have_count(7)
    assert site.tagged() == 0
    with turning(page):
        page.get_by_role("button", name="Make all 6 changes").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("one act of the history")
    eventually(page, site.tagged, 6)
    with turning(page):
        page.get_by_role("button", name="Take all of it back").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Taken back: 6 changes")
    eventually(page, site.tagged, 0)
    with turning(page):
        page.get_by_role("button", name="Put back").first.press("Enter")
    expect(page.get_by_role("status")).to_be_visible()
    eventually(page, site.tagged, 6)


def test_an_order_is_made_by_keyboard_alone(site: Site, page: Page) -> None:
    page.goto(f"{site.base}/collections/{site.evening}")
    with turning(page):
        page.get_by_role("button", name="Up: ferry c").press("Enter")
    titles = page.locator(".item__title")
    expect(titles).to_have_text(["ferry a", "ferry c", "ferry b"])
    # The button of the clip that was moved has the focus again.
    expect(page.get_by_role("button", name="Up: ferry c")).to_be_focused()
    with turning(page):
        page.keyboard.press("Enter")
    expect(titles).to_have_text(["ferry c", "ferry a", "ferry b"])


def test_one_reviews_and_another_publishes(site: Site, chromium: Browser) -> None:
    clip = f"{site.base}/clips/{site.clips[0]}"
    people = {name: chromium.new_context(java_script_enabled=False) for name in ("mara", "tom")}
    pages = {}
    for name, context in people.items():
        pages[name] = context.new_page()
        pages[name].goto(f"{site.base}/history")
        pages[name].get_by_label("You sign as").fill(name)
        with turning(pages[name]):
            pages[name].get_by_role("button", name="Set").click()
    mara, tom = pages["mara"], pages["tom"]
    mara.goto(clip)
    panel = mara.locator("#review")
    with turning(mara):
        panel.get_by_role("button", name="Reviewed").click()
    with turning(mara):
        panel.get_by_role("button", name="Published").click()
    expect(panel.get_by_role("alert")).to_contain_text("somebody else must publish it")
    tom.goto(f"{site.base}/review")
    with turning(tom):
        tom.get_by_role("link", name="To publish 1").click()
    with turning(tom):
        tom.get_by_role("heading", level=2).get_by_role("link").click()
    with turning(tom):
        tom.locator("#review").get_by_role("button", name="Published").click()
    expect(tom.locator("#review")).to_contain_text("Published")
    expect(tom.locator("#history")).to_contain_text("set the review to published")
    for context in people.values():
        context.close()
