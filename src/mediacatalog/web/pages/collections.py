"""Collections: lists of clips put together by hand, and those that a search fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from apiflask import APIBlueprint
from flask import (
    Response,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from mediacatalog import search as searching
from mediacatalog.catalog import collections, reads, sharing
from mediacatalog.errors import InvalidValueError, NotFoundError, StaleEditError
from mediacatalog.search.results import SearchQuery
from mediacatalog.web.pages.history import back
from mediacatalog.web.pages.search import address, asked, kept_chips
from mediacatalog.web.services import person, services
from mediacatalog.web.tongue import gettext

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from mediacatalog.catalog.collections import Collection

bp = APIBlueprint("collections", __name__, enable_openapi=False)

PAGE = 50


class Row(NamedTuple):
    """A clip of a collection as it is shown."""

    card: reads.Card
    place: int
    """0 where the search says the order."""
    note: str


class Shown(NamedTuple):
    """A part of a collection."""

    rows: list[Row]
    total: int
    next_url: str | None


def question(one: Collection, after: str | None = None) -> SearchQuery:
    return SearchQuery(one.text, one.filters, PAGE, after, facets=())


def count(one: Collection) -> int:
    """Of clips, whichever kind it is."""
    if not one.asks:
        return one.count
    use = services()
    return searching.counts(use.catalogue, use.index, question(one), one.created_at)[0]


@bp.get("/collections")
def show() -> str:
    """By name; with `after` those behind that one."""
    behind = request.args.get("after", "")
    with services().catalogue.reading() as session:
        after = collections.place_of(session, behind) if behind else None
        found = collections.listed(session, after=after, limit=PAGE + 1)
    shown = found[:PAGE]
    return render_template(
        "collections.html",
        entries=[
            (one, count(one), address(one.text, one.filters), kept_chips(one.text, one.filters))
            for one in shown
        ],
        behind=behind, following=shown[-1].id if len(found) > PAGE else None,
    )  # fmt: skip


@bp.post("/collections")
def make() -> BaseResponse:
    """An empty one, or with `kind=query` one of what the fields of the search page ask."""
    query = asked(request.form)
    asks = request.form.get("kind") == "query"
    with services().catalogue.writing() as session:
        made = collections.make(
            session,
            request.form.get("name", "") or (query.text if asks else ""),
            question=(query.text, query.filters) if asks else None,
            actor=person(),
        )
    return back(url_for("collections.one", collection_id=made))


@bp.get("/collections/suggest")
def suggest() -> Response:
    """Names of those put together by hand that hold what was typed."""
    typed = request.args.get("q", "")[: collections.LONGEST_NAME]
    with services().catalogue.reading() as session:
        found = collections.offered(session, typed)
    return jsonify([{"label": name} for name in found])


@bp.get("/collections/<collection_id>")
def one(collection_id: str) -> str:
    return _page(collection_id)


def _page(collection_id: str, *, mine: tuple[str, str] | None = None) -> str:
    """`mine`: name and description that came too late to be taken."""
    with services().catalogue.reading() as session:
        known = collections.one(session, collection_id)
        links = len(sharing.listed(session, collection=known.id))
    return render_template(
        "collection.html", one=known, shown=_asking(known) if known.asks else _by_hand(known),
        mine=mine, moved=request.args.get("moved", ""), way=request.args.get("way", ""),
        search_url=address(known.text, known.filters), here=request.full_path, links=links,
    )  # fmt: skip


def _by_hand(known: Collection) -> Shown:
    typed = request.args.get("start", "0")
    start = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 0
    with services().catalogue.reading() as session:
        found = collections.items(session, known.id, offset=start, limit=PAGE)
        cards = reads.cards(session, [item.clip_id for item in found])
    rows = [Row(cards[item.clip_id], item.place, item.note) for item in found]
    more = start + len(found)
    url = url_for("collections.one", collection_id=known.id, start=more)
    return Shown(rows, known.count, url if more < known.count else None)


def _asking(known: Collection) -> Shown:
    use = services()
    after = request.args.get("after") or None
    results = searching.find(use.catalogue, use.index, question(known, after))
    ids = [hit.clip_id for hit in results.hits]
    with use.catalogue.reading() as session:
        cards = reads.cards(session, ids)
        noted = collections.notes(session, known.id, ids)
    rows = [Row(cards[key], 0, noted.get(key, "")) for key in ids if key in cards]
    url = url_for("collections.one", collection_id=known.id, after=results.next)
    return Shown(rows, results.count, url if results.next else None)


@bp.post("/collections/<collection_id>")
def describe(collection_id: str) -> Response | BaseResponse:
    name, text = request.form.get("name", ""), request.form.get("description", "")
    try:
        with services().catalogue.writing() as session:
            collections.describe(
                session, collection_id, name, text,
                edition=request.form.get("edition", ""), actor=person(),
            )  # fmt: skip
    except StaleEditError:
        return make_response(_page(collection_id, mine=(name, text)), 409)
    return redirect(url_for("collections.one", collection_id=collection_id), 303)


@bp.post("/collections/<collection_id>/remove")
def remove(collection_id: str) -> BaseResponse:
    with services().catalogue.writing() as session:
        collections.remove(session, collection_id, actor=person())
    flash("Removed. The history puts it back; its clips are as they were.")
    return redirect(url_for("collections.show"), 303)


@bp.post("/collections/add")
def add() -> BaseResponse:
    """A clip, from its page, to the collection that was named; a name that is new begins one."""
    clip, name = (request.form.get(one, "") for one in ("clip", "collection"))
    begun = False
    with services().catalogue.writing() as session:
        try:
            into = collections.named(session, name)
        except NotFoundError:
            into, begun = collections.make(session, name, actor=person()), True
        collections.add(session, into, [clip], actor=person())
    if begun:
        flash(gettext("A new collection was begun with it."))
    return redirect(url_for("clip.show", clip_id=clip, _anchor="collections"), 303)


@bp.post("/collections/<collection_id>/items/<clip_id>")
def change(collection_id: str, clip_id: str) -> BaseResponse:
    """Move a clip up, down or to a place, take it out, or note something on it."""
    act, form = request.form.get("act", ""), request.form
    with services().catalogue.writing() as session:
        if act == "note":
            collections.annotate(
                session, collection_id, clip_id, form.get("note", ""), actor=person()
            )
        elif act == "take":
            collections.take(session, collection_id, clip_id, actor=person())
        elif act in ("up", "down", "place"):
            place = _place(form.get("place", "")) + {"up": -1, "down": 1, "place": 0}[act]
            collections.move(session, collection_id, clip_id, place, actor=person())
        else:
            raise InvalidValueError("act", "is none of up, down, place, take, note")
    if act in ("up", "down", "place"):
        start = (max(place, 1) - 1) // PAGE * PAGE
        # Without a fragment: browsers give no button the focus where an address has one.
        url = url_for(
            "collections.one", collection_id=collection_id, moved=clip_id, way=act,
            start=start or None, _anchor=f"item-{clip_id}" if act == "place" else None,
        )  # fmt: skip
        return redirect(url, 303)
    return back(url_for("collections.one", collection_id=collection_id))


def _place(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise InvalidValueError("place", "is a whole number from 1")
    return int(text)
