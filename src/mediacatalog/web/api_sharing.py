"""The API of links for outsiders; what the pages do, by the same functions."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint
from flask import Response, request, url_for
from pydantic import Field

from mediacatalog.catalog import sharing
from mediacatalog.errors import InvalidValueError
from mediacatalog.web import callers
from mediacatalog.web import desk_answers as answer
from mediacatalog.web.answers import answers
from mediacatalog.web.api import plain
from mediacatalog.web.bodies import Body, QueryArgs
from mediacatalog.web.conditions import told
from mediacatalog.web.once import HEADER, reading, writing
from mediacatalog.web.services import person

if TYPE_CHECKING:
    from mediacatalog.catalog.sharing import Link

bp = callers.guarded(APIBlueprint("api_sharing", __name__, url_prefix="/api/v1/links"))

FURTHEST = 2**53


class NewLink(Body):
    """Of a clip, of a part of it, or of a collection that was put together by hand."""

    label: str = Field(max_length=400, description="For whom it is; the watermark says the same")
    days: int = Field(ge=1, le=sharing.LONGEST_DAYS)
    clip: str | None = None
    collection: str | None = None
    start_ms: int | None = Field(default=None, ge=0, lt=FURTHEST)
    end_ms: int | None = Field(default=None, ge=0, lt=FURTHEST)
    title: str = Field(default="", max_length=2000)
    description: str = Field(default="", max_length=40_000)
    password: str | None = Field(default=None, max_length=1000)
    watermark: bool = False
    original: bool = Field(default=False, description="They may download the original file")
    titles: bool = Field(default=False, description="They see the titles that people entered")


class LinksAsked(QueryArgs):
    clip: str = Field(default="", max_length=64)
    collection: str = Field(default="", max_length=64)


def _told(one: Link) -> dict[str, Any]:
    found: dict[str, Any] = plain(asdict(one))
    for ours, theirs in (
        ("clip_id", "clip"), ("collection_id", "collection"), ("has_password", "password"),
        ("is_marked", "watermark"), ("gives_original", "original"), ("tells_titles", "titles"),
    ):  # fmt: skip
        found[theirs] = found.pop(ours)
    return {**found, "state": one.state}


@bp.get("")
@bp.input(LinksAsked, location="query", arg_name="args")
@bp.doc(summary="Links for outsiders, the newest first")
@answers(answer.SharedLinks)
def listed(args: LinksAsked) -> dict[str, Any]:
    with reading() as session:
        found = sharing.listed(session, clip=args.clip, collection=args.collection)
    return {"links": [_told(one) for one in found]}


@bp.post("")
@bp.input(NewLink, arg_name="body")
@bp.doc(summary="Make a link; its address is told this once. Takes no Idempotency-Key")
@answers(answer.NewSharedLink, 202, "It is good at once; its films are being made: see `state`")
def make(body: NewLink) -> Response:
    if HEADER in request.headers:  # its answer, with the address, would be kept
        raise InvalidValueError(HEADER, "isn't taken here: addresses of links are never kept")
    wanted = sharing.Wanted(
        label=body.label,
        days=body.days,
        clip=body.clip or "",
        collection=body.collection or "",
        start_ms=body.start_ms,
        end_ms=body.end_ms,
        title=body.title,
        description=body.description,
        password=body.password or "",
        is_marked=body.watermark,
        gives_original=body.original,
        tells_titles=body.titles,
    )
    with writing() as session:
        made, token = sharing.make(session, wanted, actor=person())
    where = url_for("shared.show", token=token, _external=True)
    response = told({**_told(made), "url": where}, 202)
    response.headers["Location"] = url_for("api_sharing.one", share_id=made.id)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/<share_id>")
@bp.doc(summary="One link, without its address")
@answers(answer.SharedLink)
def one(share_id: str) -> Response:
    with reading() as session:
        return told(_told(sharing.one(session, share_id)))


@bp.get("/<share_id>/views")
@bp.doc(summary="Who looked: when, at what, from which network, by which program")
@answers(answer.LinkViews)
def views(share_id: str) -> dict[str, Any]:
    with reading() as session:
        found = sharing.views(session, share_id)
    return {"views": [plain(asdict(view)) for view in found]}


@bp.post("/<share_id>/revoke")
@bp.doc(summary="Good for nothing from now on, also for who is looking")
@answers(answer.SharedLink)
def revoke(share_id: str) -> Response:
    with writing() as session:
        return told(_told(sharing.revoke(session, share_id, actor=person())))
