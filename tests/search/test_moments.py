"""Where a clip matches, and what is shown of it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from mediacatalog.catalog.search_texts import ArticleText, CueText, SearchDocument, TrackText
from mediacatalog.search.moments import BEST, Wanted, locate, snippet
from mediacatalog.search.query import parse
from mediacatalog.search.results import plain

LINES = [
    "the ferry near Al-Bukamal",
    "in Deir",
    "ez-Zor al",
    "bukamal at night",
    "",
    "cease-fire, don’t cross",
    "паром в Ёлкино",
    "الْبُوكَمَال",
    "東京都知事",
    "Ferry\u00adman’s ﬁeld",
    "#FallOfAleppo, al ʿAyn",
    "بالصواريخ صواريخ",
    "вышек, танків, Харків",
    "Ayn Issa, Dar'a",
    "和乌克",
    "兰",
    "的战争 安倍 晋三",
    "น้ำ",
    "โขง 知",
    "of inter-",
    "national law, танка-",
    "ми, сам- -",
]
QUERIES = [
    "乌克兰",
    "乌克",
    "乌克*",
    "兰",
    '"乌克兰的战争"',
    "安倍晋三",
    "น้ำโขง",
    "international",
    "internat*",
    "national",
    '"international law"',
    "танками",
    "ferry",
    "ferr*",
    "bukamal",
    "albukamal",
    "al-bukamal",
    '"deir ez-zor"',
    '"ferry near al-bukamal"',
    '"near bukamal in"',
    "ceasefire",
    "dont",
    "елкино",
    "البوكمال",
    "京都",
    "ferrymans",
    "field",
    '"zor al bukamal at"',
    "aleppo",
    "fallofaleppo",
    '"of aleppo al ayn"',
    "الصاروخ",
    "صواريخ",
    "вышка",
    "танк",
    "Харкова",
    "ain issa",
    "daraa",
]


def a_document(*cues: tuple[int, int, str], article: str = "") -> SearchDocument:
    track = TrackText("t", "en", tuple(CueText(*cue) for cue in cues))
    return SearchDocument(
        clip_id="c",
        rev=1,
        state="ready",
        title=article,
        description="",
        source="",
        language="",
        codec="",
        duration_ms=0,
        created_us=0,
        terms=(),
        names=(),
        articles=(),
        tracks=(track,),
    )


PLAIN = [
    *(line for line in LINES if line.isascii()),
    "a cease-fire, don't",
    "ferry-ferry ferryferry",
    "ceas efire cease",
    "fer ry",
]


def both_ways(text: str, query: str) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """What is found at likely chunks, and in all words, up to where the first way may stop."""
    wanted = Wanted(parse(query))
    found = wanted.matches(text)
    every = wanted.matches(text, thorough=True)
    lines = {text.count("\n", 0, match.start) for match in found if not match.how}
    if len(lines) > BEST:
        every = [match for match in every if match.start <= found[-1].start]
    return sorted(found), sorted(every)


@given(
    st.lists(st.sampled_from(LINES), max_size=12) | st.lists(st.sampled_from(PLAIN), max_size=12),
    st.sampled_from(QUERIES),
)
def test_looking_only_at_likely_lines_finds_the_same(lines: list[str], query: str) -> None:
    found, every = both_ways("\n".join(lines), query)
    assert found == every


PIECES = [
    *("al", "el", "abu", "ابو", "ez", "zor", "ezzor", "as", "soon", "bukamal", "Kamal", "ash"),
    *("Shaddadi", "Al-Bukamal", "abu-Kamal", "deir", "the", "ferry", "ferries", "ال", "كمال"),
    *(
        "Ёлки",
        "الكمال",
        "al\u00a0Bab",
        "don't",
        "2",
        "東京都",
        "al.",
        "(Bab)",
        "-",
        "\u00ad",
        "x" * 50,
    ),
]
ASKED = [
    *("kamal", "abukamal", "abu kamal", "al bab", "albab", "ez-zor", "ezzor", '"deir ez zor"'),
    *('"as soon"', "assoon", '"abu kamal the"', "bab ferry", "ferry", "fer*", "al", "shaddadi"),
    *(
        "ابو كمال",
        "الكمال",
        "ابوكمال",
        "елки",
        "東京",
        "東京都知事東京",
        "都知事",
        "dont",
        "al-shaddadi",
        "2",
        "x*",
    ),
    *('"al abu kamal"', '"kamal al bab"', '"the al"', "al OR the", '"x al"'),
]
TWO_ARTICLES = re.compile(r"(?i)\b(al|el|abu|ez|as|ash|ابو)\s+(al|el|abu|ez|as|ash|ابو)\b")
"""To which of two a name belongs is told from the left, of the whole text and of its part."""
BETWEEN = st.sampled_from([" ", " ", " ", "\n", "  ", "   ", ", ", "-", "\t", " \n", "\u3000"])


@given(st.lists(st.tuples(st.sampled_from(PIECES), BETWEEN), max_size=9), st.sampled_from(ASKED))
def test_words_by_chunks_are_those_of_the_whole_text(
    pieces: list[tuple[str, str]], query: str
) -> None:
    text = "".join(piece + between for piece, between in pieces)
    assume(not TWO_ARTICLES.search(text))
    found, every = both_ways(text, query)
    assert found == every or not found


def test_a_hit_is_at_the_word_where_the_file_tells_its_time() -> None:
    words = ((0, 1000), (4, 1500), (10, 2500))
    timed = CueText(1000, 9000, "the ferry left", words)
    track = TrackText("t", "en", (CueText(0, 900, "the ferry"), timed))
    document = replace(a_document(), tracks=(track,))
    found = locate(document, Wanted(parse("left")))
    assert [moment.start_ms for moment in found] == [2500]
    found = locate(document, Wanted(parse("ferry")))
    assert sorted(moment.start_ms or 0 for moment in found) == [0, 1500]


def test_a_word_that_is_broken_over_two_cues_opens_at_its_first_half() -> None:
    document = a_document((0, 900, "the court of inter-"), (1000, 1900, "national law"))
    for asked in ("international", "internat*", "inter-national"):
        (moment,) = locate(document, Wanted(parse(asked)))
        assert (moment.start_ms, moment.end_ms) == (0, 1900)
        assert [part.text for part in moment.snippet if part.marked] == ["inter- national"]
    (moment,) = locate(document, Wanted(parse("national")))
    assert moment.start_ms == 1000


def test_a_word_without_spaces_that_is_broken_over_two_cues_opens_at_its_first_half() -> None:
    document = a_document((0, 900, "俄罗斯和乌克"), (1000, 1900, "兰的战争"))
    for asked, marked in (
        ("乌克兰", "乌克 兰"),
        ("烏克蘭", "乌克 兰"),
        ("乌克兰*", "乌克 兰"),
        ('"俄罗斯和乌克"', "俄罗斯和乌克"),
        ('"乌克兰的战争"', "乌克 兰的战争"),
    ):
        (moment,) = locate(document, Wanted(parse(asked)))
        assert moment.start_ms == 0
        assert [part.text for part in moment.snippet if part.marked] == [marked]
    for asked, start_ms in (("乌克", 0), ("战争", 1000), ("兰", 1000)):
        (moment,) = locate(document, Wanted(parse(asked)))
        assert (moment.start_ms, moment.via) == (start_ms, "")


def test_a_letter_of_a_pair_is_marked_alone() -> None:
    for text, asked, marked in (
        ("在俄军T-72坦克旁", '"军T-72坦"', ["军T-72坦"]),
        ("第5月3日报", "月3日", ["月3日"]),
        ("โขง เมือง", "ง*", ["ง", "ง"]),
        ("ประเทศ ทาง", "ทศ*", ["ทศ"]),
        ("ประเทศ ทาง", "ประเทศ*", ["ประเทศ"]),
    ):
        (moment,) = locate(a_document((0, 900, text)), Wanted(parse(asked)))
        assert [part.text for part in moment.snippet if part.marked] == marked, asked
    document = a_document((0, 900, "เมือง"), (1000, 1900, "ไทย"))
    (moment,) = locate(document, Wanted(parse("ย*")))
    assert moment.start_ms == 1000


def test_marks_stand_at_the_letters_however_they_are_put_together() -> None:
    text = unicodedata.normalize("NFD", "어제 서울 갔다 Huế")
    for asked, found in (("서울", "서울"), ("서*", "서"), ("Huế", "Huế"), ("hu*", "Huế")):
        (moment,) = locate(a_document((0, 900, text)), Wanted(parse(asked)))
        (said,) = [part.text for part in moment.snippet if part.marked]
        assert unicodedata.normalize("NFC", said) == found


def test_a_name_with_other_vowels_is_found_though_no_letter_run_is_the_same() -> None:
    document = a_document((0, 900, "near Al-Boukamal"))
    (moment,) = locate(document, Wanted(parse("al-bukamal")))
    assert [part.text for part in moment.snippet if part.marked] == ["Al-Boukamal"]


def test_the_same_cue_of_two_tracks_is_one_moment() -> None:
    document = a_document((0, 900, "the ferry"))
    twice = replace(document, tracks=document.tracks * 2)
    assert len(locate(twice, Wanted(parse("ferry")))) == 1


def test_a_moment_has_at_most_three_places_those_with_a_time_first() -> None:
    cues = [(n * 1000, n * 1000 + 900, "the ferry") for n in range(2)]
    moments = locate(a_document(*cues, article="The ferry"), Wanted(parse("ferry")))
    assert [moment.source for moment in moments] == ["caption", "caption", "title"]


def test_a_description_that_is_the_article_s_beginning_is_shown_once() -> None:
    story = ArticleText("a", "The ferry", "The ferry came at dawn.", "en")
    document = replace(
        a_document(article="The ferry"), description="The ferry came at dawn.", articles=(story,)
    )
    moments = locate(document, Wanted(parse("dawn")))
    assert [plain(moment.snippet) for moment in moments] == ["The ferry came at dawn."]


def test_what_must_not_be_there_is_not_marked() -> None:
    document = a_document((0, 900, "the ferry at night"))
    (moment,) = locate(document, Wanted(parse("ferry -night")))
    assert [part.text for part in moment.snippet if part.marked] == ["ferry"]


def test_marks_keep_the_text_as_it_is_written() -> None:
    document = a_document((0, 900, "Near AL-QA’IM,\nat night"))
    (moment,) = locate(document, Wanted(parse("al-qaim")))
    assert plain(moment.snippet) == "Near AL-QA’IM, at night"


@given(st.text(alphabet="ferry \nx京", max_size=600), st.data())
def test_a_snippet_is_a_part_of_its_text(text: str, data: st.DataObject) -> None:
    matches = Wanted(parse("ferry x 京")).matches(text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown = plain(snippet(text, matches, start, end)).replace("…", "")
    assert shown in text.replace("\n", " ")


def test_of_a_frequent_word_the_first_exact_moments_are_found() -> None:
    cues = [(n * 1000, n * 1000 + 900, "shells" if n < 50 else f"a shell {n}") for n in range(500)]
    moments = locate(a_document(*cues), Wanted(parse("shell")))
    assert [one.start_ms for one in moments] == [50_000, 51_000, 52_000]


def test_every_place_of_a_frequent_word_is_marked_in_the_moments_shown() -> None:
    cues = [(n * 1000, n * 1000 + 900, "ferry,\n" * 5 + f"ferry {n}") for n in range(40)]
    moments = locate(a_document(*cues), Wanted(parse("ferry")))
    assert [moment.start_ms for moment in moments] == [0, 1000, 2000]
    for moment in moments:
        assert [part.text for part in moment.snippet if part.marked] == ["ferry"] * 6
