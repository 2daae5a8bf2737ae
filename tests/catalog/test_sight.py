"""What a session of somebody's sight finds, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import aliased
from tests.search.rows import a_clip
from tests.web.people import an_account

from mediacatalog.catalog import changes, collections, copies, counting, levels, vocabulary
from mediacatalog.catalog.base import Base
from mediacatalog.catalog.models import Change, Clip, Sighting
from mediacatalog.catalog.sight import LEVELS, Sight, _conditions, visible
from mediacatalog.catalog.sight_models import ClipAccess
from mediacatalog.catalog.track_models import CueRow, TrackRow
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.values import new_id, utc_now

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue


def test_each_level_is_seen_by_whom_it_is_for(catalogue: Catalogue) -> None:
    clips = [a_clip(catalogue, name, cues=[(0, 900, name)], name=f"{name}.mp4") for name in "abcd"]
    account = an_account(catalogue, "Nadia", "researcher")
    with catalogue.writing() as session:
        case = collections.make(session, "Case", actor="x")
        collections.add(session, case, clips[1:], actor="x")
        levels.close(session, clips[1], "restricted", actor="x")
        soon = utc_now() + timedelta(hours=1)
        levels.close(session, clips[2], "embargo", until=soon, actor="x")
        levels.close(session, clips[3], "sealed", actor="who sealed it")
        copies.suggest(session, clips[0], {clips[3]: 2})
        first, second = sorted((clips[0], clips[3]))
        copies.decide(session, f"{first}|{second}", "same", actor="x")

    def seen(sight: Sight | None) -> list[int]:
        with catalogue.seen_by(sight).reading() as session:
            found = [n for n, one in enumerate(clips) if session.get(Clip, one) is not None]
            other = aliased(Clip)
            for counted in (
                select(func.count()).select_from(Clip),
                select(func.count(other.id)),
                select(func.count()).select_from(select(Clip.id).subquery()),
                select(func.count(Sighting.id)),
                select(func.count(TrackRow.id)),
                select(func.count(CueRow.number)),
            ):
                assert session.scalar(counted) == len(found)
            known = [one.level for one in session.scalars(select(ClipAccess))]
            assert sorted(known) == sorted(LEVELS[n] for n in found if n)
            assert visible(session, clips) == [clips[n] for n in found]
            assert len(collections.items(session, case)) == len(found) - 1
            pairs = session.scalars(select(Change).where(Change.kind == "copy")).all()
            assert len(pairs) == (3 in found)
            people = changes.people(session)
            assert people == sorted(set(people))
            assert ("who sealed it" in people) == (3 in found)
            named = [c for n, c in enumerate(clips) if n not in found]
            assert not session.scalars(select(Change).where(Change.key.in_(named))).all()
            added = [one.after for one in changes.history(session, "collection", case)]
            assert not [one for one in added if isinstance(one, dict) and one["clip"] in named]
        return found

    lower, archivist = Sight(account, restricted=False), Sight("", restricted=True)
    assert seen(None) == [0, 1, 2, 3]
    assert seen(lower) == [0]
    assert seen(archivist) == [0, 1, 2]
    with catalogue.writing() as session:
        levels.grant(session, "nadia", case, "restricted", actor="x")
    assert seen(lower) == [0, 1, 2]
    with catalogue.writing() as session:
        levels.grant(session, "nadia", case, "sealed", actor="x")
    assert seen(lower) == [0, 1, 2, 3]
    with catalogue.writing() as session:
        levels.grant(session, "nadia", case, "", actor="x")
        row = session.get_one(ClipAccess, clips[2])
        row.until = utc_now() - timedelta(seconds=1)
    assert seen(lower) == [0, 2]


def test_a_term_of_hidden_clips_alone_is_hidden_but_not_made_twice(catalogue: Catalogue) -> None:
    shown, hidden = a_clip(catalogue, "a", tags=["ferry"]), a_clip(catalogue, "b", tags=["witness"])
    with catalogue.writing() as session:
        levels.close(session, hidden, "sealed", actor="x")
    eyes = catalogue.seen_by(Sight("", restricted=True))
    with eyes.reading() as session:
        assert [one.label for one in vocabulary.suggest(session, "")] == ["ferry"]
    with eyes.writing() as session:
        with pytest.raises(NotFoundError):
            levels.close(session, hidden, "open", actor="x")
        vocabulary.add_term(session, shown, "witness", kind="tag", actor="x")
    with catalogue.reading() as session:
        terms = vocabulary.of_clips(session, [shown, hidden])
    assert terms[shown][1].id == terms[hidden][0].id


def test_an_act_is_told_of_as_far_as_somebody_may_see(catalogue: Catalogue) -> None:
    open_one, closed = (a_clip(catalogue, name) for name in ("open", "closed"))
    act, larger = new_id(), new_id()
    with catalogue.writing() as session:
        levels.close(session, closed, "restricted", actor="x")
        for batch, times in ((act, 1), (larger, counting.FEW)):
            entries = [
                changes.Entry("clip", clip, field, None, str(number))
                for number in range(times)
                for clip, field in ((closed, "rights"), (open_one, "title"), (open_one, "source"))
            ]
            changes.record_many(session, entries, actor="one", batch_id=batch)

    def told(sight: Sight | None) -> list[tuple[int, int, tuple[str, ...], str]]:
        with catalogue.seen_by(sight).reading() as session:
            return [
                (one.entries, one.objects, one.fields, " ".join(of.field for of in one.sample))
                for one in changes.acts(session, actor="one")
            ]

    each, visible_ones = "rights title source", "title source"
    every, some = ("rights", "source", "title"), ("source", "title")
    most = counting.FEW + 1
    assert told(None) == [(most, 2, every, f"{each} {each}"), (3, 2, every, each)]
    assert told(Sight("", restricted=False)) == [
        (most, 1, some, " ".join([visible_ones] * 3)), (2, 1, some, visible_ones),
    ]  # fmt: skip


def test_an_embargo_has_an_end_that_is_to_come(catalogue: Catalogue) -> None:
    clip = a_clip(catalogue, "a")
    for level, until in (
        ("embargo", None), ("sealed", utc_now()), ("embargo", utc_now()), ("closed", None),
    ):  # fmt: skip
        with pytest.raises(InvalidValueError), catalogue.writing() as session:
            levels.close(session, clip, level, until=until, actor="x")


def test_conditions_are_not_compiled(catalogue: Catalogue) -> None:
    """Which took PostgreSQL seconds for each of their statements, and answers none sooner."""
    if catalogue.dialect == "postgresql":
        with catalogue.seen_by(Sight("", restricted=False)).reading() as session:
            assert session.scalar(text("SHOW jit")) == "off"


def test_every_table_of_clips_is_covered() -> None:
    covered = {entity.__tablename__ for entity in _conditions(Sight("", restricted=False))}
    own = {
        table.name
        for table in Base.metadata.tables.values()
        if any(key.column.table.name in ("clips", "tracks") for key in table.foreign_keys)
    }
    assert own <= covered
    assert {"clips", "changes", "terms", "cues", "sighting_events"} <= covered
