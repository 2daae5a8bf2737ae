"""When the first packets of a stream are due; none is decoded. For the decoder child only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediacatalog.media.frames import Faults, UndecodableError, open_file, packets

if TYPE_CHECKING:
    from mediacatalog.media.untrusted import Json


def packet_stamps(footage: int, index: int, count: int) -> Json:
    """(PTS, whether an edit list throws it away) of the first packets, in the order of the file.

    PTS are in the time base of the stream. Raises UndecodableError if one of them can't be read.
    """
    opened = open_file(footage)
    with opened.container as container:
        if index >= len(container.streams):
            raise UndecodableError(f"it has no stream {index}")
        faults = Faults()
        seen: list[tuple[int | None, bool]] = []
        for packet in packets(opened, [container.streams[index]], faults):
            if not packet.size or len(seen) == count:
                break
            seen.append((packet.pts, packet.is_discard))
        if faults.broke_off:
            raise UndecodableError(faults.broke_off)
        return {"packets": seen}
