"""A follower of the feed gets every change once and in order, whoever else writes meanwhile."""

from __future__ import annotations

import random
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from tests.search.rows import a_clip

from mediacatalog.catalog import change_feed, changes, collections, edits, holdings, reads
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.errors import InvalidValueError

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue

WRITERS, ROUNDS = 6, 25


class GivenUpError(Exception):
    """A transaction that is rolled back."""


def test_one_that_commits_late_is_not_jumped_over(catalogue: Catalogue) -> None:
    """The slow one recorded first, and commits when the follower has seen the quick one."""
    if catalogue.dialect == "sqlite":
        return  # there is one writer at a time
    with catalogue.writing() as slow:
        collections.make(slow, "Slow", actor="slow")
        with catalogue.writing() as quick:
            collections.make(quick, "Quick", actor="quick")
        with catalogue.reading() as session:
            first = change_feed.after(session, change_feed.BEGINNING, limit=10)
        assert [one.actor for one in first.changes] == ["quick"]
    with catalogue.reading() as session:
        then = change_feed.after(session, first.position, limit=10)
    assert [one.actor for one in then.changes] == ["slow"]


def test_a_follower_beside_many_writers_misses_nothing(
    catalogue: Catalogue, migrated_url: str
) -> None:
    clips = [a_clip(catalogue, f"ferry {number}") for number in range(WRITERS)]
    seen: list[str] = []
    told: set[str] = set()
    done = threading.Event()

    def write(number: int) -> None:
        mine, chance = open_catalogue(migrated_url), random.Random(number)
        for turn in range(ROUNDS):
            with suppress(GivenUpError), mine.writing() as session:
                clip = holdings.locked(session, clips[number])
                edits.describe(
                    session, clip.id, reads.Description(title=f"{turn}"),
                    edition=reads.entered(clip).edition, actor=f"writer {number}",
                )  # fmt: skip
                for _ in range(chance.randrange(3)):
                    changes.record(
                        session, actor="x", kind="test", key="", field="x", before=None, after=turn
                    )
                if chance.random() < 0.2:
                    raise GivenUpError
        mine.close()

    def follow() -> None:
        at, mine = change_feed.BEGINNING, open_catalogue(migrated_url)
        last = False
        while True:
            with mine.reading() as session:
                found = change_feed.after(session, at, limit=7)
            seen.extend(one.id for one in found.changes)
            told.update(key for key, _ in found.clips)
            at = change_feed.position(str(found.position))
            if last and not found.more:
                break
            last = done.is_set()
        mine.close()

    follower = threading.Thread(target=follow)
    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for one in (follower, *writers):
        one.start()
    for one in writers:
        one.join(120)
    done.set()
    follower.join(120)
    with catalogue.reading() as session:
        every = session.execute(text("SELECT id FROM changes")).scalars().all()
        assert change_feed.end(session).number == session.scalar(
            text("SELECT number FROM change_sequence")
        )
    assert len(every) > WRITERS * ROUNDS
    assert len(seen) == len(set(seen)), "nothing comes twice"
    assert set(seen) == set(every), "nothing is missed"
    assert told == set(clips)


def test_what_is_no_position_is_refused() -> None:
    for wrong in ("x", "1", "1.2.3", "-1...", "1..2.é", "9" * 30 + "..1."):
        with pytest.raises(InvalidValueError):
            change_feed.position(wrong)
    assert str(change_feed.position("0..0.")) == "0..0."
