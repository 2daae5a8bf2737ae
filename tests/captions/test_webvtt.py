"""WebVTT against the W3C's own suite, and what must never leak into a cue."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediacatalog import captions
from mediacatalog.captions import webvtt, webvtt_text
from mediacatalog.errors import UnknownCaptionFormatError
from mediacatalog.values import Region, timecode

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


def test_times_of_words_are_kept_with_their_places() -> None:
    track = read(
        "WEBVTT\n\n00:01.000 --> 00:05.000\n<v Anna>the <00:02.000><c>ferry</c>\n<00:03.000>\n"
        "<b></b>to <00:02.500>Basra <00:09.000>late\n"
    )
    (cue,) = track.cues
    assert cue.text == "the ferry\nto Basra late"
    # 2.5 s goes back and 9 s is after the cue: players ignore them, too
    assert cue.words == ((4, 2000), (10, 3000))
    written = captions.write(track.cues, "webvtt")
    assert "<v Anna>the <00:00:02.000>ferry\n<00:00:03.000>to Basra late</v>" in written
    assert captions.read(written.encode()).cues == track.cues


def test_a_region_becomes_the_place_of_its_cue_for_players_without_regions() -> None:
    track = read(
        "WEBVTT\n\nREGION\nid:r\nwidth:40%\nlines:3\nregionanchor:0%,100%\n"
        "viewportanchor:10%,90%\n\n00:01.000 --> 00:02.000 region:r align:left\na\n\n"
        "00:02.000 --> 00:03.000 region:r position:50%\nb\n\n00:03.000 --> 00:04.000 line:0\nc\n"
    )
    assert [cue.settings for cue in captions.in_place(track.cues, track.regions)] == [
        "line:74.01% position:10% size:40% align:left",
        "line:74.01% position:30% size:40% align:center",
        "line:0",
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


SIDES = {"lineAlign": ("line", "start"), "positionAlign": ("position", "auto")}
PLACES = {"line": "auto", "position": "auto", "size": "100%", "align": "center", "vertical": ""}
REGION = {
    "lines": "lines",
    "width": "width",
    "regionAnchorX": "anchor_x",
    "regionAnchorY": "anchor_y",
    "viewportAnchorX": "viewport_x",
    "viewportAnchorY": "viewport_y",
}


def _told(track: Track, path: str) -> object:
    """What a script in a browser would see of the cue, worked out of our values."""
    if path == "cues.length":
        return len(track.cues)
    number, name = re.fullmatch(r"cues\[(\d+)\]\.(.+)", path).groups()  # type: ignore[union-attr]
    cue = track.cues[int(number)]
    placed = dict(one.split(":", 1) for one in (cue.settings or "").split())
    if name.startswith("region"):
        return _region(track, placed.get("region"), name.removeprefix("region").removeprefix("."))
    if name in SIDES:
        setting, default = SIDES[name]
        return placed.get(setting, "").partition(",")[2] or default
    if name == "snapToLines":
        return not placed.get("line", "").split(",")[0].endswith("%")
    if name in PLACES:
        value = placed.get(name, PLACES[name]).split(",")[0].removesuffix("%")
        return float(value) if value.lstrip("-")[:1].isdigit() else value
    return {
        "id": cue.id or "",
        "text": cue.text,
        "startTime": cue.start_ms / 1000,
        "endTime": cue.end_ms / 1000,
    }[name]


def _region(track: Track, identity: str | None, name: str) -> object:
    found = {one.id: one for one in track.regions}.get(identity or "")
    if not name:
        return found
    assert found is not None
    if name == "scroll":
        return "up" if found.scrolls else ""
    return getattr(found, REGION[name])


def _holds(track: Track, one: dict[str, Any]) -> bool:
    value, expected = _told(track, one["path"]), one.get("expected")
    if isinstance(expected, dict):
        expected = (
            _told(track, expected["same_as"])
            if "same_as" in expected
            else float(expected["number"])
        )
    if one["op"] == "truthy":
        return bool(value)
    return (value != expected) if one["op"] == "not_equals" else value == expected


def test_the_w3c_suite_of_file_parsing(samples: Path) -> None:
    compared, wrong = 0, []
    for name, case in _cases(samples).items():
        data = samples / "captions/wpt-webvtt" / name
        if not data.exists():
            continue
        try:
            track = captions.read(data.read_bytes(), name=name)
        except UnknownCaptionFormatError:
            assert case["event"] == "error", name
            continue
        assert case["event"] == "load", name
        compared += len(case["assertions"])
        wrong += [(name, one) for one in case["assertions"] if not _holds(track, one)]
    assert compared > 75
    assert wrong == []


def _drawn(node: webvtt_text.Node, depth: int = 0) -> list[str]:
    """The tree as html5lib writes the DOM that a browser makes of it."""
    start, lines = "| " + "  " * depth, []
    for child in node.children:
        if isinstance(child, str):
            lines.append(f'{start}"{child}"')
        elif isinstance(child, webvtt_text.Timestamp):
            hours = f"0{timecode(child.ms)}"
            lines.append(f"{start}<?timestamp {hours}>")
        else:
            name = child.name if child.name not in {"c", "v", "lang"} else "span"
            lines.append(f"{start}<{name}>")
            attributes = {"class": " ".join(child.classes)} if child.classes else {}
            if child.name in {"v", "lang"}:
                attributes["title" if child.name == "v" else "lang"] = child.annotation
            lines += [f'{start}  {key}="{value}"' for key, value in sorted(attributes.items())]
            lines += _drawn(child, depth + 1)
    return lines


def test_the_w3c_suite_of_cue_texts(samples: Path) -> None:
    path = samples / "captions/wpt-webvtt/cue-text-expectations.json"
    cases = json.loads(path.read_text())["cases"]
    compared = 0
    for one in (one for group in cases.values() for one in group):
        drawn = "\n".join(["#document-fragment", *_drawn(webvtt_text.tree(one["input"]))])
        assert drawn == one["expected_tree"], one["input"]
        track = read("WEBVTT\n\n00:00.000 --> 00:01.000\n" + one["input"])
        nodes = re.findall(r'^\|\s+"(.*?)"$', one["expected_tree"], re.MULTILINE | re.DOTALL)
        assert track.cues[0].text == "".join(nodes).strip(), one["input"]
        compared += 1
    assert compared >= 16


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ("align:end align:bogus", "align:end"),
        ("line:5 line:-1", "line:-1"),
        ("line:50%,end size:101%", "line:50%,end"),
        ("line:10%,middle", None),
        ("line:1.", None),
        ("line:- position:50%,line-right", "position:50%,line-right"),
        ("position:50%,start", None),
        ("size:100.5% size:62.50%", "size:62.5%"),
        (":x x: region: vertical:up", None),
        ("region:r", "region:r"),
        ("region:r region:none", None),
        ("region:r size:100% align:left", "region:r size:100% align:left"),
        ("region:r size:50%", "size:50%"),
        ("line:0\talign:start", "line:0 align:start"),
    ],
)
def test_only_settings_that_players_obey_are_kept(settings: str, kept: str | None) -> None:
    region = "REGION\nid:r scroll:up width:40%\nregionanchor:10%,x lines:2\n\n"
    track = read(f"WEBVTT\n\n{region}00:01.000 --> 00:02.000 {settings}\nx")
    assert track.regions == (Region("r", 40.0, 2, scrolls=True),)
    assert track.cues[0].settings == kept


def test_a_region_after_a_cue_is_no_region() -> None:
    track = read("WEBVTT\n\n00:01.000 --> 00:02.000\nx\n\nREGION\nid:r\n\nSTYLE\n::cue{}\n")
    assert (track.regions, [cue.text for cue in track.cues]) == ((), ["x"])


@pytest.mark.parametrize(
    "times",
    [
        "00:00:01.0000 --> 00:00:02.000",
        "00:00:01.000 --> 00:00:02.0000",
        "00:00:60.000 --> 00:01:02.000",
        "00:60:00.000 --> 02:01:02.000",
        "0:01.000 --> 00:02.000",
        "-00:01.000 --> 00:02.000",
        "00:01.000 -> 00:02.000 -->",
        "00:01.000 --> ",
    ],
)
def test_times_that_the_standard_refuses_are_no_times(times: str) -> None:
    track = read(f"WEBVTT\n\n{times}\nbad\n\n00:03.000 --> 00:04.000\ngood\n")
    assert [cue.text for cue in track.cues] == ["good"]
    assert [one.line for one in track.problems] == [3]


def test_ruby_language_and_times_are_told_from_the_words() -> None:
    track = read(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<lang ja><ruby>利用<rt>りよう</ruby></lang>\n\n"
        "00:03.000 --> 00:04.000\n<lang en>one</lang> <00:03.500>two\n"
    )
    assert [(cue.text, cue.language) for cue in track.cues] == [
        ("利用りよう", "ja"),
        ("one two", None),
    ]


def test_elements_within_elements_end_somewhere() -> None:
    track = read("WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<i>" * 20_000 + "deep")
    assert track.cues[0].text == "deep"


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
