"""Fetch one page from the open web, and nothing from anywhere else. Off unless it is turned on.

Against server-side request forgery: a name is resolved once, every address it has must be public,
and the connection goes to the address that was looked at, so that a second answer of the name
server (DNS rebinding) changes nothing. Redirects are followed by hand, each looked at as the first
address was. No proxy, no cookie, no credentials of the environment are used.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from mediacatalog.errors import FetchRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

AGENT = "mediacatalog (one page, at a person's wish)"
SECONDS = 15.0
"""For everything together: names, redirects, the body."""
MAX_BYTES = 5 * 2**20
"""Of a page, unpacked."""
MAX_REDIRECTS = 5
MAX_ADDRESSES = 64
TYPES = ("text/html", "application/xhtml+xml", "text/plain")
_REDIRECTS = (301, 302, 303, 307, 308)

# `ipaddress.is_global` alone lets translated, mapped, multicast and reserved addresses through.
_DENIED = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 "
            "192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 "
            "192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 "
            "224.0.0.0/4 240.0.0.0/4 ::/96 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 "
            "2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 "
            "ff00::/8"
        ).split(),
    )
)


def is_public(address: Address) -> bool:
    """Whether an address is one of the open web."""
    return address.is_global and not any(
        address in network for network in _DENIED if network.version == address.version
    )


def resolve(host: str, port: int) -> list[str]:
    """Every address of a name. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))[:MAX_ADDRESSES]


@dataclass(frozen=True)
class Rules:
    """What may be fetched. The defaults are those of the open web."""

    ports: frozenset[int] | None = frozenset({80, 443})
    """None: any."""
    may_connect: Callable[[Address], bool] = is_public
    resolve: Callable[[str, int], list[str]] = resolve
    seconds: float = SECONDS
    max_bytes: int = MAX_BYTES
    trust: ssl.SSLContext | None = None
    """Whom to believe; None: the system's authorities."""


@dataclass(frozen=True, slots=True)
class Fetched:
    url: str
    """The address that answered, after all redirects."""
    data: bytes
    content_type: str
    fetched_at: str
    """ISO 8601, UTC."""
    hops: tuple[str, ...] = field(default=())
    """Every address that was asked, in order."""


def fetch(url: str, rules: Rules | None = None) -> Fetched:
    """One page. Raises FetchRefusedError with the reason, whatever goes wrong."""
    rules = rules or Rules()
    ends = time.monotonic() + rules.seconds
    hops: list[str] = []
    while True:
        hops.append(url)
        with _connected(url, rules, ends) as (connection, path):
            try:
                answer = _ask(connection, path)
                location = answer.getheader("Location")
                if answer.status in _REDIRECTS and location:
                    if len(hops) > MAX_REDIRECTS:
                        raise FetchRefusedError(url, f"more than {MAX_REDIRECTS} redirects")
                    url = urljoin(url, location)
                    continue
                data = _body(url, answer, rules)
                if time.monotonic() >= ends:
                    raise TimeoutError
            except (OSError, http.client.HTTPException, ValueError) as error:
                late = time.monotonic() >= ends
                why = f"took longer than {rules.seconds:g} s" if late else _told(error)
                raise FetchRefusedError(url, why) from error
        kind = (answer.getheader("Content-Type") or "").split(";")[0].strip().lower()
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return Fetched(url, data, kind, at, tuple(hops))


class _connected:  # noqa: N801 - reads as a function of `with`
    """A connection to the pinned address of a URL, closed at the end or when time is up."""

    def __init__(self, url: str, rules: Rules, ends: float) -> None:
        self._url, self._rules, self._ends = url, rules, ends
        self._connection: http.client.HTTPConnection | None = None
        self._stream: socket.socket | None = None
        self._timer: threading.Timer | None = None

    def __enter__(self) -> tuple[http.client.HTTPConnection, str]:
        secure, host, port, path = _parts(self._url, self._rules)
        left = self._ends - time.monotonic()
        if left <= 0:
            raise FetchRefusedError(self._url, f"took longer than {self._rules.seconds:g} s")
        address = _pinned(self._url, host, port, self._rules, left)
        self._connection = http.client.HTTPConnection(host, port)
        try:
            self._stream = socket.create_connection((address, port), timeout=left)
            # A server that drips a byte a second never meets the socket's own time-out.
            self._timer = threading.Timer(max(0.1, self._ends - time.monotonic()), self._cut)
            self._timer.daemon = True
            self._timer.start()
            if secure:
                context = self._rules.trust or ssl.create_default_context()
                self._stream = stream = context.wrap_socket(
                    self._stream, server_hostname=host, do_handshake_on_connect=False
                )
                stream.do_handshake()
            self._connection.sock = self._stream
        except (OSError, ValueError) as error:
            self.__exit__()
            raise FetchRefusedError(self._url, _told(error)) from error
        return self._connection, path

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._connection is not None:
            self._connection.close()
        if self._stream is not None:
            self._stream.close()

    def _cut(self) -> None:
        # The connection forgets its socket once the answer has begun.
        if self._stream is not None:
            with suppress(OSError, ValueError):
                self._stream.shutdown(socket.SHUT_RDWR)


def _parts(url: str, rules: Rules) -> tuple[bool, str, int, str]:
    """Whether with TLS, host, port and path of an address that may be asked."""
    if len(url) > 4000 or not url.isprintable() or "\\" in url:
        raise FetchRefusedError(url, "is no address of a page")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError as error:
        raise FetchRefusedError(url, "is no address of a page") from error
    if parts.scheme not in ("http", "https") or not host:
        raise FetchRefusedError(url, "only http and https are fetched")
    if parts.username is not None or parts.password is not None:
        raise FetchRefusedError(url, "holds a name or a password")
    try:
        if ":" not in host:
            host = host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise FetchRefusedError(url, "holds no name of a host") from error
    port = port or (443 if parts.scheme == "https" else 80)
    if rules.ports is not None and port not in rules.ports:
        raise FetchRefusedError(url, f"port {port} isn't one of the web's")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        path += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return parts.scheme == "https", host, port, path


def _pinned(url: str, host: str, port: int, rules: Rules, left: float) -> str:
    """The address to connect to; every address of the name has been looked at."""
    answer: list[list[str] | OSError] = []

    def ask() -> None:
        try:
            answer.append(rules.resolve(host, port))
        except (OSError, UnicodeError) as error:
            answer.append(error if isinstance(error, OSError) else OSError(str(error)))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(left)
    if not answer:
        raise FetchRefusedError(url, "the name of the host isn't answered in time")
    found = answer[0]
    if isinstance(found, OSError) or not found:
        raise FetchRefusedError(url, "the name of the host isn't known")
    for one in found:
        try:
            address = ipaddress.ip_address(one.split("%")[0])
        except ValueError as error:
            raise FetchRefusedError(url, "its host has no proper address") from error
        if "%" in one or not rules.may_connect(address):
            raise FetchRefusedError(url, f"its host has an address that isn't public: {one}")
    return found[0]


def _ask(connection: http.client.HTTPConnection, path: str) -> http.client.HTTPResponse:
    connection.request(
        "GET",
        path,
        headers={
            "User-Agent": AGENT,
            "Accept": ", ".join(TYPES),
            "Accept-Encoding": "gzip, identity",
            "Connection": "close",
        },
    )
    return connection.getresponse()


def _body(url: str, answer: http.client.HTTPResponse, rules: Rules) -> bytes:
    if answer.status != 200:
        raise FetchRefusedError(url, f"the server answers {answer.status}")
    kind = (answer.getheader("Content-Type") or "").split(";")[0].strip().lower()
    if kind not in TYPES:
        raise FetchRefusedError(url, f"is no page but {kind[:60] or 'of an unknown kind'}")
    coding = (answer.getheader("Content-Encoding") or "identity").strip().lower()
    if coding not in ("identity", "gzip"):
        raise FetchRefusedError(url, f"its content coding {coding[:20]} isn't read")
    unpacker = zlib.decompressobj(31) if coding == "gzip" else None
    page = bytearray()
    for chunk in _chunks(answer):
        page += unpacker.decompress(chunk, rules.max_bytes + 1) if unpacker else chunk
        if len(page) > rules.max_bytes:
            raise FetchRefusedError(url, f"is larger than {rules.max_bytes} bytes")
    if answer.length:
        raise FetchRefusedError(url, "was cut off by the server")
    return bytes(page)


def _chunks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while chunk := answer.read1(65_536):
        yield chunk


def _told(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate isn't valid: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "the server doesn't answer in time"
    return f"can't be fetched: {str(error)[:150] or type(error).__name__}"
