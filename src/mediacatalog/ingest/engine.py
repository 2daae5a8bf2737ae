"""Durable execution of the pipeline: the only module that knows DBOS.

The catalogue is the queue: it says what waits, and what is the most urgent. A worker with a free
hand claims a file and starts a durable workflow, named by the claim, so that a restart goes on
with it: after the last finished stage, which the catalogue knows. Losing the job database costs
repeated work, never a clip. Promise: stages run at least once, their committed effect appears once
(see `catalog.stages` and `catalog.claims`).
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from mediacatalog.articles.mentions import gazetteer
from mediacatalog.catalog import claims, holdings, stages
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.errors import FencedError, LockedError, ToolFailedError
from mediacatalog.gathering import Gatherer
from mediacatalog.ingest import admission, erasing, notify, pipeline
from mediacatalog.ingest.events import Events
from mediacatalog.ingest.jobs import Services, at_once
from mediacatalog.ingest.locks import GATHER_LOCK, SLOT_LOCK, TELL_LOCK, WATCH_LOCK, Locks
from mediacatalog.ingest.pictures import Reader
from mediacatalog.ingest.proxies import Maker
from mediacatalog.ingest.renditions import Renderer
from mediacatalog.ingest.watch import Pass, Watcher
from mediacatalog.media import sandbox, viewing
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from types import TracebackType

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.ingest.jobs import Step
    from mediacatalog.settings import Settings

log = logging.getLogger(__name__)

WORKFLOW = "ingest"
APPLICATION = "ingest-3"
"""Pinned: bump it only when the order of steps changes, after draining. The default, a hash of the
source, strands running work at every deployment."""
RECORDED = ("fingerprint",)
"""Steps whose result is kept here: a large file isn't read again for its digest."""
MOST_IN_A_ROW = 500
"""Small files that one workflow goes through: to start one costs as much as their rows."""
POLL_SECONDS = 1.0
"""Between two looks for work; one small query."""
EVENTS_SECONDS = 0.3
PASS_SECONDS = 120.0
ORPHAN_ROUNDS = 10
"""Rounds of the dispatcher between two looks for what dead executors left."""
FORGET_ROUNDS = 1000
IDLE_SECONDS = 10.0
"""A recorded workflow that nobody runs after so long has ended, whatever the record says."""
BACKGROUND = (Maker, Renderer, Reader)
"""What is made while there is a hand that no file needs."""


def complete_pass(catalogue: Catalogue, settings: Settings) -> list[Pass]:
    """One complete look at every root: our own, or the next one of the worker that watches.

    Raises LockedError when that worker doesn't end a pass in time.
    """
    locks = Locks(catalogue, settings)
    try:
        if locks.take(WATCH_LOCK, 0):
            return Watcher(catalogue, settings).reconcile_all()
    finally:
        locks.close()
    asked, deadline = utc_now(), time.monotonic() + PASS_SECONDS
    while time.monotonic() < deadline:
        with catalogue.reading() as session:
            roots = holdings.roots(session, "watched", "uploads")
            if all(root.alarm or (root.last_pass_at or asked) > asked for root in roots):
                return [
                    Pass(root.path, holdings.present(session, root.id), alarm=root.alarm)
                    for root in roots
                ]
        time.sleep(POLL_SECONDS)
    raise LockedError(f"the worker that watches has ended no pass in {PASS_SECONDS:g} s")


def owner_name(slot: int) -> str:
    return f"slot-{slot}"


def release_orphans(catalogue: Catalogue, locks: Locks, me: str) -> int:
    """Give back what dead executors had in hand; returns how many sightings."""
    with catalogue.reading() as session:
        held = [(one, owner) for one, owner in claims.running(session) if owner != me]
    gone = 0
    for sighting_id, owner in held:
        number = (owner or "").removeprefix("slot-")
        if number.isdecimal() and locks.is_held(SLOT_LOCK, int(number)):
            continue
        with catalogue.writing() as session:
            claims.release(session, sighting_id)
        gone += 1
    return gone


def _jobs_engine(settings: Settings) -> sa.Engine:
    """DBOS's own file: WAL and IMMEDIATE, or it runs five times slower. It may be lost."""
    settings.data.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        f"sqlite:///{settings.data / 'jobs.sqlite'}", connect_args={"timeout": 30}, pool_size=20
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _entry: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in (
            "busy_timeout=30000",
            "foreign_keys=ON",
            "journal_mode=WAL",
            "synchronous=NORMAL",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _write_gazetteer() -> None:
    """Searches know the world's towns once it is there."""
    gazetteer.load()


class Worker:
    """One worker process: the watcher (if no other process is it) and durable ingest workflows."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        sandbox.use(settings.sandbox)
        log.info("files are read in the sandbox %s", sandbox.kind())
        self.catalogue = open_catalogue(settings.catalogue_url)
        self.stop = threading.Event()
        self.locks = Locks(self.catalogue, settings)
        self.owner = owner_name(self.locks.slot())
        self.concurrency = settings.workers or os.cpu_count() or 1
        self._room = True
        self._active: set[tuple[str, int]] = set()
        """(sighting, fence) of each workflow that runs here, or is about to."""
        self._alone = False
        """Whether the one that runs here is to be the only one: workers died over it."""
        self._idle: dict[str, float] = {}
        """Sightings that this slot has and no workflow here works on: when that was seen first."""
        self._hands = threading.Lock()
        self._claiming = threading.Lock()
        """Held by a hand while it claims a file and says that it has it."""
        self._news = threading.Event()
        self._threads: list[threading.Thread] = []
        self._background = [
            kind(self.catalogue, settings, self.owner, self._is_alive) for kind in BACKGROUND
        ]

    def _is_alive(self, owner: str) -> bool:
        """Whether another executor lives."""
        number = owner.removeprefix("slot-")
        return number.isdecimal() and self.locks.is_held(SLOT_LOCK, int(number))

    def _has_hand(self) -> bool:
        return self._room and not self._alone and len(self._active) < self.concurrency

    def __enter__(self) -> Self:
        global _worker  # noqa: PLW0603 - DBOS calls workflows by name; they find their process here
        _worker = self
        config = DBOSConfig(
            name="mediacatalog",
            application_version=APPLICATION,
            executor_id=self.owner,
            serializer=DBOSPortableJSONSerializer(),
            log_level="WARNING",
            # Nothing here sends DBOS notifications; it would look for some 100 times a second.
            notification_coalesce_sec=POLL_SECONDS,
        )
        if self.catalogue.dialect == "sqlite":
            config["system_database_url"] = f"sqlite:///{self.settings.data / 'jobs.sqlite'}"
            config["system_database_engine"] = _jobs_engine(self.settings)
        else:
            url = self.catalogue.engine.url.set(drivername="postgresql")
            config["system_database_url"] = url.render_as_string(hide_password=False)
        DBOS(config=config)
        DBOS.launch()
        self._release_own()
        for target in (self._watch, self._dispatch, self._gather, self._tell, _write_gazetteer):
            self._start(target.__name__, target)
        for work in self._background:
            self._start(type(work).__name__, work.run, self.stop, self._has_hand)
        return self

    def _start(self, name: str, target: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=target, name=name, args=given, daemon=True)
        thread.start()
        self._threads.append(thread)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join(timeout=10)
        DBOS.destroy(workflow_completion_timeout_sec=0)
        self.locks.close()
        self.catalogue.close()

    def _release_own(self) -> None:
        """What this slot has in hand and no recorded workflow goes on with is given back.

        So is, after a while, what a workflow is recorded for that doesn't run: on a full disk it
        ended, and the job database could not take the news.
        """
        # First what is held: whatever is claimed meanwhile isn't looked at.
        with self._claiming:
            with self.catalogue.reading() as session:
                held = {one for one, owner in claims.running(session) if owner == self.owner}
            held -= self._in_hand()
        now = time.monotonic()
        self._idle = {one: self._idle.get(one, now) for one in held}
        if not self._idle:
            return
        alive = {
            workflow.workflow_id.split(":")[1]
            for workflow in DBOS.list_workflows(
                status=["PENDING", "ENQUEUED"],
                workflow_id_prefix=f"{WORKFLOW}:",
                app_version=APPLICATION,
                load_input=False,
                load_output=False,
            )
        }
        for sighting_id, since in self._idle.items():
            if sighting_id not in alive or now - since >= IDLE_SECONDS:
                with self.catalogue.writing() as session:
                    claims.release(session, sighting_id)

    def _in_hand(self) -> set[str]:
        with self._hands:
            return {sighting_id for sighting_id, _ in self._active}

    def let_go(self) -> None:
        """Before this process ends itself: its end is nobody's death. Work goes on where it was."""
        with self.catalogue.writing() as session:
            stages.let_go(session, self._in_hand())
        for work in self._background:
            work.let_go()

    def _watch(self) -> None:
        """Look at every root, again and again, if this process is the one that watches."""
        watcher, events, changed = Watcher(self.catalogue, self.settings), Events(), set[str]()
        mine, pause = False, self.settings.poll_seconds
        while not self.stop.is_set():
            try:
                mine = mine or self.locks.take(WATCH_LOCK, 0)
                if mine:
                    pause = watcher.reconcile_due(changed)
                    self._follow(events)
            except Exception:  # the watcher outlives any fault of the world
                log.exception("a pass over the roots failed; the next one is tried")
                pause = self.settings.poll_seconds
            changed = events.wait(pause)
            if changed:
                self.stop.wait(EVENTS_SECONDS)  # what else comes at once is one change
                changed |= events.wait(0)
        events.stop()

    def _gather(self) -> None:
        """Read articles from the files that hold them, if this process is the one that does."""
        gatherer, mine = Gatherer(self.catalogue, self.settings, self.stop), False
        while not self.stop.wait(self.settings.poll_seconds):
            try:
                mine = mine or self.locks.take(GATHER_LOCK, 0)
                while mine and not self.stop.is_set() and gatherer.read_next():
                    pass
            except Exception:  # a fault of the world; what waits, waits
                log.exception("gathering articles failed; it is tried again")

    def _tell(self) -> None:
        """Tell webhooks what changed, if this process is the one that does.

        It removes the files of what was purged, too.
        """
        mine = False
        while not self.stop.wait(POLL_SECONDS):
            try:
                mine = mine or self.locks.take(TELL_LOCK, 0)
                if mine:
                    erasing.erase_due(self.catalogue, self.settings.derivatives)
                    notify.tell_all(self.catalogue, self.stop)
            except Exception:  # a fault of the world; what waits, waits
                log.exception("telling webhooks, or removing files, failed; it is tried again")

    def _follow(self, events: Events) -> None:
        """Let the system tell of changes in every root that can be reached; say where it can't."""
        with self.catalogue.reading() as session:
            watched = list(holdings.roots(session, "watched", "uploads"))
        folders = {one.id: Path(one.path) for one in watched if one.alarm is None}
        told = events.follow(folders)
        for one in watched:
            if one.id in told and told[one.id] != one.events:
                with self.catalogue.writing() as session:
                    holdings.root_by_id(session, one.id).events = told[one.id]

    def _dispatch(self) -> None:
        """Begin waiting files while there is a free hand, the most urgent first."""
        number = 0
        while not self.stop.is_set():
            try:
                if not self.locks.alive():
                    log.error("the locks of this worker are gone with its database; it ends")
                    self.stop.set()
                    return
                if number % ORPHAN_ROUNDS == 0:
                    release_orphans(self.catalogue, self.locks, self.owner)
                    self._release_own()
                if number % FORGET_ROUNDS == 0:
                    self._forget_finished()
                if self._has_room():
                    self._begin()
            except Exception:  # the dispatcher outlives any fault of the world
                log.exception("dispatching failed; it is tried again")
                self.stop.wait(POLL_SECONDS)
            # A hand that gets free is news; whatever else comes is seen at the next round.
            number += not self._news.wait(POLL_SECONDS)
            self._news.clear()

    @staticmethod
    def _forget_finished() -> None:
        """The catalogue keeps what was done; finished workflows are of no more use."""
        day_ago = (utc_now() - timedelta(days=1)).isoformat()
        finished = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            completed_before=day_ago,
            limit=5000,
            load_input=False,
            load_output=False,
        )
        if finished:
            DBOS.delete_workflows([workflow.workflow_id for workflow in finished])

    def _has_room(self) -> bool:
        """Whether more than the reserve is free; nothing new is begun on a disk that fills up."""
        room = shutil.disk_usage(self.settings.data).free >= self.settings.disk_reserve_bytes
        if room != self._room:
            self._room = room
            log.warning("ingest %s", "goes on" if room else "pauses: the disk is nearly full")
        return room

    def _begin(self) -> None:
        """Claim as many files as there are free hands, and start their workflows.

        One over which workers died is read when nothing else is, and nothing is begun beside it.
        """
        free = self.concurrency - len(self._active)
        self._alone = self._alone and bool(self._active)
        if free <= 0 or self._alone:
            return
        with self.catalogue.reading() as session:
            if not claims.waiting(session, limit=1):
                return
        with self.catalogue.writing() as session:
            taken = claims.take(session, self.owner, limit=free)
            if not taken and not self._active:
                taken = claims.take_suspect(session, self.owner)
                self._alone = bool(taken)
        with self._hands:
            self._active.update(taken)
        started = 0
        try:
            for sighting_id, fence in taken:
                with SetWorkflowID(f"{WORKFLOW}:{sighting_id}:{fence}"):
                    DBOS.start_workflow(ingest, sighting_id, fence)
                started += 1
        finally:
            for sighting_id, fence in taken[started:]:
                self._finished(sighting_id, fence)  # given back at one of the next rounds

    def _finished(self, sighting_id: str, fence: int) -> None:
        with self._hands:
            self._active.discard((sighting_id, fence))
        self._news.set()

    def carry_out(self, sighting_id: str, fence: int) -> str | None:
        """The body of the workflow: its file, and then small ones for as long as any wait.

        Those are in the catalogue alone, as work of this slot: after a death they are given back.
        """
        mine = (sighting_id, fence)
        with self._hands:
            is_recovered = mine not in self._active
            self._active.add(mine)
        try:
            ended = self._carry_out(*mine, is_recovered=is_recovered, step=_recorded)
            for _ in range(0 if is_recovered else MOST_IN_A_ROW - 1):
                following = self._following(mine)
                if following is None:
                    break
                mine = following
                # A step that was recorded for one file must not be taken for another's.
                self._carry_out(*mine, is_recovered=False, step=at_once)
            return ended
        finally:
            self._finished(*mine)

    def _following(self, done: tuple[str, int]) -> tuple[str, int] | None:
        """The most urgent file in the place of `done`, if it is small and no worker died over it.

        The hand isn't free between them, so there are never more than there may be.
        """
        if self.stop.is_set() or self._alone or not self._room:
            return None
        try:
            with self._claiming:
                with self.catalogue.writing() as session:
                    taken = claims.take(
                        session, self.owner, limit=1, below_bytes=admission.RECORDED_BYTES
                    )
                with self._hands:
                    self._active.update(taken)
                    self._active.difference_update((done,) if taken else ())
        except sa.exc.SQLAlchemyError:  # it is begun, or given back, when the database is there
            log.exception("no following file can be claimed")
            return None
        return taken[0] if taken else None

    def _carry_out(
        self, sighting_id: str, fence: int, *, is_recovered: bool, step: Step
    ) -> str | None:
        try:
            if is_recovered:
                with self.catalogue.writing() as session:
                    if not claims.resumable(session, sighting_id, fence, self.owner):
                        return None
            with viewing.lent() as viewer:
                services = Services(self.catalogue, self.settings, viewer)
                return pipeline.run(services, sighting_id, fence, step)
        except FencedError as error:
            log.info("%s", error)
        except Exception as error:  # a fault of the world: the clip is tried again
            if self.stop.is_set():
                raise
            log.exception("ingest of sighting %s failed", sighting_id)
            self._postpone(sighting_id, fence, error)
        return None

    def _postpone(self, sighting_id: str, fence: int, error: Exception) -> None:
        """If the database is gone as well, the next look for orphans gives the file back."""
        give_up = not isinstance(error, OSError | sa.exc.SQLAlchemyError | ToolFailedError)
        reason = f"{type(error).__name__}: {error}"
        try:
            with self.catalogue.writing() as session:
                stages.let_go(session, [sighting_id])
                claims.postpone(session, sighting_id, fence, reason, give_up=give_up)
        except (FencedError, sa.exc.SQLAlchemyError) as why:
            log.warning("sighting %s can't be postponed: %s", sighting_id, why)


def _recorded(name: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - the call's result
    # What stages find is in the catalogue, and a stage that is done isn't repeated: to record it
    # here as well would only cost.
    return DBOS.run_step({"name": name}, call) if name in RECORDED else call()


_worker: Worker | None = None


@DBOS.workflow(name=WORKFLOW)
def ingest(sighting_id: str, fence: int) -> str | None:
    """A claimed sighting, durably. Recorded steps are not run again after a restart."""
    if _worker is None:
        raise LockedError("no worker runs in this process")
    return _worker.carry_out(sighting_id, fence)
