"""Crawls: WARC 1.0 and 1.1 (ISO 28500), plain or in gzip members, and WACZ around them.

Only successful answers with HTML, and `resource` records of such, are looked at; `revisit` records
hold no page. Brotli and Zstandard bodies are told as skipped.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, Protocol

from mediacatalog.articles import dates, page, videos
from mediacatalog.articles.cleaning import MAX_BYTES
from mediacatalog.articles.sources.values import LEAST_TEXT, MAX_ITEMS, Gathered, Skipped
from mediacatalog.errors import UnreadableArticleError

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 65_536
MAX_RATIO, FREE_BYTES = 200, 2**28
"""A file may unpack to so many times its own bytes, and to so many in any case."""
MAX_HEADER = 65_536
MAX_MEMBERS = 2000
_HTML = ("text/html", "application/xhtml+xml")


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def looks_like(head: bytes, lower_name: str) -> bool:
    if head.startswith(b"WARC/"):
        return True
    if not head.startswith(b"\x1f\x8b"):
        return False
    if lower_name.endswith(".warc.gz"):
        return True
    try:
        return zlib.decompressobj(31).decompress(head, 64).startswith(b"WARC/")
    except zlib.error:
        return False


def read(file: Readable, name: str) -> Iterator[Gathered | Skipped]:
    """The pages of a crawl that are stories, in their order."""
    stream, number = _Stream(file, name), 0
    while number < MAX_ITEMS:
        record = _record(stream, name)
        if record is None:
            return
        number += 1
        kind = record.get("warc-type", "")
        length = _length(record, name)
        if kind not in ("response", "resource") or not _may_be_page(record):
            stream.skip(length)
        elif length > MAX_BYTES + MAX_HEADER:
            stream.skip(length)
            yield Skipped(record.get("warc-target-uri", f"record {number}"), "larger than 20 MB")
        else:
            body = stream.exactly(length)
            yield from _page(record, body, name, f"record {number}")


def read_wacz(file: BinaryIO, name: str) -> Iterator[Gathered | Skipped]:
    """The crawls inside a WACZ, which is a ZIP file."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = [
                one
                for one in archive.infolist()[:MAX_MEMBERS]
                if re.search(r"\.warc(?:\.gz)?$", one.filename, re.IGNORECASE)
            ]
            if not members:
                raise UnreadableArticleError(name, "holds no WARC file")
            for member in members:
                if member.file_size > FREE_BYTES + MAX_RATIO * member.compress_size:
                    yield Skipped(member.filename[:300], "unpacks to far too much")
                    continue
                with archive.open(member) as inner:
                    yield from read(inner, name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise UnreadableArticleError(name, f"is no whole WACZ: {str(error)[:100]}") from error


def _record(stream: _Stream, name: str) -> dict[str, str] | None:
    """The next record's header fields in small letters; None at the end."""
    line = stream.line()
    while line in (b"\r\n", b"\n"):
        line = stream.line()
    if not line:
        return None
    if not line.startswith(b"WARC/"):
        raise UnreadableArticleError(name, "is no WARC file, or not one from here on")
    return _fields(stream)


def _fields(stream: _Stream) -> dict[str, str]:
    found: dict[str, str] = {}
    size = 0
    while (line := stream.line()).strip():
        size += len(line)
        key, colon, value = line.decode("utf-8", errors="replace").partition(":")
        if colon and size < MAX_HEADER:
            found.setdefault(key.strip().lower(), value.strip())
    return found


def _length(record: dict[str, str], name: str) -> int:
    value = record.get("content-length", "")
    if not re.fullmatch(r"\d{1,15}", value):
        raise UnreadableArticleError(name, "has a record without a length")
    return int(value)


def _may_be_page(record: dict[str, str]) -> bool:
    """Whether the payload's type, where the record tells it, is that of a page."""
    if record.get("warc-type") == "resource":
        return record.get("content-type", "").lower().startswith(_HTML)
    told = record.get("warc-identified-payload-type", "").lower()
    address = record.get("warc-target-uri", "").strip("<>")
    return address.startswith(("http://", "https://")) and (not told or told.startswith(_HTML))


def _page(
    record: dict[str, str], body: bytes, name: str, place: str
) -> Iterator[Gathered | Skipped]:
    address = record.get("warc-target-uri", "").strip("<>")
    if record["warc-type"] == "response":
        try:
            html = _payload(body)
        except _NotRead as why:
            yield Skipped(address or place, str(why))
            return
        if html is None:
            return
    else:
        html = body
    shown = f"{name}, {address or place}"
    try:
        article = page.read(html, f"{shown[:300]}.html")
    except UnreadableArticleError as error:
        yield Skipped(address or place, error.reason)
        return
    if len(article.text) < LEAST_TEXT and not (article.text and article.videos):
        yield Skipped(address or place, "no story: hardly any text")
        return
    own = article.url or videos.web_address(address)
    captured = dates.iso(record.get("warc-date"))
    yield Gathered(shown, address or place, html, replace(article, url=own), captured)


class _NotRead(Exception):  # noqa: N818 - never leaves this module
    """Why a page's bytes can't be had."""


def _payload(body: bytes) -> bytes | None:
    """The page of an HTTP answer, unpacked; None if the answer is no page."""
    head, found, rest = body.partition(b"\r\n\r\n")
    if not found:
        head, found, rest = body.partition(b"\n\n")
    lines = head[:MAX_HEADER].decode("latin-1").splitlines()
    if not found or not re.match(r"HTTP/[\d.]+ 200\b", lines[0] if lines else ""):
        return None
    fields = {
        key.strip().lower(): value.strip().lower()
        for key, colon, value in (line.partition(":") for line in lines[1:])
        if colon
    }
    if not fields.get("content-type", "text/html").startswith(_HTML):
        return None
    if "chunked" in fields.get("transfer-encoding", ""):
        rest = _without_chunks(rest)
    coding = fields.get("content-encoding", "identity")
    if coding in ("gzip", "x-gzip", "deflate"):
        return _inflated(rest)
    if coding not in ("identity", "", "none"):
        raise _NotRead(f"its content coding {coding[:20]} isn't read")
    return rest


def _without_chunks(data: bytes) -> bytes:
    """RFC 9112, section 7.1; crawlers that took the chunks away leave the header standing."""
    parts, at = [], 0
    while found := re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[^\r\n]{0,200})?\r?\n").match(data, at):
        size = int(found[1], 16)
        if size == 0 or found.end() + size > len(data):
            break
        parts.append(data[found.end() : found.end() + size])
        at = found.end() + size
        at += 2 if data[at : at + 2] == b"\r\n" else data[at : at + 1] == b"\n"
    return b"".join(parts) or data


def _inflated(data: bytes) -> bytes:
    for bits in (47, -15):  # gzip or zlib, then bare deflate
        try:
            unpacker = zlib.decompressobj(bits)
            page = unpacker.decompress(data, MAX_BYTES + 1)
        except zlib.error:
            continue
        if len(page) > MAX_BYTES:
            raise _NotRead("unpacks to more than 20 MB")
        return page
    if data.lstrip()[:1] == b"<":
        return data  # the crawler has unpacked it already
    raise _NotRead("its compressed body is damaged")


class _Stream:
    """Bytes of a file, unpacked where it is gzip, with a bound on how far it may unpack."""

    def __init__(self, file: Readable, name: str) -> None:
        self._file, self._name = file, name
        self._buffer = bytearray()
        self._packed = self._unpacked = 0
        self._ended = False
        self._raw = b""
        first = self._more()
        self._raw = first
        self._zip = zlib.decompressobj(31) if first.startswith(b"\x1f\x8b") else None

    def _more(self) -> bytes:
        data = self._file.read(CHUNK)
        self._packed += len(data)
        return data

    def _fill(self) -> bool:
        """Some more bytes into the buffer; False at the end."""
        if self._zip is None:
            data, self._raw = self._raw or self._more(), b""
            self._buffer += data
            return bool(data)
        while True:
            if self._zip.eof:
                # The next member, or padding after the last one.
                self._raw = self._zip.unused_data.lstrip(b"\0") or self._more()
                if not self._raw:
                    return False
                self._zip = zlib.decompressobj(31)
            source = self._zip.unconsumed_tail or self._raw or self._more()
            self._raw = b""
            if not source:
                return False
            try:
                data = self._zip.decompress(source, CHUNK)
            except zlib.error as error:
                raise UnreadableArticleError(self._name, "its compression is damaged") from error
            self._unpacked += len(data)
            if self._unpacked > FREE_BYTES + MAX_RATIO * self._packed:
                raise UnreadableArticleError(self._name, "unpacks to far too much")
            if data:
                self._buffer += data
                return True

    def line(self) -> bytes:
        """As far as the next newline, or MAX_HEADER bytes; empty at the end."""
        at = 0
        while (found := self._buffer.find(b"\n", at)) < 0 and len(self._buffer) < MAX_HEADER:
            at = len(self._buffer)
            if not self._fill():
                found = len(self._buffer) - 1
                break
        return self._take(found + 1 if found >= 0 else len(self._buffer))

    def exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            if not self._fill():
                raise UnreadableArticleError(self._name, "ends in the middle of a record")
        return self._take(size)

    def skip(self, size: int) -> None:
        while size > len(self._buffer):
            size -= len(self._buffer)
            self._buffer.clear()
            if not self._fill():
                raise UnreadableArticleError(self._name, "ends in the middle of a record")
        del self._buffer[:size]

    def _take(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data
