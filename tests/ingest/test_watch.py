"""The reconcile: what a pass over a folder makes of its files. Each story on both databases."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from mediacatalog.catalog import file_names, holdings, occasions
from mediacatalog.catalog.models import Clip, Sighting
from mediacatalog.ingest.roots import prepare_roots
from mediacatalog.ingest.watch import Pass, Watcher
from mediacatalog.values import State
from tests.factories import make_clip

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings


class Folder:
    """A watched folder, and what the catalogue says of the files in it."""

    def __init__(self, catalogue: Catalogue, settings: Settings) -> None:
        self.catalogue, self.settings = catalogue, settings
        prepare_roots(catalogue, settings)
        self.watcher = Watcher(catalogue, settings)

    def look(self) -> Pass:
        passes = {one.root: one for one in self.watcher.reconcile_all()}
        return passes[os.fspath(self.settings.media)]

    def look_until_settled(self) -> Pass:
        self.look()
        time.sleep(self.settings.unproven_settle_seconds + 0.1)
        return self.look()

    def states(self) -> dict[str, str]:
        with self.catalogue.reading() as session:
            found: dict[str, str] = {}
            for root in holdings.roots(session, "watched"):
                for one in holdings.sightings_of(session, root.id).values():
                    found[one.display] = one.state
            return found

    def reason(self, name: str) -> str:
        with self.catalogue.reading() as session:
            for root in holdings.roots(session, "watched"):
                for one in holdings.sightings_of(session, root.id).values():
                    if one.display == name:
                        return one.reason
        raise AssertionError(f"{name} was never seen")


@pytest.fixture
def folder(catalogue: Catalogue, settings: Settings) -> Folder:
    return Folder(catalogue, settings)


def test_a_new_file_arrives_and_waits_for_a_worker_when_it_stands_still(folder: Folder) -> None:
    make_clip(folder.settings.media)
    folder.look()
    assert folder.states() == {"clip.mp4": State.ARRIVING}
    time.sleep(0.3)
    folder.look()
    assert folder.states() == {"clip.mp4": State.WAITING}


def test_a_copy_that_stopped_at_sixty_per_cent_is_never_admitted(
    folder: Folder, tmp_path: Path
) -> None:
    """Copied in place, with the space reserved, and by rsync --inplace: all stop, then go on."""
    names = ["a.mp4", "a.mkv", "a.avi", "a.ts"]
    made = {}
    for name in names:
        extra = ["-movflags", "+faststart"] if name.endswith("mp4") else []
        made[name] = make_clip(
            tmp_path / "elsewhere", name, shots=(("testsrc2", 2),), size="640x360", extra=extra
        ).read_bytes()
        (folder.settings.media / name).write_bytes(made[name][: len(made[name]) * 6 // 10])
        reserved = folder.settings.media / f"reserved-{name}"
        with reserved.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, len(made[name]))
            file.write(made[name][: len(made[name]) * 6 // 10])
    for _ in range(2):
        folder.look_until_settled()
        assert set(folder.states().values()) == {State.ARRIVING}
        for name in folder.states():
            assert "not whole" in folder.reason(name)
    for name in names:
        with (folder.settings.media / name).open("ab") as file:
            file.write(made[name][len(made[name]) * 6 // 10 :])
        with (folder.settings.media / f"reserved-{name}").open("r+b") as file:
            file.write(made[name])
    folder.look_until_settled()
    assert set(folder.states().values()) == {State.WAITING}
    for name in names:
        assert (folder.settings.media / name).read_bytes() == made[name]


def test_hard_links_and_names_of_copies_on_their_way(folder: Folder, tmp_path: Path) -> None:
    """A hard link is whole at once; rsync, browsers and others rename when they have ended."""
    media, outside = folder.settings.media, make_clip(tmp_path / "elsewhere")
    os.link(outside, media / "link.mp4")
    half = outside.read_bytes()[: outside.stat().st_size * 6 // 10]
    on_the_way = {".rsync.mp4.Xy12Z3": "rsync.mp4", "b.mp4.part": "b.mp4", "~c.mp4": "c.mp4"}
    for name in on_the_way:
        (media / name).write_bytes(half)
    folder.look_until_settled()
    assert folder.states() == dict.fromkeys(on_the_way, State.IGNORED) | {"link.mp4": State.WAITING}
    for number, (name, end) in enumerate(on_the_way.items()):
        (media / name).write_bytes(outside.read_bytes() + b"\0\0\0\x0cfree000%d" % number)
        (media / name).rename(media / end)
    folder.look_until_settled()
    assert {folder.states()[end] for end in on_the_way.values()} == {State.WAITING}


def test_a_file_that_somebody_writes_to_waits(folder: Folder) -> None:
    path = make_clip(folder.settings.media)
    with path.open("ab"):
        folder.look_until_settled()
        assert folder.states() == {"clip.mp4": State.ARRIVING}
        assert "open for writing" in folder.reason("clip.mp4")
    folder.look()
    assert folder.states() == {"clip.mp4": State.WAITING}


def test_every_file_is_counted_and_says_why_it_is_ignored(folder: Folder) -> None:
    media = folder.settings.media
    make_clip(media, srt="1\n00:00:00,000 --> 00:00:01,000\nhello\n")
    (media / "notes.xyz").write_text("x")
    (media / ".hidden.mp4").write_text("x")
    (media / "half.mp4.part").write_text("x")
    (media / "below").mkdir()
    (media / "below" / "picture.jpg").write_text("x")
    (media / "link.mp4").symlink_to(media / "clip.mp4")
    done = folder.look()
    states = folder.states()
    assert done.files == len(states) == 6
    assert [name for name, state in states.items() if state != State.IGNORED] == ["clip.mp4"]
    assert "captions" in folder.reason("clip.srt")
    assert "hidden" in folder.reason(".hidden.mp4")
    assert "unfinished" in folder.reason("half.mp4.part")


def test_a_file_that_went_is_offline_and_comes_back_as_it_was(
    folder: Folder, tmp_path: Path
) -> None:
    for number in range(3):
        make_clip(folder.settings.media, f"{number}.mp4")
    folder.look()
    shutil.move(folder.settings.media / "1.mp4", tmp_path / "1.mp4")
    folder.look()
    assert folder.states()["1.mp4"] == State.OFFLINE
    shutil.move(tmp_path / "1.mp4", folder.settings.media / "1.mp4")
    folder.look_until_settled()
    assert folder.states()["1.mp4"] == State.WAITING


def test_an_emptied_folder_changes_nothing_but_its_alarm(folder: Folder, tmp_path: Path) -> None:
    for number in range(2):
        make_clip(folder.settings.media, f"{number}.mp4")
    before = folder.look_until_settled() and folder.states()
    folder.settings.media.rename(tmp_path / "unmounted")
    assert folder.look().alarm
    folder.settings.media.mkdir()
    assert folder.look().alarm
    assert folder.states() == before
    folder.settings.media.rmdir()
    (tmp_path / "unmounted").rename(folder.settings.media)
    assert not folder.look().alarm
    assert folder.states() == before


def test_a_renamed_file_keeps_its_sighting(folder: Folder) -> None:
    path = make_clip(folder.settings.media)
    folder.look_until_settled()
    path.rename(path.with_name("another name.mp4"))
    done = folder.look()
    assert done.changed == {"moved": 1}
    assert folder.states() == {"another name.mp4": State.WAITING}
    with folder.catalogue.reading() as session:
        for typed, count in ((path.name, 0), ("Another", 1)):
            assert len(file_names.with_part(session, typed, None)[0]) == count


def test_the_day_and_place_in_a_new_name_are_the_clip_s(folder: Folder) -> None:
    path = make_clip(folder.settings.media)
    folder.look_until_settled()
    with folder.catalogue.writing() as session:
        clip = Clip(sha256="1" * 64, byte_count=1, state=State.READY)
        session.add(clip)
        session.flush()
        session.scalars(select(Sighting)).one().clip_id = clip_id = clip.id
    path.rename(path.with_name("Kharkiv_2022-03-01.mp4"))
    assert folder.look().changed == {"moved": 1}
    with folder.catalogue.reading() as session:
        found = occasions.of_clips(session, [clip_id])[clip_id]
    assert found.edtf == "2022-03-01"
    assert found.points


def test_a_download_that_is_renamed_when_it_ends_is_admitted(folder: Folder) -> None:
    path = make_clip(folder.settings.media)
    part = path.rename(path.with_name("clip.mp4.part"))
    folder.look()
    assert folder.states() == {"clip.mp4.part": State.IGNORED}
    part.rename(path)
    folder.look_until_settled()
    assert folder.states() == {"clip.mp4": State.WAITING}


def test_an_emptied_folder_of_a_few_files_takes_new_ones(folder: Folder) -> None:
    for number in range(2):
        make_clip(folder.settings.media, f"{number}.mp4")
    folder.look()
    for number in range(2):
        (folder.settings.media / f"{number}.mp4").unlink()
    assert folder.look().alarm
    make_clip(folder.settings.media, "new.mp4")
    folder.look_until_settled()
    assert not folder.look().alarm
    assert folder.states() == {
        "0.mp4": State.OFFLINE,
        "1.mp4": State.OFFLINE,
        "new.mp4": State.WAITING,
    }


def test_the_only_clip_may_go_with_its_captions(folder: Folder) -> None:
    path = make_clip(folder.settings.media, srt="1\n00:00:00,000 --> 00:00:01,000\nhello\n")
    folder.look()
    path.unlink()
    path.with_suffix(".srt").unlink()
    assert not folder.look().alarm
    assert set(folder.states().values()) == {State.OFFLINE}


def test_a_file_that_changes_while_it_is_read_is_seen_as_changed_afterwards(
    folder: Folder, catalogue: Catalogue
) -> None:
    path = make_clip(folder.settings.media)
    folder.look_until_settled()
    with catalogue.writing() as session:
        (root,) = holdings.roots(session, "watched")
        (one,) = holdings.sightings_of(session, root.id).values()
        holdings.set_state(one, State.RUNNING)
    with path.open("ab") as file:
        file.write(b"more")
    folder.look()
    with catalogue.writing() as session:
        holdings.set_state(holdings.sighting(session, one.id), State.READY)
    folder.look()
    assert folder.states() == {"clip.mp4": State.ARRIVING}


def test_hostile_names_are_seen_and_shown_harmlessly(folder: Folder) -> None:
    media = os.fsencode(folder.settings.media)
    for name in (b"bad\xff.mp4", b"new\nline.mp4", b"-i.mp4", "\u202egpj.mp4".encode()):
        with open(media + b"/" + name, "wb") as file:  # noqa: PTH123 - names are bytes
            file.write(b"x")
    folder.look()
    assert set(folder.states()) == {
        "bad\\udcff.mp4",
        "new\\nline.mp4",
        "-i.mp4",
        "\\u202egpj.mp4",
    }


def test_captions_that_come_later_send_the_clip_through_again(
    folder: Folder, catalogue: Catalogue
) -> None:
    path = make_clip(folder.settings.media)
    folder.look_until_settled()
    with catalogue.writing() as session:
        (root,) = holdings.roots(session, "watched")
        (one,) = holdings.sightings_of(session, root.id).values()
        holdings.set_state(one, State.READY)
    folder.look()
    assert folder.states()["clip.mp4"] == State.READY
    path.with_suffix(".srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nhello\n")
    folder.look()
    assert folder.states()["clip.mp4"] == State.WAITING
    assert "beside it changed" in folder.reason("clip.mp4")


def test_a_folder_without_news_is_only_listed_and_news_are_still_seen(folder: Folder) -> None:
    path = make_clip(folder.settings.media)
    folder.look_until_settled()
    for _ in range(3):
        assert folder.look().changed == {}
    folder.watcher.settings = folder.settings.model_copy(update={"settle_seconds": 3600.0})
    make_clip(folder.settings.media, "second.mp4")
    assert folder.look().changed == {"new": 1}
    path.unlink()
    assert folder.look().changed == {"offline": 1}
    assert folder.states() == {"clip.mp4": State.OFFLINE, "second.mp4": State.ARRIVING}


def test_files_given_once_by_hand_are_offline_with_their_disk_and_come_back(
    folder: Folder, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    for number in range(3):
        make_clip(stick, f"{number}.mp4")
    with folder.catalogue.writing() as session:
        root = holdings.root(session, stick, kind="once")
        for number in range(3):
            status = (stick / f"{number}.mp4").stat()
            seen = holdings.Seen(
                b"%d.mp4" % number, status.st_size, status.st_mtime_ns, 1, status.st_ino
            )
            holdings.add_sighting(session, root.id, seen, State.READY)
        root_id = root.id
    stick.rename(tmp_path / "pulled out")
    folder.watcher.reconcile_all()
    with folder.catalogue.reading() as session:
        states = {one.state for one in holdings.known(session, root_id).values()}
        assert (states, holdings.root_by_id(session, root_id).alarm) == ({State.OFFLINE}, None)
    (tmp_path / "pulled out").rename(stick)
    folder.watcher.reconcile_all()
    with folder.catalogue.reading() as session:
        assert State.OFFLINE not in {one.state for one in holdings.known(session, root_id).values()}
