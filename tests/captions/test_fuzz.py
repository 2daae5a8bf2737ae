"""Files of every format, cut, repeated and spoilt: none raises, and what comes out is sane."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediacatalog import captions
from mediacatalog.captions.gathering import MAX_MS, MAX_TEXT
from mediacatalog.errors import UnknownCaptionFormatError

TTML = (
    '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling">'
    '<head><layout><region xml:id="r" begin="1s" tts:origin="5% 5%" tts:extent="80% 20%"/></layout>'
    '</head><body><div timeContainer="seq"><p begin="1s" dur="2s" region="r">a <span begin="1s">b'
    '</span><br/>c<set begin="1s" tts:display="none"/></p></div></body></tt>'
)
WHOLE = {
    "webvtt": "WEBVTT\n\nREGION\nid:r\nlines:2\n\n1\n00:01.000 --> 00:02.000 region:r line:0\n"
    "<v Anna>a <00:01.500>b <ruby>c<rt>d</rt></ruby> &amp;\n\n"
    "NOTE x\n\n00:02.000 --> 00:03.000\ne\n",
    "srt": "1\n00:00:01,000 --> 00:00:02,000 X1:1\n{\\an8}<i>a</i>\n\n2\n00:00:03,000 -->\nb\n",
    "ass": "[Script Info]\n[V4+ Styles]\nFormat: Name, Alignment\nStyle: D,8\n[Events]\n"
    "Dialogue: 0,0:00:01.00,0:00:02.00,D,Anna,0,0,0,,{\\p1}m 0 0{\\p0}a\\Nb\n",
    "ttml": TTML,
    "sami": "<SAMI><HEAD><STYLE>.E {lang: en;}</STYLE></HEAD><BODY><SYNC Start=1000><P Class=E>a"
    "<br>b<SYNC Start=2000><P Class=E>&nbsp;</BODY></SAMI>",
    "scc": "Scenarist_SCC V1.0\n\n00:00:01:00\t9420 9470 54c8 4580 942f\n\n00:00:02;00\t942c\n",
    "cea-708": "CEA-708 service 1\n0ms\t980000e4320 11f00\n10ms\t414243\n20ms\t8901\n90ms\t8a01\n",
    "lrc": "[ar:x]\n[offset:+10]\n[00:01.00]a <00:01.50>b\n[00:02.00][00:05.00]c\n",
    "sbv": "0:00:01.000,0:00:02.000\na[br]b\n\n0:00:03.000,0:00:04.000\nc\n",
    "microdvd": "{1}{1}25.000\n{25}{50}{y:i}a|b\n{75}{}c\n",
    "mpl2": "[10][20]/a|b\n[30][40]c\n",
    "transcript": "00:01 one\n00:02 two\nmore\n00:03 - 00:05 three\n0'06\" four\n",
}
PIECES = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.sampled_from(
        ["\n", "\n\n", "-->", "<", "</", "&", "{", "}", "[", "\x00", "\ufeff", "0:", "9" * 30]
    ),
)


@settings(deadline=None, max_examples=80)
@pytest.mark.parametrize("name", WHOLE)
@given(data=st.data())
def test_a_spoilt_file_is_read_for_what_it_is(name: str, data: st.DataObject) -> None:
    text = WHOLE[name]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        until = data.draw(st.integers(at, min(len(text), at + 30)))
        piece = data.draw(PIECES | st.just(text[at:until] * 3))
        text = text[:at] + piece + text[until:]
    reader = captions.READERS[name]
    gathering = reader.read(text)
    _check(gathering.cues)
    _read(text.encode("utf-8", "replace"), f"x.{name}")


@settings(deadline=None, max_examples=150)
@given(
    st.binary(max_size=1500),
    st.sampled_from([b"", b"STL25.01", b"WEBVTT\n\n", b"<tt>", b"\xff\xfe"]),
)
def test_no_bytes_raise(noise: bytes, head: bytes) -> None:
    stl = b"850" + head + b"1009" + bytes(1009) if head.startswith(b"STL") else head
    _read(stl + noise, "x.stl")


def _read(data: bytes, name: str) -> None:
    try:
        track = captions.read(data, name=name)
    except UnknownCaptionFormatError:
        return
    _check(track.cues)
    assert [cue.start_ms for cue in track.cues] == sorted(cue.start_ms for cue in track.cues)
    assert all(problem.line >= 1 for problem in track.problems)
    for to in ("webvtt", "srt", "txt"):
        captions.export(track.cues, to, regions=track.regions)


def _check(cues: object) -> None:
    for cue in cues:  # type: ignore[attr-defined]
        assert 0 <= cue.start_ms <= cue.end_ms <= MAX_MS + 10_000
        assert len(cue.text) <= MAX_TEXT
        assert "\x00" not in cue.text
