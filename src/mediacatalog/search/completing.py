"""What a half-typed query may become: terms of the vocabulary, properties, titles of clips."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import tantivy

from mediacatalog.catalog import search_feed, vocabulary
from mediacatalog.search import asking
from mediacatalog.search.facets import FEW_HITS, how_many
from mediacatalog.search.query import (
    FIELDS,
    KNOWN,
    MEASURES,
    QUOTES,
    SCOPES,
    AllOf,
    Query,
    as_read,
    parse,
)
from mediacatalog.search.seen import searcher_for
from mediacatalog.search.writing import DamagedIndexError, reading_index
from mediacatalog.text import fold
from mediacatalog.text.unspaced import SPACELESS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search.index import SearchIndex

LONGEST_NAME = 4
"""Words of a name that are looked up together."""
TITLES = 4
LONGEST = 200
"""Characters of a query that is still completed."""

EXCLUDED = re.compile(r"(?:^|\s)-\S*$")
_WORD = re.compile(rf"[^\s{QUOTES}]+")
_FIELD = re.compile(
    rf"(?P<name>{'|'.join((*FIELDS, *MEASURES, 'in'))}):[{QUOTES}]?(?P<value>[^{QUOTES}]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` is the whole query with it; a title has none, it leads to its clip."""

    kind: str
    """`tag`, `place` or another kind of term; `property`; `title`."""
    label: str
    text: str = ""
    via: str | None = None
    """The other name by which it was found."""
    count: int | None = None
    """Clips that carry a term; of more than `facets.FEW_HITS` roughly."""
    clip_id: str | None = None


def complete(
    catalogue: Catalogue, index: SearchIndex, typed: str, *, limit: int = 10
) -> list[Completion]:
    """Completions of the end of `typed`, the likeliest first; none of what is very long."""
    typed = typed.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    typed = as_read(typed).lstrip()
    if not typed or len(typed) > LONGEST:
        return []
    searcher = searcher_for(catalogue, index)
    used = None if searcher is None else _Uses(searcher, index.schema)
    try:
        with catalogue.reading() as session:
            found = list(_properties(session, typed, used))
            if not found or _last_field(typed) is None:
                terms = _distinct(_terms(session, typed, used))
                found += islice(terms, max(limit - TITLES - len(found), 1))
                found += _titles(session, searcher, index, typed)
    except DamagedIndexError as error:
        index.condemn(error)
        return []
    return list(islice(_distinct(found), limit))


@dataclass(frozen=True, slots=True)
class _Uses:
    """How many clips carry a term, by the index: in a time that doesn't grow with the clips."""

    searcher: tantivy.Searcher
    schema: tantivy.Schema

    @property
    def every(self) -> Any:  # noqa: ANN401 - with a method that its stubs don't know
        return getattr(self.searcher, "inner", self.searcher)

    def roughly(self, kind: str, slug: str) -> int:
        """Of all clips; some are gone, others are hidden."""
        return int(self.every.doc_freq(kind, slug))

    def closely(self, kind: str, slug: str) -> int:
        """Exactly; of many, for who sees all, with those that went since the files were merged."""
        about = self.roughly(kind, slug)
        if about > FEW_HITS and self.every is self.searcher:
            return about
        return how_many(self.searcher, tantivy.Query.term_query(self.schema, kind, slug, "basic"))

    def likely(self, kind: str | None, typed: str) -> list[str]:
        """Slugs of the most used that begin so: `vocabulary.ENOUGH` of each kind, or all."""
        start = "-".join(fold(typed).split())
        kinds = vocabulary.KINDS if kind is None else (kind,)
        return [
            str(slug)
            for name in kinds
            for slug, _ in self.every.terms_with_prefix(name, start, None, vocabulary.ENOUGH)
            if not slug.startswith("~")
        ]


def terms(
    catalogue: Catalogue, index: SearchIndex, typed: str, *, kind: str, limit: int = 10
) -> list[vocabulary.Suggestion]:
    """Terms of a kind of which some word of some name begins so, the most used first.

    Raises InvalidValueError for a kind that is none.
    """
    searcher = searcher_for(catalogue, index)
    used = None if searcher is None else _Uses(searcher, index.schema)
    with catalogue.reading() as session:
        try:
            return list(_suggested(session, typed, vocabulary.known_kind(kind), used, limit))
        except DamagedIndexError as error:
            index.condemn(error)
            return vocabulary.suggest(session, typed, kind=kind, limit=limit)


def _suggested(
    session: Session, typed: str, kind: str | None, used: _Uses | None, limit: int = 10
) -> Iterable[vocabulary.Suggestion]:
    """Terms, the most used first."""
    if used is None:
        return vocabulary.suggest(session, typed, kind=kind, limit=limit)
    with reading_index():
        likely = used.likely(kind, typed)
        found = vocabulary.suggest(
            session, typed, kind=kind, limit=limit, used=used.roughly, among=likely
        )
        counted = [replace(one, count=used.closely(one.kind, one.slug)) for one in found]
    return sorted(counted, key=lambda one: (-one.count, one.label))


def _distinct(found: Iterable[Completion]) -> Iterator[Completion]:
    """Each kind and label once, looked for no farther than they are taken."""
    seen: set[tuple[str, str]] = set()
    for one in found:
        if (one.kind, one.label) not in seen:
            seen.add((one.kind, one.label))
            yield one


def _last_field(typed: str) -> re.Match[str] | None:
    """A property at the end whose value is still open."""
    fields = [one for one in _FIELD.finditer(typed) if one.end() == len(typed)]
    last = fields[-1] if fields else None
    quoted = last and last.end() - len(last["value"]) > last.end("name") + 1
    return last if last and (quoted or " " not in last["value"]) else None


def _properties(session: Session, typed: str, used: _Uses | None) -> Iterator[Completion]:
    last = _last_field(typed)
    if last is None:
        start = typed.rsplit(maxsplit=1)[-1].removeprefix("-").casefold()
        if len(start) > 1 and typed[-1] not in QUOTES and not typed[-1].isspace():
            for name in (*FIELDS, *MEASURES, "in"):
                if name.startswith(start) and name != "language":
                    before = typed[: len(typed) - len(start)]
                    yield Completion("property", f"{name}:", f"{before}{name}:")
        return
    name, value, before = last["name"].lower(), last["value"].casefold(), typed[: last.start()]
    known = tuple(dict.fromkeys(SCOPES)) if name == "in" else KNOWN.get(name, ())
    for one in known:
        if one.startswith(value):
            yield Completion("property", f"{name}:{one}", f"{before}{name}:{one} ")
    if name in vocabulary.KINDS:
        for term in _suggested(session, last["value"], name, used):
            yield _term(before, name, term)


def _terms(session: Session, typed: str, used: _Uses | None) -> Iterator[Completion]:
    """Terms that begin with the last words, the most words first."""
    words = list(_WORD.finditer(typed))[-LONGEST_NAME:]
    if not words or words[-1].end() != len(typed):
        return
    for word in words:
        begin = word.start() + word[0].startswith("-")
        for term in _suggested(session, typed[begin:], None, used):
            yield _term(typed[:begin], term.kind, term)


def _term(before: str, kind: str, term: vocabulary.Suggestion) -> Completion:
    label = re.sub(f"[{QUOTES}]", " ", term.label)
    asked = f'{kind}:"{label}"' if " " in label else f"{kind}:{label}"
    return Completion(kind, term.label, f"{before}{asked} ", term.via, term.count)


def _titles(
    session: Session, searcher: tantivy.Searcher | None, index: SearchIndex, typed: str
) -> Iterator[Completion]:
    """None of one letter, with which too many begin, nor of what is excluded at the end.

    Raises DamagedIndexError.
    """
    if len(typed) == 1 and SPACELESS.match(typed) is None:
        return
    if EXCLUDED.search(typed):
        return
    parsed = parse(typed if typed[-1].isspace() else f"{typed}*")
    if searcher is None or parsed.root is None:
        return
    root = parsed.root if isinstance(parsed.root, AllOf) else AllOf((parsed.root,))
    asked = asking.ask(index.schema, Query(root, blank=False, notes=(), scope=frozenset({"title"})))
    with reading_index():
        found = searcher.search(asked, TITLES, count=False)
        ids = [str(searcher.doc(at).get_first("key")) for _, at in found.hits]
    titles = search_feed.titles_of(session, ids)
    for clip_id in ids:
        if clip_id in titles:
            yield Completion("title", titles[clip_id], clip_id=clip_id)
