"""The vocabulary as files: CSV for spreadsheets, SKOS in Turtle for other catalogues; out and in.

A file adds what the vocabulary hasn't: terms, names, notes where there is none, broader terms.
Nothing is taken away or written over. https://www.w3.org/TR/skos-reference/, /turtle/.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediacatalog.catalog import edits, thesaurus, vocabulary
from mediacatalog.errors import InvalidValueError
from mediacatalog.values import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.thesaurus import Entry

COLUMNS = ("id", "kind", "label", "language", "names", "broader", "note")
MOST = 20_000
"""Terms of a file."""
SKOS = "http://www.w3.org/2004/02/skos/core#"
_FORMULA = re.compile(r"^'?[=+@\t\r-]")
"""What a spreadsheet might run; such a cell begins with an apostrophe."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A term as a file has it; `broader` are labels or keys of others."""

    key: str
    kind: str
    label: str
    language: str | None
    names: tuple[tuple[str, str | None], ...]
    broader: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Taken:
    terms: int
    changes: int


def language(text: str) -> str | None:
    """A language tag, or nothing. Raises InvalidValueError."""
    return edits.clean("language", text) or None


# --- out ------------------------------------------------------------------------------------------


def as_csv(every: Sequence[Entry]) -> str:
    """A row for each term; names as `name@language|name`, terms above by their labels."""
    labels = {one.id: one.label for one in every}
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for one in every:
        names = "|".join(_with_language(name.label, name.language) for name in one.aliases)
        broader = "|".join(labels[key] for key in one.broader if key in labels)
        row = (one.id, one.kind, one.label, one.language or "", names, broader, one.scope_note)
        writer.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in row])
    return "\ufeff" + out.getvalue()


def _with_language(label: str, tag: str | None) -> str:
    return f"{label}@{tag}" if tag else label


def as_turtle(every: Sequence[Entry], base: str) -> str:
    """Concepts at the addresses of their pages below `base`, each in the scheme of its kind."""
    known = {one.id for one in every}
    lines = [f"@prefix skos: <{SKOS}> .", ""]
    for one in every:
        said = [f"skos:inScheme <{base}tags#{one.kind}>", f"skos:notation {_literal(one.slug)}"]
        said.append(f"skos:prefLabel {_literal(one.label, one.language)}")
        said += [f"skos:altLabel {_literal(name.label, name.language)}" for name in one.aliases]
        said += [f"skos:broader <{base}tags/{key}>" for key in one.broader if key in known]
        if one.scope_note:
            said.append(f"skos:scopeNote {_literal(one.scope_note)}")
        lines += [
            f"<{base}tags/{one.id}> a skos:Concept ;",
            "    " + " ;\n    ".join(said) + " .",
            "",
        ]
    return "\n".join(lines)


def _literal(text: str, tag: str | None = None) -> str:
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    )
    return f'"{escaped}"@{tag}' if tag else f'"{escaped}"'


# --- in -------------------------------------------------------------------------------------------


def read(data: bytes, name: str) -> list[Wanted]:
    """The terms of a file, CSV or Turtle. Raises InvalidValueError."""
    if not data:
        raise InvalidValueError("file", "is empty, or none was chosen")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidValueError("file", "isn't UTF-8") from error
    turtle = name.lower().endswith((".ttl", ".turtle")) or SKOS in text[:4000]
    found = list(_of_turtle(text) if turtle else _of_csv(text))
    if len(found) > MOST:
        raise InvalidValueError("file", f"holds more than {MOST} terms")
    return found


def _of_csv(text: str) -> Iterator[Wanted]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    if not rows.fieldnames or "label" not in rows.fieldnames:
        raise InvalidValueError(
            "file", f"has no column “label”; its columns are {', '.join(COLUMNS)}"
        )
    for row in rows:
        cell = {key: (row.get(key) or "").strip() for key in COLUMNS}
        cell = {
            key: one[1:] if _FORMULA.match(one) and one[0] == "'" else one
            for key, one in cell.items()
        }
        if cell["label"]:
            yield Wanted(
                cell["id"], cell["kind"] or "tag", cell["label"], language(cell["language"]),
                tuple(_name(one) for one in cell["names"].split("|") if one.strip()),
                tuple(one.strip() for one in cell["broader"].split("|") if one.strip()),
                cell["note"],
            )  # fmt: skip


def _name(text: str) -> tuple[str, str | None]:
    label, at, tag = text.strip().rpartition("@")
    return (label, tag) if at and edits.LANGUAGE.fullmatch(tag) else (text.strip(), None)


TOKEN = re.compile(
    r'''(?P<space>\s+|\#[^\n]*)
    | (?P<long>"""(?:[^"\\]|\\.|"(?!""))*""") | (?P<short>"(?:[^"\\\n]|\\.)*")
    | (?P<iri><[^<>"{}|^`\\\s]*>) | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*) | (?P<type>\^\^)
    | (?P<point>[;,.](?!\w)) | (?P<name>(?:[\w.-]*\w)?:(?:[\w.%-]*[\w%-])?|\w+)''',
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}

Triple = tuple[str, str, str, str | None]
"""(subject, property, object, language of a text)."""


def _of_turtle(text: str) -> Iterator[Wanted]:
    """Concepts of a Turtle file without blank nodes and lists."""
    said: dict[str, dict[str, list[tuple[str, str | None]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for subject, verb, value, tag in _triples(text):
        said[subject][verb.removeprefix(SKOS)].append((value, tag))
    above: dict[str, list[str]] = defaultdict(list)
    for subject, properties in said.items():
        above[subject] += [value for value, _ in properties["broader"]]
        for value, _ in properties["narrower"]:
            above[value].append(subject)
    for subject, properties in said.items():
        preferred = sorted(properties["prefLabel"], key=lambda one: (one[1] != "en", one[1] or ""))
        if not preferred:
            continue
        scheme = properties["inScheme"][0][0].rpartition("#")[2] if properties["inScheme"] else ""
        (label, tag), *others = preferred
        yield Wanted(
            subject, scheme if scheme in vocabulary.KINDS else "tag", label, tag,
            (*others, *properties["altLabel"], *properties["hiddenLabel"]),
            tuple(dict.fromkeys(above[subject])),
            next((value for value, _ in properties["scopeNote"] or properties["definition"]), ""),
        )  # fmt: skip


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            line = text.count("\n", 0, at) + 1
            raise InvalidValueError(
                "file", f"isn't read from line {line} on: {text[at : at + 20]!r}"
            )
        at = found.end()
        if found.lastgroup and found.lastgroup != "space":
            yield found.lastgroup, found[0]


def _triples(text: str) -> Iterator[Triple]:
    prefixes = {"skos": SKOS}
    base = ""
    statement: list[tuple[str, str]] = []
    for kind, token in _tokens(text):
        ends = (kind, token) == ("point", ".")
        if not ends:
            statement.append((kind, token))
            if not _is_sparql(statement):
                continue
        head = statement[0][1].lstrip("@").lower() if statement else ""
        if head == "prefix" and len(statement) == 3:
            prefixes[statement[1][1].rstrip(":")] = statement[2][1][1:-1]
        elif head == "base" and len(statement) == 2:
            base = statement[1][1][1:-1]
        elif statement:
            yield from _of_statement(statement, prefixes, base)
        statement = []


def _is_sparql(statement: list[tuple[str, str]]) -> bool:
    """Whether it is a whole `PREFIX` or `BASE`, which ends without a point."""
    words = {"PREFIX": 3, "BASE": 2}
    return len(statement) == words.get(statement[0][1].upper(), 0)


def _of_statement(
    statement: list[tuple[str, str]], prefixes: Mapping[str, str], base: str
) -> Iterator[Triple]:
    subject, verb, value, tag = "", "", "", None
    part = 0
    for kind, token in [*statement, ("point", ".")]:
        if kind == "point":
            if part > 2:
                yield subject, verb, value, tag
            part, tag = {";": 1, ",": 2}.get(token, 0), None
        elif kind == "tag":
            tag = token[1:]
        elif kind == "type" or part > 2:
            continue  # the type of a literal says nothing to us
        else:
            read_as = (
                _text(token) if kind in ("long", "short") else _iri(kind, token, prefixes, base)
            )
            if part == 0:
                subject = read_as
            elif part == 1:
                verb = read_as
            else:
                value = read_as
            part += 1


def _text(token: str) -> str:
    inner = token[3:-3] if token.startswith('"""') else token[1:-1]

    def plain(found: re.Match[str]) -> str:
        code = found[1] or found[2]
        if code:
            number = int(code, 16)
            return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
        return _ESCAPED.get(found[3], found[3])

    return _ESCAPE.sub(plain, inner)


def _iri(kind: str, token: str, prefixes: Mapping[str, str], base: str) -> str:
    if kind == "iri":
        return token[1:-1] if ":" in token else base + token[1:-1]
    prefix, colon, rest = token.partition(":")
    return prefixes.get(prefix, f"{prefix}:") + rest if colon else token


def apply(session: Session, wanted: Sequence[Wanted], *, actor: str) -> Taken:
    """Take in what is new, as one act. Raises InvalidValueError for a name that can't be one."""
    batch, terms, count = new_id(), 0, 0
    ids: dict[str, str] = {}
    known = {one.id for one in thesaurus.entries(session)}
    for one in wanted:
        term_id, fresh = _term(session, one, known, actor, batch)
        terms += fresh
        ids[one.key] = ids[vocabulary.clean_label(one.label)] = term_id
        count += _described(session, one, term_id, actor, batch)
    for one in wanted:
        mine = ids[vocabulary.clean_label(one.label)]
        for parent in one.broader:
            above = ids.get(parent, parent)
            if above not in thesaurus.entry(session, mine).broader:
                thesaurus.put_within(session, mine, above, actor=actor, batch_id=batch)
                count += 1
    return Taken(terms, count)


def _term(
    session: Session, one: Wanted, known: set[str], actor: str, batch: str
) -> tuple[str, bool]:
    """(id of the term that a row means, whether it is new)."""
    if one.kind not in vocabulary.KINDS:
        raise InvalidValueError("kind", f"{one.kind!r} is none of {', '.join(vocabulary.KINDS)}")
    key = one.key.rpartition("/")[2]
    if key in known:
        return key, False
    label = vocabulary.clean_label(one.label)
    found = vocabulary.find(session, label, one.kind)
    if found is not None:
        return found.id, False
    made = vocabulary.make(session, label, one.kind)
    thesaurus.began(session, made, actor=actor, batch_id=batch)
    return made.id, True


def _described(session: Session, one: Wanted, term_id: str, actor: str, batch: str) -> int:
    """Names and the note; how many are new."""
    count = 0
    for name, tag in ((one.label, one.language), *one.names):
        if vocabulary.find(session, vocabulary.clean_label(name), one.kind) is None:
            vocabulary.add_alias(session, term_id, name, language=tag, actor=actor, batch_id=batch)
            count += 1
    if one.note and not thesaurus.entry(session, term_id).scope_note:
        thesaurus.annotate(session, term_id, one.note, actor=actor, batch_id=batch)
        count += 1
    return count
