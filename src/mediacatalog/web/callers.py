"""Who calls the API, and how they prove that no other site made them: for every unsafe request.

A browser proves it by the token of one of our pages, in `X-CSRFToken`; a program sends no cookie,
or shows a token of its own (`bearers`), beside which no cookie counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, request

from mediacatalog.web import uploads
from mediacatalog.web.security import SAFE_METHODS, csrf, is_from_browser

if TYPE_CHECKING:
    from apiflask import APIBlueprint


def guarded(bp: APIBlueprint) -> APIBlueprint:
    """The blueprint, with `check` before each of its requests."""
    csrf.exempt(bp)  # `check` does it: the usual one would look for the token in a form
    bp.before_request(check)
    bp.tag = "mediacatalog"
    return bp


def check() -> None:
    """Raises 400 for an unsafe request from a browser without the token of a page."""
    if "token" in g:
        return  # a page that knew it could do whatever it allows anyhow
    if request.method not in SAFE_METHODS and is_from_browser(request.headers):
        uploads.check_token({"csrf_token": request.headers.get("X-CSRFToken", "")})
