"""Dates as far as they are known: EDTF level 1 (ISO 8601-2:2019, annex A), first and last day."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta

SEASONS = {21: (3, 5), 22: (6, 8), 23: (9, 11), 24: (12, 2)}
"""First and last month, on the northern half of the earth; a winter ends in the next year."""
PARTS = {"early": (0, 4), "mid": (4, 8), "late": (8, 12)}
"""Thirds of a year, as months after its first."""
THIRDS = {"early": (1, 10), "mid": (11, 20), "late": (21, 31)}
"""Thirds of a month, as days."""


_HIJRI_EPOCH = 227_015
"""Friday, 16 July 622 of the Julian calendar, as `date.toordinal` counts."""


@dataclass(frozen=True, slots=True)
class Extent:
    """From the first day to the last, both within; None is open. `edtf` writes it down."""

    edtf: str
    first: date | None
    last: date | None

    @property
    def known(self) -> date:
        """A day of it to reckon from: the last one, or the first where there is no last."""
        found = self.last or self.first
        if found is None:  # pragma: no cover - no extent is open on both sides
            raise ValueError(self.edtf)
        return found


def of(year: int, month: int | None = None, day: int | None = None) -> Extent:
    """A year, a month or a day. Raises ValueError for what the calendar hasn't got."""
    if month is None:
        return Extent(f"{year:04d}", date(year, 1, 1), date(year, 12, 31))
    if day is None:
        last = calendar.monthrange(year, month)[1]
        return Extent(f"{year:04d}-{month:02d}", date(year, month, 1), date(year, month, last))
    return of_day(date(year, month, day))


def of_day(day: date) -> Extent:
    return Extent(day.isoformat(), day, day)


def of_week(day: date) -> Extent:
    """The week from Monday to Sunday that holds a day."""
    monday = day - timedelta(days=day.weekday())
    return between(of_day(monday), of_day(monday + timedelta(days=6)))


def season(year: int, number: int) -> Extent:
    """`number` as EDTF writes it: 21 is spring, 24 winter."""
    first, last = SEASONS[number]
    end = of(year + (last < first), last).last
    return Extent(f"{year:04d}-{number}", date(year, first, 1), end)


def decade(year: int) -> Extent:
    """`199X` is level 1; the year is any of the ten."""
    return Extent(
        f"{year // 10:03d}X", date(year // 10 * 10, 1, 1), date(year // 10 * 10 + 9, 12, 31)
    )


def hijri(year: int, month: int, day: int | None = None) -> Extent:
    """A day or month of the Islamic calendar by its tables (the civil epoch, leap years 2, 5, 7…).

    The month begins when the moon is seen, so that a day may be off by one to either side: both are
    within the extent.
    """
    slack = timedelta(days=1)
    if day is not None:
        found = _tabular(year, month, day)
        return Extent(f"{found.isoformat()}~", found - slack, found + slack)
    first = _tabular(year, month, 1)
    last = _tabular(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return Extent(f"{first.isoformat()}~/{last.isoformat()}~", first - slack, last + slack)


def _tabular(year: int, month: int, day: int) -> date:
    """Reingold and Dershowitz, Calendrical Calculations, section 7.1."""
    days = (11 * year + 3) // 30 + 354 * (year - 1) + 29 * (month - 1) + month // 2 + day
    return date.fromordinal(_HIJRI_EPOCH - 1 + days)


def part(whole: Extent, which: str) -> Extent:
    """The early, middle or late third of a year, a month or a decade."""
    if whole.first is None or whole.last is None:
        return whole
    if whole.first == whole.last:
        return whole
    year, month = whole.first.year, whole.first.month
    if whole.last.year - year == 9:
        first, last = {"early": (0, 3), "mid": (3, 6), "late": (6, 9)}[which]
        return between(of(year + first), of(year + last))
    if whole.last.month != month or whole.last.year != year:
        first, last = PARTS[which]
        if (month, whole.last.month) != (1, 12):
            return whole  # a season has no thirds that anyone agrees on
        return between(of(year, first + 1), of(year, last))
    first, last = THIRDS[which]
    return between(of(year, month, first), of(year, month, min(last, whole.last.day)))


def between(first: Extent, last: Extent) -> Extent:
    """From the start of one to the end of the other, in either order."""
    if first.first and last.last and first.first > last.last:
        first, last = last, first
    if first.edtf == last.edtf:
        return first
    opens, ends = first.edtf.split("/")[0], last.edtf.split("/")[-1]
    return Extent(f"{opens}/{ends}", first.first, last.last)


def until(last: Extent) -> Extent:
    """Not later than: an open start."""
    return Extent(f"../{last.edtf.split('/')[-1]}", None, last.last)


def since(first: Extent) -> Extent:
    return Extent(f"{first.edtf.split('/')[0]}/..", first.first, None)


def about(extent: Extent) -> Extent:
    """Approximate (`~`), which says nothing of how far."""
    if "/" in extent.edtf or extent.edtf.endswith("X"):
        return extent
    return Extent(f"{extent.edtf}~", extent.first, extent.last)


def moved(extent: Extent, count: int, unit: str) -> Extent:
    """`count` days, weeks, months or years after (before, if negative). Raises ValueError."""
    known = extent.known
    if unit in {"day", "week"}:
        try:
            return of_day(known + timedelta(days=count * (7 if unit == "week" else 1)))
        except OverflowError as error:
            raise ValueError(count) from error
    if unit == "year":
        return of(known.year + count, known.month)
    months = known.year * 12 + known.month - 1 + count
    if not MINYEAR * 12 <= months < MAXYEAR * 12:
        raise ValueError(count)
    return of(months // 12, months % 12 + 1)
