"""Videos that a page shows or links: its schema, meta, players, frames, quotes and links."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from lxml import etree
from lxml.html import fragments_fromstring

from mediacatalog.articles import videos
from mediacatalog.articles.cleaning import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

    from mediacatalog.articles.metadata import Metadata
    from mediacatalog.values import EmbeddedVideo

MAX_LINKS = 20_000
MAX_NOSCRIPT = 200
_META = (
    "og:video", "og:video:url", "og:video:secure_url", "twitter:player",
    "twitter:player:stream", "video_src", "contenturl", "embedurl",
)  # fmt: skip
_LAZY = (
    "src", "data-src", "data-lazy-src", "data-lazy", "data-original", "data-url", "data-video-url",
    "data-video-src", "data-embed-url", "data-embed", "data-iframe-src", "data-cmp-src",
    "data-consent-src", "data-href", "data-link", "data-instgrm-permalink", "data-video", "cite",
    "data", "srcdoc",
)  # fmt: skip
"""Where players keep their address; lazy ones and those that ask for consent in `data-…`."""

_YOUTUBE = "https://www.youtube.com/watch?v={}"
_IDS: dict[str, str] = {
    "data-telegram-post": "https://t.me/{}",
    "data-youtube-id": _YOUTUBE,
    "data-youtubeid": _YOUTUBE,
    "data-yt-id": _YOUTUBE,
    "data-ytid": _YOUTUBE,
    "data-tweet-id": "https://twitter.com/i/status/{}",
    "data-tweetid": "https://twitter.com/i/status/{}",
    "data-vimeo-id": "https://vimeo.com/{}",
    "data-dailymotion-id": "https://www.dailymotion.com/video/{}",
}
"""Attributes that hold nothing but an id."""
_BY_TAG: dict[str, dict[str, str]] = {
    "amp-youtube": {"data-videoid": _YOUTUBE},
    "lite-youtube": {"videoid": _YOUTUBE},
    "amp-twitter": {"data-tweetid": "https://twitter.com/i/status/{}"},
    "amp-vimeo": {"data-videoid": "https://vimeo.com/{}"},
    "lite-vimeo": {"videoid": "https://vimeo.com/{}"},
    "amp-dailymotion": {"data-videoid": "https://www.dailymotion.com/video/{}"},
    "amp-instagram": {"data-shortcode": "https://www.instagram.com/p/{}/"},
    "amp-jwplayer": {"data-media-id": "https://cdn.jwplayer.com/v2/media/{}"},
    "amp-brightcove": {"data-video-id": "https://players.brightcove.net/?videoId={}"},
    "amp-tiktok": {"data-src": "https://www.tiktok.com/embed/{}"},
}
_BY_CLASS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"brightcove|video-js|bc-player"), "data-video-id",
     "https://players.brightcove.net/?videoId={}"),
    (re.compile(r"youtube|\byt-"), "data-video-id", _YOUTUBE),
    (re.compile(r"youtube|\byt-|rll-youtube"), "data-id", _YOUTUBE),
    (re.compile(r"youtube"), "data-videoid", _YOUTUBE),
    (re.compile(r"jw-?player|jwplatform"), "data-media-id", "https://cdn.jwplayer.com/v2/media/{}"),
    (re.compile(r"tiktok-embed"), "data-video-id", "https://www.tiktok.com/embed/{}"),
    (re.compile(r"vimeo"), "data-video-id", "https://vimeo.com/{}"),
)  # fmt: skip
_ID = re.compile(r"[\w./@-]{3,100}")
_PLAYERS = (
    "video", "audio", "iframe", "embed", "object", "blockquote", "div", "script", "figure", "a",
    "span", "section", "video-js", "amp-video", "amp-iframe", "amp-facebook", "param", "lite-embed",
    *_BY_TAG,
)  # fmt: skip
_JW_SETUP = re.compile(
    r"[\"']?(?:file|mediaid|media_id|videoId)[\"']?\s*:\s*[\"']([^\"'\s]{6,2000})[\"']",
    re.IGNORECASE,
)
_SCRIPT_SOURCE = re.compile(
    r"https?:(?:\\?/){2}[^\s\"'<>\\]+(?:\\/[^\s\"'<>\\]+)*\.(?:mp4|m3u8|webm)\b", re.IGNORECASE
)
LONGEST_SCRIPT = 300_000
MAX_SCRIPT_VIDEOS = 20


def find(tree: HtmlElement, facts: Metadata) -> tuple[EmbeddedVideo, ...]:
    """Each video once: what the page plays comes before what it only links to."""
    base = facts.url
    addresses: list[tuple[object, object]] = []
    for node in facts.schema.videos:
        name = node.get("name") or node.get("headline")
        own = [node.get("embedUrl"), node.get("contentUrl")]
        addresses += [(url, name) for url in own if isinstance(url, str) and url.strip()][:2]
        if not any(own):
            addresses += [(u, name) for u in [node.get("url")] if isinstance(u, str) and _known(u)]
    addresses += [(facts.meta[key], None) for key in _META if key in facts.meta]
    return videos.gather([*addresses, *_shown(tree)], base)


def shown(tree: HtmlElement, base: str | None) -> tuple[EmbeddedVideo, ...]:
    """The videos of a piece of a page."""
    return videos.gather(_shown(tree), base)


def _shown(tree: HtmlElement) -> Iterator[tuple[object, object]]:
    yield from _microdata(tree)
    yield from _players(tree)
    for hidden in _inside_noscript(tree):
        yield from _players(hidden)
    yield from _scripts(tree)
    yield from _links(tree)


def _microdata(tree: HtmlElement) -> Iterator[tuple[object, object]]:
    """schema.org in attributes: `itemprop="embedUrl"` and the like."""
    for node in _first(tree.iter("link", "meta", "a", "source"), MAX_LINKS):
        if (node.get("itemprop") or "").lower() in ("embedurl", "contenturl"):
            yield node.get("content") or node.get("href") or node.get("src"), None


def _players(tree: HtmlElement) -> Iterator[tuple[object, object]]:
    for node in _first(tree.iter(*_PLAYERS), MAX_LINKS):
        if node.tag in ("video", "amp-video", "video-js"):
            yield from _sources(node)
        title = node.get("title") or node.get("aria-label")
        if node.tag not in ("a", "video"):
            for key in _LAZY:
                yield from _when_known(node.get(key), title)
        if node.tag == "param" and (node.get("name") or "").lower() in (
            "movie",
            "src",
            "flashvars",
        ):
            yield from _when_known(node.get("value"), title)
        yield from _by_id(node, title)


def _by_id(node: HtmlElement, title: str | None) -> Iterator[tuple[object, object]]:
    attributes = node.attrib
    if not attributes:
        return
    for key, form in (*_IDS.items(), *_BY_TAG.get(node.tag, {}).items()):
        value = attributes.get(key, "").strip()
        if value and _ID.fullmatch(value):
            yield form.format(value), title
    marks = f"{attributes.get('class', '')} {attributes.get('id', '')}"[:400].lower()
    for pattern, key, form in _BY_CLASS:
        value = attributes.get(key, "").strip()
        if value and _ID.fullmatch(value) and pattern.search(marks):
            yield form.format(value), title
            break


def _sources(video: HtmlElement) -> Iterator[tuple[object, object]]:
    title = video.get("title") or video.get("aria-label")
    for key in ("src", "data-src", "data-lazy-src", "data-video-src", "data-mp4", "data-hls"):
        yield video.get(key), title
    for source in video.iter("source"):
        yield source.get("src") or source.get("data-src"), title


def _inside_noscript(tree: HtmlElement) -> Iterator[HtmlElement]:
    """What a page shows without scripts; some parsers keep it as text."""
    for node in _first(tree.iter("noscript", "template"), MAX_NOSCRIPT):
        text = node.text or ""
        if "<" not in text or len(text) > LONGEST_SCRIPT:
            continue
        try:
            found = fragments_fromstring(text, no_leading_text=False)
        except (etree.LxmlError, ValueError, TypeError):
            continue
        yield from (one for one in found if isinstance(one, etree.ElementBase))


def _scripts(tree: HtmlElement) -> Iterator[tuple[object, object]]:
    """Addresses of files that a player's script names; ids of JW Player's set-up."""
    found = 0
    for node in _first(tree.iter("script"), MAX_LINKS):
        text = node.text or ""
        if not text or len(text) > LONGEST_SCRIPT or "ld+json" in (node.get("type") or ""):
            continue
        for address in _SCRIPT_SOURCE.finditer(text):
            yield address[0].replace("\\/", "/"), None
            found += 1
            if found >= MAX_SCRIPT_VIDEOS:
                return
        if "jwplayer(" in text:
            for setup in _JW_SETUP.finditer(text):
                value = _unescaped(setup[1])
                yield from _when_known(value, None)


def _unescaped(value: str) -> str:
    try:
        text = json.loads(f'"{value}"')
    except ValueError:
        return value
    return text if isinstance(text, str) else value


def _links(tree: HtmlElement) -> Iterator[tuple[object, object]]:
    for node in _first(tree.iter("a"), MAX_LINKS):
        href = node.get("href")
        if href and (_known(href) or videos.relative_file(href) or videos.is_file(href)):
            yield href, one_line(node.text_content(), 300)


def _first(nodes: Iterable[HtmlElement], limit: int) -> Iterator[HtmlElement]:
    for number, node in enumerate(nodes):
        if number >= limit:
            return
        yield node


def _when_known(url: str | None, title: str | None) -> Iterator[tuple[object, object]]:
    if url and (_known(url) or videos.is_file(url)):
        yield url, title


def _known(url: str) -> bool:
    return len(url) <= videos.MAX_URL and videos.identify(videos.web_address(url) or "") is not None
