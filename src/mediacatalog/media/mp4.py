"""Reads the structure of an MP4 that we wrote: boxes, samples, and the times at which they show.

ISO/IEC 14496-12 (boxes, sample tables, edit lists) and 14496-15 (how H.264 lies in samples). For
our own products: whatever isn't as our muxer writes it raises ValueError.
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterator

HOLDERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf", b"udta"})
MOST_BOXES = 1000
DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Box:
    """One box: `path` of types from the top (`moov/trak/mdia`), its body at [start, end)."""

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Track:
    """One track. Times are in its own ticks; samples are in order of decoding."""

    handler: str
    """`vide` or `soun`."""
    timescale: int
    """Ticks a second."""
    shown: array[int]
    """When each sample shows, after the edit list."""
    keys: array[int]
    """Indices, from 0, of samples at which decoding can begin."""
    places: array[int]
    """Offset in the file and size in bytes, in turn, of each sample."""


def boxes(data: mmap.mmap | bytes) -> list[Box]:
    """Every box, an outer one before its inner ones. Raises ValueError."""
    found: list[Box] = []
    _walk(data, 0, len(data), "", found)
    return found


def _walk(data: mmap.mmap | bytes, at: int, end: int, above: str, found: list[Box]) -> None:
    while at < end:
        if at + 8 > end or len(found) >= MOST_BOXES:
            raise ValueError(f"a box of {above or 'the file'} is cut off")
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = at + 8
        if size == 1:
            (size,) = struct.unpack(">Q", data[at + 8 : at + 16])
            body = at + 16
        if size < body - at or at + size > end or above.count("/") > DEEPEST:
            raise ValueError(f"a box of {above or 'the file'} has a wrong size")
        path = above + kind.decode("latin-1")
        found.append(Box(path, body, at + size))
        if kind in HOLDERS:
            _walk(data, body, at + size, path + "/", found)
        at += size


def tracks(data: mmap.mmap | bytes, found: list[Box]) -> list[Track]:
    """The tracks in order. Raises ValueError."""
    groups: list[dict[str, bytes]] = []
    for box in found:
        if box.path == "moov/trak":
            groups.append({})
        elif box.path.startswith("moov/trak/") and groups:
            groups[-1][box.path.rpartition("/")[2]] = data[box.start : box.end]
    try:
        return [_track(group) for group in groups]
    except (KeyError, struct.error, IndexError) as error:
        raise ValueError(f"a sample table is missing or cut off: {error}") from error


def _track(leaf: dict[str, bytes]) -> Track:
    long = leaf["mdhd"][0] == 1
    (timescale,) = struct.unpack_from(">I", leaf["mdhd"], 20 if long else 12)
    steps = array("q")
    for count, step in struct.iter_unpack(">II", leaf["stts"][8:]):
        steps.extend([step] * count)
    offsets = array("q")
    for count, offset in struct.iter_unpack(">Ii", leaf.get("ctts", b"")[8:]):
        offsets.extend([offset] * count)
    begins = _begins(leaf.get("elst", b""))
    shown, at = array("q"), -begins
    for n, step in enumerate(steps):
        shown.append(at + (offsets[n] if offsets else 0))
        at += step
    keys = array("q", range(len(steps)))
    if "stss" in leaf:
        keys = array("q", (one - 1 for (one,) in struct.iter_unpack(">I", leaf["stss"][8:])))
    return Track(leaf["hdlr"][8:12].decode("latin-1"), timescale, shown, keys, _places(leaf))


def _begins(edits: bytes) -> int:
    """Ticks of the track before its first shown moment. Raises ValueError for other edits."""
    if not edits:
        return 0
    long = edits[0] == 1
    (count,) = struct.unpack_from(">I", edits, 4)
    duration_time, rate = struct.unpack_from(">QqI" if long else ">IiI", edits, 8)[1:3]
    if count != 1 or duration_time < 0 or rate != 0x10000:
        raise ValueError("its edit list does more than leave out the beginning")
    return int(duration_time)


def _places(leaf: dict[str, bytes]) -> array[int]:
    same, count = struct.unpack_from(">II", leaf["stsz"], 4)
    sizes = [same] * count if same else list(struct.unpack_from(f">{count}I", leaf["stsz"], 12))
    wide = "co64" in leaf
    chunks = leaf["co64" if wide else "stco"]
    starts = [one for (one,) in struct.iter_unpack(">Q" if wide else ">I", chunks[8:])]
    runs = list(struct.iter_unpack(">III", leaf["stsc"][8:]))
    places, sample = array("q"), 0
    for n, (first, each, _) in enumerate(runs):
        until = runs[n + 1][0] if n + 1 < len(runs) else len(starts) + 1
        for start in starts[first - 1 : until - 1]:
            at = start
            for size in sizes[sample : sample + each]:
                places.extend((at, size))
                at += size
            sample += each
    if len(places) != 2 * count:
        raise ValueError("its sample tables disagree")
    return places


def units(data: mmap.mmap | bytes, track: Track) -> Iterator[int]:
    """The type of each H.264 unit in a track's samples. Raises ValueError."""
    for n in range(len(track.places) // 2):
        yield from units_of(data, track, n)


def units_of(data: mmap.mmap | bytes, track: Track, sample: int) -> Iterator[int]:
    """The type of each H.264 unit in one sample. Raises ValueError."""
    at, size = track.places[2 * sample], track.places[2 * sample + 1]
    end = at + size
    while at < end:
        if at + 5 > end:
            raise ValueError("a sample of the picture is cut off")
        (length,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4] & 31
        at += 4 + length
    if at != end:
        raise ValueError("a sample of the picture has a wrong size")
