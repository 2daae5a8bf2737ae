"""Other forms of a word: one key for `shell`, `shells` and `shelled`, by the endings alone.

Light on purpose: a form that is missed can be asked for, two words taken for one can't be told
apart. Short words keep their endings (`Homs` is no home). After Harman's S stemmer (1991) and the
first step of Porter's (1980) for Latin letters, Savoy's light stemmer (2006) for Cyrillic, and
Larkey's light10 (2002) for Arabic.
"""

from __future__ import annotations

import re

FORM = "="
"""Before a key, so that it never meets a word."""

_LATIN = re.compile("[a-z]{4,40}")
_CYRILLIC = re.compile("[а-яієїґ]{4,40}")
_ARABIC = re.compile("[ء-ي]{4,40}")

_VOWEL = re.compile("[aeiouy]")
_DOUBLE = re.compile(r"([bdfgmnprt])\1$")
_CYRILLIC_ENDING = re.compile(
    "(?:иями|ями|ами|иям|ием|иях|ией|ого|его|ому|ему|ыми|ими|ах|ях|ов|ев|ей|ой|ий|ый|ая|яя|ое|ее"
    "|ые|ие|ию|ии|ия|ам|ям|ом|ем|ую|юю|ых|их|ым|им|а|я|о|е|ы|и|у|ю|ь|й)$"
)
_ARABIC_ENDING = re.compile("(?:ها|ان|ات|ون|ين|يه|ه|ي)$")
_NO_PLURALS = frozenset({"news", "series", "species"})
LEAST = 3
"""Letters that must remain."""


def stem(word: str) -> str:
    """The key of a folded word's forms, the word itself where it has none."""
    if _LATIN.fullmatch(word):
        return _latin(word)
    if _CYRILLIC.fullmatch(word):
        return _without(_CYRILLIC_ENDING, word)
    if _ARABIC.fullmatch(word):
        bare = word[1:] if word[0] == "و" and len(word) > 1 + LEAST else word
        return _without(_ARABIC_ENDING, bare)
    return word


def _without(ending: re.Pattern[str], word: str) -> str:
    found = ending.search(word, LEAST)
    return word[: found.start()] if found else word


def _latin(word: str) -> str:
    word = _singular(word)
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) > LEAST and _VOWEL.search(rest):
            return _DOUBLE.sub(r"\1", rest)
    if len(word) > LEAST + 1 and word.endswith("e"):
        return word[:-1]
    if word.endswith("y") and len(word) > LEAST and word[-2] not in "aeiou":
        return word[:-1] + "i"
    return word


def _singular(word: str) -> str:
    if word in _NO_PLURALS:
        return word
    if word.endswith("ies") and len(word) > LEAST + 2:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is", "as", "os")):
        return word[:-1]
    return word
