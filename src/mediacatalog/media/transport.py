"""Transport streams that go on under other numbers: recordings were joined, or a sender began anew.

Packets of a programme are told by their PIDs, which a new table of the programme (PMT) may change
(ISO/IEC 13818-1, 2.4.4). libav then takes them for streams of their own, unless it is told to go
on with those that it has. It does so by their order alone, so it is told only where they are alike.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.codec.context import CodecContext
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

FORMAT: Final = "mpegts"
MERGED: Final = "merge_pmt_versions"
"""Option of libav's demuxer; streams of two programmes stay apart in any case."""


def goes_on(streams: Sequence[tuple[str, str]]) -> bool:
    """Whether streams (kind and codec, in their order) are the same ones twice or more often."""
    count = len(streams)
    lengths = (length for length in range(1, count // 2 + 1) if count % length == 0)
    return any(list(streams) == list(streams[:n]) * (count // n) for n in lengths)


def is_joined(container: InputContainer) -> bool:
    """Whether an open file is one of them."""
    if container.format.name != FORMAT:
        return False
    told = []
    for one in container.streams:
        codec = cast("CodecContext | None", one.codec_context)
        told.append((one.type, codec.name if codec else ""))
    return goes_on(told)


@dataclass
class Order:
    """Of the packets of merged streams: by stream the farthest byte, and the last one at all."""

    _farthest: dict[int, int] = field(default_factory=dict)
    _last: int = 0

    def is_left_over(self, packet: Packet[Stream]) -> bool:
        """Whether a packet lies before one of its stream that came already.

        libav gives the last one under a PID out when the file ends: after the next part, that is.
        """
        if not packet.size:
            return False
        farthest = self._farthest.get(packet.stream_index, 0)
        if packet.pos is not None:  # the second and later parts of a packet have none
            self._last = packet.pos
        self._farthest[packet.stream_index] = max(farthest, self._last)
        return self._last < farthest


def seconds_of(container: InputContainer, *, besides: int) -> float:
    """How long the pictures in a file last, other than those under a PID; the longest count."""
    stamps: dict[int, list[int]] = {}
    others = [one for one in container.streams.video if one.id != besides]
    for packet in container.demux(*others) if others else ():
        if packet.pts is not None:
            stamps.setdefault(packet.stream_index, []).append(packet.pts)
    tick = float(others[0].time_base or 0) if others else 0.0
    return max((tick * _lasting(own) for own in stamps.values()), default=0.0)


def _lasting(stamps: Sequence[int]) -> int:
    """Ticks, though the stamps may jump: as many steps as there are stamps."""
    steps = [later - earlier for earlier, later in pairwise(sorted(set(stamps)))]
    return len(stamps) * int(statistics.median(steps)) if steps else 0
