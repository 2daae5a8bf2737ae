"""The page that takes articles, in a real browser: a paste with its links, a drop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.articles.sources import PAGE, STORY
from tests.browser import is_accessible, turning
from tests.web.test_tus_cuts import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PASTE = """([html, text]) => {
  const box = document.querySelector("textarea");
  const data = new DataTransfer();
  data.setData("text/html", html);
  data.setData("text/plain", text);
  box.focus();
  box.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true}));
  box.setRangeText(text);
}"""
DROP = """(text) => {
  const data = new DataTransfer();
  data.items.add(new File([text], "Ferry.html", {type: "text/html"}));
  const form = document.querySelector("[data-articles]");
  for (const kind of ["dragenter", "dragover", "drop"])
    form.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    server = Server(tmp_path_factory.mktemp("articles"))
    opened = chromium.new_page(base_url=f"http://127.0.0.1:{server.port}")
    yield opened
    opened.close()
    server.kill()


def test_a_paste_out_of_a_page_keeps_its_links(page: Page) -> None:
    page.goto("/articles/add")
    link = '<a href="https://www.youtube.com/watch?v=QPRb71FGCgI">the crossing</a>'
    page.evaluate(PASTE, [f"<h1>Ferry</h1><p>{STORY}</p><p>Watch {link} by night.</p>", STORY])
    expect(page.get_by_text("Pasted with its links")).to_be_visible()
    is_accessible(page)
    with turning(page):
        page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("youtube.com/watch?v=QPRb71FGCgI").first).to_be_visible()


def test_a_file_is_dropped_and_its_article_shown(page: Page) -> None:
    page.goto("/articles/add")
    page.evaluate(DROP, PAGE)
    expect(page.get_by_text("Ferry.html")).to_be_visible()
    with turning(page):
        page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Ferry carries hundreds")).to_be_visible()
