"""When each word is spoken: told by WebVTT, LRC, Whisper's JSON and YouTube's own formats."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mediacatalog import captions
from mediacatalog.captions import speech

if TYPE_CHECKING:
    from mediacatalog.values import Cue

WHISPER = {
    "language": "en",
    "segments": [
        {
            "start": 1.0,
            "end": 4.0,
            "text": " The ferry left.",
            "no_speech_prob": 0.1,
            "words": [
                {"word": " The", "start": 1.0, "end": 1.4},
                {"word": " ferry", "start": 1.5, "end": 2.0},
                {"word": " left.", "start": 2.5, "end": 3.0},
            ],
        }
    ],
}
WHISPER_CPP = {
    "result": {"language": "en"},
    "transcription": [
        {
            "offsets": {"from": 1000, "to": 4000},
            "text": " The ferry left.",
            "tokens": [
                {"text": "[_BEG_]", "offsets": {"from": 1000, "to": 1000}},
                {"text": " The", "offsets": {"from": 1000, "to": 1400}},
                {"text": " ferry", "offsets": {"from": 1500, "to": 2000}},
                {"text": " left.", "offsets": {"from": 2500, "to": 3000}},
            ],
        }
    ],
}
JSON3 = {
    "wireMagic": "pb3",
    "events": [
        {"tStartMs": 0, "dDurationMs": 9000, "id": 1, "wpWinPosId": 1},
        {
            "tStartMs": 1000,
            "dDurationMs": 3000,
            "segs": [
                {"utf8": "The", "acAsrConf": 248},
                {"utf8": " ferry", "tOffsetMs": 500, "acAsrConf": 248},
                {"utf8": " left.", "tOffsetMs": 1500, "acAsrConf": 200},
            ],
        },
        {"tStartMs": 3990, "dDurationMs": 10, "aAppend": 1, "segs": [{"utf8": "\n"}]},
    ],
}
SRV3 = (
    '<?xml version="1.0" encoding="utf-8" ?><timedtext format="3"><body><w t="0" id="1"/>'
    '<p t="1000" d="3000" w="1"><s ac="248">The</s><s t="500" ac="248"> ferry</s>'
    '<s t="1500" ac="200"> left.</s></p><p t="3990" d="10" w="1" a="1">\n</p></body></timedtext>'
)
WORDS = (1000, 1500, 2500)


def said(cue: Cue) -> list[tuple[str, int]]:
    ends = [*(place for place, _ in cue.words[1:]), len(cue.text)]
    return [
        (cue.text[place:end].strip(), ms) for (place, ms), end in zip(cue.words, ends, strict=True)
    ]


@pytest.mark.parametrize(
    ("name", "text", "maker"),
    [
        ("clip.json", json.dumps(WHISPER), "Whisper"),
        ("clip.json", json.dumps(WHISPER_CPP), None),
        ("clip.en.json3", json.dumps(JSON3), "YouTube automatic captions"),
        ("clip.en.srv3", SRV3, "YouTube automatic captions"),
    ],
)
def test_machines_tell_when_each_word_is_spoken(name: str, text: str, maker: str | None) -> None:
    track = captions.read(text.encode(), name=name)
    (cue,) = track.cues
    assert (cue.start_ms, cue.end_ms, cue.text) == (1000, 4000, "The ferry left.")
    assert said(cue) == [("The", 1000), ("ferry", 1500), ("left.", 2500)]
    if maker:
        assert (track.made_by, track.model) == ("machine", maker)
    written = captions.read(captions.write(track.cues, "webvtt").encode()).cues
    assert written == track.cues


def test_lrc_tells_when_each_word_is_sung() -> None:
    track = captions.read(b"[offset:100]\n[00:01.00]<00:01.00>the <00:01.50>ferry <00:02.00>\n")
    (cue,) = track.cues
    assert said(cue) == [("the", 900), ("ferry", 1400)]


@pytest.mark.parametrize(
    "text",
    [
        "{" * 200_000,
        '{"segments": [' * 50_000,
        '{"segments": [{"start": "x", "end": 1, "text": 5}, 7, {"start": 1e400, "end": 2}]}',
        '{"events": [{"tStartMs": -5}, {"tStartMs": 1, "segs": [{"utf8": null}]}]}',
        '<timedtext><p t="x">a</p><p t="5">b',
    ],
)
def test_what_is_spoilt_raises_nothing(text: str) -> None:
    for name in ("speech-json", "srv"):
        captions.READERS[name].read(text)


def test_words_of_another_text_are_left_out() -> None:
    other = json.loads(json.dumps(WHISPER))
    other["segments"][0]["text"] = "Somebody corrected it."
    (cue,) = captions.read(json.dumps(other).encode(), name="clip.json").cues
    assert (cue.text, cue.words) == ("Somebody corrected it.", ())


def test_parts_for_pages_are_divided_at_the_words() -> None:
    told = speech.parts("[bang] the ferry", words=((7, 100), (11, 200)))
    assert [(part.text, part.kind, part.ms) for part in told] == [
        ("[bang]", "sound", None),
        (" ", "speech", None),
        ("the ", "speech", 100),
        ("ferry", "speech", 200),
    ]
