"""All hits of a query at once: where on the map they are, and when they were recorded.

Counted by the index in one pass over its columns; no hit is read.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from tantivy import FieldType, Occur, Query

from mediacatalog import earth
from mediacatalog.search import asking, measures
from mediacatalog.search.documents import CELLS, DAY, MAPS, MONTH, mapped
from mediacatalog.search.facets import EXACT_UP_TO, how_many
from mediacatalog.search.find import known_filters
from mediacatalog.search.query import Dated, Near, parse
from mediacatalog.search.readying import ready
from mediacatalog.search.results import NONE
from mediacatalog.search.seen import searcher_for
from mediacatalog.search.writing import DamagedIndexError, reading_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    import tantivy

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import query as asking_for
    from mediacatalog.search.index import SearchIndex
    from mediacatalog.search.results import SearchQuery

T = TypeVar("T")

ACROSS = 18
"""Cells that a map is wide, at least; at most four times as many."""
FINER = 2
"""Steps in MAPS between a cluster and the cells that say where in it the clips are."""
WIDER = 1.8
"""Width of a map to its height."""
MOST_CLUSTERS = 120
MOST_BARS = 130
LEAST_KM = 0.05


@dataclass(frozen=True, slots=True)
class Cluster:
    """Clips near each other: `lat` and `lon` is their middle, and `km` reaches all of them."""

    lat: float
    lon: float
    km: float
    count: int
    """Exact: clips, not points."""


@dataclass(frozen=True, slots=True)
class Places:
    clusters: tuple[Cluster, ...]
    """The largest first."""
    located: int
    """Clips with a position."""
    count: int
    """All hits."""
    cut: bool
    """Whether there are more clusters than these."""
    area: measures.Circle | None
    """What the query narrows the map to."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`when` is a date as `date:` takes it: `2017`, `2017-11`, `2017-11-19`."""

    when: str
    count: int


@dataclass(frozen=True, slots=True)
class Dates:
    unit: str
    """`year`, `month` or `day`."""
    bars: tuple[Bar, ...]
    """In order, without gaps."""
    vague: int
    """Hits of which no date is known, or none that is exact to the unit."""
    count: int
    cut: bool
    """Whether there is more before the first bar."""


def places(catalogue: Catalogue, index: SearchIndex, query: SearchQuery) -> Places:
    """Where the hits are. Of a query with one `near:` only what lies in its circle."""
    parsed = parse(query.text)
    circles = [one.circle for one in parsed.conditions() if isinstance(one, Near)]
    area = circles[0] if len(circles) == 1 else None
    empty = Places((), 0, 0, cut=False, area=area)
    return _counted(catalogue, index, query, parsed, lambda count: _places(count, area), empty)


def dates(catalogue: Catalogue, index: SearchIndex, query: SearchQuery) -> Dates:
    """When the hits were recorded: by year, of about a year by month, of about a month by day."""
    parsed = parse(query.text)
    empty = Dates("year", (), 0, 0, cut=False)
    return _counted(catalogue, index, query, parsed, lambda count: _dates(count, parsed), empty)


def counts(
    catalogue: Catalogue, index: SearchIndex, query: SearchQuery, since: datetime
) -> tuple[int, int]:
    """How many clips fit, and how many of them were first seen since."""
    return _counted(
        catalogue,
        index,
        query,
        parse(query.text),
        lambda count: (count.total(), count.since(int(since.timestamp() * 1_000_000))),
        (0, 0),
    )


def clip_ids(
    catalogue: Catalogue, index: SearchIndex, query: SearchQuery, most: int
) -> tuple[list[str], int]:
    """(ids of the clips that fit, the newest first, at most so many; how many fit in all)."""
    empty: tuple[list[str], int] = ([], 0)
    return _counted(
        catalogue, index, query, parse(query.text), lambda count: count.clips(most), empty
    )


class _Counter:
    """How many hits have each value of a column, one pass for all columns asked for."""

    def __init__(self, searcher: tantivy.Searcher, schema: tantivy.Schema, asked: Query) -> None:
        self._searcher, self._schema, self._asked = searcher, schema, asked

    def __call__(self, *fields: str) -> tuple[dict[str, dict[str, int]], bool]:
        """(field: value: clips), and whether some values were left out. NONE is a value."""
        terms = {"size": EXACT_UP_TO, "segment_size": EXACT_UP_TO, "missing": NONE}
        answer = self._searcher.aggregate(
            self._asked, {name: {"terms": {"field": name, **terms}} for name in fields}
        )
        counts = {
            name: {str(one["key"]): int(one["doc_count"]) for one in answer[name]["buckets"]}
            for name in fields
        }
        return counts, any(answer[name].get("sum_other_doc_count") for name in fields)

    def within(self, cells: Iterable[str]) -> int:
        """Hits with a point in any of the cells."""
        there = Query.term_set_query(self._schema, CELLS, list(cells))
        return self._count(Query.boolean_query([(Occur.Must, self._asked), (Occur.Must, there)]))

    def since(self, created_us: int) -> int:
        new = Query.range_query(
            self._schema, "created", FieldType.Integer, created_us, 2**62, include_lower=False
        )
        return self._count(Query.boolean_query([(Occur.Must, self._asked), (Occur.Must, new)]))

    def clips(self, most: int) -> tuple[list[str], int]:
        found = self._searcher.search(self._asked, most, order_by_field="created")
        ids = [str(self._searcher.doc(address).get_first("key")) for _, address in found.hits]
        return ids, self.total()

    def total(self) -> int:
        return self._count(self._asked)

    def _count(self, asked: Query) -> int:
        return how_many(self._searcher, asked)


def _counted(
    catalogue: Catalogue,
    index: SearchIndex,
    query: SearchQuery,
    parsed: asking_for.Query,
    work: Callable[[_Counter], T],
    empty: T,
) -> T:
    searcher = searcher_for(catalogue, index)
    if searcher is None or (parsed.root is None and not parsed.blank):
        return empty
    try:
        with reading_index():
            parsed = ready(catalogue, index, searcher, parsed)
            asked = asking.ask(index.schema, parsed, scored=False)
            filters = known_filters(catalogue, query.filters)
            narrowed = asking.narrow(index.schema, asked, filters)
            return work(_Counter(searcher, index.schema, narrowed))
    except DamagedIndexError as error:
        index.condemn(error)
        return empty


# --- the map


def _places(count: _Counter, area: measures.Circle | None) -> Places:
    total = count.total()
    coarse, _ = count(mapped(MAPS[1]))
    cells = coarse[mapped(MAPS[1])]
    located = total - cells.pop(NONE, 0)
    level = _level(cells, area)
    finer = min(level + FINER, len(MAPS) - 1)
    counts, cut = count(mapped(MAPS[level]), mapped(MAPS[finer]))
    inside = {
        name: number for name, number in counts[mapped(MAPS[finer])].items() if _shown(name, area)
    }
    parts: dict[str, dict[str, int]] = defaultdict(dict)
    for name, number in inside.items():
        parts[name[: MAPS[level]]][name] = number
    whole = counts[mapped(MAPS[level])]
    clusters = []
    for names in _together({name: _middle(within) for name, within in parts.items()}, area):
        number = whole.get(names[0], 0) if len(names) == 1 else count.within(names)
        within = {cell: weight for name in names for cell, weight in parts[name].items()}
        clusters.append(_cluster(number, within))
    ranked = sorted(clusters, key=lambda one: (-one.count, one.lat, one.lon))
    return Places(
        tuple(ranked[:MOST_CLUSTERS]), located, total, cut or len(ranked) > MOST_CLUSTERS, area
    )


def _level(cells: Mapping[str, int], area: measures.Circle | None) -> int:
    """Which of MAPS fits the width of what is shown."""
    if area is not None:
        width = 4 * area.km / measures.KM_A_DEGREE
    else:
        edges = [measures.edges(name) for name in cells]
        if not edges:
            return 0
        width = max(east for *_, east in edges) - min(west for _, west, *_ in edges)
        high = max(north for _, _, north, _ in edges) - min(south for south, *_ in edges)
        width = max(width, high * 2)
    fitting = [at for at, halvings in enumerate(MAPS) if width / (360 / 2**halvings) <= 2 * ACROSS]
    return fitting[-1] if fitting else 0


def _shown(name: str, area: measures.Circle | None) -> bool:
    """Whether a cell touches what is shown."""
    if name == NONE:
        return False
    if area is None:
        return True
    south, west, north, _ = measures.edges(name)
    middle = measures.middle(name)
    radius = earth.kilometres(middle, (south, west))
    radius = max(radius, earth.kilometres(middle, (north, west)))
    return earth.kilometres((area.lat, area.lon), middle) <= area.km + radius


def _cluster(count: int, cells: Mapping[str, int]) -> Cluster:
    """The middle of its cells by the clips in them, and a circle around it that holds the cells."""
    lat, lon = _middle(cells)
    corners = (corner for name in cells for corner in _corners(name))
    km = max((earth.kilometres((lat, lon), corner) for corner in corners), default=0.0)
    return Cluster(round(lat, 5), round(lon, 5), max(LEAST_KM, km * 1.06), count)


def _middle(cells: Mapping[str, int]) -> earth.Point:
    weight = sum(cells.values())
    middles = {name: measures.middle(name) for name in cells}
    one = next(lon for _, lon in middles.values())
    lat = sum(middles[name][0] * number for name, number in cells.items()) / weight
    east = sum(_east(one, middles[name][1]) * number for name, number in cells.items()) / weight
    return lat, _east(0.0, one + east)


def _east(one: float, other: float) -> float:
    """Degrees from one longitude to another, the shorter way: they may lie about the date line."""
    return (other - one + 180) % 360 - 180


def _together(
    middles: Mapping[str, earth.Point], area: measures.Circle | None
) -> list[tuple[str, ...]]:
    """Cells whose circles would lie on one another on a map of them all, taken together."""
    if not middles:
        return []
    lats, lons = zip(*middles.values(), strict=True)
    squeeze = math.cos(math.radians((min(lats) + max(lats)) / 2))
    if area is not None:
        wide = WIDER * 2 * area.km / measures.KM_A_DEGREE
    else:
        in_order = sorted(lons)
        empty = max(then - one for one, then in pairwise([*in_order, in_order[0] + 360]))
        wide = max((360 - empty) * squeeze, WIDER * (max(lats) - min(lats)))
    groups: dict[str, list[str]] = {}
    for name, (lat, lon) in middles.items():
        near = (
            first
            for first in groups
            if math.hypot(lat - middles[first][0], _east(middles[first][1], lon) * squeeze) * ACROSS
            < wide
        )
        groups.setdefault(next(near, name), []).append(name)
    return [tuple(names) for names in groups.values()]


def _corners(name: str) -> Iterable[earth.Point]:
    south, west, north, east = measures.edges(name)
    return ((south, west), (south, east), (north, west), (north, east))


# --- the time line

UNITS = {"year": "year", "month": MONTH, "day": DAY}
"""And the field of the index that counts by it."""


def _dates(count: _Counter, parsed: asking_for.Query) -> Dates:
    total = count.total()
    spans = [one.span for one in parsed.conditions() if isinstance(one, Dated)]
    first = max((span[0] for span in spans), default=-measures.OPEN)
    last = min((span[1] for span in spans), default=measures.OPEN)
    units = ["year", "month", "day"]
    coarsest = 0
    while coarsest < 2 and last - first <= LONGEST_FINER[units[coarsest]]:
        coarsest += 1
    found = Dates(units[coarsest], (), total, total, cut=False)
    for unit in units[coarsest:]:
        finer = _counted_by(count, unit, (first, last), total)
        if not finer.bars:
            break
        found = finer
        if sum(one.count > 0 for one in found.bars) > 1:
            break
    # Where no day of the month, or no month of the year, is known, their bar is all there is.
    for unit in reversed(units[:coarsest]):
        found = found if found.bars else _counted_by(count, unit, (first, last), total)
    return found


def _counted_by(count: _Counter, unit: str, span: measures.Span, total: int) -> Dates:
    counts, _ = count(UNITS[unit])
    values = counts[UNITS[unit]]
    vague = values.pop(NONE, 0)
    shown = sorted(when for when in values if _overlaps(when, *span))
    if not shown:
        return Dates(unit, (), total, total, cut=False)
    row, cut = _row(shown, unit)
    return Dates(unit, tuple(Bar(when, values.get(when, 0)) for when in row), vague, total, cut)


LONGEST_FINER = {"year": 800, "month": 62}
"""Days of a span in `date:` up to which the next finer unit is counted."""


def _overlaps(when: str, first: int, last: int) -> bool:
    span = measures.days(when)
    return span is not None and span[0] <= last and span[1] >= first


def _row(shown: list[str], unit: str) -> tuple[list[str], bool]:
    """Every date from the first to the last, the last MOST_BARS of them; whether it was cut."""
    if unit == "day":
        ends = (date.fromisoformat(shown[0]).toordinal(), date.fromisoformat(shown[-1]).toordinal())
    else:
        ends = (_number(shown[0]), _number(shown[-1]))
    begin = max(ends[0], ends[1] - MOST_BARS + 1)
    return [_date(number, unit) for number in range(begin, ends[1] + 1)], begin > ends[0]


def _date(number: int, unit: str) -> str:
    if unit == "day":
        return date.fromordinal(number).isoformat()
    return f"{number:04d}" if unit == "year" else f"{number // 12:04d}-{number % 12 + 1:02d}"


def _number(when: str) -> int:
    """Of a year, or of a month counted from the year 0."""
    year, _, month = when.partition("-")
    return int(year) * 12 + int(month) - 1 if month else int(year)
