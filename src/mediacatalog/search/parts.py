"""How several processes make one index: each of them a part, which are joined when all are whole.

    index-<hex>/parts.json     how many there are, and the revision of the catalogue that they go to
    index-<hex>/part-<n>/      an index of tantivy's of every clip in one share, with its own cursor
    index-<hex>/joined.json    the segments of all; by then they may lie here or still there

Whoever is killed, whatever was committed is gone on with. The files of a segment have names of
their own and belong to whatever meta.json names them, so nothing is copied.
"""

from __future__ import annotations

import gc
import json
import logging
import multiprocessing
import os
import shutil
import signal
import threading
from multiprocessing import connection
from typing import TYPE_CHECKING, Any

import tantivy

from mediacatalog.catalog.base import BEHIND_ALL
from mediacatalog.catalog.change_feed import Share
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.errors import MediaCatalogError
from mediacatalog.media import confinement
from mediacatalog.search.documents import schema
from mediacatalog.search.writing import FAULTS, DamagedIndexError, Writer, reading_index

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue

log = logging.getLogger(__name__)

MOST = 8
"""Each takes 150 MB of memory and its part of HEAPS_BYTES, and what follows is done by one."""
HEAPS_BYTES = 800_000_000
"""Of all parts together, at most, of what isn't committed: the larger their segments are at first,
the less often is the same merged. 400 MB are some 17,000 clips of 200 spoken words."""
NICENESS = 5
"""They take every processor; who searches, and what is ingested, comes before them."""


class LostPartError(MediaCatalogError):
    """A process that made a part of an index ended without a word; `reindex` goes on with it."""

    def __init__(self, code: int | None) -> None:
        how = f"was killed by signal {-code}" if code and code < 0 else f"ended with code {code}"
        super().__init__(f"a process that makes a part of the search index {how}; try again")


class Parts:
    """An index that is being made in parts, in a folder. To be used by one process at a time."""

    def __init__(self, folder: Path, count: int, until: int) -> None:
        self.folder = folder
        self.until = until
        """The revision of the last clip in them."""
        self._parts = [folder / f"part-{number}" for number in range(count)]
        self._plan = folder / "parts.json"
        self._meta = folder / "meta.json"
        self._joined = folder / "joined.json"

    @classmethod
    def left_in(cls, folder: Path) -> Parts | None:
        """What somebody began to make; None of a folder with an index, or nothing."""
        try:
            said = json.loads((folder / "parts.json").read_text(encoding="utf-8"))
            return cls(folder, int(said["count"]), int(said["until"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def begin(self) -> None:
        """In a folder that is empty."""
        _put(self._plan, {"count": len(self._parts), "until": self.until})

    def make(self, catalogue: Catalogue) -> int:
        """Have each part made, or what isn't made of it, by a process; returns how many clips.

        The processes end with the thread that called, and all of them when one can't go on. Raises
        what that one met, LostPartError if it couldn't say.
        """
        if self._joined.exists() or self._meta.exists():
            return 0
        spawning = multiprocessing.get_context("spawn")
        url = catalogue.engine.url.render_as_string(hide_password=False)
        at_work: dict[Connection, SpawnProcess] = {}
        processes: list[SpawnProcess] = []
        try:
            for number, folder in enumerate(self._parts):
                share = Share(number, len(self._parts), self.until)
                told, telling = spawning.Pipe(duplex=False)
                given = (url, folder, share, telling, os.getpid(), gc.get_threshold())
                process = spawning.Process(target=_make, args=given, name=f"index-{folder.name}")
                process.start()
                telling.close()  # or its end wouldn't be seen here
                processes.append(process)
                at_work[told] = process
            return _awaited(at_work)
        finally:
            for process in processes:
                process.kill()
                process.join()

    def join(self) -> Writer:
        """Make one index of parts that are whole; who writes it. Raises DamagedIndexError, OSError.

        What turns out to be damaged is given up: whoever makes an index next begins anew.
        """
        try:
            if not self._meta.exists():
                if not self._joined.exists():
                    _put(self._joined, _sum(self._parts))
                self._gather()
            with reading_index():
                writer = Writer(tantivy.Index.open(str(self.folder)), self.folder)
            writer.settle((self.until, BEHIND_ALL))
        except DamagedIndexError:
            self._meta.unlink(missing_ok=True)
            self._plan.unlink()
            raise
        for part in self._parts:
            shutil.rmtree(part, ignore_errors=True)
        self._plan.unlink()
        return writer

    def _gather(self) -> None:
        """Move the files of all segments here, those that aren't yet, and say that they are.

        Raises DamagedIndexError if the index that they make isn't the sum of its parts.
        """
        meta = _said(self._joined)
        own = {str(one["segment_id"]).replace("-", "") for one in meta["segments"]}
        for part in self._parts:
            for path in part.glob("*.*"):
                if path.name.partition(".")[0] in own:
                    path.replace(self.folder / path.name)
        here = [path.name for path in self.folder.iterdir() if path.name.partition(".")[0] in own]
        _put(self.folder / ".managed.json", [*here, "meta.json"])
        self._joined.replace(self._meta)
        with reading_index():
            whole = tantivy.Index.open(str(self.folder)).searcher().num_docs
        if whole != sum(_living(one) for one in meta["segments"]):
            raise DamagedIndexError(f"{whole} documents aren't the sum of their parts")


def _sum(parts: Sequence[Path]) -> dict[str, Any]:
    """What meta.json says of an index with the segments of all these.

    By its opstamps the index knows which deletions came after which documents: the greatest of all
    parts lies behind every one of them.
    """
    every = [_said(part / "meta.json") for part in parts]
    segments = [segment for meta in every for segment in meta["segments"]]
    return {**every[0], "segments": segments, "opstamp": max(meta["opstamp"] for meta in every)}


def _said(path: Path) -> dict[str, Any]:
    """Of a meta.json."""
    with reading_index():
        return dict(json.loads(path.read_text(encoding="utf-8")))


def _living(segment: dict[str, Any]) -> int:
    """Its documents that weren't deleted."""
    deleted = segment["deletes"]["num_deleted_docs"] if segment["deletes"] else 0
    return int(segment["max_doc"]) - int(deleted)


def _put(path: Path, value: object) -> None:
    """Whole or not at all."""
    draft = path.with_name(f"{path.name}.tmp")
    draft.write_text(json.dumps(value), encoding="utf-8")
    draft.replace(path)


def _awaited(at_work: dict[Connection, SpawnProcess]) -> int:
    """How many clips they took in, when all of them have."""
    count = 0
    while at_work:
        ready = connection.wait(list(at_work))
        for told in [one for one in at_work if one in ready]:
            process = at_work.pop(told)
            try:
                said = told.recv()
            except EOFError:
                process.join()
                raise LostPartError(process.exitcode) from None
            if isinstance(said, BaseException):
                raise said
            count += said
    return count


def _make(
    url: str,
    folder: Path,
    share: Share,
    telling: Connection,
    parent: int,
    garbage: tuple[int, int, int],
) -> None:
    """A process of its own: says how many clips it took in, or why it couldn't."""
    confinement.end_with(parent, from_now=True)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells the parent, too
    os.nice(NICENESS)
    gc.set_threshold(*garbage)
    try:
        telling.send(_taken_in(url, folder, share))
    except FAULTS as error:
        telling.send(error)


def _taken_in(url: str, folder: Path, share: Share) -> int:
    writer = _writer(folder, share)
    catalogue = open_catalogue(url)
    try:
        count = writer.take_in(catalogue, threading.Event().is_set)
        writer.wait()
    finally:
        catalogue.close()
    return count


def _writer(folder: Path, share: Share) -> Writer:
    """Of what was left of a part, if it is of use, or of a new one."""
    heap_bytes = HEAPS_BYTES // share.of
    if folder.exists():
        try:
            with reading_index():
                return Writer(tantivy.Index.open(str(folder)), folder, share, heap_bytes)
        except DamagedIndexError as error:
            log.warning("a part of a search index is damaged and is begun anew: %s", error)
            shutil.rmtree(folder)
    folder.mkdir()
    with reading_index():
        return Writer(tantivy.Index(schema(), path=str(folder)), folder, share, heap_bytes)
