"""What else a place or a group is called."""

from __future__ import annotations

import pytest

from mediacatalog.articles.mentions import gazetteer
from mediacatalog.articles.mentions.called import others


@pytest.mark.parametrize(
    ("name", "others_of_it"),
    [
        ("Kharkiv", "kharkov харьков харків خاركيف"),
        ("Mykolaiv", "nikolaev николаев миколаїв"),
        ("Bakhmut", "artemivsk артемівськ"),
        ("Lviv", "lvov львов львів"),
        ("حلب", "aleppo halab алеппо"),
        ("deirezzor", "ديرالزور"),
        ("Hezbollah", "hizballah"),
        ("Сирия", "syria سوريا"),
        ("Azov", "азов"),
        ("台湾", "taiwan تايوان 臺灣"),
        ("Yangon", "ရန်ကုန် 仰光"),
        ("be er sheva", "beersheba בארשבע"),
    ],
)
def test_names_in_other_spellings_scripts_and_times(name: str, others_of_it: str) -> None:
    gazetteer.load()
    assert set(others_of_it.split()) <= {one.replace(" ", "") for one in others(name)}


@pytest.mark.parametrize("word", ["nice", "march", "is", "hindi", "Dara", "stalin", "قاعدة", ""])
def test_words_that_are_mostly_no_names_have_none(word: str) -> None:
    gazetteer.load()
    assert others(word) == ()


def test_what_the_gazetteer_lists_beside_spellings_is_left_out() -> None:
    gazetteer.load()
    assert not {"hindi", "kartuli"} & {*others("Mariupol")}
    assert not {"stalin", "stalino"} & {*others("Donetsk")}
    assert "dara" not in others("Daraa")


def test_a_group_is_no_town() -> None:
    gazetteer.load()
    elsewhere = {"חמאס", "哈马斯", "哈瑪斯", "ハマス", "하마스"}
    assert set(others("حماس")) == {"hamas", "хамас", "حركه حماس", *elsewhere}
