"""Masters by ranges, stills, storyboards and captions, as a browser asks for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from mediacatalog.web import ranges

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.settings import Settings


@pytest.fixture
def master(settings: Settings, ferry: str) -> bytes:
    return (settings.media / "ferry_crossing.mp4").read_bytes()


def colour(data: bytes) -> tuple[int, int, int]:
    """Blue, green and red of the middle of a picture."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    height, width = picture.shape[:2]
    blue, green, red = (int(part) for part in picture[height // 2, width // 2])
    return blue, green, red


def test_the_whole_master_comes_without_a_range(
    client: FlaskClient, ferry: str, master: bytes
) -> None:
    answer = client.get(f"/clips/{ferry}/master")
    assert answer.status_code == 200
    assert answer.data == master
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_range_is_exactly_what_was_asked_for(
    client: FlaskClient, ferry: str, master: bytes
) -> None:
    answer = client.get(f"/clips/{ferry}/master", headers={"Range": "bytes=10-19"})
    assert answer.status_code == 206
    assert answer.data == master[10:20]
    assert answer.headers["Content-Range"] == f"bytes 10-19/{len(master)}"


def test_the_last_bytes_can_be_asked_for(client: FlaskClient, ferry: str, master: bytes) -> None:
    answer = client.get(f"/clips/{ferry}/master", headers={"Range": "bytes=-7"})
    assert answer.data == master[-7:]


def test_a_range_past_the_end_cannot_be_met(client: FlaskClient, ferry: str, master: bytes) -> None:
    answer = client.get(f"/clips/{ferry}/master", headers={"Range": f"bytes={len(master)}-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(master)}"


def test_head_tells_the_length_and_sends_nothing(
    client: FlaskClient, ferry: str, master: bytes
) -> None:
    answer = client.head(f"/clips/{ferry}/master")
    assert answer.headers["Content-Length"] == str(len(master))
    assert answer.data == b""


def test_a_range_of_another_version_gets_the_whole_file(
    client: FlaskClient, ferry: str, master: bytes
) -> None:
    asked = {"Range": "bytes=0-1", "If-Range": '"another"'}
    answer = client.get(f"/clips/{ferry}/master", headers=asked)
    assert answer.status_code == 200
    assert answer.data == master


def test_a_master_that_changed_on_the_disk_is_not_served(
    client: FlaskClient, ferry: str, settings: Settings
) -> None:
    path = settings.media / "ferry_crossing.mp4"
    path.write_bytes(path.read_bytes() + b"x")
    assert client.get(f"/clips/{ferry}/master").status_code == 404


def test_a_link_in_the_place_of_a_master_is_not_followed(
    client: FlaskClient, ferry: str, settings: Settings, tmp_path: Path
) -> None:
    path = settings.media / "ferry_crossing.mp4"
    path.rename(tmp_path / "elsewhere.mp4")
    path.symlink_to(tmp_path / "elsewhere.mp4")
    assert client.get(f"/clips/{ferry}/master").status_code == 404


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, (0, 5_000_000, False)),
        ("bytes=0-", (0, 2**20, True)),
        ("bytes=4999999-", (4_999_999, 5_000_000, True)),
        ("bytes=5-3", None),
        ("bytes=-0", None),
        ("bytes=-9999999", (0, 5_000_000, True)),
        ("bytes=0-0,5-6", (0, 5_000_000, False)),
        ("pages=1-2", (0, 5_000_000, False)),
        ("bytes=-", (0, 5_000_000, False)),
        ("bytes=9999999999999999999-", None),
    ],
)
def test_a_range_header_is_read_as_the_standard_says(
    header: str | None, expected: tuple[int, int, bool] | None
) -> None:
    span = ranges.choose(header, 5_000_000)
    assert (span and (span.start, span.end, span.partial)) == expected


def test_descriptors_are_closed_when_the_browser_goes_away(client: FlaskClient, ferry: str) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        client.get(f"/clips/{ferry}/master", headers={"Range": "bytes=0-"}).close()
        client.head(f"/clips/{ferry}/master").close()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2


def test_a_still_shows_the_shot_of_its_moment(client: FlaskClient, ferry: str) -> None:
    blue, _, red = colour(client.get(f"/clips/{ferry}/still.jpg?ms=980").data)
    assert red > 200
    assert blue < 60
    blue, _, red = colour(client.get(f"/clips/{ferry}/still.jpg?ms=1020").data)
    assert blue > 200
    assert red < 60


@pytest.mark.parametrize("ms", ["", "-5", "x", "999999999999999", "99999999"])
def test_a_still_of_any_moment_is_a_picture(client: FlaskClient, ferry: str, ms: str) -> None:
    answer = client.get(f"/clips/{ferry}/still.jpg?ms={ms}")
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xff\xd8")


def test_a_picture_that_did_not_change_is_not_sent_again(client: FlaskClient, ferry: str) -> None:
    first = client.get(f"/clips/{ferry}/poster.jpg")
    again = client.get(
        f"/clips/{ferry}/poster.jpg", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status_code == 304


def test_the_storyboard_names_sheets_that_exist(client: FlaskClient, ferry: str) -> None:
    text = client.get(f"/clips/{ferry}/storyboard.vtt").text
    assert text.startswith("WEBVTT\n\n00:00:00.000 --> ")
    assert client.get(f"/clips/{ferry}/storyboard-0.jpg").data.startswith(b"\xff\xd8")
    told = client.get(f"/api/v1/clips/{ferry}/storyboard").json
    assert len(told["cells"]) == text.count("#xywh=")
    first = told["cells"][0]
    assert f"#xywh={first['x']},{first['y']},{first['width']},{first['height']}\n" in text
    assert client.get(first["sheet"]).data.startswith(b"\xff\xd8")


def test_captions_are_written_anew(client: FlaskClient, ferry: str) -> None:
    page = client.get(f"/clips/{ferry}").text
    track = page.split('<track kind="captions"', 1)[1].split('src="', 1)[1].split('"', 1)[0]
    answer = client.get(track)
    assert answer.headers["Content-Type"].startswith("text/vtt")
    assert answer.text.startswith("WEBVTT")
    assert "The convoy reached the ferry" in answer.text


def test_what_is_not_there_is_not_found(client: FlaskClient, ferry: str) -> None:
    large = 10**19
    for path in (
        "keyframes/99.jpg",
        f"keyframes/{large}.jpg",
        "storyboard-99.jpg",
        f"storyboard-{large}.jpg",
        "tracks/none.vtt",
    ):
        assert client.get(f"/clips/{ferry}/{path}").status_code == 404
    assert client.get("/clips/none/master").status_code == 404
