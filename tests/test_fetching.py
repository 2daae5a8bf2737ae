"""The guarded fetcher, against servers of this machine and names that lie."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import threading
import time
import zlib
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from mediacatalog import fetching
from mediacatalog.errors import FetchRefusedError
from mediacatalog.fetching import Rules, fetch

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = b"<html><body><p>A ferry.</p></body></html>"
LOOPBACK = Rules(ports=None, may_connect=lambda address: address.is_loopback, seconds=60)


class Handler(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        getattr(self, "_" + self.path.strip("/").split("?")[0].replace("-", "_"), self._page)()

    def answer(self, data: bytes, kind: str = "text/html; charset=utf-8", **headers: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def _page(self) -> None:
        self.answer(PAGE)

    def _packed(self) -> None:
        self.answer(gzip.compress(PAGE), Content_Encoding="gzip")

    def _bomb(self) -> None:
        packer = zlib.compressobj(9, wbits=31)
        zeros = bytes(2**20)
        self.answer(b"".join(packer.compress(zeros) for _ in range(64)) + packer.flush(),
                    Content_Encoding="gzip")  # fmt: skip

    def _endless(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        for _ in range(2000):
            self.wfile.write(b"x" * 65_536)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        for _ in range(1200):
            self.wfile.write(b"x")
            time.sleep(0.1)

    def _video(self) -> None:
        self.answer(b"\0" * 10, "video/mp4")

    def _brotli(self) -> None:
        self.answer(b"xx", Content_Encoding="br")

    def _gone(self) -> None:
        self.send_error(404)

    def to(self, location: str) -> None:
        self.send_response(302)
        self.send_header("Location", location)
        self.end_headers()

    def _moved(self) -> None:
        self.to("/page")

    def _round(self) -> None:
        self.to("/round")

    def _inside(self) -> None:
        self.to("http://169.254.169.254/latest/meta-data/")

    def _file(self) -> None:
        self.to("file:///etc/passwd")

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def served() -> Iterator[tuple[str, list[str]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []  # type: ignore[attr-defined]
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", server.asked  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with served() as (address, _):
        yield address


@pytest.mark.parametrize("path", ["page", "packed", "moved", "page?q=é"])
def test_a_page_is_fetched_with_what_is_to_be_known_of_it(site: str, path: str) -> None:
    found = fetch(f"{site}/{path}", LOOPBACK)
    assert found.data == PAGE
    assert found.content_type == "text/html"
    assert found.url == f"{site}/page" if path == "moved" else found.url == f"{site}/{path}"
    assert len(found.hops) == 1 + (path == "moved")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("bomb", "larger than"), ("endless", "larger than"), ("drip", "longer than 3 s"),
        ("video", "no page but video/mp4"), ("brotli", "content coding br"),
        ("gone", "answers 404"), ("round", "redirects"), ("inside", "isn't public"),
        ("file", "only http and https"),
    ],
)  # fmt: skip
def test_what_is_no_page_of_bearable_size_and_time_is_refused(
    site: str, path: str, reason: str
) -> None:
    rules = replace(LOOPBACK, seconds=3) if path == "drip" else LOOPBACK
    began = time.monotonic()
    with pytest.raises(FetchRefusedError, match=reason):
        fetch(f"{site}/{path}", rules)
    assert time.monotonic() - began < 60  # it would drip for two minutes


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/",
        "http://127.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://127。0。0。1/",
        "http://localhost/", "http://10.0.0.1/", "http://169.254.169.254/", "http://0.0.0.0/",
        "http://[fe80::1%25lo]/", "http://user:pass@example.org/", "http://example.org:22/",
        "file:///etc/passwd", "ftp://example.org/", "gopher://example.org/", "http://",
        "http://ex\nample.org/", "http://example.org\\@127.0.0.1/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_no_address_of_the_inside_is_asked(url: str) -> None:
    with pytest.raises(FetchRefusedError):
        fetch(url, Rules(seconds=3))


@pytest.mark.parametrize(
    "address",
    [
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "192.0.0.8", "224.0.0.1",
        "fec0::1", "64:ff9b:1::1", "5f00::1", "3fff::1", "::ffff:10.0.0.1", "100.64.1.1", "::1",
        "fd00::1", "198.18.0.1", "255.255.255.255", "0.0.0.1",
    ],
)  # fmt: skip
def test_addresses_that_lead_inside_are_not_public(address: str) -> None:
    assert not fetching.is_public(ipaddress.ip_address(address))
    assert fetching.is_public(ipaddress.ip_address("93.184.215.14"))
    assert fetching.is_public(ipaddress.ip_address("2606:2800:21f:cb07:6820:80da:af6b:8b2c"))


def test_a_name_is_resolved_once_and_its_second_answer_changes_nothing() -> None:
    with served() as (site, asked):
        port = int(site.rsplit(":", 1)[1])
        answers = iter([["127.0.0.1"], ["127.0.0.2"], ["127.0.0.3"]])
        rules = replace(LOOPBACK, resolve=lambda _host, _port: next(answers))
        assert fetch(f"http://news.example:{port}/page", rules).data == PAGE
        assert asked == ["/page"]
        assert next(answers) == ["127.0.0.2"]  # one answer was used


def test_a_name_with_one_address_inside_is_refused_whole() -> None:
    rules = Rules(resolve=lambda _host, _port: ["93.184.215.14", "127.0.0.1"])
    with pytest.raises(FetchRefusedError, match=r"isn't public: 127\.0\.0\.1"):
        fetch("http://news.example/", rules)


def test_the_name_of_a_redirect_is_resolved_and_looked_at_again() -> None:
    with served() as (site, asked):
        port = int(site.rsplit(":", 1)[1])
        answers = iter([["127.0.0.1"], ["10.0.0.1"]])
        rules = replace(LOOPBACK, resolve=lambda _host, _port: next(answers))
        with pytest.raises(FetchRefusedError, match=r"isn't public: 10\.0\.0\.1"):
            fetch(f"http://news.example:{port}/moved", rules)
        assert asked == ["/moved"]


def test_a_name_server_that_hangs_is_not_waited_for() -> None:
    freed = threading.Event()

    def never(_host: str, _port: int) -> list[str]:
        freed.wait(120)
        return []

    began = time.monotonic()
    with pytest.raises(FetchRefusedError, match="in time"):
        fetch("http://news.example/", Rules(resolve=never, seconds=0.3))
    assert time.monotonic() - began < 60
    freed.set()


def test_a_server_without_a_valid_certificate_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        with pytest.raises(FetchRefusedError):
            fetch(f"https://127.0.0.1:{port}/", replace(LOOPBACK, seconds=0.5))
