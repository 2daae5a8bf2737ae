"""The query language: every text is a query, none is an error.

ferry crossing        both words, anywhere in what is known of a clip
"ferry crossing"      the phrase, also across two cues
ferry OR bridge       either one; OR binds closer than the space
-night                without the word (or phrase, or field)
ferr*                 words that begin so
tag:convoy place:"deir ezzor" lang:ar codec:h264 state:ready source:AP
has:captions is:vertical
duration:>5m duration:30s..2m
date:2017-11 date:2017-11-09..2017-11-19
near:34.45,40.92~20km
like:CLIP             clips that share rare words with that clip, or with like:"a text"
in:captions           the words must stand in captions; or in:title, in:article and so on
-in:article           or anywhere else

Anything else is plain text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from mediacatalog.search import measures
from mediacatalog.text import forms, spellings, together, units
from mediacatalog.text.languages import bcp47
from mediacatalog.text.unspaced import LETTER_WITH_MARKS, NOTHING, SPACELESS, joined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mediacatalog.text import Word

AS_ELSEWHERE = {
    "AND": "AND is left out: all words are looked for anyway",
    "NOT": "NOT is looked for as a word; -word leaves one out",
}
"""What other searches take for operators, and what is said of it."""
LONGEST_QUERY = 2000
"""Characters."""
MOST_CLAUSES = 32
LONGEST_PHRASE = 32
"""Words."""
LONGEST_WORD = 64
"""Letters."""
LONGEST_KEY = 200

FIELDS = {
    "tag": "tag",
    "place": "place",
    "person": "person",
    "group": "group",
    "source": "source",
    "lang": "language",
    "language": "language",
    "codec": "codec",
    "camera": "camera",
    "rights": "rights",
    "review": "review",
    "assignee": "assignee",
    "collection": "collection",
    "state": "state",
    "warning": "warning",
    "has": "has",
    "is": "is",
}
HAS = (
    "captions",
    "machine-captions",
    "article",
    "tags",
    "places",
    "description",
    "notes",
    "picture-text",
    "sound",
    "date",
    "position",
    "rights",
    "people-at-risk",
)
IS = ("undescribed", "second-look", "vertical", "horizontal", "square", "silent", "sd", "hd", "4k")
KNOWN = {"has": HAS, "is": IS}
"""What may be asked of these two: everything else after them is text."""

MEASURES = ("duration", "date", "near", "like")
SCOPES = {
    "captions": "captions",
    "caption": "captions",
    "transcript": "captions",
    "title": "title",
    "tags": "tags",
    "description": "description",
    "notes": "notes",
    "note": "notes",
    "picture": "picture",
    "article": "article",
    "names": "filename",
    "filename": "filename",
}
"""What `in:` takes, and the field of the index that it means."""

NOT_WORDS = re.compile(r"[\W_]+")
UNSEEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Marks of direction, which come with what is copied: none stands before a minus or in a date."""
WIDE = str.maketrans("：－−＊", ":--*")
"""What keyboards for Chinese and Japanese put in place of these, and a minus that isn't ASCII."""
GROWING = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Burmese, Khmer: a letter may get marks, with which it is another one."""
QUOTES = '"“”„‟«»＂'
ABBREVIATED = r'(?<=[א-ת])["“”](?=[א-ת](?![א-ת]))'
"""No quotation mark, but a Hebrew abbreviation's, before its last letter."""
CLAUSE = re.compile(
    rf"""
    (?P<minus>-(?=[^\s-]))?
    (?:(?P<field>{"|".join((*FIELDS, *MEASURES, "in"))}):
       (?=[^\s{QUOTES}]|[{QUOTES}][^{QUOTES}]+[{QUOTES}]))?
    (?: [{QUOTES}](?P<phrase>(?:[^{QUOTES}]|{ABBREVIATED})*)[{QUOTES}]
      | (?P<chunk>(?:[^\s{QUOTES}]|{ABBREVIATED})+)
      | [{QUOTES}] )
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Words:
    """A word or a phrase in one of several spellings: runs of words that follow each other."""

    runs: tuple[tuple[str, ...], ...]
    forms: tuple[str, ...] = field(default=(), compare=False)
    """Under what other forms of a single word are found, at a lower rank; a phrase has none."""
    written: str = field(default="", compare=False)
    """`as_typed`."""
    loose: bool = field(default=False, compare=False)
    """Whether it was typed without quotation marks."""
    similar: tuple[str, ...] = field(default=(), compare=False)
    """Names that it may be a slip for (`similar.widen`)."""
    names: tuple[tuple[str, ...], ...] = field(default=(), compare=False)
    """Other names of the place or group that is asked for (`called.widen`)."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """A word that begins with one of these."""

    starts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A property that the clip has: `name` is a facet's, `keys` are spellings of its value."""

    name: str
    keys: tuple[str, ...]
    prefix: bool


@dataclass(frozen=True, slots=True)
class Lasting:
    """A clip as long as this, in milliseconds; both ends are within."""

    span: measures.Span


@dataclass(frozen=True, slots=True)
class Dated:
    """A clip that may have been recorded on one of these days (proleptic Gregorian ordinals)."""

    span: measures.Span


@dataclass(frozen=True, slots=True)
class Near:
    """A clip that was recorded, or shows a place, in this circle."""

    circle: measures.Circle


@dataclass(frozen=True, slots=True)
class Like:
    """A clip that shares rare words with a clip or a text; `liking.resolve` says which words."""

    text: str
    words: tuple[Words, ...] = ()
    besides: str = ""
    """Id of the clip that it is to be like."""
    near: tuple[tuple[str, float], ...] = ()
    """(id, cosine) of clips that mean much the same."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A clip that another question finds, which is narrowed by facets; see `readying`."""

    query: Query
    filters: Mapping[str, tuple[str, ...]] = field(hash=False)


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


Leaf = Words | Prefix | Named | Lasting | Dated | Near | Like | Asking
Node = Leaf | AllOf | AnyOf | Not


@dataclass(frozen=True, slots=True)
class Query:
    """`root` is None when the text holds nothing to look for; `blank` when it is only spaces."""

    root: Node | None
    blank: bool
    notes: tuple[str, ...]
    scope: frozenset[str] = frozenset()
    """Fields of the index in which words are looked for; empty: in all."""

    def leaves(self) -> list[Leaf]:
        """What is looked for, in order; what must not be there is left out."""
        return [] if self.root is None else _leaves(self.root)

    def conditions(self) -> list[Node]:
        """What every hit fulfils: not what is one of several, nor what must not be there."""
        if isinstance(self.root, AllOf):
            return [*self.root.parts]
        return [] if self.root is None else [self.root]


def _leaves(node: Node) -> list[Leaf]:
    match node:
        case AllOf(parts) | AnyOf(parts):
            return [leaf for part in parts for leaf in _leaves(part)]
        case Not() | Asking():
            return []
        case Like(words=shared):
            return [*shared]
        case _:
            return [node]


@dataclass(slots=True)
class _Clause:
    node: Node
    word: str | None = None
    """What was typed, when it is a plain word that may be one with the next."""


@dataclass(slots=True)
class _Reader:
    notes: list[str] = field(default_factory=list)
    scope: set[str] = field(default_factory=set)
    besides: set[str] = field(default_factory=set)
    """Where words aren't looked for."""

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def clause(self, found: re.Match[str]) -> _Clause | None:
        name, phrase, chunk = found["field"], found["phrase"], found["chunk"]
        text = phrase if phrase is not None else (chunk or "")
        if any(len(word) > LONGEST_WORD for word in text.split()):
            self.note(f"words are compared by their first {LONGEST_WORD} letters")
        if name is not None and name.lower() == "in":
            where = self.besides if found["minus"] else self.scope
            if self.scoped(text, where):
                return None
        node: Node | None = None
        if name is not None:
            node = self.property(name.lower(), text.strip())
            if node is None and phrase is None:
                text = found[0].removeprefix("-")
        if node is None and phrase is None and text.endswith("*"):
            node = self.prefix(text.rstrip("*"))
        if node is None:
            node = self.words(text, with_forms=phrase is None)
        if node is None:
            return None
        if found["minus"]:
            return _Clause(Not(node))
        plain = isinstance(node, Words) and phrase is None and name is None
        return _Clause(node, text if plain else None)

    def property(self, name: str, text: str) -> Node | None:
        """What a field asks for; None, with a note where one helps, if it is read as text."""
        if name in KNOWN:
            if text.casefold() in KNOWN[name]:
                return Named(name, (text.casefold(),), prefix=False)
            self.note(f"{name}: is followed by one of {', '.join(KNOWN[name])}")
            return None
        if name in FIELDS:
            return _named(FIELDS[name], text)
        if name == "in":
            return None
        found, form = _measured(name, text)
        if found is None:
            self.note(f"{name}: is followed by {form}")
        return found

    def scoped(self, text: str, where: set[str]) -> bool:
        """Take `in:captions` in; False if it is text."""
        chosen = [SCOPES.get(one) for one in text.casefold().split(",")]
        if None in chosen:
            self.note(f"in: is followed by one of {', '.join(SCOPES)}")
            return False
        where.update(one for one in chosen if one)
        return True

    def fields(self) -> frozenset[str]:
        """`Query.scope`."""
        if not self.besides:
            return frozenset(self.scope)
        left = (self.scope or {*SCOPES.values()}) - self.besides
        if not left:
            self.note("in: leaves nothing to look in, and was left out")
        return frozenset(left)

    def words(self, text: str, *, with_forms: bool = False) -> Words | None:
        runs = [run for run in spellings(text) if run]
        if not runs:
            return None
        if len(runs[0]) > LONGEST_PHRASE:
            self.note(f"only the first {LONGEST_PHRASE} words of a phrase are looked for")
        every = tuple(dict.fromkeys(run[:LONGEST_PHRASE] for run in runs))
        return Words(every, forms(text) if with_forms else (), as_typed(text), with_forms)

    def prefix(self, text: str) -> Node | None:
        found = units(text)
        if not found:
            return None
        last = found[-1].words[-1]
        if SPACELESS.match(text, last.start):
            return self.letters(text, found[-1].words)
        keys = (last.text, *last.variants, *last.offered)
        begin = Prefix(tuple(key for key in keys if key[0] not in "~="))
        before = self.words(text[: last.start])
        if before is None:
            return begin
        apart = AllOf((before, begin))
        joined = tuple(run[0] for run in together(text) if len(run) == 1)
        return AnyOf((apart, Prefix(joined))) if joined else apart

    def letters(self, text: str, row: Sequence[Word]) -> Node | None:
        """A beginning in a script that is looked for by pairs of letters: all of them in a row."""
        last = row[-1]
        if not GROWING.search(last.text):
            return self.words(text)
        *_, letter = LETTER_WITH_MARKS.finditer(text, last.start, last.end)
        before = self.words(text[: letter.start() if len(row) > 1 else last.start])
        begin = Prefix((last.text,))
        return begin if before is None else AllOf((before, begin))


def _measured(name: str, text: str) -> tuple[Node | None, str]:
    """(what one of MEASURES asks for, how it is written)."""
    match name:
        case "duration":
            length = measures.milliseconds(text)
            return length and Lasting(length), ">5m, 30s..2m or <1:30"
        case "date":
            days = measures.days(text)
            return days and Dated(days), "2017, 2017-11, 2017-11-09..2017-11-19 or >2017"
        case "like":
            return Like(text) if text else None, "the id of a clip, or a text in quotation marks"
        case _:
            area = measures.circle(text)
            return Near(area) if area else None, "34.45,40.92~20km"


def _named(name: str, text: str) -> Named | None:
    """`lang:Arabic` and `lang:ara` ask for `ar`."""
    code = bcp47(text) if name == "language" else None
    keys = named_keys(code or text)
    return Named(name, keys, prefix=text.endswith("*")) if keys else None


def as_typed(text: str) -> str:
    """What tells a word as it was typed from its other spellings: small letters, no punctuation."""
    text = joined(unicodedata.normalize("NFC", text)).replace(NOTHING, "")
    return NOT_WORDS.sub(" ", text.casefold()).strip()


@lru_cache(maxsize=16_384)
def named_keys(value: str) -> tuple[str, ...]:
    """What a tag or source is compared by: its spellings, each without spaces."""
    return tuple(dict.fromkeys("".join(run)[:LONGEST_KEY] for run in spellings(value)))


def _as_one(first: _Clause, second: _Clause) -> _Clause | None:
    """`al bukamal`, `T 72`, `122 mm` ask for both words, or for what is written as one."""
    if first.word is None or second.word is None:
        return None
    typed = f"{first.word} {second.word}"
    if not (runs := together(typed)):
        return None
    apart = AllOf((first.node, second.node))
    joined = [run[0] for run in runs if len(run) == 1]
    shown = forms(joined[0]) if len(joined) == 1 else ()
    return _Clause(AnyOf((apart, Words(tuple(runs), shown))), typed)


def _joined(before: list[list[_Clause]], clause: _Clause) -> _Clause | None:
    """The clause with those before it that it is one thing with; these are taken off `before`."""
    found = None
    while before and len(before[-1]) == 1 and (both := _as_one(before[-1][0], clause)):
        before.pop()
        found = clause = both
    return found


def as_read(text: str) -> str:
    """The text without what nobody sees, and with the signs of properties as they're known."""
    return UNSEEN.sub("", text).translate(WIDE)


def parse(text: str) -> Query:
    """The query that a text means. Never raises; `notes` say what was cut."""
    reader = _Reader()
    text = as_read(text)
    if len(text) > LONGEST_QUERY:
        text = text[:LONGEST_QUERY]
        reader.note(f"only the first {LONGEST_QUERY} characters were read")
    groups: list[list[_Clause]] = []
    alternative = False
    count = 0
    for found in CLAUSE.finditer(text):
        if found[0] == "OR":
            alternative = bool(groups)
            continue
        if found[0] in AS_ELSEWHERE and groups and not text.isupper():
            reader.note(AS_ELSEWHERE[found[0]])
            if found[0] == "AND":
                continue
        if count == MOST_CLAUSES:
            reader.note(f"only the first {MOST_CLAUSES} words were looked for")
            break
        clause = reader.clause(found)
        if clause is None:
            continue
        count += 1
        if alternative:
            groups[-1].append(clause)
        else:
            groups.append([_joined(groups, clause) or clause])
        alternative = False
    blank = not text.strip()
    if not groups and not blank:
        reader.note("the query holds no word to look for")
    scope = reader.fields()
    return Query(_root(groups), blank, tuple(reader.notes), scope)


def _root(groups: list[list[_Clause]]) -> Node | None:
    parts = [
        group[0].node if len(group) == 1 else AnyOf(tuple(clause.node for clause in group))
        for group in groups
    ]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def replaced(text: str, name: str, value: str = "") -> str:
    """The query with what it asks of one property (`near`, `date`) put anew; without a value, none.

    What is excluded stays excluded, and what is one of several (OR) stays one of them: the value
    narrows all that was found.
    """
    every = [*CLAUSE.finditer(as_read(text))]
    while every and every[-1][0] == "OR":
        every.pop()
    said = ["", *(found[0] for found in every), ""]
    kept = [
        found[0]
        for number, found in enumerate(every, start=1)
        if found["minus"]
        or found["field"] is None
        or found["field"].lower() != name
        or "OR" in (said[number - 1], said[number + 1])
    ]
    return " ".join([*kept, f"{name}:{value}"] if value else kept)
