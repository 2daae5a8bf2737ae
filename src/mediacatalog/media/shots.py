"""Shot boundaries in a stream of small planes: hard cuts, fades and dissolves.

`Finder` takes frames one by one and tells boundaries as soon as they are certain, some 300 frames
later at most; its memory doesn't grow with the clip. The constants are fitted (`shot_model.json`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

import numpy as np

from mediacatalog.media.shot_features import GRADUAL_WINDOWS, Planes, Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mediacatalog.media.shot_features import Floats, Indices

CUT_CERTAINTY = 0.5
GRADUAL_CERTAINTY = 0.7
"""Higher than for cuts: at 0.5 titles and fog pass for dissolves."""

_ADVANCE = 192  # frames after which the window is judged
_CONTEXT = 96  # frames of the last window that are judged again, for what straddles
_UNSETTLED = 48  # frames at the end of a window whose future isn't known yet
_SHORTEST = 2  # frames in a shot
_FLAT = 6.0  # contrast (of 255) below which a small plane counts as one colour
_BLACK = 30.0  # mean luma up to which a plain picture is black (and down from 255: white)
_SLOPE = 32  # frames within which light falls to black, or rises from it
_CALM = 8  # frames between a cut and a gradual transition
_HELD_FLAT = 16  # frames of plain picture between two fades that make a shot of their own


@dataclass(frozen=True, slots=True)
class Boundary:
    """A shot begins at frame `at`; frames first..last - 1 belong to the transition itself.

    Indices count the frames given to the finder. For a cut `first`, `last` and `at` are equal.
    """

    at: int
    first: int
    last: int
    into: Literal["cut", "fade", "dissolve"]
    certainty: float


class _Regression:
    def __init__(self, fitted: dict[str, list[float]]) -> None:
        self.mean = np.array(fitted["mean"], np.float32)
        self.deviation = np.array(fitted["deviation"], np.float32)
        self.weights = np.array(fitted["weights"])

    def certainty(self, features: Floats) -> Floats:
        z = np.clip((features - self.mean) / self.deviation, -6, 6)
        terms = np.concatenate([np.ones((len(z), 1)), z, z * z / 4], 1)
        return np.asarray(1 / (1 + np.exp(-(terms @ self.weights))))


@cache
def _model() -> dict[str, _Regression]:
    text = files("mediacatalog.media").joinpath("shot_model.json").read_text(encoding="utf-8")
    fitted = json.loads(text)
    return {name: _Regression(fitted[name]) for name in ("cut", "gradual")}


def boundaries(window: Window) -> list[Boundary]:
    """All boundaries in a window, in order. A window of fewer than three frames has none."""
    if window.count < 3:
        return []
    cuts = _cuts(window)
    return _merge_fades(sorted([*cuts, *_graduals(window, cuts)], key=lambda found: found.at))


def _cuts(window: Window) -> list[Boundary]:
    found = _luma_cuts(window)
    known = {cut.at + near for cut in found for near in range(-3, 4)}
    found += [
        Boundary(at, at, at, "cut", 1.0) for at in window.colour_cuts().tolist() if at not in known
    ]
    return sorted(found, key=lambda cut: cut.at)


def _luma_cuts(window: Window) -> list[Boundary]:
    at = window.cut_candidates()
    if not len(at):
        return []
    found: list[Boundary] = []
    for frame, certainty in zip(
        at, _model()["cut"].certainty(window.cut_features(at)), strict=True
    ):
        if certainty <= CUT_CERTAINTY:
            continue
        cut = Boundary(int(frame), int(frame), int(frame), "cut", float(certainty))
        if found and cut.at - found[-1].at <= 3:  # two sides of one jump: the clearer one counts
            if certainty > found[-1].certainty:
                found[-1] = cut
            continue
        found.append(cut)
    return found


def _graduals(window: Window, cuts: list[Boundary]) -> list[Boundary]:
    best = np.zeros(window.count, np.float32)
    length = np.zeros(window.count, np.intp)
    positions = np.array([cut.at for cut in cuts], np.intp)
    for frames in GRADUAL_WINDOWS:
        at = _free_of_cuts(window, frames, positions)
        for part in np.array_split(at, max(1, len(at) // 512)):
            if not len(part):
                continue
            certainty = _model()["gradual"].certainty(window.gradual_features(part, frames))
            better = certainty > best[part]
            best[part[better]] = certainty[better]
            length[part[better]] = frames
    found: list[Boundary] = []
    used = np.zeros(window.count, bool)
    for middle in np.argsort(-best):
        if best[middle] < GRADUAL_CERTAINTY:
            break
        half = int(length[middle]) // 2
        first, last = max(0, int(middle) - half), min(window.count - 1, int(middle) + half)
        if used[max(0, first - 6) : last + 6].any() or _near(positions, first, last):
            continue
        placed = _place(window, first, last, float(best[middle]))
        if placed.into == "dissolve" and not _new_picture(window, first, last):
            continue
        used[first : last + 1] = True
        found.append(placed)
    return [*found, *_valleys(window, positions, used)]


def _near(cuts: Indices, first: int, last: int) -> bool:
    """A transition that a cut breaks off leads to no shot of its own."""
    return bool(((cuts > first - _CALM) & (cuts < last + _CALM)).any())


def _new_picture(window: Window, first: int, last: int) -> bool:
    """Is a dissolve what it seems? It leads to another picture, by way of both.

    Not so the same picture in another light, a title that comes or goes, a camera or a thing that
    moves.
    """
    one, two = np.array([first]), np.array([last])
    colour = float(window.colour(one, two)[0])
    plain = max(float(window.contrast[first]), float(window.contrast[last])) <= _FLAT
    if plain:
        return colour > 0.2
    if window.aligned(first, last) < 0.08 or window.changed(first, last) < 0.22:
        return False
    return window.mixed(first, last) <= 0.35 or window.wiped(first, last) <= 0.12


def _valleys(window: Window, cuts: Indices, used: NDArray[np.bool_]) -> list[Boundary]:
    """Fades through black that the regression doesn't know, since it was shown pictures only.

    A run of black frames that the light falls to and rises from; a long run is a shot by itself.
    """
    dark = (window.mean <= _BLACK) & (window.contrast <= _FLAT)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], dark, [False]]).astype(np.int8)))
    found: list[Boundary] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        before, after = max(0, start - _SLOPE), min(window.count, end + _SLOPE)
        fell = start > 0 and float(window.mean[before:start].max()) > _BLACK + 40
        rose = end < window.count and float(window.mean[end:after].max()) > _BLACK + 40
        short = end - start <= _HELD_FLAT
        places = [((start + end) // 2, fell and rose)] if short else [(start, fell), (end, rose)]
        for at, real in places:
            first, last = max(0, at - 8), min(window.count - 1, at + 8)
            if real and not used[first : last + 1].any() and not _near(cuts, first, last):
                used[first : last + 1] = True
                found.append(Boundary(at, first, last, "fade", 1.0))
    return found


def _free_of_cuts(window: Window, frames: int, cuts: Indices) -> Indices:
    """Middles to try: where the ends differ and no hard cut lies between them."""
    half = frames // 2
    at = np.arange(half, window.count - half, 2)
    if len(cuts) and len(at):
        right = np.searchsorted(cuts, at)
        nearest = np.minimum(
            np.abs(cuts[np.clip(right - 1, 0, len(cuts) - 1)] - at),
            np.abs(cuts[np.clip(right, 0, len(cuts) - 1)] - at),
        )
        at = at[nearest > half + 1]
    if not len(at):
        return at
    return at[window.histogram(at - half, window.inside(at + half)) > 0.03]


def _place(window: Window, first: int, last: int, certainty: float) -> Boundary:
    """Fade or dissolve? And where does the new shot begin?

    A fade passes through one plain colour: the shot begins in the middle of the plain frames, or at
    their edge if they go on beyond the transition (a picture that fades to black and stays black).
    """
    reach = range(max(0, first - 4), min(window.count, last + 5))
    contrast = window.contrast
    flattest = min(reach, key=lambda frame: float(contrast[frame]))
    dip = float(contrast[flattest])
    ends = float(contrast[first]), float(contrast[last])
    through = min(ends) >= 2 * dip + 3
    extreme = not _BLACK < float(window.mean[flattest]) < 255 - _BLACK
    if dip > _FLAT or not (through or (extreme and max(ends) >= 2 * dip + 4)):
        return Boundary((first + last) // 2, first, last, "dissolve", certainty)
    start = end = flattest
    while start > 0 and contrast[start - 1] <= _FLAT:
        start -= 1
    while end < window.count - 1 and contrast[end + 1] <= _FLAT:
        end += 1
    if end - start + 1 <= _HELD_FLAT:
        at = (start + end + 1) // 2
    elif end > last:
        at = start
    else:
        at = end + 1
    return Boundary(at, min(first, at), max(last, at), "fade", certainty)


def _merge_fades(found: list[Boundary]) -> list[Boundary]:
    """Out to black and in again is one boundary, unless the black is long enough to be a shot."""
    merged: list[Boundary] = []
    for boundary in found:
        before = merged[-1] if merged else None
        both = before is not None and before.into == boundary.into == "fade"
        if before is not None and both and boundary.at - before.at <= _HELD_FLAT:
            merged[-1] = Boundary(
                (before.at + boundary.at) // 2,
                before.first,
                boundary.last,
                "fade",
                max(before.certainty, boundary.certainty),
            )
            continue
        merged.append(boundary)
    return merged


class Finder:
    """Give it every frame; it gives boundaries in order, never one that lies behind another."""

    def __init__(self) -> None:
        self._frames: list[Planes] = []
        self._base = 0  # index of the window's first frame
        self._settled = 0  # boundaries before this frame are told
        self._last: Boundary | None = None

    @property
    def settled(self) -> int:
        """No boundary will be found before this frame any more."""
        return self._settled

    def add(self, frame: Planes) -> list[Boundary]:
        self._frames.append(frame)
        if len(self._frames) < _ADVANCE + _CONTEXT:
            return []
        return self._judge(at_end=False)

    def finish(self) -> list[Boundary]:
        """The boundaries that were still open; the finder is used up."""
        return self._judge(at_end=True) if self._frames else []

    def _judge(self, *, at_end: bool) -> list[Boundary]:
        window = Window(self._frames)
        count = window.count
        until = self._base + count - (0 if at_end else _UNSETTLED)
        told: list[Boundary] = []
        for found in boundaries(window):
            middle = self._base + (found.first + found.last) // 2
            if self._settled <= middle < until and self._stands(found, window, at_end=at_end):
                self._last = _moved(found, self._base)
                told.append(self._last)
        self._settled = until
        kept = min(count, _CONTEXT)
        self._frames = self._frames[count - kept :]
        self._base += count - kept
        return told

    def _stands(self, found: Boundary, window: Window, *, at_end: bool) -> bool:
        at = self._base + found.at
        start = self._last.at if self._last else 0
        if at - start < _SHORTEST or at > self._base + window.count - 1:
            return False
        if self._last and self._base + found.first < self._last.last:
            return False
        if found.into == "cut":
            return True
        # A fade from black that opens the clip begins its first shot, and one that closes it ends
        # the last: a few plain frames aren't a shot.
        opens = start == 0 and self._base == 0 and at <= _HELD_FLAT
        closes = at_end and window.count - found.at <= _HELD_FLAT
        return not (opens and float(window.contrast[: found.at].max(initial=0)) <= _FLAT) and not (
            closes and float(window.contrast[found.at :].max(initial=0)) <= _FLAT
        )


def _moved(found: Boundary, by: int) -> Boundary:
    return Boundary(found.at + by, found.first + by, found.last + by, found.into, found.certainty)
