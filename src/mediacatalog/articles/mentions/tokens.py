"""Words of a text with their spans, and which of them stand together."""

from __future__ import annotations

import re
from typing import NamedTuple

from mediacatalog.articles.mentions.spelling import key
from mediacatalog.text.fold import APOSTROPHES, HYPHENS
from mediacatalog.text.words import TOKEN

LONGEST_READ = 200_000
"""Characters of a text that are read for names; news is far shorter."""

_ENDS = re.compile(r"[.!?…:;\n\"“”«»()\[\]،؛]")
_ABBREVIATED = re.compile(
    r"(?:^|\W)(?:Gen|Col|Lt|Maj|Capt|Sgt|Mr|Mrs|Ms|Dr|Prof|Brig|St|Sen|Rep|Gov|U\.S|U\.K|U\.N"
    r"|[A-Z])$"
)
_GAP = re.compile(rf"[ \u00a0{re.escape(HYPHENS)}{APOSTROPHES}]{{1,2}}")


class Token(NamedTuple):
    raw: str
    start: int
    end: int
    folded: str
    capital: bool
    opens: bool
    """Whether a sentence may begin here, so that a capital says nothing."""
    joined: bool
    """Whether only a space or a hyphen parts it from the word before."""
    hyphened: bool


def split(text: str) -> list[Token]:
    """The words of the first LONGEST_READ characters, in order."""
    found: list[Token] = []
    last = 0
    for one in TOKEN.finditer(text[:LONGEST_READ]):
        raw = one[0][:64]
        start, end = one.start(), one.start() + len(raw)
        gap = text[last:start]
        opens = not found or bool(
            _ENDS.search(gap)
            and not (gap.strip() == "." and _ABBREVIATED.search(text[max(0, last - 6) : last]))
        )
        joined = bool(found) and _GAP.fullmatch(gap) is not None and "’ " not in gap
        found.append(
            Token(
                raw,
                start,
                end,
                key(raw),
                raw[0].isupper(),
                opens,
                joined,
                gap in HYPHENS and joined,
            )
        )
        last = end
    return found


def script(token: Token) -> str:
    letter = token.raw[0]
    if "\u0600" <= letter <= "\u06ff":
        return "arabic"
    return "cyrillic" if "\u0400" <= letter <= "\u04ff" else "latin"
