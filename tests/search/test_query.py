"""Every text is a query."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediacatalog.search import measures
from mediacatalog.search.query import (
    LONGEST_QUERY,
    MOST_CLAUSES,
    SCOPES,
    AllOf,
    AnyOf,
    Dated,
    Lasting,
    Named,
    Near,
    Not,
    Prefix,
    Words,
    parse,
    replaced,
)


def word(text: str) -> Words:
    return Words(((text,),))


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("ferry", word("ferry")),
        ("ferry crossing", AllOf((word("ferry"), word("crossing")))),
        ('"ferry crossing"', Words((("ferry", "crossing"),))),
        ("“ferry crossing”", Words((("ferry", "crossing"),))),
        ("«паром ночью»", Words((("паром", "ночью"),))),
        ("ferry -night", AllOf((word("ferry"), Not(word("night"))))),
        ("ferry OR bridge", AnyOf((word("ferry"), word("bridge")))),
        (
            "night ferry OR bridge",
            AllOf((word("night"), AnyOf((word("ferry"), word("bridge"))))),
        ),
        ("ferry or bridge", AllOf((word("ferry"), word("or"), word("bridge")))),
        ("OR ferry OR", word("ferry")),
        ("ferry AND bridge", AllOf((word("ferry"), word("bridge")))),
        ("ferr*", Prefix(("ferr",))),
        ("tag:convoy", Named("tag", ("convoy",), prefix=False)),
        ('tag:"night convoy"', Named("tag", ("nightconvoy",), prefix=False)),
        ("lang:ar", Named("language", ("ar",), prefix=False)),
        ("lang:Arabic", Named("language", ("ar",), prefix=False)),
        ("language:русский", Named("language", ("ru",), prefix=False)),
        ("-state:partial", Not(Named("state", ("partial",), prefix=False))),
        ("tag:conv*", Named("tag", ("conv",), prefix=True)),
        ("00:12:33", Words((("00", "12", "33"),))),
        ("colour:red", Words((("colour", "red"),))),
        ("tag:", word("tag")),
        ('lone " quote', AllOf((word("lone"), word("quote")))),
        ('"unclosed phrase', AllOf((word("unclosed"), word("phrase")))),
        ("(ferry)", word("ferry")),
        ("東京都", Words((("东京", "京都"),))),
        ("東京都*", Words((("东京", "京都"),))),
        ("서울*", word("서울")),
        ("สวัสด*", AllOf((Words((("สวั", "วัส"),)), Prefix(("สด",))))),
        ("\u200ftag:convoy", Named("tag", ("convoy",), prefix=False)),
        ("\u2067-ليل\u2069 عبارة", AllOf((Not(word("ليل")), word("عباره")))),
    ],
)
def test_a_text_is_read_as(text: str, root: object) -> None:
    assert parse(text).root == root


@pytest.mark.parametrize("text", ['"', "-", "*", "🚢", '""', "OR", "-*", "::", "'", "\x00"])
def test_a_query_without_a_word_says_so(text: str) -> None:
    query = parse(text)
    assert query.root is None
    assert query.notes


@pytest.mark.parametrize("text", ["", " ", "\n\u3000"])
def test_a_blank_query_asks_for_everything(text: str) -> None:
    query = parse(text)
    assert query.blank
    assert query.root is None
    assert not query.notes


def test_operators_of_other_searches_are_answered_with_a_note() -> None:
    assert "all words" in parse("ferry AND bridge").notes[0]
    assert "-word" in parse("ferry NOT bridge").notes[0]
    assert not parse('"ferry AND bridge" and').notes
    assert not parse("SEARCH AND RESCUE").notes


def test_too_many_words_are_cut_with_a_note() -> None:
    query = parse(" ".join(f"w{number}" for number in range(100)))
    assert isinstance(query.root, AllOf)
    assert len(query.root.parts) == MOST_CLAUSES
    assert "32 words" in query.notes[0]


def test_a_long_query_is_cut_with_a_note() -> None:
    assert str(LONGEST_QUERY) in parse("a" * 10_000).notes[0]


def test_long_words_and_phrases_are_cut_with_a_note() -> None:
    assert "64 letters" in parse("a" * 100).notes[0]
    assert "32 words" in parse('"' + "ferry " * 50 + '"').notes[0]


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    parse(text)


@given(st.text(alphabet='ab "“”-*:()ORtag~^\\/[]{}+&|!?', max_size=60))
def test_no_punctuation_is_an_error(text: str) -> None:
    parse(text)


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("has:captions", Named("has", ("captions",), prefix=False)),
        ("-is:Vertical", Not(Named("is", ("vertical",), prefix=False))),
        ("duration:>=5m", Lasting((300_000, measures.OPEN))),
        ("date:2017-11", Dated((736634, 736663))),
        ('date:"2017-11"', Dated((736634, 736663))),
        ("date:\u200e2017-11", Dated((736634, 736663))),
        ("near:34.45,40.92~20km", Near(measures.Circle(34.45, 40.92, 20.0))),
        ("near:34.45,40.92", Near(measures.Circle(34.45, 40.92, measures.NEARBY_KM))),
        ('near:"34.45, 40.92 ~ 20 km"', Near(measures.Circle(34.45, 40.92, 20.0))),
    ],
)
def test_a_property_is_read_as(text: str, root: object) -> None:
    query = parse(text)
    assert query.root == root
    assert not query.notes


@pytest.mark.parametrize(
    "text", ["has:wings", "is:blue", "duration:long", "date:yesterday", "near:home", "in:limbo"]
)
def test_what_is_no_property_is_text_and_says_so(text: str) -> None:
    query = parse(text)
    assert query.root == Words((tuple(text.split(":")),))
    assert text.partition(":")[0] in query.notes[0]


@pytest.mark.parametrize(
    ("wide", "text"),
    [
        ("tag：渡轮 －港口", "tag:渡轮 -港口"),
        ("date：2017－11 ferr＊ −night", "date:2017-11 ferr* -night"),
        ("Al−Bukamal 12：30", "Al-Bukamal 12:30"),
    ],
)
def test_signs_of_other_keyboards_mean_the_same(wide: str, text: str) -> None:
    assert parse(wide) == parse(text)
    assert replaced(wide, "date", "2018") == replaced(text, "date", "2018")


def test_words_can_be_looked_for_anywhere_but_in_one_place() -> None:
    everywhere = {*SCOPES.values()}
    assert parse("ferry -in:article").scope == everywhere - {"article"}
    assert parse("-in:title,tags in:title,notes ferry").scope == {"notes"}
    assert parse("ferry -in:article").root == word("ferry")
    nowhere = parse("in:title ferry -in:title")
    assert (nowhere.scope, len(nowhere.notes)) == (frozenset(), 1)


def test_words_can_be_looked_for_in_one_place() -> None:
    assert parse("in:captions ferry").scope == {"captions"}
    assert parse("ferry in:title,tags").scope == {"title", "tags"}
    assert parse("ferry in:title").root == word("ferry")
