"""Slips in names are forgiven, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediacatalog.search.similar import one_slip
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import Results


@pytest.mark.parametrize(
    ("typed", "name", "is_one"),
    [
        ("zelenksy", "zelensky", True),
        ("zelensk", "zelensky", True),
        ("zelenskyy", "zelensky", True),
        ("kamel", "kamal", True),
        ("amkal", "kamal", False),
        ("akmal", "kamal", True),
        ("zelensky", "zelensky", False),
        ("zelenska", "zalensky", False),
        ("зеленский", "зеленськй", False),
        ("зеленскй", "зеленский", True),
    ],
)
def test_one_slip_is_one_letter_or_two_swapped(typed: str, name: str, *, is_one: bool) -> None:
    assert one_slip(typed, name) == one_slip(name, typed) == is_one


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Abu Kamel", "Abu Kamal"),
        ("Deir Ezor", "Deir ez-Zor"),
        ("Zelenksy", "Volodymyr Zelensky"),
        ("Зиленский", "Владимир Зеленский"),
        ("الموصلل", "الموصل"),
    ],
)
def test_a_slip_in_a_name_is_forgiven(
    catalogue: Catalogue, ask: Callable[..., Results], typed: str, name: str
) -> None:
    tagged = a_clip(catalogue, "one", places=[(name, "other")])
    spoken = a_clip(catalogue, "two", cues=[(0, 900, f"This is {name} now")])
    a_clip(catalogue, "three", cues=[(0, 900, "nothing")])
    results = ask(typed)
    assert {hit.clip_id for hit in results.hits} == {tagged, spoken}
    assert results.hits[0].moments[0].via == "a similar name"
    assert results.notes


def test_the_word_itself_comes_before_a_name_like_it(
    catalogue: Catalogue, ask: Callable[..., Results]
) -> None:
    like = a_clip(catalogue, "one", places=[("Kamal", "x")])
    itself = a_clip(catalogue, "two", cues=[(0, 9, "kamel")])
    assert [hit.clip_id for hit in ask("kamel").hits] == [itself, like]


def test_ordinary_words_names_and_phrases_are_taken_as_they_are(
    catalogue: Catalogue, ask: Callable[..., Results]
) -> None:
    a_clip(catalogue, "The bridge burned", cues=[(0, 9, "crossing")])
    a_clip(catalogue, places=[("Kamal", "x")])
    kamil = a_clip(catalogue, places=[("Kamil", "y")])
    assert ask("brigde").count == ask("crosing").count == 0
    assert ask('"kamel"').count == ask("-kamil kamel in:title").count == 0
    assert [hit.clip_id for hit in ask("kamil").hits] == [kamil]
