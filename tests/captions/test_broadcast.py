"""SCC with its CEA-608, and EBU STL: what broadcasters exchange."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediacatalog import captions
from mediacatalog.captions import line21, scc, stl
from mediacatalog.errors import UnknownCaptionFormatError

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.values import Track

PARITY = [byte | (0x80 if byte.bit_count() % 2 == 0 else 0) for byte in range(128)]
FRAME = 1001 / 30


def pair(first: int, second: int) -> str:
    return f"{PARITY[first]:02x}{PARITY[second]:02x}"


def letters(text: str) -> str:
    padded = [ord(letter) for letter in text] + [0] * (len(text) % 2)
    return " ".join(map(pair, padded[::2], padded[1::2]))


RCL, RU2, CR, RDC = pair(0x14, 0x20), pair(0x14, 0x25), pair(0x14, 0x2D), pair(0x14, 0x29)
EDM, ENM, EOC, BS = pair(0x14, 0x2C), pair(0x14, 0x2E), pair(0x14, 0x2F), pair(0x14, 0x21)
BOTTOM, ABOVE, TOP = pair(0x14, 0x70), pair(0x14, 0x50), pair(0x11, 0x50)


def read_scc(*lines: tuple[str, str]) -> Track:
    body = "\n\n".join(f"{time}\t{words}" for time, words in lines)
    return captions.read(f"Scenarist_SCC V1.0\n\n{body}\n".encode(), name="x.scc")


def rows(track: Track) -> list[tuple[int, int, str]]:
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in track.cues]


def test_a_pop_on_caption_appears_when_the_memories_are_swapped() -> None:
    words = f"{RCL} {RCL} {ENM} {ABOVE} {letters('THE')} {BOTTOM} {letters('FERRY')} {EOC} {EOC}"
    track = read_scc(("00:00:10:00", words), ("00:00:12:00", f"{EDM} {EDM}"))
    shown = 300 + len(words.split()) - 2
    assert rows(track) == [(round(shown * FRAME), round(360 * FRAME), "THE\nFERRY")]


def test_a_caption_that_nothing_erases_lasts_ten_seconds() -> None:
    track = read_scc(("00:00:00:00", f"{RCL} {BOTTOM} {letters('LAST')} {EOC}"))
    assert [cue.end_ms - cue.start_ms for cue in track.cues] == [10_000]


def test_roll_up_gives_each_line_once() -> None:
    track = read_scc(
        ("00:00:01:00", f"{RU2} {CR} {BOTTOM} {letters('first line')}"),
        ("00:00:03:00", f"{CR} {letters('second')}"),
        ("00:00:05:00", f"{CR} {letters('third')}"),
        ("00:00:07:00", EDM),
    )
    assert [(cue.text, cue.end_ms) for cue in track.cues] == [
        ("first line", round(90 * FRAME)),
        ("second", round(150 * FRAME)),
        ("third", round(210 * FRAME)),
    ]


def test_paint_on_begins_with_its_first_letter() -> None:
    track = read_scc(("00:00:01:00", f"{RDC} {TOP} {letters('at once')}"), ("00:00:02:00", EDM))
    assert rows(track) == [(round(32 * FRAME), round(60 * FRAME), "at once")]
    assert track.cues[0].settings == "line:10%"


def test_special_and_extended_letters_and_corrections() -> None:
    words = (
        f"{RCL} {BOTTOM} {letters('Se')} {pair(0x12, 0x21)} {letters('*~')} {pair(0x11, 0x37)} "
        f"{letters('xy')} {BS} {pair(0x11, 0x2E)} {letters('z')} {EOC}"
    )
    assert read_scc(("00:00:00:00", words)).cues[0].text == "SÉáñ♪x z"


def test_codes_sent_twice_count_once_and_letters_sent_twice_count_twice() -> None:
    words = f"{RCL} {RCL} {BOTTOM} {BOTTOM} {letters('oooo')} {BS} {BS} {BS} {BS} {EOC} {EOC}"
    assert read_scc(("00:00:00:00", words)).cues[0].text == "oo"


def test_drop_frame_time_code_keeps_up_with_the_clock() -> None:
    words = f"{RDC} {BOTTOM} {letters('x')}"
    dropping = read_scc(("00:10:00;00", words)).cues[0].start_ms
    counting = read_scc(("00:10:00:00", words)).cues[0].start_ms
    assert abs(dropping - 600_067) <= 1
    assert abs(counting - 600_667) <= 1


def test_a_second_channel_is_told_of_and_read_where_it_is_alone() -> None:
    other = f"{pair(0x1C, 0x29)} {pair(0x1C, 0x70)} {letters('dos')} {pair(0x1C, 0x2C)}"
    both = read_scc(("00:00:01:00", f"{RDC} {BOTTOM} {letters('one')} {EDM} {other}"))
    assert [cue.text for cue in both.cues] == ["one"]
    assert "second channel" in both.problems[0].message
    assert [cue.text for cue in read_scc(("00:00:01:00", other)).cues] == ["dos"]


def test_noise_in_scc_is_a_problem_with_its_line() -> None:
    track = read_scc(("00:00:01:00", f"{RDC} {letters('a')} zzzz"), ("noise", "x"))
    assert [one.line for one in track.problems] == [3, 5]
    assert track.cues[0].text == "a"


def test_scc_samples_are_read_as_ttconv_reads_them(samples: Path) -> None:
    known = {
        one["name"]: one["truth"]
        for one in json.loads((samples / "samples.json").read_text())["files"]
    }
    name = "captions/scc/pop-on.scc"
    track = captions.read((samples / name).read_bytes(), name=name)
    assert rows(track) == [
        (start, end, re.sub("<[^>]*>", "", text))
        for start, end, text in known[name]["read_by_ttconv_1.2.3"]
    ]
    spanish = captions.read((samples / "captions/broadcast/pycaption_example.scc").read_bytes())
    assert spanish.cues[0].text == "Letra traducida al Español\n♪ ¡Uooye! ¡Vámonos! ♪"


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), max_size=200))
def test_no_pairs_raise_and_times_go_forward(pairs: list[tuple[int, int]]) -> None:
    decoder = line21.Decoder()
    for at, (first, second) in enumerate(pairs):
        decoder.feed(Fraction(at), first, second)
    decoder.finish()
    assert all(one.end is None or one.end > one.start for one in decoder.shown)
    assert all(one.text.strip() for one in decoder.shown)


def gsi(*, table: bytes = b"00", language: bytes = b"09", start: bytes = b"00000000") -> bytes:
    block = bytearray(b" " * 1024)
    block[0:3], block[3:11], block[12:14], block[14:16] = b"850", b"STL25.01", table, language
    block[256:264] = start
    return bytes(block)


def tti(text: bytes, number: int = 0, times: str = "00:00:01:00 00:00:02:05", **more: int) -> bytes:
    codes = bytes(int(one) for one in re.split("[: ]", times))
    head = bytes([0, number, 0, more.get("ebn", 255), 0]) + codes
    head += bytes([more.get("row", 20), more.get("justified", 2), more.get("comment", 0)])
    return head + text.ljust(112, b"\x8f")


@pytest.mark.parametrize(
    ("table", "raw", "text"),
    [
        (b"00", b"\xc2e\xc1a \xc8u\xcbc \xfb\xa4\x24\xf9\xd5", "éà üç ß$¤ø♪"),
        (b"01", "Привет".encode("iso8859_5"), "Привет"),
        (b"02", "مرحبا".encode("iso8859_6"), "مرحبا"),
        (b"03", "Γειά".encode("iso8859_7"), "Γειά"),
        (b"04", "שלום".encode("iso8859_8"), "שלום"),
    ],
)
def test_every_table_of_letters_is_read(table: bytes, raw: bytes, text: str) -> None:
    track = captions.read(gsi(table=table) + tti(raw))
    assert rows(track) == [(1000, 2200, text)]
    assert (track.format, track.encoding_confidence) == ("stl", 1.0)


def test_colours_boxes_and_places_of_stl_are_no_words() -> None:
    raw = b"\x0d\x0b\x0bred\x01 \x8a\x8a\x80slant\x81 \x0a\x0a"
    track = captions.read(gsi(language=b"7E") + tti(raw, row=2, justified=1))
    assert (track.language, track.cues[0].text) == ("ar", "red\nslant")
    assert track.cues[0].settings == "line:4% align:left"


def test_a_subtitle_of_several_blocks_is_one_and_comments_are_none() -> None:
    data = (
        gsi(start=b"10000000")
        + tti(b"long ", 1, ebn=0)
        + tti(b"private", 1, ebn=0xFE)
        + tti(b"text", 1)
        + tti(b"a comment", 2, comment=1)
        + tti(b"broken", 3, times="00:61:00:00 00:62:00:00")
        + tti(b"last", 4)[:60]
    )
    track = captions.read(data)
    assert [cue.text for cue in track.cues] == ["long text", "last"]
    assert track.programme_start_ms == 36_000_000
    assert [one.line for one in track.problems] == [5]


def test_a_tape_that_starts_at_ten_hours_counts_from_its_programmes_start_on_the_clip() -> None:
    data = gsi(start=b"10000000") + tti(b"a", times="10:00:01:00 10:00:02:00")
    assert rows(captions.read(data)) == [(36_001_000, 36_002_000, "a")]
    assert rows(captions.on_the_clip(captions.read(data))) == [(1000, 2000, "a")]


def test_a_chosen_encoding_overrules_the_table() -> None:
    data = gsi() + tti("Привет".encode("cp1251"))
    track = captions.read(data, encoding="cp1251")
    assert (track.encoding, track.cues[0].text) == ("cp1251", "Привет")
    with pytest.raises(UnknownCaptionFormatError):
        captions.read(data, encoding="klingon")


def test_stl_samples_have_the_words_and_times_that_ttconv_reads(samples: Path) -> None:
    """ttconv leaves out a subtitle that lies within another; its first one starts the same."""
    known = json.loads((samples / "samples.json").read_text())["files"]
    compared = 0
    for one in known:
        if not one["name"].startswith("captions/stl/"):
            continue
        found = rows(captions.read((samples / one["name"]).read_bytes(), name=one["name"]))
        start, end, text = one["truth"]["read_by_ttconv_1.2.3"][0]
        words = re.sub("<[^>]*>", " ", text).split()
        assert (found[0][:2], found[0][2].split()) == ((start, end), words), one["name"]
        assert len(found) >= len(one["truth"]["read_by_ttconv_1.2.3"])
        compared += 1
    assert compared >= 7


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"00", b"02", b"99"]))
def test_no_blocks_raise(data: bytes, table: bytes) -> None:
    stl.read(gsi(table=table) + data)
    scc.read(data.decode("latin-1"))
