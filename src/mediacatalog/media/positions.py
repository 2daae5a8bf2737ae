"""Where frames lie in time: integer stamps that can be trusted, whatever the file says.

Stamps may be missing, shared, run backwards, or leap; what is told here always rises. All of it is
arithmetic of integers, since it is done for every frame.
"""

from __future__ import annotations

import zlib
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from av.video.frame import VideoFrame

ONE_DAY: Final = 86400  # seconds; a gap beyond it is a fault of the time stamps
ESTIMATED: Final = "time stamps are missing; positions are estimated"
JUMPED: Final = "time stamps jump; positions after it are counted on"
MOST_SECONDS: Final = 60  # that one frame may stand
_MOST_STEPS: Final = 4096  # different steps that are told apart
_MOST_JUMPS: Final = 100
LOST: Final = 0.5  # seconds without frames at the end; less is what decoders may hold back
_FARTHEST: Final = 10  # seconds from packet to packet, beyond which a stamp is a fault


@dataclass
class Clock:
    """Positions as they are counted: strictly increasing PTS, in the time base of the stream.

    A frame without a stamp follows the one before at the usual step. One that lies behind by less
    than half a second shares a stamp or jitters, and is put one tick after the one before; one that
    lies farther behind, or a day ahead, begins a new count, and what follows is counted on.
    """

    time_base: Fraction
    rate: Fraction | None
    in_decoding_order: bool = False
    """The file tells only when frames are decoded; they are shown at that time."""
    packed: bool = False
    """Frames come out when they are due, but what libav makes up for when they are shown may be
    wrong: so in AVI, where the B-frames of MPEG-4 were packed with others."""
    even: bool = False
    """The file tells no times: frames follow at `rate`, whatever a packet is said to last."""
    start: int | None = None
    last: int | None = None
    last_duration: int = 0
    last_woven: bool = False
    """Whether the last frame is of two fields."""
    estimated: int = 0
    jumps: list[int] = field(default_factory=list)
    _offset: int = 0
    _until: int = 0
    _steps: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._a_day = int(ONE_DAY / self.time_base)
        self._jitter = int(1 / (2 * self.time_base))
        self._tick = float(self.time_base)

    def place(self, frame: VideoFrame) -> int:
        """The position of the next frame; repairs what is missing or runs backwards."""
        pts = self.stamp(frame)
        if pts is None:
            self.estimated += 1
            pts = self._next() - self._offset
        at = pts + self._offset
        if self.last is None:
            self.start = at
        else:
            at = self._forward(at, self.last)
            step = at - self.last
            if step in self._steps or len(self._steps) < _MOST_STEPS:
                self._steps[step] += 1
        self.last = at
        self.last_duration = frame.duration or 0
        self.last_woven = frame.interlaced_frame
        return at

    def stamp(self, frame: VideoFrame) -> int | None:
        """What the file itself says of a frame's time."""
        if frame.dts is not None and (self.in_decoding_order or self.packed):
            return frame.dts
        return frame.pts

    def _forward(self, at: int, last: int) -> int:
        ahead = at - last
        if 0 < ahead < self._a_day:
            return at
        if -self._jitter < ahead <= 0:  # back in step soon
            return last + 1
        if len(self.jumps) < _MOST_JUMPS:
            self.jumps.append(last)
        following = self._next()
        self._offset += following - at
        return following

    def _next(self) -> int:
        return 0 if self.last is None else self.last + self.usual_step()

    def usual_step(self) -> int:
        """Ticks from one frame to the next: the most frequent, else by the declared rate."""
        if self._steps:
            return max(1, self._steps.most_common(1)[0][0])
        if self.last_duration and not self.even:
            return self.last_duration
        return self._step_by_rate()

    def _step_by_rate(self) -> int:
        return max(1, round(1 / ((self.rate or 25) * self.time_base)))

    def go_on_until(self, last: int, packets: int) -> bool:
        """Lengthen the clip by frames that weren't seen, the last of them at `last`.

        So it is if the file goes on for half a second or more in packets of which no frame came.
        Not where stamps can't be trusted, or lie farther apart than the frames of any film.
        """
        if self.last is None or self.in_decoding_order or self.estimated or self.jumps:
            return False
        if not LOST <= (last - self.last) * self._tick <= packets * _FARTHEST:
            return False
        self._until = last + self.end - self.last
        return True

    def stands_until(self, last: int | None) -> None:
        """Lengthen the clip by frames like its last one, the last of them at `last`."""
        if last is None or self.last is None or self.estimated:
            return
        if 0 < (last + self._offset - self.last) * self._tick <= ONE_DAY:
            self._until = last + self._offset + self.usual_step()

    def ends_by(self, declared: Fraction) -> None:
        """Go by the seconds that the file claims, where nothing else tells how long a frame stands.

        That is so of a picture that is alone, and of a last one without a duration: the others
        may be far apart. Some muxers count from zero though the pictures begin later.
        """
        if self.last is None or self.start is None or self._until:
            return
        length = round(declared / self.time_base)
        until = length if length > self.last else self.start + length
        longest = self.last + round(MOST_SECONDS / self.time_base)
        if self.last == self.start:
            self._until = until if self.end < until <= longest else 0
        elif not self.last_duration:
            self._until = min(self.end, max(until, self.last + self._step_by_rate()))

    @property
    def end(self) -> int:
        """The last position plus its duration. A frame doesn't last longer than a minute."""
        if self.last is None:
            return 0
        if self._until:
            return self._until
        duration = self.last_duration
        usual = self.usual_step()
        steady = self._steps[usual] >= 3
        halved = steady and self.last_woven and abs(2 * duration - usual) <= 1  # of one field only
        untold = steady and duration == 1  # a tick: so in recorders of cameras (DHAV)
        if halved or untold or not 0 < duration * self.time_base <= MOST_SECONDS:
            duration = usual
        return self.last + duration

    def seconds(self, at: int) -> float:
        return (at - (self.start or 0)) * self._tick

    @property
    def variable(self) -> bool:
        """More than 1 % of the steps, and at least two, differ from the usual by over a tenth.

        So it is, too, where a tenth of the time lies in them: a screen that was recorded when it
        changed.
        """
        total = self._steps.total()
        if total < 3:
            return False
        usual = self.usual_step()
        slack = max(1, usual // 10)  # a tick of rounding, and a little jitter
        others = [one for one in self._steps.items() if abs(one[0] - usual) > slack]
        odd = sum(count for _, count in others)
        lasting = sum(step * count for step, count in others)
        every = sum(step * count for step, count in self._steps.items())
        return odd >= 2 and (odd > total / 100 or lasting > every / 10)


def packed(positions: Sequence[int]) -> bytes:
    """All positions of a clip: the differences from one to the next, little-endian, deflated.

    The first is that from zero. A constant rate makes some 10 kB of ten hours.
    """
    steps = np.diff(np.asarray(positions, np.int64), prepend=np.int64(0))
    return zlib.compress(steps.astype("<i8").tobytes(), 6)


def unpacked(data: bytes, most: int = 20_000_000) -> array[int]:
    """The positions that `packed` wrote, in order. Raises ValueError for what it can't have been.

    `most` bounds what a short text may unfold to.
    """
    unfold = zlib.decompressobj()
    try:
        raw = unfold.decompress(data, 8 * most + 1)
    except zlib.error as error:
        raise ValueError(f"an index of frames can't be read: {error}") from error
    if len(raw) > 8 * most or len(raw) % 8 or not unfold.eof:
        raise ValueError("an index of frames is too long, or cut off")
    positions = np.cumsum(np.frombuffer(raw, "<i8"), dtype=np.int64)
    if len(positions) > 1 and int(np.diff(positions).min()) <= 0:
        raise ValueError("an index of frames doesn't rise")
    return array("q", positions.astype("=i8").tobytes())
