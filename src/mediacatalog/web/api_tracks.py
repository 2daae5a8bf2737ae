"""The API of caption tracks: brought, read, edited, chosen for, taken away and had back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from apiflask import APIBlueprint
from flask import Response, request, url_for
from pydantic import Field

from mediacatalog.catalog import cue_edits, holdings, tracks
from mediacatalog.errors import InvalidValueError
from mediacatalog.values import Cue, Ms
from mediacatalog.web import callers
from mediacatalog.web import work_answers as answer
from mediacatalog.web.answers import answers
from mediacatalog.web.bodies import Body, QueryArgs
from mediacatalog.web.conditions import must_match, told
from mediacatalog.web.once import reading, writing
from mediacatalog.web.pages.tracks import MAX_TEXT, MAX_UPLOAD, CueIn
from mediacatalog.web.services import person
from mediacatalog.web.storing import safe_name

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

bp = callers.guarded(APIBlueprint("api_tracks", __name__, url_prefix="/api/v1/clips"))


class TrackFile(QueryArgs):
    """Of the file that is the body."""

    name: str = Field(min_length=1, max_length=200)
    language: str = Field(default="", max_length=35)


class TrackPatch(Body):
    """What is chosen for a track (RFC 7396); null or empty: as the file says."""

    encoding: str | None = Field(default=None, max_length=40)
    language: str | None = Field(default=None, max_length=35)
    kind: str | None = Field(default=None, max_length=20)


class TrackAct(Body):
    """`source` takes the file's version again, `back` what stood before a change."""

    act: Literal["source", "back", "restore"]
    change: str = Field(default="", max_length=36)


class CueSplice(Body):
    """In place of `count` cues from `at` on, these."""

    at: int = Field(ge=0, le=10**7)
    count: int = Field(ge=0, le=10**7)
    cues: list[CueIn] = Field(max_length=200_000)
    reason: str = Field(default="", max_length=500)


class TrackText(Body):
    """All cues as WebVTT."""

    text: str = Field(max_length=MAX_TEXT)
    reason: str = Field(default="", max_length=500)


def _track(session: Session, clip_id: str, track_id: str) -> dict[str, Any]:
    return _told(tracks.of_id(session, holdings.clip(session, clip_id).id, track_id))


def _told(one: tracks.Shown) -> dict[str, Any]:
    known = {name for name in answer.CaptionTrack.model_fields if name != "clip"}
    return {"clip": one.clip_id} | {name: getattr(one, name) for name in known}


def _cues(session: Session, clip_id: str, track_id: str) -> dict[str, Any]:
    track = tracks.of_id(session, holdings.clip(session, clip_id).id, track_id)
    cues = [
        asdict(one) | {"words": [list(word) for word in one.words]}
        for one in tracks.cues_of(session, track.id)
    ]
    return {"track": track.id, "version": track.version, "cues": cues}


@bp.get("/<clip_id>/tracks")
@bp.doc(summary="Caption tracks of a clip, without their cues")
@answers(answer.CaptionTracks)
def listed(clip_id: str) -> dict[str, Any]:
    with reading() as session:
        found = tracks.of_clip(session, holdings.clip(session, clip_id).id)
    return {"tracks": [_told(one) for one in found]}


@bp.post("/<clip_id>/tracks")
@bp.input(TrackFile, location="query", arg_name="args")
@bp.doc(summary="Bring a caption file, sent as the body, up to 50 MiB")
@answers(answer.CaptionTrack, 201)
def bring(clip_id: str, args: TrackFile) -> Response:
    request.max_content_length = MAX_UPLOAD
    data = request.get_data()
    if not data:
        raise InvalidValueError("body", "holds no file")
    with writing() as session:
        clip = holdings.clip(session, clip_id)
        track_id = cue_edits.bring(
            session,
            clip.id,
            name=safe_name(args.name),
            data=data,
            language=args.language,
            actor=person(),
        )
        document = _track(session, clip.id, track_id)
    response = told(document, 201)
    response.headers["Location"] = url_for("api_tracks.one", clip_id=clip.id, track_id=track_id)
    return response


@bp.get("/<clip_id>/tracks/<track_id>")
@bp.doc(summary="One caption track, without its cues")
@answers(answer.CaptionTrack)
def one(clip_id: str, track_id: str) -> Response:
    with reading() as session:
        return told(_track(session, clip_id, track_id))


def _held(session: Session, clip_id: str, track_id: str) -> tracks.Shown:
    """The track that a person wants to change, if they know it as it is."""
    clip_id = holdings.clip(session, clip_id).id
    tracks.row_of(session, clip_id, track_id, lock=True)
    track = tracks.of_id(session, clip_id, track_id)
    must_match("track", track_id, _told(track))
    return track


@bp.patch("/<clip_id>/tracks/<track_id>")
@bp.input(TrackPatch, arg_name="body")
@bp.doc(summary="Choose encoding, language or kind; the kept bytes are read again (If-Match)")
@answers(answer.CaptionTrack)
def change(clip_id: str, track_id: str, body: TrackPatch) -> Response:
    with writing() as session:
        track = _held(session, clip_id, track_id)
        chosen = {
            name: getattr(body, name) or ""
            if name in body.model_fields_set
            else getattr(track, f"chosen_{name}") or ""
            for name in TrackPatch.model_fields
        }
        cue_edits.choose(session, track.clip_id, track_id, **chosen, actor=person())
        session.flush()
        document = _track(session, track.clip_id, track_id)
    return told(document)


@bp.delete("/<clip_id>/tracks/<track_id>")
@bp.doc(summary="Take a track out of sight; `restore` puts it back (needs If-Match)")
@answers(None, 204)
def remove(clip_id: str, track_id: str) -> tuple[str, int]:
    with writing() as session:
        track = _held(session, clip_id, track_id)
        cue_edits.remove(session, track.clip_id, track_id, actor=person(), back=False)
    return "", 204


@bp.post("/<clip_id>/tracks/<track_id>/act")
@bp.input(TrackAct, arg_name="body")
@bp.doc(summary="Take the file's version again, go back before a change, or restore the track")
@answers(answer.CaptionTrack)
def act(clip_id: str, track_id: str, body: TrackAct) -> Response:
    me = person()
    with writing() as session:
        clip_id = holdings.clip(session, clip_id).id
        tracks.row_of(session, clip_id, track_id, lock=True)
        version = tracks.of_id(session, clip_id, track_id).version
        if body.act == "source":
            cue_edits.take_source(session, clip_id, track_id, version=version, actor=me)
        elif body.act == "back":
            cue_edits.go_back(session, clip_id, track_id, body.change, version=version, actor=me)
        else:
            cue_edits.remove(session, clip_id, track_id, actor=me, back=True)
        session.flush()
        document = _track(session, clip_id, track_id)
    return told(document)


# --- cues -----------------------------------------------------------------------------------------


@bp.get("/<clip_id>/tracks/<track_id>/cues")
@bp.doc(summary="The cues of a track, and its version")
@answers(answer.CaptionCues)
def cues(clip_id: str, track_id: str) -> Response:
    with reading() as session:
        return told(_cues(session, clip_id, track_id))


def _edited(session: Session, clip_id: str, track_id: str) -> int:
    """The version that a person knows who edits its cues."""
    clip_id = holdings.clip(session, clip_id).id
    tracks.row_of(session, clip_id, track_id, lock=True)
    now = _cues(session, clip_id, track_id)
    must_match("cues", track_id, now)
    return int(now["version"])


@bp.patch("/<clip_id>/tracks/<track_id>/cues")
@bp.input(CueSplice, arg_name="body")
@bp.doc(summary="Put cues in the place of others (needs If-Match: of the cues)")
@answers(answer.CaptionCues)
def splice(clip_id: str, track_id: str, body: CueSplice) -> Response:
    sent = tuple(
        Cue(Ms(one.start_ms), Ms(one.end_ms), **one.model_dump(exclude={"start_ms", "end_ms"}))
        for one in body.cues
    )
    with writing() as session:
        version = _edited(session, clip_id, track_id)
        cue_edits.save(
            session,
            holdings.clip(session, clip_id).id,
            track_id,
            cue_edits.Splice(body.at, body.count, sent),
            version=version,
            actor=person(),
            reason=body.reason,
        )
        session.flush()
        document = _cues(session, clip_id, track_id)
    return told(document)


@bp.put("/<clip_id>/tracks/<track_id>/cues")
@bp.input(TrackText, arg_name="body")
@bp.doc(summary="Write all cues anew, as WebVTT (needs If-Match: of the cues)")
@answers(answer.CaptionCues)
def save_text(clip_id: str, track_id: str, body: TrackText) -> Response:
    with writing() as session:
        version = _edited(session, clip_id, track_id)
        cue_edits.replace_all(
            session,
            holdings.clip(session, clip_id).id,
            track_id,
            body.text,
            version=version,
            actor=person(),
            reason=body.reason,
        )
        session.flush()
        document = _cues(session, clip_id, track_id)
    return told(document)
