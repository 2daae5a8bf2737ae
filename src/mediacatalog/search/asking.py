"""A parsed query in the index's own terms. Text of a user never reaches the index's parser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import tantivy
from tantivy import FieldType, Occur, Query

from mediacatalog.search import measures
from mediacatalog.search.documents import CELLS, CLIP, FACET_FIELDS, NAMED, named
from mediacatalog.search.fields import BOOSTS, where
from mediacatalog.search.query import (
    AllOf,
    AnyOf,
    Asking,
    Dated,
    Lasting,
    Like,
    Named,
    Near,
    Not,
    Prefix,
    Words,
)
from mediacatalog.search.results import NOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mediacatalog.search import query as asked
    from mediacatalog.search.query import Node

MATCHES_ANY = 0.1
"""Share of the score that a second spelling of the same word adds."""
OTHER_FORM = 0.25
"""Weight of another form of a word, as `shells` is of `shell`."""
SIMILAR_NAME = 0.1
"""Weight of a name that is one slip away from the word."""
MEANING = 40.0
"""Score that an equal meaning adds, a nearer one less: about that of two rare words of a title."""
SHARED = 2
"""Words that a clip has at least in common with what it is to be like."""


def ask(schema: tantivy.Schema, query: asked.Query) -> Query:
    """The query for what is asked; without anything, every clip.

    Everything that counts, ranks or lists clips of the index asks this, and narrows it: what the
    asker may not see is to be left out here, of `root` and of `every`.
    """
    every = Query.const_score_query(Query.term_query(schema, "kind", CLIP, "basic"), 0.0)
    root = query.root
    if root is None:
        return every
    boosts = {name: boost for name, boost in BOOSTS.items() if name in (query.scope or BOOSTS)}
    asker = _Asker(schema, every, boosts)
    return asker.all_of(root.parts if isinstance(root, AllOf) else (root,))


def narrow(
    schema: tantivy.Schema, query: Query, filters: Mapping[str, tuple[str, ...]], without: str = ""
) -> Query:
    """The query under a selection of facets, one of them (`without`) left out.

    Values of one facet are alternatives; facets must all hold; what is excluded (NOT) mustn't.
    """
    chosen = []
    for name, values in sorted(filters.items()):
        field = name.removesuffix(NOT)
        if field in FACET_FIELDS and name != without and values:
            occurs = Occur.Must if name == field else Occur.MustNot
            one_of = Query.term_set_query(schema, field, list(values))
            chosen.append((occurs, Query.const_score_query(one_of, 0.0)))
    return Query.boolean_query([(Occur.Must, query), *chosen]) if chosen else query


@dataclass(frozen=True, slots=True)
class _Asker:
    schema: tantivy.Schema
    every: Query
    boosts: Mapping[str, float]
    """The fields in which words are looked for."""

    def all_of(self, parts: tuple[Node, ...]) -> Query:
        clauses = [
            (Occur.MustNot, self.node(part.part))
            if isinstance(part, Not)
            else (Occur.Must, self.node(part))
            for part in parts
        ]
        if all(isinstance(part, Not) for part in parts):
            clauses.append((Occur.Must, self.every))  # what isn't there must miss from something
        return Query.boolean_query(clauses)

    def node(self, node: Node) -> Query:
        match node:
            case Words():
                return self.words(node)
            case Prefix(starts):
                return self.in_fields([_Start(start) for start in starts])
            case AllOf() | Not():
                return self.all_of(node.parts if isinstance(node, AllOf) else (node,))
            case AnyOf(parts):
                return Query.boolean_query([(Occur.Should, self.node(part)) for part in parts])
            case Like():
                return self.like(node)
            case _:
                return Query.const_score_query(self.condition(node), 0.0)

    def words(self, node: Words) -> Query:
        asked = self.in_fields([_Run(run) for run in node.runs])
        every = [asked]
        for others, weight in ((node.forms, OTHER_FORM), (node.similar, SIMILAR_NAME)):
            if others:
                found = self.in_fields([_Run((one,)) for one in others])
                every.append(Query.boost_query(found, weight))
        return asked if len(every) == 1 else Query.disjunction_max_query(every)

    def like(self, node: Like) -> Query:
        """Nothing where neither words nor clips of a near meaning are known."""
        either = [
            (Occur.Should, Query.const_score_query(self.clip(one), MEANING * cosine))
            for one, cosine in node.near
        ]
        if node.words:
            shared = [(Occur.Should, self.words(one)) for one in node.words]
            least = min(SHARED, len(shared))
            words = Query.boolean_query(shared, minimum_number_should_match=least)
            either.append((Occur.Should, words))
        if not either:
            return Query.empty_query()
        alike = Query.boolean_query(either)
        itself = self.clip(node.besides)
        return Query.boolean_query([(Occur.Must, alike), (Occur.MustNot, itself)])

    def clip(self, clip_id: str) -> Query:
        return Query.term_query(self.schema, "key", clip_id, "basic")

    def in_fields(self, wanted: list[_Run] | list[_Start]) -> Query:
        fields = []
        for name, boost in self.boosts.items():
            asked = [one.query(self.schema, name) for one in wanted]
            best = asked[0] if len(asked) == 1 else Query.disjunction_max_query(asked, MATCHES_ANY)
            fields.append((Occur.Should, Query.boost_query(best, boost)))
        return Query.boolean_query(fields)

    def condition(self, node: Named | Lasting | Dated | Near | Asking) -> Query:
        """What holds or doesn't: it adds nothing to the score."""
        match node:
            case Asking(query, filters):
                return narrow(self.schema, ask(self.schema, query), filters)
            case Lasting(span):
                return self.between("duration", *span)
            case Dated((first, last)):
                # Two spans overlap where each begins before the other ends.
                begins = self.between("first_day", -measures.OPEN, last)
                ends = self.between("last_day", first, measures.OPEN)
                return Query.boolean_query([(Occur.Must, begins), (Occur.Must, ends)])
            case Near(circle):
                return Query.term_set_query(self.schema, CELLS, measures.cells_in(circle))
            case Named(name, keys, prefix):
                values = [named(name, key) for key in keys]
                if not prefix:
                    return Query.term_set_query(self.schema, NAMED, values)
                starts = [_Start(value).query(self.schema, NAMED) for value in values]
                return Query.boolean_query([(Occur.Should, start) for start in starts])

    def between(self, field: str, low: int, high: int) -> Query:
        return Query.range_query(self.schema, field, FieldType.Integer, low, high)


class _Run:
    def __init__(self, run: tuple[str, ...]) -> None:
        self.run = run

    def query(self, schema: tantivy.Schema, field: str) -> Query:
        if len(self.run) == 1:
            return Query.term_query(schema, *where(field, self.run[0]), "freq")
        return Query.phrase_query(schema, field, list(self.run))


class _Start:
    def __init__(self, start: str) -> None:
        self.pattern = f"{re.escape(start)}.*"

    def query(self, schema: tantivy.Schema, field: str) -> Query:
        return Query.regex_query(schema, field, self.pattern)
