"""Sends forms as a browser does: with the token of the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse


def token(client: FlaskClient, page: str = "/upload") -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get(page).text)
    assert found is not None
    return found[1]


def send(client: FlaskClient, path: str, /, **fields: str) -> TestResponse:
    """A form with its token, as htmx when `hx` is given."""
    headers = {"HX-Request": "true"} if fields.pop("hx", "") else {}
    return client.post(path, data={"csrf_token": token(client), **fields}, headers=headers)
