"""Tells a drone's flight log in the clothes of an SRT file from captions, by what its cues say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediacatalog.values import Cue

_KEY = re.compile(
    r"\b(iso|shutter|f-?num|ev|ct|focal_len|latitude|longtitude|longitude|(?:rel_|abs_)?altitude"
    r"|rel_alt|abs_alt|barometer|gps|home|srtcnt|framecnt|difftime|color_md|dzoom_ratio|delta"
    r"|pp_[a-z]{1,12}|drone_[a-z]{1,12}|gb_(?:yaw|pitch|roll)|gimbal_[a-z]{1,12}|h\.s|v\.s"
    r"|f\.pry|g\.pry|speed|height|heading|yaw|pitch|roll|satellites|battery|lat|lon|lng|alt)"
    r"[ \t]{0,3}[:(=][ \t]{0,3}(?=[-+\d(.a-z])"
    r"|\b(f)/(?=\d)|\b(ss|iso|ev|h\.s|v\.s|d|h)[ =](?=[-+]?\d)"
    r"|[0-9] ?(km/h|m/s|mph)\b",
    re.IGNORECASE,
)
_DEGREES = r"[-+]?[0-9]{1,3}\.[0-9]{4,12}"
_PLACE = re.compile(rf"{_DEGREES}°?[ \t]{{0,3}}[NSEW]?[ \t]{{0,3}}[,; ][ \t]{{0,3}}{_DEGREES}")
"""Two numbers that nobody says: degrees with four decimals and more."""
_MIN_KEYS = 3
_SAMPLE = 400


def recognised(cues: Sequence[Cue]) -> bool:
    """Whether most cues are readings of instruments: at least three different ones in each."""
    spoken = [cue.text for cue in cues if cue.text][:_SAMPLE]
    logged = sum(_keys(text[:4000]) >= _MIN_KEYS for text in spoken)
    return logged * 2 > len(spoken)


def tells_place(text: str) -> bool:
    """Whether a text holds coordinates."""
    return _PLACE.search(text) is not None


def _keys(text: str) -> int:
    keys = {"".join(filter(None, found)).lower() for found in _KEY.findall(text)}
    return len(keys) + (2 if _PLACE.search(text) else 0)
