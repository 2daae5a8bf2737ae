"""The index as one viewer sees it: what is hidden from them is in no hit, count or dictionary.

The condition stands in each query that goes to the index, as `catalog.sight` puts it into each
statement that goes to the database. The index lags behind by a moment: clips that were changed
since, and are hidden now, are left out by their ids.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import tantivy
from tantivy import FieldType, Occur, Query

from mediacatalog.catalog import sight as seeing
from mediacatalog.search.documents import ACCESS, CLIP, CLOSED, SHOWN_TO, UNTIL
from mediacatalog.search.fields import BOOSTS, where
from mediacatalog.search.similar import NAMES
from mediacatalog.search.writing import cursor_in, reading_index
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.sight import Sight
    from mediacatalog.search.index import SearchIndex


EVERYTHING = "everything"
"""The eyes of who sees all of an index."""


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
        read = cursor_in(searcher)
    with catalogue.reading() as session:
        lag = seeing.lag(session, catalogue.sight, *read)
    sight = catalogue.sight
    if sight.account_id and not searcher.doc_freq(SHOWN_TO, sight.account_id):
        sight = replace(sight, account_id="")  # sees what all without a grant see
    if not lag.hidden and not searcher.doc_freq(ACCESS, _closed(sight)):
        return cast("tantivy.Searcher", Seen(searcher, index.schema, None, EVERYTHING))
    hidden = _hidden(index.schema, sight, lag)
    # What is hidden by its document alone is so in every view; the rest holds for this moment.
    lasting = not lag.hidden and not lag.shown and lag.ended is not None
    eyes = (sight, lag.ended) if lasting else None
    return cast("tantivy.Searcher", Seen(searcher, index.schema, hidden, eyes))


def keep(index: SearchIndex, searcher: tantivy.Searcher) -> str:
    """The name by which `searcher_for` gives this view of the index once more."""
    return index.keep(whole(searcher))


def shows_scores(searcher: tantivy.Searcher) -> bool:
    """Scores tell how many clips hold a word, those that are hidden among them."""
    return not isinstance(searcher, Seen)


def eyes_of(searcher: tantivy.Searcher) -> Hashable:
    """Two that are the same, and not None, see the same of any view of the index."""
    return EVERYTHING if shows_scores(searcher) else cast("Any", searcher).eyes


def through(searcher: tantivy.Searcher, view: tantivy.Searcher) -> tantivy.Searcher:
    """Another view of the whole index, with the eyes of the first."""
    if shows_scores(searcher):
        return view
    return cast("tantivy.Searcher", replace(cast("Any", searcher), inner=view, _count=-1))


def whole(searcher: tantivy.Searcher) -> tantivy.Searcher:
    """Of the whole index: it tells what an answer costs, and nothing that one may tell."""
    return searcher if shows_scores(searcher) else cast("Any", searcher).inner


def size(searcher: tantivy.Searcher) -> int:
    """Documents of the whole index."""
    return whole(searcher).num_docs


def _hidden(schema: tantivy.Schema, sight: Sight, lag: seeing.Lag) -> Query:
    """What is closed to who asks, and shown by no grant; clips of the lag as it says."""
    parts = [(Occur.Must, Query.term_query(schema, ACCESS, _closed(sight), "basic"))]
    if sight.account_id:
        granted = Query.term_query(schema, SHOWN_TO, sight.account_id, "basic")
        parts.append((Occur.MustNot, granted))
    if lag.shown:
        parts.append((Occur.MustNot, _keys(schema, lag.shown)))
    if lag.ended is None or lag.ended:
        parts.append((Occur.MustNot, _ended(schema, lag.ended)))
    hidden = Query.boolean_query(parts)
    if not lag.hidden:
        return hidden
    either = [(Occur.Should, hidden), (Occur.Should, _keys(schema, lag.hidden))]
    return Query.boolean_query(either)


def _closed(sight: Sight) -> str:
    """What the documents of all that may be hidden say."""
    return seeing.SEALED if sight.restricted else CLOSED


def _keys(schema: tantivy.Schema, clip_ids: Sequence[str]) -> Query:
    return Query.term_set_query(schema, "key", list(clip_ids))


def _ended(schema: tantivy.Schema, known: Sequence[str] | None) -> Query:
    """What was under an embargo, and is open now."""
    now = int(utc_now().timestamp() * 1_000_000)
    over = (
        Query.range_query(schema, UNTIL, FieldType.Integer, 0, now)
        if known is None
        else _keys(schema, known)
    )
    under = Query.term_query(schema, ACCESS, seeing.EMBARGO, "basic")
    return Query.boolean_query([(Occur.Must, under), (Occur.Must, over)])


@dataclass(slots=True)
class Seen:
    """What is used of a `tantivy.Searcher`, without what is hidden."""

    inner: tantivy.Searcher
    schema: tantivy.Schema
    hidden: Query | None
    """None: there is nothing."""
    eyes: Hashable = None
    """The same for all who see the same of any view of the index; None: of this one alone."""
    _count: int = field(default=-1)

    def _narrowed(self, query: Query) -> Query:
        if self.hidden is None:
            return query
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
