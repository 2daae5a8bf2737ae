"""Scenarist SCC: line 21 as words in hexadecimal, each line with the time code of its first pair.

A pair takes a frame of 30000/1001 a second; a semicolon in the time code says that numbers drop.
https://www.govinfo.gov/content/pkg/CFR-2007-title47-vol1/pdf/CFR-2007-title47-vol1-sec15-119.pdf
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from mediacatalog.captions.gathering import LAST_MS, Gathering
from mediacatalog.captions.line21 import Decoder
from mediacatalog.values import Cue, Ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mediacatalog.captions.line21 import Shown

_SIGNATURE = re.compile(r"\ufeff?[ \t\n]{0,100}Scenarist_SCC V[0-9]", re.IGNORECASE)
_LINE = re.compile(
    r"[ \t\ufeff]*([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})([:;.,])([0-9]{1,2})[ \t]+(.*)"
)
_ANYWHERE = re.compile(
    r"^[ \t]*[0-9]{2}:[0-9]{2}:[0-9]{2}[:;.,][0-9]{2}(?:[ \t]+[0-9a-f]{4}){2,}[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_TIMED = re.compile(r"(-?[0-9]{1,12})ms[ \t]+(.*)")
"""How `media.closed_captions` writes them: video has other clocks than 30000/1001.

Below zero are pictures that an edit list leaves out: what they put on the screen stays there."""
_CHANNEL = re.compile(r"channel ([12])")
"""Which one is meant, as written there, too."""
_WORD = re.compile(r"[0-9a-fA-F]{4}")
_FRAME_MS = Fraction(1001, 30)


def sniff(text: str) -> bool:
    return _SIGNATURE.match(text) is not None


def sniff_loosely(text: str) -> bool:
    return _ANYWHERE.search(text) is not None


def read(text: str) -> Gathering:
    """The first channel that says something; the other one is told of as a problem."""
    gathering = Gathering()
    asked = _CHANNEL.search(text[:200])
    channels = (Decoder(int(asked[1])),) if asked else (Decoder(1), Decoder(2))
    for line, frame, pairs in _lines(gathering, text):
        for at, (first, second) in enumerate(pairs):
            for channel in channels:
                channel.feed(frame + at, first, second, line)
        if sum(len(channel.shown) for channel in channels) > _MOST:
            gathering.note(line, "too many changes of the screen; the rest is left out")
            break
    for channel in channels:
        channel.finish()
    keep(gathering, [channel.shown for channel in channels], _FRAME_MS)
    return gathering


_MOST = 400_000


class _Line(NamedTuple):
    number: int
    frame: Fraction
    pairs: list[tuple[int, int]]


def keep(gathering: Gathering, channels: Sequence[list[Shown]], unit: Fraction) -> None:
    """Cues of the first channel that has any; `unit` is milliseconds of the decoder's times."""
    filled = [shown for shown in channels if shown]
    for shown in filled[:1]:
        for one in shown:
            if gathering.full:
                gathering.note_full(one.line)
                return
            start = _ms(one.start, unit)
            end = start + LAST_MS if one.end is None else _ms(one.end, unit)
            if start < 0 and end <= 0:
                continue
            gathering.add(
                one.line, Cue(Ms(max(0, start)), Ms(end), one.text, settings=one.settings)
            )
    for other in filled[1:]:
        gathering.note(other[0].line, f"{len(other):,} captions of a second channel; not read")


def _ms(count: Fraction, unit: Fraction) -> int:
    return round(count * unit)


def _lines(gathering: Gathering, text: str) -> Iterator[_Line]:
    for number, line in gathering.lines(text.replace("\x00", "")):
        found = _LINE.fullmatch(line) or _TIMED.fullmatch(line)
        if found is None:
            if line.strip("\ufeff \t") and not (_SIGNATURE.match(line) or _CHANNEL.match(line)):
                gathering.note_times(number, line)
            continue
        pairs = []
        for word in found[found.re.groups].split():
            if _WORD.fullmatch(word):
                pairs.append(divmod(int(word, 16), 256))
            else:
                gathering.note(number, f"not a pair of bytes: {word[:20]}")
        yield _Line(number, _frame(found), pairs)


def _frame(found: re.Match[str]) -> Fraction:
    if found.re is _TIMED:
        return int(found[1]) / _FRAME_MS
    hours, minutes, seconds, frames = (int(found[n]) for n in (1, 2, 3, 5))
    count = ((hours * 60 + minutes) * 60 + seconds) * 30 + frames
    if found[4] == ":":
        return Fraction(count)
    whole = hours * 60 + minutes
    return Fraction(count - 2 * (whole - whole // 10))
