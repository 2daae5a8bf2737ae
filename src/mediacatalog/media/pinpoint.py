"""One frame, at a position that the decode pass told. Decoder child only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from av.error import FFmpegError

from mediacatalog.media.frames import (
    Faults,
    Opened,
    UndecodableError,
    clock_of,
    decoded,
    frames,
    nothing,
    open_file,
)
from mediacatalog.media.passes import NO_VIDEO, Answer
from mediacatalog.media.stills import POSTER_QUALITY, POSTER_SIDE, Lab, Tray, fit, jpeg

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

NAME = "pinned.jpg"


def still(footage: int, into: Tray, pts: int, *, steady: bool) -> Answer:
    """Put out the picture at `pts`; raises UndecodableError if there is none.

    Where the file's stamps are `steady`, positions are its own and can be sought. Else they were
    counted from the first frame on, and are counted again.
    """
    for find in (_sought, _counted) if steady else (_counted,):
        opened = open_file(footage, deblocked=True)
        with opened.container:
            if opened.video is None:
                raise UndecodableError(NO_VIDEO)
            if find is _sought and clock_of(opened.video).in_decoding_order:
                continue
            lab = Lab.of(opened, opened.video)
            frame = find(opened, opened.video, lab, pts)
            if frame is not None:
                return _told(lab, frame, pts, into)
    raise UndecodableError(f"there is no frame at {pts}")


def _told(lab: Lab, frame: VideoFrame, pts: int, into: Tray) -> Answer:
    sight = lab.sight(frame)
    width, height = fit(sight.width, sight.height, POSTER_SIDE)
    into.put(NAME, jpeg(lab.picture(sight, (width, height)), POSTER_QUALITY))
    return {"name": NAME, "width": width, "height": height, "pts": pts}


def _sought(opened: Opened, stream: VideoStream, lab: Lab, pts: int) -> VideoFrame | None:
    """By a jump to a key frame before it; None if it isn't met on the way, or is damaged."""
    assert stream.time_base is not None  # noqa: S101 - `_counted` says so in words
    # A second earlier: the frames right behind a jump may lack what they refer to.
    place = max(stream.start_time or 0, pts - int(1 / stream.time_base))
    clock = clock_of(stream)
    try:
        opened.seek(place)
        for packet in opened.container.demux(stream):
            for frame in decoded(packet, Faults(), opened):
                lab.follow(frame, stream)
                at = clock.stamp(frame)
                if at is None or at > pts:
                    return None
                if at == pts:
                    return None if frame.is_corrupt else frame
    except (FFmpegError, OSError, ValueError):
        return None
    return None


def _counted(opened: Opened, stream: VideoStream, lab: Lab, pts: int) -> VideoFrame | None:
    """As the decode pass met it: frame after frame from the first."""
    clock, faults = clock_of(stream), Faults()
    for frame, _ in frames(opened, stream, faults):
        lab.follow(frame, stream)
        at = clock.place(frame)
        if at >= pts:
            return frame if at == pts else None
    if clock.last is None:
        raise UndecodableError(nothing(stream, faults))
    return None
