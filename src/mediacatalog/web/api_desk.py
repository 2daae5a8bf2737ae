"""The API of the desk: reviews, copies, what people changed and its way back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from apiflask import APIBlueprint
from pydantic import Field

from mediacatalog.catalog import change_feed, changes, copies, edits, holdings, reviews, undoing
from mediacatalog.values import utc_now
from mediacatalog.web import callers
from mediacatalog.web import desk_answers as answer
from mediacatalog.web.answers import answers
from mediacatalog.web.api import plain
from mediacatalog.web.bodies import LONGEST_CURSOR, Body, Part, QueryArgs
from mediacatalog.web.conditions import cursor, must_match, place, told
from mediacatalog.web.once import reading, writing
from mediacatalog.web.pages.history import LONGEST_MINUTES, undo
from mediacatalog.web.services import person

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy.orm import Session

NOW, HISTORY = "now", "history"

bp = callers.guarded(APIBlueprint("api_desk", __name__, url_prefix="/api/v1"))


class ReviewPatch(Body):
    """What is to be other than before (RFC 7396); what isn't named stays."""

    state: str | None = None
    assignee: str | None = None
    """Null or an empty name takes it from everybody."""
    second_look: str | None = None
    """Why somebody should look again; null says that nobody need."""
    reason: str = Field(default="", max_length=500)


class ListArgs(Part):
    """Which list of the queue."""

    list: Literal["second-look", "mine", "in-review", "reviewed"] = "second-look"


class CopyDecision(Body):
    """What a pair is, by its `pair` in the list."""

    pair: str = Field(max_length=80)
    decision: Literal["same", "different"]


class ChangesArgs(QueryArgs):
    """Whose changes, and from where on: `next` of the page before."""

    person: str = Field(default="", max_length=200)
    after: str = Field(default="", max_length=LONGEST_CURSOR)
    limit: int = Field(default=30, ge=1, le=100)


class FeedArgs(QueryArgs):
    """Where the follower is: `next` of the answer before, nothing at the beginning, or `now`."""

    after: str = Field(default="", max_length=200)
    limit: int = Field(default=100, ge=1, le=1000)


class Hour(Body):
    """All that somebody did in the last minutes."""

    person: str = Field(max_length=200)
    minutes: int = Field(default=60, ge=1, le=LONGEST_MINUTES)


def _review(session: Session, clip_id: str) -> dict[str, Any]:
    clip = holdings.clip(session, clip_id)
    return {"clip": clip.id, **asdict(reviews.of_clip(session, clip.id))}


@bp.get("/clips/<clip_id>/review")
@bp.doc(summary="How far the review of a clip is, and who has it")
@answers(answer.ClipReview)
def review_of(clip_id: str) -> Response:
    with reading() as session:
        return told(_review(session, clip_id))


@bp.patch("/clips/<clip_id>/review")
@bp.input(ReviewPatch, arg_name="body")
@bp.doc(summary="Set state, assignee or second look of a clip's review (needs If-Match)")
@answers(answer.ClipReview)
def review(clip_id: str, body: ReviewPatch) -> Response:
    reason, me = edits.why(body.reason), person()
    with writing() as session:
        clip_id = holdings.locked(session, holdings.clip(session, clip_id).id).id
        must_match("review", clip_id, _review(session, clip_id))
        if "second_look" in body.model_fields_set:
            reviews.ask_again(session, clip_id, body.second_look, actor=me)
        if "assignee" in body.model_fields_set:
            reviews.assign(session, clip_id, body.assignee or "", actor=me)
        if body.state is not None:
            reviews.set_state(session, clip_id, body.state, actor=me, reason=reason)
        session.flush()
        document = _review(session, clip_id)
    return told(document)


@bp.get("/review/clips")
@bp.input(ListArgs, location="query", arg_name="args")
@bp.doc(summary="Clips of one list of the review queue, those that wait longest first")
@answers(answer.ReviewList)
def review_clips(args: ListArgs) -> dict[str, Any]:
    of = f"review {args.list}"
    at = place(of, args.after)
    after = (datetime.fromisoformat(at[0]), str(at[1])) if at else None
    with reading() as session:
        ids = reviews.listed(session, args.list, person(), after=after, limit=args.limit + 1)
        page, end = ids[: args.limit], None
        if len(ids) > args.limit:
            moment, key = reviews.place_of(session, page[-1])
            end = cursor(of, [moment.isoformat(), key])
        found = reviews.of_clips(session, page)
        counts = reviews.counts(session, person())
    return {
        "clips": [{"clip": one, **asdict(found[one])} for one in page],
        "waiting": counts,
        "next": end,
    }


@bp.get("/review/copies")
@bp.doc(summary="Pairs of clips that show the same pictures, and that nobody has decided")
@answers(answer.Pairs)
def review_copies() -> dict[str, Any]:
    with reading() as session:
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
@answers(answer.Batch)
def decide_copy(body: CopyDecision) -> dict[str, str]:
    with writing() as session:
        return {"batch": copies.decide(session, body.pair, body.decision, actor=person())}


@bp.get("/history")
@bp.input(ChangesArgs, location="query", arg_name="args")
@bp.doc(summary="What people changed, act by act, the newest first")
@answers(answer.Acts)
def listed(args: ChangesArgs) -> dict[str, Any]:
    at = place(HISTORY, args.after)
    before = str(at[0]) if at else ""
    with reading() as session:
        acts = changes.acts(session, actor=args.person, before=before, limit=args.limit)
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
        "next": cursor(HISTORY, [acts[-1].first_id]) if len(acts) == args.limit else None,
    }


@bp.get("/changes")
@bp.input(FeedArgs, location="query", arg_name="args")
@bp.doc(summary="What changed since a position, in order, for who keeps a mirror")
@answers(answer.Feed)
def feed(args: FeedArgs) -> dict[str, Any]:
    """Everything that people changed, and every clip that is other than before for any reason."""
    with reading() as session:
        if args.after == NOW:
            return _fed(change_feed.Feed((), (), change_feed.end(session), more=False))
        at = change_feed.position(args.after) if args.after else change_feed.BEGINNING
        return _fed(change_feed.after(session, at, limit=args.limit))


def _fed(found: change_feed.Feed) -> dict[str, Any]:
    return {
        "changes": [plain(asdict(one)) for one in found.changes],
        "clips": [{"clip": key, "state": state} for key, state in found.clips],
        "next": str(found.position),
        "more": found.more,
    }


@bp.post("/changes/<batch_id>/undo")
@bp.doc(summary="Take an act back; the answer's batch puts it back")
@answers(answer.Undone)
def undo_batch(batch_id: str) -> dict[str, Any]:
    with writing() as session:
        return _told(undo(session, undoing.batch(session, batch_id, actor=person())))


@bp.post("/changes/entries/<entry_id>/undo")
@bp.doc(summary="Take one entry of an act back; the answer's batch puts it back")
@answers(answer.Undone)
def undo_entry(entry_id: str) -> dict[str, Any]:
    with writing() as session:
        return _told(undo(session, undoing.entry(session, entry_id, actor=person())))


@bp.post("/changes/undo")
@bp.input(Hour, arg_name="body")
@bp.doc(summary="Take back all that a person did in the last minutes")
@answers(answer.Undone)
def undo_since(body: Hour) -> dict[str, Any]:
    moment = utc_now() - timedelta(minutes=body.minutes)
    with writing() as session:
        return _told(undo(session, undoing.since(session, body.person, moment, actor=person())))


def _told(done: undoing.Undone) -> dict[str, Any]:
    return {"batch": done.batch or None, "done": done.done, "kept": done.kept}
