"""The API of the ingest: what people decide on its page and for a clip's pictures."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from apiflask import APIBlueprint
from flask import Response, url_for
from pydantic import Field

from mediacatalog.catalog import (
    holdings,
    picture_readings,
    posters,
    proxies,
    queue,
    stages,
    steering,
)
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.web import callers
from mediacatalog.web import work_answers as answer
from mediacatalog.web.answers import answers
from mediacatalog.web.api import plain
from mediacatalog.web.bodies import Body
from mediacatalog.web.conditions import must_match, told
from mediacatalog.web.once import reading, writing
from mediacatalog.web.services import person

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

bp = callers.guarded(APIBlueprint("api_ingest", __name__, url_prefix="/api/v1"))

NO_POSTER = posters.Shown(None, "", made=False, can_undo=False)
BACKGROUND = "A worker does it; see Location"


class Decision(Body):
    """About a file: read it again (out of quarantine, too), leave it alone, take it as it is."""

    decision: Literal["retry", "ignore", "accept"]


class RootPatch(Body):
    """What is named is set (RFC 7396)."""

    paused: bool | None = None
    viewing: Literal["full", "balanced"] | None = Field(
        default=None, description="Null: as the settings say"
    )


class Loss(Body):
    lost: int = Field(ge=0, le=2**53, description="How many files the alarm misses, as it was seen")


class ProxyAct(Body):
    act: Literal["start", "stop"]


class Rerun(Body):
    """The stage and all that follow it, `proxy` or `picture_text`.

    With `viewing` it is watched through otherwise.
    """

    stage: Literal["proxy", "picture_text", *stages.ORDER]  # type: ignore[valid-type]
    viewing: Literal["", "full", "balanced"] | None = None


class PosterBody(Body):
    ms: int | None = Field(ge=0, lt=2**53, description="Null: the machine chooses")


# --- files ----------------------------------------------------------------------------------------

DECISIONS: dict[str, Callable[..., None]] = {
    "retry": steering.retry,
    "ignore": steering.ignore,
    "accept": steering.accept,
}


def _file(session: Session, sighting_id: str) -> dict[str, Any]:
    document: dict[str, Any] = plain(asdict(queue.story(session, sighting_id)))
    return document


@bp.get("/ingest/<sighting_id>")
@bp.doc(summary="How one file came in: every step with its reason, and its stages")
@answers(answer.FileStory)
def file(sighting_id: str) -> dict[str, Any]:
    with reading() as session:
        return _file(session, sighting_id)


@bp.post("/ingest/<sighting_id>/decision")
@bp.input(Decision, arg_name="body")
@bp.doc(summary="Try a file again, leave it alone, or take it as it is")
@answers(answer.FileStory, 202, BACKGROUND)
def decide(sighting_id: str, body: Decision) -> Response:
    with writing() as session:
        DECISIONS[body.decision](session, sighting_id, actor=person())
        session.flush()
        document = _file(session, sighting_id)
    return _accepted(document, url_for("api_ingest.file", sighting_id=sighting_id))


def _accepted(document: dict[str, Any], where: str) -> Response:
    response = told(document, 202)
    response.headers["Location"] = where
    return response


# --- roots ----------------------------------------------------------------------------------------


def _root(session: Session, root_id: str) -> dict[str, Any]:
    """Without what changes by itself at every look. Raises NotFoundError."""
    for one in queue.roots(session):
        if one.id == root_id:
            return _told(one)
    raise NotFoundError("root", root_id)


def _told(one: queue.WatchedRoot) -> dict[str, Any]:
    return {name: getattr(one, name) for name in answer.Root.model_fields}


@bp.get("/roots")
@bp.doc(summary="Watched folders: alarms, pauses, how their files are watched through")
@answers(answer.Roots)
def roots() -> dict[str, Any]:
    with reading() as session:
        return {"roots": [_told(one) for one in queue.roots(session)]}


@bp.get("/roots/<root_id>")
@bp.doc(summary="One watched folder")
@answers(answer.Root)
def root(root_id: str) -> Response:
    with reading() as session:
        return told(_root(session, root_id))


@bp.patch("/roots/<root_id>")
@bp.input(RootPatch, arg_name="body")
@bp.doc(summary="Pause a folder, go on with it, or say how its files are watched (needs If-Match)")
@answers(answer.Root)
def change_root(root_id: str, body: RootPatch) -> Response:
    with writing() as session:
        must_match("root", root_id, _root(session, root_id))
        if "paused" in body.model_fields_set:
            act = steering.pause if body.paused else steering.resume
            act(session, root_id, actor=person())
        if "viewing" in body.model_fields_set:
            steering.watch_as(session, root_id, body.viewing or "", actor=person())
        session.flush()
        document = _root(session, root_id)
    return told(document)


@bp.post("/roots/<root_id>/loss")
@bp.input(Loss, arg_name="body")
@bp.doc(summary="Settle an alarm: the files that it misses are gone")
@answers(answer.Root, 202, BACKGROUND)
def accept_loss(root_id: str, body: Loss) -> Response:
    with writing() as session:
        steering.accept_loss(session, root_id, lost=body.lost, actor=person())
        session.flush()
        document = _root(session, root_id)
    return _accepted(document, url_for("api_ingest.root", root_id=root_id))


# --- clips ----------------------------------------------------------------------------------------


@bp.post("/clips/<clip_id>/proxy")
@bp.input(ProxyAct, arg_name="body")
@bp.doc(summary="Stop the making of a proxy, or ask for one that was stopped or failed")
@answers(answer.Again, 202, BACKGROUND)
def proxy(clip_id: str, body: ProxyAct) -> Response:
    act = proxies.start if body.act == "start" else proxies.stop
    with writing() as session:
        act(session, clip_id, actor=person())
    return _again(clip_id, waits=body.act == "start")


@bp.post("/clips/<clip_id>/rerun")
@bp.input(Rerun, arg_name="body")
@bp.doc(summary="Let a worker run one stage, and what follows it, again")
@answers(answer.Again, 202, BACKGROUND)
def rerun(clip_id: str, body: Rerun) -> Response:
    with writing() as session:
        clip = holdings.locked(session, holdings.clip(session, clip_id).id)
        if body.viewing is not None:
            steering.watch_clip_as(session, clip, body.viewing, actor=person())
        if body.stage == proxies.STAGE:
            waits = proxies.again(session, clip, priority=1)
        elif body.stage == picture_readings.STAGE:
            waits = picture_readings.again(session, clip, priority=1)
        else:
            names = stages.ORDER[stages.ORDER.index(body.stage) :]
            waits = stages.forget(session, clip, names, priority=1)
    return _again(clip.id, waits=waits)


def _again(clip_id: str, *, waits: bool) -> Response:
    return _accepted({"clip": clip_id, "waits": waits}, url_for("api.clip", clip_id=clip_id))


def _poster(session: Session, clip_id: str) -> dict[str, Any]:
    clip = holdings.clip(session, clip_id)
    shown = posters.shown(session, clip.id) or NO_POSTER
    return {"clip": clip.id, **asdict(shown)}


@bp.get("/clips/<clip_id>/poster")
@bp.doc(summary="Which frame stands for a clip, and who chose it")
@answers(answer.Poster)
def poster(clip_id: str) -> Response:
    with reading() as session:
        return told(_poster(session, clip_id))


@bp.put("/clips/<clip_id>/poster")
@bp.input(PosterBody, arg_name="body")
@bp.doc(summary="Pin the frame that is shown at a moment, or let the machine choose (If-Match)")
@answers(answer.Poster, 202, BACKGROUND)
def pin(clip_id: str, body: PosterBody) -> Response:
    with writing() as session:
        clip = holdings.locked(session, holdings.clip(session, clip_id).id)
        must_match("poster", clip.id, _poster(session, clip.id))
        if body.ms is None:
            posters.unpin(session, clip.id, actor=person())
        else:
            posters.pin(session, clip.id, body.ms, actor=person())
        session.flush()
        document = _poster(session, clip.id)
    return _accepted(document, url_for("api_ingest.poster", clip_id=clip.id))


@bp.post("/clips/<clip_id>/poster/undo")
@bp.doc(summary="Take the last change of the poster back")
@answers(answer.Poster, 202, BACKGROUND)
def undo_poster(clip_id: str) -> Response:
    with writing() as session:
        clip = holdings.clip(session, clip_id)
        if not _poster(session, clip.id)["can_undo"]:
            raise InvalidValueError("poster", "was never changed")
        posters.undo(session, clip.id, actor=person())
        session.flush()
        document = _poster(session, clip.id)
    return _accepted(document, url_for("api_ingest.poster", clip_id=clip.id))
