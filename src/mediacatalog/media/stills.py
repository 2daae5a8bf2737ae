"""Pictures that people see: upright, of the right shape, in the colours of an ordinary screen.

For the decoder child only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol, cast

import cv2
import numpy as np
from av import VideoFormat, VideoFrame
from av.error import FFmpegError
from av.filter import Graph
from av.video.reformatter import Colorspace, VideoReformatter

from mediacatalog.media.cutting import is_large
from mediacatalog.media.frames import Faults, frames
from mediacatalog.media.planes import depth_of, eight_bits, luma, plane, resized
from mediacatalog.media.upright import STORED, Upright, is_half

if TYPE_CHECKING:
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from mediacatalog.media.frames import Opened
    from mediacatalog.media.planes import Samples

POSTER_SIDE: Final = 1280
POSTER_QUALITY: Final = 92
KEYFRAME_SIDE: Final = 960
_BOTTOM_FIRST = 3  # AV_FIELD_BB; of the two mixed orders writers mean different things
_PQ, _HLG = 16, 18  # ITU-T H.273, transfer characteristics
_MATRICES = {  # by H.273's matrix coefficients
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,  # of constant luminance, which the scaler doesn't know
}
_SDR_WHITE = 203.0  # cd/m² of diffuse white in HDR (ITU-R BT.2408)
_BRIGHTEST = 10_000 / _SDR_WHITE
_BGR_2020_TO_709 = np.array(  # ITU-R BT.2087, rows and columns in the order blue, green, red
    [[1.1187, -0.1006, -0.0182], [-0.0083, 1.1329, -0.1246], [-0.0728, -0.5876, 1.6605]],
    np.float32,
)
_BGR_P3_TO_709 = np.array(  # SMPTE EG 432-1, of the white of screens (D65)
    [[1.0979, -0.0786, -0.0197], [0.0, 1.0419, -0.0420], [0.0, -0.2247, 1.2249]], np.float32
)
_WIDE = {9: _BGR_2020_TO_709, 12: _BGR_P3_TO_709}  # by H.273's colour primaries


def fit(width: int, height: int, side: int) -> tuple[int, int]:
    """The size with its longer side at most `side`; never larger than it was."""
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def jpeg(picture: NDArray[np.uint8], quality: int = 85) -> bytes:
    done, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("a picture could not be written as JPEG")
    return encoded.tobytes()


def from_jpeg(data: bytes) -> NDArray[np.uint8]:
    """Of our own JPEG, made a moment ago by this process."""
    return cast("NDArray[np.uint8]", cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))


class Tray(Protocol):
    """Where finished files are put: whoever asked for them writes them, this process can't."""

    def put(self, name: str, data: bytes) -> None: ...


def sharpness(frame: VideoFrame) -> float:
    """How much fine detail the luma plane has: 0 for a plain or very blurred picture."""
    samples = luma(frame)
    if frame.interlaced_frame:
        samples = samples[::2]  # combs aren't detail
    height, width = samples.shape
    if width > 640:
        samples = resized(samples, (640, max(1, round(height * 640 / width))), cv2.INTER_LINEAR)
    eight = eight_bits(samples, depth_of(frame.format.name) or 8)
    edges = cv2.Laplacian(eight, cv2.CV_16S)
    return float(cv2.norm(edges, cv2.NORM_L1)) / edges.size


# --- one picture ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sight:
    """A frame that may become a picture, with all that is needed to show it rightly.

    `frame` may be a smaller copy, or one field of the decoded frame; `width` and `height` are those
    of the whole, as displayed.
    """

    frame: VideoFrame
    width: int
    height: int
    upright: Upright


class Lab:
    """Turns decoded frames into upright BGR pictures; keeps one scaler for each use.

    An interlaced frame shows two instants, so its pictures are made of the field that comes first:
    the frame's own word holds, else `field_order`, libavcodec's AVFieldOrder of the stream.
    """

    def __init__(self, sample_aspect: Fraction | None, field_order: int = 0) -> None:
        self.sample_aspect = self._stated = _sound(sample_aspect) or Fraction(1)
        self._coded: Fraction | None = None
        self._first_line = 1 if field_order == _BOTTOM_FIRST else 0
        self._fields_apart = False
        self._scalers: dict[tuple[int, int, str], VideoReformatter] = {}
        self._turned: tuple[object, ...] = ()
        self._upright = STORED

    @classmethod
    def of(cls, opened: Opened, stream: VideoStream) -> Lab:
        """For the frames of a stream, of which none was decoded yet."""
        context = stream.codec_context
        told = opened.cutter.sar if opened.cutter else None
        lab = cls(told or stream.sample_aspect_ratio, int(context.field_order))
        lab._coded = context.sample_aspect_ratio
        lab._fields_apart = context.name == "hevc"
        return lab

    def follow(self, frame: VideoFrame, stream: VideoStream) -> None:
        """Take the sample aspect anew at a key frame, which the decoder just gave out.

        The container's word holds until the coded one changes, as where programmes of 4:3 and 16:9
        follow each other. Between key frames the decoder is ahead of what it gives out.
        """
        if frame.key_frame:
            coded = stream.codec_context.sample_aspect_ratio
            changed = _sound(coded) if coded != self._coded else None
            self.sample_aspect = changed or self._stated

    def upright(self, frame: VideoFrame) -> Upright:
        """How a decoded frame is brought upright, looked up when its shape changes.

        A look at side data ties a frame into a cycle that only the collector undoes: of 4K frames
        half a gigabyte would wait for it.
        """
        turned = (frame.rotation, frame.width, frame.height, frame.format.name)
        if turned != self._turned:
            self._turned, self._upright = turned, Upright.of(frame)
        return self._upright

    def sight(self, frame: VideoFrame) -> Sight:
        """What there is to be shown of a decoded frame; no copy of one that isn't interlaced."""
        upright = self.upright(frame)
        width, height = max(1, round(frame.width * self.sample_aspect)), frame.height
        if self._fields_apart and frame.interlaced_frame:
            height *= 2 if is_half(width, height) else 1
            return Sight(frame, *upright.shape(width, height), upright)
        shown = upright.shape(width, height)
        if frame.height >= 4 and (frame.interlaced_frame or is_combed(frame)):
            frame = self._one_field(frame)
        return Sight(frame, *shown, upright)

    def smaller(self, sight: Sight, side: int) -> Sight:
        """A copy that is at most `side` long and wide, in the same kind of pixels."""
        frame = sight.frame
        size = sight.upright.shape(*fit(sight.width, sight.height, side))
        if size[0] >= frame.width and size[1] >= frame.height:
            return sight
        scaler = self._scaler(size, frame.format.name)
        small = scaler.reformat(frame, *size, frame.format.name, interpolation="AREA", threads=1)
        return replace(sight, frame=small)

    def picture(self, sight: Sight, size: tuple[int, int]) -> NDArray[np.uint8]:
        """BGR of exactly `size` (width, height as displayed)."""
        frame = sight.frame
        stored = sight.upright.shape(*size)
        high = frame.color_trc in {_PQ, _HLG}
        if high:
            picture = _tone_mapped(self._converted(frame, stored, "bgr48le"), frame.color_trc)
        elif has_alpha(frame.format.name):
            picture = _on_black(self._converted(frame, stored, "bgra"))
        elif (matrix := _WIDE.get(int(frame.color_primaries))) is not None:
            picture = _narrowed(self._converted(frame, stored, "bgr48le"), matrix)
        else:
            picture = cast("NDArray[np.uint8]", self._converted(frame, stored, "bgr24"))
        return sight.upright.applied(picture)

    def _converted(self, frame: VideoFrame, size: tuple[int, int], pixels: str) -> Samples:
        usual = Colorspace.ITU709 if is_large(frame) else Colorspace.ITU601
        larger = size[0] > frame.width or size[1] > frame.height
        scaled = self._scaler(size, pixels).reformat(
            frame,
            *size,
            pixels,
            src_colorspace=_MATRICES.get(int(frame.colorspace), usual),
            interpolation="BICUBIC" if larger else "AREA",
            threads=1,
        )
        return cast("Samples", scaled.to_ndarray())

    def _scaler(self, size: tuple[int, int], pixels: str) -> VideoReformatter:
        if len(self._scalers) > 32:  # a file whose pictures change their size all the time
            self._scalers.clear()
        return self._scalers.setdefault((*size, pixels), VideoReformatter())

    def _one_field(self, frame: VideoFrame) -> VideoFrame:
        """The field that is shown first, as a frame of half the height.

        It is taken from the planes: a conversion of the whole would mix the colours of both fields.
        """
        name = frame.format.name
        told = first_line(frame) if frame.interlaced_frame else None
        first = self._first_line if told is None else told
        if depth_of(name) is None or any(source.line_size <= 0 for source in frame.planes):
            scaler = self._scaler((frame.width, frame.height), "yuv444p")
            frame = scaler.reformat(frame, format="yuv444p", interpolation="AREA", threads=1)
            name = "yuv444p"
        depth = depth_of(name) or 8
        field = VideoFrame(frame.width, frame.height // 2, name)
        field.colorspace, field.color_range = frame.colorspace, frame.color_range
        field.color_trc, field.color_primaries = frame.color_trc, frame.color_primaries
        for source, target in zip(frame.planes, field.planes, strict=True):
            lines, into = plane(source, depth)[first::2], plane(target, depth)
            count = min(len(lines), len(into))
            into[:count] = lines[:count]
            into[count:] = lines[count - 1]
        return field


def _sound(aspect: Fraction | None) -> Fraction | None:
    """None for what no film has."""
    return aspect if aspect is not None and Fraction(1, 8) <= aspect <= 8 else None


def first_line(frame: VideoFrame) -> int | None:
    """Where the field that is shown first begins, 0 or 1; None if that can't be told.

    PyAV doesn't say, but libavfilter takes the fields apart in their order, without a copy. The
    parser's word for the stream is wrong of MPEG-2's field pictures, and missing in many an MP4.
    """
    graph = Graph()
    graph.threads = 1
    try:
        source = graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=frame.time_base or Fraction(1, 25),
        )
        graph.link_nodes(source, graph.add("separatefields"), graph.add("buffersink")).configure()
        graph.push(frame)
        field = cast("VideoFrame", graph.pull())
    except (FFmpegError, ValueError):
        return None
    apart = field.planes[0].buffer_ptr - frame.planes[0].buffer_ptr
    return {0: 0, frame.planes[0].line_size: 1}.get(apart)


def is_combed(frame: VideoFrame) -> bool:
    """Whether lines of two instants lie between each other, though the file doesn't say so.

    Looked for in some columns of large pictures: samples that stand out from the lines above and
    below, which are alike.
    """
    depth = depth_of(frame.format.name)
    if depth is None or not 400 <= frame.height <= 1088 or frame.planes[0].line_size <= 0:
        return False
    samples = plane(frame.planes[0], depth)
    columns = samples[:, :: max(1, samples.shape[1] // 96)]
    few = columns[:, ::4]  # tell that most pictures have none
    return _combs(eight_bits(few, depth)) > 0.02 and _combs(eight_bits(columns, depth)) > 0.06


def _combs(columns: NDArray[np.uint8]) -> float:
    """The share of samples that stand out from their neighbours above and below."""
    signed = columns.astype(np.int16)
    above, middle, below = signed[:-2], signed[1:-1], signed[2:]
    up, down = middle - above, middle - below
    apart = np.minimum(np.abs(up), np.abs(down))
    combs = ((up > 0) == (down > 0)) & (apart > 12) & (np.abs(above - below) < apart // 2)
    return float(np.count_nonzero(combs) / combs.size)


@cache
def has_alpha(name: str) -> bool:
    return any(part.is_alpha for part in VideoFormat(name).components)


def _on_black(picture: Samples) -> NDArray[np.uint8]:
    """What is transparent is black, as players show it; not the colour that hides below."""
    colours, alpha = picture[..., :3].astype(np.uint16), picture[..., 3:].astype(np.uint16)
    return ((colours * alpha + 127) // 255).astype(np.uint8)


@cache
def _screen() -> NDArray[np.float32]:
    """16-bit signal -> light of an ordinary screen (IEC 61966-2-1)."""
    signal = np.linspace(0, 1, 65536)
    light = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


def _narrowed(picture: NDArray[np.generic], matrix: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Of wider primaries, as browsers show it: colours beyond those of sRGB are at its edge."""
    light = cv2.transform(_screen()[picture], matrix)
    return _signal()[(np.sqrt(np.clip(light, 0, 1)) * 4095).astype(np.uint16)]


@cache
def _signal() -> NDArray[np.uint8]:
    """Square root of light in 4096 steps -> 8-bit sRGB."""
    return _coded(np.linspace(0, 1, 4096) ** 2)


def _coded(light: NDArray[np.floating]) -> NDArray[np.uint8]:
    signal = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return (np.clip(signal, 0, 1) * 255 + 0.5).astype(np.uint8)


@cache
def _linear(transfer: int) -> NDArray[np.float32]:
    """16-bit signal -> light, where 1 is the white of an ordinary screen."""
    signal = np.linspace(0, 1, 65536)
    if transfer == _PQ:  # SMPTE ST 2084
        root = signal ** (1 / 78.84375)
        light = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
        return (light ** (1 / 0.1593017578125) * _BRIGHTEST).astype(np.float32)
    a, b, c = 0.17883277, 0.28466892, 0.55991073  # ITU-R BT.2100, hybrid log-gamma
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    return (scene**1.2 * 1000 / _SDR_WHITE).astype(np.float32)


@cache
def _shown() -> NDArray[np.uint8]:
    """Square root of light / the brightest, in 4096 steps -> 8-bit sRGB; highlights roll off."""
    light = np.linspace(0, 1, 4096) ** 2 * _BRIGHTEST
    knee = 0.5
    rolled = knee + (1 - knee) * (1 - np.exp(-(light - knee) / (1 - knee)))
    return _coded(np.where(light <= knee, light, rolled))


def _tone_mapped(picture: NDArray[np.generic], transfer: int) -> NDArray[np.uint8]:
    light = cv2.transform(_linear(transfer)[picture], _BGR_2020_TO_709)
    step = np.sqrt(np.clip(light, 0, _BRIGHTEST) / _BRIGHTEST) * 4095
    return np.asarray(_shown()[step.astype(np.uint16)])


def cover_of(opened: Opened, into: Tray, name: str) -> dict[str, object] | None:
    """Put out the attached picture (of a song, say) as the poster; None if it can't be read."""
    if opened.cover is None:
        return None
    lab = Lab(opened.cover.sample_aspect_ratio)
    for frame, _ in frames(opened, opened.cover, Faults()):
        sight = lab.sight(frame)
        size = fit(sight.width, sight.height, POSTER_SIDE)
        into.put(name, jpeg(lab.picture(sight, size)))
        return {"name": name, "width": size[0], "height": size[1]}
    return None
