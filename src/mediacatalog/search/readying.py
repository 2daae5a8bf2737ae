"""A parsed query made ready for the index: other names, and what `like:` and `collection:` mean.

A collection that a search fills holds nothing itself: to ask for it is to ask its question.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from mediacatalog.catalog import collections
from mediacatalog.catalog.term_merging import now_called
from mediacatalog.catalog.vocabulary import KINDS
from mediacatalog.search import called, similar
from mediacatalog.search.fields import BOOSTS
from mediacatalog.search.liking import resolve
from mediacatalog.search.query import AllOf, AnyOf, Asking, Named, Not, named_keys, parse
from mediacatalog.search.results import NOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import tantivy

    from mediacatalog.catalog.collections import Collection
    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search.index import SearchIndex
    from mediacatalog.search.query import Node, Query

DEEPEST = 3
"""Questions of collections that ask for collections; one deeper, or in a circle, finds nothing."""


def ready(
    catalogue: Catalogue,
    index: SearchIndex,
    searcher: tantivy.Searcher,
    query: Query,
    *,
    deepest: int = DEEPEST,
) -> Query:
    """The query with all that it takes the index and the catalogue to know."""
    fields = tuple(query.scope or BOOSTS)
    query = called.widen(similar.widen(query, searcher, fields), searcher, fields)
    query = resolve(catalogue, index, searcher, query)
    if query.root is None or not deepest or not _collections_in(query.root):
        return query
    with catalogue.reading() as session:
        asking = [one for one in collections.listed(session) if one.asks]

    def question(one: Collection) -> Asking | None:
        asked = ready(catalogue, index, searcher, parse(one.text), deepest=deepest - 1)
        nothing = asked.root is None and not asked.blank
        return None if nothing else Asking(asked, current(catalogue, one.filters))

    def meant(node: Named) -> Node:
        called = [one for one in asking if _is_called(one.name, node)]
        return AnyOf((node, *filter(None, map(question, called))))

    return dataclasses.replace(query, root=_replaced(query.root, meant))


def current(
    catalogue: Catalogue, filters: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    """Filters, of which some were written down before their terms were merged, as they are now."""
    terms = [name for name in filters if name.removesuffix(NOT) in KINDS]
    if not terms:
        return filters
    with catalogue.reading() as session:
        now = now_called(session, {slug for name in terms for slug in filters[name]})
    moved = {name: tuple(dict.fromkeys(now[slug] for slug in filters[name])) for name in terms}
    return {**filters, **moved}


def _collections_in(node: Node) -> bool:
    match node:
        case AllOf(parts) | AnyOf(parts):
            return any(map(_collections_in, parts))
        case Not(part):
            return _collections_in(part)
        case _:
            return isinstance(node, Named) and node.name == "collection"


def _replaced(node: Node, meant: Callable[[Named], Node]) -> Node:
    match node:
        case AllOf(parts):
            return AllOf(tuple(_replaced(one, meant) for one in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_replaced(one, meant) for one in parts))
        case Not(part):
            return Not(_replaced(part, meant))
        case Named(name="collection"):
            return meant(node)
        case _:
            return node


def _is_called(name: str, node: Named) -> bool:
    known = named_keys(name)
    if node.prefix:
        return any(one.startswith(node.keys) for one in known)
    return not set(known).isdisjoint(node.keys)
