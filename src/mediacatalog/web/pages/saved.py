"""Saved searches: how many clips each finds, and how many of them came since somebody looked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for

from mediacatalog import search as searching
from mediacatalog.catalog import saved
from mediacatalog.search.results import SearchQuery
from mediacatalog.web.pages.search import VIEWS, address, asked, kept_chips
from mediacatalog.web.services import account, person, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("saved", __name__, enable_openapi=False)


def counted(one: saved.Saved) -> dict[str, Any]:
    """A saved search with its counts."""
    use = services()
    query = SearchQuery(one.text, one.filters)
    count, new = searching.counts(use.catalogue, use.index, query, one.looked_at)
    url = address(one.text, one.filters, view=one.view, sort=one.sort)
    return {"saved": one, "count": count, "new": new, "url": url}


@bp.get("/saved")
def show() -> str:
    with services().catalogue.reading() as session:
        kept = saved.listed(session, owner=account())
    entries = [counted(one) | {"chips": kept_chips(one.text, one.filters)} for one in kept]
    return render_template("saved.html", entries=entries)


@bp.post("/saved")
def save() -> BaseResponse:
    query, view = asked(request.form), request.form.get("view", "")
    view = view if view in VIEWS else ""
    with services().catalogue.writing() as session:
        name = request.form.get("name", "") or query.text
        saved.save(
            session,
            name,
            query.text,
            query.filters,
            view=view,
            sort=query.sort,
            actor=person(),
            owner=account(),
        )
    return redirect(url_for("saved.show"), 303)


@bp.post("/saved/<search_id>/open")
def open_one(search_id: str) -> BaseResponse:
    with services().catalogue.writing() as session:
        one = saved.look(session, search_id, owner=account())
    return redirect(address(one.text, one.filters, view=one.view, sort=one.sort), 303)


@bp.post("/saved/<search_id>/rename")
def rename(search_id: str) -> BaseResponse:
    with services().catalogue.writing() as session:
        saved.rename(
            session, search_id, request.form.get("name", ""), actor=person(), owner=account()
        )
    return redirect(url_for("saved.show"), 303)


@bp.post("/saved/<search_id>/delete")
def delete(search_id: str) -> BaseResponse:
    with services().catalogue.writing() as session:
        saved.forget(session, search_id, actor=person(), owner=account())
    return redirect(url_for("saved.show"), 303)
