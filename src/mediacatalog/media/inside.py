"""Every caption track inside a file as bytes of a known format, wherever in it they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediacatalog.media import closed_captions, embedded, iso_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mediacatalog.media.embedded import RawTrack
    from mediacatalog.values import Probe, SubtitleFacts

PICTURE_READERS: Mapping[str, Callable[[Path, SubtitleFacts], RawTrack]] = {}
"""The plug for streams whose text must be recognised: codec to a reader.

None is built in: `hdmv_pgs_subtitle`, `dvd_subtitle`, `dvb_subtitle` and `dvb_teletext` are listed
as present, and aren't searched. A reader's track is kept and shown like any other.
"""


def raw_tracks(path: Path, probe: Probe) -> list[RawTrack]:
    """Text streams, text tracks that only MP4's own boxes show, closed captions of the pictures.

    Pictures of text are among them only where `PICTURE_READERS` has a reader of them; the others
    are `unread`. Raises UnreadableMediaError when none of what there is can be read,
    ToolFailedError and the runner's errors.
    """
    own = iso_text.text_tracks(path) if "mp4" in probe.container else []
    known = {one.index for one in own}
    found = [one for one in embedded.text_streams(path, probe) if one.index not in known]
    pictures = [
        PICTURE_READERS[one.codec](path, one)
        for one in probe.subtitles
        if not one.text and one.codec in PICTURE_READERS
    ]
    return [*found, *pictures, *own, *closed_captions.closed_captions(path, probe)]


def unread(probe: Probe) -> list[SubtitleFacts]:
    """Streams that are there and whose text nothing here can tell."""
    return [one for one in probe.subtitles if not one.text and one.codec not in PICTURE_READERS]
