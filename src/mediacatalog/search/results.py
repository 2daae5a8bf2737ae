"""What is asked of the search and what it answers: frozen values, and their JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from mediacatalog.catalog import reviews
from mediacatalog.catalog.care import WARNINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FACETS: Mapping[str, str] = {
    "tag": "Tags",
    "place": "Places",
    "person": "People",
    "group": "Groups",
    "year": "Recorded in",
    "source": "Source",
    "language": "Language",
    "length": "Length",
    "size": "Picture",
    "camera": "Camera",
    "codec": "Codec",
    "collection": "Collections",
    "rights": "Rights",
    "review": "Review",
    "state": "State",
    "warning": "Content warnings",
}
"""Name (in addresses and filters) to label, in order of display."""

FIRST = ("tag", "place", "person", "year", "source", "language")
"""Those that are counted even of very many hits."""

NOT = "!"
"""After a facet's name in a filter: hits with these values are left out."""
NONE = "~none"
"""The value of clips that have none."""

LENGTHS = {
    "1": "up to 1 minute",
    "5": "1 to 5 minutes",
    "20": "5 to 20 minutes",
    "60": "20 to 60 minutes",
    "long": "over an hour",
}
"""Value (minutes at most) to label."""
SIZES = {"sd": "below HD", "hd": "HD (720)", "full-hd": "Full HD (1080)", "4k": "4K and more"}
LABELS: Mapping[str, Mapping[str, str]] = {
    "length": LENGTHS,
    "size": SIZES,
    "review": reviews.STATES,
    "warning": WARNINGS,
}
ORDERED: Mapping[str, Sequence[str]] = {name: tuple(values) for name, values in LABELS.items()}
"""Facets whose values have an order of their own; years go backwards, others by their counts."""

SORTS: Mapping[str, str] = {
    "relevance": "best match",
    "newest": "newest here",
    "latest": "date shot, latest first",
    "earliest": "date shot, earliest first",
    "longest": "longest first",
    "shortest": "shortest first",
    "title": "title",
}
"""Name (in addresses) to label. What is not known of a clip puts it last."""

MomentSource = Literal[
    "caption", "note", "title", "tag", "place", "description", "article", "file name", "picture"
]
"""`tag`: of any term of the vocabulary; `place`: one that is none, said of the clip's recording."""
Via = Literal["", "another spelling", "another form", "another name", "a similar name"]
"""A fold or transliteration; an ending; an alias of the clip's tag or place; a slip."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """`filters`: a facet's name to the values of which one must hold; with NOT after it, none.

    The value NONE stands for clips without a value. Unknown names are ignored.
    """

    text: str
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limit: int = 20
    """Hits on a page, 1 to 100."""
    after: str | None = None
    """`Results.next` of the page before."""
    sort: str = ""
    """One of SORTS; anything else: the best match first, without words the newest."""
    facets: tuple[str, ...] | None = None
    """Names of those that are counted; None: all."""
    spare: bool = False
    """Whether of very many hits only the FIRST facets are counted, and those with a selection."""
    notes: tuple[str, ...] = ()
    """What was cut of it before it is asked."""


@dataclass(frozen=True, slots=True)
class SnippetPart:
    text: str
    marked: bool


Snippet = tuple[SnippetPart, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a clip matches. Times are None for what stands beside the clip, not in it."""

    start_ms: int | None
    end_ms: int | None
    source: MomentSource
    snippet: Snippet
    track_id: str | None = None
    language: str | None = None
    via: Via = ""
    """Why it matches, where the words stand otherwise than they were typed."""
    label: str = ""
    """`Machine-made text: Whisper` of a caption that no person wrote."""


@dataclass(frozen=True, slots=True)
class Hit:
    clip_id: str
    title: str
    score: float
    moments: tuple[Moment, ...]
    """The best three, those with a time first. Empty when neither words nor tags were asked for."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    label: str
    count: int
    """Hits with this value, if the facet's own selection were not there."""
    selected: bool
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    label: str
    values: tuple[FacetValue, ...]
    """The most frequent first; every selected value is among them."""


@dataclass(frozen=True, slots=True)
class Results:
    hits: tuple[Hit, ...]
    count: int
    """All clips that match, not only those on this page."""
    facets: tuple[Facet, ...]
    """Those that were asked for."""
    next: str | None
    """Cursor of the next page; None on the last."""
    notes: tuple[str, ...]
    """What a person should know of how the query was read."""
    uncounted: tuple[str, ...] = ()
    """Facets that were spared."""


def plain(snippet: Snippet) -> str:
    """A snippet without its marks."""
    return "".join(part.text for part in snippet)


def as_json(query: SearchQuery, results: Results) -> dict[str, object]:
    """The document that `mediacatalog search --json` prints."""
    return {
        "query": query.text,
        "filters": {name: list(values) for name, values in query.filters.items()},
        "count": results.count,
        "hits": [
            {
                "clip": hit.clip_id,
                "title": hit.title,
                "score": round(hit.score, 4),
                "moments": [_moment_as_json(moment) for moment in hit.moments],
            }
            for hit in results.hits
        ],
        "facets": {
            facet.name: [
                {
                    "value": value.value,
                    "label": value.label,
                    "count": value.count,
                    "selected": value.selected,
                }
                | ({"excluded": True} if value.excluded else {})
                for value in facet.values
            ]
            for facet in results.facets
        },
        "next": results.next,
        "notes": list(results.notes),
    }


def _moment_as_json(moment: Moment) -> dict[str, object]:
    """Without a label where people wrote the text, without `via` where it stands as typed."""
    document: dict[str, object] = {
        "start_ms": moment.start_ms,
        "end_ms": moment.end_ms,
        "source": moment.source,
        "snippet": plain(moment.snippet),
        "track": moment.track_id,
        "language": moment.language,
    }
    if moment.via:
        document["via"] = moment.via
    return document | ({"label": moment.label} if moment.label else {})
