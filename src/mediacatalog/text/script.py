"""A small guess at the language of a text, from its script, letters and commonest words.

Enough to label a track or an article whose name and tags say nothing; None rather than a guess out
of thin air.
"""

from __future__ import annotations

import re

_SCRIPTS = {
    "arabic": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc",
    "cyrillic": "\u0400-\u04ff",
    "hebrew": "\u0590-\u05ff",
    "greek": "\u0370-\u03ff",
    "kana": "\u3040-\u30ff",
    "hangul": "\uac00-\ud7af",
    "han": "\u4e00-\u9fff",
    "thai": "\u0e00-\u0e7f",
    "devanagari": "\u0900-\u097f",
    "armenian": "\u0530-\u058f",
    "georgian": "\u10a0-\u10ff",
    "latin": "A-Za-z\u00c0-\u024f",
}
_COUNTED = {name: re.compile(f"[{letters}]") for name, letters in _SCRIPTS.items()}
_ONLY = {
    "hebrew": "he",
    "greek": "el",
    "kana": "ja",
    "hangul": "ko",
    "han": "zh",
    "thai": "th",
    "armenian": "hy",
    "georgian": "ka",
}
_ISO = {
    "arabic": "Arab",
    "cyrillic": "Cyrl",
    "hebrew": "Hebr",
    "greek": "Grek",
    "kana": "Jpan",
    "hangul": "Kore",
    "han": "Hani",
    "thai": "Thai",
    "devanagari": "Deva",
    "armenian": "Armn",
    "georgian": "Geor",
    "latin": "Latn",
}
_STOPWORDS = {
    "en": "the and of to in that was for with is on by he at from his they were been said",
    "de": "der die und das den von ist mit nicht sich auf dem ein eine für auch wird im",
    "fr": "le la les des et est une dans que pour qui sur pas plus par avec au du sont",
    "es": "el la los las de que y en una por con para del se su es al como más fue",
    "it": "il di che la e per un una in non sono del della con si è gli dei nel alla",
    "pt": "o de que e do da em um para com não uma os no se na por mais as dos",
    "nl": "de het een van en in is dat op te zijn voor met niet aan er ook om werd",
    "tr": "ve bir bu için ile da de olarak daha çok olan gibi kadar sonra oldu ise",
    "pl": "i w na z do nie się że jest to po jak przez od dla oraz przy był",
}
_WORDS = {language: frozenset(words.split()) for language, words in _STOPWORDS.items()}


def script_of(text: str) -> str | None:
    """The script of most letters (ISO 15924: `Arab`, `Cyrl`, `Latn`); None where there are few."""
    counts = _counts(text[:20_000])
    script = max(counts, key=lambda name: counts[name])
    if script == "han" and counts["kana"] * 20 > counts["han"]:
        script = "kana"
    return _ISO[script] if counts[script] >= 3 else None


def _counts(text: str) -> dict[str, int]:
    return {name: len(letters.findall(text)) for name, letters in _COUNTED.items()}


def language_of(text: str) -> str | None:
    """A language by script, letters and the commonest words; None when it can't be told."""
    head = text[:20_000]
    counts = _counts(head)
    script = max(counts, key=lambda name: counts[name])
    if counts[script] < 12:
        return None
    if script == "han" and counts["kana"] * 20 > counts["han"]:
        return "ja"
    if script == "arabic":
        return _arabic(head)
    if script == "cyrillic":
        return _cyrillic(head)
    if script == "latin":
        return _latin(head)
    return _ONLY.get(script)


def _arabic(text: str) -> str:
    if len(re.findall("[ٹڈڑےں]", text)) * 60 > len(text):
        return "ur"
    if len(re.findall("[ەێۆڕڵ]", text)) * 40 > len(text):
        return "ckb"
    return "fa" if len(re.findall("[پچژگیک]", text)) * 25 > len(text) else "ar"


def _cyrillic(text: str) -> str | None:
    if re.search("[ўЎ]", text) and re.search("[іІ]", text):
        return "be"
    if re.search("[їєґЇЄҐ]", text):
        return "uk"
    if re.search("[ѓќѕЃЌЅ]", text):
        return "mk"
    if re.search("[ђћЂЋ]", text):
        return "sr"
    if re.search("[ыэёЫЭЁ]", text):
        return "ru"
    return "bg" if re.search("ъ[тлрнмсв]", text) else None


def _latin(text: str) -> str | None:
    words = re.findall(r"[^\W\d_]+", text.lower())[:3000]
    if len(words) < 5:
        return None
    scores = {
        language: sum(1 for word in words if word in known) / len(words)
        for language, known in _WORDS.items()
    }
    ranked = sorted(scores, key=lambda language: -scores[language])
    best, second = scores[ranked[0]], scores[ranked[1]]
    return ranked[0] if best > 0.08 and best > 1.25 * second else None
