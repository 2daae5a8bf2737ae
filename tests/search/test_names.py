"""Names in three scripts through the whole search: which must be found by which, which never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediacatalog.catalog import vocabulary
from mediacatalog.search import SearchQuery, find
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import Results, SearchIndex

MUST = [
    # Latin: articles, hyphens, apostrophes, diacritics
    ("Al-Bukamal", "albukamal"),
    ("Al-Bukamal", "al boukamal"),
    ("Abu Kamal", "abukamal"),
    ("Deir ez-Zor", "Deir Ezzor"),
    ("Deir ez-Zor", "deir al-zour"),
    ("Al-Qa’im", "al-qaim"),
    ("Al-Qa’im", "Qaʾim"),
    ("Ash-Shaddadi", "al-shaddadi"),
    ("Al-Mayadin", "al-Mayadeen"),
    ("Diyarbakır", "diyarbakir"),
    ("İzmir", "IZMIR"),
    ("Erdoğan", "Erdogan"),
    ("Łódź", "Lodz"),
    ("Győr", "gyor"),
    ("Đakovica", "dakovica"),
    ("Assad’s palace", "Assad palace"),
    # Arabic: alef, hamza, yeh, teh marbuta, tatweel, vowel signs, article, joined prefixes
    ("أبو كمال", "ابو كمال"),
    ("البوكمال", "الْبُوكَمَال"),
    ("القائم", "قائم"),
    ("والموصل", "الموصل"),
    ("بالرقة", "الرقة"),
    ("إدلب", "ادلب"),
    ("الحسكة", "الحسكه"),
    ("مصطفى", "مصطفي"),
    ("دمـــشـق", "دمشق"),
    ("ﺣﻠﺐ", "حلب"),
    # Persian, Kurdish, Urdu letters
    ("کرمانشاه", "كرمانشاه"),
    ("یزد", "يزد"),
    ("می‌خواهم", "میخواهم"),
    ("سەردەشت", "سهردهشت"),
    ("هەڵەبجە", "ههلهبجه"),
    ("۱۴۰۱", "1401"),
    # Cyrillic
    ("Королёв", "Королев"),
    ("Орёл", "ОРЕЛ"),
    ("Нью-Йорк", "нью йорк"),
    ("Бахмут", "бахмут"),
    ("Зеленський", "ЗЕЛЕНСЬКИЙ"),
    ("Мо\u0301сква", "москва"),
    ("Бори\u0306", "Борй"),
    # without spaces
    ("東京都知事選挙の結果", "選挙"),
    ("北京市朝阳区", "朝阳"),
    ("서울특별시", "특별"),
    ("กรุงเทพมหานคร", "เทพ"),
]

MUST_NOT = [
    ("Homs", "home"),
    ("Hama", "Hamas"),
    ("Kharkiv", "Kherson"),
    ("Kafr Nabl", "Kafr Nabudah"),
    ("Raqqa", "Raqa Khan"),
    ("Iran", "Iraq"),
    ("Niger", "Nigeria"),
    ("Bukamal", "kamal"),
    ("Mali", "Malik"),
    ("Zor", "zour"),
    ("حماة", "حماس"),
    ("حلب", "خلب"),
    ("سوريا", "شوريا"),
    ("عراق", "عراقيب"),
    ("کرج", "كرخ"),
    ("Мой", "мои"),
    ("Київ", "Киiв"),
    ("Йорк", "иорк"),
    ("Донецк", "Донец"),
    ("Горловка", "Головка"),
    ("東京", "京東"),
    ("北京", "南京"),
]


def test_names_that_are_one_are_found_by_each_other(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    made = {}
    for name, _ in MUST:
        made[name] = a_clip(catalogue, cues=[(0, 900, "nothing"), (1000, 1900, f"… {name}.")])
    index.catch_up(catalogue)
    missed = []
    for name, asked in MUST:
        hits = find(catalogue, index, SearchQuery(asked, limit=100)).hits
        hit = next((one for one in hits if one.clip_id == made[name]), None)
        if hit is None or not hit.moments or hit.moments[0].start_ms != 1000:
            missed.append((name, asked, hit))
    assert missed == []


def test_names_that_are_two_stay_apart(catalogue: Catalogue, index: SearchIndex) -> None:
    made = {}
    for pair in MUST_NOT:
        for name in pair:  # both are in use, as tags and in captions
            made[name] = a_clip(catalogue, cues=[(0, 900, f"… {name}.")], tags=[name])
    index.catch_up(catalogue)
    confused = []
    for pair in MUST_NOT:
        for name, asked in (pair, pair[::-1]):
            hits = {
                one.clip_id for one in find(catalogue, index, SearchQuery(asked, limit=100)).hits
            }
            if made[asked] not in hits or made[name] in hits:
                confused.append((name, asked))
    assert confused == []


def test_a_term_bridges_scripts(catalogue: Catalogue, ask: Callable[..., Results]) -> None:
    clip = a_clip(catalogue, places=[("Abu Kamal", "Al-Bukamal", "البوكمال", "Абу-Камаль")])
    for asked in ("al bukamal", "بوكمال", "Абу Камаль", "абукамаль", "Abu Kamel"):
        (hit,) = ask(asked).hits
        assert hit.clip_id == clip, asked
        assert hit.moments[0].via, asked
    with catalogue.reading() as session:
        assert vocabulary.suggest(session, "البو", kind="place")[0].label == "Abu Kamal"


def test_the_last_cue_and_the_last_word_of_a_long_track_are_found(
    catalogue: Catalogue, ask: Callable[..., Results]
) -> None:
    cues = [(n * 1000, n * 1000 + 900, f"word{n} ferry") for n in range(1500)]
    clip = a_clip(catalogue, cues=[*cues, (1_500_000, 1_500_900, "at the very quay")])
    (hit,) = ask("quay").hits
    assert (hit.clip_id, hit.moments[0].start_ms) == (clip, 1_500_000)
    (hit,) = ask('"word1499 ferry at the"').hits
    assert (hit.moments[0].start_ms, hit.moments[0].end_ms) == (1_499_000, 1_500_900)
