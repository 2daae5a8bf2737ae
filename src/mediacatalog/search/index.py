"""The index on disk: a follower of the catalogue that may be deleted at any time.

    index/current.json       which folder is in force, and the stamp that it was made under
    index/unfinished.json    the same of one that is made beside it, to be gone on with
    index/writer.lock        held while a process writes the one in force
    index/writer.wanted      held by who waits for that: whoever has it gives it up
    index/rebuild.lock       held while a process makes another beside it
    index/index-<hex>/       tantivy's files; those of one made in parts, as `parts` says

The system frees the locks of a process that dies, and `writing` loses nothing with it.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import tantivy

from mediacatalog.catalog import search_feed
from mediacatalog.catalog.base import BEHIND_ALL
from mediacatalog.errors import LockedError
from mediacatalog.search.documents import schema, stamp
from mediacatalog.search.meanings import Meanings
from mediacatalog.search.parts import MOST, Parts
from mediacatalog.search.shown import Texts
from mediacatalog.search.tallies import Tallies
from mediacatalog.search.writing import (
    FAULTS,
    START,
    DamagedIndexError,
    Writer,
    cursor_in,
    reading_index,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from mediacatalog.catalog.database import Catalogue

log = logging.getLogger(__name__)

POLL_SECONDS = 0.2
"""Between two looks at what other processes have changed."""
OTHERS_SECONDS = 0.05
"""Between two looks whether another process has taken in what changed."""
REST = 3
"""Times what taking in took, for which the follower leaves the machine to who searches."""
CONDEMN_SECONDS = 600
"""At most one index is given up in this time: a query that fails on every index isn't damage."""

AT_ONCE = 2
"""Searches at a time, and the others after them. Much of one is Python, of which a process runs one
thread at a time: many at once take it from one another between any two rows that they read."""

KEPT_SECONDS = 900
MOST_KEPT = 64
"""Views of the index that are kept for who pages through results."""

MANY = 40_000
"""Clips from which on an index is made by several processes: of fewer, one has it in a minute."""
NEVER = threading.Event()
"""Never set: for who isn't to be stopped."""


@dataclass(slots=True)
class _Opened:
    """An index in force, as last read."""

    index: tantivy.Index
    view: tantivy.Searcher
    folder: Path
    pointer: tuple[int, int]
    meta: tuple[int, int]


class SearchIndex:
    """The search index in `folder`. Any number of processes read; one at a time writes.

    Safe to share between threads. Nothing is opened or made before it is needed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.schema = schema()
        self._opened: _Opened | None = None
        self._kept: dict[str, tuple[float, tantivy.Searcher]] = {}
        self._guard = threading.Lock()
        self._condemned_at = float("-inf")
        self.turn = threading.Semaphore(AT_ONCE)
        """Held by who searches."""
        self._followed = False
        self._woken = threading.Event()
        self._moved = threading.Condition()
        self.meanings = Meanings(folder)
        self.texts = Texts()
        self.tallies = Tallies()
        """Of the index in force; of another there are others."""

    # --- reading

    def open(self) -> bool:
        """Whether there is an index that can be read now; `catch_up` makes one."""
        return self.searcher() is not None

    def searcher(self) -> tantivy.Searcher | None:
        """A view of the newest commit, whichever process made it; None without a usable index."""
        with self._guard:
            try:
                with reading_index():
                    opened = self._refresh()
                    return None if opened is None else opened.view
            except DamagedIndexError as error:
                log.warning("the search index can't be opened: %s", error)
                self._opened = None
                return None

    def keep(self, view: tantivy.Searcher) -> str:
        """The name of a view that somebody may come back to within KEPT_SECONDS.

        Others that nobody came back to are given up, and MOST_KEPT are there at most: what a view
        reads stays on the disk as long as it's kept.
        """
        now = time.monotonic()
        with self._guard:
            name = next((name for name, (_, one) in self._kept.items() if one is view), "")
            self._kept[name or uuid.uuid4().hex[:8]] = (now, self._kept.pop(name, (now, view))[1])
            late = [one for one, (at, _) in self._kept.items() if now - at > KEPT_SECONDS]
            for one in [*late, *list(self._kept)[:-MOST_KEPT]]:
                self._kept.pop(one, None)
            return next(reversed(self._kept))

    def kept(self, name: str) -> tantivy.Searcher | None:
        """None where it isn't any more, or never was."""
        with self._guard:
            at, view = self._kept.get(name, (0.0, None))
            if view is None or time.monotonic() - at > KEPT_SECONDS:
                return None
            del self._kept[name]
            self._kept[name] = (time.monotonic(), view)
            return view

    def condemn(self, error: DamagedIndexError) -> None:
        """Give the index in force up after it failed a reader; the next writer makes another."""
        log.warning("the search index is damaged: %s", error)
        now = time.monotonic()
        if now - self._condemned_at > CONDEMN_SECONDS:
            self._condemned_at = now
            self._kept.clear()
            self._pointer.unlink(missing_ok=True)

    def _refresh(self) -> _Opened | None:
        pointer = _identity(self._pointer)
        if pointer is None:
            self._opened = None
            return None
        opened = self._opened
        if opened is None or opened.pointer != pointer:
            folder = self._in_force()
            if folder is None:
                self._opened = None
                return None
            meta = _identity(folder / "meta.json") or (0, 0)
            index = tantivy.Index.open(str(folder))
            self._opened = _Opened(index, index.searcher(), folder, pointer, meta)
            self._kept.clear()  # they may be of a catalogue that was restored to an earlier state
            self.tallies = Tallies()
            return self._opened
        meta = _identity(opened.folder / "meta.json") or (0, 0)
        if meta != opened.meta:
            opened.index.reload()
            opened.view = opened.index.searcher()
            opened.meta = meta
        return opened

    @property
    def _pointer(self) -> Path:
        return self.folder / "current.json"

    @property
    def _draft(self) -> Path:
        return self.folder / "unfinished.json"

    def _in_force(self) -> Path | None:
        return self._named_in(self._pointer)

    def _named_in(self, pointer: Path) -> Path | None:
        """The folder that a pointer names, if it was made under this stamp."""
        try:
            said = json.loads(pointer.read_text(encoding="utf-8"))
            name, under = said["folder"], said["stamp"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        folder = self.folder / str(name)
        usable = under == stamp() and folder.parent == self.folder and folder.is_dir()
        return folder if usable else None

    # --- writing

    def catch_up(
        self, catalogue: Catalogue, stop: threading.Event = NEVER, *, patience: float = 0.0
    ) -> int:
        """Take in what changed; returns how many clips.

        0 too when another process is at it, which has `patience` seconds to get there. Ends early,
        between two batches, when told to stop.

        An index that is missing, damaged, of another format or ahead of the catalogue (which was
        restored from a backup) is made anew.
        """
        with catalogue.reading() as session:
            newest = search_feed.newest(session)
        all_of_it = (newest, BEHIND_ALL) if newest else START
        if self._cursor() == all_of_it:
            return 0
        until = time.monotonic() + patience
        while True:
            with self._holding("writer.lock") as lock:
                if lock:
                    writer, count = self._taken_in(catalogue, None, stop.is_set)
                    if writer:
                        writer.wait()
                    return count
            if time.monotonic() >= until or stop.wait(OTHERS_SECONDS):
                return 0
            place = self._cursor()
            if place is not None and place >= all_of_it:
                return 0

    def wake(self) -> None:
        """Have this process's follower, if there is one, look at once at what changed."""
        self._woken.set()

    def reach(self, revision: int, seconds: float) -> bool:
        """Whether all of a revision is taken in; waits so long for this process's follower."""
        until, place = time.monotonic() + seconds, (revision, BEHIND_ALL)
        while (self._cursor() or START) < place:
            left = until - time.monotonic()
            if left <= 0 or not self._followed:
                return False
            with self._moved:
                self._moved.wait(min(left, OTHERS_SECONDS))
        return True

    def rebuild(self, catalogue: Catalogue, processes: int | None = None) -> int:
        """Make the index anew, and put it in force when it is whole; returns how many clips.

        The one in force is searched and kept up to date meanwhile. What a killed rebuild left is
        gone on with. MANY clips are read by as many processes as there are processors, unless it
        is said by how many. Raises LockedError while another process makes one, LostPartError.
        """
        with self._holding("rebuild.lock") as mine:
            if not mine:
                raise LockedError("another process makes the search index anew")
            writer = self._unfinished(catalogue)
            count = 0
            if writer is None:
                writer, count = self._joined(catalogue, processes)
            count += writer.take_in(catalogue, NEVER.is_set)
            writer.wait()
            with (
                self._holding("writer.wanted", wait=True),
                self._holding("writer.lock", wait=True),
            ):
                count += writer.take_in(catalogue, NEVER.is_set)
                writer.close()  # nothing is taken in meanwhile: the follower may merge
                self._finished(writer.folder)
        return count

    def follow(self, catalogue: Catalogue, stop: threading.Event) -> None:
        """Keep up until told to stop. Faults of disk and database are logged and tried again."""
        self._followed = True
        while not stop.is_set():
            try:
                with self._holding("writer.lock") as lock:
                    if lock:
                        self._keep_up(catalogue, stop, lock)
                    else:
                        self.meanings.catch_up(catalogue, stop)
            except FAULTS as error:
                log.warning("the search index can't follow the catalogue now: %s", error)
            stop.wait(POLL_SECONDS)
        self._followed = False

    def _keep_up(self, catalogue: Catalogue, stop: threading.Event, lock: BinaryIO) -> None:
        """By who has writer.lock, until told to stop, a fault, or somebody who wants it.

        One writer stays open, or merges of hundreds of thousands of clips would have to end before
        the next change is taken in.
        """

        def halted() -> bool:
            return stop.is_set() or not self._keeps(lock)

        writer: Writer | None = None
        while not halted():
            self._woken.clear()
            began = time.monotonic()
            writer, count = self._taken_in(catalogue, writer, halted)
            if count:
                with self._moved:
                    self._moved.notify_all()
                stop.wait(min(REST * (time.monotonic() - began), POLL_SECONDS))
            self.meanings.catch_up(catalogue, self._woken)
            self._woken.wait(POLL_SECONDS)
        if writer and stop.is_set():
            writer.wait()

    def _taken_in(
        self, catalogue: Catalogue, writer: Writer | None, halted: Callable[[], bool]
    ) -> tuple[Writer | None, int]:
        """How many clips were taken in, and the writer that did it, to be used again."""
        place, opened = self._cursor(), self._opened
        if place is None or opened is None:
            return None, self._rebuild(catalogue, halted)
        if _is_ahead(catalogue, place):
            log.warning("the search index is ahead of the catalogue and is made anew")
            return None, self._rebuild(catalogue, halted)
        try:
            if writer is None or writer.folder != opened.folder:  # another was put in force
                writer = Writer(opened.index, opened.folder)
            return writer, writer.take_in(catalogue, halted)
        except DamagedIndexError as error:
            log.warning("the search index is damaged and is made anew: %s", error)
            return None, self._rebuild(catalogue, halted)

    def _cursor(self) -> tuple[int, str] | None:
        """(revision, clip id) of the last clip taken in; None without a usable index."""
        searcher = self.searcher()
        if searcher is None:
            return None
        try:
            with reading_index():
                return cursor_in(searcher)
        except DamagedIndexError as error:
            log.warning("the search index is damaged: %s", error)
            return None

    def _rebuild(self, catalogue: Catalogue, halted: Callable[[], bool]) -> int:
        """By who has writer.lock. 0 while another process makes one beside the one in force."""
        with self._holding("rebuild.lock") as mine:
            if not mine:
                return 0
            writer = self._unfinished(catalogue) or self._begun()
            beside = self._in_force() is not None
            if not beside:  # nothing is lost by showing what is there so far
                self._finished(writer.folder)
            count = writer.take_in(catalogue, halted)
            writer.wait()
            if beside and not halted():
                self._finished(writer.folder)
        return count

    def _joined(self, catalogue: Catalogue, processes: int | None) -> tuple[Writer, int]:
        """The index that several processes make, and how many clips they took in.

        Where one is enough, an index in which there's nothing yet.
        """
        left = self._named_in(self._draft)
        parts = Parts.left_in(left) if left else None
        if parts is None or _is_ahead(catalogue, (parts.until, BEHIND_ALL)):
            with catalogue.reading() as session:
                newest, many = search_feed.newest(session), search_feed.more_than(session, MANY)
            if processes is None:
                processes = min(len(os.sched_getaffinity(0)), MOST) if many else 1
            if processes < 2:
                return self._begun(), 0
            parts = Parts(self._new_folder(), processes, newest)
            parts.begin()
            self._drafted(parts.folder)
        count = parts.make(catalogue)
        return parts.join(), count

    def _begun(self) -> Writer:
        """A new index beside the one in force."""
        folder = self._new_folder()
        with reading_index():
            index = tantivy.Index(self.schema, path=str(folder))
        self._drafted(folder)
        return Writer(index, folder)

    def _new_folder(self) -> Path:
        folder = self.folder / f"index-{uuid.uuid4().hex[:12]}"
        folder.mkdir()
        return folder

    def _drafted(self, folder: Path) -> None:
        """Say that an index is being made there, and no other."""
        self._point(self._draft, folder)
        self._tidy()

    def _unfinished(self, catalogue: Catalogue) -> Writer | None:
        """The index that somebody began to make and didn't finish; None if it is of no use.

        One in parts shows nothing before it is whole: a follower begins anew.
        """
        folder = self._named_in(self._draft)
        if folder is None or Parts.left_in(folder):
            return None
        try:
            with reading_index():
                writer = Writer(tantivy.Index.open(str(folder)), folder)
        except DamagedIndexError as error:
            log.warning("an unfinished search index is damaged and is begun anew: %s", error)
            return None
        return None if _is_ahead(catalogue, writer.place) else writer

    def _finished(self, folder: Path) -> None:
        """Put an index in force; who still reads the old one keeps its open files."""
        self._point(self._pointer, folder)
        self._draft.unlink(missing_ok=True)
        self._tidy()

    def _tidy(self) -> None:
        """Remove every index but the one in force and the one that is being made."""
        kept = (self._in_force(), self._named_in(self._draft))
        for old in self.folder.glob("index-*"):
            if old not in kept:
                shutil.rmtree(old, ignore_errors=True)

    def _point(self, pointer: Path, folder: Path) -> None:
        draft = self.folder / f"{pointer.stem}.{os.getpid()}.tmp"
        draft.write_text(json.dumps({"folder": folder.name, "stamp": stamp()}), encoding="utf-8")
        draft.replace(pointer)

    def _keeps(self, lock: BinaryIO) -> bool:
        """Whether writer.lock is still that of the folder, which may be deleted, and unwanted."""
        try:
            known = os.path.samestat((self.folder / "writer.lock").stat(), os.fstat(lock.fileno()))
        except OSError:
            return False
        with self._holding("writer.wanted") as unwanted:
            return known and unwanted is not None

    @contextmanager
    def _holding(self, name: str, *, wait: bool = False) -> Iterator[BinaryIO | None]:
        """The file of a lock that this process has until the end of the block; None without it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / name).open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield None
            else:
                yield lock


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino


def _is_ahead(catalogue: Catalogue, cursor: tuple[int, str]) -> bool:
    """Whether the catalogue is older than the index: it was restored from a backup."""
    with catalogue.reading() as session:
        return cursor[0] > search_feed.newest(session)
