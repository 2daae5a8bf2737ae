"""The visible blocks of a page, in order: what they say, and in which part of it they stand."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from mediacatalog.articles import boilerplate, videos
from mediacatalog.articles.cleaning import plain
from mediacatalog.values import Removed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

MAX_BLOCKS = 50_000
OUTSIDE = "outside the story"
HIDDEN = "not shown"
POINTER = "pointer to other stories"
LINKED = 0.75
"""Share of a block that is a link, from which on it is nothing but a link."""

_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q ruby rb rt "
    "s samp small span strike strong sub sup time tt u var wbr nobr".split()
)
_HIDDEN = frozenset("head title script style template select option datalist input".split())
_KEPT_FOR_EXTRACTION = frozenset(("beside the story", HIDDEN))
"""Reasons that the extraction weighs better than a tag does: quotes stand in `<aside>` too."""
_PARTS = {"nav": "navigation", "footer": "page footer", "aside": "beside the story"}
_ROLES = {"navigation": "navigation", "contentinfo": "page footer", "search": "navigation"}
_MARKS = (
    (re.compile(r"cookie|consent|gdpr"), "cookie notice"),
    (re.compile(r"newsletter|subscri(?:be|ption)|signup|sign-up"), "newsletter prompt"),
    (re.compile(r"(?:^|[\s_-])(?:ads?|advert\w*|sponsor\w*|promo)(?:[\s_-]|$)"), "advertisement"),
    (re.compile(r"(?:^|[\s_-])(?:share|sharing|social|addthis|sharedaddy)"), "share buttons"),
    (re.compile(r"(?:^|[\s_-])(?:comments?|comentarios?|kommentare?|commentaires?|disqus|respond)"
                r"(?:[\s_-]|$|list|area|form|box|section)"), "comments"),
    (re.compile(r"(?:^|[\s_-])(?:gallery|slide-?show|carousel|slider|lightbox)"),
     "picture gallery"),
    (re.compile(r"(?:^|[\s_-])(?:vjs|video-js|jwplayer|jw-|modal|popup)"), "player controls"),
    (re.compile(r"(?:author|saboxplugin)[\s_-]?(?:box|bio|desc|info|card|about)|"
                r"about-?(?:the-)?author"),
     "about the author"),
    (re.compile(r"(?:^|\s)(?:hidden|visually-?hidden|sr-only|screen-reader-text)(?:\s|$)"), HIDDEN),
    (re.compile(r"related|recommend|recirc|read-?(?:more|next)|most-?(?:read|popular)|trending|"
                r"(?:also|more)-?(?:read|stories|news)"),
     POINTER),
    (re.compile(r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|pagination)"),
     "navigation"),
    (re.compile(r"(?:^|[\s_-])(?:footer|copyright|colophon)(?:[\s_-]|$)"), "page footer"),
)  # fmt: skip


LARGEST_PART = 0.4
"""Share of a page's text beyond which a marked element is a wrapper around the story itself."""


@dataclass(frozen=True, slots=True)
class Block:
    text: str
    part: str | None
    """Why this part of the page is no story (`navigation`, `cookie notice`…), if it shows."""
    tag: str
    linked: float
    """Share of its characters that are links, 0 to 1."""


def parts(tree: HtmlElement) -> dict[HtmlElement, str]:
    """The outermost elements that are no story by their tag, role or class, and the reason."""
    found: dict[HtmlElement, str] = {}
    whole = len(tree.text_content())
    inside: HtmlElement | None = None
    for event, node in etree.iterwalk(tree, events=("start", "end")):
        if event == "end":
            if node is inside:
                inside = None
            continue
        if inside is not None or not isinstance(node.tag, str) or node.tag in _INLINE:
            continue
        reason = _part(node, node.tag)
        if reason is None or node.find(".//h1") is not None:
            continue
        if len(node.text_content()) > LARGEST_PART * whole:
            continue
        found[node], inside = reason, node
    return found


def without_parts(tree: HtmlElement) -> HtmlElement:
    """A copy of the page less the parts that are no story."""
    copy = deepcopy(tree)
    for node, reason in parts(copy).items():
        if reason not in _KEPT_FOR_EXTRACTION:
            node.drop_tree()
    return copy


def visible(tree: HtmlElement) -> Iterator[Block]:
    """Blocks with text, one walk without recursion."""
    marked = parts(tree)
    words: list[str] = []
    reasons: list[str | None] = [None]
    hidden = made = anchors = linked = 0
    for event, node in etree.iterwalk(tree, events=("start", "end")):
        tag = node.tag if isinstance(node.tag, str) else ""
        inline = tag in _INLINE
        if not inline and not hidden and words:
            block = _made(words, reasons[-1], tag, linked)
            words, linked = [], 0
            if block:
                yield block
                made += 1
                if made >= MAX_BLOCKS:
                    return
        if event == "start":
            hidden += not tag or tag in _HIDDEN
            anchors += tag == "a" and _leads_away(node)
            reasons.append(reasons[-1] or marked.get(node))
            said = node.text
        else:
            reasons.pop()
            hidden -= not tag or tag in _HIDDEN
            anchors -= tag == "a" and _leads_away(node)
            said = node.tail
        if said and not hidden:
            words.append(said)
            linked += len(said.strip()) if anchors else 0
    block = _made(words, None, "", linked)
    if block:
        yield block


def _leads_away(anchor: HtmlElement) -> bool:
    """Whether a link is to another page: videos and footnotes are of the story."""
    href = (anchor.get("href") or "").strip()[: videos.MAX_URL]
    if not href or href.startswith("#"):
        return False
    return videos.identify(href) is None and not videos.is_file(href)


def _made(words: list[str], part: str | None, tag: str, linked: int) -> Block | None:
    text = " ".join(plain("".join(words)).split())
    return Block(text, part, tag, min(1.0, linked / len(text))) if text else None


def _part(node: HtmlElement, tag: str) -> str | None:
    if tag in ("html", "body", "main", "article"):
        return None
    if tag in _PARTS:
        return _PARTS[tag]
    if node.get("hidden") is not None or node.get("aria-hidden") == "true":
        return HIDDEN
    role = _ROLES.get(node.get("role") or "")
    if role:
        return role
    marks = f"{node.get('class') or ''} {node.get('id') or ''}".lower()[:400]
    if marks == " ":
        return None
    return next((part for pattern, part in _MARKS if pattern.search(marks)), None)


def story(page: list[Block]) -> list[str]:
    """The plain way to a story: blocks with a sentence in them, outside marked parts."""
    return [
        block.text
        for block in page
        if block.part is None
        and (len(block.text) > 60 or block.text.endswith((".", "!", "?", "؟")))
    ]


def unmarked(page: list[Block]) -> list[str]:
    """Every block outside marked parts, for pages that hold no story in sentences."""
    return [block.text for block in page if block.part is None]


def outside(
    page: list[Block], kept: list[str], title: str | None, byline: str | None
) -> list[Removed]:
    """What stands on the page and not in the story, neighbours of one reason together."""
    lines = {_key(line) for line in kept}
    lines.add(_key(title or ""))
    whole = "\n".join(_key(line) for line in kept)
    removed: list[Removed] = []
    for block in page:
        key = _key(block.text)
        if not key or key in lines or (len(key) > 20 and key in whole):
            continue
        link = block.linked >= LINKED and len(block.text.split()) > 2
        reason = boilerplate.why(block.text) or block.part or (POINTER if link else OUTSIDE)
        if byline and len(block.text) < len(byline) + 30 and byline in block.text:
            reason = "byline"
        if removed and removed[-1].why == reason:
            removed[-1] = Removed(f"{removed[-1].text}\n{block.text}", reason)
        else:
            removed.append(Removed(block.text, reason))
    return removed


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()
