"""Care for those who look: warnings of a clip, covered pictures, and what a person wants to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from apiflask import APIBlueprint
from flask import Response, abort, make_response, redirect, render_template, request, url_for

from mediacatalog.catalog import care, files, reads
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.web import covering, words
from mediacatalog.web.pages import clip as clip_page
from mediacatalog.web.pages import media
from mediacatalog.web.services import person, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("care", __name__, enable_openapi=False)

ACTS = ("stills", "videos", "cover", "all", "safe", "unsafe")


class Draft(NamedTuple):
    """What a person entered that wasn't taken, and why."""

    kind: str
    start: str
    end: str
    note: str
    error: str


# --- what is shown


@bp.post("/care")
def choose() -> BaseResponse:
    act = request.form.get("show", "")
    if act not in ACTS:
        abort(400)
    covering.choose(act, request.form.get("clip", "")[:36])
    if request.headers.get("Accept") == "application/json":
        return Response(status=204)
    return redirect(_back(request.form.get("back", "")), 303)


def _back(asked: str) -> str:
    """Where the person came from: only ever a page of this site."""
    inside = asked.startswith("/") and not asked.startswith(("//", "/\\"))
    return asked if inside and asked.isprintable() else "/"


# --- covered pictures


def _covered(data: bytes, etag: str) -> Response:
    try:
        return media.send(covering.blurred(data), f"covered-{etag}", media.JPEG)
    except ValueError as error:
        raise NotFoundError("picture", etag) from error


@bp.get("/clips/<clip_id>/poster.covered.jpg")
def poster(clip_id: str) -> Response:
    with services().catalogue.reading() as session:
        found = files.poster(session, clip_id)
    return _covered(media.read(found), found.sha256[:32])


@bp.get("/clips/<clip_id>/keyframes/<int(max=999999):number>.covered.jpg")
def keyframe(clip_id: str, number: int) -> Response:
    with services().catalogue.reading() as session:
        found = files.picture(session, clip_id, "keyframe", number)
    return _covered(media.read(found), found.sha256[:32])


@bp.get("/clips/<clip_id>/still.covered.jpg")
def still(clip_id: str) -> Response:
    """The picture nearest to `ms`."""
    cell, data = media.nearest(clip_id, request.args.get("ms", "0"))
    return _covered(data, f"{cell.picture.sha256[:32]}-{cell.x}-{cell.y}")


# --- warnings


def _wanted() -> care.Wanted:
    """Raises InvalidValueError."""
    form = request.form
    start, end = (words.typed_time(form.get(name, "")) for name in ("from", "until"))
    for name, said in (("from", start), ("until", end)):
        if form.get(name, "").strip() and said is None:
            raise InvalidValueError(name, "isn't a time such as 12.2 or 1:02.5")
    shot = form.get("shot", "")
    if shot and start is None and end is None:
        first, _, last = shot.partition("-")
        start, end = (int(one) if one.isdecimal() else None for one in (first, last))
    return care.Wanted(form.get("kind", ""), form.get("note", ""), start, end)


def _answer(clip_id: str, draft: Draft | None = None) -> Response | BaseResponse:
    """The warnings, as the part that htmx swaps, or the whole page again."""
    if not clip_page.is_htmx():
        if draft:
            return make_response(clip_page.page(clip_id, warned=draft), 422)
        return redirect(url_for("clip.show", clip_id=clip_id, _anchor="care"), 303)
    with services().catalogue.reading() as session:
        page = reads.clip_page(session, clip_id)
        can_undo = care.can_undo(session, page.card.id)
    return make_response(
        render_template(
            "_care.html",
            page=page,
            card=page.card,
            kinds_of_warning=care.WARNINGS,
            can_undo_warning=can_undo,
            warned=draft,
        )
    )


@bp.post("/clips/<clip_id>/warnings")
def add(clip_id: str) -> Response | BaseResponse:
    form = request.form
    try:
        with services().catalogue.writing() as session:
            care.add(session, clip_id, _wanted(), actor=person())
    except InvalidValueError as error:
        kind, start, end, note = (form.get(name, "") for name in ("kind", "from", "until", "note"))
        return _answer(clip_id, Draft(kind, start, end, note, str(error)))
    return _answer(clip_id)


@bp.post("/clips/<clip_id>/warnings/<warning_id>/remove")
def remove(clip_id: str, warning_id: str) -> Response | BaseResponse:
    with services().catalogue.writing() as session:
        care.remove(session, clip_id, warning_id, actor=person())
    return _answer(clip_id)


@bp.post("/clips/<clip_id>/warnings/undo")
def undo(clip_id: str) -> Response | BaseResponse:
    with services().catalogue.writing() as session:
        care.undo(session, clip_id, actor=person())
    return _answer(clip_id)
