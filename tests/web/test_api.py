"""The API says the same as the pages, and its errors are problem documents."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from mediacatalog.catalog import edits, holdings, reads
from mediacatalog.values import State
from tests.web.described import description

if TYPE_CHECKING:
    from apiflask import APIFlask
    from flask.testing import FlaskClient

    from mediacatalog.settings import Settings
    from tests.web.archive import Archive


def test_search_answers_with_moments(client: FlaskClient, ferry: str) -> None:
    found = client.get("/api/v1/search?q=night&tag=ferry").json
    assert found["count"] == 1
    assert found["hits"][0]["clip"] == ferry
    assert found["hits"][0]["moments"][0]["start_ms"] == 1200


def test_a_clip_is_told_whole(client: FlaskClient, ferry: str) -> None:
    found = client.get(f"/api/v1/clips/{ferry}").json
    assert found["clip"] == ferry
    assert [one["label"] for one in found["terms"]] == ["Abu Kamal", "ferry"]
    assert len(found["shots"]) == 2


def test_ingest_counts_add_up(client: FlaskClient, ferry: str) -> None:
    found = client.get("/api/v1/ingest").json
    assert sum(found["counts"].values()) == found["total"] == len(found["files"]) == 1


def walked(client: FlaskClient, path: str, name: str) -> list[Any]:
    """All of a list, two at a time."""
    found, after = [], ""
    while True:
        page = client.get(path, query_string={"limit": "2", "after": after}).json
        assert len(page[name]) <= 2
        found += page[name]
        after = page["next"]
        if after is None:
            return found


def test_lists_are_walked_to_their_end(
    archive: Archive, client: FlaskClient, ferry: str, settings: Settings
) -> None:
    """Whatever is signed for one list is no place in another."""
    for number in range(5):
        path = settings.media / f"{number}.mp4"
        path.write_bytes(b"x")
        state = (State.WAITING, State.QUARANTINED)[number % 2]
        archive.see(path, state, "why")
    every = client.get("/api/v1/ingest").json
    assert (len(every["files"]), every["next"]) == (6, None)
    assert walked(client, "/api/v1/ingest", "files") == every["files"]
    with archive.catalogue.writing() as session:
        for number in range(5):
            asked = edits.Description(title=f"{number}")
            known = reads.entered(holdings.clip(session, ferry)).edition
            edits.describe(session, ferry, asked, edition=known, actor="ida")
    acts = client.get("/api/v1/history?limit=100").json["acts"]
    assert walked(client, "/api/v1/history", "acts") == acts
    assert walked(client, "/api/v1/review/clips", "clips") == []
    strange = client.get("/api/v1/ingest?limit=2").json["next"]
    for path in ("/api/v1/history", "/api/v1/review/clips"):
        assert client.get(path, query_string={"after": strange}).status_code == 422


def test_errors_are_problem_documents(client: FlaskClient) -> None:
    for path, status in (
        ("/api/v1/clips/none", 404),
        ("/api/v1/nothing", 404),
        ("/api/v1/search?limit=0", 422),
        ("/api/v1/search?colour=red", 422),
    ):
        answer = client.get(path)
        assert answer.status_code == status
        assert answer.content_type == "application/problem+json"
        assert answer.json["status"] == status
        assert answer.json["detail"]


@pytest.mark.parametrize(
    ("method", "path", "given", "status"),
    [
        ("post", "/api/v1/search", {}, 405),
        ("get", "/api/v2/search", {}, 404),
        ("post", "/api/v1/saved", {"data": b"{", "content_type": "application/json"}, 400),
        ("post", "/api/v1/saved", {"data": b"x", "content_type": "text/plain"}, 400),
        ("post", "/api/v1/saved", {"json": {"name": "x" * 3_000_000}}, 413),
        ("post", "/api/v1/saved", {"json": {"name": 1}}, 422),
        ("post", "/api/v1/saved", {"json": {"name": "x", "owner": "me"}}, 422),
        ("post", "/api/v1/saved", {"json": {}, "headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        (
            "post",
            "/api/v1/saved",
            {"json": {}, "headers": {"Sec-Fetch-Site": "same-origin"}},
            403,
        ),
        ("get", "/api/v1/terms?after=guessed", {}, 422),
        ("delete", "/api/v1/saved/none", {}, 404),
        ("get", "/api/v1/saved", {"headers": {"Host": "evil.example"}}, 400),
    ],
)
def test_whatever_goes_wrong_is_told_as_a_problem(
    client: FlaskClient, method: str, path: str, given: dict[str, Any], status: int
) -> None:
    answer = client.open(path, method=method.upper(), **given)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.json["type"].startswith("urn:mediacatalog:problem:")
    assert answer.json["status"] == status
    assert answer.json["detail"]


def test_the_committed_description_is_the_one_that_is_served(client: FlaskClient) -> None:
    """`make openapi` writes it anew."""
    found = client.get("/api/v1/openapi.json").json
    assert found["openapi"].startswith("3.1")
    assert found == description()


def test_the_description_has_every_route_and_every_name_once(app: APIFlask) -> None:
    told = {
        (path, method.upper())
        for path, methods in description()["paths"].items()
        for method in methods
        if method in {"get", "post", "put", "patch", "delete"}
    }
    routes = {
        (re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    hidden = {
        ("/api/v1/openapi.json", "GET"),  # itself
        ("/api/v1/uploads/{upload_id}", "POST"),  # PATCH and DELETE by another name
    }
    assert told | hidden == routes
    Draft202012Validator.check_schema(description()["components"]["schemas"]["ClipDocument"])


def test_every_address_of_the_api_is_in_the_documentation(client: FlaskClient) -> None:
    told = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    for path, methods in client.get("/api/v1/openapi.json").json["paths"].items():
        for method in set(methods) & {"get", "post", "put", "patch", "delete"}:
            if not path.startswith("/api/v1/uploads"):  # has a section of its own
                assert f"`{method.upper()} {path}`" in told


def test_supervisors_learn_that_it_is_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json["status"] == "ready"
