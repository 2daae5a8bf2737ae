"""Accounts for tests, and browsers in which they are signed in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mediacatalog.catalog import accounts

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue

PASSWORD = "seven quiet harbours"  # noqa: S105 - of accounts of tests


def an_account(catalogue: Catalogue, name: str, role: str) -> str:
    with catalogue.writing() as session:
        return accounts.create(session, name, role, PASSWORD, actor="local")


def csrf(client: FlaskClient, page: str = "/account/login") -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get(page).text)
    assert found is not None
    return found[1]


def sign_in(app: Flask, name: str, password: str = PASSWORD) -> FlaskClient:
    """A browser of its own in which somebody signed in by the form."""
    client = app.test_client()
    form = {"csrf_token": csrf(client), "name": name, "password": password}
    answer = client.post("/account/login", data=form)
    assert answer.status_code == 302, answer.text
    return client
