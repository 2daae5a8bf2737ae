"""Grants, for admins: which account sees how much of what is closed in which collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import Response, make_response, redirect, render_template, request, url_for

from mediacatalog.catalog import accounts, collections, levels
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.web.services import person, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("grants", __name__, enable_openapi=False)


@bp.get("/grants")
def show() -> str:
    return _page()


def _page(trouble: str = "") -> str:
    """All, or those of one account or of one collection."""
    name, collection = (request.args.get(one, "")[:200] for one in ("name", "collection"))
    with services().catalogue.reading() as session:
        try:
            found = levels.grants(session, name=name, collection_id=collection)
        except NotFoundError:
            found = []
        people = [one.name for one in accounts.listed(session)]
        chosen = collections.names(session, [collection]).get(collection, "")
    return render_template(
        "grants.html", grants=found, people=people, name=name, collection=collection,
        chosen=chosen, trouble=trouble, form=request.form,
    )  # fmt: skip


@bp.post("/grants")
def give() -> Response | BaseResponse:
    """Of a collection that is named; without a reach it is taken back, of one by its id."""
    form = request.form
    name, collection, reach = (form.get(one, "") for one in ("name", "collection", "reach"))
    try:
        with services().catalogue.writing() as session:
            if reach:
                collection = collections.named(session, collection)
            levels.grant(session, name, collection, reach, actor=person())
    except (InvalidValueError, NotFoundError) as error:
        return make_response(_page(str(error)), 422)
    return redirect(url_for("grants.show"), 303)
