"""How much faster two workers are than one, on as many processors.

    python benchmarks/workers.py [--files 16] [--rounds 2] [--url postgresql+psycopg://…]

Each worker reads one file at a time. One and two take turns over the same files; prints the ratio
of their rates for SQLite, and for PostgreSQL when `--url` names a server to make databases on.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import create_engine, make_url, text
from tests.factories import make_clip
from tests.ingest import test_kill as story

from mediacatalog.catalog.database import open_catalogue
from mediacatalog.ingest.roots import prepare_roots
from mediacatalog.ingest.watch import Watcher
from mediacatalog.settings import Settings


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
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_files(Path(folder) / "media", given.files)
        for name, server in (("SQLite", ""), ("PostgreSQL", given.url)):
            if server or name == "SQLite":
                compare(name, Path(folder), server, given.files, given.rounds)


if __name__ == "__main__":
    main()
