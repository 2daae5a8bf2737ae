"""Serves the bytes of one file by ranges (RFC 9110, section 14), read with `pread`.

Werkzeug's own responder reads from byte 0 up to the offset on some servers. Open-ended ranges are
answered with at most 1 MiB: a browser asks for the rest when it needs it, and a slow reader doesn't
hold a thread for the length of the film.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from flask import Response, request

from mediacatalog.web.security import MEDIA_POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mediacatalog.catalog.files import Master

BLOCK = 256 * 1024
OPEN_ENDED = 2**20
ASKED = 2**22
Holds: TypeAlias = "Callable[[], bool]"
_RANGE = re.compile(r"bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})\s*")

TYPES = {
    "mp4": "video/mp4", "mov": "video/mp4", "quicktime": "video/mp4", "m4a": "audio/mp4",
    "webm": "video/webm", "matroska": "video/x-matroska", "ogg": "video/ogg",
    "mpegts": "video/mp2t", "mpeg": "video/mpeg", "avi": "video/x-msvideo",
    "flv": "video/x-flv", "asf": "video/x-ms-asf", "mxf": "application/mxf",
}  # fmt: skip
"""By the container that our own probe found; names and outside claims decide nothing."""


def media_type(container: str) -> str:
    names = [name.strip() for name in container.lower().split(",")]
    return next((TYPES[name] for name in names if name in TYPES), "application/octet-stream")


def open_below(root: str, relative: bytes) -> int:
    """A descriptor of the regular file `relative` to `root`; no link below the root is followed.

    Raises OSError.
    """
    *folders, name = relative.split(b"/")
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            below = os.open(
                folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at
            )
            os.close(at)
            at = below
        # Non-blocking: opening a pipe that stands where a film was must not wait for a writer.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return os.open(name, flags, dir_fd=at)
    finally:
        os.close(at)


def open_master(master: Master) -> tuple[int, bytes] | None:
    """(descriptor, path) of the first path that still holds the bytes that were read."""
    for place in master.places:
        with suppress(OSError):
            descriptor = open_below(place.root, place.path)
            found = os.fstat(descriptor)
            seen = (master.byte_count, place.mtime_ns)
            if stat.S_ISREG(found.st_mode) and (found.st_size, found.st_mtime_ns) == seen:
                return descriptor, os.fsencode(place.root) + b"/" + place.path
            os.close(descriptor)
    return None


@dataclass
class Blocks:
    """The bytes [start, end) of a descriptor, which is closed with the response."""

    descriptor: int
    start: int
    end: int
    holds: Holds | None = None
    """Whether what let them be sent still does; asked after each ASKED bytes."""

    def __iter__(self) -> Iterator[bytes]:
        position = self.start
        ask = position + ASKED
        while position < self.end:
            if self.holds is not None and position >= ask:
                if not self.holds():
                    return
                ask = position + ASKED
            block = os.pread(self.descriptor, min(BLOCK, self.end - position), position)
            if not block:
                return
            position += len(block)
            yield block

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


@dataclass(frozen=True, slots=True)
class Span:
    """What to send: [start, end) of the file, as a part (206) or all of it (200)."""

    start: int
    end: int
    partial: bool


def choose(header: str | None, length: int) -> Span | None:
    """What a Range header asks for; None when it can't be met (416).

    Headers that aren't one range of bytes are passed over, as the standard allows.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match.groups() == ("", ""):
        return Span(0, length, partial=False)
    first, last = match.groups()
    if not first:
        return Span(max(0, length - int(last)), length, partial=True) if int(last) else None
    start = int(first)
    if start >= length or (last and int(last) < start):
        return None
    end = min(int(last) + 1, length) if last else min(start + OPEN_ENDED, length)
    return Span(start, end, partial=True)


def respond(
    descriptor: int, path: bytes, master: Master, *, holds: Holds | None = None
) -> Response:
    """Answer this request from an open file, which the response closes.

    Where `holds` doesn't any more, a long answer ends before its end.
    """
    name = path.rsplit(b"/", 1)[-1]
    length, etag = master.byte_count, f'"{master.sha256}"'
    if request.headers.get("If-None-Match") in (etag, "*"):
        os.close(descriptor)
        return _dress(Response(status=304), name, etag)
    header = request.headers.get("Range") if request.method == "GET" else None
    if request.headers.get("If-Range") not in (None, etag):
        header = None
    span = choose(header, length)
    if span is None:
        os.close(descriptor)
        refused = Response(status=416, headers={"Content-Range": f"bytes */{length}"})
        return _dress(refused, name, etag)
    body: Blocks | bytes = Blocks(descriptor, span.start, span.end, holds)
    if request.method == "HEAD":
        os.close(descriptor)
        body = b""
    response = Response(
        body,
        status=206 if span.partial else 200,
        mimetype=media_type(master.container),
    )
    response.headers["Content-Length"] = str(span.end - span.start)
    if span.partial:
        response.headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{length}"
    return _dress(response, name, etag)


def _dress(response: Response, name: bytes, etag: str) -> Response:
    response.headers.update(
        {
            "Accept-Ranges": "bytes",
            "ETag": etag,
            "Cache-Control": "private, no-cache",
            "Content-Disposition": "attachment; filename*=UTF-8''" + quote(name, safe=""),
            "Content-Security-Policy": MEDIA_POLICY,
        }
    )
    return response
