"""Whether a machine made the words of a caption file, by what the file itself says of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mediacatalog.values import Cue, Ms

if TYPE_CHECKING:
    from collections.abc import Sequence

LABELS = {"machine": "Machine-made text", "translation": "Machine translation"}
"""What stands in every export of such a track, and is known again when it is read."""

_OWN = re.compile(rf"\b({'|'.join(LABELS.values())})(?:: ([^\n\]]{{1,100}}))?")
_TIMED_WORDS = re.compile(r"<\d\d:\d\d:\d\d\.\d{3}><c>")
_KIND = re.compile(r"\AWEBVTT[^\n]*\nKind: captions\n")
_CONFIDENCE = re.compile(
    r"^NOTE (?:Confidence:|recognizability:|\{\"confidence)", re.MULTILINE | re.IGNORECASE
)
_TOOLS = (
    "OpenAI Whisper|faster-whisper|whisper\\.cpp|WhisperX|Whisper|Vosk|DeepSpeech|Deepgram|"
    "AssemblyAI|Amazon Transcribe|Azure Speech|Google Speech-to-Text|Otter\\.ai|otter\\.ai|Sonix|"
    "Trint|Happy Scribe|Descript|TurboScribe(?:\\.ai)?|Speechmatics|Rev AI|NVIDIA NeMo|Kaldi"
)
_BY_TOOL = re.compile(
    rf"\b(?:generated|transcribed|created|made|produced|captioned|transcript(?:ion)?)"
    rf"(?: provided)? (?:by|with|using) (?:https?://)?(?:www\.)?({_TOOLS})\b",
    re.IGNORECASE,
)
_SIGNED = r"^(?:NOTE[ \n]|WEBVTT|[;{\[(*<])[^\n]{0,60}?\b"
"""What begins a line that isn't speech: spoken words about machines are no signature."""
_TRANSLATED = re.compile(
    rf"{_SIGNED}(?:machine[- ]translated|automatically translated|auto-translated)\b"
    r"|\btranslated (?:by|with|using) (Google Translate|DeepL|Bing|Yandex|ChatGPT)",
    re.IGNORECASE | re.MULTILINE,
)
_AUTOMATIC = re.compile(
    rf"{_SIGNED}(?:auto-?generated|automatically (?:generated|transcribed)"
    r"|machine[- ](?:generated|made)"
    r"|automatic (?:captions|subtitles|transcription|speech recognition))\b",
    re.IGNORECASE | re.MULTILINE,
)
_YOUTUBE_JSON = re.compile(r"\"acAsrConf\"|<s [^>]{0,80}\bac=\"")
"""How sure the machine was, in json3 and srv3."""
_WHISPER_JSON = re.compile(r"\"(?:avg_logprob|no_speech_prob|compression_ratio|systeminfo)\"")
_DATA = 20_000
_HEAD, _TAIL = 4000, 1000
"""Characters of the file in which its makers sign."""


def made_by(text: str) -> tuple[str, str]:
    """(`human`, `machine` or `translation`; the program, if it is named) of a file's whole text.

    `human` also stands for a file that says nothing. Signs are YouTube's timed words, confidences
    in notes, the signatures of transcription programs, and the labels of our own exports.
    """
    signed = text[:_HEAD] + "\n" + text[_HEAD:][-_TAIL:]
    if own := _OWN.search(signed):
        kind = next(name for name, label in LABELS.items() if label == own[1])
        return kind, (own[2] or "").strip()
    if translated := _TRANSLATED.search(signed):
        return "translation", translated[1] or ""
    if tool := _BY_TOOL.search(signed):
        return "machine", tool[1]
    if program := _by_its_form(text):
        return "machine", program
    if _CONFIDENCE.search(signed) or _AUTOMATIC.search(signed):
        return "machine", ""
    return "human", ""


def _by_its_form(text: str) -> str:
    """The program that alone writes files like this one; empty for any other."""
    head = text[:_DATA]
    if head[:1] == "{" and _WHISPER_JSON.search(head):
        return "Whisper"
    as_data = head[:1] in {"{", "<"} and _YOUTUBE_JSON.search(head)
    as_captions = _KIND.match(head) and _TIMED_WORDS.search(head)
    return "YouTube automatic captions" if as_data or as_captions else ""


def label(made: str, model: str) -> str:
    """`Machine-made text: Whisper`; empty for what people wrote."""
    if made not in LABELS:
        return ""
    return f"{LABELS[made]}: {model}" if model else LABELS[made]


def labelled(cues: Sequence[Cue], said: str) -> tuple[Cue, ...]:
    """With a first cue, too short to be seen in a player, that holds the label."""
    return (Cue(Ms(0), Ms(1), f"[{said}]"), *cues)


def without_label(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """The cues without that one."""
    is_label = bool(cues) and cues[0].end_ms <= 1 and _OWN.match(cues[0].text.lstrip("["))
    return tuple(cues[1:] if is_label else cues)
