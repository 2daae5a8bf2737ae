"""One question, one page of answers: the index ranks clips, the catalogue gives their moments."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tantivy import Order

from mediacatalog.catalog import search_feed
from mediacatalog.search import asking, facets
from mediacatalog.search.documents import TITLE_ORDER
from mediacatalog.search.index import DamagedIndexError, reading_index
from mediacatalog.search.moments import Wanted, locate
from mediacatalog.search.query import parse
from mediacatalog.search.readying import ready
from mediacatalog.search.results import FACETS, NOT, SORTS, Hit, Results
from mediacatalog.search.seen import searcher_for, shows_scores

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import tantivy
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import query as asking_for
    from mediacatalog.search.index import SearchIndex
    from mediacatalog.search.results import SearchQuery

MOST_HITS = 100
DEEPEST = 10_000
"""Hits that can be paged through; a deeper page costs as much as all before it."""

NOT_READY = "the search index is being made; look again in a moment"


WALKED = 500
"""Clips that `walk` gives at a time."""

NEWEST = ("created", Order.Desc)
ORDERS = {
    "newest": NEWEST,
    "latest": ("first_day", Order.Desc),
    "earliest": ("first_day", Order.Asc),
    "longest": ("duration", Order.Desc),
    "shortest": ("duration", Order.Asc),
    "title": (TITLE_ORDER, Order.Asc),
}
"""Of `results.SORTS` those that are a column of the index."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as the index takes it, over one view of the index."""

    searcher: tantivy.Searcher
    parsed: asking_for.Query
    asked: tantivy.Query
    filters: Mapping[str, tuple[str, ...]]
    narrowed: tantivy.Query
    order: tuple[str, Order] | None
    """None: by score."""


def _ask(
    catalogue: Catalogue, index: SearchIndex, query: SearchQuery, parsed: asking_for.Query
) -> _Asked | None:
    """None without a usable index. Raises DamagedIndexError."""
    searcher = searcher_for(catalogue, index)
    if searcher is None:
        return None
    with reading_index():
        parsed = ready(catalogue, searcher, parsed)
        filters = known_filters(query.filters)
        asked = asking.ask(index.schema, parsed)
        narrowed = asking.narrow(index.schema, asked, filters)
    order = ORDERS.get(query.sort, None if Wanted(parsed) else NEWEST)
    return _Asked(searcher, parsed, asked, filters, narrowed, order)


def find(catalogue: Catalogue, index: SearchIndex, query: SearchQuery) -> Results:
    """The hits of a query, the best first; of an empty one all clips, the newest first."""
    parsed = parse(query.text)
    try:
        asked = _ask(catalogue, index, query, parsed)
        if asked is None:
            return Results((), 0, (), None, (*parsed.notes, NOT_READY))
        notes = list(asked.parsed.notes)
        if asked.parsed.root is None and not asked.parsed.blank:
            return Results((), 0, (), None, tuple(notes))
        offset = _offset(query, notes)
        limit = min(max(query.limit, 1), MOST_HITS)
        with reading_index():
            ranked, count = _page(asked, offset, limit)
            counter = facets.Counter(asked.searcher, index.schema, asked.asked, asked.filters)
            names, spared = facets.wanted(query, asked.filters, count)
            counts = counter.counts(names, count)
    except DamagedIndexError as error:
        index.condemn(error)
        return Results((), 0, (), None, (*parsed.notes, NOT_READY))
    with catalogue.reading() as session:
        hits = _described(session, Wanted(asked.parsed), ranked)
        counted = facets.described(session, counts, asked.filters)
    after = offset + len(ranked)
    more = ranked and after < min(count, DEEPEST)
    following = _cursor(query, after) if more else None
    return Results(hits, count, counted, following, tuple(notes), spared)


def walk(catalogue: Catalogue, index: SearchIndex, query: SearchQuery) -> Iterator[list[str]]:
    """Ids of all hits in their order, some at a time, DEEPEST of them at most.

    One view of the index from the first to the last, whatever changes meanwhile.
    """
    parsed = parse(query.text)
    try:
        asked = _ask(catalogue, index, query, parsed)
        if asked is None or (asked.parsed.root is None and not asked.parsed.blank):
            return
        for offset in range(0, DEEPEST, WALKED):
            with reading_index():
                ranked, _ = _page(asked, offset, min(WALKED, DEEPEST - offset))
            if ranked:
                yield [clip_id for clip_id, _ in ranked]
            if len(ranked) < WALKED:
                return
    except DamagedIndexError as error:
        index.condemn(error)


def known_filters(filters: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The filters of facets that there are; what no database takes as text is replaced."""
    return {
        name: tuple(
            value.encode("utf-8", "replace").decode().replace("\0", "\ufffd") for value in values
        )
        for name, values in filters.items()
        if name.removesuffix(NOT) in FACETS and values
    }


def _page(asked: _Asked, offset: int, limit: int) -> tuple[list[tuple[str, float]], int]:
    """(clip id, score) of one page, and how many match in all."""
    scored = asked.order is None and shows_scores(asked.searcher)
    if asked.order is None:
        found = asked.searcher.search(asked.narrowed, limit, offset=offset)
    else:
        field, order = asked.order
        found = asked.searcher.search(
            asked.narrowed, limit, offset=offset, order_by_field=field, order=order
        )
    ranked = [
        (
            str(asked.searcher.doc(address).get_first("key")),
            float(score) if scored else 0.0,
        )
        for score, address in found.hits
    ]
    return ranked, found.count or 0  # type: ignore[attr-defined]


def _described(
    session: Session, wanted: Wanted, ranked: list[tuple[str, float]]
) -> tuple[Hit, ...]:
    """Hits with their moments."""
    ids = [clip_id for clip_id, _ in ranked]
    texts = search_feed.texts_of(session, ids) if wanted else []
    titles = (
        {one.clip_id: one.title for one in texts if one.findable}
        if wanted
        else search_feed.titles_of(session, ids)
    )
    located = {one.clip_id: locate(one, wanted) for one in texts}
    return tuple(
        Hit(clip_id, titles[clip_id], score, located.get(clip_id, ()))
        for clip_id, score in ranked
        if clip_id in titles
    )


def _cursor(query: SearchQuery, offset: int) -> str:
    said = json.dumps([offset, _digest(query)])
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def _offset(query: SearchQuery, notes: list[str]) -> int:
    """Where the page begins; 0, with a note, for a cursor that isn't of this query."""
    if query.after is None:
        return 0
    try:
        padded = query.after + "=" * (-len(query.after) % 4)
        offset, digest = json.loads(base64.b64decode(padded, b"-_", validate=True))
    except (ValueError, TypeError, RecursionError):
        offset, digest = 0, ""
    if digest == _digest(query) and isinstance(offset, int) and 0 < offset <= DEEPEST:
        return offset
    notes.append("the page asked for doesn't belong to this search; this is the first one")
    return 0


def _digest(query: SearchQuery) -> str:
    chosen = sorted((name, sorted(values)) for name, values in query.filters.items())
    asked = json.dumps([query.text, chosen, *([query.sort] if query.sort in SORTS else [])])
    return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:12]
