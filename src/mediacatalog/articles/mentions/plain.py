"""A text in one spelling without moving a letter: spans found in it are spans of the original."""

from __future__ import annotations

import unicodedata

_SAME = str.maketrans(
    "أإآٱىةکیے\u00a0\u2009\u202f\u2010\u2011\u2012\u2013\u2014\u2212ё",
    "اااايهكيي   ------е",
)


class _Table(dict[int, int]):
    """`str.translate` table that learns each letter when it first meets it; one for one."""

    def __missing__(self, code: int) -> int:
        letter = chr(code)
        if unicodedata.category(letter) == "Nd":
            lower = str(unicodedata.digit(letter))
        else:
            lower = letter.lower()
        to = ord(lower) if len(lower) == 1 else code
        to = _SAME.get(to, to)
        self[code] = to
        return to


_TABLE = _Table()


def plain(text: str) -> str:
    """Small letters, ASCII digits, one alef, yeh, heh, hyphen and space; of the same length."""
    return text.translate(_TABLE)
