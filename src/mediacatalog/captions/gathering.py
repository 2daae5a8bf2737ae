"""What the readers share: limits, lines counted from 1, and the cues and problems of one file."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mediacatalog.values import CaptionProblem, Cue, Ms, Region

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_BYTES = 50 * 2**20
MAX_CUES = 200_000
MAX_PROBLEMS = 500
MAX_LINES = 1_500_000
MAX_RAW = 200_000
"""Characters of one cue with its markup."""
MAX_TEXT = 50_000
"""Characters of one cue; what is longer is cut, and reported."""
MAX_SOUND = 500
LAST_MS = 10_000
"""How long a cue without an end is shown when nothing follows it."""
MAX_WORDS = 2_000
"""Words of one cue whose times are kept."""
MAX_LABEL = 1_000
"""Characters of an id, a speaker, or settings."""
MAX_MS = 2**53 - 1
"""285,000 years: what a JSON number holds exactly, and a database too."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BRACKETS = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|（[^（）]*）|【[^【】]*】")
_MUSIC = "♪♫♬🎵🎶"
_SURROGATES = re.compile("[\ud800-\udfff]")
_LEADING_ZEROS = re.compile(r"&#([xX]?)0+(?=[0-9a-fA-F])")
# `int` refuses very long digits, and no character has a number of more than seven.
_NO_CHARACTER = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")
_ENDED_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});")


def printable(text: str) -> str:
    """Without control characters except newline and tab, and without lone surrogates."""
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text))


def resolve(text: str) -> str:
    """Character references resolved as HTML does, also those without a semicolon."""
    if "&" not in text:
        return text
    return html.unescape(_NO_CHARACTER.sub("\ufffd", _LEADING_ZEROS.sub(r"&#\1", text)))


def resolve_ended(text: str) -> str:
    """Only references that end with a semicolon, for formats in which `AT&T` is plain text."""
    if "&" not in text:
        return text
    text = _NO_CHARACTER.sub("\ufffd", _LEADING_ZEROS.sub(r"&#\1", text))
    return _ENDED_REFERENCE.sub(lambda found: html.unescape(found[0]), text)


def tidy(text: str) -> str:
    """Without empty lines, which no format can hold; white space within lines is kept."""
    return "\n".join(line for line in printable(text).split("\n") if line.strip())


MARK = "\ufdd0"
"""Stands in a text where a time stamp stood, until the text is tidied; no character of any."""


def placed(text: str, times: Sequence[int]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text tidied and without marks, and the place of each mark with its time."""
    kept: list[str] = []
    words: list[tuple[int, int]] = []
    length, number = 0, 0
    for line in printable(text).split("\n"):
        pieces = line.split(MARK)
        is_kept = "".join(pieces).strip() != ""
        place = length
        for piece in pieces[:-1]:
            place += len(piece) if is_kept else 0
            words.append((place, times[number]))
            number += 1
        if is_kept:
            kept.append("".join(pieces))
            length += len(kept[-1]) + 1
    return "\n".join(kept), tuple(words)


def moved(cue: Cue, by_ms: int) -> Cue:
    """The same, later by so much; nothing begins before the clip."""
    return replace(
        cue,
        start_ms=Ms(max(0, cue.start_ms + by_ms)),
        end_ms=Ms(max(0, cue.end_ms + by_ms)),
        words=tuple((place, max(0, ms + by_ms)) for place, ms in cue.words),
    )


def timed_words(
    words: Sequence[tuple[int, int]], text: str, start: int, end: int
) -> tuple[tuple[int, int], ...]:
    """Those within the text and the cue's times that go forward; others have no effect."""
    kept: list[tuple[int, int]] = []
    for place, ms in words[:MAX_WORDS]:
        goes_on = not kept or (place > kept[-1][0] and ms > kept[-1][1])
        if goes_on and 0 <= place < len(text) and start <= ms <= end:
            kept.append((place, ms))
    return tuple(kept)


def shown(line: str) -> str:
    """A line of a hostile file, fit to stand in a message."""
    line = printable(line).strip()
    return line if len(line) <= 60 else line[:57] + "…"


def milliseconds(hours: int, minutes: int, seconds: int, fraction: str) -> Ms:
    """`fraction` is decimal: "5" is half a second."""
    whole = (hours * 60 + minutes) * 60 + seconds
    return Ms(min(MAX_MS, whole * 1000 + int((fraction + "000")[:3])))


def lasting(starts: Sequence[int]) -> list[int]:
    """Ends of cues that have none, in order of start: each lasts until a later one begins.

    The last one, and those that begin with it, last for `LAST_MS`.
    """
    ends: list[int] = []
    before: int | None = None
    later: int | None = None
    for start in reversed(starts):
        if before is not None and before > start:
            later = before
        ends.append(start + LAST_MS if later is None else later)
        before = start
    return ends[::-1]


def is_sound(text: str) -> bool:
    """Whether nobody speaks in it: all stands in brackets or between notes."""
    words = text.strip()
    if not words or len(words) > MAX_SOUND:
        return False
    return (words[0] in _MUSIC and words[-1] in _MUSIC) or not _BRACKETS.sub("", words).strip()


@dataclass
class Gathering:
    """Cues and problems while one file is read."""

    cues: list[Cue] = field(default_factory=list)
    problems: list[CaptionProblem] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    language: str | None = None
    kind: str | None = None
    programme_start_ms: int = 0
    encoding: str | None = None
    """What the file itself says of its letters, in formats that have tables of their own."""

    def lines(self, text: str) -> Iterator[tuple[int, str]]:
        """Lines with their numbers, without holding all of them at once."""
        start, number = 0, 1
        while (end := text.find("\n", start)) >= 0:
            if number > MAX_LINES:
                self.note(number, f"more than {MAX_LINES:,} lines; the rest is left out")
                return
            yield number, text[start:end]
            start, number = end + 1, number + 1
        if start < len(text):
            yield number, text[start:]

    def bounded(self, line: int, raw: str) -> str:
        """The text of a cue before its markup is looked at."""
        if len(raw) > MAX_RAW:
            self.note(line, f"a cue of {len(raw):,} characters; cut to {MAX_RAW:,}")
        return raw[:MAX_RAW]

    @property
    def full(self) -> bool:
        return len(self.cues) >= MAX_CUES

    def note(self, line: int, message: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(CaptionProblem(line, message))
        elif len(self.problems) == MAX_PROBLEMS:
            self.problems.append(CaptionProblem(line, "more problems follow; not listed"))

    def note_times(self, line: int, text: str) -> None:
        if len(self.problems) <= MAX_PROBLEMS:
            self.note(line, f"not the times of a cue: {shown(text)}")

    def note_full(self, line: int) -> None:
        self.note(line, f"more than {MAX_CUES:,} cues; the rest is left out")

    def add(self, line: int, cue: Cue) -> None:
        """Keeps a cue that began at `line`; mends what no player could show, and says so."""
        start, end, text = max(0, cue.start_ms), max(0, cue.end_ms), cue.text
        if end < start:
            self.note(line, f"the cue ends {start - end} ms before it starts")
            end = start
        if len(text) > MAX_TEXT:
            self.note(line, f"a cue of {len(text):,} characters; cut to {MAX_TEXT:,}")
            text = text[:MAX_TEXT]
        self.cues.append(
            Cue(
                Ms(start),
                Ms(end),
                text,
                id=_label(cue.id),
                speaker=_label(cue.speaker),
                settings=_label(cue.settings),
                language=cue.language,
                sound=is_sound(text),
                words=timed_words(cue.words, text, start, end),
            )
        )


def _label(value: str | None) -> str | None:
    return printable(value).replace("\n", " ")[:MAX_LABEL] or None if value else None
