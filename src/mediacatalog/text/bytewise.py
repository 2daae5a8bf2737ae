"""A text as bytes, one for each character, in which its letters are quick to look for.

A letter's byte is that of its one spelling (`fold.fold_spelling`). So a text of some hundred words
is looked through in a few microseconds, and a place among the bytes is one in the text. It holds of
texts whose every character is told by itself; others are None, and have to be looked at slowly.
"""

from __future__ import annotations

import codecs
import re

from mediacatalog.text.fold import APOSTROPHES, fold_spelling
from mediacatalog.text.spelling import MARKS

NOT_LETTERS = re.compile(rf"[^\w{MARKS}]|[_{APOSTROPHES}]")
SPACE = b" "
"""Stands for every kind of space."""

_SIGNS = "\u00a0«»–—‘’“”„…•"


def _between(*spans: str) -> str:
    return "".join(chr(code) for span in spans for code in range(ord(span[0]), ord(span[1]) + 1))


_CYRILLIC = _between("Ѐџ") + "Ґґ"
_ARABIC = _between("ءغ", "ـ\u0652", "٠٩", "۰۹") + "پچژڤکگڵھۆیێەڕ،؛؟٪\u200c"
_LATIN = _between("Àÿ", "Ąć", "Čĕ") + "ĘęĚěĞğİıŁłŃńŇňŐőŘřŚśŞşŠšŤťŮůŰűŹźŻżŽžȘșȚț"
_CONTEXT = "ئ(?=[وةت])|ء(?=و)|أ(?=[ةت])|أ(?<=[يی]أ)(?=ه)|ئ(?<=مسئ)(?=ل)|هيات|هیات"
"""Where a hamza, or what stands for one, may be folded by its neighbours; marks left out."""


def squeezed(text: str) -> str:
    """The letters of a text in their one spelling, and nothing else."""
    return NOT_LETTERS.sub("", fold_spelling(text))


class Alphabet:
    """ASCII, and up to 128 characters more."""

    def __init__(self, others: str, context: str = "") -> None:
        folded = {one: squeezed(one) for one in [*map(chr, range(128)), *others, *_SIGNS]}
        single = {one: to for one, to in folded.items() if len(to) <= 1}
        single |= {to: to for to in single.values() if to}
        every = list(single)
        self._codes = codecs.charmap_build("".join(every).ljust(256, "\ufffe"))
        place = {one: number for number, one in enumerate(every)}
        to = [place[single[one] or (" " if one.isspace() else one)] for one in every]
        self._folded = bytes(to).ljust(256, b"\0")
        self._no_letters = bytes(place[one] for one in every if not single[one])
        marks = (one for one in every if not single[one] and one not in context)
        self._marks = bytes(place[one] for one in marks if not one.isspace())
        pattern, _ = codecs.charmap_encode(context, "strict", self._codes)
        self._context = re.compile(pattern) if context else None

    def encoded(self, text: str) -> bytes | None:
        """None if it has characters of others."""
        if text.isascii():
            return text.encode()
        try:
            return codecs.charmap_encode(text, "strict", self._codes)[0]
        except UnicodeEncodeError:
            return None

    def written(self, text: str) -> bytes | None:
        """A byte for each character; what is no letter stays itself, but for spaces."""
        data = self.encoded(text)
        if data is None:
            return None
        if self._context and self._context.search(data.translate(None, self._marks)):
            return None
        return data.translate(self._folded)

    def letters(self, written: bytes) -> bytes:
        return written.translate(None, self._no_letters)


ALPHABETS = (Alphabet(_CYRILLIC), Alphabet(_ARABIC, _CONTEXT), Alphabet(_LATIN))
