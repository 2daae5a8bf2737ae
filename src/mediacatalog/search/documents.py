"""What a clip is in the index: the schema, and the document made from the catalogue's texts.

Words are given to the index ready made, each spelling at its place, so the index never folds by
itself. Keys of other forms (`stems`), of which no phrase is made, stand in fields of their own that
keep no places. Each track, label and article is a value of its own: a phrase can't straddle two.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from importlib.metadata import version
from itertools import count, repeat
from typing import TYPE_CHECKING

import tantivy

from mediacatalog.catalog.care import WARNINGS
from mediacatalog.search import measures, similar
from mediacatalog.search.fields import BOOSTS, forms_of
from mediacatalog.search.query import named_keys
from mediacatalog.search.results import FACETS, LENGTHS, NONE
from mediacatalog.text import FOLD_VERSION, Entries, entries, fold, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediacatalog.catalog.search_texts import SearchDocument, TermText

FACET_FIELDS = tuple(FACETS)
ACCESS, UNTIL, SHOWN_TO = "access", "until", "shown_to"
"""Who may see a clip that isn't open: CLOSED and its level (`catalog.sight.LEVELS`), when an
embargo ends, and the accounts to which a grant shows it as far as it is closed."""
CLOSED = "closed"
NUMBERS = ("duration", "created", "rev", "first_day", "last_day", UNTIL)
CELLS = "cells"
"""Names of the cells of the map that hold a place of the clip."""
MAPS = (4, 6, 8, 10, 12, 14, 16)
"""Halvings of the cells by which a map counts: of 22 degrees of longitude to 600 metres."""
TITLE_ORDER = "title_order"
"""The folded title, and the clip's id behind it, to sort by."""
TITLE_PARTS = tuple(f"title{number}" for number in range(6))
"""The beginning of TITLE_ORDER in numbers of TITLE_BYTES bytes each, to go on behind a title."""
TITLE_BYTES = 7
NUMBERED = ("newest", "latest", "earliest", "longest", "shortest")
"""Orders by a number (`_sort_keys`)."""
MONTH, DAY = "month", "day"
"""Of the recording, where they are known: `2017-11`, `2017-11-19`."""
NAMED = "named"
"""Properties as `tag:convoy`, by every label; what `tag:` in a query is compared with."""

CLIP, CURSOR, NAME = "clip", "cursor", "name"
LAST_TITLE = "\U0010ffff"
"""Comes after every title, for a clip that has none."""
LONGEST_VALUE = 200
"""Characters of a facet's value."""

DOCUMENT_VERSION = 19
"""Grows when documents are made differently though the schema is the same."""


def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("cursor", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(NAMED, tokenizer_name="raw", index_option="basic")
    for name in BOOSTS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
        builder.add_text_field(forms_of(name), tokenizer_name="whitespace", index_option="freq")
    for name in FACET_FIELDS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in (ACCESS, SHOWN_TO):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(CELLS, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(similar.NAMES, tokenizer_name="raw", index_option="basic")
    for name in (TITLE_ORDER, MONTH, DAY, *map(mapped, MAPS)):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in NUMBERS:
        builder.add_integer_field(name, indexed=True, fast=True)
    for name in (*map(sorted_by, NUMBERED), *TITLE_PARTS):
        builder.add_integer_field(name, fast=True)
    return builder.build()


def stamp() -> str:
    """Names everything that an index depends on; another stamp means another index."""
    parts = [
        list(BOOSTS),
        FACET_FIELDS,
        NUMBERS,
        NUMBERED,
        TITLE_PARTS,
        MAPS,
        DOCUMENT_VERSION,
        FOLD_VERSION,
    ]
    described = json.dumps([*parts, version("tantivy")])
    return hashlib.sha256(described.encode()).hexdigest()[:16]


def document(one: SearchDocument) -> tantivy.Document:
    """The index's document of a clip that can be found."""
    made = tantivy.Document()
    made.add_text("key", one.clip_id)
    made.add_text("kind", CLIP)
    _add_words(made, "title", [one.title])
    labels = [label for term in one.every_term for label in term.labels]
    _add_words(made, "tags", [*labels, *one.places])
    _add_words(made, "description", [one.description])
    _add_words(made, "notes", (note.text for note in one.notes))
    _add_words(made, "filename", one.names)
    articles = [text for article in one.articles for text in (article.title, article.text)]
    articles += [label for term in _accepted(one) for label in term.labels]
    articles += [name for article in one.articles for name in article.names]
    _add_words(made, "article", articles)
    _add_words(made, "captions", (track.text for track in one.tracks))
    days = _days(one)
    _add_words(made, "picture", dict.fromkeys(read.text for read in one.pictures))
    for name, value in _facet_values(one, days):
        made.add_text(name, value)
    for value in _named_values(one, days):
        made.add_text(NAMED, value)
    made.add_integer("duration", one.duration_ms)
    made.add_integer("created", one.created_us)
    made.add_integer("rev", one.rev)
    if one.access:
        _add_access(made, one)
    order = f"{fold(one.title)[:LONGEST_VALUE] or LAST_TITLE}\0{one.clip_id}"
    made.add_text(TITLE_ORDER, order)
    for name, key in (*_sort_keys(one, days), *zip(TITLE_PARTS, title_parts(order), strict=True)):
        made.add_integer(name, key)
    if days:
        made.add_integer("first_day", days[0])
        made.add_integer("last_day", days[1])
        month, day = measures.month_and_day(days)
        for name, value in ((MONTH, month), (DAY, day)):
            if value:
                made.add_text(name, value)
    for cell in dict.fromkeys(cell for point in one.points for cell in measures.cells_of(*point)):
        made.add_text(CELLS, cell)
        if len(cell) in MAPS:
            made.add_text(mapped(len(cell)), cell)
    return made


def _add_access(made: tantivy.Document, one: SearchDocument) -> None:
    """Of a clip that is closed."""
    for value in (CLOSED, one.access):
        made.add_text(ACCESS, value)
    for account_id in one.shown_to:
        made.add_text(SHOWN_TO, account_id)
    made.add_integer(UNTIL, one.until_us)


def name_words(one: SearchDocument) -> set[str]:
    """The words of all names by which the clip's terms, and those of its articles, go."""
    labels = {label for term in (*one.every_term, *_accepted(one)) for label in term.labels}
    labels |= {name for article in one.articles for name in article.names}
    labels |= {*one.places}
    return {word for label in labels for word in _words_of_name(label)}


@lru_cache(maxsize=16_384)
def _words_of_name(label: str) -> tuple[str, ...]:
    spellings = (one for word in words(label) for one in (word.text, *word.variants))
    return tuple(one for one in dict.fromkeys(spellings) if similar.fits(one))


def name_document(word: str) -> tantivy.Document:
    """An entry of the index's own dictionary of names. It stays when its clips go."""
    made = tantivy.Document()
    made.add_text("key", named(NAME, word))
    made.add_text("kind", NAME)
    for entry in similar.entries(word):
        made.add_text(similar.NAMES, entry)
    return made


def mapped(halvings: int) -> str:
    """The field with the names of the cells of this size."""
    return f"map{halvings}"


def cursor_document(rev: int, clip_id: str) -> tantivy.Document:
    """Says up to where the catalogue was read; committed together with what was read."""
    made = tantivy.Document()
    made.add_text("key", CURSOR)
    made.add_text("kind", CURSOR)
    made.add_text("cursor", json.dumps([rev, clip_id]))
    return made


def sorted_by(order: str) -> str:
    """The field that an order of NUMBERED goes by."""
    return f"by_{order}"


def title_parts(order: str) -> list[int]:
    """What TITLE_PARTS hold of a value of TITLE_ORDER: sorted as it is, as far as they go."""
    begins = order.encode("utf-8", "replace").ljust(TITLE_BYTES * len(TITLE_PARTS), b"\0")
    return [
        int.from_bytes(begins[TITLE_BYTES * n : TITLE_BYTES * (n + 1)])
        for n in range(len(TITLE_PARTS))
    ]


def _sort_keys(one: SearchDocument, days: measures.Span | None) -> list[tuple[str, int]]:
    """The field of each of NUMBERED with its number, of at most 62 bits.

    The value itself, and below it bits that are the clip's own, so that no two clips have the same.
    What isn't known of a clip puts it last.
    """
    own = int.from_bytes(hashlib.blake2b(one.clip_id.encode(), digest_size=8).digest())
    day = None if days is None else min(max(days[0], 0), 2**22 - 3) + 1
    length = min(one.duration_ms, 2**31 - 3) + 1 if one.duration_ms else None
    values = {
        "newest": (one.created_us, 10),
        "latest": (day or 0, 40),
        "earliest": (2**22 - 1 if day is None else day, 40),
        "longest": (length or 0, 31),
        "shortest": (length or 2**31 - 1, 31),
    }
    return [
        (sorted_by(name), (value << bits) | (own & ((1 << bits) - 1)))
        for name, (value, bits) in values.items()
    ]


def named(name: str, value: str) -> str:
    """How a property is written in the index."""
    return f"{name}:{value}"


def _add_words(made: tantivy.Document, name: str, texts: Iterable[str]) -> None:
    """Each text as a value.

    The index splits a text at spaces at a thirtieth of what tokens cost, so there are tokens only
    of texts with a word that is written in several ways.
    """
    forms: list[str] = []
    for text in texts:
        found = entries(text)
        forms += found.forms
        if found.also:
            ready = tantivy.PreTokenizedString("", _tokens(found))
            made.add_pre_tokenized_text(name, ready)
        elif found.words:
            made.add_text(name, " ".join(found.words))
    if forms:
        made.add_text(forms_of(name), " ".join(forms))


def _tokens(found: Entries) -> list[tantivy.Token]:
    """All spellings of a word at its place, places in order."""
    token = tantivy.Token
    nowhere = repeat(0)
    tokens: list[tantivy.Token] = []
    done = 0
    for place, others in found.also:
        tokens += map(token, found.words[done : place + 1], count(done), nowhere, nowhere)
        tokens += [token(other, place, 0, 0) for other in others]
        done = place + 1
    tokens += map(token, found.words[done:], count(done), nowhere, nowhere)
    return tokens


def _languages(one: SearchDocument) -> list[str]:
    """The clip's own language, and those in which it can be read."""
    found = [one.language.strip(), *(track.language or "" for track in one.tracks)]
    return [language for language in dict.fromkeys(found) if language]


def _accepted(one: SearchDocument) -> list[TermText]:
    """What people accepted of what the clip's articles name: found, but no facet of the clip."""
    return [term for article in one.articles for term in article.terms]


def _facet_values(one: SearchDocument, days: measures.Span | None) -> list[tuple[str, str]]:
    values = [(term.kind, term.slug) for term in one.every_term if term.kind in FACET_FIELDS]
    values += [
        ("source", one.source.strip()),
        *(("language", language) for language in _languages(one)),
        ("codec", one.codec.strip()),
        ("state", one.state),
        ("year", _year(days)),
        ("length", _length(one)),
        ("size", _size(one)),
        *(("warning", kind) for kind in one.warnings),
        ("camera", one.camera),
        ("rights", one.rights),
        ("review", one.review.state),
        *(("collection", key) for key, _ in one.collections),
    ]
    cut = dict.fromkeys((name, value[:LONGEST_VALUE]) for name, value in values if value)
    has = {name for name, _ in cut}
    return [*cut, *((name, NONE) for name in FACET_FIELDS if name not in has)]


def _named_values(one: SearchDocument, days: measures.Span | None) -> list[str]:
    values = [
        (term.kind, label)
        for term in (*one.every_term, *_accepted(one))
        for label in (term.slug, *term.labels, *term.above)
    ]
    values += [
        *(("place", name) for name in one.places),
        ("source", one.source),
        *(("language", language) for language in _languages(one)),
        *(("language", language.partition("-")[0]) for language in _languages(one)),
        ("codec", one.codec),
        ("state", one.state),
        *(("warning", name) for kind in one.warnings for name in (kind, WARNINGS[kind])),
        ("camera", one.camera),
        ("rights", one.rights),
        ("review", one.review.state),
        ("assignee", one.review.assignee),
        *(("collection", name) for _, name in one.collections),
    ]
    keys = [named(name, key) for name, value in values for key in named_keys(value)]
    keys += [named("has", what) for what in _has(one, days)]
    keys += [named("is", what) for what in _is(one)]
    return list(dict.fromkeys(keys))


def _days(one: SearchDocument) -> measures.Span | None:
    """None of a clip of which only is known that it was recorded before some day: all were."""
    if one.first_day is None:
        return measures.recorded(one.recorded_at)
    last = one.last_day.toordinal() if one.last_day else measures.OPEN
    return one.first_day.toordinal(), last


def _year(days: measures.Span | None) -> str:
    year = measures.year_of(days) if days else None
    return "" if year is None else f"{year:04d}"


def _length(one: SearchDocument) -> str:
    if not one.duration_ms:
        return ""
    fitting = (name for name in LENGTHS if name.isdigit() and one.duration_ms <= int(name) * 60_000)
    return next(fitting, "long")


def _size(one: SearchDocument) -> str:
    shorter, longer = sorted((one.width, one.height))
    if not shorter:
        return ""
    if shorter >= 2160 or longer >= 3840:
        return "4k"
    return "full-hd" if shorter >= 1080 else "hd" if shorter >= 720 else "sd"


def _has(one: SearchDocument, days: measures.Span | None) -> list[str]:
    """Which of `query.HAS` the clip has."""
    kinds = {term.kind for term in one.every_term}
    found = {
        "captions": one.tracks,
        "machine-captions": any(track.label for track in one.tracks),
        "article": one.articles,
        "tags": "tag" in kinds,
        "places": one.places or "place" in kinds,
        "description": one.description,
        "notes": one.notes,
        "picture-text": one.pictures,
        "sound": one.audible,
        "date": days,
        "position": one.points,
        "rights": one.rights,
        "people-at-risk": one.at_risk,
    }
    return [what for what, has in found.items() if has]


def _is(one: SearchDocument) -> list[str]:
    """Which of `query.IS` the clip is."""
    size = _size(one)
    found = {
        "undescribed": not one.described,
        "second-look": one.review.second_look is not None,
        "vertical": one.width < one.height,
        "horizontal": one.width > one.height,
        "square": 0 < one.width == one.height,
        "silent": not one.audible,
        "sd": size == "sd",
        "hd": size not in ("", "sd"),
        "4k": size == "4k",
    }
    return [what for what, is_so in found.items() if is_so]
