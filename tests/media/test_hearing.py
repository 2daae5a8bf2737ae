"""The sound of whole files, heard by the decoder child in the same pass as their pictures."""

from __future__ import annotations

import base64
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from mediacatalog.media import answers
from mediacatalog.media.viewing import Viewer
from tests.factories import make_clip, run_ffmpeg
from tests.media.test_viewing import TestAnAnswerIsChecked, texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediacatalog.sounds import Sound
    from mediacatalog.values import Viewing

TONE = "sine=frequency=1000:sample_rate=48000"
TINY = ("-f", "lavfi", "-i", "color=c=red:s=64x64:r=25")


@pytest.fixture(scope="module")
def viewer() -> Iterator[Viewer]:
    with Viewer() as warm:
        yield warm


def film(
    folder: Path, *sound: str, seconds: float = 2, name: str = "clip.mp4", codec: str = "aac"
) -> Path:
    """Red pictures for so long, with the sound of FFmpeg's arguments."""
    path = folder / name
    # fmt: off
    run_ffmpeg(*TINY, *sound, "-map", "0:v", "-map", "1:a", "-frames:v", str(round(seconds * 25)),
               "-c:v", "mpeg4", "-c:a", codec, str(path))
    # fmt: on
    return path


def lavfi(source: str) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", source)


def sound_of(seen: Viewing) -> Sound:
    assert seen.sound is not None
    return seen.sound


def spans(seen: Viewing, kind: str) -> list[tuple[int, int]]:
    return [(one.start_ms, one.end_ms) for one in seen.timed_facts if one.kind == kind]


def about(ms: int, by: int = 45) -> object:
    return pytest.approx(ms, abs=by)


class TestBesideThePictures:
    def test_both_are_taken_from_one_pass(self, tmp_path: Path, viewer: Viewer) -> None:
        path = film(tmp_path, *lavfi(f"{TONE}:duration=2,volume=-5dB"))

        seen = viewer.watch_through(path, tmp_path / "out")

        heard = sound_of(seen)
        assert seen.frames == 50
        assert heard.stream == 1
        assert heard.layout == "mono"
        assert heard.integrated_lufs == pytest.approx(-26.1, abs=0.1)
        assert heard.time_base == Fraction(1, 48000)
        assert len(heard.waveform.peaks) * heard.waveform.seconds == about(2, 1)
        assert spans(seen, "no_audio") == spans(seen, "silence") == []
        assert texts(seen) == ""

    def test_facts_of_sound_and_picture_stand_in_order_each_in_its_own_time(
        self, tmp_path: Path, viewer: Viewer
    ) -> None:
        made = make_clip(tmp_path, shots=[("testsrc2", 1.0), ("black", 1.5), ("testsrc2", 3.0)])
        still = "aevalsrc='0.3*sin(6000*t)*lt(t,2)':s=48000:d=5.5"
        path = tmp_path / "both.mp4"
        run_ffmpeg("-i", str(made), *lavfi(still), "-c:v", "copy", "-c:a", "aac", str(path))

        facts = viewer.watch_through(path, tmp_path / "out").timed_facts

        assert [(one.kind, one.start_ms) for one in facts] == [
            ("black", 1000),
            ("silence", about(2000)),
        ]
        black, silence = facts
        assert black.start_pts * black.time_base == 1
        assert float(silence.start_pts * silence.time_base) == pytest.approx(2, abs=0.05)

    def test_zero_is_the_first_picture(self, tmp_path: Path, viewer: Viewer) -> None:
        source = "aevalsrc='0.3*sin(6000*t)*between(t,1,4)':s=48000:d=7"
        path = film(tmp_path, *lavfi(source), seconds=7, name="late.ts", codec="mp2")

        seen = viewer.watch_through(path, tmp_path / "out")

        heard = sound_of(seen)
        assert seen.start_pts * seen.time_base > 1  # a transport stream doesn't begin at zero
        assert abs(heard.offset_ms) < 60
        assert spans(seen, "silence") == [(about(4000), about(7000, 80))]

    @pytest.mark.parametrize(
        ("sound", "missing"),
        [
            (lavfi(f"{TONE}:duration=1"), [(about(1000), about(3000))]),
            (("-itsoffset", "1", *lavfi(f"{TONE}:duration=2")), [(about(0), about(1000))]),
        ],
        ids=["ends early", "begins late"],
    )
    def test_missing_sound_is_a_fact(
        self,
        tmp_path: Path,
        viewer: Viewer,
        sound: tuple[str, ...],
        missing: list[tuple[int, int]],
    ) -> None:
        path = film(tmp_path, *sound, seconds=3)

        assert spans(viewer.watch_through(path, tmp_path / "out"), "no_audio") == missing

    def test_a_hole_in_the_sound_is_a_fact(self, tmp_path: Path, viewer: Viewer) -> None:
        cut = r"aselect='not(between(t\,1\,2))'"
        path = film(tmp_path, *lavfi(f"{TONE}:duration=3,{cut}"), seconds=3, name="hole.mkv")

        assert spans(viewer.watch_through(path, tmp_path / "out"), "no_audio") == [
            (about(1000), about(2000))
        ]

    def test_the_stream_marked_as_default_is_heard(self, tmp_path: Path, viewer: Viewer) -> None:
        path = tmp_path / "two.mkv"
        # fmt: off
        run_ffmpeg(*TINY, *lavfi(f"{TONE}:duration=1"), *lavfi(f"{TONE}:duration=1,volume=-20dB"),
                   "-map", "0:v", "-map", "1:a", "-map", "2:a", "-frames:v", "25", "-c:v", "mpeg4",
                   "-disposition:a:0", "0", "-disposition:a:1", "default", str(path))
        # fmt: on

        heard = sound_of(viewer.watch_through(path, tmp_path / "out"))

        assert heard.stream == 2
        assert heard.channels[0].peak_dbfs == pytest.approx(-38, abs=1)

    def test_without_sound_there_is_none(self, tmp_path: Path, viewer: Viewer) -> None:
        seen = viewer.watch_through(make_clip(tmp_path), tmp_path / "out")

        assert seen.sound is None
        assert spans(seen, "no_audio") == []

    def test_the_end_of_every_stream_is_its_own(self, tmp_path: Path, viewer: Viewer) -> None:
        # The last packets that PyAV gives are empty, and all claim to be of stream 0.
        path = film(tmp_path, *lavfi(f"{TONE}:duration=2"), name="old.wmv", codec="wmav2")

        seen = viewer.watch_through(path, tmp_path / "out")

        assert seen.frames == 50
        assert sound_of(seen).end_pts == about(2000, 100)


class TestForms:
    @pytest.mark.parametrize(
        ("codec", "layout", "rate"),
        [
            ("pcm_u8", "mono", 8000),
            ("pcm_s24le", "stereo", 96000),
            ("pcm_f32le", "stereo", 44100),
            ("ac3", "5.1(side)", 48000),
            ("flac", "7.1", 48000),
        ],
    )
    def test_every_depth_and_layout_is_heard(
        self, tmp_path: Path, viewer: Viewer, codec: str, layout: str, rate: int
    ) -> None:
        form = f"{TONE}:duration=1,aformat=sample_rates={rate}:channel_layouts={layout}"
        path = film(tmp_path, *lavfi(form), seconds=1, name="form.mkv", codec=codec)

        heard = sound_of(viewer.watch_through(path, tmp_path / "out"))

        assert (heard.layout, heard.sample_rate) == (layout, rate)
        assert max(one.peak_dbfs or -99 for one in heard.channels) == pytest.approx(-19.6, abs=2)

    def test_a_dead_channel_and_clipping_are_told(self, tmp_path: Path, viewer: Viewer) -> None:
        source = "aevalsrc='clip(3*sin(1000*t)*between(t,1,2),-1,1)+0.05*sin(900*t)|0':s=48000:d=3"
        path = film(tmp_path, *lavfi(source), seconds=3, name="loud.mov", codec="pcm_s16le")

        seen = viewer.watch_through(path, tmp_path / "out")

        heard = sound_of(seen)
        assert [one.name for one in heard.channels if one.dead] == ["FR"]
        assert heard.clipped_samples > 1000
        assert spans(seen, "clipping") == [(about(1000), about(2000))]

    @pytest.mark.parametrize("name", ["alone.wav", "alone.mp3", "alone.m4a", "alone.mka"])
    def test_sound_alone_is_heard(self, tmp_path: Path, viewer: Viewer, name: str) -> None:
        path = tmp_path / name
        run_ffmpeg(*lavfi(f"{TONE}:duration=4,volume=0:enable=gt(t\\,1)"), str(path))

        seen = viewer.watch_through(path, tmp_path / "out")

        assert seen.frames == 0
        assert seen.duration_ms == about(4000, 60)
        assert spans(seen, "silence") == [(about(1000), about(4000, 60))]
        assert sound_of(seen).offset_ms == 0
        assert texts(seen) == "no video stream"

    def test_a_few_samples_are_heard(self, tmp_path: Path, viewer: Viewer) -> None:
        path = tmp_path / "short.wav"
        run_ffmpeg(*lavfi(f"{TONE}:duration=0.01"), str(path))

        heard = sound_of(viewer.watch_through(path, tmp_path / "out"))

        assert heard.end_pts - heard.start_pts == 480
        assert heard.integrated_lufs is None


class TestDamage:
    def test_broken_packets_are_a_problem_and_no_end(self, tmp_path: Path, viewer: Viewer) -> None:
        # Some of these bytes announce a stream that wasn't there when the file was opened.
        path = film(tmp_path, *lavfi(f"{TONE}:duration=6"), seconds=6, name="bad.ts")
        data = bytearray(path.read_bytes())
        for at in range(len(data) // 3, 2 * len(data) // 3, 97):
            data[at] ^= 0xFF
        path.write_bytes(data)

        seen = viewer.watch_through(path, tmp_path / "out")

        assert sound_of(seen).end_pts * sound_of(seen).time_base > 6
        assert "of the aac sound could not be decoded" in texts(seen)

    def test_sound_is_heard_when_the_pictures_are_lost(
        self, tmp_path: Path, viewer: Viewer
    ) -> None:
        path = film(tmp_path, *lavfi(f"{TONE}:duration=3"), seconds=3, name="lost.mp4")
        data = bytearray(path.read_bytes())
        table = data.index(b"stco")  # where the pictures lie: now at the file's beginning
        count = int.from_bytes(data[table + 8 : table + 12], "big")
        data[table + 12 : table + 12 + 4 * count] = bytes(4 * count)
        path.write_bytes(data)

        seen = viewer.watch_through(path, tmp_path / "out")

        assert (seen.frames, seen.duration_ms) == (0, about(3000, 60))
        assert sound_of(seen).offset_ms == 0
        assert "not one frame of the mpeg4 video could be decoded" in texts(seen)

    def test_sound_that_nothing_decodes_is_missing_throughout(
        self, tmp_path: Path, viewer: Viewer
    ) -> None:
        path = tmp_path / "odd.avi"
        # fmt: off
        run_ffmpeg(*TINY, *lavfi("sine=duration=1:sample_rate=22050"), "-frames:v", "25",
                   "-c:v", "mpeg4", "-c:a", "sonic", "-strict", "-2", str(path))
        # fmt: on

        seen = viewer.watch_through(path, tmp_path / "out")

        assert seen.frames == 25
        assert seen.sound is None
        assert spans(seen, "no_audio") == [(0, 1000)]
        assert texts(seen) == (
            "not a moment of the sound could be decoded: there is no decoder for it"
        )

    def test_a_change_within_the_file_is_told(self, tmp_path: Path, viewer: Viewer) -> None:
        parts = []
        for number, layout in enumerate(("stereo", "mono")):
            form = f"{TONE}:duration=1,aformat=channel_layouts={layout}"
            part = film(tmp_path, *lavfi(form), seconds=1, name=f"{number}.ts", codec="mp2")
            parts.append(part.read_bytes())
        path = tmp_path / "joined.ts"
        path.write_bytes(b"".join(parts))

        seen = viewer.watch_through(path, tmp_path / "out")

        assert "the sound changes to mono at 48000 Hz" in texts(seen)
        assert sound_of(seen).layout == "stereo"
        assert spans(seen, "no_audio") == []


class TestAnAnswerAboutSoundIsChecked:
    @staticmethod
    def said(**changes: object) -> dict[str, object]:
        good: dict[str, object] = {
            "stream": 1,
            "time_base": [1, 48000],
            "start": 0,
            "end": 19200,
            "sample_rate": 48000,
            "layout": "mono",
            "channels": [["FC", -3.0, -6.0, False]],
            "integrated": -23.0,
            "range": None,
            "momentary": -23.0,
            "short_term": None,
            "true_peak": -2.9,
            "clipped": 0,
            "silence": -60.0,
            "bucket": [1, 10],
            "peaks": base64.b64encode(b"\1\2\3\4").decode(),
            "rms": base64.b64encode(b"\1\1\1\1").decode(),
            "spans": [["silence", 0, 9600]],
        }
        return TestAnAnswerIsChecked.said(sound=good | changes)

    def test_a_right_one_is_believed(self, tmp_path: Path) -> None:
        seen = answers.viewing(self.said(), tmp_path)

        assert sound_of(seen).waveform.peaks == b"\1\2\3\4"
        assert spans(seen, "silence") == [(0, 200)]

    @pytest.mark.parametrize(
        "changes",
        [
            {"integrated": float("nan")},
            {"true_peak": 1e9},
            {"channels": []},
            {"channels": [["FC", None, None, False]] * 65},
            {"end": 0},
            {"peaks": "?"},
            {"peaks": ""},
            {"rms": base64.b64encode(b"\1").decode()},
            {"peaks": base64.b64encode(bytes(4001)).decode()},
            {"bucket": [0, 1]},
            {"spans": [["black", 0, 1]]},
            {"spans": [["silence", 5, 5]]},
            {"time_base": [1, 0]},
            {"more": 1},
        ],
    )
    def test_a_wrong_one_is_refused(self, tmp_path: Path, changes: dict[str, object]) -> None:
        with pytest.raises(ValueError, match=r"."):
            answers.viewing(self.said(**changes), tmp_path)
