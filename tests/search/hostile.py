"""Queries that nobody in their right mind would type, and those that a fuzzer does."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECES = (
    *("ferry", "al-", "ez-zor", "البوكمال", "ال", "وال", "паром", "й", "ё", "東京", "京", "กรุง"),
    *('"', "“", "-", "--", "*", "**", "OR", "or", "AND", "NOT", "(", ")", "[", "]", "{", "}"),
    *("^2", "~1", "\\", "/", "//", ":", "::", "tag:", "place:*", "in:", "in:captions", "lang:ar"),
    *("date:", "date:2017", "date:9999-99", "date:..", "date:0000", "date:201X", "date:>=2017"),
    *("near:", "near:91,0", "near:90,180~5000km", "near:0,0~1m", "near:1e9,1", "duration:>5m"),
    *("duration:..", "duration:99999999999", "has:", "has:captions", "is:4k", "is:no", "codec:?"),
    *("\0", "\ud800", "\ufffd", "\u202e", "\u200b", "\u0301", "ﷺ", "½", "İ", "ß", "ʼ", "'"),
    *("\n", "\t", "\u2028", "%", "_", "';--", "<b>", "&amp;", "../..", "$(x)", "{{7*7}}", "🎥"),
    *("a" * 300, "~kamal", "=ferr", "+ferry", "title:ferry", "*:*", "[a TO z]", "/.*/", "!x"),
)
WHOLE = (
    "a " * 3000,
    "OR " * 500,
    '"' * 999,
    "(" * 1999,
    "-" * 1999,
    "*" * 1999,
    "\u0301" * 1999,
    "京" * 1999,
    "ال" * 900,
    "al-" * 600,
    "a-" * 900,
    "'a" * 900,
    "in:captions " * 150,
    "near:0,0~5000km " * 32,
    "date:2017 OR " * 32,
    "a* " * 32,
    "é* " * 32,
    "? " * 32,
    "-ferry " * 32,
    '"the ferry" ' * 32,
)


def hostile() -> list[str]:
    """500 queries, always the same."""
    pairs = (a + gap + b for gap in (" ", "") for a, b in itertools.product(PIECES, PIECES))
    every = [*WHOLE, *PIECES, *pairs]
    chosen = random.Random(11).sample(every, 600)
    return list(dict.fromkeys([*WHOLE, *PIECES, *chosen]))[:500]


def fuzzed(count: int, seed: int) -> Iterator[str]:
    """Pieces put together and letters changed; the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        pieces = [chance.choice(PIECES)[:40] for _ in range(chance.randrange(1, 9))]
        text = list(chance.choice(("", " ")).join(pieces))
        for _ in range(chance.randrange(0, 4)):
            at = chance.randrange(len(text) + 1)
            text[at : at + chance.randrange(2)] = [chr(chance.choice((chance.randrange(128),
                chance.randrange(0x600, 0x700), chance.randrange(0x110000))))]  # fmt: skip
        yield "".join(text)
