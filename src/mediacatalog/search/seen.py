"""The index as one viewer sees it: what is hidden from them is in no hit, count or dictionary.

The condition stands in each query that goes to the index, as `catalog.sight` puts it into each
statement that goes to the database. The index lags behind by a moment: clips that were changed
since, and are hidden now, are left out by their ids.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import tantivy
from tantivy import FieldType, Occur, Query

from mediacatalog.catalog import sight as seeing
from mediacatalog.search.documents import ACCESS, CLIP, UNTIL
from mediacatalog.search.fields import BOOSTS, where
from mediacatalog.search.index import cursor_in, reading_index
from mediacatalog.search.similar import NAMES
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.sight import Sight
    from mediacatalog.search.index import SearchIndex


def searcher_for(
    catalogue: Catalogue, index: SearchIndex, view: str = ""
) -> tantivy.Searcher | None:
    """A view of the index for whom the catalogue was opened; None without a usable index.

    The one that was kept as `view`, if it still is.
    """
    searcher = index.kept(view) or index.searcher()
    if searcher is None or catalogue.sight is None:
        return searcher
    with reading_index():
        rev, _ = cursor_in(searcher)
    with catalogue.reading() as session:
        granted = seeing.granted(session, catalogue.sight)
        stale = seeing.hidden_since(session, catalogue.sight, rev)
    hidden = _hidden(index.schema, catalogue.sight, granted, stale)
    return cast("tantivy.Searcher", Seen(searcher, index.schema, hidden))


def keep(index: SearchIndex, searcher: tantivy.Searcher) -> str:
    """The name by which `searcher_for` gives this view of the index once more."""
    return index.keep(cast("Any", searcher).inner if not shows_scores(searcher) else searcher)


def shows_scores(searcher: tantivy.Searcher) -> bool:
    """Scores tell how many clips hold a word, those that are hidden among them."""
    return not isinstance(searcher, Seen)


def _hidden(
    schema: tantivy.Schema, sight: Sight, granted: seeing.Granted, stale: Iterable[str]
) -> Query:
    sealed = Query.term_query(schema, ACCESS, seeing.SEALED, "basic")
    parts = [_but(schema, sealed, granted.sealed)]
    if not sight.restricted:
        now = int(utc_now().timestamp() * 1_000_000)
        under = Query.boolean_query(
            [
                (Occur.Must, Query.term_query(schema, ACCESS, seeing.EMBARGO, "basic")),
                (Occur.Must, Query.range_query(schema, UNTIL, FieldType.Integer, now + 1, 2**62)),
            ]
        )
        restricted = Query.term_query(schema, ACCESS, seeing.RESTRICTED, "basic")
        closed = Query.boolean_query([(Occur.Should, under), (Occur.Should, restricted)])
        parts.append(_but(schema, closed, granted.restricted))
    parts.append(Query.term_set_query(schema, "key", list(stale)))
    return Query.boolean_query([(Occur.Should, one) for one in parts])


def _but(schema: tantivy.Schema, closed: Query, collections: frozenset[str]) -> Query:
    """What is closed, and in none of these collections."""
    if not collections:
        return closed
    inside = Query.term_set_query(schema, "collection", sorted(collections))
    return Query.boolean_query([(Occur.Must, closed), (Occur.MustNot, inside)])


@dataclass(slots=True)
class Seen:
    """What is used of a `tantivy.Searcher`, without what is hidden."""

    inner: tantivy.Searcher
    schema: tantivy.Schema
    hidden: Query
    _count: int = field(default=-1)

    def _narrowed(self, query: Query) -> Query:
        unscored = Query.const_score_query(self.hidden, 0.0)
        return Query.boolean_query([(Occur.Must, query), (Occur.MustNot, unscored)])

    @property
    def num_docs(self) -> int:
        if self._count < 0:
            every = Query.term_query(self.schema, "kind", CLIP, "basic")
            self._count = self._how_many(every)
        return self._count

    def _how_many(self, query: Query) -> int:
        return int(self.search(query, 1).count or 0)

    def search(self, query: Query, limit: int = 10, **given: Any) -> Any:  # noqa: ANN401
        return self.inner.search(self._narrowed(query), limit, **given)

    def aggregate(self, query: Query, wanted: dict[str, Any]) -> Any:  # noqa: ANN401
        return self.inner.aggregate(self._narrowed(query), wanted)

    def doc(self, address: tantivy.DocAddress) -> tantivy.Document:
        return self.inner.doc(address)

    def doc_freq(self, name: str, value: str) -> int:
        """How many documents that are seen hold it; of a name whether any of them does."""
        if not self.inner.doc_freq(name, value):
            return 0
        if name == NAMES:
            word = value.rpartition(" ")[2]
            return int(any(self.doc_freq(*where(one, word)) for one in BOOSTS))
        return self._how_many(Query.term_query(self.schema, name, value, "basic"))

    def terms_with_prefix(
        self, name: str, prefix: str, query: Query | None = None, limit: int | None = None
    ) -> list[tuple[str, int]]:
        """Names are given as they are: whoever takes one asks for its `doc_freq`."""
        if name == NAMES:
            return cast("Any", self.inner).terms_with_prefix(name, prefix, limit=limit)  # type: ignore[no-any-return]
        every = query or Query.term_query(self.schema, "kind", CLIP, "basic")
        found = cast("Any", self.inner).terms_with_prefix(
            name, prefix, self._narrowed(every), limit
        )
        return [(str(value), int(count)) for value, count in found if count]
