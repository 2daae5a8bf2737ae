"""Which hits come next, whatever has become of the catalogue since the page before.

Orders by a column go on behind the last hit: no two clips have the same value in it, so a page
costs the same however deep it lies, and nothing that came or went before it moves it. The best
match is no column: a page of it begins at a position, which is found again by the last hit of the
page before. Scores change with the index, so the view of it that the first page was ranked by is
kept for a while.
"""

from __future__ import annotations

import base64
import hashlib
import json
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tantivy import FieldType, Occur, Order, Query

from mediacatalog.search.documents import TITLE_ORDER, TITLE_PARTS, sorted_by, title_parts
from mediacatalog.search.results import SORTS
from mediacatalog.search.seen import shows_scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    import tantivy

    from mediacatalog.search.results import SearchQuery

DEEPEST = 10_000
"""Hits by match that can be paged through; a deeper page sorts all before it."""
MOST_SHOWN = 10**9
MOST = 2**62
"""More than any value of a column."""
UNTOLD = 0.0
"""In place of a score that whoever asks mustn't know."""
UNCOUNTED = -1
SHIFTED = 200
"""Places by which a hit may have moved to be found without asking for all."""

ORDERS = {
    "newest": (sorted_by("newest"), Order.Desc),
    "latest": (sorted_by("latest"), Order.Desc),
    "earliest": (sorted_by("earliest"), Order.Asc),
    "longest": (sorted_by("longest"), Order.Desc),
    "shortest": (sorted_by("shortest"), Order.Asc),
    "title": (TITLE_ORDER, Order.Asc),
}
"""Of `results.SORTS` those that are a column of the index."""

Key = int | str | float


@dataclass(frozen=True, slots=True)
class Place:
    """The end of a page."""

    shown: int = 0
    """Hits up to here."""
    key: Key = 0
    """What the last of them is sorted by."""
    clip_id: str = ""
    view: str = ""
    """The view of the index that they were ranked by (`SearchIndex.kept`)."""


@dataclass(frozen=True, slots=True)
class Page:
    ranked: tuple[tuple[str, float], ...]
    """(clip id, score); 0.0 where they aren't sorted by it, or it mustn't be known."""
    count: int
    """All that match, or UNCOUNTED."""
    end: Place | None
    """Where the next page begins; None on the last."""


def page(
    searcher: tantivy.Searcher,
    schema: tantivy.Schema,
    asked: Query,
    order: tuple[str, Order] | None,
    start: Place,
    limit: int,
) -> Page:
    """The hits after `start`; `order` None: by score."""
    listing = _Listing(searcher, asked, order)
    if order is not None:
        kind = str if order[0] == TITLE_ORDER else int
        start = start if isinstance(start.key, kind) else Place()
        hits, count, more = _behind(listing, schema, order, start, limit)
    else:
        first = _position(listing, start) if isinstance(start.key, float) else 0
        hits, count = listing.hits(limit, min(first, DEEPEST))
        hits = hits[: max(0, DEEPEST - first)]
        more = first + len(hits) < min(count, DEEPEST)
        start = replace(start, shown=first)
    if order is None and not shows_scores(searcher):
        hits = [(UNTOLD, address) for _, address in hits]
    ranked = tuple(
        (listing.clip_id(address), 0.0 if order else float(key)) for key, address in hits
    )
    if not hits or not more:
        return Page(ranked, count, None)
    end = Place(start.shown + len(hits), hits[-1][0], ranked[-1][0], start.view)
    return Page(ranked, count, end)


def begun(searcher: tantivy.Searcher, hits: Sequence[tuple[float, tantivy.DocAddress]]) -> Page:
    """The first page by score, of hits after which others follow; how many isn't known yet."""
    told = shows_scores(searcher)
    listing = _Listing(searcher, Query.empty_query(), None)
    ranked = tuple((listing.clip_id(one), score if told else UNTOLD) for score, one in hits)
    clip_id, score = ranked[-1]
    return Page(ranked, UNCOUNTED, Place(len(ranked), score, clip_id))


@dataclass(frozen=True, slots=True)
class _Listing:
    """All hits of a query in their order."""

    searcher: tantivy.Searcher
    asked: Query
    order: tuple[str, Order] | None

    def hits(self, limit: int, offset: int = 0) -> tuple[list[tuple[Any, Any]], int]:
        """[(what it is sorted by, its address)], and how many match in all."""
        by: dict[str, Any] = {}
        if self.order is not None:
            by = {"order_by_field": self.order[0], "order": self.order[1]}
        found = self.searcher.search(self.asked, limit, offset=offset, **by)
        return list(found.hits), found.count or 0  # type: ignore[attr-defined]

    def clip_id(self, address: tantivy.DocAddress) -> str:
        return str(self.searcher.doc(address).get_first("key"))


def _behind(
    listing: _Listing, schema: tantivy.Schema, by: tuple[str, Order], start: Place, limit: int
) -> tuple[list[tuple[Any, Any]], int, bool]:
    """Hits, the count of all, and whether more follow; by a column."""
    if not start.shown:
        hits, count = listing.hits(limit)
        return hits, count, len(hits) < count
    column, order = by
    if column == TITLE_ORDER:
        rest = _from_title(schema, title_parts(str(start.key)), TITLE_PARTS)
    else:
        last = int(start.key)
        rest = _between(
            schema, column, *((last + 1, MOST) if order is Order.Asc else (0, last - 1))
        )
    unscored = Query.const_score_query(rest, 0.0)
    narrowed = Query.boolean_query([(Occur.Must, listing.asked), (Occur.Must, unscored)])
    left = _Listing(listing.searcher, narrowed, by)
    passed = _alike(left, str(start.key)) if column == TITLE_ORDER else 0
    hits, remaining = left.hits(limit, passed)
    _, count = listing.hits(1)
    return hits, count, passed + len(hits) < remaining


def _alike(left: _Listing, title: str) -> int:
    """How many of the first hits don't come after `title`, with which they begin alike.

    Mostly one; it's looked for in growing strides, since each title that is passed costs.
    """
    _, total = left.hits(1)
    stride = 1
    while stride < total and _key_at(left, stride) <= title:
        stride *= 2
    among = range(min(stride, total))
    return bisect_right(among, title, key=lambda n: _key_at(left, n))


def _between(schema: tantivy.Schema, column: str, low: int, high: int) -> Query:
    return Query.range_query(schema, column, FieldType.Integer, low, high)


def _from_title(schema: tantivy.Schema, parts: Sequence[int], columns: Sequence[str]) -> Query:
    """All whose title begins with these parts, or comes after them."""
    part, column = parts[0], columns[0]
    if len(parts) == 1:
        return _between(schema, column, part, MOST)
    after = _between(schema, column, part + 1, MOST)
    same = [
        (Occur.Must, _between(schema, column, part, part)),
        (Occur.Must, _from_title(schema, parts[1:], columns[1:])),
    ]
    return Query.boolean_query([(Occur.Should, after), (Occur.Should, Query.boolean_query(same))])


def _position(listing: _Listing, start: Place) -> int:
    """How many hits come up to and with the last one of the page before.

    It is most often where it was. Otherwise it is looked for around that place, and where it is
    gone, its neighbours by what they are sorted by are.
    """
    if start.shown > DEEPEST:
        return start.shown
    begin = max(0, start.shown - 1)
    hits, count = listing.hits(1, begin)
    if hits and listing.clip_id(hits[0][1]) == start.clip_id:
        return start.shown
    begin = max(0, start.shown - SHIFTED)
    around, _ = listing.hits(2 * SHIFTED, begin)
    for place, (_, address) in enumerate(around, begin):
        if listing.clip_id(address) == start.clip_id:
            return place + 1
    if start.key == UNTOLD:
        return start.shown
    return bisect_left(range(count), -float(start.key), key=lambda n: -_key_at(listing, n))


def _key_at(listing: _Listing, place: int) -> Any:  # noqa: ANN401
    hits, _ = listing.hits(1, place)
    return hits[0][0]


# --- as text


def written(query: SearchQuery, end: Place) -> str:
    """`Results.next`: the place as text, which holds for this question alone."""
    said = json.dumps(
        [_digest(query), end.shown, end.key, end.clip_id, end.view], ensure_ascii=False
    )
    return base64.urlsafe_b64encode(said.encode("utf-8", "replace")).decode().rstrip("=")


def read(query: SearchQuery, notes: list[str]) -> Place:
    """Where the page begins; the first one, with a note, for a text that isn't of this query."""
    if query.after is None:
        return Place()
    try:
        padded = query.after + "=" * (-len(query.after) % 4)
        digest, *told = json.loads(base64.b64decode(padded, b"-_", validate=True))
        place = Place(*told)
    except (ValueError, TypeError, RecursionError):
        digest, place = "", Place()
    if digest == _digest(query) and _is_sound(place):
        return place
    notes.append("the page asked for doesn't belong to this search; this is the first one")
    return Place()


def _is_sound(place: Place) -> bool:
    """Anybody can write one."""
    sound = type(place.shown) is int and 0 < place.shown <= MOST_SHOWN
    sound = sound and (not isinstance(place.key, int) or abs(place.key) < MOST)
    return sound and isinstance(place.clip_id, str) and isinstance(place.view, str)


def _digest(query: SearchQuery) -> str:
    chosen = sorted((name, sorted(values)) for name, values in query.filters.items())
    asked = json.dumps([query.text, chosen, *([query.sort] if query.sort in SORTS else [])])
    return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:12]
