"""Errors as answers: a page for people, problem+json (RFC 9457) under /api."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from apiflask import HTTPError
from flask import Flask, Response, jsonify, render_template, request
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from mediacatalog.errors import (
    FetchRefusedError,
    InvalidValueError,
    MediaCatalogError,
    NotFoundError,
    StaleEditError,
    UnreadableArticleError,
    UnreadableMediaError,
)
from mediacatalog.web.conditions import PastEditionError
from mediacatalog.web.tongue import marked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response as BaseResponse

log = logging.getLogger(__name__)

STATUS: Mapping[type[MediaCatalogError], int] = {
    NotFoundError: 404,
    StaleEditError: 409,
    PastEditionError: 412,
    InvalidValueError: 422,
    UnreadableMediaError: 409,
    UnreadableArticleError: 422,
    FetchRefusedError: 422,
}
FULL = ("database or disk is full", "No space left on device", "could not extend file")
RETRY_AFTER = "5"
TITLES: Mapping[int, str] = {460: "Checksum Mismatch"}
"""Of statuses that HTTP itself doesn't know."""
ADVICE: Mapping[int, str] = {
    400: marked("The address or the form isn't one that this page understands."),
    401: marked("Sign in and repeat what you did."),
    403: marked(
        "It takes another role, or the form had expired: then open the page again and repeat it."
    ),
    404: marked("It may have been removed, or the address was cut. Search for it instead."),
    409: marked("Go back, look at what is there now, and decide again."),
    413: marked("It is larger than this server takes."),
    422: marked("Go back and correct the value."),
    500: marked("Nothing was changed. The server's log says more; try again in a moment."),
    503: marked(
        "Nothing was changed. Try again in a moment; the page of the server's health is /readyz."
    ),
    507: marked("Free some space on the server's disk; nothing was changed."),
}


def explain(app: Flask) -> None:
    """Turn every error into an answer that says what happened and what to do next."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(HTTPError, _api_error)
    app.register_error_handler(MediaCatalogError, _our_own)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(Exception, _unexpected)


def wants_problem() -> bool:
    return request.path.startswith("/api/")


def _path() -> str:
    """Of this request, for logs: the token of a link isn't in it."""
    return "/shared/…" if request.path.startswith("/shared/") else request.path


def answer(status: int, detail: str, extra: Mapping[str, object] | None = None) -> Response:
    """The error as a page, or as a problem document for programs."""
    title = TITLES.get(status) or HTTPStatus(status).phrase
    if wants_problem():
        slug = title.lower().replace(" ", "-")
        problem = {
            "type": f"urn:mediacatalog:problem:{slug}",
            "title": title,
            "status": status,
            "detail": detail,
            **(extra or {}),
        }
        response = jsonify(problem)
        response.mimetype = "application/problem+json"
    else:
        page = render_template(
            "error.html", status=status, title=title, detail=detail, advice=ADVICE.get(status, "")
        )
        response = Response(page)
    response.status_code = status
    return response


def _http(error: HTTPException) -> BaseResponse:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    response = answer(error.code or 500, error.description or "")
    headers = dict(error.get_headers())
    response.headers.update({k: v for k, v in headers.items() if k in ("Allow", "Retry-After")})
    return response


def _api_error(error: HTTPError) -> Response:
    fields: dict[str, object] = {}
    if error.detail:
        places: dict[str, dict[str, list[str]]] = error.detail
        fields["errors"] = [
            {"pointer": f"#/{place}/{name}", "detail": " ".join(map(str, messages))}
            for place, names in places.items()
            for name, messages in names.items()
        ]
    return answer(error.status_code, error.message or "", fields)


def _our_own(error: MediaCatalogError) -> Response:
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
    if status == 500:
        log.error("%s %s: %s", request.method, _path(), error)
    extra: dict[str, object] = {}
    if isinstance(error, PastEditionError):
        extra["now"] = error.now
    elif isinstance(error, InvalidValueError):
        extra["errors"] = [{"pointer": f"#/{error.field}", "detail": error.reason}]
    return answer(status, str(error), extra)


def _database(error: DBAPIError) -> Response:
    """A database that is gone, busy, read-only or full is the world's fault, and may pass."""
    said = str(error.orig).partition("\n")[0]  # PostgreSQL tells values in the lines below
    if any(one in said for one in FULL):
        log.error("%s %s: %s", request.method, _path(), said)
        return answer(507, "The disk of the database is full.")
    if "readonly database" in said or "read-only transaction" in said:
        why = "The database is read-only now: what is there can be read, nothing can be changed."
    elif isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
        why = "The database can't be reached, or is busy, now."
    else:
        return _unexpected(error)
    log.error("%s %s: %s", request.method, _path(), said)
    response = answer(503, why)
    response.headers["Retry-After"] = RETRY_AFTER
    return response


def _unexpected(error: Exception) -> Response:
    log.error("%s %s", request.method, _path(), exc_info=error)
    return answer(500, "Something went wrong inside the server.")
