"""Frames out of a file, in order, with positions that can be trusted. For the decoder child only.

It opens the given descriptor and nothing else; no other module opens footage with PyAV.
"""

from __future__ import annotations

import errno
import os
import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias, cast, overload

import av
from av.codec.context import CodecContext, Flags
from av.error import FFmpegError
from av.stream import Disposition

from mediacatalog.media import aperture, runner, transport
from mediacatalog.media.cutting import Cutter
from mediacatalog.media.positions import Clock

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
    from av.video.stream import VideoStream

Passed: TypeAlias = Literal["default", "noref", "nokey"]
"""No frames, those that no other refers to, or all but key frames."""

MAX_PIXELS: Final = 8192 * 4352
OPEN_SECONDS: Final = 30.0
READ_SECONDS: Final = 60.0

_COMMENTS = 0x81  # type of a header of Theora

_SEEN_THROUGH: Final = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that know of the second picture by which WebM tells what is transparent (AlphaMode)."""


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
    merged: bool = False
    """Whether streams go on under other PIDs (`transport`)."""

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
    try:
        container = _container(footage)
        merged = transport.is_joined(container)
        if merged:
            container.close()
            container = _container(footage, merged=True)
    except (FFmpegError, OSError, ValueError) as error:
        raise UndecodableError(reason(error)) from error
    covers = [s for s in container.streams.video if s.disposition & Disposition.attached_pic]
    video = _shown(container)
    own = cutter = None
    if video is not None:
        own = start_decoder(video, threads, passed_over, deblocked=deblocked)
        cutter = _cutter(footage, video)
    byte_count = os.fstat(footage).st_size
    cover = covers[0] if covers else None
    return Opened(container, video, cover, byte_count, own, cutter, merged)


def _container(footage: int, *, merged: bool = False, beyond: int = 0) -> InputContainer:
    """All that the descriptor stands for, or what lies at a byte and beyond it."""
    os.lseek(footage, 0, os.SEEK_SET)  # libav takes a duplicate, which shares the place
    end = os.fstat(footage).st_size
    return av.open(
        f"subfile,,start,{beyond},end,{end},,:fd:" if beyond else "fd:",
        metadata_errors="replace",
        timeout=(OPEN_SECONDS, READ_SECONDS),
        options={
            "format_whitelist": ",".join(runner.FORMATS),
            "codec_whitelist": ",".join(runner.CODECS),
            "fd": str(footage),
            "protocol_whitelist": "fd,subfile" if beyond else "fd",
            "max_pixels": str(MAX_PIXELS),
            "max_streams": str(runner.MAX_STREAMS),
            **runner.LOOKED_AT,
            **({transport.MERGED: "1"} if merged else {}),
        },
    )


def seconds_beyond(footage: int, opened: Opened, faults: Faults) -> float:
    """How long a transport stream goes on in other pictures, once those that are shown ended.

    So do recordings that were joined, and broadcasts in which a programme gives way to another.
    """
    video, container = opened.video, opened.container
    if video is None or container.format.name != transport.FORMAT:
        return 0.0
    if not faults.newcomers and len(container.streams.video) < 2:
        return 0.0
    try:
        with _container(footage, beyond=faults.reached) as rest:
            return transport.seconds_of(rest, besides=video.id)
    except (FFmpegError, OSError, ValueError, IndexError):
        return 0.0


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
    reached: int = 0
    """The byte at which the last packet of the pictures lies."""
    newcomers: bool = False
    """Whether streams began of which nothing was known when the file was opened."""
    order: transport.Order = field(default_factory=transport.Order)

    def note(self, packet: Packet[Stream]) -> None:
        """What a packet of the pictures tells before it is decoded."""
        if packet.pos:
            self.reached = packet.pos
        stamp = packet.pts
        if stamp is not None and not packet.is_discard:
            if self.latest is None or stamp > self.latest:
                self.latest = stamp
            if self.stamps is not None:
                self.stamps.append(stamp)
        self.packets += packet.size > 0
        self.hidden += packet.is_discard
        self.fruitless += packet.size > 0 and not packet.is_discard


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
            faults.newcomers = True
            continue
        except (FFmpegError, OSError, ValueError) as error:
            faults.broke_off = reason(error, logged=False)
            return
        if packet is None:
            return
        if not (opened.merged and faults.order.is_left_over(packet)):
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
        if theora and packet.pts is not None and _is_void(packet):
            faults.stands_until = packet.pts
            continue
        faults.note(packet)
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


# --- what a stream is --------------------------------------------------------------------------


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
