"""The whole viewing of a file against a bare decode of the same file, interleaved, as ratios.

    python benchmarks/ingest.py [FILE…] [--rounds 3] [--peers] [--long] [--many 60]
                                [--growing 2000] [--children 6]

Without FILE clips of 1080p H.264, 720p MPEG-4 ASP, 1080p AV1 and 4K HEVC in 10 bits are made. The
yardstick is `ffmpeg -f null -` of the same file with one thread; each ratio is taken within one
round. "warm" is the resident decoder child with all outputs, the sound and the SHA-256, without
its start; "cold" counts its start and its sandbox, too, in wall time only: the kernel doesn't hand
on what a killed sandbox used. "balanced" and "quick" are warm. "ingest" is all that is done for a
file, with probe, captions, rows on SQLite and index, by a worker that is up. Prints the median and
the range of cpu and wall, and the child's peak of memory.

`--peers` adds the ways of others: a seek for each still, a decode for each product, and
PySceneDetect where it is installed. `--long` shows that ten times the length costs ten times the
work, and no more memory. `--many` compares so many short clips with one ffprobe each. `--growing`
takes in so many in ten parts: what a clip costs, and how large the processes are, in each.
`--children` reads copies of each file by one child with all threads, and by as many children of one
thread as there are cores.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import importlib.util
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Self

from mediacatalog import settings as settings_module
from mediacatalog.ingest.direct import Direct
from mediacatalog.media import fingerprint
from mediacatalog.media.viewing import Viewer
from mediacatalog.search.index import SearchIndex
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


def adopt_orphans() -> None:
    """Be told what ffprobe and ffmpeg used: bubblewrap's inner process outlives its outer one."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def cpu_seconds() -> float:
    """Of this process, what it reaped, and what it has running."""
    time.sleep(0.05)  # what is about to end
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
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


def detect(path: Path) -> None:
    code = "import sys, scenedetect as s; s.detect(sys.argv[1], s.ContentDetector())"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)


class Archive:
    """A catalogue whose worker is up, and copies of files that it doesn't know."""

    def __init__(self, folder: Path) -> None:
        media = folder / "media"
        media.mkdir()
        self._media, self._copies = media, 0
        self._settings = settings_module.override(data=folder / "data", media=media)
        self._direct = Direct(self._settings)
        self._index = SearchIndex(self._settings.index)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._direct.__exit__()

    def copy(self, path: Path) -> Path:
        """The same file with other bytes: an empty box, or chunk, at its end."""
        self._copies += 1
        copy = self._media / f"{self._copies}{path.suffix}"
        shutil.copyfile(path, copy)
        junk = self._copies.to_bytes(8, "big")
        avi = path.suffix == ".avi"
        with copy.open("ab") as file:
            file.write(b"JUNK\x08\0\0\0" + junk if avi else b"\0\0\0\x10free" + junk)
        return copy

    def ingest(self, paths: list[Path]) -> None:
        results = list(self._direct.ingest(self._direct.choose(paths)))
        if any(result.state != "ready" for result in results):
            raise SystemExit(f"not ready: {results}")
        self._index.catch_up(self._direct.catalogue)


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
        if importlib.util.find_spec("scenedetect"):
            found["PySceneDetect"] = lambda: detect(path)
        else:
            print("PySceneDetect isn't installed here: not compared")
    return found


def measure(path: Path, rounds: int, *, peers: bool) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Viewer() as viewer,
        Archive(Path(folder)) as archive,
    ):
        into = Path(folder)
        viewer.quick_look(path, into)  # the child is up
        archive.ingest([archive.copy(path)])
        ratios: dict[str, list[tuple[float, float]]] = {}
        called = ways(viewer, path, into, peers=peers)
        for _ in range(rounds):
            base = spent(lambda: bare(path))
            unknown = archive.copy(path)
            called["ingest"] = lambda unknown=unknown: archive.ingest([unknown])
            for name, call in called.items():
                one = spent(call)
                ratios.setdefault(name, []).append((one[0] / base[0], one[1] / base[1]))
        print(f"{path.name}: peak of a child {peak_mebibytes()} MiB")
    tell(ratios)


def tell(ratios: dict[str, list[tuple[float, float]]]) -> None:
    for name, found in ratios.items():
        told = []
        for kind, values in zip(("cpu", "wall"), zip(*found, strict=True), strict=True):
            if (name, kind) == ("cold", "cpu"):
                continue
            middle, low, high = statistics.median(values), min(values), max(values)
            told.append(f"{kind} {middle:.2f}x [{low:.2f}-{high:.2f}]")
        print(f"  {name:22} {'  '.join(told)}")


def bare(path: Path) -> None:
    tool("-threads", "1", "-i", str(path), "-f", "null", "-")


def measure_length(path: Path) -> None:
    """Once and ten times the same stream, without coding it again."""
    with tempfile.TemporaryDirectory() as folder:
        longer = Path(folder) / f"ten{path.suffix}"
        tool("-stream_loop", "9", "-i", str(path), "-c", "copy", str(longer))
        found = []
        for one in (path, longer):
            with Viewer() as viewer:
                viewer.quick_look(path, Path(folder))  # the child is up
                cpu, _ = spent(
                    lambda one=one, viewer=viewer: view(viewer, one, Path(folder), Manner())
                )
                found.append((cpu, peak_mebibytes()))
    (once, low), (ten, high) = found
    print(
        f"{path.name}: ten times the length costs {ten / once:.1f}x cpu; peak {low} and {high} MiB"
    )


def measure_many(count: int, rounds: int) -> None:
    """Two-second clips, one after the other, against a bare ffprobe process of each."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Viewer() as viewer,
        Archive(Path(folder)) as archive,
    ):
        one = Path(folder) / "short.mp4"
        tool("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2", "-c:v", "libx264", str(one))
        archive.ingest([archive.copy(one)])
        viewer.quick_look(one, Path(folder))
        ratios: dict[str, list[tuple[float, float]]] = {}
        for _ in range(rounds):
            copies = [archive.copy(one) for _ in range(count)]
            base = spent(lambda copies=copies: [ffprobe(path) for path in copies])
            for name, call in {
                "viewing, SHA-256": lambda copies=copies: [
                    view(viewer, path, Path(folder), Manner()) for path in copies
                ],
                "bare decode": lambda copies=copies: [bare(path) for path in copies],
                "ingest": lambda copies=copies: archive.ingest(copies),
            }.items():
                cpu, wall = spent(call)
                ratios.setdefault(name, []).append((cpu / base[0], wall / base[1]))
    print(f"{count} clips of two seconds, against one ffprobe each:")
    tell(ratios)


def measure_growing(count: int) -> None:
    """So many two-second clips, each with pictures of its own, in ten parts."""
    with tempfile.TemporaryDirectory() as folder, Archive(Path(folder)) as archive:
        kinds = []
        for number in range(20):
            kinds.append(Path(folder) / f"{number}.mp4")
            source = f"testsrc2=s=320x180:r=25:d=2,hue=h={18 * number}"
            tool("-f", "lavfi", "-i", source, "-c:v", "libx264", str(kinds[-1]))
        archive.ingest([archive.copy(kinds[0])])
        children: set[int] = set()
        for part in range(10):
            copies = [archive.copy(kinds[n % len(kinds)]) for n in range(count // 10)]
            cpu, _ = spent(lambda copies=copies: archive.ingest(copies))
            children |= set(descendants())
            own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            print(
                f"clips to {(part + 1) * len(copies):6}: {cpu / len(copies) * 1000:4.0f} ms of "
                f"processor time each; worker {own} MiB, its largest child {peak_mebibytes()} MiB, "
                f"{len(children)} processes seen",
                flush=True,
            )


def measure_children(path: Path, count: int, rounds: int) -> None:
    """Copies of a file: one child that uses all cores, and one child of one thread for each."""
    cores = os.cpu_count() or 1

    def read(viewers: list[Viewer], threads: int, into: Path) -> None:
        left = iter(range(count))
        lock = threading.Lock()

        def work(viewer: Viewer, own: Path) -> None:
            while True:
                with lock:
                    if next(left, None) is None:
                        return
                view(viewer, path, own, Manner(threads))

        with ThreadPoolExecutor(len(viewers)) as pool:
            for done in [
                pool.submit(work, viewer, into / str(number))
                for number, viewer in enumerate(viewers)
            ]:
                done.result()

    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        viewers = [stack.enter_context(Viewer()) for _ in range(cores)]
        for viewer in viewers:
            viewer.quick_look(path, Path(folder))  # they are up
        ratios: dict[str, list[tuple[float, float]]] = {}
        for _ in range(rounds):
            alone = spent(lambda: read(viewers[:1], cores, Path(folder)))
            many = spent(lambda: read(viewers, 1, Path(folder)))
            ratios.setdefault(f"{cores} children", []).append(
                (many[0] / alone[0], many[1] / alone[1])
            )
    print(f"{path.name} {count} times, against one child of {cores} threads:")
    tell(ratios)


def ffprobe(path: Path) -> None:
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format"]
    subprocess.run([*command, str(path)], check=True, capture_output=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--many", type=int, default=0)
    parser.add_argument("--growing", type=int, default=0)
    parser.add_argument("--children", type=int, default=0)
    chosen = parser.parse_args()
    adopt_orphans()
    if chosen.growing:
        measure_growing(chosen.growing)
        return
    if chosen.many:
        measure_many(chosen.many, chosen.rounds)
        return
    with tempfile.TemporaryDirectory() as folder:
        for path in chosen.files or make(Path(folder)):
            if chosen.long:
                measure_length(path)
            elif chosen.children:
                measure_children(path, chosen.children, chosen.rounds)
            else:
                measure(path, chosen.rounds, peers=chosen.peers)


main()
