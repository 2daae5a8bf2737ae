"""The ingest page: every file with its state, the reason and the next step. It updates itself."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from apiflask import APIBlueprint
from flask import Response, redirect, render_template, request, url_for

from mediacatalog.catalog import proxies, queue, steering
from mediacatalog.values import State
from mediacatalog.web.pages.history import back
from mediacatalog.web.services import person, services

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


@bp.get("/ingest/<sighting_id>")
def file(sighting_id: str) -> str:
    """How one file came in: every step with its time, reason and who did it, and its stages."""
    with services().catalogue.reading() as session:
        return render_template("file.html", story=queue.story(session, sighting_id))


FILE_ACTS = {"retry": steering.retry, "ignore": steering.ignore, "accept": steering.accept}
ROOT_ACTS = {"pause": steering.pause, "resume": steering.resume}


@bp.post("/ingest/<sighting_id>/<any(retry, ignore, accept):act>")
def decide(sighting_id: str, act: str) -> BaseResponse:
    with services().catalogue.writing() as session:
        FILE_ACTS[act](session, sighting_id, actor=person())
    return back(_back())


@bp.post("/ingest/roots/<root_id>/<any(pause, resume):act>")
def steer(root_id: str, act: str) -> BaseResponse:
    with services().catalogue.writing() as session:
        ROOT_ACTS[act](session, root_id, actor=person())
    return redirect(_back(), 303)


PROXY_ACTS = {"stop": proxies.stop, "start": proxies.start}


@bp.post("/ingest/proxies/<clip_id>/<any(stop, start):act>")
def proxy(clip_id: str, act: str) -> BaseResponse:
    with services().catalogue.writing() as session:
        PROXY_ACTS[act](session, clip_id, actor=person())
    return redirect(_back(), 303)


@bp.post("/ingest/roots/<root_id>/viewing")
def watch_as(root_id: str) -> BaseResponse:
    """How files of the root are watched through from now on."""
    with services().catalogue.writing() as session:
        wanted = request.form.get("viewing", "")
        steering.watch_as(session, root_id, wanted, actor=person())
    return redirect(_back(), 303)


@bp.post("/ingest/roots/<root_id>/gone")
def accept_loss(root_id: str) -> BaseResponse:
    """A person settles an alarm: the files that it misses are gone, or the folder is right."""
    seen = request.form.get("lost", "")
    with services().catalogue.writing() as session:
        steering.accept_loss(
            session, root_id, lost=int(seen) if seen.isdecimal() else None, actor=person()
        )
    return redirect(_back(), 303)


def _back() -> str:
    """The list as it was narrowed when the button was pressed; its form's address holds that."""
    return filters().address()
