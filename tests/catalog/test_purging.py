"""What is left of a purged clip: a tombstone, and nothing else in any table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import tantivy
from sqlalchemy import LargeBinary, String, cast, select
from tests.catalog.test_picture_texts import read, shots
from tests.search.rows import a_clip
from tests.web.people import an_account

from mediacatalog.catalog import (
    bulk,
    change_feed,
    changes,
    collections,
    holdings,
    levels,
    markers,
    picture_texts,
    purging,
    thesaurus,
    undoing,
)
from mediacatalog.catalog.base import Base
from mediacatalog.catalog.models import Clip, Term
from mediacatalog.catalog.sight import Sight
from mediacatalog.errors import InvalidValueError, NotFoundError, PurgedBytesError
from mediacatalog.search import SearchIndex
from mediacatalog.values import Source

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue

WORD = "zephyrquartz"


def rows_that_hold(catalogue: Catalogue, *signs: str) -> set[str]:
    """Tables in which any of these stands in any column."""
    found = set()
    with catalogue.reading() as session:
        for table in Base.metadata.sorted_tables:
            for column in table.c:
                as_text = column if isinstance(column.type, LargeBinary) else cast(column, String)
                values = session.execute(select(as_text))
                if any(sign in str(value) for (value,) in values for sign in signs):
                    found.add(table.name)
    return found


@dataclass(frozen=True)
class Case:
    """A sealed clip with everything, between two open ones in one collection."""

    other: str
    gone: str
    last: str
    sha256: str
    collection: str
    merged: str


def a_case(catalogue: Catalogue) -> Case:
    for name in ("Amal", "Omar"):
        an_account(catalogue, name, "admin")
    an_account(catalogue, "Rana", "archivist")
    other = a_clip(catalogue, "A ferry", tags=["ferry", "river"])
    last = a_clip(catalogue, "A bridge", tags=["river"])
    gone = a_clip(
        catalogue, f"{WORD} title", cues=[(0, 900, f"{WORD} said")], source=f"{WORD} source",
        tags=[f"{WORD}tag", "ferry", "river"], places=[[f"{WORD}place"]], name=f"{WORD}.mp4",
        article="The story", position=(34.45, 40.92), description=f"{WORD} description",
    )  # fmt: skip
    shots(catalogue, gone)
    read(catalogue, [f"{WORD} read", f"{WORD} dismissed"], [])
    with catalogue.writing() as session:
        said = f"{WORD} dismissed"
        picture_texts.dismiss(session, gone, said, dismissed=True, actor="Amal")
        sha256 = session.get_one(Clip, gone).sha256
        case = collections.make(session, "Case", actor="Amal")
        collections.add(session, case, [other, gone, last], actor="Amal")
        collections.annotate(session, case, gone, f"{WORD} note", actor="Amal")
        markers.add(session, gone, markers.Wanted(f"{WORD} marker", 100), actor="Amal")
        ids = {one.slug: one.id for one in session.scalars(select(Term))}
        thesaurus.merge(session, ids["ferry"], ids["river"], actor="Amal")
        bulk.begin(session, [gone], bulk.Wishes(), selection="s", actor="Amal")
        levels.close(session, gone, "sealed", reason=f"{WORD} reason", actor="Amal")
    return Case(other, gone, last, sha256, case, ids["ferry"])


def test_a_purge_takes_two_and_leaves_a_tombstone_and_nothing_else(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    case = a_case(catalogue)
    gone, sha256 = case.gone, case.sha256
    index = SearchIndex(tmp_path / "index")
    index.catch_up(catalogue)
    with catalogue.reading() as session:
        follower = change_feed.end(session)

    for who, reason in (("Rana", "r"), ("local", "r"), ("Amal", " ")):
        with pytest.raises(InvalidValueError), catalogue.writing() as session:
            purging.ask(session, gone, reason, with_masters=False, actor=who)
    with pytest.raises(InvalidValueError, match="keeps masters"), catalogue.writing() as session:
        purging.ask(session, gone, "r", with_masters=True, actor="Amal")
    with catalogue.writing() as session:
        purging.ask(session, gone, "the source asked", with_masters=False, actor="Amal")
    for who in ("Amal", "Rana", "local"):
        with pytest.raises(InvalidValueError), catalogue.writing() as session:
            purging.confirm(session, gone, actor=who)
    with catalogue.writing() as session:
        found = purging.confirm(session, gone, actor="Omar")
    assert (found.sha256, found.asked_by, found.confirmed_by, found.masters) == (
        sha256, "Amal", "Omar", "left",
    )  # fmt: skip

    assert rows_that_hold(catalogue, WORD) == set()
    assert rows_that_hold(catalogue, gone) == {"tombstones", "changes", "terms"}
    with catalogue.writing() as session:
        [told] = changes.history(session, "clip", gone)
        assert (told.field, told.actor, told.after) == ("purged", "Omar", sha256)
        assert told.reason == "Amal asked: the source asked"
        held = collections.items(session, case.collection, offset=0, limit=9)
        assert [(one.clip_id, one.place) for one in held] == [(case.other, 1), (case.last, 2)]
        [entry] = changes.history(session, "term", case.merged)
        assert undoing.entry(session, entry.id, actor="Amal").done
        with pytest.raises(NotFoundError):
            holdings.clip(session, gone)
    with pytest.raises(PurgedBytesError), catalogue.writing() as session:
        holdings.clip_of_bytes(session, Source(sha256, 1, 1))

    with catalogue.reading() as session:
        feed = change_feed.after(session, follower, limit=100)
        at_end = change_feed.end(session)
    assert (gone, "purged") in feed.clips
    assert [one.field for one in feed.changes if one.key == gone] == ["purged"]
    assert at_end.clip >= feed.position.clip
    for sight, is_told in ((Sight("", restricted=True), False), (None, True)):
        with catalogue.seen_by(sight).reading() as session:
            seen = change_feed.after(session, change_feed.BEGINNING, limit=100)
        assert (gone in str(seen)) == is_told
    assert index.catch_up(catalogue) > 0
    searcher = index.searcher()
    assert searcher is not None
    for key, count in ((gone, 0), (case.other, 1)):
        asked = tantivy.Query.term_query(index.schema, "key", key, "basic")
        assert searcher.search(asked, 1).count == count
