"""The best hits of a single word, told from its titles alone where nothing else can come before.

A word in a title weighs more than all other places of it can together, so that of a frequent word
the few clips that have it there are ranked, and no others. Exact: where the last of them might come
behind a clip without it in its title, all have to be ranked.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Any

from tantivy import Occur, Query

from mediacatalog.search.asking import MATCHES_ANY, OTHER_FORM, narrow
from mediacatalog.search.documents import CLIP, CURSOR, NAME
from mediacatalog.search.fields import BOOSTS, where
from mediacatalog.search.query import Words
from mediacatalog.search.seen import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import tantivy

    from mediacatalog.search.query import Query as Asked

TITLE = "title"
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


def foremost(
    searcher: tantivy.Searcher,
    schema: tantivy.Schema,
    asked: Asked,
    filters: Mapping[str, tuple[str, ...]],
    limit: int,
) -> list[tuple[float, Any]] | None:
    """[(score, address)] of the best `limit` hits, the best first; None if they aren't told so."""
    root = asked.root
    if not isinstance(root, Words) or len(root.runs) != 1 or len(root.runs[0]) != 1:
        return None
    if root.similar or root.names:
        return None
    scope = tuple(name for name in BOOSTS if not asked.scope or name in asked.scope)
    word = _Word(schema, whole(searcher), root.runs[0][0], root.forms, scope)
    entries = sum(word.held(name, word.text) for name in scope)
    if TITLE not in scope or entries < max(FREQUENT, RARER * word.held(TITLE, word.text)):
        return None
    alike = (False, True) if word.forms else (False,)
    likely = LIKELY * word.most(TITLE, word.text)
    wide = next((wide for wide in alike if word.most_elsewhere(wide=wide) < likely), None)
    if wide is None:
        return None
    titled = narrow(schema, word.in_titles(wide=wide), filters)
    hits = searcher.search(titled, limit + 1, count=False).hits
    if len(hits) <= limit:
        return None
    last, following = (float(hits[place][0]) for place in (limit - 1, limit))
    sure = last == following or last > APART * following
    return list(hits[:limit]) if sure and last > APART * word.most_elsewhere(wide=wide) else None


@dataclass(frozen=True, slots=True)
class _Word:
    schema: tantivy.Schema
    searcher: tantivy.Searcher
    text: str
    forms: tuple[str, ...]
    scope: tuple[str, ...]

    def held(self, name: str, spelling: str) -> int:
        return self.searcher.doc_freq(*where(name, spelling))

    def in_titles(self, *, wide: bool) -> Query:
        """Clips with it in the title, or, if `wide`, another form of it.

        Their scores are those that `asking.ask` gives them.
        """
        title, *others = (self.term(name, self.text) for name in (TITLE, *self.beside))
        if not self.forms:
            return _and_perhaps(title, others)
        either = title
        if wide:
            parts = [(Occur.Should, one) for one in (title, self.alike(TITLE))]
            either = Query.boolean_query(parts)
        unscored = Query.const_score_query(either, 0.0)
        ranked = _and_perhaps(unscored, [title, *others]) if wide else _and_perhaps(title, others)
        alike = _and_perhaps(unscored, [self.alike(name) for name in self.scope])
        return Query.disjunction_max_query([ranked, Query.boost_query(alike, OTHER_FORM)])

    @property
    def beside(self) -> tuple[str, ...]:
        return tuple(name for name in self.scope if name != TITLE)

    def alike(self, name: str) -> Query:
        every = [Query.term_query(self.schema, *where(name, one), "freq") for one in self.forms]
        best = every[0] if len(every) == 1 else Query.disjunction_max_query(every, MATCHES_ANY)
        return Query.boost_query(best, BOOSTS[name])

    def term(self, name: str, spelling: str) -> Query:
        found = Query.term_query(self.schema, *where(name, spelling), "freq")
        return Query.boost_query(found, BOOSTS[name])

    def most_elsewhere(self, *, wide: bool) -> float:
        """More than the score of any clip that isn't among `in_titles`."""
        elsewhere = sum(self.most(name, self.text) for name in self.beside)
        places = self.beside if wide else self.scope
        alike = sum(self.most(name, one) for name in places for one in self.forms)
        return max(elsewhere, OTHER_FORM * alike)

    def most(self, name: str, spelling: str) -> float:
        held = self.held(name, spelling)
        if not held:
            return 0.0
        every = sum(self.searcher.doc_freq("kind", kind) for kind in (CLIP, NAME, CURSOR))
        return MOST_OF_TERM * BOOSTS[name] * log(1 + (every - held + 0.5) / (held + 0.5))


def _and_perhaps(must: Query, may: Iterable[Query]) -> Query:
    """One after the other: each is looked up only for the documents that must be there."""
    for one in may:
        must = Query.boolean_query([(Occur.Must, must), (Occur.Should, one)])
    return must
