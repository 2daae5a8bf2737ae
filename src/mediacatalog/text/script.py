"""A small guess at the language of a text, from its letters and commonest words.

Enough to label a track or an article whose name and tags say nothing; None rather than a guess
out of thin air.
"""

from __future__ import annotations

import re

STOP_WORDS = {
    "en": frozenset("the and of to in is that it was for you on with are this have not".split()),
    "fr": frozenset("le la les et des est que dans pour une sur pas vous nous avec".split()),
    "de": frozenset("der die das und ist nicht ein eine mit den von zu auf für sich".split()),
    "es": frozenset("el la los que de en una por con para del las se es no como".split()),
    "it": frozenset("il che di la per una non con del sono gli della nel più come".split()),
    "pt": frozenset("que de não uma para com os do da em por mais as dos como".split()),
    "tr": frozenset("ve bir bu için ile da de çok olarak daha ne gibi ama var".split()),
    "nl": frozenset("de het een van en dat niet op te zijn met voor er maar".split()),
    "sv": frozenset("och att det som på är av för inte med till den har jag".split()),
    "pl": frozenset("nie się na jest że to do co jak tak za po ale czy".split()),
}
UKRAINIAN, RUSSIAN, BULGARIAN = frozenset("іїєґ"), frozenset("ыэё"), frozenset("ъщ")
PERSIAN, URDU, SORANI = frozenset("پچژگ"), frozenset("ٹڈڑں"), frozenset("ەێۆڕڵ")
SCRIPTS = (
    ("arabic", 0x600, 0x6FF),
    ("cyrillic", 0x400, 0x52F),
    ("hebrew", 0x590, 0x5FF),
    ("greek", 0x370, 0x3FF),
    ("kana", 0x3040, 0x30FF),
    ("hangul", 0xAC00, 0xD7AF),
    ("han", 0x4E00, 0x9FFF),
    ("thai", 0xE00, 0xE7F),
    ("devanagari", 0x900, 0x97F),
    ("georgian", 0x10A0, 0x10FF),
    ("armenian", 0x530, 0x58F),
)
OF_SCRIPT = {
    "hebrew": "he",
    "greek": "el",
    "kana": "ja",
    "hangul": "ko",
    "han": "zh",
    "thai": "th",
    "devanagari": "hi",
    "georgian": "ka",
    "armenian": "hy",
}
ENOUGH_LETTERS = 12


def language_of(text: str) -> str | None:
    """BCP 47 of the main language, or None when there is too little to go by."""
    sample = text[:20_000].lower()
    letters = [one for one in sample if one.isalpha()]
    if len(letters) < ENOUGH_LETTERS:
        return None
    counts = {name: 0 for name, _, _ in SCRIPTS}
    for one in letters:
        code = ord(one)
        for name, low, high in SCRIPTS:
            if low <= code <= high:
                counts[name] += 1
                break
    main = max(counts, key=lambda name: counts[name])
    if counts["kana"] * 10 > len(letters):
        return "ja"
    if counts[main] * 2 < len(letters):
        return _latin(sample)
    present = frozenset(letters)
    if main == "cyrillic":
        return "uk" if present & UKRAINIAN else "ru" if present & RUSSIAN else _bulgarian(sample)
    if main == "arabic":
        return "ckb" if present & SORANI else "ur" if present & URDU else _persian(sample)
    return OF_SCRIPT[main]


def _bulgarian(sample: str) -> str:
    return "bg" if sample.count("ъ") * 60 > len(sample) else "ru"


def _persian(sample: str) -> str:
    return "fa" if sum(one in PERSIAN for one in sample) * 60 > len(sample) else "ar"


def _latin(sample: str) -> str | None:
    words = re.findall(r"[^\W\d_]+", sample)
    scores = {name: sum(word in stop for word in words) for name, stop in STOP_WORDS.items()}
    best, second = sorted(scores.values(), reverse=True)[:2]
    if best < 2 or best * 20 < len(words) or best == second:
        return None
    return max(scores, key=lambda name: scores[name])
