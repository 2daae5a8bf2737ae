"""The page of an article: its clean text, what was taken out of it, and the clips it belongs to."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import render_template

from mediacatalog.catalog import reads
from mediacatalog.web.services import services

bp = APIBlueprint("articles", __name__, enable_openapi=False)


@bp.get("/articles/<article_id>")
def show(article_id: str) -> str:
    with services().catalogue.reading() as session:
        page = reads.article_page(session, article_id)
    return render_template("article.html", page=page)
