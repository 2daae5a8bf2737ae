"""Shot boundaries in a stream of small planes: hard cuts, fades and dissolves.

`Finder` takes frames one by one and tells boundaries as soon as they are certain, some 300 frames
later at most; its memory doesn't grow with the clip. What a boundary looks like was learned
(`shot_model`); only what follows from the meaning of the words is written down here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from mediacatalog.media.shot_features import LENGTHS, Planes, Window
from mediacatalog.media.shot_model import Model, model

if TYPE_CHECKING:
    from mediacatalog.media.shot_features import Floats, Indices
    from mediacatalog.media.shot_model import Net

CUT_CERTAINTY: Final = 0.5
GRADUAL_CERTAINTY: Final = 0.5

ADVANCE: Final = 192  # frames after which the window is judged
CONTEXT: Final = 96  # frames of the last window that are judged again, for what straddles
UNSETTLED: Final = 48  # frames at the end of a window whose future isn't known yet
_KEPT = 0.43  # of a picture's edges, what no cut leaves in place: of 486 learned from 0.40 at most
_POSSIBLE = 0.05  # certainty from which on a gradual transition is worth a closer look
_BY_RULE = 0.5  # certainty of what no network told: anything else that is told there wins
_SLOPE = 32  # frames within which light falls to black, or rises from it
_SAME_SHAPE = 0.1  # one minus the correlation of what is the same picture
_LIKE = 0.5  # and of what may be the same, moved on a little
_FEW = 3  # black frames that no fade leaves behind
_SHORTEST = 2  # frames in a shot
_FLAT = 6.0  # contrast (of 255) below which a small plane counts as one colour
_BLACK = 30.0  # mean luma up to which a plain picture is black (and down from 255: white)
_BREATH = 3  # frames between two halves of a fade
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


@dataclass(frozen=True)
class Possible:
    """Gradual transitions that may be, with what the closer look at them gave."""

    first: Indices
    """Last frames of the old shot."""
    last: Indices
    """First frames of the new one."""
    rows: Floats


def boundaries(window: Window, learned: Model | None = None) -> list[Boundary]:
    """All boundaries in a window, in order. A window of fewer than three frames has none."""
    if window.count < 3:
        return []
    learned = learned or model()
    found: list[Boundary] = []
    told = [*_cuts(window, learned.cut), *_graduals(window, learned), *_plain(window)]
    for one in sorted(told, key=lambda one: -one.certainty):
        if not any(one.first <= other.last + 1 and other.first <= one.last + 1 for other in found):
            found.append(one)
    return _merge_fades(window, sorted(found, key=lambda one: one.at))


def _cuts(window: Window, net: Net) -> list[Boundary]:
    at = window.cut_candidates()
    if not len(at):
        return []
    certainty = net.certainty(window.cut_features(at))
    sure = certainty >= CUT_CERTAINTY
    at, certainty = at[sure], certainty[sure]
    # Something large that moves all at once before what stays, as in drawn films, is no cut; the
    # first frame of a shot may hold a field of the last.
    kept = np.minimum(window.kept(at - 1, at), window.kept(at - 1, at + 1))
    changed = kept <= _KEPT
    return [
        _cut(int(frame), float(sure))
        for frame, sure in zip(at[changed], certainty[changed], strict=True)
    ]


def _cut(at: int, certainty: float) -> Boundary:
    return Boundary(at, at, at, "cut", certainty)


def _graduals(window: Window, learned: Model) -> list[Boundary]:
    may_be = possible(window, learned.gradual)
    if not len(may_be.first):
        return []
    certainty = learned.closer.certainty(may_be.rows)
    return [
        _place(window, int(first), int(last), float(sure))
        for first, last, sure in zip(may_be.first, may_be.last, certainty, strict=True)
        if sure >= GRADUAL_CERTAINTY and _leads_elsewhere(window, int(first), int(last))
    ]


def _leads_elsewhere(window: Window, first: int, last: int) -> bool:
    """Not so the same picture in another light, nor one plain colour after another."""
    pictured = max(window.relief[first], window.relief[last]) > _FLAT
    return bool(pictured and window.aligned(first, last) > _SAME_SHAPE)


def _plain(window: Window) -> list[Boundary]:
    """What the networks don't know, since they were shown footage: plain colours, test pictures.

    Frames that take another colour at the same brightness and keep it; and runs of plain black that
    the light falls to and rises from, of which a long one is a shot by itself.
    """
    found = [_cut(int(at), _BY_RULE) for at in window.colour_cuts()]
    dark = (window.mean <= _BLACK) & (window.relief <= _FLAT)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], dark, [False]]).astype(np.int8)))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        before, after = max(0, start - _SLOPE), min(window.count, end + _SLOPE)
        fell = start > 0 and float(window.mean[before:start].max()) > _BLACK + 40
        rose = end < window.count and float(window.mean[end:after].max()) > _BLACK + 40
        short = end - start <= _HELD_FLAT
        apart = window.aligned(max(0, start - 1), min(end, window.count - 1))
        if short and apart < (_LIKE if end - start <= _FEW else _SAME_SHAPE):
            continue  # the picture comes back as it was: frames are missing, no more
        places = [((start + end) // 2, fell and rose)] if short else [(start, fell), (end, rose)]
        found += [
            Boundary(at, max(0, at - 8), min(window.count - 1, at + 8), "fade", _BY_RULE)
            for at, real in places
            if real
        ]
    return found


def possible(window: Window, net: Net) -> Possible:
    """The likeliest gradual transitions, of which no two are much the same."""
    firsts, lasts, sures, rows = [], [], [], []
    for length in LENGTHS:
        first = window.gradual_candidates(length)
        for part in np.array_split(first, len(first) // 256 + 1):
            if not len(part):
                continue
            features = window.gradual_features(part, length)
            sure = net.certainty(features)
            kept = sure > _POSSIBLE
            firsts.append(part[kept])
            lasts.append(part[kept] + length)
            sures.append(sure[kept])
            rows.append(features[kept])
    if not any(len(part) for part in firsts):
        none = np.empty(0, np.intp)
        return Possible(none, none, np.empty((0, 0), np.float32))
    first, last, sure = np.concatenate(firsts), np.concatenate(lasts), np.concatenate(sures)
    chosen = _distinct(first, last, sure)
    first, last, sure = first[chosen], last[chosen], sure[chosen]
    odds = np.log(sure / (1 - sure + 1e-6))[:, None]
    closer = window.closer_look(first, last)
    return Possible(first, last, np.concatenate([np.concatenate(rows)[chosen], odds, closer], 1))


def _distinct(first: Indices, last: Indices, sure: Floats) -> Indices:
    """The surest, without those that share more than half of their frames with a surer one."""
    chosen: list[int] = []
    left = np.argsort(-sure)
    while len(left):
        best = left[0]
        chosen.append(int(best))
        shared = np.minimum(last[left], last[best]) - np.maximum(first[left], first[best])
        union = np.maximum(last[left], last[best]) - np.minimum(first[left], first[best])
        left = left[shared <= 0.5 * union]
    return np.array(chosen, np.intp)


def _place(window: Window, first: int, last: int, certainty: float) -> Boundary:
    """Fade or dissolve? And where does the new shot begin?

    `first` is the last frame of the old shot, `last` the first of the new one. A fade passes
    through one plain colour: the shot begins in the middle of the plain frames, or at their edge if
    they go on beyond the transition (a picture that fades to black and stays black).
    """
    reach = range(max(0, first - 4), min(window.count, last + 5))
    contrast = window.relief
    flattest = min(reach, key=lambda frame: float(contrast[frame]))
    dip = float(contrast[flattest])
    ends = float(contrast[first]), float(contrast[last])
    through = min(ends) >= 2 * dip + 3
    extreme = not _BLACK < float(window.mean[flattest]) < 255 - _BLACK
    beside = contrast[max(0, flattest - 2)], contrast[min(window.count - 1, flattest + 2)]
    sudden = float(min(beside)) > 0.85 * min(ends) + 1  # a flash, a missing frame
    if sudden or dip > _FLAT or not (through or (extreme and max(ends) >= 2 * dip + 4)):
        return Boundary((first + last + 1) // 2, first + 1, last, "dissolve", certainty)
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
    return Boundary(at, min(first + 1, at), max(last, at), "fade", certainty)


def _merge_fades(window: Window, found: list[Boundary]) -> list[Boundary]:
    """Out to a plain colour and in again is one boundary, unless it stays and makes a shot."""
    merged: list[Boundary] = []
    for boundary in found:
        before = merged[-1] if merged else None
        if before is None or not _one_fade(window, before, boundary):
            merged.append(boundary)
            continue
        fades = [one.at for one in (before, boundary) if one.into == "fade"] or [before.last]
        merged[-1] = Boundary(
            (fades[0] + fades[-1]) // 2,
            before.first,
            boundary.last,
            "fade",
            max(before.certainty, boundary.certainty),
        )
    return merged


def _one_fade(window: Window, before: Boundary, after: Boundary) -> bool:
    """Are these the way into a plain colour and the way out of it?"""
    kinds = {before.into, after.into}
    if "cut" in kinds:
        return False
    start, end = before.last, after.first
    if start < end and float(window.relief[start:end].max()) <= _FLAT:
        while start > 0 and window.relief[start - 1] <= _FLAT:
            start -= 1
        while end < window.count and window.relief[end] <= _FLAT:
            end += 1
        return end - start <= _HELD_FLAT
    near = _HELD_FLAT if kinds == {"fade"} else 0
    close = "fade" in kinds and after.first - before.last <= _BREATH
    return close or after.at - before.at <= near


class Finder:
    """Give it every frame; it gives boundaries in order, never one that lies behind another."""

    def __init__(self, learned: Model | None = None) -> None:
        self._learned = learned
        self._frames: list[Planes] = []
        self._seconds: list[float] = []
        self._base = 0  # index of the window's first frame
        self._settled = 0  # boundaries before this frame are told
        self._last: Boundary | None = None

    @property
    def settled(self) -> int:
        """No boundary will be found before this frame any more."""
        return self._settled

    def add(self, frame: Planes, seconds: float) -> list[Boundary]:
        self._frames.append(frame)
        self._seconds.append(seconds)
        if len(self._frames) < ADVANCE + CONTEXT:
            return []
        return self._judge(at_end=False)

    def finish(self) -> list[Boundary]:
        """The boundaries that were still open; the finder is used up."""
        return self._judge(at_end=True) if self._frames else []

    def _judge(self, *, at_end: bool) -> list[Boundary]:
        window = Window(self._frames, self._seconds)
        count = window.count
        until = self._base + count - (0 if at_end else UNSETTLED)
        told: list[Boundary] = []
        for found in boundaries(window, self._learned):
            middle = self._base + (found.first + found.last) // 2
            if self._settled <= middle < until and self._stands(found, window, at_end=at_end):
                self._last = _moved(found, self._base)
                told.append(self._last)
        self._settled = until
        kept = min(count, CONTEXT)
        self._frames = self._frames[count - kept :]
        self._seconds = self._seconds[count - kept :]
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
        return not (opens and float(window.relief[: found.at].max(initial=0)) <= _FLAT) and not (
            closes and float(window.relief[found.at :].max(initial=0)) <= _FLAT
        )


def _moved(found: Boundary, by: int) -> Boundary:
    return Boundary(found.at + by, found.first + by, found.last + by, found.into, found.certainty)
