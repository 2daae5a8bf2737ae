"""What the first bytes say: text, scripts, play lists and pictures in the clothes of a video."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from mediacatalog.errors import UnreadableMediaError

if TYPE_CHECKING:
    from pathlib import Path

# What a person is told, by how the file begins (after white space and a byte-order mark).
_TEXTS: tuple[tuple[bytes, str], ...] = (
    (b"#EXTM3U", "a play list (HLS) that names other files, not a video"),
    (b"ffconcat", "a script that names other files (ffconcat), not a video"),
    (b"v=0", "a network description (SDP), not a video"),
    (b"<!doctype html", "a web page, not a video: the download may have failed"),
    (b"<html", "a web page, not a video: the download may have failed"),
    (b"<?xml", "an XML document, not a video"),
    (b"<svg", "a drawing (SVG), not a video"),
    (b"<mpd", "a play list (DASH) that names other files, not a video"),
    (b"[script info]", "a subtitle script (ASS), not a video"),
    (b"webvtt", "captions (WebVTT), not a video"),
    (b"#!", "a program's text, not a video"),
)
_BYTES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG), not a video"),
    (b"\xff\xd8\xff", "a picture (JPEG), not a video"),
    (b"GIF8", "a picture (GIF), not a video"),
    (b"BM", "a picture (BMP), not a video"),
    (b"%PDF", "a PDF document, not a video"),
    (b"PK\x03\x04", "a ZIP archive, not a video"),
    (b"\x1f\x8b", "a gzip archive, not a video"),
    (b"Rar!", "a RAR archive, not a video"),
    (b"7z\xbc\xaf", "a 7z archive, not a video"),
    (b"\x7fELF", "a program, not a video"),
    (b"MZ", "a program, not a video"),
)


def not_footage(path: Path) -> str:
    """Why the bytes can't be footage, in a sentence; empty when nothing speaks against it."""
    try:
        descriptor = open_regular(path)
    except UnreadableMediaError as error:
        return error.reason
    try:
        head = os.read(descriptor, 1024)
    except OSError as error:
        return error.strerror or "can't be read"
    finally:
        os.close(descriptor)
    return _what(head) if head else "the file is empty (0 bytes)"


def open_regular(path: Path) -> int:
    """A descriptor of a file that is no link, pipe or device: nothing is waited for.

    Raises UnreadableMediaError.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise UnreadableMediaError(path, _why_not_opened(error)) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableMediaError(path, "not a regular file")
    return descriptor


def _why_not_opened(error: OSError | ValueError) -> str:
    """In words; opening a link with O_NOFOLLOW fails with ELOOP."""
    if isinstance(error, ValueError):
        return "no file can have this name"
    if error.errno == errno.ELOOP:
        return "a link to another file; links are not followed"
    return error.strerror or "can't be opened"


def _what(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    found = [words for sign, words in _BYTES if head.startswith(sign)]
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        found.append("a picture (WebP), not a video")
    found += [words for sign, words in _TEXTS if text.startswith(sign.lower())]
    if _is_text(head):
        found.append("text, not a video")
    return found[0] if found else ""


def _is_text(head: bytes) -> bool:
    try:
        decoded = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return False
        decoded = head[: error.start].decode("utf-8", "replace")
    return bool(decoded) and all(one.isprintable() or one in "\r\n\t\f" for one in decoded)
