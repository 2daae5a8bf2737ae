"""Text that a machine read in the pictures of a clip: what people dismiss of it, and a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint
from flask import Response, redirect, render_template, request, url_for

from mediacatalog.catalog import holdings, picture_texts, reads
from mediacatalog.media import burned_in
from mediacatalog.values import timecode
from mediacatalog.web import tables
from mediacatalog.web.services import person, services

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("picture_text", __name__, enable_openapi=False)

COLUMNS = "in out text confidence left top width height dismissed in_pts time_base sha256".split()


def is_read() -> bool:
    """Whether this machine can read text in pictures, and is to."""
    return burned_in.installed() and services().settings.picture_languages != "none"


def told(session: Session, clip_id: str) -> dict[str, Any]:
    """What the page of a clip says of it."""
    return {"pictures": picture_texts.shown(session, clip_id), "is_read": is_read()}


@bp.post("/clips/<clip_id>/picture-text")
def decide(clip_id: str) -> str | BaseResponse:
    """Dismiss a text, or bring it back."""
    dismissed = request.form.get("act", "") != "restore"
    with services().catalogue.writing() as session:
        picture_texts.dismiss(
            session, clip_id, request.form.get("text", ""), dismissed=dismissed, actor=person()
        )
    if request.headers.get("HX-Request") != "true":
        return redirect(url_for("clip.show", clip_id=clip_id, _anchor="picture-text"), 303)
    with services().catalogue.reading() as session:
        pictures = told(session, clip_id)
        card = reads.cards(session, [clip_id])[clip_id]
    return render_template("_picture_text.html", card=card, **pictures)


@bp.get("/clips/<clip_id>/picture-text.csv")
def as_table(clip_id: str) -> Response:
    """Every line with its moment, its box, and how sure the machine was."""
    with services().catalogue.reading() as session:
        clip = holdings.clip(session, clip_id)
        lines = picture_texts.lines_of(session, clip.id)
    rows = [
        tables.line(
            (
                timecode(one.start_ms),
                timecode(one.end_ms),
                one.text,
                one.confidence,
                one.left,
                one.top,
                one.width,
                one.height,
                "yes" if one.dismissed else "",
                one.pts,
                clip.time_base,
                clip.sha256,
            )
        )
        for one in lines
    ]
    response = Response(tables.MARK + tables.line(COLUMNS) + "".join(rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="picture-text-{clip.id}.csv"'
    return response
