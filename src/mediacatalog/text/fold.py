"""One spelling for what readers take for the same letters, in many scripts."""

from __future__ import annotations

import re
import unicodedata

from mediacatalog.text.han import SIMPLIFIED

FOLD_VERSION = 7
"""Grows with every change of what folding or splitting gives: an older index is rebuilt."""

APOSTROPHES = "'`´‘’‛ʹʻʼʽʾʿˈ՚׳′＇ꞌ"
"""Typed for one another; inside a word they are left out: Qa’im, Qa'im and Qaʾim are one name."""

HYPHENS = "-‐‑‒–—―−﹘﹣－־"
IGNORED = "\u00ad\u0640\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
"""Soft hyphen, tatweel, joiners and direction marks, as ranges of a regular expression."""

SAME_LETTERS = {
    "أإآٱٲٳٵ": "ا",
    "ىیېێےيئۍ": "ي",
    "ؤۆۇۈۋ": "و",
    "ةۃەھہۀۂ": "ه",
    "کڪ": "ك",
    "ڕ": "ر",
    "ڵ": "ل",
    "ء": "",
    "ёѐ": "е",
    "ѝ": "и",
    "ı": "i",
    "łŀ": "l",
    "ø": "o",
    "đð": "d",
    "ħ": "h",
    "ŧ": "t",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ə": "e",
}
TABLE = {letter: to for letters, to in SAME_LETTERS.items() for letter in letters}

# A mark makes these into other letters of their alphabets, where elsewhere it is an ornament.
OWN_LETTERS = frozenset("йїўѓќӂӑӗ")

OPTIONAL_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08d3-\u08ff"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]"
)
"""Marks without which a word is still that word. Indic, Thai and kana marks are letters: kept."""

DROPPED = re.compile(f"[{IGNORED}]")
SPACES = re.compile(rf"[\s_{re.escape(HYPHENS)}]+")
INNER_APOSTROPHES = re.compile(rf"(?<=\w)[{APOSTROPHES}]+(?=\w)")


class _Letters(dict[int, str]):
    """`str.translate` table that learns each letter when it first meets it."""

    def __missing__(self, code: int) -> str:
        folded = "".join(map(_letter, chr(code).casefold()))
        self[code] = folded
        return folded


def _letter(letter: str) -> str:
    if letter in OWN_LETTERS:
        return letter
    if letter in TABLE:
        return TABLE[letter]
    if unicodedata.category(letter) == "Nd":
        return str(unicodedata.digit(letter))
    bare = OPTIONAL_MARKS.sub("", unicodedata.normalize("NFKD", letter))
    return unicodedata.normalize("NFC", "".join(TABLE.get(one, one) for one in bare))


_LETTERS = _Letters()


def fold_letters(text: str) -> str:
    """Letters and digits in their one spelling; punctuation and spaces stay as they are."""
    if text.isascii():
        return text.lower()
    # NFKC before the letters: presentation forms, full width, and й typed as и with a breve
    text = unicodedata.normalize("NFKC", DROPPED.sub("", text))
    return unicodedata.normalize("NFC", text.translate(_LETTERS))


_MARKED = "[\u064b-\u0652\u0640]*"
_CARRIERS = (
    (re.compile(rf"(?<=[\w\u064b-\u0652])(?<!ید)[ئء](?={_MARKED}و)"), "ؤ"),
    (re.compile(rf"(?<=[يی])أ(?={_MARKED}[ةه]{_MARKED}(?!\w))|(?<=ه[يی])[أا](?=ت)"), "ئ"),
    (re.compile("ما?[ئأ](?=ة|ت[ايی])"), "مئ"),
    (re.compile("(?<=مس)ئ(?=ل)"), "أ"),
)
"""Where writers put the same hamza on different letters: شئون and شؤون, هيأة, مائة, مسئلة."""
_CARRIED = re.compile("[ءأئ\u0654\ufe70-\ufeff]|ه[يی]ات")
_BLACK = {
    first + letter: chr(ord("a") + letter) for first in (0x1F150, 0x1F170) for letter in range(26)
}
"""White letters in black circles and squares, for which Unicode names no plain letter."""
_CHOSEN = dict.fromkeys((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
"""Behind a letter they choose one of its shapes."""
_PLAIN = SIMPLIFIED | _BLACK | _CHOSEN | {ord("ґ"): "г", ord("Ґ"): "г"}
"""Ґ was no letter of Ukrainian for sixty years, and isn't on every keyboard."""

_TONE_FIRST = re.compile(
    "([\u0e48-\u0e4b])([\u0e31\u0e34-\u0e3a\u0e4d])|([\u0ec8-\u0ecb])([\u0eb1\u0eb4-\u0ebc\u0ecd])"
)
"""Thai and Lao, typed in an order that looks the same."""
_LOOKS_ONE = ("\u0e40\u0e40", "\u0e41"), ("\u0ec0\u0ec0", "\u0ec1")
_THAI = re.compile("[\u0e40\u0e48-\u0e4b\u0ec0\u0ec8-\u0ecb]")


def fold_spelling(text: str) -> str:
    """Letters of words in their one spelling, of which each writer may choose another.

    For words that are looked for, not for keys that a database keeps: those are of `fold`.
    """
    if text.isascii():
        return text.lower()
    if _CARRIED.search(text):
        text = unicodedata.normalize("NFKC", DROPPED.sub("", text))
        for carrier, to in _CARRIERS:
            text = carrier.sub(to, text)
    if _THAI.search(text):
        text = unicodedata.normalize("NFKC", DROPPED.sub("", text))
        text = _TONE_FIRST.sub(r"\2\1\4\3", text)
        for two, one in _LOOKS_ONE:
            text = text.replace(two, one)
    return fold_letters(text.translate(_PLAIN))


def fold(text: str) -> str:
    """The key by which names and labels are compared: `Al-Qa’im` gives `al qaim`.

    Letters folded, apostrophes inside words left out, hyphens and runs of space one space, trimmed.
    """
    text = INNER_APOSTROPHES.sub("", DROPPED.sub("", text))
    return SPACES.sub(" ", fold_letters(text)).strip()
