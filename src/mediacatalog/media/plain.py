"""Which MP4s are so plain that every version of libav says the same of them.

Most short clips are: what phones, messengers and ffmpeg write. Of these the decoder child, which is
up anyway, may tell the facts; a process of ffprobe costs as much as watching such a clip through.
Whatever isn't known here to be harmless makes a file another's: fragments, edits that do more than
leave out the beginning, other tracks than pictures and sound, a track's tags, cropping, encryption.
ISO/IEC 14496-12 and -14; only headers are read, and no more than a few of them.
"""

from __future__ import annotations

import math
import os
import struct
from typing import TYPE_CHECKING, Final

from mediacatalog.media import mp4

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mediacatalog.media.untrusted import Json

LARGEST: Final = 64 << 20
"""Bytes: a larger file takes so long to be watched that asking ffprobe costs nothing beside it."""
_LARGEST_INDEX: Final = 1 << 20
_MOST_BOXES: Final = 32

Matrix = tuple[int, int, int, int, int, int, int, int, int]
"""As in the box `tkhd`: 16.16, and 2.30 in the last column."""
UPRIGHT: Final[Matrix] = (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)

_AROUND = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"})
_HEADERS = frozenset(
    "mvhd iods udta udta/meta trak trak/tkhd trak/edts trak/edts/elst trak/mdia "
    "trak/mdia/mdhd trak/mdia/hdlr trak/mdia/minf trak/mdia/minf/hdlr trak/mdia/minf/vmhd "
    "trak/mdia/minf/smhd trak/mdia/minf/dinf trak/mdia/minf/dinf/dref trak/mdia/minf/stbl".split()
) | frozenset(
    f"trak/mdia/minf/stbl/{one}"
    for one in "stsd stts ctts cslg stss sdtp sgpd sbgp stsc stsz stco co64".split()
)
_TAGS = frozenset({b"\xa9too", b"\xa9nam", b"\xa9ART", b"\xa9cmt", b"\xa9day"})
_PICTURES = frozenset({b"avc1", b"hvc1", b"hev1", b"av01", b"mp4v"})
_SOUNDS = frozenset({b"mp4a"})
_OF_PICTURES = frozenset({b"avcC", b"hvcC", b"av1C", b"esds", b"pasp", b"colr", b"btrt"})
_PROGRESSIVE = (b"fiel", b"\x01\x00")
_OF_SOUND = frozenset({b"esds", b"btrt"})
_ROWS = {"stts": 8, "ctts": 8, "stss": 4, "stsc": 12, "stco": 4, "co64": 8}
"""Bytes a row of the tables that begin with how many these are."""
_FARTHEST_SECONDS = 10  # from when a picture is decoded to when it is shown
_NEAR = 0.1  # seconds by which what headers say may differ


def matrix(path: Path) -> Matrix | None:
    """How the pictures of a plain MP4 are to be turned; None if the file isn't one."""
    try:
        index = _index(path)
        return _turned(index) if index else None
    except (OSError, ValueError, struct.error, LookupError):
        return None


def side_data(one: Matrix) -> Json:
    """As ffprobe prints a display matrix: the angle is that of av_display_rotation_get."""
    rows = (f"{n:08x}: " + " ".join(f"{x:11d}" for x in one[3 * n : 3 * n + 3]) for n in range(3))
    angle = -math.degrees(math.atan2(one[1] / 65536, one[0] / 65536))
    shown = "\n" + "\n".join(rows) + "\n"
    return {
        "side_data_type": "Display Matrix",
        "displaymatrix": shown,
        "rotation": int(angle),
    }


def _index(path: Path) -> bytes:
    """The box `moov`, whole; empty if there are others than those of a plain file."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        size, at, found = os.fstat(file).st_size, 0, b""
        if size > LARGEST:
            return b""
        for _ in range(_MOST_BOXES):
            length, kind = struct.unpack(">I4s", os.pread(file, 8, at))
            if (
                kind not in _AROUND
                or length < 8
                or at + length > size
                or (found and kind == b"moov")
            ):
                return b""
            if kind == b"moov":
                found = os.pread(file, min(length, _LARGEST_INDEX), at)
            at += length
            if at == size:
                return found
    finally:
        os.close(file)
    return b""


def _turned(index: bytes) -> Matrix | None:
    boxes = mp4.boxes(index)
    if any(box.path.removeprefix("moov/") not in _HEADERS for box in boxes[1:]):
        return None
    tracks: list[dict[str, bytes]] = []
    whole: dict[str, bytes] = {}
    for box in boxes:
        if box.path == "moov/trak":
            tracks.append({})
        into = tracks[-1] if box.path.startswith("moov/trak/") else whole
        kind = box.path.rpartition("/")[2]
        if kind in into and kind not in {"trak", "hdlr"}:
            return None  # versions differ in which of two counts
        into.setdefault(kind, index[box.start : box.end])
    ticks, turned = _ticks(whole["mvhd"]), _matrix(whole["mvhd"], 36, 12)
    pictures = [one for one in tracks if one["hdlr"][8:12] == b"vide"]
    sounds = [one for one in tracks if one["hdlr"][8:12] == b"soun"]
    is_plain = (
        turned == UPRIGHT
        and len(pictures) == 1
        and len(pictures) + len(sounds) == len(tracks)
        and all(_is_consistent(one) and _is_kept_whole(one, ticks) for one in tracks)
        and all(_is_kind(one["stsd"], _PICTURES, _OF_PICTURES) for one in pictures)
        and all(_is_kind(one["stsd"], _SOUNDS, _OF_SOUND) for one in sounds)
        and all(_matrix(one["tkhd"], 40, 12) == UPRIGHT for one in sounds)
        and abs(_seconds(whole["mvhd"], ticks) - max(_shown(one, ticks) for one in tracks)) <= _NEAR
        and _tags(whole.get("meta", b"")) <= _TAGS
    )
    return _quarter(_matrix(pictures[0]["tkhd"], 40, 12)) if is_plain else None


def _matrix(header: bytes, at: int, longer: int) -> Matrix:
    """Nine numbers of a header at an offset, which is `longer` where its times have 64 bits."""
    first, *rest = struct.unpack_from(">9i", header, at + (longer if header[0] else 0))
    return (first, *rest)


def _quarter(one: Matrix) -> Matrix | None:
    """By quarters and mirrored only; others change the shape of a pixel, too."""
    a, b, u, c, d, v, _, _, w = one
    full = {1 << 16, -(1 << 16)}
    straight = {a, d} <= full and (b, c) == (0, 0)
    turned = {b, c} <= full and (a, d) == (0, 0)
    return one if (straight or turned) and (u, v, w) == (0, 0, 1 << 30) else None


def _ticks(header: bytes) -> int:
    """A second, by `mvhd` or `mdhd`."""
    (found,) = struct.unpack_from(">I", header, 20 if header[0] else 12)
    return int(found) or 1


def _seconds(header: bytes, ticks: int) -> float:
    """How long `mvhd` or `mdhd` says that it lasts."""
    (found,) = struct.unpack_from(">Q" if header[0] else ">I", header, 24 if header[0] else 16)
    return float(found / ticks)


def _shown(track: dict[str, bytes], ticks: int) -> float:
    """How long the track is shown, by its `tkhd`."""
    header = track["tkhd"]
    (found,) = struct.unpack_from(">Q" if header[0] else ">I", header, 28 if header[0] else 20)
    return float(found / ticks)


def _is_consistent(track: dict[str, bytes]) -> bool:
    """Whether each table of samples is as long as it says, and all speak of as many samples."""
    rows = {kind: track[kind] for kind in _ROWS if kind in track}
    same, count = struct.unpack_from(">II", track["stsz"], 4)
    sizes = () if same else struct.unpack_from(f">{count}I", track["stsz"], 12)
    lengths = [
        (len(table), 8 + _ROWS[kind] * struct.unpack_from(">I", table, 4)[0])
        for kind, table in rows.items()
    ]
    lengths.append((len(track["stsz"]), 12 + 4 * len(sizes)))
    if (same * count or sum(sizes)) > LARGEST:
        return False
    offsets = [offset for _, offset in struct.iter_unpack(">Ii", rows.get("ctts", b"")[8:])]
    if max(map(abs, offsets), default=0) > _FARTHEST_SECONDS * _ticks(track["mdhd"]):
        return False
    return all(one == other for one, other in lengths) and all(
        sum(struct.unpack_from(">I", rows[kind], at)[0] for at in range(8, len(rows[kind]), 8))
        == count
        for kind in ("stts", "ctts")
        if kind in rows
    )


def _is_kept_whole(track: dict[str, bytes], ticks: int) -> bool:
    """Whether the edit list, if there is one, leaves out no more than a beginning."""
    edits, scale = track.get("elst"), _ticks(track["mdhd"])
    lasts = _seconds(track["mdhd"], scale)
    steps = struct.iter_unpack(">II", track["stts"][8:])
    if abs(sum(count * step for count, step in steps) / scale - lasts) > _NEAR:
        return False
    if edits is None:
        return abs(_shown(track, ticks) - lasts) <= _NEAR
    (count,) = struct.unpack_from(">I", edits, 4)
    length, begin, rate = struct.unpack_from(">QqI" if edits[0] else ">IiI", edits, 8)
    left_out = lasts - length / ticks
    near = min(abs(left_out), abs(left_out - begin / scale)) <= _NEAR
    one = len(edits) == 8 + (20 if edits[0] else 12) and count == 1
    same = abs(_shown(track, ticks) - length / ticks) <= _NEAR
    return one and rate == 1 << 16 and begin >= 0 and near and same


def _is_kind(described: bytes, kinds: frozenset[bytes], inner: frozenset[bytes]) -> bool:
    """Whether `stsd` has one entry, of these kinds, that holds nothing but these boxes."""
    count, size, kind = struct.unpack_from(">II4s", described, 4)
    entry = described[16:]
    if count != 1 or kind not in kinds or size != len(entry) + 8:
        return False
    if kind in _SOUNDS and entry[8:10] != b"\0\0":
        return False  # QuickTime's own versions of it
    found = _bodies(entry[28 if kind in _SOUNDS else 78 :])
    return all(one[0] in inner or one == _PROGRESSIVE for one in found)


def _tags(meta: bytes) -> set[bytes]:
    """What iTunes' list names, as the box `meta` of MP4 has it."""
    if not meta:
        return set()
    lists = dict(_bodies(meta[4:]))
    if not lists.keys() <= {b"hdlr", b"ilst", b"free"} or lists[b"hdlr"][8:12] != b"mdir":
        return {b"other"}
    return {kind for kind, _ in _bodies(lists[b"ilst"])}


def _bodies(data: bytes) -> Sequence[tuple[bytes, bytes]]:
    found, at = [], 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size < 8 or at + size > len(data):
            raise ValueError("a box has a wrong size")
        found.append((kind, data[at + 8 : at + size]))
        at += size
    return found
