"""YouTube's timed text in XML: srv3 with the times of words, srv1 with seconds.

`<p t="1000" d="2000"><s t="0">the</s><s t="400"> ferry</s></p>`, `<text start="1.0" dur="2">`.
"""

from __future__ import annotations

import re

from mediacatalog.captions import markup
from mediacatalog.captions.gathering import MARK, Gathering, placed
from mediacatalog.values import Cue, Ms

_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")


def sniff(text: str) -> bool:
    root = markup.first_tag(text)
    return root == "timedtext" or (root == "transcript" and "<text" in text[:65536])


def sniff_loosely(text: str) -> bool:
    return sniff(text)


def read(text: str) -> Gathering:
    gathering = Gathering()
    start = end = line = 0
    parts: list[str] | None = None
    times: list[int] = []
    for token in markup.tokens(text.replace("\x00", "").replace(MARK, "")):
        if gathering.full:
            gathering.note_full(token.line)
            break
        if token.name in {"p", "text"} and not token.closes:
            unit = 1 if token.name == "p" else 1000
            begin = _number(token.attributes.get("t" if unit == 1 else "start"), unit)
            lasts = _number(token.attributes.get("d" if unit == 1 else "dur"), unit)
            if begin is None:
                gathering.note_times(token.line, str(token.attributes))
                continue
            start, end, line = begin, begin + (lasts or 0), token.line
            parts, times = [], []
        elif token.name == "s" and not token.closes and parts is not None:
            times.append(start + (_number(token.attributes.get("t"), 1) or 0))
            parts.append(MARK)
        elif token.name in {"p", "text"} and parts is not None:
            spoken = "".join(parts)
            # The text of srv1 is escaped twice.
            plain, words = placed(markup.characters(spoken), times)
            if plain.strip():
                gathering.add(line, Cue(Ms(start), Ms(end), plain, words=words))
            parts = None
        elif not token.name and not token.comment and parts is not None:
            parts.append(token.text)
    return gathering


def _number(value: str | None, unit: int) -> int | None:
    return round(float(value) * unit) if value and _NUMBER.fullmatch(value) else None
