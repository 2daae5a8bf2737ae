"""WebVTT by the parsing algorithm of the W3C (https://www.w3.org/TR/webvtt1/#file-parsing).

Only what stands in a cue becomes text: NOTE, STYLE and REGION blocks and header lines never do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mediacatalog.captions import webvtt_settings, webvtt_text
from mediacatalog.captions.gathering import MAX_RAW, Gathering
from mediacatalog.values import Cue, Ms

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNATURE = re.compile(r"\ufeff?WEBVTT(?=[ \t\n]|\Z)")
_LATE_SIGNATURE = re.compile(r"[\ufeff \t\n]{0,200}WEBVTT(?=[ \t\n])")
_SPACE = re.compile(r"[ \t\f]*")
_ARROW = re.compile(r"[ \t\f]*+-->[ \t\f]*+")
_COMMA_TIMES = re.compile(
    r"[ \t\f]*+(?:[0-9]+:)?[0-9]{2}:[0-9]{2},[0-9]{3}[ \t\f]*+-->"
    r"[ \t\f]*+(?:[0-9]+:)?[0-9]{2}:[0-9]{2},[0-9]{3}(?![0-9])"
)
_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_KEYWORD = re.compile(r"(STYLE|REGION)[ \t\f]*")
_HEADER = re.compile(r"(Language|Kind)[ \t]*:[ \t]*([A-Za-z0-9-]{1,40})[ \t]*")
MAX_REGIONS = 1_000
_KINDS = {
    "captions": "caption",
    "subtitles": "subtitle",
    "descriptions": "description",
    "chapters": "chapters",
}


def sniff(text: str) -> bool:
    return _SIGNATURE.match(text) is not None


def sniff_loosely(text: str) -> bool:
    """Whether only white space keeps players from showing the file."""
    return _LATE_SIGNATURE.match(text) is not None and "-->" in text


def read(text: str) -> Gathering:
    reading = _Reading(Gathering())
    reading.read(text)
    if reading.with_commas and not reading.without_commas and not reading.gathering.cues:
        # Hand-made files often carry SRT's commas throughout. A player would show nothing of them.
        lenient = _Reading(Gathering(), commas=True)
        lenient.gathering.note(1, "times are written with a comma; players will not show this file")
        lenient.read(text)
        return lenient.gathering
    return reading.gathering


class _Lines:
    """Numbered lines, of which the last one can be given back."""

    def __init__(self, rest: Iterator[tuple[int, str]]) -> None:
        self._rest = rest
        self._again: tuple[int, str] | None = None

    def next(self) -> tuple[int, str] | None:
        line, self._again = self._again, None
        return line or next(self._rest, None)

    def give_back(self, line: tuple[int, str]) -> None:
        self._again = line


@dataclass
class _Block:
    line: int
    buffer: list[str] = field(default_factory=list)
    times: tuple[Ms, Ms, str] | None = None
    identity: str = ""
    keyword: str = ""
    seen_arrow: bool = False


@dataclass
class _Reading:
    """The parser's state: what stands before the first cue may be a style or a region."""

    gathering: Gathering
    commas: bool = False
    with_commas: int = 0
    without_commas: int = 0
    seen_cue: bool = False
    regions: set[str] = field(default_factory=set)

    def read(self, text: str) -> None:
        text = text.removeprefix("\ufeff").replace("\x00", "\ufffd")
        lines = _Lines(self.gathering.lines(text))
        line = lines.next()
        while line and "WEBVTT" not in line[1]:
            line = lines.next()
        if line and (line[0] > 1 or not line[1].startswith("WEBVTT")):
            self.gathering.note(
                line[0], "WEBVTT isn't at the very start; players will not show this file"
            )
        self._header(lines)
        while not self.gathering.full and self._block(lines):
            pass
        if self.gathering.full and (line := lines.next()):
            self.gathering.note_full(line[0])

    def _header(self, lines: _Lines) -> None:
        while (line := lines.next()) and line[1]:
            if "-->" in line[1]:
                lines.give_back(line)
                return
            if found := _HEADER.fullmatch(line[1]):
                if found[1] == "Language":
                    self.gathering.language = found[2]
                else:
                    self.gathering.kind = _KINDS.get(found[2].lower())

    def _block(self, lines: _Lines) -> bool:
        """Reads one block: a cue or a region is kept, any other skipped. False at the end."""
        line = lines.next()
        while line and not line[1]:
            line = lines.next()
        if line is None:
            return False
        block = _Block(line[0])
        count = 0
        while line and line[1]:
            count += 1
            if "-->" not in line[1]:
                self._collect(block, count, line[1])
            elif count > 2 or block.seen_arrow:
                lines.give_back(line)
                break
            else:
                self._begin(block, line)
            line = lines.next()
        if block.times:
            self._cue(block.line, block.times, block.identity, "\n".join(block.buffer))
        elif block.keyword == "REGION" and len(self.gathering.regions) < MAX_REGIONS:
            found = webvtt_settings.region("\n".join(block.buffer)[:MAX_RAW])
            self.gathering.regions.append(found)
            self.regions.add(found.id)
        return True

    def _collect(self, block: _Block, count: int, line: str) -> None:
        if count == 2 and block.buffer and not self.seen_cue:
            keyword = _KEYWORD.fullmatch(block.buffer[0])
            if keyword:
                block.keyword, block.buffer = keyword[1], []
        block.buffer.append(line)

    def _begin(self, block: _Block, line: tuple[int, str]) -> None:
        block.seen_arrow = True
        block.times = self._times(line[1])
        if block.times:
            block.identity, block.buffer = "\n".join(block.buffer), []
            self.seen_cue = True
        elif not (block.buffer or [line[1]])[0].startswith("NOTE"):
            self.gathering.note_times(line[0], line[1])

    def _cue(self, line: int, times: tuple[Ms, Ms, str], identity: str, raw: str) -> None:
        said = webvtt_text.spoken(self.gathering.bounded(line, raw))
        settings = webvtt_settings.cue_settings(times[2][:MAX_RAW], self.regions)
        self.gathering.add(
            line,
            Cue(
                times[0],
                times[1],
                said.text,
                id=identity or None,
                speaker=said.speaker,
                settings=settings,
                language=said.language,
                words=said.words,
            ),
        )

    def _times(self, line: str) -> tuple[Ms, Ms, str] | None:
        """Start, end and settings ("collect WebVTT cue timings and settings")."""
        comma = _COMMA_TIMES.match(line)
        self.with_commas += comma is not None
        self.without_commas += comma is None
        if comma and self.commas:
            line = _COMMA.sub(".", comma[0]) + line[comma.end() :]
        start = webvtt_text.time(line, _after(_SPACE, line, 0))
        arrow = _ARROW.match(line, start[1]) if start else None
        end = webvtt_text.time(line, arrow.end()) if arrow else None
        return (start[0], end[0], line[end[1] :]) if start and end else None


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
