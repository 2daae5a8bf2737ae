"""A proxy: a copy of a master that any browser plays, frame for frame at the master's own times.

H.264 and AAC in an MP4 that plays from its first byte, a key frame every second, 1080 lines at
most, upright, with square pixels, in the colours of an ordinary screen. **Time**: a frame's time
stamp is the master's less `start_pts`, an exact integer in the master's time base, so that 0 is the
first frame that the catalogue knows. No frame is added or dropped. There are no B-frames, so that
no edit list is needed to say when a frame shows.

ffmpeg makes it, and lists the time stamp of each frame as it came out of the master; the finished
file is then read back and must hold exactly these.
"""

from __future__ import annotations

import errno
import hashlib
import mmap
from array import array
from bisect import bisect_left
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from mediacatalog.errors import ToolFailedError, ToolMissingError, UnreadableMediaError
from mediacatalog.media import leaks, mp4, runner
from mediacatalog.media import probe as probing
from mediacatalog.media import proxy_recipe as recipe
from mediacatalog.media.proxy_recipe import (
    MARK,
    NAME,
    PROGRESS,
    RECIPE,
    SEEN,
    Master,
    Plan,
    most_bytes,
)
from mediacatalog.values import PictureFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from mediacatalog.media.playable import Way
    from mediacatalog.values import Probe

__all__ = ["NAME", "RECIPE", "Master", "Proxy", "make", "most_bytes"]

SAME_SECONDS = Fraction(1, 1000)
"""After a jump of the master's stamps, the catalogue and ffmpeg may count on a tick apart."""
LONGER_MS = 100
"""A part may be longer than its frames: what a coder of sound fills its last block with."""
_REFRESH = 5
"""Type of H.264's units of a picture after which none refers to one before it (IDR)."""
MOST_ASTRAY = Fraction(5, 100)
"""Of the positions that the catalogue names; with more of them missing, times can't be trusted."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A finished and verified proxy. `notes` are what a person should know of it."""

    file: PictureFile
    way: Way
    frames: int
    notes: tuple[str, ...] = ()


class _RefusedError(Exception):
    """This way doesn't lead to a proxy; the text says why."""


class _FailedError(_RefusedError):
    """ffmpeg gave up; it may go on without the sound."""


def make(
    master: Master,
    way: Way,
    into: Path,
    *,
    most_seconds: float,
    progress: Callable[[float], None],
) -> Proxy:
    """`proxy.mp4` in the empty folder `into`, by `copy` or `encode`; nothing else is left there.

    Where copying gives no exact times, the pictures are coded anew; where these change their size
    and the times jump, by filters that stay; where the sound can't be read, the proxy is silent.
    `progress` is told the part that is done; what it raises ends the work.
    Raises UnreadableMediaError when the master gives none that can be trusted, OSError when the
    disk is full, ToolMissingError.
    """
    refused = ""
    failed: bool | None = None  # how coding anew ended: ffmpeg gave up, or its file is refused
    for plan in recipe.plans(master, way, most_seconds):
        if failed is not None and failed == plan.held:
            continue
        try:
            done = _attempt(master, plan, into, progress)
        except _RefusedError as error:
            _clear(into)
            refused = str(error)
            if plan.way == "encode":
                failed = isinstance(error, _FailedError)
            continue
        if master.probe.audio and plan.sound is None:
            silent = f"the proxy is silent: its sound can't be read: {refused}"
            return replace(done, notes=(silent, *done.notes))
        return done
    raise UnreadableMediaError(master.path, f"no proxy: {refused}")


def _attempt(master: Master, plan: Plan, into: Path, progress: Callable[[float], None]) -> Proxy:
    def beat() -> None:
        progress(_part_done(into / PROGRESS, master.duration_ms))

    try:
        done = runner.run(
            "ffmpeg",
            recipe.arguments(master, plan, into),
            reads=(master.path,),
            writes=into,
            limits=plan.limits,
            beat=beat,
        )
    except ToolMissingError:
        raise
    except ToolFailedError as error:
        raise _RefusedError(error.reason) from error
    if done.returncode:
        if "No space left on device" in done.stderr:
            raise OSError(errno.ENOSPC, "the disk is full")
        raise _FailedError(done.reason)
    return _verified(master, plan, into)


def _clear(into: Path) -> None:
    for name in (NAME, SEEN, PROGRESS, MARK):
        (into / name).unlink(missing_ok=True)


def _part_done(path: Path, duration_ms: int) -> float:
    """How far ffmpeg says that it is, 0 to 1."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4096))
            said = file.read()
    except OSError:
        return 0.0
    times = [line[12:] for line in said.splitlines() if line.startswith(b"out_time_us=")]
    if not times or not times[-1].isdigit() or not duration_ms:
        return 0.0
    return min(1.0, int(times[-1]) / 1000 / duration_ms)


# --- verified after writing -----------------------------------------------------------------------


def _verified(master: Master, plan: Plan, into: Path) -> Proxy:
    """Read the file back: codecs, size, every time stamp, and that nothing private is in it."""
    path = into / NAME
    seen = _seen(into / SEEN, master.time_base)
    for name in (SEEN, PROGRESS, MARK):
        (into / name).unlink(missing_ok=True)
    try:
        found = probing.probe(path)
    except UnreadableMediaError as error:
        raise _RefusedError(f"the finished file can't be read: {error.reason}") from error
    _check_streams(found, plan)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            boxes = mp4.boxes(data)
            track = mp4.tracks(data, boxes)[0]
            begins = plan.way == "encode" or _begins_anew(data, track)
        except (ValueError, IndexError) as error:
            raise _RefusedError(f"the finished file is wrong: {error}") from error
        digest = hashlib.sha256(data).hexdigest()
    tops = [box.path for box in boxes if "/" not in box.path]
    if tops.index("moov") > tops.index("mdat"):
        raise _RefusedError("the finished file can't be played from its first byte")
    if not begins:
        raise _RefusedError("its pictures, copied, can't be sought")
    _check_times(master, plan, track, seen)
    if master.end_pts is not None and (found.duration_ms or 0) > master.duration_ms + LONGER_MS:
        raise _RefusedError("the finished part is longer than what it is to show")
    if private := leaks.found_in(path, master.probe.raw):
        raise _RefusedError(f"the finished file holds {', '.join(private[:3])}; it is thrown away")
    size = (found.video.display_width, found.video.display_height) if found.video else plan.size
    file_made = PictureFile(NAME, digest, path.stat().st_size, *size)
    return Proxy(file_made, plan.way, len(seen), tuple(_astray(master, seen)))


def _seen(path: Path, base: Fraction) -> array[int]:
    """Time stamps of the frames as they came out of the master, in the master's time base."""
    stamps = array("q")
    unit = base
    try:
        with path.open(encoding="ascii") as lines:
            for line in lines:
                if line.startswith("#tb 0:"):
                    unit = Fraction(line[6:].strip())
                elif not line.startswith("#"):
                    exact = int(line.split(",")[2]) * unit / base
                    if exact.denominator != 1:
                        raise _RefusedError("a frame's time isn't exact")
                    stamps.append(exact.numerator)
    except (OSError, ValueError, IndexError) as error:
        raise _RefusedError("ffmpeg didn't say which frames it saw") from error
    if not stamps:
        raise _RefusedError("not one frame could be decoded")
    found = array("q", sorted(stamps))
    if found[0] != 0:
        raise _RefusedError("ffmpeg and the catalogue give its first frame different times")
    return found


def _check_streams(found: Probe, plan: Plan) -> None:
    video = found.video
    if video is None or video.codec != "h264" or video.pixel_format not in ("yuv420p", "yuvj420p"):
        raise _RefusedError("the finished file isn't H.264 of eight bits and 4:2:0")
    if plan.way == "encode" and (video.display_width, video.display_height) != plan.size:
        raise _RefusedError(f"the finished picture is {video.display_width}×{video.display_height}")
    wanted = [] if plan.sound is None else ["aac"]
    if [one.codec for one in found.audio] != wanted or found.subtitles or found.chapters:
        raise _RefusedError("the finished file holds other tracks than it should")


def _begins_anew(data: mmap.mmap, track: mp4.Track) -> bool:
    """Whether nothing before a key frame is needed after it, from the first sample on.

    Of open groups of pictures only type 6 tells where decoding can begin, and it was left out:
    browsers then throw away all that follows a jump.
    """
    keys = list(track.keys)
    return keys[:1] == [0] and all(_REFRESH in mp4.units_of(data, track, key) for key in keys)


def _check_times(master: Master, plan: Plan, track: mp4.Track, seen: Sequence[int]) -> None:
    """Every frame that was seen, at its time, and no other; key frames a second apart."""
    base = master.time_base
    if track.timescale != base.denominator:
        raise _RefusedError(f"times can't be kept in units of {base} s")
    shown = sorted(track.shown)
    if len(shown) != len(seen):
        raise _RefusedError(f"{len(seen)} frames were read and {len(shown)} written")
    if any(one != other * base.numerator for one, other in zip(shown, seen, strict=True)):
        raise _RefusedError("the finished frames have other times than the master's")
    if plan.way == "copy":
        if len(set(shown)) != len(shown):
            raise _RefusedError("its pictures can't be copied with exact times")
        if any(_missing(master, seen, slack=Fraction(0))):
            raise _RefusedError("its pictures, copied, don't lie where the catalogue has them")
        return
    apart = [track.shown[key] for key in track.keys]
    longest = max(later - one for one, later in pairwise([*apart, shown[-1]]))
    widest = max((later - one for one, later in pairwise(shown)), default=0)
    if longest > max(track.timescale, recipe.GOP_SECONDS * track.timescale + widest):
        raise _RefusedError("its key frames are more than a second apart")


def _missing(master: Master, seen: Sequence[int], slack: Fraction = SAME_SECONDS) -> Iterator[bool]:
    """True for each position that the catalogue names and at which the proxy has no frame."""
    ticks = slack / master.time_base
    for position in master.positions:
        wanted = position - master.start_pts
        at = bisect_left(seen, wanted)
        if not any(abs(one - wanted) <= ticks for one in seen[max(0, at - 1) : at + 1]):
            yield True


def _astray(master: Master, seen: Sequence[int]) -> Iterator[str]:
    """Where the proxy and the catalogue disagree about time. Raises _RefusedError for too much."""
    missing, named = sum(_missing(master, seen)), len(master.positions)
    if missing > named * MOST_ASTRAY:
        raise _RefusedError(f"{missing} of {named} positions of the catalogue aren't in it")
    if missing:
        yield f"the proxy lacks {missing} frames at which the catalogue has shots or stills"
