"""Frames out of a file, in order, with positions that can be trusted. For the decoder child only.

It opens the given descriptor and nothing else; no other module opens footage with PyAV.
"""

from __future__ import annotations

import errno
import os
import re
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias, cast, overload

import av
import cv2
import numpy as np
from av.codec.context import CodecContext, Flags
from av.error import FFmpegError
from av.stream import Disposition
from av.video.reformatter import VideoReformatter

from mediacatalog.media import aperture, runner
from mediacatalog.media.cutting import Cutter
from mediacatalog.media.positions import Clock
from mediacatalog.media.shot_features import CHROMA_SIZE, LUMA_SIZE, Planes

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator, Sequence

    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.plane import VideoPlane
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

Samples: TypeAlias = "NDArray[np.uint8 | np.uint16]"
Passed: TypeAlias = Literal["default", "noref", "nokey"]
"""No frames, those that no other refers to, or all but key frames."""

MAX_PIXELS: Final = 8192 * 4352
OPEN_SECONDS: Final = 30.0
READ_SECONDS: Final = 60.0

_COMMENTS = 0x81  # type of a header of Theora
_FAR_APART = 5  # lines from one sample of the plane to the next: those between can be left out

_SEEN_THROUGH: Final = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that know of the second picture by which WebM tells what is transparent (AlphaMode)."""

_PLANAR = re.compile(r"yuva?j?4(?:20|22|44|40|11|10)p(?:(9|10|12|14|16)le)?$")
_GRAY = re.compile(r"gray(?:(9|10|12|14|16)le)?$")


class UndecodableError(Exception):
    """The decoder refused the file; the text is its reason, in one line."""


# --- opening --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """An open file. `video` is the moving pictures shown, `cover` the first attached picture."""

    container: InputContainer
    video: VideoStream | None
    cover: VideoStream | None
    byte_count: int
    decoder: VideoCodecContext | None = None
    """Of the pictures, where it isn't the stream's own."""
    cutter: Cutter | None = None
    """Where the pictures have a clean aperture."""

    @property
    def declared_seconds(self) -> Fraction | None:
        """What the headers say; never to be believed without a look at the frames."""
        stream = self.video
        if self.container.format.name in runner.BARE:
            return None
        if stream is not None and stream.duration and stream.time_base and stream.duration > 0:
            return stream.duration * stream.time_base
        if stream is not None and (tagged := _tagged_seconds(stream.metadata)):
            return tagged
        whole = self.container.duration
        return Fraction(whole, av.time_base) if whole and whole > 0 else None

    def seek(self, place: int) -> None:
        """Go to the key frame at or before a position of the pictures."""
        self.container.seek(place, stream=self.video)
        if self.decoder is not None:
            self.decoder.flush_buffers()

    def decode(self, packet: Packet[VideoStream]) -> list[VideoFrame]:
        """What comes out for a packet, as it is to be seen."""
        if self.decoder is None:
            return self._cut(packet.decode())
        return self._cut(self.decoder.decode(packet if packet.size else None))

    def drain(self, stream: VideoStream) -> list[VideoFrame]:
        """What the decoder still has, as if the pictures ended here."""
        return self._cut((self.decoder or stream.codec_context).decode(None))

    def _cut(self, found: list[VideoFrame]) -> list[VideoFrame]:
        return [self.cutter.applied(one) for one in found] if self.cutter else found

    @property
    def slack(self) -> float:
        """Seconds by which the declared duration may exceed the pictures without a fault.

        Some muxers count from zero although the pictures begin later; a container's duration is
        that of its longest stream, and sound may go on a little.
        """
        stream = self.video
        if stream is None or stream.time_base is None:
            return 0.0
        late = float((stream.start_time or 0) * stream.time_base)
        own = stream.duration or _tagged_seconds(stream.metadata)
        others = len(self.container.streams) > 1 and not own
        return max(0.0, late) + (1.0 if others else 0.0)

    @property
    def plausible_seconds(self) -> Fraction | None:
        """The declared duration if the file could hold that much (500 bits a second or more)."""
        declared = self.declared_seconds
        return declared if declared and self.byte_count * 8 >= 500 * declared else None


def _tagged_seconds(metadata: dict[str, str]) -> Fraction | None:
    """Matroska's DURATION tag of a stream: `00:00:03.021000000`."""
    text = next((value for key, value in metadata.items() if key.upper() == "DURATION"), "")
    found = re.fullmatch(r"(\d{1,6}):(\d{2}):(\d{2}(?:\.\d{1,9})?)", text.strip())
    if not found:
        return None
    hours, minutes, seconds = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)


def open_file(
    footage: int, *, threads: int = 1, passed_over: Passed = "default", deblocked: bool = False
) -> Opened:
    """Open what a descriptor stands for, from its start; it stays open, and is the caller's.

    `passed_over` names the frames that aren't decoded; dav1d wants to know when it is opened. With
    `deblocked` every frame is fit to be seen, also those that no other refers to.
    Raises UndecodableError if no demuxer of the allow-list takes it.
    """
    av.logging.set_level(av.logging.ERROR)  # only now: the reason stands in the log
    os.lseek(footage, 0, os.SEEK_SET)  # libav takes a duplicate, which shares the place
    try:
        container = av.open(
            "fd:",
            metadata_errors="replace",
            timeout=(OPEN_SECONDS, READ_SECONDS),
            options={
                "format_whitelist": ",".join(runner.FORMATS),
                "codec_whitelist": ",".join(runner.CODECS),
                "fd": str(footage),
                "protocol_whitelist": "fd",
                "max_pixels": str(MAX_PIXELS),
                "max_streams": str(runner.MAX_STREAMS),
            },
        )
    except (FFmpegError, OSError, ValueError) as error:
        raise UndecodableError(reason(error)) from error
    covers = [s for s in container.streams.video if s.disposition & Disposition.attached_pic]
    video = _shown(container)
    own = cutter = None
    if video is not None:
        own = start_decoder(video, threads, passed_over, deblocked=deblocked)
        cutter = _cutter(footage, video)
    byte_count = os.fstat(footage).st_size
    return Opened(container, video, covers[0] if covers else None, byte_count, own, cutter)


def _shown(container: InputContainer) -> VideoStream | None:
    """The moving pictures that players show: of MP4 and MOV the first track that is enabled."""
    moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if "mov" in container.format.name.split(","):
        moving = [s for s in moving if s.disposition & Disposition.default] or moving
    return moving[0] if moving else None


def _cutter(footage: int, video: VideoStream) -> Cutter | None:
    size = video.width, video.height
    try:
        found = aperture.of_descriptor(footage, video.container.format.name, video.id, size)
    except OSError:
        return None
    return None if found is None else Cutter(found, video)


def start_decoder(
    stream: VideoStream, threads: int, passed_over: Passed, *, deblocked: bool
) -> VideoCodecContext | None:
    """Open the decoder now, so that a refused codec or size is told by its name.

    Returns it where it isn't the stream's own: libav's VP8 and VP9 leave transparency out.
    """
    context = stream.codec_context
    if context is None:
        raise UndecodableError("no decoder for the video's codec")
    through = _SEEN_THROUGH.get(context.name) if stream.metadata.get("alpha_mode") == "1" else None
    if through is not None:
        context = cast("VideoCodecContext", CodecContext.create(through, "r"))
    context.flags |= Flags.unaligned  # a crop on the left is a crop to the sample
    context.thread_type = "AUTO"
    context.thread_count = threads
    context.options = {
        "codec_whitelist": ",".join(runner.CODECS),
        "max_pixels": str(MAX_PIXELS),
        # Frames that no other refers to aren't deblocked: 11 % of the cost of H.264. Pictures are
        # chosen among the others.
        "skip_loop_filter": "default" if deblocked else "noref",
        "skip_frame": passed_over,
    }
    try:
        context.open(strict=False)
    except (FFmpegError, OSError, ValueError) as error:
        raise UndecodableError(reason(error)) from error
    return context if through else None


def reason(error: BaseException, *, logged: bool = True) -> str:
    """One line of what libav said, without addresses, paths or call signatures.

    `logged` is False while the log is off: the last message is then an old one.
    """
    log = getattr(error, "log", None) if logged else None
    said = str(log[2]).strip() if isinstance(log, tuple) and len(log) == 3 else ""
    if found := re.match(r"Codec \((\S+)\) not on whitelist", said):
        return f"the codec {found[1]} isn't among those that are decoded here"
    if found := re.match(r"Format not on whitelist", said):
        return "the container isn't among those that are read here"
    if found := re.match(r"Picture size (\d+x\d+) exceeds", said):
        return f"pictures of {found[1]} pixels are too large"
    if said == "moov atom not found":
        return "can't be read: it has no index (moov), or isn't a video at all"
    general = getattr(error, "strerror", None) or type(error).__name__
    if getattr(error, "errno", None) == errno.EPERM:  # decoders that answer -1 mean nothing by it
        general = "Invalid data found when processing input"
    text = f"can't be read: {said or general}"
    return "".join(c if c.isprintable() else " " for c in text)[:300]


# --- frames ---------------------------------------------------------------------------------------


class Beside(Protocol):
    """What takes the packets of another stream in the same pass."""

    @property
    def stream(self) -> AudioStream: ...

    def take(self, packet: Packet[AudioStream]) -> None: ...


@dataclass(slots=True)
class Faults:
    """What went wrong while reading; `lost` holds the positions of packets that gave no picture."""

    packets: int = 0
    lost: list[int] = field(default_factory=list)
    lost_count: int = 0
    why: str = ""
    broke_off: str = ""
    stamps: array[int] | None = None
    """Where it is given, takes the position of every packet that is to be shown."""
    latest: int | None = None
    """The highest position of a packet that is to be shown."""
    fruitless: int = 0
    """Packets since the last frame that came out: at the end of the file, those of none."""
    barren: int = 0
    """The most packets in a row of which no frame came out, since that was last asked."""
    hidden: int = 0
    """Packets that an edit list leaves out."""
    stands_until: int | None = None
    """The position of the last packet by which the picture before it stays."""


def packets(opened: Opened, streams: Sequence[Stream], faults: Faults) -> Iterator[Packet[Stream]]:
    """Packets of some streams in the order of the file, then an empty one of each.

    The end comes when nothing more can be read; `faults` says if that was too early.
    """
    av.logging.set_level(None)  # a damaged file has thousands of messages
    source = opened.container.demux(*streams)
    while True:
        try:
            packet = next(source, None)
        except IndexError:  # PyAV doesn't know a stream that began after the file was opened
            source = opened.container.demux(*streams)
            continue
        except (FFmpegError, OSError, ValueError) as error:
            faults.broke_off = reason(error, logged=False)
            return
        if packet is None:
            return
        yield packet


def frames(
    opened: Opened, stream: VideoStream, faults: Faults, beside: Beside | None = None
) -> Iterator[tuple[VideoFrame, int]]:
    """Decoded frames in order of display, each with the byte position reached in the file.

    Broken packets are counted in `faults` and skipped. `beside` is given the packets of its stream.
    """
    streams: list[Stream] = [stream] if beside is None else [stream, beside.stream]
    theora, reached = stream.codec_context.name == "theora", 0
    for packet in packets(opened, streams, faults):
        if packet.pos:
            reached = max(reached, packet.pos)
        # The empty packet at the end has no `stream_index` of its own.
        if beside is not None and packet.stream.index != stream.index:
            beside.take(cast("Packet[AudioStream]", packet))
            continue
        stamp = packet.pts
        if theora and stamp is not None and _is_void(packet):
            faults.stands_until = stamp
            continue
        if stamp is not None and not packet.is_discard:
            if faults.latest is None or stamp > faults.latest:
                faults.latest = stamp
            if faults.stamps is not None:
                faults.stamps.append(stamp)
        faults.packets += packet.size > 0
        faults.hidden += packet.is_discard
        faults.fruitless += packet.size > 0
        for frame in decoded(cast("Packet[VideoStream]", packet), faults, opened):
            if packet.size:
                faults.barren = max(faults.barren, faults.fruitless)
                faults.fruitless = 0
            yield frame, reached


def _is_void(packet: Packet[Stream]) -> bool:
    """Whether a packet of Theora is one that the decoder takes for broken.

    Without a byte it says that the picture before it stays; comments come where a chain goes on.
    """
    return packet.size == 0 or bytes(packet)[0] == _COMMENTS


@overload
def decoded(
    packet: Packet[VideoStream], faults: Faults, opened: Opened | None = None
) -> list[VideoFrame]: ...
@overload
def decoded(packet: Packet[AudioStream], faults: Faults) -> list[AudioFrame]: ...
def decoded(
    packet: Packet[VideoStream] | Packet[AudioStream],
    faults: Faults,
    opened: Opened | None = None,
) -> list[VideoFrame] | list[AudioFrame]:
    """What comes out for a packet; `opened` is the file whose pictures it is of."""
    try:
        if opened is not None:
            return opened.decode(cast("Packet[VideoStream]", packet))
        return packet.decode()
    except EOFError:
        return []
    except (FFmpegError, ValueError) as error:
        faults.lost_count += 1
        faults.why = faults.why or reason(error, logged=False)
        if packet.pts is not None and len(faults.lost) < 10_000:
            faults.lost.append(packet.pts)
        return []


# --- planes ---------------------------------------------------------------------------------------


def plane(source: VideoPlane, depth: int = 8) -> Samples:
    """A view of a plane, without its padding; no bytes are copied."""
    kind, size = (np.uint8, 1) if depth == 8 else (np.uint16, 2)
    shape, strides = (source.height, source.width), (source.line_size, size)
    # PyAV's planes speak the buffer protocol; its stubs don't say so.
    return np.ndarray(shape, kind, cast("bytes", source), 0, strides)


def _shrink(samples: Samples, size: tuple[int, int], depth: int) -> NDArray[np.uint8]:
    """Read 16 samples for each cell: a small share of a large plane, at the cost of a small one."""
    width, height = size
    if samples.shape[0] >= 4 * height and samples.shape[1] >= 4 * width:
        if (apart := samples.shape[0] // (4 * height)) >= _FAR_APART:
            samples = samples[apart // 2 :: apart]  # half the cost: OpenCV widens two lines each
        samples = _picked(samples, 4 * width, 4 * height)
    small = resized(samples, size, cv2.INTER_AREA)
    return eight_bits(small, depth)


def _picked(samples: Samples, width: int, height: int) -> Samples:
    """So many samples of a plane, evenly spread; those between two are their mean."""
    across, beside = divmod(samples.shape[1], width)
    down, below = divmod(samples.shape[0], height)
    if across % 2 and down % 2 and not (beside or below):  # each lies in the middle of its cell
        return np.ascontiguousarray(samples[down // 2 :: down, across // 2 :: across])
    return resized(samples, (width, height), cv2.INTER_LINEAR)


def eight_bits(samples: Samples, depth: int) -> NDArray[np.uint8]:
    if depth == 8:
        return cast("NDArray[np.uint8]", samples)
    return np.right_shift(samples, depth - 8).astype(np.uint8)


def resized(samples: Samples, size: tuple[int, int], way: int) -> Samples:
    return cast("Samples", cv2.resize(samples, size, interpolation=way))


@cache
def depth_of(name: str) -> int | None:
    """Bits a sample of a pixel format whose luma plane can be read in place, else None."""
    if found := _PLANAR.match(name) or _GRAY.match(name):
        return int(found[1] or 8)
    return 8 if name in {"nv12", "nv21"} else None


@cache
def planar(name: str) -> bool:
    """Whether luma and the two colours lie in planes of their own, one sample after the other."""
    return _PLANAR.match(name) is not None


def luma(frame: VideoFrame) -> Samples:
    """The luma plane as decoded, read in place when the format allows."""
    depth = depth_of(frame.format.name)
    if depth is None or frame.planes[0].line_size <= 0:
        frame = frame.reformat(format="gray", threads=1)
        depth = 8
    return plane(frame.planes[0], depth)


class Sampler:
    """Makes frames small. Planes are read in place; what has none goes through one scaler."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()

    def planes(self, frame: VideoFrame) -> Planes:
        name = frame.format.name
        sources = frame.planes
        depth = depth_of(name) or 8
        if not planar(name) or sources[0].line_size <= 0:  # the latter: raw AVI, upside down
            scaled = self._scaler.reformat(
                frame, 256, 144, "yuv420p", interpolation="AREA", threads=1
            )
            sources, depth = scaled.planes, 8
        return Planes(
            _shrink(plane(sources[0], depth), LUMA_SIZE, depth),
            _shrink(plane(sources[1], depth), CHROMA_SIZE, depth),
            _shrink(plane(sources[2], depth), CHROMA_SIZE, depth),
        )


def full_range(frame: VideoFrame) -> bool:
    """Does black lie at 0 rather than at 16?"""
    return frame.color_range == 2 or frame.format.name.startswith("yuvj")


def clock_of(stream: VideoStream) -> Clock:
    if not stream.time_base:
        raise UndecodableError("the video stream has no time base")
    # AVI has no time stamps of its own, and those that libav makes up for B-frames are wrong.
    container, codec = stream.container.format.name, stream.codec_context.name
    avi = container == "avi" and codec in {"h264", "hevc"}
    packed = container == "avi" and codec == "mpeg4"
    # An elementary stream has no times at all, and a packet of it may be half of a frame.
    even = container in {"h264", "hevc"}
    rate = stream.guessed_rate if even else stream.average_rate
    return Clock(stream.time_base, rate, in_decoding_order=avi, packed=packed, even=even)


def nothing(stream: VideoStream, faults: Faults) -> str:
    """Why a video stream gave no frame."""
    name = stream.codec_context.name
    why = faults.why or faults.broke_off or "the decoder gave no reason"
    if not faults.packets:
        return f"the {name} video stream holds no pictures"
    if faults.hidden == faults.packets:
        return f"the edit list leaves out every picture of the {name} video"
    return f"not one frame of the {name} video could be decoded: {why}"


def decoder_name() -> str:
    version = ".".join(str(part) for part in av.library_versions["libavcodec"])
    return f"PyAV {av.__version__}, libavcodec {version}"
