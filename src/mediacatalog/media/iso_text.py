"""Timed text in MP4 that ffmpeg doesn't show as text: TTML, WebVTT and CEA-608 tracks.

ISO/IEC 14496-12 (boxes, sample tables, fragments), 14496-30 (`stpp`, `wvtt`), the QuickTime file
format (`c608`). Only the index and the samples of such tracks are read, in bounded pieces, and a
box that makes no sense ends what is read of its parent: a damaged file keeps its other tracks.
"""

from __future__ import annotations

import os
import re
import struct
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from mediacatalog.media import closed_captions
from mediacatalog.media.boxes import opened
from mediacatalog.media.embedded import RawTrack
from mediacatalog.text.languages import bcp47
from mediacatalog.values import Ms, timecode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_INDEX = 64 * 2**20
"""Bytes of a `moov` or `moof`."""
MAX_BOXES = 200_000
MAX_SAMPLES = 200_000
MAX_TEXT = 50 * 2**20
_HOLDERS = frozenset(b"moov trak mdia minf stbl edts mvex moof traf".split())
FORMATS = {b"stpp": "ttml", b"wvtt": "webvtt", b"c608": "eia_608"}
"""The type of a track's samples to the codec's name."""
_LANGUAGE = re.compile(r"[a-z]{3}")
_PRESENTED = Fraction(0)


@dataclass(frozen=True, slots=True)
class _Sample:
    ms: int
    end_ms: int
    data: bytes


@dataclass
class _Track:
    index: int
    """Of the stream, as ffmpeg counts: every track of the file is one."""
    boxes: dict[bytes, bytes]
    kind: bytes = b""
    id: int = 0
    timescale: int = 1
    begins: Fraction = Fraction(0)
    """Seconds by which its samples show earlier than they say (edit list)."""
    defaults: tuple[int, int] = (0, 0)
    """Duration and size of the samples of fragments that say nothing else."""
    places: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Offset, size, time, duration of each sample; the last two in ticks."""


def text_tracks(path: Path, zero: Fraction = _PRESENTED) -> list[RawTrack]:
    """Tracks of the kinds in `FORMATS`, in order; none for files that aren't ISO BMFF.

    Times count from `zero`, in seconds of the presentation. Raises UnreadableMediaError.
    """
    with opened(path) as file:
        return list(_read(file.descriptor, file.size, zero))


def leads(path: Path) -> dict[int, Fraction]:
    """By stream: seconds by which its samples show earlier than they say (edit list).

    libavformat puts a text that is on the screen where an edit begins before it, and what follows
    too early. Raises UnreadableMediaError.
    """
    with opened(path) as file:
        for kind, _, start, end in _top(file.descriptor, file.size):
            if kind == b"moov":
                index = os.pread(file.descriptor, min(end - start, MAX_INDEX), start)
                return {track.index: track.begins for track in _tracks(index)}
        return {}


def _read(descriptor: int, size: int, zero: Fraction) -> Iterator[RawTrack]:
    tracks: list[_Track] = []
    for kind, at, start, end in _top(descriptor, size):
        if kind == b"moov" and not tracks:
            tracks = _tracks(os.pread(descriptor, min(end - start, MAX_INDEX), start))
            if not any(track.kind in FORMATS for track in tracks):
                return
        elif kind == b"moof" and tracks:
            _fragment(os.pread(descriptor, min(end - start, MAX_INDEX), start), at, tracks)
    for track in tracks:
        if track.kind in FORMATS:
            track.begins += zero
            yield from _texts(track, list(_samples(descriptor, track)))


def _top(descriptor: int, size: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Boxes of the file: kind, where it begins, its body's first and last byte."""
    at = 0
    for _ in range(MAX_BOXES):
        head = os.pread(descriptor, 16, at)
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        start = at + 8
        if length == 1:
            length, start = int.from_bytes(head[8:16], "big"), at + 16
        elif length == 0:
            length = size - at
        if len(head) < 8 or length < start - at or not kind.isascii():
            return
        yield kind, at, start, min(size, at + length)
        at += length


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """What is inside a box; containers are followed by what they hold."""
    left = [(0, len(data))]
    for _ in range(MAX_BOXES):
        if not left:
            return
        at, end = left.pop()
        if at + 8 > end:
            continue
        length, start = int.from_bytes(data[at : at + 4], "big"), at + 8
        if length == 1:
            length, start = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        if length < start - at or at + length > end:
            continue
        kind = data[at + 4 : at + 8]
        left.append((at + length, end))
        if kind in _HOLDERS:
            left.append((start, at + length))
            yield kind, b""
        else:
            yield kind, data[start : at + length]


def _tracks(moov: bytes) -> list[_Track]:
    tracks: list[_Track] = []
    defaults: dict[int, tuple[int, int]] = {}
    movie = 1
    for kind, body in _boxes(moov):
        if kind == b"trak":
            tracks.append(_Track(len(tracks), {}))
        elif kind == b"mvhd" and len(body) >= 24:
            (movie,) = struct.unpack_from(">I", body, 20 if body[0] == 1 else 12)
        elif kind == b"trex" and len(body) >= 24:
            number, _, duration, size = struct.unpack_from(">4I", body, 4)
            defaults[number] = (duration, size)
        elif tracks and body:
            tracks[-1].boxes.setdefault(kind, body)
    for track in tracks:
        try:
            _describe(track, defaults, movie or 1)
        except (struct.error, KeyError, IndexError):
            track.kind = b""
    return tracks


def _describe(track: _Track, defaults: dict[int, tuple[int, int]], movie: int) -> None:
    """`movie` is the ticks a second in which edits are as long as they are."""
    boxes = track.boxes
    long = boxes[b"mdhd"][0] == 1
    track.timescale = struct.unpack_from(">I", boxes[b"mdhd"], 20 if long else 12)[0] or 1
    track.begins = _begins(boxes.get(b"elst", b""), track.timescale, movie)
    track.kind = boxes[b"stsd"][12:16]
    if track.kind not in FORMATS:
        return
    track.id = struct.unpack_from(">I", boxes[b"tkhd"], 20 if boxes[b"tkhd"][0] == 1 else 12)[0]
    track.defaults = defaults.get(track.id, (0, 0))
    track.places = list(_table(boxes))


def _begins(edits: bytes, timescale: int, movie: int) -> Fraction:
    """Seconds that the first edit leaves out, less the empty ones in front of it."""
    nothing = 0
    for length, time in _rows(">Qq4x" if edits[:1] == b"\1" else ">Ii4x", edits, 8):
        if time >= 0:
            return Fraction(time, timescale) - Fraction(nothing, movie)
        nothing += length
    return Fraction(0)


def _table(boxes: dict[bytes, bytes]) -> Iterator[tuple[int, int, int, int]]:
    """Samples as the tables of `moov` tell them; none in a file of fragments."""
    same, count = struct.unpack_from(">II", boxes.get(b"stsz", bytes(12)), 4)
    count = min(count, MAX_SAMPLES)
    sizes = [same] * count if same else [one for (one,) in _rows(">I", boxes.get(b"stsz", b""), 12)]
    wide = b"co64" in boxes
    chunks = boxes.get(b"co64" if wide else b"stco", b"")
    starts = [one for (one,) in _rows(">Q" if wide else ">I", chunks, 8)]
    steps = ((n, step) for n, step in _rows(">II", boxes.get(b"stts", b""), 8))
    left, step, at, sample = 0, 0, 0, 0
    runs = list(_rows(">III", boxes.get(b"stsc", b""), 8))
    chunks_left = MAX_SAMPLES  # hostile runs may all name the same chunks
    for n, (first, each, _) in enumerate(runs):
        until = runs[n + 1][0] if n + 1 < len(runs) else len(starts) + 1
        if sample >= len(sizes) or chunks_left <= 0:
            return
        for start in starts[max(0, first - 1) : max(0, until - 1)][:chunks_left]:
            place, chunks_left = start, chunks_left - 1
            for size in sizes[sample : sample + each]:
                while not left:
                    left, step = next(steps, (MAX_SAMPLES, 0))
                yield place, size, at, step
                place, at, left, sample = place + size, at + step, left - 1, sample + 1


def _rows(shape: str, data: bytes, at: int) -> Iterator[tuple[int, ...]]:
    size = struct.calcsize(shape)
    for place in range(at, min(len(data) - size + 1, at + size * MAX_SAMPLES), size):
        yield struct.unpack_from(shape, data, place)


def _fragment(moof: bytes, at: int, tracks: list[_Track]) -> None:
    """Adds the samples of one fragment; `at` is where its `moof` begins."""
    track: _Track | None = None
    base, time, duration, size, place = at, 0, 0, 0, at
    for kind, body in _boxes(moof):
        try:
            if kind == b"tfhd":
                number = struct.unpack_from(">I", body, 4)[0]
                wanted = (one for one in tracks if one.id == number and one.kind in FORMATS)
                track = next(wanted, None)
                base, duration, size = _header(body, at, track)
                time = _last_end(track)
                place = base
            elif kind == b"tfdt" and track:
                time = struct.unpack_from(">Q" if body[0] == 1 else ">I", body, 4)[0]
            elif kind == b"trun" and track:
                for told in _run(body, base, place, (duration, size)):
                    if len(track.places) >= MAX_SAMPLES:
                        return
                    track.places.append((told[0], told[1], time + told[3], told[2]))
                    place, time = told[0] + told[1], time + told[2]
        except (struct.error, IndexError):
            track = None


def _header(body: bytes, at: int, track: _Track | None) -> tuple[int, int, int]:
    """Where the data is counted from, and the defaults of duration and size (`tfhd`)."""
    flags = int.from_bytes(body[1:4], "big")
    duration, size = track.defaults if track else (0, 0)
    place, base = 8, at
    if flags & 1:
        base = struct.unpack_from(">Q", body, place)[0]
        place += 8
    place += 4 if flags & 2 else 0
    if flags & 8:
        duration = struct.unpack_from(">I", body, place)[0]
        place += 4
    if flags & 0x10:
        size = struct.unpack_from(">I", body, place)[0]
    return base, duration, size


def _last_end(track: _Track | None) -> int:
    return track.places[-1][2] + track.places[-1][3] if track and track.places else 0


def _run(
    body: bytes, base: int, place: int, defaults: tuple[int, int]
) -> Iterator[tuple[int, int, int, int]]:
    """Offset, size, duration, and how much later it shows, of each sample (`trun`)."""
    flags = int.from_bytes(body[1:4], "big")
    count = min(struct.unpack_from(">I", body, 4)[0], MAX_SAMPLES)
    at = 8
    if flags & 1:
        place = base + struct.unpack_from(">i", body, at)[0]
        at += 4
    at += 4 if flags & 4 else 0
    for _ in range(count):
        duration, size = defaults
        later = 0
        if flags & 0x100:
            duration, at = struct.unpack_from(">I", body, at)[0], at + 4
        if flags & 0x200:
            size, at = struct.unpack_from(">I", body, at)[0], at + 4
        at += 4 if flags & 0x400 else 0
        if flags & 0x800:
            later, at = struct.unpack_from(">i", body, at)[0], at + 4
        yield place, size, duration, later
        place += size


def _samples(descriptor: int, track: _Track) -> Iterator[_Sample]:
    unit, begins = Fraction(1000, track.timescale), track.begins * 1000
    budget = MAX_TEXT
    for place, size, time, duration in track.places:
        budget -= size
        if size <= 0 or budget < 0:
            continue
        begin = round(time * unit - begins)
        end = round((time + duration) * unit - begins)
        if track.kind != b"c608":  # what that says before zero may be shown after it
            begin = max(0, begin)
        if end > 0 or begin < 0:
            yield _Sample(begin, end, os.pread(descriptor, size, place))


def _texts(track: _Track, samples: list[_Sample]) -> Iterator[RawTrack]:
    language = _language(track.boxes.get(b"mdhd", b""))
    if track.kind == b"c608":
        triples = [one for sample in samples for one in _line21(sample)]
        yield from closed_captions.texts(triples, track.index, language)
        return
    written = _ttml(samples) if track.kind == b"stpp" else _webvtt(track, samples)
    if samples:
        name = FORMATS[track.kind]
        yield RawTrack(track.index, name, language, "subtitle", None, name, written)


def _language(mdhd: bytes) -> str | None:
    packed = int.from_bytes(mdhd[28:30] if mdhd[:1] == b"\x01" else mdhd[20:22], "big")
    letters = "".join(chr((packed >> shift & 31) + 0x60) for shift in (10, 5, 0))
    return bcp47(letters) if _LANGUAGE.fullmatch(letters) else None


def _line21(sample: _Sample) -> Iterator[closed_captions.Triple]:
    for kind, body in _boxes(sample.data):
        field_number = {b"cdat": 0, b"cdt2": 1}.get(kind)
        if field_number is not None:
            for at in range(0, len(body) - 1, 2):
                yield closed_captions.Triple(sample.ms, field_number, body[at : at + 2])


def _ttml(samples: list[_Sample]) -> bytes:
    """Documents one after another, each behind a comment that tells when it is shown."""
    return b"\n".join(
        f"<!-- sample {one.ms} {one.end_ms} -->\n".encode() + one.data for one in samples
    )


def _webvtt(track: _Track, samples: list[_Sample]) -> bytes:
    """A file of WebVTT. What goes on in the next sample is one cue: there it was only cut."""
    head = next((body for kind, body in _boxes(track.boxes[b"stsd"][24:]) if kind == b"vttC"), b"")
    open_cues: dict[tuple[str, str, str], tuple[int, int]] = {}
    done: list[tuple[int, int, tuple[str, str, str]]] = []
    for sample in samples:
        now = {_cue(body) for kind, body in _boxes(sample.data) if kind == b"vttc"}
        for cue, (begin, end) in list(open_cues.items()):
            if cue not in now or end != sample.ms:
                done.append((begin, end, cue))
                del open_cues[cue]
        for cue in now:
            open_cues[cue] = (open_cues.get(cue, (sample.ms, 0))[0], sample.end_ms)
    done += [(begin, end, cue) for cue, (begin, end) in open_cues.items()]
    told = head.decode(errors="replace").replace("\0", "").strip() or "WEBVTT"
    blocks = [told if told.startswith("WEBVTT") else "WEBVTT"]
    for begin, end, (identity, settings, text) in sorted(done):
        times = f"{_clock(begin)} --> {_clock(end)} {settings}".rstrip()
        blocks.append("\n".join(one for one in (identity, times, text) if one))
    return ("\n\n".join(blocks) + "\n").encode()


def _cue(body: bytes) -> tuple[str, str, str]:
    """Identity, settings and text, such as can stand in a file."""
    parts = {kind: data.decode(errors="replace") for kind, data in _boxes(body)}
    lines = [line for line in re.split(r"[\r\n]+", parts.get(b"payl", "")) if line]
    identity = " ".join(parts.get(b"iden", "").split()).replace("-->", "->")
    settings = " ".join(parts.get(b"sttg", "").split()).replace("-->", "->")
    return identity, settings, "\n".join(lines).replace("-->", "--&gt;")


def _clock(ms: int) -> str:
    return timecode(Ms(ms)).rjust(12, "0")
