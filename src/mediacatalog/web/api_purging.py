"""The API of purging: one admin asks, another one confirms, and tombstones are read."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from apiflask import APIBlueprint
from pydantic import Field

from mediacatalog.catalog import edits, holdings, purging
from mediacatalog.web import callers
from mediacatalog.web import desk_answers as answer
from mediacatalog.web.answers import answers
from mediacatalog.web.api import plain
from mediacatalog.web.bodies import Body, QueryArgs
from mediacatalog.web.conditions import cursor, must_match, place, told
from mediacatalog.web.once import reading, writing
from mediacatalog.web.services import person

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy.orm import Session

LIST = "tombstones"

bp = callers.guarded(APIBlueprint("api_purging", __name__, url_prefix="/api/v1"))


class PurgePatch(Body):
    """Exactly one of both: to ask, or a word on what somebody else asks for."""

    reason: str | None = Field(default=None, min_length=1, max_length=500)
    with_masters: bool = Field(
        default=False, description="Whether master files go, too, if the operator lets them"
    )
    decision: Literal["confirmed", "withdrawn"] | None = None


class TombstoneArgs(QueryArgs):
    """A page of the list; `after` is `next` of the page before."""

    after: str = Field(default="", max_length=500)
    limit: int = Field(default=100, ge=1, le=200)


def _purging(session: Session, clip_id: str) -> dict[str, Any]:
    asked = purging.asked_for(session, clip_id)
    return {"clip": clip_id, "asked": asked and _asked(asked), "tombstone": None}


def _asked(one: purging.Asked) -> dict[str, Any]:
    found: dict[str, Any] = plain(asdict(one))
    del found["clip_id"]
    return found


def _tombstone(one: purging.Tombstone) -> dict[str, Any]:
    found: dict[str, Any] = plain(asdict(one))
    return {"clip": found.pop("clip_id"), **found}


@bp.get("/clips/<clip_id>/purging")
@bp.doc(summary="Whether somebody asks to purge a clip (admins)")
@answers(answer.Purging)
def asked(clip_id: str) -> Response:
    with reading() as session:
        return told(_purging(session, holdings.clip(session, clip_id).id))


@bp.patch("/clips/<clip_id>/purging")
@bp.input(PurgePatch, arg_name="body")
@bp.doc(summary="Ask to purge a clip, or confirm as another admin (If-Match); nothing undoes it")
@answers(answer.Purging)
def purge(clip_id: str, body: PurgePatch) -> Response:
    me = person()
    with writing() as session:
        clip = holdings.locked(session, holdings.clip(session, clip_id).id)
        must_match("purging", clip.id, _purging(session, clip.id))
        if body.decision == "withdrawn" and body.reason is None:
            purging.withdraw(session, clip.id, actor=me)
        elif body.decision == "confirmed" and body.reason is None:
            done = purging.confirm(session, clip.id, actor=me)
            return told({"clip": done.clip_id, "asked": None, "tombstone": _tombstone(done)})
        else:
            reason = edits.why(body.reason or "") if body.decision is None else ""
            found = purging.ask(session, clip.id, reason, with_masters=body.with_masters, actor=me)
            if isinstance(found, purging.Tombstone):
                return told({"clip": found.clip_id, "asked": None, "tombstone": _tombstone(found)})
        document = _purging(session, clip.id)
    return told(document)


@bp.get("/tombstones")
@bp.input(TombstoneArgs, location="query", arg_name="args")
@bp.doc(summary="What is left of purged clips, the newest first (admins)")
@answers(answer.Tombstones)
def tombstones(args: TombstoneArgs) -> dict[str, Any]:
    at = place(LIST, args.after)
    before = (int(at[0]), str(at[1])) if at else None
    with reading() as session:
        found = purging.tombstones(session, before=before, limit=args.limit + 1)
    page = found[: args.limit]
    more = cursor(LIST, page[-1][0]) if len(found) > len(page) else None
    return {"tombstones": [_tombstone(one) for _, one in page], "next": more}
