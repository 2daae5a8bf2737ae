"""What is heard in a clip: frozen values, beside those of `values`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Channel:
    name: str
    """As FFmpeg calls it: `FL`, `FR`, `FC`, `LFE`…"""
    peak_dbfs: float | None
    """Of its largest sample; None if all are zero."""
    rms_dbfs: float | None
    dead: bool
    """Silent throughout while another channel isn't; never an LFE."""


@dataclass(frozen=True, slots=True)
class Waveform:
    """The course of the sound, all channels in one: at most 4,000 buckets of equal length.

    Bucket n begins n × `seconds` after the sound does. One byte a bucket: 255 × √(value), of the
    largest absolute value and of the root mean square; the root keeps quiet sound visible.
    """

    seconds: Fraction
    peaks: bytes = field(repr=False)
    rms: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sound:
    """What the decoded sound of one audio stream gives. PTS are in its own `time_base`."""

    stream: int
    """Index in the file."""
    time_base: Fraction
    start_pts: int
    end_pts: int
    offset_ms: float
    """When it begins, on the clip's own zero; below zero if before the first picture."""
    sample_rate: int
    layout: str
    """FFmpeg's name of the channels: `stereo`, `5.1(side)`."""
    channels: tuple[Channel, ...]
    integrated_lufs: float | None
    """Gated loudness (ITU-R BS.1770-4, EBU R 128); None if all is below -70 LUFS or 0.4 s."""
    range_lu: float | None
    """Loudness range (EBU Tech 3342); None below three seconds."""
    momentary_lufs: float | None
    """The loudest 400 ms."""
    short_term_lufs: float | None
    """The loudest three seconds."""
    true_peak_dbtp: float | None
    """At four times the rate (BS.1770-4, annex 2); None if all samples are zero."""
    clipped_samples: int
    silence_dbfs: float
    """What lies below it is silence; higher than -60 where the file's own noise is."""
    waveform: Waveform
