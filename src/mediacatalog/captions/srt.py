"""SubRip in its dialects: there is no standard, so every cue that has a time is saved."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import islice

from mediacatalog.captions import placing
from mediacatalog.captions.gathering import (
    Gathering,
    lasting,
    milliseconds,
    resolve_ended,
    shown,
    tidy,
)
from mediacatalog.values import Cue, Ms

_INVISIBLE = "\ufeff\u200b-\u200f\u202a-\u202e\u2066-\u2069"
_MARKS = rf"[ \t{_INVISIBLE}]{{0,40}}"
_TIME = r"(-)?(?:([0-9]{1,12}) ?: ?)?([0-9]{1,9}) ?: ?([0-9]{1,9})(?: ?[,.:;] ?([0-9]{1,9}))?"
_ARROW = r"[ \t]{0,20}(?:[-–—]{1,3} ?[-–—]?>|→)[ \t]{0,20}"
_TIMING = re.compile(rf"{_MARKS}(?:([0-9]{{1,9}})[ \t]{{1,20}})?{_TIME}{_ARROW}(?:{_TIME})?(.*)")
_BETWEEN = re.compile(rf"[0-9]{_ARROW}[0-9]")
_FULL_TIME = r"[0-9]{1,3}:[0-9]{2}:[0-9]{2}[,.][0-9]{1,3}"
_WITHOUT_ARROW = re.compile(rf"({_MARKS}{_FULL_TIME})[ \t]{{1,20}}({_FULL_TIME}[ \t]{{0,20}})")
_PLACE = re.compile(
    r"(?:[XY][12][ \t]?:[ \t]?-?[0-9]{1,6}[ \t]*|[a-z]{1,20}:[^ \t]{1,100}[ \t]*)+", re.IGNORECASE
)
"""What may follow the times: coordinates, or the settings of WebVTT."""
_DIGITS = {
    **{zero + n: str(n) for zero in (0x660, 0x6F0, 0xFF10) for n in range(10)},
    **dict(zip(map(ord, "：，．－＞٫،"), ":,.->,,", strict=True)),
}
"""Arabic, Persian and full-width figures, and the signs between them."""
_INDEX = re.compile(rf"{_MARKS}([0-9]{{1,9}}){_MARKS}")
_CUT_TIME = re.compile(r"[0-9]{1,3}:[0-9]{0,2}(?::[0-9]{0,2}[,.]?[0-9]{0,3})?[ \t]*[->]{0,3}[ \t]*")

_FORMATTING = re.compile(
    r"</?[ \t]{0,20}(?:b|i|u|s|font|c|v|span|ruby|rt|lang|strong|em|strike|center)"
    r"(?:[ \t\n.][^<>]{0,500})?/?[ \t]{0,20}>"
    r"|<[0-9]{1,3}:[0-9]{2}(?::[0-9]{2})?[.,][0-9]{1,3}>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br[ \t]*/?>|(?<![:\\])\\N", re.IGNORECASE)
_NAMED = re.compile(r"<(/?)([A-Za-z][\w-]{0,40})(?:[ \t][^<>]{0,500})?>")
_OVERRIDE = re.compile(r"\{\\[^{}\n]{0,500}\}|\{[CcDFfHoPpSsYy]:[^{}\n]{0,200}\}")
_HARD_SPACE = re.compile(r"(?<![:\\])\\h")


def sniff(text: str) -> bool:
    """Whether the first thing in the file is a cue."""
    filled = [line for line in text[:4096].split("\n") if line.strip(" \t\ufeff")]
    return any(_times(line) for line in filled[:1]) or (
        len(filled) > 1
        and _INDEX.fullmatch(filled[0].translate(_DIGITS)) is not None
        and _times(filled[1]) is not None
    )


def sniff_loosely(text: str) -> bool:
    """Whether there is a cue anywhere."""
    for arrow in islice(_BETWEEN.finditer(text), 1000):
        start = text.rfind("\n", max(0, arrow.start() - 200), arrow.start()) + 1
        if _TIMING.match(text[start : arrow.end() + 20]):
            return True
    return False


def read(text: str) -> Gathering:
    reading = _Reading()
    last = 0
    for number, line in reading.gathering.lines(text.replace("\x00", "")):
        last = number
        found = _times(line)
        if found:
            reading.begin(number, found)
            if reading.gathering.full:
                reading.gathering.note_full(number)
                return reading.gathering
        elif "-->" in line:
            reading.drop(number, line)
        else:
            reading.pending.append(line)
    reading.finish(last)
    return reading.gathering


def _times(line: str) -> re.Match[str] | None:
    """A line of times, in figures of any script; those whose arrow was lost, too."""
    if found := _TIMING.match(line):
        return found
    if not line.isascii() and (found := _TIMING.match(line.translate(_DIGITS))):
        return found
    if pair := _WITHOUT_ARROW.fullmatch(line):
        return _TIMING.match(f"{pair[1]} --> {pair[2]}")
    return None


def plain(text: str) -> str:
    """A cue's text without the markup that players understand; other brackets stay text."""
    text = _BREAK.sub("\n", text)
    text = _FORMATTING.sub("", text)
    text = _OVERRIDE.sub("", _without_pairs(text))
    return tidy(resolve_ended(_HARD_SPACE.sub("\u00a0", text)))


def _without_pairs(text: str) -> str:
    """Unknown tags are markup only when they are both opened and closed."""
    if "</" not in text:
        return text
    names: dict[str, set[str]] = {"": set(), "/": set()}
    for tag in _NAMED.finditer(text):
        names[tag[1]].add(tag[2].lower())
    both = names[""] & names["/"]
    return _NAMED.sub(lambda tag: "" if tag[2].lower() in both else tag[0], text)


@dataclass
class _Reading:
    """One cue's times wait here until the next times show where its text ends."""

    gathering: Gathering = field(default_factory=Gathering)
    pending: list[str] = field(default_factory=list)
    current: Cue | None = None
    began: int = 0
    indexed: bool = False
    number: int | None = None
    open_ends: list[int] = field(default_factory=list)
    """Numbers of the cues that have no end of their own."""
    told_of_fractions: bool = False
    seen: bool = False

    def begin(self, line: int, found: re.Match[str]) -> None:
        identity = found[1] or self._take_index()
        self._flush()
        if not self.seen:
            self.seen, self.indexed = True, identity is not None
        self.began = line
        self.number = int(identity) if identity else None
        start = self._time(found, 2)
        end = self._time(found, 7) if found[9] is not None else None
        if end is None:
            self.gathering.note(line, "the cue has no end")
        if found[6] is None or (end is not None and found[11] is None):
            self._tell_of_fractions(line)
        rest = found[12].strip()
        settings = rest if _PLACE.fullmatch(rest) else None
        if rest and not settings and end is not None:
            self.pending.append(rest)
        if end is None:
            self.open_ends.append(len(self.gathering.cues))
        self.current = Cue(start, start if end is None else end, "", identity, None, settings)

    def drop(self, line: int, text: str) -> None:
        """A line of times that can't be read: its text must not join the cue before."""
        self._take_index()
        self._flush()
        self.current = None
        self.began = line
        self.gathering.note_times(line, text)

    def finish(self, line: int) -> None:
        self._cut_end(line)
        self._flush()
        starts = sorted(cue.start_ms for cue in self.gathering.cues)
        ends = dict(zip(starts, lasting(starts), strict=True)) if self.open_ends else {}
        for number in self.open_ends:
            cue = self.gathering.cues[number]
            self.gathering.cues[number] = replace(cue, end_ms=Ms(ends[cue.start_ms]))

    def _time(self, found: re.Match[str], first: int) -> Ms:
        hours, minutes, seconds = (int(found[first + n] or 0) for n in (1, 2, 3))
        if found[first]:
            self.gathering.note(self.began, "the time is negative; taken as zero")
            return Ms(0)
        return milliseconds(hours, minutes, seconds, found[first + 4] or "")

    def _tell_of_fractions(self, line: int) -> None:
        if not self.told_of_fractions:
            self.gathering.note(line, "times without milliseconds")
            self.told_of_fractions = True

    def _take_index(self) -> str | None:
        """The number before the times, taken away from the text before it."""
        lines, at = self.pending, len(self.pending) - 1
        while at >= 0 and not lines[at].strip():
            at -= 1
        found = _INDEX.fullmatch(lines[at].translate(_DIGITS)) if at >= 0 else None
        if found is None:
            return None
        gap = len(lines) - 1 - at
        alone = at == 0 or not lines[at - 1].strip()
        follows = int(found[1]) == (self.number or 0) + 1
        if (gap == 0 and (alone or self.indexed)) or (gap <= 2 and alone and follows):
            del lines[at:]
            return found[1]
        return None

    def _flush(self) -> None:
        raw = self.gathering.bounded(self.began, "\n".join(self.pending))
        text = plain(raw) if raw else ""
        self.pending.clear()
        if self.current is not None:
            settings = placing.of_codes(raw) or self.current.settings
            self.gathering.add(self.began, replace(self.current, text=text, settings=settings))
        elif text and not self.seen:
            self.gathering.note(1, f"text before the first cue: {shown(text)}")

    def _cut_end(self, line: int) -> None:
        """A file that was cut within a cue ends with an index, perhaps with half of its times."""
        filled = [at for at, text in enumerate(self.pending) if text.strip()]
        if not filled or not self.indexed or self.number is None:
            return
        at = filled[-1]
        if len(filled) > 1 and _CUT_TIME.fullmatch(self.pending[at]):
            at = filled[-2]
        found = _INDEX.fullmatch(self.pending[at])
        alone = at > 0 and not self.pending[at - 1].strip()
        if found and alone and int(found[1]) == self.number + 1:
            del self.pending[at:]
            self.gathering.note(line, "the file ends within a cue")
