"""Speech and sounds within the text of a cue: who speaks, what is heard, what is sung."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mediacatalog.values import Cue

PartKind = Literal["speech", "sound", "speaker"]

_SOUND = (
    r"\[[^\[\]\n]{1,120}\]|【[^【】\n]{1,120}】|［[^［］\n]{1,120}］"
    r"|[♪♫#](?= )[^♪♫#\n]{1,200}[♪♫#]|[♪♫]+"
)
_PARENTHESES = r"(?m:^(?:[-–—] ?)?\([^()\n]{2,80}\)$)"  # within a line they are an aside
_NAME = r"[A-Z0-9.'’\-]{0,20}"
_SPEAKER = rf"(?m:^(?:[-–—] ?|>> ?)?[A-Z](?!:){_NAME}(?: [A-Z0-9]{_NAME}){{0,3}}:(?= ))"
_PARTS = re.compile(f"(?P<sound>{_SOUND}|{_PARENTHESES})|(?P<speaker>{_SPEAKER})")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a cue; all parts of a cue together are its text."""

    text: str
    kind: PartKind
    ms: int | None = None
    """When it is spoken, where the file tells that of each word."""


def parts(
    text: str, *, sound: bool = False, words: Sequence[tuple[int, int]] = ()
) -> tuple[Part, ...]:
    """A cue's text with its sounds told apart: `[gunfire]`, `(applause)` on a line, `♪ … ♪`.

    `sound` says that all of it is one. A name in capitals before a colon is the speaker. `words`
    (as in `values.Cue`) divide it further.
    """
    told = _told(text, sound=sound)
    return tuple(_divided(told, words)) if words else told


def _divided(told: Sequence[Part], words: Sequence[tuple[int, int]]) -> Iterator[Part]:
    at = 0
    ms: int | None = None
    left = list(words)
    for part in told:
        start, end = at, at + len(part.text)
        while left and left[0][0] < end:
            place, later = left.pop(0)
            if place > at:
                yield Part(part.text[at - start : place - start], part.kind, ms)
            at, ms = max(at, place), later
        if at < end:
            yield Part(part.text[at - start :], part.kind, ms)
        at = end


def _told(text: str, *, sound: bool) -> tuple[Part, ...]:
    if sound:
        return (Part(text, "sound"),) if text else ()
    found: list[Part] = []
    at = 0
    for match in _PARTS.finditer(text):
        if match.start() > at:
            found.append(Part(text[at : match.start()], "speech"))
        found.append(Part(match[0], "sound" if match["sound"] else "speaker"))
        at = match.end()
    if at < len(text):
        found.append(Part(text[at:], "speech"))
    return tuple(found)


def tells_sounds(cues: Sequence[Cue]) -> bool:
    """Whether the track is for those who cannot hear: two cues in a hundred, and two at least."""
    heard = sum(
        cue.sound or any(part.kind == "sound" for part in parts(cue.text[:500])) for cue in cues
    )
    return heard >= 2 and heard * 50 >= len(cues)
