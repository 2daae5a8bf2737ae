"""Links, mentions, dates and places over the API: what the pages do, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mediacatalog import linking
from tests.linking.stories import a_clip, a_story
from tests.web.forms import token

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings

TEXT = "On 10 November 2017 Abu Kamal was taken.\n\nThe city of Tripoli fell, said Omar Haddad."


@pytest.fixture
def story(catalogue: Catalogue, settings: Settings) -> str:
    """The id of an article with two suggested clips."""
    with catalogue.writing() as session:
        for name in ("the-fall-of-abu-kamal_town.mp4", "Fall of Abu Kamal town 2.mp4"):
            linking.clip_came(session, a_clip(session, settings.media, name))
        return a_story(session, "The fall of Abu Kamal town", TEXT)


@pytest.fixture
def program(client: FlaskClient) -> FlaskClient:
    """A client that keeps no cookies, as curl."""
    return client.application.test_client(use_cookies=False)


def ask(program: FlaskClient, path: str, **said: object) -> dict[str, Any]:
    answer = program.post(f"/api/v1/{path}", json=said) if said else program.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json
    return document


def test_the_queue_is_worked_by_a_program(program: FlaskClient, story: str) -> None:
    told = ask(program, f"review?article={story}")
    assert told["waiting"] == {"suggested": 2, "unsure": 0}
    first = told["links"][0]
    assert first["article"] == story
    assert {"kind", "detail", "weight"} <= set(first["evidence"][0])
    assert any("Abu Kamal" in one for one in first["passages"])
    both = [one["link"] for one in told["links"]]
    done = ask(program, "review", links=both, decision="accepted", relation="describes")
    assert done["waiting"] == {"suggested": 0, "unsure": 0}
    linked = ask(program, f"articles/{story}")["clips"]
    assert {(one["state"], one["relation"]) for one in linked} == {("accepted", "describes")}
    assert sorted(ask(program, "review/undo", batch=done["batch"])["links"]) == sorted(both)
    assert len(ask(program, "review")["links"]) == 2


def test_what_an_article_names_is_told_and_decided(program: FlaskClient, story: str) -> None:
    told = ask(program, f"articles/{story}/mentions")
    (town,) = [one for one in told["mentions"] if one["surface"] == "Tripoli"]
    assert TEXT[town["start"] : town["end"]] == "Tripoli"
    other = town["value"]["alternatives"][0]
    assert ask(program, f"mentions/{town['id']}", decision="accepted", choice=0) == {
        "article": story
    }
    again = ask(program, f"articles/{story}/mentions")["mentions"]
    (town,) = [one for one in again if one["surface"] == "Tripoli"]
    assert (town["state"], town["value"]["lat"]) == ("accepted", other["lat"])


def test_when_and_where_are_told_entered_and_taken_back(program: FlaskClient, story: str) -> None:
    clip = ask(program, "review")["links"][0]["clip"]
    ask(program, f"clips/{clip}/occasion/date", date="2017-11", reason="the banner")
    told = ask(program, f"clips/{clip}/occasion/place", name="البوكمال", precision_m=500)
    assert told["date"] == {"edtf": "2017-11", "earliest": "2017-11-01", "latest": "2017-11-30"}
    assert round(told["place"]["lat"], 1) == 34.5
    (entry,) = [one["id"] for one in told["dates"] if one["source"] == "person"]
    where = f"/api/v1/clips/{clip}/occasion"
    seen = {"If-Match": program.get(where).headers["ETag"]}
    gone = program.delete(f"{where}/{entry}", headers=seen).json
    assert not [one for one in gone["dates"] if one["source"] == "person"]
    assert gone == ask(program, f"clips/{clip}/occasion")


@pytest.mark.parametrize(
    ("path", "said", "status"),
    [
        ("review", {"links": ["none"], "decision": "accepted"}, 404),
        ("review", {"links": [], "decision": "accepted"}, 422),
        ("review", {"links": ["none"], "decision": "maybe"}, 422),
        ("review/undo", {"batch": "none"}, 404),
        ("mentions/none", {"decision": "accepted"}, 404),
        ("clips/none/occasion/date", {"date": "2017"}, 404),
        ("clips/none/occasion/place", {"name": "A", "lat": 91, "lon": 0}, 422),
        ("review", {"links": ["none"], "decision": "accepted", "by": "x"}, 422),
    ],
)
def test_what_cannot_be_done_is_a_problem_document(
    program: FlaskClient, path: str, said: dict[str, object], status: int
) -> None:
    answer = program.post(f"/api/v1/{path}", json=said)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")


def test_a_page_needs_its_token_and_another_site_gets_nothing(
    client: FlaskClient, story: str
) -> None:
    said = {"batch": "none"}
    good = {"X-CSRFToken": token(client), "Sec-Fetch-Site": "same-origin"}
    for headers, status in (
        ({"Sec-Fetch-Site": "same-origin"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        (good, 404),
    ):
        answer = client.post("/api/v1/review/undo", json=said, headers=headers)
        assert answer.status_code == status
