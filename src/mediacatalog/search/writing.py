"""What the catalogue's feed says goes into an index, in its order and up to a place.

How far it was read is committed together with what was read, so a killed writer loses nothing and
does nothing twice.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from contextlib import contextmanager, suppress
from pathlib import Path
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
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mediacatalog.catalog.change_feed import Share
    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.search_texts import SearchDocument

BATCH = 500
"""Clips read at a time."""
COMMIT_SECONDS = 1.0
"""How soon what was taken in is committed; of very many clips after a tenth of the time that it
took so far, at most MOST_COMMIT_SECONDS: a fault costs what came after."""
MOST_COMMIT_SECONDS = 20.0
SHARE_COMMIT_SECONDS = 60.0
"""Of a share, which nobody sees before it's whole: every commit leaves a segment to be merged."""
HEAP_BYTES = 200_000_000
"""At most, of what isn't committed; with less, very many clips end in more and smaller segments."""
MERGING = "merge_thread"
"""As tantivy's threads that merge are called."""
MERGING_NICENESS = 10
"""Merges last for seconds and nobody waits for them; who searches comes first."""
START = (0, "")
FAULTS = (SQLAlchemyError, MediaCatalogError, sqlite3.Error, OSError, ValueError)
"""Of the world: what is tried again."""


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


def cursor_in(searcher: tantivy.Searcher) -> tuple[int, str]:
    """(revision, clip id) of the last clip taken in; START of an index in which there is none."""
    asked = tantivy.Query.term_query(schema(), "kind", CURSOR, "basic")
    hits = searcher.search(asked, 1).hits
    if not hits:
        return START
    rev, clip_id = json.loads(str(searcher.doc(hits[0][1]).get_first("cursor")))
    return int(rev), str(clip_id)


class Writer:
    """Takes in what changed, into an index that nobody else writes.

    Commits begin merges of segments. They go on beside later commits as long as the writer is
    there, and end without a result with it; `wait` waits for them. After an error a writer is of no
    more use: what it committed stays.
    """

    def __init__(
        self,
        index: tantivy.Index,
        folder: Path,
        share: Share | None = None,
        heap_bytes: int = HEAP_BYTES,
    ) -> None:
        """Of a share of the clips, or of all. Raises DamagedIndexError."""
        self.index = index
        self.share = share
        self._heap_bytes = heap_bytes
        self.folder = folder
        """In which the index lies."""
        with reading_index():
            index.reload()
            self.place = cursor_in(index.searcher())
        self._writer: tantivy.IndexWriter | None = None
        self._known: set[str] = set()
        """Words of names that were written before."""

    def take_in(self, catalogue: Catalogue, halted: Callable[[], bool]) -> int:
        """Index everything after `place`, a batch at a time, and commit it; how many clips.

        Ends early between two batches. Raises DamagedIndexError, LockedError.
        """
        unseen = self._unseen(catalogue)
        place, count, waiting = self.place, 0, 0
        began = committed = time.monotonic()
        while not halted():
            with catalogue.reading() as session:
                batch = search_feed.changed(
                    session, place[0], BATCH, after_id=place[1], share=self.share
                )
            if not batch:
                if count and place[1] != BEHIND_ALL:
                    place, waiting = (place[0], BEHIND_ALL), 1
                break
            with reading_index():
                self._write(batch, unseen)
                # Who knows that there's no more of a revision needn't look for it.
                place = (batch[-1].rev, batch[-1].clip_id if len(batch) == BATCH else BEHIND_ALL)
                count, waiting = count + len(batch), waiting + len(batch)
                now = time.monotonic()
                pause = min(max(COMMIT_SECONDS, (now - began) / 10), MOST_COMMIT_SECONDS)
                pause = SHARE_COMMIT_SECONDS if self.share else pause
                # A few changes are seen at once; of very many no batch needs a commit of its own.
                if len(batch) < BATCH or now - committed > pause:
                    self._commit(place)
                    waiting, committed = 0, time.monotonic()
        if waiting:
            with reading_index():
                self._commit(place)
        return count

    def settle(self, place: tuple[int, str]) -> None:
        """Make one index of what several writers took in up to a place.

        It has one cursor, and each name once. Raises DamagedIndexError, LockedError.
        """
        with reading_index():
            writer = self._open()
            names = self.index.searcher().terms_with_prefix("key", named(NAME, ""))
            for key in (str(key) for key, count in names if count > 1):
                writer.delete_documents_by_term("key", key)
                writer.add_document(name_document(key.removeprefix(named(NAME, ""))))
            self._commit(place)

    def wait(self) -> None:
        """End it when nothing is merged any more. Raises DamagedIndexError."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with reading_index():
                writer.wait_merging_threads()

    def close(self) -> None:
        """End it, and what is merged now."""
        self._writer = None

    def _unseen(self, catalogue: Catalogue) -> int:
        """The revision up to which clips come once: what is changed meanwhile comes after it."""
        if self.share is not None:
            return self.share.until
        with catalogue.reading() as session:
            return search_feed.newest(session) if self.place == START else 0

    def _write(self, batch: list[SearchDocument], unseen: int) -> None:
        """Write clips, those up to the revision `unseen` for the first time."""
        writer = self._open()
        for one in batch:
            if one.rev > unseen:
                writer.delete_documents_by_term("key", one.clip_id)
            if one.findable:
                writer.add_document(document(one))
        for word in {word for one in batch for word in name_words(one)} - self._known:
            if not unseen:
                writer.delete_documents_by_term("key", named(NAME, word))
            writer.add_document(name_document(word))
            self._known.add(word)

    def _commit(self, place: tuple[int, str]) -> None:
        """What was written, together with the place in the catalogue that it ends at."""
        writer = self._open()
        writer.delete_documents_by_term("key", CURSOR)
        writer.add_document(cursor_document(*place))
        _let_merges_yield()  # before any that this commit begins
        writer.commit()
        self.place = place

    def _open(self) -> tantivy.IndexWriter:
        if self._writer is None:
            self._writer = _opened(self.index, self._heap_bytes)
        return self._writer


def _opened(index: tantivy.Index, heap_bytes: int) -> tantivy.IndexWriter:
    """Raises LockedError while there is another writer, as that of a process that ends just now."""
    try:
        return index.writer(heap_bytes, 1)
    except ValueError as error:
        if "LockBusy" in str(error):
            raise LockedError("another process writes the search index") from error
        raise


def _let_merges_yield() -> None:
    """Linux has a niceness for each thread. What indexes and commits keeps its own."""
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # one that ended since
            if (task / "comm").read_text().startswith(MERGING):
                os.setpriority(os.PRIO_PROCESS, int(task.name), MERGING_NICENESS)
