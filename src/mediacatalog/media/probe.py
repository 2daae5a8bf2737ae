"""ffprobe's answer, typed: what a file is, with every doubt as a problem that a person reads.

Headers lie, so the packets are asked too: variable frame rate, where the picture really ends, and
the first frame for its colours.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from fractions import Fraction
from typing import TYPE_CHECKING

from mediacatalog.errors import UnreadableMediaError
from mediacatalog.media import (
    aperture,
    combs,
    ffprobe,
    first_packets,
    lengths,
    runner,
    tags,
    transport,
)
from mediacatalog.media.boxes import inner, opened
from mediacatalog.media.sniff import not_footage
from mediacatalog.media.untrusted import Json, child, decimal, items, ratio, text, whole
from mediacatalog.media.upright import STORED, Upright, is_half
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
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from mediacatalog.aperture import Shown

ENTRIES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
ENCRYPTED = "the picture is encrypted: it can't be seen without its key"
MUTED = "the sound is encrypted: it can't be heard without its key"
WIDEST_SAR = 10
MOST_INTERLACED = 31
"""No television has more frames a second of two fields each."""

TEXT_CODECS = frozenset({"subrip", "srt", "mov_text", "ass", "ssa", "webvtt", "text", "ttml"})
HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})
UNSTATED = frozenset({"", "unknown", "unspecified", "reserved"})


def probe(path: Path, listed: Callable[[Path, int, int], list[Json] | None] | None = None) -> Probe:
    """Facts of one file. Raises UnreadableMediaError in words that a person understands.

    `listed` is `Viewer.packets`, which costs no process; its list of the first packets is taken
    where it agrees with all that ffprobe says, otherwise ffprobe is asked for them too.

    A stream that can't be opened is a problem, not an error: what is known of the file is stated.
    """
    if reason := not_footage(path):
        raise UnreadableMediaError(path, reason)
    head = ffprobe.header(path)
    streams, form = items(head.document, "streams"), child(head.document, "format")
    if not streams:
        raise UnreadableMediaError(path, "it holds no streams")
    picture = ffprobe.picture(form, streams)
    packets, all_read = first_packets.of(path, head, form, picture, listed)
    frame = _first_frame(path, head, picture) if picture and not head.refused else {}
    complete = packets if all_read else ()
    duration, source, problems = lengths.duration(path, form, picture, streams, complete)
    problems = [*_doubts(path, head, picture), *problems]
    video = _video(path, form, picture, packets, frame) if picture else None
    if video is not None and video.fields_apart:
        problems.append("its fields are coded apart: each is shown as a picture of half the lines")
    zero = lengths.started(picture) if picture else Fraction(0)
    return Probe(
        container=text(form.get("format_name")) or "unknown",
        byte_count=_size(path),
        duration_ms=duration,
        duration_from=source,
        video=video,
        audio=tuple(_audio(one) for one in streams if one.get("codec_type") == "audio"),
        subtitles=tuple(_subtitle(one) for one in streams if one.get("codec_type") == "subtitle"),
        chapters=tuple(_chapters(head.document, zero)),
        timecode=tags.timecode(form, streams),
        created=tags.created(form, streams),
        camera=tags.camera(form, streams),
        location=tags.location(form, streams),
        tags=tags.of(form),
        problems=tuple(Problem("probe", one) for one in problems),
        raw=head.raw,
        tool=runner.tool_version("ffprobe"),
    )


def begins(found: Probe) -> Fraction | None:
    """Seconds of the file's stamps at which players begin: where its first stream does."""
    return decimal(child(json.loads(found.raw or b"{}"), "format").get("start_time"))


def merged(found: Probe) -> bool:
    """Whether the picture goes on under another PID, and libav has to be told so (`transport`)."""
    return transport.MERGED in json.loads(found.raw or b"{}")


def _first_frame(path: Path, head: ffprobe.Header, picture: Json) -> Json:
    index = whole(picture.get("index")) or 0
    if head.frame is not None and whole(head.frame.get("stream_index")) == index:
        return head.frame
    return ffprobe.first_frame(path, index)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise UnreadableMediaError(path, error.strerror or "can't be read") from error


def _doubts(path: Path, head: ffprobe.Header, picture: Json | None) -> Iterator[str]:
    if head.refused:
        yield head.refused
    streams, form = items(head.document, "streams"), child(head.document, "format")
    locked = _locked(path, form, streams)
    if "audio" in locked:
        yield MUTED
    if picture is None:
        yield "no video stream"
        return
    if text(picture.get("codec_name")) in UNSTATED:
        yield f"the codec of the picture isn't known ({text(picture.get('codec_tag_string'))})"
    if not whole(picture.get("width")) or not whole(picture.get("height")):
        yield "the size of the picture isn't known"
    if "video" in locked:
        yield ENCRYPTED
    if _sar(picture)[1]:
        yield f"it claims pixels of {text(picture.get('sample_aspect_ratio'))}; taken as square"


def _locked(path: Path, form: Json, streams: Sequence[Json]) -> set[str]:
    """Kinds of streams, `video` and `audio`, that are encrypted.

    By the sample entries of MP4 (ISO/IEC 14496-12, 8.12), or the key that Matroska names (RFC 9559,
    5.1.4.1.31.9).
    """
    found = {text(one.get("codec_type")) for one in streams if "enc_key_id" in child(one, "tags")}
    if "mov" in text(form.get("format_name")).split(","):
        with opened(path) as file:
            kinds = {kind for kind, _, _ in inner(file, ENTRIES)}
        found |= {name for kind, name in ((b"encv", "video"), (b"enca", "audio")) if kind in kinds}
    return found


# --- the picture ----------------------------------------------------------------------------------


def _shown(path: Path, form: Json, stream: Json) -> Shown | None:
    width, height = whole(stream.get("width")), whole(stream.get("height"))
    number = re.fullmatch("0x([0-9a-f]{1,8})", text(stream.get("id")))
    if not width or not height:
        return None
    track = int(number[1], 16) if number else 0
    return aperture.of(path, text(form.get("format_name")), track, (width, height))


def _order(path: Path, form: Json, stream: Json, rate: Fraction | None) -> combs.Order | None:
    """Of fields of which the file doesn't tell, by what a third of it on is seen."""
    height = whole(stream.get("height"))
    silent = text(stream.get("codec_name")) in combs.SILENT
    if not silent or height not in combs.HEIGHTS or not rate or rate > MOST_INTERLACED:
        return None
    length = decimal(stream.get("duration")) or decimal(form.get("duration")) or Fraction(0)
    start = length / 3 if length * 1000 <= lengths.ABSURD_MS else Fraction(0)
    return combs.order(path, whole(stream.get("index")) or 0, height, start)


def _video(
    path: Path, form: Json, stream: Json, packets: Sequence[Json], frame: Json
) -> VideoFacts:
    shown = _shown(path, form, stream)
    width, height = whole(stream.get("width")) or 0, whole(stream.get("height")) or 0
    sar, rotation = _sar(stream)[0], _rotation(stream)
    fields_apart = frame.get("interlaced_frame") == 1 and stream.get("codec_name") == "hevc"
    clean = shown.aperture if shown else None
    if shown is not None and shown.sar is not None:
        sar = shown.sar
    shown_width, shown_height = (clean.width, clean.height) if clean else (width, height)
    shown_width = round(shown_width * sar)
    if fields_apart and is_half(shown_width, shown_height):
        shown_height *= 2
    if rotation in (90, 270):
        shown_width, shown_height = shown_height, shown_width
    time_base = ratio(stream.get("time_base")) or Fraction(1, 1000)
    transfers = (text(one.get("color_transfer")) for one in (frame, stream))
    transfer = next((one for one in transfers if one not in UNSTATED), None)
    pixels = text(stream.get("pix_fmt")) or text(frame.get("pix_fmt"))
    pts = first_packets.pts_of(packets)
    start = whole(stream.get("start_pts"))
    interlaced = text(stream.get("field_order")) in ("tt", "bb", "tb", "bt")
    interlaced = interlaced or frame.get("interlaced_frame") == 1
    rate = _frame_rate(stream, interlaced=interlaced)
    order = None if interlaced else _order(path, form, stream, rate)
    return VideoFacts(
        index=whole(stream.get("index")) or 0,
        codec=text(stream.get("codec_name")) or "unknown",
        profile=text(stream.get("profile")) or None,
        width=width,
        height=height,
        display_width=shown_width,
        display_height=shown_height,
        rotation=rotation,
        sar=sar,
        pixel_format=pixels or None,
        bit_depth=_bit_depth(stream, pixels),
        transfer=transfer,
        hdr=transfer in HDR_TRANSFERS,
        interlaced=interlaced or order is not None,
        frame_rate=rate,
        variable_frame_rate=first_packets.is_variable(packets, time_base),
        time_base=time_base,
        start_pts=start if start is not None else (pts[0] if pts else 0),
        clean_aperture=clean,
        field_order=order,
        fields_apart=fields_apart,
    )


def _frame_rate(stream: Json, *, interlaced: bool) -> Fraction | None:
    """In frames, also where each field of H.264 is a packet and counted by ffprobe as one.

    A mean above the rate at which all stamps can lie is one of fields, as in GXF.
    """
    rate, most = ratio(stream.get("avg_frame_rate")), ratio(stream.get("r_frame_rate"))
    rate = most if rate is None or (most and rate == 2 * most) else rate
    if rate is None or not interlaced or stream.get("codec_name") != "h264":
        return rate
    return rate / 2 if MOST_INTERLACED < rate <= 2 * MOST_INTERLACED else rate


def _sar(stream: Json) -> tuple[Fraction, bool]:
    """Sample aspect, and whether the file's claim was too odd to be believed."""
    claimed = ratio(stream.get("sample_aspect_ratio"), ":")
    if claimed is None:
        return Fraction(1), False
    if not Fraction(1, WIDEST_SAR) <= claimed <= WIDEST_SAR:
        return Fraction(1), True
    return claimed, False


def _rotation(stream: Json) -> int:
    """Degrees clockwise to show it upright; ffprobe counts a display matrix the other way round.

    A picture that is only mirrored isn't turned, though ffprobe says so of half of these.
    """
    for side in items(stream, "side_data_list"):
        turned = whole(side.get("rotation"))
        if turned is not None:
            degrees = round(-turned / 90) * 90 % 360
            return 0 if degrees == 180 and _is_mirrored(side) else degrees
    return round((whole(child(stream, "tags").get("rotate")) or 0) / 90) * 90 % 360


def _is_mirrored(side: Json) -> bool:
    """By the determinant of the matrix."""
    a, b, c, d = _matrix(side)
    return a * d < b * c


def _matrix(side: Json) -> tuple[int, int, int, int]:
    """Its first two columns and rows; ffprobe prints it as a dump of nine numbers."""
    rows = re.findall(r":\s*(-?\d{1,12})\s+(-?\d{1,12})", text(side.get("displaymatrix")))
    if len(rows) < 2:
        return 1, 0, 0, 1
    (a, b), (c, d) = ((int(one), int(other)) for one, other in rows[:2])
    return a, b, c, d


def upright(found: Probe) -> Upright:
    """How ffmpeg brings the picture upright: `VideoFacts.rotation` knows of no mirrors."""
    index = found.video.index if found.video else None
    streams = items(json.loads(found.raw or b"{}"), "streams")
    sides = (items(one, "side_data_list") for one in streams if one.get("index") == index)
    matrices = (side for those in sides for side in those if "displaymatrix" in side)
    return next((Upright.by(*_matrix(side)) for side in matrices), STORED)


def _bit_depth(stream: Json, pixels: str) -> int | None:
    """Of one component. Only pixel formats of more than eight bits end in a byte order."""
    stated = whole(stream.get("bits_per_raw_sample"))
    if stated:
        return stated
    if re.search(r"(rgb|bgr|rgba|bgra)(48|64)[lb]e$", pixels):
        return 16
    found = re.search(r"(9|10|12|14|16)[lb]e$", pixels)
    return int(found[1]) if found else (8 if pixels else None)


# --- the other streams ----------------------------------------------------------------------------


def _audio(stream: Json) -> AudioFacts:
    return AudioFacts(
        index=whole(stream.get("index")) or 0,
        codec=text(stream.get("codec_name")) or "unknown",
        channels=whole(stream.get("channels")) or 0,
        sample_rate=whole(stream.get("sample_rate")) or 0,
        language=tags.language(stream),
        is_default=child(stream, "disposition").get("default") == 1,
    )


def _subtitle(stream: Json) -> SubtitleFacts:
    disposition, own = child(stream, "disposition"), child(stream, "tags")
    kind = "subtitle"
    if disposition.get("hearing_impaired") == 1 or disposition.get("captions") == 1:
        kind = "caption"
    elif disposition.get("descriptions") == 1:
        kind = "description"
    title = text(own.get("title") or own.get("handler_name"))
    codec = text(stream.get("codec_name")) or "unknown"
    return SubtitleFacts(
        index=whole(stream.get("index")) or 0,
        codec=codec,
        language=tags.language(stream),
        kind=kind,
        text=codec in TEXT_CODECS,
        title=title if title and title != "SubtitleHandler" else None,
        forced=disposition.get("forced") == 1,
        sdh=disposition.get("hearing_impaired") == 1,
    )


def _chapters(document: Json, zero: Fraction) -> Iterator[Chapter]:
    """Their times count from the first frame."""
    for one in items(document, "chapters")[:10_000]:
        start, end = decimal(one.get("start_time")), decimal(one.get("end_time"))
        if start is None or end is None:
            continue
        first = max(0, round((start - zero) * 1000))
        yield Chapter(
            Ms(first),
            Ms(max(first, round((end - zero) * 1000))),
            text(child(one, "tags").get("title")),
        )


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
        "clean_aperture": asdict(video.clean_aperture) if video.clean_aperture else None,
        "field_order": video.field_order,
    }
