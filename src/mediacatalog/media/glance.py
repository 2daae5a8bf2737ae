"""The quick look: a few I-frames, for something to see within seconds. Decoder child only."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from av.error import FFmpegError

from mediacatalog.media.board import Board
from mediacatalog.media.frames import (
    Faults,
    Opened,
    UndecodableError,
    clock_of,
    decoded,
    frames,
    nothing,
    open_file,
    packets,
)
from mediacatalog.media.passes import NO_VIDEO, Answer
from mediacatalog.media.planes import Sampler, full_range
from mediacatalog.media.spans import is_black
from mediacatalog.media.stills import POSTER_SIDE, Lab, Tray, cover_of, fit, jpeg, sharpness

if TYPE_CHECKING:
    from fractions import Fraction

    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from mediacatalog.media.positions import Clock

QUICK_SECONDS: Final = 1.2  # of looking; opening and writing come on top
QUICK_CELLS: Final = 40
_CLOSEST = 2.0  # seconds from cell to cell
_LONG = 60  # seconds of clip beyond which the look jumps from place to place


@dataclass
class _Glance:
    """What a few I-frames show: a coarse storyboard, and the best of them as the poster."""

    lab: Lab
    board: Board
    clock: Clock
    into: Tray
    sampler: Sampler = field(default_factory=Sampler)
    seen: int = 0
    best: tuple[float, bytes, tuple[int, int]] | None = None

    def frame(self, at: int, frame: VideoFrame) -> None:
        self.seen += 1
        self.board.add(at, self.clock.seconds(at), self.lab.sight(frame))
        self.consider(frame)

    def consider(self, frame: VideoFrame) -> None:
        """Is this a better poster?"""
        black = self.is_black(frame)
        quality = (sharpness(frame) + 0.1) / (1000 if black or frame.is_corrupt else 1)
        if self.best is None or quality > 1.2 * self.best[0]:
            sight = self.lab.sight(frame)
            size = fit(sight.width, sight.height, POSTER_SIDE)
            self.best = quality, jpeg(self.lab.picture(sight, size)), size

    def is_black(self, frame: VideoFrame) -> bool:
        return is_black(self.sampler.planes(frame).luma, full_range=full_range(frame))

    @property
    def dark(self) -> bool:
        """Nothing but black so far."""
        return self.best is None or self.best[0] < 0.1

    def answer(self, end: int) -> Answer:
        poster = None
        if self.best is not None:
            _, data, (width, height) = self.best
            name = "quick-poster.jpg"
            self.into.put(name, data)
            poster = {"name": name, "width": width, "height": height}
        clock = self.clock
        start = clock.start or 0
        board = self.board.write(start, end, clock.time_base)
        time_base = [clock.time_base.numerator, clock.time_base.denominator]
        return {
            "time_base": time_base,
            "start": start,
            "end": end,
            "poster": poster,
            "storyboard": board,
            "problems": [],
        }


def quick_look(footage: int, into: Tray) -> Answer:
    """I-frames only, and few of them. Raises UndecodableError if not one can be decoded."""
    opened = open_file(footage, passed_over="nokey")
    with opened.container:
        if opened.video is None:
            return _without_video(opened, into)
        stream, clock = opened.video, clock_of(opened.video)
        declared = opened.plausible_seconds
        lab = Lab.of(opened, stream)
        apart = max(_CLOSEST, float(declared) / QUICK_CELLS) if declared else 0.5
        board = Board(lab, into, apart, adaptive=True, prefix="quick-")
        glance = _Glance(lab, board, clock, into)
        until = time.monotonic() + QUICK_SECONDS
        if declared and declared > _LONG:
            _jump_through(opened, stream, glance, declared, until)
    faults = Faults()
    if not glance.seen:
        _read_on(footage, glance, faults, until)
    if glance.dark:
        _look_for_light(footage, glance, faults)
    if not glance.seen:
        raise UndecodableError(nothing(stream, faults))
    ticks = int((declared or 0) / clock.time_base)
    return glance.answer(max(clock.end, (clock.start or 0) + ticks))


def _without_video(opened: Opened, into: Tray) -> Answer:
    return {
        "time_base": [1, 1000],
        "start": 0,
        "end": 0,
        "poster": cover_of(opened, into, "quick-poster.jpg"),
        "storyboard": None,
        "problems": [(NO_VIDEO, None, None)],
    }


def _read_on(footage: int, glance: _Glance, faults: Faults, until: float) -> None:
    """Read the file from its start and show the key frames on the way."""
    opened = open_file(footage, passed_over="nokey")
    with opened.container:
        if (stream := opened.video) is None:
            return
        clock, board = glance.clock, glance.board
        for packet in packets(opened, [stream], faults):
            stamp = packet.dts if packet.pts is None else packet.pts
            begun = stamp is not None and clock.start is not None
            unwanted = begun and not board.wants(clock.seconds(stamp or 0))
            # What isn't shown isn't decoded. VP8's decoder must be spared the others, too.
            if packet.size and (unwanted or not packet.is_keyframe):
                continue
            faults.packets += packet.size > 0
            for frame in decoded(cast("Packet[VideoStream]", packet), faults, opened):
                at = clock.place(frame)
                if board.wants(clock.seconds(at)):
                    glance.frame(at, frame)
            if time.monotonic() > until:
                return


def _jump_through(
    opened: Opened, stream: VideoStream, glance: _Glance, declared: Fraction, until: float
) -> None:
    """Show the key frames at regular places of a long file; the rest of it isn't read."""
    clock = glance.clock
    base = stream.start_time or 0
    seen: set[int] = set()
    for number in range(QUICK_CELLS):
        place = base + int(declared * number / QUICK_CELLS / clock.time_base)
        frame = _frame_near(opened, stream, place)
        if frame is None or frame.pts is None or frame.pts in seen:
            continue
        if clock.last is not None and frame.pts <= clock.last:
            continue
        seen.add(frame.pts)
        glance.lab.follow(frame, stream)
        glance.frame(clock.place(frame), frame)
        if time.monotonic() > until:
            return


def _frame_near(opened: Opened, stream: VideoStream, place: int) -> VideoFrame | None:
    """The key frame at or before `place`."""
    try:
        opened.seek(place)
        for tried, packet in enumerate(opened.container.demux(stream)):
            for frame in decoded(packet, Faults(), opened):
                return frame
            if packet.is_keyframe:  # drain it, or the decoder waits for frames that come later
                for frame in opened.drain(stream):
                    return frame
            if tried > 500:
                return None
    except (FFmpegError, OSError, ValueError):
        return None  # another place may do
    return None


def _look_for_light(footage: int, glance: _Glance, faults: Faults) -> None:
    """All key frames are black, or there are none: decode on, for a poster that shows something."""
    until = time.monotonic() + QUICK_SECONDS
    opened = open_file(footage)
    with opened.container:
        if (stream := opened.video) is None:
            return
        for frame, _ in frames(opened, stream, faults):
            if not glance.seen:
                glance.frame(glance.clock.place(frame), frame)
            elif not glance.is_black(frame):
                glance.consider(frame)
            if time.monotonic() > until or not glance.dark:
                return
