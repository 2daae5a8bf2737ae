"""Which frame of a clip is shown at a moment, told by the index that the decode pass made.

Milliseconds count from the first frame that is shown; positions are PTS in the stream's time base.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from mediacatalog.catalog.models import FrameIndex
from mediacatalog.media import positions
from mediacatalog.values import to_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.models import Clip

MILLISECONDS = "1/1000"
"""The time base of positions in what has no frames, or none that were counted yet."""


class Frame(NamedTuple):
    """One frame of a clip."""

    pts: int
    ms: int


class Span(NamedTuple):
    """A moment, or a range without its end; both ends are positions of frames."""

    time_base: str
    start_pts: int
    start_ms: int
    end_pts: int | None
    """None for a moment."""
    end_ms: int | None


def of_clip(session: Session, clip: Clip) -> Sequence[int]:
    """The PTS of every frame in order; empty before the clip was watched through."""
    row = session.get(FrameIndex, clip.id)
    if row is None or not row.packed or clip.start_pts is None or not clip.time_base:
        return ()
    return positions.unpacked(row.packed)


def is_steady(clip: Clip) -> bool:
    """False where the file's stamps jump or are missing, so that positions were counted."""
    odd = {positions.JUMPED, positions.ESTIMATED}
    return not any(one["message"] in odd for one in clip.problems)


def zero(clip: Clip) -> Fraction | None:
    """Seconds of the file's stamps at which its first frame shows; None where it isn't known."""
    if clip.start_pts is None or not clip.time_base:
        return None
    return clip.start_pts * Fraction(clip.time_base)


def ms_of(clip: Clip, pts: int) -> int | None:
    """None where the clip's time base isn't known."""
    if clip.start_pts is None or not clip.time_base:
        return None
    return to_ms(pts, clip.start_pts, Fraction(clip.time_base))


def shown_at(session: Session, clip: Clip, ms: int) -> Frame | None:
    """The frame that is on the screen at a moment, the first or the last one outside of the film.

    None where no frame is known.
    """
    frames = of_clip(session, clip)
    return _at(clip, frames, ms) if frames else None


def exactly(session: Session, clip: Clip, pts: int) -> Frame | None:
    """The frame at this position; None where none begins."""
    frames = of_clip(session, clip)
    place = bisect_left(frames, pts)
    if place == len(frames) or frames[place] != pts:
        return None
    return Frame(pts, ms_of(clip, pts) or 0)


def span(session: Session, clip: Clip, start_ms: int, end_ms: int | None) -> Span:
    """From the frame shown at `start_ms` up to the one that begins at `end_ms` or next after it.

    Where no frames are known (sound alone, a clip that wasn't watched through) the positions are
    the milliseconds themselves.
    """
    frames = of_clip(session, clip)
    if not frames:
        return Span(MILLISECONDS, start_ms, start_ms, end_ms, end_ms)
    first = _at(clip, frames, start_ms)
    if end_ms is None:
        return Span(clip.time_base, first.pts, first.ms, None, None)
    place = bisect_left(frames, end_ms, key=lambda pts: ms_of(clip, pts) or 0)
    if place < len(frames):
        last = Frame(frames[place], ms_of(clip, frames[place]) or 0)
    else:  # the end of the film, where no frame begins
        until = clip.duration_ms or end_ms
        ticks = round(Fraction(until, 1000) / Fraction(clip.time_base))
        last = Frame((clip.start_pts or 0) + ticks, until)
    return Span(clip.time_base, first.pts, first.ms, last.pts, last.ms)


def _at(clip: Clip, frames: Sequence[int], ms: int) -> Frame:
    after = bisect_right(frames, ms, key=lambda pts: ms_of(clip, pts) or 0)
    pts = frames[max(0, after - 1)]
    return Frame(pts, ms_of(clip, pts) or 0)
