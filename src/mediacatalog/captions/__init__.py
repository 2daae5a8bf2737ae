"""Captions: from the bytes of a file to cues, and from cues to a file.

A new format is one module with `sniff` and `read`, and one line in `READERS`, or in `BYTE_READERS`
where it isn't a text.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from mediacatalog.captions import (
    ass,
    dtvcc,
    lrc,
    microdvd,
    mpl2,
    sami,
    sbv,
    scc,
    speech_json,
    srt,
    srv,
    stl,
    telemetry,
    transcript,
    ttml,
    webvtt,
)
from mediacatalog.captions.encodings import Decoded, decode, decode_as
from mediacatalog.captions.gathering import MAX_BYTES, Gathering, moved
from mediacatalog.captions.provenance import label as label_of
from mediacatalog.captions.provenance import labelled, made_by, without_label
from mediacatalog.captions.sidecars import Named, Sidecar, beside, named_by
from mediacatalog.captions.speech import tells_sounds
from mediacatalog.captions.webvtt_settings import without_region
from mediacatalog.captions.writing import To, write
from mediacatalog.errors import TelemetryNotCaptionsError, UnknownCaptionFormatError
from mediacatalog.text import script
from mediacatalog.text.languages import bcp47
from mediacatalog.values import Ms, Track

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from fractions import Fraction

    from mediacatalog.values import Cue, Region

__all__ = [
    "BYTE_READERS",
    "READERS",
    "Named",
    "Reader",
    "Sidecar",
    "To",
    "as_json",
    "beside",
    "cue_as_json",
    "export",
    "in_place",
    "label_of",
    "on_the_clip",
    "read",
    "repeated",
    "write",
]


@dataclass(frozen=True, slots=True)
class Reader:
    sniff: Callable[[str], bool]
    """Whether the file begins as this format does."""
    sniff_loosely: Callable[[str], bool]
    """Whether something in it can be saved; asked when the name doesn't say otherwise."""
    read: Callable[[str], Gathering]
    suffixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ByteReader:
    sniff: Callable[[bytes], bool]
    read: Callable[[bytes, str | None], Gathering]
    """With the encoding that a person chose, instead of the one that the file names."""
    suffixes: tuple[str, ...]


BYTE_READERS: Mapping[str, ByteReader] = {"stl": ByteReader(stl.sniff, stl.read, (".stl",))}
READERS: Mapping[str, Reader] = {
    "webvtt": Reader(webvtt.sniff, webvtt.sniff_loosely, webvtt.read, (".vtt", ".webvtt")),
    "ass": Reader(ass.sniff, ass.sniff_loosely, ass.read, (".ass", ".ssa")),
    "ttml": Reader(ttml.sniff, ttml.sniff_loosely, ttml.read, (".ttml", ".dfxp", ".itt", ".xml")),
    "sami": Reader(sami.sniff, sami.sniff_loosely, sami.read, (".smi", ".sami")),
    "scc": Reader(scc.sniff, scc.sniff_loosely, scc.read, (".scc",)),
    "srv": Reader(srv.sniff, srv.sniff_loosely, srv.read, (".srv1", ".srv2", ".srv3")),
    "speech-json": Reader(
        speech_json.sniff, speech_json.sniff_loosely, speech_json.read, (".json", ".json3")
    ),
    "cea-708": Reader(dtvcc.sniff, dtvcc.sniff_loosely, dtvcc.read, ()),
    "lrc": Reader(lrc.sniff, lrc.sniff_loosely, lrc.read, (".lrc",)),
    "sbv": Reader(sbv.sniff, sbv.sniff_loosely, sbv.read, (".sbv", ".sub")),
    "microdvd": Reader(microdvd.sniff, microdvd.sniff_loosely, microdvd.read, (".sub",)),
    "mpl2": Reader(mpl2.sniff, mpl2.sniff_loosely, mpl2.read, (".mpl",)),
    "srt": Reader(srt.sniff, srt.sniff_loosely, srt.read, (".srt",)),
    "transcript": Reader(transcript.sniff, transcript.sniff, transcript.read, (".txt",)),
}

_WORDS = re.compile(r"\w+")


def read(
    data: bytes,
    *,
    name: str = "",
    encoding: str | None = None,
    language: str | None = None,
    frame_rate: Fraction | None = None,
) -> Track:
    """Cues in order of start; every cue that can be saved is, and the rest is a problem.

    The content decides on the format before the suffix of `name` does. `language` (BCP 47) is what
    a person or a container says, and helps to find the encoding; without it the file's header, its
    name or its words tell the language. `frame_rate` is the clip's, for formats that count frames.

    Raises UnknownCaptionFormatError, and of it TelemetryNotCaptionsError for a drone's log.
    """
    title = name or "captions"
    if len(data) > MAX_BYTES:
        raise UnknownCaptionFormatError(title, f"larger than {MAX_BYTES // 2**20} MiB")
    stem, suffix = PurePath(name).stem, PurePath(name).suffix.lower()
    named = named_by(stem.partition(".")[2])
    found = next((one for one in BYTE_READERS if BYTE_READERS[one].sniff(data)), None)
    if found:
        chosen = _text(title, b"", encoding, None).encoding if encoding else None
        format_name, gathering = found, BYTE_READERS[found].read(data, chosen)
        decoded = Decoded("", gathering.encoding or "", 1.0)
    else:
        decoded = _text(title, data, encoding, language or named.language)
        format_name, gathering = _gathered(title, decoded.text, suffix, frame_rate)
    cues = without_label(sorted(gathering.cues, key=lambda cue: cue.start_ms))
    inside = bcp47(gathering.language) if gathering.language else None
    maker, model = made_by(decoded.text)
    words = "\n".join(cue.text for cue in cues[:500])
    track = Track(
        format=format_name,
        encoding=decoded.encoding,
        encoding_confidence=decoded.confidence,
        language=language or inside or named.language or script.language_of(words),
        kind=gathering.kind or "caption",
        cues=cues,
        problems=(*decoded.problems, *gathering.problems),
        regions=tuple(gathering.regions),
        script=script.script_of(words),
        sdh=tells_sounds(cues),
        made_by=maker,
        model=model,
        programme_start_ms=Ms(gathering.programme_start_ms),
    )
    return named.tell(track)


def on_the_clip(track: Track) -> Track:
    """The track on the clock of its clip: a programme that starts at ten o'clock starts at zero.

    Only if all of its cues are on that clock; else it is left as it is.
    """
    start = track.programme_start_ms
    if not start or any(cue.start_ms < start for cue in track.cues):
        return track
    return replace(earlier(track, start), programme_start_ms=Ms(0))


def earlier(track: Track, by_ms: int) -> Track:
    """The same track, with cues that begin so much earlier; nothing begins before zero."""
    if not by_ms:
        return track
    return replace(track, cues=tuple(moved(cue, -by_ms) for cue in track.cues))


def repeated(tracks: Sequence[Track]) -> set[int]:
    """Numbers of the CEA-608 tracks whose words a CEA-708 service of the same file has, too.

    Broadcasters send both; the newer one has the better letters.
    """
    newer = [_words(track) for track in tracks if track.format == "cea-708"]
    return {
        number
        for number, track in enumerate(tracks)
        if track.format == "scc" and any(_alike(_words(track), one) for one in newer)
    }


def _words(track: Track) -> Counter[str]:
    return Counter(_WORDS.findall("\n".join(cue.text for cue in track.cues).lower()))


def _alike(one: Counter[str], other: Counter[str]) -> bool:
    return (one & other).total() * 10 >= 8 * max(one.total(), other.total(), 1)


def in_place(cues: Sequence[Cue], regions: Sequence[Region]) -> list[Cue]:
    """The cues with the places of their regions as their own, for players without regions."""
    known = {one.id: one for one in regions}
    return [
        replace(cue, settings=without_region(cue.settings, known)) if cue.settings else cue
        for cue in cues
    ]


def export(cues: Sequence[Cue], to: To, *, regions: Sequence[Region] = (), label: str = "") -> str:
    """The whole file as text; `label` (`provenance.label`) says in it that a machine made it.

    WebVTT has notes for that. In the others a first cue of one millisecond says it, which `read`
    takes out again.
    """
    if not label:
        return write(cues, to, regions)
    if to == "webvtt":
        note = label.replace("-->", "->")
        written = write(cues, to, regions)
        return written.replace("WEBVTT\n", f"WEBVTT\n\nNOTE {note}\n", 1)
    return write(labelled(cues, label), to)


def cue_as_json(cue: Cue) -> dict[str, object]:
    """`words`, where the file tells when each is spoken, has places in the text and times."""
    document: dict[str, object] = {
        "start_ms": cue.start_ms,
        "end_ms": cue.end_ms,
        "text": cue.text,
        "id": cue.id,
        "speaker": cue.speaker,
        "settings": cue.settings,
    }
    if cue.words:
        document["words"] = [{"at": at, "ms": ms} for at, ms in cue.words]
    return document


def as_json(track: Track) -> dict[str, object]:
    """What `mediacatalog captions FILE` prints."""
    cues = [cue_as_json(cue) for cue in track.cues]
    return {
        "format": track.format,
        "encoding": track.encoding,
        "encoding_confidence": track.encoding_confidence,
        "language": track.language,
        "kind": track.kind,
        **({"label": label_of(track.made_by, track.model)} if track.made_by != "human" else {}),
        "cues": cues,
        "problems": [asdict(one) for one in track.problems],
    }


def _gathered(
    title: str, raw: str, suffix: str, frame_rate: Fraction | None
) -> tuple[str, Gathering]:
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip(" \t\n\x00\ufeff"):
        raise UnknownCaptionFormatError(title, "the file is empty")
    format_name = _format(title, text, suffix)
    if format_name == "microdvd":
        return format_name, microdvd.read(text, frame_rate)
    if format_name == "srt":
        # CR CR LF comes from files that were converted twice: one end of a line, not two.
        text = raw.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    gathering = READERS[format_name].read(text)
    if format_name == "srt" and telemetry.recognised(gathering.cues):
        raise TelemetryNotCaptionsError(title, "telemetry of a drone, not captions")
    return format_name, gathering


def _text(title: str, data: bytes, encoding: str | None, language: str | None) -> Decoded:
    if not encoding:
        return decode(data, language=language)
    try:
        return decode_as(data, encoding)
    except LookupError as error:
        raise UnknownCaptionFormatError(title, f"no encoding is called {encoding!r}") from error


def _format(title: str, text: str, suffix: str) -> str:
    for name, reader in READERS.items():
        if reader.sniff(text):
            return name
    named = [name for name, reader in READERS.items() if suffix in reader.suffixes]
    for name in (*named, *READERS):
        if READERS[name].sniff_loosely(text):
            return name
    if named == ["webvtt"]:
        raise UnknownCaptionFormatError(title, "not WebVTT: it doesn't begin with WEBVTT")
    raise UnknownCaptionFormatError(title, "no captions of a known format in it")
