"""Proxies in the background: the clip is ready before, and no fault takes it away."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from mediacatalog.catalog import holdings, proxies, record
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.cli import main
from mediacatalog.errors import NotFoundError
from mediacatalog.ingest.direct import Direct, Result
from mediacatalog.ingest.proxies import Maker
from mediacatalog.media import probe
from mediacatalog.values import utc_now
from tests.factories import make_clip
from tests.ingest.test_pipeline import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings

MPEG2 = ("-c:v", "mpeg2video", "-q:v", "4")


@pytest.fixture
def both(migrated_url: str, settings: Settings) -> Settings:
    return settings.model_copy(update={"database_url": migrated_url})


@pytest.fixture
def opened(both: Settings) -> Iterator[Catalogue]:
    catalogue = open_catalogue(both.catalogue_url)
    catalogue.upgrade()
    yield catalogue
    catalogue.close()


def ingest(settings: Settings, *paths: Path) -> list[Result]:
    with Direct(settings) as direct:
        return list(direct.ingest(direct.choose(paths)))


def document(catalogue: Catalogue, clip: str | None) -> dict[str, Any]:
    with catalogue.reading() as session:
        return record.of_clip(session, str(clip))


def shown(catalogue: Catalogue, clip: str | None) -> proxies.Shown | None:
    with catalogue.reading() as session:
        return proxies.shown(session, str(clip))


def left(settings: Settings) -> list[str]:
    return sorted(one.name for one in settings.derivatives.glob("*/*/*/proxy-*"))


def test_a_clip_is_ready_before_its_proxy_and_gets_one_in_the_background(
    both: Settings, opened: Catalogue
) -> None:
    path = make_clip(both.media, "old.ts", codec=MPEG2, audio=True)
    before = path.read_bytes()
    (result,) = ingest(both, path)
    assert (result.state, result.problems) == ("ready", [])
    waiting = shown(opened, result.clip)
    assert waiting is not None
    assert (waiting.state, waiting.way) == ("waiting", "encode")
    assert "MPEG-2" in " ".join(waiting.reasons)
    maker = Maker(opened, both, "slot-0")
    assert maker.make_next()
    assert not maker.make_next()
    ready = shown(opened, result.clip)
    assert ready is not None
    assert (ready.state, ready.recipe, ready.width) == ("ready", "proxy-3 (encode)", 320)
    assert ready.start_pts == document(opened, result.clip)["start_pts"]
    assert document(opened, result.clip)["state"] == "ready"
    assert left(both) == ["proxy-1"]
    (made,) = both.derivatives.glob("*/*/*/proxy-1/*")
    found = probe.probe(made)
    assert found.video is not None
    assert (made.name, found.video.codec, found.duration_ms) == ("proxy.mp4", "h264", 2000)
    assert path.read_bytes() == before


def test_a_master_that_browsers_play_gets_none(both: Settings, opened: Catalogue) -> None:
    (result,) = ingest(both, make_clip(both.media, audio=True))
    assert shown(opened, result.clip) is None
    assert not Maker(opened, both, "slot-0").make_next()


def test_reading_a_clip_again_keeps_its_proxy_and_rerun_makes_it_anew(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIACATALOG_DATA", str(settings.data))
    monkeypatch.setenv("MEDIACATALOG_MEDIA", str(settings.media))
    (result,) = ingest(settings, path := make_clip(settings.media, "old.avi", codec=MPEG2))
    catalogue = open_catalogue(settings.catalogue_url)
    maker = Maker(catalogue, settings, "slot-0")
    maker.make_next()
    first = shown(catalogue, result.clip)
    again = ["rerun", "watch_through", "--clip", str(result.clip), "--json"]
    assert json.loads(CliRunner().invoke(main, again).stdout) == {"again": 1, "offline": 0}
    ingest(settings, path)
    assert shown(catalogue, result.clip) == first
    assert not maker.make_next()
    again = ["rerun", "proxy", "--clip", str(result.clip), "--json"]
    assert json.loads(CliRunner().invoke(main, again).stdout) == {"again": 1, "offline": 0}
    assert document(catalogue, result.clip)["state"] == "ready"
    assert maker.make_next()
    assert left(settings) == ["proxy-2"]
    catalogue.close()


def test_a_fault_of_the_file_is_a_problem_and_the_clip_stays_usable(
    both: Settings, opened: Catalogue
) -> None:
    (result,) = ingest(both, make_clip(both.media, "old.ts", codec=MPEG2))
    hasty = both.model_copy(update={"stage_seconds": 0.01})
    assert Maker(opened, hasty, "slot-0").make_next()
    about = shown(opened, result.clip)
    assert about is not None
    assert about.state == "failed"
    found = document(opened, result.clip)
    assert found["state"] == "partial"
    assert [one["stage"] for one in found["problems"]] == ["proxy"]
    assert found["sightings"][0]["state"] == "partial"
    assert left(both) == []
    assert not Maker(opened, both, "slot-0").make_next()
    with opened.writing() as session:
        assert proxies.again(session, holdings.clip(session, str(result.clip)))
    assert Maker(opened, both, "slot-0").make_next()
    assert document(opened, result.clip)["state"] == "ready"


def test_a_disk_without_room_is_waited_for(both: Settings, opened: Catalogue) -> None:
    (result,) = ingest(both, make_clip(both.media, "old.ts", codec=MPEG2))
    full = both.model_copy(update={"disk_reserve_bytes": 2**60})
    assert Maker(opened, full, "slot-0").make_next()
    about = shown(opened, result.clip)
    assert about is not None
    assert about.state == "waiting"
    assert "may need" in about.error
    assert document(opened, result.clip)["state"] == "ready"
    assert not Maker(opened, both, "slot-0").make_next()  # not at once
    with opened.writing() as session:  # planned before the clock was set back
        session.get_one(proxies.ProxyRow, result.clip).next_retry_at = utc_now() + timedelta(days=3)
    assert Maker(opened, both, "slot-0").make_next()


def test_a_master_that_went_away_is_waited_for(both: Settings, opened: Catalogue) -> None:
    path = make_clip(both.media, "old.ts", codec=MPEG2)
    (result,) = ingest(both, path)
    path.unlink()
    assert Maker(opened, both, "slot-0").make_next()
    about = shown(opened, result.clip)
    assert about is not None
    assert (about.state, left(both)) == ("waiting", [])
    assert "can't be reached" in about.error


def test_what_a_dead_maker_left_is_cleared_and_made(both: Settings, opened: Catalogue) -> None:
    (result,) = ingest(both, make_clip(both.media, "old.ts", codec=MPEG2))
    with opened.writing() as session:
        claim = proxies.take(session, "slot-7")
        assert claim is not None
        proxies.begin(session, claim)
    sha256 = document(opened, result.clip)["sha256"]
    half = both.derivatives / sha256[:2] / sha256[2:4] / sha256 / "proxy-1"
    half.mkdir()
    (half / "proxy.mp4").write_bytes(b"half of it")
    living = Maker(opened, both, "slot-0", is_alive=lambda owner: owner == "slot-7")
    living.release_orphans()
    assert not living.make_next()
    ingest(both, both.media)  # what is being written isn't tidied away by another stage
    assert left(both) == ["proxy-1"]
    maker = Maker(opened, both, "slot-0")
    maker.release_orphans()
    assert maker.make_next()
    assert left(both) == ["proxy-2"]
    with opened.writing() as session, pytest.raises(Exception, match="taken over"):
        proxies.tell(session, claim, 0.5)


def test_a_clip_of_an_older_catalogue_is_judged_when_its_turn_comes(
    both: Settings, opened: Catalogue
) -> None:
    plays, old = make_clip(both.media), make_clip(both.media, "old.ts", codec=MPEG2)
    one, two = ingest(both, plays), ingest(both, old)
    with opened.writing() as session:
        for result in (*one, *two):
            row = session.get(proxies.ProxyRow, result.clip)
            if row is not None:
                session.delete(row)
                session.flush()
            session.add(proxies.ProxyRow(clip_id=str(result.clip), state="waiting"))
    assert shown(opened, two[0].clip) is None
    maker = Maker(opened, both, "slot-0")
    assert maker.make_next()
    assert not maker.make_next()
    assert shown(opened, one[0].clip) is None
    ready = shown(opened, two[0].clip)
    assert ready is not None
    assert ready.state == "ready"


def test_a_person_stops_a_proxy_and_may_want_it_later(both: Settings, opened: Catalogue) -> None:
    path = make_clip(both.media, "old.ts", size="1280x720", shots=[("testsrc2", 8)], codec=MPEG2)
    (result,) = ingest(both, path)
    clip = str(result.clip)
    maker = Maker(opened, both, "slot-0")
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(maker.make_next)
        until(opened, clip, "making")
        with opened.writing() as session:
            proxies.stop(session, clip, actor="mona")
        made.result(timeout=90)
    with opened.reading() as session:
        (one,), count = proxies.underway(session)
        assert (one.clip_id, one.state, one.error) == (clip, "failed", "a person stopped it")
        assert count == 1
    assert left(both) == []
    assert not maker.make_next()
    assert document(opened, clip)["state"] == "ready"
    with opened.writing() as session, pytest.raises(NotFoundError):
        proxies.stop(session, clip, actor="mona")
    with opened.writing() as session:
        proxies.start(session, clip, actor="mona")
    assert maker.make_next()
    with opened.reading() as session:
        assert proxies.underway(session) == ((), 0)
    history = [(one["before"], one["after"]) for one in document(opened, clip)["history"]]
    assert history == [("a person stopped it", "waiting"), ("making", "a person stopped it")]


def until(catalogue: Catalogue, clip: str | None, state: str) -> None:
    deadline = time.monotonic() + 90
    while (about := shown(catalogue, clip)) is None or about.state != state:
        assert time.monotonic() < deadline, about
        time.sleep(0.05)


def test_a_worker_killed_over_a_proxy_is_followed_by_one_that_makes_it(
    settings: Settings,
) -> None:
    long = make_clip(
        settings.media, "old.ts", size="1280x720", shots=[("testsrc2", 4)], codec=MPEG2
    )
    (result,) = ingest(settings, long)
    catalogue = open_catalogue(settings.catalogue_url)
    command = [sys.executable, "-m", "mediacatalog", "worker"]
    worker = subprocess.Popen(command, env=environment(settings))
    try:
        until(catalogue, result.clip, "making")
        while not list(settings.derivatives.glob("*/*/*/proxy-1/proxy.mp4")):
            time.sleep(0.02)
        worker.kill()
        worker.wait()
        assert document(catalogue, result.clip)["state"] == "ready"
        worker = subprocess.Popen(command, env=environment(settings))
        until(catalogue, result.clip, "ready")
    finally:
        worker.kill()
        worker.wait()
    assert left(settings) == ["proxy-2"]
    assert document(catalogue, result.clip)["state"] == "ready"
    catalogue.close()
