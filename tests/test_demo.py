"""The demo's archive: made once, looked at with ffprobe."""

from __future__ import annotations

import itertools
import json
import subprocess
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from mediacatalog import demo

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    demo.make_archive(folder)
    return folder


def ffprobe(path: Path) -> dict[str, Any]:
    asked = ["-v", "error", "-print_format", "json", "-show_streams", "-show_format"]
    done = subprocess.run(
        ["ffprobe", *asked, f"file:{path}"], check=True, capture_output=True, timeout=30
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def film(archive: Path, part: str) -> Path:
    return next(path for path in archive.rglob("*") if part in path.name and is_media(path))


def is_media(path: Path) -> bool:
    return path.suffix in {".mp4", ".mpg", ".webm"}


def test_every_film_is_a_video_with_sound(archive: Path) -> None:
    for one in demo.FILMS:
        kinds = {stream["codec_type"] for stream in ffprobe(archive / one.name)["streams"]}
        assert {"video", "audio"} <= kinds, one.name


def test_every_film_lasts_as_long_as_its_shots(archive: Path) -> None:
    for one in demo.FILMS:
        wanted = sum(shot.seconds - shot.dissolve for shot in one.shots)
        lasts = float(ffprobe(archive / one.name)["format"]["duration"])
        assert lasts == pytest.approx(wanted, abs=0.3), one.name


def test_the_phone_clip_says_how_it_is_turned(archive: Path) -> None:
    (video, _) = ffprobe(film(archive, "VID_2031"))["streams"]
    turns = [data.get("rotation") for data in video.get("side_data_list", [])]
    assert (video["width"], video["height"]) == (360, 640)
    assert turns == [90]  # counter-clockwise


def test_the_broadcast_clip_is_interlaced(archive: Path) -> None:
    video = ffprobe(film(archive, "SATFEED"))["streams"][0]
    assert (video["codec_name"], video["field_order"]) == ("mpeg2video", "tt")


def test_one_film_carries_its_captions_inside(archive: Path) -> None:
    codecs = [stream["codec_name"] for stream in ffprobe(film(archive, "BROLL"))["streams"]]
    assert "mov_text" in codecs


def test_one_film_has_frames_of_uneven_length(archive: Path) -> None:
    path = film(archive, "After the flood")
    asked = ["-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time"]
    done = subprocess.run(
        ["ffprobe", *asked, "-of", "csv=p=0", f"file:{path}"],
        check=True,
        capture_output=True,
        text=True,
    )
    times = [Fraction(line.strip(",")) for line in done.stdout.split()]
    pauses = {round(later - earlier, 2) for earlier, later in itertools.pairwise(times)}
    assert len(pauses) > 1


def test_the_copy_has_the_bytes_of_the_first_film(archive: Path) -> None:
    assert (archive / demo.COPY).read_bytes() == (archive / demo.FILMS[0].name).read_bytes()


def test_one_file_only_looks_like_a_video(archive: Path) -> None:
    assert (archive / demo.BROKEN).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_second_making_touches_nothing(archive: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in archive.rglob("*") if path.is_file()}
    media = demo.make_archive(archive)
    after = {path: path.stat().st_mtime_ns for path in archive.rglob("*") if path.is_file()}
    assert before == after
    assert set(media) == {path for path in after if is_media(path)}


def test_nothing_unfinished_is_left_behind(archive: Path) -> None:
    assert list(archive.rglob(".making-*")) == []


def test_names_say_what_is_spoken_in_three_scripts(archive: Path) -> None:
    names = " ".join(path.name for path in archive.rglob("*") if is_media(path))
    assert "Darvena" in names
    assert "Дарвена" in names
    assert "سلمى" in names
