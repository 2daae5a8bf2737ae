"""Looking at whole files, by the warm decoder child."""

from __future__ import annotations

import base64
import os
import signal
import struct
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import av
import cv2
import numpy as np
import pytest

from mediacatalog.errors import ToolFailedError, UnreadableMediaError
from mediacatalog.media import answers, positions, sandbox, viewing
from mediacatalog.media.probe import probe
from tests.factories import make_clip, run_ffmpeg
from tests.media.test_runner import descendants, wait_until_dead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mediacatalog.values import Viewing


@pytest.fixture(scope="module")
def viewer() -> Iterator[viewing.Viewer]:
    with viewing.Viewer() as warm:
        yield warm


def brightness(folder: Path, name: str = "poster.jpg") -> float:
    read = cv2.imread(str(folder / name))
    assert read is not None
    return float(read.mean())


def child_of(viewer: viewing.Viewer) -> int:
    """The decoder itself; what puts a sandbox around it may stand between."""
    child = viewer._child
    assert child is not None
    return [child.process.pid, *descendants(child.process.pid)][-1]


def processor_seconds(number: int) -> float:
    """Those that a process has used, in itself and in the kernel: proc(5)."""
    fields = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def index_of(stamps: Iterable[int]) -> str:
    return base64.b64encode(positions.packed(list(stamps))).decode()


def texts(seen: Viewing) -> str:
    return "; ".join(problem.message for problem in seen.problems)


class TestWhatAViewingHolds:
    def test_shots_are_half_open_contiguous_and_have_a_picture(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        clip = make_clip(tmp_path, shots=[("testsrc2", 1.0), ("blue", 0.6), ("smptebars", 1.0)])

        seen = viewer.watch_through(clip, tmp_path / "out")

        assert [(shot.start_ms, shot.end_ms) for shot in seen.shots] == [
            (0, 1000),
            (1000, 1600),
            (1600, 2600),
        ]
        assert [shot.into for shot in seen.shots] == ["start", "cut", "cut"]
        assert [shot.end_pts for shot in seen.shots[:-1]] == [
            shot.start_pts for shot in seen.shots[1:]
        ]
        for shot in seen.shots:
            assert shot.keyframe is not None
            assert shot.start_pts <= shot.keyframe.pts < shot.end_pts
            assert (tmp_path / "out" / shot.keyframe.picture.name).is_file()

    def test_it_is_told_as_the_commands_print_it(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        clip = make_clip(tmp_path, shots=[("red", 0.4), ("blue", 0.4)])

        told = viewing.shots_as_json(viewer.watch_through(clip, tmp_path / "out"))

        assert told["time_base"] == "1/12800"
        assert told["frames"] == 20
        shots = told["shots"]
        assert isinstance(shots, list)
        assert shots[1]["start_pts"] == 5120
        assert (shots[1]["start_ms"], shots[1]["end_ms"], shots[1]["into"]) == (400, 800, "cut")
        assert [cut["ms"] for cut in told["cuts"]] == [400]
        assert all(0.5 <= cut["certainty"] <= 1 for cut in told["cuts"])
        assert told["gradual"] == []
        assert 400 <= shots[1]["keyframe_ms"] < 800

    def test_one_frame_is_one_shot_and_one_cell(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        clip = make_clip(tmp_path, shots=[("testsrc2", 0.04)])

        seen = viewer.watch_through(clip, tmp_path / "out")

        assert (seen.frames, len(seen.shots), seen.duration_ms) == (1, 1, 40)
        assert seen.storyboard is not None
        assert len(seen.storyboard.cells) == 1

    def test_the_poster_isnt_black_while_any_frame_isnt(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        clip = make_clip(tmp_path, shots=[("black", 3.0), ("testsrc2", 0.12), ("black", 2.0)])

        viewer.watch_through(clip, tmp_path / "out")
        viewer.quick_look(clip, tmp_path / "out")

        assert brightness(tmp_path / "out") > 60
        assert brightness(tmp_path / "out", "quick-poster.jpg") > 60

    def test_black_and_frozen_spans_are_told(self, tmp_path: Path, viewer: viewing.Viewer) -> None:
        clip = tmp_path / "clip.mp4"
        run_ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=1", "-f", "lavfi", "-i",
            "color=c=black:s=320x180:r=25:d=1", "-f", "lavfi", "-i",
            "testsrc2=s=320x180:r=25:d=0.04", "-filter_complex",
            "[2:v]loop=loop=74:size=1:start=0[s];[0:v][1:v][s]concat=n=3:v=1:a=0[v]",
            "-map", "[v]", "-c:v", "libx264", str(clip),
        )  # fmt: skip

        seen = viewer.watch_through(clip, tmp_path / "out")

        told = [(fact.kind, fact.start_ms, fact.end_ms) for fact in seen.timed_facts]
        assert told == [("black", 1000, 2000), ("freeze", 2000, seen.duration_ms)]

    def test_a_flash_is_told_and_is_neither_a_cut_nor_the_poster(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        clip = tmp_path / "clip.mp4"
        run_ffmpeg(
            "-f", "lavfi", "-i", "mandelbrot=s=320x180:r=25", "-t", "3",
            "-vf", "eq=brightness='0.7*between(n,30,31)':eval=frame",
            "-c:v", "libx264", "-pix_fmt", "yuv420p", str(clip),
        )  # fmt: skip

        seen = viewer.watch_through(clip, tmp_path / "out")

        told = [(fact.start_ms, fact.end_ms) for fact in seen.timed_facts if fact.kind == "flash"]
        assert told == [(1200, 1280)]
        assert len(seen.shots) == 1
        assert seen.poster_pts is not None
        assert not 1200 <= (seen.poster_pts - seen.start_pts) * seen.time_base * 1000 < 1280

    def test_a_test_card_or_a_title_isnt_the_poster_of_something_that_moves(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        clip = make_clip(tmp_path, shots=[("smptebars", 3.0), ("testsrc2", 1.0), ("gray", 2.0)])

        seen = viewer.watch_through(clip, tmp_path / "out")

        assert seen.poster_pts is not None
        assert seen.shots[1].start_pts <= seen.poster_pts < seen.shots[1].end_pts

    def test_nothing_but_the_named_files_is_written_and_the_master_stays(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        clip = make_clip(tmp_path / "in", shots=[("red", 0.4), ("blue", 0.4)])
        before = clip.read_bytes(), clip.stat().st_mtime_ns

        viewer.watch_through(clip, tmp_path / "out")

        assert (clip.read_bytes(), clip.stat().st_mtime_ns) == before
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
            "keyframe-00000.jpg",
            "keyframe-00001.jpg",
            "poster.jpg",
            "storyboard-0.jpg",
            "storyboard.vtt",
        ]
        assert [path.name for path in (tmp_path / "in").iterdir()] == ["clip.mp4"]

    def test_progress_rises_to_the_end(self, tmp_path: Path, viewer: viewing.Viewer) -> None:
        clip = make_clip(tmp_path, shots=[("testsrc2", 6.0)], size="1280x720", rate=50)
        told: list[float] = []

        viewer.watch_through(clip, tmp_path / "out", progress=told.append)

        assert told == sorted(told)
        assert all(0 <= part <= 1 for part in told)


class TestPositions:
    @pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
    @pytest.mark.parametrize("rate", ["25", "30000/1001"])
    def test_a_constant_rate_isnt_variable_however_coarse_the_stamps(
        self, tmp_path: Path, viewer: viewing.Viewer, name: str, rate: str
    ) -> None:
        clip = make_clip(tmp_path, name, shots=[("testsrc2", 2.0)], rate=rate)

        assert not viewer.watch_through(clip, tmp_path / "out").variable_frame_rate

    def test_a_variable_rate_is_told_from_the_stamps(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        clip = tmp_path / "vfr.mkv"
        run_ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=4",
            "-vf", "select='lt(t,2)+not(mod(n,5))'", "-vsync", "vfr", str(clip),
        )  # fmt: skip

        seen = viewer.watch_through(clip, tmp_path / "out")

        assert seen.variable_frame_rate
        assert 3800 <= seen.duration_ms <= 4000

    def test_times_count_from_the_first_frame(self, tmp_path: Path, viewer: viewing.Viewer) -> None:
        clip = make_clip(
            tmp_path,
            "late.ts",
            shots=[("red", 1.0), ("blue", 1.0)],
            extra=("-output_ts_offset", "3600"),
        )

        seen = viewer.watch_through(clip, tmp_path / "out")

        assert seen.start_pts > 3600 * 90000
        assert [shot.start_ms for shot in seen.shots] == [0, 1000]
        assert seen.duration_ms == 2000

    def test_stamps_that_jump_back_are_counted_on(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        one = make_clip(tmp_path, "one.ts", shots=[("red", 2.0)])
        two = make_clip(tmp_path, "two.ts", shots=[("blue", 2.0)], size="160x90")
        clip = tmp_path / "joined.ts"
        clip.write_bytes(one.read_bytes() + two.read_bytes())

        seen = viewer.watch_through(clip, tmp_path / "out")

        assert seen.frames == 100
        assert abs(seen.duration_ms - 4000) <= 80
        assert [round(shot.start_ms, -2) for shot in seen.shots] == [0, 2000]
        assert "time stamps jump" in texts(seen)

    @pytest.mark.parametrize(
        ("codec", "service", "frames", "said"),
        [
            ("libx264", 1, 49, "time stamps jump"),
            ("mpeg2video", 1, 25, "goes on for 1.0 s in other pictures"),
            ("libx264", 7, 25, "goes on for 1.0 s in other pictures"),
        ],
        ids=["other PIDs", "other PIDs and codec", "another programme"],
    )
    def test_a_transport_stream_goes_on_under_another_number(
        self,
        tmp_path: Path,
        viewer: viewing.Viewer,
        codec: str,
        service: int,
        frames: int,
        said: str,
    ) -> None:
        """Where libav can't follow, that is told; of a part that it left one picture is lost."""
        one = make_clip(tmp_path, "one.ts", shots=[("testsrc2", 1.0)], audio=True)
        numbers = ("-mpegts_start_pid", "512", "-mpegts_service_id", f"{service}")
        two = make_clip(tmp_path, "two.ts", shots=[("smptebars", 1.0)], audio=True,
                        codec=("-c:v", codec), extra=numbers)  # fmt: skip
        clip = tmp_path / "joined.ts"
        clip.write_bytes(one.read_bytes() + two.read_bytes())

        seen = viewer.watch_through(clip, tmp_path / "out")

        assert seen.frames == frames
        assert said in texts(seen)

    def test_what_a_transport_stream_lacks_is_told(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        """Here the first of its groups of pictures, and half a minute."""
        groups = ("-g", "25", "-bf", "0")
        one = make_clip(tmp_path, "one.ts", shots=[("testsrc2", 2.0)], extra=groups)
        two = make_clip(tmp_path, "two.ts", shots=[("testsrc2", 1.0)],
                        extra=("-output_ts_offset", "32"))  # fmt: skip
        clip = tmp_path / "cut.ts"
        clip.write_bytes(one.read_bytes()[188 * 20 :] + two.read_bytes())

        seen = viewer.watch_through(clip, tmp_path / "out")

        assert seen.frames == 50
        assert "the pictures of the first 1.0 s could not be decoded" in texts(seen)
        assert "no pictures for 30 s" in texts(seen)

    def test_the_recorder_of_a_camera(self, tmp_path: Path, viewer: viewing.Viewer) -> None:
        """DHAV: each picture with a head that tells of it, and a tail."""
        coder = ("-c:v", "libx264", "-bf", "0", "-x264-params", "aud=1:slices=1")
        plain = make_clip(tmp_path, "plain.h264", shots=[("testsrc2", 1.0)], codec=coder)
        parts = []
        for number, unit in enumerate(plain.read_bytes().split(b"\0\0\0\1\x09")[1:]):
            told = bytes([0x82, 0, 0, 0, 64, 1, 180, 0, 0x81, 0, 2, 25]) if not number else b""
            coded = b"\0\0\0\1\x09" + unit
            size = 32 + len(told) + len(coded)
            head = struct.pack("<4sBBBBIIIHBB", b"DHAV", 0xFC + (not number), 0, 1, 0, number, size,
                               0x62A5A51E, 40 * number, len(told), 0)  # fmt: skip
            parts.append(head + told + coded + struct.pack("<4sI", b"dhav", size))
        clip = tmp_path / "camera.dav"
        clip.write_bytes(b"".join(parts))

        seen, found = viewer.watch_through(clip, tmp_path / "out"), probe(clip)

        assert (seen.frames, seen.duration_ms, seen.problems) == (25, 1000, ())
        assert (found.container, found.duration_ms, found.problems) == ("dhav", 1000, ())

    def test_theora_says_by_empty_packets_that_the_picture_stays(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        made = [
            make_clip(tmp_path, f"{n}.ogv", shots=shots, codec=("-c:v", "libtheora", "-g", "12"),
                      extra=("-serial_offset", str(n)))
            for n, shots in enumerate(([("testsrc2", 1.0)], [("smptebars", 2.0)]))
        ]  # fmt: skip
        clip = tmp_path / "chained.ogv"
        clip.write_bytes(b"".join(one.read_bytes() for one in made))

        still, chained = (viewer.watch_through(one, tmp_path / one.stem) for one in (made[1], clip))

        assert (still.duration_ms, still.problems) == (2000, ())
        assert chained.duration_ms == 3000
        assert "decoded" not in texts(chained)
        assert not [one for one in still.timed_facts + chained.timed_facts if one.kind == "damage"]
        assert [shot.start_ms for shot in chained.shots] == [0, 1000]

    def test_missing_stamps_are_estimated(self, tmp_path: Path, viewer: viewing.Viewer) -> None:
        clip = make_clip(tmp_path, "raw.h264", shots=[("red", 1.0), ("blue", 1.0)])

        seen = viewer.watch_through(clip, tmp_path / "out")

        assert (seen.frames, seen.duration_ms) == (50, 2000)
        assert "estimated" in texts(seen)

    def test_a_duration_that_is_a_lie_isnt_believed(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        clip = make_clip(tmp_path, "live.webm", shots=[("testsrc2", 3.0)], codec=(
            "-c:v", "libvpx", "-deadline", "realtime", "-live", "1"))  # fmt: skip

        seen = viewer.watch_through(clip, tmp_path / "out")

        assert abs(seen.duration_ms - 3000) <= 40
        assert seen.storyboard is not None
        assert len(seen.storyboard.cells) >= 3


class TestFaults:
    def test_a_truncated_clip_keeps_its_pictures_and_says_so(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        whole = make_clip(tmp_path, shots=[("testsrc2", 4.0)], extra=("-movflags", "faststart"))
        clip = tmp_path / "cut.mp4"
        clip.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

        seen = viewer.watch_through(clip, tmp_path / "out")

        assert seen.poster is not None
        assert 0 < seen.duration_ms < 3500
        assert "ends early" in texts(seen)

    def test_damaged_frames_are_counted_and_placed(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        clip = make_clip(tmp_path, shots=[("testsrc2", 4.0)], extra=("-g", "25"))
        data = bytearray(clip.read_bytes())
        middle = len(data) // 2
        for at in range(middle, middle + 3000, 40):
            data[at] ^= 0xFF
        clip.write_bytes(data)

        seen = viewer.watch_through(clip, tmp_path / "out")

        damage = [fact for fact in seen.timed_facts if fact.kind == "damage"]
        assert damage
        assert all(500 < fact.start_ms < fact.end_ms <= 3800 for fact in damage)
        assert "damaged" in texts(seen) or "could not be decoded" in texts(seen)

    def test_no_picture_is_chosen_between_damage_and_the_next_key_frame(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        """What is built upon a damaged frame shows its damage, and no flag tells of it."""
        clip = tmp_path / "smooth.mp4"
        codec = ("-c:v", "libx264", "-g", "50", "-keyint_min", "50", "-pix_fmt", "yuv420p")
        run_ffmpeg("-f", "lavfi", "-i", "gradients=s=320x180:r=25:d=5:seed=4", *codec, str(clip))
        with av.open(str(clip)) as file:
            hit = [one for one in file.demux(video=0) if one.size and one.pts * one.time_base > 2.3]
            places = [(one.pos, one.size) for one in hit[:3]]
        data = bytearray(clip.read_bytes())
        for start, size in places:
            for at in range(start + 12, start + size):
                data[at] ^= 0x5A
        clip.write_bytes(data)

        seen = viewer.watch_through(clip, tmp_path / "out")

        assert any(fact.kind == "damage" for fact in seen.timed_facts)
        chosen = [seen.poster_pts, *(shot.keyframe.pts for shot in seen.shots if shot.keyframe)]
        times = [float(((pts or 0) - seen.start_pts) * seen.time_base) for pts in chosen]
        assert not [at for at in times if 2.2 < at < 4.0]

    def test_sound_without_pictures_is_no_error(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        clip = tmp_path / "voice.m4a"
        run_ffmpeg("-f", "lavfi", "-i", "sine=d=1", str(clip))

        seen = viewer.watch_through(clip, tmp_path / "out")
        quick = viewer.quick_look(clip, tmp_path / "out")

        assert (seen.shots, seen.poster, quick.poster) == ((), None, None)
        assert texts(seen) == quick.problems[0].message == "no video stream"

    def test_the_cover_of_a_sound_file_is_its_poster(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        clip = tmp_path / "song.mp3"
        run_ffmpeg(
            "-f", "lavfi", "-i", "sine=d=1", "-f", "lavfi", "-i", "testsrc2=s=64x64:d=0.04",
            "-map", "0", "-map", "1", "-c:v", "mjpeg", "-frames:v", "1",
            "-disposition:v", "attached_pic", str(clip),
        )  # fmt: skip

        seen = viewer.watch_through(clip, tmp_path / "out")

        assert seen.poster is not None
        assert (seen.poster.width, seen.frames, seen.shots) == (64, 0, ())

    @pytest.mark.parametrize(("name", "width"), [("clip.mp4", 320), ("clip.mkv", 160)])
    def test_a_track_of_mp4_that_is_switched_off_isnt_the_picture(
        self, tmp_path: Path, viewer: viewing.Viewer, name: str, width: int
    ) -> None:
        """Chromium shows what is switched on in MP4, and the first track of Matroska."""
        clip = tmp_path / name
        run_ffmpeg(
            *("-f", "lavfi", "-i", "testsrc2=s=160x90:d=1"),
            *("-f", "lavfi", "-i", "testsrc2=s=320x180:d=1"),
            *("-map", "0", "-map", "1", "-c:v", "libx264", "-preset", "ultrafast"),
            *("-disposition:v:0", "0", "-disposition:v:1", "default", str(clip)),
        )

        seen, facts = viewer.watch_through(clip, tmp_path / "out"), probe(clip).video

        assert facts is not None
        assert seen.poster is not None
        assert (seen.poster.width, facts.width) == (width, width)

    def test_an_edit_list_that_leaves_nothing_is_the_reason(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        clip = make_clip(tmp_path)
        data = bytearray(clip.read_bytes())
        duration = data.index(b"elst") + 12
        data[duration : duration + 4] = bytes(4)
        clip.write_bytes(data)

        with pytest.raises(UnreadableMediaError, match="edit list leaves out every picture"):
            viewer.watch_through(clip, tmp_path / "out")

    @pytest.mark.parametrize(
        ("name", "data", "reason"),
        [
            ("text.mp4", b"<html>not found</html>" * 20, "a web page"),
            ("empty.mp4", b"", "is empty"),
            ("list.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n", "names other files"),
            ("noise.mkv", bytes(range(256)) * 40, "can't be read"),
        ],
    )
    def test_what_isnt_a_video_is_refused_with_its_name_and_the_reason(
        self, tmp_path: Path, viewer: viewing.Viewer, name: str, data: bytes, reason: str
    ) -> None:
        clip = tmp_path / name
        clip.write_bytes(data)

        for look in (viewer.watch_through, viewer.quick_look):
            with pytest.raises(UnreadableMediaError, match=reason) as caught:
                look(clip, tmp_path / "out")
            assert str(caught.value).startswith(f"{name}: ")

    def test_what_isnt_there_or_isnt_a_file_is_refused_at_once(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        os.mkfifo(tmp_path / "pipe.mp4")

        for name in ("missing.mp4", "pipe.mp4", "."):
            with pytest.raises(UnreadableMediaError):
                viewer.watch_through(tmp_path / name, tmp_path / "out")

    @pytest.mark.parametrize(
        "name",
        [
            "-i.mp4",
            "concat:a|b.mp4",
            "%03d.mp4",
            "with 'quotes' $(touch x) & spaces.mp4",
            "كوباني.mp4",
            os.fsdecode(b"latin-\xe9.mp4"),
            "line\nbreak.mp4",
        ],
    )
    def test_any_file_name_will_do(self, tmp_path: Path, viewer: viewing.Viewer, name: str) -> None:
        clip = make_clip(tmp_path, shots=[("red", 0.2)]).rename(tmp_path / name)

        assert viewer.watch_through(clip, tmp_path / "out").frames == 5


class TestTheChild:
    def test_a_crash_costs_one_file_and_not_the_next(self, tmp_path: Path) -> None:
        long = make_clip(tmp_path, "long.mp4", shots=[("testsrc2", 8.0)], size="1280x720", rate=50)
        short = make_clip(tmp_path, shots=[("red", 0.2)])
        with viewing.Viewer() as viewer:

            def murder(_: float) -> None:
                os.kill(child_of(viewer), signal.SIGSEGV)

            with pytest.raises(UnreadableMediaError, match="the decoder crashed"):
                viewer.watch_through(long, tmp_path / "out", progress=murder)

            assert viewer.watch_through(short, tmp_path / "out").frames == 5

    def test_a_child_that_died_while_idle_is_replaced(self, tmp_path: Path) -> None:
        clip = make_clip(tmp_path, shots=[("red", 0.2)])
        with viewing.Viewer() as viewer:
            viewer.quick_look(clip, tmp_path / "out")
            child = child_of(viewer)
            os.kill(child, signal.SIGKILL)
            assert wait_until_dead(child)

            assert viewer.watch_through(clip, tmp_path / "out").frames == 5

    def test_a_deadline_ends_the_child(self, tmp_path: Path) -> None:
        clip = make_clip(tmp_path, shots=[("testsrc2", 4.0)], size="1280x720", rate=50)
        with viewing.Viewer() as viewer:
            viewer.quick_look(clip, tmp_path / "out")
            child = child_of(viewer)

            with pytest.raises(UnreadableMediaError, match="ran out of time"):
                viewer.watch_through(clip, tmp_path / "out", deadline_seconds=0.01)

            assert wait_until_dead(child)

    def test_memory_is_bounded(self, tmp_path: Path) -> None:
        small = make_clip(tmp_path, "small.mp4", shots=[("red", 0.2)])
        large = make_clip(tmp_path, shots=[("testsrc2", 0.2)], size="8192x4320")
        with viewing.Viewer() as viewer:
            viewer.watch_through(small, tmp_path / "out")
            status = Path(f"/proc/{child_of(viewer)}/status").read_text()
        usual = int(status.partition("VmPeak:")[2].split()[0]) << 10
        tight = viewing.runner.Limits(
            wall_seconds=-1, cpu_seconds=-1, memory_bytes=usual + (60 << 20), file_bytes=64 << 20
        )
        with viewing.Viewer(tight) as bounded:
            with pytest.raises(UnreadableMediaError):
                bounded.watch_through(large, tmp_path / "out")

            assert bounded.watch_through(small, tmp_path / "out").frames == 5

    def test_a_decoder_that_cant_start_isnt_the_fault_of_the_file(self, tmp_path: Path) -> None:
        clip = make_clip(tmp_path, shots=[("red", 0.2)])
        none = viewing.runner.Limits(cpu_seconds=-1, memory_bytes=64 << 20)

        with viewing.Viewer(none) as viewer, pytest.raises(ToolFailedError):
            viewer.watch_through(clip, tmp_path / "out")

    def test_a_lent_child_stays_for_whoever_comes_next_but_not_for_long(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clip = make_clip(tmp_path, shots=[("red", 0.2)])
        viewing._POOL.close()
        with viewing.lent() as one, viewing.lent() as other:
            for viewer in (one, other):
                viewer.quick_look(clip, tmp_path / "out")
            both = {child_of(one), child_of(other)}
            assert len(both) == 2
        with viewing.lent() as viewer:
            assert child_of(viewer) in both
        sandbox.use("none")
        with viewing.lent() as viewer:
            assert viewer not in (one, other)
        sandbox.use("auto")
        monkeypatch.setattr(viewing, "_IDLE_SECONDS", 0.01)
        with viewing.lent() as viewer:
            idle = child_of(viewer)
        assert wait_until_dead(idle)
        with viewing.lent() as viewer:
            assert viewer.quick_look(clip, tmp_path / "out").poster is not None

    def test_the_child_stays_warm_for_the_next_file(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        clip = make_clip(tmp_path, shots=[("red", 0.2)])
        viewer.watch_through(clip, tmp_path / "out")
        first = child_of(viewer)

        viewer.quick_look(clip, tmp_path / "out")

        assert child_of(viewer) == first


def shot(start: int, end: int, **other: object) -> dict[str, object]:
    """As the decoder tells it."""
    plain = {"into": "start", "blend": [start, start], "certainty": 1.0, "keyframe": None}
    return {"start": start, "end": end, **plain, **other}


class TestAnAnswerIsChecked:
    @staticmethod
    def said(**changes: object) -> dict[str, object]:
        good: dict[str, object] = {
            "time_base": [1, 25],
            "start": 0,
            "end": 10,
            "frames": 10,
            "frame_index": index_of(range(10)),
            "variable": False,
            "corrupt": 0,
            "shots": [shot(0, 10)],
            "keyframes": [],
            "poster": None,
            "poster_pts": None,
            "storyboard": None,
            "hashes": [[0, "0" * 16, "0" * 64]],
            "spans": [],
            "problems": [],
            "decoder": "x",
            "sound": None,
        }
        return good | changes

    def test_a_sound_one_is_believed(self, tmp_path: Path) -> None:
        assert answers.viewing(self.said(), tmp_path).duration_ms == 400

    @pytest.mark.parametrize(("colour", "count"), [(0, 1), (90, 0)])
    def test_black_stills_of_a_film_that_isnt_are_told(
        self, tmp_path: Path, colour: int, count: int
    ) -> None:
        cv2.imwrite(str(tmp_path / "poster.jpg"), np.full((16, 16, 3), colour, np.uint8))
        poster = {"name": "poster.jpg", "width": 16, "height": 16}

        seen = answers.viewing(self.said(poster=poster, poster_pts=0, time_base=[1, 5]), tmp_path)
        dark = answers.viewing(
            self.said(poster=poster, poster_pts=0, time_base=[1, 5], spans=[["black", 0, 9]]),
            tmp_path,
        )

        assert [one.message[:20] for one in seen.problems] == ["all stills are black"] * count
        assert dark.problems == ()

    @pytest.mark.parametrize(
        "changes",
        [
            {"shots": [shot(0, 4), shot(5, 10, into="cut")]},
            {"shots": [shot(0, 10, keyframe=7)]},
            {"shots": [shot(0, 9)]},
            {"shots": [shot(0, 10, into="jump")]},
            {"shots": [shot(0, 10, certainty=1.5)]},
            {"shots": [shot(0, 10, blend=[3, 5])]},
            {"shots": [shot(0, 10, blend=[0, 12])]},
            {"time_base": [0, 25]},
            {"hashes": [[0, "1" * 17, "0" * 64]]},
            {"frame_index": index_of(range(9))},
            {"frame_index": index_of([0, 2, 1, 3, 4, 5, 6, 7, 8, 9])},
            {"frame_index": "AAAA"},
            {"frames": -1},
            {"poster": {"name": "../../etc/passwd", "width": 1, "height": 1}},
            {"poster": {"name": "poster.jpg", "width": 64, "height": 64}},
            {"poster": {"name": "link.jpg", "width": 8, "height": 8}},
            {"poster": {"name": "text.jpg", "width": 8, "height": 8}},
            {"surprise": 1},
        ],
    )
    def test_an_impossible_one_isnt(self, tmp_path: Path, changes: dict[str, object]) -> None:
        done, data = cv2.imencode(".jpg", cv2.UMat(8, 8, cv2.CV_8UC3).get())
        assert done
        (tmp_path / "poster.jpg").write_bytes(data.tobytes())
        (tmp_path / "link.jpg").symlink_to(tmp_path / "poster.jpg")
        (tmp_path / "text.jpg").write_text("not a picture")

        with pytest.raises(ValueError, match=r".+"):
            answers.viewing(self.said(**changes), tmp_path)


class TestTheQuickLook:
    def test_it_is_quick_and_shows_places_all_over_a_long_clip(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        clip = make_clip(
            tmp_path, shots=[("testsrc2", 300.0)], rate=5, size="160x90", extra=("-g", "10")
        )
        viewer.quick_look(clip, tmp_path / "out")
        began = processor_seconds(child_of(viewer))

        stills = viewer.quick_look(clip, tmp_path / "out")

        assert processor_seconds(child_of(viewer)) - began < 2
        board = stills.storyboard
        assert board is not None
        assert stills.poster is not None
        assert stills.poster.name == "quick-poster.jpg"
        assert board.sheets[0].name == "quick-storyboard-0.jpg"
        assert len(board.cells) >= 20
        assert board.cells[-1].start_ms > 250_000
        assert abs(board.cells[-1].end_ms - 300_000) < 1000

    def test_a_clip_with_a_single_key_frame_has_one_cell(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        clip = make_clip(tmp_path, shots=[("testsrc2", 2.0)], extra=("-g", "999"))

        stills = viewer.quick_look(clip, tmp_path / "out")

        assert stills.storyboard is not None
        assert [(c.start_ms, c.end_ms) for c in stills.storyboard.cells] == [(0, 2000)]

    def test_only_key_frames_are_shown_also_of_a_codec_that_cant_pass_over_others(
        self, tmp_path: Path, viewer: viewing.Viewer
    ) -> None:
        vp8 = ("-c:v", "libvpx", "-g", "40", "-deadline", "realtime", "-cpu-used", "8")
        clip = make_clip(tmp_path, "clip.webm", shots=[("testsrc2", 6.0)], codec=vp8)
        with av.open(str(clip)) as file:
            keys = {packet.pts for packet in file.demux(video=0) if packet.is_keyframe}

        stills = viewer.quick_look(clip, tmp_path / "out")

        assert stills.storyboard is not None
        assert len(stills.storyboard.cells) > 1
        assert {cell.pts for cell in stills.storyboard.cells} <= keys


@pytest.mark.samples
def test_a_dark_frame_is_a_better_poster_than_a_damaged_one(
    samples: Path, tmp_path: Path, viewer: viewing.Viewer
) -> None:
    seen = viewer.watch_through(samples / "video" / "sample_hachoir.ts", tmp_path / "out")

    damaged = [fact for fact in seen.timed_facts if fact.kind == "damage"]
    assert damaged
    assert not any(one.start_pts <= (seen.poster_pts or 0) < one.end_pts for one in damaged)


@pytest.mark.samples
def test_no_sample_hangs_or_crashes_the_decoder(
    samples: Path, tmp_path: Path, viewer: viewing.Viewer
) -> None:
    """Every state is a viewing with sense or a reason; 160 files of all kinds, good and evil."""
    suffixes = {".txt", ".jpg", ".gz"}
    files = [
        path
        for folder in ("video", "broken", "hostile")
        for path in sorted((samples / folder).iterdir())
        if path.suffix not in suffixes
    ]
    reasons: list[str] = []
    for path in files:
        try:
            seen = viewer.watch_through(path, tmp_path, deadline_seconds=60)
        except UnreadableMediaError as error:
            reasons.append(error.reason)
        else:
            assert seen.shots or seen.sound or "no video stream" in texts(seen)
            assert bool(seen.frames) == bool(seen.storyboard)
    assert reasons
    ours = ("crashed", "out of time", "answer is wrong", "not permitted")
    assert not [reason for reason in reasons if any(fault in reason for fault in ours)]


def test_calls_without_a_viewer_start_and_end_their_own_child(tmp_path: Path) -> None:
    clip = make_clip(tmp_path, shots=[("red", 0.2)])

    assert viewing.watch_through(clip, tmp_path / "out").frames == 5
    assert viewing.quick_look(clip, tmp_path / "out").poster is not None


def test_a_full_disk_is_no_fault_of_the_file(tmp_path: Path) -> None:
    clip = make_clip(tmp_path, shots=[("testsrc2", 1.0)])
    full = tmp_path / "out"
    full.mkdir()
    # A folder in the place of a picture: no file can be written there, even by root.
    (full / ".poster.jpg.part").mkdir()
    with viewing.Viewer() as viewer:
        with pytest.raises(ToolFailedError, match=r"poster\.jpg can't be written"):
            viewer.watch_through(clip, full)
        assert viewer.watch_through(clip, tmp_path / "elsewhere").frames == 25


@pytest.mark.parametrize("kind", get_args(sandbox.Sandbox))
def test_a_child_isnt_replaced_because_its_parent_is_large(
    tmp_path: Path, kind: sandbox.Sandbox
) -> None:
    """A process that was started by a large one seems to have been as large itself."""
    clip = make_clip(tmp_path, shots=[("red", 0.2)])
    ballast = np.ones(viewing._RETIRED_BYTES + (64 << 20), np.uint8)
    sandbox.use(kind)
    with viewing.Viewer() as viewer:
        viewer.quick_look(clip, tmp_path / "out")
        assert viewer._child is not None
    assert ballast.any()
