"""Who may see a clip: the level is set on its page, and a sealed clip is unsealed by two."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from apiflask import APIBlueprint
from flask import Response, flash, make_response, redirect, request, url_for

from mediacatalog.catalog import edits, holdings, levels
from mediacatalog.errors import InvalidValueError, NotFoundError, StaleEditError
from mediacatalog.web.pages import clip as clip_page
from mediacatalog.web.services import person, services
from mediacatalog.web.tongue import gettext

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("access", __name__, enable_openapi=False)


class Draft(NamedTuple):
    """What a person entered that wasn't taken, and why."""

    level: str
    until: str
    reason: str
    error: str


def _day(text: str) -> datetime | None:
    """The beginning of a day in UTC; None for no text. Raises InvalidValueError."""
    if not text.strip():
        return None
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise InvalidValueError("until", "isn't a day such as 2030-01-31") from error


def _as_seen(session: Session, clip_id: str) -> str:
    """Its full id, until the end of the transaction. Raises NotFoundError, StaleEditError."""
    clip = holdings.locked(session, holdings.clip(session, clip_id).id)
    if levels.of_clip(session, clip.id).edition != request.form.get("seen", ""):
        raise StaleEditError("access", clip.id)
    return clip.id


def _change(clip_id: str, do: Callable[[Session, str], object]) -> Response | BaseResponse:
    """Do it to what the person saw, and show the clip again, if it can still be seen."""
    form = request.form
    try:
        with services().catalogue.writing() as session:
            do(session, _as_seen(session, clip_id))
    except (InvalidValueError, StaleEditError) as error:
        level, until, reason = (form.get(name, "")[:600] for name in ("level", "until", "reason"))
        draft = Draft(level, until, reason, str(error))
        status = 409 if isinstance(error, StaleEditError) else 422
        return make_response(clip_page.page(clip_id, closing=draft), status)
    try:
        with services().catalogue.reading() as session:
            holdings.clip(session, clip_id)
    except NotFoundError:
        flash(gettext("The clip is sealed now, and you may not see it any more."))
        return redirect(url_for("search.index"), 303)
    return redirect(url_for("clip.show", clip_id=clip_id, _anchor="access"), 303)


@bp.post("/clips/<clip_id>/access")
def set_level(clip_id: str) -> Response | BaseResponse:
    form = request.form

    def do(session: Session, known: str) -> None:
        level = form.get("level", "")
        until = _day(form.get("until", "")) if level == "embargo" else None
        reason = edits.why(form.get("reason", ""))
        levels.close(session, known, level, until=until, reason=reason, actor=person())

    return _change(clip_id, do)


@bp.post("/clips/<clip_id>/access/confirm")
def confirm(clip_id: str) -> Response | BaseResponse:
    return _change(clip_id, lambda session, known: levels.confirm(session, known, actor=person()))


@bp.post("/clips/<clip_id>/access/withdraw")
def withdraw(clip_id: str) -> Response | BaseResponse:
    return _change(clip_id, lambda session, known: levels.withdraw(session, known, actor=person()))
