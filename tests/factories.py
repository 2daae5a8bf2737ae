"""Made media: real files by real ffmpeg, a quarter of a second each, with defaults."""

from __future__ import annotations

import atexit
import shutil
import struct
import subprocess
import tempfile
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SRT = """1
00:00:00,200 --> 00:00:01,400
The convoy reached the ferry

2
00:00:01,500 --> 00:00:02,800
crossing before the night fell
"""


@dataclass(frozen=True)
class Shot:
    """One made shot: a colour (or `testsrc2`, `mandelbrot`…) for so many seconds."""

    picture: str
    seconds: float


def run_ffmpeg(*args: str) -> None:
    subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-y", *args], check=True, capture_output=True
    )


SAME_AGAIN = frozenset({".mp4", ".mov", ".ts", ".avi"})
"""Files that ffmpeg makes the same to the byte each time; into others it writes random numbers."""


@cache
def _made(wanted: tuple[str, ...], suffix: str) -> Path:
    """What ffmpeg makes of that: once a process, since the same clips are wanted by many tests."""
    path = _folder() / f"{uuid.uuid4().hex}{suffix}"
    run_ffmpeg(*wanted, f"file:{path}")
    return path


@cache
def _folder() -> Path:
    folder = tempfile.mkdtemp(prefix="mediacatalog-made-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def make_clip(
    folder: Path,
    name: str = "clip.mp4",
    *,
    shots: Sequence[tuple[str, float]] = (("red", 1.0), ("blue", 1.0)),
    size: str = "320x180",
    rate: int | str = 25,
    audio: bool = False,
    codec: Sequence[str] = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
    extra: Sequence[str] = (),
    srt: str | None = None,
) -> Path:
    """A clip of the given shots (picture, seconds), joined by hard cuts; `srt` becomes a sidecar.

    A picture is a colour name, or the name of a lavfi source with a size (`testsrc2`).
    """
    folder.mkdir(parents=True, exist_ok=True)
    sources = {"testsrc", "testsrc2", "smptebars", "mandelbrot", "rgbtestsrc", "yuvtestsrc"}
    inputs: list[str] = []
    for picture, seconds in shots:
        source = picture if picture in sources else f"color=c={picture}"
        joint = ":" if "=" in source else "="
        inputs += ["-f", "lavfi", "-i", f"{source}{joint}s={size}:r={rate}:d={seconds}"]
    graph = "".join(f"[{n}:v]format=yuv420p,setsar=1[v{n}];" for n in range(len(shots)))
    graph += "".join(f"[v{n}]" for n in range(len(shots)))
    graph += f"concat=n={len(shots)}:v=1:a=0[v]"
    maps = ["-map", "[v]"]
    if audio:
        total = sum(seconds for _, seconds in shots)
        inputs += ["-f", "lavfi", "-i", f"sine=frequency=440:duration={total}"]
        maps += ["-map", f"{len(shots)}:a", "-c:a", "aac"]
    path = folder / name
    wanted = (*inputs, "-filter_complex", graph, *maps, *codec, *extra)
    if path.suffix in SAME_AGAIN:
        shutil.copyfile(_made(wanted, path.suffix), path)
    else:
        run_ffmpeg(*wanted, f"file:{path}")
    if srt is not None:
        path.with_suffix(".srt").write_text(srt, encoding="utf-8")
    return path


def put_aperture(clip: Path, numbers: Sequence[int]) -> Path:
    """Write a clean aperture (`clap`: its eight numbers) into an MP4 or MOV whose index is last."""
    data = clip.read_bytes()
    box = (40).to_bytes(4, "big") + b"clap" + struct.pack(">8I", *(n % 2**32 for n in numbers))
    at, outer = 0, []
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"):
        while data[at + 4 : at + 8] != kind:
            at += int.from_bytes(data[at : at + 4], "big")
        outer.append(at)
        at += 16 if kind == b"stsd" else 8
    outer.append(at)
    end = at + int.from_bytes(data[at : at + 4], "big")
    larger = bytearray(data[:end] + box + data[end:])
    for place in outer:
        size = int.from_bytes(larger[place : place + 4], "big") + len(box)
        larger[place : place + 4] = size.to_bytes(4, "big")
    clip.write_bytes(larger)
    return clip


def put_crop(clip: Path, numbers: Mapping[int, int]) -> Path:
    """Write elements of two bytes into the pictures of the first track of a live Matroska file."""
    data = clip.read_bytes()
    more = b"".join(
        kind.to_bytes(2, "big") + b"\x82" + value.to_bytes(2, "big")
        for kind, value in numbers.items()
    )
    at, sizes = 0, []
    for kind in ("18538067", "1654ae6b", "ae", "e0"):
        while True:
            own = 5 - (data[at] >> 4).bit_length()
            length = 9 - data[at + own].bit_length()
            marked = int.from_bytes(data[at + own : at + own + length], "big")
            if data[at : at + own].hex() == kind:
                break
            at += own + length + (marked & ((1 << 7 * length) - 1))
        sizes.append((at + own, length, marked))
        at += own + length
    at += sizes[-1][2] & ((1 << 7 * sizes[-1][1]) - 1)
    data = data[:at] + more + data[at:]
    grown = len(more)
    for place, length, marked in reversed(sizes[1:]):  # the segment's isn't told
        value = (marked & ((1 << 7 * length) - 1)) + grown
        size = (value | 1 << 56).to_bytes(8, "big")
        data = data[:place] + size + data[place + length :]
        grown += 8 - length
    clip.write_bytes(data)
    return clip
