"""Cut lines, killed servers and full disks, on the real server, through real sockets."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mediacatalog.settings import Settings
from mediacatalog.values import utc_now
from mediacatalog.web import create_app, writing
from mediacatalog.web.resumable import DESK, KEPT
from tests.web.test_server import SERVE, free_port, is_up
from tests.web.test_tus import BYTES, TUS, begin, created, metadata, offset, problem, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apiflask import APIFlask

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex

DATA = random.Random(5).randbytes(3_000_001)
SHA256 = hashlib.sha256(DATA).hexdigest()


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage


class Server:
    """`server.serve` in a group of its own, that can be killed and started again."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.settings = Settings(data=folder / "data", media=folder)
        self.port = free_port()
        self._environment = os.environ | {
            "MEDIACATALOG_DATA": str(self.settings.data),
            "MEDIACATALOG_MEDIA": str(folder),
            "MEDIACATALOG_PORT": str(self.port),
            "MEDIACATALOG_DISK_RESERVE_BYTES": "0",
            "MEDIACATALOG_THREADS": "8",
            **environment,
        }
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE], env=self._environment, start_new_session=True
        )
        until(lambda: is_up(f"http://127.0.0.1:{self.port}"), "the server doesn't answer")

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        until(lambda: not is_up(f"http://127.0.0.1:{self.port}"), "the server lives on")

    def ask(self, method: str, place: str, data: bytes = b"", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, place, data or None, {**TUS, **headers})
            answer = connection.getresponse()  # may come before it has read all
            answer.read()
            return Answer(answer.status, answer.headers)
        finally:
            connection.close()

    def begin(self, name: str, length: int = len(DATA)) -> str:
        headers = {"Upload-Length": str(length), "Upload-Metadata": metadata(filename=name)}
        answer = self.ask("POST", "/api/v1/uploads", **headers)
        assert answer.status == 201
        return answer.headers["Location"]

    def offset(self, place: str) -> int:
        return int(self.ask("HEAD", place).headers["Upload-Offset"])

    def send(self, place: str, offset: int) -> Answer:
        """Status 0 where it hung up early, and its answer was lost with the line."""
        headers = {**BYTES, "Upload-Offset": str(offset)}
        try:
            return self.ask("PATCH", place, DATA[offset:], **headers)
        except ConnectionError:
            return Answer(0, http.client.HTTPMessage())

    def is_free(self, place: str, offset: int) -> bool:
        """Whether nobody else writes: the server has noticed the last cut."""
        headers = {**BYTES, "Upload-Offset": str(offset), "Content-Length": "0"}
        return self.ask("PATCH", place, **headers).status == 204

    def open(self, place: str, offset: int, number: int) -> socket.socket:
        """A part of all the rest, of which so many bytes are sent."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=90)
        head = {**BYTES, "Upload-Offset": str(offset), "Content-Length": str(len(DATA) - offset)}
        lines = [
            f"PATCH {place} HTTP/1.1",
            "Host: localhost",
            *(f"{k}: {v}" for k, v in head.items()),
        ]
        line.sendall("\r\n".join([*lines, "", ""]).encode() + DATA[offset : offset + number])
        return line

    def stored(self, name: str) -> Path:
        found = list(self.settings.uploads.rglob(name))
        assert len(found) == 1
        return found[0]


def until(done: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + 90
    while not done():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.02)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("tus"))
    yield started
    started.kill()


@hypothesis_settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cuts=st.lists(st.integers(0, len(DATA) - 1), min_size=1, max_size=3))
def test_whatever_arrived_before_a_cut_is_kept(server: Server, cuts: list[int]) -> None:
    name = f"{hashlib.sha256(repr((cuts, time.monotonic_ns())).encode()).hexdigest()}.mp4"
    place = server.begin(name)
    at = 0
    for cut in sorted(cuts):
        until(lambda: server.is_free(place, at), "the lock outlives its owner")  # noqa: B023
        with server.open(place, at, cut - at):
            pass
        until(lambda: server.offset(place) == cut, f"what came before {cut} isn't all there")  # noqa: B023
        at = cut
    until(lambda: server.send(place, at).status == 204, "it can't go on")
    assert hashlib.sha256(server.stored(name).read_bytes()).hexdigest() == SHA256


def test_a_killed_server_goes_on_where_it_was(server: Server) -> None:
    place = server.begin("killed.mp4")
    with server.open(place, 0, 1_700_000):
        until(lambda: server.offset(place) > 1_000_000, "nothing arrives")
        server.kill()
    server.start()
    kept = server.offset(place)
    assert 1_000_000 < kept <= 1_700_000
    with server.open(place, kept, 500_000):
        until(lambda: server.offset(place) > kept, "nothing arrives")
        server.kill()
    server.start()
    assert server.send(place, server.offset(place)).headers["Upload-State"] == "stored"
    assert hashlib.sha256(server.stored("killed.mp4").read_bytes()).hexdigest() == SHA256
    assert list((server.settings.data / "incoming").glob("*.part")) == []


def test_only_one_may_write_at_a_time(server: Server) -> None:
    place = server.begin("two.mp4")
    with server.open(place, 0, 600_000):
        until(lambda: server.offset(place) > 500_000, "nothing arrives")
        # Nothing is sent along: the answer comes before a body is read, and may cut it off.
        headers = {**BYTES, "Upload-Offset": str(server.offset(place)), "Content-Length": "0"}
        assert server.ask("PATCH", place, **headers).status == 423
    until(lambda: server.offset(place) == 600_000, "what was sent isn't all there")
    until(lambda: server.is_free(place, 600_000), "the lock outlives its owner")
    assert server.send(place, 600_000).status == 204
    assert server.stored("two.mp4").read_bytes() == DATA


def test_uploads_leave_threads_for_pages(server: Server) -> None:
    """Half of eight."""
    places = [server.begin(f"seat{n}.mp4") for n in range(5)]
    lines = [server.open(place, 0, 600_000) for place in places[:4]]
    until(lambda: all(server.offset(one) > 500_000 for one in places[:4]), "nothing arrives")
    heard: list[Answer] = []
    until(lambda: heard.append(server.send(places[4], 0)) or heard[-1].status > 0, "no answer")
    refused = heard[-1]
    assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
    assert server.ask("GET", "/upload").status == 200
    for line in lines:
        line.close()
    until(lambda: server.send(places[4], 0).status == 204, "no seat becomes free")


def test_the_kernel_asks_whether_clients_are_still_there(server: Server) -> None:

    def is_watched() -> bool:
        with server.open(server.begin("silent.mp4"), 0, 1000) as line:
            mine = f":{line.getsockname()[1]:04X}"
            table = [one.split() for one in Path("/proc/net/tcp").read_text().splitlines()]
            timers = [entry[5] for entry in table if entry[2].endswith(mine)]
        return [one[:2] for one in timers] == ["02"]  # that of keepalive is running

    until(is_watched, "a client that vanished holds its thread for ever")


def test_a_cancelled_upload_is_taken_from_its_writer(server: Server) -> None:
    place = server.begin("cancelled.mp4")
    with server.open(place, 0, 600_000):
        until(lambda: server.offset(place) > 500_000, "nothing arrives")
        assert server.ask("DELETE", place).status == 204
        assert server.ask("HEAD", place).status == 404
    assert list(server.settings.uploads.rglob("cancelled.mp4")) == []


def test_bodies_of_unknown_length_are_taken_too(server: Server) -> None:
    def chunked(place: str, data: bytes) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=90)
        connection.request(
            "PATCH", place, iter([data]), {**BYTES, "Upload-Offset": "0"}, encode_chunked=True
        )
        answer = connection.getresponse()
        connection.close()
        return Answer(answer.status, answer.headers)

    place = server.begin("chunked.mp4")
    assert chunked(place, DATA + b"x").status == 413
    assert server.offset(place) == 0
    assert chunked(place, DATA).status == 204
    assert server.stored("chunked.mp4").read_bytes() == DATA


def test_a_line_that_stands_still_makes_way(
    app: APIFlask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = created(app.test_client(), 6, filename="a.mp4")
    desk, name = app.extensions[DESK], place.rpartition("/")[2]
    monkeypatch.setattr(writing, "STALLED_SECONDS", 0.0)
    with desk.writing(name) as (_, silent):
        silent.write(b"123")
        assert send(app.test_client(), place, b"45", 3).status_code == 204
        with pytest.raises(Exception, match="Another request"):
            silent.write(b"xxx")
    assert send(app.test_client(), place, b"6", 5).status_code == 204
    assert [one.read_bytes() for one in settings.uploads.rglob("a.mp4")] == [b"123456"]


def test_two_servers_do_not_write_to_one_upload(
    app: APIFlask, settings: Settings, catalogue: Catalogue, index: SearchIndex
) -> None:
    place = created(app.test_client(), 6, filename="a.mp4")
    another = create_app(settings, catalogue, index).test_client()
    with app.extensions[DESK].writing(place.rpartition("/")[2]):
        assert problem(send(another, place, b"123456", 0)) == (423, "locked")
    assert send(another, place, b"123456", 0).status_code == 204


class SmallDisk:
    """A disk of 4 MiB. Where nothing may be mounted, a limit of the size of files stands in."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
        mount = subprocess.run(command, check=False, capture_output=True)
        self._is_mounted = mount.returncode == 0

    def fill(self) -> None:
        if self._is_mounted:
            (self.folder / "filler").write_bytes(bytes(2_500_000))
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, self._limits[1]))

    def make_room(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._limits)
        (self.folder / "filler").unlink(missing_ok=True)

    def remove(self) -> None:
        self.make_room()
        if self._is_mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "disk")
    yield disk
    disk.remove()


def test_a_full_disk_keeps_what_arrived(
    settings: Settings, catalogue: Catalogue, index: SearchIndex, small_disk: SmallDisk
) -> None:
    small = settings.model_copy(update={"data": small_disk.folder})
    client = create_app(small, catalogue, index).test_client()
    place = created(client, len(DATA), filename="a.mp4")
    small_disk.fill()
    assert problem(send(client, place, DATA, 0)) == (507, "insufficient-storage")
    kept = offset(client, place)
    assert 0 < kept < 2_500_000
    small_disk.make_room()
    assert send(client, place, DATA[kept:], kept).status_code == 204
    assert [one.read_bytes() for one in small.uploads.rglob("a.mp4")] == [DATA]


def test_a_disk_has_no_room_for_two_promises(
    settings: Settings, catalogue: Catalogue, index: SearchIndex, small_disk: SmallDisk
) -> None:
    limits = {"data": small_disk.folder, "disk_reserve_bytes": 0, "upload_quota_bytes": 5_000_000}
    client = create_app(settings.model_copy(update=limits), catalogue, index).test_client()
    created(client, len(DATA), filename="a.mp4")
    assert problem(begin(client, len(DATA), filename="b.mp4"))[0] == 507


def test_a_server_stores_at_its_start_what_a_dead_one_left_whole(
    app: APIFlask, settings: Settings, catalogue: Catalogue, index: SearchIndex
) -> None:
    place = created(app.test_client(), 6, filename="a.mp4")
    incoming = settings.data / "incoming"
    (incoming / f"{place.rpartition('/')[2]}.part").write_bytes(b"123456")
    create_app(settings, catalogue, index)
    until(lambda: not list(incoming.glob("*.json")), "it still waits")
    assert [one.read_bytes() for one in settings.uploads.rglob("a.mp4")] == [b"123456"]


def test_a_server_clears_up_what_a_dead_one_had_stored(
    app: APIFlask, settings: Settings, catalogue: Catalogue, index: SearchIndex
) -> None:
    """It died after it had noted that the file is stored, before it removed the part."""
    place = created(app.test_client(), 6, filename="a.mp4")
    part = settings.data / "incoming" / f"{place.rpartition('/')[2]}.part"
    record = part.with_suffix(".json").read_bytes()
    send(app.test_client(), place, b"123456", 0)
    part.with_suffix(".json").write_bytes(record)
    os.link(next(settings.uploads.rglob("a.mp4")), part)
    create_app(settings, catalogue, index)
    until(lambda: not part.exists(), "it counts as unfinished for ever")
    assert [one.read_bytes() for one in settings.uploads.rglob("a.mp4")] == [b"123456"]
    assert app.test_client().get(place).json["state"] == "stored"


def test_an_upload_nobody_goes_on_with_is_swept_and_says_so(
    app: APIFlask, settings: Settings, catalogue: Catalogue, index: SearchIndex
) -> None:
    client, incoming = app.test_client(), settings.data / "incoming"
    place = created(client, 10, filename="a.mp4")
    send(client, place, b"123", 0)
    grow_old(settings)
    assert client.head(place, headers=TUS).status_code == 410
    assert problem(send(client, place, b"4567890", 3)) == (410, "gone")
    create_app(settings, catalogue, index)
    until(lambda: not list(incoming.glob("*.part")), "it isn't removed")
    assert client.head(place, headers=TUS).status_code == 410
    assert client.get(place).json["state"] == "expired"
    grow_old(settings)
    create_app(settings, catalogue, index)
    until(lambda: not any(path.is_file() for path in incoming.rglob("*")), "it isn't forgotten")
    assert client.head(place, headers=TUS).status_code == 404


def test_an_upload_that_somebody_goes_on_with_is_not_swept(
    app: APIFlask, settings: Settings, catalogue: Catalogue, index: SearchIndex
) -> None:
    place = created(app.test_client(), 6, filename="a.mp4")
    with app.extensions[DESK].writing(place.rpartition("/")[2]) as (_, writer):
        grow_old(settings)
        forgotten = settings.data / "incoming" / "over" / ("f" * 32 + ".done")
        forgotten.touch()
        os.utime(forgotten, (0, 0))
        create_app(settings, catalogue, index)
        until(lambda: not forgotten.exists(), "nothing is swept")
        writer.write(b"123")
    assert offset(app.test_client(), place) == 3


def grow_old(settings: Settings) -> None:
    long_ago = (utc_now() - KEPT - timedelta(hours=1)).timestamp()
    for path in (settings.data / "incoming").rglob("*"):
        os.utime(path, (long_ago, long_ago))
