"""Proxies: frame for frame at the master's own times, upright, and with nothing private in them.

Every frame of the made masters shows its own number, read back from the pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import pytest

from mediacatalog.errors import UnreadableMediaError
from mediacatalog.media import frames, leaks, mp4, probe, proxy, viewing
from mediacatalog.media.playable import judge
from tests.factories import run_ffmpeg
from tests.web.player_harness import BIT_WIDTH, BITS, make_counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction
    from pathlib import Path

    from mediacatalog.media.playable import Way
    from mediacatalog.media.proxy import Master

HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:bframes=2")
MPEG2 = ("-c:v", "mpeg2video", "-q:v", "3", "-bf", "2")
DROPPED = r"not(eq(mod(n\,7)\,3)+eq(mod(n\,5)\,1))"
SOUND = ("-f", "lavfi", "-i", "sine=duration=2", "-map", "0:v", "-map", "1:a")
FIELDS = ("-vf", "setfield=tff", "-flags", "+ildct+ilme", *MPEG2, "-top", "1")


def counted(path: Path, width: float = BIT_WIDTH) -> list[tuple[Fraction, int]]:
    """(seconds from the first frame, the number that its pixels show) of each frame."""
    found = []
    with av.open(str(path)) as opened:
        stream = opened.streams.video[0]
        clock = frames.clock_of(stream)
        for frame in opened.decode(stream):
            at = clock.place(frame)
            luma = frame.to_ndarray(format="gray")
            bits = (int(luma[20, int((n + 0.5) * width)] > 128) << n for n in range(BITS))
            found.append(((at - (clock.start or 0)) * clock.time_base, sum(bits)))
    return found


VIEWER = viewing.Viewer()


@pytest.fixture(scope="module", autouse=True)
def _viewer() -> Iterator[None]:
    """One decoder child for all tests."""
    with VIEWER:
        yield


def master_of(path: Path, folder: Path) -> Master:
    """What the catalogue would know of a file."""
    seen = VIEWER.watch_through(path, folder)
    cells = seen.storyboard.cells if seen.storyboard else ()
    named = {one.pts for one in cells} | {shot.start_pts for shot in seen.shots}
    return proxy.Master(
        path=path,
        probe=probe.probe(path),
        start_pts=seen.start_pts,
        time_base=seen.time_base,
        duration_ms=seen.duration_ms,
        positions=tuple(named),
    )


def made(path: Path, folder: Path, way: Way = "encode") -> proxy.Proxy:
    into = folder / "proxy"
    into.mkdir()
    master = master_of(path, folder / "viewing")
    done = proxy.make(master, way, into, most_seconds=120, progress=lambda _: None)
    assert [one.name for one in into.iterdir()] == [proxy.NAME]
    return done


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Masters of every awkward kind of time, each frame with its number."""
    folder = tmp_path_factory.mktemp("masters")
    plain = make_counted(folder / "plain.mp4", frames=50, extra=("-g", "500"))
    kept = ("-i", str(plain), *SOUND)
    run_ffmpeg(*kept, *HEVC, "-c:a", "aac", str(folder / "hevc.mp4"))
    run_ffmpeg("-ss", "0.4", "-i", str(folder / "hevc.mp4"), "-c", "copy", str(folder / "edit.mp4"))
    run_ffmpeg(*kept, "-c:v", "mpeg4", "-q:v", "3", "-bf", "2", "-c:a", "mp3", f"{folder}/asp.avi")
    late = ("-output_ts_offset", "3600")
    run_ffmpeg(*kept, *MPEG2, "-c:a", "mp2", *late, str(folder / "late.ts"))
    make_counted(folder / "variable.mkv", frames=40, select=DROPPED, extra=HEVC)
    make_counted(folder / "fields.mpg", rate="30000/1001", frames=45, extra=FIELDS)
    prores = ("-c:v", "prores_ks", "-profile:v", "0")
    make_counted(folder / "prores.mov", rate="30000/1001", frames=30, extra=prores)
    run_ffmpeg(*kept, "-c:v", "copy", "-c:a", "aac", str(folder / "copied.mkv"))
    run_ffmpeg(*kept, "-c:v", "copy", "-c:a", "pcm_s16le", str(folder / "copied.mov"))
    run_ffmpeg(*kept, "-c:v", "copy", "-c:a", "ac3", *late, str(folder / "copied.ts"))
    joined = (folder / "late.ts").read_bytes()
    early = ("-output_ts_offset", "10")
    run_ffmpeg("-i", str(plain), *MPEG2, *early, str(folder / "early.ts"))
    (folder / "joined.ts").write_bytes(joined + (folder / "early.ts").read_bytes())
    return folder


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("hevc.mp4", "encode"),
        ("edit.mp4", "encode"),
        ("asp.avi", "encode"),
        ("late.ts", "encode"),
        ("joined.ts", "encode"),
        ("variable.mkv", "encode"),
        ("fields.mpg", "encode"),
        ("prores.mov", "encode"),
        ("copied.mkv", "copy"),
        ("copied.mov", "copy"),
        ("copied.ts", "copy"),
    ],
)
def test_frame_n_of_the_proxy_is_frame_n_of_the_master_at_the_same_time(
    films: Path, tmp_path: Path, name: str, way: Way
) -> None:
    path = films / name
    assert judge(probe.as_json(probe.probe(path))).way == way
    done = made(path, tmp_path, way)
    assert (done.way, done.notes) == (way, ())
    wanted, found = counted(path), counted(tmp_path / "proxy" / proxy.NAME)
    assert found == wanted
    assert done.frames == len(wanted) >= 30
    numbers = [number for _, number in found]
    assert len(set(numbers)) == len(numbers) - (50 if name == "joined.ts" else 0)


def test_key_frames_are_a_second_apart_however_long_the_master_goes_without(
    films: Path, tmp_path: Path
) -> None:
    done = made(films / "hevc.mp4", tmp_path)
    data = (tmp_path / "proxy" / done.file.name).read_bytes()
    boxes = mp4.boxes(data)
    video = mp4.tracks(data, boxes)[0]
    times = [video.shown[key] / video.timescale for key in video.keys]
    assert times[0] == 0
    assert 0 < max(b - a for a, b in zip(times, [*times[1:], 2.0], strict=True)) <= 1
    tops = [box.path for box in boxes if "/" not in box.path]
    assert tops.index("moov") < tops.index("mdat")
    found = probe.probe(tmp_path / "proxy" / done.file.name)
    assert found.video is not None
    assert (found.video.codec, found.video.profile) == ("h264", "High")
    assert [one.codec for one in found.audio] == ["aac"]


def test_pictures_that_cannot_be_sought_alone_are_coded_anew(films: Path, tmp_path: Path) -> None:
    """Open groups of pictures, as camcorders and broadcasters write them."""
    path = tmp_path / "open.ts"
    groups = ("-x264-params", "open-gop=1:keyint=10:min-keyint=10:scenecut=0:bframes=2")
    run_ffmpeg("-i", str(films / "plain.mp4"), "-c:v", "libx264", *groups, str(path))
    assert judge(probe.as_json(probe.probe(path))).way == "copy"

    done = made(path, tmp_path, "copy")

    assert (done.way, done.notes) == ("encode", ())
    assert counted(tmp_path / "proxy" / proxy.NAME) == counted(path)


def test_a_frame_that_stands_for_long_is_as_good_as_the_others(films: Path, tmp_path: Path) -> None:
    path = tmp_path / "hole.mkv"
    hole = "setpts=PTS+gt(N\\,25)*40/TB"
    run_ffmpeg("-i", str(films / "plain.mp4"), "-vf", hole, "-fps_mode", "passthrough",
               "-c:v", "ffv1", str(path))  # fmt: skip

    made(path, tmp_path)

    pictures = []
    for one in (path, tmp_path / "proxy" / proxy.NAME):
        with av.open(str(one)) as opened:
            found = [frame.to_ndarray(format="gray") for frame in opened.decode(video=0)]
            pictures.append(found[25].astype(float))
    assert ((pictures[0] - pictures[1]) ** 2).mean() < 20


def test_programmes_of_another_shape_are_fitted_into_the_first(tmp_path: Path) -> None:
    path, parts = tmp_path / "joined.ts", []
    for number, aspect in enumerate(("4:3", "16:9")):
        part = ("-aspect", aspect, "-output_ts_offset", f"{number + 1}")
        white = ("-f", "lavfi", "-i", "color=white:s=180x144:r=25:d=1")
        run_ffmpeg(*white, *part, *MPEG2, str(tmp_path / f"{number}.ts"))
        parts.append((tmp_path / f"{number}.ts").read_bytes())
    path.write_bytes(b"".join(parts))

    done = made(path, tmp_path)

    assert (done.file.width, done.file.height) == (192, 144)
    with av.open(str(tmp_path / "proxy" / proxy.NAME)) as opened:
        shown = [frame.to_ndarray(format="gray") for frame in opened.decode(video=0)]
    tops = [picture[4].mean() > 128 for picture in shown]
    first = tops.index(False)
    assert first >= 24  # decoders may lose the last picture before a sequence ends
    assert not any(tops[first:])
    assert all(picture[72].mean() > 128 for picture in shown)


def test_times_jump_where_the_pictures_become_larger(tmp_path: Path) -> None:
    parts = []
    for size, first in (("160x90", 256), ("320x180", 512)):
        source = ("-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d=1", "-c:v", "libx264")
        run_ffmpeg(*source, "-mpegts_start_pid", f"{first}", str(tmp_path / f"{size}.ts"))
        parts.append((tmp_path / f"{size}.ts").read_bytes())
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(parts))

    done = made(path, tmp_path)

    assert (done.way, done.frames, done.notes) == ("encode", 50, ())
    assert (done.file.width, done.file.height) == (160, 90)


def test_a_film_that_goes_on_as_interlaced_video_has_no_combs(tmp_path: Path) -> None:
    bar = "color=black:s=192x144:r=50:d=1,drawbox=w=40:h=144:color=white:t=fill,scroll=h=0.04"
    moving = ("-f", "lavfi", "-i", bar)
    weaving = ("-vf", "interlace=lowpass=0,setfield=tff", "-flags", "+ildct+ilme", "-top", "1")
    later = ("-output_ts_offset", "2")
    film = ("-r", "25", "-output_ts_offset", "1")
    run_ffmpeg(*moving, *film, *MPEG2, str(tmp_path / "film.ts"))
    run_ffmpeg(*moving, *weaving, *later, *MPEG2, str(tmp_path / "video.ts"))
    path = tmp_path / "mixed.ts"
    path.write_bytes((tmp_path / "film.ts").read_bytes() + (tmp_path / "video.ts").read_bytes())
    assert not probe.probe(path).video.interlaced

    made(path, tmp_path)

    with av.open(str(tmp_path / "proxy" / proxy.NAME)) as opened:
        shown = [frame.to_ndarray(format="gray").astype(int) for frame in opened.decode(video=0)]
    assert len(shown) >= 49
    for picture in shown:
        apart = abs(picture[1:] - picture[:-1]).mean()
        assert apart < 3, "lines of two instants lie between each other"


@pytest.mark.parametrize(
    ("size", "extra", "wanted"),
    [
        ("640x360", ("-vf", "setsar=1", "-metadata:s:v", "rotate=90"), (360, 640)),
        ("720x576", ("-vf", "setsar=64/45"), (1024, 576)),
        ("2560x1440", (), (1920, 1080)),
        ("321x181", ("-pix_fmt", "yuv444p"), (320, 180)),
    ],
)
def test_a_proxy_is_upright_right_shaped_even_and_no_larger_than_1080_lines(
    tmp_path: Path, size: str, extra: Sequence[str], wanted: tuple[int, int]
) -> None:
    path = tmp_path / "master.mov"
    source = f"color=c=red:s={size}:r=25:d=0.4"
    run_ffmpeg("-f", "lavfi", "-i", source, "-c:v", "mpeg4", *extra, str(path))
    turned = path
    if "rotate=90" in extra:
        turned = tmp_path / "turned.mov"
        run_ffmpeg("-i", str(path), "-c", "copy", "-metadata:s:v", "rotate=90", str(turned))
    done = made(turned, tmp_path)
    assert (done.file.width, done.file.height) == wanted
    found = probe.probe(tmp_path / "proxy" / proxy.NAME).video
    assert found is not None
    assert (found.rotation, found.sar, found.pixel_format) == (0, 1, "yuv420p")


def test_high_dynamic_range_becomes_an_ordinary_screens(tmp_path: Path) -> None:
    path = tmp_path / "hdr.mp4"
    tags = "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
    # A PQ value of 0.58 is 203 cd/m², the white of a page; as BT.709 it would be a dull grey.
    grey = "color=c=black:s=320x180:r=25:d=0.2,format=yuv420p10le,geq=lum=572:cb=512:cr=512"
    coded = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le")
    params = ("-x265-params", f"log-level=error:{tags}")
    run_ffmpeg("-f", "lavfi", "-i", grey, *coded, *params, str(path))
    made(path, tmp_path)
    with av.open(str(tmp_path / "proxy" / proxy.NAME)) as opened:
        luma = next(opened.decode(video=0)).to_ndarray(format="gray")
    found = probe.probe(tmp_path / "proxy" / proxy.NAME).video
    assert found is not None
    assert (found.transfer, found.hdr) == ("bt709", False)
    assert 150 < luma.mean() < 235


PRIVATE = (
    *("-metadata", "title=Interview in the cellar", "-metadata", "make=MakerOfCameras"),
    *("-metadata", "location=+33.1268-117.3273/", "-metadata", "serial_number=SN-4711-0815"),
    *("-metadata", "com.apple.quicktime.location.ISO6709=+33.1268-117.3273/"),
    *("-metadata:s:v", "handler_name=Maker AVC handler", "-movflags", "use_metadata_tags"),
)
CHAPTERS = ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=The witness speaks\n"


@pytest.fixture(scope="module")
def private(films: Path) -> Path:
    """A master that tells where, by what and of whom; also inside its coded pictures."""
    path, chapters = films / "private.mov", films / "chapters.txt"
    chapters.write_text(CHAPTERS)
    hidden = "086f3693b7b34f2c965321492feee5b8+SN-4711-0815-hidden"
    run_ffmpeg(
        *("-i", str(films / "plain.mp4"), "-i", str(chapters), "-map_metadata", "1"),
        *("-c:v", "copy", "-bsf:v", f"h264_metadata=sei_user_data={hidden}", *PRIVATE),
        *("-timecode", "10:11:12:13", str(path)),
    )
    data = path.read_bytes()
    assert all(one in data for one in (b"+33.1268", b"SN-4711-0815-hidden", b"witness", b"tmcd"))
    return path


@pytest.mark.parametrize("way", ["copy", "encode"])
def test_nothing_of_the_master_survives_but_its_pictures(
    private: Path, tmp_path: Path, way: Way
) -> None:
    made(private, tmp_path, way)
    data = (tmp_path / "proxy" / proxy.NAME).read_bytes()
    for mark in (
        *(b"33.1268", b"117.3273", b"4711", b"MakerOfCameras", b"cellar", b"witness", b"handler "),
        *(b"xyz", b"loci", b"tmcd", b"gpmd", b"GPMF", b"chap", b"apple.quicktime", b"10:11:12"),
    ):
        assert mark not in data


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (PRIVATE, "box"),
        (("-metadata", "title=Interview in the cellar", "-map_metadata", "-1"), "tags"),
        (("-map_metadata", "-1", "-fflags", "+bitexact"), "coded units"),
    ],
)
def test_a_file_made_without_care_is_found_out(
    private: Path, tmp_path: Path, options: Sequence[str], told: str
) -> None:
    path = tmp_path / "careless.mp4"
    run_ffmpeg("-i", str(private), "-c:v", "copy", "-map", "0:v", *options, str(path))
    raw = probe.probe(private).raw
    assert told in " ".join(leaks.found_in(path, raw))


def test_a_value_of_the_master_is_found_in_any_byte(private: Path, tmp_path: Path) -> None:
    done = made(private, tmp_path)
    path = tmp_path / "proxy" / done.file.name
    raw = probe.probe(private).raw
    assert leaks.found_in(path, raw) == []
    data = bytearray(path.read_bytes())
    secret = b"+33.1268-117.3273/"
    data[-len(secret) :] = secret
    path.write_bytes(data)
    assert any("location" in one for one in leaks.found_in(path, raw))


def test_sound_that_cannot_be_read_leaves_a_silent_proxy_and_a_note(
    films: Path, tmp_path: Path
) -> None:
    path = tmp_path / "odd.mov"
    known = ("-c:v", "mpeg4", "-c:a", "pcm_s16le")
    run_ffmpeg("-i", str(films / "plain.mp4"), *SOUND, *known, str(path))
    path.write_bytes(path.read_bytes().replace(b"sowt", b"zzzz"))
    done = made(path, tmp_path)
    assert done.notes
    assert done.notes[0].startswith("the proxy is silent")
    assert probe.probe(tmp_path / "proxy" / proxy.NAME).audio == ()


def test_the_sound_is_the_one_that_is_marked_to_be_played(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    silence, tone = "anullsrc=r=48000:d=1", "sine=frequency=440:duration=1"
    inputs = [
        word for one in ("testsrc2=d=1", silence, tone) for word in ("-f", "lavfi", "-i", one)
    ]
    maps = ("-map", "0", "-map", "1", "-map", "2", "-c:v", "mpeg2video", "-c:a", "mp2")
    marks = ("-disposition:a:0", "0", "-disposition:a:1", "default")
    run_ffmpeg(*inputs, *maps, *marks, str(path))

    made(path, tmp_path)

    heard = VIEWER.watch_through(tmp_path / "proxy" / proxy.NAME, tmp_path / "heard").sound
    assert heard is not None
    assert (heard.integrated_lufs or -99) > -30


def test_a_person_can_end_it_and_too_long_is_the_files_fault(films: Path, tmp_path: Path) -> None:
    master = master_of(films / "hevc.mp4", tmp_path / "viewing")

    def stop(_part: float) -> None:
        raise InterruptedError

    for name, seconds, progress in (("a", 60.0, stop), ("b", 0.01, lambda _: None)):
        (tmp_path / name).mkdir()
        with pytest.raises((InterruptedError, UnreadableMediaError)) as error:
            proxy.make(master, "encode", tmp_path / name, most_seconds=seconds, progress=progress)
        assert error.type is (InterruptedError if name == "a" else UnreadableMediaError)
