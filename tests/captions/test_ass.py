"""ASS and SSA, judged by pysubs2 where a file is well formed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pysubs2
import pytest

from mediacatalog import captions

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.values import Track

EVENTS = (
    "[Script Info]\nScriptType: v4.00+\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)


def read(dialogue: str) -> Track:
    return captions.read((EVENTS + dialogue).encode(), name="x.ass")


def line(text: str, start: str = "0:00:01.50", end: str = "0:00:02.00", name: str = "") -> str:
    return f"Dialogue: 0,{start},{end},Default,{name},0,0,0,,{text}\n"


def test_dialogue_has_times_speaker_and_words() -> None:
    track = read(line("{\\i1}the{\\i0} ferry,\\Nleft", name="Anna"))
    assert [(cue.start_ms, cue.end_ms, cue.speaker, cue.text) for cue in track.cues] == [
        (1500, 2000, "Anna", "the ferry,\nleft")
    ]


def test_comments_are_no_cues() -> None:
    assert read("Comment: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,not this\n").cues == ()


def test_drawings_are_no_words() -> None:
    track = read(line("{\\p1}m 0 0 l 100 0{\\p0}") + line("{\\p2}m 1 1{\\p0}sign"))
    assert [cue.text for cue in track.cues] == ["sign"]


def test_a_bad_line_loses_only_itself_and_is_named() -> None:
    track = read(line("a") + "Dialogue: broken\n" + line("b", end="?") + line("c"))
    assert [cue.text for cue in track.cues] == ["a", "c"]
    assert [one.line for one in track.problems] == [7, 8]


def test_the_format_line_orders_the_fields() -> None:
    data = b"[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.00,one, two\n"
    assert captions.read(data).cues[0].text == "one, two"


def test_places_come_from_the_line_and_from_its_style() -> None:
    styles = (
        "[V4+ Styles]\nFormat: Name, OutlineColour, Alignment\nStyle: Top,&H0,8\n"
        "Style: Default,&H0,2\nStyle: Odd,&H0,77777777777777777777\n"
    )
    track = captions.read(
        (
            styles + EVENTS + line("a") + line("{\\an7}b") + line("c").replace("Default", "Top")
        ).encode()
    )
    assert [(cue.text, cue.settings) for cue in track.cues] == [
        ("a", None),
        ("b", "line:0 align:left"),
        ("c", "line:0"),
    ]


def test_ssa_counts_places_its_own_way() -> None:
    data = (
        b"[V4 Styles]\nFormat: Name, Alignment\nStyle: Top,6\n[Events]\n"
        b"Format: Start, End, Style, Text\nDialogue: 0:00:01.00,0:00:02.00,Top,a\n"
        b"Dialogue: 0:00:01.00,0:00:02.00,Top,{\\a11}b\n"
    )
    assert [cue.settings for cue in captions.read(data).cues] == [
        "line:0",
        "line:50%,center align:right",
    ]


def test_fonts_and_pictures_inside_are_skipped(samples: Path) -> None:
    path = samples / "captions/ass/pysubs2_subtitle_with_attached_images_aegisub.ass"
    track = captions.read(path.read_bytes(), name=path.name)
    assert (track.format, len(track.cues), track.problems) == ("ass", 1, ())


@pytest.mark.parametrize("name", ["subtitleedit_test.ass"])
def test_well_formed_files_are_read_as_pysubs2_reads_them(samples: Path, name: str) -> None:
    data = (samples / "captions/ass" / name).read_bytes()
    judge = pysubs2.SSAFile.from_string(data.decode("utf-8-sig"))
    found = [(cue.start_ms, cue.end_ms, cue.text) for cue in captions.read(data).cues]
    assert found == [(event.start, event.end, event.plaintext) for event in judge]
