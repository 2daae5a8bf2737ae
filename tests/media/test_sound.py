"""What is heard in decoded frames, against known truth and against FFmpeg's own meter."""

from __future__ import annotations

import math
import re
import subprocess
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame

from mediacatalog.media import quiet, sound, waveform
from mediacatalog.media.sound import Heard, Listener
from tests.factories import run_ffmpeg

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE = 48000
BASE = Fraction(1, RATE)
CUTS = 4096  # samples of a made frame


def sine(
    dbfs: float, seconds: float, hertz: float = 1000.0, rate: int = RATE
) -> NDArray[np.float32]:
    at = np.arange(round(seconds * rate)) / rate
    return (10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * at)).astype(np.float32)


def frames_of(
    samples: NDArray[np.float32], layout: str, start: int = 0, rate: int = RATE
) -> list[AudioFrame]:
    """Frames of (channels, samples), stamped in ticks of a sample from `start` on."""
    made = []
    for at in range(0, samples.shape[1], CUTS):
        part = np.ascontiguousarray(samples[:, at : at + CUTS])
        frame = AudioFrame.from_ndarray(part, format="fltp", layout=layout)
        frame.sample_rate, frame.pts = rate, start + at
        made.append(frame)
    return made


def heard_of(
    frames: list[AudioFrame],
    base: Fraction = BASE,
    picture: tuple[Fraction, Fraction] | None = None,
) -> Heard:
    listener = Listener(base)
    for frame in frames:
        listener.add(frame)
    heard = listener.finish(picture)
    assert heard is not None
    return heard


def heard_in(path: Path) -> Heard:
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert stream.time_base is not None
        frames = [frame for packet in container.demux(stream) for frame in packet.decode()]
        return heard_of(frames, stream.time_base)


def stereo(*parts: NDArray[np.float32]) -> NDArray[np.float32]:
    joined = np.concatenate(parts)
    return np.stack([joined, joined])


def spans(heard: Heard, kind: str, base: Fraction = BASE) -> list[tuple[float, float]]:
    """In seconds from the beginning of the sound."""
    return [
        (float((start - heard.start) * base), float((end - heard.start) * base))
        for found, start, end in heard.spans
        if found == kind
    ]


class TestLoudness:
    """The cases of EBU Tech 3341, table 1, that can be made of tones; 0.1 LU is its tolerance."""

    @pytest.mark.parametrize(
        ("levels", "expected"),
        [
            ([(-23, 20.0)], -23.0),
            ([(-33, 20.0)], -33.0),
            ([(-36, 10.0), (-23, 60.0), (-36, 10.0)], -23.0),
            ([(-72, 10.0), (-36, 10.0), (-23, 60.0), (-36, 10.0), (-72, 10.0)], -23.0),
            ([(-26, 20.0), (-20, 20.1), (-26, 20.0)], -23.0),
        ],
        ids=["case 1", "case 2", "case 3", "case 4", "case 5"],
    )
    def test_tones_of_the_ebu_are_as_loud_as_it_says(
        self, levels: list[tuple[int, float]], expected: float
    ) -> None:
        tone = stereo(*(sine(dbfs, seconds) for dbfs, seconds in levels))

        heard = heard_of(frames_of(tone, "stereo"))

        assert heard.integrated == pytest.approx(expected, abs=0.1)

    def test_surround_channels_weigh_more_and_the_low_ones_nothing(self) -> None:
        levels = {"FL": -28, "FR": -28, "FC": -24, "LFE": -3, "BL": -30, "BR": -30}

        heard = heard_of(frames_of(np.stack([sine(one, 20.0) for one in levels.values()]), "5.1"))

        assert heard.integrated == pytest.approx(-23.0, abs=0.1)  # case 6
        assert [name for name, *_ in heard.channels] == list(levels)

    @pytest.mark.parametrize(
        ("low", "high", "expected"), [(-20, -30, 10), (-20, -15, 5), (-40, -20, 20)]
    )
    def test_the_range_is_that_of_ebu_tech_3342(self, low: int, high: int, expected: float) -> None:
        tone = stereo(sine(low, 20.0), sine(high, 20.0))

        assert heard_of(frames_of(tone, "stereo")).range == pytest.approx(expected, abs=1.0)

    @pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 96000, 192000])
    def test_it_does_not_depend_on_the_rate(self, rate: int) -> None:
        tone = sine(-23, 5.0, rate=rate)

        heard = heard_of(frames_of(np.stack([tone, tone]), "stereo", rate=rate), Fraction(1, rate))

        assert heard.integrated == pytest.approx(-23.0, abs=0.1)
        assert heard.end == 5 * rate

    def test_momentary_and_short_term_are_those_of_the_loudest_part(self) -> None:
        tone = stereo(sine(-40, 5.0), sine(-20, 1.0), sine(-40, 5.0))

        heard = heard_of(frames_of(tone, "stereo"))

        assert heard.momentary == pytest.approx(-20.0, abs=0.1)
        assert heard.short_term == pytest.approx(-20.0 - 10 * math.log10(3), abs=0.2)

    def test_below_the_gate_or_too_short_it_is_not_a_number(self) -> None:
        assert heard_of(frames_of(stereo(sine(-80, 3.0)), "stereo")).integrated is None
        assert heard_of(frames_of(stereo(sine(-20, 0.3)), "stereo")).integrated is None

    def test_a_peak_between_samples_counts(self) -> None:
        # EBU Tech 3341, case 15 onwards: a quarter of the rate, 45 degrees off its samples.
        at = np.arange(RATE)
        tone = (0.5 * np.sin(np.pi / 2 * at + np.pi / 4)).astype(np.float32)

        heard = heard_of(frames_of(stereo(tone), "stereo"))

        assert heard.true_peak == pytest.approx(-6.0, abs=0.4)
        assert heard.channels[0][1] == pytest.approx(-9.03, abs=0.01)

    def test_skipping_what_can_not_hold_a_peak_changes_nothing(self) -> None:
        random = np.random.default_rng(7)
        noise = random.standard_normal((1, 3 * RATE)).astype(np.float32) * 0.1
        noise *= np.linspace(0.2, 1, noise.shape[1], dtype=np.float32)
        phases = np.array(sound.TruePeak(60)._matrix).T
        taps = [row[row != 0] for row in phases[:: len(phases) // 4]]
        whole = max(float(np.abs(np.convolve(noise[0], tap[::-1])).max()) for tap in taps)

        heard = heard_of(frames_of(noise, "mono"))

        assert heard.true_peak == pytest.approx(20 * math.log10(whole), abs=1e-4)


def ffmpeg_says(path: Path) -> dict[str, float]:
    """The summary of FFmpeg's filter ebur128."""
    done = subprocess.run(
        [
            *("ffmpeg", "-nostdin", "-hide_banner", "-i", path, "-map", "0:a:0"),
            *("-af", "ebur128=peak=true", "-f", "null", "-"),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    summary = done.stderr.rpartition("Summary:")[2]
    names = {"I": "integrated", "LRA": "range", "Peak": "true_peak"}
    found = re.findall(r"^\s+(I|LRA|Peak):\s+(-?[\d.]+)", summary, re.MULTILINE)
    return {names[name]: float(value) for name, value in found}


class TestAgainstFfmpeg:
    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("aac.m4a", ["-c:a", "aac", "-ac", "2"]),
            ("mono.wav", ["-c:a", "pcm_s16le", "-ac", "1"]),
            ("eight.wav", ["-c:a", "pcm_u8", "-ar", "22050", "-ac", "1"]),
            ("deep.wav", ["-c:a", "pcm_s24le", "-ar", "96000", "-ac", "2"]),
            ("float.wav", ["-c:a", "pcm_f32le", "-ac", "2"]),
            ("double.wav", ["-c:a", "pcm_f64le", "-ar", "44100", "-ac", "2"]),
            ("surround.mka", ["-c:a", "ac3", "-ac", "6"]),
            ("eight.flac", ["-c:a", "flac", "-ac", "8"]),
            ("lossy.opus", ["-c:a", "libopus", "-ac", "2"]),
            ("old.mp3", ["-c:a", "libmp3lame", "-ar", "44100", "-ac", "2"]),
        ],
    )
    def test_both_meters_agree(self, tmp_path: Path, name: str, options: list[str]) -> None:
        path = tmp_path / name
        source = "aevalsrc='0.4*sin(440*2*PI*t)*(0.2+mod(t,1.7))/2|0.3*random(0)*gt(mod(t,4),1)'"
        source += ":s=48000:d=8,lowpass=6000"  # the two interpolate white noise differently
        run_ffmpeg("-f", "lavfi", "-i", source, *options, str(path))

        heard, said = heard_in(path), ffmpeg_says(path)

        assert heard.integrated == pytest.approx(said["integrated"], abs=0.1)
        assert heard.range == pytest.approx(said["range"], abs=0.3)
        assert heard.true_peak == pytest.approx(said["true_peak"], abs=0.35)


class TestSilence:
    def test_it_is_found_to_a_hundredth_of_a_second(self) -> None:
        tone = stereo(sine(-20, 3.0), np.zeros(RATE * 5 // 2, np.float32), sine(-20, 2.0))

        found = spans(heard_of(frames_of(tone, "stereo")), "silence")

        assert found == [(pytest.approx(3.0, abs=0.011), pytest.approx(5.5, abs=0.011))]

    def test_pauses_of_speech_are_no_silence(self) -> None:
        tone = stereo(sine(-20, 3.0), np.zeros(RATE * 19 // 10, np.float32), sine(-20, 2.0))

        assert spans(heard_of(frames_of(tone, "stereo")), "silence") == []

    def test_a_beep_ends_a_silence(self) -> None:
        still, beep = np.zeros(RATE * 3 // 2, np.float32), sine(-20, 0.04)

        heard = heard_of(frames_of(stereo(beep, still, beep, still, beep), "stereo"))

        assert spans(heard, "silence") == []

    def test_a_silence_goes_on_across_a_change_of_layout(self) -> None:
        still = np.zeros((2, RATE * 3 // 2), np.float32)

        heard = heard_of(
            [
                *frames_of(stereo(sine(-20, 1.0)), "stereo"),
                *frames_of(still, "stereo", start=RATE),
                *frames_of(still[:1], "mono", start=RATE * 5 // 2),
            ]
        )

        assert spans(heard, "silence") == [(pytest.approx(1.0, abs=0.011), 4.0)]

    def test_an_offset_of_a_bad_recorder_is_no_sound(self) -> None:
        tone = stereo(sine(-20, 2.0), np.zeros(RATE * 3, np.float32)) + np.float32(0.02)

        assert len(spans(heard_of(frames_of(tone, "stereo")), "silence")) == 1

    def test_the_noise_of_the_recording_is_its_silence_if_the_rest_is_far_above(self) -> None:
        random = np.random.default_rng(3)
        noise = (0.0006 * random.standard_normal(RATE * 10)).astype(np.float32)
        noise[: RATE * 6] += sine(-8, 6.0)

        heard = heard_of(frames_of(noise[None], "mono"))

        assert quiet.SILENCE_DBFS < heard.silence <= quiet.LOUDEST_SILENCE_DBFS
        assert spans(heard, "silence") == [(pytest.approx(6.0, abs=0.02), pytest.approx(10.0))]

    def test_steady_noise_is_no_silence(self) -> None:
        random = np.random.default_rng(3)
        noise = (0.002 * random.standard_normal((1, RATE * 6))).astype(np.float32)

        heard = heard_of(frames_of(noise, "mono"))

        assert heard.silence == quiet.SILENCE_DBFS
        assert heard.spans == ()

    def test_sound_that_is_silent_throughout_is_told_at_any_length(self) -> None:
        heard = heard_of(frames_of(np.zeros((1, RATE // 2), np.float32), "mono"))

        assert spans(heard, "silence") == [(0.0, 0.5)]
        assert heard.integrated is None
        assert heard.true_peak is None
        assert heard.channels == (("FC", None, None, False),)


class TestClipping:
    def test_runs_at_full_scale_are_one_span(self) -> None:
        loud = np.clip(sine(12, 1.0, 200), -1, 1)
        tone = stereo(sine(-20, 2.0), loud, sine(-20, 2.0))

        heard = heard_of(frames_of(tone, "stereo"))

        assert spans(heard, "clipping") == [
            (pytest.approx(2.0, abs=0.002), pytest.approx(3.0, abs=0.002))
        ]
        assert heard.clipped == 2 * int((np.abs(loud) >= 32767 / 32768).sum())

    def test_a_peak_that_just_reaches_full_scale_is_none(self) -> None:
        heard = heard_of(frames_of(stereo(sine(0, 2.0, 1000)), "stereo"))

        assert heard.clipped == 0
        assert spans(heard, "clipping") == []

    @pytest.mark.parametrize("codec", ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le"])
    def test_every_depth_has_its_own_full_scale(self, tmp_path: Path, codec: str) -> None:
        path = tmp_path / "loud.wav"
        source = "aevalsrc='if(between(t,1,2),clip(4*sin(300*t),-1,1),0.3*sin(300*t))'"
        run_ffmpeg("-f", "lavfi", "-i", f"{source}:s=48000:d=3", "-c:a", codec, str(path))

        heard = heard_in(path)

        assert spans(heard, "clipping") == [
            (pytest.approx(1.0, abs=0.01), pytest.approx(2.0, abs=0.01))
        ]


class TestChannels:
    def test_a_dead_channel_is_told(self) -> None:
        heard = heard_of(frames_of(np.stack([sine(-20, 1.0), sine(-75, 1.0)]), "stereo"))

        assert [(name, dead) for name, _, _, dead in heard.channels] == [
            ("FL", False),
            ("FR", True),
        ]
        assert heard.channels[0][2] == pytest.approx(-23.01, abs=0.02)

    def test_twenty_four_channels_are_read(self, tmp_path: Path) -> None:
        path = tmp_path / "many.wav"
        tones = "|".join(f"0.1*sin({100 + 10 * n}*t)" for n in range(24))
        run_ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{tones}':s=48000:d=0.5", str(path))

        heard = heard_in(path)

        assert len(heard.channels) == 24
        assert {round(peak or 0) for _, peak, _, _ in heard.channels} == {-20}


class TestStamps:
    def test_a_hole_is_missing_sound(self) -> None:
        first = frames_of(stereo(sine(-20, 1.0)), "stereo")
        later = frames_of(stereo(sine(-20, 1.0)), "stereo", start=2 * RATE)

        heard = heard_of([*first, *later])

        assert spans(heard, "no_audio") == [(1.0, 2.0)]
        assert heard.end == 3 * RATE
        at = round(1.5 / heard.bucket)
        assert heard.peaks[at] == 0
        assert heard.peaks[at // 3] > 0

    def test_sound_may_begin_late_and_end_early(self) -> None:
        frames = frames_of(stereo(sine(-20, 1.0)), "stereo", start=RATE)

        heard = heard_of(frames, picture=(Fraction(0), Fraction(3)))

        assert [one for one in heard.spans if one[0] == "no_audio"] == [
            ("no_audio", 0, RATE),
            ("no_audio", 2 * RATE, 3 * RATE),
        ]

    def test_a_jump_back_is_counted_on(self) -> None:
        first = frames_of(stereo(sine(-20, 1.0)), "stereo", start=90 * RATE)
        again = frames_of(stereo(sine(-20, 1.0)), "stereo")

        heard = heard_of([*first, *again])

        assert (heard.start, heard.end) == (90 * RATE, 92 * RATE)
        assert [(text[:30], at) for text, at, _ in heard.problems] == [
            ("time stamps of the sound jump;", 91 * RATE)
        ]
        assert heard.spans == ()

    def test_missing_stamps_are_counted(self) -> None:
        frames = frames_of(stereo(sine(-20, 1.0)), "stereo")
        for frame in frames:
            frame.pts = None

        heard = heard_of(frames)

        assert (heard.start, heard.end) == (0, RATE)
        assert "positions are estimated" in heard.problems[0][0]

    def test_stamps_in_milliseconds_and_jitter_are_no_holes(self) -> None:
        frames = frames_of(stereo(sine(-20, 20.0)), "stereo")
        for n, frame in enumerate(frames):
            assert frame.pts is not None
            frame.pts = frame.pts * 1000 // RATE + (n % 7) * 9

        heard = heard_of(frames, Fraction(1, 1000))

        assert heard.spans == ()
        assert heard.problems == ()
        assert heard.end == pytest.approx(20_000, abs=1)

    @pytest.mark.parametrize("part", [1 / 300, -1 / 300])
    def test_a_clock_that_drifts_is_followed(self, part: float) -> None:
        frames = frames_of(stereo(sine(-20, 60.0)), "stereo")
        for frame in frames:
            assert frame.pts is not None
            frame.pts = round(frame.pts * (1 + part))

        heard = heard_of(frames)

        assert heard.spans == ()
        assert heard.end == pytest.approx(60 * RATE * (1 + part), abs=RATE // 9)

    def test_stamps_below_zero_are_kept(self) -> None:
        heard = heard_of(frames_of(stereo(sine(-20, 1.0)), "stereo", start=-1024))

        assert (heard.start, heard.end) == (-1024, RATE - 1024)


class TestChanges:
    def test_the_rate_and_the_layout_may_change(self) -> None:
        first = frames_of(stereo(sine(-23, 5.0)), "stereo")
        second = frames_of(sine(-20, 5.0, rate=24000)[None], "mono", start=5 * RATE, rate=24000)
        for n, frame in enumerate(second):
            frame.pts = 5 * RATE + n * 2 * CUTS

        heard = heard_of([*first, *second])

        assert heard.integrated == pytest.approx(-23.0, abs=0.1)
        assert heard.end == 10 * RATE
        assert heard.spans == ()
        assert heard.problems == (("the sound changes to mono at 24000 Hz", 5 * RATE, None),)

    def test_a_change_with_every_frame_is_bounded(self) -> None:
        frames = []
        for n in range(600):
            layout = ("mono", "stereo")[n % 2]
            part = np.full((1 + n % 2, 64), 0.1, np.float32)
            frames += frames_of(part, layout, start=n * 64)

        heard = heard_of(frames)

        assert heard.end == 600 * 64
        assert len(heard.problems) <= 10

    def test_values_that_are_no_numbers_do_no_harm(self) -> None:
        tone = stereo(sine(-20, 2.0))
        tone[0, 100:200] = np.nan
        tone[1, 300] = np.inf
        tone[1, 400] = -1e30

        heard = heard_of(frames_of(tone, "stereo"))

        assert heard.true_peak == pytest.approx(20 * math.log10(64), abs=1.0)
        assert heard.integrated is not None
        assert math.isfinite(heard.integrated)

    @pytest.mark.parametrize("samples", [1, 7, 100, 480, 4801])
    def test_very_short_sound_is_heard(self, samples: int) -> None:
        heard = heard_of(frames_of(np.full((1, samples), 0.5, np.float32), "mono"))

        assert heard.end == samples
        assert heard.peaks[0] == round(255 * math.sqrt(0.5))

    def test_nothing_gives_nothing(self) -> None:
        assert Listener(BASE).finish(None) is None


class TestWaveform:
    def test_it_is_bounded_and_in_place_whatever_the_length(self) -> None:
        course = waveform.Course(Fraction(1, 800))
        for second in range(3 * 3600):
            loud = np.full(800, 1.0 if second == 7200 else 0.04, np.float32)
            course.add(float(second), 1 / 800, loud, loud * loud)

        peaks, rms = course.finish()

        assert 2000 < len(peaks) == len(rms) <= waveform.MOST
        assert peaks.index(255) == pytest.approx(7200 / float(course.seconds), abs=1)
        assert peaks[100] == rms[100] == round(255 * math.sqrt(0.04))

    def test_a_hole_of_hours_is_no_work(self) -> None:
        course = waveform.Course(Fraction(1, 800))
        one = np.ones(1, np.float32)
        course.add(0.0, 1 / 800, one, one)
        course.add(80_000.0, 1 / 800, one, one)

        peaks, _ = course.finish()

        assert len(peaks) <= waveform.MOST
        assert peaks[0] == peaks[-1] == 255
        assert set(peaks[1:-1]) == {0}
