"""How much faster two workers are than one, on as many processors.

    python benchmarks/workers.py [--files 16] [--rounds 2] [--url postgresql+psycopg://…]
    python benchmarks/workers.py --small 10000

Each worker reads one file at a time. One and two take turns over the same files; prints the ratio
of their rates for SQLite, and for PostgreSQL when `--url` names a server to make databases on.

`--small` gives one worker, with a hand for each core and SQLite, so many clips of two seconds that
all differ in bytes and in pictures. It prints for each tenth of them what a clip took on the clock
of processor time (of the worker and of its children that ended: decoders stay), and the memory of
the worker and of its children.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import create_engine, make_url, text
from tests.factories import make_clip
from tests.ingest import test_kill as story

from mediacatalog.catalog.database import open_catalogue
from mediacatalog.ingest.roots import prepare_roots
from mediacatalog.ingest.watch import Watcher
from mediacatalog.settings import Settings

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue


def make_files(folder: Path, count: int) -> None:
    """Distinct files of some seconds of 720p, for which decoding is most of the work."""
    made = make_clip(folder, "made.mp4", shots=(("testsrc2", 6), ("smptebars", 2)), size="1280x720")
    data = made.read_bytes()
    made.unlink()
    for number in range(count):
        (folder / f"{number}.mp4").write_bytes(data + b"\0\0\0\x10free%08d" % number)


def seconds(folder: Path, media: Path, url: str, workers: int, count: int) -> float:
    """How long so many workers take; what comes before their first file isn't counted."""
    settings = Settings(
        data=folder / uuid.uuid4().hex,
        media=media,
        database_url=url,
        poll_seconds=0.2,
        settle_seconds=0.0,
        disk_reserve_bytes=0,
        workers=1,
    )
    catalogue = open_catalogue(settings.catalogue_url)
    catalogue.upgrade()
    prepare_roots(catalogue, settings)
    watcher = Watcher(catalogue, settings)
    for _ in range(3):
        watcher.reconcile_all()
    fleet = story.Fleet(settings, settings.data / "decodes")
    try:
        for _ in range(workers):
            fleet.start()
        fleet.wait_until(catalogue, workers)
        began = time.monotonic()
        fleet.wait_until(catalogue, count)
        return (time.monotonic() - began) / (count - workers)
    finally:
        fleet.stop()
        catalogue.close()


def compare(name: str, folder: Path, server: str, files: int, rounds: int) -> None:
    media = folder / "media"
    ratios = []
    for number in range(rounds):
        took = {}
        for workers in (1, 2) if number % 2 == 0 else (2, 1):
            url = _new_database(server) if server else ""
            took[workers] = seconds(folder, media, url, workers, files)
        ratios.append(took[1] / took[2])
        print(f"  {name}: {1 / took[1]:.2f} and {1 / took[2]:.2f} files/s", flush=True)
    print(f"{name}: two workers read {statistics.median(ratios):.2f} times as fast as one {ratios}")


def small(folder: Path, count: int) -> None:
    """How the rate and the memory of one worker go over so many small clips."""
    media = folder / "media"
    media.mkdir()
    # One film cut up: a process for each would take longer than to read them.
    source = f"testsrc2=s=320x180:r=25:d={2 * count}"
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", source, "-c:v", "libx264"),
            *("-preset", "ultrafast", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0"),
            *("-f", "segment", "-segment_time", "2", "-reset_timestamps", "1"),
            str(media / "%06d.mp4"),
        ],
        check=True,
    )
    settings = Settings(
        data=folder / "data",
        media=media,
        poll_seconds=0.2,
        settle_seconds=0.0,
        disk_reserve_bytes=0,
    )
    catalogue = open_catalogue(settings.catalogue_url)
    catalogue.upgrade()
    prepare_roots(catalogue, settings)
    watcher = Watcher(catalogue, settings)
    for _ in range(3):
        watcher.reconcile_all()
    fleet = story.Fleet(settings, settings.data / "decodes")
    try:
        worker = fleet.start().pid or 0
        done = _done(fleet, catalogue, 20)
        for part in range(1, 11):
            before, used, began = done, _used(worker), time.monotonic()
            done = _done(fleet, catalogue, count * part // 10)
            clips, took = max(1, done - before), time.monotonic() - began
            jobs = sum(one.stat().st_size for one in settings.data.glob("jobs.sqlite*"))
            print(
                f"clips to {done:6}: {took / clips * 1000:4.0f} ms each, "
                f"{(_used(worker) - used) / clips * 1000:4.0f} ms of the worker's processor time; "
                f"MiB: worker {_mebibytes(worker)}, its children "
                f"{sorted(map(_mebibytes, _children(worker)))}; job database {jobs >> 10} KiB",
                flush=True,
            )
    finally:
        fleet.stop()
        catalogue.close()


def _done(fleet: story.Fleet, catalogue: Catalogue, count: int) -> int:
    """Wait until so many are done, however long; how many there are."""
    while (found := story.ready(catalogue)) < count:
        if not all(one.is_alive() for one in fleet.running):
            raise SystemExit(f"the worker ended: {fleet}")
        time.sleep(0.1)
    return found


def _used(pid: int) -> float:
    """Seconds of processor time of a process and of the children that it has reaped."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _mebibytes(pid: int) -> int:
    with contextlib.suppress(OSError):
        found = re.search(r"VmRSS:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) >> 10 if found else 0
    return 0


def _children(pid: int) -> list[int]:
    found = []
    for one in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(one.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(one.parent.name))
    return found


def _new_database(server: str) -> str:
    name = f"bench_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--url", default="", help="a PostgreSQL server on which databases are made")
    parser.add_argument("--small", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.small:
            small(Path(folder), given.small)
            return
        make_files(Path(folder) / "media", given.files)
        for name, server in (("SQLite", ""), ("PostgreSQL", given.url)):
            if server or name == "SQLite":
                compare(name, Path(folder), server, given.files, given.rounds)


if __name__ == "__main__":
    main()
