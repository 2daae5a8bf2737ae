"""The page of an article: its clean text with what it names, who says what, and its clips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import Response, redirect, render_template, request, url_for

from mediacatalog.catalog import links, mentions, occasions, reads, stories
from mediacatalog.errors import InvalidValueError
from mediacatalog.web import maps, story
from mediacatalog.web.security import MEDIA_POLICY
from mediacatalog.web.services import person, services
from mediacatalog.web.storing import safe_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.wrappers import Response as BaseResponse

    from mediacatalog.catalog.mentions import Known

bp = APIBlueprint("articles", __name__, enable_openapi=False)


@bp.get("/articles/<article_id>")
def show(article_id: str) -> str:
    with services().catalogue.reading() as session:
        page = reads.article_page(session, article_id)
        known = mentions.of_article(session, article_id)
        claims = mentions.claims_of(session, article_id)
        copies = stories.copies_of(session, article_id)
        origins = stories.origins(session, article_id)
    return render_template(
        "article.html",
        page=page,
        paragraphs=story.paragraphs(page.text, known),
        meanings=story.meanings(page.text, known),
        said=[story.Said(one, story.paragraph_of(page.text, one.start)) for one in claims],
        map=maps.small_map(_points(known)),
        relations=links.RELATIONS,
        copies=copies,
        origins=origins,
    )


@bp.get("/articles/<article_id>/original")
def original(article_id: str) -> Response:
    """The bytes that the article was read from; only ever to be saved."""
    with services().catalogue.reading() as session:
        name, data = stories.original(session, article_id)
    response = Response(data, mimetype="application/octet-stream")
    response.headers["Content-Security-Policy"] = MEDIA_POLICY
    response.headers.set("Content-Disposition", "attachment", filename=safe_name(name))
    return response


def _points(known: Iterable[Known]) -> list[tuple[str, float, float, str]]:
    return [
        (str(one.value["name"]), float(one.value["lat"]), float(one.value["lon"]), one.state)
        for one in known
        if one.kind == "place" and one.state != "rejected" and one.value.get("lat") is not None
    ]


@bp.post("/mentions/<mention_id>")
def decide(mention_id: str) -> BaseResponse:
    """Accept, reject or take back what a mention means, everywhere in its article."""
    decision, wanted = request.form.get("decision", ""), request.form.get("choice", "")
    if wanted and not (wanted.isascii() and wanted.isdigit()):
        raise InvalidValueError("choice", "is none of the alternatives")
    with services().catalogue.writing() as session:
        article_id = mentions.decide(
            session,
            mention_id,
            decision,
            choice=int(wanted) if wanted else None,
            actor=person(),
        )
        occasions.follow(session, article_id)
    anchor = f"meaning-{mention_id}"
    return redirect(url_for("articles.show", article_id=article_id, _anchor=anchor), 303)
