"""Workers are killed with SIGKILL, at every named step and at random: nothing is lost or double.

200 clips and three workers, on SQLite and on PostgreSQL; at every point of `killing.POINTS`, and
ten times wherever it hits.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from sqlalchemy import func, select

from mediacatalog.catalog import holdings, posters
from mediacatalog.catalog.database import Catalogue, open_catalogue
from mediacatalog.catalog.models import (
    Clip,
    ClipStage,
    Derivative,
    KeyframeRow,
    ShotRow,
    Sighting,
)
from mediacatalog.catalog.track_models import TrackRow
from mediacatalog.ingest.pipeline import STAGES
from mediacatalog.values import State
from tests.factories import SRT, make_clip
from tests.ingest.killing import POINTS

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.settings import Settings

CLIPS = 200
KILLS = 10
WORKERS = 3
PATIENCE = 240.0
"""Seconds until what is left over must be done; far more than it takes."""


@dataclass
class Fleet:
    """Worker processes over one catalogue, and when each of them died."""

    settings: Settings
    notes: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    deaths: dict[int, float] = field(default_factory=dict)

    def start(self, *points: str) -> subprocess.Popen[bytes]:
        given = {
            f"MEDIACATALOG_{name.upper()}": str(value)
            for name, value in self.settings.model_dump().items()
            if value != ""
        }
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("MEDIACATALOG")
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.ingest.killing", *points],
            env=environment | given | {"DECODES": str(self.notes)},
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.running.append(process)
        return process

    def wait_for_death(self, process: subprocess.Popen[bytes]) -> None:
        code = process.wait(timeout=PATIENCE)
        self.deaths[process.pid] = time.monotonic()
        self.running.remove(process)
        assert code == -signal.SIGKILL, f"the worker ended with {code}, it wasn't killed"

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGKILL)
        self.wait_for_death(process)

    def stop(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()


def make_many(folder: Path, count: int) -> dict[str, str]:
    """Distinct clips, a quarter of a second each: SHA-256 by file name."""
    first = make_clip(folder, "clip.mp4", shots=(("red", 0.25),), size="96x64").read_bytes()
    (folder / "clip.mp4").unlink()
    digests = {}
    for number in range(count):
        box = b"\0\0\0\x10free%08d" % number
        data, name = first + box, f"clip{number:04d}.mp4"
        (folder / name).write_bytes(data)
        digests[name] = hashlib.sha256(data).hexdigest()
        if number % 10 == 0:
            (folder / f"clip{number:04d}.srt").write_text(SRT)
    return digests


def ready(catalogue: Catalogue) -> int:
    with catalogue.reading() as session:
        counts = holdings.counts(session)
    return counts["ready"] + counts["partial"] + counts["quarantined"]


def wait_until(catalogue: Catalogue, count: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while (found := ready(catalogue)) < count:
        assert time.monotonic() < deadline, f"{found} of {count} files are done"
        time.sleep(0.1)


@pytest.mark.timeout(600)
def test_killed_workers_lose_nothing_and_do_nothing_twice(
    settings: Settings, migrated_url: str, tmp_path: Path
) -> None:
    used = settings.model_copy(update={"database_url": migrated_url, "settle_seconds": 0.0})
    digests = make_many(used.media, CLIPS)
    times = {name: (used.media / name).stat().st_mtime_ns for name in digests}
    catalogue = open_catalogue(migrated_url)
    fleet = Fleet(used, tmp_path / "decodes")
    try:
        for start in range(0, len(POINTS), WORKERS):
            dying = [fleet.start(point) for point in POINTS[start : start + WORKERS]]
            for process in dying:
                fleet.wait_for_death(process)
        for _ in range(WORKERS):
            fleet.start()
        dice = random.Random(7)
        begun = ready(catalogue)
        for kill in range(KILLS):
            wait_until(catalogue, begun + (CLIPS - begun) * kill // (KILLS + 1))
            time.sleep(dice.random() / 2)
            fleet.kill(dice.choice(fleet.running))
            fleet.start()
        wait_until(catalogue, CLIPS)
        time.sleep(1)  # nothing may come after the end
    finally:
        fleet.stop()
    assert len(fleet.deaths) == len(POINTS) + KILLS
    the_catalogue_is_whole(catalogue, digests)
    the_store_is_whole(catalogue, used.derivatives)
    nothing_was_decoded_by_two_at_once(fleet, CLIPS)
    for name, digest in digests.items():
        path = used.media / name
        assert path.stat().st_mtime_ns == times[name]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert not list((used.data / "incoming").glob("*"))
    catalogue.close()


def the_catalogue_is_whole(catalogue: Catalogue, digests: dict[str, str]) -> None:
    """Every file is final exactly once, and every stage is done exactly for its clip."""
    with catalogue.reading() as session:
        rows = session.execute(
            select(Sighting.display, Sighting.state, Sighting.reason, Clip.sha256)
            .join(Clip, Clip.id == Sighting.clip_id)
            .where(Sighting.state != State.IGNORED)
        ).all()
        assert [row for row in rows if row.state != State.READY] == []
        assert {row.display: row.sha256 for row in rows} == digests
        assert session.scalar(select(func.count(Clip.id))) == len(digests)
        assert set(session.scalars(select(Clip.state))) == {State.READY}
        runs = session.execute(select(ClipStage.stage, ClipStage.state)).all()
        assert Counter(tuple(run) for run in runs) == {
            (stage, "done"): len(digests) for stage in STAGES if stage != posters.STAGE
        }, "nobody pinned a poster"
        for table, per_clip in ((ShotRow, 1), (KeyframeRow, 1)):
            assert session.scalar(select(func.count()).select_from(table)) == per_clip * len(
                digests
            )
        assert session.scalar(select(func.count(TrackRow.id))) == len(digests) // 10


def the_store_is_whole(catalogue: Catalogue, folder: Path) -> None:
    """Every derivative re-opens with its bytes; nothing lies there that no row names."""
    with catalogue.reading() as session:
        rows = session.execute(
            select(Derivative.path, Derivative.sha256, Derivative.kind, Derivative.width)
        ).all()
    named = set()
    for path, digest, kind, width in rows:
        data = (folder / path).read_bytes()
        assert hashlib.sha256(data).hexdigest() == digest
        named.add(folder / path)
        if kind != "storyboard_index":
            picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            assert picture is not None
            assert picture.shape[1] == width
    assert {path for path in folder.rglob("*") if path.is_file()} == named


def nothing_was_decoded_by_two_at_once(fleet: Fleet, clips: int) -> None:
    begun: dict[str, list[tuple[float, int]]] = {}
    ended: dict[tuple[str, int], list[float]] = {}
    for line in fleet.notes.read_text().splitlines():
        pid, at, what, name = line.split()
        if what == "begin":
            begun.setdefault(name, []).append((float(at), int(pid)))
        else:
            ended.setdefault((name, int(pid)), []).append(float(at))
    assert len(begun) == clips
    for name, starts in begun.items():
        for (at, pid), (after, _) in zip(sorted(starts), sorted(starts)[1:], strict=False):
            over = [one for one in ended.get((name, pid), []) if one >= at]
            until = min(over, default=fleet.deaths.get(pid, float("inf")))
            assert until <= after, f"{name} was decoded twice at once"
