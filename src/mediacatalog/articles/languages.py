"""The language of an article: what its page says, checked against the script of its text."""

from __future__ import annotations

from mediacatalog.text.languages import bcp47
from mediacatalog.text.script import language_of

_ALIASES = {"cn": "zh", "jp": "ja", "ua": "uk"}
_SCRIPT_OF = {
    "ar": "arabic", "fa": "arabic", "ur": "arabic", "ps": "arabic", "ckb": "arabic",
    "ug": "arabic", "sd": "arabic", "ru": "cyrillic", "uk": "cyrillic", "be": "cyrillic",
    "bg": "cyrillic", "mk": "cyrillic", "he": "hebrew", "yi": "hebrew", "el": "greek",
    "zh": "han", "ja": "kana", "ko": "hangul", "th": "thai", "hy": "armenian",
    "ka": "georgian", "hi": "devanagari", "mr": "devanagari", "ne": "devanagari",
    "en": "latin", "de": "latin", "fr": "latin", "es": "latin", "pt": "latin", "it": "latin",
    "nl": "latin", "tr": "latin", "pl": "latin", "id": "latin", "vi": "latin", "sv": "latin",
}  # fmt: skip


def tag(value: object) -> str | None:
    """BCP 47 language, with the script if one is named: "en_US" is "en", "zh-hans-cn" "zh-Hans".

    Regions are left out, so that one facet gathers a language.
    """
    if not isinstance(value, str):
        return None
    word = value.split(",")[0].split(";")[0].strip()
    found = bcp47(_ALIASES.get(word.lower(), word))
    return "-".join(part for part in found.split("-") if not part.isupper()) if found else None


def choose(text: str, *declared: object) -> str | None:
    """The first declared language that the script of the text allows, else a guess.

    Templates in English around a text in Arabic are common: the script of the text decides.
    """
    guessed = language_of(text)
    for value in declared:
        language = tag(value)
        if language is None:
            continue
        own = _SCRIPT_OF.get(language.split("-")[0])
        seen = _SCRIPT_OF.get(guessed or "")
        if own is None or seen is None or own == seen or {own, seen} == {"kana", "han"}:
            return language
    return guessed
