"""When and where a clip was shot, as people say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import redirect, request, url_for

from mediacatalog.catalog import holdings, occasions
from mediacatalog.errors import InvalidValueError
from mediacatalog.web.services import person, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("occasion", __name__, enable_openapi=False)


def _back(clip_id: str) -> BaseResponse:
    return redirect(url_for("clip.show", clip_id=clip_id, _anchor="occasion"), 303)


@bp.post("/clips/<clip_id>/occasion/date")
def set_date(clip_id: str) -> BaseResponse:
    form = request.form
    with services().catalogue.writing() as session:
        occasions.enter_date(
            session,
            clip_id,
            form.get("date", ""),
            reason=form.get("reason", ""),
            actor=person(),
        )
    return _back(clip_id)


@bp.post("/clips/<clip_id>/occasion/place")
def set_place(clip_id: str) -> BaseResponse:
    form = request.form
    precision = form.get("precision", "").strip()
    if precision and not (precision.isascii() and precision.isdigit() and len(precision) < 8):
        raise InvalidValueError("precision", "is a whole number of metres")
    with services().catalogue.writing() as session:
        occasions.enter_place(
            session,
            clip_id,
            form.get("name", ""),
            role=form.get("role", "shot"),
            point=_point(form.get("point", "")),
            precision_m=int(precision) if precision else None,
            reason=form.get("reason", ""),
            actor=person(),
        )
    return _back(clip_id)


def _point(text: str) -> tuple[float, float] | None:
    """`34.452, 40.919`; None for nothing. Raises InvalidValueError."""
    if not text.strip():
        return None
    found = re.fullmatch(r"\s*(-?\d{1,3}(?:\.\d+)?)[\s,;]+(-?\d{1,3}(?:\.\d+)?)\s*", text)
    if found is None:
        raise InvalidValueError("point", "is written as latitude, longitude: 34.452, 40.919")
    return float(found[1]), float(found[2])


@bp.post("/clips/<clip_id>/occasion/remove")
def remove(clip_id: str) -> BaseResponse:
    with services().catalogue.writing() as session:
        holdings.clip(session, clip_id)
        owner = occasions.take_back(session, request.form.get("entry", ""), actor=person())
    return _back(owner)
