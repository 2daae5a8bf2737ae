"""Names as keys: exact after folding, or by sound, for spellings that no gazetteer lists.

The same name is written Boukamal, Al-Bukamal and Эль-Букемаль. `sound` forgets articles, hyphens
and how vowels were heard; `bones` forgets vowels altogether and serves only names with an article.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mediacatalog.text.fold import fold

ARTICLE = re.compile(
    r"(?:(?:al|el|ad|adh|ar|as|ash|at|ath|an|az|ed|ez|er|es|esh|en|et|ul|il|аль|эль|ад|ар|ас|аш|ат"
    r"|ан|аз|эд|эз|эр"
    r"|эс|эш|эн|эт)\s)(?=\w)"
)
"""At the beginning of a folded word, which a space parts from its name."""
_INNER = re.compile(
    r"\s(?:al|el|ad|adh|ar|as|ash|at|ath|an|az|ed|ez|er|es|esh|en|et|ul|us|ud|ur|il|аль|эль|ад|ар"
    r"|ас|аш|ат|ан|аз|эд|эз"
    r"|эр|эс|эш|эн|эт)(?=\s)"
)
_GLUED = re.compile(
    r"\b(?:al(?=bu|[^aeiouyl]{1,2}[aeiouy])|el(?=[^aeiouyl][aeiouy])|[ae]([dnrstz])(?=\1))"
)
_ARABIC_ARTICLE = re.compile(r"(?<!\w)ال(?=\w{3})")

_CYRILLIC = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "є": "e", "ж": "j",
        "з": "z", "и": "i", "і": "i", "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n",
        "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ў": "u", "ф": "f", "х": "h",
        "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e",
        "ю": "iu", "я": "ia",
    }
)  # fmt: skip
_SOUNDS = (
    (re.compile("dzh|dj|zh|j"), "j"),
    (re.compile("kh"), "h"),
    (re.compile("gh"), "g"),
    (re.compile("q"), "k"),
    (re.compile("ph"), "f"),
    (re.compile("th"), "t"),
    (re.compile("dh"), "d"),
    (re.compile("ch|sh"), "s"),
    (re.compile("ck|c"), "k"),
    (re.compile("ou|oo|au|aw|ow|u|o|w"), "u"),
    (re.compile("ia"), "ya"),
    (re.compile("ee|ie|ei|ai|ay|ey|i|e"), "i"),
    (re.compile("y(?=a)"), ""),
    (re.compile("y"), "i"),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile("(?:h|ih|ah|a|i)$"), ""),
)  # fmt: skip
_LATIN = re.compile(r"[a-z ]+")


def bare(folded: str) -> str:
    """A folded name without the article that it begins with."""
    return _ARABIC_ARTICLE.sub("", ARTICLE.sub("", folded, count=1), count=1)


def has_article(folded: str) -> bool:
    return ARTICLE.match(folded) is not None or _INNER.search(folded) is not None


def romanised(folded: str) -> str:
    """Cyrillic letters in Latin ones; others stay."""
    return folded.translate(_CYRILLIC)


@lru_cache(maxsize=16384)
def sound(folded: str) -> str:
    """How a folded name in Latin or Cyrillic letters is heard; empty for other scripts."""
    name = folded.translate(_CYRILLIC)
    if not _LATIN.fullmatch(name):
        return ""
    name = ARTICLE.sub("", folded, count=1)
    name = _INNER.sub("", name).translate(_CYRILLIC)
    name = _GLUED.sub("", name).replace(" ", "")
    for pattern, to in _SOUNDS:
        name = pattern.sub(to, name)
    return name


def bones(heard: str) -> str:
    """The consonants of what `sound` gave; empty where fewer than three remain."""
    kept = re.sub("[aiu]", "", heard)
    return kept if len(kept) >= 3 else ""


_ENDINGS = {
    "ом": ("", "о"), "ем": ("", "ь", "е"), "ой": ("а", "ая"), "ей": ("я", "ь"), "ами": ("ы", "и"),
    "ах": ("ы", "и", "а"), "ях": ("и",), "ов": ("ы",), "ого": ("ый", "ое", "ий"),
    "ому": ("ый", "ое"), "ий": ("ий",), "ью": ("ь",), "ии": ("ия",), "ию": ("ия",), "ией": ("ия",),
    "ую": ("ая",), "е": ("", "а", "о", "ь", "я"), "а": ("", "о"), "у": ("", "а", "о"),
    "ы": ("а",), "и": ("ь", "а", "я"), "ю": ("ь", "я"), "я": ("ь",),
}  # fmt: skip


@lru_cache(maxsize=16384)
def nominatives(folded: str) -> tuple[str, ...]:
    """What a Russian name in another case may be in the first: `мосуле` gives `мосул`."""
    if not re.search("[а-я]$", folded):
        return ()
    found: list[str] = []
    for length in (3, 2, 1):
        ending = folded[-length:]
        stem = folded[: len(folded) - length]
        if ending in _ENDINGS and len(stem.split(" ")[-1]) >= 3:
            found += [stem + one for one in _ENDINGS[ending]]
    return tuple(dict.fromkeys(one for one in found if one != folded))


@lru_cache(maxsize=65536)
def key(name: str) -> str:
    """The exact key of a name: folded, without dots, and without marks around it."""
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s]", " ", fold(name))).strip()
