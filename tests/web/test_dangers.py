"""The web's ordinary dangers, on every route there is: the routes are read from the application."""

from __future__ import annotations

import gzip
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest
from flask import request
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mediacatalog.web import create_app
from mediacatalog.web.limits import Buckets
from mediacatalog.web.security import HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apiflask import APIFlask
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex
    from mediacatalog.settings import Settings

ONE_DATABASE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
SAFE = {"GET", "HEAD", "OPTIONS"}
SECRET = "Khalid-of-the-bakery"  # noqa: S105 - a name that somebody searches for


def routes(app: APIFlask) -> Iterator[tuple[str, str]]:
    """(method, address) of every route, with something in each of its places."""
    for rule in app.url_map.iter_rules():
        given: dict[str, Any] = {}
        for name in rule.arguments:
            kind = type(rule._converters[name]).__name__
            given[name] = 1 if kind == "IntegerConverter" else "x"
            if kind == "AnyConverter":
                given[name] = min(rule._converters[name].items)
        built = rule.build(given)
        assert built is not None, rule
        for method in sorted(rule.methods or ()):
            yield method, built[1]


@ONE_DATABASE
def test_every_answer_of_every_route_carries_the_headers(app: APIFlask) -> None:
    client = app.test_client()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    seen = 0
    for method, address in routes(app):
        if method in SAFE:
            with client.open(address, method=method) as answer:
                missing = {name for name in HEADERS if name not in answer.headers}
                assert not missing, (method, address)
                assert answer.status_code < 500, (method, address)
                assert "Cache-Control" in answer.headers, (method, address)
            seen += 1
    assert seen > 150


@ONE_DATABASE
def test_no_route_changes_anything_for_another_site_or_without_a_token(app: APIFlask) -> None:
    client = app.test_client()
    client.get("/upload")  # a session's cookie, and with it a token to be proved
    tus = {"Tus-Resumable": "1.0.0"}
    unsafe = [(method, address) for method, address in routes(app) if method not in SAFE]
    assert len(unsafe) > 90
    for method, address in unsafe:
        for headers, statuses in (
            ({"Sec-Fetch-Site": "cross-site"}, {403}),
            ({"Sec-Fetch-Site": "same-site"}, {403}),
            ({"Origin": "https://evil.example"}, {403}),
            ({"Origin": "http://localhost:9"}, {403}),
            ({"Sec-Fetch-Site": "same-origin"}, {400, 403}),
            ({}, {400, 403}),
        ):
            answer = client.open(address, method=method, headers=headers | tus)
            # Without accounts there are no pages of theirs.
            absent = {404} if address.startswith("/account/") else set()
            assert answer.status_code in statuses | absent, (method, address, headers)


@ONE_DATABASE
def test_a_body_that_is_packed_is_never_unpacked(client: FlaskClient) -> None:
    bomb = gzip.compress(b'{"name": "' + b"x" * 1_000_000 + b'"}')
    for coding in ("gzip", "br", "deflate, gzip"):
        headers = {"Content-Encoding": coding, "Content-Type": "application/json"}
        assert client.post("/api/v1/saved", data=bomb, headers=headers).status_code == 415


@ONE_DATABASE
def test_who_calls_too_often_is_told_when_to_come_again(
    settings: Settings, catalogue: Catalogue, index: SearchIndex
) -> None:
    few = settings.model_copy(update={"api_requests_per_minute": 3})
    client = create_app(few, catalogue, index).test_client()
    answers = [client.get("/api/v1/saved") for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 20
    assert answers[3].content_type == "application/problem+json"
    other = client.get("/api/v1/saved", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 200
    assert client.get("/").status_code == 200, "pages have no such limit"


def test_a_bucket_fills_up_as_time_goes_by() -> None:
    now = [100.0]
    buckets = Buckets(60, now=lambda: now[0])
    assert not any(buckets.take("a") for _ in range(60))
    assert buckets.take("a") == pytest.approx(1)
    now[0] += 1
    assert buckets.take("a") == 0
    assert buckets.take("a") > 0
    now[0] += 3600
    assert not any(buckets.take("a") for _ in range(60))
    assert buckets.take("a") > 0, "it holds no more than a minute's"
    for number in range(20_000):
        buckets.take(f"{number}")
    assert len(buckets._left) == 10_000


def test_logs_hold_nothing_that_people_typed(
    app: APIFlask, catalogue: Catalogue, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever a search, a token or a caption says, also when the database fails over it."""

    @app.before_request
    def fail() -> None:
        if "Fail" in request.headers:
            with catalogue.writing() as session:
                statement = "INSERT INTO terms (id, slug) VALUES (:it, :it)"
                session.execute(text(statement), {"it": SECRET})

    caplog.set_level(logging.DEBUG)
    client = app.test_client()
    client.get("/", query_string={"q": SECRET, "tag": SECRET})
    client.get("/api/v1/search", query_string={"q": SECRET, "limit": "no"})
    client.get("/api/v1/saved", headers={"Authorization": f"Bearer mc_1_{SECRET}"})
    client.post("/api/v1/saved", json={"name": SECRET * 40})
    client.post("/api/v1/saved", json={"name": SECRET, "q": SECRET})

    assert client.get("/api/v1/terms", headers={"Fail": "now"}).status_code == 500
    assert "/api/v1/terms" in caplog.text
    assert SECRET not in caplog.text


def test_errors_of_statements_tell_no_values(catalogue: Catalogue) -> None:
    with catalogue.writing() as session, pytest.raises(DBAPIError) as raised:
        session.execute(text("SELECT :it FROM nowhere"), {"it": SECRET})
    assert SECRET not in str(raised.value)


@ONE_DATABASE
def test_forms_lead_back_to_this_site_only(app: APIFlask) -> None:
    client = app.test_client()
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/upload").text)
    assert token is not None
    places = ("https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example",
              "javascript:alert(1)", "/\t/evil.example", "http:evil.example")  # fmt: skip
    for where in places:
        for address in ("/person", "/care", "/language"):
            data = {"csrf_token": token[1], "back": where, "name": "x", "language": "en"}
            answer = client.post(address, data=data | {"show": "safe"})
            location = answer.headers.get("Location", "/")
            assert re.match(r"/(?![/\\\t])", location), (address, where, location)
