"""A parsed query in the index's own terms. Text of a user never reaches the index's parser."""

from __future__ import annotations

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
from mediacatalog.search.results import NONE, NOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mediacatalog.search import query as asked
    from mediacatalog.search.query import Node

MATCHES_ANY = 0.1
"""Share of the score that a second spelling of the same word adds."""
OTHER_FORM = 0.25
"""Weight of another form of a word, as `shells` is of `shell`, and of another name."""
SIMILAR_NAME = 0.1
"""Weight of a name that is one slip away from the word."""
MEANING = 40.0
"""Score that an equal meaning adds, a nearer one less: about that of two rare words of a title."""
SHARED = 2
"""Words that a clip has at least in common with what it is to be like."""


def ask(schema: tantivy.Schema, query: asked.Query, *, scored: bool = True) -> Query:
    """The query for what is asked; without anything, every clip.

    What is only to be counted needs no score, and is told in up to a half of the time.
    Everything that counts, ranks or lists clips of the index asks this, and narrows it: what the
    asker may not see is to be left out here, of `root` and of `every`.
    """
    every = Query.const_score_query(Query.term_query(schema, "kind", CLIP, "basic"), 0.0)
    root = query.root
    if root is None:
        return every
    boosts = {name: boost for name, boost in BOOSTS.items() if name in (query.scope or BOOSTS)}
    asker = _Asker(schema, every, boosts, scored)
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
            one_of = _one_of(schema, field, values)
            chosen.append((occurs, Query.const_score_query(one_of, 0.0)))
    return Query.boolean_query([(Occur.Must, query), *chosen]) if chosen else query


def _one_of(schema: tantivy.Schema, field: str, values: Sequence[str]) -> Query:
    """Of one value the index skips what isn't needed; a set is looked through to its end."""
    if len(values) == 1:
        return Query.term_query(schema, field, values[0], "basic")
    return Query.term_set_query(schema, field, list(values))


@dataclass(frozen=True, slots=True)
class _Asker:
    schema: tantivy.Schema
    every: Query
    boosts: Mapping[str, float]
    """The fields in which words are looked for."""
    scored: bool

    def all_of(self, parts: tuple[Node, ...]) -> Query:
        clauses = [
            (Occur.MustNot, self.node(part.part))
            if isinstance(part, Not)
            else (Occur.Must, self.node(part))
            for part in parts
        ]
        if all(isinstance(part, Not) for part in parts):
            clauses.append((Occur.Must, self.every))  # what isn't there must miss from something
        (occurs, only), *others = clauses
        return Query.boolean_query(clauses) if others or occurs != Occur.Must else only

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
        if not self.scored:
            alike = [(one,) for one in (*node.forms, *node.similar)]
            runs = (*node.runs, *alike, *node.names)
            return self.in_fields([Run(run, "basic") for run in runs])
        every = [self.in_fields([Run(run) for run in node.runs])] if node.runs else []
        forms, similar = ([(one,) for one in some] for some in (node.forms, node.similar))
        for others, weight in (
            (forms, OTHER_FORM),
            (node.names, OTHER_FORM),
            (similar, SIMILAR_NAME),
        ):
            if others:
                found = self.in_fields([Run(run) for run in others])
                every.append(Query.boost_query(found, weight))
        return every[0] if len(every) == 1 else Query.disjunction_max_query(every)

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

    def in_fields(self, wanted: list[Run] | list[_Start]) -> Query:
        fields = []
        for name, boost in self.boosts.items():
            asked = [one.query(self.schema, name) for one in wanted]
            if not self.scored:
                fields += [(Occur.Should, one) for one in asked]
                continue
            best = asked[0] if len(asked) == 1 else Query.disjunction_max_query(asked, MATCHES_ANY)
            fields.append((Occur.Should, Query.boost_query(best, boost)))
        return Query.boolean_query(fields)

    def condition(self, node: Named | Lasting | Dated | Near | Asking) -> Query:
        """What holds or doesn't: it adds nothing to the score."""
        match node:
            case Asking(query, filters):
                return narrow(self.schema, ask(self.schema, query, scored=False), filters)
            case Lasting(span):
                return self.between("duration", *span)
            case Dated(span):
                return self.dated(span)
            case Near(circle):
                return Query.term_set_query(self.schema, CELLS, measures.cells_in(circle))
            case Named(name, keys, prefix):
                values = [named(name, key) for key in keys]
                if not prefix:
                    return _one_of(self.schema, NAMED, values)
                starts = [_Start(value).query(self.schema, NAMED) for value in values]
                return Query.boolean_query([(Occur.Should, start) for start in starts])

    def dated(self, span: measures.Span) -> Query:
        """Two spans overlap where each begins before the other ends.

        A clip whose year is known overlaps every span that holds the year, and none without a day
        of it: only of the others both days are looked up, which is what costs.
        """
        first, last = span
        begins = self.between("first_day", -measures.OPEN, last)
        ends = self.between("last_day", first, measures.OPEN)
        overlaps = [(Occur.Must, begins), (Occur.Must, ends)]
        years = measures.years_of(span)
        if years is None:
            return Query.boolean_query(overlaps)
        whole, cut = ([f"{year:04d}" for year in some] for some in years)
        unsure = _one_of(self.schema, "year", [*cut, NONE])
        either = [(Occur.Should, Query.boolean_query([(Occur.Must, unsure), *overlaps]))]
        if whole:
            either.append((Occur.Should, _one_of(self.schema, "year", whole)))
        return Query.boolean_query(either)

    def between(self, field: str, low: int, high: int) -> Query:
        return Query.range_query(self.schema, field, FieldType.Integer, low, high)


class Run:
    def __init__(self, run: tuple[str, ...], kept: str = "freq") -> None:
        self.run = run
        self.kept = kept
        """`freq` for a score."""

    def query(self, schema: tantivy.Schema, field: str) -> Query:
        if len(self.run) == 1:
            return Query.term_query(schema, *where(field, self.run[0]), self.kept)
        return Query.phrase_query(schema, field, list(self.run))


class _Start:
    def __init__(self, start: str) -> None:
        self.start = start

    def query(self, schema: tantivy.Schema, field: str) -> Query:
        """Without a slip: as a regular expression it takes 60 times as long to make."""
        return Query.fuzzy_term_query(schema, field, self.start, distance=0, prefix=True)
