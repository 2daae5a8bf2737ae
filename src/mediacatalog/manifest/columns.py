"""The columns of a manifest: their names, what their values may be, and clean rows of them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediacatalog.catalog import edits, steering, vocabulary
from mediacatalog.errors import InvalidValueError
from mediacatalog.manifest.rows import MAX_CELL
from mediacatalog.text.languages import bcp47

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mediacatalog.manifest.rows import Faults, Raw, Value

ALIASES: Mapping[str, tuple[str, ...]] = {
    "file": ("filename", "file_name", "path", "video"),
    "sha256": ("sha_256", "checksum"),
    "title": ("headline",),
    "description": ("summary",),
    "source": ("agency", "publisher", "provider"),
    "language": ("lang",),
    "rights": ("licence", "license", "usage"),
    "people_at_risk": ("at_risk",),
    "tags": ("tag", "keywords", "keyword"),
    "places": ("place", "location", "locations"),
    "article": ("story",),
    "captions": ("caption", "subtitles", "subtitle", "captions_file"),
    "captions_language": ("caption_language", "subtitles_language", "captions_lang"),
    "viewing": (),
    "note": ("notes", "reason", "comment"),
}
"""Every column with its other names. Capitals, spaces, hyphens and underscores don't matter."""
LISTS = frozenset({"tags", "places", "captions", "captions_language"})
TEXTS = ("title", "description", "source", "language", "rights", "people_at_risk")
"""What is entered into the fields of the clip that have these names."""
OWN = "x_"
"""Columns whose names begin so are the archive's own business, and are left alone."""
MAX_NOTE = 1000
MAX_LIST = 200

_KNOWN = {alias: name for name, aliases in ALIASES.items() for alias in (name, *aliases)}
_SEPARATORS = re.compile(r"[|;]")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_THREE_LETTERS = re.compile(r"[a-z]{3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Row:
    """One row that holds no fault by itself; what is empty says nothing."""

    number: int
    file: str = ""
    sha256: str = ""
    title: str = ""
    description: str = ""
    source: str = ""
    language: str = ""
    rights: str = ""
    people_at_risk: str = ""
    tags: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    article: str = ""
    captions: tuple[str, ...] = ()
    captions_language: tuple[str, ...] = ()
    viewing: str = ""
    note: str = ""

    @property
    def wishes(self) -> tuple[object, ...]:
        """What it says of its clip, however the clip is named."""
        texts = tuple(getattr(self, name) for name in TEXTS)
        attached = (self.article, self.captions, self.captions_language)
        return (*texts, self.tags, self.places, *attached, self.viewing)


def named(header: str) -> str | None:
    """The column that goes by this header; `x_` for one to be left alone; None if unknown."""
    name = re.sub(r"[\s_-]+", "_", header.strip().casefold())
    return OWN if name.startswith(OWN) else _KNOWN.get(name)


def header(cells: Sequence[str], faults: Faults, row: int = 1) -> list[str | None]:
    """The column of each cell of a header row, None for those to be left alone."""
    found: list[str | None] = []
    for cell in cells:
        name = named(cell)
        if name is None and cell.strip():
            close = ", ".join(ALIASES)
            shown = cell.strip()[:80]
            faults.add(row, shown, f"no column has this name; the columns are {close}, x_…")
        elif name != OWN and name is not None and name in found:
            faults.add(row, cell.strip()[:80], f"a second column for {name}")
            name = None
        found.append(None if name == OWN else name)
    if not {"file", "sha256"} & set(found):
        faults.add(row, "file", "there is neither a column file nor a column sha256")
    return found


def clean(raw: Raw, faults: Faults) -> Row | None:
    """The row with its values as they are kept; None when it has a fault, which is then told."""
    kept: dict[str, Value] = {}
    before = faults.count
    for name, value in raw.values.items():
        try:
            kept[name] = _value(name, value)
        except InvalidValueError as error:
            faults.add(raw.number, name, error.reason)
    row = Row(raw.number, **kept)  # type: ignore[arg-type]
    if faults.count == before:
        _together(row, faults)
    return row if faults.count == before else None


def _together(row: Row, faults: Faults) -> None:
    if not row.file and not row.sha256:
        faults.add(row.number, "file", "the row names no file and no sha256")
    if row.captions_language and not row.captions:
        faults.add(row.number, "captions_language", "the row names no captions")
    elif len(row.captions_language) not in (0, 1, len(row.captions)):
        counts = f"{len(row.captions_language)} languages for {len(row.captions)} files"
        faults.add(row.number, "captions_language", f"{counts}: give one, or one for each")


def _value(name: str, value: Value) -> Value:
    if name in LISTS:
        parts = _SEPARATORS.split(value) if isinstance(value, str) else value
        parts = [part.strip() for part in parts if part.strip()]
        if len(parts) > MAX_LIST:
            raise InvalidValueError(name, f"holds more than {MAX_LIST} values")
        cleaned = (_single(name, part) for part in parts)
        # The languages go with the files one by one; of all others each is said once.
        return tuple(cleaned if name == "captions_language" else dict.fromkeys(cleaned))
    if not isinstance(value, str):
        raise InvalidValueError(name, "is a list; it takes one value")
    return _single(name, value)


def _single(name: str, text: str) -> str:
    if len(text) > MAX_CELL:
        raise InvalidValueError(name, f"is longer than {MAX_CELL} characters")
    text = _without_controls(name, text)
    if name in ("tags", "places"):
        return vocabulary.clean_label(text, name)
    if name in ("language", "captions_language"):
        return _language(name, text)
    if name in TEXTS:
        return edits.clean(name, text)
    if name == "viewing":
        return steering.manner(text.lower()) or ""
    if name == "sha256":
        text = text.lower()
        if not _SHA256.fullmatch(text):
            raise InvalidValueError(name, "isn't a SHA-256: 64 digits of 0-9 and a-f")
    elif name == "note" and len(text) > MAX_NOTE:
        raise InvalidValueError(name, f"is longer than {MAX_NOTE} characters")
    return text


def _without_controls(name: str, text: str) -> str:
    """Raises InvalidValueError for what no database or page takes; line ends only where allowed."""
    text = text.strip()
    if name in ("description", "note", "title", "source"):
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    breaks = "\n" if name in ("description", "note", "title", "source") else ""
    for one in text:
        if unicodedata.category(one) in ("Cc", "Cs") and one not in breaks:
            raise InvalidValueError(name, f"holds a control character (U+{ord(one):04X})")
    return text


def _language(name: str, text: str) -> str:
    tag = bcp47(text)
    if tag is None and _THREE_LETTERS.fullmatch(text):
        tag = text  # languages without a short name of two letters are many
    if tag is None:
        raise InvalidValueError(name, f"“{text[:40]}” isn't a language tag such as en, ar or pt-BR")
    return edits.clean("language", tag)


def filled(pairs: Iterable[tuple[str | None, str]]) -> dict[str, Value]:
    """The values of a row of cells by their columns, without empty ones."""
    return {name: text for name, text in pairs if name is not None and text.strip()}
