"""The whole viewing of a file against a bare decode of the same file, interleaved, as ratios.

    python benchmarks/ingest.py [FILE…] [--rounds 3] [--peers]

Without FILE clips of 1080p H.264, 720p MPEG-4 ASP, 1080p AV1 and 4K HEVC in 10 bits are made. The
yardstick is `ffmpeg -f null -` with one thread, of the pictures only; each ratio is taken within
one round. "warm" is the resident decoder child with all outputs, the sound and the SHA-256, without
its start; "cold" counts its start and its sandbox, too, in wall time only: the kernel doesn't hand
on what a killed sandbox used. "balanced" and "quick" are warm. Prints the median and the range of
cpu and wall, and the child's peak of memory.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from mediacatalog.media import fingerprint
from mediacatalog.media.viewing import Viewer
from mediacatalog.values import Manner

if TYPE_CHECKING:
    from collections.abc import Callable

MADE: dict[str, tuple[str, ...]] = {
    "h264-1080p.mp4": ("-c:v", "libx264", "-preset", "faster"),
    "mpeg4-720p.avi": ("-s", "1280x720", "-c:v", "mpeg4", "-bf", "2", "-q:v", "4"),
    "av1-1080p.mp4": ("-t", "10", "-c:v", "libsvtav1", "-preset", "12", "-crf", "35"),
    "hevc-4k.mp4": (
        *("-t", "6", "-s", "3840x2160", "-pix_fmt", "yuv420p10le", "-c:v", "libx265"),
        *("-preset", "ultrafast", "-x265-params", "bframes=3:log-level=error"),
    ),
}
SEEKS = 107
"""What a catalogue of that way takes of each file: 81 small stills, 25 for its hash, a cover."""


def descendants() -> list[int]:
    """All processes that this one started, however deep, from /proc."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, open_ones = [], [os.getpid()]
    while open_ones:
        children = parents.get(open_ones.pop(), [])
        found += children
        open_ones += children
    return found


def cpu_seconds() -> float:
    """Of this process, what it reaped, and what it has running."""
    own, reaped = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    total = own.ru_utime + own.ru_stime + reaped.ru_utime + reaped.ru_stime
    for pid in descendants():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return total


def peak_mebibytes() -> int:
    peaks = [0]
    for pid in descendants():
        try:
            found = re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        except OSError:
            continue
        peaks.append(int(found[1]) >> 10 if found else 0)
    return max(peaks)


def spent(call: Callable[[], object]) -> tuple[float, float]:
    cpu, began = cpu_seconds(), time.monotonic()
    call()
    return cpu_seconds() - cpu, time.monotonic() - began


def tool(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments], check=True)


def make(folder: Path) -> list[Path]:
    """Zooms into a fractal from several places, a test picture between, a little grain."""
    fractal = "mandelbrot=s=640x360:r=25:inner=convergence"
    sources = [fractal, f"{fractal}:start_y=0.9:end_scale=0.1", "testsrc2=s=640x360:r=25"]
    sources.append(f"{fractal}:start_x=0.3:outer=white")
    inputs = [word for one in sources for word in ("-f", "lavfi", "-t", "6", "-i", one)]
    joined = "".join(f"[{n}:v]" for n in range(len(sources))) + f"concat=n={len(sources)}"
    graph = f"{joined},scale=1920:1080:flags=bicubic,noise=alls=4:allf=t,format=yuv420p"
    made: list[Path] = []
    for name, options in MADE.items():
        source = ("-i", str(made[0])) if made else (*inputs, "-filter_complex", graph)
        made.append(folder / name)
        tool(*source, *options, str(made[-1]))
    return made


def view(viewer: Viewer, path: Path, into: Path, manner: Manner) -> None:
    fingerprint.fingerprint(path)
    viewer.watch_through(path, into, manner=manner)


def cold(path: Path, into: Path) -> None:
    with Viewer() as viewer:
        view(viewer, path, into, Manner())


def seeks(path: Path, into: Path, seconds: float) -> None:
    for number in range(SEEKS):
        at = f"{seconds * number / SEEKS:.3f}"
        still = ("-frames:v", "1", "-vf", "scale=320:-2", str(into / f"{number}.jpg"))
        tool("-ss", at, "-i", str(path), *still)


def products(path: Path, into: Path) -> None:
    """A decode for each product, as separate commands do it: cuts, black, freeze, storyboard."""
    for filters in ("scdet", "blackdetect", "freezedetect"):
        tool("-threads", "1", "-i", str(path), "-map", "0:v:0", "-vf", filters, "-f", "null", "-")
    board = "fps=1/5,scale=320:-2,tile=10x10"
    tool("-threads", "1", "-i", str(path), "-map", "0:v:0", "-vf", board, str(into / "%d.jpg"))


def ways(viewer: Viewer, path: Path, into: Path, *, peers: bool) -> dict[str, Callable[[], object]]:
    found: dict[str, Callable[[], object]] = {
        "warm": lambda: view(viewer, path, into, Manner()),
        "cold": lambda: cold(path, into),
        "balanced": lambda: view(viewer, path, into, Manner(balanced=True)),
        "quick": lambda: viewer.quick_look(path, into),
    }
    if peers:
        seconds = viewer.watch_through(path, into).duration_ms / 1000
        found |= {
            f"{SEEKS} seeks": lambda: seeks(path, into, seconds),
            "a decode per product": lambda: products(path, into),
        }
    return found


def measure(path: Path, rounds: int, *, peers: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, Viewer() as viewer:
        into = Path(folder)
        viewer.quick_look(path, into)  # the child is up
        ratios: dict[str, list[tuple[float, float]]] = {}
        called = ways(viewer, path, into, peers=peers)
        for _ in range(rounds):
            bare = ("-threads", "1", "-i", str(path), "-map", "0:v:0", "-f", "null", "-")
            base = spent(lambda bare=bare: tool(*bare))
            for name, call in called.items():
                one = spent(call)
                ratios.setdefault(name, []).append((one[0] / base[0], one[1] / base[1]))
        print(f"{path.name}: peak of the child {peak_mebibytes()} MiB")
    for name, found in ratios.items():
        told = []
        for kind, values in zip(("cpu", "wall"), zip(*found, strict=True), strict=True):
            if (name, kind) == ("cold", "cpu"):
                continue
            middle, low, high = statistics.median(values), min(values), max(values)
            told.append(f"{kind} {middle:.2f}x [{low:.2f}-{high:.2f}]")
        print(f"  {name:22} {'  '.join(told)}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for path in chosen.files or make(Path(folder)):
            measure(path, chosen.rounds, peers=chosen.peers)


main()
