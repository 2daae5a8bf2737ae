"""What a text is found under, for many texts in a row: `words` without their places in the text.

Hyphens and apostrophes never reach across a space, so what stands between two spaces is split and
folded by itself, and remembered: most of what is said, is said again (Zipf). Only an article that
stands apart (`al bukamal`) looks at its neighbour.
"""

from __future__ import annotations

import re
from itertools import accumulate, chain, compress, count
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from mediacatalog.text import lines, unspaced
from mediacatalog.text.remembered import Remembered
from mediacatalog.text.spelling import PARTICLES
from mediacatalog.text.stems import FORM
from mediacatalog.text.words import (
    Word,
    ends,
    keys_of_pair,
    may_pair,
    paired,
    sole,
    units,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FAR_APART = re.compile(r"\s{3}")
PUNCTUATION = '.,;:!?…"()[]«»“”'
"""Around a word it changes nothing but that no article reaches over it."""
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
    """What stands between two spaces. Of nearly all the first three say everything."""

    word: str
    form: str
    odd: bool
    words: tuple[str, ...]
    forms: tuple[str, ...]
    also: tuple[tuple[int, tuple[str, ...]], ...]
    first: Word | None = None
    """A word at the chunk's beginning that an article before it would belong to."""
    last: Word | None = None
    """A particle at the chunk's end that may belong to what follows."""

    @property
    def uneven(self) -> bool:
        """Whether it holds another number of words than one, or of keys than one at most."""
        return len(self.words) != 1 or len(self.forms) > 1


_WORD, _FORM, _ODD = map(itemgetter, range(3))


def _made(found: Entries | _Chunk, first: Word | None, last: Word | None) -> _Chunk:
    words, forms, also = tuple(found.words), tuple(found.forms), tuple(found.also)
    odd = bool(also or last is not None or len(words) != 1 or len(forms) > 1)
    return _Chunk("".join(words[:1]), "".join(forms[:1]), odd, words, forms, also, first, last)


def entries(text: str) -> Entries:
    """The same words as `words` gives, in the same order."""
    text = lines.whole(text)
    if FAR_APART.search(text):  # an article is taken for one across two spaces at most
        return _entries(words(text))
    made = list(map(_KEPT.__getitem__, unspaced.chunks(text)))
    found, forms = list(map(_WORD, made)), list(filter(None, map(_FORM, made)))
    odd = list(compress(count(), map(_ODD, made)))
    if not odd:
        return Entries(found, [], forms)
    places: Sequence[int] = range(len(made))
    if any(made[at].uneven for at in odd):
        parts = [chunk.words for chunk in made]
        found = list(chain.from_iterable(parts))
        forms = list(chain.from_iterable(chunk.forms for chunk in made))
        places = list(accumulate(map(len, parts), initial=0))
    also: list[tuple[int, tuple[str, ...]]] = []
    taken = -1  # the chunk that belongs to an article before it
    for at in odd:
        chunk, place = made[at], places[at]
        if at != taken:
            also += [(place + step, others) for step, others in chunk.also]
        if chunk.last is None or at + 1 == len(made) or (at == taken and len(chunk.words) == 1):
            continue
        following, place = made[at + 1], places[at + 1]
        if following.first is None or not (keys := keys_of_pair(chunk.last, following.first)):
            continue
        one, two = paired(chunk.last, following.first, keys)
        if also and also[-1][0] == place - 1:
            also.pop()
        also += [(place - 1, _others(one)), (place, _others(two))]
        also += [(place + step, others) for step, others in following.also if step]
        taken = at + 1
    return Entries(found, also, forms)


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
    bare = raw.strip(PUNCTUATION)
    if bare != raw:
        chunk = _KEPT[bare]
        first = chunk.first if raw.startswith(bare) else None
        last = chunk.last if raw.endswith(bare) else None
        return _made(chunk, first, last)
    if (word := sole(raw)) is not None:
        joins = word.text in PARTICLES and may_pair(word)
        return _made(_entries([word]), word, word if joins else None)
    parts = units(raw)
    made = _entries(word for unit in parts for word in unit.words)
    return _made(made, *ends(parts, raw))


_KEPT = Remembered(_chunk, MOST_KEPT)
