"""What somebody has of their own: how they sign in, and where they are signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import g, redirect, render_template, url_for

from mediacatalog.catalog import accounts
from mediacatalog.web.accounts import signed_in_id
from mediacatalog.web.services import services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("account", __name__, enable_openapi=False)


@bp.get("/account")
def show() -> str:
    with services().catalogue.reading() as session:
        browsers = accounts.sessions_of(session, signed_in_id())
    return render_template(
        "account/account.html", browsers=browsers, this=g.session_id, person=g.person,
        codes=len(g.person.mf_recovery_codes or ()),
    )  # fmt: skip


@bp.post("/account/browsers/<session_id>/end")
def end(session_id: str) -> BaseResponse:
    with services().catalogue.writing() as session:
        accounts.end_session(session, signed_in_id(), session_id)
    return redirect(url_for("account.show"), 303)


@bp.post("/account/browsers/end")
def end_others() -> BaseResponse:
    """Everywhere but in this browser."""
    with services().catalogue.writing() as session:
        accounts.end_other_sessions(session, signed_in_id(), but=g.session_id)
    return redirect(url_for("account.show"), 303)
