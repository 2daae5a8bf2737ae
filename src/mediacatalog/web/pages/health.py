"""For supervisors: is the process alive, and can it answer?"""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from mediacatalog.catalog.database import NEWEST
from mediacatalog.web.services import services

bp = APIBlueprint("health", __name__, enable_openapi=False)


@bp.get("/healthz")
def alive() -> Response:
    return jsonify(status="ok")


@bp.get("/readyz")
def ready() -> tuple[Response, int]:
    """503 until the database answers at the revision that this code knows."""
    try:
        current = services().catalogue.revision()
    except SQLAlchemyError:
        return jsonify(status="the database doesn't answer"), 503
    if current != NEWEST:
        return jsonify(status=f"the database is at {current}, not at {NEWEST}"), 503
    return jsonify(status="ready", revision=current), 200
