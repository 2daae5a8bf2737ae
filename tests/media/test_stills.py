"""Pictures are upright, of the right shape and in the right colours."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from mediacatalog.media import frames as frames_module
from mediacatalog.media import passes, positions, proxy, viewing
from mediacatalog.media.frames import Faults, frames, open_file
from mediacatalog.media.hashes import distance, phash
from mediacatalog.media.probe import probe
from mediacatalog.media.stills import Lab
from mediacatalog.values import Manner
from tests.factories import make_clip, run_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from mediacatalog.values import Viewing


@pytest.fixture(scope="module")
def viewer() -> Iterator[viewing.Viewer]:
    with viewing.Viewer() as warm:
        yield warm


def picture(folder: Path, name: str = "poster.jpg") -> NDArray[np.int_]:
    read = cv2.imread(str(folder / name))
    assert read is not None
    return read.astype(int)


def bars(folder: Path, name: str, *options: str, size: str = "320x180") -> Path:
    """Left half red, right half blue, half a second."""
    width, height = (int(side) for side in size.split("x"))
    graph = (
        f"color=c=red:s={width // 2}x{height}:r=25:d=0.5[a];"
        f"color=c=blue:s={width // 2}x{height}:r=25:d=0.5[b];[a][b]hstack,setsar=1"
    )
    folder.mkdir(parents=True, exist_ok=True)
    run_ffmpeg("-f", "lavfi", "-i", graph, *options, f"file:{folder / name}")
    return folder / name


H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


@pytest.mark.parametrize(
    ("turn", "shape", "where_red"),
    [
        ("0", (180, 320), (90, 80)),
        ("90", (320, 180), (240, 90)),  # this option counts counter-clockwise
        ("180", (180, 320), (90, 240)),
        ("270", (320, 180), (80, 90)),
    ],
)
def test_a_turned_clip_has_upright_stills(
    tmp_path: Path,
    viewer: viewing.Viewer,
    turn: str,
    shape: tuple[int, int],
    where_red: tuple[int, int],
) -> None:
    flat = bars(tmp_path, "flat.mp4", *H264)
    clip = tmp_path / "turned.mp4"
    run_ffmpeg("-i", str(flat), "-c", "copy", "-metadata:s:v", f"rotate={turn}", str(clip))

    seen = viewer.watch_through(clip, tmp_path / "out")

    poster = picture(tmp_path / "out")
    assert poster.shape[:2] == shape
    blue, _, red = poster[where_red]
    assert red > 200
    assert blue < 60
    assert seen.storyboard is not None
    cell = seen.storyboard.cells[0]
    assert (cell.width > cell.height) == (shape[1] > shape[0])


@pytest.mark.parametrize(
    ("matrix", "where_red"),
    [
        ((-1, 0, 0, 1), (90, 240)),  # mirrored
        ((1, 0, 0, -1), (90, 80)),  # upside down
        ((0, 1, 1, 0), (80, 90)),  # over the diagonal
        ((0, -1, -1, 0), (240, 90)),
    ],
)
def test_a_mirrored_clip_has_stills_as_players_show_it(
    tmp_path: Path,
    viewer: viewing.Viewer,
    matrix: tuple[int, int, int, int],
    where_red: tuple[int, int],
) -> None:
    clip = bars(tmp_path, "flat.mov", *H264)
    data = clip.read_bytes()
    at = data.index(b"tkhd", data.index(b"trak")) + 4 + 4 + 20 + 16
    turned = data[:at] + b"".join(
        (number << (30 if place == 8 else 16)).to_bytes(4, "big", signed=True)
        for place, number in enumerate((*matrix[:2], 0, *matrix[2:], 0, 0, 0, 1))
    )
    clip.write_bytes(turned + data[len(turned) :])

    viewer.watch_through(clip, tmp_path / "out")

    blue, _, red = picture(tmp_path / "out")[where_red]
    assert red > 200
    assert blue < 60


WIDE = ("-bsf:v", "prores_metadata=color_primaries=bt2020:color_trc=bt709:colorspace=bt2020nc")


@pytest.mark.parametrize(
    ("name", "coded"),
    [
        ("alpha.mov", ("-c:v", "qtrle")),
        ("vp9.webm", ("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-deadline", "realtime")),
        ("vp8.webm", ("-c:v", "libvpx", "-pix_fmt", "yuva420p", "-auto-alt-ref", "0")),
        ("wide.mov", ("-c:v", "prores_ks", "-pix_fmt", "yuva444p10le", *WIDE)),
    ],
)
def test_what_is_transparent_is_black(
    tmp_path: Path, viewer: viewing.Viewer, name: str, coded: tuple[str, ...]
) -> None:
    """In the poster, a pinned still and a quick look alike."""
    clip = tmp_path / name
    run_ffmpeg(
        "-f", "lavfi", "-i", "color=c=red:s=320x180:r=25:d=0.4,format=rgba,"
        "geq=r=255:g=0:b=0:a='255*lt(X,160)'", *coded, str(clip),
    )  # fmt: skip

    found = viewer.watch_through(clip, tmp_path / "out")
    viewer.quick_look(clip, tmp_path / "out")
    viewer.still(clip, tmp_path / "out", found.shots[0].end_pts // 2)

    assert found.frames == 10
    for still in ("poster.jpg", "quick-poster.jpg", "pinned.jpg"):
        shown = picture(tmp_path / "out", still)
        assert shown[90, 80, 2] > 200
        assert shown[90, 240].max() < 30


def test_what_the_stream_cuts_off_on_the_left_is_not_shown(
    tmp_path: Path, viewer: viewing.Viewer
) -> None:
    flat = bars(tmp_path, "flat.mp4", *H264)
    clip = tmp_path / "cut.mp4"
    cut = "h264_metadata=crop_left=150:crop_right=20"
    run_ffmpeg("-i", str(flat), "-c", "copy", "-bsf:v", cut, str(clip))

    viewer.watch_through(clip, tmp_path / "out")

    poster = picture(tmp_path / "out")
    assert poster.shape[:2] == (180, 150)
    _, _, red = poster[90, 4]
    assert red > 200
    blue, _, _ = poster[90, 20]
    assert blue > 200


def test_combs_that_no_flag_tells_of_are_taken_out(tmp_path: Path, viewer: viewing.Viewer) -> None:
    clip = tmp_path / "combed.mp4"
    run_ffmpeg(
        "-f", "lavfi", "-i", "color=c=black:s=720x576:r=50:d=1",
        "-vf", "drawbox=x=100:y=0:w=160:h=576:color=white:t=fill:enable='eq(mod(n,2),0)',"
        "drawbox=x=400:y=0:w=160:h=576:color=white:t=fill:enable='eq(mod(n,2),1)',"
        "interlace=lowpass=0,setfield=prog,setsar=1", *H264, str(clip),
    )  # fmt: skip

    viewer.watch_through(clip, tmp_path / "out")

    columns = picture(tmp_path / "out").mean((0, 2))
    assert columns[180] > 220
    assert columns[480] < 30


def test_non_square_pixels_are_stretched_in_stills(tmp_path: Path, viewer: viewing.Viewer) -> None:
    clip = make_clip(tmp_path, size="720x576", shots=[("testsrc2", 0.4)], extra=("-aspect", "16:9"))

    seen = viewer.watch_through(clip, tmp_path / "out")

    assert seen.poster is not None
    assert (seen.poster.width, seen.poster.height) == (1024, 576)


def test_programmes_of_other_shapes_that_follow_each_other_keep_theirs(
    tmp_path: Path, viewer: viewing.Viewer
) -> None:
    """As of 4:3 and 16:9 in a broadcast: the size stays, the shape of the samples changes."""
    clip = tmp_path / "joined.ts"
    parts = []
    for number, aspect in enumerate(("4:3", "16:9")):
        white = f"color=white:s=180x144:r=25:d={2 * number + 2}"
        part = ("-aspect", aspect, "-bf", "3", "-output_ts_offset", f"{2 * number + 1}")
        run_ffmpeg(
            "-f", "lavfi", "-i", white, *part, "-c:v", "libx264", str(tmp_path / f"{number}.ts")
        )
        parts.append((tmp_path / f"{number}.ts").read_bytes())
    clip.write_bytes(b"".join(parts))

    seen = viewer.watch_through(clip, tmp_path / "out")

    second = positions.unpacked(seen.frame_index)[50]
    assert seen.storyboard is not None
    board = picture(tmp_path / "out", "storyboard-0.jpg")
    letterboxed = [board[cell.y + 2, cell.x + 80].mean() < 30 for cell in seen.storyboard.cells]
    assert letterboxed == [cell.pts >= second for cell in seen.storyboard.cells]
    assert len(set(letterboxed)) == 2
    sizes = {second - 3600: (192, 144), second: (256, 144), seen.end_pts - 3600: (256, 144)}
    for pts, size in sizes.items():
        for steady in (True, False):
            still = viewer.still(clip, tmp_path / "out", pts, steady=steady)
            assert (still.width, still.height) == size


BARS = np.array(
    [
        *((191, 191, 191), (0, 191, 191), (191, 191, 0), (0, 191, 0)),
        *((191, 0, 191), (0, 0, 191), (191, 0, 0)),
    ]
)
"""Colours (blue, green, red) of SMPTE's bars, at three quarters."""


def bar_colours(folder: Path) -> NDArray[np.int64]:
    """Those of a poster of 640x480, (7, 3)."""
    return picture(folder)[100, 45 : 45 + 91 * len(BARS) : 91].astype(np.int64)


@pytest.mark.parametrize("matrix", ["bt709", "bt470bg"])
@pytest.mark.parametrize("span", ["tv", "pc"])
def test_colours_are_right_in_either_matrix_and_range(
    tmp_path: Path, viewer: viewing.Viewer, matrix: str, span: str
) -> None:
    clip = tmp_path / "bars.mp4"
    run_ffmpeg(
        "-f", "lavfi", "-i", "smptebars=s=640x480:r=25:d=0.2",
        "-vf", f"format=rgb24,scale=out_color_matrix={matrix}:out_range={span},format=yuv420p",
        "-c:v", "libx264", "-qp", "4", "-colorspace", matrix, "-color_range", span, str(clip),
    )  # fmt: skip

    viewer.watch_through(clip, tmp_path / "out")

    assert np.abs(bar_colours(tmp_path / "out") - BARS).max() <= 12


@pytest.mark.parametrize(("primaries", "told"), [("2020", "bt2020"), ("smpte432", "smpte432")])
def test_colours_of_wider_primaries_are_those_of_an_ordinary_screen(
    tmp_path: Path, viewer: viewing.Viewer, primaries: str, told: str
) -> None:
    clip = tmp_path / "wide.mp4"
    run_ffmpeg(
        "-f", "lavfi", "-i", "smptebars=s=640x480:r=25:d=0.2",
        "-vf", "format=gbrp,zscale=matrixin=gbr:primariesin=709:transferin=iec61966-2-1:"
        f"rangein=full:matrix=709:primaries={primaries}:transfer=iec61966-2-1:range=limited,"
        "format=yuv444p10",
        "-c:v", "libx264", "-qp", "4", "-colorspace", "bt709", "-color_primaries", told,
        "-color_trc", "iec61966-2-1", str(clip),
    )  # fmt: skip

    viewer.watch_through(clip, tmp_path / "out")

    assert np.abs(bar_colours(tmp_path / "out") - BARS).max() <= 12


def test_an_interlaced_still_shows_one_instant(tmp_path: Path, viewer: viewing.Viewer) -> None:
    clip = tmp_path / "interlaced.mpg"
    run_ffmpeg(
        "-f", "lavfi", "-i", "color=c=black:s=720x576:r=50:d=1",
        "-vf", "drawbox=x=300:y=0:w=60:h=576:color=white:t=fill:enable='eq(mod(n,2),0)',"
        "drawbox=x=400:y=0:w=60:h=576:color=white:t=fill:enable='eq(mod(n,2),1)',"
        "interlace=lowpass=0,setsar=1",
        "-c:v", "mpeg2video", "-q:v", "2", "-flags", "+ildct+ilme", str(clip),
    )  # fmt: skip

    viewer.watch_through(clip, tmp_path / "out")

    columns = picture(tmp_path / "out").mean((0, 2))
    bright = [columns[330] > 120, columns[430] > 120]
    assert sorted(bright) == [False, True]


def test_hdr_white_is_bright_in_a_still(tmp_path: Path, viewer: viewing.Viewer) -> None:
    clip = tmp_path / "hdr.mp4"
    run_ffmpeg(  # code 569 of 10 bits in limited range: 203 cd/m², the white of paper
        "-f", "lavfi", "-i", "color=c=black:s=320x180:r=25:d=0.4",
        "-vf", "format=yuv420p10le,geq=lum='if(lt(X,160),569,300)':cb=512:cr=512",
        "-c:v", "libx264", "-pix_fmt", "yuv420p10le", "-color_trc", "smpte2084",
        "-color_primaries", "bt2020", "-colorspace", "bt2020nc", str(clip),
    )  # fmt: skip

    viewer.watch_through(clip, tmp_path / "out")

    poster = picture(tmp_path / "out")
    assert poster[90, 80].min() > 205
    assert poster[90, 240].max() < 110


def test_a_frame_that_was_looked_at_is_let_go_at_once(tmp_path: Path) -> None:
    """Frames in reference cycles wait for the collector: half a gigabyte of them at 4K."""
    clip = make_clip(tmp_path, shots=[("testsrc2", 2.0)])
    gc.collect()
    gc.disable()
    try:
        with clip.open("rb") as file:
            opened = open_file(file.fileno())
            assert opened.video is not None
            lab = Lab(None)
            for frame, _ in frames(opened, opened.video, Faults()):
                lab.sight(frame)
                lab.upright(frame)
            opened.container.close()
        assert gc.collect() < 25
    finally:
        gc.enable()


def test_one_decoder_of_the_picture_is_started_for_all_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in this process: each start goes through one function."""
    started: list[str] = []
    start = frames_module.start_decoder

    def counted(stream: VideoStream, *given: Any, **named: Any) -> None:
        started.append(stream.type)
        start(stream, *given, **named)

    class Tray(dict[str, bytes]):
        put = dict.__setitem__

    monkeypatch.setattr(frames_module, "start_decoder", counted)
    clip, made = make_clip(tmp_path, shots=[("testsrc2", 1.0), ("black", 1.0)], audio=True), Tray()
    with clip.open("rb") as file:
        answer = passes.watch_through(file.fileno(), made, Manner(), lambda _part: None)

    assert started == ["video"]
    assert {"poster.jpg", "storyboard.vtt", "storyboard-0.jpg", "keyframe-00000.jpg"} <= set(made)
    assert all(answer[name] for name in ("shots", "hashes", "frame_index", "sound", "spans"))


def test_a_tiny_and_a_very_tall_picture_have_bounded_tiles(
    tmp_path: Path, viewer: viewing.Viewer
) -> None:
    tall = make_clip(tmp_path, "tall.mp4", size="16x720", shots=[("testsrc2", 0.2)])
    dot = make_clip(tmp_path, "dot.mkv", size="2x2", shots=[("red", 0.2)], codec=("-c:v", "ffv1"))

    boards = [viewer.watch_through(clip, tmp_path / "out").storyboard for clip in (tall, dot)]

    sizes = [(board.cells[0].width, board.cells[0].height) for board in boards if board]
    assert sizes == [(14, 640), (320, 320)]


@pytest.mark.parametrize(
    "pixels", ["yuv422p10le", "yuv444p", "gray", "bgr0", "yuv420p16le", "gbrp"]
)
def test_every_layout_of_pixels_gives_the_same_picture(
    tmp_path: Path, viewer: viewing.Viewer, pixels: str
) -> None:
    clip = make_clip(
        tmp_path, "x.mkv", shots=[("testsrc2", 0.2)], codec=("-c:v", "ffv1", "-pix_fmt", pixels)
    )

    viewer.watch_through(clip, tmp_path / "out")

    truth = tmp_path / "truth.png"
    run_ffmpeg("-i", str(clip), "-frames:v", "1", "-pix_fmt", "bgr24", str(truth))
    want = picture(tmp_path, "truth.png")
    seen = picture(tmp_path / "out", "keyframe-00000.jpg")
    assert np.abs(seen[20:160, 20:150].mean((0, 1)) - want[20:160, 20:150].mean((0, 1))).max() < 10


def cells_cover(seen: Viewing) -> bool:
    assert seen.storyboard is not None
    cells = seen.storyboard.cells
    ends = [cell.end_ms for cell in cells]
    return (
        cells[0].start_ms == 0
        and ends[-1] == seen.duration_ms
        and [cell.start_ms for cell in cells[1:]] == ends[:-1]
    )


def test_a_storyboard_covers_the_clip_and_its_index_names_its_sheets(
    tmp_path: Path, viewer: viewing.Viewer
) -> None:
    clip = make_clip(tmp_path, shots=[("testsrc2", 130.0)], rate=5, size="64x36")

    seen = viewer.watch_through(clip, tmp_path / "out")

    board = seen.storyboard
    assert board is not None
    assert cells_cover(seen)
    assert [sheet.name for sheet in board.sheets] == ["storyboard-0.jpg", "storyboard-1.jpg"]
    assert (board.sheets[0].width, board.sheets[0].height) == (3200, 1800)
    lines = (tmp_path / "out" / "storyboard.vtt").read_text().splitlines()
    assert lines[:4] == [
        "WEBVTT",
        "",
        "00:00:00.000 --> 00:00:01.000",
        "storyboard-0.jpg#xywh=0,0,320,180",
    ]
    assert len(board.cells) == 130
    assert lines[-1] == "storyboard-1.jpg#xywh=2880,360,320,180"


def test_a_cell_shows_the_moment_it_stands_for(tmp_path: Path, viewer: viewing.Viewer) -> None:
    clip = make_clip(tmp_path, shots=[("red", 1.0), ("blue", 1.0), ("white", 1.0)])

    seen = viewer.watch_through(clip, tmp_path / "out")

    assert seen.storyboard is not None
    sheet = picture(tmp_path / "out", "storyboard-0.jpg")
    for cell in seen.storyboard.cells:
        blue, green, red = sheet[cell.y + cell.height // 2, cell.x + cell.width // 2]
        colour = (red > 120, green > 120, blue > 120)
        want = [(True, False, False), (False, False, True), (True, True, True)]
        assert colour == want[cell.start_ms // 1000]


def test_hashes_of_the_same_footage_are_near_and_of_other_footage_far(
    tmp_path: Path, viewer: viewing.Viewer
) -> None:
    large = make_clip(tmp_path, "large.mp4", shots=[("testsrc2", 1.0)], size="640x360")
    small = tmp_path / "small.avi"
    run_ffmpeg("-i", str(large), "-vf", "scale=320:180", "-c:v", "mpeg4", "-q:v", "9", str(small))
    other = make_clip(tmp_path, "other.mp4", shots=[("smptebars", 1.0)])

    one, two, three = (
        viewer.watch_through(clip, tmp_path / "out").frame_hashes for clip in (large, small, other)
    )

    assert len(one) == len(two) == 2
    assert distance(one[1].phash, two[1].phash) <= 10
    assert distance(one[1].phash, three[1].phash) > 16


def test_a_hash_doesnt_depend_on_the_size() -> None:
    wide = np.random.default_rng(1).integers(0, 255, (18, 32)).astype(np.uint8)
    larger = cv2.resize(wide, (640, 360), interpolation=cv2.INTER_CUBIC).astype(np.uint8)

    assert distance(phash(wide), phash(larger)) <= 8


@pytest.mark.parametrize("aspect", ["1/1", "1/2"])
def test_fields_of_hevc_that_are_coded_apart_have_the_shape_of_their_frames(
    tmp_path: Path, viewer: viewing.Viewer, aspect: str
) -> None:
    """Each is a picture of half the lines; the aspect is told of the frame, or of the field."""
    clip = tmp_path / "fields.mp4"
    run_ffmpeg(
        "-f", "lavfi", "-i", "color=c=blue:s=320x180:r=25:d=0.4",
        "-vf", f"drawbox=x=0:y=0:w=320:h=90:color=lime:t=fill,separatefields,setsar={aspect}",
        "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "interlace=tff:log-level=0",
        str(clip),
    )  # fmt: skip

    facts = probe(clip)
    viewer.watch_through(clip, tmp_path / "out")

    video = facts.video
    assert video is not None
    size = (320, 180) if aspect == "1/1" else (160, 90)
    assert (video.display_width, video.display_height) == size
    assert video.interlaced
    assert any("fields are coded apart" in one.message for one in facts.problems)
    poster = picture(tmp_path / "out")
    assert poster.shape[:2] == size[::-1]
    middle = size[0] // 2
    assert poster[size[1] // 4, middle].argmax() == 1
    assert poster[size[1] * 3 // 4, middle].argmax() == 0
    into = tmp_path / "proxy"
    into.mkdir()
    master = proxy.Master(clip, facts, video.start_pts, video.time_base, 400, (video.start_pts,))
    made = proxy.make(master, "encode", into, most_seconds=60, progress=lambda _: None)
    assert (made.file.width, made.file.height) == size
    run_ffmpeg("-i", str(into / "proxy.mp4"), "-frames:v", "1", str(tmp_path / "frame.png"))
    frame = cv2.imread(str(tmp_path / "frame.png"))
    assert frame[2, 2].argmax() == 1  # no bars
    assert frame[-3, -3].argmax() == 0


def test_constant_luminance_keeps_its_hues(tmp_path: Path, viewer: viewing.Viewer) -> None:
    """BT.2020's other matrix is taken for the usual one: a sixth of full scale off at most."""
    clip = tmp_path / "constant.mp4"
    run_ffmpeg(
        "-f", "lavfi", "-i", "smptebars=s=640x480:r=25:d=0.2",
        "-vf", "format=gbrp,zscale=matrixin=gbr:primariesin=709:transferin=2020_10:rangein=full:"
        "matrix=2020_cl:primaries=2020:transfer=2020_10:range=limited,format=yuv444p10",
        "-c:v", "libx264", "-qp", "4", "-colorspace", "bt2020c", "-color_primaries", "bt2020",
        "-color_trc", "bt2020-10", str(clip),
    )  # fmt: skip

    viewer.watch_through(clip, tmp_path / "out")

    shown = bar_colours(tmp_path / "out")
    assert np.abs(shown - BARS).max() <= 43
    assert ((shown > 96) == (BARS > 96)).all()
