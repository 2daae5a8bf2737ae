"""Crawls, plain and compressed, whole and broken."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
import zlib

import pytest

from mediacatalog.errors import UnreadableArticleError
from tests.articles.sources import PAGE, gathered


def record(
    body: bytes,
    *,
    kind: str = "response",
    url: str = "https://news.example/ferry",
    more: str = "",
) -> bytes:
    head = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\n"
        f"WARC-Date: 2017-11-09T10:00:00Z\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


def answer(
    page: bytes = PAGE.encode(),
    *,
    status: str = "200 OK",
    headers: str = "",
    kind: str = "text/html",
) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{headers}\r\n".encode() + page


INFO = record(b"software: x\r\n", kind="warcinfo", url="")


def chunked(page: bytes) -> bytes:
    half = len(page) // 2
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (page[:half], page[half:], b""))


@pytest.mark.parametrize(
    "body",
    [
        answer(),
        answer(chunked(PAGE.encode()), headers="Transfer-Encoding: chunked\r\n"),
        answer(gzip.compress(PAGE.encode()), headers="Content-Encoding: gzip\r\n"),
        answer(zlib.compress(PAGE.encode()), headers="Content-Encoding: deflate\r\n"),
        answer(
            chunked(gzip.compress(PAGE.encode())),
            headers="Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        ),
    ],
    ids=["plain", "chunked", "gzip", "deflate", "chunked gzip"],
)
def test_the_pages_of_a_crawl_are_read_with_address_and_time(body: bytes) -> None:
    found, _ = gathered(INFO + record(body), "crawl.warc")
    (one,) = found
    assert one.article.title == "Ferry carries hundreds"
    assert one.article.url == one.place == "https://news.example/ferry"
    assert one.captured == "2017-11-09T10:00:00Z"
    assert one.data == PAGE.encode()
    assert "newsletter" not in one.article.text


def test_members_of_gzip_follow_each_other_and_only_stories_are_taken() -> None:
    records = [
        INFO,
        record(b"GET / HTTP/1.1\r\n\r\n", kind="request"),
        record(answer(b"\x89PNG", kind="image/png"), url="https://news.example/a.png"),
        record(answer(status="404 Not Found"), url="https://news.example/gone"),
        record(answer(b"<html><body><p>Menu</p></body></html>"), url="https://news.example/menu"),
        record(answer(), more="WARC-Identified-Payload-Type: text/html\r\n"),
        record(b"", kind="revisit"),
    ]
    data = b"".join(map(gzip.compress, records))
    found, skipped = gathered(data, "crawl.warc.gz")
    assert [one.place for one in found] == ["https://news.example/ferry"]
    assert [one.place for one in skipped] == ["https://news.example/menu"]
    assert gathered(gzip.compress(b"".join(records)), "crawl.warc.gz")[0] == found


def test_a_wacz_holds_crawls() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("datapackage.json", "{}")
        archive.writestr("archive/data.warc.gz", gzip.compress(record(answer())))
    found, _ = gathered(packed.getvalue(), "page.wacz")
    assert [one.article.title for one in found] == ["Ferry carries hundreds"]


def test_what_is_not_unpacked_is_told() -> None:
    body = answer(b"\x0b\x02\x80xx", headers="Content-Encoding: br\r\n")
    found, skipped = gathered(record(body), "crawl.warc")
    assert not found
    assert "content coding br" in skipped[0].reason


def packed(head: bytes, megabytes: int) -> bytes:
    """Gzip of a beginning and so many zeros, the block of which is packed only once."""
    packer = zlib.compressobj(9, wbits=31)
    beginning = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return beginning + block * megabytes


def test_a_bomb_in_a_record_or_around_it_is_bounded() -> None:
    head = b"WARC/1.0\r\nWARC-Type: metadata\r\nContent-Length: 900000000\r\n\r\n"
    bomb = packed(b"", 30)
    _, skipped = gathered(record(answer(bomb, headers="Content-Encoding: gzip\r\n")), "crawl.warc")
    assert "20 MB" in skipped[0].reason
    data = packed(head, 400)
    began = time.process_time()
    with pytest.raises(UnreadableArticleError, match="unpacks to far too much"):
        gathered(data, "bomb.warc.gz")
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (record(answer())[:-300], "ends in the middle"),
        (b"WARC/1.0\r\nWARC-Type: response\r\n\r\n", "without a length"),
        (record(answer()) + b"rubbish\r\n", "no WARC file"),
        (gzip.compress(record(answer()))[:-60] + b"\0" * 60, "damaged|no WARC file"),
        (b"WARC/1.0\r\n" + b"a" * 5_000_000, "without a length"),
    ],
)  # fmt: skip
def test_a_broken_crawl_says_where_it_breaks(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableArticleError, match=reason):
        gathered(data, "crawl.warc.gz")
