"""Cues written anew. Nothing of a file passes through as it was: all text is escaped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, assert_never

from mediacatalog.captions import placing, webvtt_settings
from mediacatalog.captions.gathering import printable, tidy, timed_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediacatalog.values import Cue, Region

To = Literal["webvtt", "srt", "txt"]

# SRT has no escapes that every player knows: only what would be taken for markup is escaped.
_REFERENCE = re.compile(r"&(?=#?[0-9A-Za-z]{1,32};)")
_TAG = re.compile(r"<(?=[/A-Za-z0-9])")
_CODE = re.compile(r"\{(?=\\|[A-Za-z]:)")
_BACKSLASH = re.compile(r"\\(?=[Nnh])")


def write(cues: Sequence[Cue], to: To, regions: Sequence[Region] = ()) -> str:
    r"""The whole file as text, for UTF-8, lines ended by a newline.

    `txt` is a transcript: one line a cue, without times. WebVTT keeps positions, and names only the
    regions that are given; SRT keeps the nine places of `{\an8}`.
    """
    match to:
        case "webvtt":
            known = {one.id for one in regions}
            blocks = "".join(f"\n{webvtt_settings.written(one)}" for one in regions)
            return f"WEBVTT\n{blocks}" + "".join(_webvtt(cue, known) for cue in cues)
        case "srt":
            return "\n".join(_srt(number, cue) for number, cue in enumerate(cues, 1))
        case "txt":
            return "".join(f"{line}\n" for line in map(_transcript, cues) if line)
        case _:
            assert_never(to)


def _webvtt(cue: Cue, regions: set[str]) -> str:
    identity = printable(cue.id or "").replace("\n", " ").replace("-->", "->")
    settings = webvtt_settings.cue_settings(cue.settings or "", regions) or ""
    times = f"{_clock(cue.start_ms, '.')} --> {_clock(cue.end_ms, '.')} {settings}".rstrip()
    text = _timed(cue)
    if speaker := _escaped(_one_line(cue.speaker or "")):
        text = f"<v {speaker}>{text}</v>"
    if language := cue.language:
        text = f"<lang {language}>{text}</lang>"
    return "\n" + "".join(f"{line}\n" for line in (identity, times, text) if line)


def _timed(cue: Cue) -> str:
    """The text with the times of its words, which hold for exactly this text."""
    text = tidy(_newlines(cue.text))
    words = timed_words(cue.words, text, cue.start_ms, cue.end_ms) if text == cue.text else ()
    parts, at = [], 0
    for place, ms in words:
        parts.append(f"{_escaped(text[at:place])}<{_clock(ms, '.')}>")
        at = place
    return "".join(parts) + _escaped(text[at:])


def _srt(number: int, cue: Cue) -> str:
    text = _spoken(cue)
    text = _REFERENCE.sub("&amp;", text)
    text = _TAG.sub("&lt;", text).replace("-->", "--&gt;")
    text = _BACKSLASH.sub("&#92;", _CODE.sub("&#123;", text))
    if text:
        text = placing.as_code(cue.settings) + text
    times = f"{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}"
    return "".join(f"{line}\n" for line in (str(number), times, text) if line)


def _transcript(cue: Cue) -> str:
    return _spoken(cue).replace("\n", " ").strip()


def _spoken(cue: Cue) -> str:
    text, speaker = tidy(_newlines(cue.text)), _one_line(cue.speaker or "")
    return f"{speaker}: {text}" if speaker and text else text


def _clock(ms: int, mark: str) -> str:
    seconds, rest = divmod(max(0, ms), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{mark}{rest:03d}"


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _one_line(text: str) -> str:
    return " ".join(printable(_newlines(text)).split())


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
