"""TTML and its relatives DFXP, IMSC, SMPTE-TT and EBU-TT: a cue for each paragraph and its times.

https://www.w3.org/TR/ttml2/ for times and containers, https://www.w3.org/TR/ttml-imsc1.2/. A
paragraph whose spans have times of their own becomes a cue for each of its states. What a tag
does to a broken file is undone by the next one: every paragraph that can be saved is.
"""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from mediacatalog.captions import markup, ttml_layout, ttml_time
from mediacatalog.captions.gathering import LAST_MS, MAX_MS, Gathering, moved, tidy
from mediacatalog.text.languages import bcp47
from mediacatalog.values import Cue, Ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from fractions import Fraction

    Seconds = Fraction | float

_ANYWHERE = re.compile(r"<(?:[\w.-]{1,60}:)?p\b[^<>]{0,2000}\bbegin[ \t\n]*=")
_NAMESPACE = re.compile(r"http://www\.w3\.org/(?:ns/ttml|20\d\d/(?:\d\d/)?ttaf1)#?")
_CONTENT = frozenset({"body", "div", "p", "span"})
_STYLING = frozenset({"b", "i", "u", "font", "em", "strong"})
"""HTML's, in files that know no better: their text is text."""
_SAMPLE = re.compile(r" sample ([0-9]{1,12}) ([0-9]{1,12}) ")
"""How `media.iso_text` writes when the document that follows is shown, in milliseconds."""
_SPACES = re.compile(r"[ \t\n\r]+")
_SPACES_WITHIN = re.compile(r"[ \t]+")
_AROUND_BREAKS = re.compile(r" *\n *")
MAX_DEPTH = 200
MAX_STATES = 400
"""Times at which one paragraph changes; beyond it becomes a single cue."""
MAX_SPANS = 20
"""Times at which one element is shown and hidden again."""

_ALWAYS = ((0, math.inf),)
Spans = tuple[tuple["Seconds", "Seconds"], ...]


class _Run(NamedTuple):
    begin: Seconds
    end: Seconds
    text: str
    region: str = ""
    place: str = ""


@dataclass
class _Element:
    """An open element; times are seconds of the document, `math.inf` where they are open."""

    name: str
    namespaces: Mapping[str, str]
    begin: Seconds = 0
    end: Seconds = math.inf
    """Where its parents end it at the latest."""
    explicit: bool = False
    sequential: bool = False
    cursor: Seconds = 0
    """In a sequence: where its next child may begin; else where its last child ends."""
    language: str = ""
    preserve: bool = False
    place: str = ""
    speaker: str = ""
    ruby: bool = False
    shown: Spans = _ALWAYS
    """When it is displayed at all; `set` elements change that."""
    region: str = ""
    seen: tuple[Spans, Spans] | None = None
    """`shown`, and when its text is seen by that: within its own times, and its region's."""


@dataclass
class _Paragraph:
    line: int
    element: _Element
    id: str | None
    runs: list[_Run] = field(default_factory=list)


def sniff(text: str) -> bool:
    return markup.first_tag(text) == "tt"


def sniff_loosely(text: str) -> bool:
    return _ANYWHERE.search(text) is not None


def read(text: str) -> Gathering:
    reading = _Reading()
    for token in markup.tokens(text.replace("\x00", "")):
        if reading.gathering.full:
            reading.gathering.note_full(token.line)
            break
        if not token.comment:
            reading.take(token)
        elif found := _SAMPLE.fullmatch(token.text):
            reading.begin_sample(int(found[1]), int(found[2]))
    reading.finish()
    return reading.gathering


@dataclass
class _Reading:
    gathering: Gathering = field(default_factory=Gathering)
    clock: ttml_time.Clock = field(default_factory=ttml_time.Clock)
    layout: ttml_layout.Layout = field(default_factory=ttml_layout.Layout)
    path: list[_Element] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    """Open elements inside one that isn't content: metadata and other people's markup."""
    paragraph: _Paragraph | None = None
    open_ends: list[tuple[int, Cue]] = field(default_factory=list)
    latest: Seconds = 0
    pictures: int = 0
    active: dict[str, tuple[Seconds, Seconds]] = field(default_factory=dict)
    """When each region that was met is there."""
    sample: tuple[int, int] | None = None
    before: int = 0
    """Cues of earlier documents."""
    going_on: dict[Cue, int] = field(default_factory=dict)
    """Numbers of the cues of the document before, by all but their times."""

    def take(self, token: markup.Token) -> None:
        if not token.name:
            if self.layout.agent:
                self.layout.named(token.text)
            elif self.paragraph and not self.skipped:
                self._text(token.text)
        elif token.closes:
            self._close(token)
        else:
            self._open(token)

    def begin_sample(self, begin: int, end: int) -> None:
        """The next document of a file of many; nothing of it is shown at other times."""
        self._end_document()
        self.sample = (begin, end)
        self.layout, self.active, self.latest = ttml_layout.Layout(), {}, 0

    def finish(self) -> None:
        self._end_document()
        if self.pictures:
            self.gathering.note(1, f"{self.pictures:,} captions are pictures; they are not read")

    def _end_document(self) -> None:
        while self.path:
            self._leave()
        self.skipped.clear()
        closing = self._ms(self.latest) + LAST_MS
        for line, cue in self.open_ends:
            self.gathering.add(line, replace(cue, end_ms=Ms(closing)))
        self.open_ends.clear()
        if self.sample:
            self._fit(*self.sample)

    def _fit(self, begin: int, end: int) -> None:
        """Cuts a document's cues to its sample, and joins what only the sample's end had cut."""
        cues = self.gathering.cues
        fresh, cues[self.before :] = cues[self.before :], []
        if not any(cue.start_ms < end and cue.end_ms > begin for cue in fresh):
            fresh = [moved(cue, begin) for cue in fresh]  # its times count from the sample's
        shown: dict[Cue, int] = {}
        for cue in fresh:
            first, last = max(begin, cue.start_ms), min(end, cue.end_ms)
            if first >= last:
                continue
            key = replace(cue, start_ms=Ms(0), end_ms=Ms(0))
            number = self.going_on.get(key, len(cues))
            if number < len(cues) and cues[number].end_ms == first:
                cues[number] = replace(cues[number], end_ms=Ms(last))
            else:
                number = len(cues)
                cues.append(replace(cue, start_ms=Ms(first), end_ms=Ms(last)))
            shown[key] = number
        self.going_on, self.before = shown, len(cues)

    def _open(self, token: markup.Token) -> None:
        prefix, _, name = token.name.rpartition(":")
        namespaces = _declared(token, self.path[-1].namespaces if self.path else {})
        own = _is_ttml(namespaces.get(prefix, ""))
        self.layout.take(name, token)
        if "backgroundImage" in _local(token) or (own and name == "image"):
            self.pictures += 1
        if own and name == "body":
            self.skipped.clear()  # a head that was never closed
        if self.skipped:
            if not token.empty and len(self.skipped) < MAX_DEPTH:
                self.skipped.append(token.name)
        elif own and name == "tt":
            self._root(token, namespaces)
        elif own and name in _CONTENT:
            self._content(name, token, namespaces)
        else:
            self._within(name if own else "", token)

    def _within(self, name: str, token: markup.Token) -> None:
        """What stands in content and isn't content itself; no name is what isn't TTML's."""
        if name == "br":
            self._run("\n")
            return
        if name == "set" and self.path:
            self._set(token)
        if not token.empty and name not in _STYLING:
            self.skipped.append(token.name)

    def _set(self, token: markup.Token) -> None:
        """An animation that shows or hides the element that it stands in, for a time."""
        attributes, element = _local(token), self.path[-1]
        if "display" in attributes and len(element.shown) < MAX_SPANS:
            begin, end, _ = self._times(token.line, attributes, element)
            element.shown = _without(element.shown, begin, end)
            if attributes["display"] != "none":
                element.shown = (*element.shown, (begin, end))

    def _content(self, name: str, token: markup.Token, namespaces: Mapping[str, str]) -> None:
        if len(self.path) >= MAX_DEPTH:
            return
        if name == "p" and self.paragraph:
            self._leave_until("p")  # the one before was never closed
        self._enter(name, token, namespaces)
        if token.empty:
            self._leave()

    def _close(self, token: markup.Token) -> None:
        self.layout.leave(token.name.rpartition(":")[2])
        if self.skipped:
            if token.name in self.skipped:
                while self.skipped.pop() != token.name:
                    pass
                return
            if token.name.rpartition(":")[2] not in {"head", "body", "p"}:
                return
            self.skipped.clear()  # what was to be skipped was never closed
        name = token.name.rpartition(":")[2]
        if any(one.name == name for one in self.path):
            self._leave_until(name)

    def _root(self, token: markup.Token, namespaces: Mapping[str, str]) -> None:
        attributes = _local(token)
        self.clock = ttml_time.clock(attributes)
        self.layout.picture(attributes)
        language = attributes.get("xml:lang", "")
        self.gathering.language = language or self.gathering.language
        preserve = attributes.get("xml:space") == "preserve"
        self.path.append(_Element("tt", namespaces, language=language, preserve=preserve))

    def _enter(self, name: str, token: markup.Token, namespaces: Mapping[str, str]) -> None:
        above = self.path[-1] if self.path else _Element("", namespaces)
        attributes = _local(token)
        begin, end, explicit = self._times(token.line, attributes, above)
        place, shown = above.place, above.shown
        if attributes:  # else all is as above it
            place = self.layout.settings(attributes, place)
            shown = () if self.layout.hides(attributes) else shown
        element = _Element(
            name,
            namespaces,
            begin,
            end,
            explicit,
            attributes.get("timeContainer") == "seq",
            begin,
            attributes.get("xml:lang", above.language),
            attributes.get("xml:space", "preserve" if above.preserve else "") == "preserve",
            place,
            self.layout.speakers.get(attributes.get("agent", "").split(" ")[0], above.speaker),
            attributes.get("ruby") in {"container", "baseContainer", "textContainer"},
            shown,
            attributes.get("region", above.region),
        )
        self.path.append(element)
        if name == "p":
            self.paragraph = _Paragraph(token.line, element, attributes.get("xml:id"))

    def _times(
        self, line: int, attributes: Mapping[str, str], above: _Element
    ) -> tuple[Seconds, Seconds, bool]:
        """Begin and end in the document, and whether the end was told."""
        origin = above.cursor if above.sequential else above.begin
        if not attributes:
            return origin, above.end, False
        told: dict[str, Fraction] = {}
        for name in ("begin", "end", "dur"):
            if name in attributes:
                seconds = self.clock.seconds(attributes[name])
                if seconds is None:
                    self.gathering.note_times(line, f"{name}={attributes[name]}")
                else:
                    told[name] = seconds
        begin = origin + told.get("begin", 0)
        ends = [origin + told["end"]] if "end" in told else []
        ends += [begin + told["dur"]] if "dur" in told else []
        end = min([*ends, above.end])
        for moment in (begin, end):
            if moment != math.inf:
                self.latest = max(self.latest, moment)
        return begin, end, bool(ends)

    def _leave_until(self, name: str) -> None:
        while self.path and self.path[-1].name != name:
            self._leave()
        self._leave()

    def _leave(self) -> None:
        element = self.path.pop()
        if self.paragraph and self.paragraph.element is element:
            self._keep(self.paragraph)
            self.paragraph = None
        if self.path:
            above = self.path[-1]
            end = element.end if element.explicit else min(element.end, element.cursor)
            above.cursor = end if above.sequential else max(above.cursor, end)

    def _text(self, text: str) -> None:
        element = self.path[-1]
        if element.ruby and not text.strip():
            return
        self._run(text if element.preserve else _SPACES.sub(" ", text))
        if text.strip() and not element.sequential:
            element.cursor = math.inf

    def _run(self, text: str) -> None:
        """Text of the innermost element; in a sequence it would be shown for no time at all."""
        element = self.path[-1] if self.path else _Element("", {})
        if not self.paragraph or element.sequential:
            return
        for begin, end in self._seen(element):
            self.paragraph.runs.append(_Run(begin, end, text, element.region, element.place))

    def _seen(self, element: _Element) -> Spans:
        """When text of an element is; told once for all that stands in it in a row."""
        if element.seen is None or element.seen[0] is not element.shown:
            begin, end = self._active(element.region)
            begin, end = max(element.begin, begin), min(element.end, end)
            spans = tuple((max(begin, one), min(end, other)) for one, other in element.shown)
            element.seen = element.shown, spans
        return element.seen[1]

    def _active(self, region: str) -> tuple[Seconds, Seconds]:
        """When a region is there: what stands in it is shown at no other time."""
        if region not in self.active:
            begin, end, _ = self._times(1, self.layout.regions.get(region, {}), _Element("", {}))
            self.active[region] = (begin, end)
        return self.active[region]

    def _keep(self, paragraph: _Paragraph) -> None:
        """A cue for each state, and for each region where spans stand in several."""
        runs = paragraph.runs
        regions = dict.fromkeys(run.region for run in runs if run.text.strip())
        for region in regions:
            of_it = [run for run in runs if run.region == region] if len(regions) > 1 else runs
            for state in _states(of_it):
                own = region == paragraph.element.region
                self._add(paragraph, state, paragraph.element.place if own else of_it[0].place)

    def _add(self, paragraph: _Paragraph, state: _Run, place: str) -> None:
        element = paragraph.element
        begin, end, raw, *_ = state
        text = _tidied(self.gathering.bounded(paragraph.line, raw), preserve=element.preserve)
        if not text or begin >= end:
            return
        cue = Cue(
            Ms(self._ms(begin)),
            Ms(self._ms(end)),
            text,
            id=paragraph.id,
            speaker=element.speaker or None,
            settings=place or None,
            language=self._language(element),
        )
        if end == math.inf:
            self.open_ends.append((paragraph.line, cue))
        else:
            self.gathering.add(paragraph.line, cue)

    def _language(self, element: _Element) -> str | None:
        own, whole = bcp47(element.language), bcp47(self.gathering.language or "")
        return own if own != whole else None

    def _ms(self, seconds: Seconds) -> int:
        return MAX_MS if seconds == math.inf else min(MAX_MS, round(seconds * 1000))


def _states(runs: list[_Run]) -> Iterator[_Run]:
    """What the paragraph shows from when to when; times at which nothing changes are joined."""
    spoken = [run for run in runs if run.text.strip() and run.begin < run.end]
    times = sorted({moment for run in spoken for moment in (run.begin, run.end)})
    if not spoken:
        return
    if len(times) <= 2 or len(times) > MAX_STATES:
        within = [run.text for run in runs if run.begin < times[-1] and run.end > times[0]]
        yield _Run(times[0], times[-1], "".join(within))
        return
    last: _Run | None = None
    for begin, end in itertools.pairwise(times):
        text = "".join(run.text for run in runs if run.begin <= begin and run.end >= end)
        if last and last.end == begin and last.text.split() == text.split():
            last = last._replace(end=end)
            continue
        if last:
            yield last
        last = _Run(begin, end, text)
    if last:
        yield last


def _without(spans: Spans, begin: Seconds, end: Seconds) -> Spans:
    parts = ((first, min(last, begin)) for first, last in spans)
    rest = ((max(first, end), last) for first, last in spans)
    return tuple(one for one in (*parts, *rest) if one[0] < one[1])


def _tidied(text: str, *, preserve: bool) -> str:
    if not preserve:
        text = _AROUND_BREAKS.sub("\n", _SPACES_WITHIN.sub(" ", text))
    return tidy(text).strip(" \t\n")


def _declared(token: markup.Token, above: Mapping[str, str]) -> Mapping[str, str]:
    if not token.attributes:
        return above
    own = {
        name.partition(":")[2]: value
        for name, value in token.attributes.items()
        if name == "xmlns" or name.startswith("xmlns:")
    }
    return {**above, **own} if own else above


@lru_cache(maxsize=64)
def _is_ttml(uri: str) -> bool:
    """A prefix that nobody declared is taken for TTML's own: such files exist."""
    return not uri or _NAMESPACE.fullmatch(uri) is not None


def _local(token: markup.Token) -> dict[str, str]:
    """Attributes by their local names; those of `xml:` keep the prefix."""
    if not token.attributes:
        return {}
    return {
        name if name.startswith("xml:") else name.rpartition(":")[2]: value
        for name, value in token.attributes.items()
        if not name.startswith("xmlns")
    }
