"""Timed transcripts and shot lists are read; articles that name hours are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediacatalog import captions
from mediacatalog.captions import transcript
from mediacatalog.errors import UnknownCaptionFormatError

if TYPE_CHECKING:
    from pathlib import Path


def rows(text: str) -> list[tuple[int, int, str]]:
    track = captions.read(text.encode(), name="clip.txt")
    assert (track.format, track.kind) == ("transcript", "transcript")
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in track.cues]


@pytest.mark.parametrize(
    "text",
    [
        "00:00:12 Wide of street\n00:00:15 Soldiers\n00:01:00 Ruins\n",
        "[00:12] Wide of street\n[00:15] Soldiers\n[01:00] Ruins\n",
        "0'12\" - Wide of street\n0'15\" - Soldiers\n1'00\" - Ruins\n",
        "00:12 Wide of street\n00:15 - Soldiers\n01:00: Ruins\n",
        "1. 00:00:12:04 - Wide of street\n2. 00:00:15:00 - Soldiers\n3. 00:01:00:10 - Ruins\n",
        "00:00:12\nWide of street\n\n00:00:15\nSoldiers\n\n00:01:00\nRuins\n",
        "(0:12) Wide of street\n(0:15) Soldiers\n(1:00) Ruins",
    ],
)
def test_lines_that_begin_with_a_time_are_cues(text: str) -> None:
    assert rows(text) == [
        (12_000, 15_000, "Wide of street"),
        (15_000, 60_000, "Soldiers"),
        (60_000, 70_000, "Ruins"),
    ]


def test_ranges_keep_their_ends_and_lines_without_times_belong_above() -> None:
    text = "SHOTLIST\n00:00 - 00:04 A\nmore\n00:05 - 00:09 B\n00:10 - 00:12 C\n"
    assert rows(text) == [(0, 4000, "A\nmore"), (5000, 9000, "B"), (10_000, 12_000, "C")]


@pytest.mark.parametrize(
    "text",
    [
        "14:05 The army entered the town.\n14:30 Shelling.\n15:10 Quiet again.\n",
        "15:10 Quiet again.\n14:30 Shelling.\n00:05 The army entered.\n",
        "The convoy left.\n10:15:00 was the time.\nIt came back.\n" * 3,
        "1. ABU KAMAL, SYRIA - Wide of street\n2. Soldiers\n3. Ruins\n4. More\n",
        "At 00:12 he spoke.\nAt 00:15 he left.\nAt 01:00 it was over.\n",
        "00:12 one\n00:15 two\n",
    ],
)
def test_texts_that_name_hours_are_no_transcripts(text: str) -> None:
    with pytest.raises(UnknownCaptionFormatError):
        captions.read(text.encode(), name="story.txt")


def test_no_article_of_the_samples_is_taken_for_a_transcript(samples: Path) -> None:
    articles = [
        path
        for path in (samples / "articles").rglob("*")
        if path.suffix in {".txt", ".md", ".html"}
    ]
    assert articles
    for path in articles:
        assert not transcript.sniff(path.read_text(errors="replace")), path.name


@settings(deadline=None)
@given(st.text(st.sampled_from("0123456789:[]()-'\". \nab"), max_size=200))
def test_no_text_raises(text: str) -> None:
    transcript.sniff(text)
    transcript.read(text)


def test_tmplayers_lines_are_told_apart_and_the_end_is_no_text() -> None:
    text = "00:00:01:Hello|there\n00:00:03:Bye\n0:00:05,1=Last\n[end]\n"
    track = captions.read(text.encode(), name="x.txt")
    assert [(cue.start_ms, cue.text) for cue in track.cues] == [
        (1000, "Hello\nthere"),
        (3000, "Bye"),
        (5000, "Last"),
    ]
    assert track.problems == ()
