"""A saved HTML page as an Article: the story by trafilatura, everything else kept as removed."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import trafilatura
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from mediacatalog.articles import (
    blocks,
    boilerplate,
    datelines,
    dates,
    furniture,
    languages,
    metadata,
    nearby,
    page_videos,
)
from mediacatalog.articles.cleaning import check, decode, plain
from mediacatalog.errors import UnreadableArticleError
from mediacatalog.values import Article, EmbeddedVideo, Removed

if TYPE_CHECKING:
    from mediacatalog.articles.blocks import Block
    from mediacatalog.articles.metadata import Metadata

MAX_NODES = 25_000
"""Elements that the extraction is asked to weigh; a larger page is read block by block."""
SHORT = 250
"""Characters; a story below this is looked for in other ways too."""
LONGEST_TEXT = 2_000_000

_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})")
_START = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*)*"
    rb"<(?:!doctype\s+html|html|head|body|meta|title|article)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_UNSEEN = ("script", "style", "svg", "math", "template", "canvas", "map", "object", "datalist")
_TAG = re.compile(r"<[A-Za-z](?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+")
"""A start tag as far as its `>` (HTML, section 13.2.5); possessive, so that it stays linear."""
_ATTRIBUTE = re.compile(
    r"[\s/]([^\s=>/\"'<]{1,100})\s*=\s*(\"[^\"]{0,4000}\"|'[^']{0,4000}'|[^\s>\"']{1,2000})"
)
LONG_TAG = 1000
"""Characters of a tag beyond which its attributes are counted and measured."""
MAX_ATTRIBUTES = 64


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a page, as feeds hold it."""

    text: str
    removed: tuple[Removed, ...]
    videos: tuple[EmbeddedVideo, ...]
    dateline: str | None


def looks_like(data: bytes) -> bool:
    """Whether bytes begin as a page does, whatever the file is called."""
    return _START.match(data[:8192].lstrip(b"\xef\xbb\xbf")) is not None


def read(data: bytes, name: str) -> Article:
    """The story of a page. Raises UnreadableArticleError if there is neither text nor title."""
    check(data, name)
    declared = _CHARSET.search(data[:4096])
    html = decode(data, name, declared=declared[1].decode("ascii") if declared else None)
    tree = _parsed(html, name)
    facts = metadata.read(tree, html)
    seen = page_videos.find(tree, facts)
    _prune(tree)
    shown = list(blocks.visible(tree))
    facts = _completed(facts, shown)
    story = _story(tree, shown, facts)
    if not story and not facts.title:
        # Not even a sentence: a picture page, or nesting deeper than the parser goes.
        story = blocks.unmarked(shown) or _paragraphs(plain(html))
    kept, taken = furniture.sort_out(story, shown, title=facts.title, byline=facts.byline)
    removed = [*taken, *blocks.outside(shown, story, facts.title, facts.byline)]
    text = "\n\n".join(kept)
    if len(text) > LONGEST_TEXT:
        removed.append(Removed(text[LONGEST_TEXT:], "beyond the longest story kept"))
        text = text[:LONGEST_TEXT].rstrip()
    if not text and not facts.title:
        raise UnreadableArticleError(name, "holds no text of a story")
    return Article(
        title=facts.title,
        byline=facts.byline,
        dateline=datelines.find(kept),
        published=facts.published,
        modified=facts.modified,
        language=languages.choose(f"{facts.title or ''}\n{text}", *facts.languages),
        url=facts.url,
        site=facts.site,
        text=text,
        removed=tuple(removed),
        videos=seen,
    )


def read_fragment(html: str, name: str, base: str | None = None) -> Fragment:
    """All text of a piece of HTML, paragraph by paragraph; empty for what holds nothing."""
    if not html.strip() or len(html) > LONGEST_TEXT:
        return Fragment("", (), (), None)
    try:
        tree = _parsed(f"<div>{html}</div>", name)
    except UnreadableArticleError:
        return Fragment("", (), (), None)
    seen = page_videos.shown(tree, base)
    _prune(tree)
    kept, removed = boilerplate.sort_out(block.text for block in blocks.visible(tree))
    return Fragment("\n\n".join(kept), tuple(removed), seen, datelines.find(kept))


def _completed(facts: Metadata, shown: list[Block]) -> Metadata:
    """What the page only shows and nowhere declares."""
    films = facts.schema.videos
    return replace(
        facts,
        byline=facts.byline or nearby.byline(shown, facts.title),
        published=facts.published
        or (dates.iso(films[0].get("uploadDate")) if len(films) == 1 else None)
        or nearby.published(shown, facts.title),
    )


def _parsed(html: str, name: str) -> HtmlElement:
    parser = HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        tree = document_fromstring(
            _TAG.sub(_tamed, html.replace("\0", "")).encode("utf-8", errors="replace"),
            parser=parser,
        )
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableArticleError(name, "holds no page") from error
    if not isinstance(tree, HtmlElement):
        raise UnreadableArticleError(name, "holds no page")
    return tree


def _tamed(tag: re.Match[str]) -> str:
    """A tag of bearable length: parsers take quadratic time for thousands of attributes."""
    text = tag[0]
    if len(text) <= LONG_TAG:
        return text
    name = re.match(r"<[A-Za-z][\w:-]{0,40}", text)
    kept = [f"{found[1]}={found[2]}" for found in islice(_ATTRIBUTE.finditer(text), MAX_ATTRIBUTES)]
    return " ".join([name[0] if name else "<p", *kept])


def _prune(tree: HtmlElement) -> None:
    """Take out what nobody sees, and what only makes a page heavy."""
    etree.strip_elements(
        tree, *_UNSEEN, etree.Comment, etree.ProcessingInstruction, with_tail=False
    )


def _story(tree: HtmlElement, shown: list[Block], facts: Metadata) -> list[str]:
    """Paragraphs of the story, by the first way that finds a fair amount of text."""
    body = _paragraphs(plain(facts.body)) if facts.body else []
    if sum(1 for _ in tree.iter()) > MAX_NODES:
        return max((body, blocks.story(shown)), key=_size)
    best = _extracted(blocks.without_parts(tree), precision=True)
    if _size(best) < SHORT:
        ways = (_extracted(deepcopy(tree), precision=one) for one in (True, False))
        best = max((best, *ways, body), key=_size)
    if _size(best) < SHORT:
        best = max((best, blocks.story(shown)), key=_size)
    return body if _size(body) > 2 * _size(best) else best


def _size(paragraphs: list[str]) -> int:
    return sum(map(len, paragraphs))


def _paragraphs(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def _extracted(tree: HtmlElement, *, precision: bool) -> list[str]:
    """Trafilatura's answer; changes the tree. Where it stumbles over a page it found nothing."""
    try:
        text = trafilatura.extract(
            tree, include_comments=False, favor_precision=precision, output_format="txt"
        )
    except (ValueError, TypeError, AttributeError, IndexError, KeyError, RecursionError):
        return []
    except etree.LxmlError:
        return []
    return _paragraphs(plain(text)) if text else []
