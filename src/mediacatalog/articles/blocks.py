"""The visible blocks of a page, in order: what they say, and in which part of it they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from mediacatalog.articles import boilerplate
from mediacatalog.articles.cleaning import plain
from mediacatalog.values import Removed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

MAX_BLOCKS = 50_000
OUTSIDE = "outside the story"

_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q ruby rb rt "
    "s samp small span strike strong sub sup time tt u var wbr nobr".split()
)
_HIDDEN = frozenset("head title script style template select option datalist input".split())
_PARTS = {"nav": "navigation", "footer": "page footer", "aside": "beside the story"}
_ROLES = {"navigation": "navigation", "contentinfo": "page footer", "search": "navigation"}
_MARKS = (
    (re.compile(r"cookie|consent|gdpr"), "cookie notice"),
    (re.compile(r"newsletter|subscri(?:be|ption)|signup|sign-up"), "newsletter prompt"),
    (re.compile(r"(?:^|[\s_-])(?:ads?|advert\w*|sponsor\w*|promo)(?:[\s_-]|$)"), "advertisement"),
    (re.compile(r"(?:^|[\s_-])(?:share|sharing|social|addthis|sharedaddy)"), "share buttons"),
    (re.compile(r"(?:^|[\s_-])(?:comments?|disqus|respond)(?:[\s_-]|$|list|area)"), "comments"),
    (re.compile(r"related|recommend|read-?more|most-?(?:read|popular)|trending"),
     "pointer to other stories"),
    (re.compile(r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|pagination)"),
     "navigation"),
    (re.compile(r"(?:^|[\s_-])(?:footer|copyright|colophon)(?:[\s_-]|$)"), "page footer"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    text: str
    part: str | None
    """Why this part of the page is no story (`navigation`, `cookie notice`…), if it shows."""
    tag: str


def visible(tree: HtmlElement) -> Iterator[Block]:
    """Blocks with text, one walk without recursion."""
    words: list[str] = []
    parts: list[str | None] = [None]
    hidden = made = 0
    for event, node in etree.iterwalk(tree, events=("start", "end")):
        tag = node.tag if isinstance(node.tag, str) else ""
        inline = tag in _INLINE
        if not inline and not hidden and words:
            block = _made(words, parts[-1], tag)
            words = []
            if block:
                yield block
                made += 1
                if made >= MAX_BLOCKS:
                    return
        if event == "start":
            hidden += not tag or tag in _HIDDEN
            parts.append(parts[-1] or (None if inline else _part(node, tag)))
            if node.text and not hidden:
                words.append(node.text)
        else:
            parts.pop()
            hidden -= not tag or tag in _HIDDEN
            if node.tail and not hidden:
                words.append(node.tail)
    block = _made(words, None, "")
    if block:
        yield block


def _made(words: list[str], part: str | None, tag: str) -> Block | None:
    text = " ".join(plain("".join(words)).split())
    return Block(text, part, tag) if text else None


def _part(node: HtmlElement, tag: str) -> str | None:
    if tag in ("html", "body", "main", "article"):
        return None
    if tag in _PARTS:
        return _PARTS[tag]
    role = _ROLES.get(node.get("role") or "")
    if role:
        return role
    marks = f"{node.get('class') or ''} {node.get('id') or ''}".lower()[:400]
    if marks == " ":
        return None
    return next((part for pattern, part in _MARKS if pattern.search(marks)), None)


def story(tree: HtmlElement) -> list[str]:
    """The plain way to a story: blocks with a sentence in them, outside marked parts."""
    return [
        block.text
        for block in visible(tree)
        if block.part is None
        and (len(block.text) > 60 or block.text.endswith((".", "!", "?", "؟")))
    ]


def unmarked(tree: HtmlElement) -> list[str]:
    """Every block outside marked parts, for pages that hold no story in sentences."""
    return [block.text for block in visible(tree) if block.part is None]


def outside(
    tree: HtmlElement, kept: list[str], title: str | None, byline: str | None
) -> list[Removed]:
    """What stands on the page and not in the story, neighbours of one reason together."""
    lines = {_key(line) for line in kept}
    lines.add(_key(title or ""))
    whole = "\n".join(_key(line) for line in kept)
    removed: list[Removed] = []
    for block in visible(tree):
        key = _key(block.text)
        if not key or key in lines or (len(key) > 20 and key in whole):
            continue
        reason = boilerplate.why(block.text) or block.part or OUTSIDE
        if byline and len(block.text) < len(byline) + 30 and byline in block.text:
            reason = "byline"
        if removed and removed[-1].why == reason:
            removed[-1] = Removed(f"{removed[-1].text}\n{block.text}", reason)
        else:
            removed.append(Removed(block.text, reason))
    return removed


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()
