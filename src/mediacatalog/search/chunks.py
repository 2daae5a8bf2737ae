"""The few words of a text at which a match may begin: all else needn't be looked at.

As in `text.entries`, what stands between two spaces, a chunk, is split into words by itself and
remembered; only an article that stands apart (`al bukamal`) looks at its neighbour.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate, count
from operator import add
from typing import TYPE_CHECKING, NamedTuple

from mediacatalog.text import units
from mediacatalog.text.fold import APOSTROPHES, fold_spelling
from mediacatalog.text.remembered import Remembered
from mediacatalog.text.spelling import MARKS, SOUND, written
from mediacatalog.text.stems import FORM, beginnings
from mediacatalog.text.words import APART, ends, keys_of_pair, paired

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from mediacatalog.text import Word

NOT_LETTERS = re.compile(rf"[^\w{MARKS}]|[_{APOSTROPHES}]")
_UNSAID = {code: None for code in range(128) if not chr(code).isalnum()}
"""What is no letter in ASCII, for `str.translate`."""
MOST_SPLIT = 30_000
"""Chunks that are remembered in their words, about 25 MB."""
MOST_SQUEEZED = 100_000
"""And as letters alone, about 20 MB."""

END = "\n"
"""Stands around each spelling in what a chunk is found under; none has it."""


class Row(NamedTuple):
    """Words in a row, and those of them at which a match may begin."""

    words: Sequence[Word]
    starts: Sequence[int]
    """Where in the text each word's own places are told from."""
    many: int
    """A match may begin at so many of them, the first."""


class _Chunk(NamedTuple):
    said: str
    """All spellings of its words, END around each."""
    words: tuple[Word, ...]
    first: Word | None
    last: Word | None
    """As `text.words.ends` tells them."""


def _chunk(raw: str) -> _Chunk:
    parts = units(raw)
    row = tuple(word for unit in parts for word in unit.words)
    every = [spelling for word in row for spelling in word.spellings]
    said = END.join(["", *every, ""]) if every else ""
    return _Chunk(said, row, *ends(parts, raw))


def _squeezed(raw: str) -> str:
    return NOT_LETTERS.sub("", fold_spelling(raw))


_SPLIT = Remembered(_chunk, MOST_SPLIT)
_SQUEEZED = Remembered(_squeezed, MOST_SQUEEZED)


class Chunks:
    """What of a text is worth a look for one question.

    A match is one of the `runs`, each word of it in one of its spellings, or a word that starts as
    one of the `starts`.
    """

    def __init__(self, runs: Collection[tuple[str, ...]], starts: Collection[str]) -> None:
        first = {run[0] for run in runs}
        self._said = [f"{END}{one}{END}" for one in first] + [END + one for one in starts]
        begins = {letters for run in runs for letters in _beginnings(run) if letters}
        self._letters = [*begins, *starts]
        """What a match begins with, letter by letter, but for spellings by sound."""
        self._more = max(map(len, runs), default=1) - 1

    def rows(self, text: str) -> Iterator[Row]:
        """In the order of the text; each word at which a match may begin, with what follows it."""
        if text.isascii() and not self._among(text.lower().translate(_UNSAID)):
            return
        raws = text.split()
        squeezed = list(map(_SQUEEZED.__getitem__, raws))
        letters = "".join(squeezed)
        here = self._among(letters)
        if not here:
            return
        starts = _starts(text, raws)
        done = 0
        for at in _chunks_with(here, squeezed, letters):
            if at >= done and (self._begins(raws[at]) or _pair(raws, starts, at)):
                row, done = self._row(raws, starts, at)
                yield row

    def _among(self, letters: str) -> list[str]:
        return [one for one in self._letters if one in letters]

    def _begins(self, raw: str) -> bool:
        said = _SPLIT[raw].said
        return any(one in said for one in self._said)

    def _row(self, raws: Sequence[str], starts: Sequence[int], at: int) -> tuple[Row, int]:
        """From a chunk on, and behind which chunk it was looked at."""
        row: list[Word] = []
        places: list[int] = []
        many, done = 0, at
        second: Word | None = None  # as it is read with the article before it
        for place in range(at, len(raws)):
            _, own, _, last = _SPLIT[raws[place]]
            if second is not None and own:
                own, last = (second, *own[1:]), last if len(own) > 1 else None
                second = None
            if last is not None and (pair := _pair(raws, starts, place)):
                own, second = (*own[:-1], pair[0]), pair[1]
            row += own
            places += [starts[place]] * len(own)
            if not many and second is None:
                many, done = len(row), place + 1
            if many and len(row) >= many + self._more:
                break
        return Row(row, places, many), done


def _chunks_with(needles: Sequence[str], squeezed: Sequence[str], letters: str) -> list[int]:
    """Those in which a needle begins, in their order."""
    begins = list(accumulate(map(len, squeezed), initial=0))
    found: set[int] = set()
    for needle in needles:
        at = letters.find(needle)
        while at >= 0:
            chunk = bisect_right(begins, at) - 1
            found.add(chunk)
            at = letters.find(needle, begins[chunk + 1])
    return sorted(found)


def _starts(text: str, raws: Sequence[str]) -> list[int]:
    """Where each chunk begins."""
    evenly = [0, *map(add, accumulate(map(len, raws)), count(1))]
    if evenly[-1] == len(text) + 1:  # one space between any two, and none around
        return evenly
    starts = []
    at = 0
    for raw in raws:
        at = text.index(raw, at)
        starts.append(at)
        at += len(raw)
    return starts


def _pair(raws: Sequence[str], starts: Sequence[int], at: int) -> tuple[Word, Word] | None:
    """A chunk's last word and the next one's first, if they are an article and its name."""
    last, following = _SPLIT[raws[at]].last, at + 1
    if last is None or following == len(raws) or starts[following] > starts[at] + last.end + APART:
        return None
    first = _SPLIT[raws[following]].first
    keys = keys_of_pair(last, first) if first else ()
    return paired(last, first, keys) if first and keys else None


def _beginnings(run: tuple[str, ...]) -> list[str]:
    """Letters of which some stand in a row where a run does; none where that can't be said.

    Of `T-72` not every t, but t72: numbers and single letters have no article before them.
    """
    first, *more = run
    if first.startswith(FORM):  # may end otherwise than the word does: `citi` is of `city`
        return beginnings(first.removeprefix(FORM))
    if first.startswith(SOUND):
        return []
    if more and len(first) < len("abc") and (more[0][0].isdecimal() or len(more[0]) == 1):
        return [first + more[0]]
    return written(first)
