"""What else a place or a group is called: in other spellings, other scripts, and by older names."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from mediacatalog.articles.mentions import gazetteer, vocabulary
from mediacatalog.articles.mentions.spelling import bare, key, romanised
from mediacatalog.text import fold
from mediacatalog.text.fold import APOSTROPHES

if TYPE_CHECKING:
    from mediacatalog.articles.mentions.gazetteer import Gazetteer

LEAST = 3
"""Letters."""
LEAST_SYLLABLES = 2
"""Letters of Chinese, Japanese and Korean."""
SHORT_LATIN = 4
"""Letters of a name in Latin ones, up to which it is mostly something else."""
SIGNS = re.compile(f"[{APOSTROPHES}]")
MARKED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Burmese, Khmer."""
ALIKE = 0.4
"""Share of their pairs of letters that two spellings of a name have in common (Dice)."""


def others(name: str) -> tuple[str, ...]:
    """Keys of the other names of what a name means; empty for words that are mostly no names.

    Names of several words are known written as one, too: `deirezzor`. Towns of the gazetteer are
    known only where it has been written (`gazetteer.at_hand`).
    """
    return _others(key(name), gazetteer.at_hand())


@lru_cache(maxsize=4096)
def _others(asked: str, listed: Gazetteer | None) -> tuple[str, ...]:
    found = {*_names("countries.tsv", 1).get(asked, ()), *_names("weapons.tsv", 0).get(asked, ())}
    if len(asked) >= LEAST and asked not in vocabulary.ordinary():
        found |= _names("groups.tsv", 0, 1).get(asked, frozenset())
        places = _names("places.tsv", 4).get(asked, frozenset())
        found |= places
        if listed is not None and not (found - places):
            found |= _of_town(asked, places, listed)
    found |= _names("asked.tsv", 0).get(asked, frozenset())
    return tuple(sorted(found - {asked}))


def _of_town(asked: str, known: frozenset[str], listed: Gazetteer) -> set[str]:
    """Names of the largest town of that name, or of a name by which our file knows it."""
    found: set[str] = set()
    if not known and not _is_sure(asked, listed):
        return found
    for one in known or (asked,):
        if (place := listed.largest(one)) is not None:
            akin = _akin(key(place.name), {*known, *listed.others(place.id)})
            if known or asked in akin:
                found |= {name for name in akin if _is_sure(name, listed)}
    return found


def _is_sure(name: str, listed: Gazetteer) -> bool:
    """Short ones are sure if no other place goes by them, however small: Lvov, but not Dara."""
    if name in vocabulary.ordinary() or name in vocabulary.given_names():
        return False
    if name.isascii() and len(name) <= SHORT_LATIN:
        return len(name) == SHORT_LATIN and len(listed.named(name)) == 1
    return len(name) >= LEAST


def _akin(first: str, names: set[str]) -> set[str]:
    """Of the names those that are spellings of the first, or of one that is; in Arabic all.

    The gazetteer has many that are none: other languages' words for it, and slips.
    """
    far = {name: pairs for name in names if (pairs := _pairs(name))}
    found = {name for name in names if name not in far}
    near = [_pairs(first)]
    while near:
        pairs = near.pop()
        for name in [name for name, others in far.items() if _alike(pairs, others)]:
            found.add(name)
            near.append(far.pop(name))
    return found


def _alike(some: set[str], others: set[str]) -> bool:
    return 2 * len(some & others) >= ALIKE * (len(some) + len(others))


def _pairs(name: str) -> set[str]:
    """Letters of a name in Latin or Cyrillic, two in a row; empty for other scripts."""
    latin = f" {romanised(name)} ".replace("w", "v")
    return {one + other for one, other in pairwise(latin)} if latin.isascii() else set()


@lru_cache(maxsize=8)
def _names(file: str, *columns: int) -> dict[str, frozenset[str]]:
    """Of our files: all names of a thing, by each of them."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in vocabulary.rows(file):
        listed = [
            name for column in columns if column < len(row) for name in row[column].split(";")
        ]
        names = {_read(name) for name in listed if _is_long(key(name))}
        typed = [key(way) for name in listed for way in (name, SIGNS.sub(" ", name))]
        for name in filter(_is_long, typed):
            arabic = "\u0600" <= name[0] <= "\u06ff"  # where an article may make another word
            for written in {name, name if arabic else bare(name), name.replace(" ", "")}:
                if _is_long(written):
                    found[written] |= names
    return {name: frozenset(names) for name, names in found.items()}


def _is_long(name: str) -> bool:
    return len(name) >= (LEAST_SYLLABLES if name[:1] >= "\u2e80" else LEAST)


def _read(name: str) -> str:
    """A name as it is looked for: its key, or where marks are part of its letters, itself."""
    return fold(name) if MARKED.search(name) else key(name)
