"""How loud sound is: K-weighted energy, gated loudness, its range, true peak. Pure numpy.

Sources: ITU-R BS.1770-4 (filters, gating, true peak), EBU R 128, EBU Tech 3342 (loudness range).
"""

from __future__ import annotations

import functools
import math
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float32]"
Doubles: TypeAlias = "NDArray[np.float64]"

SLOWEST: Final = 8000
"""Samples a second below which loudness means nothing: the filter is one of 1.7 kHz."""
ABSOLUTE_GATE: Final = -70.0  # LUFS
_MOMENTARY = 4  # hops of 100 ms
_SHORT_TERM = 30
_MOST_HOPS = 3_600_000  # 100 hours

_INTERPOLATOR: Final = (
    # BS.1770-4, annex 2: four phases of an interpolator to four times the rate; the last two are
    # the first two backwards.
    (
        0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000, -0.0594482421875,
        0.1373291015625, 0.9721679687500, -0.1022949218750, 0.0476074218750, -0.0266113281250,
        0.0148925781250, -0.0083007812500,
    ),
    (
        -0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500,
        0.4650878906250, 0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625,
        0.0330810546875, -0.0189208984375,
    ),
)  # fmt: skip
TAPS: Final = len(_INTERPOLATOR[0])
_MOST_GAIN: Final = max(sum(abs(tap) for tap in phase) for phase in _INTERPOLATOR)
"""No value between samples is larger than the largest of the samples by more than this factor."""


# --- the grid -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Grid:
    """Whole numbers of samples that nest: units of about 1 ms, levels of about 10, hops of 100.

    A hop is as near to 100 ms as a whole number of units can be; most rates have an exact one.
    """

    rate: int
    unit: int
    level: int
    hop: int

    @classmethod
    @functools.lru_cache(maxsize=64)
    def of(cls, rate: int) -> Grid:
        grids = (
            cls(rate, unit, unit * part, unit * units)
            for unit in range(40 if rate >= SLOWEST else 1, 81)
            if (units := max(1, round(rate / 10 / unit)))
            for part in range(1, units + 1)
            if units % part == 0
        )
        return min(
            grids,
            key=lambda one: (abs(one.hop - rate / 10), abs(one.level - rate / 100), -one.unit),
        )


# --- weighting ------------------------------------------------------------------------------------


_Section: TypeAlias = tuple[Doubles, Doubles, Doubles, float]
"""How a filter's memory steps, what it takes from a sample, what it says, what passes at once."""


def _section(rate: int, hertz: float, q: float, over: tuple[float, float, float]) -> _Section:
    """`(over[0] s² + over[1] s/q + over[2]) / (s² + s/q + 1)` around a frequency, bilinear."""
    k = math.tan(math.pi * hertz / rate)
    flow = np.array([[-1 / q, -1.0], [1.0, 0.0]])
    inverse = np.linalg.inv(np.eye(2) - k * flow)
    said = np.array([(over[1] - over[0]) / q, over[2] - over[0]]) @ inverse
    taken = np.array([1.0, 0.0])
    step = inverse @ (np.eye(2) + k * flow)
    return step, 2 * k * inverse @ taken, said, over[0] + k * float(said @ taken)


def _k_weighting(rate: int) -> _Section:
    """The shelf and the high-pass of BS.1770-4, one after the other.

    The standard gives numbers for 48 kHz; these are the filters behind them, for any rate.
    """
    high, q, hertz = 10 ** (3.999843853973347 / 20), 0.5003270373238773, 38.13547087602444
    middle = high**0.4996667741545416
    shelf = _section(rate, 1681.974450955533, 0.7071752369554196, (high, middle, 1.0))
    # The standard's high-pass has 1, -2, 1 over what would need a little less.
    k = math.tan(math.pi * hertz / rate)
    gain = 1 + k / q + k * k
    low = _section(rate, hertz, q, (gain, 0.0, 0.0))
    step = np.block([[shelf[0], np.zeros((2, 2))], [np.outer(low[1], shelf[2]), low[0]]])
    taken = np.concatenate([shelf[1], low[1] * shelf[3]])
    return step, taken, np.concatenate([low[3] * shelf[2], low[2]]), low[3] * shelf[3]


class _Weighting:
    """The recursive filter, a block of samples at a time, as products of matrices.

    Within a block its answer is a triangular matrix times the samples plus a small matrix times
    the four numbers that the filter remembers; those pass from block to block by doubling steps.
    """

    def __init__(self, rate: int, block: int) -> None:
        step, taken, said, direct = _k_weighting(rate)
        # Balanced, so that single precision is enough: white noise makes all four equally large.
        reach, power = np.outer(taken, taken), step
        for _ in range(24):
            reach, power = reach + power @ reach @ power.T, power @ power
        balance = np.linalg.cholesky(reach)
        step = np.linalg.solve(balance, step @ balance)
        taken, said = np.linalg.solve(balance, taken), said @ balance
        powers = [np.linalg.matrix_power(step, n) for n in range(block)]
        answer = np.array([direct, *(float(said @ power @ taken) for power in powers[:-1])])
        late = np.subtract.outer(np.arange(block), np.arange(block)).T
        self._direct = np.where(late >= 0, answer[late], 0).astype(np.float32)
        self._remember = np.array([power @ taken for power in powers[::-1]], np.float32)
        self._recall = np.array([said @ power for power in powers], np.float32).T
        self._steps = [np.linalg.matrix_power(step, block).T]
        self._block = block

    def __call__(self, samples: Floats, memory: Doubles) -> tuple[Floats, Doubles]:
        """Weighted samples (channels, blocks, block) and what the filter now remembers."""
        blocks = samples.reshape(len(samples), -1, self._block)
        remembered = np.concatenate([memory[:, None], blocks @ self._remember], axis=1)
        reach, n = 1, 0
        while reach < remembered.shape[1]:
            if n == len(self._steps):
                self._steps.append(self._steps[-1] @ self._steps[-1])
            remembered[:, reach:] += remembered[:, :-reach] @ self._steps[n]
            reach, n = 2 * reach, n + 1
        remembered[np.abs(remembered) < 1e-12] = 0  # numbers that fade out are slow
        weighted = blocks @ self._direct
        weighted += remembered[:, :-1].astype(np.float32) @ self._recall
        return weighted, remembered[:, -1]


class Meter:
    """Energy of every hop, of sound of one rate and one layout."""

    def __init__(self, grid: Grid, weights: Doubles) -> None:
        self._grid, self._weights = grid, weights
        self._weighting = _Weighting(grid.rate, grid.unit)
        self._memory = np.zeros((len(weights), 4))

    def add(self, samples: Floats) -> Doubles:
        """Mean squares of whole hops of (channels, samples), weighted and summed over channels."""
        weighted, self._memory = self._weighting(samples, self._memory)
        squares = np.einsum("cbs,cbs->cb", weighted, weighted, dtype=np.float32)
        hops = squares.reshape(len(squares), -1, self._grid.hop // self._grid.unit)
        sums: Doubles = self._weights @ hops.sum(axis=2, dtype=np.float64)
        return sums / self._grid.hop


# --- gating ---------------------------------------------------------------------------------------


@dataclass
class Program:
    """Energies of all hops of a clip, in order, and what follows from them."""

    energies: array[float] = field(default_factory=lambda: array("d"))

    def add(self, hops: Doubles) -> None:
        room = _MOST_HOPS - len(self.energies)
        self.energies.frombytes(hops[: max(0, room)].tobytes())

    def _windows(self, hops: int) -> Doubles:
        """Mean energies of all windows of so many hops, one for each hop that ends one."""
        energies = np.frombuffer(self.energies, np.float64)
        if len(energies) < hops:
            return np.empty(0)
        sums = np.concatenate([[0.0], np.cumsum(energies)])
        means: Doubles = np.maximum(sums[hops:] - sums[:-hops], 0) / hops
        return means

    def integrated(self) -> float | None:
        """LUFS; None if nothing is as loud as the absolute gate, or the clip is below 0.4 s."""
        windows = self._windows(_MOMENTARY)
        loud = windows[windows > _energy(ABSOLUTE_GATE)]
        if not len(loud):
            return None
        return _lufs(float(loud[loud > loud.mean() / 10].mean()))

    def loudness_range(self) -> float | None:
        """LU between the 10th and the 95th percentile of the short-term loudness, gated."""
        windows = self._windows(_SHORT_TERM)
        loud = windows[windows > _energy(ABSOLUTE_GATE)]
        if not len(loud):
            return None
        low, high = np.percentile(loud[loud > loud.mean() / 100], (10, 95))
        return _lufs(float(high)) - _lufs(float(low))

    def loudest(self, hops: int) -> float | None:
        """LUFS of the loudest window: 4 hops are the maximum momentary, 30 the short-term."""
        windows = self._windows(hops)
        top = float(windows.max()) if len(windows) else 0.0
        return _lufs(top) if top > 1e-12 else None

    def momentary(self) -> float | None:
        return self.loudest(_MOMENTARY)

    def short_term(self) -> float | None:
        return self.loudest(_SHORT_TERM)


def _lufs(energy: float) -> float:
    return -0.691 + 10 * math.log10(energy)


def _energy(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


# --- true peak ------------------------------------------------------------------------------------


class TruePeak:
    """The largest value of the sound between and at its samples, over all channels.

    Only units that could hold a new maximum are looked at; the answer is that of all of them.
    """

    def __init__(self, unit: int) -> None:
        self._unit = unit
        # Short windows cost less: a window is multiplied with all places of the taps in it.
        self._window = next(n for n in range(min(unit, 24), 0, -1) if unit % n == 0)
        phases = (*_INTERPOLATOR, *(phase[::-1] for phase in _INTERPOLATOR[::-1]))
        size = self._window
        self._matrix = np.zeros((size + TAPS - 1, 4 * size), np.float32)
        for number, phase in enumerate(phases):
            for at in range(size):
                self._matrix[at : at + TAPS, number * size + at] = phase[::-1]
        self._before: Floats | None = None

    def add(self, samples: Floats, peaks: Floats, known: float) -> float:
        """The larger of `known` and the true peak of (channels, samples).

        `peaks` are the largest absolute values of its units, (channels, units).
        """
        if self._before is None or len(self._before) != len(samples):
            self._before = np.zeros((len(samples), TAPS - 1), np.float32)
        joined = np.concatenate([self._before, samples], axis=1)
        self._before = joined[:, -(TAPS - 1) :]
        known = max(known, float(peaks.max()))
        around = peaks.copy()
        # The first samples of a unit are reached by those of the one before it.
        around[:, 1:] = np.maximum(peaks[:, 1:], peaks[:, :-1])
        around[:, 0] = np.maximum(peaks[:, 0], np.abs(joined[:, : TAPS - 1]).max(axis=1))
        return self._search(joined, around, known)

    def _search(self, joined: Floats, around: Floats, known: float) -> float:
        channels, units = np.nonzero(around * np.float32(_MOST_GAIN) > known)
        order = np.argsort(-around[channels, units])
        size = self._window
        inside = np.arange(0, self._unit, size)[:, None] + np.arange(size + TAPS - 1)
        while len(order):
            some, order = order[:64], order[64:]
            at = units[some, None, None] * self._unit + inside
            windows = joined[channels[some, None, None], at].reshape(-1, inside.shape[1])
            products = windows @ self._matrix
            known = max(known, float(products.max()), -float(products.min()))
            order = order[around[channels[order], units[order]] * _MOST_GAIN > known]
        return known
