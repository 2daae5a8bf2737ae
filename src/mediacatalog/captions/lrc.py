"""LRC: song texts with a time before each line, and in some files before each word.

There is no standard: https://en.wikipedia.org/wiki/LRC_(file_format) describes what players do.
A line lasts until the next one begins; a time without text only ends the line before it.
"""

from __future__ import annotations

import re

from mediacatalog.captions.gathering import MAX_CUES, Gathering, lasting, milliseconds, tidy
from mediacatalog.values import Cue, Ms

_STAMP = r"\[(?:([0-9]{1,3}):)?([0-9]{1,4}):([0-9]{1,2})(?:[.:]([0-9]{1,3}))?\]"
_STAMPS = re.compile(rf"[ \t\ufeff]*+((?:{_STAMP}[ \t]*+){{1,50}})(.*)")
_ONE = re.compile(_STAMP)
_EXACT = re.compile(r"^[ \t\ufeff]*\[[0-9]{1,4}:[0-9]{2}[.:][0-9]{2,3}\]", re.MULTILINE)
_WORD = re.compile(r"<(?:([0-9]{1,3}):)?([0-9]{1,4}):([0-9]{1,2})(?:[.:]([0-9]{1,3}))?>")
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
    found: list[tuple[int, int, str, int]] = []
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
        words, last = _words(stamped[6])
        found += [(_time(one), number, words, last) for one in _ONE.finditer(stamped[1])]
    _keep(gathering, found, offset)
    return gathering


def _keep(gathering: Gathering, found: list[tuple[int, int, str, int]], offset: int) -> None:
    found.sort(key=lambda one: one[0])
    ends = lasting([start for start, *_ in found])
    for (start, number, words, last), end in zip(found, ends, strict=True):
        if words and not gathering.full:
            # A time after the last word says when it ends.
            until = last if start < last < end else end
            gathering.add(number, Cue(Ms(start - offset), Ms(until - offset), words))


def _words(text: str) -> tuple[str, int]:
    """The line without the times of its words, and the time after its last word, or -1."""
    last = -1
    if "<" in text:
        for one in _WORD.finditer(text):
            last = -1 if text[one.end() :].strip() else _time(one)
        text = " ".join(_WORD.sub("", text).split())
    return tidy(text.strip()), last


def _time(found: re.Match[str]) -> int:
    return milliseconds(int(found[1] or 0), int(found[2]), int(found[3]), found[4] or "")
