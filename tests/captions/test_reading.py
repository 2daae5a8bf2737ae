"""SRT, ASS, encodings, sidecars: what archives really hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediacatalog import captions
from mediacatalog.errors import TelemetryNotCaptionsError, UnknownCaptionFormatError

if TYPE_CHECKING:
    from pathlib import Path

ARABIC = "وصلت القافلة إلى المرفأ قبل العاصفة\nوقال السكان إن الطريق كان مغلقا طوال الليل"
RUSSIAN = "Колонна вышла к переправе до рассвета\nжители говорят, что дорога была закрыта"
UKRAINIAN = "Колона вийшла до переправи ще до світанку, її бачили мешканці"
JAPANESE = "左に見えるのは港です。船はもう出ました。"
CHINESE = "左边可以看到港口，船已经离开了，人们在等待消息"


def srt(*texts: str) -> str:
    blocks = [
        f"{n}\n00:00:{n:02d},000 --> 00:00:{n:02d},900\n{text}\n" for n, text in enumerate(texts, 1)
    ]
    return "\n".join(blocks)


@pytest.mark.parametrize(
    ("text", "encoding", "language"),
    [
        (ARABIC, "cp1256", "ar"),
        (RUSSIAN, "cp1251", "ru"),
        (RUSSIAN, "koi8_r", "ru"),
        (RUSSIAN, "cp866", "ru"),
        (UKRAINIAN, "cp1251", "uk"),
        (JAPANESE, "shift_jis", "ja"),
        (CHINESE, "gb18030", "zh"),
        (ARABIC, "utf-16-le", "ar"),
        (RUSSIAN, "utf-16-be", "ru"),
        (RUSSIAN, "utf-8", "ru"),
    ],
)
def test_legacy_encodings_are_told_by_their_letters(
    text: str, encoding: str, language: str
) -> None:
    track = captions.read(srt(text, text).encode(encoding))
    assert track.cues[0].text == text
    assert track.language == language
    assert 0 < track.encoding_confidence <= 1


def test_a_chosen_encoding_wins() -> None:
    data = srt("Привет").encode("cp1251")
    assert captions.read(data, encoding="cp1251").cues[0].text == "Привет"
    assert captions.read(data, encoding="cp1251").encoding_confidence == 1


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_end_and_the_last_cue_is_read(ending: str) -> None:
    track = captions.read(srt("first\nline two", "last").replace("\n", ending).encode())
    assert [cue.text for cue in track.cues] == ["first\nline two", "last"]


def test_telemetry_of_a_drone_is_no_caption(samples: Path) -> None:
    found = [
        path
        for path in sorted((samples / "telemetry").iterdir())
        if path.suffix.lower() == ".srt" and path.stat().st_size
    ]
    assert len(found) > 5
    for path in found:
        with pytest.raises(TelemetryNotCaptionsError):
            captions.read(path.read_bytes(), name=path.name)


def test_the_sample_encodings_are_read_as_their_truth_says(samples: Path) -> None:
    known = json.loads((samples / "samples.json").read_text())["files"]
    wrong, compared = [], 0
    for one in known:
        truth = one.get("truth", {})
        if not one["name"].startswith("captions/encodings/") or "cue_count" not in truth:
            continue
        data = (samples / one["name"]).read_bytes()
        track = captions.read(data, name=one["name"])
        start, end, text = truth["cues_sample"][0]
        first = track.cues[0]
        compared += 1
        if (len(track.cues), first.start_ms, first.end_ms) != (truth["cue_count"], start, end):
            wrong.append((one["name"], len(track.cues), first))
        if first.text != text:
            wrong.append((one["name"], track.encoding, first.text))
    assert compared > 8
    assert wrong == []


def test_every_sample_is_read_or_refused_in_words(samples: Path) -> None:
    taken = 0
    for folder in ("captions", "sidecars", "telemetry"):
        for path in sorted((samples / folder).rglob("*")):
            if not path.is_file() or path.stat().st_size > 2_000_000:
                continue
            try:
                track = captions.read(path.read_bytes(), name=path.name)
            except UnknownCaptionFormatError:
                continue
            taken += 1
            starts = [cue.start_ms for cue in track.cues]
            assert starts == sorted(starts), path
            assert all(cue.start_ms <= cue.end_ms for cue in track.cues), path
            forms: tuple[captions.To, ...] = ("webvtt", "srt") if starts else ()
            for to in forms:
                again = captions.read(captions.write(track.cues, to, track.regions).encode())
                assert [cue.start_ms for cue in again.cues] == starts, (path, to)
    assert taken > 90


@settings(deadline=None)
@given(st.binary(max_size=600))
def test_no_bytes_raise_anything_but_our_own_error(data: bytes) -> None:
    for start in (b"", b"WEBVTT\n\n", b"1\n00:00:01,000 --> 00:00:02,000\n", b"[Events]\n"):
        try:
            captions.read(start + data)
        except UnknownCaptionFormatError:
            continue


@settings(deadline=None)
@given(st.lists(st.text(min_size=1, max_size=40), max_size=6))
def test_what_is_written_as_srt_is_read_again(texts: list[str]) -> None:
    source = captions.read(
        ("WEBVTT\n\n" + "\n".join(srt(one) for one in texts)).encode("utf-8", "replace")
    )
    again = captions.write(source.cues, "srt")
    if source.cues:
        assert len(captions.read(again.encode()).cues) == len(source.cues)
