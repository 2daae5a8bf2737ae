"""Programs that show a token: whose it is, and what it may do (RFC 6750).

A request with a token is the token's alone: whatever cookie comes with it counts for nothing, so
that no page can borrow it, and it needs no form's token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, make_response, request

from mediacatalog.catalog import tokens
from mediacatalog.web import problems
from mediacatalog.web.security import SAFE_METHODS
from mediacatalog.web.services import services

if TYPE_CHECKING:
    from flask import Flask, Response

REALM = 'Bearer realm="mediacatalog"'


def heed(app: Flask) -> None:
    """Know whoever shows a token, before anything else is asked of the request."""
    app.before_request(identify)


def identify() -> Response | None:
    """401 for a token that is none, was revoked or is past; 403 for what is beyond its scopes."""
    given = request.headers.get("Authorization")
    if given is None:
        return None
    kind, _, text = given.partition(" ")
    if not problems.wants_problem() or kind.lower() != "bearer":
        return None  # that of a proxy in front, which is no business of ours
    with services().catalogue.reading() as session:
        token = tokens.known(session, text.strip())
    if token is None:
        return refused(401, "invalid_token", "The token is none, was revoked, or is past.")
    needed = _scope()
    if needed not in token.scopes:
        return refused(403, "insufficient_scope", f"This token's scopes are without {needed!r}.")
    if tokens.is_news(token):
        with services().catalogue.writing() as session:
            tokens.was_used(session, token)
    g.token = token
    return None


def _scope() -> str:
    if request.path.startswith("/api/v1/uploads"):
        return tokens.UPLOAD
    return tokens.READ if request.method in SAFE_METHODS else tokens.WRITE


def refused(status: int, error: str, detail: str) -> Response:
    response = make_response(problems.answer(status, detail))
    response.headers["WWW-Authenticate"] = f'{REALM}, error="{error}"'
    return response
