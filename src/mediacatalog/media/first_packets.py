"""The first packets of the picture, which tell what headers can't: a variable rate, the end.

Headers lie, so the packets are asked; by the warm child where what it lists agrees with all that
ffprobe said of the file, else by ffprobe.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import TYPE_CHECKING

from mediacatalog.media import ffprobe, tags
from mediacatalog.media.untrusted import Json, items, ratio, text, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SAMPLE_BYTES = 128 * 2**20
"""About how much of the picture is read to tell a variable frame rate."""
UNCOUNTED = frozenset({"matroska,webm", "mpegts", "mpeg", "mxf", "flv", "asf", "ogg"})
"""Containers that needn't count their frames, with times that every libav tells alike."""


def of(
    path: Path,
    head: ffprobe.Header,
    form: Json,
    picture: Json | None,
    listed: Callable[[Path, int, int], list[Json] | None] | None,
) -> tuple[list[Json], bool]:
    """The first packets of the picture, and whether these are all."""
    if picture is None:
        return [], False
    index, count = whole(picture.get("index")) or 0, _sample(form, picture)
    if head.packets is not None:
        found = items(head.packets, str(index))
        return found, len(found) < ffprobe.PACKETS
    tells = whole(picture.get("nb_frames")) or text(form.get("format_name")) in UNCOUNTED
    read = listed(path, index, count) if listed and tells else None
    if read is None or not _agree(read, picture, form, count):
        read = ffprobe.packets(path, index, count, merged=head.merged)
    return read, len(read) < count


def _agree(packets: Sequence[Json], picture: Json, form: Json, count: int) -> bool:
    """Whether they are what ffprobe's header tells of: as many, from its start to its end.

    AVI tells no times, and what libav makes up around B-frames depends on its version: there a film
    without any gap counts.
    """
    pts, number = pts_of(packets), whole(picture.get("nb_frames"))
    unknown = any(whole(one.get("pts")) is None for one in packets)
    if not pts or unknown or (number and len(packets) != min(number, count)):
        return False
    if text(form.get("format_name")) == "avi":
        return pts == list(range(pts[0], pts[0] + len(pts)))
    begins = pts[0] == whole(picture.get("start_pts"))
    return begins and (len(packets) >= count or _ends(pts, picture))


def _ends(pts: Sequence[int], picture: Json) -> bool:
    """Whether the last of these is where the header says that the pictures end."""
    step = (pts[-1] - pts[0]) / max(1, len(pts) - 1)
    length, end = whole(picture.get("duration_ts")), tags.duration(picture)
    time_base = ratio(picture.get("time_base"))
    if length is None and (end is None or time_base is None):
        return False
    claimed = pts[0] + length if length is not None else (end or 0) / (time_base or 1)
    return abs(claimed - pts[-1] - step) <= max(1, step / 2)


def _sample(form: Json, picture: Json) -> int:
    """How many packets to look at: fewer where each is large (ProRes: megabytes a frame)."""
    rate = ratio(picture.get("avg_frame_rate")) or Fraction(25)
    bits = whole(picture.get("bit_rate")) or whole(form.get("bit_rate")) or 0
    if bits <= 0:
        return ffprobe.PACKETS
    return max(150, min(ffprobe.PACKETS, int(SAMPLE_BYTES * 8 * rate / bits)))


def pts_of(packets: Sequence[Json]) -> list[int]:
    """In order; those that an edit list throws away are left out."""
    kept = (one for one in packets if "D" not in text(one.get("flags")))
    found = (whole(one.get("pts")) for one in kept)
    return sorted(one for one in found if one is not None)


def is_variable(packets: Sequence[Json], time_base: Fraction) -> bool:
    """More than 1 % of the steps, and more than two, differ from the usual by over a tenth.

    So it is, too, where two or more of these are a tenth of the time.

    One tick of any clock and one millisecond (WebM, Matroska) are rounding, and don't count. Where
    many packets have no stamp, as in programme streams of MPEG-1, the steps aren't known.
    """
    pts = pts_of(packets)
    if sum(whole(one.get("pts")) is None for one in packets) > len(packets) // 100:
        return False
    steps = sorted(later - earlier for earlier, later in itertools.pairwise(pts))
    steps = [step for step in steps if step > 0]
    if len(steps) < 3:
        return False
    usual = steps[len(steps) // 2]
    slack = max(Fraction(1), Fraction(12, 10000) / time_base, Fraction(usual, 10))
    odd = [step for step in steps if abs(step - usual) > slack]
    return len(odd) > max(2, len(steps) // 100) or (len(odd) > 1 and 10 * sum(odd) > sum(steps))
