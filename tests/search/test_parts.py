"""An index that several processes made is the one that one process makes, whatever befell them."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tantivy
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mediacatalog.catalog import change_feed, holdings, purging, search_feed
from mediacatalog.catalog.models import Clip
from mediacatalog.search import SearchIndex, SearchQuery, find, parts, writing
from mediacatalog.search import index as following
from mediacatalog.search.documents import CURSOR, NAME, named
from mediacatalog.search.parts import LostPartError, Parts
from mediacatalog.search.writing import DamagedIndexError
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediacatalog.catalog.database import Catalogue

ON_ONE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
"""What befalls files and processes is the same whichever database these read."""
ASKED = (
    "",
    "ferry",
    "ferry bridge",
    '"the ferry"',
    "fer*",
    "Зеленский OR bridge",
    "tag:convoy",
    "Zelenksy",
    "-ferry",
    "in:captions harbour",
    "duration:>12s",
)


def _clips(catalogue: Catalogue, count: int = 24) -> list[str]:
    chance = random.Random(5)
    said = ("the ferry", "a bridge", "harbour at night", "Зеленский", "العبارة في الميناء")
    return [
        a_clip(
            catalogue,
            f"{chance.choice(said)} {number}",
            cues=[(n * 1000, n * 1000 + 900, chance.choice(said)) for n in range(number % 7)],
            tags=chance.sample(["convoy", "Volodymyr Zelensky", "Bakhmut", "smoke"], number % 3),
            description=chance.choice(said),
            source=f"source {number % 4}",
            duration_ms=9_000 + 311 * number,
            recorded_at=f"2017-{1 + number % 12:02}-03",
        )
        for number in range(count)
    ]


def _answer(catalogue: Catalogue, index: SearchIndex, query: SearchQuery) -> tuple[object, ...]:
    """All but the scores, and the order among equals, which no index promises."""
    found = find(catalogue, index, query)
    hits = {hit.clip_id: (hit.title, hit.moments) for hit in found.hits}
    facets = [
        (facet.name, sorted((one.value, one.count) for one in facet.values))
        for facet in found.facets
    ]
    return found.count, hits, facets, found.notes


def _same(catalogue: Catalogue, index: SearchIndex, folder: Path) -> None:
    """As one process makes it in `folder`, but for the measure of scores.

    What was deleted counts in that until it is merged away, cursors among it: of 24 clips that is
    seen, of a million it isn't.
    """
    one = SearchIndex(folder)
    one.rebuild(catalogue, 1)
    for asked in ASKED:
        query = SearchQuery(asked, limit=100)
        assert _answer(catalogue, index, query) == _answer(catalogue, one, query), asked
        scores = [
            {hit.clip_id: hit.score for hit in find(catalogue, at, query).hits}
            for at in (index, one)
        ]
        assert scores[0] == pytest.approx(scores[1], rel=0.5), asked
    for sort in ("newest", "longest", "title", "latest"):
        query = SearchQuery("", limit=100, sort=sort)
        ids = [[hit.clip_id for hit in find(catalogue, at, query).hits] for at in (index, one)]
        assert ids[0] == ids[1], sort
    searcher = index.searcher()
    assert searcher is not None
    living = tantivy.Query.all_query()  # what was deleted counts until it is merged away
    assert searcher.terms_with_prefix("kind", CURSOR, living) == [(CURSOR, 1)]
    assert {n for _, n in searcher.terms_with_prefix("key", named(NAME, ""), living)} == {1}
    assert [path.name for path in index.folder.glob("index-*/part*")] == []
    assert len(list(index.folder.glob("index-*"))) == 1
    assert not (index.folder / "unfinished.json").exists()


def _begun(catalogue: Catalogue, index: SearchIndex, count: int = 3) -> Parts:
    """As `rebuild` begins one, no part of which is made."""
    index.folder.mkdir(parents=True, exist_ok=True)
    with catalogue.reading() as session:
        begun = Parts(index._new_folder(), count, search_feed.newest(session))
    begun.begin()
    index._drafted(begun.folder)
    return begun


def _made(catalogue: Catalogue, index: SearchIndex, url: str) -> Parts:
    """The same, of which every part is made."""
    begun = _begun(catalogue, index, 2)
    for number, folder in enumerate(begun._parts):
        parts._taken_in(url, folder, change_feed.Share(number, 2, begun.until))
    return begun


def _wait_for(what: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)


def test_shares_hold_every_clip_once(catalogue: Catalogue) -> None:
    made = set(_clips(catalogue, 40))
    with catalogue.writing() as session:
        holdings.touch(session, sorted(made)[:20])  # one revision
        until = search_feed.newest(session)
    late = a_clip(catalogue, "late")
    for of in (1, 2, 3, 8):
        with catalogue.reading() as session:
            shares = [change_feed.Share(number, of, until) for number in range(of)]
            found = [change_feed.clips(session, 0, "", 100, share) for share in shares]
        ids = [one.clip_id for some in found for one in some]
        assert sorted(ids) == sorted(made)
        assert late not in ids


def test_several_processes_make_the_same_index(
    catalogue: Catalogue, index: SearchIndex, tmp_path: Path
) -> None:
    made = _clips(catalogue)
    a_clip(catalogue, "ferry", state="quarantined")
    assert index.rebuild(catalogue, 3) == len(made) + 1
    assert index.catch_up(catalogue) == 0
    _same(catalogue, index, tmp_path / "one")


@ON_ONE
def test_many_clips_are_read_by_all_processors(
    catalogue: Catalogue, index: SearchIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "MANY", 10)
    made = _clips(catalogue)
    assert index.rebuild(catalogue) == len(made)
    _same(catalogue, index, tmp_path / "one")


@ON_ONE
def test_an_empty_catalogue_makes_an_empty_index(catalogue: Catalogue, index: SearchIndex) -> None:
    assert index.rebuild(catalogue, 2) == 0
    assert find(catalogue, index, SearchQuery("")).count == 0
    a_clip(catalogue, "ferry")
    assert index.catch_up(catalogue) == 1
    assert find(catalogue, index, SearchQuery("ferry")).count == 1


@pytest.mark.parametrize("joined", [False, True], ids=["parts are whole", "it was joined"])
def test_what_changes_meanwhile_is_as_it_is_now(
    catalogue: Catalogue, migrated_url: str, index: SearchIndex, tmp_path: Path, *, joined: bool
) -> None:
    made = _clips(catalogue)
    index.rebuild(catalogue, 1)
    begun = _made(catalogue, index, migrated_url)
    if joined:
        begun.join().wait()
    with catalogue.writing() as session:
        for clip_id in made[:6]:
            session.get_one(Clip, clip_id).title = "entirely new"
        holdings.touch(session, made[:6])
        for clip_id in made[6:9]:
            session.get_one(Clip, clip_id).state = "quarantined"
        holdings.touch(session, made[6:9])
        for clip_id in made[9:12]:
            purging.ask(session, clip_id, "asked for", with_masters=False, actor="local")
    new = a_clip(catalogue, "a bridge that came", tags=["Zaporizhzhia"])
    assert index.rebuild(catalogue, 2) == 6 + 3 + 3 + 1
    assert find(catalogue, index, SearchQuery("")).count == len(made) - 6 + 1
    assert find(catalogue, index, SearchQuery('"entirely new"')).count == 6
    assert find(catalogue, index, SearchQuery("Zaporizhia")).hits[0].clip_id == new
    _same(catalogue, index, tmp_path / "one")


def test_parts_that_were_begun_are_gone_on_with(
    catalogue: Catalogue, index: SearchIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _clips(catalogue)
    begun = _begun(catalogue, index)
    monkeypatch.setattr(writing, "BATCH", 2)
    halts = iter([False, False, True])
    writer = parts._writer(begun.folder / "part-1", change_feed.Share(1, 3, begun.until))
    taken = writer.take_in(catalogue, lambda: next(halts))
    writer.close()
    assert taken == 4
    shutil.copytree(begun.folder / "part-1", begun.folder / "part-2")  # of no use: damaged
    (begun.folder / "part-2" / "meta.json").write_text("{")
    assert index.rebuild(catalogue, 2) == len(made) - 4
    _same(catalogue, index, tmp_path / "one")


@ON_ONE
@pytest.mark.parametrize("state", ["said", "half moved", "moved", "put together", "settled"])
def test_a_rebuild_killed_while_it_joins_is_gone_on_with(
    catalogue: Catalogue, migrated_url: str, index: SearchIndex, tmp_path: Path, state: str
) -> None:
    made = _clips(catalogue)
    begun = _made(catalogue, index, migrated_url)
    parts._put(begun._joined, parts._sum(begun._parts))
    if state == "half moved":
        path = next(begun._parts[0].glob("*.store"))
        path.replace(begun.folder / path.name)
    elif state == "moved":
        begun._gather()
        begun._meta.replace(begun._joined)
    elif state == "put together":
        begun._gather()
    elif state == "settled":
        plan = begun._plan.read_text()
        begun.join().wait()
        begun._plan.write_text(plan)
    assert index.rebuild(catalogue, 2) == 0
    assert index.catch_up(catalogue) == 0
    assert find(catalogue, index, SearchQuery("")).count == len(made)
    _same(catalogue, index, tmp_path / "one")


@ON_ONE
@pytest.mark.parametrize("damage", ["joined.json", "segment"])
def test_parts_that_cannot_be_joined_are_begun_anew(
    catalogue: Catalogue, migrated_url: str, index: SearchIndex, tmp_path: Path, damage: str
) -> None:
    _clips(catalogue)
    begun = _made(catalogue, index, migrated_url)
    if damage == "segment":
        next(begun._parts[1].glob("*.term")).unlink()
        parts._put(begun._joined, parts._sum(begun._parts))
    else:
        begun._joined.write_text("")  # as after a power cut
    with pytest.raises(DamagedIndexError):
        index.rebuild(catalogue, 2)
    assert not index.open()
    assert index.rebuild(catalogue, 2) == 24
    _same(catalogue, index, tmp_path / "one")


@ON_ONE
def test_parts_of_a_catalogue_that_was_restored_are_begun_anew(
    catalogue: Catalogue, index: SearchIndex, tmp_path: Path
) -> None:
    _clips(catalogue)
    begun = _begun(catalogue, index)
    Parts(begun.folder, 3, begun.until + 5).begin()
    assert index.rebuild(catalogue, 2) == 24
    _same(catalogue, index, tmp_path / "one")


@ON_ONE
def test_a_follower_does_not_show_parts(
    catalogue: Catalogue, migrated_url: str, index: SearchIndex
) -> None:
    made = _clips(catalogue)
    _made(catalogue, index, migrated_url)
    assert index.catch_up(catalogue) == len(made)
    assert find(catalogue, index, SearchQuery("")).count == len(made)
    assert len(list(index.folder.glob("index-*"))) == 1


@ON_ONE
def test_a_killed_process_ends_the_rebuild_with_its_reason(
    catalogue: Catalogue, index: SearchIndex, tmp_path: Path
) -> None:
    made = _clips(catalogue)
    index.rebuild(catalogue, 1)
    before = (index.folder / "current.json").read_text()

    def kill() -> None:
        _wait_for(multiprocessing.active_children)
        for process in multiprocessing.active_children()[:1]:
            process.kill()

    killing = threading.Thread(target=kill)
    killing.start()
    with pytest.raises(LostPartError, match="killed by signal 9"):
        index.rebuild(catalogue, 2)
    killing.join()
    assert multiprocessing.active_children() == []
    assert (index.folder / "current.json").read_text() == before
    assert find(catalogue, index, SearchQuery("")).count == len(made)
    index.rebuild(catalogue, 2)
    assert (index.folder / "current.json").read_text() != before
    _same(catalogue, index, tmp_path / "one")


def test_what_a_process_met_is_raised_here(catalogue: Catalogue, index: SearchIndex) -> None:
    made = _clips(catalogue)
    index.rebuild(catalogue, 1)
    before = (index.folder / "current.json").read_text()
    with catalogue.engine.begin() as connection:
        connection.execute(text("ALTER TABLE cues RENAME TO cues_away"))
    with pytest.raises(DBAPIError, match="cues"):
        index.rebuild(catalogue, 2)
    with catalogue.engine.begin() as connection:
        connection.execute(text("ALTER TABLE cues_away RENAME TO cues"))
    assert multiprocessing.active_children() == []
    assert (index.folder / "current.json").read_text() == before
    assert find(catalogue, index, SearchQuery("")).count == len(made)


@ON_ONE
def test_a_full_disk_is_told_and_gone_on_with(
    catalogue: Catalogue, index: SearchIndex, tmp_path: Path
) -> None:
    _clips(catalogue)
    long = " ".join(f"word{number}" for number in range(9_000))
    for _ in range(4):  # so that both parts have some
        a_clip(catalogue, "long", description=long)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))  # children have it, too
    try:
        with pytest.raises(DamagedIndexError, match="too large"):
            index.rebuild(catalogue, 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not index.open()
    index.rebuild(catalogue, 2)
    _same(catalogue, index, tmp_path / "one")


REBUILDING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs in the background ignores it
from pathlib import Path
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.search import SearchIndex
SearchIndex(Path(sys.argv[2])).rebuild(open_catalogue(sys.argv[1]), 2)
"""


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [
            int(one)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for one in (task / "children").read_text().split()
            if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()
        ]
    return []


@ON_ONE
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_rebuild_leaves_no_process_and_is_gone_on_with(
    catalogue: Catalogue, migrated_url: str, index: SearchIndex, tmp_path: Path, number: int
) -> None:
    made = _clips(catalogue)
    command = [sys.executable, "-c", REBUILDING, migrated_url, str(index.folder)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _wait_for(lambda: len(_children(process.pid)) == 2)
    children = _children(process.pid)
    os.kill(process.pid, signal.SIGSTOP)  # or on a busy machine it may be done by now
    _wait_for(lambda: [*index.folder.glob("index-*/part-*/meta.json")])
    os.kill(process.pid, number)
    os.kill(process.pid, signal.SIGCONT)
    assert process.wait(30) != 0
    _wait_for(lambda: not any(map(_lives, children)), 10)
    assert not index.open()
    index.rebuild(catalogue, 2)
    assert find(catalogue, index, SearchQuery("")).count == len(made)
    _same(catalogue, index, tmp_path / "one")


def _lives(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
