"""The vocabulary: terms in their order, by which names they go, and what fits what is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint
from flask import Response, flash, jsonify, redirect, render_template, request, url_for

from mediacatalog import search as searching
from mediacatalog.catalog import changes, reads, thesaurus, vocabulary
from mediacatalog.catalog.fields import FIELDS
from mediacatalog.errors import InvalidValueError
from mediacatalog.web import term_files
from mediacatalog.web.services import person, services
from mediacatalog.web.tongue import gettext, marked

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("tags", __name__, enable_openapi=False)

KINDS = {
    "place": marked("Places"),
    "tag": marked("Tags"),
    "person": marked("People"),
    "group": marked("Groups"),
}
"""In order of display."""
CLIPS = 200
"""Clips of a term that can be chosen for another one."""


@bp.get("/tags")
def show() -> str:
    only = request.args.get("state") == vocabulary.SUGGESTED
    kind, start = request.args.get("kind", ""), _label(request.args.get("from", ""))
    kinds = [kind] if kind in vocabulary.KINDS else list(KINDS)
    state = vocabulary.SUGGESTED if only else None
    with services().catalogue.reading() as session:
        parts = [thesaurus.listed(session, one, start=start, state=state) for one in kinds]
        waiting = thesaurus.waiting(session)
    return render_template(
        "tags.html", parts=parts, names=KINDS, waiting=waiting, only=only, kind=kind, start=start,
    )  # fmt: skip


def _label(text: str) -> str:
    """What no database takes as text is left out."""
    return text[: vocabulary.MAX_LABEL].encode("utf-8", "ignore").decode().replace("\0", "")


@bp.get("/tags/suggest")
def suggest() -> Response:
    typed = request.args.get("q", "")[: vocabulary.MAX_LABEL]
    use, kind = services(), request.args.get("kind", "tag")
    found = searching.terms(use.catalogue, use.index, typed, kind=kind)
    return jsonify(
        [
            {"label": one.label, "slug": one.slug, "count": one.count, "via": one.via}
            for one in found
        ]
    )


@bp.get("/tags/<term_id>")
def one(term_id: str) -> str | BaseResponse:
    with services().catalogue.reading() as session:
        term = thesaurus.entry(session, term_id)
        if term.id != term_id:
            return redirect(url_for("tags.one", term_id=term.id), 302)
        parents = thesaurus.by_ids(session, term.broader)
        ids = thesaurus.clips_of(session, term.id, limit=CLIPS)
        return render_template(
            "tag.html", term=term, narrower=thesaurus.narrower(session, term.id),
            broader=[(key, parents[key]) for key in term.broader], undoable=FIELDS,
            history=changes.history(session, "term", term.id, limit=50),
            clips=reads.titles(session, ids), like=_like(term.label, term.kind),
            kinds=vocabulary.KINDS,
        )  # fmt: skip


def _like(label: str, kind: str) -> list[str]:
    """Names of other terms that begin alike, for merging."""
    use = services()
    found = searching.terms(use.catalogue, use.index, label[:4], kind=kind, limit=6)
    return [one.label for one in found if one.label != label]


@bp.post("/tags/<term_id>/aliases")
def add_alias(term_id: str) -> BaseResponse:
    form = request.form
    with services().catalogue.writing() as session:
        vocabulary.add_alias(
            session,
            term_id,
            form.get("label", ""),
            language=term_files.language(form.get("language", "")),
            actor=person(),
        )
    if form.get("back") == "term":
        return redirect(url_for("tags.one", term_id=term_id), 303)
    page: dict[str, Any] = {name: form.get(name) or None for name in ("kind", "from")}
    return redirect(url_for("tags.show", **page, _anchor=f"term-{term_id}"), 303)


@bp.post("/tags/<term_id>")
def change(term_id: str) -> BaseResponse:
    """One act on a term; leads to where it is then."""
    form, act, me, where = request.form, request.form.get("act", ""), person(), term_id
    value = form.get("value", "")
    with services().catalogue.writing() as session:
        if act == "rename":
            thesaurus.rename(session, term_id, value, actor=me)
        elif act == "note":
            thesaurus.annotate(session, term_id, value, actor=me)
        elif act == "remove_alias":
            thesaurus.remove_alias(session, term_id, value, actor=me)
        elif act == "within":
            thesaurus.put_within(session, term_id, value, actor=me)
        elif act == "not_within":
            thesaurus.take_from(session, term_id, value, actor=me)
        elif act in ("accepted", "rejected"):
            thesaurus.decide(session, term_id, act, actor=me)
        elif act == "merge":
            where = thesaurus.merge(session, term_id, value, actor=me)
        elif act == "split":
            where = thesaurus.split(
                session, term_id, value, labels=form.getlist("label"), clips=form.getlist("clip"),
                actor=me,
            )  # fmt: skip
        else:
            raise InvalidValueError("act", "is none that a term knows")
    if form.get("back") == "queue":
        return redirect(url_for("tags.show", state="suggested"), 303)
    return redirect(url_for("tags.one", term_id=where), 303)


@bp.get("/tags/vocabulary.<any(csv, ttl):suffix>")
def export(suffix: str) -> Response:
    with services().catalogue.reading() as session:
        every = thesaurus.entries(session)
    if suffix == "csv":
        answer = Response(term_files.as_csv(every), mimetype="text/csv")
    else:
        text = term_files.as_turtle(every, request.host_url)
        answer = Response(text, mimetype="text/turtle")
    answer.headers.set("Content-Disposition", "attachment", filename=f"vocabulary.{suffix}")
    return answer


@bp.post("/tags/import")
def take() -> BaseResponse:
    """A CSV or SKOS file: what is new of it, as one act; nothing is taken away."""
    given = request.files.get("file")
    data = given.stream.read() if given else b""
    wanted = term_files.read(data, given.filename or "" if given else "")
    with services().catalogue.writing() as session:
        taken = term_files.apply(session, wanted, actor=person())
    flash(
        gettext(
            "Taken in: %(terms)s new terms, %(changes)s changes.",
            terms=taken.terms,
            changes=taken.changes,
        )
    )
    return redirect(url_for("tags.show"), 303)
