"""CEA-708: windows, letters, delays, and what a broken service still says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from mediacatalog import captions

if TYPE_CHECKING:
    from mediacatalog.values import Track

HIDDEN, SHOWN = 0x00, 0x20
CLEAR, SHOW, HIDE, TOGGLE, DELETE = 0x88, 0x89, 0x8A, 0x8B, 0x8C
FIRST = 1


def define(window: int = 0, *, shown: int = HIDDEN, rows: int = 2, place: int = 0xE4, high: int = 0
           ) -> bytes:  # fmt: skip
    """By default at the bottom: the corner below the middle, 100 % down (relative)."""
    return bytes([0x98 + window, shown, place, 50, high << 4 | rows - 1, 31, 0])


def at_row(row: int, column: int = 0) -> bytes:
    return bytes([0x92, row, column])


def read(*fed: tuple[int, bytes]) -> Track:
    lines = "".join(f"{ms}ms\t{data.hex()}\n" for ms, data in fed)
    return captions.read(f"CEA-708 service 1\n{lines}".encode())


def rows(track: Track) -> list[tuple[int, int, str]]:
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in track.cues]


def test_a_window_is_a_cue_from_shown_to_hidden() -> None:
    track = read(
        (500, define() + b"the ferry" + at_row(1) + b"to Basra"),
        (1000, bytes([SHOW, FIRST])),
        (3000, bytes([HIDE, FIRST])),
        (4000, bytes([CLEAR, FIRST]) + b"again" + bytes([TOGGLE, FIRST])),
        (5000, b"\x8f"),
    )
    assert rows(track) == [(1000, 3000, "the ferry\nto Basra"), (4000, 5000, "again")]
    assert track.cues[0].settings is None
    assert track.problems == ()


def test_a_window_that_scrolls_gives_each_line_once() -> None:
    track = read(
        (0, define(shown=SHOWN) + at_row(1)),
        (1000, b"first"),
        (2000, b"\r"),
        (2100, b"second"),
        (4000, b"\r"),
        (4100, b"third"),
    )
    assert rows(track) == [(1000, 2000, "first"), (2100, 4000, "second"), (4100, 14_100, "third")]


def test_two_windows_are_two_cues_with_their_places() -> None:
    track = read(
        (0, define(0) + b"low" + define(1, place=0x80 | 10) + b"high"),
        (1000, bytes([SHOW, 3])),
        (2000, bytes([DELETE, 3])),
    )
    assert sorted((cue.text, cue.settings) for cue in track.cues) == [
        ("high", "line:10%"),
        ("low", None),
    ]


def test_letters_of_every_table() -> None:
    said = (
        "caf\u00e9 ".encode("latin-1")
        + b"\x10\x2a\x10\x32\x10\x39\x10\x76\x7f "
        + b"\x18"
        + "م".encode("utf-16-be")
        + b"\x18"
        + "ж".encode("utf-16-be")
        + b"xy\x08z\x10\xa0"
    )
    track = read((0, define() + said), (1, bytes([SHOW, FIRST])), (9, bytes([HIDE, FIRST])))
    assert track.cues[0].text == "café Š’™⅛♪ مжxz[CC]"


def test_codes_without_letters_are_passed_over_whole() -> None:
    skipped = b"\x90\x41\x42\x91\x41\x42\x43\x97\x41\x42\x43\x44\x10\x08A\x10\x81AAAA\x12A\x1aAA"
    track = read((0, define() + b"a" + skipped + b"b"), (5, bytes([SHOW, FIRST])))
    assert [cue.text for cue in track.cues] == ["ab"]


def test_a_command_cut_between_packets_is_one() -> None:
    whole = define() + b"x"
    track = read((0, whole[:4]), (1, whole[4:]), (2, bytes([SHOW])), (3, bytes([FIRST])))
    assert rows(track) == [(3, 10_003, "x")]


def test_a_delay_delays_what_follows() -> None:
    track = read(
        (0, define() + b"x"),
        (1000, bytes([0x8D, 5, SHOW, FIRST])),
        (2000, bytes([0x8E, HIDE, FIRST])),
    )
    assert rows(track) == [(1500, 2000, "x")]


def test_the_older_captions_with_the_same_words_are_not_kept_twice() -> None:
    new = read((0, define() + b"THE FERRY TO BASRA"), (5, bytes([SHOW, FIRST])))
    pairs = "9420 94ae 9470 54c8 4520 c6c5 5252 d920 54ef 20c2 c1d3 5241 942f"
    old = captions.read(f"Scenarist_SCC V1.0\n\n00:00:00:00\t{pairs}\n".encode())
    other = captions.read(f"Scenarist_SCC V1.0\n\n00:00:00:00\t{pairs[:29]} 942f\n".encode())
    assert captions.repeated([old, new, other]) == {0}


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=20))
def test_no_bytes_raise(parts: list[bytes]) -> None:
    fed = [(n * 100, part) for n, part in enumerate(parts)]
    read((0, define(shown=SHOWN)), *fed)
