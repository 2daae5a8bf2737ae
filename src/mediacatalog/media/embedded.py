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
    from collections.abc import Sequence

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

    @property
    def key(self) -> str:
        """Its name among the tracks of its file; a stream of closed captions has several."""
        closed = self.codec in {"eia_608", "cea_708"}
        return f"stream {self.index}" + (f" {self.title}" if closed else "")


def text_streams(path: Path, probe: Probe) -> list[RawTrack]:
    """Every text caption stream, in order; pictures of text and empty streams are left out.

    One run reads them all. When it fails, each stream is tried alone, so that a damaged one doesn't
    take the others with it. Raises UnreadableMediaError with what ffmpeg said if none can be read.
    """
    wanted = [one for one in probe.subtitles if one.text and one.codec not in {"ttml", "eia_608"}][
        :MAX_STREAMS
    ]
    if not wanted:
        return []
    found, failure = _extracted(path, wanted)
    if failure and len(wanted) > 1:
        singly = [_extracted(path, [one]) for one in wanted]
        found = [track for tracks, failed in singly if not failed for track in tracks]
        failure = "" if any(not failed for _, failed in singly) else failure
    if failure:
        raise UnreadableMediaError(path, f"ffmpeg: {failure}")
    return found


def _extracted(path: Path, wanted: Sequence[SubtitleFacts]) -> tuple[list[RawTrack], str]:
    """Tracks of one run of ffmpeg, and what it said if it failed."""
    with tempfile.TemporaryDirectory() as folder:
        files = {one.index: Path(folder) / f"{one.index}.{_format(one)}" for one in wanted}
        source = ffmpeg.input(runner.STAND_IN)
        outputs = [
            ffmpeg.output(
                source[str(one.index)],
                runner.file_url(files[one.index]),
                format=_format(one),
                **{"c:s": "copy" if _format(one) == one.codec else _format(one)},
            )
            for one in wanted
        ]
        arguments = runner.named(ffmpeg.merge_outputs(*outputs).get_args(), path)
        done = runner.run(
            "ffmpeg",
            [*runner.input_options("ffmpeg"), *arguments],
            reads=[path],
            writes=Path(folder),
            limits=LIMITS,
        )
        if done.returncode:
            return [], done.reason
        return [
            RawTrack(
                index=one.index,
                codec=one.codec,
                language=one.language,
                kind=one.kind,
                title=one.title,
                format=_format(one),
                data=data,
            )
            for one in wanted
            if (data := files[one.index].read_bytes())
        ], ""


def _format(one: SubtitleFacts) -> str:
    return FORMATS.get(one.codec, "srt")
