"""Workers are killed with SIGKILL, at every named step and at random: nothing is lost or double.

200 clips and three workers, on SQLite and on PostgreSQL; at every point of `killing.POINTS`, and
ten times wherever it hits.
"""

from __future__ import annotations

import hashlib
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from sqlalchemy import func, select

from mediacatalog.catalog import claims, holdings, posters, stages
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
from mediacatalog.ingest.roots import prepare_roots
from mediacatalog.ingest.watch import Watcher
from mediacatalog.values import State, utc_now
from tests.factories import SRT, make_clip
from tests.ingest import killing
from tests.ingest.killing import POINTS

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess
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
    running: list[ForkServerProcess] = field(default_factory=list)
    deaths: dict[str, float] = field(default_factory=dict)

    def start(self, point: str = "") -> ForkServerProcess:
        process = killing.start(self.settings, self.notes, point)
        self.running.append(process)
        return process

    def wait_for_death(self, process: ForkServerProcess) -> None:
        process.join(timeout=PATIENCE)
        self.deaths.setdefault(process.name, time.monotonic())
        self.running.remove(process)
        code = process.exitcode
        assert code == -signal.SIGKILL, f"the worker ended with {code}, it wasn't killed: {self}"

    def kill(self, process: ForkServerProcess) -> None:
        process.kill()
        self.deaths[process.name] = time.monotonic()  # joining may take until others went on
        self.wait_for_death(process)

    def wait_until(self, catalogue: Catalogue, count: int) -> None:
        """Until so many files are final. All that run must go on running."""
        deadline = time.monotonic() + PATIENCE
        while (found := ready(catalogue)) < count:
            assert all(one.is_alive() for one in self.running), f"a worker ended by itself: {self}"
            assert time.monotonic() < deadline, f"{found} of {count} files are done: {self}"
            time.sleep(0.1)

    def stop(self) -> None:
        for process in self.running:
            process.kill()
            process.join()

    def __str__(self) -> str:
        """What its workers said last."""
        log = self.notes.with_suffix(".log")
        return log.read_text()[-4000:] if log.exists() else ""


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
            fleet.wait_until(catalogue, begun + (CLIPS - begun) * kill // (KILLS + 1))
            time.sleep(dice.random() / 2)
            fleet.kill(dice.choice(fleet.running))
            fleet.start()
        fleet.wait_until(catalogue, CLIPS)
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


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_a_file_that_kills_its_workers_is_given_up_and_takes_no_other_with_it(
    settings: Settings, migrated_url: str, tmp_path: Path
) -> None:
    used = settings.model_copy(update={"database_url": migrated_url, "settle_seconds": 0.0})
    make_many(used.media, 7)
    catalogue = open_catalogue(migrated_url)
    prepare_roots(catalogue, used)
    watcher = Watcher(catalogue, used)
    watcher.reconcile_all()
    watcher.reconcile_all()
    with catalogue.reading() as session:
        (first,) = claims.waiting(session, limit=1)
        killer = holdings.path_of(session, holdings.sighting(session, first))
    fleet = Fleet(used, tmp_path / "decodes")
    try:
        for life in range(stages.MAX_DEATHS):
            fleet.wait_for_death(fleet.start(f"file:{killer.name}"))
            if life == 2:
                # Only those that were in hand with it, both times, may wait for their turn.
                assert ready(catalogue) >= 5, "it went before files that had killed nobody"
            an_hour_passes(catalogue)
        fleet.start(f"file:{killer.name}")
        fleet.wait_until(catalogue, 7)
    finally:
        fleet.stop()
    with catalogue.reading() as session:
        rows = session.execute(select(Sighting.display, Sighting.state, Sighting.reason))
        found = {row.display: (row.state, row.reason) for row in rows if row.state != State.IGNORED}
    catalogue.close()
    state, reason = found.pop(killer.name)
    assert state == State.QUARANTINED
    assert "5 workers in a row died in its stage watch_through" in reason
    assert set(found.values()) == {(State.READY, "")}


def an_hour_passes(catalogue: Catalogue) -> None:
    """All that is recorded lies further back; every pause is over."""
    with catalogue.writing() as session:
        for run in session.scalars(select(ClipStage).where(ClipStage.started_at.is_not(None))):
            run.started_at = (run.started_at or utc_now()) - timedelta(hours=1)
        for one in session.scalars(select(Sighting).where(Sighting.next_retry_at.is_not(None))):
            one.next_retry_at = None


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
    begun: dict[str, list[tuple[float, str]]] = {}
    ended: dict[tuple[str, str], list[float]] = {}
    for line in fleet.notes.read_text().splitlines():
        who, at, what, name = line.split()
        if what == "begin":
            begun.setdefault(name, []).append((float(at), who))
        else:
            ended.setdefault((name, who), []).append(float(at))
    assert len(begun) == clips
    for name, starts in begun.items():
        for (at, who), (after, other) in zip(sorted(starts), sorted(starts)[1:], strict=False):
            over = [one for one in ended.get((name, who), []) if one >= at]
            until = min(over, default=fleet.deaths.get(who, float("inf")))
            assert until <= after, f"{name}: {who} had it {at} to {until}, {other} from {after}"
