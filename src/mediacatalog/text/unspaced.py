"""Scripts without spaces: whose letters they are, and words that a line's end breaks."""

from __future__ import annotations

import re

from mediacatalog.text.fold import IGNORED
from mediacatalog.text.spelling import MARKS, fold_word

_WITHOUT = (
    "\u0e00-\u0e4f\u0e5a-\u0ecf\u0eda-\u0eff\u1000-\u103f\u104a-\u108f\u109a-\u109f\u1780-\u17df"
    "\u17ea-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer without their digits, kana, Han."""
UNSPACED = _WITHOUT + "\uac00-\ud7af"
"""And Hangul, which has spaces, and endings."""
_JAMO = "\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff"
"""Letters of Hangul, which are put together to syllables, or stand apart as names of files do."""
MORE = "\ufdd0"
"""In a chunk: before the letter that the next one begins with, and in place of one that was read
with the chunk before. No text has it."""
SPACELESS = re.compile(
    f"[{UNSPACED}{_JAMO}{MORE}][{UNSPACED}{_JAMO}{MARKS}{IGNORED}{MORE}\uff65\u00b7\u2027]*"
)
"""Written without spaces, or with endings."""

_SYLLABLE = (
    "(?:[\u1100-\u115f\ua960-\ua97f][\u1160-\u11a7\ud7b0-\ud7c6]?|[\uac00-\ud7a3])"
    "[\u11a8-\u11ff\ud7cb-\ud7fb]?"
)
"""Of Hangul, in one character or in up to three."""
_LONG_A = "[\u0e33\u0eb3]|(?:(?<=[\u0e4d\u0ecd])|(?<=[\u0e4d\u0ecd].))[\u0e32\u0eb2]"
"""Thai and Lao: a part of it stands on the letter before."""
_SMALL = "\uff9e\uff9f"
"""Voicing marks of half width."""
LETTER_WITH_MARKS = re.compile(
    rf"(?:{_SYLLABLE}|\u0e40\u0e40|\u0ec0\u0ec0|[^{MARKS}{IGNORED}{_SMALL}{MORE}])"
    rf"[{MARKS}{IGNORED}{_SMALL}{MORE}]*(?:{_LONG_A})?"
)

DOTTED = (
    "(?<=[\u30a1-\u30fe\uff66-\uff9f])[\u30fb\uff65](?=[\u30a1-\u30fe\uff66-\uff9f])"
    "|(?<=[\u4e00-\u9fff])[\u00b7\u2027](?=[\u4e00-\u9fff])"
)
"""A dot between the parts of a foreign name, which is as often left out."""
_RUN = re.compile(rf"(?:(?!\W)[{UNSPACED}{_JAMO}]|[{MARKS}{IGNORED}{_SMALL}]|{DOTTED})*")
CHUNK = re.compile(r"\S+")
NOTHING = "\u200b"
"""A space of no width, which belongs to no word."""
MOST_MARKS = 4
"""On the letter before a break."""
_BEHIND = "|".join(
    rf"(?<=[{_WITHOUT}]{f'[{MARKS}{_SMALL}]' * marks})(?<![{MARKS}{_SMALL}\W]{'.' * marks})"
    for marks in range(MOST_MARKS + 1)
)
_BREAK = re.compile(
    rf"(?:{_BEHIND})\s(?=[{_WITHOUT}])(?![\W{MARKS}{_SMALL}\u0e32\u0e33\u0eb2\u0eb3])"
)
"""Between two letters, and not before what is a part of one."""
_ANY = re.compile(f"[{_WITHOUT}]")


def joined(text: str) -> str:
    """The text without what breaks a word of such a script, each letter at its place."""
    return _BREAK.sub(NOTHING, text)


def read_chunk(text: str, start: int, end: int) -> str:
    """What stands between two spaces, as it is to be read by itself, each letter at its place.

    With the letter that a word goes on with behind the space, and without one that is read so
    already: the words of one chunk after the other are those of the whole text.
    """
    chunk = text[start:end]
    if _goes_on(text, start - 1) and (alone := _alone(text, start)):
        chunk = MORE * len(alone) + chunk[len(alone) :]
    if letter := _goes_on(text, end):
        chunk += (NOTHING if _alone(text, end + 1) else MORE) + letter
    return chunk


def _goes_on(text: str, end: int) -> str:
    """The letter that a word goes on with behind the space that is there."""
    if end < 0 or _BREAK.match(text, end) is None:
        return ""
    letter = LETTER_WITH_MARKS.match(text, end + 1)
    return letter[0] if letter else ""


def _alone(text: str, start: int) -> str:
    """The letter there if no other follows, behind a space neither."""
    letter, run = LETTER_WITH_MARKS.match(text, start), _RUN.match(text, start)
    if letter is None or run is None:
        return ""
    others = LETTER_WITH_MARKS.finditer(text, letter.end(), run.end())
    if any(fold_word(one[0]) for one in others):
        return ""
    return "" if _goes_on(text, run.end()) else run[0]


def chunks(text: str) -> list[str]:
    """What stands between two spaces, each as it is to be read by itself."""
    if text.isascii() or _ANY.search(text) is None:
        return text.split()
    return [read_chunk(text, *one.span()) for one in CHUNK.finditer(text)]
