"""Advanced SubStation Alpha and SSA: the dialogue, without drawings and override codes.

`pysubs2` loses the whole file for one bad line and knows no line numbers; it is the tests' judge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mediacatalog.captions import placing
from mediacatalog.captions.gathering import Gathering, milliseconds, tidy
from mediacatalog.values import Cue, Ms

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_STYLES = 5_000
_SECTION = re.compile(r"[ \t]*\[([^\]]{1,60})\][ \t]*")
_FIRST_SECTION = re.compile(
    r"\ufeff?(?:[ \t]*(?:[;!][^\n]*)?\n)*[ \t]*\[(?:script info|v4\+?\+? styles\+?|events)\]",
    re.IGNORECASE,
)
_DIALOGUE = re.compile(r"^[ \t]*Dialogue:[^,\n]{0,40},[ \t]*[0-9]+:[0-9]+:", re.MULTILINE)
_TIME = re.compile(r"(-?)([0-9]{1,12}):([0-9]{1,9}):([0-9]{1,9})(?:[.,:]([0-9]{1,9}))?")
_OVERRIDE = re.compile(r"\{([^{}]*)\}")
_DRAWING = re.compile(r"\\p([0-9]+)")
_BREAK = re.compile(r"\\[Nn]")
_DEFAULT = (
    "layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text"
)  # fmt: skip


def sniff(text: str) -> bool:
    return _FIRST_SECTION.match(text[:65536]) is not None


def sniff_loosely(text: str) -> bool:
    return _DIALOGUE.search(text) is not None


def read(text: str) -> Gathering:
    gathering = Gathering()
    fields: tuple[str, ...] = _DEFAULT
    styles = _Styles()
    section = "events"
    for number, raw in gathering.lines(text.replace("\x00", "")):
        line = raw.strip("\ufeff\r \t")
        if found := _SECTION.fullmatch(line):
            section = found[1].strip().lower()
        if "styles" in section:
            styles.take(line)
        if section != "events":
            continue
        word, _, rest = line.partition(":")
        word = word.strip().lower()
        if word == "format":
            fields = tuple(name.strip().lower() for name in rest.split(",")) or _DEFAULT
        elif word == "dialogue":
            if gathering.full:
                gathering.note_full(number)
                break
            _dialogue(gathering, number, dict(_values(rest, fields)), styles)
    return gathering


def plain(text: str) -> str:
    r"""Words only: `{…}` are codes, and between `{\p1}` and `{\p0}` stands a drawing."""
    parts: list[str] = []
    drawing, end = False, 0
    for block in _OVERRIDE.finditer(text):
        if not drawing:
            parts.append(text[end : block.start()])
        end = block.end()
        for scale in _DRAWING.findall(block[1]):
            drawing = scale.strip("0") != ""
    if not drawing:
        parts.append(text[end:])
    return tidy(_BREAK.sub("\n", "".join(parts)).replace("\\h", "\u00a0"))


def _values(rest: str, fields: tuple[str, ...]) -> Iterable[tuple[str, str]]:
    return zip(fields, rest.split(",", len(fields) - 1), strict=False)


@dataclass
class _Styles:
    """Where the lines of each style stand, as WebVTT settings."""

    fields: tuple[str, ...] = ()
    places: dict[str, str | None] = field(default_factory=dict)

    def take(self, line: str) -> None:
        word, _, rest = line.partition(":")
        if word.strip().lower() == "format":
            self.fields = tuple(name.strip().lower() for name in rest.split(","))
        elif word.strip().lower() == "style" and len(self.places) < MAX_STYLES:
            values = dict(_values(rest, self.fields))
            number = values.get("alignment", "").strip()
            if number.isascii() and number.isdigit() and 0 < int(number[:3]) < 12:
                # SSA has no field for the outline's colour, and counts places its own way.
                old = "outlinecolour" not in self.fields
                place = placing.legacy(int(number)) if old else _keypad(int(number))
                self.places[values.get("name", "").strip()] = place


def _keypad(number: int) -> str | None:
    return placing.keypad(number) if number < 10 else None


def _dialogue(gathering: Gathering, line: int, values: dict[str, str], styles: _Styles) -> None:
    start, end = _time(values.get("start", "")), _time(values.get("end", ""))
    if start is None or end is None:
        gathering.note_times(line, ",".join(values.values()))
        return
    if "text" not in values:
        gathering.note(line, "a dialogue without text")
    raw = gathering.bounded(line, values.get("text", ""))
    text = plain(raw)
    if raw and not text and _DRAWING.search(raw):
        return
    speaker = values.get("name", values.get("actor", "")).strip()
    place = placing.of_codes(raw) or styles.places.get(values.get("style", "").strip(" *"))
    gathering.add(line, Cue(start, end, text, speaker=speaker or None, settings=place))


def _time(text: str) -> Ms | None:
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    if found[1]:
        return Ms(0)
    return milliseconds(int(found[2]), int(found[3]), int(found[4]), found[5] or "")
