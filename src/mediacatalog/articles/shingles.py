"""How much of one text stands in another, whatever was added around it or cut away.

A shingle is a run of words (in scripts without spaces, of characters). A sample of them, the same
in every text for it is chosen by their value, is kept in the catalogue's index; how much two
candidates share is then counted on all of them. After A. Broder, On the resemblance and
containment of documents (1997).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from mediacatalog.text import fold

if TYPE_CHECKING:
    import numpy as np

WORDS = 5
CHARACTERS = 10
EVERY = 8
"""One shingle of so many is sampled."""
MOST_SAMPLED = 400
LEAST = 15
"""Shingles below which a text is too short to be told from a common phrase."""
LONGEST = 400_000
"""Characters of a text that are looked at."""
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")


@dataclass(frozen=True, slots=True)
class Shared:
    """How much two texts have in common."""

    contained: float
    """Share of the shorter one's shingles that stand in the other, 0 to 1."""
    resemblance: float
    """Share of all shingles that stand in both."""
    count: int
    """How many they share."""


def of_text(text: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """All distinct shingles of a text as signed 64-bit hashes, sorted; empty for a short one."""
    import numpy as np  # a tenth of the start of a command, most of which read no text

    folded = fold(text[:LONGEST])
    unspaced = len(_UNSPACED.findall(folded[:2000])) > 0.3 * len(folded[:2000])
    units = list(re.sub(r"\W+", "", folded)) if unspaced else re.findall(r"\w+", folded)
    size = CHARACTERS if unspaced else WORDS
    if len(units) < size + LEAST - 1:
        return np.empty(0, np.int64)
    known = {unit: _hash(unit) for unit in set(units)}
    values = np.array([known[unit] for unit in units], np.uint64)
    mixed = np.zeros(len(values) - size + 1, np.uint64)
    for at in range(size):
        mixed = _mix(mixed + values[at : at + len(mixed)])
    return np.unique(mixed.view(np.int64))


def sampled(shingles: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[int]:
    """Those that go into the index: the same choice in every text."""
    chosen = shingles[shingles.view("uint64") % EVERY == 0]
    return [int(one) for one in chosen[:MOST_SAMPLED]]


def shared(
    one: np.ndarray[tuple[int], np.dtype[np.int64]],
    other: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> Shared:
    import numpy as np

    common = len(np.intersect1d(one, other, assume_unique=True))
    shorter, both = min(len(one), len(other)), len(one) + len(other) - common
    return Shared(common / max(1, shorter), common / max(1, both), common)


def _hash(unit: str) -> int:
    return int.from_bytes(blake2b(unit.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def _mix(
    values: np.ndarray[tuple[int], np.dtype[np.uint64]],
) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """The finalizer of SplitMix64: every bit moves half of the others, and order counts."""
    import numpy as np

    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
