"""Find clips, and the moments in them, by words in any script."""

from mediacatalog.search.completing import Completion, complete, terms
from mediacatalog.search.find import find, known_filters, walk
from mediacatalog.search.index import SearchIndex
from mediacatalog.search.overview import Dates, Places, clip_ids, counts, dates, places
from mediacatalog.search.results import (
    FACETS,
    SORTS,
    Facet,
    FacetValue,
    Hit,
    Moment,
    Results,
    SearchQuery,
    Snippet,
    SnippetPart,
    as_json,
)

__all__ = [
    "FACETS",
    "SORTS",
    "Completion",
    "Dates",
    "Facet",
    "FacetValue",
    "Hit",
    "Moment",
    "Places",
    "Results",
    "SearchIndex",
    "SearchQuery",
    "Snippet",
    "SnippetPart",
    "as_json",
    "clip_ids",
    "complete",
    "counts",
    "dates",
    "find",
    "known_filters",
    "places",
    "terms",
    "walk",
]
