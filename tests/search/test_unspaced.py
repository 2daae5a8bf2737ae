"""Scripts without spaces: what the index finds is what is marked, at its letters and no others."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from mediacatalog.search.moments import Wanted, locate
from mediacatalog.search.query import Prefix, Words, parse
from mediacatalog.text import words
from mediacatalog.text.bytewise import squeezed
from mediacatalog.text.spelling import MARKS
from mediacatalog.text.unspaced import LETTER_WITH_MARKS, SPACELESS
from tests.search.test_moments import a_document

PIECES = st.sampled_from(
    "乌 克 兰 乌克兰 战争 的 國 東京都 T-72坦克 5月3日 ウクラ イナ ｳｸﾗｲﾅ ガ ｶﾞ カ・カ ー 々 น้ำ โขง "
    "แม่ นคร ริน ประเทศ ເເ ນ້ຳ မြန်မာ ကို ភ្នំ ពេញ 서울 시내 북한군 a al T- 72 5 \u200b \u2060 😀 。 「 “ "
    "’ - 葛\U000e0100 _ #".split()
)
GAPS = st.sampled_from(["", "", "", " ", "\n", "  ", "\n\n", "\u3000", "\u00a0", " \n"])
TEXTS = st.lists(st.tuples(PIECES, GAPS), min_size=1, max_size=9).map(
    lambda pieces: "".join(map("".join, pieces))
)
A_MARK = re.compile(f"[{MARKS}\uff9e\uff9f]")
ASKED_AS = st.sampled_from(["{}", "{}", '"{}"', "{}*"])


def indexed(text: str, asked: str) -> bool:
    """Whether the index finds any part of a question in a text."""
    row = [word.spellings for word in words(text)]
    for leaf in parse(asked).leaves():
        if isinstance(leaf, Prefix):
            if any(one.startswith(leaf.starts) for here in row for one in here):
                return True
        elif isinstance(leaf, Words):
            runs = (*leaf.runs, *((form,) for form in leaf.forms))
            for run in runs:
                for at in range(len(row) - len(run) + 1):
                    if all(one in here for one, here in zip(run, row[at:], strict=False)):
                        return True
    return False


@given(TEXTS, st.integers(0, 40), st.integers(1, 8), ASKED_AS)
def test_what_the_index_finds_is_marked(text: str, at: int, length: int, way: str) -> None:
    asked = way.format("".join(text[at % len(text) :][:length].split()))
    wanted = Wanted(parse(asked))
    if wanted:
        cues = ((at * 1000, at * 1000 + 900, cue) for at, cue in enumerate(text.split("\n")))
        found = locate(a_document(*cues), wanted)
        assert bool(found) == indexed(text, asked)
        marked = [part.text for one in found for part in one.snippet if part.marked]
        assert marked == [part.strip() for part in marked]


@given(TEXTS, st.integers(0, 40), st.integers(1, 8))
def test_its_letters_are_marked_and_no_others(text: str, at: int, length: int) -> None:
    asked = "".join(text[at % len(text) :][:length].split())
    assume(SPACELESS.fullmatch(asked) and not A_MARK.match(asked))
    letters = [one[0] for one in LETTER_WITH_MARKS.finditer(asked) if squeezed(one[0])]
    assume(all(one != other for one, other in pairwise(letters)))
    for match in Wanted(parse(asked)).matches(text):
        assert squeezed(text[match.start : match.end]) == squeezed(asked)
