"""Every still shows the very frame whose position it claims, whatever the stamps of the file."""

from __future__ import annotations

import struct
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
import pytest

from mediacatalog.errors import UnreadableMediaError
from mediacatalog.media import positions, viewing
from mediacatalog.media.probe import probe
from mediacatalog.values import Manner
from tests.factories import run_ffmpeg
from tests.media import field_pictures
from tests.media.counters import number_in, picture_of_counter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from mediacatalog.values import Viewing

H264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", "3", "-g", "40")
TALL = "scale=720:576:flags=neighbor"
WOVEN = f"{TALL},tinterlace=interleave_top"
FILES: dict[str, tuple[str, tuple[str, ...]]] = {
    "b_frames": ("mp4", H264),
    "starts_late": ("mp4", (*H264, "-output_ts_offset", "1.5")),
    "starts_at_an_hour": ("ts", (*H264, "-output_ts_offset", "3600")),
    "wraps": ("ts", (*H264, "-output_ts_offset", "95442.2", "-muxdelay", "0")),
    "fragmented": ("mp4", (*H264, "-movflags", "frag_keyframe+empty_moov")),
    "variable": ("mkv", ("-vf", "select='not(mod(n,3)*lt(n,40))'", "-fps_mode", "vfr", *H264)),
    "with_holes": ("mp4", ("-vf", "select='lt(mod(n,25),20)'", "-fps_mode", "vfr", *H264)),
    "asp_in_avi": ("avi", ("-c:v", "mpeg4", "-bf", "2", "-q:v", "3")),
    "interlaced": (
        "ts",
        ("-vf", WOVEN, "-c:v", "mpeg2video", "-q:v", "3",
         "-flags", "+ildct+ilme"),
    ),
    "field_coded": (
        "mkv",
        ("-vf", WOVEN, "-c:v", "libx264", "-preset", "veryfast",
         "-x264-params", "interlaced=1:tff=1", "-pix_fmt", "yuv420p"),
    ),
    "telecined": ("ts", ("-vf", f"{TALL},telecine",
         "-c:v", "mpeg2video", "-q:v", "3", "-r", "30000/1001")),
    "hevc": ("mp4", ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")),
}  # fmt: skip


@pytest.fixture(scope="module")
def viewer() -> Iterator[viewing.Viewer]:
    with viewing.Viewer() as warm:
        yield warm


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("counter") / "counter.mkv"
    run_ffmpeg("-f", "lavfi", "-i", picture_of_counter(), "-c:v", "ffv1", str(path))
    return path


def decoded(path: Path) -> dict[int, NDArray[np.uint8]]:
    """Position -> luma of every frame, decoded plainly by PyAV."""
    with av.open(str(path)) as file:
        return {
            frame.pts if frame.pts is not None else -1: frame.to_ndarray(format="gray")
            for frame in file.decode(video=0)
        }


def stills(seen: Viewing, folder: Path) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """(position claimed, picture) of poster, keyframes and all cells of the storyboard."""
    assert seen.poster is not None
    assert seen.poster_pts is not None
    assert seen.storyboard is not None
    yield seen.poster_pts, opened(folder / seen.poster.name)
    for shot in seen.shots:
        if shot.keyframe is not None:
            yield shot.keyframe.pts, opened(folder / shot.keyframe.picture.name)
    sheets = [opened(folder / sheet.name) for sheet in seen.storyboard.sheets]
    for cell in seen.storyboard.cells:
        sheet = sheets[cell.sheet]
        yield cell.pts, sheet[cell.y : cell.y + cell.height, cell.x : cell.x + cell.width]


def opened(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path))
    assert picture is not None
    return np.asarray(picture, np.uint8)


@pytest.mark.parametrize("name", FILES)
def test_a_still_carries_the_counter_of_the_position_it_claims(
    tmp_path: Path, viewer: viewing.Viewer, counter: Path, name: str
) -> None:
    suffix, options = FILES[name]
    clip = tmp_path / f"{name}.{suffix}"
    run_ffmpeg("-i", str(counter), *options, str(clip))
    woven = name in {"interlaced", "field_coded", "telecined"}

    seen = viewer.watch_through(clip, tmp_path / "out")

    truth = decoded(clip)
    compared = 0
    for pts, picture in stills(seen, tmp_path / "out"):
        plain = truth[pts][::2] if woven else truth[pts]
        assert number_in(picture) == number_in(plain), f"at {pts}"
        compared += 1
    assert compared >= 8
    index = positions.unpacked(seen.frame_index)
    assert list(index) == sorted(truth)
    assert len(index) == seen.frames
    first = seen.start_pts
    for cell in seen.storyboard.cells[1:] if seen.storyboard else ():
        assert abs(cell.start_ms - (cell.pts - first) * seen.time_base * 1000) <= Fraction(1, 2)


@pytest.mark.parametrize("top_first", [True, False])
@pytest.mark.parametrize("name", ["h264.mp4", "h264.ts", "mpeg2.ts"])
def test_of_fields_that_are_coded_apart_the_first_one_is_shown(
    tmp_path: Path, viewer: viewing.Viewer, name: str, *, top_first: bool
) -> None:
    codec, raw, clip = name.partition(".")[0], tmp_path / "raw", tmp_path / name
    raw.write_bytes(getattr(field_pictures, codec)(16, top_first=top_first))
    rate = ("-r", "50") if codec == "h264" else ()  # packets a second
    run_ffmpeg("-fflags", "+genpts", *rate, "-i", str(raw), "-c", "copy", str(clip))

    seen = viewer.watch_through(clip, tmp_path / "out")

    index = list(positions.unpacked(seen.frame_index))
    assert [round((at - index[0]) * seen.time_base * 25) for at in index] == list(range(16))
    assert seen.duration_ms == 640
    for pts, picture in stills(seen, tmp_path / "out"):
        assert number_in(picture) == 2 * index.index(pts), f"at {pts}"
    facts = probe(clip).video
    assert facts is not None
    assert facts.interlaced
    assert facts.frame_rate == 25


def test_an_elementary_stream_of_fields_lasts_as_long_as_its_frames(
    tmp_path: Path, viewer: viewing.Viewer
) -> None:
    clip = tmp_path / "fields.h264"
    clip.write_bytes(field_pictures.h264(16))

    seen = viewer.watch_through(clip, tmp_path / "out")

    assert seen.frames == 16
    assert seen.duration_ms == 640


@pytest.mark.parametrize(("first", "then"), [("mpeg2video", "libx264"), ("libx264", "libx265")])
def test_where_the_codec_changes_the_rest_of_the_clip_is_damaged(
    tmp_path: Path, viewer: viewing.Viewer, first: str, then: str
) -> None:
    clip = tmp_path / "changes.ts"
    for name, codec, offset in (("a", first, "1"), ("b", then, "3")):
        source = ("-f", "lavfi", "-i", "testsrc2=s=128x72:r=25:d=2")
        quiet = ("-x265-params", "log-level=none") if codec == "libx265" else ()
        coded = ("-c:v", codec, *quiet, "-pix_fmt", "yuv420p", "-bf", "0")
        run_ffmpeg(*source, *coded, "-output_ts_offset", offset, str(tmp_path / f"{name}.ts"))
    clip.write_bytes((tmp_path / "a.ts").read_bytes() + (tmp_path / "b.ts").read_bytes())

    seen = viewer.watch_through(clip, tmp_path / "out")

    assert abs(seen.duration_ms - 4000) <= 80
    (damage,) = [fact for fact in seen.timed_facts if fact.kind == "damage"]
    assert abs(damage.start_ms - 2000) <= 80
    assert damage.end_ms == seen.duration_ms
    assert any("no picture could be decoded" in one.message for one in seen.problems)


@pytest.mark.parametrize(("first", "then"), [("mpeg2video", "libx264"), ("libx264", "libx265")])
def test_where_a_codec_changes_and_comes_back_what_lies_between_is_damaged(
    tmp_path: Path, viewer: viewing.Viewer, first: str, then: str
) -> None:
    clip = tmp_path / "returns.ts"
    parts = []
    for name, codec, offset in (("a", first, "1"), ("b", then, "3"), ("c", first, "5")):
        source = ("-f", "lavfi", "-i", "testsrc2=s=128x72:r=25:d=2")
        quiet = ("-x265-params", "log-level=none") if codec == "libx265" else ()
        coded = ("-c:v", codec, *quiet, "-pix_fmt", "yuv420p", "-bf", "2")
        run_ffmpeg(*source, *coded, "-output_ts_offset", offset, str(tmp_path / f"{name}.ts"))
        parts.append((tmp_path / f"{name}.ts").read_bytes())
    clip.write_bytes(b"".join(parts))

    seen = viewer.watch_through(clip, tmp_path / "out")

    assert abs(seen.duration_ms - 6000) <= 120
    damage = [fact for fact in seen.timed_facts if fact.kind == "damage"]
    assert len(damage) == 1
    assert abs(damage[0].start_ms - 2000) <= 120
    assert abs(damage[0].end_ms - 4000) <= 120


def test_where_frames_are_missing_nothing_is_damaged(
    tmp_path: Path, viewer: viewing.Viewer, counter: Path
) -> None:
    clip = tmp_path / "holes.mkv"
    missing = "select='not(between(n,20,50)+between(n,70,95))'"
    coded = ("-fps_mode", "passthrough", "-c:v", "libx264", "-bf", "3")
    run_ffmpeg("-i", str(counter), "-vf", missing, *coded, str(clip))

    seen = viewer.watch_through(clip, tmp_path / "out")

    assert not [fact for fact in seen.timed_facts if fact.kind == "damage"]


def test_frames_that_are_passed_over_at_the_end_are_not_lost(
    tmp_path: Path, viewer: viewing.Viewer
) -> None:
    clip = tmp_path / "layers.webm"
    layers = (
        "ts_number_layers=2:ts_target_bitrate=400,800:ts_rate_decimator=2,1:ts_periodicity=2"
        ":ts_layer_id=0,1:ts_layering_mode=2"
    )
    source = ("-f", "lavfi", "-i", "testsrc2=s=128x72:r=1:d=10")
    run_ffmpeg(*source, "-c:v", "libvpx", "-ts-parameters", layers, str(clip))

    seen = viewer.watch_through(clip, tmp_path / "out", manner=Manner(balanced=True))

    assert seen.frames == 10
    assert seen.duration_ms == 10_000
    assert not [fact for fact in seen.timed_facts if fact.kind == "damage"]
    assert not seen.problems


def test_a_beginning_that_is_lost_is_told_and_is_no_early_end(
    tmp_path: Path, viewer: viewing.Viewer, counter: Path
) -> None:
    clip = tmp_path / "rotten.mp4"
    options = ("-g", "25", "-keyint_min", "25", "-sc_threshold", "0", "-movflags", "+faststart")
    run_ffmpeg("-i", str(counter), "-c:v", "libx264", "-qp", "10", *options, str(clip))
    with av.open(str(clip)) as file:
        packets = [packet for packet in file.demux(video=0) if packet.size]
    data = bytearray(clip.read_bytes())
    lost = packets[0].pos or 0, packets[25].pos or 0
    data[lost[0] : lost[1]] = bytes(lost[1] - lost[0])
    clip.write_bytes(data)

    seen = viewer.watch_through(clip, tmp_path / "out")

    assert seen.start_pts * seen.time_base == 1
    said = " / ".join(one.message for one in seen.problems)
    assert "the first 1.0 s could not be decoded" in said
    assert "ends early" not in said


@pytest.mark.parametrize("way", [["-vframes", "1"], ["-vf", "select=eq(n\\,0)+eq(n\\,4)"]])
def test_a_picture_without_a_duration_stands_as_long_as_the_file_says(
    tmp_path: Path, viewer: viewing.Viewer, way: list[str]
) -> None:
    """One alone, or a last one after a long step, as in what browsers record of a screen."""
    clip = tmp_path / "still.webm"
    source = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=1:d=5"]
    run_ffmpeg(*source, *way, "-fps_mode", "vfr", "-c:v", "libvpx", str(clip))
    claims = {"-vframes": 3000.0, "-vf": 5000.0}
    data = clip.read_bytes().replace(b"DURATION", b"DURATIOX")  # of the stream alone
    at, default = data.index(b"\x44\x89\x88") + 3, data.index(b"\x23\xe3\x83\x84")
    data = data[:at] + struct.pack(">d", claims[way[0]]) + data[at + 8 :]
    clip.write_bytes(data[:default] + b"\xec\x86" + bytes(6) + data[default + 8 :])

    seen = viewer.watch_through(clip, tmp_path / "out")

    assert (seen.duration_ms, seen.problems) == (claims[way[0]], ())


def test_a_variable_rate_is_told_from_the_stamps_alone(
    tmp_path: Path, viewer: viewing.Viewer, counter: Path
) -> None:
    told = {}
    for name in ("b_frames", "variable", "with_holes", "starts_late", "wraps"):
        suffix, options = FILES[name]
        clip = tmp_path / f"{name}.{suffix}"
        run_ffmpeg("-i", str(counter), *options, str(clip))
        told[name] = viewer.watch_through(clip, tmp_path / "out").variable_frame_rate

    assert told == {
        "b_frames": False,
        "variable": True,
        "with_holes": True,
        "starts_late": False,
        "wraps": False,
    }


def test_stamps_that_begin_anew_are_counted_on_and_the_stills_follow(
    tmp_path: Path, viewer: viewing.Viewer, counter: Path
) -> None:
    parts = []
    for number, seek in enumerate(("0", "1.0")):
        part = tmp_path / f"{number}.ts"
        run_ffmpeg("-ss", seek, "-i", str(counter), "-t", "1.6", *H264, str(part))
        parts.append(part.read_bytes())
    clip = tmp_path / "joined.ts"
    clip.write_bytes(b"".join(parts))

    seen = viewer.watch_through(clip, tmp_path / "out")

    index = list(positions.unpacked(seen.frame_index))
    assert all(one < other for one, other in pairwise(index))
    shown = {
        index.index(pts): number_in(picture) for pts, picture in stills(seen, tmp_path / "out")
    }
    for frame, number in shown.items():
        assert number == (frame if frame < 40 else frame - 40 + 25)
    assert max(shown) > 40


@pytest.mark.parametrize("balanced", [False, True])
def test_h264_in_avi_lies_in_even_time_though_its_file_tells_none(
    tmp_path: Path, viewer: viewing.Viewer, counter: Path, *, balanced: bool
) -> None:
    clip = tmp_path / "clip.avi"
    run_ffmpeg("-i", str(counter), *H264, str(clip))

    seen = viewer.watch_through(clip, tmp_path / "out", manner=Manner(balanced=balanced))

    step = 1 / (25 * seen.time_base)
    for pts, picture in stills(seen, tmp_path / "out"):
        assert number_in(picture) == (pts - seen.start_pts) / step
    index = positions.unpacked(seen.frame_index)
    assert {later - one for one, later in pairwise(index)} == {step}
    made = viewer.still(clip, tmp_path / "out", index[50])
    assert number_in(opened(tmp_path / "out" / made.name)) == 50


@pytest.mark.parametrize("balanced", [False, True])
def test_packed_b_frames_in_avi_lie_one_after_the_other(
    tmp_path: Path, viewer: viewing.Viewer, counter: Path, *, balanced: bool
) -> None:
    """As DivX and Xvid write them: two frames in one packet, and then one without a picture."""
    clip = tmp_path / "clip.avi"
    run_ffmpeg("-i", str(counter), "-c:v", "libxvid", "-bf", "2", "-q:v", "3", str(clip))

    seen = viewer.watch_through(clip, tmp_path / "out", manner=Manner(balanced=balanced))

    index = positions.unpacked(seen.frame_index)
    assert list(index) == list(range(index[0], index[0] + seen.frames))
    shown = [(pts, number_in(picture)) for pts, picture in stills(seen, tmp_path / "out")]
    assert len({pts - number for pts, number in shown}) == 1
    made = viewer.still(clip, tmp_path / "out", index[50])
    assert number_in(opened(tmp_path / "out" / made.name)) == index[50] - shown[0][0] + shown[0][1]


@pytest.mark.parametrize("name", ["b_frames", "wraps", "variable", "asp_in_avi", "interlaced"])
def test_a_frame_that_is_asked_for_by_its_position_is_that_frame(
    tmp_path: Path, viewer: viewing.Viewer, counter: Path, name: str
) -> None:
    suffix, options = FILES[name]
    clip = tmp_path / f"{name}.{suffix}"
    run_ffmpeg("-i", str(counter), *options, str(clip))
    truth = decoded(clip)
    places = sorted(truth)

    for steady in (True, False):
        for pts in (places[0], places[len(places) * 2 // 3], places[-1]):
            made = viewer.still(clip, tmp_path / "out", pts, steady=steady)
            plain = truth[pts][::2] if name == "interlaced" else truth[pts]
            assert number_in(opened(tmp_path / "out" / made.name)) == number_in(plain), f"at {pts}"
    with pytest.raises(UnreadableMediaError, match="no frame"):
        viewer.still(clip, tmp_path / "out", places[-1] + 10**9)


@pytest.mark.parametrize(("begin", "first"), [("2.0", 50), ("1.333", 34)])
def test_an_edit_list_hides_what_players_hide(
    tmp_path: Path, viewer: viewing.Viewer, counter: Path, begin: str, first: int
) -> None:
    """It begins within a group of pictures: at a frame, or between two, where the later is first.

    So it is in Chromium: tests/web/test_player.py goes to a frame of such a file.
    """
    whole, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    run_ffmpeg("-i", str(counter), *H264, str(whole))
    run_ffmpeg("-ss", begin, "-i", str(whole), "-c", "copy", str(cut))

    seen = viewer.watch_through(cut, tmp_path / "out")

    shown = [(pts, number_in(picture)) for pts, picture in stills(seen, tmp_path / "out")]
    by_time = {round((pts - seen.start_pts) * seen.time_base * 25): n for pts, n in shown}
    assert all(number == first + frame for frame, number in by_time.items())
    assert seen.frames == 100 - first


def test_a_cut_between_frames_that_are_passed_over_is_told_within_one(
    tmp_path: Path, viewer: viewing.Viewer
) -> None:
    clip = tmp_path / "cuts.ts"
    lengths = (29, 36, 30, 37, 31)  # so that cuts lie at each place among the B-frames
    sources = ("testsrc2", "smptebars", "testsrc", "rgbtestsrc", "testsrc2")
    inputs, joined = [], ""
    for number, (source, length) in enumerate(zip(sources, lengths, strict=True)):
        inputs += ["-f", "lavfi", "-i", f"{source}=s=320x180:r=25"]
        joined += f"[{number}:v]trim=end_frame={length},hue=h={number * 50}[v{number}];"
    joined += "".join(f"[v{n}]" for n in range(5)) + "concat=n=5:v=1:a=0,format=yuv420p[v]"
    codec = ("-c:v", "mpeg2video", "-bf", "2", "-q:v", "4")
    run_ffmpeg(*inputs, "-filter_complex", joined, "-map", "[v]", *codec, str(clip))

    seen = viewer.watch_through(clip, tmp_path / "out", manner=Manner(balanced=True))

    cuts = [
        round((shot.start_pts - seen.start_pts) * seen.time_base * 25) for shot in seen.shots[1:]
    ]
    truth = [sum(lengths[: n + 1]) for n in range(4)]
    assert len(cuts) == len(truth)
    assert all(abs(cut - true) <= 1 for cut, true in zip(cuts, truth, strict=True))


def test_a_balanced_viewing_knows_every_frame_and_cuts_within_one(
    tmp_path: Path, viewer: viewing.Viewer
) -> None:
    clip = tmp_path / "cuts.mp4"
    run_ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=1.4", "-f", "lavfi", "-i",
        "mandelbrot=s=320x180:r=25", "-f", "lavfi", "-i", "smptebars=s=320x180:r=25:d=1.2",
        "-filter_complex",
        "[1:v]trim=duration=1.72[m];[0:v][m][2:v]concat=n=3:v=1:a=0,format=yuv420p[v]",
        "-map", "[v]", "-c:v", "libx264", "-bf", "2", str(clip),
    )  # fmt: skip

    full = viewer.watch_through(clip, tmp_path / "full")
    balanced = viewer.watch_through(clip, tmp_path / "balanced", manner=Manner(balanced=True))

    assert balanced.frame_index == full.frame_index
    assert balanced.frames == full.frames
    assert len(balanced.shots) == len(full.shots) == 3
    a_frame = round(1 / (25 * full.time_base))
    for one, other in zip(full.shots, balanced.shots, strict=True):
        assert abs(one.start_pts - other.start_pts) <= a_frame


def test_ten_hours_of_positions_are_small_and_come_back() -> None:
    stamps = [17 + 1001 * n for n in range(1_080_000)]

    data = positions.packed(stamps)

    assert len(data) < 20_000
    assert list(positions.unpacked(data)) == stamps


@pytest.mark.parametrize("data", [b"", b"junk", positions.packed([0, 1, 2])[:-4]])
def test_an_index_that_isnt_one_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="index of frames"):
        positions.unpacked(data)


def test_an_index_doesnt_unfold_without_bound() -> None:
    with pytest.raises(ValueError, match="too long"):
        positions.unpacked(positions.packed(range(5000)), most=4000)
