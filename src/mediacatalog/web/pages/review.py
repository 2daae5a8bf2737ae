"""The review queue: links that wait for a person, the best first, worked by single keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from apiflask import APIBlueprint
from flask import Response, jsonify, redirect, render_template, request, url_for

from mediacatalog import linking
from mediacatalog.catalog import links, reads
from mediacatalog.web import story
from mediacatalog.web.pages import reviewing
from mediacatalog.web.services import person, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from mediacatalog.catalog.links import Asked
    from mediacatalog.catalog.reads import Card
    from mediacatalog.web.story import Passage

bp = APIBlueprint("review", __name__, enable_openapi=False)

PAGE = 20
MOST_AT_ONCE = 200


class Question(NamedTuple):
    """A link with its clip, and what of the article speaks for it."""

    link: Asked
    card: Card
    passages: tuple[Passage, ...]


@bp.get("/review")
def show() -> str:
    state = request.args.get("state", "suggested")
    state = state if state in links.OPEN else "suggested"
    article_id = request.args.get("article") or None
    with services().catalogue.reading() as session:
        asked = links.queue(session, state=state, article_id=article_id, limit=PAGE)
        cards = reads.cards(session, [one.clip_id for one in asked])
        waiting = reviewing.waiting(session, article_id)
    return render_template(
        "review.html",
        questions=[
            Question(one, cards[one.clip_id], story.passages(one.text, one.evidence))
            for one in asked
        ],
        state=state,
        article=article_id,
        waiting=waiting,
        relations=links.RELATIONS,
    )


@bp.post("/review/decide")
def decide() -> BaseResponse:
    """Of the links that the form names (`link`, several): JSON for the page's script."""
    chosen = request.form.getlist("link")[:MOST_AT_ONCE]
    with services().catalogue.writing() as session:
        batch = links.decide(
            session,
            chosen,
            request.form.get("decision", ""),
            relation=request.form.get("relation") or None,
            actor=person(),
        )
        linking.links_decided(session, chosen)
        waiting = links.open_counts(session, request.form.get("article") or None)
    return _answer({"batch": batch, "waiting": waiting})


@bp.post("/review/undo")
def undo() -> BaseResponse:
    with services().catalogue.writing() as session:
        undone = links.undo(session, request.form.get("batch", ""), actor=person())
        linking.links_decided(session, undone)
        waiting = links.open_counts(session, request.form.get("article") or None)
    return _answer({"links": undone, "waiting": waiting})


def _answer(told: dict[str, object]) -> Response | BaseResponse:
    if request.accept_mimetypes.best == "application/json":
        return jsonify(told)
    return redirect(url_for("review.show", article=request.form.get("article") or None), 303)


@bp.post("/links/<link_id>")
def decide_one(link_id: str) -> BaseResponse:
    """From the page of the clip or of the article; leads back there."""
    with services().catalogue.writing() as session:
        links.decide(
            session,
            [link_id],
            request.form.get("decision", ""),
            relation=request.form.get("relation") or None,
            actor=person(),
        )
        linking.links_decided(session, [link_id])
        clip_id = links.clip_of(session, link_id)
    if request.form.get("back") == "article":
        article = request.form.get("article", "")
        return redirect(url_for("articles.show", article_id=article), 303)
    return redirect(url_for("clip.show", clip_id=clip_id, _anchor="articles"), 303)
