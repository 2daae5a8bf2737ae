"""What a text names, as values: a date, a place, an actor, and the claim that somebody makes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DateValue:
    """What a text says of a time, in days; None is open, or not known."""

    edtf: str | None
    """EDTF level 1 (ISO 8601-2:2019); None for another calendar."""
    earliest: str | None
    latest: str | None
    alternatives: tuple[str, ...] = ()
    """Other readings of an ambiguous one: `11/09/2017`."""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceValue:
    """A place that a name may mean; degrees of WGS 84. What has no id isn't in the gazetteer."""

    geonames_id: int | None
    name: str
    lat: float | None
    lon: float | None
    country: str | None
    """ISO 3166-1, two letters."""
    type: str = "settlement"
    """`settlement`, `province`, `country`, `river`…; a province lies where its seat does."""
    role: str = "scene"
    """`dateline` for where a story was sent from."""
    score: float = 0.0
    alternatives: tuple[PlaceValue, ...] = ()
    """Namesakes, best first."""
    approximate: bool = False
    """The point stands for an area, or is from one unchecked source: kilometres off, perhaps."""


@dataclass(frozen=True, slots=True)
class ActorValue:
    """A person or a group: one name for all its spellings."""

    name: str
    title: str | None = None
    """Rank or office before a person's name, as written."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that a text names: `text[start:end] == surface`. A suggestion, never a fact."""

    kind: str
    """`place`, `date`, `person` or `group`."""
    surface: str
    start: int
    end: int
    value: DateValue | PlaceValue | ActorValue
    confidence: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who says what: spans in characters of the text."""

    speaker: str
    speaker_start: int
    speaker_end: int
    verb: str
    """The words that attribute it: `stated`, `according to`."""
    statement: str
    start: int
    """Of the statement."""
    end: int
    direct: bool
    """Whether it stands between quotation marks."""
    confidence: float
