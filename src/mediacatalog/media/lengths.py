"""How long a file lasts, by which of its claims, and which of these contradict each other."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import TYPE_CHECKING

from mediacatalog.media import ffprobe, first_packets, runner, tags
from mediacatalog.media.untrusted import Json, decimal, ratio, text, whole
from mediacatalog.values import Ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

ABSURD_MS = 30 * 24 * 3600 * 1000
"""A month: no single recording is longer, but headers claim billions of seconds."""
DISAGREE = Fraction(2, 100)
SLACK_SECONDS = Fraction(1, 5)
"""Durations that differ by less say nothing: sound is padded to whole blocks."""
COARSE = "dhav"
"""Recorders of cameras count whole seconds of the clock."""
OUTLASTS = Fraction(1)
"""So long sound goes on behind the last picture, in clips of phones and messengers."""


def started(picture: Json) -> Fraction:
    """Seconds of the file's stamps at which its first frame shows."""
    return (whole(picture.get("start_pts")) or 0) * (ratio(picture.get("time_base")) or Fraction(0))


def duration(
    path: Path,
    form: Json,
    picture: Json | None,
    streams: Sequence[Json],
    packets: Sequence[Json],
) -> tuple[Ms | None, str | None, list[str]]:
    """How long it is, by which source, and where the sources disagree.

    `packets` are all of the picture's, or none. When no header tells, the whole file is read.
    """
    main = picture or next((one for one in streams if one.get("codec_type") == "audio"), {})
    claims = {
        "video stream": _positive(picture.get("duration")) if picture else None,
        "container": _positive(form.get("duration")),
        "duration tag": tags.duration(main),
    }
    if text(form.get("format_name")) in {*runner.BARE, COARSE}:
        claims = {}
    problems = [
        f"the {name} claims {float(seconds):.0f} s, which can't be"
        for name, seconds in claims.items()
        if seconds is not None and seconds * 1000 > ABSURD_MS
    ]
    sane = {
        name: seconds
        for name, seconds in claims.items()
        if seconds is not None and seconds * 1000 <= ABSURD_MS
    }
    begins, last = _last_packet(picture, packets) or (None, None)
    if not sane and last is None:
        last = ffprobe.span(path, whole(main.get("index")) or 0)
    if last is not None and last * 1000 <= ABSURD_MS:
        start = started(main)
        claimed = sane.get("video stream", sane.get("container", last))
        if start > SLACK_SECONDS and not _differ(claimed, last + start):
            sane = {}  # a part of a stream, or Matroska: counted from its zero
        sane["last packet"] = last
    if not sane:
        return None, None, problems
    name, chosen = next(iter(sane.items()))
    problems += _disagreements(sane, streams, begins)
    return Ms(round(chosen * 1000)), name, problems


def _disagreements(
    sane: dict[str, Fraction], streams: Sequence[Json], begins: Fraction | None
) -> Iterator[str]:
    """`begins` is when the last frame does; how long that one stands, only the header may know."""
    name, chosen = next(iter(sane.items()))
    container, last = sane.get("container"), sane.get("last packet")
    outlasted = container is not None and _differ(chosen, container, OUTLASTS)
    if container is not None and name == "video stream" and outlasted:
        sound = _longest(streams, "audio")
        if sound is not None and not _differ(sound, container):
            yield f"the picture lasts {float(chosen):.2f} s, the sound {float(sound):.2f} s"
        elif not _is_text_longest(streams, container):
            yield f"the picture lasts {float(chosen):.2f} s, the file {float(container):.2f} s"
    if last is None or not _differ(chosen, last) or (begins or last) <= chosen <= last:
        return
    # A container without durations of its streams may rightly go on after the last frame.
    others = name == "container" and (
        _longest(streams, "audio") is not None or _is_text_longest(streams, chosen)
    )
    if not others or last > chosen:
        yield f"its header says {float(chosen):.2f} s, its last frame ends at {float(last):.2f} s"


def _differ(one: Fraction, other: Fraction, slack: Fraction = SLACK_SECONDS) -> bool:
    return abs(one - other) > max(min(one, other) * DISAGREE, slack)


def _longest(streams: Sequence[Json], kind: str) -> Fraction | None:
    """Seconds that the longest stream of a kind claims."""
    own = [one for one in streams if one.get("codec_type") == kind]
    claims = [_positive(one.get("duration")) or tags.duration(one) for one in own]
    return max((one for one in claims if one is not None), default=None)


def _is_text_longest(streams: Sequence[Json], container: Fraction) -> bool:
    """Whether captions or data explain the container's duration: nobody misses anything then."""
    claims = [_longest(streams, kind) for kind in ("subtitle", "data")]
    return any(one is not None and not _differ(one, container) for one in claims)


def _positive(value: object) -> Fraction | None:
    found = decimal(value)
    return found if found is not None and found > 0 else None


def _last_packet(picture: Json | None, packets: Sequence[Json]) -> tuple[Fraction, Fraction] | None:
    """Seconds from the first frame shown to the last one, and to its end by the usual step.

    Of one or two packets that isn't known.
    """
    pts, time_base = first_packets.pts_of(packets), ratio((picture or {}).get("time_base"))
    if len(pts) < 3 or time_base is None:
        return None
    start = whole((picture or {}).get("start_pts"))
    first = pts[0] if start is None or start > pts[-1] else max(pts[0], start)
    steps = sorted(later - earlier for earlier, later in itertools.pairwise(pts))
    step = steps[len(steps) // 2]
    return (pts[-1] - first) * time_base, (pts[-1] + step - first) * time_base
