"""A file by its outer structure: bounded reads at any place, and the boxes of ISO BMFF.

ISO/IEC 14496-12, and the QuickTime file format before it. What isn't needed is jumped over, so that
an index of many megabytes costs a few small reads; a file can't make it more than MAX_STEPS.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from mediacatalog.errors import UnreadableMediaError
from mediacatalog.media.sniff import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MAX_STEPS: Final = 20_000
"""Boxes or elements looked at before a file is given up as "can't be told"."""


class File:
    """Bounded reads at any place of a regular file, and how many steps are left for its boxes."""

    def __init__(self, descriptor: int, size: int) -> None:
        self.descriptor, self.size = descriptor, size
        self.steps = MAX_STEPS

    def at(self, offset: int, count: int) -> bytes:
        """Nothing from beyond its end, nor from before its beginning."""
        inside = 0 <= offset < self.size
        return os.pread(self.descriptor, count, offset) if inside else b""


@contextmanager
def opened(path: Path) -> Iterator[File]:
    """Raises UnreadableMediaError, also for what goes wrong while it is read."""
    descriptor = open_regular(path)
    try:
        yield File(descriptor, os.fstat(descriptor).st_size)
    except OSError as error:
        raise UnreadableMediaError(path, error.strerror or "can't be read") from error
    finally:
        os.close(descriptor)


def boxes(file: File, offset: int = 0, end: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """Boxes, by default those of the top: kind, beginning, and the end it claims (0: not a box)."""
    while file.steps > 0 and offset < (end or file.size):
        file.steps -= 1
        head = file.at(offset, 16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if size == 1:
            size = int.from_bytes(head[8:16], "big") if len(head) == 16 else 0
            size = size if size >= 16 else -1
        elif size == 0:
            size = file.size - offset  # to the end, by definition
        if len(head) < 8 or size < 8:
            yield kind, offset, 0
            return
        yield kind, offset, offset + size
        offset += size


def body(file: File, offset: int) -> int:
    """Where that of a box begins."""
    return offset + (16 if file.at(offset, 4) == b"\0\0\0\1" else 8)


def inner(
    file: File, kinds: Sequence[bytes], start: int = 0, end: int = 0
) -> Iterator[tuple[bytes, int, int]]:
    """The boxes in every box of the last of `kinds`, each kind within the one before."""
    for kind, at, until in boxes(file, start, end):
        if until == 0:
            return
        if not kinds:
            yield kind, at, until
        elif kind == kinds[0]:
            counted = 8 if kind in (b"dref", b"stsd") else 0  # version, flags, number of entries
            within = body(file, at) + counted, min(until, end or file.size)
            yield from inner(file, kinds[1:], *within)
            if kind == b"moov":  # there is one
                return
