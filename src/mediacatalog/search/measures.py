"""What stands after `duration:`, `date:` and `near:` in a query, as numbers; None if it is none.

Areas are cells of a map of the world that is halved again and again (a quadtree over degrees, as
in Finkel and Bentley, 1974), so that a place is found by the names of the cells that hold it, like
a word.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from mediacatalog.articles.mentions import edtf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Numbers = NDArray[np.floating[Any]]

OPEN = 2**40
"""Beyond every value: an open end."""

MOST_YEARS = 100
"""Told apart of a span."""

Span = tuple[int, int]
"""Both ends are within."""

_AMOUNT = r"\d{1,6}(?:\.\d{1,3})?"
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2}(?:\.\d{1,3})?)")
_PARTS = re.compile(rf"(?:({_AMOUNT})h)?(?:({_AMOUNT})m(?:in)?)?(?:({_AMOUNT})s?)?")
_BOUND = re.compile(r"(>=|<=|>|<|≥|≤)(.+)")
_DAY = re.compile(
    r"(\d{4})(?:-(?:[Xx]{2}|(\d{2}))(?:-(?:[Xx]{2}|(\d{2}))(?:T\d{2}:\d{2}[\d:.Z+-]*)?)?)?[?~%]?"
)
_DECADES = re.compile(r"(\d{3}[Xx]|\d{2}[Xx]{2})[?~%]?")
_NEAR = re.compile(
    r"([+-]?\d{1,3}(?:\.\d{1,9})?),\s*([+-]?\d{1,3}(?:\.\d{1,9})?)"
    r"(?:\s*~\s*(\d{1,5}(?:\.\d{1,3})?)\s*(km|m)?)?"
)
NEARBY_KM = 10.0
"""Where the query gives no distance."""
FARTHEST_KM = 5000.0
EARTH_KM = 6371.0088
"""Mean radius (IUGG)."""

FINEST = 24
"""Halvings: cells of about two metres."""
LEAST_CELLS = 400
"""An area is cut until it has more cells than this."""
KM_A_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Circle:
    """`lat` and `lon` in degrees (WGS 84)."""

    lat: float
    lon: float
    km: float


def milliseconds(text: str) -> Span | None:
    """`>5m`, `<=90s`, `1m..3m`, `1:30`, `2h`. A length alone means that second or minute.

    No span begins before 1: that is 0 of a clip says only that nobody knows.
    """
    span = _milliseconds(text)
    return span and (max(span[0], 1), span[1])


def _milliseconds(text: str) -> Span | None:
    if bound := _BOUND.fullmatch(text):
        length = _length(bound[2])
        return None if length is None else _bounded(bound[1], (length[0], length[0]))
    if ".." in text:
        first, last = (_length(one) if one else (0, 0) for one in text.split("..", 1))
        if first is None or last is None or text == "..":
            return None
        return first[0], last[0] if text.split("..", 1)[1] else OPEN
    length = _length(text)
    return None if length is None else (length[0], length[0] + length[1] - 1)


def _length(text: str) -> Span | None:
    """(length, its precision), both in milliseconds."""
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = int(clock[1] or 0), int(clock[2]), float(clock[3])
        return round(((hours * 60 + minutes) * 60 + seconds) * 1000), 1000
    parts = _PARTS.fullmatch(text)
    if parts is None or not text:
        return None
    given = [(float(one), ms) for one, ms in zip(parts.groups(), UNITS_MS, strict=True) if one]
    return round(sum(amount * ms for amount, ms in given)), given[-1][1]


UNITS_MS = (3_600_000, 60_000, 1000)


def _bounded(sign: str, value: Span) -> Span:
    match sign:
        case ">":
            return value[1] + 1, OPEN
        case ">=" | "≥":
            return value[0], OPEN
        case "<":
            return -OPEN, value[0] - 1
        case _:
            return -OPEN, value[1]


def days(text: str) -> Span | None:
    """Days since 1 January of the year 1, first and last, of an EDTF date or range.

    `2017`, `2017-11`, `2017-22`, `201X`, `2017-XX`, `2017-11-09..2017-11-19`, `2017-11/..`,
    `>2017`. Of an hour only its day counts.
    """
    if bound := _BOUND.fullmatch(text):
        day = _day(bound[2])
        return None if day is None else _bounded(bound[1], day)
    for between in ("/", ".."):
        if text.count(between) and text not in ("..", "/", "../.."):
            first, last = text.split(between, 1)
            ends = [None if one in ("", "..") else _day(one) for one in (first, last)]
            wrong = [one for one, end in zip((first, last), ends, strict=True) if not end]
            if any(one not in ("", "..") for one in wrong) or len(wrong) == 2:
                continue
            low = ends[0][0] if ends[0] else -OPEN
            high = ends[1][1] if ends[1] else OPEN
            return (low, high) if low <= high else None
    return _day(text)


def _day(text: str) -> Span | None:
    try:
        if many := _DECADES.fullmatch(text):
            ends = (int(re.sub("[Xx]", digit, many[1])) for digit in "09")
            return _ordinals(edtf.between(*map(edtf.of, ends)))
        found = _DAY.fullmatch(text)
        if found is None:
            return None
        year, month, day = (int(one) if one else None for one in found.groups())
        if year is None:
            return None
        if month in edtf.SEASONS and day is None:
            return _ordinals(edtf.season(year, month))
        return _ordinals(edtf.of(year, month, day))
    except ValueError:
        return None


def _ordinals(extent: edtf.Extent) -> Span:
    first, last = extent.first, extent.last
    return first.toordinal() if first else -OPEN, last.toordinal() if last else OPEN


def recorded(text: str) -> Span | None:
    """The days of a clip's date of recording: ISO 8601, cut anywhere. None without one."""
    for length in (10, 7, 4):
        if (span := _day(text[:length])) is not None:
            return span
    return None


def year_of(span: Span) -> int | None:
    """The year that a span lies in; None if it is longer than one, or open."""
    if not 1 <= span[0] <= span[1] <= date.max.toordinal():
        return None
    years = {date.fromordinal(one).year for one in span}
    return years.pop() if len(years) == 1 else None


def years_of(span: Span) -> tuple[list[int], list[int]] | None:
    """The years that lie within a span, and those of which it holds a part; None of too many."""
    if not 1 <= span[0] <= span[1] <= date.max.toordinal():
        return None
    first, last = map(date.fromordinal, span)
    if last.year - first.year > MOST_YEARS:
        return None
    whole: list[int] = []
    cut: list[int] = []
    for year in range(first.year, last.year + 1):
        within = first <= date(year, 1, 1) and date(year, 12, 31) <= last
        (whole if within else cut).append(year)
    return whole, cut


def month_and_day(span: Span) -> tuple[str, str]:
    """`2017-11`, `2017-11-19`; empty what isn't known so exactly."""
    if year_of(span) is None:
        return "", ""
    first, last = (date.fromordinal(one).isoformat() for one in span)
    return first[:7] if first[:7] == last[:7] else "", first if first == last else ""


# --- areas


def circle(text: str) -> Circle | None:
    """`34.45,40.92~20km`: latitude, longitude, distance (km where nothing is said)."""
    found = _NEAR.fullmatch(text)
    if found is None:
        return None
    lat, lon = float(found[1]), float(found[2])
    km = float(found[3]) / (1000 if found[4] == "m" else 1) if found[3] else NEARBY_KM
    if abs(lat) > 90 or abs(lon) > 180 or not 0 < km <= FARTHEST_KM:
        return None
    return Circle(lat, lon, km)


def cells_of(lat: float, lon: float) -> list[str]:
    """Names of all cells that hold a point, the whole world first."""
    lon = lon if lon < 180 else -180.0
    x = min(int((lon + 180) / 360 * 2**FINEST), 2**FINEST - 1)
    y = min(int((lat + 90) / 180 * 2**FINEST), 2**FINEST - 1)
    name = "".join(str((y >> bit & 1) * 2 + (x >> bit & 1)) for bit in range(FINEST - 1, -1, -1))
    return [name[:length] for length in range(FINEST + 1)]


def cells_in(area: Circle) -> list[str]:
    """Cells that together are the circle, give or take a rim of a twentieth.

    Beyond 85 degrees of latitude, where cells are long and narrow, more than the circle.
    """
    border = _Cells(0, np.zeros(1, np.int64), np.zeros(1, np.int64))
    wholly: list[str] = []
    while len(border.x) and border.halved < FINEST and len(wholly) + len(border.x) <= LEAST_CELLS:
        border = border.quarters()
        border = border.where(border.nearest_km(area) <= area.km)
        inside = border.are_within(area)
        wholly += border.where(inside).names()
        border = border.where(~inside)
    if abs(area.lat) + area.km / KM_A_DEGREE < 85:
        lats, lons = border.south + border.height / 2, border.west + border.width / 2
        by_middle = border.where(_distances_km(area, lats, lons) <= area.km)
        border = by_middle if len(by_middle.x) else border
    return wholly + border.names()


@dataclass(frozen=True, slots=True)
class _Cells:
    """Cells of one size: columns counted from the west and rows from the south, (n,) each."""

    halved: int
    x: NDArray[np.int64]
    y: NDArray[np.int64]

    @property
    def width(self) -> float:
        return math.ldexp(360.0, -self.halved)

    @property
    def height(self) -> float:
        return math.ldexp(180.0, -self.halved)

    @property
    def west(self) -> _Numbers:
        return self.x * self.width - 180.0

    @property
    def south(self) -> _Numbers:
        return self.y * self.height - 90.0

    def where(self, chosen: NDArray[np.bool_]) -> _Cells:
        return _Cells(self.halved, self.x[chosen], self.y[chosen])

    def quarters(self) -> _Cells:
        x = (self.x[:, None] * 2 + np.array([0, 1, 0, 1])).ravel()
        y = (self.y[:, None] * 2 + np.array([0, 0, 1, 1])).ravel()
        return _Cells(self.halved + 1, x, y)

    def names(self) -> list[str]:
        bits = range(self.halved - 1, -1, -1)
        digits = [(self.y >> bit & 1) * 2 + (self.x >> bit & 1) for bit in bits]
        return [
            "".join(map(str, one)) for one in zip(*(row.tolist() for row in digits), strict=True)
        ]

    def nearest_km(self, area: Circle) -> _Numbers:
        """From the circle's middle to the nearest point of each cell."""
        south, west = self.south, self.west
        north, east = south + self.height, west + self.width
        at_its_height = np.clip(area.lat, south, north)
        nearest = np.full(len(west), np.inf)
        for turned in (area.lon, area.lon - 360, area.lon + 360):
            lon = np.clip(turned, west, east)
            # Where a meridian is nearest to the middle: not at the same latitude.
            turn = np.cos(np.radians(lon - area.lon))
            turn = np.where(np.abs(turn) < 1e-9, 1e-9, turn)
            lat = np.degrees(np.arctan(math.tan(math.radians(area.lat)) / turn))
            for one in (at_its_height, np.clip(lat, south, north)):
                nearest = np.minimum(nearest, _distances_km(area, one, lon))
        return nearest

    def are_within(self, area: Circle) -> NDArray[np.bool_]:
        """Whether each cell is all inside the circle."""
        if self.width >= 90:
            return np.zeros(len(self.x), np.bool_)
        inside = np.ones(len(self.x), np.bool_)
        for up in (0, self.height):
            for right in (0, self.width):
                inside &= _distances_km(area, self.south + up, self.west + right) <= area.km
        return inside


def _distances_km(area: Circle, lats: _Numbers, lons: _Numbers) -> _Numbers:
    """From the circle's middle along great circles of a sphere (haversine formula)."""
    one, others = math.radians(area.lat), np.radians(lats)
    half = (
        np.sin((others - one) / 2) ** 2
        + math.cos(one) * np.cos(others) * np.sin(np.radians(lons - area.lon) / 2) ** 2
    )
    found: _Numbers = 2 * EARTH_KM * np.arcsin(np.minimum(1.0, np.sqrt(half)))
    return found


def middle(name: str) -> tuple[float, float]:
    """Of a cell: latitude and longitude in degrees."""
    south, west, north, east = edges(name)
    return (south + north) / 2, (west + east) / 2


def edges(name: str) -> tuple[float, float, float, float]:
    """South, west, north, east in degrees."""
    south, west, height, width = -90.0, -180.0, 180.0, 360.0
    for quarter in name:
        height, width = height / 2, width / 2
        south += height * (int(quarter) >> 1)
        west += width * (int(quarter) & 1)
    return south, west, south + height, west + width
