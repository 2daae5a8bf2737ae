"""The course of sound in a bounded number of buckets, whatever its length. Pure numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from fractions import Fraction

    from mediacatalog.media.loudness import Doubles, Floats

MOST: Final = 4000  # buckets


class Course:
    """Takes peaks and energies at times; halves its resolution whenever it is full."""

    def __init__(self, finest: Fraction) -> None:
        self.seconds = finest
        """The length of a bucket."""
        self._peaks = np.zeros(MOST)
        self._energy = np.zeros(MOST)
        self._weight = np.zeros(MOST)
        self._used = 0

    def add(self, start: float, step: float, peaks: Floats, energies: Floats) -> None:
        """Values of equal lengths of sound: the first at `start`, then every `step` seconds.

        Times count from the beginning of the sound and never are negative.
        """
        if not len(peaks):
            return
        last = start + step * (len(peaks) - 1)
        while last >= MOST * float(self.seconds):
            self._halve()
        at = ((start + step * np.arange(len(peaks))) / float(self.seconds)).astype(np.int64)
        first = np.flatnonzero(np.diff(at, prepend=-1))
        buckets = at[first]
        self._peaks[buckets] = np.maximum(self._peaks[buckets], np.maximum.reduceat(peaks, first))
        self._energy[buckets] += np.add.reduceat(energies, first, dtype=np.float64)
        self._weight[buckets] += np.diff(first, append=len(at))
        self._used = max(self._used, int(at[-1]) + 1)

    def _halve(self) -> None:
        self._peaks = _paired(self._peaks.reshape(-1, 2).max(axis=1))
        self._energy = _paired(self._energy.reshape(-1, 2).sum(axis=1))
        self._weight = _paired(self._weight.reshape(-1, 2).sum(axis=1))
        self._used = (self._used + 1) // 2
        self.seconds *= 2

    def finish(self) -> tuple[bytes, bytes]:
        """Peaks and root mean squares, 255 × √(value) each, a byte a bucket."""
        rms = np.sqrt(self._energy / np.maximum(self._weight, 1))
        return _bytes(self._peaks[: self._used]), _bytes(rms[: self._used])


def _paired(half: Doubles) -> Doubles:
    return np.concatenate([half, np.zeros(MOST - len(half))])


def _bytes(values: Doubles) -> bytes:
    return np.clip(np.round(255 * np.sqrt(values)), 0, 255).astype(np.uint8).tobytes()
