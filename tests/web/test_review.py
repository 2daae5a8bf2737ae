"""The review queue and what an article names, as requests; the keyboard has its own tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from mediacatalog import linking
from mediacatalog.catalog import links, mentions
from tests.linking.stories import a_clip, a_story
from tests.web.forms import token

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex
    from mediacatalog.settings import Settings

TEXT = (
    "On 10 November 2017 the town of Abu Kamal was taken.\n\n"
    "Colonel Omar Haddad said the road to Mayadin is open. <b>Later</b> Al-Bukamal fell again."
)


@pytest.fixture
def story(catalogue: Catalogue, settings: Settings) -> str:
    """The id of an article with two suggested clips."""
    with catalogue.writing() as session:
        for name in ("the-fall-of-abu-kamal_town.mp4", "Fall of Abu Kamal town 2.mp4"):
            linking.clip_came(session, a_clip(session, settings.media, name))
        return a_story(session, "The fall of Abu Kamal town", TEXT)


def link_ids(catalogue: Catalogue, state: str = "suggested") -> list[str]:
    with catalogue.reading() as session:
        return [one.link_id for one in links.queue(session, state=state)]


def test_the_queue_shows_the_reasons_and_the_passage(
    client: FlaskClient, catalogue: Catalogue, story: str
) -> None:
    page = client.get("/review").text
    assert page.count('class="ask"') == 2
    assert "share the words" in page
    assert "<mark>Abu Kamal</mark>" in page
    assert f'href="/articles/{story}"' in page
    assert client.get(f"/review?article={story}").text.count('class="ask"') == 2
    assert "Nothing waits" in client.get("/review?article=none").text
    assert "Nothing waits" in client.get("/review?state=unsure").text
    assert len(link_ids(catalogue)) == 2


def test_several_are_decided_at_once_and_undone_at_once(
    client: FlaskClient, catalogue: Catalogue, story: str
) -> None:
    ids = link_ids(catalogue)
    form = {"csrf_token": token(client), "link": ids, "decision": "rejected"}
    told = client.post("/review/decide", data=form, headers={"Accept": "application/json"}).json
    assert told is not None
    assert told["waiting"] == {"suggested": 0, "unsure": 0}
    assert link_ids(catalogue, "rejected") == ids
    undo = {"csrf_token": token(client), "batch": told["batch"]}
    again = client.post("/review/undo", data=undo, headers={"Accept": "application/json"}).json
    assert again is not None
    assert sorted(again["links"]) == sorted(ids)
    assert link_ids(catalogue) == ids


def test_a_form_without_a_script_leads_back_to_the_queue(
    client: FlaskClient, catalogue: Catalogue, story: str
) -> None:
    one = link_ids(catalogue)[0]
    form = {"csrf_token": token(client), "link": one, "decision": "unsure", "relation": "cites"}
    answer = client.post("/review/decide", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/review")
    with catalogue.reading() as session:
        assert [one.relation for one in links.queue(session, state="unsure")] == ["cites"]


@pytest.mark.parametrize(
    "fields", [{"decision": "certain"}, {"decision": "accepted", "relation": "owns"}]
)
def test_a_wrong_decision_is_refused(
    client: FlaskClient, catalogue: Catalogue, story: str, fields: dict[str, str]
) -> None:
    form = {"csrf_token": token(client), "link": link_ids(catalogue)[0], **fields}
    assert client.post("/review/decide", data=form).status_code == 422


def test_the_article_marks_what_it_names_and_lets_nothing_through(
    client: FlaskClient, story: str
) -> None:
    page = client.get(f"/articles/{story}").text
    assert re.search(r'mention--place mention--suggested"[^>]*>Abu Kamal', page)
    assert re.search(r'mention--date mention--suggested"[^>]*title="date: 2017-11-10"', page)
    assert "&lt;b&gt;Later&lt;/b&gt;" in page
    assert "<svg viewBox=" in page
    assert "Omar Haddad" in page


def test_accepting_what_is_named_finds_the_clips_by_it(
    client: FlaskClient, catalogue: Catalogue, index: SearchIndex, story: str
) -> None:
    with catalogue.writing() as session:
        links.decide(session, [links.queue(session)[0].link_id], "accepted", actor="mara")
        place = next(one for one in mentions.of_article(session, story) if one.kind == "place")
    index.catch_up(catalogue)
    assert "1 clip" in client.get('/?q=in:article "Col Omar Haddad" OR Mayadin').text
    assert "1 clip" not in client.get("/?q=place:البوكمال").text
    form = {"csrf_token": token(client), "decision": "accepted"}
    answer = client.post(f"/mentions/{place.id}", data=form)
    assert answer.status_code == 303
    page = client.get(f"/articles/{story}").text
    assert page.count("mention--place mention--accepted") == 2
    index.catch_up(catalogue)
    found = client.get("/?q=place:البوكمال").text
    assert "1 clip" in found
    assert client.post(f"/mentions/{place.id}", data={**form, "choice": "x"}).status_code == 422
    client.post(f"/mentions/{place.id}", data={**form, "decision": "rejected"})
    index.catch_up(catalogue)
    assert "1 clip" not in client.get("/?q=place:البوكمال").text
