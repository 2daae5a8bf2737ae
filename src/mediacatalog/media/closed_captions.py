"""CEA-608 and 708 captions hidden in the picture stream, taken out without decoding a picture.

ffmpeg copies nothing but the units that carry them (ATSC A/53 part 4: SEI messages in H.264 and
HEVC, user data in MPEG-2; the user data of DVDs) with their times. What comes out are texts for
`captions` to read: SCC for each field of line 21, and the bytes of each service of CEA-708.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ffmpeg

from mediacatalog.media import runner
from mediacatalog.media.embedded import RawTrack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction
    from pathlib import Path

    from mediacatalog.values import Probe, VideoFacts

UNITS = {"h264": "6", "hevc": "39", "mpeg2video": "178"}
"""Codec to the type of the units that may carry captions."""
LIMITS = runner.Limits(wall_seconds=1800, cpu_seconds=900, output_bytes=64 * 2**20)
GLIMPSE_SECONDS = 20
"""Captioned video has captions, if empty ones, from its first frame on; else no more is read."""

_LEAD = 600
"""Seconds before the first frame in which pictures may lie that only others refer to."""
_REORDERED = 32
"""Packets among which the first one shown is."""
_SEARCHED = 32 << 20  # bytes: a hundredth of a second

_CAPTIONS = re.compile(rb"GA94\x03")
_DVD = re.compile(rb"\x00\x00\x01\xb2CC\x01\xf8(.)", re.DOTALL)
_ESCAPE = b"\x00\x00\x03"
_SEGMENT, _CLUSTER, _GROUP = 0x18538067, 0x1F43B675, 0xA0
_TIME, _SIMPLE_BLOCK, _BLOCK = 0xE7, 0xA3, 0xA1


MOST_SERVICES = 6
"""Services of CEA-708 that broadcasters may use; others are private."""


@dataclass(frozen=True, slots=True)
class _Packet:
    ms: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Triple:
    """Two bytes of captions with what they are: `kind` 0 and 1 are the fields of line 21.

    2 and 3 are bytes of a packet of CEA-708; 3 begins one.
    """

    ms: int
    kind: int
    pair: bytes


def closed_captions(
    path: Path, probe: Probe, zero: Fraction | None = None, *, steady: bool = True
) -> list[RawTrack]:
    """A track for each field of line 21 (CC1 with CC2, CC3 with CC4) and each service of CEA-708.

    Often none. `zero` and `steady` as for `inside.raw_tracks`. Raises ToolFailedError when there is
    more of it than anything sane holds, and the runner's errors. A file that ffmpeg can't read has
    none: other stages say why.
    """
    video = probe.video
    if video is None or video.codec not in UNITS:
        return []
    if _has_no_mark(path, probe):
        return []
    first = video.start_pts * video.time_base if zero is None else zero
    glimpse = list(_packets(path, video, first, GLIMPSE_SECONDS, steady=steady))
    if not any(_carries(one.data) for one in glimpse):
        return []
    packets = sorted(_packets(path, video, first, None, steady=steady), key=lambda one: one.ms)
    if not steady:  # counted from some other first stamp
        begun = min(one.ms for one in glimpse[:_REORDERED])
        packets = [_Packet(one.ms - begun, one.data) for one in packets]
    frame_ms = 1000 / float(video.frame_rate) if video.frame_rate else 1001 / 30
    triples = [
        triple
        for packet in packets
        for triple in _triples(packet, frame_ms, escaped=video.codec != "mpeg2video")
    ]
    return texts(triples, video.index)


def texts(triples: Sequence[Triple], index: int, language: str | None = None) -> list[RawTrack]:
    """The tracks in triples that are in order of time."""
    found: list[tuple[str, str, str, str, list[str]]] = []
    for field, lines in enumerate(_line21(triples)):
        for channel in (1, 2) if _has_second(lines) else (1,):
            title = f"CC{channel + 2 * field}"
            head = f"Scenarist_SCC V1.0\n\nchannel {channel}\n"
            found.append(("eia_608", title, "scc", head, lines))
    found += [
        ("cea_708", f"service {service}", "cea708", f"CEA-708 service {service}\n", lines)
        for service, lines in sorted(_services(triples).items())
        if service <= MOST_SERVICES
    ]
    return [
        RawTrack(
            index=index,
            codec=codec,
            language=language,
            kind="caption",
            title=title,
            format=format_name,
            data=(head + "\n".join(lines) + "\n").encode("ascii"),
        )
        for codec, title, format_name, head, lines in found
        if lines
    ]


_SECOND = re.compile(r"[\t ][19][89a-f](?:[2-7a-f][0-9a-f])")
"""A control code of the field's second channel, with parity or without."""


def _has_second(lines: list[str]) -> bool:
    return any(_SECOND.search(line) for line in lines)


def _line21(triples: Sequence[Triple]) -> tuple[list[str], list[str]]:
    fields: tuple[list[str], list[str]] = ([], [])
    idle = [True, True]
    for ms, group in itertools.groupby(triples, key=lambda one: one.ms):
        said: tuple[list[str], list[str]] = ([], [])
        for one in group:
            if one.kind < 2 and one.pair not in {b"\x80\x80", b"\0\0"}:
                said[one.kind].append(one.pair.hex())
        for field in (0, 1):
            if said[field]:
                fields[field].append(f"{ms}ms\t{' '.join(said[field])}")
            elif not idle[field]:
                fields[field].append(f"{ms}ms\t8080")  # a pause: what follows is no repetition
            idle[field] = not said[field]
    return fields


def _services(triples: Sequence[Triple]) -> dict[int, list[str]]:
    """Lines of milliseconds and bytes for each service (CTA-708-E, 5 and 6)."""
    found: dict[int, list[str]] = {}
    held, want = b"", 0
    for one in triples:
        if one.kind < 2:
            continue
        if one.kind == 3:
            size = one.pair[0] & 63
            held, want = one.pair, size * 2 if size else 128
        elif held:
            held += one.pair
        if held and len(held) >= want:
            for service, data in _blocks_of(held[1:want]):
                found.setdefault(service, []).append(f"{one.ms}ms\t{data.hex()}")
            held = b""
    return found


def _blocks_of(packet: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(packet):
        service, size = packet[at] >> 5, packet[at] & 31
        at += 1
        if service == 7 and size and at < len(packet):
            service = packet[at] & 63
            at += 1
        if not service or not size:
            return
        yield service, packet[at : at + size]
        at += size


def _has_no_mark(path: Path, probe: Probe) -> bool:
    """Whether it is sure without ffmpeg that there are none: for a short file a process is much.

    MP4 has the units in one piece, and nothing stands within the mark of a unit with captions.
    """
    if "mp4" not in probe.container or probe.byte_count > _SEARCHED:
        return False
    try:
        return not _carries(path.read_bytes())
    except OSError:
        return False


def _carries(data: bytes) -> bool:
    return _CAPTIONS.search(data) is not None or _DVD.search(data) is not None


def _packets(
    path: Path, video: VideoFacts, zero: Fraction, seconds: int | None, *, steady: bool
) -> Iterator[_Packet]:
    """Packets of the units alone, in the order of the file.

    Where stamps jump, ffmpeg counts them on as we do.
    """
    limit = {} if seconds is None else {"t": seconds}
    kept = {"copyts": None} if steady else {}
    source = ffmpeg.input(runner.STAND_IN, fflags="+genpts", **kept, **limit)
    # Matroska has no times below zero: what an edit list leaves out would move all the others.
    output = ffmpeg.output(
        source[str(video.index)],
        "pipe:1",
        format="matroska",
        output_ts_offset=f"{float(_LEAD - zero):.6f}",
        **{"c": "copy", "bsf:v": f"filter_units=pass_types={UNITS[video.codec]}"},
    )
    done = runner.run(
        "ffmpeg",
        [*runner.input_options("ffmpeg"), *runner.named(output.get_args(), path)],
        reads=[path],
        limits=LIMITS,
    )
    return _blocks(done.stdout)


def _blocks(data: bytes) -> Iterator[_Packet]:
    """Blocks of a Matroska file that our own ffmpeg wrote; ends where it makes no sense."""
    at, cluster_ms = 0, 0
    while at < len(data):
        identity, at = _number(data, at, keep_mark=True)
        size, at = _number(data, at, keep_mark=False)
        if not identity:
            return
        if identity in {_SEGMENT, _CLUSTER, _GROUP}:
            continue  # what is inside follows
        body = data[at : at + size]
        if identity == _TIME:
            cluster_ms = int.from_bytes(body, "big")
        elif identity in {_SIMPLE_BLOCK, _BLOCK} and len(body) > 4:
            offset = int.from_bytes(body[1:3], "big", signed=True)
            yield _Packet(cluster_ms + offset - 1000 * _LEAD, body[4:])
        at += size


def _number(data: bytes, at: int, *, keep_mark: bool) -> tuple[int, int]:
    """An EBML number and where it ends."""
    if at >= len(data) or not data[at]:
        return 0, len(data)
    length = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + length], "big")
    return (value if keep_mark else value & ((1 << 7 * length) - 1)), at + length


def _triples(packet: _Packet, frame_ms: float, *, escaped: bool) -> Iterator[Triple]:
    """What a picture carries (ATSC A/53 part 4, 6.2.3)."""
    ms = packet.ms
    for found in _CAPTIONS.finditer(packet.data):
        body = packet.data[found.end() : found.end() + 400]
        if escaped:  # no start code may stand within a unit
            body = body.replace(_ESCAPE, _ESCAPE[:2])
        if body and body[0] & 0x40:
            yield from triples_of(ms, body[2:], body[0] & 0x1F)
    if escaped:
        return
    for found in _DVD.finditer(packet.data):
        # A DVD has the pairs of a whole group of pictures in front of its first one.
        body = packet.data[found.end() :]
        for number in range((found[1][0] >> 1 & 15) * 2):
            triple = body[3 * number : 3 * number + 3]
            if len(triple) < 3 or triple[0] & 0xFE != 0xFE:
                break
            yield Triple(ms + round(number // 2 * frame_ms), 1 - (triple[0] & 1), triple[1:])


def triples_of(ms: int, body: bytes, count: int) -> Iterator[Triple]:
    """The valid ones of so many triples (`cc_data`)."""
    for number in range(count):
        triple = body[3 * number : 3 * number + 3]
        if len(triple) == 3 and triple[0] & 0x04:
            yield Triple(ms, triple[0] & 0x03, triple[1:])
