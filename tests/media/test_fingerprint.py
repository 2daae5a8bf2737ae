"""The identity of a master is every byte of it, and nothing else."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from mediacatalog.errors import UnreadableMediaError
from mediacatalog.media.fingerprint import BUFFER_BYTES, fingerprint

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("size", [0, 1, BUFFER_BYTES - 1, BUFFER_BYTES, 3 * BUFFER_BYTES + 7])
def test_it_is_the_sha256_of_all_bytes(tmp_path: Path, size: int) -> None:
    path = tmp_path / "clip.mp4"
    data = os.urandom(size)
    path.write_bytes(data)
    found = fingerprint(path)
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert (found.byte_count, found.mtime_ns) == (size, path.stat().st_mtime_ns)


def test_progress_is_told_in_bytes_read(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"x" * (2 * BUFFER_BYTES + 5))
    told: list[int] = []
    fingerprint(path, progress=told.append)
    assert told == [BUFFER_BYTES, 2 * BUFFER_BYTES, 2 * BUFFER_BYTES + 5]


def test_a_file_that_grows_meanwhile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"x" * (2 * BUFFER_BYTES))

    def grow(_done: int) -> None:
        with path.open("ab") as file:
            file.write(b"more")
        os.utime(path, ns=(1, 1))

    with pytest.raises(UnreadableMediaError, match="changed while it was read"):
        fingerprint(path, progress=grow)


def test_a_file_written_in_place_meanwhile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"x" * 100)
    with pytest.raises(UnreadableMediaError, match=r"clip\.mp4: changed while it was read"):
        fingerprint(path, progress=lambda _done: os.utime(path, ns=(5, 5)))


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real.mp4").write_bytes(b"x")
    link = tmp_path / "link.mp4"
    link.symlink_to(tmp_path / "real.mp4")
    with pytest.raises(UnreadableMediaError, match="links are not followed"):
        fingerprint(link)


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(UnreadableMediaError, match="not a regular file"):
        fingerprint(tmp_path / "pipe.mp4")


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableMediaError, match="not a regular file"):
        fingerprint(tmp_path)
    with pytest.raises(UnreadableMediaError, match="No such file"):
        fingerprint(tmp_path / "nowhere.mp4")


def test_reading_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"x" * 1000)
    path.chmod(0o440)
    before = path.stat()
    fingerprint(path)
    after = path.stat()
    assert (before.st_mtime_ns, before.st_mode) == (after.st_mtime_ns, after.st_mode)
