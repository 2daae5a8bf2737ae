"""The ingest page: every file with its state, the reason and the next step. It updates itself."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from apiflask import APIBlueprint
from flask import Response, redirect, render_template, request, url_for

from mediacatalog.catalog import changes, edits, queue
from mediacatalog.values import State
from mediacatalog.web.services import services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("ingest", __name__, enable_openapi=False)


class Filters(NamedTuple):
    """What the address narrows the list to: known states, a part of the name."""

    states: tuple[str, ...]
    name: str

    def address(self, offset: int | None = None, state: str | None = None) -> str:
        """The list as it is narrowed here, or narrowed to another state, from a row on."""
        return url_for(
            "ingest.show",
            state=[state] if state else list(self.states),
            name=self.name or None,
            offset=offset or None,
        )


def filters() -> Filters:
    known = tuple(state for state in request.args.getlist("state") if state in set(State))
    return Filters(known, request.args.get("name", "")[:200])


def read() -> queue.IngestPage:
    narrowed = filters()
    offset = request.args.get("offset", "0")
    with services().catalogue.reading() as session:
        return queue.ingest_page(
            session,
            states=narrowed.states,
            name=narrowed.name,
            offset=min(int(offset), 10**9) if offset.isascii() and offset.isdigit() else 0,
        )


@bp.get("/ingest")
def show() -> str | Response:
    """With `seen` only the changing part, or 204 when it is still what the browser shows."""
    page = read()
    seen = request.args.get("seen")
    given = {"page": page, "filters": filters(), "page_size": queue.PAGE}
    digest = hashlib.sha256(repr(page).encode()).hexdigest()[:16]
    if seen is None:
        return render_template(
            "ingest.html", digest=digest, media=services().settings.media, **given
        )
    if seen == digest:
        return Response(status=204)
    return render_template("_ingest.html", digest=digest, **given)


@bp.post("/ingest/<sighting_id>/retry")
def retry(sighting_id: str) -> BaseResponse:
    with services().catalogue.writing() as session:
        edits.retry(session, sighting_id, actor=changes.LOCAL)
    return redirect(_back(), 303)


@bp.post("/ingest/<sighting_id>/ignore")
def ignore(sighting_id: str) -> BaseResponse:
    with services().catalogue.writing() as session:
        edits.ignore(session, sighting_id, actor=changes.LOCAL)
    return redirect(_back(), 303)


def _back() -> str:
    """The list as it was narrowed when the button was pressed; its form's address holds that."""
    return filters().address()
