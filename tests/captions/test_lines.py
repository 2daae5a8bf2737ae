"""Formats of one line or block a cue: SBV, SubViewer, LRC, MicroDVD, MPL2, SAMI."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediacatalog import captions
from mediacatalog.captions import lrc, microdvd, mpl2, sami, sbv

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.values import Track


def rows(track: Track) -> list[tuple[int, int, str]]:
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in track.cues]


def read(text: str, **more: Fraction) -> Track:
    return captions.read(text.encode(), **more)


def test_sbv_is_read_with_blank_lines_and_without() -> None:
    track = read("0:00:01.500,0:00:02.000\na[br]b\n\nc\n0:00:03.000,0:00:04.000\nlast")
    assert track.format == "sbv"
    assert rows(track) == [(1500, 2000, "a\nb\nc"), (3000, 4000, "last")]


def test_subviewers_head_is_no_text() -> None:
    track = read(
        "[INFORMATION]\n[TITLE]none\n[END INFORMATION]\n[SUBTITLE]\n00:00:01.50,00:00:02.00\na\n"
    )
    assert rows(track) == [(1500, 2000, "a")]


def test_a_bad_time_of_sbv_is_a_problem_and_its_text_joins_nothing() -> None:
    track = read("0:00:01.000,0:00:02.000\na\n0:00:0x,0:00:03.000\n\n0:0:3,0:00\nb\n")
    assert [cue.text for cue in track.cues] == ["a\n0:00:0x,0:00:03.000"]
    assert [one.line for one in track.problems] == [5]


def test_a_line_of_lrc_lasts_until_the_next_and_empty_ones_only_end() -> None:
    track = read("[ti:x]\n[la:en]\n[00:01.50]a\n[00:03.00]\n[00:05.00]b\n")
    assert (track.format, track.language) == ("lrc", "en")
    assert rows(track) == [(1500, 3000, "a"), (5000, 15_000, "b")]


def test_a_chorus_of_lrc_stands_at_each_of_its_times() -> None:
    track = read("[offset:500]\n[00:10.00][00:02.00]chorus\n[00:04.00]verse\n")
    assert rows(track) == [(1500, 3500, "chorus"), (3500, 9500, "verse"), (9500, 19_500, "chorus")]


def test_times_of_words_are_no_words_and_the_last_one_ends_the_line() -> None:
    track = read("[00:01.00]<00:01.00>the <00:01.50>ferry <00:02.00>\n[00:09.00]left\n")
    assert rows(track)[0] == (1000, 2000, "the ferry")


def test_microdvd_takes_the_clips_rate_and_the_files_own_rate_wins() -> None:
    text = "{0}{24}one|two\n{48}{}{y:i}last\n"
    assert rows(read(text, frame_rate=Fraction(24))) == [
        (0, 1000, "one\ntwo"),
        (2000, 12_000, "last"),
    ]
    named = read("{1}{1}23.976\n" + text, frame_rate=Fraction(25))
    assert rows(named)[0] == (0, 1001, "one\ntwo")
    assert named.problems == ()


def test_microdvd_without_any_rate_says_so() -> None:
    track = captions.read(b"{25}{50}x\n", name="x.srt")
    assert (track.format, rows(track)) == ("microdvd", [(1000, 2000, "x")])
    assert "25 a second" in track.problems[0].message


def test_mpl2_counts_tenths() -> None:
    track = read("[10][25]/one|two\n[30][]last\nnoise\n")
    assert (track.format, rows(track)) == (
        "mpl2",
        [(1000, 2500, "one\ntwo"), (3000, 13_000, "last")],
    )
    assert [one.line for one in track.problems] == [3]


SAMI = """<SAMI><HEAD><TITLE>no</TITLE><STYLE TYPE="text/css"><!--
P { color: white; }
.ENCC { Name: English; lang: en-US; SAMIType: CC; }
.ARCC { Name: Arabic; lang: ar; }
#Source { color: red; }
--></STYLE></HEAD><BODY>
<SYNC Start=1000><P Class=ENCC ID=Source>Anna:<P Class=ENCC>the ferry<br>left &amp; sank
<P Class=ARCC>غادرت
<SYNC Start=2000><P Class=ENCC>&nbsp
<SYNC Start=oops><P Class=ENCC>lost
<SYNC Start="3000"><P Class=ENCC>last</P></SYNC>
</BODY></SAMI>"""


def test_sami_keeps_languages_speakers_and_ends_apart() -> None:
    track = read(SAMI)
    assert (track.format, track.language) == ("sami", "en-US")
    assert [(c.start_ms, c.end_ms, c.text, c.speaker, c.language) for c in track.cues] == [
        (1000, 2000, "the ferry\nleft & sank", "Anna", None),
        (1000, 11_000, "غادرت", None, "ar"),
        (3000, 13_000, "last", None, None),
    ]
    assert [one.line for one in track.problems] == [10]


@pytest.mark.parametrize(("name", "count"), [("ed.ar.lrc", 77), ("ed.en.sbv", 78)])
def test_the_samples_are_read_as_their_truth_says(samples: Path, name: str, count: int) -> None:
    known = json.loads((samples / "samples.json").read_text())["files"]
    truth = next(one["truth"] for one in known if one["name"] == f"captions/other/{name}")
    track = captions.read((samples / "captions/other" / name).read_bytes(), name=name)
    assert len(track.cues) == truth["cue_count"] == count
    assert track.problems == ()
    if "first" in truth:
        assert rows(track)[0] == tuple(truth["first"])
    else:
        assert track.cues[0].start_ms == truth["first_start_ms"]


def test_microdvd_tells_the_programme_of_its_webvtt(samples: Path) -> None:
    folder = samples / "captions/broadcast"
    frames = captions.read((folder / "pycaption_example.sub").read_bytes(), frame_rate=Fraction(25))
    times = captions.read((folder / "pycaption_example.vtt").read_bytes())
    assert [cue.text.split() for cue in frames.cues][:5] == [
        cue.text.split() for cue in times.cues
    ][:5]


READERS = (lrc.read, sbv.read, sami.read, mpl2.read, microdvd.read)
ALPHABET = "[]{}<>0123456789:.,|/\n -abSYNCstartP=&;\"'"


@settings(deadline=None)
@given(st.text(st.sampled_from(ALPHABET), max_size=200))
def test_no_text_raises(text: str) -> None:
    for reader in READERS:
        reader(text)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**6),
            st.integers(0, 1000),
            st.from_regex(r"[a-z]{1,9}", fullmatch=True),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_the_last_cue_of_a_file_without_a_last_newline_is_kept(
    cues: list[tuple[int, int, str]],
) -> None:
    lines = [f"{{{start}}}{{{start + length}}}{text}" for start, length, text in cues]
    assert len(microdvd.read("\n".join(lines), Fraction(25)).cues) == len(cues)
    lines = [f"[{start}][{start + length}]{text}" for start, length, text in cues]
    assert len(mpl2.read("\n".join(lines)).cues) == len(cues)
