"""A container that ends before it says is never called whole, however healthy it probes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mediacatalog.errors import UnreadableMediaError
from mediacatalog.media import whole
from tests.factories import make_clip, run_ffmpeg

if TYPE_CHECKING:
    from pathlib import Path

MP4 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
MPEG2 = ("-c:v", "mpeg2video")
# name, container as told, codec and options of the muxer, and whether its end can be proved
KINDS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "end.mp4": ("mp4", "moov at the end", MP4),
    "front.mp4": ("mp4", "moov in front", (*MP4, "-movflags", "+faststart")),
    "fragments.mp4": ("mp4", "fragments", (*MP4, "-movflags", "frag_keyframe+empty_moov")),
    "clip.mov": ("mp4", "QuickTime", MP4),
    "clip.mkv": ("matroska", "Matroska", MP4),
    "clip.webm": ("matroska", "WebM", ("-c:v", "libvpx", "-deadline", "realtime")),
    "clip.avi": ("avi", "AVI", ("-c:v", "mpeg4")),
    "clip.wmv": ("asf", "ASF", ("-c:v", "wmv2")),
    "clip.flv": ("flv", "FLV", ("-c:v", "flv")),
    "clip.ogv": ("ogg", "Ogg", ("-c:v", "libtheora")),
    "clip.mxf": ("mxf", "MXF", MPEG2),
}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("whole")
    shots = [("testsrc2", 1.2)]
    return {
        name: make_clip(folder, name, shots=shots, codec=codec)
        for name, (_, _, codec) in KINDS.items()
    }


@pytest.mark.parametrize("name", KINDS)
def test_a_finished_file_is_whole(clips: dict[str, Path], name: str) -> None:
    found = whole.check(clips[name])
    assert (found.whole, found.container, found.reason) == (True, KINDS[name][0], "")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("percent", [1, 5, 20, 37, 50, 63, 80, 95, 99])
def test_a_cut_file_is_never_whole(
    clips: dict[str, Path], tmp_path: Path, name: str, percent: int
) -> None:
    data = clips[name].read_bytes()
    cut = tmp_path / name
    cut.write_bytes(data[: len(data) * percent // 100])
    found = whole.check(cut)
    assert found.whole is not True
    assert found.whole is None or found.reason


@pytest.mark.parametrize("name", ["end.mp4", "front.mp4", "clip.mov", "clip.mkv", "clip.avi"])
def test_one_missing_byte_is_noticed(clips: dict[str, Path], tmp_path: Path, name: str) -> None:
    cut = tmp_path / name
    cut.write_bytes(clips[name].read_bytes()[:-1])
    assert whole.check(cut).whole is False


def test_the_reason_says_where_it_ends_and_where_it_should(
    clips: dict[str, Path], tmp_path: Path
) -> None:
    data = clips["front.mp4"].read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[: len(data) // 2])
    expected = f"box 'mdat' ends at {len(data)}, file has {len(data) // 2} bytes"
    assert whole.check(cut).reason == expected


def test_an_index_without_any_media_is_not_whole(clips: dict[str, Path], tmp_path: Path) -> None:
    data = clips["front.mp4"].read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[: data.index(b"mdat") - 4].removesuffix(b"\0\0\0\x08free"))
    assert whole.check(cut).whole is False


def test_a_last_box_of_size_zero_reaches_the_end(clips: dict[str, Path], tmp_path: Path) -> None:
    data = bytearray(clips["front.mp4"].read_bytes())
    at = data.index(b"mdat") - 4
    data[at : at + 4] = bytes(4)
    path = tmp_path / "clip.mp4"
    path.write_bytes(data)
    assert whole.check(path).whole is True


@pytest.mark.parametrize("more", [0, 1_000_000])
def test_sizes_of_64_bits_are_read(tmp_path: Path, more: int) -> None:
    body = b"\1" * 5000
    size = (16 + len(body) + more).to_bytes(8, "big")
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"\0\0\0\x08ftyp" + b"\0\0\0\x08moov" + b"\0\0\0\x01mdat" + size + body)
    assert whole.check(path).whole is (more == 0)


def test_a_stream_that_was_recorded_live_is_whole_when_its_clusters_end(tmp_path: Path) -> None:
    path = tmp_path / "live.mkv"
    clip = make_clip(tmp_path)
    run_ffmpeg("-i", f"file:{clip}", "-c", "copy", "-live", "1", f"file:{path}")
    assert whole.check(path).whole is True
    path.write_bytes(path.read_bytes()[:-7])
    assert whole.check(path).whole is not True


@pytest.mark.parametrize(("name", "form"), [("a.ts", "mpegts"), ("a.mpg", "mpeg"), ("a.dv", "dv")])
def test_streams_without_an_end_can_not_tell(tmp_path: Path, name: str, form: str) -> None:
    codec = ("-c:v", "dvvideo", "-s", "720x576", "-pix_fmt", "yuv420p") if form == "dv" else MPEG2
    path = make_clip(tmp_path, name, codec=(*codec, "-f", form))
    found = whole.check(path)
    assert (found.whole, found.container) == (None, "mpegts" if form == "mpegts" else form)


@pytest.mark.parametrize("packet", [188, 192])
def test_a_transport_stream_that_is_cut_within_a_packet_is_not_whole(
    tmp_path: Path, packet: int
) -> None:
    m2ts = ("-mpegts_m2ts_mode", "1") if packet == 192 else ()
    path = make_clip(tmp_path, "a.ts", codec=(*MPEG2, *m2ts, "-f", "mpegts"))
    data = path.read_bytes()
    assert len(data) % packet == 0
    for length in (len(data) // 2 // packet * packet + 100, len(data) - 1):
        path.write_bytes(data[:length])
        found = whole.check(path)
        assert (found.whole, found.reason) == (False, "its last packet isn't complete")


@pytest.mark.parametrize("name", ["front.mp4", "clip.mkv", "clip.avi", "clip.webm"])
def test_reserved_space_is_no_end(clips: dict[str, Path], tmp_path: Path, name: str) -> None:
    """As `fallocate`, rsync --preallocate and torrents make them: the size is final at once."""
    data, path = clips[name].read_bytes(), tmp_path / name
    done = len(data) * 6 // 10
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, len(data))
        file.write(data[:done])
        file.flush()
        assert whole.check(path).whole is not True
        file.write(data[done:])
    assert whole.check(path).whole is True


def test_zeros_that_were_written_at_the_end_prove_nothing(
    clips: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "front.mp4"
    data = clips["front.mp4"].read_bytes()
    path.write_bytes(data + b"\0\0\x40\0free" + bytes(0x4000 - 8))
    found = whole.check(path)
    assert (found.whole, found.container, found.reason) == (None, "mp4", "")


@pytest.mark.parametrize("data", [b"", b"x", b"\0" * 5000, b"<html>an error</html>"])
def test_what_is_no_container_can_not_tell(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(data)
    assert whole.check(path).whole is None


def test_a_file_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(UnreadableMediaError, match="No such file"):
        whole.check(tmp_path / "nowhere.mp4")
    with pytest.raises(UnreadableMediaError, match="not a regular file"):
        whole.check(tmp_path)


ASF, MXF = "3026b2758e66cf11a6d900aa0062ce6c", "060e2b34020501010d0102010104"
HEADS = st.sampled_from(
    [
        *(b"\0\0\0\x08ftyp", b"\0\0\0\x01moov", b"\x1a\x45\xdf\xa3", b"RIFF", b"OggS", b"FLV\x01"),
        *(bytes.fromhex(ASF), bytes.fromhex(MXF)),
    ]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=HEADS, rest=st.binary(max_size=400))
@example(head=bytes.fromhex("060e2b34020501010d01020101") + b"\4", rest=b"\0\0\0\x13")
def test_no_bytes_make_it_raise_or_run_on(tmp_path: Path, head: bytes, rest: bytes) -> None:
    path = tmp_path / "fuzz.bin"
    path.write_bytes(head + rest)
    assert whole.check(path).whole in (True, False, None)


@pytest.mark.samples
def test_real_files_are_whole_and_cut_ones_are_not(samples: Path) -> None:
    for path in sorted((samples / "video").glob("made_*")):
        assert whole.check(path).whole is not False, path.name
    for name in ("truncated_half_moov_front.mp4", "truncated_moov_missing.mp4"):
        assert whole.check(samples / "broken" / name).whole is False


def test_a_movie_that_names_another_file_for_its_pictures_is_found_out(
    clips: dict[str, Path], tmp_path: Path
) -> None:
    assert not any(whole.lies_elsewhere(path) for path in clips.values())
    own, other = b"url \0\0\0\1", b"url \0\0\0\0"
    for name in ("end.mp4", "front.mp4", "fragments.mp4", "clip.mov"):
        data = clips[name].read_bytes()
        assert own in data or b"alis\0\0\0\1" in data
        path = tmp_path / name
        path.write_bytes(data.replace(own, other).replace(b"alis\0\0\0\1", b"alis\0\0\0\0"))
        assert whole.lies_elsewhere(path)
