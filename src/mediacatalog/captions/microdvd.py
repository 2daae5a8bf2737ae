"""MicroDVD: a line a cue, times in frames: `{230}{307}text|text`.

It counts the frames of the video it was made for. The file may say their rate in its first
cue (`{1}{1}25.000`), else the clip's own rate is right; without either, 25 is taken and reported.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from mediacatalog.captions.gathering import MAX_CUES, MAX_MS, Gathering, lasting, shown, tidy
from mediacatalog.values import Cue, Ms

_CUE = re.compile(r"[ \t\ufeff]*\{([0-9]{1,9})\}[ \t]*\{([0-9]{0,9})\}(.*)")
_ANY = re.compile(r"^[ \t\ufeff]*\{[0-9]{1,9}\}[ \t]*\{[0-9]{0,9}\}", re.MULTILINE)
_ANY_RATE = re.compile(r"[ \t]*([0-9]{1,3}(?:[.,][0-9]{1,6})?)[ \t]*(?:fps)?[ \t]*", re.IGNORECASE)
_RATE = re.compile(r"[ \t]*([0-9]{1,3}(?:[.,][0-9]{1,6})?)[ \t]*(?:fps)?[ \t]*", re.IGNORECASE)
_CODE = re.compile(r"\{[CcDFfHoPpSsYy]:[^{}\n]{0,200}\}|\{\\[^{}\n]{0,200}\}")
_USUAL = Fraction(25)
_NTSC = {
    "23.976": Fraction(24000, 1001),
    "23.98": Fraction(24000, 1001),
    "29.97": Fraction(30000, 1001),
    "59.94": Fraction(60000, 1001),
}


def sniff(text: str) -> bool:
    return _ANY.match(_first(text)) is not None


def sniff_loosely(text: str) -> bool:
    return _ANY.search(text) is not None


def read(text: str, frame_rate: Fraction | None = None) -> Gathering:
    """`frame_rate` is that of the clip; one that the file names wins."""
    gathering = Gathering()
    found = counted(gathering, text, _CUE)
    named = _RATE.fullmatch(found[0].text) if found and found[0].start <= 1 else None
    if named:
        frame_rate = _exact(named[1]) or frame_rate
        del found[0]
    if found and not frame_rate:
        gathering.note(found[0].line, "frames without a frame rate; 25 a second is taken")
    keep(gathering, found, 1 / (frame_rate or _USUAL))
    return gathering


class Counted(NamedTuple):
    line: int
    start: int
    end: int | None
    text: str


def counted(gathering: Gathering, text: str, pattern: re.Pattern[str]) -> list[Counted]:
    """The cues of a file with one on a line; `pattern` gives start, end and text."""
    found: list[Counted] = []
    for number, line in gathering.lines(text.replace("\x00", "")):
        cue = pattern.fullmatch(line)
        if cue is None:
            if line.strip("\ufeff \t") and not line.startswith("{DEFAULT}"):
                gathering.note(number, f"not a cue: {shown(line)}")
        elif len(found) >= MAX_CUES:
            gathering.note_full(number)
            break
        else:
            found.append(Counted(number, int(cue[1]), int(cue[2]) if cue[2] else None, cue[3]))
    return found


def keep(gathering: Gathering, found: list[Counted], unit: Fraction) -> None:
    """`unit` is the length of one count in seconds."""
    found = sorted(found, key=lambda one: one.start)
    starts = [_ms(one.start, unit) for one in found]
    for one, start, until in zip(found, starts, lasting(starts), strict=True):
        text = plain(gathering.bounded(one.line, one.text))
        end = until if one.end is None else _ms(one.end, unit)
        gathering.add(one.line, Cue(Ms(start), Ms(end), text))


def plain(text: str) -> str:
    """`|` divides lines; `/` at the start of one means italics (also in MPL2)."""
    lines = (_CODE.sub("", line).removeprefix("/") for line in text.split("|"))
    return tidy("\n".join(line.strip() for line in lines))


def _ms(count: int, unit: Fraction) -> int:
    return min(MAX_MS, int(count * unit * 1000 + Fraction(1, 2)))


def _exact(text: str) -> Fraction:
    rate = text.replace(",", ".")
    return _NTSC.get(rate.rstrip("0"), Fraction(rate))


def _first(text: str) -> str:
    return text[:4096].lstrip("\ufeff \t\n").removeprefix("{DEFAULT}{}").lstrip()
