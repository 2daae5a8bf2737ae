"""Links for outsiders, for people of the archive: made, listed with who looked, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import Response, make_response, redirect, render_template, request, url_for

from mediacatalog.catalog import collections, reads, sharing
from mediacatalog.catalog.sharing import Link, Wanted
from mediacatalog.errors import InvalidValueError
from mediacatalog.web import words
from mediacatalog.web.pages.shared import name_of
from mediacatalog.web.services import person, services
from mediacatalog.web.tongue import marked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("sharing", __name__, enable_openapi=False, url_prefix="/sharing")

DAYS = (1, 7, 30, 90)
STATES = {
    "good": marked("open"),
    "making": marked("being made"),
    "failed": marked("can't be made"),
    "expired": marked("past"),
    "revoked": marked("revoked"),
    "ended": marked("ended: the clip was closed since"),
}


def names(session: Session, links: Sequence[Link]) -> dict[str, str]:
    """By link: what the archive calls what it is of."""
    titles = reads.titles(session, [one.clip_id for one in links if one.clip_id])
    known = collections.names(session, [one.collection_id for one in links if one.collection_id])
    return {
        one.id: titles.get(one.clip_id or "", "") or known.get(one.collection_id or "", "")
        for one in links
    }


@bp.get("")
def show() -> str:
    clip, collection = request.args.get("clip", "")[:64], request.args.get("collection", "")[:64]
    with services().catalogue.reading() as session:
        links = sharing.listed(session, clip=clip, collection=collection)
        named = names(session, links)
    return render_template("sharing.html", links=links, named=named, states=STATES, made=None)


@bp.post("")
def make() -> Response:
    """The page of the new link says its address: this once, since nobody keeps it."""
    form = request.form
    wanted = Wanted(
        label=form.get("label", "")[:1000],
        days=_days(form.get("days", "")),
        clip=form.get("clip", ""),
        collection=form.get("collection", ""),
        start_ms=_moment("start_ms", form.get("start", "")),
        end_ms=_moment("end_ms", form.get("end", "")),
        title=form.get("title", ""),
        description=form.get("description", ""),
        password=form.get("password", ""),
        is_marked="marked" in form,
        gives_original="original" in form,
        tells_titles="titles" in form,
    )
    with services().catalogue.writing() as session:
        made, token = sharing.make(session, wanted, actor=person())
    where = url_for("shared.show", token=token, _external=True)
    response = make_response(_page(made.id, where), 201)
    response.headers["Cache-Control"] = "no-store"
    return response


def _days(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else 0


def _moment(field: str, typed: str) -> int | None:
    if not typed.strip():
        return None
    found = words.typed_time(typed)
    if found is None:
        raise InvalidValueError(field, "is a time such as 1:02.5")
    return found


@bp.get("/<share_id>")
def one(share_id: str) -> str:
    return _page(share_id)


def _page(share_id: str, where: str = "") -> str:
    with services().catalogue.reading() as session:
        link = sharing.one(session, share_id)
        views = sharing.views(session, share_id)
        named = names(session, [link])
    return render_template(
        "sharing_one.html", link=link, views=views, name=named[link.id], where=where,
        states=STATES, name_of=name_of,
    )  # fmt: skip


@bp.post("/<share_id>/revoke")
def revoke(share_id: str) -> BaseResponse:
    with services().catalogue.writing() as session:
        sharing.revoke(session, share_id, actor=person())
    return redirect(url_for("sharing.one", share_id=share_id), 303)
