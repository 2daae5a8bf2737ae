"""Silence, against full scale and against the recording's own noise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mediacatalog.media.loudness import Doubles, Floats
    from mediacatalog.media.samples import Run

Codes: TypeAlias = "NDArray[np.uint8]"

SILENCE_DBFS: Final = -60.0
LOUDEST_SILENCE_DBFS: Final = -45.0
"""Where a recording's own noise is louder than -60 dBFS, silence is what is at most 6 dB above it,
up to this, and only if the loud parts are far above: steady noise is no silence."""
_FAR = 36.0  # dB between the quietest and the loudest tenth
_ABOVE = 6.0
_NOTHING = 255  # the code of digital silence
_MOST_RUNS = 20_000
_MOST_LEVELS = 36_000_000  # 100 hours


@dataclass
class Levels:
    """A byte for every 10 ms: half dB below full scale, of the loudest channel.

    It is half the way from the lowest to the highest sample: an offset (DC) is no sound.
    """

    _runs: list[tuple[Run, int, bytearray]] = field(default_factory=list)
    _held: int = 0
    _counts: Doubles = field(default_factory=lambda: np.zeros(256))

    def add(self, run: Run, step: int, levels: Floats) -> None:
        """The next levels of a run, each of `step` samples."""
        if not self._runs or self._runs[-1][0] is not run:
            if len(self._runs) >= _MOST_RUNS:
                return
            self._runs.append((run, step, bytearray()))
        room = _MOST_LEVELS - self._held
        dbfs = 20 * np.log10(np.maximum(levels, np.float32(1e-9)))
        codes = np.clip(np.round(-2 * dbfs), 0, _NOTHING).astype(np.uint8)[:room]
        self._runs[-1][2].extend(codes.tobytes())
        self._held += len(codes)
        self._counts += np.bincount(codes, minlength=256)

    def threshold(self) -> float:
        """In dBFS; what lies below it is silence."""
        sounding = self._counts[:_NOTHING]
        if not sounding.sum():
            return SILENCE_DBFS
        louder = np.cumsum(sounding) / sounding.sum()
        loud, floor = (-float(np.searchsorted(louder, part)) / 2 for part in (0.1, 0.9))
        if loud - floor < _FAR:
            return SILENCE_DBFS
        return max(SILENCE_DBFS, min(floor + _ABOVE, LOUDEST_SILENCE_DBFS))

    def silent(self, threshold: float, apart: int) -> list[tuple[int, int]]:
        """All spans below a level, in order; one may go on in a run less than `apart` later."""
        found: list[tuple[int, int]] = []
        for run, step, levels in self._runs:
            quiet = np.frombuffer(levels, np.uint8) > -2 * threshold
            for first, after in np.transpose(runs_of(quiet)).tolist():
                start, end = run.at(first * step), min(run.end, run.at(after * step))
                if found and first == 0 and start - found[-1][1] <= apart:
                    found[-1] = (found[-1][0], max(end, found[-1][1]))
                else:
                    found.append((start, end))
        return found


def runs_of(mask: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where a mask is true: the first of each run, and what follows its last."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return edges[::2], edges[1::2]
