"""CEA-608: the pairs of bytes of line 21, and what they put on the screen.

ANSI/CTA-608-E; 47 CFR 15.119. Four memories are kept apart in a receiver, of which two matter: what
is on the screen and what is being prepared. A cue is what stands on the screen from one change to
the next; in roll-up it is one line, from its first letter until the next line begins.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from mediacatalog.captions.webvtt_settings import number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from fractions import Fraction

_BASIC = dict(
    zip((0x2A, 0x5C, 0x5E, 0x5F, 0x60, 0x7B, 0x7C, 0x7D, 0x7E, 0x7F), "áéíóúç÷Ññ█", strict=True)
)
_SPECIAL = "®°½¿™¢£♪à\u00a0èâêîôû"
_EXTENDED = (
    "ÁÉÓÚÜü‘¡*'—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»",
    "ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤│ÅåØø┌┐└┘",
)
_ROWS = {0x10: (11, 11), 0x11: (1, 2), 0x12: (3, 4), 0x13: (12, 13), 0x14: (14, 15)} | {
    0x15: (5, 6),
    0x16: (7, 8),
    0x17: (9, 10),
}
_LAST_COLUMN = 63
"""Of 32 that are shown; what careless authors wrote beyond is kept as text."""
_LOW_ROWS = 12
"""Captions that reach this row stand at the bottom, where they stand anyway."""

Mode = Literal["pop-on", "roll-up", "paint-on", "text"]


@dataclass
class _Screen:
    rows: dict[int, dict[int, str]] = field(default_factory=dict)

    def put(self, row: int, column: int, letter: str) -> None:
        self.rows.setdefault(row, {})[min(column, _LAST_COLUMN)] = letter

    def text(self) -> str:
        lines = []
        for _, letters in sorted(self.rows.items()):
            cells = [" "] * (max(letters, default=-1) + 1)
            for at, letter in letters.items():
                cells[at] = letter
            line = "".join(cells)
            lines.append(" ".join(line.replace("\u00a0", " ").split()))
        return "\n".join(line for line in lines if line)

    def settings(self) -> str | None:
        filled = [row for row, letters in self.rows.items() if "".join(letters.values()).strip()]
        if not filled or max(filled) >= _LOW_ROWS:
            return None
        # The rows lie within the 80 % of the picture that old screens surely showed.
        return f"line:{number(round(10 + (min(filled) - 1) * 80 / 15, 2))}%"


@dataclass(frozen=True, slots=True)
class Shown:
    """What stood on the screen in [start, end), in the caller's units; `end` None: to the last."""

    start: Fraction
    end: Fraction | None
    text: str
    settings: str | None
    line: int
    """Of the file, as the caller told with the pair that began it."""


@dataclass
class Decoder:
    """One channel: feed it every pair of its field, in order."""

    channel: int = 1
    """1 or 2 (CC1 or CC2 of the first field, CC3 or CC4 of the second)."""
    shown: list[Shown] = field(default_factory=list)
    mode: Mode = "pop-on"
    on_screen: _Screen = field(default_factory=_Screen)
    prepared: _Screen = field(default_factory=_Screen)
    row: int = 15
    column: int = 0
    since: Fraction | None = None
    line: int = 0
    selected: bool = True
    """Whether the bytes that come are of this channel."""
    last: tuple[int, int] | None = None

    def feed(self, at: Fraction, first: int, second: int, line: int = 0) -> None:
        """A pair of bytes with their parity bits, whatever these say."""
        first, second = first & 0x7F, second & 0x7F
        if not 0x10 <= first <= 0x1F:
            self.last = None
            if self.selected and first >= 0x20:
                self._letter(at, line, _BASIC.get(first, chr(first)))
                if second >= 0x20:
                    self._letter(at, line, _BASIC.get(second, chr(second)))
            return
        if self.last == (first, second):  # codes are sent twice, in case one is lost
            self.last = None
            return
        self.last = (first, second)
        self.selected = (2 if first & 0x08 else 1) == self.channel
        if self.selected:
            self._code(at, line, first & 0x17, second)

    def finish(self) -> None:
        self._flush(None)

    def _code(self, at: Fraction, line: int, first: int, second: int) -> None:
        if second >= 0x40:
            self._place(at, first, second)
        elif first in {0x14, 0x15} and second < 0x30:
            self._command(at, second)
        elif first == 0x11 and second >= 0x30:
            self._letter(at, line, _SPECIAL[second - 0x30])
        elif first in {0x12, 0x13} and second >= 0x20:
            # For older receivers a plain letter was sent before: this one replaces it.
            self.column = max(0, self.column - 1)
            self._letter(at, line, _EXTENDED[first - 0x12][second - 0x20])
        elif first == 0x17 and 0x21 <= second <= 0x23:
            self.column += second - 0x20
        elif first == 0x11:
            self._letter(at, line, " ")  # a change of colour takes the place of a letter

    def _place(self, at: Fraction, first: int, second: int) -> None:
        row = _ROWS[first][second >> 5 & 1]
        if self.mode == "roll-up" and row != self.row:
            self._flush(at)
            self.on_screen.rows.clear()
        self.row = row
        self.column = (second & 0x0E) * 2 if second & 0x10 else 0

    def _command(self, at: Fraction, second: int) -> None:
        if command := _COMMANDS.get(second):
            command(self, at)

    def pop_on(self, _at: Fraction) -> None:
        self.mode = "pop-on"

    def text_mode(self, _at: Fraction) -> None:
        self.mode = "text"

    def paint_on(self, at: Fraction) -> None:
        self._flush(at)
        self.mode = "paint-on"
        self.since = at if self.on_screen.text() else None

    def erase_to_end_of_row(self, _at: Fraction) -> None:
        letters = self._screen().rows.get(self.row, {})
        for column in [one for one in letters if one >= self.column]:
            del letters[column]

    def flash(self, at: Fraction) -> None:
        self._letter(at, self.line, " ")

    def erase_screen(self, at: Fraction) -> None:
        self._flush(at)
        self.on_screen = _Screen()

    def erase_prepared(self, _at: Fraction) -> None:
        self.prepared = _Screen()

    def roll_up(self, at: Fraction) -> None:
        if self.mode != "roll-up":
            self._flush(at)
            self.on_screen, self.prepared = _Screen(), _Screen()
            self.mode, self.row, self.column = "roll-up", 15, 0

    def carriage_return(self, at: Fraction) -> None:
        if self.mode == "roll-up":
            self._flush(at)
            self.on_screen = _Screen()
            self.column = 0

    def flip(self, at: Fraction) -> None:
        self._flush(at)
        self.mode = "pop-on"
        self.on_screen, self.prepared = self.prepared, _Screen()
        self.since = at if self.on_screen.text() else None

    def _screen(self) -> _Screen:
        return self.prepared if self.mode == "pop-on" else self.on_screen

    def back(self, _at: Fraction) -> None:
        self.column = max(0, self.column - 1)
        self._screen().rows.get(self.row, {}).pop(self.column, None)

    def _letter(self, at: Fraction, line: int, letter: str) -> None:
        if self.mode == "text":
            return
        if self.mode != "pop-on" and self.since is None:
            self.since = at
        if self.mode != "pop-on" or not self.prepared.rows:
            self.line = line
        self._screen().put(self.row, self.column, letter)
        self.column = min(self.column + 1, _LAST_COLUMN)

    def _flush(self, at: Fraction | None) -> None:
        text = self.on_screen.text()
        if self.since is not None and text and (at is None or at > self.since):
            settings = self.on_screen.settings()
            self.shown.append(Shown(self.since, at, text, settings, self.line))
        self.since = None


_COMMANDS: Mapping[int, Callable[[Decoder, Fraction], None]] = {
    0x20: Decoder.pop_on,
    0x21: Decoder.back,
    0x24: Decoder.erase_to_end_of_row,
    0x25: Decoder.roll_up,
    0x26: Decoder.roll_up,
    0x27: Decoder.roll_up,
    0x28: Decoder.flash,
    0x29: Decoder.paint_on,
    0x2A: Decoder.text_mode,
    0x2B: Decoder.text_mode,
    0x2C: Decoder.erase_screen,
    0x2D: Decoder.carriage_return,
    0x2E: Decoder.erase_prepared,
    0x2F: Decoder.flip,
}
"""The second byte of a command to its effect ("miscellaneous control codes")."""
