"""What is known of a clip and of a story, read once for all the comparisons that follow."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from mediacatalog.articles import mentions
from mediacatalog.articles.mentions import gazetteer
from mediacatalog.articles.mentions.spelling import bare
from mediacatalog.articles.mentions.values import ActorValue, DateValue, PlaceValue
from mediacatalog.occasion import days_in
from mediacatalog.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediacatalog.articles.mentions.values import Mention
    from mediacatalog.values import Article

LONGEST_TEXT = 40_000
"""Characters of a story, or of a clip's captions, that are compared."""
LONGEST_NAMING = 8000
"""Characters of what is said of a clip, or in it, in which names and days are looked for."""
_WORD = re.compile(r"\w+")

Rarity = Callable[[str], int]
"""In how many stories (or clips) a key occurs, as far as the index counts; 0 is unknown."""


@dataclass(frozen=True, slots=True)
class Token:
    """A folded word without its article, and where it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NamedPlace:
    name: str
    lat: float | None
    lon: float | None
    telling: float
    """0 to 1: a village tells more than a capital, a country nothing."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NamedDay:
    """Days from first to last, both within."""

    first: date
    last: date
    start: int
    end: int
    sure: float = 1.0
    """0 to 1: lower for days that are reckoned from others."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a text names, each thing once, in any language: by id, canonical name, or day."""

    places: dict[str, NamedPlace]
    """By GeoNames id, or by name where there is none."""
    actors: dict[str, tuple[str, float, int, int]]
    """(name, how telling, start, end) by canonical name."""
    days: tuple[NamedDay, ...]


@lru_cache(maxsize=65536)
def plain_word(word: str) -> str:
    return bare(fold(word))


def tokens(text: str) -> list[Token]:
    return [
        Token(plain_word(found[0]), found.start(), found.end())
        for found in _WORD.finditer(text[:LONGEST_TEXT])
    ]


def named(found: Iterable[Mention]) -> Named:
    """Of mentions; those that a person rejected should not be among them."""
    places: dict[str, NamedPlace] = {}
    actors: dict[str, tuple[str, float, int, int]] = {}
    days: list[NamedDay] = []
    for one in found:
        value = one.value
        if isinstance(value, PlaceValue):
            key = str(value.geonames_id or f"{value.country}:{value.name}")
            telling = _telling(value) * min(1.0, one.confidence + 0.2)
            if telling and key not in places:
                places[key] = NamedPlace(
                    value.name, value.lat, value.lon, telling, one.start, one.end
                )
        elif isinstance(value, ActorValue):
            telling = 0.15 if one.kind == "group" else 0.8 if " " in value.name else 0.3
            actors.setdefault(fold(value.name), (value.name, telling, one.start, one.end))
        elif isinstance(value, DateValue) and value.earliest and value.latest:
            first, last = date.fromisoformat(value.earliest), date.fromisoformat(value.latest)
            days.append(NamedDay(first, last, one.start, one.end, one.confidence))
    return Named(places, actors, tuple(days))


def _telling(place: PlaceValue) -> float:
    if place.type == "country" or place.role == "dateline":
        return 0.0
    if place.type != "settlement":
        return 0.1
    known = gazetteer.load().place(place.geonames_id) if place.geonames_id else None
    people = known.people if known else 0
    return next(
        telling
        for most, telling in ((20_000, 1.0), (150_000, 0.6), (1_000_000, 0.3), (10**10, 0.1))
        if people < most
    )


@dataclass(frozen=True)
class ClipFacts:
    """What is known of a clip that an article may name."""

    name: str
    """The file's name, with its suffix."""
    duration_ms: int | None = None
    recorded_at: str = ""
    """ISO 8601, or empty."""
    title: str | None = None
    """From the container or a person; the name gives one otherwise."""
    urls: tuple[str, ...] = ()
    """Addresses in the container's tags or in the record of its download: where it came from."""
    description: str = ""
    """What people, the container or the download's record say of it."""
    captions: str = ""
    location: tuple[float, float] | None = None
    """Latitude and longitude, degrees of WGS 84."""
    other_names: tuple[str, ...] = ()
    """Of further copies of the same bytes."""
    near_linked: tuple[str, ...] = ()
    """Ids of articles that a near copy of this clip is linked to."""

    @cached_property
    def says(self) -> str:
        """Description and captions, as one text."""
        return "\n".join(filter(None, (self.description, self.captions)))[:LONGEST_TEXT]

    @cached_property
    def tokens(self) -> list[Token]:
        return tokens(self.says)

    @cached_property
    def named(self) -> Named:
        title = f"{self.title or ''}\n{readable(self.name)}"
        return named(mentions.find(f"{title}\n{self.says[:LONGEST_NAMING]}").mentions)

    @cached_property
    def days(self) -> tuple[tuple[str, date], ...]:
        """(how it is known, day): the camera's, and those in its names."""
        found = [("was recorded on", self.recorded_at)]
        named_for = (self.name, self.title or "", *self.other_names)
        found += [("is named for", text) for text in named_for if text]
        dated = [(how, day) for how, text in found for day in days_in(text)]
        return tuple(dict.fromkeys(dated))


@dataclass(frozen=True)
class Story:
    """An article with what its text names."""

    article: Article
    id: str = ""
    """In the catalogue, if it is there."""
    mentioned: tuple[Mention, ...] | None = None
    """Known mentions; None: to be found in the text."""

    @cached_property
    def named(self) -> Named:
        if self.mentioned is not None:
            return named(self.mentioned)
        return named(mentions.of_article(self.article).mentions)

    @cached_property
    def tokens(self) -> list[Token]:
        return tokens(self.article.text)


def readable(name: str) -> str:
    """A file name as words: without suffix, `[id]` and underscores."""
    stem = name.rsplit(".", 1)[0] if "." in name.lstrip(".") else name
    stem = re.sub(r"\s*\[[A-Za-z0-9_-]{6,64}\]$", "", stem)
    return re.sub(r"[\s_]+", " ", stem).strip()
