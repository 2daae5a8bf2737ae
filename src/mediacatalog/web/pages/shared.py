"""What somebody with a link sees: no account, no script, nothing of the archive but what is shared.

A link is asked anew at every request, also for each part of a film: revoked, it is good for nothing
from then on, also in the middle of playing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import Response, current_app, make_response, redirect, render_template, request, session
from flask import url_for as address

from mediacatalog import captions
from mediacatalog.catalog import care, shared, throttle
from mediacatalog.errors import NotFoundError
from mediacatalog.media.renditions import FILM, still_name
from mediacatalog.web import accounts, ranges, words
from mediacatalog.web.pages.media import JPEG, VTT
from mediacatalog.web.security import MEDIA_POLICY
from mediacatalog.web.services import services
from mediacatalog.web.tongue import gettext

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from mediacatalog.catalog.shared import Opened

bp = APIBlueprint("shared", __name__, enable_openapi=False, url_prefix="/shared")

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cache-Control": "no-store",
}
OPENED = "shared"
"""In the session: by link, what tells that its password was given."""
MOST_OPENED = 20


class LockedLinkError(Exception):
    """It takes its password first."""


@bp.after_request
def dress(response: Response) -> Response:
    policy = response.headers.get("Content-Security-Policy", POLICY)
    response.headers.update(HEADERS | {"Content-Security-Policy": policy})
    return response


@bp.errorhandler(NotFoundError)
def gone(_error: NotFoundError) -> tuple[str, int]:
    """The same for a link that never was, is past, was revoked, and for what isn't in it."""
    return render_template("shared/gone.html"), 404


@bp.errorhandler(LockedLinkError)
def locked(_error: LockedLinkError) -> BaseResponse:
    return redirect(address("shared.show", token=request.view_args and request.view_args["token"]))


def _opened(token: str) -> Opened:
    """Raises NotFoundError."""
    with services().catalogue.reading() as reading:
        link = shared.opened(reading, token)
    if link is None:
        raise NotFoundError("link", "")
    return link


def _for_viewing(token: str) -> Opened:
    """Raises LockedLinkError, too."""
    link = _opened(token)
    if not _is_open(link):
        raise LockedLinkError
    return link


def _proof(link: Opened) -> str:
    key: str | bytes = current_app.config["SECRET_KEY"]
    raw = key.encode() if isinstance(key, str) else key
    return hmac.digest(raw, f"{link.id} {link.password}".encode(), hashlib.sha256).hex()


def _is_open(link: Opened) -> bool:
    if not link.password:
        return True
    given = session.get(OPENED)
    proof = given.get(link.id, "") if isinstance(given, dict) else ""
    return hmac.compare_digest(str(proof), _proof(link))


def _note(link: Opened, what: str, number: int = 0) -> None:
    by = shared.looker(accounts.address(), request.user_agent.string)
    with services().catalogue.reading() as reading:
        if shared.is_noted(reading, link.id, what, number, by):
            return
    with services().catalogue.writing() as writing:
        shared.note(writing, link.id, what, number, by)


@bp.get("/<token>")
def show(token: str) -> str:
    link = _opened(token)
    if not _is_open(link):
        return render_template("shared/password.html", token=token, wrong=False)
    _note(link, "page")
    return render_template(
        "shared/link.html",
        token=token,
        link=link,
        warnings=care.WARNINGS,
        track_name=words.track_name,
    )


@bp.post("/<token>")
def unlock(token: str) -> Response | BaseResponse:
    """Try the password, no more often than the throttle lets."""
    link = _opened(token)
    if not _is_open(link):
        tried = throttle.keys(f"link {link.id}", accounts.address())
        with services().catalogue.writing() as writing:
            wait = throttle.take(writing, tried)
        if wait:
            page = render_template("shared/password.html", token=token, wrong=True, wait=wait)
            response = make_response(page, 429)
            response.headers["Retry-After"] = str(wait)
            return response
        if not shared.is_password(link, request.form.get("password", "")[:1000]):
            _note(link, "wrong password")
            return make_response(
                render_template("shared/password.html", token=token, wrong=True), 403
            )
        with services().catalogue.writing() as writing:
            throttle.forgive(writing, tried)
        given = session.get(OPENED)
        known = dict(list(given.items())[1 - MOST_OPENED :]) if isinstance(given, dict) else {}
        session[OPENED] = {**known, link.id: _proof(link)}
    return redirect(address("shared.show", token=token), 303)


# --- bytes ----------------------------------------------------------------------------------------


@bp.get("/<token>/<int(max=9999):number>/film.mp4")
def film(token: str, number: int) -> Response:
    link = _for_viewing(token)
    with services().catalogue.reading() as reading:
        folder, found = shared.film(reading, link, number)
    try:
        relative = os.fsencode(f"{folder}/{FILM}")
        opened = ranges.open_below(str(services().settings.shares), relative)
    except OSError as error:
        raise NotFoundError("rendition", f"{number}") from error
    _note(link, "film", number)
    return ranges.respond(opened, b"film.mp4", found, holds=_holds(token, number))


@bp.get("/<token>/<int(max=9999):number>/still-<int(max=99):still>.jpg")
def still(token: str, number: int, still: int) -> Response:
    link = _for_viewing(token)
    with services().catalogue.reading() as reading:
        folder, _ = shared.film(reading, link, number)
    try:
        data = (services().settings.shares / folder / still_name(still)).read_bytes()
    except OSError as error:
        raise NotFoundError("still", f"{still}") from error
    return _bytes(data, JPEG)


@bp.get("/<token>/<int(max=9999):number>/captions-<int(max=999):track>.vtt")
def captions_of(token: str, number: int, track: int) -> Response:
    link = _for_viewing(token)
    with services().catalogue.reading() as reading:
        told, cues = shared.cues(reading, link.item(number), track)
    _note(link, "captions", number)
    text = captions.export(cues, "webvtt", regions=told.regions, label=told.made_by_machine)
    return _bytes(text.encode(), f"{VTT}; charset=utf-8")


@bp.get("/<token>/<int(max=9999):number>/original")
def original(token: str, number: int) -> Response:
    """The master itself, where the sharer allowed it, under a name that tells nothing."""
    link = _for_viewing(token)
    with services().catalogue.reading() as reading:
        found = shared.original(reading, link, number)
    opened = ranges.open_master(found)
    if opened is None:
        raise NotFoundError("original", f"{number}")
    descriptor, path = opened
    _note(link, "original", number)
    ending = os.fsdecode(path).rpartition(".")[2].lower()
    plain = ending if ending.isascii() and ending.isalnum() and len(ending) < 6 else "bin"
    name = f"original-{number}.{plain}".encode()
    return ranges.respond(descriptor, name, found, holds=_holds(token, number))


def _bytes(data: bytes, kind: str) -> Response:
    response = Response(data, content_type=kind)
    response.headers["Content-Security-Policy"] = MEDIA_POLICY
    return response


def _holds(token: str, number: int) -> ranges.Holds:
    """Asked again while a long answer is sent; the request may be over by then."""
    catalogue = services().catalogue

    def ask() -> bool:
        with catalogue.reading() as reading:
            return shared.holds(reading, token, number)

    return ask


def name_of(kind: str) -> str:
    """Of what was looked at, as the log of views says it."""
    return {
        "page": gettext("the page"),
        "film": gettext("the film"),
        "captions": gettext("captions"),
        "original": gettext("the original file"),
        "wrong password": gettext("a wrong password"),
    }.get(kind, kind)
