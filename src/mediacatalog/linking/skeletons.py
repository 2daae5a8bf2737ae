"""The consonants of a word, the same for Latin, Arabic and Cyrillic letters.

Files are renamed into another script: `hujum-mashfa-kafranbel` for «الهجوم على مشفى كفرنبل». How
vowels are written differs, the order of the consonants hardly.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mediacatalog.articles.mentions.spelling import bones, sound
from mediacatalog.linking.facts import plain_word

_ARABIC = str.maketrans(
    {
        "ب": "b", "ت": "t", "ث": "t", "ج": "j", "ح": "h", "خ": "h", "د": "d", "ذ": "d", "ر": "r",
        "ز": "z", "س": "s", "ش": "s", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "غ": "g", "ف": "f",
        "ق": "k", "ك": "k", "گ": "g", "ل": "l", "م": "m", "ن": "n", "ه": "h", "پ": "p", "چ": "s",
        "ا": "", "ع": "", "و": "", "ي": "", "ء": "",
    }
)  # fmt: skip
_IS_ARABIC = re.compile("[\u0600-\u06ff]")
_GLUED = re.compile(r"[ae]l(?=[^\W\d_]{4})")
"""The article written together with its word: `alorient`."""
LEAST = 3


@lru_cache(maxsize=65536)
def skeleton(word: str) -> str:
    """Of one word; empty where fewer than three consonants remain."""
    plain = plain_word(word)
    if _IS_ARABIC.search(plain):
        letters = re.sub(r"[^a-z]", "", re.sub("ه$", "", plain).translate(_ARABIC))
        letters = re.sub(r"(.)\1+", r"\1", letters)
        return letters if len(letters) >= LEAST else ""
    if _GLUED.match(plain):
        plain = plain[2:]
    return bones(sound(plain).replace("y", ""))


def skeletons(text: str) -> list[str]:
    """Of the words of a text, in order, without those that are too short."""
    return [found for word in re.findall(r"[^\W\d_]+", text) if (found := skeleton(word))]
