"""Edit many clips at once: choose, say what, look at every change, apply it as one act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import Response, flash, make_response, redirect, render_template, request, url_for

from mediacatalog import search as searching
from mediacatalog.catalog import bulk, collections, reads, reviews
from mediacatalog.errors import InvalidValueError, NotFoundError, StaleEditError
from mediacatalog.web.pages.search import address, asked
from mediacatalog.web.services import person, services

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as BaseResponse

    from mediacatalog.search.results import SearchQuery

bp = APIBlueprint("bulk", __name__, enable_openapi=False)

SHOWN = 200
"""Clips of which single ones can be chosen."""
PAGE = 100
"""Changes on a page of the preview."""


@bp.get("/bulk")
def show() -> str:
    return _form(asked(request.args))


def _form(query: SearchQuery, trouble: str = "") -> str:
    use = services()
    ids, count = searching.clip_ids(use.catalogue, use.index, query, SHOWN)
    with use.catalogue.reading() as session:
        cards = reads.cards(session, ids)
        assignees = reviews.assignees(session)
    return render_template(
        "bulk.html", query=query, cards=[cards[one] for one in ids if one in cards], count=count,
        most=bulk.MOST, states=reviews.STATES, assignees=assignees, trouble=trouble,
        placeholders=bulk.PLACEHOLDERS, chosen=request.form.getlist("clip"), form=request.form,
        search_url=address(query.text, query.filters),
    )  # fmt: skip


@bp.post("/bulk")
def begin() -> Response | BaseResponse:
    query = asked(request.form)
    ids, selection = _chosen(query)
    try:
        with services().catalogue.writing() as session:
            wishes = _wishes(session)
            edit = bulk.begin(session, ids, wishes, selection=selection, actor=person())
    except (InvalidValueError, NotFoundError) as error:
        return make_response(_form(query, str(error)), 422)
    return redirect(url_for("bulk.preview", edit_id=edit), 303)


def _chosen(query: SearchQuery) -> tuple[list[str], str]:
    """The clips, and what they are for people."""
    if request.form.get("which") == "all":
        use = services()
        ids, _ = searching.clip_ids(use.catalogue, use.index, query, bulk.MOST + 1)
        narrowed = [f"{name}:{one}" for name, some in query.filters.items() for one in some]
        asked_for = " ".join([query.text, *narrowed]).strip()
        return ids, f"all clips for “{asked_for}”" if asked_for else "all clips"
    ids = request.form.getlist("clip")[: bulk.MOST]
    return ids, f"{len(ids)} chosen clips"


def _wishes(session: Session) -> bulk.Wishes:
    form = request.form
    into, out_of = (
        collections.named(session, form[name]) if form.get(name, "").strip() else None
        for name in ("put_into", "take_out_of")
    )
    return bulk.Wishes(
        add_tags=_labels("add_tags"),
        take_tags=_labels("take_tags"),
        add_places=_labels("add_places"),
        take_places=_labels("take_places"),
        title=_ticked("title"),
        description=_ticked("description"),
        source=_ticked("source"),
        rights=_ticked("rights"),
        only_empty=form.get("only_empty") == "yes",
        review=form.get("new_review") or None,
        assignee=_ticked("assignee"),
        put_into=into,
        take_out_of=out_of,
    )


def _labels(name: str) -> tuple[str, ...]:
    return tuple(filter(None, (one.strip() for one in request.form.get(name, "").split(","))))


def _ticked(name: str) -> str | None:
    """The text of a field that is to be set; None of one that isn't ticked.

    `new_` keeps it apart from the facets of the search, which the form holds, too.
    """
    return request.form.get(f"new_{name}", "") if request.form.get(f"set_{name}") else None


@bp.get("/bulk/<edit_id>")
def preview(edit_id: str) -> str:
    return _preview(edit_id)


def _preview(edit_id: str, *, stale: bool = False) -> str:
    typed = request.args.get("start", "0")
    start = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 0
    with services().catalogue.reading() as session:
        edit = bulk.one(session, edit_id)
        plan = bulk.Plan((), ())
        if edit.batch_id is None:
            plan = bulk.plan(session, edit_id, actor=person())
        part = plan.changes[start : start + PAGE]
        titles = reads.titles(session, {one.clip_id for one in part} | {c for c, _ in plan.refused})
        named = collections.names(session, {one.slot[0] for one in part})
    return render_template(
        "bulk_preview.html", edit=edit, plan=plan, part=part, titles=titles, named=named,
        start=start, page_size=PAGE, stale=stale, states=reviews.STATES,
    )  # fmt: skip


@bp.post("/bulk/<edit_id>/apply")
def apply(edit_id: str) -> Response | BaseResponse:
    digest = request.form.get("digest", "")
    try:
        with services().catalogue.writing() as session:
            bulk.apply(session, edit_id, digest=digest, actor=person())
    except StaleEditError:
        return make_response(_preview(edit_id, stale=True), 409)
    flash("Done. It is one act of the history, which takes it back.")
    return redirect(url_for("bulk.preview", edit_id=edit_id), 303)
