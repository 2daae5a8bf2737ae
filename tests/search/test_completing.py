"""What a half-typed query may become."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mediacatalog.catalog import vocabulary
from mediacatalog.search import SearchQuery, complete, find
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex


@pytest.fixture
def clip(catalogue: Catalogue, index: SearchIndex) -> str:
    made = a_clip(
        catalogue,
        "Ferry at night",
        tags=["ferry"],
        places=[("Deir ez-Zor", "دير الزور"), ("Abu Kamal", "Al-Bukamal")],
    )
    index.catch_up(catalogue)
    return made


def offered(catalogue: Catalogue, index: SearchIndex, typed: str) -> list[tuple[str, str, str]]:
    return [(one.kind, one.label, one.text) for one in complete(catalogue, index, typed)]


@pytest.mark.usefixtures("clip")
@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("deir", ("place", "Deir ez-Zor", 'place:"Deir ez-Zor" ')),
        ("night deir ez", ("place", "Deir ez-Zor", 'night place:"Deir ez-Zor" ')),
        ("buka", ("place", "Abu Kamal", 'place:"Abu Kamal" ')),
        ("دير", ("place", "Deir ez-Zor", 'place:"Deir ez-Zor" ')),
        ("fer", ("tag", "ferry", "tag:ferry ")),
        ("-tag:fe", ("tag", "ferry", "-tag:ferry ")),
        ("night -fer", ("tag", "ferry", "night -tag:ferry ")),
        ("\u200ffer", ("tag", "ferry", "tag:ferry ")),
        ('place:"abu k', ("place", "Abu Kamal", 'place:"Abu Kamal" ')),
        ("ferry du", ("property", "duration:", "ferry duration:")),
        ("ferry has:cap", ("property", "has:captions", "ferry has:captions ")),
        ("in:", ("property", "in:captions", "in:captions ")),
    ],
)
def test_the_end_of_a_query_is_completed(
    catalogue: Catalogue, index: SearchIndex, typed: str, first: tuple[str, str, str]
) -> None:
    assert offered(catalogue, index, typed)[0] == first


def test_the_most_used_terms_come_first_of_whatever_kind(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    for number in range(2):
        tags = [f"harbour {name}" for name in "abcdefgh"] if number else []
        a_clip(catalogue, tags=tags, places=[("Harbour town", "Port")])
    index.catch_up(catalogue)
    told = [(one.kind, one.label) for one in complete(catalogue, index, "the harb")]
    assert told[:2] == [("place", "Harbour town"), ("tag", "harbour a")]
    assert len([one for one in told if one[0] == "tag"]) == 5
    assert len(complete(catalogue, index, "harb", limit=1)) == 1


def test_words_that_begin_as_the_name_of_a_property_are_offered_too(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    a_clip(catalogue, "Tanks at dawn", tags=["tank"])
    index.catch_up(catalogue)
    told = [(one.kind, one.label) for one in complete(catalogue, index, "ta")]
    assert told == [("property", "tag:"), ("tag", "tank"), ("title", "Tanks at dawn")]
    assert [one.kind for one in complete(catalogue, index, "tag:ta")] == ["tag"]


def test_of_very_many_terms_the_most_used_come_first(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    a_clip(catalogue, tags=[f"quay {number:02}" for number in range(45)])
    a_clip(catalogue, tags=["quay 44"])
    index.catch_up(catalogue)
    told = [(one.label, one.count) for one in complete(catalogue, index, "q")]
    assert told[:2] == [("quay 44", 2), ("quay 00", 1)]
    assert len(told) == 6


def test_among_more_names_than_are_looked_at_the_used_one_is_found(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    with catalogue.writing() as session:
        for number in range(vocabulary.MOST_RANKED + 10):
            vocabulary.make(session, f"quay {number:04}", "tag")
    a_clip(catalogue, tags=["quayside"])
    index.catch_up(catalogue)
    told = [(one.label, one.count) for one in complete(catalogue, index, "q")]
    assert told[:2] == [("quayside", 1), ("quay 0000", 0)]


def test_a_title_leads_to_its_clip(catalogue: Catalogue, index: SearchIndex, clip: str) -> None:
    (title,) = [one for one in complete(catalogue, index, "at nig") if one.kind == "title"]
    assert (title.label, title.clip_id) == ("Ferry at night", clip)


@pytest.mark.usefixtures("clip")
def test_what_is_completed_is_found(catalogue: Catalogue, index: SearchIndex) -> None:
    for typed in ("deir", "buka", "fer", "has:t", "night abu"):
        for one in complete(catalogue, index, typed):
            if one.text and not one.text.endswith(":"):
                assert find(catalogue, index, SearchQuery(one.text)).count == 1, one.text


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(st.text(max_size=12) | st.text(alphabet='ferabu:"“-* tagin\0', max_size=24))
def test_nothing_typed_is_an_error(catalogue: Catalogue, index: SearchIndex, typed: str) -> None:
    assert len(complete(catalogue, index, typed)) <= 10
