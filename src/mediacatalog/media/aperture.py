"""The clean aperture of a picture: the part of it that is meant to be shown.

Films off tape and out of editing systems have it: the edge of what was digitised is blank lines, or
lines of data. Neither ffmpeg nor browsers cut it off. Of MP4 and MOV it is read here (`clap`:
ISO/IEC 14496-12, 12.1.4, and the QuickTime file format), of MXF in `media.mxf`, of Matroska and
WebM in `media.matroska`.
"""

from __future__ import annotations

import os
import struct
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

from mediacatalog.aperture import LEAST_SIDE, Aperture, Shown
from mediacatalog.media import matroska, mxf
from mediacatalog.media.boxes import File, body, boxes, inner, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ENTRY = 86
"""Bytes of a visual sample entry before the boxes in it."""


def of(path: Path, container: str, track: int, size: tuple[int, int]) -> Shown | None:
    """Of the picture that decodes to frames of a size; None where it is shown whole.

    `container` is libav's name for it, `track` the number of a track of MP4 and MOV. Claims that
    make no sense count as none. Raises UnreadableMediaError if the file can't be read.
    """
    with opened(path) as file:
        return _of(file, container, track, size)


def of_descriptor(footage: int, container: str, track: int, size: tuple[int, int]) -> Shown | None:
    """As `of`, of an open file; its place is left where it is. Raises OSError."""
    return _of(File(footage, os.fstat(footage).st_size), container, track, size)


def _of(file: File, container: str, track: int, size: tuple[int, int]) -> Shown | None:
    if container == "mxf":
        return mxf.display_rectangle(file, *size)
    if "matroska" in container.split(","):
        return matroska.cropped(file, *size)
    if "mov" not in container.split(","):
        return None
    for kind, at, end in inner(file, (b"moov",)):
        if kind == b"trak" and end:
            start = body(file, at)
            if _number(file, start, end) == track:
                found = next(_apertures(file, start, end, size), None)
                return Shown(found) if found else None
    return None


def _number(file: File, start: int, end: int) -> int:
    for kind, at, _ in boxes(file, start, end):
        if kind == b"tkhd":
            place = body(file, at)
            long = file.at(place, 1) == b"\1"
            return int.from_bytes(file.at(place + (20 if long else 12), 4), "big")
    return 0


def _apertures(file: File, start: int, end: int, size: tuple[int, int]) -> Iterator[Aperture]:
    """Of the first way in which the track's samples are coded: libavformat goes by that, too."""
    for _, entry, until in inner(file, (b"mdia", b"minf", b"stbl", b"stsd"), start, end):
        stored = file.at(entry + 32, 4)
        if len(stored) < 4 or struct.unpack(">HH", stored) != size or not until:
            return  # of another picture than the one that is decoded
        for kind, at, last in boxes(file, entry + _ENTRY, min(until, end)):
            if kind == b"clap" and last <= until:
                found = within(file.at(body(file, at), 32), *size)
                if found is not None:
                    yield found
        return


def within(clap: bytes, width: int, height: int) -> Aperture | None:
    """The whole pixels that lie within what the box says, by its eight numbers."""
    if len(clap) < 32:
        return None
    numbers = struct.unpack(">8i", clap)  # of the lengths none is so large that it has no sign
    if any(under <= 0 for under in numbers[1::2]):
        return None
    across, down, right, below = (
        Fraction(over, under) for over, under in zip(numbers[::2], numbers[1::2], strict=True)
    )
    left, top = (width - across) / 2 + right, (height - down) / 2 + below
    x, y = ceil(left), ceil(top)
    found = Aperture(x, y, floor(left + across) - x, floor(top + down) - y)
    sound = left >= 0 and top >= 0 and left + across <= width and top + down <= height
    if not sound or min(found.width, found.height) < LEAST_SIDE:
        return None
    return found if (found.width, found.height) != (width, height) else None
