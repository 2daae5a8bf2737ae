"""Learn where shots begin: makes films of real footage, fits the networks, writes their weights.

    python tools/train_shots.py FOLDER... [--films 40] [--work FOLDER] [--out FILE]

Uses the footage in the folders that `benchmarks/shot_sources.json` lists for training, and none
other. Prints how well the networks do on footage that they weren't shown: the sources are halved,
each half is judged by networks that learned from the other; what is written has learned from both.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from footage import Truth, halves, sources
from timelines import Found, Marks, Plan, make_film, planes_of, score

from mediacatalog.media import shots
from mediacatalog.media.shot_features import LENGTHS, Planes, Window
from mediacatalog.media.shot_model import FARTHEST, Model, Net, model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Rows = NDArray[np.float32]

OUT = Path(__file__).parents[1] / "src/mediacatalog/media/shot_model.json"
KINDS = ("cut", "dissolve", "fade", "wipe")


@dataclass(frozen=True)
class Reel:
    """A film, looked at."""

    planes: list[Planes]
    seconds: list[float]
    truth: list[Truth]

    def backwards(self) -> Reel:
        last = len(self.planes) - 1
        turned = [
            Truth(one.kind, last - one.first + 1, last - one.first + 1)
            if one.kind == "cut"
            else Truth(one.kind, last - one.last, last - one.first)
            for one in reversed(self.truth)
        ]
        times = [self.seconds[-1] - at for at in reversed(self.seconds)]
        return Reel(self.planes[::-1], times, turned)

    def thinned(self, seed: int) -> Reel:
        """Every second frame, or with holes; and duller."""
        chance = np.random.default_rng(seed)
        keep = np.ones(len(self.planes), bool)
        if chance.random() < 0.5:
            keep[1::2] = False
        else:
            keep = chance.random(len(keep)) > chance.choice([0.03, 0.2])
            for start in chance.integers(0, len(keep), len(keep) // 90):
                keep[start : start + int(chance.integers(3, 16))] = False
        kept = np.flatnonzero(keep)
        dull, lift = chance.uniform(0.35, 1), chance.uniform(0, 30)
        planes = [_duller(self.planes[at], dull, lift) for at in kept]
        truth = []
        for one in self.truth:
            first = int(np.searchsorted(kept, one.first))
            last = int(np.searchsorted(kept, one.last, "right")) - 1
            cut = one.kind == "cut" or last <= first
            truth.append(Truth("cut", first, first) if cut else Truth(one.kind, first, last))
        return Reel(planes, [self.seconds[at] for at in kept], truth)

    def relayed(self, seed: int) -> Reel:
        """As broadcasters and those who post again leave it.

        Film as 3:2 of fields, each frame twice or twice and thrice, or fields of two frames in one
        at some cuts, where somebody cut between fields or blended frames.
        """
        chance = np.random.default_rng(seed)
        way = ("film", "film", "repeated", "torn")[int(chance.integers(4))]
        made: list[tuple[int, int]] = []  # the frames of whose fields each is made
        cuts = {one.first for one in self.truth if one.kind == "cut"}
        pattern = [(2,), (2, 3), (2, 3, 3, 2)][int(chance.integers(3))]
        for at in range(len(self.planes)):
            if way == "film":
                made += [[(at, at)], [(at, at)], [(at - 1, at)], [(at - 1, at), (at, at)]][at % 4]
            elif way == "repeated":
                made += [(at, at)] * pattern[at % len(pattern)]
            else:
                torn = at in cuts and chance.random() < 0.6
                made += [(at - 1, at)] if torn else [(at, at)]
        # A frame that is half of the old shot doesn't begin the new one.
        older = np.maximum.accumulate([min(pair) for pair in made])
        planes = [
            self.planes[a] if a == b else _together(self.planes[a], self.planes[b]) for a, b in made
        ]
        truth = []
        for one in self.truth:
            first = int(np.searchsorted(older, one.first))
            last = int(np.searchsorted(older, one.last, "right")) - 1
            last = first if one.kind == "cut" else max(first, last)
            truth.append(Truth(one.kind, first, last))
        gap = (self.seconds[-1] - self.seconds[0]) / max(1, len(made) - 1)
        return Reel(planes, [self.seconds[0] + gap * n for n in range(len(made))], truth)


def _together(one: Planes, two: Planes) -> Planes:
    pairs = ((one.luma, two.luma), (one.blue, two.blue), (one.red, two.red))
    return Planes(*(((a.astype(np.uint16) + b) // 2).astype(np.uint8) for a, b in pairs))


def _duller(planes: Planes, share: float, lift: float) -> Planes:
    def less(plane: NDArray[np.uint8], middle: float, by: float) -> NDArray[np.uint8]:
        return np.clip((plane - middle) * share + middle + by, 0, 255).astype(np.uint8)

    return Planes(less(planes.luma, 16, lift), less(planes.blue, 128, 0), less(planes.red, 128, 0))


# --- what there is to learn from ------------------------------------------------------------------


@dataclass
class Lessons:
    rows: Rows
    right: NDArray[np.float32]

    @classmethod
    def joined(cls, parts: list[Lessons]) -> Lessons:
        return cls(
            np.concatenate([part.rows for part in parts]),
            np.concatenate([part.right for part in parts]),
        )


def windows(reel: Reel) -> Iterator[tuple[Window, int, int, int]]:
    """As the finder sees them: window, its first frame, and the stretch that it is judged for."""
    start, count = 0, len(reel.planes)
    while True:
        end = min(count, start + shots.ADVANCE + shots.CONTEXT)
        window = Window(reel.planes[start:end], reel.seconds[start:end])
        whole = end == count
        until = end if whole else end - shots.UNSETTLED
        begins = 0 if start == 0 else start + shots.CONTEXT - shots.UNSETTLED
        yield window, start, begins - start, until - start
        if whole:
            return
        start = end - shots.CONTEXT


def cut_lessons(reel: Reel) -> Lessons:
    cuts = np.array([one.first for one in reel.truth if one.kind == "cut"] or [-99])
    spans = [(one.first, one.last + 1) for one in reel.truth if one.kind != "cut"]
    parts = []
    for window, start, begins, until in windows(reel):
        at = window.cut_candidates()
        at = at[(at >= begins) & (at < until)]
        away = np.abs(cuts[None] - (at + start)[:, None]).min(1) if len(at) else at
        # The ends of a gradual transition of few frames are all but cuts: no lesson.
        open_ = np.array(
            [any(a <= x + start <= b and b - a < 4 for a, b in spans) for x in at], bool
        )
        keep = ((away == 0) | (away > 2)) & ~open_
        if keep.any():
            right = (away[keep] == 0).astype(np.float32)
            parts.append(Lessons(window.cut_features(at[keep]), right))
    return Lessons.joined(parts)


def fits(first: NDArray[np.intp], length: int, truth: list[Truth]) -> NDArray[np.int8]:
    """1 where such a transition is one of the truth, 0 where none is near, -1 in between."""
    last = first + length
    answer = np.zeros(len(first), np.int8)
    for one in truth:
        if one.kind == "cut":
            continue
        a, b = one.first - 1, one.last + 1
        shared = np.minimum(b, last) - np.maximum(a, first)
        union = np.maximum(b, last) - np.minimum(a, first)
        part = shared / union
        middle = np.abs((first + last) / 2 - (a + b) / 2) <= max(1.5, 0.15 * (b - a))
        good = part >= (0.62 if one.kind != "fade" else 0.45)
        answer = np.where(good & middle, 1, np.where((part > 0.1) & (answer == 0), -1, answer))
    return answer.astype(np.int8)


def gradual_lessons(reel: Reel, seed: int, share: float = 0.2) -> Lessons:
    chance = np.random.default_rng(seed)
    parts = []
    for window, start, begins, until in windows(reel):
        for length in LENGTHS:
            first = window.gradual_candidates(length)
            middle = first + length // 2
            first = first[(middle >= begins) & (middle < until)]
            right = fits(first + start, length, reel.truth)
            keep = (right == 1) | ((right == 0) & (chance.random(len(first)) < share))
            if keep.any():
                rows = window.gradual_features(first[keep], length)
                parts.append(Lessons(rows, right[keep].astype(np.float32)))
    return Lessons.joined(parts)


def closer_lessons(reel: Reel, net: Net) -> Lessons:
    parts = []
    for window, start, begins, until in windows(reel):
        told = shots.possible(window, net)
        middle = (told.first + told.last) // 2
        right = np.array(
            [
                fits(told.first[n : n + 1] + start, int(told.last[n] - told.first[n]), reel.truth)[
                    0
                ]
                for n in range(len(middle))
            ],
            np.int8,
        )
        keep = (middle >= begins) & (middle < until) & (right >= 0)
        if keep.any():
            parts.append(Lessons(told.rows[keep], right[keep].astype(np.float32)))
    return Lessons.joined(parts)


# --- fitting --------------------------------------------------------------------------------------


def fit(lessons: Lessons, units: int, seed: int, epochs: int = 30) -> Net:
    """Logistic loss, Adam, weight decay, noise on the features."""
    chance = np.random.default_rng(seed)
    rows, right = lessons.rows.astype(np.float64), lessons.right.astype(np.float64)
    mean, deviation = rows.mean(0), rows.std(0) + 1e-3
    z = np.clip((rows - mean) / deviation, -FARTHEST, FARTHEST)
    count, width = z.shape
    weights = [
        chance.normal(0, (2 / width) ** 0.5, (width + 1, units)),
        np.append(chance.normal(0, (1 / units) ** 0.5, units), -1.0),
    ]
    weights[0][-1] = 0
    first = [np.zeros_like(each) for each in weights]
    second = [np.zeros_like(each) for each in weights]
    weight = np.where(right > 0, min(8.0, max(1.0, 0.15 * (1 - right.mean()) / right.mean())), 1.0)
    steps, total = 0, epochs * (count // 256 + 1)
    for _ in range(epochs):
        order = chance.permutation(count)
        for batch in np.array_split(order, count // 256 + 1):
            steps += 1
            x = z[batch] + chance.normal(0, 0.1, (len(batch), width))
            linear = x @ weights[0][:-1] + weights[0][-1]
            hidden = np.maximum(linear, 0) * (chance.random(linear.shape) > 0.1) / 0.9
            answer = 1 / (1 + np.exp(-np.clip(hidden @ weights[1][:-1] + weights[1][-1], -30, 30)))
            off = (answer - right[batch]) * weight[batch] / len(batch)
            back = np.outer(off, weights[1][:-1]) * (hidden > 0) / 0.9
            slopes = [
                np.concatenate([x.T @ back, back.sum(0, keepdims=True)]),
                np.append(hidden.T @ off, off.sum()),
            ]
            rate = 0.004 * min(1, steps / 100) * (1 - steps / (total + 1))
            for n, slope in enumerate(slopes):
                first[n] += 0.1 * (slope - first[n])
                second[n] += 0.001 * (slope**2 - second[n])
                stride = first[n] / (1 - 0.9**steps)
                stride /= np.sqrt(second[n] / (1 - 0.999**steps)) + 1e-8
                weights[n] = weights[n] - rate * (stride + 0.02 * weights[n])
    parts = [mean, deviation, *weights]
    return Net(*(np.asarray(part, np.float32) for part in parts))


def together(nets: list[Net]) -> Net:
    """One net that answers with the mean of theirs (before it becomes a probability)."""
    count = len(nets)
    out = np.concatenate(
        [*(net.out[:-1] / count for net in nets), [sum(n.out[-1] for n in nets) / count]]
    )
    return replace(
        nets[0], hidden=np.concatenate([net.hidden for net in nets], 1), out=out.astype(np.float32)
    )


def learn(reels: list[Reel], seed: int, kept: Model | None = None) -> Model:
    """Of cuts and of gradual transitions, or of cuts alone beside what is `kept`."""
    taught = [
        version
        for n, reel in enumerate(reels)
        for version in (reel, reel.backwards(), (reel.backwards() if n & 2 else reel).thinned(n))
    ]
    passed_on = [(reel, reel.backwards())[n % 2].relayed(n) for n, reel in enumerate(reels)]
    cuts = Lessons.joined([cut_lessons(reel) for reel in [*taught, *passed_on]])
    cut = together([fit(cuts, 12, seed + n) for n in range(4)])
    print(f"  {len(cuts.right)} cuts to judge, {int(cuts.right.sum())} right", flush=True)
    if kept:
        return replace(kept, cut=cut)
    graduals = Lessons.joined([gradual_lessons(reel, n) for n, reel in enumerate(taught)])
    print(f"  {len(cuts.right)} cuts to judge, {int(cuts.right.sum())} right;", end=" ")
    print(
        f"{len(graduals.right)} graduals, {int(graduals.right.sum())} right;", end=" ", flush=True
    )
    gradual = together([fit(graduals, 16, seed + n, 12) for n in range(3)])
    near = Lessons.joined([closer_lessons(reel, gradual) for reel in taught])
    print(f"{len(near.right)} closer, {int(near.right.sum())} right", flush=True)
    closer = together([fit(near, 12, seed + n) for n in range(4)])
    return Model(cut, gradual, closer)


# --- seeing how well it does ----------------------------------------------------------------------


def detect(reel: Reel, learned: Model) -> list[Found]:
    finder = shots.Finder(learned)
    told = [
        one
        for planes, at in zip(reel.planes, reel.seconds, strict=True)
        for one in finder.add(planes, at)
    ]
    return [Found(one.at, one.into, one.certainty) for one in [*told, *finder.finish()]]


def judge(name: str, reels: list[Reel], learned: Model) -> tuple[Marks, Marks]:
    """Of all that is told, and of the cuts alone."""
    marks, sharp = Marks(), Marks()
    for reel in reels:
        told = detect(reel, learned)
        marks += score(told, reel.truth)
        sharp += score([one for one in told if one.kind == "cut"], reel.truth)
    kinds = " ".join(f"{kind} {marks.recall(kind):.3f}" for kind in KINDS)
    minutes = sum(reel.seconds[-1] for reel in reels) / 60
    print(
        f"{name}: precision {marks.precision:.3f}, recall {marks.recall():.3f} ({kinds}), "
        f"F1 {marks.f1():.3f}, of the cuts {sharp.f1('cut'):.3f}; "
        f"{marks.false_graduals / minutes:.2f} false graduals a minute",
        flush=True,
    )
    return marks, sharp


def calibration(answers: list[tuple[Net, Lessons]]) -> tuple[float, float]:
    """Slope and shift of the log odds, so that of what is told with p, p is right."""
    sure = np.concatenate([net.certainty(known.rows) for net, known in answers])
    right = np.concatenate([known.right for _, known in answers])
    sure = np.clip(sure.astype(np.float64), 1e-5, 1 - 1e-5)
    odds = np.log(sure / (1 - sure))
    x = np.stack([odds, np.ones_like(odds)], 1)
    found = np.array([1.0, 0.0])
    for _ in range(40):  # Newton's method
        answer = 1 / (1 + np.exp(-(x @ found)))
        weight = answer * (1 - answer) + 1e-6
        slope = x.T @ (answer - right) + 1e-2 * (found - [1, 0])
        found = found - np.linalg.solve((x * weight[:, None]).T @ x + np.eye(2) * 1e-2, slope)
    return float(found[0]), float(found[1])


def calibrated(net: Net, slope: float, shift: float) -> Net:
    out = net.out.astype(np.float64) * slope
    out[-1] += shift
    return replace(net, out=out.astype(np.float32))


@dataclass
class Crossed:
    """How networks of each half do on the other, and what calibrates their answers."""

    marks: Marks
    sharp: Marks
    cut: tuple[float, float]
    closer: tuple[float, float]

    @classmethod
    def of(cls, parts: tuple[list[Reel], list[Reel]], seed: int, kept: Model | None) -> Crossed:
        marks, sharp, cuts, closer = Marks(), Marks(), [], []
        for taught, shown in (parts, parts[::-1]):
            learned = learn(taught, seed, kept)
            both = judge("  on the other half", shown, learned)
            marks, sharp = marks + both[0], sharp + both[1]
            cuts += [(learned.cut, cut_lessons(reel)) for reel in shown]
            if not kept:
                gradual = learned.gradual
                closer += [(learned.closer, closer_lessons(reel, gradual)) for reel in shown]
        return cls(marks, sharp, calibration(cuts), calibration(closer) if closer else (1.0, 0.0))


# --- all of it ------------------------------------------------------------------------------------


def reel_of(folders: list[Path], number: int, work: Path) -> Reel:
    usable = halves(sources(folders, "train"))[number & 1]
    plan = Plan(number, shots=24, same=0.3, holes=number % 8 in {3, 6})
    film = make_film(plan, usable, work / f"{number}.mkv")
    return Reel(*planes_of(film.path), list(film.truth))


def reels_of(folders: list[Path], films: int, work: Path) -> tuple[list[Reel], list[Reel]]:
    """Of either half of the sources."""
    with ProcessPoolExecutor(2) as pool:
        made = [pool.submit(reel_of, folders, n, work) for n in range(films)]
        reels = [each.result() for each in made]
    print(f"{films} films, {sum(len(reel.planes) for reel in reels)} frames", flush=True)
    return reels[::2], reels[1::2]


def written(learned: Model, about: dict[str, object]) -> str:
    nets = {
        name: {part: _short(values) for part, values in vars(getattr(learned, name)).items()}
        for name in ("cut", "gradual", "closer")
    }
    return json.dumps({"about": about, "nets": nets}, separators=(",", ":")) + "\n"


def _short(values: NDArray[np.float32]) -> object:
    if values.ndim > 1:
        return [_short(row) for row in values]
    return [float(f"{value:.4g}") for value in values]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--films", type=int, default=36)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cuts", action="store_true", help="leave the gradual ones as they are")
    parser.add_argument("--work", type=Path, help="keeps the films")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = given.work or Path(scratch)
        work.mkdir(exist_ok=True)
        parts = reels_of(given.folders, given.films, work)
    kept = model() if given.cuts else None
    tried = Crossed.of(parts, given.seed, kept)
    both = [*parts[0], *parts[1]]
    learned = learn(both, given.seed, kept)
    judge("what it learned from", both, learned)
    learned = replace(
        learned,
        cut=calibrated(learned.cut, *tried.cut),
        closer=calibrated(learned.closer, *tried.closer),
    )
    about = json.loads(OUT.read_text("utf-8"))["about"] if given.cuts else {}
    made = {
        "made": f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, by tools/train_shots.py",
        "from": sorted({one.path.name for one in sources(given.folders, "train")}),
        "films": f"{given.films} made films, {sum(len(reel.planes) for reel in both)} frames",
        "on footage not shown": {
            "F1": round(tried.marks.f1(), 3),
            "F1 of the cuts": round(tried.sharp.f1("cut"), 3),
        },
    }
    about["cut"] = made
    if not given.cuts:
        about["gradual"] = made
    given.out.write_text(written(learned, about), "utf-8")


if __name__ == "__main__":
    main()
