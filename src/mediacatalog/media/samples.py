"""Decoded frames of sound as plain numbers, and the stretches of even sound that they make up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from av.audio.frame import AudioFrame

    from mediacatalog.media.loudness import Floats

MOST_CHANNELS: Final = 64
_MOST_RATE = 1_000_000
_LOUDEST = np.float32(64)  # a float sample beyond it is a fault, and no sound

_KINDS: Final[dict[str, tuple[type[np.generic], float, float]]] = {
    # Sample format: type, its zero, its full scale.
    "u8": (np.uint8, 128.0, 128.0),
    "s16": (np.int16, 0.0, 2.0**15),
    "s32": (np.int32, 0.0, 2.0**31),
    "s64": (np.int64, 0.0, 2.0**63),
    "flt": (np.float32, 0.0, 1.0),
    "dbl": (np.float64, 0.0, 1.0),
}


_UNNAMED: Final = {"1 channels": "mono", "2 channels": "stereo"}
"""What players take for granted of files that don't say what their channels are."""
_NAMES: Final = {"mono": ("FC",), "stereo": ("FL", "FR")}


class Form(NamedTuple):
    """What must be the same for frames to be joined."""

    rate: int
    format: str
    layout: str
    channels: int

    @classmethod
    def of(cls, frame: AudioFrame) -> Form:
        layout = frame.layout
        count = layout.nb_channels
        name = _UNNAMED.get(layout.name, layout.name)
        return cls(frame.sample_rate, frame.format.name, name, count)

    def names(self, frame: AudioFrame) -> list[str]:
        """Of the channels that are looked at, by one of the frames; numbers if they have none."""
        told = _NAMES.get(self.layout) or [one.name for one in frame.layout.channels]
        shown = min(self.channels, MOST_CHANNELS)
        return [*told[:shown], *(str(n + 1) for n in range(len(told), shown))]

    @property
    def kind(self) -> str:
        """Of its samples, whether they lie channel by channel or not: `s16`, `flt`."""
        return self.format.removesuffix("p")

    @property
    def sane(self) -> bool:
        return self.kind in _KINDS and self.channels > 0 and 0 < self.rate <= _MOST_RATE

    @property
    def rail(self) -> float:
        """The value that a clipped sample has or exceeds."""
        return 127 / 128 if self.kind == "u8" else 32767 / 32768

    def __str__(self) -> str:
        return f"{self.layout} at {self.rate} Hz"


def joined(frames: Sequence[AudioFrame], form: Form) -> Floats:
    """(channels, samples), full scale at 1; no value is infinite or not a number."""
    kind, zero, scale = _KINDS[form.kind]
    planes = [(frame.planes, frame.samples) for frame in frames]
    shown = min(form.channels, MOST_CHANNELS)
    # PyAV's planes speak the buffer protocol; its stubs don't say so.
    if form.format.endswith("p"):
        raw = np.stack(
            [
                np.concatenate([np.frombuffer(cast("bytes", p[n]), kind, c) for p, c in planes])
                for n in range(shown)
            ]
        )
    else:
        every = form.channels
        packed = np.concatenate(
            [np.frombuffer(cast("bytes", p[0]), kind, c * every) for p, c in planes]
        )
        raw = packed.reshape(-1, every).T[:shown]
    with np.errstate(over="ignore", invalid="ignore"):
        values = raw.astype(np.float32, order="C")
        if zero:
            values -= np.float32(zero)
        if scale != 1.0:
            values *= np.float32(1 / scale)
        elif not np.abs(values).max() <= _LOUDEST:
            values = np.clip(np.nan_to_num(values, nan=0.0), -_LOUDEST, _LOUDEST)
    return values


@dataclass
class Run:
    """Sound of one form without a hole. `received` and `done` count its samples."""

    form: Form
    start: int
    ticks: Fraction
    """Of the stream's time base in a sample."""
    received: int = 0
    done: int = 0

    def at(self, sample: int) -> int:
        """The position of a sample, rounded half up."""
        over, under = sample * self.ticks.numerator, self.ticks.denominator
        return self.start + (2 * over + under) // (2 * under)

    @property
    def end(self) -> int:
        return self.at(self.received)
