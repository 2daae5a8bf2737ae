"""One clip as the search sees it: every text by which it is found, and what it is filtered by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from mediacatalog.catalog import reviews
from mediacatalog.values import State

if TYPE_CHECKING:
    from datetime import date

FOUND_STATES = (State.READY, State.PARTIAL, State.OFFLINE)
"""Of clips that a search may find: read through, and described even while their disk is away."""


@dataclass(frozen=True, slots=True)
class TermText:
    kind: str
    slug: str
    label: str
    labels: tuple[str, ...]
    """All labels, the preferred one among them."""
    above: tuple[str, ...] = ()
    """Labels of the terms that it lies within, however far up; where they were asked for."""


@dataclass(frozen=True, slots=True)
class ArticleText:
    id: str
    title: str
    text: str
    language: str | None
    terms: tuple[TermText, ...] = ()
    """Places, people and groups that a person accepted of what it names."""
    names: tuple[str, ...] = ()
    """The one name of each that it names in some spelling, accepted or not."""


class CueText(NamedTuple):
    start_ms: int
    end_ms: int
    text: str
    words: tuple[tuple[int, int], ...] = ()
    """As in `values.Cue`."""
    tags: tuple[TermText, ...] = ()
    """Of a note."""


@dataclass(frozen=True)
class TrackText:
    id: str
    language: str | None
    cues: tuple[CueText, ...]
    label: str = ""
    """Says that a machine made the text; empty for what people wrote."""

    @cached_property
    def text(self) -> str:
        """A line for each cue, or more."""
        return "\n".join([cue.text for cue in self.cues])

    @cached_property
    def starts(self) -> list[int]:
        """Where in `text` each cue begins."""
        return list(accumulate((len(cue.text) + 1 for cue in self.cues), initial=0))[:-1]


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """One clip as the search sees it: what people entered where they did, else what was derived."""

    clip_id: str
    rev: int
    state: str
    title: str
    description: str
    source: str
    language: str
    codec: str
    duration_ms: int
    created_us: int
    """Microseconds since 1970, when the clip was first seen."""
    terms: tuple[TermText, ...]
    names: tuple[str, ...]
    """Paths below their roots at which the bytes were seen."""
    articles: tuple[ArticleText, ...]
    tracks: tuple[TrackText, ...]
    described: bool = False
    """Whether a person gave it a title, a description or a term."""
    width: int = 0
    height: int = 0
    """As shown; 0 without pictures."""
    audible: bool = False
    recorded_at: str = ""
    """ISO 8601 of the recording, as exact as it is known; empty where nothing says so."""
    first_day: date | None = None
    last_day: date | None = None
    """The best that is known of the recording, both within; without a first day nothing is."""
    points: tuple[tuple[float, float], ...] = ()
    """Latitude and longitude in degrees of where it was recorded, and of its own places."""
    places: tuple[str, ...] = ()
    """Names of the places that people said of it, beside its terms."""
    notes: tuple[CueText, ...] = ()
    """What people wrote at moments of it, in the order of the film."""
    pictures: tuple[CueText, ...] = ()
    """What a machine read in each of its keyframes, in the order of the film."""
    rights: str = ""
    review: reviews.Review = reviews.UNTOUCHED
    collections: tuple[tuple[str, str], ...] = ()
    """(id, name) of those into which it was put."""
    at_risk: bool = False
    """Whether somebody says that it may harm people."""
    warnings: tuple[str, ...] = ()
    """Of `care.WARNINGS`."""
    camera: str = ""
    """Maker and model, as the file says."""
    access: str = ""
    """One of `sight.LEVELS`; empty of a clip that is open."""
    until_us: int = 0
    """When an embargo ends, in microseconds since 1970."""
    shown_to: tuple[str, ...] = ()
    """Ids of the accounts to which a grant shows it though it's closed."""

    @property
    def every_term(self) -> list[TermText]:
        """Its own, and the tags of its notes."""
        if not self.notes:
            return list(self.terms)
        return list(dict.fromkeys((*self.terms, *(tag for one in self.notes for tag in one.tags))))

    @property
    def findable(self) -> bool:
        return self.state in FOUND_STATES
