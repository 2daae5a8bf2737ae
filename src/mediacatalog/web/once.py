"""The transactions of API requests; and requests that are sent again, but done once.

A POST with an `Idempotency-Key` runs in one transaction with the row that keeps its answer: both
are there, or neither is. Sent again within a day, it is answered as it was the first time.
"""

from __future__ import annotations

import functools
import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import Response, g, make_response, request
from werkzeug.exceptions import Conflict

from mediacatalog.catalog import idempotency
from mediacatalog.errors import InvalidValueError
from mediacatalog.web.services import person, services

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apiflask import APIFlask
    from sqlalchemy.orm import Session

HEADER = "Idempotency-Key"
LONGEST = 200
KEPT = ("ETag", "Location")
"""Headers of an answer that belong to it."""


KEYLESS = ("/api/v1/uploads", "/api/v1/manifests", "/api/v1/articles")
"""Uploads go on by their offset. Manifests and articles are known by their bytes, so that they can
be sent again anyhow, and what is done with them takes several transactions."""


@contextmanager
def writing() -> Iterator[Session]:
    """One transaction; that of the request's key, if it has one."""
    held: Session | None = g.get("session")
    if held is not None:
        yield held
        held.flush()
        return
    with services().catalogue.writing() as session:
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """One view; with what this request wrote, if it has a key."""
    held: Session | None = g.get("session")
    if held is not None:
        yield held
        return
    with services().catalogue.reading() as session:
        yield session


def guard(app: APIFlask) -> None:
    """Have every POST of the API heed the key, but for those in KEYLESS."""
    for rule in app.url_map.iter_rules():
        if (
            rule.rule.startswith("/api/v1/")
            and not rule.rule.startswith(KEYLESS)
            and "POST" in (rule.methods or ())
        ):
            app.view_functions[rule.endpoint] = _once(app.view_functions[rule.endpoint])


def _once(view: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - a view
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST":
            return view(*args, **kwargs)
        if not key or len(key) > LONGEST or not key.isascii():
            raise InvalidValueError(HEADER, f"has from 1 to {LONGEST} ASCII characters")
        try:
            return _answer(key, lambda: view(*args, **kwargs))
        except NotDoneError as refused:
            return refused.response

    return run


class NotDoneError(Exception):
    """A view answers that it can't do what was asked: then nothing of it is kept."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def _answer(key: str, do: Callable[[], Any]) -> Response:
    """The first answer to this key of this caller.

    Raises Conflict for another request's key, NotDoneError for an answer that isn't kept.
    """
    name = hashlib.sha256(f"{person()}\0{key}".encode()).hexdigest()
    asked = hashlib.sha256(f"POST {request.full_path}\0".encode() + request.get_data())
    with services().catalogue.writing() as session:
        kept = idempotency.begin(session, name, asked.hexdigest())
        if kept is not None:
            if kept.asked != asked.hexdigest():
                raise Conflict(f"This {HEADER} came with another request before.")
            again = Response(kept.body, kept.status, mimetype="application/json")
            again.headers["Idempotency-Replayed"] = "true"
            again.headers.update(kept.headers)
            return again
        g.session = session
        try:
            response = make_response(do())
        finally:
            del g.session
        if response.status_code >= 400:
            raise NotDoneError(response)
        headers = {one: response.headers[one] for one in KEPT if one in response.headers}
        body = response.get_data(as_text=True)
        idempotency.end(session, name, response.status_code, body, headers)
    return response
