"""Pages of hits that follow each other while the catalogue changes; the same on both databases."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from mediacatalog.catalog import holdings
from mediacatalog.catalog.models import Clip
from mediacatalog.search import SORTS, SearchIndex, SearchQuery, find, paging
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue


class Reader:
    """Somebody who looks at one page of three after the other."""

    def __init__(self, catalogue: Catalogue, text: str, sort: str) -> None:
        self.catalogue, self.text, self.sort = catalogue, text, sort
        self.seen: list[str] = []
        self.after: str | None = None
        self.done = False

    def turn(self, index: SearchIndex) -> None:
        if self.done:
            return
        query = SearchQuery(self.text, limit=3, after=self.after, sort=self.sort)
        results = find(self.catalogue, index, query)
        assert not results.notes
        self.seen += [hit.clip_id for hit in results.hits]
        self.after, self.done = results.next, results.next is None


def hide(catalogue: Catalogue, clip_id: str) -> None:
    with catalogue.writing() as session:
        session.get_one(Clip, clip_id).state = "quarantined"
        holdings.touch(session, [clip_id])


def a_ferry(catalogue: Catalogue, number: int) -> str:
    """Of eight clips some have the same title, day and length, and all match as well."""
    return a_clip(
        catalogue,
        f"ferry {'abba'[number % 4]}",
        recorded_at=("", "2017-11-19", "2018")[number % 3],
        duration_ms=(0, 5_000)[number % 2],
    )


def test_nothing_is_lost_or_repeated_while_clips_come_change_and_go(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    index = SearchIndex(tmp_path / "index")
    old = [a_ferry(catalogue, number) for number in range(14)]
    index.catch_up(catalogue)
    readers = [Reader(catalogue, text, sort) for text in ("", "ferry") for sort in SORTS]
    hidden: set[str] = set()
    for turn in range(5):
        for one in readers:
            one.turn(index)
        last = readers[turn].seen[-1]  # where one of them would go on
        hide(catalogue, last)
        hidden.add(last)
        new = [a_ferry(catalogue, number) for number in range(turn, turn + 3)]
        with catalogue.writing() as session:
            holdings.touch(session, [*new, *old[turn::5]])  # written anew
        index.catch_up(catalogue)
    while not all(one.done for one in readers):
        for one in readers:
            one.turn(index)
    for one in readers:
        assert len(one.seen) == len(set(one.seen)), (one.text, one.sort)
        assert set(old) - hidden <= set(one.seen), (one.text, one.sort)


def test_another_process_goes_on_behind_the_last_hit(catalogue: Catalogue, tmp_path: Path) -> None:
    here, there = SearchIndex(tmp_path / "index"), SearchIndex(tmp_path / "index")
    old = [a_clip(catalogue, "ferry " + "by night " * number) for number in range(9)]
    here.catch_up(catalogue)
    reader = Reader(catalogue, "ferry", "")
    while not reader.done:
        reader.turn(here)
        a_clip(catalogue, "ferry ferry ferry")
        here.catch_up(catalogue)
        here, there = there, here
    assert reader.seen == old


def test_views_are_kept_for_a_while_and_not_too_many(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mediacatalog.search.index.MOST_KEPT", 2)
    index = SearchIndex(tmp_path / "index")
    names = []
    for _ in range(3):
        a_clip(catalogue, "ferry")
        index.catch_up(catalogue)
        view = index.searcher()
        assert view is not None
        names.append(index.keep(view))
        assert index.keep(view) == names[-1]
    assert [index.kept(one) is not None for one in names] == [False, True, True]
    monkeypatch.setattr("mediacatalog.search.index.KEPT_SECONDS", 0)
    assert index.kept(names[-1]) is None
    assert index.kept("") is None


@pytest.mark.parametrize("sort", ["", "newest", "title"])
@pytest.mark.parametrize(
    ("place", "value"),
    [(1, -1), (1, 10**30), (1, 3.5), (1, True), (2, 10**30), (2, -3), (2, None), (2, "é"),
     (3, 7), (4, [])],
)  # fmt: skip
def test_a_place_that_somebody_made_up_is_no_error(
    catalogue: Catalogue, tmp_path: Path, sort: str, place: int, value: object
) -> None:
    index = SearchIndex(tmp_path / "index")
    query = SearchQuery("ferry", sort=sort, after="x")
    said = json.loads(base64.urlsafe_b64decode(paging.written(query, paging.Place(3)) + "=="))
    said[place] = value
    forged = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    a_clip(catalogue, "ferry")
    index.catch_up(catalogue)
    assert find(catalogue, index, SearchQuery("ferry", sort=sort, after=forged)).count == 1
