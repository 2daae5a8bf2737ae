"""What `like:` asks for: the words that tell a clip, or a text, from the others.

Words are weighted by how often they stand there and how rare they are in the index (tf-idf, Salton
and Buckley, 1988), titles and tags before articles and captions. So a clip in another language is
found by the names that both have in a script, or that a term bridges; where the sentence encoder is
installed, also by what it means (`meanings`).
"""

from __future__ import annotations

import dataclasses
import heapq
import math
from itertools import islice
from typing import TYPE_CHECKING

from tantivy import Occur, Query

from mediacatalog.catalog import search_feed
from mediacatalog.catalog.sight import visible
from mediacatalog.search.asking import SHARED, Run
from mediacatalog.search.fields import BOOSTS
from mediacatalog.search.meanings import MOST as MOST_NEAR
from mediacatalog.search.meanings import passages
from mediacatalog.search.query import AllOf, AnyOf, Like, Not, Words
from mediacatalog.text import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import tantivy

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.search_texts import SearchDocument
    from mediacatalog.search import query as asked
    from mediacatalog.search.index import SearchIndex
    from mediacatalog.search.query import Node

MOST = 16
"""Words that are looked for."""
MOST_READ = 2000
"""Different words of it that are looked up."""
LONGEST_TEXT = 20_000
"""Characters of each part of a clip that are read."""
OFTEN = 0.1
"""Share of all clips above which a word says nothing (in an archive of some size)."""
ALWAYS = 20
"""Clips that a word may stand in, however small the archive is."""
LETTERS = 3
FEW = 8
"""Documents that the index counts of a word, up to which it may be the clip's own alone: what was
written of it before is counted, too, until files are merged."""


def resolve(
    catalogue: Catalogue, index: SearchIndex, searcher: tantivy.Searcher, query: asked.Query
) -> asked.Query:
    """The query with the words of what it wants likes of; a note names them."""
    if query.root is None:
        return query
    notes: list[str] = []
    look = _Look(catalogue, searcher, index)
    root = _resolved(query.root, lambda text: look.like(text, notes))
    if not notes:
        return query
    return dataclasses.replace(query, root=root, notes=(*query.notes, *notes))


def _resolved(node: Node, like: Callable[[str], Like]) -> Node:
    match node:
        case AllOf(parts):
            return AllOf(tuple(_resolved(one, like) for one in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_resolved(one, like) for one in parts))
        case Not(part):
            return Not(_resolved(part, like))
        case Like(text):
            return like(text)
        case _:
            return node


@dataclasses.dataclass(frozen=True, slots=True)
class _Look:
    catalogue: Catalogue
    searcher: tantivy.Searcher
    index: SearchIndex

    def like(self, text: str, notes: list[str]) -> Like:
        wanted = text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
        with self.catalogue.reading() as session:
            found = [one for one in search_feed.texts_of(session, [wanted]) if one.findable]
        weights: dict[str, float] = {}
        written: dict[str, str] = {}
        for boost, part in _parts(found[0]) if found else ((1.0, text),):
            for word in words(part[:LONGEST_TEXT]):
                weights[word.text] = weights.get(word.text, 0.0) + boost
                written.setdefault(word.text, part[word.start : word.end])
        itself = found[0].clip_id if found else ""
        chosen = self.rare(weights, itself)
        named = f"“{found[0].title}”" if found else "the text"
        said = ", ".join(written[word] for word in chosen[:8])
        notes.append(f"like {named}, by words that both have: {said or 'there are none'}")
        alike = self.index.meanings.near(passages(found[0]) if found else [wanted], itself)
        with self.catalogue.reading() as session:  # that a hidden one is near isn't told either
            seen = set(visible(session, [clip_id for clip_id, _ in alike]))
        near = [one for one in alike if one[0] in seen][:MOST_NEAR]
        if near:
            notes.append(f"like {named}, by what they mean, in other languages too")
        shared = tuple(Words(((word,),), written=word) for word in chosen)
        return Like(text, shared, itself, tuple(near))

    def rare(self, weights: dict[str, float], itself: str) -> list[str]:
        """The words that weigh most, of those that some other clip has."""
        count = max(self.searcher.num_docs, 1)
        most = max(ALWAYS, count * OFTEN)
        rated: dict[str, float] = {}
        own: set[str] = set()
        for word, weight in heapq.nlargest(MOST_READ, weights.items(), key=lambda pair: pair[1]):
            if len(word) < LETTERS and word.isascii():
                continue
            clips = max(self.searcher.doc_freq(field, word) for field in BOOSTS)
            if 1 <= clips <= most:
                rated[word] = (1 + math.log(weight)) * math.log(1 + count / clips)
            if clips <= FEW:
                own.add(word)
        ranked = sorted(rated, key=lambda word: (-rated[word], word))
        shared = (one for one in ranked if one not in own or self.elsewhere(one, itself))
        chosen = list(islice(shared, MOST))
        return [] if itself and len(chosen) < min(SHARED, len(weights)) else chosen

    def elsewhere(self, word: str, itself: str) -> bool:
        """Whether a clip has it besides this one."""
        schema = self.index.schema
        has = [(Occur.Should, Run((word,), "basic").query(schema, one)) for one in BOOSTS]
        own = Query.term_query(schema, "key", itself, "basic")
        others = [(Occur.Must, Query.boolean_query(has)), (Occur.MustNot, own)]
        return bool(self.searcher.search(Query.boolean_query(others), 1, count=False).hits)


def _parts(one: SearchDocument) -> Iterator[tuple[float, str]]:
    """(weight, text): each text of a clip, its words at least once."""
    yield 5.0, one.title
    yield 2.0, one.description
    for term in one.terms:
        yield 5.0, term.label
    for article in one.articles:
        yield 1.0, f"{article.title}\n{article.text}"
    yield 2.0, "\n".join(note.text for note in one.notes)
    for track in one.tracks:
        yield 1.0, track.text
