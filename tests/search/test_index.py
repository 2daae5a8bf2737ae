"""The index on disk survives its writers, its own damage and a changed catalogue."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import tantivy

from mediacatalog.catalog import holdings, search_feed
from mediacatalog.catalog.models import Clip
from mediacatalog.errors import LockedError
from mediacatalog.search import SearchIndex, SearchQuery, find, writing
from mediacatalog.search import index as following
from mediacatalog.search.writing import DamagedIndexError
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue


@contextmanager
def _following(catalogue: Catalogue, index: SearchIndex) -> Iterator[None]:
    stop = threading.Event()
    follower = threading.Thread(target=index.follow, args=(catalogue, stop))
    follower.start()
    try:
        yield
    finally:
        stop.set()
        index.wake()
        follower.join(90)
    assert not follower.is_alive()


def count(catalogue: Catalogue, index: SearchIndex, text: str = "") -> int:
    return find(catalogue, index, SearchQuery(text)).count


def test_catching_up_takes_in_only_what_changed(catalogue: Catalogue, index: SearchIndex) -> None:
    one = a_clip(catalogue, "ferry")
    a_clip(catalogue, "bridge")
    assert index.catch_up(catalogue) == 2
    assert index.catch_up(catalogue) == 0
    with catalogue.writing() as session:
        holdings.touch(session, [one])
    assert index.catch_up(catalogue) == 1
    assert count(catalogue, index) == 2


def test_many_clips_of_one_revision_are_all_taken_in(
    catalogue: Catalogue, index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "BATCH", 3)
    made = [a_clip(catalogue, "ferry") for _ in range(10)]
    with catalogue.writing() as session:
        holdings.touch(session, made)
    assert index.catch_up(catalogue) == 10
    assert count(catalogue, index, "ferry") == 10
    assert index.catch_up(catalogue) == 0


def test_clips_that_cannot_be_found_are_not_read_again_and_again(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    a_clip(catalogue, "ferry", state="quarantined")
    assert index.catch_up(catalogue) == 1
    assert index.catch_up(catalogue) == 0


def test_a_second_writer_stands_back(catalogue: Catalogue, index: SearchIndex) -> None:
    a_clip(catalogue, "ferry")
    with index._holding("writer.lock") as mine:
        assert mine
        assert SearchIndex(index.folder).catch_up(catalogue) == 0
    assert index.catch_up(catalogue) == 1


def test_another_reader_sees_the_newest_commit(catalogue: Catalogue, index: SearchIndex) -> None:
    a_clip(catalogue, "ferry")
    index.catch_up(catalogue)
    reader = SearchIndex(index.folder)
    assert count(catalogue, reader) == 1
    a_clip(catalogue, "ferry")
    index.catch_up(catalogue)
    assert count(catalogue, reader) == 2
    index.rebuild(catalogue)
    assert count(catalogue, reader) == 2
    assert len(list(index.folder.glob("index-*"))) == 1


def test_an_index_of_another_format_is_made_anew(catalogue: Catalogue, index: SearchIndex) -> None:
    a_clip(catalogue, "ferry")
    index.catch_up(catalogue)
    pointer = index.folder / "current.json"
    said = json.loads(pointer.read_text())
    pointer.write_text(json.dumps({**said, "stamp": "of another version"}))
    later = SearchIndex(index.folder)
    assert not later.open()
    assert later.catch_up(catalogue) == 1
    assert count(catalogue, later) == 1


@pytest.mark.parametrize("damage", ["pointer", "meta", "segments", "cut", "gone"])
def test_a_damaged_index_is_made_anew(
    catalogue: Catalogue, index: SearchIndex, damage: str
) -> None:
    a_clip(catalogue, "ferry")
    index.catch_up(catalogue)
    (folder,) = index.folder.glob("index-*")
    files = [path for path in folder.iterdir() if path.suffix not in (".json", ".lock")]
    match damage:
        case "pointer":
            (index.folder / "current.json").write_text("{")
        case "meta":
            (folder / "meta.json").write_text("{")
        case "segments":
            for path in files:
                path.unlink()
        case "cut":
            for path in files:
                path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        case _:
            for path in (*folder.iterdir(),):
                path.unlink()
            folder.rmdir()
    later = SearchIndex(index.folder)
    assert later.catch_up(catalogue) == 1
    assert count(catalogue, later, "ferry") == 1


def test_an_index_that_fails_a_reader_is_given_up_and_made_anew(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    for number in range(30):
        a_clip(catalogue, f"ferry {number}")
    index.catch_up(catalogue)
    assert count(catalogue, index, "ferry") == 30
    reader = SearchIndex(index.folder)
    assert reader.open()
    reader.condemn(DamagedIndexError("end of range"))
    assert count(catalogue, reader, "ferry") == 0
    assert reader.catch_up(catalogue) == 30
    assert count(catalogue, reader, "ferry") == 30


@pytest.mark.parametrize("seed", range(12))
def test_no_garbled_byte_brings_a_search_down(
    catalogue: Catalogue, index: SearchIndex, seed: int
) -> None:
    for number in range(5):
        a_clip(catalogue, f"ferry {number}", cues=[(0, 900, "the ferry at night")])
    index.catch_up(catalogue)
    chance = random.Random(seed)
    (folder,) = index.folder.glob("index-*")
    files = sorted(path for path in folder.iterdir() if path.suffix not in (".json", ".lock"))
    victim = chance.choice([path for path in files if path.stat().st_size])
    garbled = bytearray(victim.read_bytes())
    for _ in range(chance.choice([1, 20])):
        garbled[chance.randrange(len(garbled))] = chance.randrange(256)
    victim.write_bytes(garbled)
    later = SearchIndex(index.folder)
    later.catch_up(catalogue)
    results = find(catalogue, later, SearchQuery('fer* "the ferry"'))
    assert results.count == 5 or results.notes


def test_a_stopped_writer_goes_on_later(catalogue: Catalogue, index: SearchIndex) -> None:
    stop = threading.Event()
    stop.set()
    a_clip(catalogue, "ferry")
    assert index.catch_up(catalogue, stop) == 0
    assert index.catch_up(catalogue) == 1


def test_an_index_ahead_of_a_restored_catalogue_is_made_anew(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    clips = [a_clip(catalogue, "ferry") for _ in range(3)]
    index.catch_up(catalogue)
    with catalogue.writing() as session:
        for clip_id in clips[1:]:
            session.delete(session.get_one(Clip, clip_id))
    assert index.catch_up(catalogue) == 1
    assert count(catalogue, index) == 1


def test_following_takes_changes_in_until_told_to_stop(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    with _following(catalogue, index):
        a_clip(catalogue, "ferry")
        _wait_for(lambda: count(catalogue, index, "ferry") == 1)


def test_who_waits_for_a_change_finds_it_once_the_follower_is_woken(
    catalogue: Catalogue, index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "POLL_SECONDS", 600)
    a_clip(catalogue, "ferry")
    assert not index.reach(1, 90), "nobody follows"
    with _following(catalogue, index):
        _wait_for(lambda: count(catalogue, index, "ferry") == 1)
        for number in range(2, 5):
            a_clip(catalogue, "ferry")
            with catalogue.reading() as session:
                newest = search_feed.newest(session)
            index.wake()
            assert index.reach(newest, 90)
            assert count(catalogue, index, "ferry") == number


def test_a_writer_that_another_one_keeps_out_is_no_damage(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    a_clip(catalogue, "ferry")
    index.catch_up(catalogue)
    (folder,) = index.folder.glob("index-*")
    other = tantivy.Index.open(str(folder)).writer()
    a_clip(catalogue, "ferry")
    with pytest.raises(LockedError):
        index.catch_up(catalogue)
    other.wait_merging_threads()
    assert index.catch_up(catalogue) == 1
    assert [*index.folder.glob("index-*")] == [folder]


def test_a_follower_gives_way_to_a_rebuild_and_goes_on_after_it(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    with _following(catalogue, index):
        a_clip(catalogue, "ferry")
        _wait_for(lambda: count(catalogue, index, "ferry") == 1)
        assert SearchIndex(index.folder).rebuild(catalogue) == 1
        a_clip(catalogue, "ferry, one more")
        _wait_for(lambda: count(catalogue, index, "ferry") == 2)
    assert len(list(index.folder.glob("index-*"))) == 1


def test_who_may_not_write_waits_for_who_does(catalogue: Catalogue, index: SearchIndex) -> None:
    other = SearchIndex(index.folder)
    with _following(catalogue, index):
        _wait_for(index.open)
        for number in range(1, 4):
            a_clip(catalogue, "ferry")
            other.catch_up(catalogue, patience=90)
            assert count(catalogue, other, "ferry") == number


FOLLOWER = """
import sys, threading
from pathlib import Path
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.search import SearchIndex, index
index.POLL_SECONDS = 0.05
SearchIndex(Path(sys.argv[2])).follow(open_catalogue(sys.argv[1]), threading.Event())
"""


def test_a_follower_takes_over_from_one_that_is_killed(
    catalogue: Catalogue, migrated_url: str, index: SearchIndex
) -> None:
    a_clip(catalogue, "ferry")
    first = subprocess.Popen([sys.executable, "-c", FOLLOWER, migrated_url, str(index.folder)])
    try:
        for number in range(2, 12):  # so many segments that some are merged
            _wait_for(lambda number=number: count(catalogue, index, "ferry") == number - 1)
            a_clip(catalogue, "ferry")
        with index._holding("writer.lock") as mine:
            assert not mine
        with _following(catalogue, index):
            first.kill()
            first.wait()
            a_clip(catalogue, "ferry")
            _wait_for(lambda: count(catalogue, index, "ferry") == 12)
    finally:
        first.kill()
        first.wait()


WRITER = """
import sys
from pathlib import Path
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.search import SearchIndex, writing
writing.BATCH = 1
catalogue = open_catalogue(sys.argv[1])
print("begun", flush=True)
SearchIndex(Path(sys.argv[2])).rebuild(catalogue)
"""


def test_a_killed_writer_loses_nothing(
    catalogue: Catalogue, migrated_url: str, tmp_path: Path
) -> None:
    for number in range(40):
        a_clip(catalogue, f"ferry {number}")
    folder = tmp_path / "index"
    for wait in (0.05, 0.2, 0.4):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, migrated_url, str(folder)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(wait)
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
    survivor = SearchIndex(folder)
    survivor.catch_up(catalogue)
    assert count(catalogue, survivor, "ferry") == 40
    with catalogue.reading() as session:
        assert not search_feed.changed(session, search_feed.newest(session), 5, after_id="g")


HALTED = """
import os, signal, sys
from pathlib import Path
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.search import SearchIndex, writing
writing.BATCH, writing.COMMIT_SECONDS, writing.MOST_COMMIT_SECONDS = 5, 0, 0
commit, left = writing.Writer._commit, 3
def dying(*given):
    global left
    commit(*given)
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
writing.Writer._commit = dying
SearchIndex(Path(sys.argv[2])).rebuild(open_catalogue(sys.argv[1]))
"""


def test_a_killed_rebuild_is_gone_on_with_while_people_search(
    catalogue: Catalogue, migrated_url: str, index: SearchIndex
) -> None:
    for number in range(30):
        a_clip(catalogue, f"ferry {number}")
    index.catch_up(catalogue)
    halted = [sys.executable, "-c", HALTED, migrated_url, str(index.folder)]
    assert subprocess.run(halted, check=False).returncode == -signal.SIGKILL
    a_clip(catalogue, "ferry, one more")
    assert index.catch_up(catalogue) == 1, "the one in force is kept up to date"
    assert count(catalogue, index, "ferry") == 31
    assert index.rebuild(catalogue) == 31 - 15
    assert count(catalogue, index, "ferry") == 31
    assert len(list(index.folder.glob("index-*"))) == 1
    assert index.rebuild(catalogue) == 31, "a whole one is made from the beginning"


def test_a_change_during_a_rebuild_is_found_before_and_after(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    a_clip(catalogue, "ferry")
    index.catch_up(catalogue)
    with index._holding("rebuild.lock") as mine:
        assert mine
        a_clip(catalogue, "ferry, one more")
        assert index.catch_up(catalogue) == 1
        with pytest.raises(LockedError, match="another process"):
            SearchIndex(index.folder).rebuild(catalogue)
    assert index.rebuild(catalogue) == 2
    assert count(catalogue, index, "ferry") == 2


def test_an_index_deleted_under_load_is_made_anew_while_people_search(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    made = {a_clip(catalogue, f"ferry {number}") for number in range(30)}
    stop = threading.Event()
    errors: list[BaseException] = []

    def search() -> None:
        reader = SearchIndex(index.folder)
        try:
            while not stop.is_set():
                find(catalogue, reader, SearchQuery("ferry"))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it fails the test
            errors.append(error)

    threads = [threading.Thread(target=search) for _ in range(2)]
    threads.append(threading.Thread(target=index.follow, args=(catalogue, stop)))
    for thread in threads:
        thread.start()
    try:
        for _ in range(2):
            _wait_for(lambda: count(catalogue, SearchIndex(index.folder), "ferry") == len(made))
            shutil.rmtree(index.folder, ignore_errors=True)
            made.add(a_clip(catalogue, "ferry, one more"))
        _wait_for(lambda: count(catalogue, SearchIndex(index.folder), "ferry") == len(made))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert errors == []


def _wait_for(holds: Callable[[], bool], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)
