"""Caption tracks: their files in every format, the cue editor's answers, choices, history."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from apiflask import APIBlueprint
from flask import Response, abort, jsonify, make_response, redirect, render_template, request
from flask import url_for as address
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mediacatalog import captions
from mediacatalog.captions.gathering import MAX_WORDS
from mediacatalog.catalog import changes, cue_edits, holdings, reads, tracks
from mediacatalog.errors import InvalidValueError, StaleEditError
from mediacatalog.values import Cue, Ms
from mediacatalog.web import uploads, words
from mediacatalog.web.pages.media import send
from mediacatalog.web.security import MEDIA_POLICY, csrf
from mediacatalog.web.services import person, services

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("tracks", __name__, enable_openapi=False)

FILES: Mapping[str, tuple[captions.To, str]] = {
    "vtt": ("webvtt", "text/vtt"),
    "srt": ("srt", "application/x-subrip"),
    "txt": ("txt", "text/plain"),
}
"""Suffix to format and content type."""
MAX_UPLOAD = 50 * 2**20
MAX_TEXT = 4_000_000
"""Characters of a track that can be typed as one text."""
ENCODINGS = (
    "utf-8 utf-16 cp1256 cp1251 cp1252 cp1250 cp1253 cp1254 cp1255 cp1257 cp1258 iso8859_6 "
    "iso8859_5 iso8859_2 iso8859_7 iso8859_8 iso8859_9 iso8859_15 koi8_r koi8_u cp866 gb18030 "
    "big5 shift_jis euc_jp cp949"
).split()


class CueIn(BaseModel):
    """A cue as the editor sends it."""

    model_config = ConfigDict(extra="forbid")

    start_ms: int
    end_ms: int
    text: str = Field(max_length=100_000)
    id: str | None = None
    speaker: str | None = None
    settings: str | None = None
    language: str | None = None
    sound: bool = False
    words: tuple[tuple[int, int], ...] = Field(default=(), max_length=MAX_WORDS)


class SpliceIn(BaseModel):
    """What the editor changed, and of which version."""

    model_config = ConfigDict(extra="forbid")

    version: int
    at: int = Field(ge=0)
    count: int = Field(ge=0)
    cues: list[CueIn] = Field(max_length=200_000)
    reason: str = Field(default="", max_length=500)


# --- files ----------------------------------------------------------------------------------------


@bp.get("/clips/<clip_id>/tracks/<track_id>.<any(vtt, srt, txt):to>")
def file(clip_id: str, track_id: str, to: str) -> Response:
    """Always written anew from the cues, never the bytes that came from outside."""
    with services().catalogue.reading() as session:
        track = tracks.of_id(session, clip_id, track_id)
        cues = tracks.cues_of(session, track.id)
        title = reads.cards(session, [clip_id])[clip_id].title
    format_name, media_type = FILES[to]
    is_flat = request.args.get("regions") == "flat"
    if is_flat:
        cues = captions.in_place(cues, track.regions)
    text = captions.export(cues, format_name, regions=track.regions, label=track.made_by_machine)
    response = send(text.encode(), f"{track.etag}-{to}{'-flat' if is_flat else ''}", media_type)
    response.headers["Content-Type"] = f"{media_type}; charset=utf-8"
    if "download" in request.args:
        response.headers.set("Content-Disposition", "attachment", filename=name(title, track, to))
    return response


def name(title: str, track: tracks.Shown, to: str) -> str:
    """A file name that is safe on every system, and tells all that a sidecar's name can tell."""
    plain = "".join(
        letter if unicodedata.category(letter)[0] not in "CZ" else " " for letter in title
    )
    plain = " ".join(plain.translate(dict.fromkeys(map(ord, '/\\:*?"<>|'), " ")).split())
    stem = plain.strip(". ")[:80].strip(". ") or "captions"
    made = {"machine": "machine", "translation": "translated"}.get(track.made_by)
    told = [
        track.language,
        track.kind if track.kind not in ("caption", "subtitle") else None,
        "forced" if track.forced else None,
        "sdh" if track.sdh else None,
        made,
    ]
    return ".".join([stem, *filter(None, told), to])


@bp.get("/clips/<clip_id>/tracks/<track_id>/original")
def original(clip_id: str, track_id: str) -> Response:
    """The kept bytes as they were read; only ever to be saved."""
    with services().catalogue.reading() as session:
        track = tracks.of_id(session, clip_id, track_id)
        kept = tracks.original(session, track.id)
    if kept is None:
        abort(404, "The bytes of this track's file were not kept.")
    response = Response(kept[1], mimetype="application/octet-stream")
    response.headers["Content-Security-Policy"] = MEDIA_POLICY
    response.headers.set("Content-Disposition", "attachment", filename=kept[0].rpartition("/")[2])
    return response


# --- the editor -----------------------------------------------------------------------------------


@bp.get("/clips/<clip_id>/tracks/<track_id>.json")
def cues_as_json(clip_id: str, track_id: str) -> Response:
    with services().catalogue.reading() as session:
        document = _document(tracks.of_id(session, clip_id, track_id))
        document["cues"] = [_cue(one) for one in tracks.cues_of(session, track_id)]
    return jsonify(document)


def _document(track: tracks.Shown) -> dict[str, Any]:
    return {
        "track": track.id,
        "name": words.track_name(track),
        "label": track.made_by_machine,
        "language": track.language,
        "kind": track.kind,
        "version": track.version,
        "edited": track.edited_at is not None,
    }


def _cue(cue: Cue) -> dict[str, Any]:
    """Without what is empty: ten thousand of them are sent."""
    return {
        name: value
        for name, value in asdict(cue).items()
        if value is not None and value is not False and value != ()
    }


@bp.post("/clips/<clip_id>/tracks/<track_id>/cues")
def save(clip_id: str, track_id: str) -> tuple[Response, int]:
    """The editor's change. 409 with what is there now when somebody was faster."""
    request.max_content_length = MAX_UPLOAD
    try:
        sent = SpliceIn.model_validate_json(request.get_data())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        return jsonify(error=f"{place}: {first['msg']}"), 422
    cues = tuple(
        Cue(Ms(one.start_ms), Ms(one.end_ms), **one.model_dump(exclude={"start_ms", "end_ms"}))
        for one in sent.cues
    )
    splice = cue_edits.Splice(sent.at, sent.count, cues)
    use = services()
    try:
        with use.catalogue.writing() as session:
            version = cue_edits.save(
                session,
                clip_id,
                track_id,
                splice,
                version=sent.version,
                actor=person(),
                reason=sent.reason,
            )
    except StaleEditError as error:
        with use.catalogue.reading() as session:
            track = tracks.of_id(session, clip_id, track_id)
            now = [_cue(one) for one in tracks.cues_of(session, track_id)]
        return jsonify(error=str(error), version=track.version, by=track.edited_by, cues=now), 409
    except InvalidValueError as error:
        return jsonify(error=f"{error.field} {error.reason}"), 422
    return jsonify(version=version), 200


# --- the page of a track --------------------------------------------------------------------------


def _page(clip_id: str, track_id: str, *, mine: str | None = None) -> str:
    with services().catalogue.reading() as session:
        clip = holdings.clip(session, clip_id)
        track = tracks.of_id(session, clip.id, track_id)
        cues = tracks.cues_of(session, track.id)
        history = changes.history(session, "track", track.id, limit=100)
        file_cues = None
        if track.edited_at is not None:
            row = tracks.row_of(session, clip.id, track.id)
            try:
                file_cues = cue_edits.source_cues(session, row)
            except InvalidValueError:
                file_cues = None
        card = reads.cards(session, [clip.id])[clip.id]
    text = captions.write(cues, "webvtt", track.regions)
    return render_template(
        "track.html",
        card=card,
        track=track,
        text=text if len(text) <= MAX_TEXT else None,
        mine=mine,
        differences=cue_edits.differences(file_cues, cues) if file_cues is not None else None,
        history=history,
        encodings=ENCODINGS,
        kinds=list(tracks.KINDS),
    )


@bp.get("/clips/<clip_id>/tracks/<track_id>")
def show(clip_id: str, track_id: str) -> str:
    return _page(clip_id, track_id)


def _back(clip_id: str, track_id: str) -> BaseResponse:
    return redirect(address("tracks.show", clip_id=clip_id, track_id=track_id), 303)


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@bp.post("/clips/<clip_id>/tracks/<track_id>/text")
def save_text(clip_id: str, track_id: str) -> Response | BaseResponse:
    """The whole track, typed: for many changes at once, and for pages without scripts."""
    request.max_content_length = request.max_form_memory_size = 4 * MAX_TEXT
    uploads.check_token({"csrf_token": request.form.get("csrf_token", "")})
    text = request.form.get("text", "")
    try:
        with services().catalogue.writing() as session:
            cue_edits.replace_all(
                session, clip_id, track_id, text, version=_version(), actor=person()
            )
    except StaleEditError:
        return make_response(_page(clip_id, track_id, mine=text), 409)
    return _back(clip_id, track_id)


@bp.post("/clips/<clip_id>/tracks/<track_id>/reading")
def choose(clip_id: str, track_id: str) -> BaseResponse:
    form = request.form
    with services().catalogue.writing() as session:
        cue_edits.choose(
            session,
            clip_id,
            track_id,
            encoding=form.get("encoding", ""),
            language=form.get("language", ""),
            kind=form.get("kind", ""),
            actor=person(),
        )
    return _back(clip_id, track_id)


Act = Literal["source", "back", "remove", "restore"]


@bp.post("/clips/<clip_id>/tracks/<track_id>/<any(source, back, remove, restore):act>")
def act(clip_id: str, track_id: str, act: Act) -> BaseResponse:
    with services().catalogue.writing() as session:
        if act == "source":
            cue_edits.take_source(session, clip_id, track_id, version=_version(), actor=person())
        elif act == "back":
            cue_edits.go_back(
                session,
                clip_id,
                track_id,
                request.form.get("change", ""),
                version=_version(),
                actor=person(),
            )
        else:
            restore = act == "restore"
            cue_edits.remove(session, clip_id, track_id, actor=person(), back=restore)
    return _back(clip_id, track_id)


@bp.post("/clips/<clip_id>/tracks")
def bring(clip_id: str) -> BaseResponse:
    """A caption file, chosen on the page of the clip."""
    request.max_content_length = MAX_UPLOAD + uploads.FORM_SLACK
    uploads.check_token({"csrf_token": request.form.get("csrf_token", "")})
    sent = request.files.get("captions")
    if sent is None or not sent.filename:
        raise InvalidValueError("captions", "choose a file first")
    data = sent.stream.read(MAX_UPLOAD + 1)
    with services().catalogue.writing() as session:
        track_id = cue_edits.bring(
            session,
            clip_id,
            name=holdings.display_name(
                sent.filename.rpartition("/")[2][-200:].encode(errors="replace")
            ),
            data=data,
            language=request.form.get("language", ""),
            actor=person(),
        )
    return redirect(address("clip.show", clip_id=clip_id, track=track_id, _anchor="tracks"), 303)


# Their tokens are checked above: the usual check would refuse a form as large as these may be.
csrf.exempt(save_text)
csrf.exempt(bring)
