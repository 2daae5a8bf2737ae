"""The index on disk: a follower of the catalogue that may be deleted at any time.

    index/current.json       which folder is in force, and the stamp that it was made under
    index/unfinished.json    the same of one that is made beside it, to be gone on with
    index/writer.lock        held while a process writes the one in force
    index/rebuild.lock       held while a process makes another beside it
    index/index-<hex>/       tantivy's files

The system frees the locks of a process that dies.

The catalogue's revisions are read in order, and how far is committed together with what was read,
so a killed writer loses nothing and does nothing twice.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
import sqlite3
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import tantivy
from sqlalchemy.exc import SQLAlchemyError

from mediacatalog.catalog import search_feed
from mediacatalog.catalog.base import BEHIND_ALL
from mediacatalog.errors import LockedError, MediaCatalogError
from mediacatalog.search.documents import (
    CURSOR,
    NAME,
    cursor_document,
    document,
    name_document,
    name_words,
    named,
    schema,
    stamp,
)
from mediacatalog.search.meanings import Meanings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue

log = logging.getLogger(__name__)

BATCH = 500
"""Clips read at a time."""
COMMIT_SECONDS = 1.0
"""How soon what was taken in is committed; of very many clips after a tenth of the time that it
took so far, at most MOST_COMMIT_SECONDS: a fault costs what came after."""
MOST_COMMIT_SECONDS = 20.0
HEAP_BYTES = 50_000_000
BULK_HEAP_BYTES = 200_000_000
"""Of very many clips: fewer and larger segments to merge."""
POLL_SECONDS = 0.5
CONDEMN_SECONDS = 600
"""At most one index is given up in this time: a query that fails on every index isn't damage."""

KEPT_SECONDS = 900
MOST_KEPT = 64
"""Views of the index that are kept for who pages through results."""

FAULTS = (SQLAlchemyError, MediaCatalogError, sqlite3.Error, OSError, ValueError)
"""Of the world: what is tried again."""
START = (0, "")
NEVER = threading.Event()
"""Never set: for who isn't to be stopped."""


class DamagedIndexError(MediaCatalogError):
    """The index's files can't be read; it is derived, and made anew by the follower."""


@contextmanager
def reading_index() -> Iterator[None]:
    """Turn what tantivy raises over damaged files, its panics too, into DamagedIndexError."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise DamagedIndexError(str(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # pyo3's, which has no importable name
            raise
        raise DamagedIndexError(str(error)) from error


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
        self.meanings = Meanings(folder)

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

    def catch_up(self, catalogue: Catalogue, stop: threading.Event = NEVER) -> int:
        """Take in what changed; returns how many clips. 0 too when another process is at it.

        Ends early, between two batches, when told to stop.

        An index that is missing, damaged, of another format or ahead of the catalogue (which was
        restored from a backup) is made anew.
        """
        cursor = self._cursor()
        if cursor is not None and _is_current(catalogue, cursor):
            return 0
        with self._holding("writer.lock") as mine:
            return self._catch_up(catalogue, stop) if mine else 0

    def rebuild(self, catalogue: Catalogue) -> int:
        """Make the index anew, and put it in force when it is whole; returns how many clips.

        The one in force is searched and kept up to date meanwhile. What a killed rebuild left is
        gone on with. Raises LockedError while another process makes one.
        """
        with self._holding("rebuild.lock") as mine:
            if not mine:
                raise LockedError("another process makes the search index anew")
            name, index = self._unfinished(catalogue) or self._begun()
            count = _take_in(index, catalogue, _place_in(index), NEVER)
            with self._holding("writer.lock", wait=True):
                count += _take_in(index, catalogue, _place_in(index), NEVER)
                self._finished(name)
        return count

    def follow(self, catalogue: Catalogue, stop: threading.Event) -> None:
        """Keep up until told to stop. Faults of disk and database are logged and tried again."""
        while not stop.is_set():
            try:
                self.catch_up(catalogue, stop)
                self.meanings.catch_up(catalogue, stop)
            except FAULTS as error:
                log.warning("the search index can't follow the catalogue now: %s", error)
            stop.wait(POLL_SECONDS)

    def _catch_up(self, catalogue: Catalogue, stop: threading.Event) -> int:
        cursor, opened = self._cursor(), self._opened
        if cursor is None or opened is None:
            return self._rebuild(catalogue, stop)
        if _is_ahead(catalogue, cursor):
            log.warning("the search index is ahead of the catalogue and is made anew")
            return self._rebuild(catalogue, stop)
        try:
            return _take_in(opened.index, catalogue, cursor, stop)
        except DamagedIndexError as error:
            log.warning("the search index is damaged and is made anew: %s", error)
            return self._rebuild(catalogue, stop)

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

    def _rebuild(self, catalogue: Catalogue, stop: threading.Event) -> int:
        """By who writes the index in force. 0 while another process makes one beside it."""
        with self._holding("rebuild.lock") as mine:
            if not mine:
                return 0
            name, index = self._unfinished(catalogue) or self._begun()
            beside = self._in_force() is not None
            if not beside:  # nothing is lost by showing what is there so far
                self._finished(name)
            count = _take_in(index, catalogue, _place_in(index), stop)
            if beside and not stop.is_set():
                self._finished(name)
        return count

    def _begun(self) -> tuple[str, tantivy.Index]:
        """A new index beside the one in force."""
        name = f"index-{uuid.uuid4().hex[:12]}"
        (self.folder / name).mkdir()
        with reading_index():
            index = tantivy.Index(self.schema, path=str(self.folder / name))
        self._point(self._draft, name)
        self._tidy()
        return name, index

    def _unfinished(self, catalogue: Catalogue) -> tuple[str, tantivy.Index] | None:
        """The index that somebody began to make and didn't finish; None if it is of no use."""
        folder = self._named_in(self._draft)
        if folder is None:
            return None
        try:
            with reading_index():
                index = tantivy.Index.open(str(folder))
            place = _place_in(index)
        except DamagedIndexError as error:
            log.warning("an unfinished search index is damaged and is begun anew: %s", error)
            return None
        return None if _is_ahead(catalogue, place) else (folder.name, index)

    def _finished(self, name: str) -> None:
        """Put an index in force; who still reads the old one keeps its open files."""
        self._point(self._pointer, name)
        self._draft.unlink(missing_ok=True)
        self._tidy()

    def _tidy(self) -> None:
        """Remove every index but the one in force and the one that is being made."""
        kept = (self._in_force(), self._named_in(self._draft))
        for old in self.folder.glob("index-*"):
            if old not in kept:
                shutil.rmtree(old, ignore_errors=True)

    def _point(self, pointer: Path, name: str) -> None:
        draft = self.folder / f"{pointer.stem}.{os.getpid()}.tmp"
        draft.write_text(json.dumps({"folder": name, "stamp": stamp()}), encoding="utf-8")
        draft.replace(pointer)

    @contextmanager
    def _holding(self, name: str, *, wait: bool = False) -> Iterator[bool]:
        """Whether this process has the lock until the end of the block."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / name).open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
            else:
                yield True


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino


def _place_in(index: tantivy.Index) -> tuple[int, str]:
    """Up to where an index has read the catalogue. Raises DamagedIndexError."""
    with reading_index():
        index.reload()
        return cursor_in(index.searcher())


def cursor_in(searcher: tantivy.Searcher) -> tuple[int, str]:
    asked = tantivy.Query.term_query(schema(), "kind", CURSOR, "basic")
    hits = searcher.search(asked, 1).hits
    if not hits:
        return START
    rev, clip_id = json.loads(str(searcher.doc(hits[0][1]).get_first("cursor")))
    return int(rev), str(clip_id)


def _is_ahead(catalogue: Catalogue, cursor: tuple[int, str]) -> bool:
    """Whether the catalogue is older than the index: it was restored from a backup."""
    with catalogue.reading() as session:
        return cursor[0] > search_feed.newest(session)


def _is_current(catalogue: Catalogue, cursor: tuple[int, str]) -> bool:
    with catalogue.reading() as session:
        newest = search_feed.newest(session)
        return cursor[0] == newest and not search_feed.changed_ids(session, *cursor, limit=1)


def _take_in(
    index: tantivy.Index, catalogue: Catalogue, cursor: tuple[int, str], stop: threading.Event
) -> int:
    """Index everything after `cursor`, a batch at a time."""
    with catalogue.reading() as session:
        # Of an empty index, clips up to here come once: what is changed meanwhile comes after.
        unseen = search_feed.newest(session) if cursor == START else 0
    count = waiting = 0
    known: set[str] = set()
    began = committed = time.monotonic()
    writer: tantivy.IndexWriter | None = None
    while not stop.is_set():
        with catalogue.reading() as session:
            batch = search_feed.changed(session, cursor[0], BATCH, after_id=cursor[1])
        if not batch:
            if writer is not None and cursor[1] != BEHIND_ALL:
                cursor, waiting = (cursor[0], BEHIND_ALL), 1
            break
        with reading_index():
            if writer is None:
                writer = index.writer(BULK_HEAP_BYTES if len(batch) == BATCH else HEAP_BYTES, 1)
            _write(writer, batch, known, unseen)
            # Who knows that there's no more of a revision needn't look for it.
            cursor = (batch[-1].rev, batch[-1].clip_id if len(batch) == BATCH else BEHIND_ALL)
            count, waiting = count + len(batch), waiting + len(batch)
            now = time.monotonic()
            pause = min(max(COMMIT_SECONDS, (now - began) / 10), MOST_COMMIT_SECONDS)
            # A few changes are seen at once; of very many no batch needs a commit of its own.
            if len(batch) < BATCH or now - committed > pause:
                _commit(writer, cursor)
                waiting, committed = 0, time.monotonic()
    with reading_index():
        if writer is not None:
            if waiting:
                _commit(writer, cursor)
            writer.wait_merging_threads()
    return count


def _write(
    writer: tantivy.IndexWriter,
    batch: list[search_feed.SearchDocument],
    known: set[str],
    unseen: int,
) -> None:
    """Write clips, those up to the revision `unseen` for the first time.

    `known` are the words of names that were written before; it grows.
    """
    for one in batch:
        if one.rev > unseen:
            writer.delete_documents_by_term("key", one.clip_id)
        if one.findable:
            writer.add_document(document(one))
    for word in {word for one in batch for word in name_words(one)} - known:
        if not unseen:
            writer.delete_documents_by_term("key", named(NAME, word))
        writer.add_document(name_document(word))
        known.add(word)


def _commit(writer: tantivy.IndexWriter, cursor: tuple[int, str]) -> None:
    """What was written, together with the place in the catalogue that it ends at."""
    writer.delete_documents_by_term("key", CURSOR)
    writer.add_document(cursor_document(*cursor))
    writer.commit()
