"""The description of the API (OpenAPI 3.1): APIFlask's, with what it can't know.

Views say what they answer (`answers.answers`); this adds those schemas, and one problem document
for everything that goes wrong. `docs/openapi.json` is the same, committed: a test compares both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from mediacatalog.web.answers import PROBLEM, Problem
from mediacatalog.web.once import KEYLESS

if TYPE_CHECKING:
    from apiflask import APIFlask
    from pydantic import BaseModel

_NAME = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_NUMBER = re.compile(r"<int(?:\([^)]*\))?:(\w+)>")
"""Of a part of an address, as Flask writes it."""
LINKS = "/api/v1/links"
METHODS = ("get", "post", "put", "patch", "delete")
REFERENCE = "#/components/schemas/{model}"
EDITION = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "The ETag of what is changed; 428 without it, 412 where it is past",
}
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "Sent again with the same key within a day, it isn't done again",
}
ABOUT = (
    "Everything that the pages can do, by the same functions. See docs/api.md for a guide with "
    "examples."
)


def complete(app: APIFlask) -> None:
    """Have the description of this application tell answers and errors as they are."""
    app.config.update(
        INFO={"description": ABOUT},
        AUTO_200_RESPONSE=False,
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_OPERATION_ID=True,
    )

    @app.spec_processor
    def process(spec: Any) -> Any:  # noqa: ANN401 - APIFlask's types allow text
        views = _views(app)
        numbers = {name for rule in app.url_map.iter_rules() for name in _NUMBER.findall(rule.rule)}
        known: dict[str, type[BaseModel]] = {"Problem": Problem}
        for path, methods in spec["paths"].items():
            for method in METHODS:
                if method in methods:
                    _operation(methods[method], views[path, method.upper()], known)
                    _headers(methods[method], path, method)
                    _numbers(methods[method], numbers)
        pairs = [(known[name], "serialization") for name in sorted(known)]
        _, defined = models_json_schema(pairs, ref_template=REFERENCE)  # type: ignore[arg-type]
        schemas = spec["components"]["schemas"]
        for name in ("HTTPError", "ValidationError"):
            schemas.pop(name, None)
        if twice := schemas.keys() & defined["$defs"].keys():
            raise ValueError(f"bodies and answers share the names {sorted(twice)}")
        schemas.update(defined["$defs"])
        spec["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        spec["security"] = [{"token": []}, {}]
        spec["tags"] = [{"name": name} for name in sorted({one["name"] for one in spec["tags"]})]
        return _without_titles(spec)


def _views(app: APIFlask) -> dict[tuple[str, str], Any]:
    """The view of each path and method, with paths as OpenAPI writes them."""
    found = {}
    for rule in app.url_map.iter_rules():
        path = _NAME.sub(r"{\1}", rule.rule)
        for method in rule.methods or ():
            found[path, method] = app.view_functions[rule.endpoint]
    return found


def _operation(
    operation: dict[str, Any],
    view: object,
    known: dict[str, type[BaseModel]],
) -> None:
    status, model, said = getattr(view, "answers", (200, None, ""))
    told: dict[str, Any] = {"description": said or ("Done" if model is None else "What was asked")}
    if model is not None:
        known[model.__name__] = model
        reference = {"$ref": REFERENCE.format(model=model.__name__)}
        told["content"] = {"application/json": {"schema": reference}}
    problem = {PROBLEM: {"schema": {"$ref": REFERENCE.format(model="Problem")}}}
    answers = {str(status): told}
    for code, answer in operation["responses"].items():
        answers[code] = {"description": answer["description"]}
        if int(code) >= 400:
            answers[code]["content"] = problem
    answers["default"] = {"description": "It can't be done; why", "content": problem}
    operation["responses"] = answers
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True


def _numbers(operation: dict[str, Any], names: set[str]) -> None:
    """Those in addresses, which APIFlask takes for text where the route bounds them."""
    for one in operation.get("parameters", ()):
        if one["in"] == "path" and one["name"] in names:
            one["schema"] = {"type": "integer"}


def _headers(operation: dict[str, Any], path: str, method: str) -> None:
    """Editions and keys, which no view names. Uploads go by tus, links take no key."""
    if method == "get" or path.startswith(KEYLESS) or path == LINKS:
        return
    wanted = KEY if method == "post" else EDITION
    operation["parameters"] = [*operation["parameters"], wanted]


def _without_titles(part: Any) -> Any:  # noqa: ANN401 - any JSON
    """Names made of names say nothing."""
    if isinstance(part, dict):
        return {
            key: _without_titles(value)
            for key, value in part.items()
            if not (key == "title" and isinstance(value, str) and "version" not in part)
        }
    return [_without_titles(one) for one in part] if isinstance(part, list) else part
