"""Edited films with known shot boundaries, made of real footage, and marks for who finds them.

`tools/train_shots.py` learns from such films, `benchmarks/shots.py` reports on others.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
from footage import SIZE, Piece, Shot, Source, Truth

from mediacatalog.media.planes import Sampler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.container import OutputContainer
    from av.video.stream import VideoStream
    from footage import Picture
    from numpy.typing import NDArray

    from mediacatalog.media.shot_features import Planes

_VISIBLE = 9  # mean difference, of 255, of the pictures before and after a boundary
# --- one film -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Film:
    path: Path
    truth: tuple[Truth, ...]
    frames: int
    seconds: float


@dataclass(frozen=True)
class Plan:
    """What kind of film; `gradual` is the share of transitions that aren't cuts.

    `same` is the share of shots that show another part, and another view, of what the one before
    shows, in the same light.
    """

    seed: int
    shots: int = 40
    gradual: float = 0.35
    same: float = 0.15
    wipes: bool = True
    holes: bool = False
    """Frames are missing, by ones and by runs, and the time stamps say so."""
    rate: Fraction | None = None


_RATES = (10, 12, 15, 24, 25, 25, 25, 30, 30, 50, 60)


def make_film(plan: Plan, usable: list[Source], path: Path) -> Film:
    """Writes a Matroska file; `usable` must hold two sources at least."""
    chance = random.Random(plan.seed)
    rate = plan.rate or Fraction(chance.choice(_RATES))
    edit = _Edit(chance, plan, usable, float(rate))
    noise = np.random.default_rng(plan.seed)
    coarse = chance.choice((0, 1, 2, 5))
    grain = [noise.normal(0, coarse, (*SIZE[::-1], 3)).astype(np.int16) for _ in range(6)]
    bars = chance.choice((0, 0, 0, 0, 12, 27))
    kept: list[int] = []  # the numbers, before holes, of the frames written
    gone = _gone(chance, float(rate)) if plan.holes else iter(lambda: False, None)
    with av.open(str(path), "w", format="matroska") as out:
        stream = _stream(out, chance, rate)
        for number, made in enumerate(edit.pictures()):
            if next(gone):
                continue
            kept.append(number)
            rough = cv2.add(made, grain[number * 5 % 6], dtype=cv2.CV_8U)
            if bars:
                rough[:bars] = rough[-bars:] = 0
            frame = av.VideoFrame.from_ndarray(rough, format="rgb24")
            frame.pts, frame.time_base = number, 1 / rate
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    truth = tuple(_placed(one, np.array(kept)) for one in edit.truth)
    return Film(path, truth, len(kept), len(kept) / float(rate))


def _placed(one: Truth, kept: NDArray[np.int_]) -> Truth:
    """Among the frames that are left."""
    first = int(np.searchsorted(kept, one.first))
    last = int(np.searchsorted(kept, one.last, "right")) - 1
    if one.kind == "cut" or last <= first:
        return Truth("cut", first, first)
    return Truth(one.kind, first, last)


def _gone(chance: random.Random, rate: float) -> Iterator[bool]:
    """Which frames are lost: every nth, some at random, and runs of up to a second."""
    every = chance.choice((0, 5, 5, 9))
    rare = chance.choice((0.0, 0.05, 0.2))
    left, number = 0, 0
    while True:
        number += 1
        if left == 0 and chance.random() < 1 / 90:
            left = chance.randrange(3, max(5, int(rate * 0.6)))
        left = max(0, left - 1)
        yield left > 0 or (every > 0 and number % every == 0) or chance.random() < rare


def _stream(out: OutputContainer, chance: random.Random, rate: Fraction) -> VideoStream:
    codec = chance.choices(("libx264", "mpeg4", "mpeg2video"), (8, 1, 1))[0]
    if codec == "mpeg2video" and rate not in {24, 25, 30, 50, 60}:
        codec = "mpeg4"
    stream = out.add_stream(codec, rate=rate)
    stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
    stream.codec_context.time_base = 1 / rate
    stream.codec_context.thread_count = 1
    stream.codec_context.gop_size = chance.choice((12, 50, 250))
    if codec == "libx264":
        stream.options = {"preset": "superfast", "crf": str(chance.choice((18, 23, 28, 34, 40)))}
    else:
        stream.codec_context.bit_rate = chance.choice((150, 400, 1200)) * 1000
    return stream


class _Edit:
    """The cutting table: shots in a row and the transitions between them."""

    def __init__(self, chance: random.Random, plan: Plan, usable: list[Source], fps: float) -> None:
        self.truth: list[Truth] = []
        self._chance = chance
        self._plan = plan
        self._fps = fps
        self._pieces = pieces = [(one, a, b) for one in usable for a, b in one.pieces()]
        self._moving = [piece for piece in pieces if piece[2] > 1]
        self._still = [piece for piece in pieces if piece[2] == 1]
        self._bag: list[Piece] = []
        self._last: Piece | None = None

    def pictures(self) -> Iterator[Picture]:
        count = 0
        shot, used = self._next_shot(), 0
        for _ in range(self._plan.shots - 1):
            after = self._another(shot)
            room = min(shot.frames - used - 6, after.frames // 2)
            kind, length = self._transition(room)
            for at in range(used, shot.frames - length):
                yield shot.picture(at)
                count += 1
            made = 0
            for picture in self._joined(kind, shot, after, length):
                yield picture
                made += 1
            if kind == "long black":
                self.truth.append(Truth("fade", count, count + length - 1))
                self.truth.append(Truth("fade", count + made - length, count + made - 1))
            elif kind == "cut":
                self.truth.append(Truth("cut", count, count))
            else:
                self.truth.append(Truth(kind, count, count + made - 1))  # type: ignore[arg-type]
            count += made
            shot, used = after, length
        for at in range(used, shot.frames):
            yield shot.picture(at)

    def _another(self, before: Shot) -> Shot:
        """A shot that begins visibly otherwise than the one before ends."""
        last = before.picture(before.frames - 1)
        for _ in range(8):
            after = self._next_shot(before)
            if float(np.mean(cv2.absdiff(last, after.picture(0)))) > _VISIBLE:
                break
        return after

    def _next_shot(self, before: Shot | None = None) -> Shot:
        chance = self._chance
        piece: Piece | None = None
        luck = chance.random()
        if before and self._last and chance.random() < self._plan.same:
            last = self._last[0].path
            piece = chance.choice([each for each in self._pieces if each[0].path == last])
            return Shot(chance, piece, self._length(), like=before)
        if luck < 0.25 and self._still:
            piece = chance.choice(self._still)
        elif luck < 0.94:
            if not self._bag:
                self._bag = chance.sample(self._moving, len(self._moving))
            piece = self._bag.pop()
            if piece == self._last and self._bag:
                self._bag.insert(0, piece)
                piece = self._bag.pop()
        self._last = piece
        return Shot(chance, piece, self._length())

    def _length(self) -> int:
        seconds = self._chance.lognormvariate(math.log(2.2), 0.7)
        return max(10, min(int(seconds * self._fps), int(8 * self._fps), 220))

    def _transition(self, room: int) -> tuple[str, int]:
        chance = self._chance
        if chance.random() > self._plan.gradual or room < 4:
            return "cut", 0
        longest = min(room, 50, max(8, int(self._fps * 1.7)))
        length = min(longest, int(math.exp(chance.uniform(math.log(4), math.log(51)))))
        kinds = ["dissolve"] * 6 + ["fade"] * 4 + (["wipe"] if self._plan.wipes else [])
        kind = chance.choice(kinds)
        if kind == "fade" and chance.random() < 0.15:
            kind = "long black"
        return kind, length

    def _joined(self, kind: str, one: Shot, two: Shot, length: int) -> Iterator[Picture]:
        start = one.frames - length
        if kind == "dissolve":
            power = self._chance.choice((1.0, 1.0, 1.0, 0.0))
            for n in range(length):
                share = (n + 1) / (length + 1)
                share = share if power else share * share * (3 - 2 * share)
                yield _mixed(one.picture(start + n), two.picture(n), share)
        elif kind in {"fade", "long black"}:
            chance = self._chance
            light = 0 if kind == "long black" else chance.choice((0, 0, 0, 255))
            plain = np.full((*SIZE[::-1], 3), light, np.uint8)
            hold = chance.randrange(20, 60) if kind == "long black" else chance.choice((0, 1, 4, 9))
            for n in range(length):
                yield _mixed(one.picture(start + n), plain, (n + 1) / (length + 1))
            for _ in range(hold):
                yield plain
            for n in range(length):
                yield _mixed(plain, two.picture(n), (n + 1) / (length + 1))
        elif kind == "wipe":
            yield from self._wiped(one, two, start, length)

    def _wiped(self, one: Shot, two: Shot, start: int, length: int) -> Iterator[Picture]:
        down, back = self._chance.random() < 0.3, self._chance.random() < 0.5
        for n in range(length):
            before, after = one.picture(start + n), two.picture(n)
            made = (after if back else before).copy()
            other = before if back else after
            share = (n + 1) / (length + 1)
            share = 1 - share if back else share
            if down:
                edge = int(SIZE[1] * share)
                made[:edge] = other[:edge]
            else:
                edge = int(SIZE[0] * share)
                made[:, :edge] = other[:, :edge]
            yield made


def _mixed(one: Picture, two: Picture, share: float) -> Picture:
    return cv2.addWeighted(one, 1 - share, two, share, 0)


# --- looking at it --------------------------------------------------------------------------------


def planes_of(path: Path) -> tuple[list[Planes], list[float]]:
    """Every frame as the decode pass sees it, and its time in seconds."""
    sampler, made, times = Sampler(), [], []
    with av.open(str(path), metadata_errors="ignore") as container:
        stream = container.streams.video[0]
        for frame in container.decode(stream):
            made.append(sampler.planes(frame))
            times.append(float((frame.pts or 0) * (stream.time_base or 0)))
    return made, times


# --- marks ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A boundary that a detector told: the frame, and how sure it is."""

    at: float
    kind: str = ""
    certainty: float = 1.0


@dataclass
class Marks:
    """How told boundaries compare with the truth; marks of several films can be added."""

    hits: dict[str, int] = field(default_factory=dict)
    truths: dict[str, int] = field(default_factory=dict)
    false: int = 0
    false_graduals: int = 0

    def __add__(self, other: Marks) -> Marks:
        kinds = self.truths.keys() | other.truths.keys()
        return Marks(
            {kind: self.hits.get(kind, 0) + other.hits.get(kind, 0) for kind in kinds},
            {kind: self.truths.get(kind, 0) + other.truths.get(kind, 0) for kind in kinds},
            self.false + other.false,
            self.false_graduals + other.false_graduals,
        )

    @property
    def precision(self) -> float:
        return sum(self.hits.values()) / max(1, sum(self.hits.values()) + self.false)

    def recall(self, kind: str | None = None) -> float:
        """Not a number if there is none of the kind."""
        if kind is None:
            return sum(self.hits.values()) / max(1, sum(self.truths.values()))
        return self.hits.get(kind, 0) / self.truths[kind] if self.truths.get(kind) else math.nan

    def f1(self, kind: str | None = None) -> float:
        """Of all boundaries, or of one kind, to which then every false one is charged."""
        hits = sum(self.hits.values()) if kind is None else self.hits.get(kind, 0)
        truths = sum(self.truths.values()) if kind is None else self.truths.get(kind, 0)
        return 2 * hits / max(1, hits + self.false + truths)


def score(told: list[Found], truth: tuple[Truth, ...] | list[Truth], reach: int = 2) -> Marks:
    """A boundary is found if one is told within `reach` frames of it; a second one is false."""
    marks = Marks()
    for one in truth:
        marks.truths[one.kind] = marks.truths.get(one.kind, 0) + 1
    left = list(truth)
    for found in sorted(told, key=lambda found: found.at):
        near = [one for one in left if one.first - reach <= found.at <= one.last + reach]
        if near:
            best = min(near, key=lambda one: abs(found.at - (one.first + one.last) / 2))
            left.remove(best)
            marks.hits[best.kind] = marks.hits.get(best.kind, 0) + 1
        else:
            marks.false += 1
            marks.false_graduals += found.kind not in {"", "cut"}
    return marks
