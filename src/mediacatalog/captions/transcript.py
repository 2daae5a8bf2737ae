"""Transcripts and shot lists: plain text whose lines begin with a time.

`00:01:23 Wide of street`, `[00:12] Anna: …`, `0'12" - Soldiers`, `00:12 - 00:15 Ruins`. Nothing
marks such a file: it is recognised only when most of what it says is timed and times go forward;
an article that names some hours, or a live blog, is none. A line without a time belongs to the one
before it; an entry lasts until the next one begins.
"""

from __future__ import annotations

import itertools
import re
from typing import NamedTuple

from mediacatalog.captions.gathering import MAX_CUES, Gathering, lasting, milliseconds, tidy
from mediacatalog.values import Cue, Ms

_CLOCK = r"(?:([0-9]{1,3}):)?([0-9]{1,3}):([0-5][0-9])(?:[.,]([0-9]{1,3})|[:;][0-9]{2})?"
_ENTRY = re.compile(
    rf"[ \t\ufeff]*+(?:[0-9]{{1,4}}[.)][ \t]+)?(?P<open>[\[(]?){_CLOCK}"
    rf"(?:[ \t]*(?:-->|[-–—])[ \t]*{_CLOCK})?[\])]?[ \t]*(?:[-–—:|][ \t]*)?(?=\D|\Z)(?P<text>.*)"
)
_PRIMES = re.compile(
    r"[ \t\ufeff]*+(?:[0-9]{1,4}[.)][ \t]+)?([0-9]{1,3})['′’][ \t]?([0-5][0-9])(?:\"|″|”|''|’’)"
    r"[ \t]*(?:[-–—:|][ \t]*)?(.*)"
)
_TMPLAYER = re.compile(
    r"[ \t\ufeff]*+([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:,[0-9])?[:=](?![0-9]{2}(?:\D|\Z))(.*)"
)
"""A player's own form, with bars between lines; after the comma stands the number of the line."""
_END = re.compile(r"[ \t]*\[end(?: script)?\][ \t]*", re.IGNORECASE)
_FEWEST = 3
_SAMPLE = 400


class _Timed(NamedTuple):
    start: int
    end: int | None
    text: str
    sure: bool
    """Whether it can't be the hour of a day: in brackets, with seconds, or with primes."""


def sniff(text: str) -> bool:
    lines = [line for line in text[:100_000].split("\n") if line.strip()][:_SAMPLE]
    found = [one for one in map(_timed, lines) if one]
    if len(found) < _FEWEST or len(found) * 3 < len(lines):
        return False
    if not all(one.sure for one in found) and found[0].start >= 60_000:
        return False
    forward = sum(a.start <= b.start for a, b in itertools.pairwise(found))
    moving = found[-1].start > found[0].start
    spoken = sum(bool(one.text.strip()) for one in found)
    return (
        moving
        and forward * 10 >= (len(found) - 1) * 9
        and (spoken * 2 > len(found) or _apart(lines))
    )


def read(text: str) -> Gathering:
    gathering = Gathering(kind="transcript")
    entries: list[tuple[int, _Timed, list[str]]] = []
    for number, line in gathering.lines(text.replace("\x00", "")):
        found = _timed(line)
        if found and len(entries) >= MAX_CUES:
            gathering.note_full(number)
            break
        if found:
            entries.append((number, found, [found.text]))
        elif entries and not _END.fullmatch(line):
            entries[-1][2].append(line)
        elif not entries and line.strip("\ufeff \t"):
            gathering.note(number, "text before the first time")
    entries.sort(key=lambda one: one[1].start)
    ends = lasting([found.start for _, found, _ in entries])
    for (number, found, parts), until in zip(entries, ends, strict=True):
        words = tidy("\n".join(part.strip() for part in parts)).strip()
        if words:
            end = until if found.end is None else found.end
            cue = Cue(Ms(found.start), Ms(end), gathering.bounded(number, words))
            gathering.add(number, cue)
    return gathering


def _apart(lines: list[str]) -> bool:
    """Whether times stand on lines of their own, each with text below it."""
    return sum(_timed(line) is None for line in lines) * 3 >= len(lines)


def _timed(line: str) -> _Timed | None:
    if primes := _PRIMES.fullmatch(line):
        return _Timed(int(primes[1]) * 60_000 + int(primes[2]) * 1000, None, primes[3], sure=True)
    if player := _TMPLAYER.fullmatch(line):
        start = milliseconds(int(player[1]), int(player[2]), int(player[3]), "")
        return _Timed(start, None, player[4].replace("|", "\n"), sure=True)
    found = _ENTRY.fullmatch(line)
    if found is None:
        return None
    end = _ms(found, 6) if found[7] else None
    sure = bool(found["open"] or found[2] or found[7])
    return _Timed(_ms(found, 2), end, found["text"], sure)


def _ms(found: re.Match[str], first: int) -> int:
    hours, minutes, seconds = (int(found[first + n] or 0) for n in range(3))
    return milliseconds(hours, minutes, seconds, found[first + 3] or "")
