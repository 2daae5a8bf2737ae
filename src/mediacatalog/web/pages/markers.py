"""Notes at moments and ranges of a clip, as people write, change and take them back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from apiflask import APIBlueprint
from flask import Response, make_response, redirect, render_template, request, url_for

from mediacatalog.catalog import holdings, markers, reads
from mediacatalog.errors import InvalidValueError, StaleEditError
from mediacatalog.values import timecode
from mediacatalog.web import tables, words
from mediacatalog.web.pages import clip as clip_page
from mediacatalog.web.services import person, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("markers", __name__, enable_openapi=False)

COLUMNS = "in out note tags author written_at in_pts out_pts time_base sha256".split()


class Draft(NamedTuple):
    """What a person wrote that wasn't taken, and why; kept in the form for them."""

    marker: str
    """Of which marker; empty for a new one."""
    text: str
    at: str
    until: str
    tags: str
    error: str


def _draft(marker: str = "", error: str = "") -> Draft:
    form = request.form
    text, at, until, tags = (form.get(name, "") for name in ("text", "at", "until", "tags"))
    return Draft(marker, text, at, until, tags, error)


def _tags(typed: str) -> tuple[str, ...]:
    """As they are typed: with commas between them, Latin or Arabic."""
    return tuple(one.strip() for one in re.split(r"[,،]", typed) if one.strip())


def _wanted() -> markers.Wanted:
    """Raises InvalidValueError."""
    at, until = request.form.get("at", ""), request.form.get("until", "")
    start = words.typed_time(at)
    end = words.typed_time(until) if until.strip() else None
    if start is None:
        raise InvalidValueError("at", "isn't a time such as 12.2 or 1:02.5")
    if until.strip() and end is None:
        raise InvalidValueError("until", "isn't a time such as 12.2 or 1:02.5")
    tags = _tags(request.form.get("tags", ""))
    return markers.Wanted(request.form.get("text", ""), start, end, tags)


def _version() -> int:
    """Of the note that the person had before them. Raises InvalidValueError."""
    version = request.form.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise InvalidValueError("version", "is missing; open the page again")
    return int(version)


def _answer(clip_id: str, draft: Draft | None = None) -> Response | BaseResponse:
    """The notes, as the part that htmx swaps, or the whole page again."""
    status = 422 if draft else 200
    if not clip_page.is_htmx():
        if draft:
            return make_response(clip_page.page(clip_id, draft=draft), status)
        return redirect(url_for("clip.show", clip_id=clip_id, _anchor="markers"), 303)
    with services().catalogue.reading() as session:
        shown = markers.of_clip(session, clip_id)
        can_undo = markers.can_undo(session, clip_id)
        card = reads.cards(session, [clip_id])[clip_id]
    part = render_template(
        "_markers.html", card=card, markers=shown, can_undo_marker=can_undo, draft=draft
    )
    # htmx swaps no answer that says it failed; what failed stands in it.
    return make_response(part)


@bp.post("/clips/<clip_id>/markers")
def add(clip_id: str) -> Response | BaseResponse:
    try:
        with services().catalogue.writing() as session:
            markers.add(session, clip_id, _wanted(), actor=person())
    except InvalidValueError as error:
        return _answer(clip_id, _draft(error=str(error)))
    return _answer(clip_id)


@bp.post("/clips/<clip_id>/markers/<marker_id>")
def edit(clip_id: str, marker_id: str) -> Response | BaseResponse:
    try:
        with services().catalogue.writing() as session:
            markers.edit(
                session,
                clip_id,
                marker_id,
                _wanted(),
                version=_version(),
                actor=person(),
            )
    except InvalidValueError as error:
        return _answer(clip_id, _draft(marker_id, str(error)))
    except StaleEditError:
        late = "Not saved: somebody else changed this note; theirs stands above, yours in the form"
        return _answer(clip_id, _draft(marker_id, late))
    return _answer(clip_id)


@bp.post("/clips/<clip_id>/markers/<marker_id>/remove")
def remove(clip_id: str, marker_id: str) -> Response | BaseResponse:
    with services().catalogue.writing() as session:
        markers.remove(session, clip_id, marker_id, actor=person())
    return _answer(clip_id)


@bp.get("/clips/<clip_id>/markers.csv")
def as_table(clip_id: str) -> Response:
    """The notes as a shot list: for cutting rooms, and to take along."""
    with services().catalogue.reading() as session:
        clip = holdings.clip(session, clip_id)
        noted = markers.of_clip(session, clip.id)
    rows = [
        tables.line(
            (
                timecode(one.start_ms),
                None if one.end_ms is None else timecode(one.end_ms),
                one.text,
                "|".join(one.tags),
                one.author,
                one.created_at.isoformat(),
                one.start_pts,
                one.end_pts,
                one.time_base,
                clip.sha256,
            )
        )
        for one in noted
    ]
    response = Response(tables.MARK + tables.line(COLUMNS) + "".join(rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="notes-{clip.id}.csv"'
    return response


@bp.post("/clips/<clip_id>/markers/undo")
def undo(clip_id: str) -> Response | BaseResponse:
    with services().catalogue.writing() as session:
        markers.undo(session, clip_id, actor=person())
    return _answer(clip_id)
