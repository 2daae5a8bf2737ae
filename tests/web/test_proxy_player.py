"""The player on the real page: exact on masters and through proxies, and patient while one is made.

Every frame of the films shows its own number, which is read back from the pixels on the screen.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from mediacatalog.catalog import proxies
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.ingest.direct import Direct
from mediacatalog.ingest.proxies import Maker
from mediacatalog.search import SearchIndex
from mediacatalog.settings import Settings
from mediacatalog.web import create_app
from tests.browser import eventually, server_of
from tests.factories import run_ffmpeg
from tests.media.test_proxy import DROPPED, FIELDS, HEVC, MPEG2, SOUND, counted
from tests.web.player_harness import make_counted
from tests.web.test_player import screen, shows_frame, shows_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from mediacatalog.catalog.database import Catalogue

pytestmark = pytest.mark.browser
__all__ = ["screen"]

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2")


def films(folder: Path) -> None:
    """A frame rate that is constant and one that isn't; played as they are, and by a proxy."""
    folder.mkdir()
    plain = make_counted(folder / "plain.mp4", frames=50)
    make_counted(folder / "ntsc.mp4", rate="30000/1001", frames=60)
    make_counted(folder / "variable.mp4", frames=40, select=DROPPED, extra=H264)
    make_counted(folder / "hevc-variable.mp4", frames=40, select=DROPPED, extra=HEVC)
    make_counted(folder / "fields.mpg", rate="30000/1001", frames=45, extra=FIELDS)
    late = ("-c:a", "mp2", "-output_ts_offset", "3600")
    run_ffmpeg("-i", str(plain), *SOUND, *MPEG2, *late, str(folder / "late.ts"))
    run_ffmpeg("-i", str(plain), "-c", "copy", str(folder / "plain.mkv"))
    run_ffmpeg("-i", str(plain), "-c", "copy", str(folder / "copied.ts"))
    run_ffmpeg("-i", str(plain), *HEVC, str(folder / "hevc.mp4"))


@dataclass(frozen=True)
class Archive:
    address: str
    settings: Settings
    catalogue: Catalogue
    clips: dict[str, str]
    """Id of the clip by the name of its file."""

    def page(self, name: str) -> str:
        return f"{self.address}/clips/{self.clips[name]}"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder = tmp_path_factory.mktemp("archive")
    films(folder / "media")
    settings = Settings(data=folder / "data", media=folder / "media", disk_reserve_bytes=0)
    with Direct(settings) as direct:
        done = list(direct.ingest(direct.choose([settings.media])))
    assert {one.state for one in done} == {"ready"}
    catalogue = open_catalogue(settings.catalogue_url)
    clips = {one.path.rsplit("/", 1)[1]: str(one.clip) for one in done}
    app = create_app(settings, catalogue, SearchIndex(settings.index))
    server = server_of(app)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    yield Archive(address, settings, catalogue, clips)
    server.shutdown()
    thread.join()
    server.server_close()
    catalogue.close()


def make_proxy(archive: Archive, name: str) -> None:
    """Now, before all others."""
    with archive.catalogue.writing() as session:
        row = session.get(proxies.ProxyRow, archive.clips[name])
        if row is None or row.state == "ready":
            return
        row.priority = 1
    assert Maker(archive.catalogue, archive.settings, "slot-0").make_next()


def watch(screen: Page, address: str) -> None:
    screen.goto(address)
    expect(screen.locator(".player__bar")).to_be_visible()
    screen.locator(".player__stage").focus()


SOURCE = "document.querySelector('video').currentSrc.split('/').at(-1)"


def test_a_page_waits_for_its_proxy_and_takes_it_up_without_loading_again(
    archive: Archive, screen: Page
) -> None:
    watch(screen, f"{archive.page('late.ts')}?t=1.2")
    message = screen.locator("[data-player-message]")
    expect(message).to_contain_text("A copy that every browser plays will be made")
    expect(screen.locator("[data-proxy-fact]")).to_contain_text("waits to be made")
    expect(screen.locator(".player__still")).to_be_visible()  # the storyboard stands in
    shows_time(screen, "0:01.200")
    with archive.catalogue.writing() as session:
        row = session.get(proxies.ProxyRow, archive.clips["late.ts"])
        assert row is not None
        row.state, row.progress = "making", 0.42
    expect(message).to_contain_text("is being made: 42 %")
    with archive.catalogue.writing() as session:
        row = session.get(proxies.ProxyRow, archive.clips["late.ts"])
        assert row is not None
        row.state = "waiting"
    screen.evaluate("window.same = true")
    make_proxy(archive, "late.ts")
    eventually(screen, SOURCE, "proxy.mp4")
    shows_frame(screen, 30)
    shows_time(screen, "0:01.200")
    expect(message).to_be_hidden()
    expect(screen.locator("[data-proxy-fact]")).to_contain_text("proxy-3 (encode)")
    eventually(screen, "window.same")
    screen.keyboard.press(".")
    shows_frame(screen, 31)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("plain.mp4", "master"),
        ("ntsc.mp4", "master"),
        ("variable.mp4", "master"),
        ("plain.mkv", "master"),  # Chromium says that it plays Matroska
        ("copied.ts", "proxy.mp4"),
        ("late.ts", "proxy.mp4"),
        ("fields.mpg", "proxy.mp4"),
        ("hevc-variable.mp4", "proxy.mp4"),
    ],
)
def test_links_typed_times_and_steps_land_on_the_catalogues_frames(
    archive: Archive, screen: Page, name: str, source: str
) -> None:
    make_proxy(archive, name)
    frames = counted(archive.settings.media / name)
    ms = [round(at * 1000) for at, _ in frames]
    numbers = [number for _, number in frames]
    watch(screen, f"{archive.page(name)}?t={ms[17] / 1000:.3f}")
    eventually(screen, SOURCE, source)
    if name == "plain.mkv":
        expect(screen.locator("[data-proxy-fact]")).to_contain_text("the master itself")
    shows_frame(screen, numbers[17])
    for n in range(18, 38):
        screen.keyboard.press(".")
        shows_frame(screen, numbers[n])
    for n in range(36, 16, -1):
        screen.keyboard.press(",")
        shows_frame(screen, numbers[n])
    for n in (33, 0, 9):
        screen.keyboard.press("t")
        screen.keyboard.type(f"{ms[n] / 1000:.3f}")
        screen.keyboard.press("Enter")
        shows_frame(screen, numbers[n])
    screen.keyboard.press("End")
    shows_frame(screen, numbers[-1])


def test_a_browser_that_claims_too_much_falls_back_to_the_proxy(
    archive: Archive, screen: Page
) -> None:
    make_proxy(archive, "hevc.mp4")
    asked = "HTMLMediaElement.prototype.canPlayType = (type) => (type ? 'probably' : '');"
    loaded: list[str] = []
    screen.on("request", lambda one: loaded.append(one.url.rsplit("/", 1)[1]))
    screen.add_init_script(asked)
    watch(screen, f"{archive.page('hevc.mp4')}?t=0.800")
    eventually(screen, SOURCE, "proxy.mp4")
    assert "master" in loaded
    expect(screen.locator("[data-proxy-fact]")).to_contain_text("a proxy of the master")
    shows_frame(screen, 20)


def test_without_scripts_the_proxy_plays(archive: Archive, chromium: Browser) -> None:
    make_proxy(archive, "late.ts")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(archive.page("late.ts"))
    proxy = f"/clips/{archive.clips['late.ts']}/proxy.mp4"
    expect(page.locator("video")).to_have_attribute("src", proxy)
    master = page.get_by_role("link", name="Download the master")
    expect(master).to_have_attribute("href", f"/clips/{archive.clips['late.ts']}/master")
    context.close()


def test_a_proxy_is_served_by_ranges_and_the_download_is_the_master(archive: Archive) -> None:
    make_proxy(archive, "late.ts")
    app = create_app(archive.settings, archive.catalogue, SearchIndex(archive.settings.index))
    client, base = app.test_client(), f"/clips/{archive.clips['late.ts']}"
    part = client.get(f"{base}/proxy.mp4", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.data, part.mimetype) == (206, b"ftyp", "video/mp4")
    again = client.get(f"{base}/proxy.mp4", headers={"If-None-Match": part.headers["ETag"]})
    assert again.status_code == 304
    assert client.get(f"{base}/proxy.json").json["state"] == "ready"
    whole = client.get(f"{base}/master").data
    assert whole == (archive.settings.media / "late.ts").read_bytes()
    other = f"/clips/{archive.clips['plain.mp4']}"
    assert client.get(f"{other}/proxy.mp4").status_code == 404
    assert client.get(f"{other}/proxy.json").json == {"state": "none", "progress": 0, "says": ""}


def test_the_page_is_told_where_every_frame_begins(archive: Archive) -> None:
    app = create_app(archive.settings, archive.catalogue, SearchIndex(archive.settings.index))
    address = f"/clips/{archive.clips['variable.mp4']}/frame-times.json?t=1.2"
    told = app.test_client().get(address).json
    frames = counted(archive.settings.media / "variable.mp4")
    assert told["us"] == [round(at * 1_000_000) for at, _ in frames]
    assert (told["first"], told["count"]) == (0, len(frames))


def test_of_a_long_film_the_frames_around_a_moment_are_told(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mediacatalog.web.pages.frames.AROUND", 5)
    app = create_app(archive.settings, archive.catalogue, SearchIndex(archive.settings.index))
    address = f"/clips/{archive.clips['plain.mp4']}/frame-times.json?t=1.2"
    told = app.test_client().get(address).json
    assert told == {"first": 26, "count": 50, "us": [40_000 * n for n in range(26, 36)]}
