"""Names in three scripts through the whole search: which must be found by which, which never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediacatalog.articles.mentions import gazetteer
from mediacatalog.catalog import vocabulary
from mediacatalog.search import SearchQuery, find
from tests.search import more_names, names_of_wars
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
    # types and calibres: a hyphen, a space or neither
    ("T-72B3", "T72B3"),
    ("T72B3", "T-72*"),
    ("T72", "T 72"),
    ("БМП 2", "БМП2"),
    ("122 mm", "122mm"),
    ("122мм", "122 мм"),
    ("12.7mm", "12.7 mm"),
    ("7.62×39", "7.62x39"),
    # numbers and days
    ("1,200", "1200"),
    ("1200", "1 200"),
    ("2017.11.19", "20171119"),
    # initials; gershayim before the last letter
    ("P.K.K.", "PKK"),
    ("PKK", "P.K.K."),
    ("U.N.", "UN"),
    ("צה״ל", "צהל"),
    ("צהל", 'צה"ל'),
    ("צה״ל", '"צה"ל"'),
    ('חיילי צה"ל', '"חיילי צה"ל"'),
    # names of God's servants, written together and apart
    ("Abd al-Rahman", "Abdulrahman"),
    ("Abdurrahman", "Abd al Rahman"),
    ("Abdel-Rahman", "abdul rahman"),
    ("Abdallah", "Abdullah"),
    ("عبدالله", "عبد الله"),
    ("عبد الرحمن", "عبدالرحمن"),
    # Persian with a joiner of no width, a space or neither
    ("می‌رود", "می رود"),
    ("خانه ها", "خانه‌ها"),
    # English compounds
    ("air strikes", "airstrikes"),
    ("airstrike", "air strikes"),
    # letters of other shapes, marks of direction
    ("\u202bحلب\u202c", "حلب"),
    ("𝐊𝐲𝐢𝐯", "kyiv"),
    ("Nguyễn Văn Thiệu", "nguyen van thieu"),
    ("Кам'янець-Подільський", "Кам’янець Подільський"),
    ("תל־אביב", "תל אביב"),
    ("Ⓚⓨⓘⓥ 🅺🆈🅸🆅", "kyiv"),
    # the article before an ʿayn; parts of names in other transliterations; a glottal stop
    ("al-ʿAyn", "Al Ain"),
    ("Al Ain", "al-'Ayn"),
    ("al ʿAyn", "alayn"),
    ("Ayn Issa", "Ain Issa"),
    ("Dayr Hafir", "Deir Hafir"),
    ("Dar'a", "Daraa"),
    ("Daraa", "Dar‘a"),
    ("O’Neill", "o neill"),
    ("O Neill", "O'Neill"),
    # prepositions that take the article in
    ("للفاشر", "الفاشر"),
    ("وللفاشر", "الفاشر"),
    ("الفاشر", "للفاشر"),
    ("وبالرقة", "الرقة"),
    ("فالرقة", "الرقة"),
    ("كالقاعدة", "القاعدة"),
    ("للاجئين", "اللاجئين"),
    ("بالدبابات", "دبابة"),
    # a hamza on whichever letter
    ("شئون", "شؤون"),
    ("المسئولون", "المسؤولون"),
    ("هيأة", "هيئة"),
    ("هیأت", "هیئت"),
    ("مائة", "مئة"),
    ("رءوس", "رؤوس"),
    # written as one word
    ("#Deir_Ezzor", "deirezzor"),
    ("#Deir_Ezzor", "deir ez-zor"),
    ("#دير_الزور", "ديرالزور"),
    ("#دير_الزور", "دير الزور"),
    ("DeirEzzorAirport", '"deir ezzor"'),
    ("DeirEzzorAirport", "airport"),
    ("DeirEzzorAirport", "deirezzorairport"),
    ("#DeirEzzor", "Deir ez-Zor"),
    ("#SaveTheChildrenOfAleppo", "aleppo"),
    ("#SaveTheChildrenOfAleppo", "savethechildrenofaleppo"),
    ("Deir Ezzor", "DeirEzzor"),
    ("AlBukamal", "al-bukamal"),
    # other forms that no ending tells, or two endings
    ("صواريخ", "صاروخ"),
    ("صاروخ", "صواريخ"),
    ("بالصواريخ", "الصاروخ"),
    ("وقذائفها", "قذيفة"),
    ("جنود", "الجندي"),
    ("مستشفيات", "مستشفى"),
    ("شهداء", "شهيد"),
    ("طائرة", "الطائرات"),
    ("ألغام", "لغم"),
    ("المباني", "مبنى"),
    ("قتلى وجرحى", "قتيل جريح"),
    ("مدن", "مدينة"),
    ("women", "woman"),
    ("танків", "танк"),
    ("танк", "танків"),
    ("вышек", "вышка"),
    ("вышка", "вышек"),
    ("вікон", "вікно"),
    ("українець", "українці"),
    ("добровольцев", "доброволец"),
    ("Харьков", "Харькове"),
    ("Харкова", "Харків"),
    ("Києва", "Київ"),
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
    ("T-72", "T-73"),
    ("T-7", "T-72"),
    ("BMP-1", "BMP2"),
    ("122 mm", "152mm"),
    ("АК-74", "АК47"),
    ("1,200", "12000"),
    ("2017.11.19", "20171118"),
    ("PKK", "P.K.R."),
    ("Abd al-Rahman", "Abdulrahim"),
    ("عبد الله", "عبدالاله"),
    ("airstrike", "airline"),
    ("Afrin", "African"),
    ("Gaza", "Gazan"),
    ("Mi-8", "Mi-28"),
    ("مأرب", "مغرب"),
    ("حسن", "حسين"),
    ("عمر", "عمرو"),
    ("танк", "танкер"),
    ("Изюм", "Изумруд"),
    ("חיפה", "חיפוש"),
    ("عدن", "عدنان"),
    ("جبل", "جبلة"),
    ("لبن", "لبنان"),
    ("بحر", "البحرين"),
    ("عدو", "عدوان"),
    ("زار", "وزارة"),
    ("والدين", "الدين"),
    ("امراء", "امرأة"),
    ("Сумы", "Сума"),
    ("Tyre", "Tyres"),
    ("Tube", "YouTube"),
    ("Donald", "MacDonald"),
    ("Neill", "O Neal"),
    ("Dara", "Daraa"),
    ("Ain", "Ein"),
    ("شيون", "شؤون"),
    ("روس", "رؤوس"),
    ("танк", "Танкова"),
    ("Київ", "Кий"),
]


def test_names_that_are_one_are_found_by_each_other(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    gazetteer.load()  # or who tests first knows no towns but those of our own file
    made = {}
    must = (*MUST, *more_names.FOUND, *names_of_wars.FOUND)
    for name in dict.fromkeys(name for name, _ in must):
        made[name] = a_clip(catalogue, cues=[(0, 900, "nothing"), (1000, 1900, f"… {name}.")])
    index.catch_up(catalogue)
    missed = []
    for name, asked in must:
        hits = find(catalogue, index, SearchQuery(asked, limit=100)).hits
        hit = next((one for one in hits if one.clip_id == made[name]), None)
        if hit is None or not hit.moments or hit.moments[0].start_ms != 1000:
            missed.append((name, asked, hit))
    assert missed == []


def test_names_that_are_two_stay_apart(catalogue: Catalogue, index: SearchIndex) -> None:
    gazetteer.load()
    made = {}
    pairs = (*MUST_NOT, *more_names.APART, *names_of_wars.APART)
    for name in dict.fromkeys(name for pair in pairs for name in pair):
        # both are in use, as tags and in captions
        made[name] = a_clip(catalogue, cues=[(0, 900, f"… {name}.")], tags=[name])
    index.catch_up(catalogue)
    confused = []
    for pair in pairs:
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
