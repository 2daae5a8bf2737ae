"""Tokens: shown once, kept as a digest, good for their scopes and their time only."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text, update

from mediacatalog.catalog import changes, tokens
from mediacatalog.errors import InvalidValueError
from mediacatalog.values import utc_now
from tests.search.rows import a_clip
from tests.web.forms import token as form_token

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue

API = "/api/v1"


def bearer(catalogue: Catalogue, *scopes: str, owner: str = "mirror") -> dict[str, str]:
    with catalogue.writing() as session:
        _, shown = tokens.create(session, "t", owner=owner, role="archivist", scopes=scopes, days=9)
    return {"Authorization": f"Bearer {shown}"}


def test_a_token_does_what_its_scopes_say_in_its_owners_name(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    clip = a_clip(catalogue, "ferry")
    path, term = f"{API}/clips/{clip}/terms", {"label": "night"}
    reads, writes = bearer(catalogue, "read"), bearer(catalogue, "write", owner="ada")
    assert client.get(path, headers=reads).status_code == 200
    refused = client.post(path, json=term, headers=reads)
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    assert client.get(path, headers=writes).status_code == 403
    assert client.post(path, json=term, headers=writes).status_code == 200
    tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "1"}
    assert client.post(f"{API}/uploads", headers=writes | tus).status_code == 403
    uploads = bearer(catalogue, "upload")
    assert client.post(f"{API}/uploads", headers=uploads | tus).status_code == 201
    with catalogue.reading() as session:
        (one,) = changes.history(session, "clip", clip)
    assert (one.actor, one.after) == ("ada", "night")


def test_a_cookie_beside_a_token_counts_for_nothing(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    data = {"csrf_token": form_token(client), "name": "mara"}
    assert client.post("/person", data=data).status_code == 303
    clip = a_clip(catalogue, "ferry")
    headers = bearer(catalogue, "write")
    path = f"{API}/clips/{clip}/terms"
    assert client.post(path, json={"label": "a"}, headers=headers).status_code == 200
    far = headers | {"Sec-Fetch-Site": "cross-site"}
    assert client.post(path, json={"label": "b"}, headers=far).status_code == 403
    assert client.post(path, json={"label": "b"}).status_code == 403, "a cookie needs the token"
    with catalogue.reading() as session:
        assert [one.actor for one in changes.history(session, "clip", clip)] == ["mirror"]


def test_what_is_no_good_token_is_refused(client: FlaskClient, catalogue: Catalogue) -> None:
    good = bearer(catalogue, "read")["Authorization"]
    with catalogue.reading() as session:
        (token,) = tokens.listed(session)
    for wrong in ("Bearer", "Bearer x", f"{good}x", good[:-1], "Bearer mc__", "Bearer mc_é_ü"):
        answer = client.get(f"{API}/saved", headers={"Authorization": wrong})
        assert answer.status_code == 401, wrong
        assert "invalid_token" in answer.headers["WWW-Authenticate"]
    assert client.get(f"{API}/saved", headers={"Authorization": good}).status_code == 200
    with catalogue.writing() as session:
        tokens.revoke(session, token.id)
    assert client.get(f"{API}/saved", headers={"Authorization": good}).status_code == 401
    past = bearer(catalogue, "read")
    with catalogue.writing() as session:
        session.execute(update(tokens.TokenRow).values(expires_at=utc_now() - timedelta(seconds=1)))
    assert client.get(f"{API}/saved", headers=past).status_code == 401


def test_the_secret_is_in_no_table(catalogue: Catalogue, client: FlaskClient) -> None:
    shown = bearer(catalogue, "read")["Authorization"].removeprefix("Bearer ")
    secret = shown.split("_", 2)[2]
    client.get(f"{API}/saved", headers={"Authorization": f"Bearer {shown}"})
    with catalogue.reading() as session:
        for query in ("SELECT * FROM tokens", "SELECT * FROM changes"):
            rows = session.execute(text(query)).all()
            assert rows
            assert secret not in str(rows)
        assert tokens.listed(session)[0].last_used_at is not None


def test_what_no_token_can_be_is_said(catalogue: Catalogue) -> None:
    for wrong in ({"scopes": ("all",)}, {"role": "king"}, {"days": 0}):
        given = {"owner": "x", "role": "researcher", "scopes": ("read",), "days": 1} | wrong
        with catalogue.writing() as session, pytest.raises(InvalidValueError):
            tokens.create(session, "t", **given)
