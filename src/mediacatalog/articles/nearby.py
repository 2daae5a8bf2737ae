"""Byline and date of a page that marks neither: short lines near the headline."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mediacatalog.articles import dates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediacatalog.articles.blocks import Block

BEFORE, AFTER = 4, 12
"""Blocks before and after the headline in which people look for it."""
LONGEST_DATE_LINE = 80
_BY = re.compile(
    r"(?:by|von|par|por|di|автор:?|текст:?|بقلم:?|كتب:|(?:written|reported) by)\s+"
    r"(?P<names>[^\W\d_][\w.'’-]+(?:\s(?:and|und|et|y|e|и|[^\W\d_][\w.'’-]*)){1,5})",
    re.IGNORECASE,
)
_SMALL = frozenset("and und et y e и von van de der den del la el al bin ben abu".split())


def published(page: list[Block], title: str | None) -> str | None:
    """The first day that a short line near the headline names; behind it before in front of it."""
    for block in _around(page, title):
        if len(block.text) <= LONGEST_DATE_LINE and (day := dates.written(block.text)):
            return day
    return None


def byline(page: list[Block], title: str | None) -> str | None:
    """The names of a line "By …" that is nothing else."""
    for block in _around(page, title):
        found = _BY.fullmatch(block.text) if len(block.text) < 100 else None
        if found and all(_is_name(word) for word in found["names"].split()):
            return found["names"]
    return None


def _is_name(word: str) -> bool:
    """A capital, or a script without capitals."""
    return word in _SMALL or word[0].isupper() or word[0] > "\u0590"


def _around(page: list[Block], title: str | None) -> Iterator[Block]:
    key = _key(title or "")
    at = next(
        (number for number, block in enumerate(page) if key and _key(block.text) == key), None
    )
    if at is None:
        return
    nearby = [*page[at + 1 : at + 1 + AFTER], *reversed(page[max(0, at - BEFORE) : at])]
    yield from (block for block in nearby if block.part in (None, "not shown"))


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()
