"""What a text is found under, for many texts in a row: `words` without their places in the text.

Hyphens and apostrophes never reach across a space, so what stands between two spaces is split and
folded by itself, and remembered: most of what is said, is said again (Zipf). Only an article that
stands apart (`al bukamal`) looks at its neighbour.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mediacatalog.text.stems import FORM
from mediacatalog.text.words import PARTICLES, Word, keys_of_pair, may_pair, paired, units, words

if TYPE_CHECKING:
    from collections.abc import Iterable

FAR_APART = re.compile(r"\s{3}")
LONGEST_KEPT = 40
"""Characters; what is longer between two spaces hardly comes again."""
MOST_KEPT = 200_000
"""About 80 MB; three languages' words, of which the commonest are nearly all that is said."""


class Entries(NamedTuple):
    """A text's words in order, and what else each is found under."""

    words: list[str]
    also: list[tuple[int, tuple[str, ...]]]
    """(place of a word, its other spellings), in order; most words have none."""
    forms: list[str]
    """Keys of the words' other forms (`stems`), in order; many words have none."""


class _Chunk(NamedTuple):
    words: tuple[str, ...]
    also: tuple[tuple[int, tuple[str, ...]], ...]
    forms: tuple[str, ...]
    first: Word | None = None
    """A word at the chunk's beginning that an article before it would belong to."""
    last: Word | None = None
    """A particle at the chunk's end that may belong to what follows."""


def entries(text: str) -> Entries:
    """The same words as `words` gives, in the same order."""
    if FAR_APART.search(text):  # an article is taken for one across two spaces at most
        return _entries(words(text))
    found, every_also, every_form = Entries([], [], [])
    before: Word | None = None
    for some, also, forms, first, last in map(_KEPT.__getitem__, text.split()):
        if before is not None and first is not None and (keys := keys_of_pair(before, first)):
            one, two = paired(before, first, keys)
            place = len(found)
            if every_also and every_also[-1][0] == place - 1:
                every_also.pop()
            every_also.append((place - 1, _others(one)))
            every_also.append((place, _others(two)))
            every_also += [(place + at, others) for at, others in also if at]
            before = last if len(some) > 1 else None
        else:
            before = last
            if also:
                place = len(found)
                every_also += [(place + at, others) for at, others in also]
        found += some
        if forms:
            every_form += forms
    return Entries(found, every_also, every_form)


def _entries(every: Iterable[Word]) -> Entries:
    found = Entries([], [], [])
    for place, word in enumerate(every):
        found.words.append(word.text)
        if others := _others(word):
            found.also.append((place, others))
        found.forms.extend(_forms(word))
    return found


def _others(word: Word) -> tuple[str, ...]:
    """All spellings of a word but its first, without the keys of its forms."""
    others = dict.fromkeys((*word.variants, *word.offered))
    others.pop(word.text, None)
    return tuple(one for one in others if not one.startswith(FORM))


def _forms(word: Word) -> list[str]:
    return [one.removeprefix(FORM) for one in word.offered if one.startswith(FORM)]


def _chunk(raw: str) -> _Chunk:
    parts = units(raw)
    made = _entries(word for unit in parts for word in unit.words)
    first = last = None
    if parts and len(parts[0].words) == 1 and parts[0].words[0].start == 0:
        first = parts[0].words[0]
    if parts and len(parts[-1].words) == 1:
        word = parts[-1].words[0]
        if word.end == len(raw) and word.text in PARTICLES and may_pair(word):
            last = word
    return _Chunk(tuple(made.words), tuple(made.also), tuple(made.forms), first, last)


class _Kept(dict[str, _Chunk]):
    """Chunks by how they are written; forgets all when there are too many."""

    def __missing__(self, raw: str) -> _Chunk:
        made = _chunk(raw)
        if len(raw) <= LONGEST_KEPT:
            if len(self) >= MOST_KEPT:
                self.clear()
            self[raw] = made
        return made


_KEPT = _Kept()
