"""RSS, Atom, RDF and sitemaps."""

from __future__ import annotations

import pytest

from mediacatalog.errors import UnreadableArticleError
from tests.articles.sources import STORY, gathered

RSS = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>Orla Valley News</title><language>en-gb</language>
<item><title>Ferry carries hundreds</title><link>https://news.example/ferry</link>
<guid isPermaLink="false">n-17</guid><dc:creator>Mara Velin</dc:creator>
<pubDate>Thu, 09 Nov 2017 10:45:12 +0300</pubDate>
<description>Short&nbsp;words.</description>
<content:encoded><![CDATA[<p>{STORY}</p><p>- Advertisement -</p><script>alert(1)</script>
<iframe src="https://www.youtube.com/embed/QPRb71FGCgI"></iframe>]]></content:encoded>
<enclosure url="https://news.example/v/ferry.mp4" type="video/mp4" length="1"/></item>
<item><guid>empty</guid></item>
</channel></rss>"""

ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Valley</title>
<entry><id>tag:news.example,2017:1</id><title type="html">Ferry &lt;b&gt;carries&lt;/b&gt; hundreds
</title><link rel="self" href="https://news.example/1.atom"/><link href="https://news.example/ferry"/>
<published>2017-11-09T10:45:12+03:00</published><updated>2017-11-10T00:00:00Z</updated>
<author><name>Mara Velin</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{STORY}</p></div></content>
</entry></feed>"""

SITEMAP = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:video="http://www.google.com/schemas/sitemap-video/1.1">
<url><loc>https://news.example/ferry</loc><news:news><news:publication><news:name>Valley</news:name>
<news:language>en</news:language></news:publication>
<news:publication_date>2017-11-09T10:45:12+03:00</news:publication_date>
<news:title>Ferry carries hundreds</news:title></news:news>
<video:video><video:title>The ferry</video:title><video:description>By night.</video:description>
<video:content_loc>https://news.example/v/ferry.mp4</video:content_loc></video:video></url>
<url><loc>https://news.example/</loc></url></urlset>"""


def test_an_entry_of_rss_is_an_article_with_its_address_and_videos() -> None:
    (one,), (skipped,) = gathered(RSS.encode(), "feed.xml")
    story = one.article
    assert (story.title, story.byline, story.site) == (
        "Ferry carries hundreds", "Mara Velin", "Orla Valley News",
    )  # fmt: skip
    assert story.url == "https://news.example/ferry"
    assert story.published == "2017-11-09T10:45:12+03:00"
    assert story.text == STORY
    assert {one.why for one in story.removed} == {"advertisement"}
    assert [video.id or video.url for video in story.videos] == [
        "QPRb71FGCgI", "https://news.example/v/ferry.mp4",
    ]  # fmt: skip
    assert one.place == "n-17"
    assert skipped.place == "empty"


def test_an_entry_of_atom_keeps_its_change_and_its_markup_is_read() -> None:
    (one,), _ = gathered(ATOM.encode(), "atom.xml")
    assert one.article.title == "Ferry carries hundreds"
    assert one.article.url == "https://news.example/ferry"
    assert one.article.modified == "2017-11-10T00:00:00Z"
    assert one.article.text == STORY
    assert one.article.byline == "Mara Velin"


def test_a_news_sitemap_gives_titles_and_addresses() -> None:
    (one,), (skipped,) = gathered(SITEMAP.encode(), "news-sitemap.xml")
    assert one.article.title == "Ferry carries hundreds"
    assert (one.article.site, one.article.language) == ("Valley", "en")
    assert [video.url for video in one.article.videos] == ["https://news.example/v/ferry.mp4"]
    assert skipped.place == "https://news.example/"


def test_every_encoding_of_a_feed_is_read() -> None:
    data = RSS.replace("UTF-8", "windows-1251").replace("Mara Velin", "Мара Велин")
    (one,), _ = gathered(data.replace("&nbsp;", " ").encode("cp1251"), "feed.xml")
    assert one.article.byline == "Мара Велин"


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE rss [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><rss>&b;</rss>',
        b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><title>&x;</title></rss>',
        b"<rss>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</rss>",
        b"<rss><channel><item>",
        b"<sitemapindex><sitemap><loc>https://a.example/b.xml</loc></sitemap></sitemapindex>",
    ],
    ids=["bomb", "file", "depth", "cut", "index"],
)  # fmt: skip
def test_hostile_and_useless_feeds_are_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(UnreadableArticleError):
        gathered(data, "feed.rss")
