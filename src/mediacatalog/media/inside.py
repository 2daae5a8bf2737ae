"""Every caption track inside a file as bytes of a known format, wherever in it they are."""

from __future__ import annotations

from fractions import Fraction
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


def raw_tracks(
    path: Path, probe: Probe, zero: Fraction | None = None, *, steady: bool = True
) -> list[RawTrack]:
    """Text streams, text tracks that only MP4's own boxes show, closed captions of the pictures.

    Pictures of text are among them only where `PICTURE_READERS` has a reader of them; the others
    are `unread`. Times count from `zero`, in seconds of the file's stamps: that of the first frame
    shown, where it isn't given by what the probe says. `steady` is False where the stamps of the
    picture jump or are missing. Raises UnreadableMediaError when none of what there is can be read,
    ToolFailedError and the runner's errors.
    """
    if zero is None:
        zero = probe.video.start_pts * probe.video.time_base if probe.video else Fraction(0)
    boxed = "mp4" in probe.container
    own = iso_text.text_tracks(path, zero) if boxed else []
    leads = iso_text.leads(path) if boxed and probe.subtitles else None
    known = {one.index for one in own}
    streams = embedded.text_streams(path, probe, zero, leads)
    found = [one for one in streams if one.index not in known]
    pictures = [
        PICTURE_READERS[one.codec](path, one)
        for one in probe.subtitles
        if not one.text and one.codec in PICTURE_READERS
    ]
    closed = closed_captions.closed_captions(path, probe, zero, steady=steady)
    return [*found, *pictures, *own, *closed]


def unread(probe: Probe) -> list[SubtitleFacts]:
    """Streams that are there and whose text nothing here can tell."""
    return [one for one in probe.subtitles if not one.text and one.codec not in PICTURE_READERS]
