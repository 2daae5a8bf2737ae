"""Whether pictures are interlaced whose file can't tell it, and which field comes first.

Motion JPEG, raw and lossless captures off tape in AVI and MOV hold whole frames of two fields, and
not a word about it. Told from the pictures themselves, and only where they leave no doubt: lines
of two instants lie between each other, and one order of the fields moves on where the other runs
back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from mediacatalog.errors import ToolFailedError
from mediacatalog.media import runner

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

    from numpy.typing import NDArray

Order: TypeAlias = Literal["tt", "bb"]
"""Which field is shown first, by ffprobe's names: of the top line or of the bottom one."""

SILENT: Final = frozenset(
    "mjpeg huffyuv ffvhuff utvideo ffv1 rawvideo v210 v308 v408 v410 r210".split()
)
"""Codecs that needn't tell."""
HEIGHTS: Final = frozenset({480, 486, 512, 576, 608, 1080, 1088})
"""Of television: what was scaled has no fields any more."""
_LIMITS: Final = runner.Limits(wall_seconds=30, cpu_seconds=30)
_FRAMES, _COLUMNS = 75, 96
_FEWEST: Final = 5
"""Combed frames, without which nothing is told."""
_COMBED: Final = 0.02  # the share of samples that stand out from the lines above and below
_STEP: Final = 12  # by so much, of 255
_SURE: Final = 1.3  # times as rough in the wrong order
_AGREED: Final = 0.9


def order(path: Path, index: int, height: int, start: Fraction) -> Order | None:
    """From three seconds of a stream's pictures; None where they aren't surely interlaced.

    `start` is where to look, in seconds of the file.
    """
    arguments = [
        *runner.input_options("ffmpeg"),
        *("-threads", "1", "-ss", f"{float(start):.3f}", "-i", runner.file_url(path)),
        *("-map", f"0:{index}", "-frames:v", str(_FRAMES)),
        *("-vf", f"scale={_COLUMNS}:{height}:flags=neighbor,format=gray", "-f", "rawvideo", "-"),
    ]
    try:
        done = runner.run("ffmpeg", arguments, reads=[path], limits=_LIMITS)
    except ToolFailedError:
        return None
    whole = len(done.stdout) // (_COLUMNS * height)
    samples = np.frombuffer(done.stdout, np.uint8, whole * _COLUMNS * height)
    return of_frames(samples.reshape(whole, height, _COLUMNS).astype(np.int16))


def of_frames(frames: NDArray[np.int16]) -> Order | None:
    """As `order`, of frames × lines × columns of luma, in the order in which they are shown."""
    told: list[Order | None] = []
    for before, frame, after in zip(frames, frames[1:], frames[2:], strict=False):
        if _combs(frame) > _COMBED:
            told.append(_first(before, frame, after))
    for one in ("tt", "bb"):
        if told.count(one) >= max(_FEWEST, _AGREED * len(told)):
            return one
    return None


def _combs(frame: NDArray[np.int16]) -> float:
    """The share of samples that stand out from both their neighbours, which are alike."""
    up, down = frame[1:-1] - frame[:-2], frame[1:-1] - frame[2:]
    apart = np.minimum(np.abs(up), np.abs(down))
    alike = np.abs(frame[:-2] - frame[2:]) < apart // 2
    return float(np.mean(((up > 0) == (down > 0)) & (apart > _STEP) & alike))


def _first(
    before: NDArray[np.int16], frame: NDArray[np.int16], after: NDArray[np.int16]
) -> Order | None:
    """By what is smooth: a frame's later field fits the earlier one of the next frame.

    If the top field is first, the bottom one lies an instant before the next frame's top field, and
    three after the top field of the frame before.
    """
    top = _roughness(before, frame, 0) + _roughness(after, frame, 1)
    bottom = _roughness(after, frame, 0) + _roughness(before, frame, 1)
    if top > _SURE * bottom:
        return "tt"
    return "bb" if bottom > _SURE * top else None


def _roughness(other: NDArray[np.int16], frame: NDArray[np.int16], parity: int) -> float:
    """How badly every other line of another frame lies between a frame's lines."""
    begin = 2 if parity == 0 else 1
    lines = other[begin:-1:2]
    above, below = frame[begin - 1 : -2 : 2][: len(lines)], frame[begin + 1 :: 2][: len(lines)]
    return float(np.mean(np.abs(above + below - 2 * lines)))
