"""How many hits have each value of a facet. Exact: every hit is counted."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING

from tantivy import Occur, Query

from mediacatalog.catalog import collections, search_feed, sight
from mediacatalog.catalog.vocabulary import KINDS
from mediacatalog.search import asking
from mediacatalog.search.documents import CLIP
from mediacatalog.search.results import FACETS, FIRST, LABELS, NONE, NOT, ORDERED, Facet, FacetValue
from mediacatalog.search.seen import eyes_of, size, through, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    import tantivy
    from sqlalchemy.orm import Session

    from mediacatalog.search.results import SearchQuery
    from mediacatalog.search.tallies import Count, Counts

SHOWN_VALUES = 50
"""Shown of a facet."""
EXACT_UP_TO = 5000
"""Different values of a facet among the hits in one segment up to which counts are exact, and
of all segments those that the index tells at once; others that are needed are asked for."""
HEAVY = "tag"
"""The facet of which clips have the most values: of many hits it is counted apart."""
SINGLE = ("year", "source", "length", "codec")
"""Facets of which each clip has one value, NONE among them."""
FEW_HITS, FEW_OF_ALL = 20_000, 0.13
"""Up to so many hits, and this share of all documents, it is cheaper to look at each hit."""
BESIDE = 1_000
"""Hits, or entries looked at, from which on another processor counts them."""

MANY_HITS = 20_000
"""Above these, facets that nobody may look at are worth being spared."""

NO_VALUE = "none"


def wanted(
    query: SearchQuery, filters: Mapping[str, tuple[str, ...]], hits: int
) -> tuple[list[str], tuple[str, ...]]:
    """Which facets are counted, and which are spared."""
    names = [name for name in FACETS if query.facets is None or name in query.facets]
    if not query.spare or hits <= MANY_HITS:
        return names, ()
    kept = {*FIRST, *(name.removesuffix(NOT) for name in filters)}
    counted = [name for name in names if name in kept]
    return counted, tuple(name for name in names if name not in kept)


@dataclass(slots=True)
class Counting:
    """Counts the facets of one question, some of them beside what its caller does meanwhile.

    Tantivy needs no interpreter for it, so that this runs on as many processors as there are.
    """

    counter: Counter
    _begun: dict[str, Callable[[], Counts]] = field(default_factory=dict)

    def begin(self, names: Collection[str], hits: int, *, beside: bool) -> None:
        """Count these, unless they are counted already; `hits` with all filters, or about."""
        some = [name for name in names if name not in self._begun]
        for counted, job in self.counter.jobs(some, hits):
            told = _processors().submit(job).result if beside else partial(_itself, job())
            self._begun |= dict.fromkeys(counted, told)

    def count(self) -> int:
        """All hits: told by a facet of which each clip has one value, if there is one."""
        for name in SINGLE:
            if name in self._begun and name not in self.counter.filters:
                told = self._begun[name]()[name]
                if told and len(told) < EXACT_UP_TO:
                    return sum(told.values())
        return self.counter.hits()

    def told(self, names: Collection[str]) -> Counts:
        """Waits for them."""
        return {name: self._begun[name]()[name] for name in names}


def _itself(counts: Counts) -> Counts:
    return counts


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts the facets of one question. Raises what tantivy does."""

    searcher: tantivy.Searcher
    schema: tantivy.Schema
    asked: tantivy.Query
    """Without any filter."""
    filters: Mapping[str, tuple[str, ...]]
    tallied: Callable[[bytes, list[str], int, Count], Counts] | None = None
    """`Tallies.counts` at this view; None: everything is counted."""
    question: bytes = b""
    """A digest of `asked`."""

    def hits(self) -> int:
        narrowed = asking.narrow(self.schema, self.asked, self.filters)
        return how_many(self.searcher, narrowed)

    def jobs(
        self, names: Collection[str], hits: int
    ) -> Iterator[tuple[list[str], Callable[[], Counts]]]:
        """Facets, and what counts their most frequent and chosen values.

        A facet's own selection is left out. `hits` are those with all filters, or about.
        """
        free = [name for name in names if name not in self.filters]
        unused = [name for name in free if name + NOT not in self.filters and self._unused(name)]
        yield unused, lambda: {name: {} for name in unused}
        free = [name for name in free if name not in unused]
        narrowed = asking.narrow(self.schema, self.asked, self.filters)
        apart = [name for name in free if name == HEAVY and hits > FEW_HITS]
        for some in (apart, [name for name in free if name not in apart]):
            if some:
                yield some, partial(self._told, narrowed, hits, some)
        for name in (name for name in names if name in self.filters):
            yield [name], partial(self._selected, name, hits)

    def _unused(self, name: str) -> bool:
        """Whether no clip of the whole index has a value."""
        every = whole(self.searcher)
        return every.doc_freq(name, NONE) == every.doc_freq("kind", CLIP)

    def _selected(self, name: str, hits: int) -> Counts:
        narrowed = asking.narrow(self.schema, self.asked, self.filters, name)
        every = whole(self.searcher)
        chosen = sum(every.doc_freq(name, value) for value in self.filters[name])
        about = hits * size(every) // max(chosen, 1)
        return self._told(narrowed, max(hits, about), [name], self.filters[name], name)

    def _told(
        self,
        asked: tantivy.Query,
        hits: int,
        names: list[str],
        chosen: Iterable[str] = (),
        without: str = "",
    ) -> Counts:
        eyes = eyes_of(self.searcher)
        if self.tallied is None or eyes is None:
            return self._count(asked, hits, names, chosen)

        def count(view: tantivy.Searcher, ids: tuple[str, ...] | None, some: list[str]) -> Counts:
            if ids is None:
                return self._count(asked, hits, some, chosen)
            return self._by_hit(through(self.searcher, view), self._among(asked, ids), some)

        filters = sorted(pair for pair in self.filters.items() if pair[0] != without)
        decides = repr((self.question, filters, eyes)).encode()
        question = hashlib.sha256(decides).digest()
        return self.tallied(question, names, EXACT_UP_TO, count)

    def _among(self, asked: tantivy.Query, ids: tuple[str, ...]) -> tantivy.Query:
        keys = (Query.term_query(self.schema, "key", one, "basic") for one in ids)
        either = Query.boolean_query([(Occur.Should, one) for one in keys])
        return Query.boolean_query([(Occur.Must, either), (Occur.Must, asked)])

    def _count(
        self, asked: tantivy.Query, hits: int, names: list[str], chosen: Iterable[str] = ()
    ) -> Counts:
        many = hits > FEW_HITS and hits > FEW_HITS + FEW_OF_ALL * size(self.searcher)
        if many and names == [HEAVY]:
            counts = {HEAVY: self._by_value(asked, HEAVY)}
        else:
            counts = self._by_hit(self.searcher, asked, names)
        for name, told in counts.items():
            for value in {NONE, *chosen} - told.keys() if len(told) == EXACT_UP_TO else ():
                only = asking.narrow(self.schema, asked, {name: (value,)})
                told[value] = how_many(self.searcher, only)
        return counts

    def _by_hit(self, searcher: tantivy.Searcher, asked: tantivy.Query, names: list[str]) -> Counts:
        """Looks up what each hit has: 5 to 7 ns for a value, 12 where clips have several."""
        terms = {"size": EXACT_UP_TO, "segment_size": EXACT_UP_TO}
        answer = searcher.aggregate(
            asked, {name: {"terms": {"field": name, **terms}} for name in names}
        )
        return {
            name: {str(one["key"]): int(one["doc_count"]) for one in answer[name]["buckets"]}
            for name in names
        }

    def _by_value(self, asked: tantivy.Query, name: str) -> dict[str, int]:
        """Looks up which clips have each value: 4 ns for each of them, however many hits."""
        return dict(self.searcher.terms_with_prefix(name, "", asked, EXACT_UP_TO))


@cache
def _processors() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="facets")


def how_many(searcher: tantivy.Searcher, asked: tantivy.Query) -> int:
    """How many documents fit."""
    return searcher.search(asked, 1).count or 0  # type: ignore[attr-defined]


def described(
    session: Session, counts: Counts, filters: Mapping[str, tuple[str, ...]]
) -> tuple[Facet, ...]:
    """The facets that were counted, with labels, in order of display."""
    kept = {name: (*filters.get(name, ()), *filters.get(name + NOT, ())) for name in counts}
    shown = {name: _shown(name, counts[name], kept[name]) for name in FACETS if name in counts}
    slugs = [value for name in KINDS for value, _ in shown.get(name, ())]
    labels = search_feed.term_labels(session, slugs)
    held = dict(shown.get("collection", ()))
    named: dict[str, str] = {}
    if held:
        named |= collections.names(session, [value for value, count in held.items() if not count])
        with sight.everything(session):  # who sees a clip of it sees its name
            named |= collections.names(session, [value for value, count in held.items() if count])
    said = {**LABELS, "collection": named}

    def value(name: str, one: str, count: int) -> FacetValue:
        label = said.get(name, labels).get(one, NO_VALUE if one == NONE else one)
        chosen, left_out = filters.get(name, ()), filters.get(name + NOT, ())
        return FacetValue(one, label, count, one in chosen, one in left_out)

    return tuple(
        Facet(name, FACETS[name], tuple(value(name, *pair) for pair in pairs))
        for name, pairs in shown.items()
    )


def _shown(name: str, counts: Mapping[str, int], chosen: tuple[str, ...]) -> list[tuple[str, int]]:
    """The most frequent values, and every chosen one even when nothing has it.

    That there is no value comes last, and only where others have one.
    """
    named = {value: count for value, count in counts.items() if value != NONE}
    least = sorted(named.values(), reverse=True)[:SHOWN_VALUES][-1:]
    frequent = [pair for pair in named.items() if [pair[1]] >= least]
    ranked = sorted(frequent, key=lambda pair: (-pair[1], pair[0]))
    most = dict(ranked[:SHOWN_VALUES])
    most |= {value: counts.get(value, 0) for value in chosen if value not in most}
    if name in ORDERED:
        most = {value: most[value] for value in ORDERED[name] if value in most}
    elif name == "year":
        most = dict(sorted(most.items(), reverse=True))
    none = most.pop(NONE, counts.get(NONE, 0))
    if NONE in chosen or (none and most):
        most[NONE] = none
    return list(most.items())
