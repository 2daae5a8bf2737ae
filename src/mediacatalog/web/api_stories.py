"""The API of what belongs together: links that wait, what an article names, when and where.

What the pages do, by the same functions. Who changes something from a browser needs the token of a
page in `X-CSRFToken`; a program needs none, since it sends no cookie.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from apiflask import APIBlueprint
from flask import request
from pydantic import BaseModel, ConfigDict, Field

from mediacatalog import linking
from mediacatalog.catalog import links, mentions, occasions, story_record
from mediacatalog.web import story, uploads
from mediacatalog.web.api import QueryArgs, plain
from mediacatalog.web.security import SAFE_METHODS, csrf, is_from_browser
from mediacatalog.web.services import person, services

bp = APIBlueprint("api_stories", __name__, url_prefix="/api/v1", tag="mediacatalog")
csrf.exempt(bp)  # the token is checked below: the usual check would look for it in a form

MOST_LINKS = 200


@bp.before_request
def check() -> None:
    if request.method not in SAFE_METHODS and is_from_browser(request.headers):
        uploads.check_token({"csrf_token": request.headers.get("X-CSRFToken", "")})


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReviewArgs(QueryArgs):
    """Which links."""

    state: Literal["suggested", "unsure"] = "suggested"
    article: str | None = None
    limit: int = Field(default=20, ge=1, le=200)


class Decision(_Body):
    """What a person says of links; `relation` where they know better what the article is."""

    links: list[str] = Field(min_length=1, max_length=MOST_LINKS)
    decision: str
    relation: str | None = None


class Batch(_Body):
    """A decision, by what `POST /review` answered."""

    batch: str


class Meaning(_Body):
    """Whether a mention means what was found, or which of its alternatives, counted from 0."""

    decision: str
    choice: int | None = Field(default=None, ge=0)
    everywhere: bool = True


class DateEntry(_Body):
    """A person's word on the day, as EDTF."""

    date: str = Field(max_length=200)
    reason: str = Field(default="", max_length=500)


class PlaceEntry(_Body):
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
def review(args: ReviewArgs) -> dict[str, Any]:
    with services().catalogue.reading() as session:
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
def decide_links(said: Decision) -> dict[str, Any]:
    with services().catalogue.writing() as session:
        batch = links.decide(
            session, said.links, said.decision, relation=said.relation, actor=person()
        )
        linking.links_decided(session, said.links)
        waiting = links.open_counts(session)
    return {"batch": batch, "waiting": waiting}


@bp.post("/review/undo")
@bp.input(Batch, arg_name="said")
@bp.doc(summary="Take a batch of decisions back, as a change of its own")
def undo_links(said: Batch) -> dict[str, Any]:
    with services().catalogue.writing() as session:
        undone = links.undo(session, said.batch, actor=person())
        linking.links_decided(session, undone)
        waiting = links.open_counts(session)
    return {"links": undone, "waiting": waiting}


# --- what an article names ------------------------------------------------------------------------


@bp.get("/articles/<article_id>/mentions")
@bp.doc(summary="Places, dates, people and groups that an article names, and who says what in it")
def named(article_id: str) -> dict[str, Any]:
    with services().catalogue.reading() as session:
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
def decide_mention(mention_id: str, said: Meaning) -> dict[str, Any]:
    with services().catalogue.writing() as session:
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


def _occasion(clip_id: str) -> dict[str, Any]:
    with services().catalogue.reading() as session:
        document: dict[str, Any] = plain(occasions.as_json(occasions.gather(session, clip_id)))
    return document


@bp.get("/clips/<clip_id>/occasion")
@bp.doc(summary="Every source of a clip's date and place side by side, the best, and why")
def occasion(clip_id: str) -> dict[str, Any]:
    return _occasion(clip_id)


@bp.post("/clips/<clip_id>/occasion/date")
@bp.input(DateEntry, arg_name="said")
@bp.doc(summary="Enter the date of a clip, which goes before all other sources")
def enter_date(clip_id: str, said: DateEntry) -> dict[str, Any]:
    with services().catalogue.writing() as session:
        occasions.enter_date(session, clip_id, said.date, reason=said.reason, actor=person())
    return _occasion(clip_id)


@bp.post("/clips/<clip_id>/occasion/place")
@bp.input(PlaceEntry, arg_name="said")
@bp.doc(summary="Enter the place of a clip, which goes before all other sources")
def enter_place(clip_id: str, said: PlaceEntry) -> dict[str, Any]:
    point = None if said.lat is None or said.lon is None else (said.lat, said.lon)
    with services().catalogue.writing() as session:
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
    return _occasion(clip_id)


@bp.delete("/occasion/<entry_id>")
@bp.doc(summary="Take a person's date or place back; what it said stays in the history")
def take_back(entry_id: str) -> dict[str, Any]:
    with services().catalogue.writing() as session:
        clip_id = occasions.take_back(session, entry_id, actor=person())
    return _occasion(clip_id)
