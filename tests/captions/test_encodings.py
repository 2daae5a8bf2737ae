"""Which encoding a file has: the right one, how sure that is, and never an exception."""

from __future__ import annotations

import codecs
import json
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediacatalog import captions
from mediacatalog.captions import encodings
from mediacatalog.errors import UnknownCaptionFormatError

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {
    "ru": "Колонна вышла к переправе до рассвета, жители говорят, что дорога была закрыта.",
    "uk": "Колона вийшла до переправи ще до світанку, її бачили мешканці міста.",
    "ar": "وصلت القافلة إلى المرفأ قبل العاصفة وقال السكان إن الطريق كان مغلقا طوال الليل",
    "fa": "کاروان پيش از طوفان به بندر رسيد و مردم گفتند که راه تمام شب بسته بود",
    "he": "השיירה הגיעה לנמל לפני הסערה והתושבים אמרו שהדרך הייתה סגורה כל הלילה",
    "el": "Το κομβόι έφτασε στο λιμάνι πριν από την καταιγίδα και ο δρόμος ήταν κλειστός",
    "tr": "Konvoy fırtınadan önce limana ulaştı, köylüler yolun bütün gece kapalı olduğunu söyledi",
    "pl": "Konwój dotarł do portu przed burzą, mieszkańcy mówią, że droga była zamknięta",
    "cs": "Kolona dorazila do přístavu před bouří, obyvatelé říkají, že silnice byla zavřená",
    "de": "Der Konvoi erreichte den Hafen früh, die Straße über die Brücke war lange gesperrt",
    "fr": "Le convoi a été arrêté près du port, où les habitants ont passé la nuit à l'hôtel",
    "ja": "船団は嵐の前に港に着きました。道は夜の間ずっと閉まっていました。",
    "zh": "车队在风暴之前到达了港口，人们说这条路整个晚上都不能走",
    "lt": "Vilkstinė pasiekė uostą prieš audrą, žmonės sakė, kad kelias buvo uždarytas visą naktį",
    "hu": "A konvoj a vihar előtt érte el a kikötőt, az út egész éjjel zárva volt, mondták az őrök",
    "vi": "Đoàn xe đã đến cảng trước cơn bão và người dân nói rằng con đường đã bị đóng suốt đêm",
    "es": "El convoy llegó al puerto antes de la tormenta y según los vecinos nadie pasó el límite",
    "sv": "Konvojen nådde hamnen före stormen och vägen över ån var stängd hela natten",
    "da": "Konvojen nåede havnen før stormen, og vejen over åen var lukket hele natten",
    "ca": "El comboi va arribar al port abans de la tempesta i això és el que diuen els veïns",
    "hr": "Konvoj je stigao u luku prije oluje, a mještani kažu da je cesta noću bila zatvorena",
    "ro": "Convoiul a ajuns în port înainte de furtună, iar oamenii spun că drumul e închis",
    "sk": "Kolóna dorazila do prístavu pred búrkou, obyvatelia hovoria, že cesta bola zavretá",
    "et": "Konvoi jõudis sadamasse enne tormi ja inimesed ütlesid, et tee oli öö läbi suletud",
    "lv": "Kolonna sasniedza ostu pirms vētras, un cilvēki teica, ka ceļš visu nakti bija slēgts",
    "is": "Bílalestin komst að höfninni áður en óveðrið skall á og vegurinn var lokaður alla nótt",
    "mt": "Il-konvoj wasal fil-port qabel il-maltempata u n-nies qalu li t-triq kienet magħluqa,"
    " ħadd ma għadda u ċ-ċittadini żammew fid-djar",
    "eo": "La konvojo atingis la havenon antaŭ la ŝtormo kaj la loĝantoj diris ke ĉiuj vojoj"
    " estis fermitaj ĝis la mateno",
    "cy": "Cyrhaeddodd y confoi yr harbwr cyn y storm, roedd y ffordd ar gau ac roedd y dŵr yn"
    " uchel yn y tŷ ac ŷd y gŵr hefyd",
    "bg": "Колоната стигна до пристанището преди бурята, а хората казват, че пътят е бил затворен",
    "sr": "Конвој је стигао у луку пре олује, а људи кажу да је пут целе ноћи био затворен",
    "th": "ขบวนรถมาถึงท่าเรือก่อนพายุและชาวบ้านบอกว่าถนนปิดตลอดทั้งคืน",
    "zh-Hant": "車隊在風暴之前到達了港口，人們說這條路整個晚上都不能走",
    "ko": "호송대는 폭풍이 오기 전에 항구에 도착했고 주민들은 길이 밤새 막혀 있었다고 말했다",
}


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        *(("ru", one) for one in ("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic")),
        *(("uk", one) for one in ("cp1251", "koi8_u", "iso8859_5")),
        *(("ar", one) for one in ("cp1256", "iso8859_6")),
        ("fa", "cp1256"),
        *(("he", one) for one in ("cp1255", "iso8859_8")),
        *(("el", one) for one in ("cp1253", "iso8859_7")),
        *(("tr", one) for one in ("cp1254", "iso8859_9")),
        *(("pl", one) for one in ("cp1250", "iso8859_2")),
        *(("cs", one) for one in ("cp1250", "iso8859_2")),
        *(("de", one) for one in ("cp1252", "iso8859_15")),
        *(("fr", one) for one in ("cp1252", "iso8859_15")),
        *(("ja", one) for one in ("shift_jis", "euc_jp", "iso2022_jp")),
        ("zh", "gb18030"),
        ("zh-Hant", "big5"),
        *(("lt", one) for one in ("cp1257", "iso8859_13", "iso8859_4")),
        *(("lv", one) for one in ("cp1257", "iso8859_13", "iso8859_4")),
        *(("et", one) for one in ("cp1257", "iso8859_13", "iso8859_15", "cp1252")),
        *(("hu", one) for one in ("cp1250", "iso8859_2", "iso8859_16")),
        *(("hr", one) for one in ("cp1250", "iso8859_2")),
        *(("ro", one) for one in ("iso8859_16",)),
        *(("sk", one) for one in ("cp1250", "iso8859_2")),
        *(("es", one) for one in ("cp1252", "iso8859_1", "iso8859_15")),
        *(("ca", one) for one in ("cp1252", "iso8859_1")),
        *(("sv", one) for one in ("cp1252", "iso8859_10", "cp850")),
        *(("da", one) for one in ("cp1252", "iso8859_10")),
        *(("is", one) for one in ("cp1252", "iso8859_10")),
        ("mt", "iso8859_3"),
        ("eo", "iso8859_3"),
        ("cy", "iso8859_14"),
        *(("bg", one) for one in ("cp1251", "iso8859_5")),
        *(("sr", one) for one in ("cp1251", "iso8859_5")),
        *(("th", one) for one in ("cp874", "iso8859_11")),
        ("vi", "cp1258"),
        ("ko", "cp949"),
        *(("ar", one) for one in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")),
    ],
)
def test_one_sentence_is_enough_to_tell_the_encoding(language: str, encoding: str) -> None:
    text = TEXTS[language]
    if language == "ro":  # of its letters with commas this table is the only one
        text = text + ", și atunci ușile țării"
    expected = text
    if encoding == "cp1258":  # letters and tones apart, as Windows wrote them
        text = _apart(text)
    data = f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n".encode(encoding)
    track = captions.read(data)
    if language == "ro":  # byte for byte the same as cp1250, which has them with cedillas
        expected = expected.replace("ș", "ş").replace("ț", "ţ")
    assert track.cues[0].text == expected
    assert 0.05 <= track.encoding_confidence < 1


def _apart(text: str) -> str:
    """Vietnamese with its five tones as marks of their own, the other marks in the letters."""
    parts = []
    for letter in text:
        whole = unicodedata.normalize("NFD", letter)
        tones = "".join(one for one in whole if one in "\u0300\u0301\u0303\u0309\u0323")
        rest = "".join(one for one in whole if one not in tones)
        parts.append(unicodedata.normalize("NFC", rest) + tones)
    return "".join(parts)


@pytest.mark.parametrize(
    ("language", "encoding"),
    [("ru", "cp1251"), ("ru", "koi8_r"), ("ar", "cp1256"), ("he", "cp1255"), ("el", "cp1253")],
)
def test_four_words_tell_the_encoding_and_two_are_no_certainty(
    language: str, encoding: str
) -> None:
    words = TEXTS[language].split()
    for start in range(len(words) - 3):
        part = " ".join(words[start : start + 4])
        assert encodings.decode(part.encode(encoding)).text == part
    for start in range(len(words) - 1):
        part = " ".join(words[start : start + 2])
        found = encodings.decode(part.encode(encoding))
        assert found.text == part or found.confidence < 0.5


def test_the_sample_texts_are_decoded_as_their_truth_says(samples: Path) -> None:
    known = json.loads((samples / "samples.json").read_text())["files"]
    compared = 0
    for one in known:
        encoding = one.get("truth", {}).get("encoding")
        if not one["name"].startswith("captions/encodings/") or not encoding:
            continue
        data = (samples / one["name"]).read_bytes()
        found = encodings.decode(data)
        assert found.text == data.decode(encoding).removeprefix("\ufeff"), one["name"]
        assert codecs.lookup(found.encoding) == codecs.lookup(encoding)
        compared += 1
    assert compared > 12


def test_a_mark_is_believed() -> None:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ):
        found = encodings.decode(mark + TEXTS["ar"].encode(encoding))
        assert found == encodings.Decoded(TEXTS["ar"], encoding, 1.0)


def test_a_wrong_mark_is_not_believed() -> None:
    data = codecs.BOM_UTF8 + TEXTS["ru"].encode("cp1251")
    assert encodings.decode(data).text == TEXTS["ru"]


def test_a_few_broken_bytes_do_not_change_utf_8() -> None:
    data = f"{TEXTS['ar']}\n".encode() * 3 + b"\xd8\n" + TEXTS["ar"].encode()
    found = encodings.decode(data)
    assert (found.encoding, found.text.count("\ufffd")) == ("utf-8", 1)
    assert [one.line for one in found.problems] == [4]


def test_the_expected_language_decides_where_letters_do_not() -> None:
    data = "Љ".encode("cp1251")
    sure = encodings.detect(TEXTS["ru"].encode("cp1251"), language="ru")[1]
    unsure = encodings.detect(data)[1]
    assert unsure < 0.5 < sure


def test_a_chosen_encoding_that_does_not_fit_shows_it_by_line() -> None:
    data = b"1\n00:00:01,000 --> 00:00:02,000\nna\xefve\n"
    track = captions.read(data, encoding="utf-8")
    assert track.cues[0].text == "na\ufffdve"
    assert [one.line for one in track.problems] == [3]


@pytest.mark.parametrize("name", ["klingon", "zip", "undefined", "idna", "rot13", "\x00"])
def test_what_is_no_encoding_is_refused(name: str) -> None:
    with pytest.raises(UnknownCaptionFormatError, match="no encoding is called"):
        captions.read(b"1\n00:00:01,000 --> 00:00:02,000\n\xffx\n", encoding=name)


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([None, "ar", "ru", "xx-YY"]))
def test_no_bytes_are_too_strange_to_decode(data: bytes, language: str | None) -> None:
    found = encodings.decode(data, language=language)
    assert 0 <= found.confidence <= 1
