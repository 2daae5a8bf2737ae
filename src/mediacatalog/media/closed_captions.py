"""CEA-608 captions hidden in the picture stream, taken out without decoding a picture.

ffmpeg copies nothing but the units that carry them (ATSC A/53 part 4: SEI messages in H.264 and
HEVC, user data in MPEG-2) with their times; what comes out is SCC for `captions` to read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ffmpeg

from mediacatalog.media import runner
from mediacatalog.media.embedded import RawTrack
from mediacatalog.values import to_ms

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediacatalog.values import Probe, VideoFacts

UNITS = {"h264": "6", "hevc": "39", "mpeg2video": "178"}
"""Codec to the type of the units that may carry captions."""
LIMITS = runner.Limits(wall_seconds=1800, cpu_seconds=900, output_bytes=64 * 2**20)
GLIMPSE_SECONDS = 20
"""Captioned video has captions, if empty ones, from its first frame on; else no more is read."""

_CAPTIONS = re.compile(rb"GA94\x03", re.DOTALL)
_ESCAPE = b"\x00\x00\x03"
_SEGMENT, _CLUSTER, _GROUP = 0x18538067, 0x1F43B675, 0xA0
_TIME, _SIMPLE_BLOCK, _BLOCK = 0xE7, 0xA3, 0xA1


@dataclass(frozen=True, slots=True)
class _Packet:
    ms: int
    data: bytes


def closed_captions(path: Path, probe: Probe) -> list[RawTrack]:
    """A track for each field that carries captions: CC1 with CC2, and CC3 with CC4. Often none.

    Raises ToolFailedError when there is more of it than anything sane holds, and the runner's
    errors. A file that ffmpeg can't read has none: other stages say why.
    """
    video = probe.video
    if video is None or video.codec not in UNITS:
        return []
    if not any(_CAPTIONS.search(one.data) for one in _packets(path, video, GLIMPSE_SECONDS)):
        return []
    packets = sorted(_packets(path, video, None), key=lambda one: one.ms)
    start_ms = to_ms(video.start_pts, 0, video.time_base)
    fields: tuple[list[str], list[str]] = ([], [])
    idle = [True, True]
    for packet in packets:
        ms = max(0, packet.ms - start_ms)
        for field, pairs in enumerate(_pairs(packet.data, escaped=video.codec != "mpeg2video")):
            said = [pair for pair in pairs if pair not in {"8080", "0000"}]
            if said:
                fields[field].append(f"{ms}ms\t{' '.join(said)}")
            elif not idle[field]:
                fields[field].append(f"{ms}ms\t8080")  # a pause: what follows is no repetition
            idle[field] = not said
    return [
        RawTrack(
            index=video.index,
            codec="eia_608",
            language=None,
            kind="caption",
            title=title,
            format="scc",
            data=("Scenarist_SCC V1.0\n\n" + "\n".join(lines) + "\n").encode("ascii"),
        )
        for title, lines in zip(("CC1", "CC3"), fields, strict=True)
        if lines
    ]


def _packets(path: Path, video: VideoFacts, seconds: int | None) -> Iterator[_Packet]:
    """Packets of the units alone, in the order of the file."""
    limit = {} if seconds is None else {"t": seconds}
    source = ffmpeg.input(runner.STAND_IN, copyts=None, fflags="+genpts", **limit)
    output = ffmpeg.output(
        source[str(video.index)],
        "pipe:1",
        format="matroska",
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
            yield _Packet(cluster_ms + offset, body[4:])
        at += size


def _number(data: bytes, at: int, *, keep_mark: bool) -> tuple[int, int]:
    """An EBML number and where it ends."""
    if at >= len(data) or not data[at]:
        return 0, len(data)
    length = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + length], "big")
    return (value if keep_mark else value & ((1 << 7 * length) - 1)), at + length


def _pairs(data: bytes, *, escaped: bool) -> tuple[list[str], list[str]]:
    """The pairs of each field, in hexadecimal (ATSC A/53 part 4, 6.2.3)."""
    fields: tuple[list[str], list[str]] = ([], [])
    for found in _CAPTIONS.finditer(data):
        body = data[found.end() : found.end() + 400]
        if escaped:  # no start code may stand within a unit
            body = body.replace(_ESCAPE, _ESCAPE[:2])
        if not body or not body[0] & 0x40:
            continue
        for number in range(body[0] & 0x1F):
            triple = body[2 + 3 * number : 5 + 3 * number]
            if len(triple) == 3 and triple[0] & 0x04 and triple[0] & 0x03 < 2:
                fields[triple[0] & 0x03].append(triple[1:].hex())
    return fields
