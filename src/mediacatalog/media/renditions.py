"""A rendition for an outsider: a film of the pictures and the sound alone, and stills out of it.

It is made as a proxy is: coded anew or copied unit by unit, read back, and searched for whatever
the master tells of itself. Stills are cut out of the finished film: none shows more than it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediacatalog.errors import ToolFailedError, ToolMissingError, UnreadableMediaError
from mediacatalog.media import leaks, proxy, runner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mediacatalog.media.playable import Way
    from mediacatalog.media.proxy import Master
    from mediacatalog.values import PictureFile

FILM = proxy.NAME
MOST_STILLS = 12
STILL_WIDTH = 640
STILL_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Rendition:
    film: PictureFile
    stills: int
    """`still-1.jpg` and so on."""


def still_name(number: int) -> str:
    return f"still-{number}.jpg"


def make(
    master: Master,
    way: Way,
    private: Sequence[str],
    into: Path,
    *,
    most_seconds: float,
    progress: Callable[[float], None],
) -> Rendition:
    """The film and its stills in the empty folder `into`.

    Raises UnreadableMediaError when the master gives none, or one that tells anything `private`;
    OSError when the disk is full, ToolMissingError.
    """
    made = proxy.make(master, way, into, most_seconds=most_seconds, progress=progress)
    stills = _stills(master, into)
    hidden = leaks.values(master.probe.raw) + leaks.named(private)
    for name in (FILM, *map(still_name, range(1, stills + 1))):
        if told := leaks.told_in(into / name, hidden):
            raise UnreadableMediaError(master.path, f"no rendition: it would tell {told[0]}")
    return Rendition(made.file, stills)


def _stills(master: Master, into: Path) -> int:
    """Cut the frames out that stand for its shots; how many there are."""
    base = master.time_base.numerator
    wanted = sorted({one - master.start_pts for one in master.positions} | {0})
    if len(wanted) > MOST_STILLS:
        step = len(wanted) / MOST_STILLS
        wanted = [wanted[int(number * step)] for number in range(MOST_STILLS)]
    chosen = "+".join(f"eq(pts,{one * base})" for one in wanted)
    pattern = runner.file_url(into).replace("%", "%%") + "/still-%d.jpg"
    try:
        done = runner.run(
            "ffmpeg",
            [
                *runner.input_options("ffmpeg"),
                *("-i", runner.file_url(into / FILM), "-an", "-sn", "-map_metadata", "-1"),
                *("-vf", f"select='{chosen}',scale='min({STILL_WIDTH},iw)':-2"),
                *("-fps_mode", "passthrough", "-flags:v", "+bitexact", "-q:v", "3"),
                *("-f", "image2", pattern),
            ],
            reads=(into / FILM,),
            writes=into,
            limits=runner.Limits(wall_seconds=STILL_SECONDS, cpu_seconds=STILL_SECONDS),
        )
    except ToolMissingError:
        raise
    except ToolFailedError as error:
        raise UnreadableMediaError(master.path, f"no stills: {error.reason}") from error
    count = len(list(into.glob("still-*.jpg")))
    if done.returncode or not count:
        raise UnreadableMediaError(master.path, f"no stills: {done.reason}")
    return count
