"""A file through the whole line, as `mediacatalog ingest` does it, and by durable workers."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from mediacatalog.catalog import record
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.ingest.direct import Direct, Result
from tests.factories import SRT, make_clip

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.settings import Settings


@pytest.fixture
def on_both(database_url: str, settings: Settings) -> Settings:
    """The test's settings, with the catalogue on SQLite and on PostgreSQL in turn."""
    return settings.model_copy(update={"database_url": database_url})


def ingest(settings: Settings, *paths: Path) -> list[Result]:
    with Direct(settings) as direct:
        return list(direct.ingest(direct.choose(paths)))


def shown(settings: Settings, clip: str) -> dict[str, Any]:
    catalogue = open_catalogue(settings.catalogue_url)
    with catalogue.reading() as session:
        document = record.of_clip(session, clip)
    catalogue.close()
    return document


def test_a_clip_with_captions_and_article_is_read_whole(on_both: Settings) -> None:
    path = make_clip(on_both.media, shots=[("red", 2.0), ("blue", 2.0)], srt=SRT, audio=True)
    path.with_suffix(".txt").write_text(
        "Ferry crossing at dawn\n\nKHERSON, Ukraine – A convoy reached the ferry before dawn, "
        "residents said. The crossing had been closed for a week after the storm.\n"
    )
    before = path.read_bytes()
    (result,) = ingest(on_both, path)
    assert (result.state, result.problems) == ("ready", [])
    assert result.sha256 == hashlib.sha256(before).hexdigest()
    assert path.read_bytes() == before
    document = shown(on_both, str(result.clip))
    assert [shot["start_ms"] for shot in document["shots"]] == [0, 2000]
    assert [cue["text"] for cue in document["tracks"][0]["cues"]] == [
        "The convoy reached the ferry",
        "crossing before the night fell",
    ]
    (article,) = document["articles"]
    assert article["state"] == "certain"
    assert document["title"] == "Ferry crossing at dawn"
    assert article["evidence"]


def test_the_same_bytes_at_a_second_path_are_one_clip(on_both: Settings) -> None:
    first = make_clip(on_both.media, "first.mp4")
    second = on_both.media / "copy" / "second.mp4"
    second.parent.mkdir()
    second.write_bytes(first.read_bytes())
    one, two = ingest(on_both, on_both.media)
    assert one.clip == two.clip
    assert {one.state, two.state} == {"ready"}
    assert len(shown(on_both, str(one.clip))["sightings"]) == 2


def test_a_broken_file_is_quarantined_and_the_rest_goes_on(on_both: Settings) -> None:
    make_clip(on_both.media, "good.mp4")
    (on_both.media / "broken.mp4").write_text("<html>404 not found</html>")
    (on_both.media / "empty.mp4").write_bytes(b"")
    states = {result.path.rsplit("/", 1)[1]: result for result in ingest(on_both, on_both.media)}
    assert states["good.mp4"].state == "ready"
    assert states["broken.mp4"].state == "quarantined"
    assert states["broken.mp4"].reason
    assert states["empty.mp4"].reason == "the file is empty (0 bytes)"


def test_ingesting_again_does_nothing_again(settings: Settings) -> None:
    make_clip(settings.media)
    (first,) = ingest(settings, settings.media)
    before = shown(settings, str(first.clip))["stages"]
    (second,) = ingest(settings, settings.media)
    assert second.clip == first.clip
    assert shown(settings, str(first.clip))["stages"] == before


def test_a_replaced_file_is_another_clip_and_the_old_one_stays(settings: Settings) -> None:
    path = make_clip(settings.media, shots=[("red", 1.0)])
    (first,) = ingest(settings, path)
    make_clip(settings.media, shots=[("green", 1.0)])
    (second,) = ingest(settings, path)
    assert first.clip != second.clip
    assert shown(settings, str(first.clip))["state"] == "offline"
    assert shown(settings, str(second.clip))["state"] == "ready"


def test_embedded_subtitles_become_a_track(settings: Settings, tmp_path: Path) -> None:
    srt = tmp_path / "t.srt"
    srt.write_text("1\n00:00:00,200 --> 00:00:01,000\nПереправа закрыта\n", encoding="utf-8")
    plain = make_clip(tmp_path)
    made = settings.media / "embedded.mp4"
    subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-i",
            plain,
            "-i",
            srt,
            "-map",
            "0:v",
            "-map",
            "1:s",
            "-c:v",
            "copy",
            "-c:s",
            "mov_text",
            "-metadata:s:s:0",
            "language=rus",
            made,
        ],
        check=True,
    )
    (result,) = ingest(settings, made)
    (track,) = shown(settings, str(result.clip))["tracks"]
    assert (track["origin"], track["language"]) == ("embedded", "ru")
    assert track["cues"][0]["text"] == "Переправа закрыта"


def environment(settings: Settings) -> dict[str, str]:
    keys = ("data", "media", "database_url", "poll_seconds", "settle_seconds", "workers")
    chosen = {f"MEDIACATALOG_{key.upper()}": str(getattr(settings, key)) for key in keys}
    return {**os.environ, **chosen, "MEDIACATALOG_DISK_RESERVE_BYTES": "0"}


def states(settings: Settings) -> dict[str, str]:
    from mediacatalog.catalog import holdings

    catalogue = open_catalogue(settings.catalogue_url)
    catalogue.upgrade()
    with catalogue.reading() as session:
        found = {
            one.display: one.state
            for root in holdings.roots(session, "watched")
            for one in holdings.sightings_of(session, root.id).values()
        }
    catalogue.close()
    return found


def wait_for(settings: Settings, wanted: dict[str, str], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while (now := states(settings)) != wanted:
        assert time.monotonic() < deadline, now
        time.sleep(0.2)


def test_a_killed_worker_is_followed_by_one_that_ends_its_work(on_both: Settings) -> None:
    command = [sys.executable, "-m", "mediacatalog", "worker"]
    names = [f"{number}.mp4" for number in range(6)]
    worker = subprocess.Popen(command, env=environment(on_both))
    try:
        for number, name in enumerate(names):
            make_clip(on_both.media, name, shots=[("testsrc2", 2.0 + number / 10), ("blue", 1.0)])
        for _ in range(3):
            time.sleep(1.5)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            worker = subprocess.Popen(command, env=environment(on_both))
        wait_for(on_both, dict.fromkeys(names, "ready"))
    finally:
        worker.kill()
        worker.wait()
    left = [path for path in on_both.derivatives.rglob("*") if path.is_dir() and "-" in path.name]
    assert len(left) == len(names), "folders of killed attempts are left"


def test_the_command_prints_a_line_of_json_for_each_file(settings: Settings) -> None:
    make_clip(settings.media, "good.mp4")
    (settings.media / "bad.mp4").write_text("no video")
    done = subprocess.run(
        [sys.executable, "-m", "mediacatalog", "ingest", "--json", settings.media],
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 3, done.stderr
    assert {line["path"].rsplit("/", 1)[1]: line["state"] for line in lines} == {
        "good.mp4": "ready",
        "bad.mp4": "quarantined",
    }
    assert set(lines[0]) >= {"path", "state", "clip", "sha256", "problems", "seconds"}
