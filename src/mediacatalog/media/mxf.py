"""The display rectangle of MXF: the part of its picture that is meant to be shown.

SMPTE ST 377-1, annex G. Of D-10 (IMX, off tape) it leaves out the lines of the vertical interval
that are coded above the picture, 32 of 608. libav takes no notice of it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from mediacatalog.aperture import LEAST_SIDE, Aperture, Shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mediacatalog.media.boxes import File

_RUN_IN: Final = 2**16
"""Bytes that may lie before the first partition."""
_MOST_METADATA: Final = 2**26
_MOST_IN_SET: Final = 2**16
"""Bytes: the descriptor of a picture has a few hundred."""
_HEADER: Final = bytes.fromhex("060e2b34020501010d0102010102")
_SET: Final = bytes.fromhex("060e2b34025301010d01010101")
_PICTURES: Final = {0x27, 0x28, 0x29, 0x51}
"""Sets that describe a picture: generic, CDCI, RGBA, MPEG video."""
_WIDEST: Final = 8  # times as wide as high; more is a fault
_HEADER_BYTES: Final = 32  # from the beginning of the partition's value

# Local tags, whose meaning is fixed.
_STORED, _SAMPLED, _DISPLAY = (0x3203, 0x3202), (0x3205, 0x3204), (0x3209, 0x3208)
_SAMPLED_FROM, _DISPLAY_FROM = (0x3206, 0x3207), (0x320A, 0x320B)
_LAYOUT, _ASPECT = 0x320C, 0x320E
_SEPARATE_FIELDS: Final = 1


class _Pair(NamedTuple):
    """Across and down."""

    x: int
    y: int


def display_rectangle(file: File, width: int, height: int) -> Shown | None:
    """Of the file's only picture, whose decoded frames have a size.

    None where it is all of the frame, isn't told or makes no sense, and where there are more
    pictures that aren't alike. Raises OSError.
    """
    found = {_within(one, _Pair(width, height)) for one in _descriptors(file)}
    return found.pop() if len(found) == 1 else None


def _within(descriptor: Mapping[int, bytes], decoded: _Pair) -> Shown | None:
    """Where fields lie apart, the lines of one are told; decoded frames have both."""
    stored, display = _pair(descriptor, _STORED), _pair(descriptor, _DISPLAY)
    if stored is None or display is None:
        return None
    sampled = _pair(descriptor, _SAMPLED) or stored
    at, shown_at = (_pair(descriptor, one) or _Pair(0, 0) for one in (_SAMPLED_FROM, _DISPLAY_FROM))
    if not _lies_in(stored, at, sampled) or not _lies_in(sampled, shown_at, display):
        return None
    fields = 2 if descriptor.get(_LAYOUT) == bytes([_SEPARATE_FIELDS]) else 1
    if decoded == (stored.x, stored.y * fields):
        left, top = at.x + shown_at.x, at.y + shown_at.y
    elif decoded == (sampled.x, sampled.y * fields):  # MPEG-2 gives out 1080 of 1088 lines
        left, top = shown_at
    else:
        return None
    found = Aperture(left, top * fields, display.x, display.y * fields)
    if (found.width, found.height) == decoded or min(found.width, found.height) < LEAST_SIDE:
        return None
    shape = descriptor.get(_ASPECT, b"")
    over, under = int.from_bytes(shape[:4], "big"), int.from_bytes(shape[4:8], "big")
    sar = Fraction(over, under) * found.height / found.width if under else Fraction(0)
    return Shown(found, sar if Fraction(1, _WIDEST) <= sar <= _WIDEST else None)


def _pair(descriptor: Mapping[int, bytes], tags: tuple[int, int]) -> _Pair | None:
    if any(len(descriptor.get(tag, b"")) != 4 for tag in tags):
        return None
    return _Pair(*(int.from_bytes(descriptor[tag], "big", signed=True) for tag in tags))


def _lies_in(whole: _Pair, at: _Pair, part: _Pair) -> bool:
    return min(at) >= 0 < min(part) and at.x + part.x <= whole.x and at.y + part.y <= whole.y


def _descriptors(file: File) -> Iterator[dict[int, bytes]]:
    """Of pictures, in the metadata that the file begins with; values by local tag."""
    at = file.at(0, _RUN_IN).find(_HEADER)
    _, start, end = next(_packets(file, at, file.size), (b"", 0, 0)) if at >= 0 else (b"", 0, 0)
    size = int.from_bytes(file.at(start + _HEADER_BYTES, 8), "big")
    for key, start, until in _packets(file, end, min(file.size, end + min(size, _MOST_METADATA))):
        described = key.startswith(_SET) and key[14] in _PICTURES
        if described and until - start <= _MOST_IN_SET:
            yield dict(_local_set(file.at(start, until - start)))


def _packets(file: File, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """KLV (SMPTE ST 336): key, and where the value begins and ends."""
    while file.steps > 0 and at < end:
        file.steps -= 1
        head = file.at(at, 25)
        if len(head) < 25:
            return
        long = head[16] - 0x80 if head[16] >= 0x80 else 0  # 0x80 itself: it isn't told
        if head[16] == 0x80 or long > 8:
            return
        length = int.from_bytes(head[17 : 17 + long], "big") if long else head[16]
        start = at + 17 + long
        yield head[:16], start, start + length
        at = start + length


def _local_set(value: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(value):
        length = int.from_bytes(value[at + 2 : at + 4], "big")
        yield int.from_bytes(value[at : at + 2], "big"), value[at + 4 : at + 4 + length]
        at += 4 + length
