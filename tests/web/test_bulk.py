"""One edit of many clips: every change is shown before, it is one act, taken back as one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from mediacatalog import search
from mediacatalog.catalog import changes, collections, reads, reviews
from tests.search.rows import a_clip
from tests.web.forms import send
from tests.web.people import csrf

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex


@pytest.fixture
def clips(catalogue: Catalogue, index: SearchIndex) -> list[str]:
    """Three clips of a ferry, the first with a tag and a title of a person; one of a bridge."""
    made = [
        a_clip(catalogue, f"ferry {name}", tags=tags, name=f"x/{name}.mp4")
        for name, tags in (("a", ["night"]), ("b", []), ("c", []))
    ]
    a_clip(catalogue, "bridge")
    index.catch_up(catalogue)
    return made


def begin(client: FlaskClient, **fields: str) -> str:
    answer = send(client, "/bulk", q="ferry", which="all", **fields)
    assert answer.status_code == 303, answer.text
    return answer.location


def shown_plan(page: str) -> str:
    """What a preview says of the plan that it shows."""
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    return found[1] if found else ""


def apply(client: FlaskClient, page: str) -> TestResponse:
    return send(client, f"{page}/apply", digest=shown_plan(client.get(page).text))


def tags(catalogue: Catalogue, clips: list[str]) -> list[str]:
    with catalogue.reading() as session:
        cards = reads.cards(session, clips)
    return [",".join(sorted(one.label for one in cards[clip].terms)) for clip in clips]


def test_everything_at_once_is_one_act_and_one_way_back(
    client: FlaskClient, catalogue: Catalogue, index: SearchIndex, clips: list[str]
) -> None:
    with catalogue.writing() as session:
        evening = collections.make(session, "Evening", actor="mara")
    page = begin(
        client,
        add_tags="night, العبّارة",
        take_tags="day",
        add_places="Abu Kamal",
        new_review="in-review",
        set_assignee="yes",
        new_assignee="tom",
        set_rights="yes",
        new_rights="Own footage",
        put_into="EVENING",
        only_empty="yes",
    )
    shown = client.get(page).text
    # night: 2, the other tag: 3, place: 3, review: 3, assignee: 3, rights: 3, collection: 3
    assert "20 changes" in shown
    assert "Make all 20 changes" in shown
    assert tags(catalogue, clips) == ["night", "", ""], "nothing is done yet"
    assert apply(client, page).status_code == 303
    assert tags(catalogue, clips) == ["Abu Kamal,night,العبّارة"] * 3
    with catalogue.reading() as session:
        (act,) = changes.acts(session, limit=1)
        found = reviews.of_clips(session, clips)
        assert [one.clip_id for one in collections.items(session, evening)] != []
    assert (act.entries, act.reason) == (20, "bulk edit of all clips for “ferry”")
    assert {(one.state, one.assignee) for one in found.values()} == {("in-review", "tom")}
    index.catch_up(catalogue)
    hits = search.find(catalogue, index, search.SearchQuery("review:in-review rights:own*"))
    assert hits.count == 3
    assert apply(client, page).status_code == 422, "once is enough"
    send(client, f"/history/{act.batch_id}/undo")
    assert tags(catalogue, clips) == ["night", "", ""]
    with catalogue.reading() as session:
        assert set(reviews.of_clips(session, clips).values()) == {reviews.UNTOUCHED}
        assert collections.items(session, evening) == []
    index.catch_up(catalogue)
    assert not search.find(catalogue, index, search.SearchQuery("has:rights")).count


def test_only_the_ticked_ones_change(
    client: FlaskClient, catalogue: Catalogue, clips: list[str]
) -> None:
    data = {"clip": clips[1], "which": "chosen", "add_tags": "dusk", "q": "ferry"}
    page = send(client, "/bulk", **data).location
    assert "1 chosen clips" in client.get(page).text
    apply(client, page)
    assert tags(catalogue, clips) == ["night", "dusk", ""]


def test_a_collection_that_is_not_there_loses_nothing_of_what_was_typed(
    client: FlaskClient, clips: list[str]
) -> None:
    form = {"clip": clips[1], "which": "chosen", "add_tags": "dusk", "put_into": "nowhere <x>"}
    token = csrf(client, "/bulk?q=ferry")
    page = client.post("/bulk", data={"csrf_token": token, "q": "ferry", **form})
    assert page.status_code == 422
    assert "nowhere &lt;x&gt;&#39; in the catalogue" in page.text
    assert 'name="put_into" value="nowhere &lt;x&gt;"' in page.text
    assert 'name="add_tags" value="dusk"' in page.text
    assert f'value="{clips[1]}" checked' in page.text


def test_templates_are_filled_where_nobody_wrote(
    client: FlaskClient, catalogue: Catalogue, clips: list[str]
) -> None:
    page = begin(
        client,
        set_description="yes",
        new_description="{number}: {name} {title} {place}",
        only_empty="yes",
    )
    apply(client, page)
    with catalogue.reading() as session:
        texts = {reads.clip_page(session, one).entered.description for one in clips}
    assert texts == {"3: a ferry a", "2: b ferry b", "1: c ferry c"}
    again = client.get(
        begin(client, set_description="yes", new_description="other", only_empty="yes")
    ).text
    assert "Nothing would change" in again
    replacing = client.get(
        begin(client, set_description="yes", new_description="", only_empty="no")
    ).text
    assert "3 changes" in replacing
    refused = send(
        client, "/bulk", q="ferry", which="all", set_description="yes", new_description="{colour}"
    )
    assert refused.status_code == 422
    assert "{colour} is none of" in refused.text
    assert ">{colour}</textarea>" in refused.text, "what was typed is kept"


def test_what_changed_since_the_preview_is_shown_again(
    client: FlaskClient, catalogue: Catalogue, clips: list[str]
) -> None:
    page = begin(client, add_tags="dusk")
    seen = client.get(page).text
    assert "3 changes" in seen
    send(client, f"/clips/{clips[2]}/terms", label="dusk", kind="tag")
    client.get(page)  # that somebody else looks at the preview changes nothing
    late = send(client, f"{page}/apply", digest=shown_plan(seen))
    assert late.status_code == 409
    assert "Nothing was done" in late.text
    assert "2 changes" in late.text
    assert tags(catalogue, clips) == ["night", "", "dusk"]
    assert apply(client, page).status_code == 303
    assert tags(catalogue, clips) == ["dusk,night", "dusk", "dusk"]


def test_publication_of_many_keeps_four_eyes(
    client: FlaskClient, catalogue: Catalogue, clips: list[str]
) -> None:
    send(client, "/person", name="mara")
    apply(client, begin(client, new_review="reviewed"))
    refused = client.get(begin(client, new_review="published")).text
    assert "The reviews of 3 clips stay as they are" in refused
    assert "was reviewed by mara" in refused
    assert "Make all" not in refused
    send(client, "/person", name="tom")
    apply(client, begin(client, new_review="published"))
    with catalogue.reading() as session:
        found = set(reviews.of_clips(session, clips).values())
    assert found == {reviews.Review("published", "mara")}


def test_an_empty_selection_and_an_empty_wish(client: FlaskClient, clips: list[str]) -> None:
    none = send(client, "/bulk", q="ferry", which="chosen", add_tags="x")
    assert none.status_code == 422
    assert "selection: is empty" in none.text
    assert "Nothing would change" in client.get(begin(client)).text
    assert send(client, "/bulk", q="ferry", which="all", add_tags="\u200b").status_code == 422
    assert client.get("/bulk/none").status_code == 404
    assert len(re.findall('name="clip"', client.get("/bulk?q=ferry").text)) == len(clips)
