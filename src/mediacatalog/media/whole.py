"""Is a container complete by its own structure? Told without any decoder, from a few small reads.

A file that is still being copied often probes as healthy (a fast-start MP4 cut at 60 % claims its
full duration), so its own sizes are added up instead: ISO-BMFF boxes (ISO/IEC 14496-12), EBML
elements (RFC 8794), RIFF chunks, ASF, FLV, Ogg, MXF. Transport and programme streams have no end
and can't tell, unless a packet is cut. Space that was reserved and not written is no end, either.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediacatalog.media.boxes import MAX_STEPS, File, boxes, inner, opened
from mediacatalog.media.matroska import CLUSTER, SEGMENT, number

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BLANK = 4096
RESERVED = "space was reserved for its end, and nothing is written there yet"
FIEMAP, UNWRITTEN = 0xC020660B, 0x800
"""FS_IOC_FIEMAP and FIEMAP_EXTENT_UNWRITTEN."""

ISO_TOP = frozenset(
    b"ftyp moov mdat free skip wide pnot uuid moof mfra sidx ssix styp meta pdin emsg prft udta "
    b"junk PICT bloc imda".split(b" ")
)
ISO_MEDIA = frozenset({b"mdat", b"imda", b"moof"})
EBML_HEADER = 0x1A45DFA3


@dataclass(frozen=True, slots=True)
class Wholeness:
    """Whether a container is complete by its own structure; `whole` is None if unknown."""

    whole: bool | None
    container: str
    """`mp4`, `matroska`, `avi`, `mpegts`, `ogg`, `asf`, `mxf`, `flv`, `dv`, or `unknown`."""
    reason: str = ""
    """Why it isn't whole: `mdat ends at 23049623, file has 13829773 bytes`."""


def check(path: Path) -> Wholeness:
    """Whether the container ends where it says. Raises UnreadableMediaError if it can't be read."""
    with opened(path) as file:
        head = file.at(0, 4096)
        for container, recognises, walk in WALKS:
            if recognises(head):
                problem = walk(file)
                if not problem and _ends_blank(file):
                    problem = RESERVED if _ends_in_a_hole(file) else None
                return Wholeness(None if problem is None else not problem, container, problem or "")
    return Wholeness(None, "unknown")


def lies_elsewhere(path: Path) -> bool:
    """Whether an MP4 or MOV says that a track's data lie in another file (ISO/IEC 14496-12, 8.7.2).

    So do the reference movies of editors. That other file is never opened. Raises
    UnreadableMediaError if the file can't be read.
    """
    with opened(path) as file:
        if not _is_iso(file.at(0, 4096)):
            return False
        for kind, at, end in inner(file, (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref")):
            if kind in (b"url ", b"urn ", b"alis", b"rsrc") and at + 12 <= end <= file.size:
                own = file.at(at + 11, 1)[0] & 1
                if not own:
                    return True
    return False


def _ends_blank(file: File) -> bool:
    """Whether the last BLANK bytes (of a small file a quarter) are zeros: silence may be so."""
    end = file.at(_last(file), BLANK)
    return bool(end) and not any(end)


def _ends_in_a_hole(file: File) -> bool:
    """Whether nothing was ever written there, where the file system tells.

    Holes are lseek(2)'s. What was reserved counts there as data once somebody has read it, so
    the map of extents is asked (fs-fiemap of the kernel's documentation).
    """
    last = _last(file)
    asked = struct.pack("=QQLLLL", last, file.size - last, 0, 0, 1, 0) + bytes(56)
    try:
        os.lseek(file.descriptor, last, os.SEEK_DATA)
        answer = fcntl.ioctl(file.descriptor, FIEMAP, asked)
    except OSError as error:
        return error.errno == errno.ENXIO
    found = struct.unpack_from("=L", answer, 20)[0]
    flags = struct.unpack_from("=L", answer, 72)[0]
    return bool(found and flags & UNWRITTEN)


def _last(file: File) -> int:
    return file.size - min(BLANK, file.size // 4)


def _short(what: str, end: int, file: File) -> str:
    return f"{what} ends at {end}, file has {file.size} bytes"


# Each walk returns "" for whole, a reason for not whole, None when it can't be told.


def _iso(file: File) -> str | None:
    seen: set[bytes] = set()
    for kind, _, end in boxes(file):
        whole = {b"moov", b"mdat"} <= seen
        if whole and (end == 0 or (kind not in ISO_TOP and end > file.size)):
            return ""  # bytes after the last box that aren't a box: some cameras leave them
        if end == 0:
            return None
        if end > file.size:
            return _short(f"box {kind.decode('ascii', 'backslashreplace')!r}", end, file)
        seen.add(kind)
    if b"moov" not in seen:
        return "no index (moov) yet"
    return "" if seen & ISO_MEDIA else "no pictures or sound (mdat) yet"


def _ebml(file: File) -> str | None:
    offset = 0
    while offset < file.size:
        kind, kind_length = number(file, offset, keep_marker=True)
        size, size_length = number(file, offset + kind_length, keep_marker=False)
        if not kind_length or not size_length:
            return None
        start = offset + kind_length + size_length
        if kind == SEGMENT:
            return _segment(file, start) if size is None else _ends("segment", start + size, file)
        if size is None:
            return None
        offset = start + size
    return "no segment yet" if offset == file.size else _short("a header", offset, file)


def _ends(what: str, end: int, file: File) -> str:
    return "" if end <= file.size else _short(what, end, file)


def _segment(file: File, offset: int) -> str | None:
    """A segment of unknown size, as live recorders write it: its elements end with the file."""
    for _ in range(MAX_STEPS):
        if offset >= file.size:
            return "" if offset == file.size else _short("the last cluster", offset, file)
        kind, kind_length = number(file, offset, keep_marker=True)
        size, size_length = number(file, offset + kind_length, keep_marker=False)
        if not kind_length or not size_length:
            return None
        offset += kind_length + size_length
        if size is not None:
            offset += size
        elif kind != CLUSTER:
            return None
    return None


def _riff(file: File) -> str | None:
    offset = 0
    for _ in range(MAX_STEPS):
        head = file.at(offset, 8)
        if len(head) < 8 or head[:4] != b"RIFF":
            return ""
        size = int.from_bytes(head[4:], "little")
        if size in (0, 0xFFFFFFFF):
            return (
                None  # a recorder that never came to write its sizes, or larger than RIFF can say
            )
        end = offset + 8 + size
        if end > file.size:
            return _short("RIFF", end, file)
        offset = end + (size & 1)
    return None


def _asf(file: File) -> str | None:
    """The File Properties object states the size of the file (ASF specification, 3.2)."""
    head = file.at(0, 65536)
    found = head.find(bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365"))
    if found < 0 or len(head) < found + 48:
        return None
    size = int.from_bytes(head[found + 40 : found + 48], "little")
    if size == 0:
        return None
    return _ends("the file by its own header", size, file)


def _flv(file: File) -> str | None:
    tail = file.at(file.size - 4, 4)
    size = int.from_bytes(tail, "big")
    start = file.size - 4 - size
    tag = file.at(start, 4) if 0 < size < file.size and start > 0 else b""
    if len(tag) == 4 and tag[0] in (8, 9, 18) and int.from_bytes(tag[1:4], "big") + 11 == size:
        return ""
    return "the last tag isn't complete"


def _ogg(file: File) -> str | None:
    """The last page must be marked as the last, and reach the end (RFC 3533)."""
    tail = file.at(max(0, file.size - 65536 - 300), 65536 + 300)
    found = tail.rfind(b"OggS")
    if found < 0 or len(tail) < found + 27:
        return "the last page isn't complete"
    segments = tail[found + 26]
    table = tail[found + 27 : found + 27 + segments]
    end = found + 27 + segments + sum(table)
    if len(table) < segments or end > len(tail):
        return "the last page isn't complete"
    return "" if tail[found + 5] & 4 else None


def _mxf(file: File) -> str | None:
    """A closed MXF file ends with a footer partition or a random index pack (SMPTE ST 377-1)."""
    size = int.from_bytes(file.at(file.size - 4, 4), "big")
    pack = file.at(file.size - size, 16) if 16 < size < 1 << 20 else b""
    if pack[:13] == bytes.fromhex("060e2b34020501010d01020101") and pack[13:14] == b"\x11":
        return ""
    start = max(0, file.size - (1 << 20))
    found = file.at(start, 1 << 20).rfind(bytes.fromhex("060e2b34020501010d0102010104"))
    return _footer(file, start + found) if found >= 0 else "no footer partition yet"


def _footer(file: File, offset: int) -> str | None:
    """Key, length (BER) and value, again and again, must reach the end of the file exactly."""
    for _ in range(MAX_STEPS):
        if offset >= file.size:
            return "" if offset == file.size else _short("the footer", offset, file)
        head = file.at(offset, 25)
        first = head[16] if len(head) > 16 else 0
        more = first & 0x7F if first & 0x80 else 0
        if len(head) < 17 + more or more > 8:
            return "the footer isn't complete"
        offset += 17 + more + (int.from_bytes(head[17 : 17 + more], "big") if more else first)
    return None


def _cannot_tell(_file: File) -> str | None:
    return None


def _is_iso(head: bytes) -> bool:
    size = int.from_bytes(head[:4], "big")
    return head[4:8] in ISO_TOP and (size in (0, 1) or size >= 8)


def _ts_packet(head: bytes) -> tuple[int, int] | None:
    """(Place of the sync byte in a packet, its size), with or without a time stamp before it."""
    for start, packet in ((0, 188), (4, 192)):
        if len(head) > start + 2 * packet and all(
            head[start + n * packet] == 0x47 for n in range(3)
        ):
            return start, packet
    return None


def _is_ts(head: bytes) -> bool:
    return _ts_packet(head) is not None


def _ts(file: File) -> str | None:
    """A stream has no end, but a packet has (ISO/IEC 13818-1, 2.4.3.2): most cuts fall into one."""
    start, packet = _ts_packet(file.at(0, 4096)) or (0, 188)
    last = file.at(file.size - packet + start, 1)
    cut = file.size % packet != 0 or last != b"\x47"
    return "its last packet isn't complete" if cut else None


WALKS: tuple[tuple[str, Callable[[bytes], bool], Callable[[File], str | None]], ...] = (
    ("mp4", _is_iso, _iso),
    ("matroska", lambda head: head[:4] == EBML_HEADER.to_bytes(4, "big"), _ebml),
    ("avi", lambda head: head[:4] == b"RIFF", _riff),
    ("ogg", lambda head: head[:4] == b"OggS", _ogg),
    ("flv", lambda head: head[:3] == b"FLV", _flv),
    (
        "asf",
        lambda head: head[:16] == bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
        _asf,
    ),
    ("mxf", lambda head: bytes.fromhex("060e2b34020501010d010201") in head, _mxf),
    ("mpegts", _is_ts, _ts),
    ("mpeg", lambda head: head[:4] == b"\0\0\x01\xba", _cannot_tell),
    ("dv", lambda head: head[:3] == b"\x1f\x07\x00", _cannot_tell),
)
"""Which bytes tell of a container, and how its end is checked; the first that fits is taken."""
