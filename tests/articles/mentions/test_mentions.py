"""The whole layer: the seed article, marked texts, and text that means harm."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediacatalog import articles
from mediacatalog.articles import mentions
from mediacatalog.articles.mentions import tokens, vocabulary
from mediacatalog.articles.mentions.values import ActorValue, DateValue, Mention, PlaceValue
from tests.articles.mentions.marked import KINDS, PUBLISHED, TEXTS, parse

if TYPE_CHECKING:
    from pathlib import Path


def value(one: Mention) -> str | None:
    if isinstance(one.value, DateValue):
        return one.value.edtf
    return one.value.country if isinstance(one.value, PlaceValue) else one.value.name


@pytest.mark.samples
def test_the_seed_article_names_what_its_truth_says(samples: Path) -> None:
    truth = next(
        entry["truth"]
        for entry in json.loads((samples / "samples.json").read_text())["files"]
        if entry["name"] == "articles/abu-kamal.txt"
    )
    story = articles.read((samples / "articles/abu-kamal.txt").read_bytes(), name="abu-kamal.txt")
    found = mentions.of_article(story)
    dates = {one.surface: one.value for one in found.mentions if isinstance(one.value, DateValue)}
    for wanted in truth["dates"]:
        read = dates.pop(wanted["surface"])
        assert read.edtf == wanted.get("edtf", "2017-09/2017-12"), wanted
    assert set(dates) == {"2017"}  # "ISIL’s retreat in 2017"
    for wanted in truth["places"]:
        for surface in wanted.get("surfaces", wanted):
            read = [
                one.value
                for one in found.mentions
                if one.surface.startswith(surface) and isinstance(one.value, PlaceValue)
            ]
            assert read, surface
            if "geonames_id" in wanted:
                assert {one.geonames_id for one in read} == {wanted["geonames_id"]}
                assert all(one.lat for one in read)
    for names in truth["groups"]:
        read_as = {
            one.value.name
            for one in found.mentions
            if one.surface in names and isinstance(one.value, ActorValue)
        }
        assert len(read_as) == 1, names
    spoken = [(one.speaker, one.verb.lower()) for one in found.claims]
    for wanted in truth["statements"]:
        assert (wanted["speaker"], wanted["verb"]) in spoken


def test_the_command_prints_what_a_text_names() -> None:
    story = articles.read(b"Rockets fell on Aleppo on 5 May 2016, residents said.", name="a.txt")
    printed = json.loads(json.dumps(articles.as_json(story)))
    place, day = printed["mentions"]
    [claim] = printed["claims"]
    assert (claim["speaker"], claim["statement"]) == (
        "residents",
        "Rockets fell on Aleppo on 5 May 2016",
    )
    assert place["value"]["geonames_id"] == 170063
    assert place["value"].keys() >= {"name", "lat", "lon", "country"}
    assert day == {
        "kind": "date",
        "surface": "5 May 2016",
        "start": 26,
        "end": 36,
        "confidence": 0.95,
        "value": {
            "edtf": "2016-05-05",
            "earliest": "2016-05-05",
            "latest": "2016-05-05",
            "alternatives": [],
            "note": None,
        },
    }


def test_marked_texts_are_read_well_enough() -> None:
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for text in TEXTS.values():
        plain, marks = parse(text)
        left = list(mentions.find(plain, published=PUBLISHED).mentions)
        for mark in marks:
            hits = [
                one
                for one in left
                if one.kind == mark.kind
                and one.start < mark.end
                and mark.start < one.end
                and (not mark.value or value(one) == mark.value)
            ]
            (right if hits else missed)[mark.kind] += 1
            left = [one for one in left if one not in hits]
        wrong.update(one.kind for one in left)
    for kind in KINDS.values():
        assert right[kind] / (right[kind] + wrong[kind]) >= 0.9, (kind, wrong)
        assert right[kind] / (right[kind] + missed[kind]) >= 0.85, (kind, missed)


HOSTILE = {
    "one letter": "a" * 1_000_000,
    "capitals": "A" * 1_000_000,
    "single capitals": "A " * 500_000,
    "digits": "1234567890" * 100_000,
    "spaced digits": "12 " * 300_000,
    "brackets": "(" * 500_000 + ")" * 500_000,
    "quotes": "“" * 300_000 + '"' * 300_000,
    "said": "said " * 150_000,
    "he said": "Ali Ahmad said " * 50_000,
    "according": "according to " * 60_000,
    "titles": "Gen. al " * 80_000,
    "particles": "Ali " + "al " * 200_000,
    "months": "May " * 150_000,
    "dates": "1 May 2016 to " * 50_000,
    "places": "Paris, " * 100_000,
    "hyphens": "Al-" * 200_000,
    "arabic": "القائم و" * 60_000,
    "article": "ال" * 200_000,
    "russian": "Мосуле " * 80_000,
    "spaces": " " * 1_000_000,
    "marks": "a\u0301\u0302" * 200_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_takes_bounded_time_and_gives_bounded_answers(name: str) -> None:
    text = HOSTILE[name]
    began = time.process_time()
    found = mentions.find(text, published=PUBLISHED)
    assert time.process_time() - began < 15
    assert len(found.mentions) <= mentions.MOST_MENTIONS
    assert sum(len(one.statement) for one in found.claims) <= 700_000


def check(text: str) -> None:
    found = mentions.find(text, published=PUBLISHED)
    last = 0
    for one in found.mentions:
        assert last <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == one.surface
        assert 0 < one.confidence <= 1
        last = one.end
    for claim in found.claims:
        assert text[claim.start : claim.end] == claim.statement
        assert text[claim.speaker_start : claim.speaker_end] == claim.speaker
    assert [one.start for one in found.claims] == sorted(one.start for one in found.claims)


@settings(max_examples=120, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    check(text)


_WORDS = {word for text in TEXTS.values() for word in re.split(r"\b", parse(text)[0])}
_ODD = ["İ", "ß", "ﷺ", "ـ", "٣", "31", "29", "February", "0", "9999", "до", "قبل", "before"]
_PIECES = sorted(_WORDS | set(_ODD))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=40))
def test_pieces_of_stories_in_any_order_are_read_without_a_fault(pieces: list[str]) -> None:
    check(" ".join(pieces))
    check("".join(pieces))


def test_what_lies_beyond_the_longest_text_is_not_read() -> None:
    text = "x" * tokens.LONGEST_READ + " Aleppo on 5 May 2016"
    assert mentions.find(text).mentions == ()


def test_every_line_of_the_data_is_whole() -> None:
    for kind, name, country, at, spellings in vocabulary.rows("places.tsv"):
        assert kind.isalpha(), name
        assert re.fullmatch("[A-Z]{2}|-", country), name
        assert re.fullmatch(r"=.+|-|~?-?[\d.]+,-?[\d.]+", at) or at == "-", name
        assert all(spellings.split(";")), name
    for row in vocabulary.rows("groups.tsv"):
        assert len(row) <= 2, row
        assert row[0].strip() == row[0], row
    assert {len(row) for row in vocabulary.rows("countries.tsv")} <= {2, 3}
    for name in ("weapons.tsv", "asked.tsv"):
        for row in vocabulary.rows(name):
            spellings = row[0].split(";")
            assert len(row) == 1, row
            assert all(map(str.strip, spellings)), row
            assert len(spellings) == len(set(spellings)), row


def test_every_seat_of_our_file_is_in_the_gazetteer() -> None:
    from mediacatalog.articles.mentions import gazetteer, spelling

    known = gazetteer.load()
    for owns in vocabulary.own_places().values():
        for own in owns:
            if own.seat.isdigit():
                assert known.place(int(own.seat)), own
            elif own.seat:
                named = known.named(spelling.key(own.seat))
                assert any(one.country == own.value.country for one in named), own
