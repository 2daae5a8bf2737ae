"""Other forms of a word share a key; other words don't."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediacatalog.text import forms, words
from mediacatalog.text.stems import stems


@pytest.mark.parametrize(
    "forms_of_one",
    [
        "shell shells shelled shelling",
        "bomb bombs bombed bombing",
        "city cities",
        "house houses housed",
        "gun guns",
        "stop stopped stopping",
        "cross crosses crossing",
        "танк танки танков танками",
        "Сирия Сирии Сирию Сирией",
        "دبابة دبابات الدبابات",
        "صاروخ صاروخان صواريخ الصواريخ وصواريخها",
        "قذيفة قذائف",
        "child children",
        "танк танків танками",
        "вышка вышки вышек",
        "доброволец добровольцы добровольцев",
        "Харьков Харькова Харькове",
        "Харків Харкова Харкові",
        "Мариуполь мариупольский мариупольской",
        "حلب بحلب لحلب وحلب فحلب كحلب وبحلب ولحلب",
        "قوات لقوات وقوات بقوات",
        "נשק הנשק",
        "מחסום מחסומים המחסום ובמחסום",
        "نیرو نیروها نیروهای",
    ],
)
def test_each_form_is_found_by_every_other(forms_of_one: str) -> None:
    for written in forms_of_one.split():
        found = {key for word in words(written) for key in word.spellings}
        for asked in forms_of_one.split():
            (word,) = words(asked)
            assert found & {word.text, *forms(asked)}, (written, asked)


@pytest.mark.parametrize(
    "different",
    [
        *("homs home", "bus busy", "paris pari", "news new", "is i", "mines min", "gas ga"),
        *("rome rom", "عدن عدنان", "جبل جبله", "لبن لبنان", "زار وزاره", "сумы сума", "tyre tyres"),
        *("جنه لجنه", "كره فكره", "امل كامل", "مال كمال", "كمال بوكمال", "ادي وادي", "تاب كتاب"),
        *("советский совет", "минский мина", "חירות בחירות", "מלחמה לחמה", "רכז מרכז"),
    ],
)
def test_other_words_stay_apart(different: str) -> None:
    one, other = different.split()
    assert not {*stems(one), one} & {*stems(other), other}


@given(st.text(max_size=30))
def test_every_text_has_forms(text: str) -> None:
    assert all(forms(text))


def test_phrases_and_names_in_parts_have_none() -> None:
    assert forms("ferry crossing") == ()
    assert forms("B-52s") == ()
    assert forms("2017") == ()
