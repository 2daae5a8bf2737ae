"""The API of grants, for admins: which account sees how much of what is closed in a collection."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from apiflask import APIBlueprint
from pydantic import Field

from mediacatalog.catalog import collections, levels
from mediacatalog.web import callers
from mediacatalog.web import desk_answers as answer
from mediacatalog.web.answers import answers
from mediacatalog.web.api import plain
from mediacatalog.web.bodies import Body, QueryArgs
from mediacatalog.web.conditions import must_match, told
from mediacatalog.web.once import reading, writing
from mediacatalog.web.services import person

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.levels import Granted

bp = callers.guarded(APIBlueprint("api_grants", __name__, url_prefix="/api/v1"))


class GrantsAsked(QueryArgs):
    account: str = Field(default="", max_length=200, description="The name of an account")
    collection: str = Field(default="", max_length=64)


class GrantsPatch(Body):
    """All of it is done, or nothing."""

    grants: dict[str, Literal["restricted", "sealed"] | None] = Field(
        default={},
        max_length=200,
        description="How far each account named sees from now on; null takes its grant back",
    )


def _told(one: Granted) -> dict[str, Any]:
    found: dict[str, Any] = plain(asdict(one))
    found["collection_name"] = found.pop("collection")
    return {"collection": found.pop("collection_id"), **found}


def _of_collection(session: Session, collection_id: str, *, lock: bool = False) -> dict[str, Any]:
    """Raises NotFoundError."""
    found = collections.one(session, collection_id, lock=lock)
    given = levels.grants(session, collection_id=found.id)
    return {"collection": found.id, "grants": [_told(one) for one in given]}


@bp.get("/grants")
@bp.input(GrantsAsked, location="query", arg_name="args")
@bp.doc(summary="Grants by account and collection: all, one account's, one collection's (admins)")
@answers(answer.Grants)
def listed(args: GrantsAsked) -> dict[str, Any]:
    with reading() as session:
        found = levels.grants(session, name=args.account, collection_id=args.collection)
    return {"grants": [_told(one) for one in found]}


@bp.get("/collections/<collection_id>/grants")
@bp.doc(summary="Who sees how much of what is closed in a collection (admins)")
@answers(answer.CollectionGrants)
def of_collection(collection_id: str) -> Response:
    with reading() as session:
        return told(_of_collection(session, collection_id))


@bp.patch("/collections/<collection_id>/grants")
@bp.input(GrantsPatch, arg_name="body")
@bp.doc(summary="Give grants for a collection, or take them back (merge patch; needs If-Match)")
@answers(answer.CollectionGrants)
def change(collection_id: str, body: GrantsPatch) -> Response:
    with writing() as session:
        now = _of_collection(session, collection_id, lock=True)
        must_match("grants", collection_id, now)
        for name, reach in body.grants.items():
            levels.grant(session, name, collection_id, reach or "", actor=person())
        document = _of_collection(session, collection_id)
    return told(document)
