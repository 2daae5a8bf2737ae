"""The language that a person's pages speak: chosen once, kept in the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import redirect, request

from mediacatalog.web import tongue

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

bp = APIBlueprint("language", __name__, enable_openapi=False)


@bp.post("/language")
def choose() -> Response:
    """Keep the choice and show the page again that it was made on."""
    tongue.choose(request.form.get("language", ""))
    prefix = f"{request.scheme}://{request.host}/"
    came_from = request.headers.get("Referer", "")
    path = came_from.removeprefix(prefix).lstrip("/\\") if came_from.startswith(prefix) else ""
    return redirect(f"/{path}", 303)
