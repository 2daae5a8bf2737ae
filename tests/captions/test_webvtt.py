"""WebVTT against the W3C's own suite, and what must never leak into a cue."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediacatalog import captions
from mediacatalog.captions import webvtt
from mediacatalog.errors import UnknownCaptionFormatError

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.values import Track


def read(text: str) -> Track:
    return captions.read(text.encode(), name="x.vtt")


def test_notes_styles_and_regions_do_not_leak_into_cues() -> None:
    track = read(
        "WEBVTT a title\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:bottom\n\nNOTE\nnot this\n\n"
        "one\n00:01.000 --> 00:02.000 line:0\n<v Mayhoub>The <b>ferry</b> &amp; the quay\n\n"
        "NOTE nor this\n\n00:02.000 --> 00:03.000\nlast cue"
    )
    assert [(cue.id, cue.speaker, cue.text, cue.settings) for cue in track.cues] == [
        ("one", "Mayhoub", "The ferry & the quay", "line:0"),
        (None, None, "last cue", None),
    ]


def test_a_bad_time_line_loses_its_cue_only_and_is_named_by_line() -> None:
    track = read("WEBVTT\n\n00:00:01.000 -> x --> 00:02\nbad\n\n00:03.000 --> 00:04.000\ngood\n")
    assert [cue.text for cue in track.cues] == ["good"]
    assert track.problems[0].line == 3


def test_a_written_track_reads_back_the_same() -> None:
    text = "a < b & c --> d\nsecond line"
    track = read("WEBVTT\n\n00:01.000 --> 00:02.500\na &lt; b &amp; c --&gt; d\nsecond line\n")
    assert track.cues[0].text == text
    again = read(captions.write(track.cues, "webvtt"))
    assert [(c.start_ms, c.end_ms, c.text) for c in again.cues] == [(1000, 2500, text)]


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400))
def test_no_text_raises_or_hides_the_cue_before_it(text: str) -> None:
    assert len(webvtt.read("WEBVTT\n\n00:01.000 --> 00:02.000\n" + text).cues) >= 1
    webvtt.read(text)


def _cases(samples: Path) -> dict[str, Any]:
    document = json.loads((samples / "captions/wpt-webvtt/expectations.json").read_text())
    return dict(document["files"])


def _told(track: Track, path: str) -> object:
    """The value that a path of the suite names, or KeyError for what we don't keep apart."""
    if path == "cues.length":
        return len(track.cues)
    found = re.fullmatch(r"cues\[(\d+)\]\.(id|text|startTime|endTime)", path)
    if found is None:
        raise KeyError(path)
    cue = track.cues[int(found[1])]
    values = {
        "id": cue.id or "",
        "startTime": cue.start_ms / 1000,
        "endTime": cue.end_ms / 1000,
    }
    return values[found[2]]


def test_the_w3c_suite_of_file_parsing(samples: Path) -> None:
    compared, wrong = 0, []
    for name, case in _cases(samples).items():
        data = samples / "captions/wpt-webvtt" / name
        if not data.exists():
            continue
        try:
            track = captions.read(data.read_bytes(), name=name)
        except UnknownCaptionFormatError:
            if case["event"] != "error":
                wrong.append((name, "refused"))
            continue
        if case["event"] == "error":
            wrong.append((name, "taken"))
            continue
        for one in case["assertions"]:
            try:
                value = _told(track, one["path"])
            except (KeyError, IndexError):
                continue
            compared += 1
            if one["op"] == "equals" and value != one["expected"]:
                wrong.append((name, one["path"], one["expected"], value))
    assert compared > 30
    assert wrong == []


def test_the_w3c_suite_of_cue_texts(samples: Path) -> None:
    path = samples / "captions/wpt-webvtt/cue-text-expectations.json"
    cases = json.loads(path.read_text())["cases"]
    wrong = []
    for one in (one for group in cases.values() for one in group):
        track = read("WEBVTT\n\n00:00.000 --> 00:01.000\n" + one["input"])
        nodes = re.findall(r'^\|\s+"(.*?)"$', one["expected_tree"], re.MULTILINE | re.DOTALL)
        expected = "".join(nodes).strip()
        if (track.cues[0].text if track.cues else "") != expected:
            wrong.append((one["input"], expected, track.cues))
    assert wrong == []


@pytest.mark.parametrize("start", ["WEBVTTx", "webvtt", " WEBVTT", ""])
def test_other_signatures_are_refused(start: str) -> None:
    with pytest.raises(UnknownCaptionFormatError):
        read(start + "\n\nno time line")


def test_the_cues_of_the_track_suite_are_those_of_another_reader(samples: Path) -> None:
    known = json.loads((samples / "samples.json").read_text())["files"]
    compared = 0
    for one in known:
        truth = one.get("truth", {}).get("read_by_npm_webvtt-parser_2.2.0")
        if truth is None or not one["name"].startswith("captions/wpt-track/"):
            continue
        track = captions.read((samples / one["name"]).read_bytes(), name=one["name"])
        found = [(cue.id or "", cue.start_ms, cue.end_ms) for cue in track.cues]
        assert found == [tuple(cue[:3]) for cue in truth["list"]], one["name"]
        compared += len(found)
    assert compared > 60


def test_scripts_in_a_cue_are_text_without_tags(samples: Path) -> None:
    track = captions.read((samples / "captions/hostile/xss.vtt").read_bytes())
    assert [(cue.speaker, cue.text) for cue in track.cues] == [
        (None, "alert(1)<b>"),
        ('Mallory"', "hello"),
    ]


def test_every_voice_of_a_cue_is_named() -> None:
    track = read("WEBVTT\n\n00:01.000 --> 00:02.000\n<v.loud Anna>Stop\n<v Omar &amp; Ali>No")
    assert (track.cues[0].speaker, track.cues[0].text) == ("Anna / Omar & Ali", "Stop\nNo")


def test_the_header_tells_language_and_kind_and_is_no_text() -> None:
    track = read("WEBVTT\nKind: chapters\nLanguage: ar\n\n00:01.000 --> 00:02.000\nOne")
    assert (track.language, track.kind, [cue.text for cue in track.cues]) == (
        "ar",
        "chapters",
        ["One"],
    )


def test_karaoke_times_of_automatic_captions_leave_words_alone() -> None:
    track = read(
        "WEBVTT\n\n00:00.000 --> 00:02.000 align:start position:0%\n \n"
        "the<00:00:00.400><c> convoy</c><00:00:01.000><c> stopped</c>\n"
    )
    assert track.cues[0].text == "the convoy stopped"


def test_a_file_with_commas_throughout_is_saved_and_reported() -> None:
    track = read("WEBVTT\n\n00:00:01,000 --> 00:00:02,000\nsaved\n")
    assert [(cue.start_ms, cue.text) for cue in track.cues] == [(1000, "saved")]
    assert "comma" in track.problems[0].message


def test_subrip_in_a_file_named_vtt_is_read_as_what_it_is() -> None:
    track = read("1\n00:00:01,000 --> 00:00:02,000\nsaved\n")
    assert (track.format, track.cues[0].text) == ("srt", "saved")


def test_cues_are_sorted_by_start_and_may_overlap() -> None:
    track = read("WEBVTT\n\n00:05.000 --> 00:09.000\nb\n\n00:01.000 --> 00:07.000\na\n")
    assert [cue.text for cue in track.cues] == ["a", "b"]


def test_a_cue_that_ends_before_it_starts_is_kept_and_reported() -> None:
    track = read("WEBVTT\n\n00:05.000 --> 00:04.000\nlate\n")
    assert (track.cues[0].start_ms, track.cues[0].end_ms) == (5000, 5000)
    assert track.problems[0].line == 3


@pytest.mark.parametrize("reference", ["&#" + "9" * 6000 + ";", "&#x" + "f" * 9000, "&#0;"])
def test_references_to_no_character_become_one_replacement(reference: str) -> None:
    track = read("WEBVTT\n\n00:01.000 --> 00:02.000\n" + reference)
    assert track.cues[0].text == "\ufffd"
