"""The samples of decoded frames: read in place, and made small. For the decoder child only."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, TypeAlias, cast

import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

from mediacatalog.media.shot_features import CHROMA_SIZE, LUMA_SIZE, Planes

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.plane import VideoPlane
    from numpy.typing import NDArray

Samples: TypeAlias = "NDArray[np.uint8 | np.uint16]"

_FAR_APART = 5  # lines from one sample of the plane to the next: those between can be left out

_PLANAR = re.compile(r"yuva?j?4(?:20|22|44|40|11|10)p(?:(9|10|12|14|16)le)?$")
_GRAY = re.compile(r"gray(?:(9|10|12|14|16)le)?$")


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
