"""The API of notes and subclips."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint
from flask import url_for
from pydantic import Field

from mediacatalog.catalog import holdings, markers
from mediacatalog.errors import NotFoundError
from mediacatalog.web import answers as answer
from mediacatalog.web import callers
from mediacatalog.web.answers import answers
from mediacatalog.web.api import plain
from mediacatalog.web.bodies import Body
from mediacatalog.web.conditions import must_match, told
from mediacatalog.web.once import reading, writing
from mediacatalog.web.services import person

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy.orm import Session

bp = callers.guarded(APIBlueprint("api_markers", __name__, url_prefix="/api/v1/clips"))


class Note(Body):
    """A note at a moment, or over a span when it has an end; milliseconds from the first frame."""

    text: str = Field(max_length=20_000)
    start_ms: int = Field(ge=0, lt=2**53)
    end_ms: int | None = Field(default=None, ge=0, lt=2**53)
    tags: list[str] | None = Field(default=None, max_length=markers.MOST_TAGS)
    """Names of the vocabulary, or new ones; without them those that it has stay."""

    def wanted(self) -> markers.Wanted:
        tags = None if self.tags is None else tuple(self.tags)
        return markers.Wanted(self.text, self.start_ms, self.end_ms, tags)


def _told(session: Session, clip_id: str) -> list[dict[str, Any]]:
    found = markers.of_clip(session, holdings.clip(session, clip_id).id)
    return [plain(asdict(one)) for one in found]


def _one(session: Session, clip_id: str, marker_id: str) -> dict[str, Any]:
    """Raises NotFoundError."""
    for document in _told(session, clip_id):
        if document["id"] == marker_id:
            return document
    raise NotFoundError("marker", marker_id)


def _held(session: Session, clip_id: str, marker_id: str) -> dict[str, Any]:
    """As the caller must know it who changes it; locked until the end of the transaction."""
    holdings.locked(session, holdings.clip(session, clip_id).id)
    document = _one(session, clip_id, marker_id)
    must_match("marker", marker_id, document)
    return document


@bp.get("/<clip_id>/markers")
@bp.doc(summary="Notes and subclips of a clip, in the order of the film")
@answers(answer.Markers)
def listed(clip_id: str) -> dict[str, Any]:
    with reading() as session:
        return {"markers": _told(session, clip_id)}


@bp.get("/<clip_id>/markers/<marker_id>")
@bp.doc(summary="One note")
@answers(answer.Marker)
def one(clip_id: str, marker_id: str) -> Response:
    with reading() as session:
        return told(_one(session, clip_id, marker_id))


@bp.post("/<clip_id>/markers")
@bp.input(Note, arg_name="body")
@bp.doc(summary="Write a note at a moment or over a span")
@answers(answer.Marker, 201)
def add(clip_id: str, body: Note) -> Response:
    with writing() as session:
        made = markers.add(session, clip_id, body.wanted(), actor=person())
        document = _one(session, clip_id, made)
    response = told(document, 201)
    response.headers["Location"] = url_for("api_markers.one", clip_id=clip_id, marker_id=made)
    return response


@bp.put("/<clip_id>/markers/<marker_id>")
@bp.input(Note, arg_name="body")
@bp.doc(summary="Change what a note says and where it lies (needs If-Match)")
@answers(answer.Marker)
def edit(clip_id: str, marker_id: str, body: Note) -> Response:
    with writing() as session:
        version = _held(session, clip_id, marker_id)["version"]
        markers.edit(session, clip_id, marker_id, body.wanted(), version=version, actor=person())
        session.flush()
        document = _one(session, clip_id, marker_id)
    return told(document)


@bp.delete("/<clip_id>/markers/<marker_id>")
@bp.doc(summary="Take a note away; its history keeps it (needs If-Match)")
@answers(None, 204)
def remove(clip_id: str, marker_id: str) -> tuple[str, int]:
    with writing() as session:
        _held(session, clip_id, marker_id)
        markers.remove(session, clip_id, marker_id, actor=person())
    return "", 204


@bp.post("/<clip_id>/markers/undo")
@bp.doc(summary="Take the last change of a clip's notes back; done twice, it is done again")
@answers(answer.Markers)
def undo(clip_id: str) -> dict[str, Any]:
    with writing() as session:
        markers.undo(session, clip_id, actor=person())
        session.flush()
        return {"markers": _told(session, clip_id)}
