"""Grants, for admins: which account sees how much of what is closed in which collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for

from mediacatalog.catalog import accounts, collections, levels
from mediacatalog.errors import NotFoundError
from mediacatalog.web.services import person, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("grants", __name__, enable_openapi=False)


@bp.get("/grants")
def show() -> str:
    """All, or those of one account or of one collection."""
    name, collection = (request.args.get(one, "")[:200] for one in ("name", "collection"))
    with services().catalogue.reading() as session:
        try:
            found = levels.grants(session, name=name, collection_id=collection)
        except NotFoundError:
            found = []
        people = [one.name for one in accounts.listed(session)]
        by_hand = collections.names_by_hand(session)
    return render_template(
        "grants.html", grants=found, people=people, collections=by_hand, name=name,
        collection=collection,
    )  # fmt: skip


@bp.post("/grants")
def give() -> BaseResponse:
    """Without a reach it is taken back."""
    form = request.form
    with services().catalogue.writing() as session:
        levels.grant(
            session, form.get("name", ""), form.get("collection", ""), form.get("reach", ""),
            actor=person(),
        )  # fmt: skip
    return redirect(url_for("grants.show"), 303)
