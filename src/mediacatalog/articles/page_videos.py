"""Videos that a page shows or links: its schema, meta, players, frames, quotes and links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediacatalog.articles import videos
from mediacatalog.articles.cleaning import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from mediacatalog.articles.metadata import Metadata
    from mediacatalog.values import EmbeddedVideo

MAX_LINKS = 20_000
_META = (
    "og:video", "og:video:url", "og:video:secure_url", "twitter:player",
    "twitter:player:stream", "video_src", "contenturl", "embedurl",
)  # fmt: skip
_LAZY = (
    "src",
    "data-src",
    "data-lazy-src",
    "data-url",
    "data-video-url",
    "data-href",
    "cite",
    "data",
)


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
    addresses += _players(tree)
    addresses += _links(tree)
    return videos.gather(addresses, base)


def _players(tree: HtmlElement) -> Iterator[tuple[object, object]]:
    tags = ("video", "iframe", "embed", "object", "blockquote", "div", "script")
    for number, node in enumerate(tree.iter(*tags)):
        if number > MAX_LINKS:
            return
        if node.tag == "video":
            yield from _sources(node)
            continue
        for key in _LAZY:
            yield from _when_known(node.get(key), node.get("title"))
        if post := node.get("data-telegram-post"):
            yield f"https://t.me/{post}", None
        if youtube := node.get("data-youtube-id"):
            yield f"https://www.youtube.com/watch?v={youtube}", None


def _sources(video: HtmlElement) -> Iterator[tuple[object, object]]:
    title = video.get("title") or video.get("aria-label")
    yield video.get("src") or video.get("data-src"), title
    for source in video.iter("source"):
        yield source.get("src"), title


def _links(tree: HtmlElement) -> Iterator[tuple[object, object]]:
    for number, node in enumerate(tree.iter("a")):
        if number > MAX_LINKS:
            return
        href = node.get("href")
        if href and (_known(href) or videos.relative_file(href) or videos.is_file(href)):
            yield href, one_line(node.text_content(), 300)


def _when_known(url: str | None, title: str | None) -> Iterator[tuple[object, object]]:
    if url and (_known(url) or videos.is_file(url)):
        yield url, title


def _known(url: str) -> bool:
    return len(url) <= videos.MAX_URL and videos.identify(videos.web_address(url) or "") is not None
