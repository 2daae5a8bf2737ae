"""Everything that people changed, act by act, and the way back; and by which name one is known."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import abort, flash, jsonify, redirect, render_template, request, session, url_for

from mediacatalog import linking
from mediacatalog.catalog import changes, collections, edits, reads, thesaurus, undoing
from mediacatalog.catalog.fields import FIELDS
from mediacatalog.errors import InvalidValueError
from mediacatalog.values import utc_now
from mediacatalog.web.accounts import has_accounts
from mediacatalog.web.services import person, services
from mediacatalog.web.tongue import gettext, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Response
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("history", __name__, enable_openapi=False)

PAGE = 30
LONGEST_NAME = 60
LONGEST_MINUTES = 24 * 60


def back(otherwise: str) -> BaseResponse:
    """To the page of ours that the form names."""
    where = request.form.get("back", "")
    inside = where.startswith("/") and not where.startswith(("//", "/\\"))
    # A tab within is left out of the header, and what was `/` and `/` is another site's name.
    return redirect(where if inside and where.isprintable() else otherwise, 303)


@bp.get("/history")
def show() -> str:
    who, before = request.args.get("person", "")[:200], request.args.get("before", "")[:36]
    with services().catalogue.reading() as reading:
        acts = changes.acts(reading, actor=who, before=before, limit=PAGE)
        named = _named(reading, [one for act in acts for one in act.sample])
        people = changes.people(reading)
    return render_template(
        "history.html", acts=acts, named=named, people=people, who=who, me=person(),
        undoable={
            act.batch_id
            for act in acts
            if any((one.kind, one.field) in FIELDS for one in act.sample)
        },
        more=acts[-1].first_id if len(acts) == PAGE else None, paged=bool(before),
    )  # fmt: skip


def _named(reading: Session, shown: Iterable[changes.Changed]) -> dict[str, str]:
    """What the clips, collections and terms are called that changes are about, by id."""
    ids: dict[str, set[str]] = {"clip": set(), "collection": set(), "term": set()}
    for one in shown:
        ids.setdefault(one.kind, set()).add(one.key)
        told = one.after or one.before
        if one.kind == "collection" and isinstance(told, dict):
            ids["clip"].add(str(told.get("clip", "")))
    return (
        reads.titles(reading, ids["clip"])
        | collections.names(reading, ids["collection"])
        | thesaurus.by_ids(reading, ids["term"])
    )


def undo(writing: Session, done: undoing.Undone) -> undoing.Undone:
    """And what follows from links that are other than before."""
    linking.links_decided(writing, done.links)
    return done


def said(done: undoing.Undone) -> str:
    if not done.done:
        return gettext(
            "Nothing was taken back: it was changed again since, or has a way back of its own."
        )
    told = ngettext("Taken back: %(num)s change.", "Taken back: %(num)s changes.", done.done)
    if not done.kept:
        return told
    kept = ngettext(
        "%(num)s stayed: changed again since, or with a way back of its own.",
        "%(num)s stayed: changed again since, or with a way back of their own.",
        done.kept,
    )
    return f"{told} {kept}"


@bp.post("/history/<batch_id>/undo")
def undo_batch(batch_id: str) -> Response | BaseResponse:
    with services().catalogue.writing() as writing:
        done = undo(writing, undoing.batch(writing, batch_id, actor=person()))
    if request.accept_mimetypes.best == "application/json":
        return jsonify({"said": said(done)})
    flash(said(done))
    return back(url_for("history.show"))


@bp.post("/history/entries/<entry_id>/undo")
def undo_entry(entry_id: str) -> BaseResponse:
    with services().catalogue.writing() as writing:
        done = undo(writing, undoing.entry(writing, entry_id, actor=person()))
    flash(said(done))
    return back(url_for("history.show"))


@bp.post("/history/since")
def undo_since() -> BaseResponse:
    """All that a person did in the last minutes."""
    who, typed = request.form.get("person", "")[:200], request.form.get("minutes", "60")
    if not (typed.isascii() and typed.isdigit() and 0 < int(typed[:6]) <= LONGEST_MINUTES):
        raise InvalidValueError("minutes", f"is a number from 1 to {LONGEST_MINUTES}")
    moment = utc_now() - timedelta(minutes=int(typed))
    with services().catalogue.writing() as writing:
        done = undo(writing, undoing.since(writing, who, moment, actor=person()))
    flash(said(done))
    return redirect(url_for("history.show"), 303)


@bp.post("/person")
def name() -> BaseResponse:
    """Sign what this browser changes by a name; an empty one is nobody's in particular.

    Who has an account signs by its name.
    """
    if has_accounts():
        abort(404, "You sign by the name of your account.")
    session["person"] = edits.line("name", request.form.get("name", ""), LONGEST_NAME)
    return back(url_for("history.show"))
