"""LRC: song texts with a time before each line, and in some files before each word.

There is no standard: https://en.wikipedia.org/wiki/LRC_(file_format) describes what players do.
A line lasts until the next one begins; a time without text only ends the line before it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from mediacatalog.captions.gathering import (
    MARK,
    MAX_CUES,
    Gathering,
    lasting,
    milliseconds,
    placed,
    tidy,
)
from mediacatalog.values import Cue, Ms

_STAMP = r"\[(?:([0-9]{1,3}):)?([0-9]{1,4}):([0-9]{1,2})(?:[.:]([0-9]{1,3}))?\]"
_STAMPS = re.compile(rf"[ \t\ufeff]*+((?:{_STAMP}[ \t]*+){{1,50}})(.*)")
_ONE = re.compile(_STAMP)
_EXACT = re.compile(r"^[ \t\ufeff]*\[[0-9]{1,4}:[0-9]{2}[.:][0-9]{2,3}\]", re.MULTILINE)
_WORD = re.compile(r"<(?:([0-9]{1,3}):)?([0-9]{1,4}):([0-9]{1,2})(?:[.:]([0-9]{1,3}))?>")
_AROUND = re.compile(rf"[ \t]*{MARK}[ \t]*")
_TAG = re.compile(
    r"[ \t\ufeff]*\[(ar|al|ti|au|by|la|length|offset|re|ve|tool|id|#)[ \t]*:([^\]\n]*)\][ \t]*",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"[ \t]*([+-]?[0-9]{1,9})[ \t]*")


def sniff(text: str) -> bool:
    head = text[:8192]
    first = next((line for line in head.split("\n") if line.strip(" \t\ufeff")), "")
    return (_TAG.fullmatch(first) is not None or _EXACT.match(first) is not None) and (
        _EXACT.search(head) is not None
    )


def sniff_loosely(text: str) -> bool:
    return _EXACT.search(text) is not None


def read(text: str) -> Gathering:
    gathering = Gathering()
    offset = 0
    found: list[_Line] = []
    for number, line in gathering.lines(text.replace("\x00", "")):
        if tag := _TAG.fullmatch(line):
            name, value = tag[1].lower(), tag[2].strip()
            if name == "offset" and (shift := _OFFSET.fullmatch(value)):
                offset = int(shift[1])
            elif name == "la":
                gathering.language = value
            continue
        stamped = _STAMPS.fullmatch(line)
        if stamped is None:
            if line.strip():
                gathering.note(number, "a line without a time")
            continue
        if len(found) >= MAX_CUES:
            gathering.note_full(number)
            break
        spoken = _spoken(stamped[6])
        found += [_Line(_time(one), number, *spoken) for one in _ONE.finditer(stamped[1])]
    _keep(gathering, found, offset)
    return gathering


class _Line(NamedTuple):
    start: int
    number: int
    text: str
    words: tuple[tuple[int, int], ...]
    last: int
    """The time after the last word, or -1."""


def _keep(gathering: Gathering, found: list[_Line], offset: int) -> None:
    found.sort(key=lambda one: one.start)
    ends = lasting([one.start for one in found])
    for one, end in zip(found, ends, strict=True):
        if one.text and not gathering.full:
            # A time after the last word says when it ends.
            until = one.last if one.start < one.last < end else end
            words = tuple((place, ms - offset) for place, ms in one.words)
            cue = Cue(Ms(one.start - offset), Ms(until - offset), one.text, words=words)
            gathering.add(one.number, cue)


def _spoken(text: str) -> tuple[str, tuple[tuple[int, int], ...], int]:
    """The line, the times of its words, and the time after the last one."""
    times = [_time(one) for one in _WORD.finditer(text)]
    if not times:
        return tidy(text.strip()), (), -1
    marked = _WORD.sub(MARK, text.replace(MARK, ""))
    marked = _AROUND.sub(lambda one: (" " if one[0] != MARK else "") + MARK, marked)
    plain, words = placed(" ".join(marked.split()), times)
    return plain.strip(), words, times[-1] if marked.endswith(MARK) else -1


def _time(found: re.Match[str]) -> int:
    return milliseconds(int(found[1] or 0), int(found[2]), int(found[3]), found[4] or "")
