"""The upload page in a real browser, on the real server: cuts, reloads, folders, many files."""

from __future__ import annotations

import hashlib
import random
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from mediacatalog.catalog.database import open_catalogue
from tests.browser import eventually, fits, is_accessible, turning
from tests.factories import make_clip
from tests.web.archive import Archive
from tests.web.test_tus_cuts import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, CDPSession, Locator, Page

pytestmark = pytest.mark.browser

QUOTA = 200_000_000
LARGEST = 300_000_000
SLOW = 1_500_000
"""Bytes in a second: slow enough that sixteen million are cut on the way on any machine."""
HELD = 1_000_000
"""Bytes that get through to the server on one line while it's slow."""
FOLDER = "input[type=file]:not(#files)"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    limits = {
        "MEDIACATALOG_UPLOAD_QUOTA_BYTES": str(QUOTA),
        "MEDIACATALOG_MAX_UPLOAD_BYTES": str(LARGEST),
    }
    started = Server(tmp_path_factory.mktemp("page"), **limits)
    yield started
    started.kill()


@pytest.fixture
def page(server: Server, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark")
    opened = context.new_page()
    opened.on("dialog", lambda dialog: dialog.accept())
    opened.goto(f"http://127.0.0.1:{server.port}/upload")
    yield opened
    context.close()


class Wire:
    """A way to the server, slow until it's mended, that can be cut or go dumb without a word.

    How fast the browser believes its line to be says little about what has got through.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends: set[socket.socket] = set()
        self._held: list[tuple[socket.socket, socket.socket]] = []
        self._dumb: set[socket.socket] = set()
        self._is_cut = False
        self._is_whole = threading.Event()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                one, _ = self._door.accept()
                if self._is_cut:
                    one.close()
                    continue
                other = socket.create_connection(("127.0.0.1", self._port))
                self._ends |= {one, other}
                for ends in ((one, other), (other, one)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        carried = 0
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
                carried += len(data)
                if carried > HELD and one.getsockname()[1] == self.port:  # from the browser
                    self._held.append((one, other))
                    self._is_whole.wait()
        if other not in self._dumb:
            with suppress(OSError):  # it must hear of it, however this side ended
                other.shutdown(socket.SHUT_WR)

    def is_held(self) -> bool:
        return bool(self._held)

    def silence(self) -> None:
        """What is held stays open for the browser, and the server sees its end."""
        for one, other in self._held:
            self._dumb.add(one)
            other.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        self._is_cut = True
        while self._ends:
            end = self._ends.pop()
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def mend(self) -> None:
        self._is_cut = False
        self._is_whole.set()

    def close(self) -> None:
        self.cut()
        self._is_whole.set()
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    one = Wire(server.port)
    yield one
    one.close()


class Line:
    """What the browser believes of its network, and how fast that is."""

    def __init__(self, page: Page) -> None:
        self._tools: CDPSession = page.context.new_cdp_session(page)
        self._tools.send("Network.enable")

    def be(self, *, offline: bool = False, upload: int = -1) -> None:
        conditions = {"offline": offline, "latency": 0, "downloadThroughput": -1}
        self._tools.send(
            "Network.emulateNetworkConditions", conditions | {"uploadThroughput": upload}
        )


def made(path: Path, byte_count: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(random.Random(path.name).randbytes(byte_count))
    return path


def row(page: Page, name: str) -> Locator:
    return page.locator(".upload").filter(has_text=name)


def has(page: Page, name: str, state: str) -> None:
    expect(row(page, name).locator(".badge")).to_have_text(state)


def arrived(page: Page, name: str) -> float:
    return float(row(page, name).locator("progress").evaluate("(bar) => bar.value"))


def until_some_of(page: Page, name: str, byte_count: int) -> None:
    eventually(page, lambda: arrived(page, name) >= byte_count)


def stored_so_far(server: Server) -> int:
    """What the server has of unfinished files; the bar is ahead of it by what is on the way."""
    return sum(one.stat().st_size for one in (server.settings.data / "incoming").glob("*.part"))


def same(server: Server, path: Path) -> bool:
    digests = [
        hashlib.sha256(found.read_bytes()).hexdigest()
        for found in server.settings.uploads.rglob(path.name)
    ]
    return digests == [hashlib.sha256(path.read_bytes()).hexdigest()]


def test_many_files_and_a_folder_are_stored(page: Page, server: Server, tmp_path: Path) -> None:
    files = [made(tmp_path / f"many {n}.mp4", 50_000 + n) for n in range(25)]
    footage = made(tmp_path / "Aleppo day 1" / "Subs" / "قافلة.ar.srt", 900).parents[1]
    made(footage / "قافلة.mp4", 700_000)
    made(footage / ".hidden", 10)
    page.set_input_files("#files", files)
    page.set_input_files(FOLDER, footage)
    expect(page.locator(".queue__status")).to_contain_text("27 stored")
    assert all(same(server, path) for path in [*files, footage / "قافلة.mp4"])
    kept = next(server.settings.uploads.rglob("قافلة.ar.srt"))
    assert kept.parts[-3:-1] == ("Aleppo day 1", "Subs")
    assert list(server.settings.uploads.rglob("*hidden*")) == []


def test_a_dropped_folder_is_walked(page: Page, server: Server, tmp_path: Path) -> None:
    folder = made(tmp_path / "Card 7" / "CLIP" / "C0001.mp4", 1000).parents[1]
    made(folder / "C0001.html", 100)
    alone = made(tmp_path / "alone.mp4", 1000)
    tools = page.context.new_cdp_session(page)
    files = [str(folder), str(alone)]
    for kind in ("dragEnter", "dragOver", "drop"):
        event = {"type": kind, "x": 180, "y": 300}
        data = {"items": [], "files": files, "dragOperationsMask": 1}
        tools.send("Input.dispatchDragEvent", event | {"data": data})
    expect(page.locator(".queue__status")).to_contain_text("3 stored")
    assert next(server.settings.uploads.rglob("C0001.mp4")).parts[-3:-1] == ("Card 7", "CLIP")


def test_it_goes_on_by_itself_when_the_network_comes_back(
    page: Page, server: Server, wire: Wire, tmp_path: Path
) -> None:
    page.goto(f"http://127.0.0.1:{wire.port}/upload")
    line, path = Line(page), made(tmp_path / "cut.mp4", 16_000_000)
    page.set_input_files("#files", path)
    eventually(page, lambda: stored_so_far(server) > HELD / 2)
    line.be(offline=True)
    wire.cut()
    has(page, "cut.mp4", "Waiting")
    expect(row(page, "cut.mp4")).to_contain_text("No connection. It goes on by itself")
    parts: list[int] = []
    page.on("request", lambda one: parts.append(int(one.headers.get("upload-offset", 0))))
    wire.mend()
    line.be()
    has(page, "cut.mp4", "Stored")
    assert max(parts) > HELD / 2
    assert same(server, path)


def test_a_line_that_is_lost_without_a_word_is_given_up(
    page: Page, server: Server, wire: Wire, tmp_path: Path
) -> None:
    page.clock.install()
    page.goto(f"http://127.0.0.1:{wire.port}/upload")
    path = made(tmp_path / "lost.mp4", 16_000_000)
    page.set_input_files("#files", path)
    eventually(page, wire.is_held)
    eventually(page, lambda: stored_so_far(server) > HELD / 2)
    wire.silence()
    eventually(page, lambda: is_stuck(page, "lost.mp4"))
    parts: list[int] = []
    page.on("request", lambda one: parts.append(int(one.headers.get("upload-offset", 0))))
    wire.mend()
    page.clock.fast_forward("00:31")
    has(page, "lost.mp4", "Stored")
    assert max(parts) > HELD / 2
    assert same(server, path)


def is_stuck(page: Page, name: str) -> bool:
    """Whether nothing gets on any more: what lies between here and the server is full."""
    before = arrived(page, name)
    page.wait_for_timeout(1000)
    return arrived(page, name) == before


def test_it_goes_on_after_the_page_was_loaded_again(
    page: Page, server: Server, tmp_path: Path
) -> None:
    line, path = Line(page), made(tmp_path / "Trip" / "again.mp4", 16_000_000)
    captions = made(path.parent / "again.srt", 500)
    line.be(upload=SLOW)
    page.set_input_files(FOLDER, path.parent)
    until_some_of(page, "again.mp4", 1_000_000)
    page.reload()
    has(page, "again.mp4", "Unfinished")
    until_some_of(page, "again.mp4", 500_000)
    kept = arrived(page, "again.mp4")
    parts: list[int] = []
    page.on("request", lambda one: parts.append(int(one.headers.get("upload-offset", 0))))
    line.be()
    page.set_input_files(FOLDER, path.parent)
    has(page, "again.mp4", "Stored")
    expect(row(page, "again.srt").locator(".badge")).not_to_have_text("Sending")
    assert max(parts) >= kept
    assert same(server, path)
    assert same(server, captions)
    assert len({one.parent for one in server.settings.uploads.rglob("again.*")}) == 1
    eventually(page, "localStorage.length", 0)


def test_a_server_that_is_killed_is_waited_for(page: Page, server: Server, tmp_path: Path) -> None:
    line, path = Line(page), made(tmp_path / "killed.mp4", 4_000_000)
    line.be(upload=SLOW)
    page.set_input_files("#files", path)
    until_some_of(page, "killed.mp4", 1_000_000)
    server.kill()
    has(page, "killed.mp4", "Waiting")
    line.be()
    server.start()
    has(page, "killed.mp4", "Stored")
    assert same(server, path)


def test_the_keyboard_pauses_resumes_cancels_and_tries_again(
    page: Page, server: Server, tmp_path: Path
) -> None:
    line, path = Line(page), made(tmp_path / "keys.mp4", 4_000_000)
    line.be(upload=SLOW)
    page.set_input_files("#files", path)
    until_some_of(page, "keys.mp4", 300_000)
    page.get_by_role("button", name="Pause: keys.mp4").press("Enter")
    has(page, "keys.mp4", "Paused")
    expect(page.get_by_role("button", name="Resume: keys.mp4")).to_be_focused()
    page.keyboard.press("Enter")
    has(page, "keys.mp4", "Sending")
    page.get_by_role("button", name="Cancel: keys.mp4").press("Enter")
    has(page, "keys.mp4", "Cancelled")
    expect(page.get_by_role("button", name="Try again: keys.mp4")).to_be_focused()
    line.be()
    page.keyboard.press("Enter")
    has(page, "keys.mp4", "Stored")
    assert same(server, path)


def test_what_is_not_taken_says_why(page: Page, server: Server, tmp_path: Path) -> None:
    large, huge, empty = (tmp_path / f"{name}.mp4" for name in ("large", "huge", "empty"))
    for path, byte_count in ((large, QUOTA + 1), (huge, LARGEST + 1), (empty, 0)):
        with path.open("wb") as file:
            file.truncate(byte_count)
    page.set_input_files("#files", [large, huge, empty])
    has(page, "large.mp4", "Not taken")
    expect(row(page, "large.mp4")).to_contain_text("has no room")
    expect(page.get_by_role("button", name="Try again: large.mp4")).to_be_visible()
    expect(row(page, "huge.mp4")).to_contain_text("takes 300 MB at most")
    expect(row(page, "empty.mp4")).to_contain_text("The file is empty")
    expect(page.locator(".queue__status")).to_contain_text("3 not taken")


def test_known_bytes_are_named_before_they_are_sent(page: Page, server: Server) -> None:
    catalogue = open_catalogue(server.settings.catalogue_url)
    path = make_clip(server.settings.media, "known.mp4", shots=(("red", 0.5),))
    clip = Archive(catalogue, server.settings).add(path)
    catalogue.close()
    methods: list[str] = []
    page.on("request", lambda one: methods.append(one.method))
    page.set_input_files("#files", path)
    has(page, "known.mp4", "Known")
    expect(row(page, "known.mp4").locator("a")).to_have_attribute("href", f"/clips/{clip}")
    assert "PATCH" not in methods
    page.set_extra_http_headers({"Accept-Language": "ar"})
    page.reload()
    page.set_input_files("#files", path)
    expect(row(page, "known.mp4")).to_contain_text("موجود في الفهرس من قبل")


@pytest.mark.parametrize(("colours", "width"), [("light", 390), ("dark", 1280)])
def test_the_queue_is_accessible_and_breaks_no_policy(
    server: Server, chromium: Browser, tmp_path: Path, colours: str, width: int
) -> None:
    context = chromium.new_context(
        color_scheme=colours, viewport={"width": width, "height": 640}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.add_init_script(
        "window.broken = [];"
        "addEventListener('securitypolicyviolation', (e) => broken.push(e.violatedDirective));"
    )
    page.goto(f"http://127.0.0.1:{server.port}/upload")
    Line(page).be(upload=SLOW)
    names = [f"{colours} {n}.mp4" for n in range(6)]
    page.set_input_files("#files", [made(tmp_path / name, 4_000_000) for name in names])
    until_some_of(page, names[0], 100_000)
    page.get_by_role("button", name=f"Pause: {names[1]}").click()
    page.get_by_role("button", name=f"Cancel: {names[4]}").click()
    fits(page, width)
    is_accessible(page)
    eventually(page, "broken", [])
    context.close()


def test_the_form_works_without_scripts(server: Server, chromium: Browser, tmp_path: Path) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/upload")
    path = made(tmp_path / "plain.mp4", 100_000)
    page.set_input_files("#files", path)
    with turning(page):
        page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.locator(".file")).to_contain_text("plain.mp4")
    assert same(server, path)
    context.close()
