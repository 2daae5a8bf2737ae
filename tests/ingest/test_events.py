"""Hints of changes: they come at once where the system gives them, and are never needed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from mediacatalog.ingest.events import Events
from mediacatalog.ingest.roots import blind_spot, read_marker, write_marker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def events() -> Iterator[Events]:
    following = Events()
    yield following
    following.stop()


def told(events: Events, seconds: float = 60) -> set[str]:
    """What changed, waiting for the first hint at most so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if changed := events.wait(0.1):
            return changed
    return set()


def test_a_new_file_is_told_of_and_names_its_root(events: Events, tmp_path: Path) -> None:
    roots = {"one": tmp_path / "1", "two": tmp_path / "2"}
    for folder in roots.values():
        (folder / "below").mkdir(parents=True)
    assert events.follow(roots) == {"one": "", "two": ""}
    (roots["two"] / "below" / "a.mp4").write_bytes(b"x")
    assert told(events) == {"two"}


def test_reading_a_file_is_no_change(events: Events, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    events.follow({"root": tmp_path})
    (tmp_path / "a.mp4").read_bytes()
    assert told(events, 0.5) == set()
    (tmp_path / "a.mp4").rename(tmp_path / "b.mp4")
    assert told(events) == {"root"}


def test_a_folder_that_can_not_be_followed_says_why(events: Events, tmp_path: Path) -> None:
    found = events.follow({"gone": tmp_path / "gone"})
    assert "No such file" in found["gone"]


def test_a_folder_that_comes_back_is_followed_again(events: Events, tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    events.follow({"root": folder})
    folder.rename(tmp_path / "away")
    events.follow({})  # its root raised an alarm
    (tmp_path / "away").rename(folder)
    assert events.follow({"root": folder}) == {"root": ""}
    told(events, 0.3)
    (folder / "a.mp4").write_bytes(b"x")
    assert told(events) == {"root"}


def test_a_local_folder_is_not_taken_for_one_that_tells_nothing(tmp_path: Path) -> None:
    assert blind_spot(tmp_path) == ""


def test_a_marker_is_read_as_it_was_written_and_nothing_else_is(tmp_path: Path) -> None:
    assert read_marker(tmp_path) == ""
    marker = write_marker(tmp_path)
    assert marker
    assert read_marker(tmp_path) == marker
    assert [one.name for one in tmp_path.iterdir()] == [".mediacatalog-root"]
    assert write_marker(tmp_path, marker) == marker
    (tmp_path / ".mediacatalog-root").write_text("something else\n")
    assert read_marker(tmp_path) == ""
    (tmp_path / ".mediacatalog-root").unlink()
    (tmp_path / ".mediacatalog-root").symlink_to("/etc/hostname")
    assert read_marker(tmp_path) == ""
    assert write_marker(tmp_path / "gone") == ""
