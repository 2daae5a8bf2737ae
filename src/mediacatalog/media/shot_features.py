"""What changes between frames, measured on small planes; everything is vectorised over a window.

A frame is seen as luma 64 × 36 and chroma 16 × 9. From it come descriptions of which some mind
where things are (`luma`, `shape`) and some hardly do (`spread`, `colour`), and of each the distance
between any two frames of the window, by one product of matrices. A cut and a gradual transition are
described by such distances alone, mostly as ratios, and `shot_model` judges the descriptions. Their
order is that which the weights were fitted to: change nothing here without `tools/train_shots.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Bytes: TypeAlias = "NDArray[np.uint8]"
Floats: TypeAlias = "NDArray[np.floating]"
Indices: TypeAlias = "NDArray[np.intp]"

LUMA_SIZE = (64, 36)
CHROMA_SIZE = (16, 9)
LENGTHS: Final = (5, 7, 10, 14, 20, 28, 40, 52, 72)
"""Of the gradual transitions that are tried: frames from the last of one shot to the first of the
next."""

_BINS = 16
_SHIFT = 2  # cells of the 32 × 18 plane that a block may have moved between two frames
_SAME = 5.0  # difference of luma that noise makes
_EDGE = 10.0  # and that an edge makes, at least
_FEWEST = 40  # cells of 576 with edges, from which on these tell something
_BEYOND = 2.5  # times the usual step: less is no cut, of those learned from 5 was the least
_NEAR = 8  # frames on each side that say what is usual


@dataclass(frozen=True, slots=True)
class Planes:
    """One frame, made small: luma 36 rows × 64, chroma 9 rows × 16."""

    luma: Bytes
    blue: Bytes
    red: Bytes


def _means_of(rows: int, columns: int, down: int, across: int) -> NDArray[np.float32]:
    """Cells of a plane -> means of blocks of so many cells."""
    cell = np.arange(rows * columns)
    block = (cell // columns // down) * (columns // across) + (cell % columns) // across
    means = np.zeros((rows * columns, int(block.max()) + 1), np.float32)
    means[cell, block] = 1 / (down * across)
    return means


_BLOCKS = _means_of(18, 32, 6, 8)
_COARSE = _means_of(18, 32, 3, 4)
_CHROMA = _means_of(9, 16, 3, 2)


def _spread(luma: Bytes) -> NDArray[np.float32]:
    """Cumulative histograms of 12 blocks, 3 × 4."""
    block = (np.arange(36) // 12)[:, None] * 4 + (np.arange(64) // 16)[None, :]
    slots = (luma >> 4) + (block * _BINS).astype(np.uint8)
    counts = [cv2.calcHist([one], [0], None, [12 * _BINS], [0, 12 * _BINS]) for one in slots]
    shares = np.stack(counts).reshape(-1, 12, _BINS) / np.float32(192)
    return np.cumsum(shares, -1, dtype=np.float32)


def _colour(blue: Bytes, red: Bytes) -> NDArray[np.float32]:
    """Square roots of the shares of 16 × 16 colours: their product is Bhattacharyya's."""
    frames = len(blue)
    slot = (blue & 0xF0).astype(np.intp)
    slot += (red >> 4) + (np.arange(frames) * 256)[:, None, None]
    counts = np.bincount(slot.ravel(), minlength=frames * 256).reshape(frames, 16, 16)
    shares = counts.astype(np.float32)
    shares[:, 1:, :] += 0.5 * shares[:, :-1, :]  # soft edges: a hue on a border isn't a change
    shares[:, :, 1:] += 0.5 * shares[:, :, :-1]
    shares /= shares.sum((1, 2), keepdims=True)
    return np.asarray(np.sqrt(shares.reshape(frames, 256)))


def _apart(rows: Floats) -> Floats:
    """Root mean square difference of any two rows."""
    product = rows @ rows.T
    power = np.diag(product)
    square = power[:, None] + power[None] - 2 * product
    return np.asarray(np.sqrt(np.maximum(square, 0) / rows.shape[1]))


class Window:
    """Frames in a row, with every distance that a detector asks for.

    `seconds` are the times of the frames; what matters is how they compare. Positions are indices
    into the window; those outside are taken as its first or last frame.
    """

    def __init__(self, frames: Sequence[Planes], seconds: Sequence[float]) -> None:
        self.count = len(frames)
        luma = np.stack([frame.luma for frame in frames])
        blue = np.stack([frame.blue for frame in frames])
        red = np.stack([frame.red for frame in frames])
        pairs = luma.astype(np.uint16)
        pairs = pairs[:, ::2] + pairs[:, 1::2]
        self._half = (pairs[:, :, ::2] + pairs[:, :, 1::2]).astype(np.float32) * 0.25
        rows = self._half.reshape(self.count, -1)
        self.mean = rows.mean(1)
        flat = luma.reshape(self.count, -1).astype(np.float32)
        square = np.einsum("ij,ij->i", flat, flat) / flat.shape[1]
        self.contrast = np.sqrt(np.maximum(0, square - flat.mean(1) ** 2))
        self.relief = luma[:, 6:30, 10:54].reshape(self.count, -1).std(1)
        """Contrast between the black bars that there may be."""
        spread = _spread(luma)
        chroma = np.concatenate(
            [plane.reshape(self.count, -1).astype(np.float32) @ _CHROMA for plane in (blue, red)], 1
        )
        centred = rows - self.mean[:, None]
        product = centred @ centred.T / centred.shape[1]
        power = np.diag(product)
        shape = 1 - product / np.sqrt(power[:, None] * power[None] + 16)
        square = power[:, None] + power[None] - 2 * product
        square += (self.mean[:, None] - self.mean[None]) ** 2
        alike = np.minimum(1, (colour := _colour(blue, red)) @ colour.T)
        self.distances: dict[str, Floats] = {
            "luma": np.sqrt(np.maximum(square, 0)) / 255,
            "coarse": _apart(rows @ _COARSE) / 255,
            "chroma": _apart(chroma) / 255,
            "shape": np.maximum(shape, 0),
            "spread": _apart(spread.reshape(self.count, -1)),
            "levels": _apart(spread.mean(1)),
            "colour": np.sqrt(1 - alike),
        }
        self._stack = np.stack(list(self.distances.values()), dtype=np.float32, casting="same_kind")
        times = np.asarray(seconds, np.float64)
        gaps = np.diff(times, prepend=times[0])
        usual = float(np.median(gaps[1:])) if self.count > 1 else 0.04
        gaps[0] = usual
        self.usual_gap = max(usual, 1e-3)
        self.gap = np.clip(gaps / self.usual_gap, 0.05, 60).astype(np.float32)
        self.steps = np.zeros((len(self._stack), self.count), np.float32)
        self.steps[:, 1:] = self._stack[:, np.arange(1, self.count), np.arange(self.count - 1)]

    def inside(self, at: Indices) -> Indices:
        return np.minimum(np.maximum(at, 0), self.count - 1)  # a fifth of what `clip` takes

    def _between(self, a: Indices, b: Indices) -> Floats:
        """Every distance of these pairs: one row for each kind of distance."""
        return self._stack[:, self.inside(a), self.inside(b)]

    def moved(self, a: Indices, b: Indices) -> Floats:
        """What is left of the difference after each block was allowed to move a little."""
        return np.asarray(self._blocks_moved(a, b).mean(1))

    def _blocks_moved(self, a: Indices, b: Indices) -> Floats:
        """Of each of the 12 blocks."""
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
                np.minimum(least, apart.reshape(count, 576) @ _BLOCKS, out=least)
        return np.asarray(least / 255)

    def aligned(self, first: int, last: int) -> float:
        """One minus the correlation of two frames at the best of small shifts.

        0 for the same picture, in whatever light; about 1 for two that have nothing in common.
        """
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

    def _unchanged(self, a: Indices, b: Indices) -> Floats:
        """The share of the picture that stays as it is: most of it when a title comes."""
        apart = np.abs(self._half[self.inside(a)] - self._half[self.inside(b)])
        return np.asarray((apart < _SAME).mean((1, 2)))

    def kept(self, a: Indices, b: Indices) -> Floats:
        """The share of the edges of two frames that is in the same place, as bright, in both.

        A picture of which most is plain or dark changes little there, whatever it is cut to: only
        where there is something to be seen is looked at.
        """
        one, two = self._half[self.inside(a)], self._half[self.inside(b)]
        edges = np.maximum(_edges(one), _edges(two)) > _EDGE
        count = edges.sum((1, 2))
        same = (edges & (np.abs(one - two) < _SAME)).sum((1, 2))
        return np.asarray(np.where(count >= _FEWEST, same / np.maximum(count, 1), 0))

    # --- cuts -------------------------------------------------------------------------------------

    def cut_candidates(self) -> Indices:
        """Frames that differ from the one before by far more than is usual around them."""
        worth = (self.steps[0] > 0.012) | (self.steps[2] > 0.012) | (self.steps[3] > 0.08)
        peaks = np.zeros(self.count, bool)
        beyond = np.zeros(self.count)
        for kind in (0, 2, 3, 4):  # luma, chroma, shape, spread
            step, usual, floor = self.steps[kind], _usual(self.steps[kind]), _FLOORS[kind]
            peaks |= (step >= 0.9 * _largest(step, 1)) & (step > 1.15 * usual)
            beyond = np.maximum(beyond, (step + floor) / (usual + floor))
        found = worth & peaks & (beyond > _BEYOND)
        found[:1] = False
        return np.flatnonzero(found)

    def colour_cuts(self) -> Indices:
        """Frames that take another colour at the same brightness, and keep it."""
        step = self.steps[2]
        at = np.flatnonzero((step > 0.06) & (step > 4 * _usual(step)) & (self.steps[6] > 0.75))
        across = np.stack([self._between(at - a, at + b)[2] for a, b in _ACROSS])
        return np.asarray(at[across.min(0) > 0.5 * step[at]])

    def cut_features(self, at: Indices) -> Floats:
        """A row for each `at`, the first frame of a new shot if it is one."""
        step = self._between(at - 1, at)
        floor = _FLOORS[:, None]
        before = np.stack([self._between(at - n - 1, at - n) for n in (1, 2, 3)])
        after = np.stack([self._between(at + n - 1, at + n) for n in (1, 2, 3)])
        across = np.stack([self._between(at - a, at + b) for a, b in _ACROSS])
        usual = np.stack([_usual(each)[at] for each in self.steps])
        rows = [
            np.log(step + floor),
            _ratio(step, before[0], floor),
            _ratio(step, after[0], floor),
            _ratio(step, before.max(0), floor),
            _ratio(step, after.max(0), floor),
            _ratio(step, usual, floor),
            _ratio(across.min(0), step, floor),
            _ratio(self._between(at - 2, at + 1), step, floor),
            _ratio(step, self._between(at - 5, at - 1), floor),
            _ratio(step, self._between(at, at + 4), floor),
        ]
        blocks = np.sort(self._blocks_moved(at - 1, at), 1)
        moved = blocks.mean(1)
        calm = [self.moved(at - 2, at - 1), self.moved(at, at + 1)]
        back = np.minimum.reduce([self.moved(at - a, at + b) for a, b in _RETURNS])
        gap = np.log(self.gap)
        single = [
            np.log(moved + 5e-3),
            *(_ratio(moved, each, 5e-3) for each in calm),
            _ratio(back, moved, 5e-3),
            np.log(back + 5e-3),
            *(_ratio(blocks[:, n], moved, 5e-3) for n in (0, 3, 6)),
            self._unchanged(at - 1, at),
            self._unchanged(at - 2, at + 1),
            self._unchanged(at - 2, at - 1),
            self._unchanged(at, at + 1),
            np.log(self.contrast[self.inside(at - 1)] + 1),
            np.log(self.contrast[at] + 1),
            (self.mean[at] - self.mean[self.inside(at - 1)]) / 64,
            np.abs(self.mean[at] - self.mean[self.inside(at - 1)]) / 64,
            gap[at],
            gap[self.inside(at - 1)],
            gap[self.inside(at + 1)],
            np.full(len(at), np.log(self.usual_gap * 25)),
        ]
        return np.concatenate([*rows, np.stack(single)]).T.astype(np.float32)

    # --- gradual transitions ----------------------------------------------------------------------

    def gradual_candidates(self, length: int) -> Indices:
        """Last frames of the old shot, of transitions of this length that are worth a look."""
        first = np.arange(2, self.count - length - 2, max(1, length // 8))
        if not len(first):
            return first
        luma, _, chroma, shape = self._between(first, first + length)[:4]
        worth = ((luma > 0.03) | (chroma > 0.02)) & ((shape > 0.05) | (chroma > 0.03))
        return np.asarray(first[worth])

    def gradual_features(self, first: Indices, length: int) -> Floats:
        """A row for each transition from `first`, of the old shot, to `first + length`."""
        last = first + length
        ends = self._between(first, last)
        floor = _FLOORS[:, None]
        places = [first + round(part * length) for part in (0.25, 0.5, 0.75)]
        rows = [np.log(ends + floor)]
        for place in places:
            there, rest = self._between(first, place), self._between(place, last)
            rows += [there / (ends + floor), rest / (ends + floor)]
        least, most = self.contrast[first], self.contrast[last]
        single = []
        for place in places:
            to, rest = self._between(first, place)[:3], self._between(place, last)[:3]
            size = ends[:3] ** 2 + floor[:3] ** 2
            share = (to**2 + size - rest**2) / (2 * size)
            left = np.sqrt(np.maximum(0, to**2 - share**2 * size) / size)
            single += [*np.clip(share, -1, 2), *np.clip(left, 0, 3)]
        for reach in (3, 8):
            rows += [
                _ratio(self._between(first - reach, first), ends, floor),
                _ratio(self._between(last, last + reach), ends, floor),
                _ratio(self._between(first - reach, last + reach), ends, floor),
            ]
        steps = self.steps[:, self.inside(first[:, None] + np.arange(1, length + 1)[None])]
        rows += [
            _ratio(steps.max(2), ends, floor),
            _ratio(steps.sum(2), ends, floor),
            _ratio(np.sort(steps, 2)[:, :, length // 2] * length, ends, floor),
        ]
        within = self.contrast[self.inside(first[:, None] + np.arange(length + 1)[None])]
        middle = self.inside(places[1])
        single += [
            np.log(least + 1),
            np.log(most + 1),
            *(np.log(self.contrast[self.inside(place)] + 1) for place in places),
            np.log(within.min(1) + 0.5),
            _ratio(np.minimum(least, most), within.min(1), 1),
            (self.mean[middle] - 128) / 64,
            (self.mean[middle] - np.minimum(self.mean[first], self.mean[last])) / 64,
            (self.mean[middle] - np.maximum(self.mean[first], self.mean[last])) / 64,
            np.log(self.gap[self.inside(first[:, None] + np.arange(1, length + 1)[None])].max(1)),
            np.full(len(first), np.log(length / 20)),
            np.full(len(first), np.log(length * self.usual_gap)),
        ]
        return np.concatenate([*rows, np.stack(single)]).T.astype(np.float32)

    def closer_look(self, first: Indices, last: Indices) -> Floats:
        """More of gradual transitions, too dear to be asked of all of them; a row for each."""
        length = last - first
        blocks = np.sort(self._blocks_moved(first, last), 1)
        moved = blocks.mean(1)
        mixed, wiped, changed = self._blend(first, last)
        rows = [
            np.log(moved + 5e-3),
            _ratio(self.moved(first - 5, first), moved, 5e-3),
            _ratio(self.moved(last, last + 5), moved, 5e-3),
            _ratio(self.moved(first, first + length // 2), moved, 5e-3),
            _ratio(self.moved(first + length // 2, last), moved, 5e-3),
            *(_ratio(blocks[:, n], moved, 5e-3) for n in (0, 3, 6)),
            self._unchanged(first - 4, last + 4),
            self._unchanged(first, last),
            mixed,
            wiped,
            changed,
        ]
        return np.stack(rows, 1).astype(np.float32)

    def _blend(self, first: Indices, last: Indices) -> tuple[Floats, Floats, Floats]:
        """How badly the frames between are told by a mix of the ends, and by parts of either.

        And the share of the picture that changed.
        """
        one = self._half[self.inside(first)].reshape(len(first), -1)
        two = self._half[self.inside(last)].reshape(len(first), -1)
        size = np.abs(one - two).mean(1) + 1
        mixed, wiped = np.zeros(len(first)), np.zeros(len(first))
        for part in (0.2, 0.35, 0.5, 0.65, 0.8):
            place = self.inside(first + np.round(part * (last - first)).astype(np.intp))
            there = self._half[place].reshape(len(first), -1)
            way = two - one
            share = ((there - one) * way).sum(1) / ((way * way).sum(1) + 576)
            rest = there - one - np.clip(share, 0, 1)[:, None] * way
            mixed = np.maximum(mixed, np.abs(rest).mean(1) / size)
            nearest = np.minimum(np.abs(there - one), np.abs(there - two))
            wiped = np.maximum(wiped, nearest.mean(1) / size)
        changed = (np.abs(one - two) > 12).mean(1)
        return np.minimum(mixed, 3), np.minimum(wiped, 3), changed


_ACROSS: Final = tuple((a, b) for a in (1, 2, 3, 4) for b in (0, 1, 2, 3, 4) if (a, b) != (1, 0))
_RETURNS: Final = ((1, 1), (1, 2), (1, 3), (1, 4), (2, 0), (3, 0), (4, 0), (2, 1))
_FLOORS: Final = np.array([5e-3, 4e-3, 3e-3, 1e-2, 8e-3, 5e-3, 3e-2], np.float32)
"""Differences of each kind below which noise decides."""


def _edges(half: Floats) -> Floats:
    """How far each cell is from the most different of its neighbours in line and column."""
    found = np.zeros_like(half)
    for axis in (1, 2):
        apart = np.abs(np.diff(half, axis=axis))
        for side in (slice(1, None), slice(None, -1)):
            place = (slice(None), side) if axis == 1 else (slice(None), slice(None), side)
            found[place] = np.maximum(found[place], apart)
    return found


def _ratio(above: Floats, below: Floats, floor: Floats | float) -> Floats:
    return np.asarray(np.log((above + floor) / (below + floor)))


def _largest(values: Floats, reach: int) -> Floats:
    """The largest of the `reach` neighbours on each side, without the value itself."""
    count = len(values)
    padded = np.pad(values, reach)
    largest = np.zeros_like(values)
    for shift in range(2 * reach + 1):
        if shift != reach:
            largest = np.maximum(largest, padded[shift : shift + count])
    return largest


def _usual(values: Floats) -> Floats:
    """The median of the neighbours on each side, without the value itself."""
    count = len(values)
    padded = np.pad(values, _NEAR, mode="edge")
    shifted = [padded[n : n + count] for n in range(2 * _NEAR + 1) if n != _NEAR]
    return np.asarray(np.median(np.stack(shifted), axis=0))
