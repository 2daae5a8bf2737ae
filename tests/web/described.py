"""A client that holds every answer of the API against its description, docs/openapi.json."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"
PREFIX = "/api/v1/"


@functools.cache
def description() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(COMMITTED.read_text(encoding="utf-8"))
    return found


@functools.cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Those without a name in them first: `/terms/file` is no term."""
    paths = sorted(description()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", path)), path) for path in paths]


@functools.cache
def _validator(path: str, method: str, status: str) -> Draft202012Validator | None:
    answers = description()["paths"][path].get(method, {}).get("responses", {})
    told = answers.get(status) or answers["default"]
    content = told.get("content", {})
    if not content:
        return None
    (kind,) = content.values()
    return Draft202012Validator(kind["schema"] | {"components": description()["components"]})


def check(method: str, path: str, answer: TestResponse) -> None:
    """Fails where an answer isn't as it is described."""
    known = next((path_ for one, path_ in _patterns() if one.fullmatch(path)), None)
    if known is None or method not in description()["paths"][known] or answer.status_code == 304:
        if answer.status_code >= 400:
            assert answer.content_type == "application/problem+json", (method, path)
        return
    if answer.status_code < 400:
        assert str(answer.status_code) in description()["paths"][known][method]["responses"], (
            f"{method} {known} answers {answer.status_code}, which its description doesn't know"
        )
    validator = _validator(known, method, str(answer.status_code))
    if validator is None:
        return
    wanted = "application/problem+json" if answer.status_code >= 400 else "application/json"
    assert answer.content_type == wanted, (method, path)
    for error in validator.iter_errors(answer.get_json()):
        where = "/".join(map(str, error.absolute_path))
        raise AssertionError(f"{method} {known} {answer.status_code} at {where}: {error.message}")


class DescribedClient(FlaskClient):
    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        path = answer.request.path
        if path.startswith(PREFIX) and answer.request.method != "HEAD":
            check(answer.request.method.lower(), path, answer)
        return answer
