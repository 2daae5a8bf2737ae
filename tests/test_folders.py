"""What is worked out of a folder is kept until the folder changes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mediacatalog.folders import known_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_is_worked_out_again_only_when_it_changed(tmp_path: Path) -> None:
    looks: list[Path] = []

    def names(path: Path) -> list[str]:
        looks.append(path)
        return sorted(one.name for one in path.iterdir())

    (tmp_path / "a").touch()
    os.utime(tmp_path, (1_600_000_000, 1_600_000_000))
    assert [known_folder(tmp_path, names) for _ in range(3)] == [["a"]] * 3
    assert len(looks) == 1
    (tmp_path / "b").touch()
    assert known_folder(tmp_path, names) == ["a", "b"]


def test_a_folder_that_has_just_changed_is_not_trusted(tmp_path: Path) -> None:
    """Two changes within one tick of the file system's clock leave the same time."""

    def names(path: Path) -> list[str]:
        return sorted(one.name for one in path.iterdir())

    assert known_folder(tmp_path, names) == []
    status = tmp_path.stat()
    (tmp_path / "a").touch()
    os.utime(tmp_path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert known_folder(tmp_path, names) == ["a"]


def test_a_folder_that_is_not_there_is_left_to_the_caller(tmp_path: Path) -> None:
    assert known_folder(tmp_path / "gone", lambda path: path.exists()) is False
