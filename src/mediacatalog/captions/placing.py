"""Places in the picture: from a format's own words to WebVTT's cue settings, and back."""

from __future__ import annotations

import re

_ALIGNED = {1: "align:left", 2: "", 0: "align:right"}
_AN = re.compile(r"\\an([1-9])(?![0-9])")
_OLD = re.compile(r"\\a(1[01]|[1-9])(?![0-9])")
_CODES = re.compile(r"\{[^{}]{0,500}\}")


def keypad(number: int) -> str | None:
    """Settings of a place told as on the keys of a telephone's reverse: 2 is bottom, 8 is top."""
    line = {0: "", 1: "line:50%,center", 2: "line:0"}[(number - 1) // 3]
    return " ".join(one for one in (line, _ALIGNED[number % 3]) if one) or None


def legacy(number: int) -> str | None:
    """SSA's numbers: 1 to 3 at the bottom, 5 to 7 at the top, 9 to 11 in the middle."""
    row, column = divmod(number, 4)
    return keypad({0: 0, 1: 6, 2: 3}[row] + column) if column else None


def of_codes(text: str) -> str | None:
    r"""What the first `{\an8}` or `{\a6}` of a text says of its place."""
    if "\\a" not in text:
        return None
    for block in _CODES.finditer(text):
        if found := _AN.search(block[0]):
            return keypad(int(found[1]))
        if found := _OLD.search(block[0]):
            return legacy(int(found[1]))
    return None


def as_code(settings: str | None) -> str:
    r"""The `{\an8}` that says the same as these settings; nothing for any other place."""
    return _AS_CODE.get(settings or "", "")


_AS_CODE = {
    settings: f"{{\\an{number}}}" for number in range(1, 10) if (settings := keypad(number))
}
