"""The API of what belongs together: links that wait, what an article names, when and where.

What the pages do, by the same functions.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from apiflask import APIBlueprint
from pydantic import Field

from mediacatalog import linking
from mediacatalog.catalog import holdings, links, mentions, occasions, story_record
from mediacatalog.errors import NotFoundError
from mediacatalog.web import answers as answer
from mediacatalog.web import callers, story
from mediacatalog.web.answers import answers
from mediacatalog.web.api import plain
from mediacatalog.web.bodies import Body, QueryArgs
from mediacatalog.web.conditions import must_match, told
from mediacatalog.web.once import reading, writing
from mediacatalog.web.services import person

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy.orm import Session

bp = callers.guarded(APIBlueprint("api_stories", __name__, url_prefix="/api/v1"))

MOST_LINKS = 200


class ReviewArgs(QueryArgs):
    """Which links."""

    state: Literal["suggested", "unsure"] = "suggested"
    article: str | None = None
    limit: int = Field(default=20, ge=1, le=200)


class Decision(Body):
    """What a person says of links; `relation` where they know better what the article is."""

    links: list[str] = Field(min_length=1, max_length=MOST_LINKS)
    decision: str
    relation: str | None = None


class BatchToUndo(Body):
    """A decision, by what `POST /review` answered."""

    batch: str


class Meaning(Body):
    """Whether a mention means what was found, or which of its alternatives, counted from 0."""

    decision: str
    choice: int | None = Field(default=None, ge=0)
    everywhere: bool = True


class DateEntry(Body):
    """A person's word on the day, as EDTF."""

    date: str = Field(max_length=200)
    reason: str = Field(default="", max_length=500)


class PlaceEntry(Body):
    """A person's word on the place: a name, a point, or both."""

    name: str = Field(default="", max_length=500)
    role: str = "shot"
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    lon: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    precision_m: int | None = Field(default=None, ge=0, le=9_999_999)
    reason: str = Field(default="", max_length=500)


# --- links ----------------------------------------------------------------------------------------


@bp.get("/review")
@bp.input(ReviewArgs, location="query", arg_name="args")
@bp.doc(summary="Links that wait for a person, the best first, with reasons and passages")
@answers(answer.LinkQueue)
def review(args: ReviewArgs) -> dict[str, Any]:
    with reading() as session:
        asked = links.queue(session, state=args.state, article_id=args.article, limit=args.limit)
        waiting = links.open_counts(session, args.article)
    return {"waiting": waiting, "links": [_asked(one) for one in asked]}


def _asked(one: links.Asked) -> dict[str, Any]:
    return {
        "link": one.link_id,
        "clip": one.clip_id,
        "article": one.article_id,
        "title": one.title,
        "site": one.site,
        "published": one.published,
        "language": one.language,
        "url": one.url,
        "relation": one.relation,
        "score": one.score,
        "state": one.state,
        "evidence": list(one.evidence),
        "passages": [
            "".join(passage).strip() for passage in story.passages(one.text, one.evidence)
        ],
    }


@bp.post("/review")
@bp.input(Decision, arg_name="said")
@bp.doc(summary="Accept, reject or put aside links, or say what they are; undone by the batch")
@answers(answer.LinksDecided)
def decide_links(said: Decision) -> dict[str, Any]:
    with writing() as session:
        batch = links.decide(
            session, said.links, said.decision, relation=said.relation, actor=person()
        )
        linking.links_decided(session, said.links)
        waiting = links.open_counts(session)
    return {"batch": batch, "waiting": waiting}


@bp.post("/review/undo")
@bp.input(BatchToUndo, arg_name="said")
@bp.doc(summary="Take a batch of decisions back, as a change of its own")
@answers(answer.LinksUndone)
def undo_links(said: BatchToUndo) -> dict[str, Any]:
    with writing() as session:
        undone = links.undo(session, said.batch, actor=person())
        linking.links_decided(session, undone)
        waiting = links.open_counts(session)
    return {"links": undone, "waiting": waiting}


# --- what an article names ------------------------------------------------------------------------


@bp.get("/articles/<article_id>/mentions")
@bp.doc(summary="Places, dates, people and groups that an article names, and who says what in it")
@answers(answer.Mentions)
def named(article_id: str) -> dict[str, Any]:
    with reading() as session:
        own = story_record.row_of(session, article_id).id
        known = mentions.of_article(session, own)
        claims = mentions.claims_of(session, own)
    document: dict[str, Any] = plain(
        {
            "article": own,
            "mentions": [asdict(one) for one in known],
            "claims": [asdict(one) for one in claims],
        }
    )
    return document


@bp.post("/mentions/<mention_id>")
@bp.input(Meaning, arg_name="said")
@bp.doc(summary="Accept or reject what a mention means, or choose another; `suggested` undoes")
@answers(answer.ArticleId)
def decide_mention(mention_id: str, said: Meaning) -> dict[str, Any]:
    with writing() as session:
        article_id = mentions.decide(
            session,
            mention_id,
            said.decision,
            everywhere=said.everywhere,
            choice=said.choice,
            actor=person(),
        )
        occasions.follow(session, article_id)
    return {"article": article_id}


# --- when and where -------------------------------------------------------------------------------


def _occasion(session: Session, clip_id: str) -> dict[str, Any]:
    document: dict[str, Any] = plain(occasions.as_json(occasions.gather(session, clip_id)))
    return document


@bp.get("/clips/<clip_id>/occasion")
@bp.doc(summary="Every source of a clip's date and place side by side, the best, and why")
@answers(answer.Occasion)
def occasion(clip_id: str) -> Response:
    with reading() as session:
        return told(_occasion(session, clip_id))


@bp.post("/clips/<clip_id>/occasion/date")
@bp.input(DateEntry, arg_name="said")
@bp.doc(summary="Enter the date of a clip, which goes before all other sources")
@answers(answer.Occasion)
def enter_date(clip_id: str, said: DateEntry) -> Response:
    with writing() as session:
        occasions.enter_date(session, clip_id, said.date, reason=said.reason, actor=person())
        session.flush()
        return told(_occasion(session, clip_id))


@bp.post("/clips/<clip_id>/occasion/place")
@bp.input(PlaceEntry, arg_name="said")
@bp.doc(summary="Enter the place of a clip, which goes before all other sources")
@answers(answer.Occasion)
def enter_place(clip_id: str, said: PlaceEntry) -> Response:
    point = None if said.lat is None or said.lon is None else (said.lat, said.lon)
    with writing() as session:
        occasions.enter_place(
            session,
            clip_id,
            said.name,
            role=said.role,
            point=point,
            precision_m=said.precision_m,
            reason=said.reason,
            actor=person(),
        )
        session.flush()
        return told(_occasion(session, clip_id))


@bp.delete("/clips/<clip_id>/occasion/<entry_id>")
@bp.doc(summary="Take a person's date or place back; the history keeps it (needs If-Match)")
@answers(answer.Occasion)
def take_back(clip_id: str, entry_id: str) -> Response:
    with writing() as session:
        holdings.locked(session, holdings.clip(session, clip_id).id)
        known = _occasion(session, clip_id)
        must_match("occasion", clip_id, known)
        if entry_id not in {one["id"] for one in (*known["dates"], *known["places"])} - {""}:
            raise NotFoundError("entry of the occasion", entry_id)
        occasions.take_back(session, entry_id, actor=person())
        session.flush()
        document = _occasion(session, clip_id)
    return told(document)
