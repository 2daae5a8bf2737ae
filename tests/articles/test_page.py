"""Saved pages: the story, what is said of it, its videos, and hostile markup."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import trafilatura

from mediacatalog import articles
from mediacatalog.errors import UnreadableArticleError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BODY = """<nav><a href="/">Home</a> <a href="/video">Video</a></nav>
<article><h1>Ferry carries hundreds to safety</h1>
<p>DARVENA, Upper Orla &ndash; A single car ferry carried more than four hundred people across the
Orla river on Friday after the water rose by two metres in one night.</p>
<p>- Advertisement -</p>
<p>&ldquo;We will not leave anybody on the east bank,&rdquo; said Mara Velin, the ferry&rsquo;s
master, between two crossings. Families were taken to the school in Upper Darvena.</p>
<p>Sign up for our newsletter</p></article>
<div class="cookie-bar">We value your privacy.</div><footer>Orla Valley News, Port Salma</footer>"""


def page(body: str = BODY, head: str = "", lang: str = "en") -> articles.Article:
    html = f'<!DOCTYPE html><html lang="{lang}"><head>{head}</head><body>{body}</body></html>'
    return articles.read(html.encode(), name="page.html")


def tokens(text: str) -> list[str]:
    found = re.findall(r"\w+", text.lower())
    if re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", "".join(found)):
        return list("".join(found))
    return found


def f1(text: str, truth: str) -> float:
    ours, gold = Counter(tokens(text)), Counter(tokens(truth))
    common = (ours & gold).total()
    return 2 * common / (ours.total() + gold.total())


def gold_pages(samples: Path) -> Iterator[tuple[str, bytes, str]]:
    for path in sorted((samples / "articles").glob("*.truth.json")):
        gold = json.loads(path.read_text())["source_gold"]
        name = path.name.removesuffix(".truth.json") + ".html"
        if text := gold.get("articleBody") or gold.get("text"):
            yield name, gzip.decompress((path.parent / f"{name}.gz").read_bytes()), text


@pytest.mark.samples
def test_stories_are_nearer_to_the_truth_than_plain_extraction(samples: Path) -> None:
    plain, ours = [], []
    for name, data, truth in gold_pages(samples):
        plain.append(f1(trafilatura.extract(data) or "", truth))
        ours.append(f1(articles.read(data, name=name).text, truth))
    assert len(ours) >= 30
    assert sum(ours) >= sum(plain)


@pytest.mark.samples
def test_pages_of_investigations_match_their_sources(samples: Path) -> None:
    for path in sorted((samples / "articles/syrian-archive").glob("*.html.gz")):
        story = articles.read(gzip.decompress(path.read_bytes()), name=path.name[:-3])
        source = path.with_name(path.name.removesuffix(".html.gz") + ".md")
        told = articles.read(source.read_bytes(), name=source.name)
        assert story.title == told.title
        assert story.language == told.language == path.name.split(".")[-3]
        assert (story.published or "")[:10] == (told.published or "")[:10]
        assert {one.id for one in story.videos} == {one.id for one in told.videos}
        assert "Donate" not in story.text
        assert "Subscribe to our newsletter" not in story.text
        assert any("Donate" in one.text for one in story.removed)


def test_the_story_stands_alone_and_the_rest_is_kept() -> None:
    story = page()
    assert story.title == "Ferry carries hundreds to safety"
    assert story.dateline == "DARVENA, Upper Orla"
    assert len(story.text.split("\n\n")) == 2
    reasons = {one.why: one.text for one in story.removed}
    assert reasons["advertisement"] == "- Advertisement -"
    assert reasons["newsletter prompt"] == "Sign up for our newsletter"
    assert reasons["navigation"] == "Home Video"
    assert "We value your privacy." in reasons["cookie notice"]
    assert "Port Salma" in reasons["page footer"]


def test_every_visible_word_is_in_the_story_or_among_the_removed() -> None:
    story = page(BODY + "<div><p>A stray line</p><ul><li>one entry</li></ul></div>")
    everything = " ".join([story.title or "", story.text, *(one.text for one in story.removed)])
    assert {"stray", "entry", "Advertisement", "newsletter", "privacy"} <= set(
        re.findall(r"\w+", everything)
    )


def test_json_ld_says_who_wrote_and_when() -> None:
    ld = {
        "@graph": [
            {"@type": "WebSite", "name": "x"},
            {
                "@type": "NewsArticle",
                "headline": "Ferry carries hundreds to safety",
                "datePublished": "2031-03-14T13:20:00+02:00",
                "author": [{"@type": "Person", "name": "Ilse Kanto"}, {"name": "By M. Orr"}],
                "publisher": {"name": "Orla Valley News"},
                "video": {
                    "@type": "VideoObject",
                    "name": "The ferry",
                    "contentUrl": "/v/ferry.mp4",
                },
            },
        ]
    }
    head = (
        f'<script type="application/ld+json">{json.dumps(ld)}</script>'
        '<link rel="canonical" href="https://news.example/ferry">'
    )
    story = page(head=head)
    assert story.published == "2031-03-14T13:20:00+02:00"
    assert story.byline == "Ilse Kanto, M. Orr"
    assert story.site == "Orla Valley News"
    assert story.url == "https://news.example/ferry"
    assert [(one.url, one.title) for one in story.videos] == [
        ("https://news.example/v/ferry.mp4", "The ferry")
    ]


@pytest.mark.parametrize(
    "script",
    [
        '{"@type":"NewsArticle","datePublished":"2031-03-14",}',
        '<!-- {"@type":"NewsArticle","datePublished":"2031-03-14"} -->',
        '{"@type":"NewsArticle","datePublished":"2031-03-14"}{"more": 1}',
        '{"@type":"NewsArticle","headline":"a "quoted" one","datePublished":"2031-03-14"}',
        '[{"@type":["Thing","https://schema.org/NewsArticle"],"datePublished":"2031-03-14"}]',
    ],
)
def test_broken_json_ld_still_gives_the_date(script: str) -> None:
    story = page(head=f'<script type="application/ld+json">{script}</script>')
    assert story.published == "2031-03-14"


@pytest.mark.parametrize(
    ("markup", "video_id"),
    [
        ('<iframe src="https://www.youtube.com/embed/QPRb71FGCgI?rel=0"></iframe>', "QPRb71FGCgI"),
        (
            '<iframe data-src="//www.youtube-nocookie.com/embed/QPRb71FGCgI"></iframe>',
            "QPRb71FGCgI",
        ),
        ('<a href="https://youtu.be/_dJphbuMm1E?t=31s">clip</a>', "_dJphbuMm1E"),
        (
            (
                '<blockquote class="twitter-tweet"><a href="https://twitter.com/a/status/84254999">x</a>'
                "</blockquote>"
            ),
            "84254999",
        ),
        ('<a href="https://x.com/a/status/84254999">x</a>', "84254999"),
        (
            (
                '<iframe src="https://www.facebook.com/plugins/video.php?href=https%3A%2F%2Fwww.facebook'
                '.com%2Fnews%2Fvideos%2F324763261548620%2F"></iframe>'
            ),
            "324763261548620",
        ),
        ('<script async data-telegram-post="channel/123"></script>', "channel/123"),
        ('<iframe src="https://player.vimeo.com/video/76979871"></iframe>', "76979871"),
        (
            (
                '<a href="https://web.archive.org/web/2017/https://www.youtube.com/watch?v=QPRb71FGCgI">'
                "saved</a>"
            ),
            "QPRb71FGCgI",
        ),
        ('<video src="media/clip.mp4"></video>', None),
    ],
)
def test_embedded_and_linked_videos_are_named(markup: str, video_id: str | None) -> None:
    (video,) = page(BODY + markup).videos
    assert video.id == video_id


def test_buttons_and_profiles_are_no_videos() -> None:
    links = (
        '<a href="https://twitter.com/intent/tweet?url=x">Tweet</a>'
        '<a href="https://www.youtube.com/@channel">Our channel</a>'
        '<a href="https://www.facebook.com/sharer.php?u=x">Share</a>'
        '<a href="https://t.me/share/url?url=x">T</a><a href="javascript:alert(1)">x</a>'
    )
    assert page(BODY + links).videos == ()


def test_the_script_of_the_text_wins_over_the_declared_language() -> None:
    text = "<p>اندلع حريق كبير قبل فجر الأربعاء في المستودع الثالث من ميناء سلمى.</p>" * 4
    assert page(f"<article>{text}</article>", lang="en-US").language == "ar"


def test_a_declared_encoding_is_followed() -> None:
    html = (
        '<html><head><meta charset="windows-1251"><title>Пожар в порту</title></head><body><p>'
        "Крупный пожар начался перед рассветом на третьем складе порта.</p></body></html>"
    )
    story = articles.read(html.encode("cp1251"), name="a.htm")
    assert story.title == "Пожар в порту"
    assert story.language == "ru"


def test_a_page_under_another_name_is_read_as_a_page() -> None:
    story = articles.read(f"<!doctype html><body>{BODY}</body>".encode(), name="story.txt")
    assert "<" not in story.text


HOSTILE = {
    "deep nesting": b"<html><body>" + b"<div>" * 200_000 + b"some text",
    "a tag of many attributes": b"<html><body><p "
    + b" ".join(b"a%d=1" % n for n in range(60_000))
    + b">some text about the harbour</p>",
    "a huge attribute": b'<html><body><p class="' + b"a " * 1_000_000 + b'">some text</p>',
    "an open tag without end": b"<html><body><p>text</p>" + b"<a " * 300_000,
    "less-than signs": b"<html><body><p>text</p>" + b"<" * 500_000,
    "deep JSON": b'<html><script type="application/ld+json">'
    + b"[" * 500_000
    + b"</script><p>text",
    "many links": b"<html><body>" + b'<a href="https://youtu.be/AAAAAAAAAAA">x</a>' * 20_000,
    "many paragraphs": b"<html><body>" + b"<p>Some words here, not much.</p>" * 30_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_pages_take_bounded_time(kind: str) -> None:
    started = time.process_time()
    with contextlib.suppress(UnreadableArticleError):
        articles.read(HOSTILE[kind], name="page.html")
    assert time.process_time() - started < 15
