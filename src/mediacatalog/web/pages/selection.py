"""What is done to the clips that a person selected among the hits of a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import flash, jsonify, redirect, request

from mediacatalog.catalog import vocabulary
from mediacatalog.errors import InvalidValueError
from mediacatalog.values import new_id
from mediacatalog.web.services import person, services
from mediacatalog.web.tongue import ngettext

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("selection", __name__, enable_openapi=False)

MOST = 200
"""Clips that one form may name."""


@bp.post("/selection/terms")
def add_term() -> Response | BaseResponse:
    """Give all of them one term, as one act. Raises InvalidValueError, NotFoundError."""
    clip_ids = list(dict.fromkeys(request.form.getlist("clip")))
    if not clip_ids or len(clip_ids) > MOST:
        raise InvalidValueError("selection", f"needs from 1 to {MOST} clips")
    kind, label = request.form.get("kind", "tag"), request.form.get("label", "")
    batch = new_id()
    with services().catalogue.writing() as session:
        for clip_id in clip_ids:
            term = vocabulary.add_term(
                session, clip_id, label, kind=kind, actor=person(), batch_id=batch
            )
    said = ngettext(
        "%(num)s clip tagged “%(tag)s”",
        "%(num)s clips tagged “%(tag)s”",
        len(clip_ids),
        tag=term.label,
    )
    if request.accept_mimetypes.best == "application/json":
        return jsonify({"said": said, "batch": batch})
    flash(said, f"batch:{batch}")  # the page gives the way back
    return redirect(_back(request.form.get("back", "")), 303)


def _back(asked: str) -> str:
    """The search that the person came from: only ever an address of the search page."""
    return asked if asked.startswith("/?") else "/"
