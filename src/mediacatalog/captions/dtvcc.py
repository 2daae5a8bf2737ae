"""CEA-708, the captions of digital television: what the bytes of a service put on the screen.

ANSI/CTA-708-E. A service has eight windows, each a grid of letters, shown or hidden. A cue is what
a window shows from one change to the next; in a window that scrolls it is one line, from its first
letter until the next line begins. What is read is a text of our own, as `media.closed_captions`
writes it: milliseconds, and the bytes that came then in hexadecimal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mediacatalog.captions.gathering import LAST_MS, Gathering
from mediacatalog.captions.webvtt_settings import number
from mediacatalog.values import Cue, Ms

_SIGNATURE = re.compile(r"\ufeff?CEA-708 service ([0-9]{1,2})\n")
_LINE = re.compile(r"(-?[0-9]{1,12})ms\t((?:[0-9a-f]{2})+)")
_MOST = 400_000
_BOTTOM = 75.0
"""Percent: captions that end below stand where captions stand anyway."""

_G2 = dict(
    zip(
        b" !%*,0123459:<=?vwxyz{|}~\x7f",
        " \u00a0…ŠŒ█‘’“”•™šœ℠Ÿ⅛⅜⅝⅞│┐└─┘┌",
        strict=True,
    )
)
"""Letters behind EXT1; G3 has one, the sign of closed captions."""
_AFTER_C1 = {
    **dict.fromkeys(range(0x88, 0x8E), 1),
    0x90: 2,
    0x91: 3,
    0x92: 2,
    0x97: 4,
    **dict.fromkeys(range(0x98, 0xA0), 6),
}
"""How many bytes follow a command."""


def sniff(text: str) -> bool:
    return _SIGNATURE.match(text) is not None


def sniff_loosely(text: str) -> bool:
    return sniff(text)


def read(text: str) -> Gathering:
    gathering = Gathering()
    service = Service()
    for line, words in gathering.lines(text):
        found = _LINE.fullmatch(words)
        if found:
            service.feed(int(found[1]), bytes.fromhex(found[2]), line)
        elif words and line > 1:
            gathering.note_times(line, words)
        if len(service.cues) > _MOST:
            gathering.note(line, "too many changes of the screen; the rest is left out")
            break
    service.finish()
    for line, cue in sorted(service.cues, key=lambda one: one[1].start_ms):
        if gathering.full:
            gathering.note_full(line)
            break
        gathering.add(line, cue)
    return gathering


@dataclass
class _Window:
    rows: int = 1
    columns: int = 32
    visible: bool = False
    anchor: int = 7
    """0 to 8: left to right, top to bottom; which corner of it the place is of."""
    top: float = 100.0
    """Percent of the picture, of that corner."""
    grid: dict[int, dict[int, str]] = field(default_factory=dict)
    row: int = 0
    column: int = 0
    since: int | None = None
    line: int = 0

    def text(self) -> str:
        lines = []
        for _, letters in sorted(self.grid.items()):
            whole = "".join(letters.get(at, " ") for at in range(max(letters, default=-1) + 1))
            lines.append(" ".join(whole.replace("\u00a0", " ").split()))
        return "\n".join(one for one in lines if one)

    def settings(self) -> str | None:
        if self.top >= _BOTTOM:
            return None
        side = ("", ",center", ",end")[self.anchor // 3]
        return f"line:{number(round(self.top, 2))}%{side}"


@dataclass
class Service:
    """One service: feed it its bytes in order. Cut commands wait for the rest of them."""

    cues: list[tuple[int, Cue]] = field(default_factory=list)
    """With the line that each began at."""
    windows: dict[int, _Window] = field(default_factory=dict)
    current: int | None = None
    waiting: bytes = b""
    delayed_until: int = 0

    def feed(self, ms: int, data: bytes, line: int = 0) -> None:
        data = self.waiting + data
        at = 0
        while at < len(data):
            length = _length(data, at)
            if at + length > len(data):
                break
            self._take(max(ms, self.delayed_until), data[at : at + length], line)
            at += length
        self.waiting = data[at:][:64]

    def finish(self) -> None:
        for window in self.windows.values():
            self._flush(window, None)

    def _take(self, ms: int, code: bytes, line: int) -> None:
        first = code[0]
        if 0x80 <= first < 0xA0:
            self._command(ms, first, code[1:])
            return
        window = self.windows.get(self.current) if self.current is not None else None
        if window is None:
            return
        if letter := _letter(code):
            self._write(ms, window, letter, line)
        elif first in {0x08, 0x0C, 0x0D, 0x0E}:
            self._move(ms, window, first)

    def _write(self, ms: int, window: _Window, letter: str, line: int) -> None:
        if window.visible and window.since is None:
            window.since = ms
        if not window.grid or window.visible:
            window.line = line
        window.grid.setdefault(window.row, {})[window.column] = letter
        window.column = min(window.column + 1, 63)

    def _move(self, ms: int, window: _Window, code: int) -> None:
        letters = window.grid.get(window.row, {})
        if code == 0x08:
            window.column = max(0, window.column - 1)
            letters.pop(window.column, None)
        elif code == 0x0C:
            self._clear(ms, window)
        elif code == 0x0E:
            letters.clear()
            window.column = 0
        elif window.row + 1 < window.rows:
            window.row, window.column = window.row + 1, 0
        else:  # it scrolls: what was written so far is said
            self._flush(window, ms)
            window.grid.clear()
            window.column = 0

    def _command(self, ms: int, code: int, rest: bytes) -> None:
        if code < 0x88:
            self.current = code - 0x80
        elif code <= 0x8C:
            for one in range(8):
                window = self.windows.get(one)
                if window is not None and rest[0] >> one & 1:
                    self._change(ms, code, one, window)
        elif code in {0x8D, 0x8E}:
            self.delayed_until = ms + rest[0] * 100 if rest else 0
        elif code == 0x8F:
            self._reset(ms)
        elif code == 0x92 and self.current in self.windows:
            window = self.windows[self.current]
            window.row, window.column = min(rest[0] & 15, window.rows - 1), rest[1] & 63
        elif code >= 0x98:
            self._define(ms, code - 0x98, rest)

    def _reset(self, ms: int) -> None:
        for window in self.windows.values():
            self._flush(window, ms)
        self.windows.clear()
        self.current, self.delayed_until = None, 0

    def _change(self, ms: int, code: int, name: int, window: _Window) -> None:
        """Clear, show, hide, toggle or delete one window."""
        if code == 0x88:
            self._clear(ms, window)
        elif code == 0x89 or (code == 0x8B and not window.visible):
            self._show(ms, window)
        else:
            self._flush(window, ms)
            window.visible = False
            if code == 0x8C:
                del self.windows[name]

    def _show(self, ms: int, window: _Window) -> None:
        if not window.visible:
            window.visible = True
            window.since = ms if window.text() else None

    def _clear(self, ms: int, window: _Window) -> None:
        self._flush(window, ms)
        window.grid.clear()
        window.row = window.column = 0

    def _define(self, ms: int, name: int, rest: bytes) -> None:
        """A window that is there keeps what stands in it."""
        window = self.windows.setdefault(name, _Window())
        self.current = name
        window.rows, window.columns = (rest[3] & 15) + 1, (rest[4] & 63) + 1
        window.anchor = min(8, rest[3] >> 4)
        relative = rest[1] & 0x80
        high = rest[1] & 0x7F
        # Without percents it counts rows of the part of the picture that old screens surely show.
        window.top = min(100.0, float(high) if relative else 10 + high * 80 / 75)
        window.row = min(window.row, window.rows - 1)
        if rest[0] & 0x20:
            self._show(ms, window)
        elif window.visible:
            self._flush(window, ms)
            window.visible = False

    def _flush(self, window: _Window, ms: int | None) -> None:
        text = window.text()
        if window.visible and window.since is not None and text:
            end = window.since + LAST_MS if ms is None else ms
            if end > window.since:
                cue = Cue(Ms(window.since), Ms(end), text, settings=window.settings())
                self.cues.append((window.line, cue))
        window.since = None


def _length(data: bytes, at: int) -> int:
    """Bytes of the code that begins there, also of those that mean nothing here."""
    first = data[at]
    if first == 0x10:
        return 1 + _extended_length(data[at + 1 : at + 3])
    if first < 0x20:
        return 1 if first < 0x10 else 2 if first < 0x18 else 3
    return 1 + _AFTER_C1.get(first, 0) if 0x80 <= first < 0xA0 else 1


def _extended_length(data: bytes) -> int:
    if not data:
        return 1
    second = data[0]
    if second < 0x20:
        return 1 + second // 8
    if 0x80 <= second < 0x90:
        return 5 if second < 0x88 else 6
    if 0x90 <= second < 0xA0:  # of a length that the next byte tells
        return 2 + (data[1] & 63) if len(data) > 1 else 2
    return 1


def _letter(code: bytes) -> str:
    """What is written; empty for codes that write nothing."""
    first = code[0]
    if first == 0x18:
        letter = code[1:].decode("utf-16-be", "replace")
        return letter if letter.isprintable() else "\ufffd"
    if first == 0x10:
        return "[CC]" if code[1] == 0xA0 else _G2.get(code[1], "_" if code[1] in _GRAPHIC else "")
    if first == 0x7F:
        return "♪"
    return bytes((first,)).decode("latin-1") if first in _GRAPHIC else ""


_GRAPHIC = frozenset((*range(0x20, 0x80), *range(0xA0, 0x100)))
