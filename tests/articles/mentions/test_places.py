"""Places: spellings, namesakes, and words that are none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mediacatalog.articles import mentions
from mediacatalog.articles.mentions.values import Mention, PlaceValue

if TYPE_CHECKING:
    from pathlib import Path


def places(text: str) -> list[Mention]:
    return [one for one in mentions.find(text).mentions if one.kind == "place"]


def values(text: str) -> list[PlaceValue]:
    return [one.value for one in places(text) if isinstance(one.value, PlaceValue)]


def read(text: str) -> list[tuple[str, str, str | None]]:
    return [
        (one.surface, one.value.name, one.value.country)
        for one in places(text)
        if isinstance(one.value, PlaceValue)
    ]


@pytest.mark.samples
def test_spellings_of_the_samples_resolve(samples: Path) -> None:
    for case in json.loads((samples / "places/places.json").read_text())["cases"]:
        ids = [one.geonames_id for one in values(case["text"])]
        wanted = case.get("geonameid")
        assert ids == [wanted] if wanted else not any(ids), case["text"]
        if "note" in case:
            assert ids == [], case["text"]


@pytest.mark.parametrize(
    ("spellings", "number"),
    [
        ("Al-Fallujah|Falluja|الفلوجة|Фаллуджа|Fallouja", 99454),
        ("Kobani|Kobanê|Ayn al-Arab|كوباني|Кобани|Кобане", 172256),
        ("Khan Sheikhoun|Khan Shaykhun|Khan Shaikhoun|خان شيخون|Хан-Шейхун", 168325),
        ("Raqqa|ar-Raqqah|الرقّة|Ракка", 172955),
        ("Kharkiv|Kharkov|Харьков|Харків|خاركيف", 706483),
    ],
)
def test_one_place_has_many_spellings(spellings: str, number: int) -> None:
    for spelling in spellings.split("|"):
        assert [one.geonames_id for one in values(spelling)] == [number], spelling


@pytest.mark.parametrize(
    "text",
    [
        "Reading is fun, and it may rain. Split the orange.",
        "Nice to meet you. Mobile phones rang.",
        "Paris Hilton and Jordan Baker sang.",
        "The Syrian and Turkish sides met; Russian drones flew.",
        "Doctors of SAMS and UNICEF came; the khan was burnt. Khan stayed.",
        "لا نعرف كيف حدث ذلك وأن العين لم تر شيئا، ولا يزال البيان في الأدراج",
        "Washington Post writers met at Manchester United.",
        "قال القائم بالأعمال إن العين رأت النصر في الصباح",
        "Мир и победа. Вера, Надежда и Слава ушли.",
    ],
)
def test_words_and_names_are_no_places(text: str) -> None:
    assert read(text) == []


def test_a_word_is_a_place_where_the_text_says_so() -> None:
    assert read("They met in Nice, France.") == [
        ("Nice", "Nice", "FR"),
        ("France", "France", "FR"),
    ]


def test_where_in_a_place_something_is_is_no_place_of_its_own() -> None:
    assert read("A clip from North Sinai.") == [("Sinai", "Sinai", "EG")]
    assert read("They met in Central, Hong Kong.")[0][:2] == ("Central", "Central")


@pytest.mark.parametrize(
    ("text", "name", "country"),
    [
        ("He lives in Tripoli, Lebanon.", "Tripoli", "LB"),
        ("He lives in Tripoli, Libya.", "Tripoli", "LY"),
        ("They moved to London, Ontario, in Canada.", "London", "CA"),
        ("They drove to Springfield, Illinois.", "Springfield", "US"),
        ("She flew to Paris.", "Paris", "FR"),
    ],
)
def test_what_follows_decides_between_namesakes(text: str, name: str, country: str) -> None:
    first = values(text)[0]
    assert (first.name, first.country) == (name, country)
    assert first.alternatives


def test_neighbours_decide_between_namesakes() -> None:
    story = "In Lebanon, shelling reached Sidon and Baalbek, media said. In Tripoli shops shut."
    assert [one.country for one in values(story) if one.name == "Tripoli"] == ["LB"]


def test_a_province_is_told_from_its_town() -> None:
    province, town = values("Fighting in Deir Ezzor province reached Deir ez-Zor.")
    assert (province.type, town.type) == ("province", "settlement")
    assert province.geonames_id == town.geonames_id == 170794
    assert province.lat == pytest.approx(35.336, abs=0.01)


def test_a_village_that_the_gazetteer_lacks_has_no_id() -> None:
    [value] = values("The last stand was in Baghouz.")
    assert (value.geonames_id, value.country, value.type) == (None, "SY", "settlement")


def test_the_dateline_is_told_from_the_scene() -> None:
    story = "BEIRUT, Lebanon – Rockets fell on Aleppo."
    found = mentions.find(story, dateline_end=len("BEIRUT, Lebanon")).mentions
    assert [one.value.role for one in found if isinstance(one.value, PlaceValue)] == [
        "dateline",
        "dateline",
        "scene",
    ]


def test_russian_cases_are_undone() -> None:
    assert [one.name for one in values("Взрывы в Мосуле, Алеппо и под Бахмутом")] == [
        "Mosul",
        "Aleppo",
        "Bakhmut",
    ]


def test_arabic_prepositions_are_cut_off() -> None:
    assert [one.surface for one in places("قصف على مدينة حلب وإدلب وبدمشق")] == [
        "حلب",
        "إدلب",
        "دمشق",
    ]


def test_rivers_seas_and_countries_are_places_too() -> None:
    types = {one.name: one.type for one in values("From the Euphrates in Iraq to the Black Sea.")}
    assert types == {"Euphrates": "river", "Iraq": "country", "Black Sea": "sea"}


def test_a_point_that_was_not_checked_or_stands_for_an_area_says_so() -> None:
    told = {
        one.name: one.approximate for one in values("In Abdin, in Zardana and in Anbar province")
    }
    assert told == {"Abdin": True, "Zardana": False, "Anbar": True}


@pytest.mark.parametrize(
    ("text", "countries"),
    [
        ("He was born in Tripoli, Lebanon, and died in Tripoli, Libya.", ["LB", "LY"]),
        ("Lebanon buries the dead of Tripoli, Lebanon; Tripoli mourns.", ["LB", "LB"]),
        ("Tripoli fell to the rebels.", ["LY"]),
    ],
)
def test_namesakes_are_told_apart_by_what_stands_around(text: str, countries: list[str]) -> None:
    found = mentions.find(text).mentions
    assert countries == [
        one.value.country
        for one in found
        if isinstance(one.value, PlaceValue) and one.surface == "Tripoli"
    ]
