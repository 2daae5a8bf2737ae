"""Interlaced pictures whose file doesn't say so."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mediacatalog.media import combs, proxy
from mediacatalog.media.probe import as_json, probe
from tests.factories import run_ffmpeg

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PANNED = "testsrc2=s=1440x576:r=50,crop=720:576:'mod(16*n,720)':0"
WOVEN = {"tt": "tinterlace=interleave_top", "bb": "tinterlace=interleave_bottom"}


def made(folder: Path, name: str, *shaped: str) -> Path:
    """Half a second in 25 frames a second of a picture that moves on 50 times a second."""
    run_ffmpeg(
        "-f", "lavfi", "-i", ",".join((PANNED, *shaped)), "-t", "0.5", "-r", "25", "-c:v", "mjpeg",
        "-q:v", "3", "-pix_fmt", "yuvj422p", str(folder / name),
    )  # fmt: skip
    return folder / name


@pytest.mark.parametrize("order", ["tt", "bb"])
def test_combed_motion_jpeg_is_known_to_be_interlaced(tmp_path: Path, order: combs.Order) -> None:
    clip = made(tmp_path, "tape.avi", WOVEN[order])

    facts = probe(clip)

    assert facts.video is not None
    assert (facts.video.interlaced, facts.video.field_order) == (True, order)
    assert facts.video.frame_rate == 25
    into = tmp_path / "proxy"
    into.mkdir()
    start, base = facts.video.start_pts, facts.video.time_base
    master = proxy.Master(clip, facts, start, base, 520, (start,))
    proxy.make(master, "encode", into, most_seconds=60, progress=lambda _: None)
    assert roughness(clip) > 3 * roughness(into / "proxy.mp4")


def roughness(clip: Path) -> float:
    """How combed the frames are, on the average."""
    raw = clip.with_suffix(".gray")
    run_ffmpeg("-i", str(clip), "-vf", "scale=720:576,format=gray", "-f", "rawvideo", str(raw))
    frames: NDArray[np.int16] = np.fromfile(raw, np.uint8).reshape(-1, 576, 720).astype(np.int16)
    return float(np.abs(2 * frames[:, 1:-1] - frames[:, :-2] - frames[:, 2:]).mean())


@pytest.mark.parametrize(
    "shaped",
    [
        ("fps=25",),  # not interlaced
        ("fps=25", "geq=lum='if(mod(Y+N,2),220,30)':cb=128:cr=128"),  # lines that flicker
        ("select=1", "tinterlace=interleave_top", "loop=-1:1:0"),  # one combed frame stands
    ],
)
def test_what_is_not_surely_interlaced_is_left_alone(
    tmp_path: Path, shaped: tuple[str, ...]
) -> None:
    found = probe(made(tmp_path, "odd.avi", *shaped)).video

    assert found is not None
    assert (found.interlaced, found.field_order) == (False, None)


def test_what_was_scaled_has_no_fields(tmp_path: Path) -> None:
    clip = made(tmp_path, "web.avi", WOVEN["tt"], "scale=720:400")

    video = as_json(probe(clip))["video"]

    assert isinstance(video, dict)
    assert (video["interlaced"], video["field_order"]) == (False, None)


def test_without_a_picture_nothing_is_told(tmp_path: Path) -> None:
    assert combs.order(tmp_path / "none.avi", 0, 576, Fraction(0)) is None
    assert combs.of_frames(np.zeros((0, 576, 96), np.int16)) is None
    assert combs.of_frames(np.zeros((9, 576, 96), np.int16)) is None
