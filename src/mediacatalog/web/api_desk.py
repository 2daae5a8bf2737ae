"""The API of the desk: reviews, copies, what people changed and its way back; as `api_stories`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any, Literal

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from mediacatalog.catalog import changes, copies, edits, reviews, undoing
from mediacatalog.values import utc_now
from mediacatalog.web import api_stories
from mediacatalog.web.api import QueryArgs
from mediacatalog.web.pages.history import LONGEST_MINUTES, undo
from mediacatalog.web.security import csrf
from mediacatalog.web.services import person, services

bp = APIBlueprint("api_desk", __name__, url_prefix="/api/v1", tag="mediacatalog")
csrf.exempt(bp)  # checked by the next line
bp.before_request(api_stories.check)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReviewChange(_Body):
    """What is to be other than before; what isn't named stays."""

    state: str | None = None
    assignee: str | None = None
    """An empty name takes it from everybody."""
    second_look: str | None = None
    """Why somebody should look again; null says that nobody need."""
    reason: str = Field(default="", max_length=500)


class ListArgs(QueryArgs):
    """Which list of the queue."""

    list: Literal["second-look", "mine", "in-review", "reviewed"] = "second-look"
    offset: int = Field(default=0, ge=0, le=1_000_000)
    limit: int = Field(default=50, ge=1, le=200)


class CopyDecision(_Body):
    """What a pair is, by its `pair` in the list."""

    pair: str = Field(max_length=80)
    decision: Literal["same", "different"]


class ChangesArgs(QueryArgs):
    """Whose changes, and from where on: `next` of the page before."""

    person: str = Field(default="", max_length=200)
    before: str = Field(default="", max_length=36)
    limit: int = Field(default=30, ge=1, le=100)


class Hour(_Body):
    """All that somebody did in the last minutes."""

    person: str = Field(max_length=200)
    minutes: int = Field(default=60, ge=1, le=LONGEST_MINUTES)


@bp.post("/clips/<clip_id>/review")
@bp.input(ReviewChange, arg_name="body")
@bp.doc(summary="Set state, assignee or second look of a clip's review")
def review(clip_id: str, body: ReviewChange) -> dict[str, Any]:
    reason, me = edits.why(body.reason), person()
    with services().catalogue.writing() as session:
        if "second_look" in body.model_fields_set:
            reviews.ask_again(session, clip_id, body.second_look, actor=me)
        if body.assignee is not None:
            reviews.assign(session, clip_id, body.assignee, actor=me)
        if body.state is not None:
            reviews.set_state(session, clip_id, body.state, actor=me, reason=reason)
        return {"clip": clip_id, **asdict(reviews.of_clip(session, clip_id))}


@bp.get("/review/clips")
@bp.input(ListArgs, location="query", arg_name="args")
@bp.doc(summary="Clips of one list of the review queue, those that wait longest first")
def review_clips(args: ListArgs) -> dict[str, Any]:
    with services().catalogue.reading() as session:
        ids = reviews.listed(session, args.list, person(), offset=args.offset, limit=args.limit)
        found = reviews.of_clips(session, ids)
        counts = reviews.counts(session, person())
    return {"clips": [{"clip": one, **asdict(found[one])} for one in ids], "waiting": counts}


@bp.get("/review/copies")
@bp.doc(summary="Pairs of clips that show the same pictures, and that nobody has decided")
def review_copies() -> dict[str, Any]:
    with services().catalogue.reading() as session:
        pairs = copies.queue(session, limit=200)
        count = copies.waiting(session)
    return {
        "pairs": [
            {"pair": one.key, "clips": [one.first, one.second], "shared": one.shared}
            for one in pairs
        ],
        "count": count,
    }


@bp.post("/review/copies")
@bp.input(CopyDecision, arg_name="body")
@bp.doc(summary="Say whether two clips show the same footage")
def decide_copy(body: CopyDecision) -> dict[str, str]:
    with services().catalogue.writing() as session:
        return {"batch": copies.decide(session, body.pair, body.decision, actor=person())}


@bp.get("/changes")
@bp.input(ChangesArgs, location="query", arg_name="args")
@bp.doc(summary="What people changed, act by act, the newest first")
def listed(args: ChangesArgs) -> dict[str, Any]:
    with services().catalogue.reading() as session:
        acts = changes.acts(session, actor=args.person, before=args.before, limit=args.limit)
    return {
        "acts": [
            {
                "batch": one.batch_id,
                "actor": one.actor,
                "at": one.at.isoformat(),
                "reason": one.reason,
                "undoes": one.undoes,
                "undone": one.undone,
                "entries": one.entries,
                "objects": one.objects,
                "fields": list(one.fields),
            }
            for one in acts
        ],
        "next": acts[-1].first_id if len(acts) == args.limit else None,
    }


@bp.post("/changes/<batch_id>/undo")
@bp.doc(summary="Take an act back; the answer's batch puts it back")
def undo_batch(batch_id: str) -> dict[str, Any]:
    with services().catalogue.writing() as session:
        return _told(undo(session, undoing.batch(session, batch_id, actor=person())))


@bp.post("/changes/undo")
@bp.input(Hour, arg_name="body")
@bp.doc(summary="Take back all that a person did in the last minutes")
def undo_since(body: Hour) -> dict[str, Any]:
    moment = utc_now() - timedelta(minutes=body.minutes)
    with services().catalogue.writing() as session:
        return _told(undo(session, undoing.since(session, body.person, moment, actor=person())))


def _told(done: undoing.Undone) -> dict[str, Any]:
    return {"batch": done.batch or None, "done": done.done, "kept": done.kept}
