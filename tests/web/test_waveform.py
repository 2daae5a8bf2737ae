"""The sound on the clip page: its lane in the player, its spans, its numbers."""

from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import eventually, fits, server_of
from tests.factories import run_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apiflask import APIFlask
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser

    from mediacatalog.settings import Settings
    from tests.web.archive import Archive


@pytest.fixture(scope="session")
def half_silent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("waveform") / "half.mp4"
    # fmt: off
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=6", "-f", "lavfi", "-i",
               "aevalsrc='0.5*sin(6000*t)*lt(t,3)|0':s=48000:d=6", "-c:v", "libx264", "-preset",
               "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path))
    # fmt: on
    return path


@pytest.fixture
def clip(archive: Archive, settings: Settings, half_silent: Path) -> str:
    path = settings.media / "half.mp4"
    path.write_bytes(half_silent.read_bytes())
    return archive.add(path)


def test_the_waveform_is_small_and_asked_for_once(client: FlaskClient, clip: str) -> None:
    answer = client.get(f"/clips/{clip}/waveform.json")

    peaks = base64.b64decode(answer.json["peaks"])
    assert answer.headers["Content-Type"] == "application/json"
    assert len(answer.data) < 12_000
    assert max(peaks[: len(peaks) // 3]) > 150
    assert max(peaks[len(peaks) * 2 // 3 :]) == 0
    again = client.get(
        f"/clips/{clip}/waveform.json", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304
    told = client.get(f"/api/v1/clips/{clip}/waveform").json
    assert told == {"clip": clip, **answer.json}


def test_without_sound_there_is_no_waveform(client: FlaskClient, ferry: str) -> None:
    assert client.get(f"/clips/{ferry}/waveform.json").status_code == 404
    assert b"data-waveform" not in client.get(f"/clips/{ferry}").data


def test_the_page_tells_loudness_dead_channels_and_spans(client: FlaskClient, clip: str) -> None:
    page = client.get(f"/clips/{clip}").get_data(as_text=True)

    assert "LUFS" in page
    assert "dBTP" in page
    assert "Dead channel" in page
    assert "marks__key--silence" in page


@pytest.fixture
def address(app: APIFlask) -> Iterator[str]:
    server = server_of(app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


PAINTED = """((part) => {
  const canvas = document.querySelector("canvas.player__waveform");
  const x = Math.round(part * canvas.width);
  const column = canvas.getContext("2d").getImageData(x, 0, 1, canvas.height);
  return column.data.some((value) => value > 0);
})"""


@pytest.mark.browser
@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("width", [360, 1280])
def test_the_lane_shows_the_sound_and_seeks(
    address: str, clip: str, chromium: Browser, width: int
) -> None:
    screen = chromium.new_page(viewport={"width": width, "height": 1500})
    screen.goto(f"{address}/clips/{clip}")
    lane = screen.locator("canvas.player__waveform[data-drawn]")
    expect(lane).to_be_visible()
    eventually(screen, f"[{PAINTED}(0.25), {PAINTED}(0.75)]", [True, False])
    box = lane.bounding_box()
    assert box is not None
    screen.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    eventually(screen, "Math.abs(document.querySelector('video').currentTime - 3) < 0.1")
    fits(screen, width)
    screen.close()
