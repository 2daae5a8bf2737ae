"""The API of collections; what the pages do, by the same functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint
from flask import Response, url_for
from pydantic import Field

from mediacatalog.catalog import collections
from mediacatalog.errors import InvalidValueError
from mediacatalog.search.results import FACETS, NOT
from mediacatalog.web import callers
from mediacatalog.web import desk_answers as answer
from mediacatalog.web.answers import answers
from mediacatalog.web.bodies import Body, Part
from mediacatalog.web.conditions import cursor, must_match, place, told
from mediacatalog.web.once import reading, writing
from mediacatalog.web.services import person

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

bp = callers.guarded(APIBlueprint("api_collections", __name__, url_prefix="/api/v1/collections"))

LIST = "collections"


class Asked(Body):
    """A question, as `POST /saved` takes it."""

    q: str = Field(default="", max_length=20_000)
    filters: dict[str, list[str]] = Field(default={})

    def as_pair(self) -> tuple[str, dict[str, tuple[str, ...]]]:
        """Raises InvalidValueError for a facet that there isn't."""
        known = {name for facet in FACETS for name in (facet, facet + NOT)}
        for name in self.filters:
            if name not in known:
                raise InvalidValueError("filters", f"{name!r} is no facet")
        return self.q, {name: tuple(values) for name, values in self.filters.items()}


class NewCollection(Body):
    """An empty one, or with `question` one that holds whatever that finds."""

    name: str = Field(max_length=400)
    question: Asked | None = None


class CollectionPatch(Body):
    """What is named is set (RFC 7396); null empties it."""

    name: str | None = Field(default=None, max_length=400)
    description: str | None = Field(default=None, max_length=40_000)


class ClipsToAdd(Body):
    clips: list[str] = Field(min_length=1, max_length=1000)


class ItemPatch(Body):
    """Where a clip stands, counted from 1, and what is noted on it here."""

    place: int | None = Field(default=None, ge=1, le=collections.MOST)
    note: str | None = Field(default=None, max_length=10_000)


def _told(one: collections.Collection) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "description": one.description,
        "kind": "query" if one.asks else "by hand",
        "q": one.text,
        "filters": {name: list(values) for name, values in one.filters.items()},
        "count": None if one.asks else one.count,
        "created_by": one.created_by,
        "created_at": one.created_at.isoformat(),
    }


def _held(session: Session, collection_id: str) -> dict[str, Any]:
    """As the caller must know it who changes it; locked until the end of the transaction."""
    document = _told(collections.one(session, collection_id, lock=True))
    must_match("collection", collection_id, document)
    return document


@bp.get("")
@bp.input(Part, location="query", arg_name="args")
@bp.doc(summary="Collections, by name")
@answers(answer.Collections)
def listed(args: Part) -> dict[str, Any]:
    at = place(LIST, args.after)
    after = (str(at[0]), str(at[1])) if at else None
    with reading() as session:
        found = collections.listed(session, after=after, limit=args.limit + 1)
        page = found[: args.limit]
        more = len(found) > args.limit
        end = cursor(LIST, collections.place_of(session, page[-1].id)) if more else None
    return {"collections": [_told(one) for one in page], "next": end}


@bp.post("")
@bp.input(NewCollection, arg_name="body")
@bp.doc(summary="Make a collection, empty or of what a question finds")
@answers(answer.Collection, 201)
def make(body: NewCollection) -> Response:
    question = body.question.as_pair() if body.question else None
    with writing() as session:
        made = collections.make(session, body.name, question=question, actor=person())
        document = _told(collections.one(session, made))
    response = told(document, 201)
    response.headers["Location"] = url_for("api_collections.one", collection_id=made)
    return response


@bp.get("/<collection_id>")
@bp.doc(summary="One collection, without its clips")
@answers(answer.Collection)
def one(collection_id: str) -> Response:
    with reading() as session:
        return told(_told(collections.one(session, collection_id)))


@bp.patch("/<collection_id>")
@bp.input(CollectionPatch, arg_name="body")
@bp.doc(summary="Change name or description (merge patch; needs If-Match)")
@answers(answer.Collection)
def change(collection_id: str, body: CollectionPatch) -> Response:
    with writing() as session:
        _held(session, collection_id)
        now = collections.one(session, collection_id)
        name, text = now.name, now.description
        if "name" in body.model_fields_set:
            name = body.name or ""
        if "description" in body.model_fields_set:
            text = body.description or ""
        collections.describe(
            session, collection_id, name, text, edition=now.edition, actor=person()
        )
        document = _told(collections.one(session, collection_id))
    return told(document)


@bp.delete("/<collection_id>")
@bp.doc(summary="Remove it from sight; the history puts it back (needs If-Match)")
@answers(None, 204)
def remove(collection_id: str) -> tuple[str, int]:
    with writing() as session:
        _held(session, collection_id)
        collections.remove(session, collection_id, actor=person())
    return "", 204


# --- its clips ------------------------------------------------------------------------------------


def _items(session: Session, collection_id: str, after: int, limit: int) -> list[dict[str, Any]]:
    return [
        {
            "clip": item.clip_id,
            "place": item.place,
            "note": item.note,
            "added_by": item.added_by,
            "added_at": item.added_at.isoformat(),
        }
        for item in collections.items(session, collection_id, offset=after, limit=limit)
    ]


def _item(session: Session, collection_id: str, clip_id: str) -> dict[str, Any]:
    at = collections.standing(session, collection_id, clip_id)
    return _items(session, collection_id, at - 1, 1)[0]


@bp.get("/<collection_id>/items")
@bp.input(Part, location="query", arg_name="args")
@bp.doc(summary="Clips that were put into it, in their order")
@answers(answer.CollectionItems)
def items(collection_id: str, args: Part) -> dict[str, Any]:
    of = f"items of {collection_id}"
    at = place(of, args.after)
    with reading() as session:
        collections.one(session, collection_id)
        found = _items(session, collection_id, int(at[0]) if at else 0, args.limit + 1)
    page = found[: args.limit]
    more = len(found) > args.limit
    return {"items": page, "next": cursor(of, [page[-1]["place"]]) if more else None}


@bp.post("/<collection_id>/items")
@bp.input(ClipsToAdd, arg_name="body")
@bp.doc(summary="Put clips at its end; those that are in it stay where they are")
@answers(answer.Added)
def add(collection_id: str, body: ClipsToAdd) -> dict[str, int]:
    with writing() as session:
        added = collections.add(session, collection_id, body.clips, actor=person())
        count = collections.one(session, collection_id).count
    return {"added": added, "count": count}


@bp.get("/<collection_id>/items/<clip_id>")
@bp.doc(summary="Where a clip stands in it, and what is noted on it there")
@answers(answer.CollectionItem)
def item(collection_id: str, clip_id: str) -> Response:
    with reading() as session:
        collections.one(session, collection_id)
        return told(_item(session, collection_id, clip_id))


@bp.patch("/<collection_id>/items/<clip_id>")
@bp.input(ItemPatch, arg_name="body")
@bp.doc(summary="Move a clip, or note something on it here (merge patch; needs If-Match)")
@answers(answer.CollectionItem)
def change_item(collection_id: str, clip_id: str, body: ItemPatch) -> Response:
    with writing() as session:
        collections.one(session, collection_id, lock=True)
        must_match("item", clip_id, _item(session, collection_id, clip_id))
        if "note" in body.model_fields_set:
            collections.annotate(session, collection_id, clip_id, body.note or "", actor=person())
        if body.place is not None:
            collections.move(session, collection_id, clip_id, body.place, actor=person())
        session.flush()
        document = _item(session, collection_id, clip_id)
    return told(document)


@bp.delete("/<collection_id>/items/<clip_id>")
@bp.doc(summary="Take a clip out of it (needs If-Match)")
@answers(None, 204)
def take(collection_id: str, clip_id: str) -> tuple[str, int]:
    with writing() as session:
        collections.one(session, collection_id, lock=True)
        must_match("item", clip_id, _item(session, collection_id, clip_id))
        collections.take(session, collection_id, clip_id, actor=person())
    return "", 204
