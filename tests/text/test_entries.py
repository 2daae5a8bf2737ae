"""What a text is found under is the same whether its words are remembered or split anew."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from mediacatalog.text import entries, words
from mediacatalog.text.stems import FORM

PIECES = st.sampled_from(
    "al el at the abu أبو Kamal كمال - -- ’ 's (al bukamal) ez-Zor deir 東京都 al東 สวัสดี abou "
    "elements والبوكمال البوكمال Ёлка танками shells don’t l’armée a_b x-y-z-w-v ash nusra "
    "\u00b4 ﷺ e\u0301 \u200c . … «al kamal» al. , (abu) ʿAyn DeirEzzorAirport AlBab #دير_الزور "
    "للاجئين صواريخ вышек Харків 知 ドンバス น้ำ \u2060 서울".split()
)
GAPS = st.sampled_from(["", " ", "  ", "   ", "\n", "\u00a0", "\u3000"])


@given(st.lists(st.tuples(PIECES, GAPS), max_size=9).map(lambda all_: "".join(map("".join, all_))))
@example("東京都an new")
@example("al al Bukamal")
@example("東京\n都知\n事 選\n\n挙 al\n東 น้ำ\nโขง 知\u2060事 東\u2060\n京")
@example("inter-\nnational el\u00ad\nal- -\nal-\n Kamal")
def test_entries_are_the_words_of_the_text(text: str) -> None:
    found, every = entries(text), words(text)
    assert found.words == [word.text for word in every]
    others = dict(found.also)
    for place, word in enumerate(every):
        expected = {one for one in word.spellings if not one.startswith(FORM)} - {word.text}
        assert set(others.get(place, ())) == expected
    keys = [one.removeprefix(FORM) for word in every for one in word.offered if one[:1] == FORM]
    assert found.forms == keys
