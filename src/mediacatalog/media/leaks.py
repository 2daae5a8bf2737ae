"""Does a finished proxy hold anything of the master but its pictures and sound?

Where and by what a film was made can kill: a place, a serial number or a name in a copy that goes
to others. So the finished file is looked at, not the options that should have kept them out: each
box must be one that our muxer writes, each text in it one that we know, each coded unit a piece of
picture or sound, and no value of the master's own tags may be found in any byte.
"""

from __future__ import annotations

import json
import mmap
from typing import TYPE_CHECKING

from mediacatalog.media import mp4

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_STBL = "moov/trak/mdia/minf/stbl"
PLAIN_BOXES = frozenset(
    {
        "ftyp", "moov", "mdat", "moov/mvhd", "moov/trak", "moov/trak/tkhd", "moov/trak/edts",
        "moov/trak/edts/elst", "moov/trak/mdia", "moov/trak/mdia/mdhd", "moov/trak/mdia/hdlr",
        "moov/trak/mdia/minf", "moov/trak/mdia/minf/vmhd", "moov/trak/mdia/minf/smhd",
        "moov/trak/mdia/minf/dinf", "moov/trak/mdia/minf/dinf/dref", _STBL, "free",
        *(f"{_STBL}/{name}" for name in (
            "stsd stts ctts stss stsc stsz stco co64 sgpd sbgp".split())),
        "moov/udta", "moov/udta/meta",
    }
)  # fmt: skip
"""What our muxer writes. Anything else (`©xyz`, `loci`, `uuid`, `gpmd`…) is refused."""
OWN = (
    b"isom", b"iso2", b"avc1", b"mp41", b"isomiso2avc1mp41", b"VideoHandler", b"SoundHandler",
    b"Lavc libx264",
)  # fmt: skip
"""Texts that our muxer writes itself."""
EMPTY_META = bytes.fromhex(
    "00000000 00000021 68646c72 00000000 00000000 6d646972 6170706c"
    "00000000 00000000 00 00000008 696c7374"
)
"""An item list for tags, without a tag."""
UNITS = frozenset({1, 5, 7, 8, 9})
"""Types of H.264 units: slices, parameter sets, delimiters. Cameras write places and serial numbers
into type 6 (supplemental information)."""
MARKS = (b"com.apple.quicktime", b"GPSLatitude", b"GPSLongitude", b"<x:xmpmeta", b"ns.adobe.com")
SHORTEST = 8
"""Bytes of a value that is searched for in coded pictures: shorter ones turn up there by chance."""
MOST_VALUES = 400


def found_in(path: Path, raw: bytes) -> list[str]:
    """What a finished proxy holds that it must not, in words; empty when it is clean.

    `raw` is ffprobe's JSON of the master. Raises OSError.
    """
    if not path.stat().st_size:
        return ["it is empty"]
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            boxes = mp4.boxes(data)
            tracks = mp4.tracks(data, boxes)
            faults = [*_boxes(data, boxes), *_tracks(data, boxes, tracks)]
        except ValueError as error:
            return [str(error)]
        return faults + _told(data, values(raw))


def named(texts: Iterable[str]) -> list[tuple[str, bytes]]:
    """The same for names of files and the like, but for what our muxer writes itself."""
    forms = {text.encode("utf-8", "replace") for text in texts}
    return [
        ("name", form)
        for form in sorted(forms)
        if len(form) >= SHORTEST and not any(form in own for own in OWN)
    ]


def told_in(path: Path, hidden: list[tuple[str, bytes]]) -> list[str]:
    """Which of these (name, bytes), and which marks of metadata, a file holds. Raises OSError."""
    if not path.stat().st_size:
        return ["it is empty"]
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _told(data, hidden)


def _told(data: mmap.mmap, hidden: list[tuple[str, bytes]]) -> list[str]:
    marks = [f"a mark of metadata: {mark.decode()}" for mark in MARKS if data.find(mark) >= 0]
    return marks + [f"the master's {name}" for name, value in hidden if data.find(value) >= 0]


def _boxes(data: mmap.mmap, boxes: list[mp4.Box]) -> Iterator[str]:
    for box in boxes:
        body = data[box.start : min(box.end, box.start + 4096)]
        name = box.path.rpartition("/")[2]
        if box.path not in PLAIN_BOXES:
            yield f"a box {box.path!a}"
        elif name == "free" and body.strip(b"\0"):
            yield "bytes in a box that should be empty"
        elif name == "meta" and body != EMPTY_META:
            yield "tags"
        elif name == "hdlr" and body[24:].strip(b"\0") not in OWN:
            yield "a name of a track"
        elif name == "ftyp" and body[8:] not in OWN:
            yield "unknown brands"
        elif name == "mvhd" and any(body[4:12]):
            yield "a date"
        elif name == "stsd" and not _is_plain_entry(body):
            yield "an unknown description of a track"


def _is_plain_entry(body: bytes) -> bool:
    """One entry, of H.264 with the encoder's own name or none, or of AAC."""
    if body[4:8] != b"\0\0\0\1":
        return False
    if body[12:16] == b"avc1":
        name = body[58:90]
        return name[1 : 1 + name[0]].strip(b"\0") in (b"", *OWN)
    return body[12:16] == b"mp4a"


def _tracks(data: mmap.mmap, boxes: list[mp4.Box], tracks: list[mp4.Track]) -> Iterator[str]:
    kinds = [track.handler for track in tracks]
    if kinds not in (["vide"], ["vide", "soun"]):
        yield f"tracks that shouldn't be there: {', '.join(kinds)!a}"
        return
    held = sum(box.end - box.start for box in boxes if box.path == "mdat")
    used = sum(sum(track.places[1::2]) for track in tracks)
    if held != used:
        yield f"{held - used} bytes that belong to no track"
    odd = {kind for kind in mp4.units(data, tracks[0]) if kind not in UNITS}
    if odd:
        yield f"coded units that aren't picture: {sorted(odd)}"


def values(raw: bytes) -> list[tuple[str, bytes]]:
    """(name, bytes) of the master's own values that must not turn up, long enough to be told."""
    try:
        document = json.loads(raw)
    except ValueError:
        return []
    found: dict[bytes, str] = {}
    for name, value in _tags(document):
        for form in (value.encode(errors="replace"), value.encode("utf-16-be", errors="replace")):
            if len(form) >= SHORTEST and form not in OWN and not _is_common(value):
                found.setdefault(form, name)
    return [(name, form) for form, name in list(found.items())[:MOST_VALUES]]


def _is_common(value: str) -> bool:
    """Words that every file of a kind holds, and padding."""
    return len(set(value)) < 4 or value.encode() in b"".join(OWN)


def _tags(node: object) -> Iterator[tuple[str, str]]:
    """Every text below a key `tags`, with its name, wherever it stands."""
    if isinstance(node, list):
        for one in node:
            yield from _tags(one)
    elif isinstance(node, dict):
        for key, one in node.items():
            if key == "tags" and isinstance(one, dict):
                yield from ((str(name), str(value)) for name, value in one.items())
            else:
                yield from _tags(one)
