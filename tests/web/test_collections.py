"""Collections: an order by hand, what a search fills, notes, stale saves, and the way back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from mediacatalog.catalog import changes, collections, saved, undoing
from mediacatalog.errors import InvalidValueError, NotFoundError
from tests.search.rows import a_clip
from tests.web.forms import send
from tests.web.people import csrf

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex


@pytest.fixture
def clips(catalogue: Catalogue, index: SearchIndex) -> list[str]:
    made = [a_clip(catalogue, f"ferry {name}", tags=["night"]) for name in "abcd"]
    index.catch_up(catalogue)
    return made


@pytest.fixture
def evening(catalogue: Catalogue, clips: list[str]) -> str:
    """A collection of four clips in their order."""
    with catalogue.writing() as session:
        made = collections.make(session, "An evening, أمسية", actor="mara")
        assert collections.add(session, made, [*clips, clips[0]], actor="mara") == 4
        assert collections.add(session, made, clips[:2], actor="mara") == 0
    return made


def order(catalogue: Catalogue, evening: str, clips: list[str]) -> str:
    with catalogue.reading() as session:
        found = collections.items(session, evening)
    assert [one.place for one in found] == list(range(1, len(found) + 1))
    return "".join("abcd"[clips.index(one.clip_id)] for one in found)


def undo(catalogue: Catalogue) -> undoing.Undone:
    with catalogue.writing() as session:
        (act,) = changes.acts(session, limit=1)
        return undoing.batch(session, act.batch_id, actor="mara")


def test_clips_are_moved_up_down_and_to_a_place(
    client: FlaskClient, catalogue: Catalogue, clips: list[str], evening: str
) -> None:
    where = f"/collections/{evening}/items"
    assert order(catalogue, evening, clips) == "abcd"
    moved = send(client, f"{where}/{clips[2]}", act="up", place="3")
    assert moved.location.endswith(f"moved={clips[2]}&way=up")
    assert order(catalogue, evening, clips) == "acbd"
    assert "autofocus" in client.get(moved.location).text
    send(client, f"{where}/{clips[0]}", act="down", place="1")
    assert order(catalogue, evening, clips) == "cabd"
    send(client, f"{where}/{clips[3]}", act="place", place="1")
    assert order(catalogue, evening, clips) == "dcab"
    send(client, f"{where}/{clips[3]}", act="place", place="99")
    assert order(catalogue, evening, clips) == "cabd"
    assert undo(catalogue).done == 1
    assert order(catalogue, evening, clips) == "dcab"
    assert send(client, f"{where}/{clips[0]}", act="place", place="x").status_code == 422
    assert send(client, f"{where}/none", act="place", place="1").status_code == 404


def test_what_was_taken_out_comes_back_to_its_place_with_its_note(
    client: FlaskClient, catalogue: Catalogue, clips: list[str], evening: str
) -> None:
    where = f"/collections/{evening}/items/{clips[1]}"
    send(client, where, act="note", note="Opens the <film>")
    assert "Opens the &lt;film&gt;" in client.get(f"/collections/{evening}").text
    assert "Opens the &lt;film&gt;" in client.get(f"/clips/{clips[1]}").text
    send(client, where, act="take")
    assert order(catalogue, evening, clips) == "acd"
    assert undo(catalogue).done == 1
    assert order(catalogue, evening, clips) == "abcd"
    with catalogue.reading() as session:
        assert collections.notes(session, evening, clips) == {clips[1]: "Opens the <film>"}
    assert undo(catalogue).done == 1, "and out again"
    assert order(catalogue, evening, clips) == "acd"
    assert send(client, where, act="take").status_code == 404
    assert send(client, where, act="burn").status_code == 422


def test_a_batch_of_clips_goes_out_as_it_came(
    catalogue: Catalogue, clips: list[str], evening: str
) -> None:
    with catalogue.writing() as session:
        collections.take(session, evening, clips[0], actor="mara")
        collections.take(session, evening, clips[2], actor="mara")
        collections.add(session, evening, [clips[2], clips[0]], actor="tom")
    assert order(catalogue, evening, clips) == "bdca"
    assert undo(catalogue).done == 2
    assert order(catalogue, evening, clips) == "bd"
    assert undo(catalogue).done == 2
    assert order(catalogue, evening, clips) == "bdca"


def test_a_collection_is_searched_by_name_and_counted(
    client: FlaskClient, catalogue: Catalogue, index: SearchIndex, clips: list[str], evening: str
) -> None:
    send(client, f"/collections/{evening}/items/{clips[1]}", act="take")
    index.catch_up(catalogue)
    for question in ('q=collection:"an evening أمسية"', f"collection={evening}"):
        page = client.get(f"/?{question}").text
        assert (clips[0] in page, clips[1] in page) == (True, False), question
    assert "An evening, أمسية" in client.get("/").text
    edition = re.search(
        r'name="edition" value="([^"]*)"', client.get(f"/collections/{evening}").text
    )
    assert edition
    send(client, f"/collections/{evening}", name="Dusk", edition=edition[1])
    index.catch_up(catalogue)
    assert clips[0] in client.get("/?q=collection:dusk").text
    send(client, f"/collections/{evening}/remove")
    index.catch_up(catalogue)
    assert clips[0] not in client.get("/?q=collection:dusk").text
    assert client.get(f"/collections/{evening}").status_code == 404
    assert undo(catalogue).done == 1
    assert "Dusk" in client.get("/collections").text


def test_a_stale_name_shows_both(client: FlaskClient, evening: str) -> None:
    edition = "An evening, أمسية|"
    send(client, f"/collections/{evening}", name="Theirs", edition=edition)
    late = send(client, f"/collections/{evening}", name="Mine", edition=edition)
    assert late.status_code == 409
    assert 'value="Mine"' in late.text
    assert "Theirs" in late.text
    assert send(client, f"/collections/{evening}", name=" ", edition="Theirs|").status_code == 422


def found(client: FlaskClient, question: str) -> int:
    answer = client.get("/.json", query_string={"q": question}).json
    assert answer is not None
    return int(answer["count"])


def test_a_search_fills_a_collection(
    client: FlaskClient, catalogue: Catalogue, index: SearchIndex, clips: list[str]
) -> None:
    form = {"q": "ferry", "tag": "night", "name": "Ferries", "kind": "query"}
    page = send(client, "/collections", **form).location
    shown = client.get(page).text
    assert all(one in shown for one in clips)
    send(client, f"{page}/items/{clips[3]}", act="note", note="the best of them", back=page)
    later = a_clip(catalogue, "ferry e", tags=["night"])
    a_clip(catalogue, "ferry f", tags=["day"])
    index.catch_up(catalogue)
    shown = client.get(page).text
    assert later in shown
    assert "the best of them" in shown
    assert "5 clips" in client.get("/collections").text
    for question, count in (("ferries", 5), ("ferr*", 5), ("ferries a", 1), ("none", 0)):
        assert found(client, f"collection:{question}") == count, question
    assert found(client, "ferry -collection:ferries") == 1
    circle = {"q": "collection:round OR a", "name": "Round", "kind": "query"}
    send(client, "/collections", **circle)
    assert found(client, "collection:round") == 1
    made = page.rsplit("/", 1)[-1]
    with catalogue.writing() as session, pytest.raises(InvalidValueError):
        collections.add(session, made, clips, actor="mara")


def test_a_clip_is_put_into_a_collection_from_its_page(
    client: FlaskClient, catalogue: Catalogue, clips: list[str]
) -> None:
    begun = send(client, "/collections/add", clip=clips[0], collection="Begun <here>")
    assert begun.location == f"/clips/{clips[0]}#collections"
    page = client.get(f"/clips/{clips[0]}").text
    assert "Begun &lt;here&gt;" in page
    assert "A new collection was begun with it." in page
    send(client, "/collections/add", clip=clips[1], collection=" begun <HERE> ")
    assert "A new collection" not in client.get(f"/clips/{clips[1]}").text
    token = csrf(client, "/collections")
    for wrong in ("", "x" * 201):
        asked = {"csrf_token": token, "clip": clips[1], "collection": wrong}
        assert client.post("/collections/add", data=asked).status_code == 422
    with catalogue.writing() as session:
        chosen = collections.named(session, "Begun <here>")
        found = [one.clip_id for one in collections.items(session, chosen)]
        with pytest.raises(NotFoundError):
            collections.add(session, "none", clips, actor="mara")
    assert found == clips[:2]
    told = client.get(f"/api/v1/clips/{clips[1]}").json["collections"]
    assert told == [{"id": chosen, "name": "Begun <here>", "note": ""}]
    with catalogue.writing() as session:
        collections.make(session, "begun <here>", actor="mara")
        with pytest.raises(InvalidValueError, match="more than one"):
            collections.named(session, "BEGUN <here>")
        assert collections.named(session, "Begun <here>") == chosen


def test_collections_are_offered_as_their_names_are_typed(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    def offered(typed: str) -> list[str]:
        answer = client.get("/collections/suggest", query_string={"q": typed})
        return [one["label"] for one in answer.json]

    with catalogue.writing() as session:
        for name in ("The Été", "العبّارة", "Harbour 100%", "Été à la mer", "Харків"):
            collections.make(session, name, actor="mara")
        collections.make(session, "Été asks", question=("ferry", {}), actor="mara")
    assert offered("") == offered(" ") == [
        "Харків", "Été à la mer", "Harbour 100%", "العبّارة", "The Été",
    ]  # fmt: skip
    assert offered("ÉTÉ") == offered("ete") == ["Été à la mer", "The Été"]
    assert offered("العباره") == ["العبّارة"]
    assert offered("ХАРКІВ") == ["Харків"]
    assert offered("%") == ["Harbour 100%"]
    for hostile in ("100_1", "\0", "a" * 5000, "\\", "'; --", "[it]*"):
        assert offered(hostile) == []


def test_the_history_says_which_clip_went_into_which_collection(
    client: FlaskClient, catalogue: Catalogue, evening: str, clips: list[str]
) -> None:
    with catalogue.writing() as session:
        saved.save(session, "Nights", "night", {}, actor="mara")
    page = re.sub("</?bdi[^>]*>", "", client.get("/history").text)
    assert f'<a href="/collections/{evening}">An evening, أمسية</a>' in page
    assert re.search(rf'put a clip into a collection <a href="/clips/{clips[3]}">ferry d</a>', page)
    assert "kept a search as <strong>Nights</strong>" in page
