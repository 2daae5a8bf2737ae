"""The data of a search: its page's own address, with `.json` or `.csv` before the question."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint
from flask import Response, jsonify, request, stream_with_context, url_for

from mediacatalog import search as searching
from mediacatalog.catalog import reads
from mediacatalog.search.results import as_json
from mediacatalog.web import tables, words
from mediacatalog.web.pages.search import LONGEST_PAGE, address, asked
from mediacatalog.web.services import services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediacatalog.catalog.reads import Card
    from mediacatalog.search import SearchQuery

bp = APIBlueprint("search_data", __name__, enable_openapi=False)

COLUMNS = (
    "clip url title source recorded_at duration_s width height video_codec state language "
    "caption_languages tags places people groups"
).split()


@bp.get("/.json")
def as_document() -> Response:
    """One page of hits, as the API tells them, with what is shown of each; `next_url` goes on."""
    query = asked(request.args, limit=LONGEST_PAGE)
    use = services()
    results = searching.find(use.catalogue, use.index, query)
    with use.catalogue.reading() as session:
        cards = reads.cards(session, [hit.clip_id for hit in results.hits])
    document = as_json(query, results)
    hits: Any = document["hits"]
    for hit in hits:
        if hit["clip"] in cards:
            hit.update(_facts(cards[hit["clip"]]))
    document["next_url"] = (
        address(query.text, query.filters, results.next, sort=query.sort, path="/.json")
        if results.next
        else None
    )
    return jsonify(document)


@bp.get("/.csv")
def as_table() -> Response:
    """All hits, up to as many as can be paged through, written as they are read."""
    query = asked(request.args)
    response = Response(stream_with_context(_rows(query)), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="search.csv"'
    return response


def _rows(query: SearchQuery) -> Iterator[str]:
    use = services()
    yield tables.MARK + tables.line(COLUMNS)
    for clip_ids in searching.walk(use.catalogue, use.index, replace(query, after=None)):
        with use.catalogue.reading() as session:
            cards = reads.cards(session, clip_ids)
        facts = (_facts(cards[one]) for one in clip_ids if one in cards)
        yield "".join(tables.line([one[name] for name in COLUMNS]) for one in facts)


def _facts(card: Card) -> dict[str, Any]:
    of_kind = {
        kind: [term.label for term in card.terms if term.kind == kind]
        for kind in ("tag", "place", "person", "group")
    }
    return {
        "clip": card.id,
        "url": url_for("clip.show", clip_id=card.id, _external=True),
        "title": card.title,
        "source": card.source,
        "recorded_at": card.recorded_at,
        "duration_s": None if card.duration_ms is None else words.seconds(card.duration_ms),
        "width": card.width,
        "height": card.height,
        "video_codec": card.video_codec,
        "state": card.state,
        "language": card.language,
        "caption_languages": list(card.track_languages),
        "tags": of_kind["tag"],
        "places": of_kind["place"],
        "people": of_kind["person"],
        "groups": of_kind["group"],
    }
