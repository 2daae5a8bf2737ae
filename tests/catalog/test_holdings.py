"""Identity, claims and the fence: what keeps two workers from one file. On both databases."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from mediacatalog.catalog import changes, claims, holdings, stages
from mediacatalog.catalog.models import Change
from mediacatalog.errors import FencedError, NotFoundError
from mediacatalog.values import Source, State, new_id

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue

DIGEST = "ab" * 32


def a_sighting(
    catalogue: Catalogue, path: bytes = b"a.mp4", state: State = State.WAITING, priority: int = 10
) -> str:
    with catalogue.writing() as session:
        root = holdings.root(session, _folder(), kind="watched")
        seen = holdings.Seen(path, 10, 20, 30, 2**64 - 1)
        one = holdings.add_sighting(session, root.id, seen, state, priority=priority)
        session.flush()
        return one.id


def _folder() -> Path:
    from pathlib import Path

    return Path("/media/watched")


def a_clip(catalogue: Catalogue, digest: str = DIGEST) -> str:
    with catalogue.writing() as session:
        return holdings.clip_of_bytes(session, Source(digest, 10, 20)).id


def test_only_one_of_many_workers_gets_a_sighting(catalogue: Catalogue) -> None:
    sighting = a_sighting(catalogue)
    fences: list[int | None] = []

    def take(owner: str) -> None:
        with catalogue.writing() as session:
            fences.append(claims.claim(session, sighting, owner))

    threads = [threading.Thread(target=take, args=(f"slot-{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(fence for fence in fences if fence is not None) == [1]


def test_a_worker_that_was_taken_for_dead_writes_nothing(catalogue: Catalogue) -> None:
    sighting = a_sighting(catalogue)
    with catalogue.writing() as session:
        old = claims.claim(session, sighting, "slot-0")
        claims.release(session, sighting)
        session.flush()
        new = claims.claim(session, sighting, "slot-1")
    assert old is not None
    assert new is not None
    with catalogue.writing() as session:
        claims.claimed(session, sighting, new)
        with pytest.raises(FencedError):
            claims.claimed(session, sighting, old)


def test_a_stage_that_was_begun_again_can_not_be_finished_by_the_first(
    catalogue: Catalogue,
) -> None:
    clip = a_clip(catalogue)
    with catalogue.writing() as session:
        first, _ = stages.begin(session, clip, "probe")
        second, _ = stages.begin(session, clip, "probe")
        with pytest.raises(FencedError):
            stages.finish(session, clip, "probe", first, of="x")
        stages.finish(session, clip, "probe", second, of="x")
    with catalogue.reading() as session:
        assert stages.is_done(session, clip, "probe", "x")
        assert not stages.is_done(session, clip, "probe", "another recipe")


def test_the_same_bytes_are_one_clip_also_at_the_same_moment(catalogue: Catalogue) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(a_clip(catalogue))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1


def test_a_persons_upload_goes_before_a_bulk_scan(catalogue: Catalogue) -> None:
    bulk = a_sighting(catalogue, b"bulk.mp4")
    upload = a_sighting(catalogue, b"upload.mp4", priority=1)
    with catalogue.reading() as session:
        assert list(claims.waiting(session, limit=9)) == [upload, bulk]


def test_a_file_over_which_workers_died_goes_behind_the_others_and_alone(
    catalogue: Catalogue,
) -> None:
    suspect = a_sighting(catalogue, b"1.mp4")
    others = [a_sighting(catalogue, name) for name in (b"2.mp4", b"3.mp4")]
    less_urgent = a_sighting(catalogue, b"4.mp4", priority=20)
    with catalogue.writing() as session:
        holdings.sighting(session, suspect).deaths = 1
    with catalogue.reading() as session:
        assert list(claims.waiting(session, limit=9)) == [*others, suspect, less_urgent]
    for expected in (others, []):
        with catalogue.writing() as session:
            assert [one for one, _ in claims.take(session, "slot-0", limit=4)] == expected
    with catalogue.writing() as session:
        ((taken, fence),) = claims.take_suspect(session, "slot-0")
        assert taken == suspect
        assert [one for one, _ in claims.take(session, "slot-0", limit=4)] == [less_urgent]
    with catalogue.writing() as session:  # its worker died: the next one doesn't go on with it
        assert not claims.resumable(session, suspect, fence, "slot-1")
    with catalogue.reading() as session:
        assert list(claims.waiting(session, limit=9)) == [suspect]


def test_an_unforeseen_fault_is_tried_later_and_given_up_in_the_end(
    catalogue: Catalogue,
) -> None:
    sighting = a_sighting(catalogue)
    waits = []
    for _ in range(claims.MAX_ATTEMPTS):
        with catalogue.writing() as session:
            fence = claims.claim(session, sighting, "slot-0")
            assert fence
        with catalogue.writing() as session:
            waits.append(claims.postpone(session, sighting, fence, "KeyError", give_up=True))
            assert list(claims.waiting(session, limit=9)) == []
    assert [wait is None for wait in waits] == [False] * 5 + [True]
    with catalogue.reading() as session:
        one = holdings.sighting(session, sighting)
        assert (one.state, one.stage) == (State.QUARANTINED, None)
        assert "KeyError" in one.reason
        assert one.next_step


def test_revisions_of_searchable_clips_grow_and_never_repeat(catalogue: Catalogue) -> None:
    clip = a_clip(catalogue)
    numbers: list[int] = []

    def touch() -> None:
        with catalogue.writing() as session:
            numbers.append(holdings.touch(session, [clip]))

    threads = [threading.Thread(target=touch) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 9))


def test_a_clip_is_offline_when_no_path_leads_to_it_and_back_when_one_does(
    catalogue: Catalogue,
) -> None:
    sighting, clip = a_sighting(catalogue), a_clip(catalogue)
    with catalogue.writing() as session:
        one = holdings.sighting(session, sighting)
        one.clip_id = clip
        attempt, _ = stages.begin(session, clip, stages.LAST)
        stages.finish(session, clip, stages.LAST, attempt, of="x")
        holdings.set_state(one, State.OFFLINE)
        session.flush()
        assert stages.settle(session, holdings.clip(session, clip)) == State.OFFLINE
        holdings.set_state(one, State.READY)
        session.flush()
        assert stages.settle(session, holdings.clip(session, clip)) == State.READY


def test_a_clip_is_found_by_the_beginning_of_its_digest(catalogue: Catalogue) -> None:
    clip = a_clip(catalogue)
    with catalogue.reading() as session:
        assert holdings.clip(session, DIGEST[:12]).id == clip
        for wrong in (DIGEST[:8], "cd" * 12, "%", new_id()):
            with pytest.raises(NotFoundError):
                holdings.clip(session, wrong)


def test_changes_are_kept_newest_first_with_what_stood_before(catalogue: Catalogue) -> None:
    with catalogue.writing() as session:
        for before, after in ((None, "one"), ("one", "two")):
            changes.record(
                session,
                actor="local",
                kind="clip",
                key="k",
                field="title",
                before=before,
                after=after,
            )
    with catalogue.reading() as session:
        found = changes.history(session, "clip", "k")
    assert [(one.before, one.after, one.actor) for one in found] == [
        ("one", "two", "local"),
        (None, "one", "local"),
    ]
    assert all(one.at.tzinfo is not None for one in found)


def test_a_time_without_a_zone_is_refused(catalogue: Catalogue) -> None:
    from datetime import datetime

    with pytest.raises(StatementError), catalogue.writing() as session:
        session.add(
            Change(batch_id="b", actor="a", kind="k", key="k", field="f", at=datetime(2026, 1, 1))  # noqa: DTZ001
        )


@given(st.binary(min_size=1, max_size=60))
def test_no_name_is_shown_with_signs_that_could_deceive(raw: bytes) -> None:
    shown = holdings.display_name(raw)
    assert "\u202e" not in shown
    assert all(ord(one) >= 32 for one in shown)
    shown.encode("utf-8")
