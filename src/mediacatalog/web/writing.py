"""The one who appends to an unfinished upload: its file, its place, and its running digest."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from werkzeug.exceptions import Conflict

if TYPE_CHECKING:
    import hashlib
    from collections.abc import Iterable

STALLED_SECONDS = 10.0
"""One from whom nothing came for so long makes way for another."""


class Writer:
    """Appends to a locked file. Used by one thread, and taken away by others.

    `digest` is that of all bytes up to `offset`, or None when some of them were never seen here.
    """

    def __init__(self, descriptor: int, digested: int, digest: hashlib._Hash) -> None:
        self.offset = os.fstat(descriptor).st_size
        self.digest: hashlib._Hash | None = digest if digested == self.offset else None
        self._descriptor = descriptor
        self._mutex = threading.Lock()
        self._is_open = True
        self._is_busy = False
        self._moved_at = time.monotonic()

    def write(self, block: bytes) -> None:
        """Raises Conflict (409) when another goes on in this one's place; OSError on a full disk.

        What was written before an error stays.
        """
        with self._mutex:
            self._check()
            rest = memoryview(block)
            while rest:
                written = os.write(self._descriptor, rest)
                if self.digest is not None:
                    self.digest.update(rest[:written])
                self.offset += written
                rest = rest[written:]
            self._moved_at = time.monotonic()

    def append(self, blocks: Iterable[bytes]) -> None:
        """Write all blocks; those that were written are on the disk, whatever happens then."""
        try:
            for block in blocks:
                self.write(block)
        finally:
            self.sync()

    def cut(self, offset: int) -> None:
        """Take back what lies behind `offset`."""
        with self._mutex:
            self._check()
            if offset < self.offset:
                os.ftruncate(self._descriptor, offset)
                self.offset, self.digest = offset, None

    def sync(self) -> None:
        with self._mutex:
            self._check()
            os.fsync(self._descriptor)

    def sha256(self) -> str:
        """Of the whole file; empty when it has to be read for that."""
        return self.digest.hexdigest() if self.digest is not None else ""

    def be_busy(self) -> None:
        """From now on it's the disk that takes its time: nobody else may go on."""
        with self._mutex:
            self._check()
            self._is_busy = True

    def give_up(self, *, by_force: bool) -> bool:
        """Make way for another, if nothing came for a while, or by force; False if it won't."""
        if not self._mutex.acquire(blocking=False):
            return False
        try:
            has_stalled = time.monotonic() - self._moved_at > STALLED_SECONDS
            if self._is_busy or not (has_stalled or by_force):
                return False
            self._close()
            return True
        finally:
            self._mutex.release()

    def close(self) -> None:
        with self._mutex:
            self._close()

    def _close(self) -> None:
        if self._is_open:
            self._is_open = False
            os.close(self._descriptor)

    def _check(self) -> None:
        if not self._is_open:
            raise Conflict("Another request goes on with this upload.")
