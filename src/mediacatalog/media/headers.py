"""What the headers of a plain MP4 say, in ffprobe's words and shapes. For the decoder child only.

`plain` says of which files libav's versions agree, and `viewing.Viewer.headers` asks for no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from av.error import FFmpegError
from av.stream import Disposition

from mediacatalog.media import runner
from mediacatalog.media.frames import (
    Faults,
    Opened,
    UndecodableError,
    decoded,
    decoder_name,
    open_file,
    packets,
)

if TYPE_CHECKING:
    from fractions import Fraction

    from av.audio.stream import AudioStream
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

    from mediacatalog.media.untrusted import Json


MOST_PACKETS: Final = 3000
_LARGEST_SHAPE: Final = 4096
_TRANSFERS: Final = dict(
    enumerate(
        "reserved bt709 unknown reserved bt470m bt470bg smpte170m smpte240m linear log100 log316 "
        "iec61966-2-4 bt1361e iec61966-2-1 bt2020-10 bt2020-12 smpte2084 smpte428 "
        "arib-std-b67".split()
    )
)
"""By the numbers of ISO/IEC 23091-2, as libav calls them."""
_FIELDS: Final = ("unknown", "progressive", "tt", "bb", "tb", "bt")
_MICROSECONDS: Final = 1_000_000
_REPLACED: Final = "\ufffd"


def headers(footage: int) -> Json:
    """The file's document and its first packets. Raises UndecodableError where ffprobe may differ.

    The document is of the form of `ffprobe -show_format -show_streams -show_chapters`, a packet
    (PTS, whether an edit list throws it away), the frame that of `-show_frames`.
    """
    opened = open_file(footage, patient=True)
    with opened.container as container:
        if opened.video is None or opened.cover is not None:
            raise UndecodableError("it isn't one stream of pictures")
        whole = {
            "format_name": container.format.name,
            "duration": _seconds(container.duration, 1 / _MICROSECONDS),
            "bit_rate": f"{container.bit_rate}",
            "tags": _tags(container.metadata),
        }
        document = {
            "format": _known(whole),
            "streams": [_stream(one) for one in container.streams],
            "chapters": [],
        }
        if container.chapters():
            raise UndecodableError("it has chapters")
        frame, seen = _first(opened, opened.video)
        return {"document": document, "frame": frame, "packets": seen, "tool": decoder_name()}


def _known(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}


def _seconds(ticks: int | None, tick: float) -> str | None:
    """As ffprobe prints it, from the same product of doubles."""
    return None if ticks is None else f"{ticks * tick:.6f}"


def _ratio(one: Fraction | None, sign: str = "/") -> str | None:
    return f"{one.numerator}{sign}{one.denominator}" if one else None


def _tags(metadata: dict[str, str]) -> dict[str, str]:
    if any(_REPLACED in one for one in (*metadata, *metadata.values())):
        raise UndecodableError("a tag is no UTF-8")
    return dict(metadata)


def _stream(stream: Stream) -> Json:
    context, base = stream.codec_context, stream.time_base
    if context is None or base is None or context.codec.canonical_name not in runner.CODECS:
        raise UndecodableError("a stream has no decoder that may be opened")
    try:
        context.open(strict=False)  # ffprobe refuses a file of which it can't open a stream
    except (FFmpegError, OSError, ValueError) as error:
        raise UndecodableError("a stream can't be opened") from error
    shared = {
        "index": stream.index,
        "codec_name": context.codec.canonical_name,
        "profile": context.profile,
        "codec_type": stream.type,
        "time_base": _ratio(base),
        "start_pts": stream.start_time,
        "duration_ts": stream.duration,
        "duration": _seconds(stream.duration, base.numerator / base.denominator),
        "nb_frames": f"{stream.frames}" if stream.frames else None,
        "disposition": {
            one.name: int(bool(stream.disposition & one)) for one in Disposition if one.name
        },
        "tags": _tags(stream.metadata),
    }
    if stream.type == "video":
        return _known(shared | _picture(cast("VideoStream", stream)))
    if stream.type != "audio":
        raise UndecodableError("a stream is neither pictures nor sound")
    sound = cast("AudioStream", stream)
    return _known(shared | {"sample_rate": f"{sound.sample_rate}", "channels": sound.channels})


def _picture(stream: VideoStream) -> Json:
    context = stream.codec_context
    if context.profile is None or context.pix_fmt is None:
        raise UndecodableError("a profile or a pixel format isn't known")
    shape = stream.sample_aspect_ratio
    if shape and max(shape.numerator, shape.denominator) > _LARGEST_SHAPE:
        raise UndecodableError("its pixels have a shape that versions round differently")
    return {
        "width": context.width,
        "height": context.height,
        "sample_aspect_ratio": _ratio(shape, ":"),
        "pix_fmt": context.pix_fmt,
        "field_order": _FIELDS[int(context.field_order)],
        "color_transfer": _transfer(context.color_trc),
        "avg_frame_rate": _ratio(stream.average_rate),
        "r_frame_rate": _ratio(stream.base_rate),
        "bit_rate": f"{context.bit_rate}" if context.bit_rate else None,
    }


def _transfer(number: int) -> str:
    if number not in _TRANSFERS:
        raise UndecodableError("its transfer isn't known")
    return _TRANSFERS[number]


def _first(opened: Opened, stream: VideoStream) -> tuple[Json, list[tuple[int | None, bool]]]:
    """What the first packet's frame says, and the packets. As ffprobe, which decodes only that."""
    faults = Faults()
    frame: Json = {}
    seen: list[tuple[int | None, bool]] = []
    for packet in packets(opened, [stream], faults):
        if not packet.size:
            break
        if not seen:
            frame = _frame(cast("Packet[VideoStream]", packet), stream)
        seen.append((packet.pts, packet.is_discard))
        if len(seen) == MOST_PACKETS:
            break
    if faults.broke_off or faults.lost_count or not seen:
        raise UndecodableError("it can't be read to its end")
    return frame, seen


def _frame(packet: Packet[VideoStream], stream: VideoStream) -> Json:
    if any(one.data_type.startswith("encryption") for one in packet.iter_sidedata()):
        raise UndecodableError("it is encrypted")
    faults = Faults()
    found = decoded(packet, faults) or stream.codec_context.decode(None)
    if faults.lost_count or not found:
        raise UndecodableError("its first packet gives no picture")
    return {
        "stream_index": stream.index,
        "pix_fmt": found[0].format.name,
        "interlaced_frame": int(found[0].interlaced_frame),
        "color_transfer": _transfer(found[0].color_trc),
    }
