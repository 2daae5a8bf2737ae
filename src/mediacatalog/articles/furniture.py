"""What an extraction took for story and the build of the page says is none.

Rules of words for single lines are in `boilerplate`; here it is told by where a line stands: in a
marked part of the page, wholly a link, a headline or byline told again, a heading that nothing of
the story follows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mediacatalog.articles import boilerplate, dates
from mediacatalog.articles.blocks import LINKED, POINTER
from mediacatalog.values import Removed

if TYPE_CHECKING:
    from mediacatalog.articles.blocks import Block

WHOLE = 0.98
"""Share of a line that is a link, from which on it is a link even where it is a sentence."""
SOME = 0.35
"""Share of a list item at the end of a page that makes it a pointer, among such."""
OPENING = 6
"""Lines in which headline, byline and date are told again."""
MOST = 0.5
"""Share of a story that may be taken out; a page of links has its links for a story."""
_SENTENCE = re.compile(r"[.!?…؟۔。！？:;,،][\"'”’»)\]]*$")
_LIST_MARK = re.compile(r"^- ")


def sort_out(
    story: list[str], page: list[Block], *, title: str | None, byline: str | None
) -> tuple[list[str], list[Removed]]:
    """Lines of a story, and those that are none with the reason, both in order."""
    known: dict[str, Block] = {}
    for block in page:
        # The same words in a marked part and in the story: it's the story's that is meant.
        if (earlier := known.get(key := _key(block.text))) is None or earlier.part is not None:
            known[key] = block
    reasons = [
        _repeated(line, title, byline) if number < OPENING else None
        for number, line in enumerate(story)
    ]
    placed = [_placed(line, known.get(_key(line))) for line in story]
    if _weight(story, placed) <= MOST:
        reasons = [said or place for said, place in zip(reasons, placed, strict=True)]
    _tail(story, known, reasons)
    _headings(story, reasons)
    kept, removed = boilerplate.sort_out(
        line for line, reason in zip(story, reasons, strict=True) if reason is None
    )
    taken = [
        Removed(_LIST_MARK.sub("", line), reason)
        for line, reason in zip(story, reasons, strict=True)
        if reason is not None
    ]
    return kept, [*taken, *removed]


def _repeated(line: str, title: str | None, byline: str | None) -> str | None:
    """Headline, byline and date, which are kept as such."""
    key = _key(line)
    if title and key == _key(title):
        return "headline"
    if byline and len(line) < len(byline) + 60 and byline.casefold() in line.casefold():
        rest = line.casefold().replace(byline.casefold(), "")
        if not _SENTENCE.search(line) or len(rest) < 12:
            return "byline"
    if len(line) < 40 and not _SENTENCE.search(line) and dates.is_only(line):
        return "date line"
    return None


def _placed(line: str, block: Block | None) -> str | None:
    if block is None:
        return None
    if block.part is not None and block.part != "beside the story":
        return block.part
    if len(block.text.split()) > 2 and (
        block.linked >= WHOLE or (block.linked >= LINKED and not _SENTENCE.search(line))
    ):
        return POINTER
    return None


def _tail(story: list[str], known: dict[str, Block], reasons: list[str | None]) -> None:
    """A list of links that ends a page, each with a word or two beside the link."""
    end = len(story)
    while end and reasons[end - 1] is not None:
        end -= 1
    start = end
    while start and story[start - 1].startswith("- "):
        start -= 1
    blocks = [known.get(_key(line)) for line in story[start:end]]
    links = [block for block in blocks if block is not None and block.linked >= SOME]
    if start and len(links) >= 3 and len(links) == len(blocks):
        reasons[start:end] = [POINTER] * (end - start)


def _weight(story: list[str], reasons: list[str | None]) -> float:
    taken = sum(len(line) for line, reason in zip(story, reasons, strict=True) if reason)
    return taken / max(1, sum(map(len, story)))


def _headings(story: list[str], reasons: list[str | None]) -> None:
    """A heading of removed lines goes with them, as does one at the end."""
    for number in range(len(story) - 1, -1, -1):
        line = story[number]
        if reasons[number] is not None or len(line) > 60 or _SENTENCE.search(line[:-1] or "."):
            continue
        after = reasons[number + 1 : number + 3]
        if len(after) == 2 and after == [POINTER, POINTER] and not line.startswith("- "):
            reasons[number] = POINTER


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()
