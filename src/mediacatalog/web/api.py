"""The API under /api/v1: the same answers as the pages and the commands, as JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response, jsonify
from pydantic import BaseModel, Field, create_model

from mediacatalog import search as searching
from mediacatalog.catalog import queue, record, story_record
from mediacatalog.search.results import FACETS, NOT, SORTS, SearchQuery, as_json
from mediacatalog.web import answers as answer
from mediacatalog.web.answers import answers
from mediacatalog.web.bodies import Part, QueryArgs
from mediacatalog.web.conditions import cursor, place
from mediacatalog.web.services import services

INGEST = "ingest"

bp = APIBlueprint("api", __name__, url_prefix="/api/v1", tag="mediacatalog")


class Question(QueryArgs):
    """The question: the same names as in the address of the search page."""

    q: str = ""
    limit: int = Field(default=20, ge=1, le=100)
    after: str | None = None
    sort: Literal["", *SORTS] = ""  # type: ignore[valid-type]


_FACETS: dict[str, Any] = {name: (list[str], []) for name in FACETS} | {
    f"without_{name}": (list[str], Field(default=[], alias=name + NOT)) for name in FACETS
}
SearchArgs = create_model("SearchArgs", __base__=Question, **_FACETS)
"""And of every facet the values to keep (`tag`) and to leave out (`tag!`)."""


class OverviewArgs(QueryArgs):
    """The question, without pages."""

    q: str = ""


OverviewOfArgs = create_model("OverviewOfArgs", __base__=OverviewArgs, **_FACETS)


class CompleteArgs(QueryArgs):
    """What was typed so far."""

    q: str = ""
    limit: int = Field(default=10, ge=1, le=20)


class IngestArgs(Part):
    """What narrows the list of files."""

    state: list[str] = Field(default=[])
    name: str = Field(default="", max_length=200)


@bp.get("/search")
@bp.input(SearchArgs, location="query", arg_name="args")
@bp.doc(summary="Clips that fit a question, with their best moments and the counts of facets")
@answers(answer.Found)
def search(args: Question) -> dict[str, Any]:
    query = SearchQuery(args.q, _filters(args), args.limit, args.after, args.sort)
    use = services()
    return as_json(query, searching.find(use.catalogue, use.index, query))


def _filters(args: BaseModel) -> dict[str, tuple[str, ...]]:
    chosen = args.model_dump(exclude={"q", "limit", "after", "sort"}, by_alias=True)
    return {name: tuple(values) for name, values in chosen.items() if values}


@bp.get("/search/places")
@bp.input(OverviewOfArgs, location="query", arg_name="args")
@bp.doc(summary="Where the clips that fit are: groups on the map, with exact counts")
@answers(answer.PlacesFound)
def search_places(args: OverviewArgs) -> dict[str, Any]:
    found = searching.places(
        services().catalogue, services().index, SearchQuery(args.q, _filters(args))
    )
    return {"query": args.q, **asdict(found)}


@bp.get("/search/dates")
@bp.input(OverviewOfArgs, location="query", arg_name="args")
@bp.doc(summary="When the clips that fit were recorded: counts by year, month or day")
@answers(answer.DatesFound)
def search_dates(args: OverviewArgs) -> dict[str, Any]:
    found = searching.dates(
        services().catalogue, services().index, SearchQuery(args.q, _filters(args))
    )
    return {"query": args.q, **asdict(found)}


@bp.get("/complete")
@bp.input(CompleteArgs, location="query", arg_name="args")
@bp.doc(summary="What a half-typed question may become: terms, properties, titles of clips")
@answers(answer.Completions)
def complete(args: CompleteArgs) -> Response:
    use = services()
    found = searching.complete(use.catalogue, use.index, args.q, limit=args.limit)
    return jsonify(
        [
            {
                "kind": one.kind,
                "label": one.label,
                "q": one.text,
                "via": one.via,
                "count": one.count,
                "clip": one.clip_id,
                "url": f"/clips/{one.clip_id}" if one.clip_id else None,
            }
            for one in found
        ]
    )


@bp.get("/clips/<clip_id>")
@bp.doc(summary="Everything known of one clip, by its id or the beginning of its SHA-256")
@answers(answer.ClipDocument)
def clip(clip_id: str) -> dict[str, Any]:
    with services().catalogue.reading() as session:
        document: dict[str, Any] = plain(record.of_clip(session, clip_id))
    return document


@bp.get("/articles/<article_id>")
@bp.doc(summary="Everything known of one article, by its id or the SHA-256 of its original")
@answers(answer.Article)
def article(article_id: str) -> dict[str, Any]:
    with services().catalogue.reading() as session:
        document: dict[str, Any] = plain(story_record.of_article(session, article_id))
    return document


@bp.get("/ingest")
@bp.input(IngestArgs, location="query", arg_name="args")
@bp.doc(summary="Every file that was seen: state, reason and next step; counts of states; roots")
@answers(answer.Ingest)
def ingest(args: IngestArgs) -> dict[str, Any]:
    at = place(INGEST, args.after)
    after = queue.Place(at[0], datetime.fromisoformat(at[1]), at[2]) if at else None
    with services().catalogue.reading() as session:
        page = queue.ingest_page(
            session, states=tuple(args.state), name=args.name, after=after, limit=args.limit + 1
        )
    document: dict[str, Any] = plain(asdict(page))
    del document["offset"], document["more"]
    files = document["files"] = document["files"][: args.limit]
    last = files[-1] if len(page.files) > args.limit else None
    places = [last["state"], last["state_at"], last["id"]] if last else None
    return {**document, "next": cursor(INGEST, places) if places else None}


def plain(document: Any) -> Any:  # noqa: ANN401 - any JSON
    """Times as RFC 3339 text; everything else as it is."""
    if isinstance(document, dict):
        return {key: plain(value) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [plain(value) for value in document]
    return document.isoformat() if hasattr(document, "isoformat") else document
