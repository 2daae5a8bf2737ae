"""What changes between frames, measured on small planes; everything is vectorised over a window.

A frame is seen as luma 64 × 36 and chroma 16 × 9. The features and their order are those that the
regressions in `shot_model.json` were fitted on: change neither without fitting again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Bytes: TypeAlias = "NDArray[np.uint8]"
Floats: TypeAlias = "NDArray[np.floating]"
Indices: TypeAlias = "NDArray[np.intp]"

LUMA_SIZE = (64, 36)
CHROMA_SIZE = (16, 9)
GRADUAL_WINDOWS = (10, 20, 32)
"""Lengths, in frames, of the gradual transitions that are tried."""

_BINS = 16
_BATCH = 512  # frames measured at once: bounds the memory of a long window
_SHIFT = 2  # cells of the 32 × 18 plane that a block may have moved between two frames


@dataclass(frozen=True, slots=True)
class Planes:
    """One frame, made small: luma 36 rows × 64, chroma 9 rows × 16."""

    luma: Bytes
    blue: Bytes
    red: Bytes


def _block_means() -> NDArray[np.float32]:
    """576 cells of the 32 × 18 plane -> means of 12 blocks, 8 wide and 6 high."""
    cell = np.arange(576)
    means = np.zeros((576, 12), np.float32)
    means[cell, (cell // 32 // 6) * 4 + (cell % 32) // 8] = 1 / 48
    return means


_BLOCK_MEANS = _block_means()


def _block_histograms(luma: Bytes) -> NDArray[np.float32]:
    """Cumulative histograms of 12 blocks: their L1 distance is an earth mover's distance."""
    frames = len(luma)
    block = (np.arange(36) // 12)[:, None] * 4 + (np.arange(64) // 16)[None, :]
    slot = (luma >> 4).astype(np.int32) + (block * _BINS)[None]
    slot += (np.arange(frames, dtype=np.int32) * 12 * _BINS)[:, None, None]
    counts = np.bincount(slot.ravel(), minlength=frames * 12 * _BINS)
    shares = (counts.reshape(frames, 12, _BINS) / 192).astype(np.float32)
    return np.cumsum(shares, -1, dtype=np.float32)


def _colour_histograms(blue: Bytes, red: Bytes) -> NDArray[np.float32]:
    frames = len(blue)
    slot = (blue >> 4).astype(np.int32) * 16 + (red >> 4)
    slot += (np.arange(frames, dtype=np.int32) * 256)[:, None, None]
    counts = np.bincount(slot.ravel(), minlength=frames * 256).reshape(frames, 16, 16)
    shares = counts.astype(np.float32) / blue[0].size
    shares[:, 1:, :] += 0.5 * shares[:, :-1, :]  # soft edges: a hue on a border isn't a change
    shares[:, :, 1:] += 0.5 * shares[:, :, :-1]
    shares /= shares.sum((1, 2), keepdims=True)
    return np.asarray(shares.reshape(frames, 256), np.float32)


def _around(values: Floats, reach: int) -> Floats:
    """The largest of the `reach` neighbours on each side, without the value itself."""
    count = len(values)
    padded = np.pad(values, reach)
    largest = np.zeros_like(values)
    for shift in range(2 * reach + 1):
        if shift != reach:
            largest = np.maximum(largest, padded[shift : shift + count])
    return largest


def _usual(values: Floats, reach: int) -> Floats:
    """The median of the `reach` neighbours on each side, without the value itself."""
    count = len(values)
    padded = np.pad(values, reach, mode="edge")
    shifted = [padded[n : n + count] for n in range(2 * reach + 1) if n != reach]
    return np.asarray(np.median(np.stack(shifted), axis=0))


def _log_ratio(above: Floats, below: Floats, floor: float) -> Floats:
    return np.log((above + floor) / (below + floor))


class Window:
    """Frames in a row, with every distance that a detector asks for.

    Positions are indices into the window; those outside are taken as its first or last frame.
    """

    def __init__(self, frames: Sequence[Planes]) -> None:
        self.count = len(frames)
        self.luma = np.stack([frame.luma for frame in frames])
        blue = np.stack([frame.blue for frame in frames])
        red = np.stack([frame.red for frame in frames])
        batches = [slice(n, n + _BATCH) for n in range(0, self.count, _BATCH)]
        self._chroma = np.stack([blue, red], 1).astype(np.int16)
        self._blocks = np.concatenate([_block_histograms(self.luma[b]) for b in batches])
        self._colours = np.concatenate([_colour_histograms(blue[b], red[b]) for b in batches])
        pairs = self.luma.astype(np.uint16)
        pairs = pairs[:, ::2] + pairs[:, 1::2]
        self._half = (pairs[:, :, ::2] + pairs[:, :, 1::2]).astype(np.float32) * 0.25
        flat = self.luma.reshape(self.count, -1).astype(np.float32)
        self.mean = flat.mean(1)
        square = np.einsum("ij,ij->i", flat, flat) / flat.shape[1]
        self.contrast = np.sqrt(np.maximum(0, square - self.mean**2))
        self.histogram_step, self.difference_step = self._steps()
        self.step = np.maximum(self.histogram_step, self.difference_step)

    def _steps(self) -> tuple[Floats, Floats]:
        """How much each frame differs from the one before; 0 for the first."""
        histogram = np.zeros(self.count, np.float32)
        difference = np.zeros(self.count, np.float32)
        for start in range(1, self.count, _BATCH):
            here = np.arange(start, min(self.count, start + _BATCH))
            histogram[here] = self.histogram(here, here - 1)
            difference[here] = self.difference(here, here - 1)
        return histogram, difference

    def inside(self, at: Indices) -> Indices:
        return np.clip(at, 0, self.count - 1)

    def histogram(self, a: Indices, b: Indices) -> Floats:
        return np.asarray(np.abs(self._blocks[a] - self._blocks[b]).sum(-1).mean(-1) / _BINS)

    def colour(self, a: Indices, b: Indices) -> Floats:
        return np.asarray(0.5 * np.abs(self._colours[a] - self._colours[b]).sum(-1))

    def difference(self, a: Indices, b: Indices) -> Floats:
        apart = np.abs(self.luma[a].astype(np.int16) - self.luma[b])
        return np.asarray(apart.mean((1, 2)) / 255)

    def moved(self, a: Indices, b: Indices) -> Floats:
        """What is left of the difference after each block was allowed to move a little."""
        one = self._half[self.inside(a)]
        two = np.pad(
            self._half[self.inside(b)], ((0, 0), (_SHIFT, _SHIFT), (_SHIFT, _SHIFT)), mode="edge"
        )
        count = len(one)
        apart = np.empty((count, 18, 32), np.float32)
        least = np.full((count, 12), np.inf, np.float32)
        for dy in range(2 * _SHIFT + 1):
            for dx in range(2 * _SHIFT + 1):
                np.subtract(one, two[:, dy : dy + 18, dx : dx + 32], out=apart)
                np.abs(apart, out=apart)
                np.minimum(least, apart.reshape(count, 576) @ _BLOCK_MEANS, out=least)
        return np.asarray(least.mean(1) / 255)

    def correlation(self, a: Indices, b: Indices) -> Floats:
        """One minus the normalised cross-correlation: blind to brightness and contrast."""
        one = self._half[self.inside(a)].reshape(len(a), -1)
        two = self._half[self.inside(b)].reshape(len(b), -1)
        one = one - one.mean(1, keepdims=True)
        two = two - two.mean(1, keepdims=True)
        power = np.sqrt((one * one).sum(1) * (two * two).sum(1) + 40)
        return np.asarray(1 - (one * two).sum(1) / np.maximum(1e-3, power))

    def chroma(self, a: Indices, b: Indices) -> Floats:
        """Mean difference of the two chroma planes, 0 to 1; no regression knows it."""
        a, b = self.inside(a), self.inside(b)
        return np.asarray(np.abs(self._chroma[a] - self._chroma[b]).mean((1, 2, 3)) / 255)

    # --- cuts -------------------------------------------------------------------------------------

    def cut_candidates(self) -> Indices:
        """Frames that differ from the frame before far more than their neighbours do."""
        step = self.step
        bold = (step > 0.018) & (step > 1.6 * _usual(step, 8)) & (step >= 0.999 * _around(step, 1))
        bold[0] = False
        return np.flatnonzero(bold)

    def colour_cuts(self) -> Indices:
        """Frames that take another colour at the same brightness, and keep it.

        The regression was shown footage, where that hardly happens; in titles, maps and test
        pictures it does.
        """
        all_frames = np.arange(1, self.count)
        step = np.zeros(self.count)
        step[1:] = self.chroma(all_frames, all_frames - 1)
        at = np.flatnonzero((step > 0.04) & (step > 4 * _usual(step, 8)))
        if not len(at):
            return at
        pairs = [(at - 1, at + n) for n in (1, 2, 3, 4)] + [(at - n, at) for n in (2, 3, 4)]
        kept = np.minimum.reduce([self.chroma(a, b) for a, b in pairs]) > 0.5 * step[at]
        return np.asarray(at[kept & (self.colour(at, at - 1) > 0.6)])

    def cut_features(self, at: Indices) -> Floats:
        before = self.inside(at - 1)
        moved = self.moved(before, at)
        rows = [
            moved,
            self.correlation(before, at),
            self.colour(before, at),
            self.histogram_step[at],
            self.difference_step[at],
        ]
        for step in (self.histogram_step, self.difference_step):
            rows += [
                _log_ratio(step[at], around[at], 2e-3)
                for around in (_usual(step, 8), _around(step, 2), _around(step, 6))
            ]
        back = self._comes_back(at)
        rows += [back[0], _log_ratio(back[0], moved, 5e-3), back[1]]
        rows += [
            self.moved(at - 2, at - 1),
            self.moved(at, at + 1),
            np.abs(self.mean[at] - self.mean[before]) / 255,
            np.minimum(self.contrast[before], self.contrast[at]) / 64,
        ]
        return np.stack(rows, 1).astype(np.float32)

    def _comes_back(self, at: Indices) -> tuple[Floats, Floats]:
        """Does the picture return within four frames? Then it was a flash or a glitch."""
        pairs = [(at - 1, at + n) for n in (1, 2, 3, 4)] + [(at - n, at) for n in (2, 3, 4)]
        moved = np.minimum.reduce([self.moved(a, b) for a, b in pairs])
        correlation = np.minimum.reduce([self.correlation(a, b) for a, b in pairs])
        return moved, correlation

    # --- gradual transitions ----------------------------------------------------------------------

    def gradual_features(self, at: Indices, length: int) -> Floats:
        """Of transitions of `length` frames that have their middle at `at`."""
        half = length // 2
        first, last = self.inside(at - half), self.inside(at + half)
        moved = self.moved(first, last)
        rows = [
            moved,
            self.correlation(first, last),
            self.colour(first, last),
            self.histogram(first, last),
            *self._mix(at, length),
        ]
        sides = [self.moved(first - half, first), self.moved(last, last + half)]
        rows += [*sides, _log_ratio(moved, np.maximum(*sides), 5e-3)]
        within = self.inside(at[:, None] + np.arange(-half, half + 1)[None])
        least = np.minimum(self.contrast[first], self.contrast[last])
        flattest = self.contrast[within].min(1)
        rows += [
            _log_ratio(least, self.contrast[self.inside(at)], 1),
            np.log(flattest + 0.5),
            _log_ratio(least, flattest, 1),
            np.abs(self.mean[first] - self.mean[last]) / 255,
            _log_ratio(self.step[within].max(1), moved, 2e-3),
            _log_ratio(np.median(self.step[within], axis=1), moved, 1e-3),
            np.full(len(at), length / 32),
        ]
        return np.stack(rows, 1).astype(np.float32)

    def _mix(self, at: Indices, length: int) -> list[Floats]:
        """Are the frames within a linear mix of the two ends, as in a dissolve?"""
        half = length // 2
        count = len(at)
        one = self._half[self.inside(at - half)].reshape(count, -1)
        two = self._half[self.inside(at + half)].reshape(count, -1)
        size = np.sqrt(((one - two) ** 2).mean(1)) + 2
        shares: list[Floats] = []
        rests: list[Floats] = []
        for part in (-0.25, 0.0, 0.25):
            frame = self._half[self.inside(at + round(part * length))].reshape(count, -1)
            share = np.clip(((frame - one) * (two - one)).mean(1) / size**2, 0, 1)
            weight = share[:, None]
            rest = np.sqrt(((frame - (1 - weight) * one - weight * two) ** 2).mean(1)) / size
            shares.append(share)
            rests.append(rest)
        return [
            np.maximum.reduce(rests),
            rests[1],
            shares[2] - shares[0],
            np.abs(shares[1] - 0.5),
        ]

    def aligned(self, first: int, last: int) -> float:
        """The correlation (one minus it) of two frames, at the best of small shifts."""
        one = self._half[first, _SHIFT:-_SHIFT, _SHIFT:-_SHIFT].ravel()
        one = one - one.mean()
        least = 2.0
        for dy in range(2 * _SHIFT + 1):
            for dx in range(2 * _SHIFT + 1):
                two = self._half[last, dy : dy + 18 - 2 * _SHIFT, dx : dx + 32 - 2 * _SHIFT].ravel()
                two = two - two.mean()
                power = np.sqrt(float((one * one).sum()) * float((two * two).sum()) + 40)
                least = min(least, 1 - float((one * two).sum()) / max(1e-3, power))
        return least

    def changed(self, first: int, last: int) -> float:
        """The share of one frame that another doesn't show at or near the same place."""
        one = self._half[first]
        two = np.pad(self._half[last], _SHIFT, mode="edge")
        least = np.full(one.shape, np.inf, np.float32)
        for dy in range(2 * _SHIFT + 1):
            for dx in range(2 * _SHIFT + 1):
                np.minimum(least, np.abs(one - two[dy : dy + 18, dx : dx + 32]), out=least)
        return float((least > 8).mean())

    def mixed(self, first: int, last: int) -> float:
        """What a linear mix of the two ends leaves unexplained of the frames between; 0 for all."""
        one, two = self._half[first].ravel(), self._half[last].ravel()
        size = float(((one - two) ** 2).mean()) + 4
        rests = []
        for frame in self._between(first, last):
            share = np.clip(((frame - one) * (two - one)).mean() / size, 0, 1)
            rest = frame - (1 - share) * one - share * two
            rests.append(float(np.sqrt((rest**2).mean() / size)))
        return max(rests)

    def wiped(self, first: int, last: int) -> float:
        """The same for a wipe, in which each part belongs to one end or the other."""
        one, two = self._half[first].ravel(), self._half[last].ravel()
        size = float(np.abs(one - two).mean()) + 1
        return max(
            float(np.minimum(np.abs(frame - one), np.abs(frame - two)).mean()) / size
            for frame in self._between(first, last)
        )

    def _between(self, first: int, last: int) -> list[Floats]:
        places = np.linspace(first, last, 9)[2:-2].astype(int)
        return [self._half[place].ravel() for place in places]
