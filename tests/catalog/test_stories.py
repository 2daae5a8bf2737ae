"""Articles as rows: identity, origins, and which of them are copies."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, func, select

from mediacatalog.articles import shingles
from mediacatalog.catalog import stories
from mediacatalog.catalog.models import ArticleRow
from mediacatalog.values import Article

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue

WORDS = [f"word{number}" for number in range(3000)]


def words(count: int, seed: int) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=count))


def article(text: str, *, published: str | None = None, url: str | None = None) -> Article:
    return Article("Title", None, None, published, "en", url, "Valley", text, (), ())


def keep(catalogue: Catalogue, name: str, story: Article, captured: str = "") -> str:
    with catalogue.writing() as session:
        origin = stories.Origin("file", f"/a/{name}", captured)
        return stories.keep(session, story, f"{name} {story.text}".encode(), name, origin).id


def copies(catalogue: Catalogue, article_id: str) -> stories.Copies:
    with catalogue.reading() as session:
        return stories.copies_of(session, article_id)


def test_the_same_bytes_are_one_article_with_every_origin(catalogue: Catalogue) -> None:
    story = article(words(100, 1))
    with catalogue.writing() as session:
        first = stories.keep(session, story, b"page", "a.html", stories.Origin("file", "/a.html"))
        for place in ("/a.html", "/b.html", "x" * 5000 + "\0"):
            again = stories.keep(session, story, b"page", "b.html", stories.Origin("file", place))
            assert again == stories.Kept(first.id, new=False)
    with catalogue.reading() as session:
        assert session.scalar(select(func.count()).select_from(ArticleRow)) == 1
        places = [one.place for one in stories.origins(session, first.id)]
        assert places[:2] == ["/a.html", "/b.html"]
        assert len(places) == 3
        assert stories.original(session, first.id) == ("a.html", b"page")


def test_a_republication_and_an_excerpt_are_found_and_the_earliest_is_marked(
    catalogue: Catalogue,
) -> None:
    text = words(400, 1)
    late = keep(catalogue, "late", article(f"{words(60, 2)}. {text}", published="2017-11-11"))
    first = keep(catalogue, "first", article(text, published="2017-11-09T23:30:00-03:00"))
    part = keep(
        catalogue, "part", article(text[: len(text) // 4], published="2017-11-10T03:00:00+02:00")
    )
    other = keep(catalogue, "other", article(words(400, 3), published="2017-11-01"))
    found = copies(catalogue, late)
    assert [one.id for one in found.others] == [part, first]
    assert [one.earliest for one in found.others] == [True, False]
    assert not found.own_is_earliest
    assert copies(catalogue, part).own_is_earliest
    assert copies(catalogue, other) == stories.Copies(own_is_earliest=True, others=())
    assert found.others[1].contained > 0.95 > found.others[1].resemblance > 0.8


def test_a_correction_of_the_same_page_is_told_from_a_republication(catalogue: Catalogue) -> None:
    text = words(300, 1)
    old = keep(catalogue, "old", article(text, url="https://n.example/a"), "2017-11-09T10:00:00Z")
    new = keep(catalogue, "new", article(f"{text} Corrected.", url="http://n.example/a/#top"))
    (one,) = copies(catalogue, new).others
    assert (one.id, one.same_page, one.earliest) == (old, True, True)


def test_a_changed_text_is_compared_anew(catalogue: Catalogue) -> None:
    text = words(300, 1)
    one = keep(catalogue, "one", article(text))
    two = keep(catalogue, "two", article(text.upper()))
    assert [copy.id for copy in copies(catalogue, one).others] == [two]
    with catalogue.writing() as session:
        origin = stories.Origin("file", "/a/one")
        stories.keep(session, article(words(300, 9)), f"one {text}".encode(), "one", origin)
    assert copies(catalogue, one).others == ()


@pytest.mark.parametrize("text", ["", "Short.", "خبر قصير جدا", "短い話"])
def test_short_texts_are_no_copies(catalogue: Catalogue, text: str) -> None:
    first = keep(catalogue, "a", article(text))
    keep(catalogue, "b", article(text))
    assert copies(catalogue, first).others == ()


def test_scripts_without_spaces_and_other_spellings_are_compared() -> None:
    chinese = "这里的人们昨天晚上看到渡轮把四百多人送到河的西岸学校里去了因为水涨了两米" * 2
    one, two = shingles.of_text(chinese), shingles.of_text("前言" + chinese)
    assert shingles.shared(one, two).contained == 1
    arabic = " ".join(f"كلمة{number} إلى" for number in range(40))
    folded = shingles.of_text(arabic.replace("إ", "ا"))
    assert shingles.shared(shingles.of_text(arabic), folded).contained == 1


def test_the_cost_of_one_more_article_does_not_grow(catalogue: Catalogue) -> None:
    common = words(60, 0)  # a phrase that a site puts under every page
    asked: list[int] = []
    for number in range(90):
        statements = 0

        def count(*_: object) -> None:
            nonlocal statements
            statements += 1

        event.listen(catalogue.engine, "before_cursor_execute", count)
        keep(catalogue, str(number), article(f"{words(300, number + 10)} {common}"))
        event.remove(catalogue.engine, "before_cursor_execute", count)
        asked.append(statements)
    assert max(asked[-20:]) <= stories.CANDIDATES + 15
    assert max(asked[-20:]) <= max(asked[40:60]) + 5
