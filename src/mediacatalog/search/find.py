"""One question, one page of answers: the index ranks clips, the catalogue gives their moments."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from tantivy import Order

from mediacatalog.catalog import collections, search_feed
from mediacatalog.catalog.vocabulary import KINDS
from mediacatalog.search import asking
from mediacatalog.search.documents import TITLE_ORDER
from mediacatalog.search.fields import BOOSTS
from mediacatalog.search.index import DamagedIndexError, reading_index
from mediacatalog.search.liking import resolve
from mediacatalog.search.moments import Wanted, locate
from mediacatalog.search.query import parse
from mediacatalog.search.results import (
    FACETS,
    LABELS,
    NONE,
    NOT,
    ORDERED,
    SORTS,
    Facet,
    FacetValue,
    Hit,
    Results,
)
from mediacatalog.search.similar import widen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import tantivy

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import query as asking_for
    from mediacatalog.search.index import SearchIndex
    from mediacatalog.search.results import SearchQuery

MOST_HITS = 100
DEEPEST = 10_000
"""Hits that can be paged through; a deeper page costs as much as all before it."""
FACET_VALUES = 50
"""Shown of a facet."""
COUNTED_VALUES = 200
"""The most frequent ones that the index tells at once; others that are needed are asked for."""
EXACT_UP_TO = 5000
"""Different values of a facet in one segment up to which counts are exact."""

NO_VALUE = "none"

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


class _Counted(Protocol):
    """What tantivy's own types forget to say of a search result."""

    count: int | None


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
    searcher = index.searcher()
    if searcher is None:
        return None
    with reading_index():
        parsed = resolve(catalogue, searcher, widen(parsed, searcher, parsed.scope or BOOSTS))
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
            counts = _counts(asked.searcher, index.schema, asked.asked, asked.filters)
    except DamagedIndexError as error:
        index.condemn(error)
        return Results((), 0, (), None, (*parsed.notes, NOT_READY))
    hits, facets = _describe(catalogue, Wanted(asked.parsed), ranked, counts, asked.filters)
    after = offset + len(ranked)
    more = ranked and after < min(count, DEEPEST)
    return Results(hits, count, facets, _cursor(query, after) if more else None, tuple(notes))


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
            float(score) if asked.order is None else 0.0,
        )
        for score, address in found.hits
    ]
    return ranked, cast("_Counted", found).count or 0


def _counts(
    searcher: tantivy.Searcher,
    schema: tantivy.Schema,
    asked: tantivy.Query,
    filters: Mapping[str, tuple[str, ...]],
) -> dict[str, dict[str, int]]:
    """How many hits the most frequent and the chosen values of each facet have, and none at all.

    Its own selection is left out.
    """
    open_facets = [name for name in FACETS if name not in filters]
    counts = _aggregate(searcher, schema, asking.narrow(schema, asked, filters), open_facets)
    for name in filters.keys() & FACETS.keys():
        narrowed = asking.narrow(schema, asked, filters, name)
        counts |= _aggregate(searcher, schema, narrowed, [name], filters[name])
    return counts


def _aggregate(
    searcher: tantivy.Searcher,
    schema: tantivy.Schema,
    asked: tantivy.Query,
    names: list[str],
    chosen: tuple[str, ...] = (),
) -> dict[str, dict[str, int]]:
    if not names:
        return {}
    terms = {"size": COUNTED_VALUES, "segment_size": EXACT_UP_TO, "missing": NONE}
    answer = searcher.aggregate(asked, {n: {"terms": {"field": n, **terms}} for n in names})
    counts = {}
    for name in names:
        told = {str(one["key"]): int(one["doc_count"]) for one in answer[name]["buckets"]}
        for value in {NONE, *chosen} - told.keys() if len(told) == COUNTED_VALUES else ():
            only = searcher.search(asking.narrow(schema, asked, {name: (value,)}), 1)
            told[value] = cast("_Counted", only).count or 0
        counts[name] = told
    return counts


def _describe(
    catalogue: Catalogue,
    wanted: Wanted,
    ranked: list[tuple[str, float]],
    counts: Mapping[str, Mapping[str, int]],
    filters: Mapping[str, tuple[str, ...]],
) -> tuple[tuple[Hit, ...], tuple[Facet, ...]]:
    """Hits with their moments and facets with their labels, read in one view of the catalogue."""
    kept = {name: (*filters.get(name, ()), *filters.get(name + NOT, ())) for name in FACETS}
    shown = {name: _shown(name, counts[name], kept[name]) for name in FACETS}
    slugs = [value for name in KINDS for value, _ in shown[name]]
    ids = [clip_id for clip_id, _ in ranked]
    with catalogue.reading() as session:
        texts = search_feed.texts_of(session, ids) if wanted else []
        titles = (
            {one.clip_id: one.title for one in texts if one.findable}
            if wanted
            else search_feed.titles_of(session, ids)
        )
        labels = search_feed.term_labels(session, slugs)
        named = collections.names(session, [value for value, _ in shown["collection"]])
    said = {**LABELS, "collection": named}
    located = {one.clip_id: locate(one, wanted) for one in texts}
    hits = tuple(
        Hit(clip_id, titles[clip_id], score, located.get(clip_id, ()))
        for clip_id, score in ranked
        if clip_id in titles
    )
    facets = tuple(
        Facet(
            name,
            label,
            tuple(
                FacetValue(
                    value,
                    said.get(name, labels).get(value, NO_VALUE if value == NONE else value),
                    count,
                    value in filters.get(name, ()),
                    value in filters.get(name + NOT, ()),
                )
                for value, count in shown[name]
            ),
        )
        for name, label in FACETS.items()
    )
    return hits, facets


def _shown(name: str, counts: Mapping[str, int], chosen: tuple[str, ...]) -> list[tuple[str, int]]:
    """The most frequent values, and every chosen one even when nothing has it.

    That there is no value comes last, and only where others have one.
    """
    named = {value: count for value, count in counts.items() if value != NONE}
    ranked = sorted(named.items(), key=lambda pair: (-pair[1], pair[0]))
    most = dict(ranked[:FACET_VALUES])
    most |= {value: counts.get(value, 0) for value in chosen if value not in most}
    if name in ORDERED:
        most = {value: most[value] for value in ORDERED[name] if value in most}
    elif name == "year":
        most = dict(sorted(most.items(), reverse=True))
    none = most.pop(NONE, counts.get(NONE, 0))
    if NONE in chosen or (none and most):
        most[NONE] = none
    return list(most.items())


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
