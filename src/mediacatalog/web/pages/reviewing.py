"""The review of clips: who has it, how far it is; copies and failed files in the same queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for

from mediacatalog.catalog import copies, counting, edits, links, queue, reads, reviews
from mediacatalog.errors import InvalidValueError, StaleEditError
from mediacatalog.values import State
from mediacatalog.web.pages import clip as clip_page
from mediacatalog.web.pages.history import back
from mediacatalog.web.services import person, services

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("reviewing", __name__, enable_openapi=False)

PAGE = 50


def waiting(session: Session, article_id: str | None = None) -> dict[str, int]:
    """How many wait in each list of the queue; of links, those of one article or of all."""
    return {
        **links.open_counts(session, article_id),
        **reviews.counts(session, person()),
        "copies": copies.waiting(session),
        "failed": counting.up_to(session, queue.held_back(), counting.FEW),
    }


@bp.get("/review/clips/<name>")
def listed(name: str) -> str:
    if name not in reviews.LISTS:
        abort(404, "There is no such list.")
    typed = request.args.get("offset", "0")
    offset = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 0
    with services().catalogue.reading() as session:
        ids = reviews.listed(session, name, person(), offset=offset, limit=PAGE + 1)
        ids, more = ids[:PAGE], len(ids) > PAGE
        cards = reads.cards(session, ids)
        found = reviews.of_clips(session, ids)
        counts = waiting(session)
    return render_template(
        "review_clips.html", name=name, shown=[(cards[one], found[one]) for one in ids],
        waiting=counts, states=reviews.STATES, offset=offset, more=more, page_size=PAGE,
        me=person(),
    )  # fmt: skip


@bp.get("/review/copies")
def show_copies() -> str:
    with services().catalogue.reading() as session:
        pairs = copies.queue(session, limit=PAGE)
        cards = reads.cards(session, {one for pair in pairs for one in (pair.first, pair.second)})
        counts = waiting(session)
    return render_template(
        "review_copies.html", pairs=pairs, cards=cards, waiting=counts, decisions=copies.DECISIONS
    )


@bp.post("/review/copies")
def decide_copy() -> BaseResponse:
    form = request.form
    with services().catalogue.writing() as session:
        copies.decide(session, form.get("pair", ""), form.get("decision", ""), actor=person())
    flash("Decided. The history takes it back.")
    return back(url_for("reviewing.show_copies"))


@bp.get("/review/failed")
def failed() -> str:
    with services().catalogue.reading() as session:
        page = queue.ingest_page(session, states=(State.QUARANTINED,))
        counts = waiting(session)
    return render_template("review_failed.html", page=page, waiting=counts)


@bp.post("/clips/<clip_id>/review")
def change(clip_id: str) -> Response | BaseResponse:
    """State, assignee or second look; what can't be done is said on the page."""
    form, me = request.form, person()
    seen = form.get("seen")
    try:
        with services().catalogue.writing() as session:
            if "state" in form:
                reason = edits.why(form.get("reason", ""))
                reviews.set_state(
                    session, clip_id, form["state"], actor=me, seen=seen, reason=reason
                )
            if "assignee" in form:
                reviews.assign(session, clip_id, form["assignee"], actor=me, seen=seen)
            if "second_look" in form:
                wanted = form["second_look"] if form.get("need", "yes") == "yes" else None
                reviews.ask_again(session, clip_id, wanted, actor=me, seen=seen)
    except InvalidValueError as error:
        said = f"Not done: this clip {error.reason}."
        return make_response(clip_page.page(clip_id, refused=said), 422)
    except StaleEditError:
        said = (
            "Not done: somebody else changed the review meanwhile; what is there now stands here."
        )
        return make_response(clip_page.page(clip_id, refused=said), 409)
    return redirect(url_for("clip.show", clip_id=clip_id, _anchor="review"), 303)
