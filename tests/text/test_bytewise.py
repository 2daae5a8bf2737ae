"""Letters looked for among bytes are those that folding tells, at their places in the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediacatalog.text.bytewise import ALPHABETS, SPACE, squeezed

if TYPE_CHECKING:
    from mediacatalog.text.bytewise import Alphabet

CYRILLIC, ARABIC, LATIN = ALPHABETS
WRITTEN = "abXYZ09 -_'.\n\t\u00a0«–…"
LETTERS = {
    CYRILLIC: "АБВЁёЙйІіЇїЄєҐґЎЉшщъыьэюяё" + WRITTEN,
    ARABIC: "ءأئؤآإاويىةهمتبقكگپچیکەێۆـ\u064e\u0651\u0652٤۴،؟\u200c" + WRITTEN,
    LATIN: "éÉüøłŁńğİıßæœñçðþŠžőșț" + WRITTEN,
}


@pytest.mark.parametrize("alphabet", ALPHABETS, ids=["cyrillic", "arabic", "latin"])
@given(data=st.data())
def test_bytes_say_the_same_letters_as_folding(alphabet: Alphabet, data: st.DataObject) -> None:
    text = data.draw(st.text(st.sampled_from(LETTERS[alphabet]), max_size=40))
    written = alphabet.written(text)
    if written is None:
        return
    assert alphabet.letters(written) == alphabet.encoded("".join(map(squeezed, text.split())))
    spaces = [place for place, letter in enumerate(text) if letter.isspace()]
    assert [place for place in range(len(text)) if written[place : place + 1] == SPACE] == spaces


@pytest.mark.parametrize(
    ("alphabet", "text", "letters"),
    [
        (CYRILLIC, "Ещё один «Искандер-М», село Йосипівка", "ещеодинискандермселойосипівка"),
        (ARABIC, "قُصِفَت مدينةُ الباب، أمس ٢٠١٧", "قصفتمدينهالبابامس2017"),
        (LATIN, "Halep’te Łódź, İdlib", "halepteLodzidlib".lower()),
        (CYRILLIC, "T-72, don't", "t72dont"),
    ],
)
def test_what_is_mostly_written_is_told_by_bytes(
    alphabet: Alphabet, text: str, letters: str
) -> None:
    written = alphabet.written(text)
    assert written is not None
    assert len(written) == len(text)
    assert alphabet.letters(written) == alphabet.encoded(letters)


@pytest.mark.parametrize(
    ("alphabet", "text"),
    [(ARABIC, "شئون الهيئة"), (LATIN, "Straße"), (CYRILLIC, "и\u0306од"), (ARABIC, "город")],
)
def test_what_neighbours_decide_or_is_of_others_is_left_to_folding(
    alphabet: Alphabet, text: str
) -> None:
    assert alphabet.written(text) is None
