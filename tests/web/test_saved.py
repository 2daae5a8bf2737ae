"""Searches that are kept: opened, renamed, deleted, and what is new in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.search.rows import a_clip
from tests.web.forms import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex


@pytest.fixture
def add(catalogue: Catalogue, index: SearchIndex) -> Callable[[str], None]:
    def added(title: str) -> None:
        a_clip(catalogue, title, tags=["night"])
        index.catch_up(catalogue)

    return added


def kept(client: FlaskClient) -> list[dict[str, object]]:
    answer = client.get("/api/v1/saved").json
    assert answer is not None
    return list(answer["saved"])


def test_a_saved_search_says_what_is_new_until_it_is_opened(
    client: FlaskClient, add: Callable[[str], None]
) -> None:
    add("ferry")
    form = {"q": "ferry", "tag": "night", "view": "grid", "sort": "title", "name": " The  ferry "}
    assert send(client, "/saved", **form).status_code == 303
    (one,) = kept(client)
    assert (one["name"], one["count"], one["new"]) == ("The ferry", 1, 0)
    add("ferry again")
    add("bridge")
    assert [(one["count"], one["new"]) for one in kept(client)] == [(2, 1)]
    assert "1 new" in client.get("/saved").text
    opened = send(client, f"/saved/{one['id']}/open")
    assert opened.headers["Location"] == "/?q=ferry&tag=night&view=grid&sort=title"
    assert [one["new"] for one in kept(client)] == [0]
    assert "2 clips" in client.get(opened.headers["Location"]).text


def test_the_facets_of_what_is_kept_are_told_in_the_words_of_the_page(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    a_clip(catalogue, "ferry", places=[("Deir ez-Zor", "دير الزور")])
    form = {"place": "deir-ez-zor", "length!": "long", "language": "ar", "tag": "~none"}
    assert send(client, "/saved", **form, name="one").status_code == 303
    assert send(client, "/collections", **form, name="two", kind="query").status_code == 303
    for path in ("/saved", "/collections"):
        page = re.sub(r"<[^>]+>", "", client.get(path).text)
        for said in ("Places: Deir ez-Zor", "Length not: over an hour", "Tags: none"):
            assert said in page
        arabic = client.get(path, headers={"Accept-Language": "ar"}).text
        assert "الوسوم" in arabic
        assert "length not" not in arabic


def test_a_saved_search_is_renamed_and_deleted(client: FlaskClient) -> None:
    made = client.post("/api/v1/saved", json={"name": "a", "q": "<b>", "filters": {"tag!": ["x"]}})
    assert made.status_code == 201
    path = f"/api/v1/saved/{made.json['id']}"
    seen = {"If-Match": client.get(path).headers["ETag"]}
    assert client.patch(path, json={"name": "b"}, headers=seen).json["name"] == "b"
    page = client.get("/saved").text
    assert "&lt;b&gt;" in page
    assert "Tags not:" in page
    assert send(client, f"/saved/{made.json['id']}/rename", name="c").status_code == 303
    assert [(one["name"], one["filters"]) for one in kept(client)] == [("c", {"tag!": ["x"]})]
    other = client.application.test_client()  # without a cookie, as programs are
    seen = {"If-Match": other.get(path).headers["ETag"]}
    assert other.delete(path, headers=seen).status_code == 204
    assert kept(client) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/v1/saved", {"name": " "}, 422),
        ("POST", "/api/v1/saved", {"name": "x" * 101}, 422),
        ("POST", "/api/v1/saved", {"name": "x", "filters": {"tag": ["y" * 20_001]}}, 422),
        ("PATCH", "/api/v1/saved/none", {"name": "x"}, 404),
        ("DELETE", "/api/v1/saved/%00", None, 404),
        ("POST", "/api/v1/saved/none/look", None, 404),
    ],
)
def test_what_cannot_be_is_refused(
    client: FlaskClient, method: str, path: str, body: object, status: int
) -> None:
    assert client.open(path, method=method, json=body).status_code == status
    assert kept(client) == []
