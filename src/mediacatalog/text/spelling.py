"""A word by itself: its one spelling, and what of it may be an article or a particle."""

from __future__ import annotations

import itertools
import re
import sys
import unicodedata
from functools import lru_cache

from mediacatalog.text.fold import APOSTROPHES, fold_spelling

LONGEST_WORD = 64
"""Letters; longer words are cut, the same way on both sides."""

ARTICLES = frozenset({"al", "el"})
SUN_ARTICLES = frozenset(
    f"{vowel}{letter}"
    for vowel in "aeiu"
    for letter in ("d", "dh", "n", "r", "s", "sh", "t", "th", "z")
)
"""The article before a letter that it is pronounced as: ez-Zor, ash-Shaddadi, an-Nusra."""

NAME_BEGINNINGS = frozenset({"abu", "abou", "ابو"})
"""Written apart from or together with the word that follows: Abu Kamal, Abukamal."""

SOUND = "~"
"""What a key begins with that is told by how a name sounds."""

PARTICLES = ARTICLES | SUN_ARTICLES | NAME_BEGINNINGS

ARABIC_ARTICLE = "ال"
ARABIC_PREFIXED_ARTICLE = re.compile("(?:[وف]?(?:[بك]?ال|(?P<to>لل)))(?=...)")
"""And, with, like, so, for the: بالرقة, وللفاشر."""
PARENTS = re.compile("والد(?:[ين]|ه|ها|هم|هما|ت[هي]|تها|تهم|ي[نه]|يها|ان|اه)?")
"""No article: والد is a father."""
LEAST_REST = 3
"""Letters that must remain when an article is taken away."""

NAME_PARTS = {
    spelling: ways.split()[0]
    for ways in (
        "ain ayn",
        "deir dayr dair",
        "jabal jebel jabel djebel",
        "kafr kfar",
        "beit bayt",
        "sheikh shaykh shaikh sheik",
    )
    for spelling in ways.split()
}
"""Parts of Arabic names, in all their usual transliterations: Ain Issa, Ayn Issa."""
GLOTTAL = re.compile(rf"(?<=[bcdfghjklmnpqrstvwxyz])[{APOSTROPHES}](?=ah?$)", re.IGNORECASE)
"""Written as another vowel, too: Dar'a, Daraa."""
DOUBLED = re.compile("aa(?=h?$)")

UMLAUTS = {ord(one): two for one, two in zip("äöüøå", "ae oe ue oe aa".split(), strict=True)}
"""What stands for them on other keyboards, and in names of files: Mueller, Tromsoe."""
_UMLAUT = re.compile("ae|oe|ue|aa")

GLUED_ARTICLE = re.compile(r"[ae]l(?=[a-z]{3})")
GLUED_SUN_ARTICLE = re.compile(r"[ae](?:(sh|th|dh)(?=\1[a-z])|([dnrstz])(?=\2[a-z]{2}))")

VOWELS = (
    (re.compile("ou|oo|au|aw|u|o|w"), "u"),
    (re.compile("ee|ie|ei|ai|ay|i|y|e"), "i"),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile("(?<=a)h$"), ""),
)

LEAST_PIECE = 3
"""Letters of the words that capitals begin within another: You Tube would have them, T V not."""
SMALL = frozenset({"of", "in", "to", "on", "is", "at", "my", "we", "no"})
"""Words that may stand within one that is written with capitals: FallOfAleppo."""
UNPARTED = re.compile(
    "mac[a-z]+|youtube|whatsapp|tiktok|facetime|playstation|powerpoint|git(?:hub|lab)|linkedin|paypal"
    "|facebook|instagram|snapchat|soundcloud|dropbox|bitchute|onlyfans|bytedance|wordpress"
)
"""Written with capitals within, and one word all the same."""


def _ranges_of_marks() -> str:
    r"""Every combining mark, as ranges of a regular expression; `\w` leaves them out."""
    codes = [code for code in range(0x300, 0x20000) if unicodedata.category(chr(code))[0] == "M"]
    codes += range(0xE0100, 0xE01F0)
    runs = itertools.groupby(enumerate(codes), lambda pair: pair[1] - pair[0])
    ends = [[code for _, code in run] for _, run in runs]
    return "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in ends)


MARKS = _ranges_of_marks()
NOT_IN_A_WORD = re.compile(rf"[{APOSTROPHES}_]|[^\w{MARKS}]")


@lru_cache(maxsize=65536)
def fold_word(raw: str) -> str:
    """One token in its main spelling; may be empty for a token of ornaments."""
    return sys.intern(NOT_IN_A_WORD.sub("", fold_spelling(raw))[:LONGEST_WORD])


@lru_cache(maxsize=65536)
def pieces(raw: str) -> tuple[str, ...]:
    """The words that begin with capitals within a token; the token itself if there are none."""
    if raw.islower() or raw.isupper() or raw[1:].islower() or not raw.isalnum():
        return (raw,)
    cuts = [
        place
        for place in range(1, len(raw))
        if raw[place].isupper() and (raw[place - 1].islower() or raw[place + 1 :][:1].islower())
    ]
    found = tuple(raw[one:other] for one, other in itertools.pairwise([0, *cuts, len(raw)]))
    folded = [fold_word(piece) for piece in found]
    apart = all(len(one) >= LEAST_PIECE or one in PARTICLES or one in SMALL for one in folded)
    return found if apart and not UNPARTED.fullmatch("".join(folded)) else (raw,)


def is_article(part: str, name: str) -> bool:
    """Whether a part is the article of what follows: `al` always, `ez` only before a z."""
    if len(name) < 2:
        return False
    if part in ARTICLES:
        return not name[0].isdigit()
    return part in SUN_ARTICLES and name.startswith(part[1:])


def after_prefix(text: str) -> tuple[str, ...]:
    """What a word is without the article that a preposition is joined to.

    Of للاجئين that may be اجئين or لاجئين: before a ل the article's own isn't written.
    """
    prefix = ARABIC_PREFIXED_ARTICLE.match(text)
    if prefix is None or PARENTS.fullmatch(text) or text.startswith(ARABIC_ARTICLE):
        return ()
    rest = text[prefix.end() :]
    return (rest, "ل" + rest) if prefix["to"] else (rest,)


def written(word: str) -> list[str]:
    """Letters that stand where a word is looked for: its own, and those of its other spellings.

    Not of what is told by its sound.
    """
    ways = [way for way, first in NAME_PARTS.items() if word == first]
    umlauts = _UMLAUT.sub(lambda two: two[0][0], word)
    return [*dict.fromkeys([word, *ways, DOUBLED.sub("a", word), umlauts])]


def without_umlauts(raw: str) -> str:
    """A word with the letters that stand for its umlauts, folded; empty if it has none."""
    if raw.isascii():
        return ""
    plain = unicodedata.normalize("NFC", raw).casefold()
    other = plain.translate(UMLAUTS)
    return fold_word(other) if other != plain else ""


def sound(name: str) -> str:
    """A key that forgets how vowels were transliterated: zor, zour and zawr have one.

    It begins with SOUND, so it never meets a word; only names with an article have it.
    """
    for pattern, to in VOWELS:
        name = pattern.sub(to, name)
    return SOUND + name
