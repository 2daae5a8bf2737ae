"""Single saved pages: MHTML, SingleFile, and any text."""

from __future__ import annotations

import gzip

import pytest

from mediacatalog import articles
from mediacatalog.articles import sources
from mediacatalog.errors import UnreadableArticleError
from tests.articles.sources import PAGE, gathered

MHTML = f"""From: <Saved by Blink>
Snapshot-Content-Location: https://news.example/ferry
Subject: Ferry
Date: Thu, 9 Nov 2017 10:45:12 +0300
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="----x"

------x
Content-Type: text/html; charset=windows-1251
Content-Location: https://news.example/ferry
Content-Transfer-Encoding: 8bit

{PAGE.replace("Ferry carries hundreds", "Паром перевозит сотни")}
------x
Content-Type: image/png
Content-Transfer-Encoding: base64
Content-Location: https://news.example/a.png

iVBORw0KGgo=
------x--
"""


def test_a_page_saved_as_mhtml_keeps_address_time_and_encoding() -> None:
    data = MHTML.replace("\n", "\r\n").encode("cp1251")
    (one,), _ = gathered(data, "ferry.mhtml")
    assert one.article.title == "Паром перевозит сотни"
    assert one.article.url == "https://news.example/ferry"
    assert one.captured == "2017-11-09T10:45:12+03:00"
    assert articles.read(data, name="ferry.mhtml") == one.article


def test_a_page_of_single_file_names_its_address() -> None:
    comment = "<!-- Page saved with SingleFile url: https://news.example/ferry saved date: x -->"
    data = PAGE.replace("<head>", f"{comment}<head>").encode()
    (one,), _ = gathered(data, "ferry.html")
    assert one.article.url == "https://news.example/ferry"


@pytest.mark.parametrize(
    "data", [b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x--",
             b"\0" * 5000, b""],
)  # fmt: skip
def test_what_holds_no_page_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableArticleError):
        gathered(data, "ferry.mhtml")


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("crawl.warc.gz", True), ("page.wacz", True), ("result.json", True), ("a.mhtml", True),
        ("messages12.html", True), ("_chat.txt", True), ("WhatsApp Chat with Mara.txt", True),
        ("news-sitemap.xml", True), ("feed.xml", True), ("captions.xml", False),
        ("clip.info.json", False), ("article.html", False), ("notes.txt", False),
    ],
)  # fmt: skip
def test_names_of_sources_in_a_watched_folder(name: str, may: bool) -> None:  # noqa: FBT001
    assert sources.may_hold_articles(name) is may


def test_a_page_in_gzip_is_read_and_a_bomb_is_bounded() -> None:
    packed = gzip.compress(PAGE.encode())
    (one,), _ = gathered(packed, "ferry.html.gz")
    assert one.article == articles.read(PAGE.encode(), name="ferry.html")
    assert one.data == packed
    with pytest.raises(UnreadableArticleError, match="damaged"):
        articles.read(packed[:20] + b"\xff" * 50, name="ferry.html.gz")
    with pytest.raises(UnreadableArticleError, match="unpacks to more"):
        articles.read(gzip.compress(bytes(30_000_000)), name="ferry.html.gz")
