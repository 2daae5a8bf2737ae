"""Words and the spellings of names: what must be found by what."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mediacatalog.text import spellings, units, words

FOUND_BY = [
    ("Al-Bukamal", "Albukamal"),
    ("Al-Bukamal", "al bukamal"),
    ("Al-Bukamal", "al-boukamal"),
    ("Al-Bukamal", "bukamal"),
    ("Albukamal", "Al-Bukamal"),
    ("Albukamal", "al bukamal"),
    ("al bukamal", "Al-Bukamal"),
    ("al bukamal", "albukamal"),
    ("in Al-Bukamal today", "in albukamal today"),
    ("in Albukamal today", "in al-bukamal today"),
    ("in al Bukamal today", "in al-bukamal today"),
    ("Deir ez-Zor", "deir ezzor"),
    ("Deir ez-Zor", "deir al-zour"),
    ("Deir ez-Zor", "deir ez zor"),
    ("Deir Ezzor", "deir ez-zor"),
    ("Deir Ezzor", "deir al-zour"),
    ("Deir al-Zour", "deir ez-zor"),
    ("Dayr az Zawr", "dayr az-zawr"),
    ("Al-Qa’im", "al qaim"),
    ("القائم", "قائم"),
    ("الْبُوكَمَال", "البوكمال"),
    ("والبوكمال", "البوكمال"),
    ("أبو كمال", "ابو كمال"),
    ("Abu Kamal", "abukamal"),
    ("Abukamal", "abu kamal"),
    ("Al-Mayadin", "al-mayadeen"),
    ("cease-fire talks", "ceasefire talks"),
    ("a cease-fire", "cease fire"),
    ("Assad’s army", "assad army"),
    ("l’armée", "armee"),
    ("don’t", "dont"),
    ("東京都知事選挙の結果", "東京"),
    ("東京都知事選挙の結果", "選挙の結果"),
    ("北京", "京"),
    ("北京", "北"),
    ("สวัสดีครับ", "สวัสดี"),
    ("हिन्दी समाचार", "हिन्दी"),
    ("ประเทศ\u200bไทย", "ประเทศไทย"),
    ("แม่น้ำโขง", "น\u0e4d\u0e49า"),
    ("แม่น\u0e4d\u0e49าโขง", "น้ำ"),
    ("เเละที\u0e48", "และท\u0e48\u0e35"),
    ("ปี๒๕๖๐", "2560"),
    ("葛\U000e0100城市", "葛城"),
    ("俄罗斯和乌克\n兰的战争", "乌克兰"),
    ("俄罗斯和乌\n克\n兰", "乌克兰"),
    ("中国\n人民", "中国 人民"),
    ("中国人民", "中国 人民"),
    ("安倍 晋三", "安倍晋三"),
    ("แม่น้ำ\nโขง", "แม่น้ำโขง"),
    ("the inter-\nnational law", "international"),
    ("the inter-\nnational law", "the international"),
    ("the inter-\nnational law", "national law"),
    ("a cease-\nfire", "ceasefire"),
    ("near Al-\nBukamal", "albukamal"),
    ("the inter\u00ad\nnational law", "international law"),
    ("прави-\nтельства", "правительства"),
    ("١٩ تشرين", "19 تشرين"),
    ("ёлка", "елка"),
]

NOT_FOUND_BY = [
    ("乌克。\n兰", "乌克兰"),
    ("乌克\n\n兰", "乌克兰"),
    ("사고 위험", "고위"),
    ("мой", "мои"),
    ("Київ", "Киiв"),
    ("the tack", "attack"),
    ("attack", "tack"),
    ("والدين", "والدة"),
    ("Zor", "zour"),
    ("bukamal", "kamal"),
    ("fire cease", "cease-fire"),
    ("บ้าน", "บา"),
    ("and then-\n- what", "thenwhat"),
    ("x -\ny", "xy"),
    ("I was in–\nno", "inno"),
    ("in-\n\nno", "inno"),
]
IN_MANY_FORMS = [
    *(
        "서울특별시에서",
        "북한군",
        "Việt Nam",
        "Đà Nẵng",
        "हिन्दी",
        "क़ज़ाक़",
        "ড়ঢ়য়",
        "שָׁלוֹם",
        "ἈΘΗΝΑΙ",
        "Κύπρος",
    ),
    *(
        "Й йод",
        "Їжак",
        "Ђак Ћирић",
        "ガッコウ",
        "パリ",
        "آمال",
        "مسؤول",
        "ئەمە",
        "İstanbul",
        "côte",
        "Győr",
        "น้ำ",
    ),
    *("မြန်မာ", "ភ្នំពេញ", "தமிழ் கொழும்பு", "ශ්‍රී ලංකා", "ਸ਼ਹਿਰ"),
]
FORMS = ("NFC", "NFD", "NFKC", "NFKD")


def found_by(document: str, query: str) -> bool:
    """What the index does: any spelling of the query as a run of words at following places."""
    row = [set(word.spellings) for word in words(document)]
    return any(
        all(one in here for one, here in zip(run, row[start:], strict=False))
        for run in spellings(query)
        for start in range(len(row) - len(run) + 1)
    )


@pytest.mark.parametrize(("document", "query"), FOUND_BY)
def test_a_name_is_found_by_its_other_spellings(document: str, query: str) -> None:
    assert found_by(document, query)


@pytest.mark.parametrize(("document", "query"), NOT_FOUND_BY)
def test_other_words_are_not_found(document: str, query: str) -> None:
    assert not found_by(document, query)


@pytest.mark.parametrize("text", IN_MANY_FORMS)
def test_letters_are_the_same_however_they_are_put_together(text: str) -> None:
    written = {normalize(form, text) for form in FORMS}
    assert all(found_by(one, other) for one in written for other in written)


def test_letters_that_are_put_together_stand_where_they_are() -> None:
    text = normalize("NFD", "서울 북한군, Huế")
    said = [normalize("NFC", text[word.start : word.end]) for word in words(text)]
    assert said == ["서울", "북한", "한군", "Huế"]


def test_a_word_stands_where_it_is_written_with_its_article() -> None:
    text = "near Al-Qa’im, Iraq"
    assert [text[word.start : word.end] for word in words(text)] == ["near", "Al-Qa’im", "Iraq"]


@given(st.text())
@example("a-\u0300-b ʼ ''al-' al-al- ﷺ ½ ʾ\u064b")
def test_words_come_in_order_and_inside_the_text(text: str) -> None:
    found = words(text)
    assert all(0 <= word.start < word.end <= len(text) for word in found)
    assert [word.start for word in found] == sorted(word.start for word in found)
    assert all(word.text and not any(letter.isspace() for letter in word.text) for word in found)


@given(st.text(alphabet="al-ezrZs 'אبوالكم京都тй\u064b\u0301ـ\n._", max_size=40))
def test_units_hold_the_same_words(text: str) -> None:
    assert words(text) == [word for unit in units(text) for word in unit.words]


@given(st.text(max_size=200))
def test_a_text_is_found_by_itself(text: str) -> None:
    assert not words(text) or found_by(text, text)
