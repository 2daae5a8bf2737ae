"""Captions hidden in the picture stream, made by hand and as a broadcaster made them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from mediacatalog import captions
from mediacatalog.media.closed_captions import closed_captions
from mediacatalog.media.probe import probe
from tests.factories import make_clip, run_ffmpeg

if TYPE_CHECKING:
    from pathlib import Path

START = b"\x00\x00\x00\x01"
SLICE = re.compile(rb"\x00\x00\x01(?=[\x41\x61\x65\x25\x21\x01])")
CLEAR, SHOW = "942c", "942f"
PREPARE = ["9420", "94ae", "9470", "54c8", "4580", "c6c5", "5252", "d980"]  # THE FERRY, 2 a frame


def block(service: int, data: bytes) -> bytes:
    return bytes([service << 5 | len(data)]) + data


def packet(number: int, data: bytes) -> bytes:
    """A caption channel packet of CEA-708, in triples."""
    data += bytes(1 - len(data) % 2)
    whole = bytes([number << 6 | (len(data) + 1) // 2]) + data
    pairs = [whole[at : at + 2] for at in range(0, len(whole), 2)]
    return b"".join((b"\xfe" if n else b"\xff") + one for n, one in enumerate(pairs))


def unit(first: str, second: str = "8080", digital: bytes = b"\xfa\0\0") -> bytes:
    """An SEI message with a pair for each field."""
    triples = bytes.fromhex(f"fc{first}fd{second}") + digital
    count = 0xC0 | len(triples) // 3
    body = b"\xb5\x00\x31GA94\x03" + bytes([count, 0xFF]) + triples + b"\xff"
    body = re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", body)
    return START + b"\x06\x04" + bytes([len(body)]) + body + b"\x80"


def with_captions(
    folder: Path, name: str, *, second: str = "8080", digital: dict[int, bytes] | None = None
) -> Path:
    """A clip of 25 frames a second: the caption is shown from frame 8 to frame 20."""
    plain = make_clip(folder, "plain.mp4")
    stream = folder / "stream.h264"
    run_ffmpeg("-i", f"file:{plain}", "-map", "0:v", "-c:v", "libx264", "-r", "25", "-bf", "0",
               "-x264-params", "slices=1:threads=1", f"file:{stream}")  # fmt: skip
    said = dict(enumerate([*PREPARE, SHOW])) | {20: CLEAR}
    parts = SLICE.split(stream.read_bytes())
    marks = SLICE.findall(stream.read_bytes())
    made = parts[0]
    for number, (mark, part) in enumerate(zip(marks, parts[1:], strict=True)):
        packets = (digital or {}).get(number, b"\xfa\0\0")
        made += unit(said.get(number, "8080"), second, packets) + mark + part
    stream.write_bytes(made)
    run_ffmpeg("-r", "25", "-f", "h264", "-i", f"file:{stream}", "-c", "copy",
               f"file:{folder / name}")  # fmt: skip
    return folder / name


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
def test_captions_come_out_of_the_picture_stream(tmp_path: Path, name: str) -> None:
    path = with_captions(tmp_path, name)
    (raw,) = closed_captions(path, probe(path))
    assert (raw.codec, raw.title, raw.format) == ("eia_608", "CC1", "scc")
    (cue,) = captions.read(raw.data).cues
    assert cue.text == "THE FERRY".replace(" ", "")
    assert abs(cue.start_ms - 320) <= 1
    assert abs(cue.end_ms - 800) <= 1


@pytest.mark.parametrize(("begin", "times"), [("0.4", (0, 400)), ("0.24", (80, 560))])
def test_what_an_edit_list_leaves_out_still_says_what_is_on_the_screen(
    tmp_path: Path, begin: str, times: tuple[int, int]
) -> None:
    whole, path = with_captions(tmp_path, "whole.mp4"), tmp_path / "cut.mp4"
    run_ffmpeg("-ss", begin, "-i", str(whole), "-c", "copy", str(path))
    (raw,) = closed_captions(path, probe(path))
    (cue,) = captions.read(raw.data).cues
    assert abs(cue.start_ms - times[0]) <= 1
    assert abs(cue.end_ms - times[1]) <= 1


def test_where_stamps_begin_anew_captions_are_counted_on(tmp_path: Path) -> None:
    part = with_captions(tmp_path, "part.ts")
    path = tmp_path / "clip.ts"
    path.write_bytes(2 * part.read_bytes())
    (raw,) = closed_captions(path, probe(path), steady=False)
    frames = make_clip(tmp_path, "again.mp4")
    cues = captions.read(raw.data).cues
    length = probe(frames).duration_ms or 0
    assert [round(cue.start_ms / 40) for cue in cues] == [8, 8 + length // 40]


def test_a_second_field_is_a_track_of_its_own(tmp_path: Path) -> None:
    path = with_captions(tmp_path, "clip.mp4", second="5858")
    assert [raw.title for raw in closed_captions(path, probe(path))] == ["CC1", "CC3"]


def test_a_second_channel_is_a_track_of_its_own(tmp_path: Path) -> None:
    path = with_captions(tmp_path, "clip.mp4", second="1c20")
    titles = [raw.title for raw in closed_captions(path, probe(path))]
    assert titles == ["CC1", "CC3", "CC4"]


def test_services_of_digital_television_are_tracks_of_their_own(tmp_path: Path) -> None:
    window = bytes([0x98, 0, 0xE4, 50, 0x01, 31, 0])
    said = {
        2: packet(0, block(1, window + b"Ferry") + block(2, window + "Fähre".encode("latin-1"))),
        8: packet(1, block(1, b"\x89\x01") + block(2, b"\x89\x01")),
        20: packet(2, block(1, b"\x8a\x01") + block(2, b"\x8a\x01")),
    }
    path = with_captions(tmp_path, "clip.ts", digital=said)
    tracks = {raw.title: captions.read(raw.data) for raw in closed_captions(path, probe(path))}
    assert {name: track.cues[0].text for name, track in tracks.items()} == {
        "CC1": "THEFERRY",
        "service 1": "Ferry",
        "service 2": "Fähre",
    }
    cue = tracks["service 1"].cues[0]
    assert abs(cue.start_ms - 320) <= 1
    assert abs(cue.end_ms - 800) <= 1


def test_the_pairs_of_a_dvd_are_spread_over_their_group(tmp_path: Path) -> None:
    pairs = [*PREPARE, SHOW]
    fields = b"".join(b"\xff" + bytes.fromhex(one) + b"\xfe\x80\x80" for one in pairs)
    user = b"\x00\x00\x01\xb2CC\x01\xf8" + bytes([0x80 | len(pairs) << 1]) + fields
    plain = make_clip(tmp_path, "plain.mp4")
    stream = tmp_path / "stream.m2v"
    run_ffmpeg("-i", f"file:{plain}", "-map", "0:v", "-c:v", "mpeg2video", "-r", "25", "-bf", "0",
               "-g", "12", f"file:{stream}")  # fmt: skip
    data, group = stream.read_bytes(), b"\x00\x00\x01\xb8"
    at = data.index(group) + 8
    stream.write_bytes(data[:at] + user + data[at:])
    path = tmp_path / "clip.mpg"
    run_ffmpeg("-fflags", "+genpts", "-r", "25", "-f", "mpegvideo", "-i", f"file:{stream}",
               "-c", "copy", "-f", "vob", f"file:{path}")  # fmt: skip
    (raw,) = closed_captions(path, probe(path))
    (cue,) = captions.read(raw.data).cues
    assert (raw.title, cue.text) == ("CC1", "THEFERRY")
    assert abs(cue.start_ms - 8 * 40) <= 2


def test_a_clip_without_captions_has_none(tmp_path: Path) -> None:
    path = make_clip(tmp_path)
    assert closed_captions(path, probe(path)) == []


def test_a_broadcasters_captions_are_read(samples: Path) -> None:
    path = samples / "captions/embedded/sintel-captions.ts"
    (raw,) = closed_captions(path, probe(path))
    first = captions.read(raw.data).cues[0]
    assert (first.start_ms, first.end_ms) == (1000, 4000)
    assert first.text.startswith("ASUKA")
    assert "Japanese" in first.text
