"""The index on disk: a follower of the catalogue that may be deleted at any time.

    index/current.json       which folder is in force, and the stamp that it was made under
    index/writer.lock        held while a process writes; freed by the system when it dies
    index/index-<hex>/       tantivy's files

The catalogue's revisions are read in order, and how far is committed together with what was read,
so a killed writer loses nothing and does nothing twice.
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
from sqlalchemy.exc import SQLAlchemyError

from mediacatalog.catalog import search_feed
from mediacatalog.errors import MediaCatalogError
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

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue

log = logging.getLogger(__name__)

BATCH = 200
"""Clips read and committed at a time."""
HEAP_BYTES = 50_000_000
POLL_SECONDS = 0.5
CONDEMN_SECONDS = 600
"""At most one index is given up in this time: a query that fails on every index isn't damage."""

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
        self._guard = threading.Lock()
        self._condemned_at = float("-inf")

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
                    return None if opened is None else opened.index.searcher()
            except DamagedIndexError as error:
                log.warning("the search index can't be opened: %s", error)
                self._opened = None
                return None

    def condemn(self, error: DamagedIndexError) -> None:
        """Give the index in force up after it failed a reader; the next writer makes another."""
        log.warning("the search index is damaged: %s", error)
        now = time.monotonic()
        if now - self._condemned_at > CONDEMN_SECONDS:
            self._condemned_at = now
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
            self._opened = _Opened(index, folder, pointer, meta)
            return self._opened
        meta = _identity(opened.folder / "meta.json") or (0, 0)
        if meta != opened.meta:
            opened.index.reload()
            opened.meta = meta
        return opened

    @property
    def _pointer(self) -> Path:
        return self.folder / "current.json"

    def _in_force(self) -> Path | None:
        """The folder that `current.json` names, if it was made under this stamp."""
        try:
            said = json.loads(self._pointer.read_text(encoding="utf-8"))
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
        with self._writing() as mine:
            return self._catch_up(catalogue, stop) if mine else 0

    def rebuild(self, catalogue: Catalogue) -> int:
        """Make the index anew beside the old one, then put it in force; returns how many clips.

        Waits for nobody: 0 when another process is writing.
        """
        with self._writing() as mine:
            return self._rebuild(catalogue, NEVER) if mine else 0

    def follow(self, catalogue: Catalogue, stop: threading.Event) -> None:
        """Keep up until told to stop. Faults of disk and database are logged and tried again."""
        while not stop.is_set():
            try:
                self.catch_up(catalogue, stop)
            except (SQLAlchemyError, MediaCatalogError, OSError, ValueError) as error:
                log.warning("the search index can't follow the catalogue now: %s", error)
            stop.wait(POLL_SECONDS)

    def _catch_up(self, catalogue: Catalogue, stop: threading.Event) -> int:
        cursor, opened = self._cursor(), self._opened
        if cursor is None or opened is None:
            return self._rebuild(catalogue, stop)
        with catalogue.reading() as session:
            ahead = cursor[0] > search_feed.newest(session)
        if ahead:
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
                return _cursor(self.schema, searcher)
        except DamagedIndexError as error:
            log.warning("the search index is damaged: %s", error)
            return None

    def _rebuild(self, catalogue: Catalogue, stop: threading.Event) -> int:
        name = f"index-{uuid.uuid4().hex[:12]}"
        folder = self.folder / name
        beside = self._pointer.exists()
        folder.mkdir()
        try:
            with reading_index():
                index = tantivy.Index(self.schema, path=str(folder))
            if not beside:  # nothing is lost by showing what is there so far
                self._put_in_force(name)
            count = _take_in(index, catalogue, START, stop)
            if beside and not stop.is_set():
                self._put_in_force(name)
        finally:
            self._tidy()
        return count

    def _tidy(self) -> None:
        """Remove every index but the one in force; who still reads one keeps its open files."""
        kept = self._in_force()
        for old in self.folder.glob("index-*"):
            if old != kept:
                shutil.rmtree(old, ignore_errors=True)

    def _put_in_force(self, name: str) -> None:
        draft = self.folder / f"current.{os.getpid()}.tmp"
        draft.write_text(json.dumps({"folder": name, "stamp": stamp()}), encoding="utf-8")
        draft.replace(self._pointer)

    @contextmanager
    def _writing(self) -> Iterator[bool]:
        """Whether this process may write until the end of the block."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "writer.lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
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


def _cursor(schema: tantivy.Schema, searcher: tantivy.Searcher) -> tuple[int, str]:
    asked = tantivy.Query.term_query(schema, "kind", CURSOR, "basic")
    hits = searcher.search(asked, 1).hits
    if not hits:
        return START
    rev, clip_id = json.loads(str(searcher.doc(hits[0][1]).get_first("cursor")))
    return int(rev), str(clip_id)


def _is_current(catalogue: Catalogue, cursor: tuple[int, str]) -> bool:
    with catalogue.reading() as session:
        newest = search_feed.newest(session)
        return cursor[0] == newest and not search_feed.changed_ids(session, *cursor, limit=1)


def _take_in(
    index: tantivy.Index, catalogue: Catalogue, cursor: tuple[int, str], stop: threading.Event
) -> int:
    """Index everything after `cursor`, a batch and a commit at a time."""
    count = 0
    known: set[str] = set()
    with reading_index():
        writer = index.writer(HEAP_BYTES, 1)
    while not stop.is_set():
        with catalogue.reading() as session:
            batch = search_feed.changed(session, cursor[0], BATCH, after_id=cursor[1])
        if not batch:
            break
        with reading_index():
            _write(writer, batch, known)
        cursor = (batch[-1].rev, batch[-1].clip_id)
        count += len(batch)
    with reading_index():
        writer.wait_merging_threads()
    return count


def _write(
    writer: tantivy.IndexWriter, batch: list[search_feed.SearchDocument], known: set[str]
) -> None:
    """Commit a batch together with the place in the catalogue that it ends at.

    `known` are the words of names that were written before; it grows.
    """
    for one in batch:
        writer.delete_documents_by_term("key", one.clip_id)
        if one.findable:
            writer.add_document(document(one))
    for word in {word for one in batch for word in name_words(one)} - known:
        writer.delete_documents_by_term("key", named(NAME, word))
        writer.add_document(name_document(word))
        known.add(word)
    writer.delete_documents_by_term("key", CURSOR)
    writer.add_document(cursor_document(batch[-1].rev, batch[-1].clip_id))
    writer.commit()
