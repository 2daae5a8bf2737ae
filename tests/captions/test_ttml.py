"""TTML and its relatives: times of every kind, containers, styles, and files that are broken."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediacatalog import captions
from mediacatalog.captions import ttml

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.values import Track

TT = 'xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"'
MORE = (
    f'{TT} xmlns:tts="http://www.w3.org/ns/ttml#styling" '
    'xmlns:ttm="http://www.w3.org/ns/ttml#metadata"'
)


NTSC = 'ttp:timeBase="smpte" ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001"'


def read(body: str, root: str = "", head: str = "") -> Track:
    text = f'<?xml version="1.0"?>\n<tt {MORE} {root}>{head}<body><div>{body}</div></body></tt>'
    return captions.read(text.encode(), name="x.ttml")


def rows(track: Track) -> list[tuple[int, int, str]]:
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in track.cues]


@pytest.mark.parametrize(
    ("root", "begin", "ms"),
    [
        ("", "00:00:01.5", 1500),
        ("", "1.5s", 1500),
        ("", "1500ms", 1500),
        ("", "0.5m", 30_000),
        ("", "0.001h", 3600),
        ("", "100:00:00", 360_000_000),
        ("", "15f", 500),
        ("", "00:00:01:15", 1500),
        ('ttp:frameRate="25"', "00:00:01:05", 1200),
        ('ttp:frameRate="24" ttp:frameRateMultiplier="1000 1001"', "24f", 1001),
        ('ttp:frameRate="30" ttp:frameRateMultiplier="1000:1001"', "30f", 1001),
        ('ttp:frameRate="25" ttp:subFrameRate="2"', "00:00:01:05.1", 1220),
        ('ttp:tickRate="10000000"', "15000000t", 1500),
        ('ttp:frameRate="25"', "50t", 2000),
        ("", "3t", 3000),
        ("", "00:00:01:99", 1967),
        ("", "00:00:01,5", 1500),
        ("", "1.5", 1500),
        ("", "01:02.5", 62_500),
        (NTSC, "00:01:00:00", 60_060),
        (f'{NTSC} ttp:dropMode="dropNTSC"', "00:10:00:00", 599_999),
    ],
)
def test_every_way_of_writing_a_time_is_read(root: str, begin: str, ms: int) -> None:
    track = read(f'<p begin="{begin}" dur="1h">x</p>', root)
    assert [cue.start_ms for cue in track.cues] == [ms]
    assert track.problems == ()


def test_a_time_that_is_none_is_a_problem_with_its_line() -> None:
    track = read('<p begin="1s" end="2s">a</p>\n<p begin="soon" end="3s">b</p>')
    assert [(one.line, one.message) for one in track.problems] == [
        (3, "not the times of a cue: begin=soon")
    ]
    assert rows(track)[-1] == (1000, 2000, "a")


def test_children_count_from_their_parents_and_end_with_them() -> None:
    track = read('<div begin="10s" end="15s"><p begin="1s" end="9s">a</p><p begin="7s">b</p></div>')
    assert rows(track) == [(11_000, 15_000, "a")]


def test_in_a_sequence_each_begins_where_the_one_before_ends() -> None:
    track = read(
        '<div timeContainer="seq"><p dur="2s">a</p><p begin="1s" dur="2s">b</p>'
        '<p timeContainer="seq"><span dur="1s">c</span> unseen <span dur="1s">d</span></p></div>'
    )
    assert rows(track) == [(0, 2000, "a"), (3000, 5000, "b"), (5000, 6000, "c"), (6000, 7000, "d")]


def test_a_region_shows_its_text_only_while_it_is_there() -> None:
    head = (
        '<head><layout><region xml:id="r" begin="10s" end="20s" tts:origin="5% 5%" '
        'tts:extent="80% 20%"/><region xml:id="none" tts:display="none"/></layout></head>'
    )
    track = read(
        '<p region="r" begin="5s" end="15s">a</p><p region="r" begin="16s" end="25s">b</p>'
        '<p region="none" begin="1s" end="2s">hidden</p><p begin="30s" end="31s">c</p>',
        head=head,
    )
    assert rows(track) == [(10_000, 15_000, "a"), (16_000, 20_000, "b"), (30_000, 31_000, "c")]


def test_spans_in_several_regions_are_cues_of_their_own() -> None:
    head = (
        '<head><layout><region xml:id="low" tts:origin="10% 80%" tts:extent="80% 20%"/>'
        '<region xml:id="high" tts:origin="10% 5%" tts:extent="80% 20%"/></layout></head>'
    )
    track = read(
        '<p begin="1s" end="2s"><span region="high">up</span> <span region="low">down</span></p>',
        head=head,
    )
    assert [(cue.text, cue.settings) for cue in track.cues] == [("up", "line:5%"), ("down", None)]


def test_what_is_not_displayed_is_not_read() -> None:
    head = '<head><styling><style xml:id="off" tts:display="none"/></styling></head>'
    track = read(
        '<p begin="1s" end="2s" style="off">by style</p>'
        '<p begin="0s" end="10s">to five<set begin="5s" tts:display="none"/></p>'
        '<p begin="0s" end="10s"><set begin="2s" end="4s" tts:display="none"/>with a gap</p>',
        head=head,
    )
    assert rows(track) == [
        (0, 10_000, "to five"),  # an animation must come before the text, to have an effect
        (0, 2000, "with a gap"),
        (4000, 10_000, "with a gap"),
    ]


def test_a_paragraph_without_an_end_lasts_to_the_end() -> None:
    assert rows(read('<p begin="1s">a</p><p begin="2s" end="30s">b</p>')) == [
        (1000, 40_000, "a"),
        (2000, 30_000, "b"),
    ]
    assert rows(read('<p begin="1s">a</p>')) == [(1000, 11_000, "a")]


def test_spans_with_times_make_a_cue_of_each_state() -> None:
    track = read(
        '<p begin="1s" end="4s">one <span begin="1s">two </span><span begin="2s">3</span></p>'
    )
    assert rows(track) == [
        (1000, 2000, "one"),
        (2000, 3000, "one two"),
        (3000, 4000, "one two 3"),
    ]


def test_white_space_is_that_of_the_document() -> None:
    track = read(
        '<p begin="1s" end="2s">\n  a\n  b <br/>  c </p>'
        '<p begin="1s" end="2s" xml:space="preserve">a  b\nc</p>'
    )
    assert [cue.text for cue in track.cues] == ["a b\nc", "a  b\nc"]


def test_languages_speakers_and_ids_are_told() -> None:
    head = (
        '<head><metadata><ttm:agent xml:id="a" type="person"><ttm:name type="full">Anna\n Saleh'
        "</ttm:name></ttm:agent></metadata></head>"
    )
    track = read(
        '<p xml:id="p1" begin="1s" end="2s" ttm:agent="a">one</p>'
        '<p begin="2s" end="3s" xml:lang="ar">اثنان</p>',
        'xml:lang="en-GB"',
        head,
    )
    assert track.language == "en-GB"
    assert [(cue.id, cue.speaker, cue.language) for cue in track.cues] == [
        ("p1", "Anna Saleh", None),
        (None, None, "ar"),
    ]


def test_places_become_settings() -> None:
    head = (
        '<head><styling><style xml:id="r" tts:textAlign="right"/></styling><layout>'
        '<region xml:id="top" tts:origin="10% 5%" tts:extent="80% 20%"/>'
        '<region xml:id="low" tts:extent="80% 20%"><style tts:origin="10% 75%"/>'
        '<style tts:displayAlign="after"/></region>'
        '<region xml:id="pixels" tts:origin="0px 120px" tts:extent="640px 240px" '
        'tts:displayAlign="center"/></layout></head>'
    )
    track = read(
        '<p begin="1s" end="2s" region="top">a</p><p begin="1s" end="2s" region="low">b</p>'
        '<p begin="1s" end="2s" region="pixels" style="r">c</p>',
        'tts:extent="640px 480px"',
        head,
    )
    assert [cue.settings for cue in track.cues] == ["line:5%", None, "line:50%,center align:right"]


def test_metadata_and_foreign_markup_never_leak() -> None:
    track = read(
        '<p begin="1s" end="2s"><metadata><ttm:desc>not this</ttm:desc></metadata>'
        '<ttm:title>nor this</ttm:title><x:y xmlns:x="urn:x">nor that</x:y>a'
        '<set begin="1s" tts:color="red"/><!-- no --><?no no?><![CDATA[ & b]]></p>'
    )
    assert [cue.text for cue in track.cues] == ["a & b"]


@pytest.mark.parametrize(
    "uri",
    [
        "http://www.w3.org/2006/04/ttaf1",
        "http://www.w3.org/2006/10/ttaf1",
        "http://www.w3.org/ns/ttml",
    ],
)
def test_old_names_of_the_format_are_read(uri: str) -> None:
    text = f'<t:tt xmlns:t="{uri}"><t:body><t:p begin="1s" end="2s">a</t:p></t:body></t:tt>'
    assert rows(captions.read(text.encode())) == [(1000, 2000, "a")]


@pytest.mark.parametrize(
    "broken",
    [
        '<p begin="1s" end="2s">a<p begin="3s" end="4s">b',
        '<p begin="1s" end="2s">a</span></p></p><p begin="3s" end="4s">b</div>',
        '<p begin="1s" end="2s"><b>a</p><p begin="3s" end="4s">b</p>',
        '<p begin=1s end=2s>a</p><p begin="3s" end="4s" x=">">b</p>',
        '<p begin="1s" end="2s">a</p><!-- - --><p begin="3s" end="4s">b</p><!-- never closed',
    ],
)
def test_broken_markup_loses_no_paragraph(broken: str) -> None:
    assert rows(read(broken)) == [(1000, 2000, "a"), (3000, 4000, "b")]


def test_entities_are_never_expanded_and_nothing_is_fetched(samples: Path) -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 20))
    text = (
        f'<!DOCTYPE tt [<!ENTITY e0 "ha">{bomb}]><tt {TT}><body><p begin="1s" end="2s">'
        "a&e19;&amp;&#233;b</p></body></tt>"
    )
    assert rows(captions.read(text.encode())) == [(1000, 2000, "a&éb")]
    path = samples / "captions/hostile/xxe.ttml"
    assert captions.read(path.read_bytes(), name=path.name).cues == ()


def test_pictures_of_text_are_counted_and_not_read() -> None:
    track = read('<div begin="1s" end="2s" smpte:backgroundImage="#a"/>')
    assert track.cues == ()
    assert "pictures" in track.problems[0].message


def test_a_declared_encoding_is_believed_where_it_fits() -> None:
    text = (
        f'<?xml version="1.0" encoding="windows-1251"?><tt {TT}><p begin="1s" end="2s">Да</p></tt>'
    )
    track = captions.read(text.encode("cp1251"))
    assert (track.encoding, track.cues[0].text) == ("cp1251", "Да")


def test_the_imsc_suite_changes_its_picture_when_it_says(samples: Path) -> None:
    """Every change of a cue is one of the picture; what is on at a time is what ttconv shows."""
    known = json.loads((samples / "samples.json").read_text())["files"]
    compared = 0
    for one in known:
        truth = one.get("truth", {})
        if "suite_says_picture_changes_at_s" not in truth:
            continue
        track = captions.read((samples / one["name"]).read_bytes(), name=one["name"])
        suite = truth["suite_says_picture_changes_at_s"]
        changes = {round(second * 1000) for second in suite}
        ours = {at for cue in track.cues for at in (cue.start_ms, cue.end_ms)}
        assert {at for at in ours if at <= max(changes)} <= changes, one["name"]
        for start, end, text in truth["read_by_ttconv_1.2.3"]:
            middle = (start + min(end, max(changes) + 1000)) // 2
            on = [cue.text for cue in track.cues if cue.start_ms <= middle < cue.end_ms]
            bare = "".join(itertools.chain.from_iterable(_without_tags(text)))
            assert sorted("\n".join(on).split()) == sorted(bare.split()), (one["name"], start)
            compared += 1
    assert compared > 60


def _without_tags(text: str) -> list[str]:
    return [part.rpartition(">")[2] for part in text.split("<")]


@settings(deadline=None)
@given(st.text(st.sampled_from("<>/=\"' \nptbeginspan1s&;![]-?:x"), max_size=300))
def test_no_markup_raises(text: str) -> None:
    ttml.read(f'<tt {TT}><body><p begin="1s" end="2s">{text}')
    ttml.read(text)
