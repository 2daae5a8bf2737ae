"""The real server in a process of its own: it starts, follows the index, serves, and stops."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from mediacatalog.catalog.database import open_catalogue
from tests.factories import make_clip
from tests.web.archive import Archive, track

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediacatalog.settings import Settings

SERVE = "from mediacatalog import settings; from mediacatalog.web import server; "
SERVE += "server.serve(settings.load())"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def fetch(address: str, **headers: str) -> tuple[int, bytes]:
    asked = urllib.request.Request(address, headers=headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
        return answer.status, answer.read()


def is_up(base: str) -> bool:
    try:
        return fetch(f"{base}/healthz")[0] == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def until(address: str, wanted: bytes, seconds: float = 90) -> bytes:
    """What the address answers once it holds `wanted`."""
    end = time.monotonic() + seconds
    while True:
        try:
            _, data = fetch(address)
        except (urllib.error.URLError, ConnectionError):
            data = b""
        if wanted in data:
            return data
        if time.monotonic() > end:
            pytest.fail(f"{address} never held {wanted!r}")
        time.sleep(0.1)


@pytest.fixture
def server(settings: Settings) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    environment = os.environ | {
        "MEDIACATALOG_DATA": str(settings.data),
        "MEDIACATALOG_MEDIA": str(settings.media),
        "MEDIACATALOG_PORT": str(port),
        "MEDIACATALOG_THREADS": "4",
    }
    process = subprocess.Popen([sys.executable, "-c", SERVE], env=environment)
    try:
        until(f"http://127.0.0.1:{port}/healthz", b"ok")
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_a_clip_that_comes_while_it_runs_is_found_and_served(
    server: tuple[str, subprocess.Popen[bytes]], settings: Settings
) -> None:
    base, _ = server
    catalogue = open_catalogue(settings.catalogue_url)
    path = make_clip(settings.media, shots=(("red", 0.5),))
    clip = Archive(catalogue, settings).add(path, tracks=[("a.srt", track((0, 400, "ferry")))])
    catalogue.close()
    until(f"{base}/?q=ferry", clip.encode())
    status, data = fetch(f"{base}/clips/{clip}/master", Range="bytes=4-7")
    assert (status, data) == (206, b"ftyp")
    assert fetch(f"{base}/clips/{clip}/master")[1] == path.read_bytes()


def test_it_ends_when_it_is_told_to(server: tuple[str, subprocess.Popen[bytes]]) -> None:
    base, process = server
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=90) is not None
    assert not is_up(base)


def test_no_server_is_left_when_its_parent_is_killed(
    server: tuple[str, subprocess.Popen[bytes]],
) -> None:
    base, process = server
    process.kill()
    process.wait()
    end = time.monotonic() + 90
    while is_up(base):
        assert time.monotonic() < end
        time.sleep(0.2)
