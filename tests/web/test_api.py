"""The API says the same as the pages, and its errors are problem documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask.testing import FlaskClient


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
    assert client.post("/api/v1/search").status_code == 405


def test_the_description_of_the_api_names_its_addresses(client: FlaskClient) -> None:
    found = client.get("/api/v1/openapi.json").json
    assert found["openapi"].startswith("3.1")
    assert set(found["paths"]) == {
        "/api/v1/search",
        "/api/v1/search/places",
        "/api/v1/search/dates",
        "/api/v1/saved",
        "/api/v1/saved/{search_id}",
        "/api/v1/saved/{search_id}/look",
        "/api/v1/complete",
        "/api/v1/clips/{clip_id}",
        "/api/v1/articles/{article_id}",
        "/api/v1/articles/{article_id}/mentions",
        "/api/v1/clips/{clip_id}/markers",
        "/api/v1/clips/{clip_id}/markers/undo",
        "/api/v1/clips/{clip_id}/markers/{marker_id}",
        "/api/v1/clips/{clip_id}/occasion",
        "/api/v1/clips/{clip_id}/occasion/date",
        "/api/v1/clips/{clip_id}/occasion/place",
        "/api/v1/occasion/{entry_id}",
        "/api/v1/mentions/{mention_id}",
        "/api/v1/review",
        "/api/v1/review/undo",
        "/api/v1/clips/{clip_id}/review",
        "/api/v1/review/clips",
        "/api/v1/review/copies",
        "/api/v1/changes",
        "/api/v1/changes/{batch_id}/undo",
        "/api/v1/changes/undo",
        "/api/v1/ingest",
        "/api/v1/uploads",
        "/api/v1/uploads/{upload_id}",
    }


def test_every_address_of_the_api_is_in_the_documentation(client: FlaskClient) -> None:
    told = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    for path, methods in client.get("/api/v1/openapi.json").json["paths"].items():
        for method in set(methods) & {"get", "post", "patch", "delete"}:
            if not path.startswith("/api/v1/uploads"):  # has a section of its own
                assert f"`{method.upper()} {path}`" in told


def test_supervisors_learn_that_it_is_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json["status"] == "ready"
