"""The first page: search, facets, results with their moments. Its address holds all its state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import render_template, request

from mediacatalog import search as searching
from mediacatalog.catalog import queue, reads, sheets
from mediacatalog.search.facets import described
from mediacatalog.search.results import (
    FACETS,
    LABELS,
    NONE,
    NOT,
    SORTS,
    Facet,
    FacetValue,
    Hit,
    Moment,
    Results,
    SearchQuery,
    Snippet,
    SnippetPart,
    plain,
)
from mediacatalog.web import overviews, words
from mediacatalog.web.services import services
from mediacatalog.web.tongue import gettext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session
    from werkzeug.datastructures import MultiDict

    from mediacatalog.search.tallies import Counts

bp = APIBlueprint("search", __name__, enable_openapi=False)

PAGE = 24
LONGEST_PAGE = 96
"""Hits of one page, once a person asked for more of them."""
LAYOUTS = {"list": "List", "grid": "Grid", "sheet": "Contact sheet"}
"""How the clips are laid out: with their moments, as posters, with all their keyframes."""
VIEWS = ("", *LAYOUTS, "map", "time")
"""What `view` may be; without one it is a list where words were asked for, else a grid."""
MAX_VALUES = 20
"""Values of one facet that a request may select."""
CUT_VALUES = f"only the first {MAX_VALUES} values of a facet were looked for"


@dataclass(frozen=True, slots=True)
class Chip:
    """A selected value above the results, and the address without it."""

    facet: str
    label: str
    url: str
    excluded: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A hit and what is shown of its clip."""

    hit: Hit
    card: reads.Card

    @property
    def timed(self) -> list[Moment]:
        return [one for one in self.hit.moments if one.start_ms is not None]

    @property
    def beside(self) -> list[Moment]:
        """What matches without a time, except what the card shows with its marks anyway."""
        return [
            one
            for one in self.hit.moments
            if one.start_ms is None
            and one.source != "title"
            and not (one.source == "tag" and plain(one.snippet) in self.marked_terms)
        ]

    @property
    def marked_terms(self) -> frozenset[str]:
        """Labels of the clip's terms that match."""
        found = {plain(one.snippet) for one in self.hit.moments if one.source == "tag"}
        return frozenset(found & {term.label for term in self.card.terms})

    @property
    def title_parts(self) -> Snippet:
        for one in self.hit.moments:
            if one.source == "title" and plain(one.snippet) == self.card.title:
                return one.snippet
        return (SnippetPart(self.card.title, marked=False),)

    @property
    def url(self) -> str:
        """The clip at its best moment."""
        start = next((f"?t={words.seconds(one.start_ms or 0)}" for one in self.timed), "")
        return f"/clips/{self.card.id}{start}"


def _shown_count(args: MultiDict[str, str]) -> int:
    """How many hits a person had on the page, as the address says."""
    text = args.get("show", "")
    asked_for = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else PAGE
    return min(max(asked_for, PAGE), LONGEST_PAGE)


def asked(args: MultiDict[str, str], *, limit: int = PAGE) -> SearchQuery:
    """The question that an address holds; unknown names are passed over."""
    filters = {
        name: tuple(dict.fromkeys(filter(None, args.getlist(name))))
        for facet in FACETS
        for name in (facet, facet + NOT)
    }
    cut = any(len(values) > MAX_VALUES for values in filters.values())
    return SearchQuery(
        text=args.get("q", ""),
        filters={name: values[:MAX_VALUES] for name, values in filters.items() if values},
        limit=limit,
        after=args.get("after") or None,
        sort=args.get("sort", "") if args.get("sort", "") in SORTS else "",
        facets=() if args.get("facets") == "none" else None,
        notes=(CUT_VALUES,) if cut else (),
    )


def address(
    text: str,
    filters: Mapping[str, tuple[str, ...]],
    after: str | None = None,
    view: str = "",
    sort: str = "",
    path: str = "/",
) -> str:
    """The page that answers a question: the shortest address that holds it."""
    pairs = [("q", text)] if text else []
    pairs += [(name, value) for name, values in filters.items() for value in values]
    pairs += [(name, value) for name, value in (("view", view), ("sort", sort)) if value]
    if after:
        pairs.append(("after", after))
    return f"{path}?{urlencode(pairs)}" if pairs else path


def label_of(facet: str, value: FacetValue) -> str:
    """Languages, codecs and states have names that aren't their values."""
    named = {"language": words.language, "codec": words.codec, "state": words.state}
    if value.value == NONE or facet in LABELS:
        return gettext(value.label)
    return named[facet](value.value) if facet in named else value.label


def chips(query: SearchQuery, facets: tuple[Facet, ...], view: str = "") -> list[Chip]:
    found = []
    for facet in facets:
        for value in facet.values:
            for name in (facet.name, facet.name + NOT):
                chosen = query.filters.get(name, ())
                if value.value in chosen:
                    rest = tuple(one for one in chosen if one != value.value)
                    url = address(
                        query.text, {**query.filters, name: rest}, view=view, sort=query.sort
                    )
                    label = label_of(facet.name, value)
                    found.append(Chip(facet.label, label, url, name != facet.name))
    return found


def kept_chips(text: str, filters: Mapping[str, tuple[str, ...]]) -> list[Chip]:
    """The facets of a question that is kept, in words."""
    names: Counts = {name.removesuffix(NOT): {} for name in filters}
    with services().catalogue.reading() as session:
        return chips(SearchQuery(text, filters), described(session, names, filters))


def _overview(query: SearchQuery, view: str) -> dict[str, object]:
    """What the map or the time line shows."""

    def link(text: str) -> str:
        return address(text, query.filters, view=view, sort=query.sort)

    if view == "map":
        found = searching.places(services().catalogue, services().index, query)
        return {"places": found, "map": overviews.result_map(found, query.text, link)}
    if view == "time":
        counted = searching.dates(services().catalogue, services().index, query)
        return {"dates": counted, "line": overviews.time_line(counted, query.text, link)}
    return {}


def _sheets(session: Session, results: Results, layout: str) -> dict[str, sheets.Sheet]:
    """The keyframes of the hits, where the layout shows them."""
    if layout != "sheet":
        return {}
    return sheets.of_clips(session, [hit.clip_id for hit in results.hits])


@bp.get("/")
def index() -> str:
    query = asked(request.args, limit=_shown_count(request.args))
    query = replace(query, spare=request.args.get("facets") != "all")
    use = services()
    view = request.args.get("view", "")
    view = view if view in VIEWS else ""
    layout = view if view in LAYOUTS else "list" if query.text else "grid"
    query = replace(query, filters=searching.known_filters(use.catalogue, query.filters))
    results: Results = searching.find(use.catalogue, use.index, query)
    with use.catalogue.reading() as session:
        cards = reads.cards(session, [hit.clip_id for hit in results.hits])
        known = bool(results.count) or reads.has_clips(session)
        arriving, held_back = queue.attention(session)
        strips = _sheets(session, results, layout)
    shown = [Shown(hit, cards[hit.clip_id]) for hit in results.hits if hit.clip_id in cards]

    def url(after: str | None = None, view: str = view, path: str = "/") -> str:
        return address(query.text, query.filters, after, view, query.sort, path)

    here = url(query.after)
    return render_template(
        "search.html",
        query=query,
        results=results,
        shown=shown,
        strips=strips,
        chips=chips(query, results.facets, view),
        label_of=label_of,
        next_url=url(results.next) if results.next else None,
        first_url=url() if query.after else None,
        facets_url=f"{here}{'&' if '?' in here else '?'}facets=all",
        data_urls=[(kind.upper(), url(path=f"/.{kind}")) for kind in ("json", "csv")],
        view=view,
        layout=layout,
        layouts=LAYOUTS,
        sorts=SORTS,
        views={name: url(view=name) for name in VIEWS},
        **_overview(query, view),
        known=known,
        arriving=arriving,
        held_back=held_back,
        media=use.settings.media,
    )
