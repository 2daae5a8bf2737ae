"""ffprobe's answer, typed. Every field of it may be missing or of a wrong kind.

Two runs: one for format, streams and chapters, one that reads packets of the first minutes for what
headers lie about (variable frame rate, last time stamp) and the first frame for its colours.
"""

from __future__ import annotations

import itertools
import json
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mediacatalog.errors import (
    NotFootageError,
    ToolFailedError,
    ToolTimedOutError,
    UnreadableMediaError,
)
from mediacatalog.media import runner, tags
from mediacatalog.media.sniff import not_footage
from mediacatalog.values import (
    AudioFacts,
    Chapter,
    Ms,
    Probe,
    Problem,
    SubtitleFacts,
    VideoFacts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LIMITS = runner.Limits(wall_seconds=60, cpu_seconds=45, memory_bytes=4 * 2**30)
PACKETS = 3000
"""Packets of the picture that are looked at to tell a variable frame rate."""
ABSURD_MS = 30 * 24 * 3600 * 1000
"""A month: no single recording is longer, but headers claim billions of seconds."""
DISAGREE = 0.02

TEXT_CODECS = frozenset({"subrip", "srt", "mov_text", "ass", "ssa", "webvtt", "text", "ttml"})
HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})
Json = dict[str, Any]


def probe(path: Path) -> Probe:
    """Facts of one file.

    Raises NotFootageError for what only has the name of a video, UnreadableMediaError when ffprobe
    gives nothing; both in words that a person understands.
    """
    if reason := not_footage(path):
        raise NotFootageError(path, reason)
    done = _ffprobe(path, ["-show_format", "-show_streams", "-show_chapters"])
    document = _parsed(path, done)
    streams = [one for one in _list(document, "streams") if isinstance(one, dict)]
    form = _dict(document, "format")
    picture = next((one for one in streams if _is_picture(one)), None)
    packets = _packets(path, _int(picture.get("index")) or 0) if picture else {}
    video = _video(picture, packets) if picture else None
    duration, source, problems = _duration(form, picture, streams, packets)
    if done.returncode:
        problems.append(Problem("probe", _understandable(done)))
    if picture is None:
        problems.append(Problem("probe", "no video stream"))
    elif not picture.get("codec_name") or picture["codec_name"] == "unknown":
        problems.append(Problem("probe", "the codec of the picture isn't known"))
    return Probe(
        container=_text(form.get("format_name")) or "unknown",
        byte_count=path.stat().st_size,
        duration_ms=duration,
        duration_from=source,
        video=video,
        audio=tuple(_audio(one) for one in streams if one.get("codec_type") == "audio"),
        subtitles=tuple(_subtitle(one) for one in streams if one.get("codec_type") == "subtitle"),
        chapters=_chapters(document),
        timecode=tags.timecode(form, streams),
        created=tags.created(form, streams),
        camera=tags.camera(form, streams),
        location=tags.location(form, streams),
        tags=tags.of(form),
        problems=tuple(problems),
        raw=done.stdout,
        tool=runner.tool_version("ffprobe"),
    )


def _ffprobe(path: Path, asked: Sequence[str]) -> runner.Completed:
    arguments = [*runner.input_options("ffprobe"), "-of", "json=c=1", *asked, runner.file_url(path)]
    try:
        return runner.run("ffprobe", arguments, limits=LIMITS)
    except ToolTimedOutError as error:
        raise UnreadableMediaError(path, f"reading its header took too long ({error})") from error
    except ToolFailedError as error:
        if error.returncode is None and "printed more" in error.reason:
            raise UnreadableMediaError(path, "its header is unreasonably large") from error
        raise


def _understandable(done: runner.Completed) -> str:
    """What ffprobe said, with the usual cases in plain words before it."""
    said, line = done.stderr, done.reason
    for sign, words in (
        ("moov atom not found", "no index (moov): the file is cut off or was never finished"),
        ("exceeds specified max pixel", "its pictures are larger than is allowed here"),
        ("not on whitelist", "its format or codec isn't allowed here"),
        ("Invalid data found", "not a video that can be read"),
        ("Invalid argument", "not a video that can be read"),
        ("Cannot allocate memory", "it asks for more memory than one file may have"),
        ("End of file", "it ends before its header does"),
    ):
        if sign in said:
            return f"{words} (ffprobe: {_plain(line.rsplit(': ', 1)[-1])})"
    return _plain(line)


def _plain(line: str) -> str:
    """Without the addresses in memory that ffmpeg puts before its words."""
    return re.sub(r"\[(\S+) @ 0x[0-9a-f]+\] ", r"\1: ", line)


def _parsed(path: Path, done: runner.Completed) -> Json:
    """Raises UnreadableMediaError unless there is at least one stream, whatever the exit code."""
    try:
        document = json.loads(done.stdout or b"{}")
    except (json.JSONDecodeError, RecursionError) as error:
        raise UnreadableMediaError(path, _understandable(done)) from error
    if not isinstance(document, dict) or not _list(document, "streams"):
        reason = _understandable(done) if done.returncode else "it holds no streams"
        raise UnreadableMediaError(path, reason)
    return document


# --- small readers of untrusted JSON --------------------------------------------------------------


def _list(document: Json, name: str) -> list[Any]:
    found = document.get(name)
    return found if isinstance(found, list) else []


def _dict(document: Json, name: str) -> Json:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return runner.escaped(str(value)).strip() if isinstance(value, str | int | float) else ""


def _int(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _fraction(value: object, sign: str = "/") -> Fraction | None:
    try:
        above, _, below = str(value).partition(sign)
        found = Fraction(int(above), int(below or 1))
    except (ValueError, ZeroDivisionError):
        return None
    return found if found > 0 else None


def _seconds(value: object) -> Fraction | None:
    try:
        found = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None
    return found if found > 0 else None


def _is_picture(stream: Json) -> bool:
    disposition = stream.get("disposition")
    attached = isinstance(disposition, dict) and disposition.get("attached_pic") == 1
    return stream.get("codec_type") == "video" and not attached


# --- the picture ----------------------------------------------------------------------------------


def _packets(path: Path, index: int) -> Json:
    """Time stamps of the first packets of the picture, and facts of its first frame.

    Faults of the tool count as "not known": the facts of the header stand.
    """
    try:
        stamps = _ffprobe(
            path,
            [
                *("-select_streams", str(index), "-show_entries", "packet=pts,duration"),
                *("-read_intervals", f"%+#{PACKETS}"),
            ],
        ).stdout
    except (UnreadableMediaError, ToolFailedError):
        stamps = b"{}"
    entries = "frame=color_transfer,interlaced_frame,pix_fmt"
    try:
        frame = _ffprobe(
            path,
            [
                *("-select_streams", str(index), "-show_frames", "-show_entries", entries),
                *("-read_intervals", "%+#1"),
            ],
        ).stdout
    except (UnreadableMediaError, ToolFailedError):
        frame = b"{}"
    found: Json = {}
    for raw in (stamps, frame):
        try:
            found |= json.loads(raw or b"{}")
        except (json.JSONDecodeError, TypeError, RecursionError):
            continue
    return found


def _pts(packets: Json) -> list[int]:
    found = (_int(one.get("pts")) for one in _list(packets, "packets") if isinstance(one, dict))
    return sorted(one for one in found if one is not None)


def _is_variable(pts: Sequence[int], time_base: Fraction) -> bool:
    """From packet stamps; steps that differ by less than a coarse clock's rounding don't count.

    One millisecond is such rounding (WebM and Matroska), as is one tick of any clock.
    """
    steps = sorted(later - earlier for earlier, later in itertools.pairwise(pts))
    steps = [step for step in steps if step > 0]
    if len(steps) < 3:
        return False
    middle = steps[len(steps) // 2]
    tolerance = max(Fraction(1), Fraction(12, 10000) / time_base, Fraction(middle, 50))
    odd = sum(abs(step - middle) > tolerance for step in steps)
    return odd > max(1, len(steps) // 50)


def _video(stream: Json, packets: Json) -> VideoFacts:
    width, height = _int(stream.get("width")) or 0, _int(stream.get("height")) or 0
    sar = _fraction(stream.get("sample_aspect_ratio"), ":") or Fraction(1)
    rotation = _rotation(stream)
    shown_width, shown_height = round(width * sar), height
    if rotation in (90, 270):
        shown_width, shown_height = shown_height, shown_width
    time_base = _fraction(stream.get("time_base")) or Fraction(1, 1000)
    first = next((one for one in _list(packets, "frames") if isinstance(one, dict)), {})
    transfer = _text(first.get("color_transfer")) or _text(stream.get("color_transfer"))
    pts = _pts(packets)
    start = _int(stream.get("start_pts"))
    return VideoFacts(
        index=_int(stream.get("index")) or 0,
        codec=_text(stream.get("codec_name")) or "unknown",
        profile=_text(stream.get("profile")) or None,
        width=width,
        height=height,
        display_width=shown_width,
        display_height=shown_height,
        rotation=rotation,
        sar=sar,
        pixel_format=_text(stream.get("pix_fmt")) or None,
        bit_depth=_bit_depth(stream),
        transfer=None if transfer in ("", "unknown") else transfer,
        hdr=transfer in HDR_TRANSFERS,
        interlaced=_text(stream.get("field_order")) in ("tt", "bb", "tb", "bt")
        or first.get("interlaced_frame") == 1,
        frame_rate=_fraction(stream.get("avg_frame_rate")) or _fraction(stream.get("r_frame_rate")),
        variable_frame_rate=_is_variable(pts, time_base),
        time_base=time_base,
        start_pts=start if start is not None else (pts[0] if pts else 0),
    )


def _rotation(stream: Json) -> int:
    """Degrees clockwise to show it upright; ffprobe counts a display matrix the other way round."""
    for side in _list(stream, "side_data_list"):
        if isinstance(side, dict) and side.get("rotation") is not None:
            turned = _int(side["rotation"])
            if turned is not None:
                return round(-turned / 90) * 90 % 360
    own = stream.get("tags")
    turned = _int(own.get("rotate")) if isinstance(own, dict) else None
    return round((turned or 0) / 90) * 90 % 360


def _bit_depth(stream: Json) -> int | None:
    stated = _int(stream.get("bits_per_raw_sample"))
    if stated:
        return stated
    pixels = _text(stream.get("pix_fmt"))
    for depth in (9, 10, 12, 14, 16):
        if f"p{depth}" in pixels or f"y{depth}" in pixels or pixels.endswith(f"{depth}le"):
            return depth
    return 8 if pixels else None


# --- the other streams ----------------------------------------------------------------------------


def _audio(stream: Json) -> AudioFacts:
    return AudioFacts(
        index=_int(stream.get("index")) or 0,
        codec=_text(stream.get("codec_name")) or "unknown",
        channels=_int(stream.get("channels")) or 0,
        sample_rate=_int(stream.get("sample_rate")) or 0,
        language=tags.language(stream),
    )


def _subtitle(stream: Json) -> SubtitleFacts:
    given = stream.get("disposition")
    disposition = given if isinstance(given, dict) else {}
    kind = "subtitle"
    if disposition.get("hearing_impaired") == 1 or disposition.get("captions") == 1:
        kind = "caption"
    elif disposition.get("descriptions") == 1:
        kind = "description"
    own = stream.get("tags")
    title = _text(own.get("title") or own.get("handler_name")) if isinstance(own, dict) else ""
    codec = _text(stream.get("codec_name")) or "unknown"
    return SubtitleFacts(
        index=_int(stream.get("index")) or 0,
        codec=codec,
        language=tags.language(stream),
        kind=kind,
        text=codec in TEXT_CODECS,
        title=title if title and title != "SubtitleHandler" else None,
    )


def _chapters(document: Json) -> tuple[Chapter, ...]:
    found = []
    for one in _list(document, "chapters")[:10_000]:
        if not isinstance(one, dict):
            continue
        try:
            start, end = (Fraction(str(one[name])) for name in ("start_time", "end_time"))
        except (KeyError, ValueError, ZeroDivisionError):
            continue
        own = one.get("tags")
        title = _text(own.get("title")) if isinstance(own, dict) else ""
        found.append(Chapter(Ms(max(0, round(start * 1000))), Ms(max(0, round(end * 1000))), title))
    return tuple(found)


# --- duration -------------------------------------------------------------------------------------


def _duration(
    form: Json, picture: Json | None, streams: Sequence[Json], packets: Json
) -> tuple[Ms | None, str | None, list[Problem]]:
    """How long it is, by which source, and whether the sources agree."""
    named: list[tuple[str, Fraction]] = []
    for name, value in (
        ("video stream", picture.get("duration") if picture else None),
        ("container", form.get("duration")),
        ("duration tag", _duration_tag(picture or (streams[0] if streams else {}))),
        ("last packet", _last_packet(picture, packets)),
    ):
        seconds = _seconds(value)
        if seconds is not None:
            named.append((name, seconds))
    problems = [
        Problem("probe", f"the {name} claims {float(seconds):.0f} s, which can't be")
        for name, seconds in named
        if seconds * 1000 > ABSURD_MS
    ]
    sane = [(name, seconds) for name, seconds in named if seconds * 1000 <= ABSURD_MS]
    if not sane:
        return None, None, problems
    name, chosen = sane[0]
    for other, seconds in sane[1:2]:
        if abs(seconds - chosen) > max(chosen * Fraction(2, 100), Fraction(1, 2)):
            problems.append(
                Problem(
                    "probe",
                    f"{name} and {other} disagree: {float(chosen):.2f} s, {float(seconds):.2f} s",
                )
            )
    return Ms(round(chosen * 1000)), name, problems


def _duration_tag(stream: Json) -> str | None:
    """Matroska's `DURATION` tag, `00:00:10.240000000`, as seconds."""
    own = stream.get("tags")
    if not isinstance(own, dict):
        return None
    value = next((str(own[key]) for key in own if str(key).upper().startswith("DURATION")), "")
    try:
        hours, minutes, seconds = value.split(":")
        return str(int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds))
    except (ValueError, ZeroDivisionError):
        return None


def _last_packet(picture: Json | None, packets: Json) -> str | None:
    """End of the last packet, when all of them were looked at."""
    pts = _pts(packets)
    if picture is None or not pts or len(_list(packets, "packets")) >= PACKETS:
        return None
    time_base = _fraction(picture.get("time_base"))
    step = pts[-1] - pts[-2] if len(pts) > 1 else 0
    return str((pts[-1] + step - pts[0]) * time_base) if time_base else None


# --- the contract ---------------------------------------------------------------------------------


def as_json(found: Probe) -> dict[str, object]:
    """What `mediacatalog probe FILE --json` prints."""
    return {
        "container": found.container,
        "bytes": found.byte_count,
        "duration_ms": found.duration_ms,
        "duration_from": found.duration_from,
        "video": _video_json(found.video) if found.video else None,
        "audio": [
            {
                "codec": one.codec,
                "channels": one.channels,
                "sample_rate": one.sample_rate,
                "language": one.language,
            }
            for one in found.audio
        ],
        "subtitles": [
            {"codec": one.codec, "language": one.language, "kind": one.kind, "text": one.text}
            for one in found.subtitles
        ],
        "chapters": [
            {"start_ms": one.start_ms, "end_ms": one.end_ms, "title": one.title}
            for one in found.chapters
        ],
        "timecode": found.timecode,
        "created": [
            {"value": one.value, "source": one.source, "zone": one.zone} for one in found.created
        ],
        "camera": {
            "make": found.camera.make if found.camera else None,
            "model": found.camera.model if found.camera else None,
            "serial": found.camera.serial if found.camera else None,
        },
        "location": {
            "lat": found.location.lat,
            "lon": found.location.lon,
            "source": found.location.source,
        }
        if found.location
        else None,
        "tags": found.tags,
        "problems": [one.message for one in found.problems],
    }


def _video_json(video: VideoFacts) -> dict[str, object]:
    rate = video.frame_rate
    return {
        "codec": video.codec,
        "profile": video.profile,
        "width": video.width,
        "height": video.height,
        "display_width": video.display_width,
        "display_height": video.display_height,
        "rotation": video.rotation,
        "sar": f"{video.sar.numerator}:{video.sar.denominator}",
        "pixel_format": video.pixel_format,
        "bit_depth": video.bit_depth,
        "transfer": video.transfer,
        "hdr": video.hdr,
        "interlaced": video.interlaced,
        "frame_rate": f"{rate.numerator}/{rate.denominator}" if rate else None,
        "variable_frame_rate": video.variable_frame_rate,
        "time_base": f"{video.time_base.numerator}/{video.time_base.denominator}",
        "start_pts": video.start_pts,
    }
