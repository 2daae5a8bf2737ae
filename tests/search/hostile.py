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


SAID = (
    *("the convoy reached Al-Bukamal", "القوات دخلت الْبُوكَمَال أمس", "Паром ушёл в посёлок"),
    *("東京都知事選挙の結果", "กรุงเทพมหานคร วันนี้", "Al-Qa’im, Deir ez-Zor and l’armée"),
    *("צה״ל תל־אביב", "می‌رود خانه‌ها", "T-72B3 7.62x39 1,200 O'Neill", "#DeirEzzor #دير_الزور"),
)
GIVEN = {
    "date": ("2017", "2017-11", "2017-02-30", "201X", "-0044", "2017-11-09..2017-11-19", "../2"),
    "near": ("34.45,40.92", "34.45,40.92~20km", "0,0~5000km", "90,180~1m", "nan,inf", "٣٤,1~-1km"),
    "duration": (">5m", "30s..2m", "<1:30", "..", "9e9", "1_000"),
    "in": ("captions", "title,article", "nowhere", "names"),
    "has": ("captions", "article", "date", "wings"),
    "is": ("vertical", "hd", "blue"),
    "like": ('"the ferry and the convoy"', "nobody"),
    **dict.fromkeys(("tag", "place", "lang", "codec", "source", "state", "warning", "camera"),
        ("ferry", "tag1", "Abu Kamal", '"al bukamal"', "en", "Arabic", "h264", "ready", "f*", "*")),
}  # fmt: skip
BROKEN = ('"', "(", ")", "*", "-", "\0", "\u202e", "\u200f", "\u0301", "\ud800", "\x07", "🎥")


def questions(count: int, seed: int) -> Iterator[str]:
    """As the query language has them, whole, nested and broken; the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        text = _question(chance, 0)
        if chance.random() < 0.2:
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice(BROKEN) + text[at:]
        yield text if chance.random() < 0.98 else text * chance.choice((50, 400))


def _question(chance: random.Random, depth: int) -> str:
    parts = [_part(chance, depth) for _ in range(chance.choice((1, 1, 2, 3, 7)))]
    return chance.choice((" ", " ", " OR ", " AND ", "", "\n", "\u3000")).join(parts)


def _part(chance: random.Random, depth: int) -> str:
    word = chance.choice(chance.choice(SAID).split())
    name = chance.choice(list(GIVEN))
    given = chance.choice(GIVEN[name] if chance.random() < 0.7 else (word, f'"{word}', word[::-1]))
    within = _question(chance, depth + 1) if depth < 3 else word
    ways = (
        *(word, word, word.upper(), word[: chance.randrange(1, 5)] + "*", word + word),
        *(f'"{chance.choice(SAID)}"', f"{name}:{given}", f"{name}:{given}", f"-{name}:{given}"),
        *(f"-{word}", f"NOT {word}", f"({within})", f"(({within}]", f"{name}::{word}"),
    )
    return chance.choice(ways)
