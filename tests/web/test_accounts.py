"""Signing in: by password, code and recovery code; sessions that end; tries that are counted."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from flask import request
from passlib.totp import TOTP

from mediacatalog.catalog import accounts, changes, throttle, tokens
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.errors import InvalidValueError, SettingsError
from mediacatalog.web import create_app, exposure
from tests.search.rows import a_clip
from tests.web.people import PASSWORD, an_account, csrf, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apiflask import APIFlask
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex
    from mediacatalog.settings import Settings


@pytest.fixture
def catalogue(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Catalogue]:
    """On one database: `tests/catalog/test_accounts.py` is about both."""
    shutil.copyfile(migrated_sqlite, tmp_path / "catalogue.sqlite")
    opened = open_catalogue(f"sqlite:///{tmp_path / 'catalogue.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def nadia(catalogue: Catalogue) -> str:
    return an_account(catalogue, "Nadia", "archivist")


def alerts(page: str) -> list[str]:
    return re.findall(r'role="alert">([^<]*)', page)


def test_without_accounts_it_belongs_to_who_sits_there(client: FlaskClient) -> None:
    assert client.get("/").status_code == 200
    assert client.get("/account").status_code == 404
    named = client.post("/person", data={"csrf_token": csrf(client, "/"), "name": "Mara"})
    assert named.status_code == 303
    assert 'value="Mara"' in client.get("/history").text


def test_with_the_first_account_everybody_is_asked(client: FlaskClient, nadia: str) -> None:
    assert client.get("/?q=x").location == "/account/login?next=/?q%3Dx"
    answer = client.get("/api/v1/search")
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    part = client.get("/", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"][:14]) == (401, "/account/login")
    assert client.get("/healthz").status_code == 200
    form = {"csrf_token": csrf(client), "name": "Mara"}
    assert client.post("/person", data=form).status_code == 401


def test_nothing_tells_a_wrong_name_from_a_wrong_password(app: APIFlask, nadia: str) -> None:
    client = app.test_client()
    said = []
    for name in ("nadia", "nobody"):
        form = {"csrf_token": csrf(client), "name": name, "password": "something else"}
        said.append(alerts(client.post("/account/login", data=form).text))
    assert said == [["The name or the password is wrong."]] * 2


def test_who_signed_in_goes_where_they_wanted_and_signs_by_their_name(
    app: APIFlask, nadia: str, catalogue: Catalogue
) -> None:
    clip, client = a_clip(catalogue, "ferry"), app.test_client()
    form = {"csrf_token": csrf(client), "name": " NADIA ", "password": PASSWORD, "next": "/tags"}
    assert client.post("/account/login", data=form).location == "/tags"
    form = {"csrf_token": csrf(client, "/tags"), "label": "dusk", "kind": "tag"}
    assert client.post(f"/clips/{clip}/terms", data=form).status_code == 303
    with catalogue.reading() as session:
        assert changes.acts(session)[0].actor == "Nadia"
    assert client.post("/person", data=form).status_code == 404


@pytest.mark.parametrize("there", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_signing_in_leads_nowhere_else(app: APIFlask, nadia: str, there: str) -> None:
    client = app.test_client()
    form = {"csrf_token": csrf(client), "name": "nadia", "password": PASSWORD, "next": there}
    where = client.post("/account/login", data=form).location or "/"
    assert where == "/%5Cevil.example" or "evil" not in where


def test_a_session_is_seen_from_elsewhere_and_ended_at_once(app: APIFlask, nadia: str) -> None:
    one, other = sign_in(app, "nadia"), sign_in(app, "nadia")
    page = one.get("/account").text
    assert page.count("This browser") == 1
    ends = re.findall(r"/account/browsers/[^/]+/end", page)
    assert len(ends) == 1
    assert one.post(ends[0], data={"csrf_token": csrf(one, "/")}).status_code == 303
    assert other.get("/").location == "/account/login?next=/"
    assert one.get("/").status_code == 200


def test_nobody_ends_the_sessions_of_others(
    app: APIFlask, nadia: str, catalogue: Catalogue
) -> None:
    an_account(catalogue, "Omar", "admin")
    one, other = sign_in(app, "nadia"), sign_in(app, "omar")
    with catalogue.reading() as session:
        [hers] = accounts.sessions_of(session, nadia)
    form = {"csrf_token": csrf(other, "/")}
    assert other.post(f"/account/browsers/{hers.id}/end", data=form).status_code == 404
    assert one.get("/").status_code == 200


def test_signing_out_ends_the_session_even_for_who_kept_the_cookie(
    app: APIFlask, nadia: str
) -> None:
    client = sign_in(app, "nadia")
    kept = client.get_cookie("mediacatalog")
    assert kept is not None
    client.post("/account/logout", data={"csrf_token": csrf(client, "/")})
    assert client.get("/").status_code == 303
    client.set_cookie("mediacatalog", kept.value)
    assert client.get("/").status_code == 303


def test_role_and_disabling_count_from_the_next_request(
    app: APIFlask, nadia: str, catalogue: Catalogue
) -> None:
    an_account(catalogue, "Omar", "admin")
    client = sign_in(app, "nadia")
    assert client.get("/upload").status_code == 200
    with catalogue.writing() as session:
        accounts.set_role(session, "nadia", "researcher", actor="local")
    assert client.get("/upload").status_code == 403
    with catalogue.writing() as session:
        accounts.set_active(session, "nadia", active=False, actor="local")
    assert client.get("/").status_code == 303
    form = {"csrf_token": csrf(client), "name": "nadia", "password": PASSWORD}
    said = alerts(client.post("/account/login", data=form).text)
    assert said == ["The name or the password is wrong."]


def test_what_a_page_loads_never_takes_the_next_pages_cookie(
    app: APIFlask, nadia: str, catalogue: Catalogue
) -> None:
    """Its answer may come after that page's, which holds the token of a form."""
    an_account(catalogue, "Omar", "admin")
    client = sign_in(app, "nadia")
    with catalogue.writing() as session:
        accounts.set_active(session, "nadia", active=False, actor="local")
    with client.get("/static/app.css", headers={"Sec-Fetch-Mode": "no-cors"}) as loaded:
        assert loaded.status_code == 200
        assert "Set-Cookie" not in loaded.headers
    assert client.get("/", headers={"Sec-Fetch-Mode": "cors"}).status_code == 303
    page = client.get("/account/login", headers={"Sec-Fetch-Mode": "navigate"})
    assert "mediacatalog=" in page.headers["Set-Cookie"]


def test_a_new_password_ends_every_other_session(app: APIFlask, nadia: str) -> None:
    one, other = sign_in(app, "nadia"), sign_in(app, "nadia")
    new = "four slow trains home"
    form = {"csrf_token": csrf(one, "/"), "password": PASSWORD}
    short = one.post(
        "/account/change", data={**form, "new_password": "short", "new_password_confirm": "short"}
    )
    assert alerts(short.text) == ["It has at least 12 characters."]
    done = one.post(
        "/account/change", data={**form, "new_password": new, "new_password_confirm": new}
    )
    assert done.location == "/account"
    assert one.get("/").status_code == 200
    assert other.get("/").status_code == 303
    sign_in(app, "nadia", new)


def test_a_code_and_a_recovery_code_count_once(
    app: APIFlask, nadia: str, catalogue: Catalogue
) -> None:
    client = sign_in(app, "nadia")
    token = csrf(client, "/")
    page = client.post(
        "/account/tf-setup", data={"csrf_token": token, "setup": "authenticator"}
    ).text
    assert "data:image/svg+xml;base64," in page
    key, there = (
        re.search(r'"ltr">([A-Z2-7-]+)<', page),
        re.search(r"/account/tf-setup/[^\"]+", page),
    )
    assert key is not None
    assert there is not None
    code = TOTP(key[1].replace("-", "")).generate().token
    done = client.post(there[0], data={"csrf_token": token, "code": code})
    assert done.location == "/account"
    made = client.post("/account/mf-recovery-codes", data={"csrf_token": token}).text
    codes = re.findall(r"<li><code>([^<]+)", made)
    assert len(codes) == 10
    with catalogue.reading() as session:
        kept = accounts.facts(session, name="nadia")
    assert kept is not None
    assert codes[0] not in str(kept["recovery_codes"])
    assert key[1].replace("-", "") not in kept["totp_secret"]

    other = app.test_client()
    form = {"csrf_token": csrf(other), "name": "nadia", "password": PASSWORD}
    asked = other.post("/account/login", data=form)
    assert str(asked.location).startswith("/account/tf-validate")
    assert other.get("/").status_code == 303
    again = other.post("/account/tf-validate", data={**form, "code": code})
    assert alerts(again.text) == ["That isn't the code now."]
    there_now = other.post("/account/mf-recovery", data={**form, "code": codes[0]})
    assert there_now.status_code == 302
    assert other.get("/").status_code == 200
    assert "9 recovery codes" in other.get("/account").text


def test_tries_are_counted_for_a_name_in_every_process(
    app: APIFlask, nadia: str, settings: Settings, catalogue: Catalogue, index: SearchIndex
) -> None:
    tried = throttle.keys(accounts.name_key("Nadia"), "10.0.0.1")
    with catalogue.writing() as session:
        for _ in range(throttle.MOST["name"] - 1):
            assert throttle.take(session, tried) == 0
    other = create_app(settings, catalogue, index).test_client()
    wrong = {"csrf_token": csrf(other), "name": "nadia ", "password": "a wrong password"}
    assert other.post("/account/login", data=wrong).status_code == 200
    client = app.test_client()
    right = {"csrf_token": csrf(client), "name": "NADIA", "password": PASSWORD}
    answer = client.post("/account/login", data=right)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= throttle.WINDOW.total_seconds()
    assert client.get("/").status_code == 303


def test_elsewhere_it_starts_only_with_an_account_and_https(
    settings: Settings, catalogue: Catalogue
) -> None:
    exposure.refuse_unsafe(settings, catalogue)
    outside = settings.model_copy(update={"host": "0.0.0.0"})  # noqa: S104 - refused
    with pytest.raises(SettingsError, match="make an account first"):
        exposure.refuse_unsafe(outside, catalogue)
    exposure.refuse_unsafe(outside.model_copy(update={"published_on_loopback": True}), catalogue)
    an_account(catalogue, "Nadia", "admin")
    with pytest.raises(SettingsError, match="could be read on their way"):
        exposure.refuse_unsafe(outside, catalogue)
    exposure.refuse_unsafe(outside.model_copy(update={"trusted_proxy": "10.1.0.0/16"}), catalogue)
    tls = {"tls_certificate": "/etc/cert.pem", "tls_key": "/etc/key.pem"}
    exposure.refuse_unsafe(outside.model_copy(update=tls), catalogue)
    with pytest.raises(SettingsError, match="go together"):
        exposure.refuse_unsafe(outside.model_copy(update={"tls_key": "/etc/key.pem"}), catalogue)


def test_only_the_named_proxy_is_believed_and_its_cookies_are_secure(
    settings: Settings, catalogue: Catalogue, index: SearchIndex
) -> None:
    an_account(catalogue, "Nadia", "admin")
    behind = settings.model_copy(update={"trusted_proxy": "10.1.0.0/16"})
    app = create_app(behind, catalogue, index)
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4", "Host": "a.example"}
    believed = ("https", "1.2.3.4")
    for address, seen in (
        ("10.1.2.3", believed),
        ("::ffff:10.1.2.3", believed),
        ("9.9.9.9", ("http", "9.9.9.9")),
    ):
        with app.test_client() as client:
            answer = client.get(
                "/account/login", headers=said, environ_base={"REMOTE_ADDR": address}
            )
            assert (request.scheme, request.remote_addr) == seen
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-mediacatalog=")
    assert "Secure; HttpOnly; Path=/; SameSite=Lax" in cookie


def test_a_token_may_at_most_what_its_owner_may(
    app: APIFlask, nadia: str, catalogue: Catalogue
) -> None:
    with catalogue.writing() as session:
        accounts.create(session, "ada", "admin", PASSWORD, actor="local")
        accounts.set_role(session, "nadia", "admin", actor="local")
        _, text = tokens.create(
            session, "x", owner="nadia", role="admin", scopes=["read", "write"], days=1
        )
        accounts.set_role(session, "nadia", "researcher", actor="local")
        old, nobodys = tokens.create(
            session, "x", owner="Nadia", role="researcher", scopes=["read"], days=1
        )
        for owner, role in (("somebody", "researcher"), ("", "researcher"), ("nadia", "admin")):
            with pytest.raises(InvalidValueError):
                tokens.create(session, "x", owner=owner, role=role, scopes=["read"], days=1)
        # As one that was made before there were accounts.
        session.get_one(tokens.TokenRow, old.id).owner = "somebody"
    client, shown = app.test_client(), {"Authorization": f"Bearer {text}"}
    assert client.get("/api/v1/search", headers=shown).status_code == 200
    assert client.get("/api/v1/ingest", headers=shown).status_code == 403
    assert client.get("/", headers=shown).status_code == 303
    shown_other = {"Authorization": f"Bearer {nobodys}"}
    assert client.get("/api/v1/search", headers=shown_other).status_code == 401
    with catalogue.writing() as session:
        accounts.set_active(session, "nadia", active=False, actor="local")
    assert client.get("/api/v1/search", headers=shown).status_code == 401
