"""No query is an error, none takes long, and both databases give the same.

`TEST_SEARCH_QUESTIONS=10000` asks as many questions of the query language's own grammar.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from mediacatalog.catalog.database import Catalogue, open_catalogue
from mediacatalog.search import SearchIndex, SearchQuery, complete, dates, find, places
from tests.search.hostile import fuzzed, hostile, questions
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANY = int(os.environ.get("TEST_SEARCH_QUESTIONS", "40"))
SLOWEST_SECONDS = 1.0
"""Of the processor, for any query over these few clips; the slowest takes a tenth of it."""

CUES = (
    "The convoy reached the ferry crossing",
    "القوات دخلت الْبُوكَمَال أمس",
    "Паром ушёл в посёлок",
    "東京都知事選挙の結果",
    "กรุงเทพมหานคร วันนี้",
    "Al-Qa’im, Deir ez-Zor and l’armée",
    "a b c d e f g h i j",
)


def fill(catalogue: Catalogue, index: SearchIndex) -> None:
    for number, text in enumerate(CUES):
        a_clip(
            catalogue,
            f"clip {number} {text}",
            cues=[(n * 1000, n * 1000 + 900, word) for n, word in enumerate(text.split())],
            tags=["ferry", f"tag{number}"],
            places=[("Abu Kamal", "البوكمال", "Al-Bukamal")] if number % 2 else [],
            position=(34.45, 40.92) if number % 3 else None,
            recorded_at=("", "2017", "2017-11", "2017-11-09")[number % 4],
            article="The ferry, again. " * 20,
            name=f"dir/clip_{number}.mp4",
            language=("en", "ar", "ru")[number % 3],
        )
    index.catch_up(catalogue)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[tuple[Catalogue, SearchIndex]]:
    """A catalogue of the same clips in SQLite, to compare with."""
    catalogue = open_catalogue(f"sqlite:///{tmp_path / 'other.sqlite'}")
    catalogue.upgrade()
    index = SearchIndex(tmp_path / "other-index")
    fill(catalogue, index)
    yield catalogue, index
    catalogue.close()


def told(catalogue: Catalogue, index: SearchIndex, text: str) -> object:
    """Everything that the search says, but for ids."""
    found = find(catalogue, index, SearchQuery(text, limit=30))
    hits = sorted(
        (
            hit.title,
            round(hit.score, 3),
            tuple((m.start_ms, m.end_ms, m.source, m.snippet, m.via) for m in hit.moments),
        )
        for hit in found.hits
    )
    return found.count, found.notes, found.facets, hits


def test_500_hostile_queries_are_answered_the_same_on_both_databases(
    catalogue: Catalogue, index: SearchIndex, other: tuple[Catalogue, SearchIndex]
) -> None:
    fill(catalogue, index)
    queries = hostile()
    assert len(set(queries)) == 500
    differing, slow = [], []
    for number, text in enumerate([*queries, *questions(MANY, seed=7)]):
        began = time.process_time()
        said = told(catalogue, index, text)
        if time.process_time() - began > SLOWEST_SECONDS:
            slow.append(text)
        if (number % 3 == 0 or number >= len(queries)) and said != told(*other, text):
            differing.append(text)
    assert (differing, slow) == ([], [])


def test_fuzzed_queries_are_answered(catalogue: Catalogue, index: SearchIndex) -> None:
    fill(catalogue, index)
    for text in fuzzed(150, seed=5):
        results = find(catalogue, index, SearchQuery(text, {"tag": (text,)}, after=text))
        assert "index" not in " ".join(results.notes)
    for text in fuzzed(40, seed=6):
        places(catalogue, index, SearchQuery(text))
        dates(catalogue, index, SearchQuery(text))
        complete(catalogue, index, text)
    assert find(catalogue, index, SearchQuery("ferry")).count == len(CUES)


def test_a_query_that_was_cut_says_so(catalogue: Catalogue, index: SearchIndex) -> None:
    fill(catalogue, index)
    for text, said in {
        "ferry " * 33: "32 words",
        "ferry" + " " * 2000 + "x": "2000 characters",
        "f" * 65: "64 letters",
        '"' + "ferry " * 33 + '"': "32 words of a phrase",
    }.items():
        assert said in " ".join(find(catalogue, index, SearchQuery(text)).notes), text[:40]
