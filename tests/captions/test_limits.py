"""Hostile files: bounded work whatever stands in them, and a note of what was left out."""

from __future__ import annotations

import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from mediacatalog import captions
from mediacatalog.captions.gathering import MAX_BYTES, MAX_CUES, MAX_PROBLEMS, MAX_TEXT
from mediacatalog.errors import UnknownCaptionFormatError
from mediacatalog.ingest import timed_text

if TYPE_CHECKING:
    from pathlib import Path

SRT = b"1\n00:00:01,000 --> 00:00:02,000\n"
VTT = b"WEBVTT\n\n00:01.000 --> 00:02.000\n"
ASS = b"[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,"
TTML = b'<tt xmlns="http://www.w3.org/ns/ttml"><body><p begin="1s" end="2s">a'
N = 2**20
MOST_TIMES = 12
"""What hostile bytes may take of the processor, to as many bytes of usual captions."""


@pytest.fixture(scope="module")
def usual() -> float:
    """Seconds of the processor for a megabyte of SRT."""
    cue = "{0}\n00:{1:02}:{2:02},000 --> 00:{1:02}:{2:02},900\nThe crossing was quiet at dawn.\n\n"
    data = "".join(cue.format(one, *divmod(one % 3600, 60)) for one in range(N // 60)).encode()[:N]
    start = time.process_time()
    captions.read(data, name="x.srt")
    return time.process_time() - start


@pytest.mark.parametrize(
    "data",
    [
        SRT + b"<b" + b" " * N,
        SRT + b"<" * N,
        SRT + b"{\\" * N,
        SRT + b"</a><a " * N,
        SRT + b"&#0" * N,
        SRT + b"\r" * N,
        SRT + b"-->\n" * (N // 16),
        VTT + b"&#" + b"0" * N,
        VTT + b"<v " * N,
        b"WEBVTT\n\n" + b"\t" * N + b"-->",
        ASS + b"{\\p" * N,
        b"1\n" + b"1:" * N + b"-->",
        b"x\n" + (b" " * 60 + b"1" * 60 + b"\n") * (N // 64),
        b";\n" * N,
        TTML + b"<p>" * (N // 4),
        TTML + b"<span begin='1s'>a" * (N // 16),
        TTML + b"<!--" * N,
        TTML + b"<p begin='" * (N // 8),
        TTML + b"&a;" * N,
        TTML + b"<x " + b"a='1' " * (N // 8) + b">",
        b"<!DOCTYPE tt [" + b"<!ENTITY a '" * (N // 16),
        b"<sami>" + b"<sync start=1><p class=a>x" * (N // 32),
        b"<sami><style>" + b".a{" * N,
        b"[00:01.00]" * (N // 16),
        b"[00:01.00]" + b"<00:01.00>" * (N // 16),
        b"{1}{2}" + b"{y:i}|" * (N // 8),
        b"0:00:01.000,0:00:02.000\n" + b"[br]" * (N // 4),
        b"Scenarist_SCC V1.0\n\n00:00:00:00\t" + b"9420 942f c1c1 " * (N // 16),
        b"00:00:01 a\n00:00:02 b\n00:00:03 c\n" + b"0:" * N,
    ],
)
def test_a_megabyte_of_anything_is_read_in_bounded_time(data: bytes, usual: float) -> None:
    start = time.process_time()
    try:
        track = captions.read(data, name="x.srt")
    except UnknownCaptionFormatError:
        pass
    else:
        assert all(len(cue.text) <= MAX_TEXT for cue in track.cues)
        assert len(track.problems) <= MAX_PROBLEMS + 1
    assert time.process_time() - start < MOST_TIMES * usual


def test_a_gigabyte_beside_a_video_is_told_of_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"x")
    with (tmp_path / "clip.srt").open("wb") as junk:
        junk.truncate(2**30)
    found = timed_text.Found({})
    tracemalloc.start()
    found.beside([tmp_path / "clip.mp4"])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.tracks == []
    assert "larger than 50 MiB" in found.problems[0].message
    assert most < 2**20


def test_a_file_beyond_the_limit_is_refused() -> None:
    with pytest.raises(UnknownCaptionFormatError, match="larger than 50 MiB"):
        captions.read(bytes(MAX_BYTES + 1), name="big.srt")


@pytest.mark.parametrize(
    "data",
    [
        b"00:01.000 --> 00:02.000\n" * (MAX_CUES + 5),
        b"WEBVTT\n\n" + b"00:01.000 --> 00:02.000\n\n" * (MAX_CUES + 5),
        ASS + b"\nDialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,x" * (MAX_CUES + 5),
    ],
)
def test_cues_beyond_the_limit_are_left_out_and_reported(data: bytes) -> None:
    track = captions.read(data)
    assert len(track.cues) == MAX_CUES
    assert "the rest is left out" in track.problems[-1].message
