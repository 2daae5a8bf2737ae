"""The API of notes and subclips; who may change them is as in `api_stories`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from mediacatalog.catalog import holdings, markers
from mediacatalog.errors import StaleEditError
from mediacatalog.web import api_stories, problems
from mediacatalog.web.api import plain
from mediacatalog.web.security import csrf
from mediacatalog.web.services import person, services

if TYPE_CHECKING:
    from flask import Response

bp = APIBlueprint("api_markers", __name__, url_prefix="/api/v1/clips", tag="mediacatalog")
csrf.exempt(bp)  # checked by the next line
bp.before_request(api_stories.check)


class Note(BaseModel):
    """A note at a moment, or over a span when it has an end; milliseconds from the first frame."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(max_length=20_000)
    start_ms: int = Field(ge=0, lt=2**53)
    end_ms: int | None = Field(default=None, ge=0, lt=2**53)

    def wanted(self) -> markers.Wanted:
        return markers.Wanted(self.text, self.start_ms, self.end_ms)


class Edit(Note):
    """What the note is to say from now on; `version` is that of the note before the person."""

    version: int = Field(ge=0, lt=2**31)


def _told(clip_id: str, marker_id: str | None = None) -> list[dict[str, Any]]:
    with services().catalogue.reading() as session:
        found = markers.of_clip(session, holdings.clip(session, clip_id).id)
    return [plain(asdict(one)) for one in found if marker_id in (None, one.id)]


@bp.get("/<clip_id>/markers")
@bp.doc(summary="Notes and subclips of a clip, in the order of the film")
def listed(clip_id: str) -> dict[str, Any]:
    return {"markers": _told(clip_id)}


@bp.post("/<clip_id>/markers")
@bp.input(Note, arg_name="body")
@bp.doc(summary="Write a note at a moment or over a span")
def add(clip_id: str, body: Note) -> tuple[dict[str, Any], int]:
    with services().catalogue.writing() as session:
        made = markers.add(session, clip_id, body.wanted(), actor=person())
    return _told(clip_id, made)[0], 201


@bp.put("/<clip_id>/markers/<marker_id>")
@bp.input(Edit, arg_name="body")
@bp.doc(summary="Change what a note says and where it lies")
def edit(clip_id: str, marker_id: str, body: Edit) -> dict[str, Any] | Response:
    """A stale version is answered 409 with the note as it is now."""
    try:
        with services().catalogue.writing() as session:
            markers.edit(
                session, clip_id, marker_id, body.wanted(), version=body.version, actor=person()
            )
    except StaleEditError as error:
        return problems.answer(409, str(error), {"now": _told(clip_id, marker_id)[0]})
    return _told(clip_id, marker_id)[0]


@bp.delete("/<clip_id>/markers/<marker_id>")
@bp.doc(summary="Take a note away; its history keeps it")
def remove(clip_id: str, marker_id: str) -> tuple[str, int]:
    with services().catalogue.writing() as session:
        markers.remove(session, clip_id, marker_id, actor=person())
    return "", 204


@bp.post("/<clip_id>/markers/undo")
@bp.doc(summary="Take the last change of a clip's notes back; done twice, it is done again")
def undo(clip_id: str) -> dict[str, Any]:
    with services().catalogue.writing() as session:
        markers.undo(session, clip_id, actor=person())
    return {"markers": _told(clip_id)}
