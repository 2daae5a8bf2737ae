"""The vocabulary: what terms there are, by which names they go, and what fits what is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import Response, jsonify, redirect, render_template, request, url_for

from mediacatalog.catalog import vocabulary
from mediacatalog.web.services import person, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("tags", __name__, enable_openapi=False)


@bp.get("/tags")
def show() -> str:
    with services().catalogue.reading() as session:
        entries = vocabulary.entries(session)
    return render_template("tags.html", entries=entries, kinds=vocabulary.KINDS)


@bp.get("/tags/suggest")
def suggest() -> Response:
    typed = request.args.get("q", "")[: vocabulary.MAX_LABEL]
    kind = request.args.get("kind", "tag")
    with services().catalogue.reading() as session:
        found = vocabulary.suggest(session, typed, kind=kind)
    return jsonify(
        [
            {"label": one.label, "slug": one.slug, "count": one.count, "via": one.via}
            for one in found
        ]
    )


@bp.post("/tags/<term_id>/aliases")
def add_alias(term_id: str) -> BaseResponse:
    form = request.form
    with services().catalogue.writing() as session:
        vocabulary.add_alias(
            session,
            term_id,
            form.get("label", ""),
            language=form.get("language", "")[:35],
            actor=person(),
        )
    return redirect(url_for("tags.show", _anchor=f"term-{term_id}"), 303)
