"""What a search finds for whom, before and after the index learned of it; on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mediacatalog.catalog import changes, collections, holdings, levels, sight, undoing
from mediacatalog.catalog.models import Clip
from mediacatalog.catalog.sight import Lag, Sight
from mediacatalog.catalog.sight_models import ClipAccess
from mediacatalog.search import SearchIndex, SearchQuery, find
from mediacatalog.search.writing import cursor_in
from mediacatalog.values import utc_now
from tests.search.rows import a_clip
from tests.web.people import an_account

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue


class Case:
    """A restricted clip and a sealed one in a collection, and an open and a restricted one beside.

    After each change they are looked for twice: as the index was, and once it has caught up.
    """

    def __init__(self, catalogue: Catalogue, index: SearchIndex) -> None:
        self.catalogue, self.index = catalogue, index
        self.account = an_account(catalogue, "Nadia", "researcher")
        names = ("restricted", "sealed", "open", "other")
        self.clips = {name: a_clip(catalogue, f"the {name} one") for name in names}
        with catalogue.writing() as session:
            self.id = collections.make(session, "Case", actor="x")
            self.put(session, "restricted", "sealed")
            for name, level in (("restricted", "restricted"), ("sealed", "sealed")):
                levels.close(session, self.clips[name], level, actor="x")
            levels.close(session, self.clips["other"], "restricted", actor="x")
        index.catch_up(catalogue)

    def put(self, session: Session, *names: str) -> None:
        collections.add(session, self.id, [self.clips[one] for one in names], actor="x")

    def writing(self) -> AbstractContextManager[Session]:
        return self.catalogue.writing()

    def grant(self, reach: str) -> None:
        with self.writing() as session:
            levels.grant(session, "nadia", self.id, reach, actor="x")

    def finds(self, *, restricted: bool = False) -> Iterator[set[str]]:
        """Of the account, by the index as it was and as it is then."""
        seen = self.catalogue.seen_by(Sight(self.account, restricted=restricted))
        for _ in range(2):
            results = find(seen, self.index, SearchQuery("one"))
            assert results.count == len(results.hits)
            named = {clip_id: name for name, clip_id in self.clips.items()}
            yield {named[hit.clip_id] for hit in results.hits}
            self.index.catch_up(self.catalogue)

    def is_found(self, *names: str) -> bool:
        return all(found == {"open", *names} for found in self.finds())


@pytest.fixture
def case(catalogue: Catalogue, index: SearchIndex) -> Case:
    return Case(catalogue, index)


def test_a_grant_counts_at_once_and_so_does_its_end(case: Case) -> None:
    assert case.is_found()
    case.grant("restricted")
    assert case.is_found("restricted")
    case.grant("sealed")
    assert case.is_found("restricted", "sealed")
    assert all("sealed" in found for found in case.finds(restricted=True))
    case.grant("restricted")
    assert case.is_found("restricted")
    case.grant("")
    assert case.is_found()
    assert all("sealed" not in found for found in case.finds(restricted=True))


def test_what_comes_into_a_granted_collection_is_shown_and_what_leaves_it_not(case: Case) -> None:
    case.grant("restricted")
    with case.writing() as session:
        case.put(session, "open", "other")
    assert case.is_found("restricted", "other")
    with case.writing() as session:
        levels.close(session, case.clips["open"], "restricted", actor="x")
        levels.close(session, case.clips["restricted"], "sealed", actor="x")
    assert all(found == {"open", "other"} for found in case.finds())
    with case.writing() as session:
        collections.take(session, case.id, case.clips["other"], actor="x")
    assert case.is_found()


def test_a_removed_collection_grants_nothing_until_it_is_back(case: Case) -> None:
    case.grant("sealed")
    assert case.is_found("restricted", "sealed")
    with case.writing() as session:
        collections.remove(session, case.id, actor="x")
    assert case.is_found()
    with case.writing() as session:
        removed = changes.newest(session, "collection", case.id, "removed")
        assert removed is not None
        undoing.entry(session, removed.id, actor="x")
    assert case.is_found("restricted", "sealed")


@pytest.mark.parametrize("most", [sight.MOST_ENDED, 0])
def test_an_embargo_ends_by_itself(case: Case, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where there are so many that they are looked for in the index."""
    monkeypatch.setattr(sight, "MOST_ENDED", most)
    other = case.clips["other"]
    with case.writing() as session:
        levels.close(session, other, "embargo", until=utc_now() + timedelta(hours=1), actor="x")
    assert case.is_found()
    with case.writing() as session:
        session.get_one(ClipAccess, other).until = utc_now() - timedelta(seconds=1)
        holdings.touch(session, [other])
    case.index.catch_up(case.catalogue)
    assert case.is_found("other")


def test_only_what_the_index_has_not_read_is_asked_of_the_catalogue(case: Case) -> None:
    """Also where it stopped amid the clips of one revision."""
    seen = Sight(case.account, restricted=False)
    view = case.index.searcher()
    assert view is not None
    with case.catalogue.reading() as session:
        assert sight.lag(session, seen, *cursor_in(view)) == Lag()
    case.grant("restricted")
    first, second = sorted(case.clips[one] for one in ("restricted", "sealed"))
    with case.catalogue.reading() as session:
        rev = session.get_one(Clip, first).search_rev
        assert session.get_one(Clip, second).search_rev == rev
        lag = sight.lag(session, seen, rev, first)
    assert (*lag.hidden, *lag.shown) == (second,)
    assert case.is_found("restricted")
