"""Timed text in MP4: TTML, WebVTT and CEA-608 tracks, with sample tables and in fragments."""

from __future__ import annotations

import struct
import time
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediacatalog import captions
from mediacatalog.media.iso_text import leads, text_tracks

if TYPE_CHECKING:
    from pathlib import Path

SECOND = 1000
TTML = (
    '<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="en"><body><div>'
    '<p begin="1s" end="5s">the ferry</p>{}</div></body></tt>'
)
Sample = tuple[int, bytes]
"""Milliseconds that it lasts, and what it holds."""


def box(kind: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind.encode()) + body


def full(kind: str, *parts: bytes, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", flags), *parts)


def numbers(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def track(
    kind: str, entry: bytes, tables: bytes, *, number: int = 1, language: str = "ara"
) -> bytes:
    code = 0
    for letter in language:
        code = code << 5 | ord(letter) - 0x60
    described = full("stsd", numbers(1), box(kind, bytes(6), b"\0\1", entry))
    return box(
        "trak",
        full("tkhd", numbers(0, 0, number, 0, 0)),
        box(
            "mdia",
            full("mdhd", numbers(0, 0, SECOND, 0), struct.pack(">HH", code, 0)),
            full("hdlr", bytes(4), b"text", bytes(13)),
            box("minf", box("stbl", described, tables)),
        ),
    )


def plain(kind: str, entry: bytes, samples: list[Sample]) -> bytes:
    """A file with its samples in front of the index, two of them a chunk."""
    data = b"".join(one for _, one in samples)
    head = box("ftyp", b"isom", bytes(4)) + box("mdat", data)
    first = len(head) - len(data)
    chunks = [first + sum(len(one) for _, one in samples[:at]) for at in range(0, len(samples), 2)]
    tables = (
        full("stts", numbers(len(samples)), *(numbers(1, ms) for ms, _ in samples))
        + full("stsc", numbers(1, 1, 2, 1))
        + full("stsz", numbers(0, len(samples), *(len(one) for _, one in samples)))
        + full("stco", numbers(len(chunks), *chunks))
    )
    return head + box("moov", track(kind, entry, tables))


def fragmented(kind: str, entry: bytes, samples: list[Sample]) -> bytes:
    """A file with a fragment for each sample."""
    empty = full("stts", numbers(0)) + full("stsc", numbers(0)) + full("stsz", numbers(0, 0))
    defaults = box("mvex", full("trex", numbers(1, 1, 0, 0, 0)))
    made = box("ftyp", b"iso6", bytes(4))
    made += box("moov", track(kind, entry, empty + full("stco", numbers(0))), defaults)
    at = 0
    for ms, data in samples:
        sizes = full("trun", numbers(1, 0, ms, len(data)), flags=0x301)
        for _ in range(2):  # the offset is known once the size of the box is
            begin = full("tfdt", numbers(at))
            fragment = box(
                "moof", box("traf", full("tfhd", numbers(1), flags=0x20000), begin, sizes)
            )
            offset = len(fragment) + 8
            sizes = full("trun", numbers(1, offset, ms, len(data)), flags=0x301)
        made += fragment + box("mdat", data)
        at += ms
    return made


def vtt(text: str, *, settings: str = "", identity: str = "") -> bytes:
    parts = box("iden", identity.encode()) if identity else b""
    parts += box("sttg", settings.encode()) if settings else b""
    return box("vttc", parts, box("payl", text.encode()))


VTT = [
    (1000, box("vtte")),
    (2000, vtt("<v Anna>السلام", settings="line:0", identity="a")),
    (1000, vtt("<v Anna>السلام", settings="line:0", identity="a") + vtt("second\nline")),
    (3000, vtt("second\nline")),
]


@pytest.mark.parametrize("made", [plain, fragmented])
def test_webvtt_tracks_are_joined_over_their_samples(tmp_path: Path, made) -> None:  # noqa: ANN001
    path = tmp_path / "a.mp4"
    path.write_bytes(made("wvtt", box("vttC", b"WEBVTT\nLanguage: ar"), VTT))
    (raw,) = text_tracks(path)
    assert (raw.codec, raw.language, raw.index) == ("webvtt", "ar", 0)
    read = captions.read(raw.data, name="x.webvtt")
    assert [(c.start_ms, c.end_ms, c.text, c.speaker, c.settings, c.id) for c in read.cues] == [
        (1000, 4000, "السلام", "Anna", "line:0", "a"),
        (3000, 7000, "second\nline", None, None, None),
    ]
    assert read.problems == ()


@pytest.mark.parametrize("made", [plain, fragmented])
def test_ttml_tracks_are_cut_and_joined_at_their_samples(tmp_path: Path, made) -> None:  # noqa: ANN001
    samples = [
        (2000, TTML.format("").encode()),
        (2000, TTML.format('<p begin="3s" end="9s">two</p>').encode()),
        (2000, b'<tt xmlns="http://www.w3.org/ns/ttml"><body/></tt>'),
        (2000, TTML.format("").encode()),  # of a packager that counts from the sample's beginning
    ]
    path = tmp_path / "a.mp4"
    path.write_bytes(made("stpp", b"http://www.w3.org/ns/ttml\0", samples))
    (raw,) = text_tracks(path)
    read = captions.read(raw.data, name="x.ttml")
    assert [(cue.start_ms, cue.end_ms, cue.text) for cue in read.cues] == [
        (1000, 4000, "the ferry"),
        (3000, 4000, "two"),
        (7000, 8000, "the ferry"),
    ]


def test_an_edit_list_moves_a_track_and_all_counts_from_the_first_frame(tmp_path: Path) -> None:
    """Half a second of nothing in front, and the first 1.5 s of it left out."""
    whole = plain("wvtt", box("vttC", b"WEBVTT"), VTT)
    edits = full("elst", numbers(2, 300, 0xFFFFFFFF, 0x10000, 9000, 1500, 0x10000))
    movie = full("mvhd", numbers(0, 0, 600, 0), bytes(80))
    head, index = whole[: whole.index(b"moov") - 4], whole[whole.index(b"trak") - 4 :]
    edited = struct.pack(">I4s", len(index) + len(box("edts", edits)), b"trak") + index[8:]
    path = tmp_path / "a.mp4"
    path.write_bytes(head + box("moov", movie, edited + box("edts", edits)))
    assert leads(path) == {0: Fraction(1)}
    (raw,) = text_tracks(path, Fraction(1, 4))
    cues = captions.read(raw.data, name="x.webvtt").cues
    assert [(cue.start_ms, cue.end_ms) for cue in cues] == [(0, 2750), (1750, 5750)]


def test_cea_608_tracks_have_both_fields(tmp_path: Path) -> None:
    show = "9420 9420 9470 9470 5448 c5ae 942f 942f"  # THE.
    field = bytes.fromhex(show.replace(" ", ""))
    samples = [
        (1000, box("cdat", b"\x80\x80")),
        (2000, box("cdat", field) + box("cdt2", field)),
        (1000, box("cdat", bytes.fromhex("942c942c"))),
    ]
    path = tmp_path / "a.mov"
    path.write_bytes(plain("c608", b"", samples))
    first, second = text_tracks(path)
    assert (first.title, second.title) == ("CC1", "CC3")
    (cue,) = captions.read(first.data, name="x.scc").cues
    assert (cue.text, abs(cue.start_ms - 1000) < 300, abs(cue.end_ms - 3000) < 300) == (
        "THE.",
        True,
        True,
    )


def test_tables_that_name_the_same_chunks_again_and_again_end(tmp_path: Path) -> None:
    many = 20_000
    tables = (
        full("stts", numbers(1, many, 1))
        + full("stsc", numbers(many), numbers(1, 0, 1) * many)
        + full("stsz", numbers(1, many))
        + full("stco", numbers(many), numbers(8) * many)
    )
    path = tmp_path / "a.mp4"
    path.write_bytes(box("ftyp", b"isom") + box("moov", track("wvtt", b"", tables)))
    start = time.process_time()
    text_tracks(path)
    assert time.process_time() - start < 2


def test_a_published_ttml_segment_is_read(samples: Path) -> None:
    (raw,) = text_tracks(samples / "video/stpp_combined.mp4")
    read = captions.read(raw.data, name="x.ttml")
    assert [cue.text for cue in read.cues][:2] == ["-Pourquoi ?", "-J'ai..."]
    assert (read.cues[0].start_ms, read.cues[0].end_ms) == (2520, 4120)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_broken_boxes_raise_nothing(tmp_path_factory: pytest.TempPathFactory, data) -> None:  # noqa: ANN001
    whole = data.draw(st.sampled_from([plain, fragmented]))("wvtt", box("vttC", b"WEBVTT"), VTT)
    at = data.draw(st.integers(0, len(whole) - 8))
    noise = data.draw(st.binary(min_size=1, max_size=8))
    broken = whole[:at] + noise + whole[at + len(noise) :]
    path = tmp_path_factory.mktemp("broken") / "a.mp4"
    path.write_bytes(broken[: data.draw(st.integers(8, len(broken)))])
    for raw in text_tracks(path):
        captions.read(raw.data, name="x.webvtt")
