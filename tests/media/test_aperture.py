"""Of a picture with a clean aperture, what lies outside of it is shown nowhere that we make."""

from __future__ import annotations

import json
import os
import struct
from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediacatalog.aperture import LEAST_SIDE, Aperture
from mediacatalog.media import aperture, matroska, mxf, playable, proxy, viewing
from mediacatalog.media.boxes import File
from mediacatalog.media.probe import as_json, probe
from mediacatalog.media.upright import Upright
from tests.factories import put_aperture, put_crop, run_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
PRORES = ("-c:v", "prores_ks", "-profile:v", "0")
CLEAN = (296, 1, 160, 1, 4, 1, -2, 1)
"""Of 320×180: from column 16 and line 8, 8 columns and 12 lines short of the other edges."""
BOX = Aperture(16, 8, 296, 160)


@pytest.fixture(scope="module")
def viewer() -> Iterator[viewing.Viewer]:
    with viewing.Viewer() as warm:
        yield warm


def framed(
    folder: Path,
    name: str,
    coded: Sequence[str],
    *more: str,
    clap: Sequence[int] = CLEAN,
) -> Path:
    """Half a second: green on the left and blue on the right, in a red frame that isn't clean."""
    picture = (
        "color=c=red:s=320x180:r=20:d=0.5[a];color=c=lime:s=148x160:r=20:d=0.5[b];"
        "color=c=blue:s=148x160:r=20:d=0.5[c];[b][c]hstack[d];[a][d]overlay=16:8:format=yuv444"
    )
    run_ffmpeg("-f", "lavfi", "-i", picture, *coded, *more, f"file:{folder / name}")
    return put_aperture(folder / name, clap)


def shown(path: Path) -> NDArray[np.int_]:
    read = cv2.imread(str(path))
    assert read is not None
    return read.astype(int)


def redness(picture: NDArray[np.int_]) -> int:
    """How much redder than anything else its reddest spot is; JPEG mixes colours a little."""
    return int((picture[..., 2] - picture[..., :2].max(axis=2)).max())


def frame_of(path: Path, folder: Path) -> NDArray[np.int_]:
    run_ffmpeg("-i", str(path), "-frames:v", "1", str(folder / "frame.png"))
    return shown(folder / "frame.png")


STILLS = ("poster.jpg", "keyframe-00000.jpg", "storyboard-0.jpg", "quick-poster.jpg",
          "quick-storyboard-0.jpg", "pinned.jpg")  # fmt: skip


def look(viewer: viewing.Viewer, clip: Path, into: Path) -> dict[str, NDArray[np.int_]]:
    seen = viewer.watch_through(clip, into)
    viewer.quick_look(clip, into)
    assert seen.shots[0].keyframe is not None
    viewer.still(clip, into, seen.shots[0].keyframe.pts)
    return {name: shown(into / name) for name in STILLS}


@pytest.mark.parametrize(
    ("name", "coded"),
    [
        ("h264.mp4", H264),
        ("prores.mov", PRORES),
        ("uncompressed.mov", ("-c:v", "rawvideo", "-pix_fmt", "uyvy422")),
        ("animation.mov", ("-c:v", "qtrle", "-pix_fmt", "argb")),
    ],
)
def test_stills_show_the_clean_aperture_only(
    tmp_path: Path, viewer: viewing.Viewer, name: str, coded: Sequence[str]
) -> None:
    clip = framed(tmp_path, name, coded)

    found = probe(clip).video

    assert found is not None
    assert found.clean_aperture == BOX
    assert (found.width, found.height) == (320, 180)
    assert (found.display_width, found.display_height) == (296, 160)
    for still, picture in look(viewer, clip, tmp_path / "out").items():
        assert redness(picture) < 40, still
        if "storyboard" not in still:
            assert picture.shape[:2] == (160, 296)
            assert picture[80, 40].argmax() == 1  # green
            assert picture[80, 250].argmax() == 0  # blue


def test_it_is_cut_before_the_picture_is_turned_and_widened(
    tmp_path: Path, viewer: viewing.Viewer
) -> None:
    flat = framed(tmp_path, "flat.mp4", H264, "-vf", "setsar=4/3")
    clip = tmp_path / "turned.mp4"
    run_ffmpeg("-i", str(flat), "-c", "copy", "-metadata:s:v", "rotate=270", str(clip))
    put_aperture(clip, CLEAN)

    found = probe(clip).video

    assert found is not None
    assert (found.display_width, found.display_height) == (160, 395)  # 296 × 4/3
    for still, picture in look(viewer, clip, tmp_path / "out").items():
        assert redness(picture) < 40, still
        if "storyboard" not in still:
            assert picture.shape[:2] == (395, 160)
            assert picture[60, 80].argmax() == 1
            assert picture[330, 80].argmax() == 0


def test_fields_keep_their_order(tmp_path: Path, viewer: viewing.Viewer) -> None:
    """An aperture that begins on an odd line; the first field is dark, the second bright."""
    clip = tmp_path / "fields.mov"
    run_ffmpeg(
        "-f", "lavfi", "-i", "color=c=gray:s=320x240:r=25:d=0.4,format=yuv422p10,"
        "geq=lum='if(mod(Y,2),700,200)':cb=512:cr=512,setfield=tff",
        *PRORES, "-flags", "+ildct", "-field_order", "tt", "-color_range", "tv", str(clip),
    )  # fmt: skip
    put_aperture(clip, (316, 1, 234, 1, 0, 1, 0, 1))

    viewer.watch_through(clip, tmp_path / "out")

    poster = shown(tmp_path / "out" / "poster.jpg")
    assert 20 < poster.mean() < 70
    assert poster.shape[:2] == (233, 316)


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """D-10 (IMX) of 625 lines: green on the left and blue on the right, below 32 red lines."""
    path = tmp_path_factory.mktemp("tape") / "imx.mxf"
    picture = (
        "color=c=lime:s=360x576:r=25:d=0.2[a];color=c=blue:s=360x576:r=25:d=0.2[b];"
        "[a][b]hstack,pad=720:608:0:32:red,setdar=4/3,setfield=tff"
    )
    run_ffmpeg(
        "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo",
        "-shortest", "-c:v", "mpeg2video", "-pix_fmt", "yuv422p", *("-b:v", "30000k"),
        *("-minrate", "30000k", "-maxrate", "30000k", "-bufsize", "1200000"),
        *("-rc_init_occupancy", "1200000", "-intra_vlc", "1", "-non_linear_quant", "1"),
        *("-ps", "1", "-qmin", "1", "-qmax", "3", "-g", "1", "-flags", "+ildct+low_delay"),
        *("-dc", "10", "-top", "1", "-c:a", "pcm_s16le", "-f", "mxf_d10", str(path)),
    )  # fmt: skip
    return path


def test_of_a_tape_the_lines_above_its_picture_are_not_shown(
    tmp_path: Path, viewer: viewing.Viewer, tape: Path
) -> None:
    facts = probe(tape)
    found = facts.video

    assert found is not None
    assert (found.width, found.height) == (720, 608)
    assert found.clean_aperture == Aperture(0, 32, 720, 576)
    assert found.sar == Fraction(16, 15)  # 4:3 is the shape of the picture, not of all lines
    assert (found.display_width, found.display_height) == (768, 576)
    for still, picture in look(viewer, tape, tmp_path / "out").items():
        assert redness(picture) < 40, still
        if "storyboard" not in still:
            assert picture.shape[:2] == (576, 768)
            assert np.abs(picture[300, 100] - (0, 255, 0)).max() < 8  # of BT.601
            assert np.abs(picture[300, 700] - (255, 0, 0)).max() < 8
    into = tmp_path / "proxy"
    into.mkdir()
    master = proxy.Master(tape, facts, found.start_pts, found.time_base, 200, (found.start_pts,))
    made = proxy.make(master, "encode", into, most_seconds=60, progress=lambda _: None)
    assert (made.file.width, made.file.height) == (768, 576)
    assert redness(frame_of(into / "proxy.mp4", tmp_path)) < 40


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("3208", 304),  # all of the field
        ("3208", 305),
        ("3208", 0),
        ("3208", 2**32 - 288),
        ("320b", 17),  # beyond the last line
        ("320b", 2**32 - 16),
        ("3202", 303),  # of another picture
        ("3209", 4),
    ],
)
def test_a_display_rectangle_that_makes_no_sense_is_left_alone(
    tmp_path: Path, tape: Path, tag: str, value: int
) -> None:
    data, name = tape.read_bytes(), bytes.fromhex(f"{tag}0004")
    assert data.count(name) >= 1
    at = data.find(name) + len(name)
    odd = tmp_path / "odd.mxf"
    odd.write_bytes(data[:at] + value.to_bytes(4, "big") + data[at + 4 :])

    found = probe(odd).video

    assert found is not None
    assert found.clean_aperture is None
    assert found.display_height == 608


def test_padding_that_the_decoder_leaves_out_is_no_clean_aperture(tmp_path: Path) -> None:
    """XDCAM: 1088 lines are stored, 1080 come out of the decoder."""
    clip = tmp_path / "xdcam.mxf"
    picture = "testsrc2=s=1920x1080:r=25:d=0.08"
    coded = ("-c:v", "mpeg2video", "-pix_fmt", "yuv422p", "-flags", "+ildct+ilme", "-b:v", "50M")
    run_ffmpeg("-f", "lavfi", "-i", picture, *coded, str(clip))

    found = probe(clip).video

    assert found is not None
    assert (found.width, found.height, found.clean_aperture) == (1920, 1080, None)


LEFT, RIGHT, TOP, BOTTOM = 0x54CC, 0x54DD, 0x54BB, 0x54AA
CROP = {LEFT: 16, RIGHT: 8, TOP: 8, BOTTOM: 12}
"""As CLEAN, in the way of Matroska."""
LIVE = ("-f", "matroska", "-live", "1", "-write_crc32", "0")


def cropped(folder: Path, name: str, numbers: dict[int, int], *more: str) -> Path:
    flat = framed(folder, "flat.mov", H264)
    run_ffmpeg("-i", str(flat), "-c", "copy", *LIVE, *more, str(folder / name))
    return put_crop(folder / name, numbers)


@pytest.mark.parametrize(
    ("shape", "wide"), [({}, 296), ({0x54B0: 592, 0x54BA: 160}, 592), ({0x54B2: 4}, 296)]
)
def test_of_matroska_what_is_cropped_is_not_shown(
    tmp_path: Path, viewer: viewing.Viewer, shape: dict[int, int], wide: int
) -> None:
    """DisplayWidth and DisplayHeight are of what is left (RFC 9559, 5.1.4.1.28.11)."""
    clip = cropped(tmp_path, "crop.mkv", CROP | shape)
    facts = probe(clip)
    found = facts.video

    assert found is not None
    assert found.clean_aperture == BOX
    assert (found.display_width, found.display_height) == (wide, 160)
    for still, picture in look(viewer, clip, tmp_path / "out").items():
        assert redness(picture) < 40, still
        if "storyboard" not in still:
            assert picture.shape[:2] == (160, wide)
    into = tmp_path / "proxy"
    into.mkdir()
    master = proxy.Master(clip, facts, found.start_pts, found.time_base, 500, (found.start_pts,))
    made = proxy.make(master, "encode", into, most_seconds=60, progress=lambda _: None)
    assert (made.file.width, made.file.height) == (wide, 160)
    assert redness(frame_of(into / "proxy.mp4", tmp_path)) < 40


@pytest.mark.parametrize(
    "numbers",
    [{LEFT: 320}, {LEFT: 160, RIGHT: 160}, {TOP: 170}, {BOTTOM: 65535}, {LEFT: 0}, {0xB0: 0}],
)
def test_a_crop_that_makes_no_sense_is_left_alone(tmp_path: Path, numbers: dict[int, int]) -> None:
    found = probe(cropped(tmp_path, "odd.mkv", numbers)).video

    assert found is not None
    assert (found.clean_aperture, found.display_height) == (None, 180)


@given(
    bytes_in=st.lists(st.tuples(st.integers(0, 500), st.binary(min_size=1, max_size=8)), max_size=6)
)
def test_matroska_may_say_anything(crop: bytes, bytes_in: list[tuple[int, bytes]]) -> None:
    data = bytearray(crop)
    for at, new in bytes_in:
        data[at : at + len(new)] = new
    descriptor = os.memfd_create("odd")
    try:
        os.write(descriptor, data)
        found = matroska.cropped(File(descriptor, len(data)), 320, 180)
    finally:
        os.close(descriptor)

    if found is not None:
        box = found.aperture
        assert 0 <= box.left <= 320 - box.width <= 320 - LEAST_SIDE
        assert 0 <= box.top <= 180 - box.height <= 180 - LEAST_SIDE


@pytest.fixture(scope="module")
def crop(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return cropped(tmp_path_factory.mktemp("crop"), "crop.mkv", CROP).read_bytes()


@given(
    bytes_in=st.lists(
        st.tuples(st.integers(0, 20_000), st.binary(min_size=1, max_size=8)), max_size=8
    )
)
def test_an_mxf_file_may_say_anything(tape: Path, bytes_in: list[tuple[int, bytes]]) -> None:
    data = bytearray(tape.read_bytes()[:20_000])
    for at, new in bytes_in:
        data[at : at + len(new)] = new
    descriptor = os.memfd_create("odd")
    try:
        os.write(descriptor, data)
        found = mxf.display_rectangle(File(descriptor, len(data)), 720, 608)
    finally:
        os.close(descriptor)

    if found is not None:
        box = found.aperture
        assert 0 <= box.left <= 720 - box.width <= 720 - LEAST_SIDE
        assert 0 <= box.top <= 608 - box.height <= 608 - LEAST_SIDE


def test_pictures_are_matched_by_what_is_shown(tmp_path: Path, viewer: viewing.Viewer) -> None:
    """The same film without its edge has the same hashes."""
    run_ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=s=296x160:r=20:d=0.5,pad=320:180:16:8:white",
        *H264, "-crf", "1", str(tmp_path / "whole.mp4"),
    )  # fmt: skip
    run_ffmpeg(
        "-i", str(tmp_path / "whole.mp4"), "-vf", "crop=296:160:16:8", *H264, "-crf", "1",
        str(tmp_path / "cut.mp4"),
    )  # fmt: skip
    put_aperture(tmp_path / "whole.mp4", CLEAN)

    one = viewer.watch_through(tmp_path / "whole.mp4", tmp_path / "one")
    other = viewer.watch_through(tmp_path / "cut.mp4", tmp_path / "other")

    pairs = zip(one.frame_hashes, other.frame_hashes, strict=True)
    assert all((a.phash ^ b.phash).bit_count() <= 2 for a, b in pairs)


@pytest.mark.parametrize("rotate", ["0", "90", "180"])
def test_a_proxy_is_cut_and_upright(tmp_path: Path, rotate: str) -> None:
    flat = framed(tmp_path, "flat.mov", PRORES)
    clip = tmp_path / "master.mov"
    run_ffmpeg("-i", str(flat), "-c", "copy", "-metadata:s:v", f"rotate={rotate}", str(clip))
    put_aperture(clip, CLEAN)
    facts = probe(clip)
    assert facts.video is not None
    into = tmp_path / "proxy"
    into.mkdir()
    start, base = facts.video.start_pts, facts.video.time_base
    master = proxy.Master(clip, facts, start, base, 500, (start,))

    made = proxy.make(master, "encode", into, most_seconds=60, progress=lambda _: None)

    assert (made.file.width, made.file.height) == ((160, 296) if rotate == "90" else (296, 160))
    frame = frame_of(into / "proxy.mp4", tmp_path)
    assert redness(frame) < 40
    ends = {"0": (1, 0), "90": (0, 1), "180": (0, 1)}[rotate]
    spots = ((40, 80), (250, 80)) if rotate == "90" else ((80, 40), (80, 250))
    assert tuple(int(frame[spot].argmax()) for spot in spots) == ends


def test_what_would_be_copied_is_coded_anew(tmp_path: Path) -> None:
    clip = tmp_path / "sound.mov"
    run_ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=s=320x180:r=20:d=0.5", "-f", "lavfi", "-i",
        "sine=d=0.5", *H264, "-c:a", "pcm_s16le", str(clip),
    )  # fmt: skip
    before = json.loads(json.dumps(as_json(probe(clip))))
    after = json.loads(json.dumps(as_json(probe(put_aperture(clip, CLEAN)))))

    assert before["video"]["clean_aperture"] is None
    assert after["video"]["clean_aperture"] == {"left": 16, "top": 8, "width": 296, "height": 160}
    assert (playable.judge(before).way, playable.judge(after).way) == ("copy", "encode")


@pytest.mark.parametrize(
    "clap",
    [
        (400, 1, 160, 1, 0, 1, 0, 1),  # wider than the picture
        (296, 1, 160, 1, 90, 1, 0, 1),  # beyond its edge
        (296, 0, 160, 1, 0, 1, 0, 1),
        (-296, 1, 160, 1, 0, 1, 0, 1),
        (0, 1, 160, 1, 0, 1, 0, 1),
        (320, 1, 180, 1, 0, 1, 0, 1),  # all of it
    ],
)
def test_one_that_makes_no_sense_is_left_alone(
    tmp_path: Path, viewer: viewing.Viewer, clap: Sequence[int]
) -> None:
    clip = framed(tmp_path, "odd.mp4", H264, clap=clap)

    found = probe(clip)

    assert found.video is not None
    assert found.video.clean_aperture is None
    assert found.problems == ()
    viewer.quick_look(clip, tmp_path / "out")
    assert shown(tmp_path / "out" / "quick-poster.jpg").shape[:2] == (180, 320)


@given(
    numbers=st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 2000), min_size=8, max_size=8),
    width=st.integers(1, 2000),
    height=st.integers(1, 2000),
)
def test_whatever_it_says_it_lies_within_the_picture(
    numbers: list[int], width: int, height: int
) -> None:
    found = aperture.within(struct.pack(">8I", *numbers), width, height)

    if found is not None:
        across, down, left, top = found.cut
        assert 0 <= found.left <= left
        assert 0 <= found.top <= top
        assert left % 2 == top % 2 == 0
        assert across >= LEAST_SIDE - 1
        assert down >= LEAST_SIDE - 1
        assert left + across == found.left + found.width <= width
        assert top + down == found.top + found.height <= height


@given(left=st.integers(0, 40), right=st.integers(0, 40), denominator=st.integers(1, 1001))
def test_what_lies_within_is_told_to_the_pixel(left: int, right: int, denominator: int) -> None:
    """By any denominator: the offset counts from the middle of the picture."""
    across = 320 - left - right
    offset = Fraction(left - right, 2) * denominator
    over, under = offset.numerator, offset.denominator * denominator
    clap = (across * denominator, denominator, 100, 1, over, under, 0, 1)

    found = aperture.within(struct.pack(">8i", *clap), 320, 180)

    assert found == Aperture(left, 40, across, 100)


@given(
    turns=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    left=st.integers(0, 5),
    top=st.integers(0, 5),
)
def test_a_box_turns_as_its_picture_does(
    turns: tuple[bool, bool, bool], left: int, top: int
) -> None:
    upright = Upright(*turns)
    picture = np.zeros((20, 30), np.uint8)
    picture[top : top + 9, left : left + 12] = 1

    across, down, x, y = upright.box((12, 9, left, top), 30, 20)

    turned = upright.applied(picture)
    assert turned[y : y + down, x : x + across].all()
    assert turned.sum() == across * down


@pytest.mark.parametrize("cover_first", [True, False])
def test_a_cover_beside_it_is_left_whole(
    tmp_path: Path, viewer: viewing.Viewer, *, cover_first: bool
) -> None:
    """Of the same size as the film's frames: its track isn't the one to be read."""
    flat = framed(tmp_path, "flat.mov", H264)
    clip, cover = tmp_path / "covered.mp4", tmp_path / "cover.png"
    run_ffmpeg("-f", "lavfi", "-i", "color=yellow:s=320x180", "-frames:v", "1", str(cover))
    order = ("-map", "1", "-map", "0") if cover_first else ("-map", "0", "-map", "1")
    number = "0" if cover_first else "1"
    run_ffmpeg(
        "-i", str(flat), "-i", str(cover), *order, "-c", "copy",
        f"-disposition:v:{number}", "attached_pic", str(clip),
    )  # fmt: skip
    put_aperture(clip, CLEAN)

    found = probe(clip).video

    assert found is not None
    assert (found.codec, found.clean_aperture) == ("h264", BOX)
    for still, picture in look(viewer, clip, tmp_path / "out").items():
        assert redness(picture) < 40, still
        if "storyboard" not in still:
            assert picture.shape[:2] == (160, 296)
            assert picture[80, 40].argmax() == 1
