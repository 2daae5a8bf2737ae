"""A parsed query in the index's own terms. Text of a user never reaches the index's parser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import tantivy
from tantivy import Occur, Query

from mediacatalog.search.documents import BOOSTS, CLIP, FACET_FIELDS, NAMED, named
from mediacatalog.search.query import AllOf, AnyOf, Named, Not, Prefix, Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mediacatalog.search.query import Node

MATCHES_ANY = 0.1
"""Share of the score that a second spelling of the same word adds."""


def ask(schema: tantivy.Schema, root: Node | None) -> Query:
    """The query for the words; without any, every clip."""
    every = Query.const_score_query(Query.term_query(schema, "kind", CLIP, "basic"), 0.0)
    if root is None:
        return every
    return _all(schema, root.parts if isinstance(root, AllOf) else (root,), every)


def narrow(
    schema: tantivy.Schema, query: Query, filters: Mapping[str, tuple[str, ...]], without: str = ""
) -> Query:
    """The query under a selection of facets, one of them (`without`) left out.

    Values of one facet are alternatives; facets must all hold.
    """
    chosen = [
        (Occur.Must, Query.const_score_query(Query.term_set_query(schema, name, values), 0.0))
        for name, values in sorted(filters.items())
        if name in FACET_FIELDS and name != without and values
    ]
    return Query.boolean_query([(Occur.Must, query), *chosen]) if chosen else query


def _all(schema: tantivy.Schema, parts: tuple[Node, ...], every: Query) -> Query:
    asked = [
        (Occur.MustNot, _node(schema, part.part, every))
        if isinstance(part, Not)
        else (Occur.Must, _node(schema, part, every))
        for part in parts
    ]
    if all(isinstance(part, Not) for part in parts):
        asked.append((Occur.Must, every))  # what isn't there must be missing from something
    return Query.boolean_query(asked)


def _node(schema: tantivy.Schema, node: Node, every: Query) -> Query:
    match node:
        case Words(runs):
            return _in_fields(schema, [_Run(run) for run in runs])
        case Prefix(starts):
            return _in_fields(schema, [_Start(start) for start in starts])
        case Named():
            return _named(schema, node)
        case AllOf(parts):
            return _all(schema, parts, every)
        case AnyOf(parts):
            alternatives = [(Occur.Should, _node(schema, part, every)) for part in parts]
            return Query.boolean_query(alternatives)
        case Not():
            return _all(schema, (node,), every)


class _Run:
    def __init__(self, run: tuple[str, ...]) -> None:
        self.run = run

    def query(self, schema: tantivy.Schema, field: str) -> Query:
        if len(self.run) == 1:
            return Query.term_query(schema, field, self.run[0], "freq")
        return Query.phrase_query(schema, field, list(self.run))


class _Start:
    def __init__(self, start: str) -> None:
        self.pattern = f"{re.escape(start)}.*"

    def query(self, schema: tantivy.Schema, field: str) -> Query:
        return Query.regex_query(schema, field, self.pattern)


def _in_fields(schema: tantivy.Schema, wanted: list[_Run] | list[_Start]) -> Query:
    fields = []
    for name, boost in BOOSTS.items():
        asked = [one.query(schema, name) for one in wanted]
        best = asked[0] if len(asked) == 1 else Query.disjunction_max_query(asked, MATCHES_ANY)
        fields.append((Occur.Should, Query.boost_query(best, boost)))
    return Query.boolean_query(fields)


def _named(schema: tantivy.Schema, node: Named) -> Query:
    values = [named(node.name, key) for key in node.keys]
    if node.prefix:
        starts = [Query.regex_query(schema, NAMED, f"{re.escape(one)}.*") for one in values]
        query = Query.boolean_query([(Occur.Should, start) for start in starts])
    else:
        query = Query.term_set_query(schema, NAMED, values)
    return Query.const_score_query(query, 0.0)
