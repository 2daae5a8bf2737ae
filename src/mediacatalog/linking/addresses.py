"""Ids, addresses and file names as they are compared; no address is ever opened."""

from __future__ import annotations

import re
from pathlib import PurePath
from urllib.parse import unquote, urlsplit

_GENERIC = re.compile(
    r"(?:video|clip|movie|film|output|out|final|untitled|download|file|media|master|trim|index|"
    r"article|story|img|mvi|dsc|vid|gopr|gh|gx|mov|dji|pxl|whatsapp video|c|p)?[\s\d_.-]{0,24}",
    re.IGNORECASE,
)


def is_id_in(video_id: str, stem: str) -> bool:
    """Whether an id stands in a name as a word of its own, and is telling enough.

    An id may hold `-` and `_`, and yt-dlp's predecessor joined it with `-`: only letters and
    digits around it speak against it.
    """
    key = video_id.rsplit("/", 1)[-1]
    if not is_telling(key):
        return False
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(key)}(?![A-Za-z0-9])", stem) is not None


def is_telling(key: str) -> bool:
    """Whether an id can hardly be a common word or a number in another name."""
    if len(key) >= 11:
        return True
    return len(key) >= 8 if key.isdigit() else len(key) >= 6 and not key.isalpha()


def is_generic(name: str) -> bool:
    """Names that cameras and programs give: they connect nothing."""
    return _GENERIC.fullmatch(PurePath(name).stem) is not None


def file_of(url: str) -> str:
    """The file's name at the end of an address; empty if there is none."""
    try:
        return unquote(urlsplit(url).path).rsplit("/", 1)[-1]
    except ValueError:
        return ""


def bare_address(url: str) -> str:
    """An address as it is compared: without scheme, `www.`, fragment and last slash."""
    return re.sub(r"^https?://(?:www\.)?", "", url.split("#", maxsplit=1)[0]).rstrip("/").casefold()
