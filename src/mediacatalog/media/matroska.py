"""What Matroska and WebM say of their pictures, read from the file itself: EBML, and PixelCrop.

RFC 8794 and RFC 9559, 5.1.4.1.28. mkvmerge writes the crop where it is asked to, and some players
(mpv, VLC) go by it; libav takes no notice of it, or
(from 7.1 on) tells it and cuts nothing.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediacatalog.aperture import LEAST_SIDE, Aperture, Shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediacatalog.media.boxes import File

SEGMENT: Final = 0x18538067
CLUSTER: Final = 0x1F43B675
_TRACKS, _TRACK, _VIDEO = 0x1654AE6B, 0xAE, 0xE0
_WIDTH, _HEIGHT = 0xB0, 0xBA
_BOTTOM, _TOP, _LEFT, _RIGHT = 0x54AA, 0x54BB, 0x54CC, 0x54DD
_SHOWN_WIDTH, _SHOWN_HEIGHT, _UNIT = 0x54B0, 0x54BA, 0x54B2
_UNKNOWN_UNIT: Final = 4
_WIDEST: Final = 8  # times as wide as high; more is a fault


def number(file: File, offset: int, *, keep_marker: bool) -> tuple[int | None, int]:
    """An EBML number (RFC 8794, 4): its value (None for "unknown size") and its length in bytes."""
    head = file.at(offset, 8)
    if not head or head[0] == 0:
        return None, 0
    length = 9 - head[0].bit_length()
    if len(head) < length:
        return None, 0
    raw = int.from_bytes(head[:length], "big")
    if keep_marker:
        return raw, length
    value = raw & ((1 << (7 * length)) - 1)
    return (None if value == (1 << (7 * length)) - 1 else value), length


def elements(file: File, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Kind, and where the content begins and ends. One of unknown size is the last, to the end."""
    while file.steps > 0 and at < end:
        file.steps -= 1
        kind, kind_length = number(file, at, keep_marker=True)
        size, size_length = number(file, at + kind_length, keep_marker=False)
        if kind is None or not size_length:
            return
        start = at + kind_length + size_length
        at = end if size is None else start + size
        yield kind, start, min(at, end)


def cropped(file: File, width: int, height: int) -> Shown | None:
    """Of the file's pictures, whose decoded frames have a size.

    None where all of it is shown, where what is said makes no sense, and where there are more
    tracks of that size that aren't alike. Raises OSError.
    """
    found = {
        _within(video, width, height)
        for video in _videos(file)
        if (video.get(_WIDTH), video.get(_HEIGHT)) == (width, height)
    }
    return found.pop() if len(found) == 1 else None


def _videos(file: File) -> Iterator[dict[int, int]]:
    """The numbers that each track of pictures says, by the kind of its elements."""
    for segment, start, end in elements(file, 0, file.size):
        if segment != SEGMENT:
            continue
        for kind, at, until in elements(file, start, end):
            if kind == _TRACKS:
                yield from _described(file, at, until)
                return
        return


def _described(file: File, start: int, end: int) -> Iterator[dict[int, int]]:
    for track, at, until in elements(file, start, end):
        if track != _TRACK:
            continue
        for kind, begins, ends in elements(file, at, until):
            if kind == _VIDEO:
                yield {
                    name: int.from_bytes(file.at(a, b - a), "big")
                    for name, a, b in elements(file, begins, ends)
                    if b - a <= 8
                }


def _within(video: dict[int, int], width: int, height: int) -> Shown | None:
    left, top = video.get(_LEFT, 0), video.get(_TOP, 0)
    across, down = width - left - video.get(_RIGHT, 0), height - top - video.get(_BOTTOM, 0)
    if (across, down) == (width, height) or min(across, down) < LEAST_SIDE:
        return None
    # The size in which it is to be shown is that of what is left, whatever its unit.
    wide, high = video.get(_SHOWN_WIDTH, 0), video.get(_SHOWN_HEIGHT, 0)
    told = wide and high and video.get(_UNIT, 0) < _UNKNOWN_UNIT
    sar = Fraction(wide * down, high * across) if told else Fraction(1)
    sound = Fraction(1, _WIDEST) <= sar <= _WIDEST
    return Shown(Aperture(left, top, across, down), sar if sound else Fraction(1))
