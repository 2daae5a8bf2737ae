"""The best hits of a word or a phrase, told from where it stands in few clips.

A word in a title weighs more than all other places of it can together, so that of a frequent word
the few clips that have it there are ranked, and no others; of a phrase nobody else's places of
words are compared. Where titles hold a phrase too seldom, other short texts are looked through too.
Exact: where the last of them might come behind a clip without it there, all have to be ranked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log
from typing import TYPE_CHECKING, Any

from tantivy import Occur, Query

from mediacatalog.search.asking import MATCHES_ANY, OTHER_FORM, Run, ask, narrow
from mediacatalog.search.documents import CLIP, CURSOR, FACET_FIELDS, NAME, NAMED, named
from mediacatalog.search.fields import BOOSTS, where
from mediacatalog.search.query import AllOf, Asking, Dated, Lasting, Named, Near, Not, Words
from mediacatalog.search.seen import size, whole
from mediacatalog.search.weighing import weigh

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import tantivy

    from mediacatalog.search.query import Query as Asked

TITLE = "title"
SHORT = (TITLE, "tags", "description", "notes", "filename")
"""Texts of few words: to compare the places in all of them is a quarter of the work."""
ENOUGH = 0.2
"""Share of the hits wanted that titles must hold, for SHORT texts to hold them all likely."""
FREQUENT = 20_000
"""Entries of the index from which on a word is worth it."""
RARER = 8
"""Times that it has to be rarer in titles than everywhere."""
LIKELY = 0.6
"""What the best titles have of the most that a title can give, mostly at least."""
MOST_OF_TERM = 2.2
"""What BM25 gives to a term that a text consists of, by its rarity (k1 + 1)."""
APART = 1 + 1e-5
"""Scores that differ by less may do so by how they were added up; of equal ones all is equal."""
FEW_VALUES = 8
"""Of a facet, up to which it is cheaper to look at each clip that is ranked."""
UNSCORED = (Named, Lasting, Dated, Near, Asking, Not)
"""What has to hold, or mustn't, and adds nothing to a score."""


def foremost(
    searcher: tantivy.Searcher,
    schema: tantivy.Schema,
    asked: Asked,
    filters: Mapping[str, tuple[str, ...]],
    limit: int,
) -> list[tuple[float, Any]] | None:
    """[(score, address)] of the best `limit` hits, the best first; None if they aren't told so."""
    parts = asked.root.parts if isinstance(asked.root, AllOf) else (asked.root,)
    words = [part for part in parts if not isinstance(part, UNSCORED)]
    sought = _sought(schema, whole(searcher), asked, words)
    if sought is None:
        return None
    conditions = tuple(part for part in parts if isinstance(part, UNSCORED))
    others = replace(asked, root=AllOf(conditions) if conditions else None)
    fitting = weigh(searcher, others, filters).hits / max(size(searcher), 1)
    if sought.held(TITLE) * fitting < ENOUGH * limit:
        return None

    def best(ranked: Query, leading: Query) -> dict[tuple[int, int], tuple[float, Any]]:
        asked_for = _narrowed(schema, whole(searcher), (ranked, leading), others, filters)
        hits = searcher.search(asked_for, limit + 1, count=False).hits
        return {(one.segment_ord, one.doc): (float(score), one) for score, one in hits}

    for places, wide in sought.ways():
        found = best(*sought.ranked(places))
        for place, hit in best(*sought.ranked_by_forms(places)).items() if wide else ():
            found[place] = max(hit, found.get(place, hit), key=_score)
        hits = [hit for _, hit in sorted(found.items(), key=lambda one: (-one[1][0], one[0]))]
        if len(hits) > limit:
            last, following = _score(hits[limit - 1]), _score(hits[limit])
            sure = last == following or last > APART * following
            if sure and last > APART * sought.most_elsewhere(places, wide=wide):
                return hits[:limit]
        if len(hits) < ENOUGH * limit:
            return None
    return None


def _narrowed(
    schema: tantivy.Schema,
    searcher: tantivy.Searcher,
    ranked: tuple[Query, Query],
    others: Asked,
    filters: Mapping[str, tuple[str, ...]],
) -> Query:
    """What is ranked of what fulfils the conditions and filters. `ranked`: with what leads it.

    Of several values that may be there it excludes what leads and has none of them: a set of
    values would be looked through to its end.
    """
    query, leading = ranked
    clauses = [(Occur.Must, query)]
    parts = others.root.parts if isinstance(others.root, AllOf) else ()
    named_ = [part for part in parts if isinstance(part, Named) and not part.prefix]
    rest = tuple(part for part in parts if part not in named_)
    if rest:
        unscored = ask(schema, replace(others, root=AllOf(rest)), scored=False)
        clauses.append((Occur.Must, Query.const_score_query(unscored, 0.0)))
    alternatives = [(NAMED, [named(one.name, key) for key in one.keys]) for one in named_]
    few = {name: values for name, values in filters.items() if len(values) <= FEW_VALUES}
    alternatives += [(name, list(values)) for name, values in few.items() if name in FACET_FIELDS]
    for field, values in alternatives:
        held = [one for one in values if searcher.doc_freq(field, one)]
        terms = [Query.term_query(schema, field, one, "basic") for one in held]
        if len(terms) == 1:
            clauses.append((Occur.Must, Query.const_score_query(terms[0], 0.0)))
        else:
            without = [(Occur.Must, leading), *((Occur.MustNot, one) for one in terms)]
            clauses.append((Occur.MustNot, Query.boolean_query(without)))
    left = {
        name: values
        for name, values in filters.items()
        if name not in FACET_FIELDS or name not in few
    }
    return narrow(schema, Query.boolean_query(clauses) if clauses[1:] else query, left)


def _sought(
    schema: tantivy.Schema, searcher: tantivy.Searcher, asked: Asked, words: list[Any]
) -> _Sought | None:
    """What is sought if it's one word or phrase that is far more frequent than in titles."""
    if len(words) != 1 or not isinstance(words[0], Words) or len(words[0].runs) != 1:
        return None
    one = words[0]
    if one.similar or one.names:
        return None
    scope = tuple(name for name in BOOSTS if not asked.scope or name in asked.scope)
    sought = _Sought(schema, searcher, one.runs[0], one.forms, scope)
    if TITLE not in scope:
        return None
    entries = sum(sum(sought.entries(name, one.runs[0])) for name in scope)
    titles = sum(sought.entries(TITLE, one.runs[0]))
    return sought if entries >= max(FREQUENT, RARER * titles) else None


@dataclass(frozen=True, slots=True)
class _Sought:
    schema: tantivy.Schema
    searcher: tantivy.Searcher
    run: tuple[str, ...]
    forms: tuple[str, ...]
    scope: tuple[str, ...]

    def entries(self, name: str, run: tuple[str, ...]) -> list[int]:
        """How many documents hold each word of it."""
        return [self.searcher.doc_freq(*where(name, one)) for one in run]

    def held(self, name: str) -> int:
        """At most so many documents."""
        return min(self.entries(name, self.run))

    def ways(self) -> Iterable[tuple[tuple[str, ...], bool]]:
        """Places to look through, and whether for other forms too, that are likely to do."""
        likely = LIKELY * self.most(TITLE, self.run)
        if len(self.run) > 1:  # titles cost next to nothing, and tell whether others are worth it
            short = tuple(name for name in SHORT if name in self.scope)
            if self.most_elsewhere(short, wide=False) < likely:
                yield (TITLE,), False
                yield short, False
            return
        for wide in (False, True) if self.forms else (False,):
            if self.most_elsewhere((TITLE,), wide=wide) < likely:
                yield (TITLE,), wide
                return

    def ranked(self, places: tuple[str, ...]) -> tuple[Query, Query]:
        """Clips with it in one of these places, by what it gives them itself, and without scores.

        That is the score that `asking.ask` gives them, unless other forms of it give them more.
        """
        first, *others = every = [self.found(name) for name in self.scope]
        either = _any_of(self.found(name) for name in places)
        if places == (TITLE,):
            return _and_perhaps(first, others), either
        return _and_perhaps(either, every), either

    def ranked_by_forms(self, places: tuple[str, ...]) -> tuple[Query, Query]:
        """Clips with another form of it there, by their whole score, and without scores."""
        either = _any_of(self.alike(name) for name in places)
        itself, alike = (
            _and_perhaps(either, [found(name) for name in self.scope])
            for found in (self.found, self.alike)
        )
        best = Query.disjunction_max_query([itself, Query.boost_query(alike, OTHER_FORM)])
        return best, either

    def alike(self, name: str) -> Query:
        every = [Query.term_query(self.schema, *where(name, one), "freq") for one in self.forms]
        best = every[0] if len(every) == 1 else Query.disjunction_max_query(every, MATCHES_ANY)
        return Query.boost_query(best, BOOSTS[name])

    def found(self, name: str) -> Query:
        return Query.boost_query(Run(self.run).query(self.schema, name), BOOSTS[name])

    def most_elsewhere(self, places: tuple[str, ...], *, wide: bool) -> float:
        """More than the score of any clip without it there, or, if `wide`, other forms of it."""
        beside = tuple(name for name in self.scope if name not in places)
        elsewhere = sum(self.most(name, self.run) for name in beside)
        others = beside if wide else self.scope
        alike = sum(self.most(name, (one,)) for name in others for one in self.forms)
        return max(elsewhere, OTHER_FORM * alike)

    def most(self, name: str, run: tuple[str, ...]) -> float:
        held = self.entries(name, run)
        if not all(held):
            return 0.0
        every = sum(self.searcher.doc_freq("kind", kind) for kind in (CLIP, NAME, CURSOR))
        rarity = sum(log(1 + (every - one + 0.5) / (one + 0.5)) for one in held)
        return MOST_OF_TERM * BOOSTS[name] * rarity


def _score(hit: tuple[float, Any]) -> float:
    return hit[0]


def _any_of(some: Iterable[Query]) -> Query:
    every = list(some)
    either = Query.boolean_query([(Occur.Should, one) for one in every])
    return Query.const_score_query(every[0] if len(every) == 1 else either, 0.0)


def _and_perhaps(must: Query, may: Iterable[Query]) -> Query:
    """One after the other: each is looked up only for the documents that must be there."""
    for one in may:
        must = Query.boolean_query([(Occur.Must, must), (Occur.Should, one)])
    return must
