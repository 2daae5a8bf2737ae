"""SAMI: `<SYNC Start=ms>` and a paragraph of each language, as people and tools really wrote it.

https://learn.microsoft.com/previous-versions/windows/desktop/dnacc/understanding-sami-1.0
A paragraph lasts until the next SYNC that has one of its class; `&nbsp;` shows nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mediacatalog.captions import markup
from mediacatalog.captions.gathering import LAST_MS, MAX_MS, Gathering, shown, tidy
from mediacatalog.text.languages import bcp47
from mediacatalog.values import Cue, Ms

_SYNC = re.compile(r"<sync\b[^<>]{0,200}start[ \t]*=", re.IGNORECASE)
_CLASS = re.compile(r"\.([A-Za-z0-9_-]{1,60})[ \t\n]*\{([^{}]{0,2000})\}")
_LANG = re.compile(r"\blang[ \t\n]*:[ \t\n]*[\"']?([A-Za-z-]{2,20})", re.IGNORECASE)
_COUNT = re.compile(r"[ \t]*(-?)([0-9]{1,18})(?:\.[0-9]*)?[ \t]*(?:ms)?[ \t]*", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\n]+")


def sniff(text: str) -> bool:
    return markup.first_tag(text) == "sami"


def sniff_loosely(text: str) -> bool:
    return _SYNC.search(text) is not None


def read(text: str) -> Gathering:
    reading = _Reading()
    for token in markup.tokens(text.replace("\x00", ""), html=True):
        if reading.gathering.full:
            reading.gathering.note_full(token.line)
            break
        reading.take(token)
    reading.sync(None)
    reading.end()
    reading.gathering.language = reading.first_language
    return reading.gathering


@dataclass
class _Shown:
    """A paragraph on the screen until its class has another one."""

    line: int
    start: int
    text: str
    speaker: str | None


@dataclass
class _Reading:
    gathering: Gathering = field(default_factory=Gathering)
    languages: dict[str, str] = field(default_factory=dict)
    """Of each class, in lower case, by the style sheet."""
    first_language: str | None = None
    at: int | None = None
    line: int = 0
    klass: str = ""
    source: bool = False
    in_style: bool = False
    in_head: bool = False
    parts: dict[str, list[str]] = field(default_factory=dict)
    sources: dict[str, list[str]] = field(default_factory=dict)
    on_screen: dict[str, _Shown] = field(default_factory=dict)

    def take(self, token: markup.Token) -> None:
        name = token.name.lower()
        if not name:
            self._words(token)
        elif name == "style":
            self.in_style = not token.closes
        elif name in {"head", "title"}:
            self.in_head = not token.closes
        elif name == "sync" and not token.closes:
            self.in_style = self.in_head = False
            self._begin(token)
        elif name == "p":
            attributes = {key.lower(): value for key, value in token.attributes.items()}
            self.klass = "" if token.closes else attributes.get("class", "").lower()
            self.source = not token.closes and attributes.get("id", "").lower() == "source"
            if not token.closes and self.at is not None and not self.source:
                self.parts.setdefault(self.klass, [])
        elif name == "br" and self.at is not None:
            self._into().append("\n")

    def _words(self, token: markup.Token) -> None:
        if self.in_style or (token.comment and not self.at):
            for found in _CLASS.finditer(token.text[:200_000]):
                if language := _LANG.search(found[2]):
                    self.languages[found[1].lower()] = language[1]
        elif not token.comment and not self.in_head and self.at is not None:
            self._into().append(_SPACES.sub(" ", token.text))

    def _into(self) -> list[str]:
        return (self.sources if self.source else self.parts).setdefault(self.klass, [])

    def _begin(self, token: markup.Token) -> None:
        value = next((v for k, v in token.attributes.items() if k.lower() == "start"), "")
        found = _COUNT.fullmatch(value)
        if found is None:
            self.gathering.note_times(token.line, f"SYNC {shown(value)}")
            self.sync(None)
            return
        self.sync(0 if found[1] else min(MAX_MS, int(found[2])))
        self.line = token.line

    def sync(self, at: int | None) -> None:
        """What was gathered is on the screen from its own time on; the next time is `at`."""
        for klass, parts in self.parts.items():
            self._clear(klass, self.at or 0)
            text = tidy("\n".join(one.strip(" ") for one in "".join(parts).split("\n")))
            if text.strip(" \u00a0\n"):
                spoken = "".join(self.sources.get(klass, ())).strip(" \u00a0\n-:")
                self.on_screen[klass] = _Shown(self.line, self.at or 0, text, spoken or None)
        self.parts, self.sources = {}, {}
        self.klass, self.source, self.at = "", False, at

    def end(self) -> None:
        for klass, one in list(self.on_screen.items()):
            self._clear(klass, one.start + LAST_MS)

    def _clear(self, klass: str, end: int) -> None:
        one = self.on_screen.pop(klass, None)
        if one is None:
            return
        language = bcp47(self.languages.get(klass, ""))
        self.first_language = self.first_language or language
        self.gathering.add(
            one.line,
            Cue(
                Ms(one.start),
                Ms(end),
                self.gathering.bounded(one.line, one.text),
                speaker=one.speaker,
                language=language if language != self.first_language else None,
            ),
        )
