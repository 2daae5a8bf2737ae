"""One question, one page of answers: the index ranks clips, the catalogue gives their moments."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from mediacatalog.catalog import search_feed
from mediacatalog.search import asking, facets, paging
from mediacatalog.search.foremost import foremost
from mediacatalog.search.moments import BEST, Wanted, locate, tagged
from mediacatalog.search.paging import DEEPEST, ORDERS
from mediacatalog.search.query import parse
from mediacatalog.search.readying import current, ready
from mediacatalog.search.results import FACETS, NOT, Hit, Results
from mediacatalog.search.seen import keep, searcher_for, whole
from mediacatalog.search.tallies import Tallies
from mediacatalog.search.weighing import weigh
from mediacatalog.search.writing import DamagedIndexError, reading_index

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import tantivy
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import query as asking_for
    from mediacatalog.search.index import SearchIndex
    from mediacatalog.search.results import SearchQuery
    from mediacatalog.search.shown import Texts

MOST_HITS = 100
NOT_READY = "the search index is being made; look again in a moment"


WALKED = 500
"""Clips that `walk` gives at a time."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as the index takes it, over one view of the index."""

    searcher: tantivy.Searcher
    tallies: Tallies
    parsed: asking_for.Query
    counted: tantivy.Query
    """Without filters, and without scores."""
    filters: Mapping[str, tuple[str, ...]]
    narrowed: tantivy.Query
    order: tuple[str, tantivy.Order] | None
    """None: by score."""


def _ask(
    catalogue: Catalogue,
    index: SearchIndex,
    query: SearchQuery,
    parsed: asking_for.Query,
    view: str = "",
) -> _Asked | None:
    """None without a usable index. Raises DamagedIndexError."""
    tallies = index.tallies
    searcher = searcher_for(catalogue, index, view)
    if searcher is None:
        return None
    with reading_index():
        parsed = ready(catalogue, index, searcher, parsed)
        filters = known_filters(catalogue, query.filters)
        order = ORDERS.get(query.sort, None if Wanted(parsed) else ORDERS["newest"])
        counted = asking.ask(index.schema, parsed, scored=False)
        asked = counted if order else asking.ask(index.schema, parsed)
        narrowed = asking.narrow(index.schema, asked, filters)
    if index.tallies is not tallies:
        tallies = Tallies()  # another index was put in force, and which one this view is of?
    return _Asked(searcher, tallies, parsed, counted, filters, narrowed, order)


def find(catalogue: Catalogue, index: SearchIndex, query: SearchQuery) -> Results:
    """The hits of a query, the best first; of an empty one all clips, the newest first."""
    with index.turn:
        return _found(catalogue, index, query)


def count_ahead(catalogue: Catalogue, index: SearchIndex, query: SearchQuery) -> None:
    """Count what `find` will have to tell of a query, so that it is known then."""
    try:
        asked = _ask(catalogue, index, query, parse(query.text))
        if asked is not None:
            with reading_index():
                about = weigh(asked.searcher, asked.parsed, asked.filters)
                names, _ = facets.wanted(query, asked.filters, about.hits)
                counting = facets.Counting(_counter(catalogue, index, asked, about.looked_at))
                counting.begin(names, about.hits, beside=False)
    except DamagedIndexError as error:
        index.condemn(error)


def _found(catalogue: Catalogue, index: SearchIndex, query: SearchQuery) -> Results:
    parsed = parse(query.text)
    cursor_notes: list[str] = []
    start = paging.read(query, cursor_notes)
    try:
        asked = _ask(catalogue, index, query, parsed, start.view)
        if asked is None:
            return Results((), 0, (), None, (*query.notes, *parsed.notes, NOT_READY))
        notes = [*query.notes, *asked.parsed.notes, *cursor_notes]
        if asked.parsed.root is None and not asked.parsed.blank:
            return Results((), 0, (), None, tuple(notes))
        limit = min(max(query.limit, 1), MOST_HITS)
        with reading_index():
            about = weigh(asked.searcher, asked.parsed, asked.filters)
            counting = facets.Counting(_counter(catalogue, index, asked, about.looked_at))
            if about.looked_at > facets.BESIDE:  # what there is to count, while it is ranked
                surely, _ = facets.wanted(query, asked.filters, about.hits)
                counting.begin(surely, about.hits, beside=True)
            page = _first(asked, index.schema, start, limit) or _page(
                asked, index.schema, start, limit
            )
            if page.count != paging.UNCOUNTED:
                names, _ = facets.wanted(query, asked.filters, page.count)
                counting.begin(names, page.count, beside=page.count > facets.BESIDE)
        with catalogue.reading() as session:
            tags = asked.filters.get("tag", ())
            hits = _described(session, index.texts, Wanted(asked.parsed), page.ranked, tags)
            with reading_index():
                count = counting.count() if page.count == paging.UNCOUNTED else page.count
                names, spared = facets.wanted(query, asked.filters, count)
                counting.begin(names, count, beside=False)
                told = counting.told(names)
            counted = facets.described(session, told, asked.filters)
    except DamagedIndexError as error:
        index.condemn(error)
        return Results((), 0, (), None, (*query.notes, *parsed.notes, NOT_READY))
    following = _following(query, index, asked, page.end)
    return Results(hits, count, counted, following, tuple(notes), spared)


def _counter(
    catalogue: Catalogue, index: SearchIndex, asked: _Asked, looked_at: int
) -> facets.Counter:
    counter = facets.Counter(asked.searcher, index.schema, asked.counted, asked.filters)
    if looked_at < asked.tallies.worth:
        return counter
    now = asked.tallies.at(catalogue, whole(asked.searcher))
    question = hashlib.sha256(repr(asked.counted).encode()).digest()
    return replace(counter, tallied=partial(asked.tallies.counts, now), question=question)


def _following(
    query: SearchQuery, index: SearchIndex, asked: _Asked, end: paging.Place | None
) -> str | None:
    if end is None:
        return None
    if asked.order is None and not end.view:
        end = replace(end, view=keep(index, asked.searcher))
    return paging.written(query, end)


def walk(catalogue: Catalogue, index: SearchIndex, query: SearchQuery) -> Iterator[list[str]]:
    """Ids of all hits in their order, some at a time, DEEPEST of them at most.

    One view of the index from the first to the last, whatever changes meanwhile.
    """
    parsed = parse(query.text)
    try:
        asked = _ask(catalogue, index, query, parsed)
        if asked is None or (asked.parsed.root is None and not asked.parsed.blank):
            return
        place: paging.Place | None = paging.Place()
        while place is not None and (left := DEEPEST - place.shown) > 0:
            with reading_index():
                page = _page(asked, index.schema, place, min(WALKED, left))
            if page.ranked:
                yield [clip_id for clip_id, _ in page.ranked]
            place = page.end
    except DamagedIndexError as error:
        index.condemn(error)


def known_filters(
    catalogue: Catalogue, filters: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    """The filters of facets that there are; what no database takes as text is replaced.

    Terms that were merged since somebody kept the address are those that they are part of now.
    """
    known = {
        name: tuple(
            value.encode("utf-8", "replace").decode().replace("\0", "\ufffd") for value in values
        )
        for name, values in filters.items()
        if name.removesuffix(NOT) in FACETS and values
    }
    return current(catalogue, known)


def _page(asked: _Asked, schema: tantivy.Schema, start: paging.Place, limit: int) -> paging.Page:
    return paging.page(asked.searcher, schema, asked.narrowed, asked.order, start, limit)


def _first(
    asked: _Asked, schema: tantivy.Schema, start: paging.Place, limit: int
) -> paging.Page | None:
    """The first page of a frequent word, where it is told by titles alone."""
    if asked.order or start.shown:
        return None
    hits = foremost(asked.searcher, schema, asked.parsed, asked.filters, limit)
    return paging.begun(asked.searcher, hits) if hits else None


def _described(
    session: Session,
    kept: Texts,
    wanted: Wanted,
    ranked: tuple[tuple[str, float], ...],
    slugs: tuple[str, ...],
) -> tuple[Hit, ...]:
    """Hits with their moments; those of notes also by the tags that are chosen."""
    ids = [clip_id for clip_id, _ in ranked]
    texts = kept.of(session, ids) if wanted else []
    titles = (
        {one.clip_id: one.title for one in texts} if wanted else search_feed.titles_of(session, ids)
    )
    located = {one.clip_id: locate(one, wanted) for one in texts}
    noted = search_feed.tagged_notes(session, ids) if slugs or wanted.wants_tags else {}
    for clip_id, notes in noted.items():
        known = located.get(clip_id, ())
        timed = [one for one in known if one.start_ms is not None]
        timed += tagged(notes, wanted, slugs)
        beside = [one for one in known if one.start_ms is None]
        located[clip_id] = tuple([*timed, *beside][:BEST])
    return tuple(
        Hit(clip_id, titles[clip_id], score, located.get(clip_id, ()))
        for clip_id, score in ranked
        if clip_id in titles
    )
