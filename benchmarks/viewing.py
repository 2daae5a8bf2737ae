"""The whole viewing of a file against a bare decode of the same file, interleaved, as ratios.

    python benchmarks/viewing.py [FILE] [--rounds 5]

Without FILE a 60-second 1080p H.264 clip is made. Prints medians of cpu and wall ratios to
`ffmpeg -f null -` with one thread; absolute times are not claims.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def spent(command: list[str]) -> tuple[float, float]:
    """(cpu, wall) seconds of a whole process tree."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime), wall


def make(folder: Path) -> Path:
    path = folder / "1080p.mp4"
    source = "testsrc2=s=1920x1080:r=25:d=20,noise=alls=12:allf=t"
    second = "mandelbrot=s=1920x1080:r=25"
    subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            source,
            "-f",
            "lavfi",
            "-t",
            "40",
            "-i",
            second,
            "-filter_complex",
            "[0:v][1:v]concat=n=2:v=1",
            "-c:v",
            "libx264",
            "-preset",
            "veryfast",
            "-b:v",
            "6M",
            "-pix_fmt",
            "yuv420p",
            str(path),
        ],
        check=True,
    )
    return path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.file or make(Path(folder))
        bare = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-i", str(path)]
        bare += ["-map", "0:v:0", "-f", "null", "-"]
        ours = [sys.executable, "-m", "mediacatalog", "storyboard", str(path)]
        ours += ["--out", str(Path(folder) / "out")]
        ratios = []
        for _ in range(chosen.rounds):
            base, view = spent(bare), spent(ours)
            ratios.append((view[0] / base[0], view[1] / base[1]))
        for name, values in zip(("cpu", "wall"), zip(*ratios, strict=True), strict=True):
            low, high = min(values), max(values)
            print(
                f"{name}: {statistics.median(values):.2f}x [{low:.2f}-{high:.2f}] of a bare decode"
            )


main()
