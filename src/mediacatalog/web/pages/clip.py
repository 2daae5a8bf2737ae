"""The page of a clip: player, transcript, shots, description, terms, articles, facts, history."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from apiflask import APIBlueprint
from flask import Response, make_response, redirect, render_template, request, url_for

from mediacatalog.catalog import (
    care,
    collections,
    copies,
    edits,
    holdings,
    levels,
    markers,
    occasions,
    posters,
    proxies,
    purging,
    reads,
    reviews,
    sharing,
    tracks,
    visits,
    vocabulary,
)
from mediacatalog.catalog.fields import FIELDS
from mediacatalog.errors import InvalidValueError, StaleEditError
from mediacatalog.values import utc_now
from mediacatalog.web import maps, rights, words
from mediacatalog.web.accounts import has_accounts, viewer_or_none
from mediacatalog.web.pages import picture_text
from mediacatalog.web.pages.proxy import says
from mediacatalog.web.services import person, services

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as BaseResponse

    from mediacatalog.occasion import Answer
    from mediacatalog.values import Cue
    from mediacatalog.web.pages.access import Draft as Closing
    from mediacatalog.web.pages.care import Draft as Warned
    from mediacatalog.web.pages.markers import Draft

bp = APIBlueprint("clip", __name__, enable_openapi=False)


POSTER_ACTS = {"unpin": posters.unpin, "undo": posters.undo}
MAX_CUES = 20_000
"""Cues that the page of a clip shows; the editor and the exports have all of them."""


class Pane(NamedTuple):
    """The tracks that can be read, and the one whose cues the page holds."""

    tracks: tuple[tracks.Shown, ...]
    open: tracks.Shown | None
    cues: tuple[Cue, ...]
    chapters: tuple[dict[str, object], ...]
    """`{start_ms, end_ms, title}` for the time line."""

    @property
    def more(self) -> int:
        return self.open.cue_count - len(self.cues) if self.open else 0


class Lost(NamedTuple):
    """An edit that came too late: what the person wrote, kept for them."""

    mine: reads.Description
    error: str


def is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


def _pane(session: Session, page: reads.ClipPage) -> Pane:
    """Chapters that somebody put beside the file go before those of its container."""
    shown = tuple(one for one in page.tracks if one.searchable and one.state != tracks.REMOVED)
    asked = request.args.get("track")
    chosen = next((one for one in shown if one.id == asked), shown[0] if shown else None)
    cues = tracks.cues_of(session, chosen.id, limit=MAX_CUES) if chosen else ()
    own = next((one for one in shown if one.kind == "chapters"), None)
    chapters: list[dict[str, object]] = list(page.facts.get("chapters") or [])
    if own is not None:
        chapters = [
            {"start_ms": cue.start_ms, "end_ms": cue.end_ms, "title": cue.text}
            for cue in tracks.cues_of(session, own.id, limit=1000)
        ]
    return Pane(shown, chosen, tuple(cues), tuple(chapters[:1000]))


def page(
    clip_id: str,
    *,
    lost: Lost | None = None,
    draft: Draft | None = None,
    warned: Warned | None = None,
    refused: str = "",
    closing: Closing | None = None,
) -> str:
    """The whole page; `lost`, `draft`, `warned`, `closing` are what wasn't taken of a person's.

    `refused` says why the review isn't other than before.
    """
    with services().catalogue.reading() as session:
        known = reads.clip_page(session, clip_id)
        pane = _pane(session, known)
        shown = proxies.shown(session, known.card.id)
        occasion = occasions.gather(session, known.card.id)
        poster = posters.shown(session, known.card.id)
        pictures = picture_text.told(session, known.card.id)
        noted = markers.of_clip(session, known.card.id)
        desk = _desk(session, known.card.id)
        access = levels.of_clip(session, known.card.id)
        leaving = purging.asked_for(session, known.card.id)
        seen = visits.of_clip(session, known.card.id) if _may_close() else ()
        can_undo_warning = care.can_undo(session, known.card.id)
        can_undo_marker = markers.can_undo(session, known.card.id)
        links = len(sharing.listed(session, clip=known.card.id))
    return render_template(
        "clip.html",
        page=known,
        card=known.card,
        pane=pane,
        proxy=shown,
        poster=poster,
        **pictures,
        proxy_says=says(shown) if shown else "",
        occasion=occasion,
        map=maps.small_map(_points(occasion)),
        start_ms=words.parse_time(request.args.get("t", "")),
        lost=lost,
        draft=draft,
        markers=noted,
        can_undo_marker=can_undo_marker,
        desk=desk,
        refused=refused,
        links=links,
        undoable=FIELDS,
        warned=warned,
        kinds_of_warning=care.WARNINGS,
        can_undo_warning=can_undo_warning,
        came_from=_search_address(),
        access=access,
        closing=closing,
        purging=leaving,
        visits=seen,
        alone=not has_accounts(),
        tomorrow=(utc_now() + timedelta(days=1)).date().isoformat(),
    )


def _may_close() -> bool:
    return rights.may(viewer_or_none(), "access.set_level")


class Desk(NamedTuple):
    """What people do with a clip besides describing it."""

    review: reviews.Review
    states: Mapping[str, str]
    refusals: Mapping[str, str]
    """By state: why this person can't set it; empty where they can."""
    assignees: Sequence[str]
    copies: Sequence[tuple[str, str, copies.Pair]]
    """(id, title, pair) of clips that show the same pictures."""
    collections: Sequence[tuple[str, str, str]]
    """(id, name, note) of those into which it was put."""
    me: str


def _desk(session: Session, clip_id: str) -> Desk:
    review, me = reviews.of_clip(session, clip_id), person()
    pairs = copies.of_clip(session, clip_id)
    titles = reads.titles(session, [other for other, _ in pairs])
    inside = collections.of_clips(session, [clip_id]).get(clip_id, ())
    return Desk(
        review,
        reviews.STATES,
        {state: review.refusal(state, me) for state in reviews.STATES},
        reviews.assignees(session),
        [(other, titles[other], pair) for other, pair in pairs],
        inside,
        me,
    )


def _points(occasion: Answer) -> list[tuple[str, float, float, str]]:
    """Of sources that a person or a machine stands by; a story names many places."""
    return [
        (one.name, one.lat, one.lon, "accepted" if one.source == "person" else "suggested")
        for one in occasion.wheres
        if one.source != "story" and one.lat is not None and one.lon is not None
    ]


def _search_address() -> str:
    """The search that the person came from, so that one click leads back to it."""
    referrer = request.headers.get("Referer", "")
    prefix = f"{request.scheme}://{request.host}/"
    rest = referrer.removeprefix(prefix)
    return f"/{rest}" if referrer.startswith(prefix) and rest.startswith("?") else "/"


@bp.get("/clips/<clip_id>")
def show(clip_id: str) -> str | BaseResponse:
    with services().catalogue.reading() as session:
        full = holdings.clip(session, clip_id).id
    if full != clip_id:
        return redirect(
            url_for(
                "clip.show", clip_id=full, t=request.args.get("t"), track=request.args.get("track")
            ),
            302,
        )
    return page(clip_id)


def _terms(clip_id: str, error: str = "") -> str | BaseResponse:
    """The terms of a clip, as the part that htmx swaps, or the whole page again."""
    if not is_htmx():
        return redirect(url_for("clip.show", clip_id=clip_id, _anchor="terms"), 303)
    with services().catalogue.reading() as session:
        card = reads.cards(session, [clip_id])[clip_id]
    return render_template("_terms.html", card=card, error=error)


@bp.post("/clips/<clip_id>/terms")
def add_term(clip_id: str) -> str | BaseResponse:
    kind, label = request.form.get("kind", "tag"), request.form.get("label", "")
    try:
        with services().catalogue.writing() as session:
            vocabulary.add_term(session, clip_id, label, kind=kind, actor=person())
    except InvalidValueError as error:
        if is_htmx():
            return _terms(clip_id, f"That can't be a name: it {error.reason}.")
        raise
    return _terms(clip_id)


@bp.post("/clips/<clip_id>/terms/remove")
def remove_term(clip_id: str) -> str | BaseResponse:
    kind, label = request.form.get("kind", "tag"), request.form.get("label", "")
    with services().catalogue.writing() as session:
        vocabulary.remove_term(session, clip_id, label, kind=kind, actor=person())
    return _terms(clip_id)


@bp.post("/clips/<clip_id>/description")
def describe(clip_id: str) -> Response | BaseResponse:
    form = request.form
    wanted = reads.Description(
        **{field.name: form.get(field.name, "") for field in fields(reads.Description)}
    )
    try:
        with services().catalogue.writing() as session:
            edits.describe(
                session,
                clip_id,
                wanted,
                edition=form.get("version", ""),
                actor=person(),
                reason=edits.why(form.get("reason", "")),
            )
    except StaleEditError:
        late = Lost(wanted, "this clip was changed by somebody else meanwhile; look at it again")
        return make_response(page(clip_id, lost=late), 409)
    return redirect(url_for("clip.show", clip_id=clip_id, _anchor="description"), 303)


@bp.post("/clips/<clip_id>/poster")
def pin(clip_id: str) -> BaseResponse:
    """The frame that the player shows is the poster from now on."""
    text = request.form.get("ms", "")
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise InvalidValueError("poster", "needs a moment in whole milliseconds")
    with services().catalogue.writing() as session:
        posters.pin(session, clip_id, int(text), actor=person())
    at = f"{int(text) / 1000:.3f}"
    return redirect(url_for("clip.show", clip_id=clip_id, t=at, _anchor="poster"), 303)


@bp.post("/clips/<clip_id>/poster/<any(unpin, undo):act>")
def change_poster(clip_id: str, act: str) -> BaseResponse:
    with services().catalogue.writing() as session:
        POSTER_ACTS[act](session, clip_id, actor=person())
    return redirect(url_for("clip.show", clip_id=clip_id, _anchor="poster"), 303)
