"""The map and the time line of a search: geometry and addresses of what the index counted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from mediacatalog.articles.mentions import gazetteer
from mediacatalog.search import measures
from mediacatalog.search.query import replaced
from mediacatalog.web.maps import UNITS, side_by_side, turns
from mediacatalog.web.tongue import gettext, marked
from mediacatalog.web.words import MONTHS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mediacatalog.search import Dates, Places

RATIO = 16 / 9
LEAST_DEGREES = 0.05
MARGIN = 1.25
NAMED = 40
"""Clusters that are named by the largest town around them."""
NAME_KM = 5.0
NAMES = (
    marked("January"), marked("February"), marked("March"), marked("April"), marked("May"),
    marked("June"), marked("July"), marked("August"), marked("September"), marked("October"),
    marked("November"), marked("December"),
)  # fmt: skip
LABELS = 9
"""Dates written below a time line."""


@dataclass(frozen=True, slots=True)
class Dot:
    """`x` and `y` in percent of the map, `radius` in pixels."""

    x: float
    y: float
    radius: int
    count: int
    name: str
    position: str
    url: str


@dataclass(frozen=True, slots=True)
class ResultMap:
    view_box: str
    """In units of the outlines, longitude stretched."""
    stretch: float
    dots: tuple[Dot, ...]
    ring: tuple[float, float, float, float] | None
    """The circle that the query narrows to: middle and radii in percent."""
    wider_url: str | None
    whole_url: str | None
    scale: tuple[float, str]
    """A length in percent of the width, and in words."""
    corner: tuple[float, float, float, float]
    """West, north, width and height in degrees; the date line lies at 180 as at -180."""
    turns: tuple[int, ...]
    """How far east the outlines are drawn."""


@dataclass(frozen=True, slots=True)
class Column:
    """A bar: `x`, `width` and `height` in percent."""

    x: float
    width: float
    height: float
    label: str
    short: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class TimeLine:
    unit: str
    columns: tuple[Column, ...]
    marks: tuple[tuple[float, str], ...]
    """Place in percent and text of what is written below."""
    most: int
    up: tuple[str, str] | None
    """Label and address of the wider view."""


def result_map(found: Places, text: str, link: Callable[[str], str]) -> ResultMap | None:
    """None where nothing has a position and no area is asked for."""
    lons = side_by_side([one.lon for one in found.clusters] or [0.0])
    points = [(one.lat, lon) for one, lon in zip(found.clusters, lons, strict=False)]
    area = found.area
    if area is not None:
        high = area.km / measures.KM_A_DEGREE
        wide = high / max(0.05, math.cos(math.radians(area.lat)))
        points = [(area.lat - high, area.lon - wide), (area.lat + high, area.lon + wide)]
    if not points:
        return None
    west, north, width, height, stretch = _frame(points)
    dots = []
    largest = max((one.count for one in found.clusters), default=1)
    for number, one in enumerate(found.clusters):
        lon = west + (one.lon - west) % 360
        x, y = (lon - west) / width * 100, (north - one.lat) / height * 100
        if not (0 <= x <= 100 and 0 <= y <= 100):
            continue
        url = link(replaced(text, "near", f"{one.lat},{one.lon}~{_length(one.km)}"))
        name = _name(one.lat, one.lon, one.km) if number < NAMED else ""
        radius = round(12 + 12 * math.sqrt(one.count / largest))
        position = f"{one.lat:.3f}, {one.lon:.3f}"
        dots.append(Dot(round(x, 2), round(y, 2), radius, one.count, name, position, url))
    return ResultMap(
        view_box=f"{west * stretch * UNITS:.2f} {-north * UNITS:.2f}"
        f" {width * stretch * UNITS:.2f} {height * UNITS:.2f}",
        stretch=round(stretch, 4),
        dots=tuple(dots),
        ring=None if area is None else _ring(area, west, north, width, height),
        wider_url=None if area is None else link(_wider(text, area)),
        whole_url=None if area is None else link(replaced(text, "near")),
        scale=_scale(width, stretch),
        corner=(west, north, width, height),
        turns=turns(west, width),
    )


def _frame(points: Sequence[tuple[float, float]]) -> tuple[float, float, float, float, float]:
    """West, north, width, height in degrees; what one of longitude is of one of latitude."""
    lats, lons = [one[0] for one in points], [one[1] for one in points]
    middle = ((min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2)
    stretch = max(0.2, math.cos(math.radians(middle[0])))
    least = LEAST_DEGREES if len(points) > 1 else 3.0
    height = max(
        least, (max(lats) - min(lats)) * MARGIN, (max(lons) - min(lons)) * MARGIN * stretch / RATIO
    )
    width = height * RATIO / stretch
    return middle[1] - width / 2, middle[0] + height / 2, width, height, stretch


def _ring(
    area: measures.Circle, west: float, north: float, width: float, height: float
) -> tuple[float, float, float, float]:
    high = area.km / measures.KM_A_DEGREE
    wide = high / max(0.05, math.cos(math.radians(area.lat)))
    x, y = (area.lon - west) / width * 100, (north - area.lat) / height * 100
    return round(x, 2), round(y, 2), round(wide / width * 100, 2), round(high / height * 100, 2)


def _wider(text: str, area: measures.Circle) -> str:
    km = min(area.km * 3, measures.FARTHEST_KM)
    return replaced(text, "near", f"{area.lat},{area.lon}~{_length(km)}")


def _length(km: float) -> str:
    """As `near:` takes it, rounded up."""
    if km >= 10:
        return f"{min(math.ceil(km), int(measures.FARTHEST_KM))}km"
    return f"{math.ceil(km * 10) / 10}km" if km >= 1 else f"{math.ceil(km * 1000)}m"


def _scale(width: float, stretch: float) -> tuple[float, str]:
    across = width * stretch * measures.KM_A_DEGREE
    steps = [step * 10**power for power in range(-2, 5) for step in (1, 2, 5)]
    km = max(step for step in steps if step <= max(across / 4, 0.01))
    return round(km / across * 100, 2), f"{km:g} km" if km >= 1 else f"{km * 1000:g} m"


def _name(lat: float, lon: float, km: float) -> str:
    town = gazetteer.load().largest_around(lat, lon, min(max(km, 2.0), NAME_KM))
    return f"{town.name}, {town.country}" if town else ""


def time_line(found: Dates, text: str, link: Callable[[str], str]) -> TimeLine | None:
    """None where no date is known."""
    if not found.bars:
        return None
    most = max(one.count for one in found.bars)
    step = 100 / len(found.bars)
    every = math.ceil(len(found.bars) / LABELS)
    columns, marks = [], []
    for number, one in enumerate(found.bars):
        long, short = _written(one.when, found.unit)
        height = max(2.0, one.count / most * 100) if one.count else 0.0
        url = link(replaced(text, "date", one.when)) if one.count else ""
        width = step * (0.86 if len(found.bars) < 60 else 0.94)
        x = number * step + (step - width) / 2
        columns.append(
            Column(round(x, 3), round(width, 3), round(height, 2), long, short, one.count, url)
        )
        if number % every == 0:
            marks.append((round((number + 0.5) * step, 3), short))
    return TimeLine(found.unit, tuple(columns), tuple(marks), most, _up(found, text, link))


def _up(found: Dates, text: str, link: Callable[[str], str]) -> tuple[str, str] | None:
    everything = replaced(text, "date")
    if everything == replaced(text, ""):
        return None
    years = {one.when[:4] for one in found.bars}
    if found.unit == "day" and len(years) == 1:
        year = years.pop()
        return gettext("All of %(year)s", year=year), link(replaced(text, "date", year))
    return gettext("All dates"), link(everything)


def _written(when: str, unit: str) -> tuple[str, str]:
    """In full, and as short as it is told apart from its neighbours."""
    if unit == "year":
        return str(int(when)), str(int(when))
    year, number = int(when[:4]), int(when[5:7]) - 1
    month, brief = gettext(NAMES[number]), gettext(MONTHS[number])
    if unit == "month":
        return f"{month} {year}", f"{brief} {year % 100:02d}"
    day = date.fromisoformat(when).day
    return f"{day} {month} {year}", f"{day} {brief}"
