"""About how many clips a question finds, before it is asked: it decides how they are counted.

Told by how many documents of the whole index hold each word, as if words met by chance. It changes
what an answer costs, and nothing of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from mediacatalog.search.documents import NAMED, named
from mediacatalog.search.fields import BOOSTS, where
from mediacatalog.search.query import AllOf, AnyOf, Named, Not, Prefix, Words
from mediacatalog.search.results import NOT
from mediacatalog.search.seen import size, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import tantivy

    from mediacatalog.search.query import Node, Query

IN_A_ROW = 0.05
"""Share of the clips with two words in which they stand in a row."""
BEGINNING = 0.1
UNKNOWN = 0.3
"""Shares of all clips that are taken for what no word says."""


@dataclass(frozen=True, slots=True)
class Weight:
    hits: int
    """About how many clips are found."""
    looked_at: int
    """How many entries of the index are gone through for it."""


def weigh(
    searcher: tantivy.Searcher, query: Query, filters: Mapping[str, tuple[str, ...]]
) -> Weight:
    total = max(size(searcher), 1)
    weigher = _Weigher(whole(searcher), total, query.scope or frozenset(BOOSTS))
    share, looked_at = (1.0, 1.0) if query.root is None else weigher.node(query.root)
    for name, values in filters.items():
        field = name.removesuffix(NOT)
        held = weigher.held((field, value) for value in values)
        share *= held if field == name else 1.0 - held
        looked_at += held
    return Weight(round(share * total), round(looked_at * total))


@dataclass(frozen=True, slots=True)
class _Weigher:
    """Shares of all documents."""

    searcher: tantivy.Searcher
    total: int
    scope: frozenset[str]

    def node(self, node: Node) -> tuple[float, float]:
        """(found, looked at)"""
        match node:
            case AllOf(parts):
                every = [self.node(part) for part in parts]
                return prod(found for found, _ in every), sum(cost for _, cost in every)
            case AnyOf(parts):
                every = [self.node(part) for part in parts]
                return _either(found for found, _ in every), sum(cost for _, cost in every)
            case Not(part):
                found, cost = self.node(part)
                return 1.0 - found, cost
            case Words():
                return self.words(node)
            case _:
                found = self.property(node)
                return found, found

    def words(self, node: Words) -> tuple[float, float]:
        found, cost = [], 0.0
        runs = (*node.runs, *node.names)
        alone = {*node.forms, *node.similar, *(run[0] for run in runs if len(run) == 1)}
        rows = [run for run in runs if len(run) > 1]
        for field in self.scope:
            some = [self.share(*where(field, one)) for one in alone]
            found.append(max(some, default=0.0))
            cost += sum(some)
            for run in rows:
                shares = [self.share(field, one) for one in run]
                found.append(prod(shares) * IN_A_ROW)
                cost += sum(shares)
        return _either(found), cost

    def property(self, node: Node) -> float:
        match node:
            case Prefix():
                return BEGINNING
            case Named(name, keys, False):
                return self.held((NAMED, named(name, key)) for key in keys)
            case _:
                return UNKNOWN

    def held(self, terms: Iterable[tuple[str, str]]) -> float:
        return min(1.0, sum(self.share(*term) for term in terms))

    def share(self, field: str, value: str) -> float:
        return min(1.0, self.searcher.doc_freq(field, value) / self.total)


def _either(shares: Iterable[float]) -> float:
    return 1.0 - prod(1.0 - share for share in shares)
