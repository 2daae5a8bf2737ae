"""Purging for admins: one asks on the clip's page, another one confirms; what tombstones say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for

from mediacatalog.catalog import edits, holdings, purging, reads
from mediacatalog.errors import InvalidValueError, StaleEditError
from mediacatalog.web.conditions import cursor, place
from mediacatalog.web.services import person, services
from mediacatalog.web.tongue import gettext

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("purged", __name__, enable_openapi=False)

LIST = "tombstones"
PAGE = 100


@bp.get("/purged")
def show() -> str:
    at = place(LIST, request.args.get("after", "")[:500])
    with services().catalogue.reading() as session:
        waiting = purging.waiting(session)
        titles = reads.titles(session, [one.clip_id for one in waiting])
        found = purging.tombstones(session, before=(at[0], at[1]) if at else None, limit=PAGE)
    more = cursor(LIST, found[-1][0]) if len(found) == PAGE else None
    return render_template(
        "purged.html", waiting=waiting, titles=titles, tombstones=[one for _, one in found],
        more=more, me=person(),
    )  # fmt: skip


@bp.post("/clips/<clip_id>/purge")
def ask(clip_id: str) -> BaseResponse:
    form = request.form
    with services().catalogue.writing() as session:
        if form.get("sure") != "on":
            holdings.clip(session, clip_id)
            raise InvalidValueError("sure", "must be ticked: nothing brings a purged clip back")
        done = purging.ask(
            session, clip_id, edits.why(form.get("reason", "")),
            with_masters=form.get("with_masters") == "on", actor=person(),
        )  # fmt: skip
    if isinstance(done, purging.Tombstone):
        return _purged()
    flash(gettext("Another admin has to confirm it. Until then the clip stays as it is."))
    return redirect(url_for("purged.show"), 303)


@bp.post("/clips/<clip_id>/purge/confirm")
def confirm(clip_id: str) -> BaseResponse:
    with services().catalogue.writing() as session:
        purging.confirm(session, _as_seen(session, clip_id), actor=person())
    return _purged()


@bp.post("/clips/<clip_id>/purge/withdraw")
def withdraw(clip_id: str) -> BaseResponse:
    with services().catalogue.writing() as session:
        purging.withdraw(session, _as_seen(session, clip_id), actor=person())
    return redirect(url_for("purged.show"), 303)


def _purged() -> BaseResponse:
    flash(gettext("The clip is purged. Its files go within a moment."))
    return redirect(url_for("purged.show"), 303)


def _as_seen(session: Session, clip_id: str) -> str:
    """Its full id, if what is asked is what the person read. Raises StaleEditError."""
    clip = holdings.locked(session, holdings.clip(session, clip_id).id)
    asked = purging.asked_for(session, clip.id)
    if asked is None or asked.edition != request.form.get("seen", ""):
        raise StaleEditError("purging", clip.id)
    return clip.id
