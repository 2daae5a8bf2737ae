"""What every request must pass and every answer must carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, abort, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import UnsupportedMediaType

from mediacatalog.web import exposure

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

    from mediacatalog.settings import Settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
MEDIA_POLICY = "sandbox; default-src 'none'"
"""For bytes that came from outside: whatever they are, they are no page."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

csrf = CSRFProtect()

TRACES_OF_A_BROWSER = ("Cookie", "Origin", "Referer", "Sec-Fetch-Site")


def is_from_browser(headers: Headers) -> bool:
    """Whether a page may have sent the request: then it must prove that it is one of ours."""
    return any(name in headers for name in TRACES_OF_A_BROWSER)


def protect(app: Flask, settings: Settings) -> None:
    """Tokens on forms, no request from another site, headers on every answer.

    A server that listens on this machine only answers to this machine's names: a page elsewhere
    whose name is pointed here (DNS rebinding) gets nothing.
    """
    if exposure.is_local(settings):
        app.config["TRUSTED_HOSTS"] = ["localhost", "127.0.0.1", "[::1]"]
    app.before_request(refuse_other_sites)
    app.before_request(refuse_nul)
    app.before_request(refuse_packed)
    csrf.init_app(app)
    app.after_request(add_headers)


def refuse_other_sites() -> None:
    """Before a byte of the body is read: who changes something must be one of our own pages."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        abort(403, "The request came from another site.")
    origin = request.headers.get("Origin")
    if origin not in (None, "null") and origin.partition("://")[2] != request.host:
        abort(403, "The request came from another site.")


def refuse_nul() -> None:
    """No id, path or digest holds this character, and PostgreSQL takes no text with it."""
    if "\0" in request.path:
        abort(404, "No address holds a NUL character.")


def refuse_packed() -> None:
    """No body is unpacked: a few bytes could become any number."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")


def add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-cache, private"
    return response
