"""Transcripts of speech recognition in JSON: Whisper and its relatives, and YouTube's json3.

https://github.com/openai/whisper writes `segments`, whisper.cpp `transcription`; both may tell when
each word is spoken. Whatever isn't as these write it is left out, never guessed.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from mediacatalog.captions.gathering import MARK, MAX_MS, Gathering, placed
from mediacatalog.values import Cue, Ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KEY = re.compile(r'"(?:segments|transcription|events)"\s*:\s*\[')
_HEAD = 300_000
MAX_JSON = 20_000_000
"""Characters; values take ten times as much."""


def sniff(text: str) -> bool:
    return text.lstrip("\ufeff \t\n")[:1] == "{" and _KEY.search(text[:_HEAD]) is not None


def sniff_loosely(text: str) -> bool:
    return sniff(text)


def read(text: str) -> Gathering:
    gathering = Gathering()
    if len(text) > MAX_JSON:
        gathering.note(1, f"larger than {MAX_JSON:,} characters of JSON; not read")
        return gathering
    try:
        document = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        gathering.note(line, "not whole as JSON; nothing of it can be read")
        return gathering
    if isinstance(document, dict):
        language = document.get("language") or _inner(document, "result").get("language")
        gathering.language = language if isinstance(language, str) else None
        for number, cue in enumerate(_cues(document), 1):
            if gathering.full:
                gathering.note_full(1)
                break
            gathering.add(number, cue)
    return gathering


def _cues(document: Mapping[str, object]) -> Iterator[Cue]:
    for one in _rows(document, "segments"):
        start, end = _seconds(one.get("start")), _seconds(one.get("end"))
        if start is not None and end is not None:
            words = [
                (str(word.get("word", word.get("text", ""))), _seconds(word.get("start")))
                for word in _rows(one, "words")
            ]
            speaker = one.get("speaker")
            yield _cue(start, end, str(one.get("text", "")), words, speaker)
    for one in _rows(document, "transcription"):
        span = _inner(one, "offsets")
        start, end = _count(span.get("from")), _count(span.get("to"))
        if start is not None and end is not None:
            words = [
                (str(token.get("text", "")), _count(_inner(token, "offsets").get("from")))
                for token in _rows(one, "tokens")
                if not str(token.get("text", "")).startswith("[_")
            ]
            yield _cue(start, end, str(one.get("text", "")), words, None)
    for one in _rows(document, "events"):
        start, lasts = _count(one.get("tStartMs")), _count(one.get("dDurationMs"))
        if start is not None:
            parts = _rows(one, "segs")
            words = [
                (str(part.get("utf8", "")), start + (_count(part.get("tOffsetMs")) or 0))
                for part in parts
            ]
            timed = any("tOffsetMs" in part for part in parts)
            spoken = "".join(word for word, _ in words)
            if spoken.strip():
                yield _cue(start, start + (lasts or 0), spoken, words if timed else [], None)


def _cue(
    start: int, end: int, text: str, words: list[tuple[str, int | None]], speaker: object
) -> Cue:
    """The words must be the text's own; else their times are of another text."""
    plain, placed_words = placed(text.replace(MARK, "").strip(), ())
    if words:
        times = [ms for _, ms in words if ms is not None]
        marked = "".join(
            word if ms is None else _before(word)
            for word, ms in ((word.replace(MARK, ""), ms) for word, ms in words)
        )
        spoken, found = placed(marked.strip(), times)
        if spoken.split() == plain.split():
            plain, placed_words = spoken.strip(), found
    named = speaker.strip() if isinstance(speaker, str) else ""
    return Cue(Ms(start), Ms(end), plain, speaker=named or None, words=placed_words)


def _before(word: str) -> str:
    """The mark behind the spaces, where the word begins."""
    bare = word.lstrip()
    return word[: len(word) - len(bare)] + MARK + bare


def _rows(holder: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    rows = holder.get(name)
    return [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []


def _inner(holder: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}


def _seconds(value: object) -> int | None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**12
    return round(value * 1000) if good and isinstance(value, int | float) else None


def _count(value: object) -> int | None:
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_MS
    return value if good and isinstance(value, int) else None
