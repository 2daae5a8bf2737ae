"""Which clips mean much the same as one, or as a text, in whatever language.

A disposable file beside the index, `meanings.sqlite`, holds a vector for each clip that can be
found: of its title, description and tags, the headings of its articles and its first cues. It
follows the catalogue as the index does, but slower, since a clip takes a tenth of a second: so
much work at a time, and the rest later. Who asks first compares signs of all vectors (one bit for
each dimension, a Hamming distance), and then the vectors themselves of the nearest 200.

It knows no rights: who asks leaves out what the asker may not see, before telling of anything.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Final

import numpy as np

from mediacatalog.catalog import search_feed
from mediacatalog.text import encoder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.search_texts import SearchDocument

log = logging.getLogger(__name__)

VERSION: Final = "meanings-1"
"""Grows when the same clip would get another vector."""
ALIKE: Final = 0.4
"""Cosine from which on two say much the same: of unrelated headlines in three languages none was
above 0.26, of translations none below 0.54."""
RESCORED: Final = 200
MOST: Final = 30
"""Clips that are near enough to be shown."""
BATCH: Final = 10
AT_A_TIME: Final = 16_384
"""Vectors that are compared at a time."""
WORK_SECONDS: Final = 0.2
"""Of one look at what is new, so that the index isn't kept waiting."""
_LONGEST: Final = 300  # characters of a passage
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS meanings (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, clip TEXT NOT NULL UNIQUE, said TEXT NOT NULL,
    signs BLOB NOT NULL, vector BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS place (
    one INTEGER PRIMARY KEY, version TEXT NOT NULL, rev INTEGER NOT NULL, clip TEXT NOT NULL
);
"""


class Meanings:
    """The file in `folder`. Safe to share between threads; nothing is made before it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        self._upto = 0
        self._seqs: NDArray[np.int64] = np.zeros(0, np.int64)
        self._signs: NDArray[np.uint64] = np.zeros((0, 0), np.uint64)
        """As of `_words`."""

    # --- asking

    def near(self, passages: Sequence[str], besides: str = "") -> list[tuple[str, float]]:
        """(clip, cosine) of those that say much the same, the nearest first, at most RESCORED.

        Empty without the encoder, or before anything was read.
        """
        if not passages or not self._path.is_file() or not encoder.installed():
            return []
        wanted = _vector(passages)
        if wanted is None:
            return []
        try:
            return self._near(wanted, besides)
        except (sqlite3.Error, OSError) as error:  # an answer by words alone is one, too
            log.warning("meanings can't be compared: %s", error)
            return []

    def _near(self, wanted: NDArray[np.float32], besides: str) -> list[tuple[str, float]]:
        with self._opened() as connection:
            seqs, signs = self._known(connection)
            asked = _words(np.packbits(wanted > 0)[np.newaxis])
            if signs.shape[1] == 0 or signs.shape[0] != asked.shape[0]:
                return []
            apart = _apart(signs, asked[:, 0])
            first = [int(seqs[at]) for at in _least(apart, RESCORED)]
            marks = ",".join("?" * len(first))
            rows = connection.execute(
                f"SELECT clip, vector FROM meanings WHERE seq IN ({marks})",  # noqa: S608 - marks
                first,
            ).fetchall()
        cosines = [(clip, float(np.frombuffer(one, np.float16) @ wanted)) for clip, one in rows]
        alike = [one for one in cosines if one[1] >= ALIKE and one[0] != besides]
        return sorted(alike, key=lambda one: -one[1])

    def _known(
        self, connection: sqlite3.Connection
    ) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """The signs of all that was ever read; what was replaced or removed has no vector."""
        with self._guard:
            (newest,) = connection.execute("SELECT MAX(seq) FROM meanings").fetchone()
            if (newest or 0) < self._upto:  # another file, or the newest went
                self._upto, self._seqs, self._signs = 0, self._seqs[:0], self._signs[:, :0]
            fresh = connection.execute(
                "SELECT seq, signs FROM meanings WHERE seq > ? ORDER BY seq", (self._upto,)
            ).fetchall()
            if fresh:
                seqs = np.array([seq for seq, _ in fresh], np.int64)
                signs = _words(np.array([np.frombuffer(one, np.uint8) for _, one in fresh]))
                begun = self._upto > 0
                self._seqs = np.concatenate([self._seqs, seqs]) if begun else seqs
                self._signs = np.concatenate([self._signs, signs], axis=1) if begun else signs
                self._upto = int(seqs[-1])
            return self._seqs, self._signs

    # --- following

    def catch_up(
        self, catalogue: Catalogue, stop: threading.Event, seconds: float = WORK_SECONDS
    ) -> int:
        """Take in what changed, for so many seconds; returns how many clips. 0 without encoder."""
        if not encoder.installed():
            return 0
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "meanings.lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return 0
            try:
                with self._opened() as connection:
                    return self._catch_up(catalogue, connection, stop, time.monotonic() + seconds)
            except sqlite3.OperationalError:  # a fault of the world
                raise
            except sqlite3.DatabaseError:  # damaged: it is made anew at the next look
                for name in ("", "-wal", "-shm"):
                    self._path.with_name(self._path.name + name).unlink(missing_ok=True)
                raise

    def _catch_up(
        self,
        catalogue: Catalogue,
        connection: sqlite3.Connection,
        stop: threading.Event,
        until: float,
    ) -> int:
        connection.executescript(_TABLES)
        row = connection.execute("SELECT version, rev, clip FROM place").fetchone()
        rev, clip_id = row[1:] if row and row[0] == VERSION else (0, "")
        with catalogue.reading() as session:
            newest = search_feed.newest(session)
        if rev > newest or not row or row[0] != VERSION:  # a backup was put back, or none is there
            connection.execute("DELETE FROM meanings")
            rev, clip_id = 0, ""
        count = 0
        while not stop.is_set() and time.monotonic() < until:
            with catalogue.reading() as session:
                batch = search_feed.changed(session, rev, BATCH, after_id=clip_id)
            for one in batch:
                _take_in(connection, one)
                rev, clip_id, count = one.rev, one.clip_id, count + 1
                if stop.is_set() or time.monotonic() >= until:
                    break
            connection.execute(
                "INSERT OR REPLACE INTO place VALUES (1, ?, ?, ?)", (VERSION, rev, clip_id)
            )
            connection.commit()
            if not batch:
                break
        return count

    @property
    def _path(self) -> Path:
        return self._folder / "meanings.sqlite"

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=10)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA secure_delete=ON")  # of clips that are purged
            yield connection
        finally:
            connection.close()


def passages(one: SearchDocument) -> list[str]:
    """What is compared of a clip: a few hundred characters of each kind of text."""
    named = ", ".join(term.label for term in one.terms)
    own = ". ".join(part for part in (one.title, one.description[:_LONGEST], named) if part)
    stories = ". ".join(article.title for article in one.articles[:3] if article.title)
    said = " ".join(cue.text for cue in one.tracks[0].cues[:8]) if one.tracks else ""
    return [text[:_LONGEST] for text in (own, stories, said) if text.strip()]


def _vector(texts: Sequence[str]) -> NDArray[np.float32] | None:
    """Of length one, in the middle of the passages'; None without the encoder."""
    rows = encoder.encoded([text[:_LONGEST] for text in texts])
    if rows is None:
        return None
    middle = rows.mean(axis=0)
    found: NDArray[np.float32] = middle / max(float(np.linalg.norm(middle)), 1e-9)
    return found


def _words(signs: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Signs of n vectors, a row for each, as 64 bits by n: each 64 of all vectors lie together."""
    whole = np.pad(signs, ((0, 0), (0, -signs.shape[1] % 8)))
    return np.ascontiguousarray(np.ascontiguousarray(whole).view(np.uint64).T)


def _apart(signs: NDArray[np.uint64], asked: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """Hamming distances of all to one, by parts that stay in the processor's cache."""
    found = np.zeros(signs.shape[1], np.uint16)
    for begin in range(0, found.size, AT_A_TIME):
        part = slice(begin, begin + AT_A_TIME)
        for these, its in zip(signs, asked, strict=True):
            found[part] += np.bitwise_count(these[part] ^ its)
    return found


def _least(apart: NDArray[np.uint16], most: int) -> NDArray[np.intp]:
    """Where the smallest lie, at most so many: there are few distances, so these are counted."""
    upto = np.searchsorted(np.cumsum(np.bincount(apart)), min(most, apart.size))
    near = np.flatnonzero(apart <= upto)
    return near[np.argsort(apart[near], kind="stable")[:most]]


def _take_in(connection: sqlite3.Connection, one: SearchDocument) -> None:
    texts = passages(one) if one.findable else []
    said = hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()
    known = connection.execute("SELECT said FROM meanings WHERE clip = ?", (one.clip_id,))
    if texts and known.fetchone() == (said,):
        return  # what changed of it isn't compared
    connection.execute("DELETE FROM meanings WHERE clip = ?", (one.clip_id,))
    vector = _vector(texts) if texts else None
    if vector is not None:
        signs, kept = np.packbits(vector > 0).tobytes(), vector.astype(np.float16).tobytes()
        connection.execute(
            "INSERT INTO meanings (clip, said, signs, vector) VALUES (?, ?, ?, ?)",
            (one.clip_id, said, signs, kept),
        )
