"""Editions of what is changed (ETag, If-Match), and places in lists (signed cursors)."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, jsonify, request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.exceptions import PreconditionRequired

from mediacatalog.errors import InvalidValueError, StaleEditError

if TYPE_CHECKING:
    from collections.abc import Sequence


class PastEditionError(StaleEditError):
    """If-Match names another edition than the one that is there: `now`."""

    def __init__(self, kind: str, key: str, now: dict[str, Any]) -> None:
        super().__init__(kind, key)
        self.now = now


def edition(document: dict[str, Any]) -> str:
    """The ETag of a document: another one for other content, the same for the same."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def told(document: dict[str, Any], status: int = 200) -> Response:
    """The document with its ETag.

    Asked for with `If-None-Match`, 304 for whoever has it already; PastEditionError where
    `If-Match` names another one.
    """
    tag = edition(document)
    is_asked = request.method in ("GET", "HEAD")
    if is_asked and "If-Match" in request.headers and not request.if_match.contains(tag):
        raise PastEditionError("document", request.path, document)
    response = jsonify(document)
    if is_asked and request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        response.status_code = status
    response.set_etag(tag)
    return response


def must_match(kind: str, key: str, document: dict[str, Any]) -> None:
    """Go on only if the caller knows this edition. Read it in the transaction that changes it.

    Raises 428 without If-Match, PastEditionError where it names another one.
    """
    if "If-Match" not in request.headers:
        raise PreconditionRequired(
            "Say in the header If-Match which edition you change: the ETag that you were given."
        )
    if not request.if_match.contains(edition(document)):
        raise PastEditionError(kind, key, document)


# --- cursors --------------------------------------------------------------------------------------


def _signer(of: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"cursor of {of}")


def cursor(of: str, place: Sequence[Any]) -> str:
    """Where a page of the list `of` ended, as its caller hands it back."""
    return str(_signer(of).dumps(list(place)))


def place(of: str, text: str) -> list[Any] | None:
    """What `cursor` was given; None for an empty text. Raises InvalidValueError."""
    if not text:
        return None
    try:
        found: list[Any] = _signer(of).loads(text)
    except BadData as error:
        raise InvalidValueError("after", "is no place in this list") from error
    return found
