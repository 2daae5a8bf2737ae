"""Each role gets what the table says, at every route; no route is left out."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from mediacatalog.catalog.accounts import ROLES, STEPS, WORKER
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.web.rights import ANYBODY, LEAST, NOBODY, SIGNED_IN, WORKERS
from tests.web.people import an_account, csrf, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apiflask import APIFlask
    from flask.testing import FlaskClient
    from werkzeug.routing import Rule

    from mediacatalog.catalog.database import Catalogue

SIGN_OUT = frozenset({"security.logout", "security.two_factor_token_validation"})
"""A session ends by them (the second isn't meant for who is signed in): they come last."""


@pytest.fixture
def catalogue(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Catalogue]:
    shutil.copyfile(migrated_sqlite, tmp_path / "catalogue.sqlite")
    opened = open_catalogue(f"sqlite:///{tmp_path / 'catalogue.sqlite'}")
    yield opened
    opened.close()


def test_the_table_holds_exactly_the_routes(app: APIFlask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(LEAST)


def address(rule: Rule) -> str:
    """Of the route, of things that aren't there."""
    chosen = re.sub(r"<any\((?:'|\")?(\w+)[^>]*>", r"\1", rule.rule)
    chosen = re.sub(r"<int[^>]*>", "7", chosen)
    return re.sub(r"<[^>]*>", "0" * 36, chosen)


def answers(client: FlaskClient, token: str, rule: Rule) -> dict[str, int]:
    said = {}
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
        headers = {"X-CSRFToken": token} if method not in ("GET", "HEAD") else {}
        answer = client.open(address(rule), method=method, headers=headers, data=b"")
        is_role = answer.status_code != 403 or "takes the role" in answer.text
        said[f"{method} {rule.rule}"] = answer.status_code if is_role else 200
        answer.close()
    return said


def allowed(role: str, endpoint: str) -> bool:
    least = LEAST[endpoint]
    if least in (ANYBODY, SIGNED_IN):
        return True
    if role == WORKER:
        return endpoint in WORKERS
    return least in STEPS and STEPS.index(role) >= STEPS.index(least)


def is_right(role: str, endpoint: str, status: int) -> bool:
    """403 exactly where the role isn't enough."""
    if LEAST[endpoint] == NOBODY:
        return status == 404
    return (status == 403) != allowed(role, endpoint) and status < 500


def is_right_for_nobody(endpoint: str, status: int) -> bool:
    """401, or the way to sign in."""
    expected = {ANYBODY: range(200, 423), NOBODY: (404,)}
    return status in expected.get(LEAST[endpoint], (401, 303))


def test_every_role_at_every_route(app: APIFlask, catalogue: Catalogue) -> None:
    """One catalogue for all: nothing is there to be changed."""
    for role in ROLES:
        an_account(catalogue, f"a {role}", role)
    rules = sorted(app.url_map.iter_rules(), key=lambda one: one.endpoint in SIGN_OUT)
    wrong = []
    for role in ROLES:
        for rule in rules:
            if rule is rules[0] or rule.endpoint in SIGN_OUT:
                client = sign_in(app, f"a {role}")
                token = csrf(client, "/account")
            for asked, status in answers(client, token, rule).items():
                if not is_right(role, rule.endpoint, status):
                    wrong.append((role, asked, status))
    nobody = app.test_client()
    token = csrf(nobody)
    for rule in rules:
        for asked, status in answers(nobody, token, rule).items():
            if not is_right_for_nobody(rule.endpoint, status):
                wrong.append(("nobody", asked, status))
    assert wrong == []
