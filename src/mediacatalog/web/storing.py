"""Where uploads end: safe names, room on the disk, and a whole file made visible under its name.

A file is whole and synced before it's linked to its name, and no link overwrites anything: the
watcher sees it whole or not at all. The plain form and resumable uploads both end here.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import threading
import time
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from mediacatalog.settings import Settings

MAX_NAME_BYTES = 200
MAX_FOLDERS = 12
"""How deep a folder that comes along may be: twelve long names still are a path."""
BATCH = re.compile(r"[0-9a-f]{8}")
FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
MEASURE_SHARE = 10
"""The managed root is measured again after ten times as long as the last measuring took."""


class InsufficientStorageError(HTTPException):
    """507 (RFC 4918): the disk, or the quota, can't take it."""

    code = 507


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a file: `stored`, `known` or `refused`."""

    name: str
    state: str
    message: str
    clip: str | None = None
    status: int = 200

    def as_json(self) -> dict[str, str | None]:
        return {
            "name": self.name,
            "state": self.state,
            "message": self.message,
            "clip": self.clip,
        }


def safe_name(outside: str) -> str:
    """The last part of a name from outside, as a file name: any script, no control characters.

    Never hidden, never longer than the disk takes; the suffix survives a cut.
    """
    name = unicodedata.normalize("NFC", outside.replace("\\", "/").rsplit("/", 1)[-1])
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    name = "".join("_" if unicodedata.category(one) in hidden else one for one in name)
    name = name.strip().lstrip(".").strip() or "upload"
    stem, dot, suffix = name.rpartition(".")
    ending = dot + suffix if stem and len(suffix) < 20 else ""
    room = MAX_NAME_BYTES - len(ending.encode())
    cut = name.removesuffix(ending).encode()[:room].decode(errors="ignore")
    return cut + ending


def safe_folders(outside: str) -> tuple[str, ...]:
    """The folders of a relative path from outside, without its last part; never upwards."""
    parts = outside.replace("\\", "/").split("/")[:-1]
    return tuple(safe_name(part) for part in parts if part.strip(" ."))[:MAX_FOLDERS]


def folder_of_batch(settings: Settings, day: date, batch: str) -> Path:
    """What came together lies together: a folder for the day, and for the batch on that day."""
    name = f"{day:%Y-%m-%d}"
    return settings.uploads / (f"{name}-{batch}" if BATCH.fullmatch(batch) else name)


def store(temporary: Path, folder: Path, name: str, sha256: str) -> Received:
    """Make a whole, synced file visible in `folder` of the managed root.

    Raises InsufficientStorageError when the disk can't take the name; the temporary file stays.
    """
    try:
        folder = _make(folder)
        stored, is_new = _link(temporary, folder, name, sha256)
        sync(folder)
    except OSError as error:
        refuse_full(error, name)
    if not is_new:
        return Received(stored.name, "known", "The same file was uploaded before.")
    message = "Stored. It is read within seconds."
    if stored.name != name:
        message = f"Stored as {stored.name}, since another file has its name. It is read next."
    return Received(stored.name, "stored", message)


def refuse_full(error: OSError, name: str, kept: str = "nothing of it was kept") -> NoReturn:
    """A full disk as 507; any other error as it is."""
    if error.errno in FULL_DISK:
        raise InsufficientStorageError(f"{name}: the disk is full; {kept}.") from error
    raise error


def stored_before(folder: Path, name: str, byte_count: int, sha256: str) -> bool:
    """Whether this very file already lies where it would be stored."""
    target = folder / name
    return target.is_file() and target.stat().st_size == byte_count and digest(target) == sha256


def _make(folder: Path) -> Path:
    """The folder, made durable; `name (2)` where a file has the name of a folder."""
    if folder.is_dir():
        return folder
    parent = folder.parent if folder.parent.is_dir() else _make(folder.parent)
    for name in _names(folder.name):
        target = parent / name
        with suppress(FileExistsError):
            target.mkdir()
            sync(parent)
        if target.is_dir():
            return target
    raise FileExistsError(errno.EEXIST, "too many files have this name", folder.name)


def _link(temporary: Path, folder: Path, name: str, sha256: str) -> tuple[Path, bool]:
    """Give the file its name, or `name (2)`…; the same bytes under that name stay as they are."""
    for one in _names(name):
        target = folder / one
        with suppress(FileExistsError):
            os.link(temporary, target)
            target.chmod(0o640)
            return target, True
        if target.is_dir():
            continue
        if target.samefile(temporary):
            return target, True  # a server that died between the link and its answer
        if digest(target) == sha256:
            return target, False
    raise FileExistsError(errno.EEXIST, "too many files have this name", name)


def _names(name: str) -> Iterator[str]:
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - Path.stem drops a trailing dot
    yield name
    for number in range(2, 1000):
        yield f"{stem} ({number}){suffix}"


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_reserve(settings: Settings, wanted: int = 0) -> None:
    """Raises InsufficientStorageError when `wanted` more bytes would touch the reserve."""
    if shutil.disk_usage(settings.data).free - wanted < settings.disk_reserve_bytes:
        raise InsufficientStorageError("There isn't enough free space on the server's disk.")


class Room:
    """How many bytes may still be taken: of the disk, and of the quota."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._stored = 0
        self._good_until = 0.0

    def ask(self, wanted: int, *, arriving: int = 0, promised: int = 0) -> None:
        """Raises InsufficientStorageError (507) unless `wanted` more bytes fit.

        `arriving` are the bytes of unfinished uploads that lie on the disk, `promised` those
        that are still to come.
        """
        settings = self._settings
        check_reserve(settings, wanted + promised)
        quota = settings.upload_quota_bytes
        if quota and self._used() + arriving + promised + wanted > quota:
            raise InsufficientStorageError(
                f"Uploads may take {quota} bytes; this one wouldn't fit."
            )

    def add(self, byte_count: int) -> None:
        """A file was stored since the root was measured."""
        with self._lock:
            self._stored += byte_count

    def _used(self) -> int:
        with self._lock:
            began = time.monotonic()
            if began >= self._good_until:
                self._stored = _bytes_below(self._settings.uploads)
                ended = time.monotonic()
                self._good_until = ended + MEASURE_SHARE * (ended - began)
            return self._stored


def _bytes_below(folder: Path) -> int:
    """Sizes of all files; one that vanishes meanwhile counts nothing."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(where, name)).st_size  # noqa: PTH118 - fast
    return total
