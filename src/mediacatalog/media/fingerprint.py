"""The identity of a master: SHA-256 of every byte, in one read."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from mediacatalog.errors import UnreadableMediaError
from mediacatalog.media.sniff import open_regular
from mediacatalog.values import Source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUFFER_BYTES = 1 << 20


def fingerprint(path: Path, *, progress: Callable[[int], None] | None = None) -> Source:
    """Read the whole file once; `progress` is told how many bytes were read.

    Raises UnreadableMediaError for what is no regular file (links are not followed), can't be
    read, or changed while it was read.
    """
    descriptor = open_regular(path)
    try:
        before = os.fstat(descriptor)
        digest, done = hashlib.sha256(), 0
        buffer = memoryview(bytearray(BUFFER_BYTES))
        # A file that grows as fast as it is read has no end: its first size is where to stop.
        while done <= before.st_size and (count := os.readv(descriptor, [buffer])):
            digest.update(buffer[:count])
            done += count
            if progress is not None:
                progress(done)
        after = os.fstat(descriptor)
    except OSError as error:
        raise UnreadableMediaError(path, f"can't be read: {error.strerror}") from error
    finally:
        os.close(descriptor)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or (
        done != before.st_size
    ):
        raise UnreadableMediaError(path, "changed while it was read")
    return Source(digest.hexdigest(), done, after.st_mtime_ns)
