"""What is found, where, and with which counts; the same on both databases."""

from __future__ import annotations

import itertools
import json
import random
import re
import shutil
import sys
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import event

from mediacatalog.catalog import holdings, occasions, vocabulary
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.search import (
    FACETS,
    Results,
    SearchIndex,
    SearchQuery,
    as_json,
    facets,
    find,
    foremost,
    walk,
)
from mediacatalog.search.query import parse
from mediacatalog.search.results import plain
from mediacatalog.values import State
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue

    Ask = Callable[..., Results]

CUES = [
    (200, 1400, "The convoy reached the ferry"),
    (1500, 2800, "crossing before the night fell"),
    (3000, 4000, "nobody was hurt"),
]


def ids(results: Results) -> list[str]:
    return [hit.clip_id for hit in results.hits]


def marked(results: Results) -> list[str]:
    parts = results.hits[0].moments[0].snippet
    return [part.text for part in parts if part.marked]


def facet(results: Results, name: str) -> dict[str, int]:
    found = next(one for one in results.facets if one.name == name)
    return {value.value: value.count for value in found.values}


def test_a_phrase_that_straddles_two_cues_opens_at_the_first(
    catalogue: Catalogue, ask: Ask
) -> None:
    clip = a_clip(catalogue, cues=CUES)
    results = ask('"ferry crossing before"')
    assert ids(results) == [clip]
    moment = results.hits[0].moments[0]
    assert (moment.start_ms, moment.end_ms, moment.source) == (200, 2800, "caption")
    assert marked(results) == ["ferry crossing before"]


def test_the_last_cue_is_found(catalogue: Catalogue, ask: Ask) -> None:
    a_clip(catalogue, cues=CUES)
    assert ask("hurt").hits[0].moments[0].start_ms == 3000


def test_a_phrase_never_straddles_two_tracks(catalogue: Catalogue, ask: Ask) -> None:
    a_clip(catalogue, tracks=[[(0, 900, "to the ferry")], [(0, 900, "crossing at night")]])
    assert ask('"ferry crossing"').count == 0
    assert ask("ferry crossing").count == 1


def test_the_cue_with_most_of_the_words_comes_first(catalogue: Catalogue, ask: Ask) -> None:
    cues = [(0, 900, "a ferry"), (1000, 1900, "the night"), (2000, 2900, "the ferry at night")]
    a_clip(catalogue, cues=cues)
    moments = ask("ferry night").hits[0].moments
    assert [moment.start_ms for moment in moments] == [2000, 0, 1000]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("The convoy near Al-Bukamal", "albukamal convoy"),
        ("القوات دخلت الْبُوكَمَال أمس", "البوكمال"),
        ("Войска вошли в посёлок", "поселок"),
        ("fighting in Deir Ezzor", '"in deir ez-zor"'),
        ("東京都知事選挙", "選挙"),
        ("북한군이 온다", unicodedata.normalize("NFD", "북한*")),
        (unicodedata.normalize("NFD", "북한군이 온다"), "한군"),
        ("ประเทศ\u200bไทย", "ประเทศไทย"),
        ("ロシアとウクラ\nイナの国境で", "ウクライナ"),
        ("the court of inter-\nnational law", "international"),
        ("указ прави-\nтельства", "правительство"),
    ],
)
def test_cues_are_found_in_their_script(
    catalogue: Catalogue, ask: Ask, text: str, query: str
) -> None:
    clip = a_clip(catalogue, cues=[(500, 1500, text)])
    a_clip(catalogue, cues=[(500, 1500, "nothing of the kind")])
    results = ask(query)
    assert ids(results) == [clip]
    assert results.hits[0].moments[0].start_ms == 500


def test_a_clip_is_found_by_everything_known_of_it(catalogue: Catalogue, ask: Ask) -> None:
    clip = a_clip(
        catalogue,
        "A title",
        description="what it shows",
        tags=["artillery"],
        places=[["Deir ez-Zor", "دير الزور"]],
        article="The army said so.",
        name="footage/raw_0042.mp4",
    )
    for query, source in {
        "title": "title",
        "shows": "description",
        "artillery": "tag",
        "دير الزور": "tag",
        "army": "article",
        "0042": "file name",
    }.items():
        results = ask(query)
        assert ids(results) == [clip], query
        assert results.hits[0].moments[0].source == source
        assert results.hits[0].moments[0].start_ms is None


def test_a_title_outranks_a_caption(catalogue: Catalogue, ask: Ask) -> None:
    spoken = a_clip(catalogue, "something else", cues=[(0, 900, "the ferry")])
    titled = a_clip(catalogue, "The ferry")
    assert ids(ask("ferry")) == [titled, spoken]


def test_a_long_text_is_shown_around_the_match(catalogue: Catalogue, ask: Ask) -> None:
    a_clip(catalogue, article="before " * 500 + "the ferry sank " + "after " * 500)
    moment = ask("ferry sank").hits[0].moments[0]
    assert plain(moment.snippet).startswith("…")
    assert plain(moment.snippet).endswith("…")
    assert len(plain(moment.snippet)) < 250
    assert [part.text for part in moment.snippet if part.marked] == ["ferry", "sank"]


def test_words_can_be_excluded_joined_and_begun(catalogue: Catalogue, ask: Ask) -> None:
    ferry, bridge = a_clip(catalogue, "ferry by night"), a_clip(catalogue, "bridge by day")
    assert ids(ask("by -night")) == [bridge]
    assert ids(ask("-night")) == [bridge]
    assert set(ids(ask("ferry OR bridge"))) == {ferry, bridge}
    assert ids(ask("ferr*")) == [ferry]
    assert ids(ask("fer")) == []
    assert ids(ask("by ferry OR bridge -day")) == [ferry]


def test_a_property_is_asked_for_by_any_of_its_names(catalogue: Catalogue, ask: Ask) -> None:
    clip = a_clip(
        catalogue,
        tags=["Night convoy"],
        places=[["Deir ez-Zor", "دير الزور"]],
        language="ar-SY",
        source="Step News",
    )
    a_clip(catalogue, "Night convoy in Deir ez-Zor", codec="vp9")
    for query in (
        'tag:"night convoy"',
        "tag:night-convoy",
        "tag:nigh*",
        'place:"deir ezzor"',
        'place:"دير الزور"',
        "lang:ar",
        "lang:ar-SY",
        'source:"step news"',
        "codec:h264",
        "state:ready -codec:vp9",
    ):
        assert ids(ask(query)) == [clip], query


def test_a_clip_is_found_by_every_language_it_can_be_read_in(
    catalogue: Catalogue, ask: Ask
) -> None:
    clip = a_clip(catalogue, "ferry", language="ar", cues=[(0, 900, "the boat left")])
    assert ids(ask("lang:ar")) == ids(ask("lang:en")) == [clip]
    assert ids(ask("lang:ru")) == []
    (facet,) = (one for one in ask("").facets if one.name == "language")
    assert {value.value for value in facet.values} == {"ar", "en"}


def test_a_rejected_article_is_no_reason(catalogue: Catalogue, ask: Ask) -> None:
    a_clip(catalogue, article="The ferry sank.", article_state="rejected")
    assert ask("ferry").count == 0


@pytest.mark.parametrize("state", ["waiting", "running", "quarantined", "ignored"])
def test_a_clip_that_is_not_ready_is_no_hit(catalogue: Catalogue, ask: Ask, state: str) -> None:
    a_clip(catalogue, "ferry", state=state)
    assert ask("ferry").count == 0
    assert ask("").count == 0


def test_a_clip_that_is_held_back_later_disappears(catalogue: Catalogue, ask: Ask) -> None:
    clip_id = a_clip(catalogue, "ferry")
    assert ask("ferry").count == 1
    with catalogue.writing() as session:
        holdings.clip(session, clip_id).state = State.QUARANTINED
        holdings.touch(session, [clip_id])
    assert ask("ferry").count == 0


def test_a_change_is_found_by_its_new_words_only(catalogue: Catalogue, ask: Ask) -> None:
    clip_id = a_clip(catalogue, "ferry")
    assert ask("ferry").count == 1
    with catalogue.writing() as session:
        holdings.clip(session, clip_id).title = "bridge"
        holdings.touch(session, [clip_id])
    assert (ask("ferry").count, ask("bridge").count) == (0, 1)


def test_an_empty_query_shows_all_the_newest_first(catalogue: Catalogue, ask: Ask) -> None:
    made = [a_clip(catalogue, f"clip {number}") for number in range(3)]
    results = ask("")
    assert ids(results) == made[::-1]
    assert results.hits[0].moments == ()


def test_facets_are_alternatives_within_and_conditions_between(
    catalogue: Catalogue, ask: Ask
) -> None:
    one = a_clip(catalogue, "ferry", tags=["day"], codec="h264")
    two = a_clip(catalogue, "ferry", tags=["night"], codec="vp9")
    a_clip(catalogue, "ferry", tags=["fog"], codec="vp9")
    assert set(ids(ask("ferry", tag=("day", "night")))) == {one, two}
    results = ask("ferry", tag=("day", "night"), codec=("vp9",))
    assert ids(results) == [two]
    assert facet(results, "tag") == {"night": 1, "fog": 1, "day": 0}, "as if none were chosen"
    assert facet(results, "codec") == {"h264": 1, "vp9": 1}
    assert facet(results, "state") == {"ready": 1}


def test_a_chosen_value_is_shown_even_when_nothing_has_it(catalogue: Catalogue, ask: Ask) -> None:
    a_clip(catalogue, "ferry", tags=["Day Light"])
    results = ask("ferry", tag=("gone",), unknown=("x",))
    assert results.count == 0
    tags = next(one for one in results.facets if one.name == "tag")
    assert [(v.value, v.label, v.count, v.selected) for v in tags.values] == [
        ("day-light", "Day Light", 1, False),
        ("gone", "gone", 0, True),
    ]


def test_pages_follow_each_other_without_gap_or_repeat(catalogue: Catalogue, ask: Ask) -> None:
    made = {a_clip(catalogue, f"ferry {number}") for number in range(7)}
    seen: list[str] = []
    after = None
    while True:
        page = ask("ferry", limit=3, after=after)
        seen += ids(page)
        after = page.next
        if after is None:
            break
    assert len(seen) == 7
    assert set(seen) == made


@pytest.mark.parametrize("cursor", ["", "x", "WzMsICJ4Il0", "é", "[]" * 999, "bnVsbA"])
def test_a_bad_cursor_gives_the_first_page_with_a_note(
    catalogue: Catalogue, ask: Ask, cursor: str
) -> None:
    a_clip(catalogue, "ferry")
    results = ask("ferry", after=cursor)
    assert results.count == len(results.hits) == 1
    assert results.notes


def test_the_json_says_what_the_contract_says(catalogue: Catalogue, ask: Ask) -> None:
    clip = a_clip(catalogue, "Night", cues=CUES)
    said = as_json(SearchQuery("ferry"), ask("ferry"))
    json.dumps(said)
    assert said["query"] == "ferry"
    assert said["count"] == 1
    hits = said["hits"]
    assert isinstance(hits, list)
    assert (hits[0]["clip"], hits[0]["title"]) == (clip, "Night")
    moment = hits[0]["moments"][0]
    assert (moment["start_ms"], moment["source"]) == (200, "caption")
    assert moment["snippet"] == "The convoy reached the ferry"


def test_a_search_before_the_index_is_made_says_so(catalogue: Catalogue, tmp_path: Path) -> None:
    results = find(catalogue, SearchIndex(tmp_path / "none"), SearchQuery("ferry"))
    assert results.count == 0
    assert results.notes


def test_no_filter_is_an_error(catalogue: Catalogue, ask: Ask) -> None:
    a_clip(catalogue, "ferry")
    results = ask("ferry", tag=("\0", "\ud800", "", "x" * 100_000), place=("\0",))
    assert results.count == 0


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80
)
@given(
    text=st.text() | st.text(alphabet='ferryal-ez أالتб "“-*:OR.[](){}^~\\京ً', max_size=40),
    values=st.lists(st.text(), max_size=2),
)
def test_no_query_is_an_error(
    catalogue: Catalogue, index: SearchIndex, text: str, values: list[str]
) -> None:
    if not index.open():
        a_clip(catalogue, "The ferry", cues=CUES, tags=["convoy"])
        index.catch_up(catalogue)
    results = find(catalogue, index, SearchQuery(text, {"tag": tuple(values)}))
    assert "index" not in " ".join(results.notes)


VOCABULARY = ["ferry", "bridge", "night", "convoy", "паром", "мост", "عبارة", "البوكمال", "cafe"]


def test_the_index_agrees_with_reading_everything(catalogue: Catalogue, ask: Ask) -> None:
    """An oracle that knows nothing of indexes: generated clips, generated queries."""
    chance = random.Random(7)
    texts: dict[str, list[str]] = {}
    for _ in range(150):
        spoken = [chance.choice(VOCABULARY) for _ in range(chance.randrange(1, 8))]
        cues = [(n * 1000, n * 1000 + 900, word) for n, word in enumerate(spoken)]
        texts[a_clip(catalogue, "x", cues=cues)] = spoken
    for _ in range(40):
        one, two, three = (chance.choice(VOCABULARY) for _ in range(3))
        both = {c for c, said in texts.items() if one in said and two in said and three not in said}
        asked = ask(f"{one} {two} -{three}", limit=100)
        assert (set(ids(asked)), asked.count) == (both, len(both))
        following = {c for c, said in texts.items() if (one, two) in itertools.pairwise(said)}
        phrase = ask(f'"{one} {two}"', limit=100)
        assert set(ids(phrase)) == following
        for hit in phrase.hits:
            said = texts[hit.clip_id]
            first = next(n for n in range(len(said)) if said[n : n + 2] == [one, two])
            assert hit.moments[0].start_ms == first * 1000


def test_clips_are_found_by_what_they_are_and_have(catalogue: Catalogue, ask: Ask) -> None:
    long = a_clip(catalogue, "Long", duration_ms=600_000, size=(1080, 1920), cues=CUES)
    short = a_clip(catalogue, duration_ms=20_000, size=(3840, 2160), article="A story.")
    assert ids(ask("duration:>5m")) == ids(ask("is:vertical")) == ids(ask("has:captions")) == [long]
    assert ids(ask("duration:10s..1m")) == ids(ask("is:4k")) == ids(ask("has:article")) == [short]
    assert ids(ask("is:undescribed")) == [short]
    assert ids(ask("-has:captions is:silent")) == [short]


def test_of_an_unknown_length_no_clip_is_found_by_its_length(
    catalogue: Catalogue, ask: Ask
) -> None:
    unknown = a_clip(catalogue, "unknown", duration_ms=0)
    short = a_clip(catalogue, "short", duration_ms=900)
    for asked in ("duration:<5m", "duration:..1m", "duration:0..1m", "duration:0", "duration:>=0"):
        assert ids(ask(asked)) == [short]
    assert ids(ask("-duration:<5m")) == [unknown]


def test_dates_that_overlap_are_found(catalogue: Catalogue, ask: Ask) -> None:
    month = a_clip(catalogue, "Some day", recorded_at="2017-11")
    day = a_clip(catalogue, "That day", recorded_at="2017-11-19T10:00:00Z")
    never = a_clip(catalogue, "Never")
    assert set(ids(ask("date:2017"))) == {month, day}
    assert set(ids(ask("date:2017-11-19"))) == {month, day}
    assert ids(ask("date:2017-11-09..2017-11-18")) == [month]
    assert ids(ask("date:>2017-11-10 that")) == [day]
    assert ids(ask("date:2018..")) == []
    decade = a_clip(catalogue, "Some year", recorded_at="201X")
    assert ids(ask("date:2018")) == ids(ask("date:2017-12-25..2018")) == [decade]
    assert set(ids(ask("date:2016-12-31..2018-01-01"))) == {month, day, decade}
    assert set(ids(ask("-date:2018..2019"))) == {month, day, never}


def test_clips_are_found_by_where_they_were_recorded(catalogue: Catalogue, ask: Ask) -> None:
    here = a_clip(catalogue, "Abu Kamal", position=(34.4506, 40.9171))
    a_clip(catalogue, "Mayadin", position=(35.0188, 40.4505))
    assert ids(ask("near:34.45,40.92~20km")) == [here]
    assert ask("near:34.7,40.7~60km").count == 2
    assert ask("near:34.45,-40.92~20km").count == 0


def test_words_are_found_only_where_they_are_asked_for(catalogue: Catalogue, ask: Ask) -> None:
    spoken = a_clip(catalogue, "Night", cues=[(0, 900, "the ferry")])
    named = a_clip(catalogue, "The ferry", cues=[(0, 900, "silence")])
    assert ids(ask("ferry in:captions")) == [spoken]
    assert ids(ask("ferry in:title")) == [named]
    assert ask("in:title ferry OR night silence").count == 0
    assert [one.source for one in ask("ferry in:captions").hits[0].moments] == ["caption"]


def test_other_forms_are_found_after_the_word_itself(catalogue: Catalogue, ask: Ask) -> None:
    other = a_clip(catalogue, "Shells fell", cues=[(0, 900, "They shelled the bridge")])
    itself = a_clip(catalogue, "A shell fell")
    results = ask("shell")
    assert ids(results) == [itself, other]
    assert [one.via for one in results.hits[1].moments] == ["another form"] * 2
    assert [one.text for one in results.hits[1].moments[0].snippet if one.marked] == ["shelled"]
    assert ids(ask('"shell"')) == [itself]


def test_a_hit_says_when_it_matches_by_another_name(catalogue: Catalogue, ask: Ask) -> None:
    a_clip(catalogue, "Night", places=[("Abu Kamal", "Al-Bukamal")], cues=[(0, 9, "البوكمال")])
    for asked, found in (
        ("al-bukamal", [("caption", "another name"), ("tag", "another name")]),
        ("Abu Kamal", [("caption", "another name"), ("tag", "")]),
        ('"abu  kamal!"', [("tag", "")]),
        ("ابو كمال OR بوكمال", [("caption", "another spelling"), ("tag", "another name")]),
    ):
        (hit,) = ask(asked).hits
        assert [(one.source, one.via) for one in hit.moments] == found, asked


def test_a_place_is_found_by_what_else_it_is_called_after_its_name(
    catalogue: Catalogue, ask: Ask
) -> None:
    itself = a_clip(catalogue, cues=[(0, 900, "near Bakhmut")])
    older = a_clip(catalogue, cues=[(0, 900, "под Артёмовском")])
    joined = a_clip(catalogue, cues=[(0, 900, "انفجار في دير الزور")])
    assert ids(ask("Bakhmut")) == [itself, older]
    assert ids(ask('"Bakhmut"')) == [itself]
    assert ids(ask("deirezzor")) == ids(ask("Deir ez-Zor explosion OR انفجار")) == [joined]
    assert ids(ask("Bakhmut -Артёмовском")) == [itself]
    (hit,) = ask("Bakhmut -near").hits
    assert [(one.via, one.start_ms) for one in hit.moments] == [("another name", 0)]
    assert [one.text for one in hit.moments[0].snippet if one.marked] == ["Артёмовском"]


def test_a_preposition_is_part_of_another_form(catalogue: Catalogue, ask: Ask) -> None:
    within = a_clip(catalogue, cues=[(0, 900, "قصف"), (1000, 1900, "انفجار بدمشق")])
    itself = a_clip(catalogue, cues=[(0, 900, "دمشق اليوم")])
    results = ask("دمشق")
    assert ids(results) == [itself, within]
    (moment,) = results.hits[1].moments
    assert (moment.start_ms, moment.via) == (1000, "another form")
    assert [one.text for one in moment.snippet if one.marked] == ["بدمشق"]
    assert ids(ask('"دمشق"')) == [itself]
    assert ids(ask("بدمشق")) == [within, itself]


def test_values_are_left_out_and_their_absence_asked_for(catalogue: Catalogue, ask: Ask) -> None:
    both = a_clip(catalogue, "one", tags=["night", "fog"])
    night = a_clip(catalogue, "two", tags=["night"])
    bare = a_clip(catalogue, "three")
    without_fog = find_with(ask, {"tag!": ("fog",)})
    assert set(ids(without_fog)) == {night, bare}
    assert facet(without_fog, "tag") == {"night": 1, "fog": 0, "~none": 1}
    assert ids(find_with(ask, {"tag": ("~none",)})) == [bare]
    assert set(ids(find_with(ask, {"tag": ("~none", "fog")}))) == {bare, both}
    assert set(ids(find_with(ask, {"tag!": ("~none",)}))) == {both, night}
    assert ids(find_with(ask, {"tag": ("night",), "tag!": ("fog",)})) == [night]


def test_of_very_many_values_the_chosen_are_counted_and_none(
    catalogue: Catalogue, ask: Ask
) -> None:
    one = a_clip(catalogue, "one", tags=[f"t{number:03}" for number in range(150)])
    two = a_clip(catalogue, "two", tags=[f"t{number:03}" for number in range(100, 350)])
    bare = a_clip(catalogue, "three")
    every = facet(ask(""), "tag")
    assert list(every.values()) == [2] * 50 + [1]
    assert [*every][:: len(every) - 1] == ["t100", "~none"]
    for tag, clips in (("t349", {two}), ("t000", {one}), ("t120", {one, two})):
        found = find_with(ask, {"tag": (tag,)})
        assert (set(ids(found)), facet(found, "tag")[tag]) == (clips, len(clips))
        assert facet(found, "tag")["~none"] == 1
    assert ids(find_with(ask, {"tag": ("~none",)})) == [bare]


@pytest.mark.parametrize("few", [-100, 100], ids=["by value, beside", "by hit, in turn"])
def test_few_and_many_hits_are_counted_alike(
    catalogue: Catalogue, ask: Ask, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "FEW_HITS", few)
    monkeypatch.setattr(facets, "BESIDE", few)
    wanted: Counter[str] = Counter()
    for number in range(24):
        tags = [tag for tag, every in (("night", 2), ("fog", 3), ("day", 4)) if not number % every]
        clip = a_clip(catalogue, "ferry", tags=tags, language="ar" if number % 3 else "")
        ask("")
        if number % 5:
            wanted.update(tags or ["~none"])
        else:  # what is no longer there is no longer counted
            with catalogue.writing() as session:
                holdings.clip(session, clip).state = State.QUARANTINED
                holdings.touch(session, [clip])
    found = ask("ferry")
    assert facet(found, "tag") == wanted
    assert facet(found, "language") == {"ar": 13, "~none": 6}
    assert facet(ask("ferry", tag=("fog",)), "tag") == wanted
    assert facet(find_with(ask, {"tag!": ("~none",)}), "tag") == {**wanted, "~none": 0}


def test_the_best_are_the_same_when_titles_alone_tell_them(
    catalogue: Catalogue, index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(3)
    rest = ["bridge", "night", "convoys", "convoy", "old the ferry"]
    for number in range(60):
        title = "ferries" if number % 9 == 4 else "the ferry" if not number % 7 else "a bridge"
        said, spoken = (
            " ".join(chance.choices([*rest, "ferry", "ferries"], k=chance.randrange(1, 9)))
            for _ in range(2)
        )
        tags = ["night", "fog"][: number % 3]
        year = f"{2020 + number % 2}-05"
        a_clip(
            catalogue,
            f"{title} {chance.choice(rest)}",
            description=said if number % 2 else "",
            cues=[(0, 1000, spoken)],
            tags=tags,
            recorded_at=year,
        )
    index.catch_up(catalogue)
    monkeypatch.setattr(foremost, "FREQUENT", 0)
    monkeypatch.setattr(foremost, "RARER", 0)
    monkeypatch.setattr(foremost, "ENOUGH", 0)
    monkeypatch.setattr(facets, "BESIDE", 0)
    told: Counter[str] = Counter()
    words = ("ferry", "ferries", "ferry date:2020", "ferry tag:fog", '"the ferry"', '"old the"')
    words += ("ferry -has:tags tag:none", "ferries tag:night -tag:fog date:2021")
    several = {"tag": ("fog", "~none", "none such"), "codec": ("h264", "vp9"), "year!": ("2021",)}
    chosen: tuple[dict[str, tuple[str, ...]], ...] = ({}, {"tag": ("night",)}, several)
    for word, filters in itertools.product(words, chosen):
        every = find(catalogue, index, SearchQuery(word, filters, limit=100))
        assert len(every.hits) == every.count < 100
        for limit in (1, 2, 3, 5):
            first = find(catalogue, index, SearchQuery(word, filters, limit))
            after = find(catalogue, index, SearchQuery(word, filters, limit, first.next))
            assert ids(first) + ids(after) == ids(every)[: 2 * limit]
            assert [one.score for one in first.hits] == pytest.approx(
                [one.score for one in every.hits[:limit]], rel=1e-6
            )
            assert (first.count, first.facets) == (every.count, every.facets)
            searcher, asked = index.searcher(), parse(word)
            assert searcher is not None
            best = foremost.foremost(searcher, index.schema, asked, filters, limit)
            told[word] += best is not None
            told["several"] += best is not None and filters == several
    words = ("several", *(word for word in words if ":none" not in word))
    assert all(told[word] for word in words), f"else it tries nothing: {told}"


def test_only_the_facets_that_are_asked_for_are_counted(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    a_clip(catalogue, tags=["night"])
    index.catch_up(catalogue)
    for names in ((), ("tag", "state"), ("none such",)):
        found = find(catalogue, index, SearchQuery("", {"tag": ("night",)}, facets=names))
        assert [one.name for one in found.facets] == [one for one in names if one in FACETS]
        assert found.count == 1


def find_with(ask: Ask, filters: dict[str, tuple[str, ...]]) -> Results:
    return ask("", **filters)


def test_facets_tell_years_lengths_pictures_and_cameras(catalogue: Catalogue, ask: Ask) -> None:
    a_clip(
        catalogue, recorded_at="2017-11", duration_ms=59_000, size=(640, 480), camera="DJI FC220"
    )
    a_clip(catalogue, recorded_at="2019-01-02", duration_ms=3_700_000, size=(2160, 3840))
    a_clip(catalogue, duration_ms=61_000, size=(1280, 720))
    results = ask("")
    assert list(facet(results, "year").items()) == [("2019", 1), ("2017", 1), ("~none", 1)]
    assert list(facet(results, "length")) == ["1", "5", "long"]
    assert list(facet(results, "size")) == ["sd", "hd", "4k"]
    assert facet(results, "camera") == {"DJI FC220": 1, "~none": 2}
    assert ask("camera:dji*").count == 1
    assert ask("", length=("long",), year=("2019",)).count == 1


def test_a_place_that_is_given_or_taken_is_on_the_map_or_off_it_at_once(
    catalogue: Catalogue, ask: Ask
) -> None:
    clip = a_clip(catalogue, "x", name="/media/clip.mp4")
    with catalogue.writing() as session:
        occasions.refresh(session, clip)
    assert ask("has:position").count == 0
    with catalogue.writing() as session:
        vocabulary.add_term(session, clip, "Abu Kamal", kind="place", actor="ann")
    assert ids(ask("near:34.45,40.92~5km")) == ids(ask("has:position")) == [clip]
    with catalogue.writing() as session:
        occasions.refresh(session, clip)
        vocabulary.remove_term(session, clip, "Abu Kamal", kind="place", actor="ann")
    assert ask("near:34.45,40.92~5km").count == ask("has:position").count == 0


@pytest.mark.parametrize(
    ("name", "around"),
    [("Tyre", "33.27,35.2"), ("Nice", "43.7,7.27"), ("Abu Kamal", "34.45,40.92"), ("Khan", "")],
)
def test_a_place_is_on_the_map_though_its_name_is_a_word(
    catalogue: Catalogue, ask: Ask, name: str, around: str
) -> None:
    clip = a_clip(catalogue, "x")
    with catalogue.writing() as session:
        vocabulary.add_term(session, clip, name, kind="place", actor="ann")
    assert ids(ask("has:position")) == ([clip] if around else [])
    if around:
        assert ids(ask(f"near:{around}~20km")) == [clip]


def test_the_best_date_and_places_of_people_are_what_is_searched(
    catalogue: Catalogue, ask: Ask
) -> None:
    clip = a_clip(catalogue, "x", recorded_at="2020-01-01", position=(1.0, 2.0))
    with catalogue.writing() as session:
        occasions.enter_date(session, clip, "2017-11", reason="the story says so", actor="ann")
        occasions.enter_place(
            session, clip, "the bridge", role="shot", point=(34.45, 40.92), precision_m=50,
            reason="", actor="ann",
        )  # fmt: skip
    assert ids(ask("date:2017-11-30")) == [clip]
    assert ids(ask("date:2020")) == []
    assert ids(ask("near:34.45,40.92~1km")) == ids(ask("near:1,2~1km")) == [clip]
    for text in ("bridge", 'place:"The Bridge"', "in:tags bridge", "has:places"):
        assert ids(ask(text)) == [clip]
    (moment,) = ask("bridge").hits[0].moments
    assert moment.source == "place"
    assert [part.text for part in moment.snippet if part.marked] == ["bridge"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", "cba"),
        ("relevance", "cba"),
        ("newest", "cba"),
        ("latest", "abc"),
        ("earliest", "bac"),
        ("longest", "bca"),
        ("shortest", "acb"),
        ("title", "cba"),
        ("none such", "cba"),
    ],
)
def test_hits_are_sorted_and_what_is_not_known_comes_last(
    catalogue: Catalogue, index: SearchIndex, sort: str, order: str
) -> None:
    clips = {
        a_clip(catalogue, "أبو كمال ferry", recorded_at="2018", duration_ms=1000): "a",
        a_clip(catalogue, "the ferry", recorded_at="2017-03", duration_ms=9000): "b",
        a_clip(catalogue, "Älter ferry", duration_ms=2000): "c",
    }
    index.catch_up(catalogue)
    asked = SearchQuery("", sort=sort, limit=1)
    found = []
    while True:
        results = find(catalogue, index, asked)
        found += [clips[one] for one in ids(results)]
        if results.next is None:
            break
        asked = SearchQuery("", sort=sort, limit=1, after=results.next)
    assert "".join(found) == order
    walked = [one for some in walk(catalogue, index, SearchQuery("", sort=sort)) for one in some]
    assert [clips[one] for one in walked] == found
    other = find(catalogue, index, SearchQuery("ferry", sort=sort, after="WzIsICIxIl0"))
    assert other.count == 3
    assert "doesn't belong" in other.notes[0]


def test_a_walk_takes_the_question_and_ends(
    catalogue: Catalogue, index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["mediacatalog.search.find"], "WALKED", 2)
    monkeypatch.setattr(sys.modules["mediacatalog.search.find"], "DEEPEST", 5)
    assert list(walk(catalogue, index, SearchQuery(""))) == []
    for number in range(7):
        a_clip(catalogue, f"ferry {number}", tags=["fog"] if number % 2 else [])
    index.catch_up(catalogue)
    assert [len(one) for one in walk(catalogue, index, SearchQuery("ferry"))] == [2, 2, 1]
    fog = SearchQuery("ferry", {"tag": ("fog",)})
    assert [len(one) for one in walk(catalogue, index, fog)] == [2, 1]
    assert list(walk(catalogue, index, SearchQuery("???"))) == []


def test_what_is_read_of_hits_is_looked_up_by_their_ids(
    migrated_sqlite: Path, tmp_path: Path, index: SearchIndex
) -> None:
    """Whatever the numbers of rows: SQLite chooses by what stands in the query."""
    shutil.copyfile(migrated_sqlite, tmp_path / "plans.sqlite")
    catalogue = open_catalogue(f"sqlite:///{tmp_path / 'plans.sqlite'}")
    for number in range(24):
        a_clip(catalogue, f"ferry {number}", cues=CUES, tags=["night"], article="The ferry sank.")
    index.catch_up(catalogue)
    asked: dict[str, object] = {}

    @event.listens_for(catalogue.engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, text: str, values: object, *_: object) -> None:
        asked[text] = values

    for text in ("ferry", ""):
        assert len(find(catalogue, index, SearchQuery(text, limit=24)).hits) == 24
    event.remove(catalogue.engine, "before_cursor_execute", note)
    with catalogue.reading() as session:
        raw = session.connection().connection.driver_connection
        assert raw is not None
        plans = [
            str(row[3])
            for text, values in asked.items()
            if text.startswith("SELECT")
            for row in raw.execute(f"EXPLAIN QUERY PLAN {text}", values)
        ]
    catalogue.close()
    assert len(plans) > 10
    # `given` is the list of ids itself.
    through = [one for one in plans if re.match(r"SCAN (?!CONSTANT|\(|given VIRTUAL)", one)]
    assert [*through, *(plan for plan in plans if "state=" in plan)] == []
