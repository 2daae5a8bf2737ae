"""Cues written anew: what was read comes back, and nothing of a file passes through raw."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediacatalog import captions
from mediacatalog.captions.gathering import MAX_MS, is_sound, tidy
from mediacatalog.values import Cue, Ms, Region

HOSTILE = "<script>alert(1)</script> & --> {\\an8} \\N 1 < 2 &lt;"


def cue(text: str, **more: str) -> Cue:
    return replace(Cue(Ms(3_723_004), Ms(3_724_000), text), **more)


def spoken(one: Cue) -> str:
    """SRT has no place for a speaker but the text."""
    return f"{one.speaker}: {one.text}" if one.speaker and one.text else one.text


def lines(text: str) -> str:
    return tidy(text.replace("\r", "\n")).replace("\ufeff", "")


WORDS = st.text(st.characters(codec="utf-8"), max_size=60).map(lines)
LABELS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).map(
    lambda text: " ".join(lines(text).split()).replace("-->", "->") or None
)
PERCENT = st.integers(0, 1000).map(lambda tenths: f"{tenths / 10:g}%")
PLACES = st.one_of(
    st.none(),
    st.builds("line:{},{}".format, PERCENT, st.sampled_from(["start", "center", "end"])),
    st.builds("line:{}".format, st.integers(-9, 9)),
    st.builds("position:{},line-left size:{}".format, PERCENT, PERCENT),
    st.just("vertical:rl align:end"),
    st.builds("align:left region:{}".format, st.sampled_from("ab")),
)
REGIONS = (Region("a", lines=2, scrolls=True), Region("b", 40.5, 1, 10.0, 0.0, 33.25, 90.0))


@st.composite
def cues(draw: st.DrawFn) -> list[Cue]:
    times = st.integers(0, MAX_MS // 2)
    found = []
    for start in draw(st.lists(times, max_size=6)):
        text = draw(WORDS)
        end = start + draw(st.integers(0, 10**7))
        places = sorted(draw(st.sets(st.integers(0, max(0, len(text) - 1)), max_size=3)))
        spoken = sorted(draw(st.sets(st.integers(start, end), max_size=3)))
        cue = Cue(
            Ms(start),
            Ms(end),
            text,
            words=tuple(zip(places, spoken, strict=False)) if text else (),
            id=draw(st.none() | LABELS),
            speaker=draw(st.none() | LABELS),
            settings=draw(PLACES),
            language=draw(st.sampled_from([None, "ar", "en-GB"])) if text.strip() else None,
            sound=is_sound(text),
        )
        found.append(cue)
    return sorted(found, key=lambda one: one.start_ms)


@settings(deadline=None)
@given(cues())
def test_webvtt_brings_back_every_cue(written: list[Cue]) -> None:
    again = captions.read(captions.write(written, "webvtt", REGIONS).encode(), name="x.vtt")
    assert list(again.cues) == written
    assert again.regions == REGIONS
    assert again.problems == ()
    assert captions.write(again.cues, "webvtt", again.regions) == captions.write(
        written, "webvtt", REGIONS
    )


@settings(deadline=None)
@given(cues())
def test_srt_brings_back_every_cue(written: list[Cue]) -> None:
    if not written:
        return
    again = captions.read(captions.write(written, "srt").encode(), name="x.srt")
    assert [(one.start_ms, one.end_ms, one.text) for one in again.cues] == [
        (one.start_ms, one.end_ms, spoken(one)) for one in written
    ]


@pytest.mark.parametrize("to", ["webvtt", "srt"])
def test_markup_in_a_text_stays_text(to: captions.To) -> None:
    written = captions.write([cue(HOSTILE)], to)
    body = written.split("\n", 4 if to == "webvtt" else 2)[-1]
    assert "<" not in body.replace("1 < 2", "")
    assert "-->" not in body
    assert captions.read(written.encode()).cues[0].text == HOSTILE


def test_ids_speakers_and_settings_cannot_break_out() -> None:
    bad = cue(
        "x",
        id="a\n\n00:00.000 --> 00:01.000",
        speaker="A>\n<b>&",
        settings="align:start <x> region:r",
    )
    written = captions.write([bad], "webvtt")
    assert written == (
        "WEBVTT\n\na  00:00.000 -> 00:01.000\n01:02:03.004 --> 01:02:04.000 align:start\n"
        "<v A&gt; &lt;b&gt;&amp;>x</v>\n"
    )
    assert captions.read(written.encode()).cues[0].speaker == "A> <b>&"


def test_a_transcript_has_one_line_a_cue() -> None:
    spoken = [cue("two\nlines", speaker="Anna"), cue(""), cue("last")]
    assert captions.write(spoken, "txt") == "Anna: two lines\nlast\n"


def test_srt_names_the_speaker() -> None:
    assert captions.write([cue("hello", speaker="Anna")], "srt") == (
        "1\n01:02:03,004 --> 01:02:04,000\nAnna: hello\n"
    )


def test_json_has_the_fields_of_the_contract() -> None:
    data = b"WEBVTT\n\none\n00:01.000 --> 00:02.000 line:0\n<v Anna>hello\n"
    document = captions.as_json(captions.read(data, language="en"))
    assert json.loads(json.dumps(document)) == {
        "format": "webvtt",
        "encoding": "utf-8",
        "encoding_confidence": 1.0,
        "language": "en",
        "kind": "caption",
        "cues": [
            {
                "start_ms": 1000,
                "end_ms": 2000,
                "text": "hello",
                "id": "one",
                "speaker": "Anna",
                "settings": "line:0",
            }
        ],
        "problems": [],
    }
