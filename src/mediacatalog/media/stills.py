"""Pictures that people see: upright, of the right shape, in the colours of an ordinary screen.

For the decoder child only (with `frames` the only module that uses PyAV).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol, cast

import cv2
import numpy as np
from av.video.reformatter import Colorspace, VideoReformatter

from mediacatalog.media.frames import Faults, depth_of, frames, luma, resized
from mediacatalog.values import timecode, to_ms

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    from mediacatalog.media.frames import Opened, Samples

POSTER_SIDE: Final = 1280
KEYFRAME_SIDE: Final = 960
TILE_WIDTH: Final = 320
TILE_HEIGHT: Final = 640
"""The longest tile: a picture higher than two squares becomes narrower instead."""

_COLUMNS = 10
_A_SHEET = 100
_MOST_CELLS = 5000
_PQ, _HLG = 16, 18  # ITU-T H.273, transfer characteristics
_MATRICES = {  # by H.273's matrix coefficients
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
}
_SDR_WHITE = 203.0  # cd/m² of diffuse white in HDR (ITU-R BT.2408)
_BRIGHTEST = 10_000 / _SDR_WHITE
_BGR_2020_TO_709 = np.array(  # ITU-R BT.2087, rows and columns in the order blue, green, red
    [[1.1187, -0.1006, -0.0182], [-0.0083, 1.1329, -0.1246], [-0.0728, -0.5876, 1.6605]],
    np.float32,
)


def fit(width: int, height: int, side: int) -> tuple[int, int]:
    """The size with its longer side at most `side`; never larger than it was."""
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def tile_size(width: int, height: int) -> tuple[int, int]:
    tall = TILE_WIDTH * height / width
    if tall > TILE_HEIGHT:
        return max(2, round(TILE_HEIGHT * width / height)), TILE_HEIGHT
    return TILE_WIDTH, max(2, round(tall))


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
    depth = depth_of(frame.format.name) or 8
    eight = np.right_shift(samples, depth - 8).astype(np.uint8)
    return float(np.abs(cv2.Laplacian(eight, cv2.CV_16S)).mean())


# --- one picture ----------------------------------------------------------------------------------


class Lab:
    """Turns decoded frames into upright BGR pictures; keeps one scaler for each size."""

    def __init__(self, sample_aspect: Fraction | None) -> None:
        sound = sample_aspect is not None and Fraction(1, 8) <= sample_aspect <= 8
        self.sample_aspect = sample_aspect if sound and sample_aspect else Fraction(1)
        self._scalers: dict[tuple[int, int], VideoReformatter] = {}

    def shape(self, frame: VideoFrame) -> tuple[int, int]:
        """Width and height as the frame is to be displayed."""
        width = max(1, round(frame.width * self.sample_aspect))
        return (frame.height, width) if frame.rotation % 180 else (width, frame.height)

    def picture(self, frame: VideoFrame, size: tuple[int, int]) -> NDArray[np.uint8]:
        """BGR of exactly `size` (width, height as displayed)."""
        wanted = (size[1], size[0]) if frame.rotation % 180 else size
        field_only = frame.interlaced_frame and frame.height >= 4
        scaled = (frame.width, frame.height) if field_only else wanted
        high = frame.color_trc in {_PQ, _HLG}
        picture = self._converted(frame, scaled, "bgr48le" if high else "bgr24")
        if field_only:  # the two fields show different instants
            area = wanted[1] * 2 <= frame.height
            way = cv2.INTER_AREA if area else cv2.INTER_LINEAR
            picture = resized(picture[::2], wanted, way)
        if high:
            picture = _tone_mapped(picture, frame.color_trc)
        return _turned(cast("NDArray[np.uint8]", picture), frame.rotation)

    def _converted(self, frame: VideoFrame, size: tuple[int, int], pixels: str) -> Samples:
        if len(self._scalers) > 32:  # a file whose pictures change their size all the time
            self._scalers.clear()
        scaler = self._scalers.setdefault(size, VideoReformatter())
        large = frame.height > 576 or frame.width > 1024
        usual = Colorspace.ITU709 if large else Colorspace.ITU601
        larger = size[0] > frame.width or size[1] > frame.height
        scaled = scaler.reformat(
            frame,
            *size,
            pixels,
            src_colorspace=_MATRICES.get(int(frame.colorspace), usual),
            interpolation="BICUBIC" if larger else "AREA",
            threads=1,
        )
        return cast("Samples", scaled.to_ndarray())


def _turned(picture: NDArray[np.uint8], counter_clockwise: int) -> NDArray[np.uint8]:
    """Upright: PyAV tells the degrees counter-clockwise that a picture must be turned by."""
    turns = round(counter_clockwise / 90) % 4
    return np.ascontiguousarray(np.rot90(picture, turns)) if turns else picture


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
    light = np.where(light <= knee, light, rolled)
    signal = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return (np.clip(signal, 0, 1) * 255 + 0.5).astype(np.uint8)


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
        size = fit(*lab.shape(frame), POSTER_SIDE)
        into.put(name, jpeg(lab.picture(frame, size)))
        return {"name": name, "width": size[0], "height": size[1]}
    return None


# --- storyboard -----------------------------------------------------------------------------------


@dataclass
class Board:
    """Small pictures at regular times; few enough to keep, however long the clip turns out to be.

    `seconds` is the least time between two cells. Without a plausible duration it starts short and
    doubles whenever there are too many.
    """

    seconds: float
    adaptive: bool
    _cells: list[tuple[int, float, bytes]] = field(default_factory=list)
    _next: float = 0.0
    _size: tuple[int, int] | None = None

    @classmethod
    def of(cls, declared: Fraction | None) -> Board:
        if declared is None:
            return cls(0.5, adaptive=True)
        if declared < 10:
            return cls(max(0.1, float(declared) / 10), adaptive=False)
        return cls(min(10.0, max(1.0, float(declared) / 200)), adaptive=False)

    def wants(self, seconds: float) -> bool:
        return seconds >= self._next - 1e-6

    def add(self, pts: int, seconds: float, frame: VideoFrame, lab: Lab) -> None:
        self._size = self._size or tile_size(*lab.shape(frame))
        self._cells.append((pts, seconds, jpeg(lab.picture(frame, self._size), 92)))
        self._next += self.seconds
        if self._next <= seconds:
            self._next = seconds + self.seconds
        if len(self._cells) > (240 if self.adaptive and self.seconds < 10 else _MOST_CELLS):
            self._cells = self._cells[::2]
            self.seconds *= 2
            self._next = self._cells[-1][1] + self.seconds

    @property
    def empty(self) -> bool:
        return not self._cells

    def write(
        self, into: Tray, prefix: str, start: int, end: int, time_base: Fraction
    ) -> dict[str, object]:
        """Sheets and their WebVTT index; `start` and `end` are positions of the whole clip."""
        width, height = self._size or (TILE_WIDTH, TILE_WIDTH)
        sheets: list[dict[str, object]] = []
        cells: list[tuple[int, int, int, int, int, int]] = []
        for number in range(-(-len(self._cells) // _A_SHEET)):
            part = self._cells[number * _A_SHEET : (number + 1) * _A_SHEET]
            columns = min(_COLUMNS, len(part))
            rows = -(-len(part) // columns)
            canvas = np.zeros((rows * height, columns * width, 3), np.uint8)
            for place, (pts, _, data) in enumerate(part):
                x, y = place % columns * width, place // columns * height
                canvas[y : y + height, x : x + width] = from_jpeg(data)
                cells.append((pts, number, x, y, width, height))
            name = f"{prefix}storyboard-{number}.jpg"
            into.put(name, jpeg(canvas, 80))
            sheets.append({"name": name, "width": columns * width, "height": rows * height})
        index = _index(prefix, cells, start, end, time_base)
        name = f"{prefix}storyboard.vtt"
        into.put(name, index.encode())
        return {"sheets": sheets, "cells": cells, "index": name}


def _index(
    prefix: str,
    cells: list[tuple[int, int, int, int, int, int]],
    start: int,
    end: int,
    time_base: Fraction,
) -> str:
    lines = ["WEBVTT", ""]
    starts = [0, *(to_ms(cell[0], start, time_base) for cell in cells[1:])]
    ends = [*starts[1:], max(starts[-1] + 1, to_ms(end, start, time_base))]
    for begin, stop, (_, sheet, *place) in zip(starts, ends, cells, strict=True):
        where = ",".join(str(number) for number in place)
        lines += [
            f"{timecode(begin):0>12} --> {timecode(stop):0>12}",
            f"{prefix}storyboard-{sheet}.jpg#xywh={where}",
            "",
        ]
    return "\n".join(lines)
