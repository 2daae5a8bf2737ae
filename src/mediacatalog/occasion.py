"""When and where a clip was shot: all that says so, side by side, and the best of it with reasons.

Nothing is overwritten: a source is kept as it was found, with its zone. The best is computed, says
why, and a person's word goes before everything. What can't both hold is a conflict.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from mediacatalog.articles.mentions import edtf
from mediacatalog.earth import kilometres
from mediacatalog.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TRUST = {
    "person": 100,
    "satellite": 90,
    "container": 65,
    "file name": 55,
    "article": 45,
    "term": 45,
    "caption": 40,
    "story": 25,
}
"""How far a source is believed, where two differ; `story` is what nobody accepted of an article."""
BOUNDS = ("file time", "publication", "first seen")
"""Sources that only say: not later than."""
ONE_DAY = timedelta(days=1)
"""Two days agree when they differ by no more where a zone isn't known."""
FAR_KM = 50.0
"""Two points so far apart are not one place."""
EPOCHS = ("1904-01-01", "1970-01-01", "1980-01-01", "2000-01-01")
"""Where clocks stand that nobody ever set."""
_DAY = re.compile(r"(?<!\d)(20\d\d|19\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(0?[1-9]|[12]\d|3[01])[-_.](0?[1-9]|1[0-2])[-_.](20\d\d)(?!\d)")
_PLAIN = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?[?~%]?")


@dataclass(frozen=True, slots=True)
class When:
    """One source's word on the day; first and last are None where it is open."""

    source: str
    """A key of TRUST, or one of BOUNDS."""
    found: str
    """As it stands there."""
    edtf: str
    first: date | None
    last: date | None
    zone: str
    """`+03:00`, `UTC`, or empty where nobody knows."""
    reason: str
    id: str = ""
    """Of a person's entry, by which it can be taken back."""
    note: str = ""
    """Why it is left out, or how it fits with the best."""


@dataclass(frozen=True, slots=True)
class Where:
    """One source's word on the place."""

    source: str
    name: str
    role: str
    """`shot` or `shown`."""
    lat: float | None
    lon: float | None
    precision_m: int | None
    reason: str
    id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The best, with because; `conflicts` are sentences, empty where all can be true."""

    whens: tuple[When, ...]
    wheres: tuple[Where, ...]
    edtf: str | None
    first: date | None
    last: date | None
    because: str
    place: Where | None
    place_because: str
    conflicts: tuple[str, ...]


def parse(text: str) -> edtf.Extent:
    """Dates that people write: `2017`, `2017-11`, `2017-11-10`, with `~` or `?`, `a/b`, `../b`.

    Raises InvalidValueError.
    """
    text = text.strip()
    first, slash, last = text.partition("/")
    try:
        if not slash:
            return _plain(text, text)
        if first in ("", ".."):
            return edtf.until(_plain(last, text))
        if last in ("", ".."):
            return edtf.since(_plain(first, text))
        begin, end = _plain(first, text), _plain(last, text)
    except ValueError as error:
        raise InvalidValueError("date", f"“{text[:40]}” isn't in the calendar") from error
    if begin.first and end.last and begin.first > end.last:
        raise InvalidValueError("date", "ends before it begins")
    return edtf.between(begin, end)


def _plain(part: str, whole: str) -> edtf.Extent:
    found = _PLAIN.fullmatch(part.strip())
    if found is None:
        hint = "write it as 2017, 2017-11, 2017-11-10 or 2017-11-01/2017-11-04"
        raise InvalidValueError("date", f"“{whole[:40]}” isn't a date: {hint}")
    year, month, day = (int(one) if one else None for one in found.groups())
    extent = edtf.of(year or 0, month, day)
    return edtf.Extent(part.strip(), extent.first, extent.last)


def days_in(text: str) -> list[date]:
    """Days written as numbers: `20170422`, `2017-04-22`, `22.4.2017`."""
    found = [(one[1], one[2], one[3]) for one in _DAY.finditer(text)]
    found += [(one[3], one[2], one[1]) for one in _DAY_FIRST.finditer(text)]
    days: list[date] = []
    for year, month, day in found:
        try:
            days.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return days


def moment(value: str, zone: str, source: str, reason: str) -> When | None:
    """A stamp of a container, or of a name: ISO 8601. None for what is none."""
    found = re.match(r"(\d{4})[-:](\d{2})[-:](\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?\S*))?", value)
    if found is None:
        return None
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
    offset = re.search(r"(Z|[+-]\d{2}:?\d{2})$", value)
    known = {"Z": "UTC"}.get(offset[1], offset[1]) if offset else ""
    if zone in ("", "none"):
        known = ""  # a `Z` that the format demands says nothing of the clock
    note = "a clock that was never set" if day.isoformat() in EPOCHS else ""
    return When(source, value, day.isoformat(), day, day, known, reason, note=note)


# --- the best of them -----------------------------------------------------------------------------


def answer(whens: Iterable[When], wheres: Iterable[Where], *, seen: date | None = None) -> Answer:
    """Of all sources, in order of trust; `seen` is the day on which the file was first seen."""
    told = sorted(
        (_plausible(one, seen) for one in whens),
        key=lambda one: (-TRUST.get(one.source, 0), bool(one.note)),
    )
    conflicts: list[str] = []
    best = _when([one for one in told if not one.note], conflicts)
    places = sorted(wheres, key=lambda one: -TRUST.get(one.source, 0))
    place, place_because = _place(places, conflicts)
    return Answer(tuple(told), tuple(places), *best, place, place_because, tuple(conflicts))


def _when(
    usable: Sequence[When], conflicts: list[str]
) -> tuple[str | None, date | None, date | None, str]:
    """(EDTF, first day, last day, because); adds what can't hold to `conflicts`."""
    exact = [one for one in usable if one.source not in BOUNDS]
    bounds = [one for one in usable if one.source in BOUNDS and one.last]
    if not exact:
        if not bounds:
            return None, None, None, ""
        nearest = min(bounds, key=lambda one: one.last or date.max)
        said = f"nothing says when; {_the(nearest)} says not later than {nearest.last}"
        return nearest.edtf, None, nearest.last, said
    best = exact[0]
    days: Days = (best.first, best.last)
    agreeing: list[str] = []
    for other in exact[1:]:
        shared = _shared(days, (other.first, other.last))
        if shared is not None:
            days = shared
            agreeing.append(other.source)
        elif not _near((best.first, best.last), (other.first, other.last)):
            _differ(best, other, conflicts)
    conflicts += [
        f"{_the(best)} says {best.edtf}, {_the(bound)} not later than {bound.last}"
        for bound in bounds
        if days[0] and bound.last and days[0] > bound.last + ONE_DAY
    ]
    narrowed = days != (best.first, best.last)
    because = f"{_the(best)} says {best.found}" + _agree(best.source, agreeing)
    return (_write(*days) if narrowed else best.edtf), *days, because


def _agree(best: str, sources: Sequence[str]) -> str:
    """`; a caption agrees`; a source of the same kind is no witness of its own."""
    others = list(dict.fromkeys(one for one in sources if one != best))
    if not others:
        return ""
    agree = " agrees" if len(others) == 1 else " agree"
    return f"; {', '.join(map(_source, others))}{agree}"


def _plausible(one: When, seen: date | None) -> When:
    if one.note or one.source in ("person", *BOUNDS) or seen is None or one.first is None:
        return one
    if one.first > seen + ONE_DAY:
        note = f"later than the day on which the file was first seen, {seen}"
        return When(
            one.source, one.found, one.edtf, one.first, one.last, one.zone, one.reason, note=note
        )
    return one


Days = tuple[date | None, date | None]


def _shared(one: Days, two: Days) -> Days | None:
    """What lies in both; None where nothing does."""
    first = max(one[0] or date.min, two[0] or date.min)
    last = min(one[1] or date.max, two[1] or date.max)
    if first > last:
        return None
    return (None if first == date.min else first), (None if last == date.max else last)


def _near(one: Days, two: Days) -> bool:
    """Whether they would meet if a day were added on both sides: a zone apart."""
    wide = ((two[0] - ONE_DAY) if two[0] else None, (two[1] + ONE_DAY) if two[1] else None)
    return _shared(one, wide) is not None


def _differ(best: When, other: When, conflicts: list[str]) -> None:
    if TRUST.get(other.source, 0) < TRUST["caption"]:
        return  # a story names many days; that one isn't the clip's is no conflict
    gap = abs(((best.first or date.min) - (other.first or date.min)).days)
    conflicts.append(
        f"{_the(best)} says {best.edtf}, {_the(other)} says {other.edtf}: {gap} days apart"
    )


def _write(first: date | None, last: date | None) -> str:
    if first == last and first:
        return first.isoformat()
    return f"{first.isoformat() if first else '..'}/{last.isoformat() if last else '..'}"


def _place(places: Sequence[Where], conflicts: list[str]) -> tuple[Where | None, str]:
    shot = [one for one in places if one.role == "shot"]
    best = next(iter(shot or places), None)
    if best is None:
        return None, ""
    agreeing = []
    for other in places:
        away = _apart(best, other)
        if other is best or away is None:
            continue
        if away <= FAR_KM:
            agreeing.append(other.source)
        elif TRUST.get(other.source, 0) >= TRUST["term"] and other.role == best.role:
            conflicts.append(
                f"{_source(best.source)} says {best.name}, {_source(other.source)} says "
                f"{other.name}: {away:.0f} km apart"
            )
    return best, f"{_source(best.source)} says {best.name}" + _agree(best.source, agreeing)


def _apart(one: Where, two: Where) -> float | None:
    """Kilometres; None where one has no point."""
    if one.lat is None or one.lon is None or two.lat is None or two.lon is None:
        return None
    return kilometres((one.lat, one.lon), (two.lat, two.lon))


SPOKEN = {
    "person": "a person",
    "satellite": "the satellite fix",
    "container": "the container",
    "file name": "the file's name",
    "article": "the article",
    "term": "the clip's own place",
    "caption": "a caption",
    "story": "the article (not accepted)",
    "file time": "the file's time of change",
    "publication": "the article's publication",
    "first seen": "the day the file was first seen",
}


def _source(name: str) -> str:
    return SPOKEN.get(name, name)


def _the(one: When) -> str:
    return _source(one.source)


def utc_day(nanoseconds: int) -> date:
    """Of a file's time of change."""
    return datetime.fromtimestamp(nanoseconds / 1e9, tz=UTC).date()
