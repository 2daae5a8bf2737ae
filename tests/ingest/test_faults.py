"""Faults of the world while a worker runs: a full disk, a database that is gone or read-only.

What can be read is read, nothing is half-registered, and the work goes on by itself.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, func, select, text

from mediacatalog.catalog import holdings
from mediacatalog.catalog.database import Catalogue, open_catalogue
from mediacatalog.catalog.models import Clip, ClipStage, Derivative, Root, Sighting
from mediacatalog.values import State, utc_now
from tests.factories import make_clip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mediacatalog.settings import Settings

FILES = 6
SECONDS = 180.0


class Keeper:
    """`mediacatalog worker`, started again when it ends, as by a supervisor."""

    def __init__(self, settings: Settings, log: Path) -> None:
        keys = ("data", "media", "database_url", "poll_seconds", "settle_seconds", "workers")
        chosen = {f"MEDIACATALOG_{key.upper()}": str(getattr(settings, key)) for key in keys}
        self._environment = os.environ | chosen | {"MEDIACATALOG_DISK_RESERVE_BYTES": "0"}
        self._log = log.open("w")
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "mediacatalog", "worker"]
        self.process = subprocess.Popen(command, env=self._environment, stderr=self._log)

    def keep(self) -> None:
        if self.process.poll() is not None:
            self.start()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self._log.close()


@pytest.fixture
def catalogue(migrated_url: str) -> Iterator[Catalogue]:
    opened = open_catalogue(migrated_url)
    yield opened
    opened.close()


@pytest.fixture
def keeper(settings: Settings, migrated_url: str, tmp_path: Path) -> Iterator[Keeper]:
    for number in range(FILES):
        shots = [("testsrc2", 2.0 + number / 25)]
        make_clip(settings.media, f"{number}.mp4", shots=shots, size="640x360")
    used = settings.model_copy(update={"database_url": migrated_url, "workers": 2})
    made = Keeper(used, tmp_path / "log")
    yield made
    made.stop()


def counts(catalogue: Catalogue) -> dict[str, int]:
    with catalogue.reading() as session:
        return holdings.counts(session)


def until(what: Callable[[], bool], keeper: Keeper) -> None:
    deadline = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < deadline, "it doesn't go on"
        keeper.keep()
        time.sleep(0.05)


def all_is_well(catalogue: Catalogue, settings: Settings) -> None:
    """Every file is ready, each of its derivatives is there, and nothing else is."""
    assert counts(catalogue)["ready"] == FILES
    with catalogue.reading() as session:
        assert session.scalar(select(func.count(Clip.id))) == FILES
        named = {settings.derivatives / path for path in session.scalars(select(Derivative.path))}
    assert {one for one in settings.derivatives.rglob("*") if one.is_file()} == named


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_a_full_disk_stops_the_work_until_there_is_room(
    keeper: Keeper, catalogue: Catalogue, settings: Settings
) -> None:
    """A limit of the size of files stands in for the disk: nothing can be written any more."""
    until(lambda: counts(catalogue)["running"] == 2, keeper)
    _, hard = resource.prlimit(keeper.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(keeper.process.pid, resource.RLIMIT_FSIZE, (1, hard))
    time.sleep(3)
    before = counts(catalogue)
    assert sum(before.values()) == FILES
    assert before["quarantined"] == before["partial"] == 0
    resource.prlimit(keeper.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    until(lambda: counts(catalogue)["ready"] == FILES, keeper)
    all_is_well(catalogue, settings)


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_a_clock_that_was_set_back_two_days_delays_nothing(
    keeper: Keeper, catalogue: Catalogue, settings: Settings
) -> None:
    """The other way round: what is recorded was planned and begun two days ahead."""
    until(lambda: counts(catalogue)["running"] == 2, keeper)
    keeper.process.kill()
    keeper.process.wait()
    ahead = utc_now() + timedelta(days=2)
    with catalogue.writing() as session:
        for root in session.scalars(select(Root)):
            root.last_pass_at = ahead
        for run in session.scalars(select(ClipStage).where(ClipStage.state == "running")):
            run.started_at, run.deaths = ahead, 3
        waiting = session.scalars(select(Sighting).where(Sighting.state == State.WAITING)).all()
        for number, one in enumerate(waiting):
            one.stable_since, one.state_at = ahead, ahead
            if number % 2:
                one.next_retry_at = ahead
            else:
                holdings.set_state(one, State.ARRIVING, "waiting until it stands still")
    keeper.start()
    until(lambda: counts(catalogue)["ready"] == FILES, keeper)
    all_is_well(catalogue, settings)


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_a_database_that_goes_away_or_takes_nothing_delays_the_work_and_no_more(
    keeper: Keeper, catalogue: Catalogue, settings: Settings
) -> None:
    url = catalogue.engine.url
    admin = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")

    def alter(change: str) -> None:
        with admin.connect() as connection:
            connection.execute(text(f'ALTER DATABASE "{url.database}" {change}'))
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname=:name"),
                {"name": url.database},
            )

    until(lambda: counts(catalogue)["running"] == 2, keeper)
    alter("SET default_transaction_read_only = on")
    time.sleep(3)
    assert sum(counts(catalogue).values()) == FILES  # reads go on
    alter("ALLOW_CONNECTIONS false")
    time.sleep(2)
    alter("ALLOW_CONNECTIONS true")
    alter("RESET default_transaction_read_only")
    until(lambda: counts(catalogue)["ready"] == FILES, keeper)
    all_is_well(catalogue, settings)
    admin.dispose()
