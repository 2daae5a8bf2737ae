"""What a look at a folder of unchanged files costs, against a bare walk of it, as ratios.

    python benchmarks/reconcile.py [--files 100000] [--rounds 5] [--url postgresql+psycopg://…]

The yardstick lists every folder and asks the system for each file's size and time, nothing else.
"compared" is a pass that compares all with the catalogue, "calm" the ordinary pass over a folder in
which nothing changed. Walk and passes take turns; prints medians. Another pass of each kind goes
with the system telling of every file that is opened: of the clips none may be.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import update
from watchdog.events import FileOpenedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from mediacatalog.catalog import holdings
from mediacatalog.catalog.database import Catalogue, open_catalogue
from mediacatalog.catalog.models import Sighting
from mediacatalog.ingest.watch import Watcher
from mediacatalog.settings import Settings
from mediacatalog.values import State

if TYPE_CHECKING:
    from collections.abc import Callable

A_FOLDER = 500
"""Files in one folder."""


class Opened(FileSystemEventHandler):
    """Counts the files below a folder that anybody opens."""

    def __init__(self, folder: Path) -> None:
        self.names: list[str] = []
        self._observer = Observer()
        self._observer.schedule(self, str(folder), recursive=True, event_filter=[FileOpenedEvent])
        self._observer.start()

    def on_opened(self, event: FileSystemEvent) -> None:
        self.names.append(Path(os.fsdecode(event.src_path)).name)

    def during(self, call: Callable[[], object], sign: Path) -> int:
        """How many were opened meanwhile; `sign` is opened last, and must have been seen."""
        self.names.clear()
        call()
        sign.read_bytes()
        deadline = time.monotonic() + 60
        while sign.name not in self.names:
            if time.monotonic() > deadline:
                raise RuntimeError("the system told of no opened file")
            time.sleep(0.05)
        return sum(name.endswith(".mp4") for name in self.names if name != sign.name)

    def stop(self) -> None:
        self._observer.stop()
        self._observer.join()


def make(folder: Path, count: int) -> None:
    for start in range(0, count, A_FOLDER):
        below = folder / f"{start // A_FOLDER:04d}"
        below.mkdir(parents=True)
        for number in range(start, min(count, start + A_FOLDER)):
            (below / f"clip{number:06d}.mp4").write_bytes(b"x")


def walk(folder: str) -> int:
    """Size and time of every file, and nothing else."""
    files = 0
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            files += walk(entry.path)
        else:
            entry.stat(follow_symlinks=False)
            files += 1
    return files


def prepare(catalogue: Catalogue, settings: Settings) -> None:
    """Let the catalogue have read every file long ago."""
    with catalogue.writing() as session:
        holdings.root(session, settings.media, kind="watched")
    Watcher(catalogue, settings).reconcile_all()
    with catalogue.writing() as session:
        session.execute(update(Sighting).values(state=State.READY, companions=""))


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def measure(folder: Path, url: str, files: int, rounds: int) -> None:
    media = folder / "media"
    settings = Settings(data=folder / "data", media=media, database_url=url)
    catalogue = open_catalogue(settings.catalogue_url)
    catalogue.upgrade()
    prepare(catalogue, settings)
    watcher = Watcher(catalogue, settings)

    def calm() -> None:
        (done,) = watcher.reconcile_all()
        if (done.files, done.changed, done.alarm) != (files + 1, {}, None):
            raise RuntimeError(f"the folder was to look unchanged: {done}")

    def compared() -> None:
        nonlocal watcher
        watcher = Watcher(catalogue, settings)  # one that never looked before
        calm()

    sign = media / "0000" / "sign.txt"
    sign.write_text("the last to be opened")
    watcher.reconcile_all()
    took: dict[str, list[float]] = {"walk": [], "calm": [], "compared": []}
    for _ in range(rounds):
        took["walk"].append(seconds(lambda: walk(str(media))))
        took["compared"].append(seconds(compared))
        took["calm"].append(seconds(calm))
    bare = statistics.median(took["walk"])
    print(f"{files} files; bare walk {bare:.2f} s")
    for name in ("calm", "compared"):
        ratio = statistics.median(a / b for a, b in zip(took[name], took["walk"], strict=True))
        print(f"{name}: {statistics.median(took[name]):.2f} s, {ratio:.1f} times the walk")
    opened = Opened(media)
    print(f"clips opened by a calm pass: {opened.during(calm, sign)}")
    print(f"clips opened by a compared pass: {opened.during(compared, sign)}")
    opened.stop()
    catalogue.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--url", default="", help="an empty PostgreSQL database; else SQLite")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder) / "media", given.files)
        measure(Path(folder), given.url, given.files, given.rounds)


if __name__ == "__main__":
    main()
