"""WebVTT by the parsing algorithm of the W3C (https://www.w3.org/TR/webvtt1/#file-parsing).

Only what stands in a cue becomes text: NOTE, STYLE and REGION blocks and header lines never do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mediacatalog.captions.gathering import (
    Gathering,
    milliseconds,
    resolve,
    tidy,
)
from mediacatalog.values import Cue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediacatalog.values import Ms

_SIGNATURE = re.compile(r"\ufeff?WEBVTT(?=[ \t\n]|\Z)")
_LATE_SIGNATURE = re.compile(r"[\ufeff \t\n]{0,200}WEBVTT(?=[ \t\n])")
_TIME = r"(?:([0-9]+):)?([0-9]{2}):([0-9]{2})%s([0-9]{3})"
_SPACE = r"[ \t\f]{0,1000}"
_STRICT, _COMMA = (
    re.compile(f"{_SPACE}{_TIME % mark}{_SPACE}-->{_SPACE}{_TIME % mark}(.*)")
    for mark in (r"\.", "[.,]")
)
# A tag ends at the next `>`, or with the text; nothing inside it is text (the cue text tokenizer).
_TAG = re.compile(r"<([^>]*)(?:>|\Z)")
_VOICE = re.compile(r"v(?:\.[^ \t\n\f]*)?[ \t\n\f]+(.*)", re.DOTALL)
_HEADER = re.compile(r"(Language|Kind)[ \t]*:[ \t]*([A-Za-z0-9-]{1,40})[ \t]*")
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
    gathering = _read(text, _STRICT)
    if gathering.cues:
        return gathering
    # Hand-made files often carry SRT's commas throughout. A player would show nothing of them.
    lenient = _read(text, _COMMA)
    if not lenient.cues:
        return gathering
    lenient.note(1, "times are written with a comma; players will not show this file")
    return lenient


def plain(text: str) -> tuple[str, str | None]:
    """The text nodes of a cue's text, and the names of its voices."""
    parts, voices, end = [], [], 0
    for tag in _TAG.finditer(text):
        parts.append(resolve(text[end : tag.start()]))
        end = tag.end()
        voice = _VOICE.match(tag[1])
        if voice and (name := " ".join(resolve(voice[1]).split())) and name not in voices:
            voices.append(name)
    parts.append(resolve(text[end:]))
    return tidy("".join(parts)), " / ".join(voices) or None


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


def _read(text: str, timing: re.Pattern[str]) -> Gathering:
    gathering = Gathering()
    text = text.removeprefix("\ufeff").replace("\x00", "\ufffd")
    lines = _Lines(gathering.lines(text))
    line = lines.next()
    while line and "WEBVTT" not in line[1]:
        line = lines.next()
    if line and (line[0] > 1 or not line[1].startswith("WEBVTT")):
        gathering.note(line[0], "WEBVTT isn't at the very start; players will not show this file")
    _header(lines, gathering)
    while not gathering.full and _block(lines, gathering, timing):
        pass
    if gathering.full and (line := lines.next()):
        gathering.note_full(line[0])
    return gathering


def _header(lines: _Lines, gathering: Gathering) -> None:
    while (line := lines.next()) and line[1]:
        if "-->" in line[1]:
            lines.give_back(line)
            return
        if found := _HEADER.fullmatch(line[1]):
            if found[1] == "Language":
                gathering.language = found[2]
            else:
                gathering.kind = _KINDS.get(found[2].lower())


def _block(lines: _Lines, gathering: Gathering, timing: re.Pattern[str]) -> bool:
    """Collects one block of the file: a cue is kept, any other block skipped. False at the end."""
    line = lines.next()
    while line and not line[1]:
        line = lines.next()
    if line is None:
        return False
    times: tuple[Ms, Ms, str] | None = None
    seen_arrow, count, began, identity = False, 0, line[0], ""
    buffer: list[str] = []
    while line and line[1]:
        count += 1
        if "-->" in line[1]:
            if count > 2 or seen_arrow:
                lines.give_back(line)
                break
            seen_arrow = True
            times = _times(line[1], timing)
            if times:
                identity, buffer = "\n".join(buffer), []
            elif not (buffer or [line[1]])[0].startswith("NOTE"):
                gathering.note_times(line[0], line[1])
        else:
            buffer.append(line[1])
        line = lines.next()
    if times:
        words, speaker = plain(gathering.bounded(began, "\n".join(buffer)))
        cue = Cue(times[0], times[1], words, identity or None, speaker, times[2] or None)
        gathering.add(began, cue)
    return True


def _times(line: str, timing: re.Pattern[str]) -> tuple[Ms, Ms, str] | None:
    found = timing.match(line)
    if found is None:
        return None
    start, end = _time(found, 1), _time(found, 5)
    return None if start is None or end is None else (start, end, found[9].strip())


def _time(found: re.Match[str], first: int) -> Ms | None:
    hours, minutes, seconds = found[first] or "0", int(found[first + 1]), int(found[first + 2])
    if minutes > 59 or seconds > 59:
        return None
    # A time too large for any clip stays large: the digits that count are the first ones.
    return milliseconds(int(hours.lstrip("0")[:12] or "0"), minutes, seconds, found[first + 3])
