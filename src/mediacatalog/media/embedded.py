"""Text captions inside a master, taken out by ffmpeg in one run as bytes of a known format."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import ffmpeg

from mediacatalog.errors import UnreadableMediaError
from mediacatalog.media import runner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mediacatalog.values import Probe, SubtitleFacts

LIMITS = runner.Limits(wall_seconds=1800, cpu_seconds=900, file_bytes=64 * 2**20)
MAX_STREAMS = 64
_FROM_ZERO = "noise=drop='lt(pts,0)*lte(pts+d,0)'"
"""A filter that leaves out what ends before zero."""
_BELOW_ZERO = {
    "srt": (re.compile(rb"^[\d:,]*-[\d:,-]*(?= --> )", re.MULTILINE), b"00:00:00,000"),
    "webvtt": (re.compile(rb"^[\d:.]*-[\d:.-]*(?= --> )", re.MULTILINE), b"00:00.000"),
    "ass": (re.compile(rb"(?<=^Dialogue: .,)[\d:.]*-[\d:.-]*", re.MULTILINE), b"0:00:00.00"),
}
"""Where ffmpeg writes that a cue begins before zero, and what stands there instead."""
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


def text_streams(
    path: Path,
    probe: Probe,
    zero: Fraction = Fraction(0),
    leads: Mapping[int, Fraction] | None = None,
) -> list[RawTrack]:
    """Every text caption stream, in order; pictures of text and empty streams are left out.

    Times count from `zero`, in seconds of the file's stamps; nothing begins before. `leads` are
    those of the edit lists, if any, which ffmpeg then leaves alone (`iso_text.leads`). One run
    reads them all. When it fails, each stream is tried alone, so that a damaged one doesn't take
    the others with it. Raises UnreadableMediaError with what ffmpeg said if none can be read.
    """
    wanted = [one for one in probe.subtitles if one.text and one.codec not in {"ttml", "eia_608"}][
        :MAX_STREAMS
    ]
    if not wanted:
        return []
    begins: dict[Fraction, list[SubtitleFacts]] = {}
    for one in wanted:
        begins.setdefault(zero + (leads or {}).get(one.index, 0), []).append(one)
    runs = [
        _extracted(path, some, seconds, unedited=leads is not None)
        for seconds, some in begins.items()
    ]
    if len(wanted) > 1 and any(failure for _, failure in runs):
        runs = [
            _extracted(path, [one], seconds, unedited=leads is not None)
            for seconds, some in begins.items()
            for one in some
        ]
    found = sorted((one for tracks, _ in runs for one in tracks), key=lambda one: one.index)
    failure = next((failure for _, failure in runs if failure), "")
    if failure and all(failed for _, failed in runs):
        raise UnreadableMediaError(path, f"ffmpeg: {failure}")
    return found


def _extracted(
    path: Path,
    wanted: Sequence[SubtitleFacts],
    zero: Fraction,
    *,
    unedited: bool,
) -> tuple[list[RawTrack], str]:
    """Tracks of one run of ffmpeg, and what it said if it failed."""
    with tempfile.TemporaryDirectory() as folder:
        files = {one.index: Path(folder) / f"{one.index}.{_format(one)}" for one in wanted}
        begun = {"copyts": None, "itsoffset": f"{float(-zero):.6f}"}
        edits = {"ignore_editlist": 1} if unedited else {}
        source = ffmpeg.input(runner.STAND_IN, **begun, **edits)
        outputs = [
            ffmpeg.output(
                source[str(one.index)],
                runner.file_url(files[one.index]),
                format=_format(one),
                **{
                    "c:s": "copy" if _format(one) == one.codec else _format(one),
                    "bsf:s": _FROM_ZERO,
                    "avoid_negative_ts": "disabled",  # else one moves all the others
                },
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
                data=_from_zero(_format(one), data),
            )
            for one in wanted
            if (data := files[one.index].read_bytes())
        ], ""


def _from_zero(kind: str, data: bytes) -> bytes:
    """What begins before zero begins there."""
    below, zero = _BELOW_ZERO[kind]
    return below.sub(zero, data)


def _format(one: SubtitleFacts) -> str:
    return FORMATS.get(one.codec, "srt")
