"""The API of what people enter of a clip: texts, terms, warnings, and who may see it."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from apiflask import APIBlueprint
from pydantic import AwareDatetime, Field

from mediacatalog.catalog import (
    care,
    edits,
    holdings,
    levels,
    picture_texts,
    reads,
    record,
    vocabulary,
)
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.web import answers as answer
from mediacatalog.web import callers
from mediacatalog.web.answers import answers
from mediacatalog.web.api import plain
from mediacatalog.web.bodies import Body
from mediacatalog.web.conditions import must_match, told
from mediacatalog.web.once import reading, writing
from mediacatalog.web.picture_answers import PictureText
from mediacatalog.web.services import person

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy.orm import Session

bp = callers.guarded(APIBlueprint("api_clips", __name__, url_prefix="/api/v1/clips"))

Kind = Literal["tag", "place", "person", "group"]


class TextsPatch(Body):
    """What is named is set (RFC 7396); null empties it, so that what was derived shows again."""

    title: str | None = None
    description: str | None = None
    source: str | None = None
    language: str | None = None
    rights: str | None = None
    people_at_risk: str | None = None
    reason: str = Field(default="", max_length=500)


class NewTerm(Body):
    """By any of its names; a new term is made for a new name."""

    label: str
    kind: Kind = "tag"


class NewWarning(Body):
    """Of the whole clip without a beginning; up to its end without an end."""

    kind: str
    note: str = ""
    start_ms: int | None = Field(default=None, ge=0, lt=2**53)
    end_ms: int | None = Field(default=None, ge=0, lt=2**53)


class TextDecision(Body):
    """Of a text that a machine read in the pictures, wherever in the clip it stands."""

    text: str = Field(max_length=1000)
    dismissed: bool


class AccessPatch(Body):
    """A level with what belongs to it; or a word on what somebody else asks for."""

    level: Literal["open", "restricted", "embargo", "sealed"] | None = None
    until: AwareDatetime | None = None
    reason: str = Field(default="", max_length=500)
    unsealing: Literal["confirmed"] | None = Field(
        default=None, description="`confirmed` unseals as another account asked; null lets it be"
    )


def _texts(clip_id: str, texts: reads.Description) -> dict[str, Any]:
    return {"clip": clip_id, **asdict(texts)}


@bp.get("/<clip_id>/description")
@bp.doc(summary="What people entered of a clip; empty where nobody did")
@answers(answer.EnteredTexts)
def texts(clip_id: str) -> Response:
    with reading() as session:
        clip = holdings.clip(session, clip_id)
        return told(_texts(clip.id, reads.entered(clip)))


@bp.patch("/<clip_id>/description")
@bp.input(TextsPatch, arg_name="body")
@bp.doc(summary="Enter title, description, source, language, rights or who is at risk (If-Match)")
@answers(answer.EnteredTexts)
def describe(clip_id: str, body: TextsPatch) -> Response:
    named = {one.name for one in fields(reads.Description)} & body.model_fields_set
    reason = edits.why(body.reason)
    with writing() as session:
        clip = holdings.locked(session, holdings.clip(session, clip_id).id)
        now = reads.entered(clip)
        must_match("clip", clip.id, _texts(clip.id, now))
        wanted = replace(now, **{name: getattr(body, name) or "" for name in named})
        edits.describe(session, clip.id, wanted, edition=now.edition, actor=person(), reason=reason)
        document = _texts(clip.id, reads.entered(clip))
    return told(document)


def _terms(session: Session, clip_id: str) -> dict[str, Any]:
    clip = holdings.clip(session, clip_id)
    return {"clip": clip.id, "terms": record.terms(session, clip)}


@bp.get("/<clip_id>/terms")
@bp.doc(summary="Tags, places, people and groups of a clip")
@answers(answer.ClipTerms)
def terms(clip_id: str) -> Response:
    with reading() as session:
        return told(_terms(session, clip_id))


@bp.post("/<clip_id>/terms")
@bp.input(NewTerm, arg_name="body")
@bp.doc(summary="Give a clip a term; nothing changes if it has it")
@answers(answer.ClipTerms)
def add_term(clip_id: str, body: NewTerm) -> Response:
    with writing() as session:
        vocabulary.add_term(session, clip_id, body.label, kind=body.kind, actor=person())
        session.flush()
        document = _terms(session, clip_id)
    return told(document)


@bp.delete("/<clip_id>/terms/<kind>/<slug>")
@bp.doc(summary="Take a term from a clip, by its slug (needs If-Match: of the clip's terms)")
@answers(answer.ClipTerms)
def take_term(clip_id: str, kind: str, slug: str) -> Response:
    with writing() as session:
        clip = holdings.locked(session, holdings.clip(session, clip_id).id)
        before = _terms(session, clip.id)
        must_match("terms", clip.id, before)
        if not any(one["kind"] == kind and one["slug"] == slug for one in before["terms"]):
            raise NotFoundError("term of the clip", slug)
        vocabulary.remove_term(session, clip.id, slug, kind=kind, actor=person())
        session.flush()
        document = _terms(session, clip.id)
    return told(document)


def _warnings(session: Session, clip_id: str) -> dict[str, Any]:
    clip = holdings.clip(session, clip_id)
    known = care.of_clip(session, clip.id)
    told: dict[str, Any] = plain({"warnings": [asdict(one) for one in known.warnings]})
    return {"clip": clip.id, "looked_at": known.looked_at, **told}


@bp.get("/<clip_id>/warnings")
@bp.doc(summary="What viewers of a clip are warned of, and whether anybody looked")
@answers(answer.Warnings)
def warnings(clip_id: str) -> Response:
    with reading() as session:
        return told(_warnings(session, clip_id))


@bp.post("/<clip_id>/warnings")
@bp.input(NewWarning, arg_name="body")
@bp.doc(summary="Warn of a clip or of a part of it; `nothing` says that it needs no warning")
@answers(answer.Warnings, 201)
def warn(clip_id: str, body: NewWarning) -> Response:
    wanted = care.Wanted(body.kind, body.note, body.start_ms, body.end_ms)
    with writing() as session:
        care.add(session, clip_id, wanted, actor=person())
        session.flush()
        document = _warnings(session, clip_id)
    return told(document, 201)


@bp.delete("/<clip_id>/warnings/<warning_id>")
@bp.doc(summary="Take a warning back; the history keeps it (needs If-Match: of the warnings)")
@answers(answer.Warnings)
def unwarn(clip_id: str, warning_id: str) -> Response:
    with writing() as session:
        clip = holdings.locked(session, holdings.clip(session, clip_id).id)
        must_match("warnings", clip.id, _warnings(session, clip.id))
        care.remove(session, clip.id, warning_id, actor=person())
        session.flush()
        document = _warnings(session, clip.id)
    return told(document)


def _access(clip_id: str, access: levels.Access) -> dict[str, Any]:
    document: dict[str, Any] = plain(asdict(access))
    return {"clip": clip_id, **document}


@bp.get("/<clip_id>/access")
@bp.doc(summary="Who may see a clip, until when and why; and whether somebody asks to unseal it")
@answers(answer.Access)
def access(clip_id: str) -> Response:
    with reading() as session:
        clip = holdings.clip(session, clip_id)
        return told(_access(clip.id, levels.of_clip(session, clip.id)))


@bp.patch("/<clip_id>/access")
@bp.input(AccessPatch, arg_name="body")
@bp.doc(summary="Close a clip or open it (If-Match); a sealed one waits for another to confirm")
@answers(answer.Access)
def set_access(clip_id: str, body: AccessPatch) -> Response:
    named = body.model_fields_set
    with writing() as session:
        clip = holdings.locked(session, holdings.clip(session, clip_id).id)
        must_match("access", clip.id, _access(clip.id, levels.of_clip(session, clip.id)))
        if ("unsealing" in named) == (body.level is not None):
            raise InvalidValueError("level", "is named, or else what becomes of the unsealing")
        if body.level is not None:
            found = levels.close(
                session, clip.id, body.level, until=body.until, reason=edits.why(body.reason),
                actor=person(),
            )  # fmt: skip
        elif body.unsealing:
            found = levels.confirm(session, clip.id, actor=person())
        else:
            found = levels.withdraw(session, clip.id, actor=person())
        document = _access(clip.id, found)
    return told(document)


@bp.post("/<clip_id>/picture-text")
@bp.input(TextDecision, arg_name="body")
@bp.doc(summary="Dismiss a text that a machine read in the pictures, or bring it back")
@answers(PictureText)
def dismiss_text(clip_id: str, body: TextDecision) -> dict[str, Any]:
    with writing() as session:
        clip = holdings.clip(session, clip_id)
        picture_texts.dismiss(session, clip.id, body.text, dismissed=body.dismissed, actor=person())
        session.flush()
        return picture_texts.as_json(session, clip.id)
