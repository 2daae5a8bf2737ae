"""A file through the whole line, as `mediacatalog ingest` does it, and by durable workers."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from mediacatalog.catalog import holdings, record
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.catalog.models import Sighting
from mediacatalog.errors import FencedError, InvalidValueError
from mediacatalog.ingest import pipeline
from mediacatalog.ingest.direct import Direct, Result
from mediacatalog.ingest.jobs import Services
from mediacatalog.ingest.roots import prepare_roots
from mediacatalog.media.viewing import Viewer
from tests.factories import SRT, make_clip, run_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediacatalog.settings import Settings


@pytest.fixture
def on_both(migrated_url: str, settings: Settings) -> Settings:
    """The test's settings, with the catalogue on SQLite and on PostgreSQL in turn."""
    return settings.model_copy(update={"database_url": migrated_url})


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


def test_a_plain_clip_costs_few_transactions(on_both: Settings) -> None:
    path = make_clip(on_both.media, shots=[("testsrc2", 1.0)])
    commits = []
    with Direct(on_both) as direct:
        chosen = direct.choose([path])
        sa.event.listen(direct.catalogue.engine, "commit", commits.append)
        (result,) = direct.ingest(chosen)
    assert (result.state, result.problems) == ("ready", [])
    assert len(commits) <= 8
    document = shown(on_both, str(result.clip))
    assert document["probe_tool"].startswith("ffprobe")
    assert {one["state"] for one in document["stages"]} == {"done"}


def test_of_many_files_given_by_name_each_is_looked_up_alone(settings: Settings) -> None:
    paths = [settings.media / f"{n}.mp4" for n in range(12)]
    for path in paths:
        path.write_bytes(path.name.encode())
    loaded = []

    def count(*_: object) -> None:
        loaded.append(1)

    with Direct(settings) as direct:
        first = direct.choose(paths)
        sa.event.listen(Sighting, "load", count)
        try:
            assert direct.choose(paths) == first
        finally:
            sa.event.remove(Sighting, "load", count)
    assert len(loaded) == len(paths)


def test_the_same_bytes_at_a_second_path_are_one_clip(on_both: Settings) -> None:
    first = make_clip(on_both.media, "first.mp4")
    second = on_both.media / "copy" / "second.mp4"
    second.parent.mkdir()
    second.write_bytes(first.read_bytes())
    one, two = ingest(on_both, on_both.media)
    assert one.clip == two.clip
    assert {one.state, two.state} == {"ready"}
    assert len(shown(on_both, str(one.clip))["sightings"]) == 2


def test_a_clip_is_not_called_by_the_name_of_a_copy(settings: Settings) -> None:
    copy = make_clip(settings.media, "Copy of ferry_crossing.mp4")
    (result,) = ingest(settings, copy)
    assert shown(settings, str(result.clip))["title"] == "Copy of ferry crossing"
    own = settings.media / "ferry_crossing.mp4"
    own.write_bytes(copy.read_bytes())
    ingest(settings, own)
    assert shown(settings, str(result.clip))["title"] == "ferry crossing"


@pytest.mark.parametrize("words", ["a convoy reached the ferry ", "渡船"])
def test_a_long_article_describes_its_clip_by_a_beginning_that_shows_its_cut(
    settings: Settings, words: str
) -> None:
    path = make_clip(settings.media)
    path.with_suffix(".txt").write_text(f"Ferry at dawn\n\nKHERSON – {words * 400}.\n")
    (result,) = ingest(settings, path)
    description = shown(settings, str(result.clip))["description"]
    assert 400 < len(description) <= 502
    assert description.removesuffix(" …").endswith(
        ("convoy", "reached", "the", "ferry", "a", "船", "渡")
    )
    assert description.endswith(" …")


def test_a_file_of_the_watched_folder_is_one_sighting_whatever_was_ingested_before(
    settings: Settings,
) -> None:
    inside = make_clip(settings.media)
    outside = make_clip(settings.media.parent, "outside.mp4", shots=[("green", 1.0)])
    ingest(settings, outside)
    (result,) = ingest(settings, inside)
    catalogue = open_catalogue(settings.catalogue_url)
    prepare_roots(catalogue, settings)
    with catalogue.reading() as session:
        held = holdings.root_of(session, inside)
        assert held is not None
        assert held.path == str(settings.media)
        assert len(holdings.sightings_of(session, held.id)) == 1
    catalogue.close()
    assert len(shown(settings, str(result.clip))["sightings"]) == 1


def test_a_broken_file_is_quarantined_and_the_rest_goes_on(on_both: Settings) -> None:
    make_clip(on_both.media, "good.mp4")
    (on_both.media / "broken.mp4").write_text("<html>404 not found</html>")
    (on_both.media / "empty.mp4").write_bytes(b"")
    states = {result.path.rsplit("/", 1)[1]: result for result in ingest(on_both, on_both.media)}
    assert states["good.mp4"].state == "ready"
    assert states["broken.mp4"].state == "quarantined"
    assert states["broken.mp4"].reason
    assert states["empty.mp4"].reason == "the file is empty (0 bytes)"


def test_an_encrypted_film_is_held_back_as_such(settings: Settings, tmp_path: Path) -> None:
    clip = make_clip(tmp_path, codec=["-c:v", "libvpx-vp9", "-b:v", "200k", "-cpu-used", "8"])
    key = "00112233445566778899aabbccddeeff"
    locked = ["-encryption_scheme", "cenc-aes-ctr"]
    locked += ["-encryption_key", key, "-encryption_kid", key]
    run_ffmpeg("-i", str(clip), "-c", "copy", *locked, str(settings.media / "locked.mp4"))

    (done,) = ingest(settings, settings.media)

    assert done.state == "quarantined"
    assert done.reason == "the picture is encrypted: it can't be seen without its key"


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


def test_captions_beside_either_of_two_copies_read_at_once_are_kept(on_both: Settings) -> None:
    (on_both.media / "copy").mkdir()
    first = make_clip(on_both.media, "a.mp4", srt=SRT)
    second = on_both.media / "copy" / "b.mp4"
    second.write_bytes(first.read_bytes())
    second.with_suffix(".srt").write_text(SRT.replace("00:00:00", "00:00:01"))
    results = ingest(on_both, on_both.media)
    states = {result.path.rsplit("/", 1)[-1]: result.state for result in results}
    assert (states["a.mp4"], states["b.mp4"]) == ("ready", "ready")
    clip = next(str(result.clip) for result in results if result.clip)
    assert {track["from"] for track in shown(on_both, clip)["tracks"]} == {"a.srt", "b.srt"}


@pytest.mark.parametrize("fault", ["gone", "changed"])
def test_a_file_that_goes_or_changes_while_it_is_read_is_not_held_against_its_clip(
    settings: Settings, fault: str
) -> None:
    path = make_clip(settings.media, shots=[("testsrc2", 2.0), ("blue", 1.0)])
    original = path.read_bytes()
    with Direct(settings) as direct:
        (chosen,) = direct.choose([path])
        fence = direct._claim(chosen.sighting_id)
        assert fence is not None
        with Viewer() as viewer:
            services = Services(direct.catalogue, settings, viewer)

            def step(name: str, call: Callable[[], Any]) -> Any:
                if name == "probe":
                    path.unlink() if fault == "gone" else path.write_bytes(b"something else")
                return call()

            with pytest.raises(FencedError, match=fault.replace("gone", "went away")):
                pipeline.run(services, chosen.sighting_id, fence, step)
    path.write_bytes(original)
    (result,) = ingest(settings, path)
    assert (result.state, result.reason) == ("ready", "")


def test_names_that_are_no_utf8_go_through_the_whole_line(on_both: Settings) -> None:
    stem = os.fsencode(on_both.media) + b"/bad\xff"
    made = make_clip(on_both.media, srt=SRT)
    made.rename(os.fsdecode(stem + b".mp4"))
    made.with_suffix(".srt").rename(os.fsdecode(stem + b".srt"))
    story = "The bridge at the river was closed on Monday, officials of the town said. " * 8
    page = f"<html><head><title>The bridge</title></head><body><p>{story}</p></body></html>"
    Path(os.fsdecode(stem + b".html")).write_text(page)
    Path(os.fsdecode(stem + b".vtt")).write_bytes(b"\x89PNG no captions at all")
    Path(os.fsdecode(stem + b"2.mp4")).write_bytes(b"no video")
    results = ingest(on_both, on_both.media)
    (clip,) = (one for one in results if one.path.endswith("bad\\udcff.mp4"))
    document = shown(on_both, str(clip.clip))
    json.dumps(document, ensure_ascii=False, default=str).encode()
    assert clip.state == "partial", "the caption file that is none is a problem"
    assert [track["from"] for track in document["tracks"]] == ["bad\\udcff.srt"]
    assert [one["title"] for one in document["articles"]] == ["The bridge"]
    (again,) = ingest(on_both, Path(os.fsdecode(stem + b".mp4")))
    assert again.clip == clip.clip


def test_a_folder_whose_name_is_no_utf8_is_refused_in_words(
    settings: Settings, tmp_path: Path
) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    folder.mkdir()
    make_clip(folder)
    with pytest.raises(InvalidValueError, match="no UTF-8"):
        ingest(settings, folder)


def test_a_clip_whose_only_file_was_emptied_is_offline(settings: Settings) -> None:
    path = make_clip(settings.media)
    (before,) = ingest(settings, path)
    path.write_bytes(b"")
    (after,) = ingest(settings, path)
    assert (after.state, after.clip) == ("quarantined", None)
    assert shown(settings, str(before.clip))["state"] == "offline"


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
    names = [*(f"{number}.mp4" for number in range(5)), "no utf-8 \udcff.mp4"]
    worker = subprocess.Popen(command, env=environment(on_both))
    try:
        for number, name in enumerate(names):
            make_clip(on_both.media, name, shots=[("testsrc2", 2.0 + number / 10), ("blue", 1.0)])
        for _ in range(3):
            time.sleep(1.5)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            worker = subprocess.Popen(command, env=environment(on_both))
        shown_names = [holdings.display_name(os.fsencode(name)) for name in names]
        wait_for(on_both, dict.fromkeys(shown_names, "ready"))
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
