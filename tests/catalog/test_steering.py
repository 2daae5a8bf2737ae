"""What people decide about the ingest, and the history that every file keeps. On both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mediacatalog.catalog import changes, claims, file_names, holdings, queue, stages, steering
from mediacatalog.errors import FencedError, InvalidValueError, StaleEditError
from mediacatalog.values import Problem, Source, State, utc_now

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue

ME = "somebody"


def a_root(catalogue: Catalogue, path: str = "/media/watched") -> str:
    with catalogue.writing() as session:
        return holdings.root(session, Path(path), kind="watched").id


def a_file(
    catalogue: Catalogue,
    name: bytes = b"a.mp4",
    state: State = State.WAITING,
    *,
    root: str | None = None,
    clip: str | None = None,
) -> str:
    root_id = root or a_root(catalogue)
    with catalogue.writing() as session:
        seen = holdings.Seen(name, 10, 20, 1, 2)
        one = holdings.add_sighting(session, root_id, seen, state, reason="made by a test")
        one.clip_id = clip
        return one.id


def a_clip(catalogue: Catalogue) -> str:
    with catalogue.writing() as session:
        return holdings.clip_of_bytes(session, Source("cd" * 32, 10, 20)).id


def state_of(catalogue: Catalogue, sighting: str) -> tuple[str, str]:
    with catalogue.reading() as session:
        one = holdings.sighting(session, sighting)
        return one.state, one.reason


def take(catalogue: Catalogue, owner: str = "slot-0", limit: int = 9) -> list[tuple[str, int]]:
    with catalogue.writing() as session:
        return claims.take(session, owner, limit=limit)


def test_the_most_urgent_file_is_taken_first(catalogue: Catalogue) -> None:
    bulk = [a_file(catalogue, b"%d.mp4" % number) for number in range(3)]
    with catalogue.writing() as session:
        holdings.sighting(session, bulk[2]).priority = 1
    assert [one for one, _ in take(catalogue, limit=2)] == [bulk[2], bulk[0]]
    assert [one for one, _ in take(catalogue)] == [bulk[1]]
    assert take(catalogue) == []


def test_every_step_of_a_file_is_told_with_who_did_it(catalogue: Catalogue) -> None:
    sighting = a_file(catalogue)
    take(catalogue)
    with catalogue.writing() as session:
        claims.release(session, sighting)
        steering.ignore(session, sighting, actor=ME)
    with catalogue.reading() as session:
        story = queue.story(session, sighting)
    assert [(step.state, step.actor) for step in reversed(story.steps)] == [
        ("waiting", ""),
        ("running", "slot-0"),
        ("waiting", "slot-0"),
        ("ignored", ME),
    ]
    assert all(step.at for step in story.steps)
    assert story.steps[0].reason == "a person said so"


def test_a_file_that_is_stopped_is_given_up_by_its_worker(catalogue: Catalogue) -> None:
    sighting = a_file(catalogue)
    ((_, fence),) = take(catalogue)
    with catalogue.writing() as session:
        steering.ignore(session, sighting, actor=ME)
    with catalogue.writing() as session, pytest.raises(FencedError):
        claims.tell_progress(session, sighting, fence, 0.5)
    assert state_of(catalogue, sighting) == (State.IGNORED, "a person stopped it")
    with catalogue.writing() as session:
        steering.retry(session, sighting, actor=ME)
    assert [one for one, _ in take(catalogue)] == [sighting]


def test_nothing_of_a_paused_root_is_begun_and_what_runs_stops(catalogue: Catalogue) -> None:
    paused, other = a_root(catalogue, "/media/a"), a_root(catalogue, "/media/b")
    running = a_file(catalogue, b"1.mp4", root=paused)
    ((_, fence),) = take(catalogue)
    waiting, free = a_file(catalogue, b"2.mp4", root=paused), a_file(catalogue, root=other)
    with catalogue.writing() as session:
        steering.pause(session, paused, actor=ME)
    assert [one for one, _ in take(catalogue)] == [free]
    with catalogue.writing() as session:
        assert not claims.goes_on(session, claims.claimed(session, running, fence))
    assert state_of(catalogue, running) == (State.WAITING, f"{ME} paused the folder")
    with catalogue.writing() as session:
        steering.resume(session, paused, actor=ME)
    assert {one for one, _ in take(catalogue)} == {running, waiting}
    with catalogue.reading() as session:
        assert holdings.sighting(session, running).attempts == 1
        assert [one.actor for one in changes.history(session, "root", paused)] == [ME, ME]


def test_an_unfinished_file_is_read_when_a_person_says_that_it_is_complete(
    catalogue: Catalogue,
) -> None:
    sighting = a_file(catalogue, state=State.ARRIVING)
    assert take(catalogue) == []
    with catalogue.writing() as session:
        steering.accept(session, sighting, actor=ME)
    assert [one for one, _ in take(catalogue)] == [sighting]
    with catalogue.writing() as session, pytest.raises(InvalidValueError):
        steering.accept(session, sighting, actor=ME)


def test_accepted_problems_are_no_longer_open_and_stay_accepted(catalogue: Catalogue) -> None:
    from mediacatalog.catalog import timeline

    clip_id = a_clip(catalogue)
    sighting = a_file(catalogue, state=State.PARTIAL, clip=clip_id)
    worn, new = Problem("probe", "the picture is worn"), Problem("probe", "a new fault")
    with catalogue.writing() as session:
        clip = holdings.clip(session, clip_id)
        timeline.keep_problems(clip, "probe", [worn])
        attempt, _ = stages.begin(session, clip_id, stages.LAST)
        stages.finish(session, clip_id, stages.LAST, attempt, of="x")
        session.flush()
        assert stages.settle(session, clip) == State.PARTIAL
        steering.accept(session, sighting, actor=ME)
    assert state_of(catalogue, sighting) == (State.READY, "")
    with catalogue.writing() as session:  # the stage runs again and finds the same
        clip = holdings.clip(session, clip_id)
        timeline.keep_problems(clip, "probe", [worn])
        session.flush()
        assert stages.verdict(session, clip) == (State.READY, "")
        timeline.keep_problems(clip, "probe", [worn, new])
        session.flush()
        assert stages.verdict(session, clip) == (State.PARTIAL, "a new fault")


def test_an_alarm_is_settled_only_for_what_the_person_saw(catalogue: Catalogue) -> None:
    root_id = a_root(catalogue)
    with catalogue.writing() as session, pytest.raises(InvalidValueError):
        steering.accept_loss(session, root_id, actor=ME)
    with catalogue.writing() as session:
        root = holdings.root_by_id(session, root_id)
        root.alarm, root.lost = "30 of 40 files are gone at once", 30
    with catalogue.writing() as session, pytest.raises(StaleEditError):
        steering.accept_loss(session, root_id, lost=20, actor=ME)
    with catalogue.writing() as session:
        steering.accept_loss(session, root_id, lost=30, actor=ME)
        assert holdings.root_by_id(session, root_id).loss_accepted == 30


def test_workers_that_die_in_a_stage_are_counted_until_it_is_done(catalogue: Catalogue) -> None:
    clip = a_clip(catalogue)
    sighting = a_file(catalogue, clip=clip)
    deaths = []
    for _ in range(3):
        with catalogue.writing() as session:
            deaths.append(stages.begin(session, clip, "probe")[1])
    with catalogue.writing() as session:  # it ended itself: nobody died
        stages.let_go(session, [sighting])
        attempt, counted = stages.begin(session, clip, "probe")
        deaths.append(counted)
        stages.finish(session, clip, "probe", attempt, of="x")
        deaths.append(stages.begin(session, clip, "probe")[1])
    assert deaths == [0, 1, 2, 0, 0]


def test_a_file_whose_workers_died_twice_lets_others_go_first(catalogue: Catalogue) -> None:
    clip = a_clip(catalogue)
    sighting = a_file(catalogue, clip=clip)
    with catalogue.writing() as session:
        stages.begin(session, clip, "probe")
        assert stages.held_until(session, clip) is None
    with catalogue.writing() as session:
        stages.begin(session, clip, "probe")
    with catalogue.writing() as session:
        until = stages.held_until(session, clip)
        assert until is not None
        assert timedelta() < until - utc_now() <= timedelta(seconds=stages.PAUSE_SECONDS)
        fence = claims.claim(session, sighting, "slot-1")
        assert fence is not None
        claims.wait_until(session, sighting, fence, until, "others go first")
        assert sighting not in claims.waiting(session, limit=10)


def test_a_retry_planned_before_the_clock_was_set_back_is_made_now(catalogue: Catalogue) -> None:
    sighting = a_file(catalogue)
    for ahead, expected in ((timedelta(minutes=10), []), (timedelta(days=30), [sighting])):
        with catalogue.writing() as session:
            holdings.sighting(session, sighting).next_retry_at = utc_now() + ahead
        with catalogue.reading() as session:
            assert list(claims.waiting(session, limit=9)) == expected


def test_a_fault_of_the_world_is_never_given_up(catalogue: Catalogue) -> None:
    sighting = a_file(catalogue)
    waits = []
    for _ in range(2 * claims.MAX_ATTEMPTS):
        with catalogue.writing() as session:
            holdings.sighting(session, sighting).next_retry_at = None
        ((_, fence),) = take(catalogue)
        with catalogue.writing() as session:
            when = claims.postpone(session, sighting, fence, "OSError: no such device")
            assert when is not None
            waits.append((when - utc_now()).total_seconds())
    assert waits == sorted(waits) or max(waits) <= claims.LONGEST_PAUSE
    assert max(waits) <= claims.LONGEST_PAUSE
    assert state_of(catalogue, sighting) == (State.WAITING, "OSError: no such device")


def test_a_clip_goes_on_at_another_path_when_the_one_being_read_is_gone(
    catalogue: Catalogue,
) -> None:
    clip = a_clip(catalogue)
    first = a_file(catalogue, b"first.mp4", State.OFFLINE, clip=clip)
    second = a_file(catalogue, b"second.mp4", State.READY, clip=clip)
    with catalogue.writing() as session:
        assert stages.settle(session, holdings.clip(session, clip)) == State.WAITING
    assert state_of(catalogue, second)[0] == State.WAITING
    assert state_of(catalogue, first)[0] == State.OFFLINE


def test_a_folder_inside_another_root_has_its_own_files(catalogue: Catalogue) -> None:
    outer = a_root(catalogue, "/media")
    moved = a_file(catalogue, b"inner/a.mp4", root=outer)
    kept = a_file(catalogue, b"innermost.mp4", root=outer)
    with catalogue.writing() as session:
        once = holdings.root(session, Path("/media/inner/by-hand"), kind="once")
        by_hand = holdings.add_sighting(
            session, once.id, holdings.Seen(b"b.mp4", 1, 2, 3, 4), State.READY
        ).id
    inner = a_root(catalogue, "/media/inner")
    with catalogue.reading() as session:
        assert {path: one.id for path, one in holdings.known(session, inner).items()} == {
            b"a.mp4": moved,
            b"by-hand/b.mp4": by_hand,
        }
        assert [one.id for one in holdings.known(session, outer).values()] == [kept]
        for typed, files in {"inner/": [], "a.mp4": [moved], "by-hand/b": [by_hand]}.items():
            assert [one[2] for one in file_names.with_part(session, typed, None)[0]] == files
