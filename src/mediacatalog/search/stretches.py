"""The parts of a text that may hold what is looked for: all else needn't be split into words."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from mediacatalog.text.fold import APOSTROPHES, fold_letters
from mediacatalog.text.words import LONGEST_WORD, MARKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

NOT_LETTERS = re.compile(rf"[^\w{MARKS}]|[_{APOSTROPHES}]")


class _Squeezed(dict[str, str]):
    """The letters of what stands between two spaces; forgets all when there are too many.

    Most of what is said is said again, so that hardly anything is folded.
    """

    def __missing__(self, chunk: str) -> str:
        letters = NOT_LETTERS.sub("", fold_letters(chunk))
        if len(chunk) <= LONGEST_WORD:
            if len(self) >= MOST_SQUEEZED:
                self.clear()
            self[chunk] = letters
        return letters


MOST_SQUEEZED = 100_000
"""About 20 MB."""
_SQUEEZED = _Squeezed()
_UNSAID = {code: None for code in range(128) if not chr(code).isalnum()}
"""What is no letter in ASCII, for `str.translate`."""


def stretches(text: str, needles: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """Parts of a text, from space to space, that may hold a match, and a word on either side.

    In their order, one at a time. An article that stands apart changes what its name is found
    under. `needles`: what a match begins with, letter by letter, to how many words it has at most.
    """
    text = text.replace("\n", " ")
    plainly = _plainly(text, needles) if text.isascii() else None
    around = _anywhere(text, needles) if plainly is None else plainly
    here = around[0] if len(around) == 1 else sorted(chain.from_iterable(around))
    start = end = -2
    for one, other in here:
        if one > end + 1:
            if end >= 0:
                yield start, end
            start = one
        end = max(end, other)
    if end >= 0:
        yield start, end


def _plainly(text: str, needles: Mapping[str, int]) -> list[Iterator[tuple[int, int]]] | None:
    """Around each needle in a text in ASCII; None if one is broken by what is no letter."""
    low = text.lower()
    letters = low.translate(_UNSAID)
    found = []
    for needle, most in needles.items():
        if needle not in letters:
            continue
        places = _places(low, needle)
        if len(places) != len(_places(letters, needle)):
            return None
        found.append(_around(text, places, len(needle), most - 1))
    return found


def _anywhere(text: str, needles: Mapping[str, int]) -> list[Iterator[tuple[int, int]]]:
    """Around each needle in a text in any letters."""
    chunks = text.split(" ")
    squeezed = list(map(_SQUEEZED.__getitem__, chunks))
    letters = "".join(squeezed)
    here = [needle for needle in needles if needle in letters]
    if not here:
        return []
    begins = list(accumulate(map(len, squeezed), initial=0))
    offsets = list(accumulate([len(chunk) + 1 for chunk in chunks], initial=0))

    def around(needle: str, more: int) -> Iterator[tuple[int, int]]:
        at = letters.find(needle)
        while at >= 0:
            first = bisect_right(begins, at) - 1
            last = bisect_right(begins, at + len(needle) - 1) - 1
            if more:
                last = _words_on(squeezed, last, more)
            yield offsets[max(first - 1, 0)], offsets[min(last + 2, len(chunks))] - 1
            at = letters.find(needle, begins[first + 1])

    return [around(needle, needles[needle] - 1) for needle in here]


def _places(text: str, needle: str) -> list[int]:
    """Where it begins, those that overlap among them."""
    found = []
    at = text.find(needle)
    while at >= 0:
        found.append(at)
        at = text.find(needle, at + 1)
    return found


def _around(text: str, places: Iterable[int], length: int, more: int) -> Iterator[tuple[int, int]]:
    """From space to space what is of this length at a place, with so many words more behind it.

    And what stands between two spaces on either side. Once for what begins between the same two.
    """
    end = 0
    for place in places:
        if place < end:
            continue
        start = text.rfind(" ", 0, place)
        before = text.rfind(" ", 0, start) if start > 0 else -1
        end = _to_space(text, place + length)
        last = end
        for _ in range(more):
            last = _over_word(text, last)
        yield before + 1, _to_space(text, last + 1)


def _to_space(text: str, at: int) -> int:
    space = text.find(" ", at)
    return space if space >= 0 else len(text)


def _over_word(text: str, at: int) -> int:
    """The space behind the next chunk with letters, from the space before it."""
    while at < len(text):
        begin, at = at + 1, _to_space(text, at + 1)
        if _SQUEEZED[text[begin:at]]:
            break
    return at


def _words_on(squeezed: Sequence[str], chunk: int, count: int) -> int:
    """The chunk that is so many chunks with letters farther on."""
    while count and chunk < len(squeezed) - 1:
        chunk += 1
        count -= bool(squeezed[chunk])
    return chunk
