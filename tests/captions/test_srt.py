"""SubRip as archives hold it: many dialects, no standard, and drones that write it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediacatalog import captions
from mediacatalog.errors import TelemetryNotCaptionsError, UnknownCaptionFormatError

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.values import Track

TIMES = "00:00:01,000 --> 00:00:02,000"


def read(text: str) -> Track:
    return captions.read(text.encode(), name="x.srt")


def rows(track: Track) -> list[tuple[int, int, str]]:
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in track.cues]


@pytest.mark.parametrize(
    ("times", "start", "end"),
    [
        ("00:00:01,000 --> 00:00:02,000", 1000, 2000),
        ("00:00:01.000 --> 00:00:02.000", 1000, 2000),
        ("0:0:1.5-->0:0:2", 1500, 2000),
        ("00:01,250 --> 00:02,5", 1250, 2500),
        ("00:00:01,000 -> 00:00:02,000", 1000, 2000),
        ("00:00:01,000 → 00:00:02,000", 1000, 2000),
        ("00:00:01:000 --> 00:00:02:000", 1000, 2000),
        ("00: 00: 01, 000 --> 00: 00: 02, 000", 1000, 2000),
        ("\u200f00:00:01,000 --> 00:00:02,000", 1000, 2000),
        ("1 00:00:01,000 --> 00:00:02,000", 1000, 2000),
        ("100:00:00,000 --> 100:00:01,000", 360_000_000, 360_001_000),
    ],
)
def test_times_are_read_in_every_dialect(times: str, start: int, end: int) -> None:
    assert rows(read(f"1\n{times}\nhello\n")) == [(start, end, "hello")]


def test_coordinates_are_settings_and_not_text() -> None:
    cue = read(f"1\n{TIMES} X1:100 X2:200\nhello\n").cues[0]
    assert (cue.settings, cue.text) == ("X1:100 X2:200", "hello")


@pytest.mark.parametrize(
    ("number", "settings"),
    [
        (1, "align:left"),
        (2, None),
        (3, "align:right"),
        (4, "line:50%,center align:left"),
        (5, "line:50%,center"),
        (8, "line:0"),
        (9, "line:0 align:right"),
    ],
)
def test_the_first_place_of_a_text_counts_and_is_written_again(
    number: int, settings: str | None
) -> None:
    track = read(f"1\n{TIMES}\n{{\\an{number}}}he{{\\an7}}llo\n")
    assert (track.cues[0].text, track.cues[0].settings) == ("hello", settings)
    assert read(captions.write(track.cues, "srt")).cues == track.cues


def test_the_number_before_the_times_is_the_id() -> None:
    assert [cue.id for cue in read(f"7\n{TIMES}\na\n\n9\n{TIMES}\nb\n").cues] == ["7", "9"]


def test_a_missing_blank_line_does_not_join_two_cues() -> None:
    track = read(f"1\n{TIMES}\nfirst\n2\n00:00:04,000 --> 00:00:05,000\nsecond\n")
    assert [cue.text for cue in track.cues] == ["first", "second"]


def test_blank_lines_within_a_cue_do_not_end_it() -> None:
    track = read(f"1\n{TIMES}\nabove\n\nbelow\n\n2\n00:00:04,000 --> 00:00:05,000\nnext\n")
    assert [cue.text for cue in track.cues] == ["above\nbelow", "next"]


def test_a_year_at_the_end_of_a_cue_is_text_where_cues_have_no_numbers() -> None:
    track = read(f"{TIMES}\nin the year\n2024\n\n00:00:04,000 --> 00:00:05,000\nnext\n")
    assert [cue.text for cue in track.cues] == ["in the year\n2024", "next"]


def test_double_spaced_files_keep_numbers_out_of_the_text() -> None:
    text = (
        "1\n\n00:00:01,000 --> 00:00:02,000\n\na\n\n\n\n2\n\n00:00:03,000 --> 00:00:04,000\n\nb\n"
    )
    assert [cue.text for cue in read(text).cues] == ["a", "b"]


def test_twice_converted_line_ends_count_once() -> None:
    text = f"1\n{TIMES}\na\n\n2\n00:00:03,000 --> bad\nb\n".replace("\n", "\r\r\n")
    assert read(text).problems[0].line == 6


def test_backwards_times_are_kept_and_named_by_line() -> None:
    track = read("1\n00:00:03,000 --> 00:00:02,000\nbackwards\n")
    assert rows(track) == [(3000, 3000, "backwards")]
    assert [one.line for one in track.problems] == [2]


def test_a_cue_without_an_end_keeps_its_text() -> None:
    track = read(f"1\n{TIMES}\na\n\n2\n00:00:04,000 --> bad\nb\n")
    assert rows(track) == [(1000, 2000, "a"), (4000, 14_000, "b")]
    assert [one.line for one in track.problems] == [6]


def test_text_under_unreadable_times_does_not_join_the_cue_before() -> None:
    track = read(f"1\n{TIMES}\na\n\n2\nxx:yy --> 00:00:04,000\nlost\n\n3\n{TIMES}\nc\n")
    assert [cue.text for cue in track.cues] == ["a", "c"]
    assert [one.line for one in track.problems] == [6]


@pytest.mark.parametrize("end", ["2\n", "2\n00:00:0", "2\n00:00:04,000 --"])
def test_a_cut_file_loses_only_the_cut_cue(end: str) -> None:
    track = read(f"1\n{TIMES}\na\n\n{end}")
    assert [cue.text for cue in track.cues] == ["a"]
    assert track.problems[0].message == "the file ends within a cue"


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ('<font color="red" size=9>a</font> <B>b</B> <i >c</i>', "a b c"),
        ("{\\an8}top{\\pos(1,2)} left", "top left"),
        ("{Y:i}italic {normal text}", "italic {normal text}"),
        ("a<br/>b\\Nc", "a\nb\nc"),
        ("AT&T &amp; Q&A &lt;live&gt;", "AT&T & Q&A <live>"),
        ("2<3 and <laughs>", "2<3 and <laughs>"),
        ("<blink>shown</blink> <never closed", "shown <never closed"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("C:\\News and C:\\home", "C:\\News and C:\\home"),
        ("bell\x07 and nul\x00", "bell and nul"),
    ],
)
def test_markup_is_taken_out_and_everything_else_is_text(raw: str, plain: str) -> None:
    assert read(f"1\n{TIMES}\n{raw}\n").cues[0].text == plain


def test_the_hostile_samples_keep_every_cue(samples: Path) -> None:
    sloppy = captions.read((samples / "captions/hostile/sloppy.srt").read_bytes())
    assert rows(sloppy) == [
        (1500, 3000, "no spaces, dot, short fields"),
        (4000, 4000, "ends before it starts"),
        (5000, 6000, "with coordinates"),
        (7000, 8000, "no index"),
        (9000, 10000, ""),
        (360_000_000, 360_001_000, "after 100 hours"),
    ]
    overlapping = captions.read((samples / "captions/hostile/overlapping.srt").read_bytes())
    assert len(overlapping.cues) == 3
    assert overlapping.problems == ()


def test_the_capability_tester_leaves_no_known_markup(samples: Path) -> None:
    data = (samples / "captions/srt/pysrt_capability_tester.srt").read_bytes()
    track = captions.read(data)
    words = "\n".join(cue.text for cue in track.cues)
    assert len(track.cues) == 37
    for markup in ("<b>", "<i>", "<font", "{\\an", "{Y:", "<invalid_tag>", "X1:000"):
        assert markup not in words
    for kept in ("{normal text}", "2<3,5>1,4<6", "<invalid_tag_unclosed>", "\\TEST"):
        assert kept in words


def test_captions_that_mention_cameras_are_captions() -> None:
    track = read(f"1\n{TIMES}\nset the ISO 400 and the shutter\n\n2\n{TIMES}\nGPS (lost)\n")
    assert len(track.cues) == 2


@pytest.mark.parametrize(
    "log",
    [
        "HOME(W: 0.0, N: 50.1) 2021-05-01 10:00:00\nISO:100 SHUTTER:60 EV:0.0 F-NUM:2.8",
        "[iso: 110] [shutter: 1/100.0] [fnum: 2.8] [rel_alt: 1.2 abs_alt: 40.1]",
        "F/2.8, SS 30.15, ISO 260, EV -1.7, GPS (-121.7458, 48.0771, 17), D 221.21m",
    ],
)
def test_flight_logs_are_refused_by_their_content(log: str) -> None:
    with pytest.raises(TelemetryNotCaptionsError, match=r"clip\.srt: telemetry"):
        captions.read(f"1\n{TIMES}\n{log}\n\n2\n{TIMES}\n{log}\n".encode(), name="clip.srt")


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf", b"\x00\x00"])
def test_an_empty_file_is_named_as_such(data: bytes) -> None:
    with pytest.raises(UnknownCaptionFormatError, match="the file is empty"):
        captions.read(data, name="clip.srt")


@pytest.mark.parametrize("data", [b"<html>--></html>", b"\x89PNG\r\n\x1a\n", b"just words\n"])
def test_what_is_no_caption_file_is_refused(data: bytes) -> None:
    with pytest.raises(UnknownCaptionFormatError, match="no captions of a known format"):
        captions.read(data, name="clip.srt")


@pytest.mark.parametrize(
    "times",
    [
        "٠٠:٠٠:٠١,٠٠٠ --> ٠٠:٠٠:٠٢,٠٠٠",
        "۰۰:۰۰:۰۱٫۰۰۰ --> ۰۰:۰۰:۰۲٫۰۰۰",
        "００：００：０１，０００ －－＞ ００：００：０２，０００",
        "00:00:01,000   00:00:02,000",
    ],
)
def test_times_in_other_figures_or_without_an_arrow_are_times(times: str) -> None:
    track = read(f"١\n{times}\nhere\n\n2\n00:00:03,000 --> 00:00:04,000\nthere\n")
    assert rows(track) == [(1000, 2000, "here"), (3000, 4000, "there")]


@pytest.mark.parametrize(
    "said",
    [
        "2015.05.05 12:00:00\nGPS(36.1,35.2,0)\nHOME(36.1,35.2) \nD=10m H=20m",
        "12:00:00, 36.10001N 35.20002E, 120m, 5.2km/h",
        "GPS: 36.1, 35.2, 120m\nSpeed: 5.2 km/h\n2023-01-01 10:00:00",
        "F/2.8, SS 206.14, ISO 150, EV 0, GPS (-122.36, 37.59, 19), D 224.9m, H 45.0m, H.S 0.0m/s",
    ],
)
def test_logs_of_drones_and_cameras_are_no_captions(said: str) -> None:
    with pytest.raises(TelemetryNotCaptionsError):
        read(f"1\n{TIMES}\n{said}\n\n2\n{TIMES}\n{said}\n")


def test_speech_about_instruments_is_speech() -> None:
    track = read(f"1\n{TIMES}\nThe GPS: broken. ISO 9001, they said.\n\n2\n{TIMES}\nat 90 km/h\n")
    assert len(track.cues) == 2


def test_text_behind_the_times_is_text_and_places_are_places() -> None:
    track = read(f"1\n{TIMES} Hello there\nfriend\n\n2\n{TIMES} X1:10 X2:20 Y1:30 Y2:40\nplace\n")
    assert [(cue.text, cue.settings) for cue in track.cues] == [
        ("Hello there\nfriend", None),
        ("place", "X1:10 X2:20 Y1:30 Y2:40"),
    ]


def test_a_cue_without_an_end_lasts_until_the_next_one() -> None:
    track = read("1\n00:00:01,000 -->\na\n\n2\n00:00:03,000 --> 00:00:04,000\nb\n")
    assert rows(track) == [(1000, 3000, "a"), (3000, 4000, "b")]
