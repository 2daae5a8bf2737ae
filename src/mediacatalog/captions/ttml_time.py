"""Times of TTML: https://www.w3.org/TR/ttml2/#timing-value-time-expression."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CLOCK = re.compile(
    r"([0-9]{1,9}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]{1,12})|[:;]([0-9]{1,6})(?:\.([0-9]{1,6}))?)?"
)
_OFFSET = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,12}))?(h|ms|m|s|f|t)?")
_MINUTES = re.compile(r"([0-9]{1,9}):([0-9]{1,2})(?:[.,]([0-9]{1,12}))?")
_RATE = re.compile(r"[ \t\n]*([0-9]{1,12})(?:\.[0-9]*)?[ \t\n]*")
_MULTIPLIER = re.compile(r"[ \t\n]*([0-9]{1,6})(?:[ \t\n:/]+([0-9]{1,6}))?[ \t\n]*")
_UNITS = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}


@dataclass(frozen=True, slots=True)
class Clock:
    """How a document counts: its parameters (`ttp:frameRate` and the like)."""

    frames: int = 30
    """Frames that are counted in a second."""
    multiplier: Fraction = Fraction(1)
    sub_frames: int = 1
    ticks: Fraction = Fraction(1)
    smpte: bool = False
    drop: bool = False

    def seconds(self, text: str) -> Fraction | None:
        """A time of the document; None for what is no time."""
        text = text.strip()
        if found := _CLOCK.fullmatch(text):
            return self._clock(found)
        if found := _OFFSET.fullmatch(text):
            count = Fraction(f"{found[1]}.{found[2] or 0}")
            if found[3] == "f":
                return count / self.rate
            if found[3] == "t":
                return count / self.ticks
            return count * _UNITS[found[3] or "s"]
        if found := _MINUTES.fullmatch(text):
            return int(found[1]) * 60 + Fraction(f"{found[2]}.{found[3] or 0}")
        return None

    @property
    def rate(self) -> Fraction:
        return self.frames * self.multiplier

    def _clock(self, found: re.Match[str]) -> Fraction:
        hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3])
        whole = Fraction((hours * 60 + minutes) * 60 + seconds)
        # No second has more frames: a count beyond its last one is that last one.
        counted = min(int(found[5] or 0), max(0, self.frames - 1))
        frames = counted + Fraction(int(found[6] or 0), self.sub_frames)
        if found[4]:
            return Fraction(f"{whole}.{found[4]}")
        if not self.smpte:
            return whole + frames / self.rate
        # SMPTE time code is a count of frames, and NTSC's drops numbers to keep up with the clock.
        count = whole * self.frames + frames
        if self.drop:
            all_minutes = hours * 60 + minutes
            count -= 2 * (self.frames // 30) * (all_minutes - all_minutes // 10)
        return max(Fraction(0), count / self.rate)


def clock(attributes: Mapping[str, str]) -> Clock:
    """From the root's attributes, by local names; what can't be read counts as not said."""
    rate = _number(attributes.get("frameRate", ""))
    frames = rate or 30
    multiplier = Fraction(1)
    found = _MULTIPLIER.fullmatch(attributes.get("frameRateMultiplier", ""))
    if found and int(found[1]) and int(found[2] or 1):
        multiplier = Fraction(int(found[1]), int(found[2] or 1))
    sub_frames = _number(attributes.get("subFrameRate", "")) or 1
    ticks = _number(attributes.get("tickRate", ""))
    return Clock(
        frames,
        multiplier,
        sub_frames,
        Fraction(ticks or (frames * sub_frames if rate else 1)),
        attributes.get("timeBase") == "smpte",
        attributes.get("dropMode", "").strip() == "dropNTSC",
    )


def _number(text: str) -> int:
    found = _RATE.fullmatch(text)
    return int(found[1]) if found else 0
