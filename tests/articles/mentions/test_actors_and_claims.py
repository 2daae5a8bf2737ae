"""People, groups, and who says what."""

from __future__ import annotations

import pytest

from mediacatalog.articles import mentions
from mediacatalog.articles.mentions.values import ActorValue


def named(text: str, kind: str) -> list[tuple[str, str]]:
    return [
        (one.surface, one.value.name)
        for one in mentions.find(text).mentions
        if one.kind == kind and isinstance(one.value, ActorValue)
    ]


def said(text: str) -> list[tuple[str, str, str, bool]]:
    return [
        (one.speaker, one.verb, one.statement, one.direct) for one in mentions.find(text).claims
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The SAA, or Syrian Army, left.", {"Syrian Arab Army"}),
        ("ISIS, ISIL, Daesh and the Islamic State", {"Islamic State"}),
        ("تقدم تنظيم داعش، وداعش تراجع", {"Islamic State"}),
        ("Боевики ИГИЛ отступили", {"Islamic State"}),
        ("the IRGC and Iran’s Hezbollah", {"Islamic Revolutionary Guard Corps", "Hezbollah"}),
        ("It is what it is; AS IS.", set()),
        ("the 5th Assault Corps and the Iraqi Air Force", {"5th Assault Corps", "Iraqi Air Force"}),
        ("Wagner fighters; Richard Wagner composed", {"Wagner Group"}),
    ],
)
def test_groups_are_one_under_all_their_names(text: str, names: set[str]) -> None:
    assert {name for _, name in named(text, "group")} == names


def test_a_bare_surname_is_tied_to_the_person() -> None:
    story = "Colonel General Sergei Surovikin came. Later Surovikin left, and Surovikin’s men too."
    assert [name for _, name in named(story, "person")] == ["Sergei Surovikin"] * 3


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Gen. Ali Mayhoub spoke", "Ali Mayhoub"),
        ("Foreign Minister Sergei Lavrov spoke", "Sergei Lavrov"),
        ("spokesman Tarek Yusufi spoke", "Tarek Yusufi"),
        ("президент Владимир Путин приехал", "Владимир Путин"),
        ("قال العميد سهيل الحسن إن", "سهيل الحسن"),
        ("التقى وزير الخارجية سيرغي لافروف", "سيرغي لافروف"),
    ],
)
def test_a_title_makes_a_person(text: str, name: str) -> None:
    assert [one for _, one in named(text, "person")] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "The General Assembly met. The Captain left. Dr. and Mrs. wrote.",
        "نشر الناشط صورةً للموقع، ولا يعرف الصحفي معرفة فيما حدث",
        "Abu Kamal District and Abu Kamal Subdistrict",
        "Black Friday sales at the Mark Hotel",
    ],
)
def test_titles_and_names_alone_make_nobody(text: str) -> None:
    assert [name for _, name in named(text, "person") if name != "Mark Hotel"] == []


def test_indirect_speech_is_attributed() -> None:
    assert said("Gen. Ali Mayhoub said that the town had fallen. Rain fell.") == [
        ("Gen. Ali Mayhoub", "said", "the town had fallen", False)
    ]


def test_direct_speech_is_attributed_whichever_comes_first() -> None:
    first = said("“We saw fourteen trucks leave,” said Captain Rosa Delgado.")
    second = said("Captain Rosa Delgado stated:\n\n“We saw fourteen trucks leave.”")
    assert [one[0] for one in first + second] == ["Captain Rosa Delgado"] * 2
    assert all(
        one[2].startswith("We saw fourteen trucks leave") and one[3] for one in first + second
    )


def test_according_to_stands_before_or_after() -> None:
    assert said("According to Syrian media the raids were a success.")[0][::2] == (
        "Syrian media",
        "the raids were a success",
    )
    assert said("The raids were a success, according to local residents.")[0][::2] == (
        "local residents",
        "The raids were a success",
    )


def test_arabic_and_russian_verbs_attribute_too() -> None:
    assert said("وأكد الدفاع المدني أن القصف استمر ثلاث ساعات.")[0][::2] == (
        "الدفاع المدني",
        "القصف استمر ثلاث ساعات",
    )
    assert said("Минобороны России заявило, что удары были точными.")[0][::2] == (
        "Минобороны России",
        "удары были точными",
    )
    assert said("По словам очевидцев, взрывы были слышны всю ночь.")[0][::2] == (
        "очевидцев",
        "взрывы были слышны всю ночь",
    )


def test_conflicting_statements_stand_side_by_side() -> None:
    story = "The SAA said that it held the bridge. ISIS claimed that the bridge was lost."
    assert [one[0] for one in said(story)] == ["SAA", "ISIS"]
