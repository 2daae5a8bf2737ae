"""Text captions inside a master, taken out by ffmpeg in one run as bytes of a known format."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import ffmpeg

from mediacatalog.errors import UnreadableMediaError
from mediacatalog.media import runner

if TYPE_CHECKING:
    from mediacatalog.values import Probe, SubtitleFacts

LIMITS = runner.Limits(wall_seconds=1800, cpu_seconds=900, file_bytes=64 * 2**20)
MAX_STREAMS = 64
FORMATS = {"ass": "ass", "ssa": "ass", "webvtt": "webvtt"}
"""Codec to the format that keeps it as it is; every other text codec becomes SRT."""


@dataclass(frozen=True, slots=True)
class RawTrack:
    """One stream's text, as a file of `format` (`srt`, `ass`, `webvtt`) would hold it."""

    index: int
    codec: str
    language: str | None
    kind: str
    title: str | None
    format: str
    data: bytes


def text_streams(path: Path, probe: Probe) -> list[RawTrack]:
    """Every text caption stream, in order; pictures of text are left out. Empty if there is none.

    Raises UnreadableMediaError with what ffmpeg said if it gave none of them.
    """
    wanted = [one for one in probe.subtitles if one.text and one.codec != "ttml"][:MAX_STREAMS]
    if not wanted:
        return []
    with tempfile.TemporaryDirectory() as folder:
        files = {one.index: Path(folder) / f"{one.index}.{_format(one)}" for one in wanted}
        source = ffmpeg.input(runner.file_url(path))
        outputs = [
            ffmpeg.output(
                source[str(one.index)],
                runner.file_url(files[one.index]),
                format=_format(one),
                **{"c:s": "copy" if _format(one) == one.codec else _format(one)},
            )
            for one in wanted
        ]
        arguments = ffmpeg.merge_outputs(*outputs).get_args()
        done = runner.run("ffmpeg", [*runner.input_options("ffmpeg"), *arguments], limits=LIMITS)
        found = [
            RawTrack(
                one.index,
                one.codec,
                one.language,
                one.kind,
                one.title,
                _format(one),
                files[one.index].read_bytes(),
            )
            for one in wanted
            if files[one.index].is_file()
        ]
    if not found:
        raise UnreadableMediaError(path, f"ffmpeg: {done.reason}")
    return found


def _format(one: SubtitleFacts) -> str:
    return FORMATS.get(one.codec, "srt")
