"""YouTube's SBV, and SubViewer 2 which it comes from: start and end on a line, then the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mediacatalog.captions.gathering import Gathering, milliseconds, tidy
from mediacatalog.values import Cue

if TYPE_CHECKING:
    from mediacatalog.values import Ms

_TIME = r"([0-9]{1,4}):([0-9]{1,2}):([0-9]{1,2})[.:]([0-9]{1,3})"
_TIMES = re.compile(rf"[ \t\ufeff]{{0,20}}{_TIME}[ \t]{{0,10}},[ \t]{{0,10}}{_TIME}[ \t]{{0,20}}")
_ANYWHERE = re.compile(rf"^{_TIMES.pattern}$", re.MULTILINE)
_LIKE_TIMES = re.compile(r"[ \t]{0,20}[0-9]{1,4}:[0-9:., ]{3,40},[0-9:., ]{3,40}")
_HEADER = re.compile(r"\[[A-Za-z ]{1,30}\].{0,200}")
_BREAK = re.compile(r"\[br\]", re.IGNORECASE)


def sniff(text: str) -> bool:
    filled = (line for line in text[:8192].split("\n") if line.strip(" \t\ufeff"))
    for line in filled:
        if not _HEADER.fullmatch(line.strip("\ufeff \t")):
            return _TIMES.fullmatch(line) is not None
    return False


def sniff_loosely(text: str) -> bool:
    return _ANYWHERE.search(text) is not None


def read(text: str) -> Gathering:
    gathering = Gathering()
    current: tuple[int, Ms, Ms] | None = None
    pending: list[str] = []

    def flush() -> None:
        if current:
            words = tidy(_BREAK.sub("\n", gathering.bounded(current[0], "\n".join(pending))))
            gathering.add(current[0], Cue(current[1], current[2], words))
        pending.clear()

    for number, line in gathering.lines(text.replace("\x00", "")):
        found = _TIMES.fullmatch(line)
        if found or _LIKE_TIMES.fullmatch(line):
            flush()
            current = None
            if gathering.full:
                gathering.note_full(number)
                return gathering
        if found:
            current = (number, _time(found, 1), _time(found, 5))
        elif _LIKE_TIMES.fullmatch(line):
            gathering.note_times(number, line)
        elif current:
            pending.append(line)
    flush()
    return gathering


def _time(found: re.Match[str], first: int) -> Ms:
    hours, minutes, seconds = (int(found[first + n]) for n in range(3))
    return milliseconds(hours, minutes, seconds, found[first + 3])
