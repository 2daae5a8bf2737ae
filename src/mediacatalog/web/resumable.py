"""Uploads that may be cut anywhere: what lies below DATA/incoming is the truth about them.

    ID.part        the bytes that arrived; its size, once synced, is the offset to go on from
    ID.json        what was promised of them, written before the first byte
    over/ID.done   what became of them, when it's over

Nothing that only memory holds is needed to go on: a server that was killed finds everything here.
"""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import json
import os
import re
import secrets
import threading
import time
from collections import OrderedDict
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, cast

from flask import current_app
from werkzeug.exceptions import Conflict, Gone, HTTPException, Locked, NotFound, ServiceUnavailable

from mediacatalog.values import utc_now
from mediacatalog.web import storing
from mediacatalog.web.storing import Received, Room
from mediacatalog.web.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mediacatalog.settings import Settings

KEPT = timedelta(days=7)
"""How long an upload that nobody goes on with is kept, and what became of one is remembered."""
EXPIRED = "Nobody went on with this upload for a week. What had arrived is removed; begin again."
SWEEP_PAUSE_SECONDS = 60.0
MAX_DIGESTS = 256
"""Running digests kept in memory; a lost one costs one more read of its file."""
OVER = "over"
DESK = "mediacatalog.uploads"
"""Where the application keeps its desk."""
ID = re.compile(r"[0-9a-f]{32}")


class ChecksumMismatchError(HTTPException):
    """460 (tus): the bytes that arrived aren't those that were sent."""

    code = 460


@dataclass(frozen=True, slots=True)
class Upload:
    """What was promised, and what became of it."""

    id: str
    name: str
    length: int
    """Bytes of the whole file."""
    folder: str
    """Where it will lie, below the managed root; safe parts, joined by slashes."""
    batch: str
    sha256: str
    """What the bytes must be, when the client said so; else empty."""
    created_at: str
    trusted: int | None = None
    """While a part with a checksum is arriving: only so many bytes count."""
    state: str = "arriving"
    """`arriving`, or how it ended: `stored`, `known`, `refused`, `expired`."""
    message: str = ""
    clip: str | None = None

    @property
    def is_over(self) -> bool:
        return self.state != "arriving"

    def ended(self, received: Received) -> Upload:
        return dataclasses.replace(
            self,
            name=received.name,
            state=received.state,
            message=received.message,
            clip=received.clip,
        )


class Desk:
    """All unfinished uploads of this archive, and who is writing to which."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.data / "incoming"
        self._room = Room(settings)
        self._lock = threading.Lock()
        self._writers: dict[str, Writer] = {}
        self._digests: OrderedDict[str, tuple[int, hashlib._Hash]] = OrderedDict()
        self._swept: float | None = None
        self._seats = threading.BoundedSemaphore(max(1, settings.threads // 2))

    # What is there

    def is_empty(self) -> bool:
        return not self._folder.is_dir() or not any(self._folder.iterdir())

    def find(self, upload_id: str) -> Upload:
        """Raises NotFound for an id that is none, or is no longer remembered."""
        if ID.fullmatch(upload_id):
            for suffix in (".done", ".json"):
                with suppress(FileNotFoundError):
                    return _read(self._path(upload_id, suffix))
        raise NotFound("No such upload. It may have been cancelled, or was left for too long.")

    def offset(self, upload: Upload) -> int:
        """How many bytes count, all of them on the disk."""
        if upload.is_over:
            return upload.length if upload.state in ("stored", "known") else 0
        try:
            descriptor = os.open(self._path(upload.id, ".part"), os.O_RDONLY)
        except FileNotFoundError as error:  # it ended in this moment
            raise Locked("This upload is just ending. Ask again.") from error
        try:
            os.fsync(descriptor)
            size = os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)
        return size if upload.trusted is None else min(size, upload.trusted)

    def expires_at(self, upload: Upload) -> datetime:
        """Every byte that comes puts it off."""
        path = self._path(upload.id, ".done" if upload.is_over else ".part")
        with suppress(FileNotFoundError):
            return _expiry(path)
        return utc_now()

    def refuse_expired(self, upload: Upload) -> None:
        """Raises Gone (410) once nobody went on for so long that it may be removed at any time."""
        if not upload.is_over and self.expires_at(upload) <= utc_now():
            raise Gone(EXPIRED)

    def ask_for_room(self, wanted: int) -> None:
        """Raises InsufficientStorage unless so many bytes fit beside all that was promised."""
        arriving, promised = 0, 0
        for one in self._unfinished():
            with suppress(FileNotFoundError):
                size = self._path(one.id, ".part").stat().st_size
                arriving += size
                promised += max(0, one.length - size)
        self._room.ask(wanted, arriving=arriving, promised=promised)

    def was_stored(self, byte_count: int) -> None:
        """The plain form stored a file: it counts."""
        self._room.add(byte_count)

    # Its life

    def create(
        self,
        outside: dict[str, str],
        length: int,
        known: Callable[[str], str | None],
    ) -> Upload:
        """A new upload from what a client says of it; over at once when its bytes are known.

        Raises InsufficientStorage (507) when it doesn't fit.
        """
        path = outside.get("relativePath") or outside.get("filename", "")
        batch, sha256 = outside.get("batch", ""), outside.get("sha256", "").lower()
        (self._folder / OVER).mkdir(parents=True, exist_ok=True)
        with self._alone():
            folders = (self._folder_of_batch(batch), *storing.safe_folders(path))
            upload = Upload(
                id=secrets.token_hex(16),
                name=storing.safe_name(outside.get("filename") or path),
                length=length,
                folder="/".join(folders),
                batch=batch if storing.BATCH.fullmatch(batch) else "",
                sha256=sha256,
                created_at=utc_now().isoformat(),
            )
            if sha256 and (clip := known(sha256)) is not None:
                message = "These bytes are already in the catalogue."
                return self._end(upload, Received(upload.name, "known", message, clip))
            if sha256 and storing.stored_before(self._target(upload), upload.name, length, sha256):
                message = "The same file was uploaded before."
                return self._end(upload, Received(upload.name, "known", message))
            self.ask_for_room(length)
            part = self._path(upload.id, ".part")
            try:
                os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640))
                self._keep(upload, ".json")
            except OSError as error:
                part.unlink(missing_ok=True)
                storing.refuse_full(error, upload.name)
        return upload

    @contextmanager
    def writing(self, upload_id: str, *, by_force: bool = False) -> Iterator[tuple[Upload, Writer]]:
        """The right to append, for one at a time.

        Raises Locked (423) while another has it. One from whom nothing came for a while loses it:
        a connection that broke unnoticed must not keep people from going on. NotFound and Gone when
        it is over, or when nobody went on for too long.
        """
        writer = self._take(upload_id, by_force=by_force)
        try:
            upload = self.find(upload_id)  # again: what stood in it before the lock may be old
            if upload.is_over:
                raise Conflict("This upload is over.")
            if upload.trusted is not None:
                writer.cut(upload.trusted)
                upload = dataclasses.replace(upload, trusted=None)
                self._keep(upload, ".json")
            yield upload, writer
        finally:
            self._release(upload_id, writer)

    @contextmanager
    def seat(self) -> Iterator[None]:
        """A place among those that send at the same time: half of the threads stay for pages.

        Raises ServiceUnavailable (503) when all are taken.
        """
        if not self._seats.acquire(blocking=False):
            message = "Too many uploads are being sent at this moment. Go on in a few seconds."
            raise ServiceUnavailable(message, retry_after=5)
        try:
            yield
        finally:
            self._seats.release()

    def append_checked(
        self, upload: Upload, writer: Writer, blocks: Iterator[bytes], algorithm: str, wanted: bytes
    ) -> None:
        """Append a part that counts as a whole or not at all.

        Raises ChecksumMismatchError (460) when it isn't what was sent.
        """
        start, digest = writer.offset, hashlib.new(algorithm, usedforsecurity=False)
        self._keep(dataclasses.replace(upload, trusted=start), ".json")
        for block in blocks:
            writer.write(block)
            digest.update(block)
        if digest.digest() != wanted:
            writer.cut(start)
        writer.sync()
        self._keep(upload, ".json")
        if digest.digest() != wanted:
            raise ChecksumMismatchError(
                "The bytes were changed on their way. Send this part again."
            )

    def end(self, upload: Upload, writer: Writer, known: Callable[[str], str | None]) -> Upload:
        """Make a whole upload visible, unless its bytes are known.

        Raises ChecksumMismatchError when it isn't what was promised, InsufficientStorageError on a
        full disk.
        """
        writer.be_busy()
        writer.sync()
        part = self._path(upload.id, ".part")
        sha256 = writer.sha256() or storing.digest(part)
        if upload.sha256 and sha256 != upload.sha256:
            message = (
                "The file isn't the one that was promised: its SHA-256 differs. Send it again."
            )
            self._end(upload, Received(upload.name, "refused", message))
            raise ChecksumMismatchError(message)
        clip = known(sha256)
        if clip is not None:
            message = "These bytes are already in the catalogue."
            received = Received(upload.name, "known", message, clip)
        else:
            received = storing.store(part, self._target(upload), upload.name, sha256)
        if received.state == "stored":
            self._room.add(upload.length)
        return self._end(upload, received)

    def remove(self, upload_id: str) -> None:
        """Forget an upload, and what arrived of it; what was stored stays.

        Takes it from whoever is writing to it. Raises Locked when it is just being stored.
        """
        if self.find(upload_id).is_over:
            self._path(upload_id, ".done").unlink(missing_ok=True)
            return
        with self.writing(upload_id, by_force=True):
            self._drop(upload_id)

    def sweep(self, known: Callable[[str], str | None], *, now: bool = False) -> None:
        """End uploads that nobody went on with, and forget what is long over.

        What is whole but was never stored, since the server died in that moment, is stored.
        """
        began = time.monotonic()  # a clock that is set back must not stop it
        if not now and self._swept is not None and began - self._swept < SWEEP_PAUSE_SECONDS:
            return
        self._swept = began
        if self.is_empty():
            return
        for path in [*self._folder.iterdir(), *(self._folder / OVER).glob("*")]:
            with suppress(FileNotFoundError, HTTPException):
                self._sweep_one(path, known)

    # How

    def _sweep_one(self, path: Path, known: Callable[[str], str | None]) -> None:
        if path.is_dir():
            return
        is_old = _expiry(path) <= utc_now()
        if path.suffix == ".json" and self._path(path.stem, ".part").exists():
            return
        if path.suffix == ".part" and self._path(path.stem, ".json").exists():
            if self.find(path.stem).is_over:  # the server died before it had cleared up
                self._drop(path.stem)
                return
            is_whole = path.stat().st_size >= _read(self._path(path.stem, ".json")).length
            if is_whole or is_old:
                with self.writing(path.stem) as (upload, writer):
                    if writer.offset == upload.length:
                        self.end(upload, writer, known)
                    elif _expiry(path) <= utc_now():
                        self._end(upload, Received(upload.name, "expired", EXPIRED))
        elif is_old:
            path.unlink()

    def _take(self, upload_id: str, *, by_force: bool) -> Writer:
        if self.find(upload_id).is_over:
            raise Conflict("This upload is over.")
        with self._lock:
            current = self._writers.get(upload_id)
            if current is not None:
                if not current.give_up(by_force=by_force):
                    raise Locked("Something else is writing to this upload. Try again soon.")
                self._remember(upload_id, current)
            try:
                descriptor = os.open(self._path(upload_id, ".part"), os.O_RDWR | os.O_APPEND)
            except FileNotFoundError as error:
                raise Locked("This upload is just ending. Ask again.") from error
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                os.close(descriptor)
                raise Locked("Another server is writing to this upload.") from error
            known_offset, digest = self._digests.pop(upload_id, (0, hashlib.sha256()))
            writer = Writer(descriptor, known_offset, digest)
            self._writers[upload_id] = writer
        return writer

    def _release(self, upload_id: str, writer: Writer) -> None:
        with self._lock:
            writer.close()
            if self._writers.get(upload_id) is writer:
                del self._writers[upload_id]
                self._remember(upload_id, writer)

    def _remember(self, upload_id: str, writer: Writer) -> None:
        if writer.digest is not None:
            self._digests[upload_id] = (writer.offset, writer.digest)
            while len(self._digests) > MAX_DIGESTS:
                self._digests.popitem(last=False)

    def _end(self, upload: Upload, received: Received) -> Upload:
        over = dataclasses.replace(upload.ended(received), trusted=None)
        self._keep(over, ".done")
        self._drop(upload.id)
        return over

    def _drop(self, upload_id: str) -> None:
        """The part first: what is promised without one has no effect."""
        for suffix in (".part", ".json"):
            self._path(upload_id, suffix).unlink(missing_ok=True)

    def _target(self, upload: Upload) -> Path:
        return self._settings.uploads.joinpath(*upload.folder.split("/"))

    def _folder_of_batch(self, batch: str) -> str:
        """Files of a batch stay together, though midnight passes between them."""
        today = utc_now().date()
        if storing.BATCH.fullmatch(batch):
            for one in self._unfinished():
                if one.batch == batch:
                    return one.folder.partition("/")[0]
            yesterday = self._folder_name(today - timedelta(days=1), batch)
            if (self._settings.uploads / yesterday).is_dir():
                return yesterday
        return self._folder_name(today, batch)

    def _folder_name(self, day: date, batch: str) -> str:
        return storing.folder_of_batch(self._settings, day, batch).name

    def _unfinished(self) -> Iterator[Upload]:
        for path in self._folder.glob("*.json"):
            with suppress(FileNotFoundError):
                yield _read(path)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One creation at a time, of all processes: what is promised can't be promised twice."""
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _path(self, upload_id: str, suffix: str) -> Path:
        """What is over lies apart: every new upload looks through the unfinished ones."""
        folder = self._folder / OVER if suffix == ".done" else self._folder
        return folder / (upload_id + suffix)

    def _keep(self, upload: Upload, suffix: str) -> None:
        """Whole or not at all, and durable."""
        path = self._path(upload.id, suffix)
        temporary = path.with_suffix(".new")
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(dataclasses.asdict(upload), file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        storing.sync(path.parent)


def desk() -> Desk:
    """That of the application that answers this request."""
    return cast("Desk", current_app.extensions[DESK])


def _read(path: Path) -> Upload:
    return Upload(**json.loads(path.read_text(encoding="utf-8")))


def _expiry(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) + KEPT
