"""Real footage for made films, and shots of it in which much happens that is no boundary.

What footage may be used, for which purpose, and where its own boundaries lie, `shot_sources.json`
says: it was checked by eye, and it names each file by the SHA-256 of its bytes. A file that isn't
listed isn't used. A shot is a run of frames of one source, seen by a camera that may shake, pan and
zoom, in light that may flash, flicker and change, under titles that come and go.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import av
import cv2
import numpy as np

if TYPE_CHECKING:
    import random

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

SIZE = (320, 180)
"""Of the films; frames are looked at in 64 × 36."""
_STORED = 400  # pixels of the longer side in which sources are held
_EDGE = 3  # frames left out beside a source's own boundary


# --- sources --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Truth:
    """A shot begins: `first` to `last` are the frames that belong to the transition.

    Of a cut both are the first frame of the new shot.
    """

    kind: Literal["cut", "dissolve", "fade", "wipe"]
    first: int
    last: int


@dataclass(frozen=True)
class Source:
    path: Path
    film: str
    """What belongs together: renditions and other parts of one film bear one name."""
    use: Literal["train", "report", "film", "none"]
    boundaries: tuple[Truth, ...]
    frames: int

    def pieces(self) -> list[tuple[int, int]]:
        """Runs of frames of one shot each, half-open."""
        if self.frames == 1:
            return [(0, 1)]
        edges = [
            0,
            *(edge for one in self.boundaries for edge in (one.first, max(one.first, one.last))),
            self.frames,
        ]
        runs = [
            (a + (_EDGE if a else 0), b - (_EDGE if b < self.frames else 0))
            for a, b in zip(edges[::2], edges[1::2], strict=True)
        ]
        return [(a, b) for a, b in runs if b - a >= 12]


def sources(folders: list[Path], use: str) -> list[Source]:
    """What lies in the folders and is listed for this use; sorted by content."""
    listed = json.loads(Path(__file__).with_name("shot_sources.json").read_text("utf-8"))
    found: dict[str, Source] = {}
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if not path.is_file():
            continue
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        entry = listed["files"].get(digest)
        if entry is None or entry["use"] != use or digest in found:
            continue
        bounds = tuple(Truth(*one) for one in entry["boundaries"])
        found[digest] = Source(path, entry["film"], entry["use"], bounds, entry["frames"])
    return [found[digest] for digest in sorted(found)]


def halves(usable: list[Source]) -> tuple[list[Source], list[Source]]:
    """Two parts that share no film, by the hash of its name."""
    parts: tuple[list[Source], list[Source]] = ([], [])
    for one in usable:
        parts[hashlib.sha256(one.film.encode()).digest()[0] & 1].append(one)
    return parts


@lru_cache(maxsize=100)
def _pictures(path: Path, first: int, last: int) -> list[Picture]:
    """RGB, upright or not; a still picture gives one."""
    if path.suffix.lower() in {".jpg", ".jpeg", ".png"}:
        return [_fit(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB))]
    made = []
    with av.open(str(path), metadata_errors="ignore") as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number >= last:
                break
            if number >= first:
                wide = max(_STORED, _STORED * 9 * frame.width // (16 * frame.height))
                small = frame.reformat(
                    wide, wide * frame.height // frame.width, "rgb24", interpolation="AREA"
                )
                made.append(_fit(small.to_ndarray()))
    return made


def _fit(picture: Picture) -> Picture:
    """In 16:9 (the middle of it) and small."""
    height, width = picture.shape[:2]
    if width * 9 > height * 16:
        cut = height * 16 // 9
        picture = picture[:, (width - cut) // 2 :][:, :cut]
    else:
        cut = width * 9 // 16
        picture = picture[(height - cut) // 3 :][:cut]
    shrinks = picture.shape[1] > 2 * _STORED
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(picture, (_STORED, _STORED * 9 // 16), interpolation=way)


# --- one shot -------------------------------------------------------------------------------------


@dataclass
class _Camera:
    """Where the picture is cut out of the source, frame by frame: middle (0 to 1) and width."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    scale: NDArray[np.float64]

    def blur(self, at: int) -> float:
        """Pixels by which the picture moves within the frame's exposure."""
        before = max(0, at - 1)
        way = math.hypot(self.x[at] - self.x[before], self.y[at] - self.y[before])
        return way / float(self.scale[at]) * SIZE[0] * 0.5


def _camera(chance: random.Random, frames: int, *, still: bool) -> _Camera:
    steps = np.random.default_rng(chance.getrandbits(32))
    wide = chance.uniform(0.45, 1.0)
    time = np.arange(frames) / max(1, frames - 1)
    scale = np.full(frames, wide)
    x = np.full(frames, chance.random())
    y = np.full(frames, chance.random())
    manner = chance.choices(
        ("fixed", "shake", "pan", "whip", "zoom", "snap"),
        (2, 5, 5, 3, 3, 1) if still else (10, 4, 3, 2, 2, 1),
    )[0]
    if manner == "pan":
        x = x + time * chance.uniform(-0.9, 0.9)
        y = y + time * chance.uniform(-0.3, 0.3)
    elif manner == "whip":
        scale[:] = wide = chance.uniform(0.3, 0.55)
        for _ in range(chance.choice((1, 1, 2))):
            middle, length = chance.uniform(0.2, 0.8) * frames, chance.uniform(3, 14)
            step = 1 / (1 + np.exp(-np.clip((np.arange(frames) - middle) / length * 6, -30, 30)))
            x = x + step * chance.choice((-1, 1)) * chance.uniform(0.5, 1.0)
            y = y + step * chance.uniform(-0.3, 0.3)
    elif manner == "zoom":
        scale = wide * np.exp(time * chance.uniform(-0.9, 0.9))
    elif manner == "snap":
        middle, length = chance.uniform(0.2, 0.8) * frames, chance.uniform(4, 12)
        step = 1 / (1 + np.exp(-np.clip((np.arange(frames) - middle) / length * 6, -30, 30)))
        scale = wide * np.exp(step * chance.choice((-1, 1)) * chance.uniform(0.3, 0.8))
    if manner in {"shake", "whip"} or chance.random() < 0.25:
        size = chance.choice((0.003, 0.01, 0.02, 0.04))
        x = x + _wobble(steps, frames, size)
        y = y + _wobble(steps, frames, size)
    scale = np.clip(scale, 0.25, 1.0)
    reach = 1 - scale
    return _Camera(_fold(x) * reach + scale / 2, _fold(y) * reach + scale / 2, scale)


def _wobble(steps: np.random.Generator, frames: int, size: float) -> NDArray[np.float64]:
    noise = np.convolve(steps.normal(0, 1, frames + 4), [0.1, 0.2, 0.4, 0.2, 0.1], "valid")
    return np.asarray(noise * size * 2 + np.cumsum(steps.normal(0, size / 4, frames)))


def _fold(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Back and forth between 0 and 1."""
    return np.asarray(1 - np.abs(1 - np.mod(values, 2)))


def _grade(chance: random.Random) -> NDArray[np.float32]:
    """A table of 256 × 3: how a camera or a colourist changes light and colour."""
    level = np.arange(256) / 255
    gamma, gain = chance.uniform(0.7, 1.4), chance.uniform(0.75, 1.1)
    tint = [chance.uniform(0.92, 1.08) for _ in range(3)]
    return np.stack([255 * gain * part * level**gamma for part in tint], 1).astype(np.float32)


@dataclass
class _Light:
    """What happens to the light of a shot, by frame."""

    gain: NDArray[np.float64]
    white: NDArray[np.float64]
    blobs: dict[int, tuple[float, float, float, float]] = field(default_factory=dict)


def _light(chance: random.Random, frames: int) -> _Light:
    light = _Light(np.ones(frames), np.zeros(frames))
    if frames < 20:
        return light
    kind = chance.choices(
        ("none", "flash", "muzzle", "step", "flicker", "dropout"), (62, 10, 9, 9, 6, 3)
    )[0]
    at = chance.randrange(6, frames - 8)
    if kind == "flash":
        for _ in range(chance.choice((1, 1, 2, 4))):
            length = chance.choice((1, 1, 2, 3))
            light.white[at : at + length] = np.geomspace(1, 0.5, length) * chance.uniform(0.3, 1)
            at = min(frames - 4, at + chance.randrange(3, 14))
    elif kind == "muzzle":
        place = chance.random(), chance.random()
        for _ in range(chance.randrange(1, 9)):
            size, power = chance.uniform(0.04, 0.3), chance.uniform(120, 400)
            for n in range(chance.choice((1, 1, 2))):
                light.blobs[at + n] = (*place, size, power)
            light.gain[at] *= chance.uniform(1, 1.25)
            at = min(frames - 4, at + chance.randrange(2, 8))
    elif kind == "step":
        length, to = chance.choice((1, 1, 2, 4, 12, 25)), math.exp(chance.uniform(-0.9, 0.7))
        light.gain[at:] = to
        light.gain[at : at + length] = np.linspace(1, to, length + 1)[1:][: frames - at]
    elif kind == "flicker":
        noise = np.random.default_rng(chance.getrandbits(32))
        light.gain = 1 + noise.normal(0, chance.uniform(0.01, 0.08), frames)
    elif kind == "dropout":
        light.gain[at : at + chance.choice((1, 1, 2))] = 0
    return light


@dataclass
class _Layer:
    """A logo, a name, a ticker: it comes, stays and goes over a shot."""

    picture: Picture
    mask: NDArray[np.float32]
    weight: NDArray[np.float64]


def _layer(chance: random.Random, frames: int) -> _Layer | None:
    if chance.random() > 0.16 or frames < 16:
        return None
    width, height = SIZE
    kind = chance.choice(("logo", "lower", "lower", "words", "panel"))
    tall = {"logo": 0.14, "lower": 0.2, "words": 0.35, "panel": 0.6}[kind]
    broad = {"logo": 0.18, "lower": 0.8, "words": 0.6, "panel": 0.42}[kind]
    h, w = int(tall * height), int(broad * width)
    y = {"logo": 10, "lower": height - h - 12}.get(kind, (height - h) // 2)
    x = chance.randrange(4, width - w)
    picture = np.zeros((height, width, 3), np.uint8)
    mask = np.zeros((height, width), np.float32)
    ink = tuple(chance.randrange(256) for _ in range(3))
    if kind != "words":
        picture[y : y + h, x : x + w] = ink
        mask[y : y + h, x : x + w] = chance.choice((0.7, 0.9, 1.0))
    text = tuple(255 - part for part in ink)
    for line in range(max(1, h // 26)):
        place = (x + 4, y + 20 + 26 * line)
        words = _words(chance, broad)
        cv2.putText(picture, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.6, text, 2)
        layer = np.zeros((height, width), np.uint8)
        cv2.putText(layer, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.6, 255, 2)
        mask = np.maximum(mask, layer.astype(np.float32) / 255)
    comes = chance.randrange(-10, frames - 6)
    goes = chance.randrange(max(comes, 0) + 5, frames + 12)
    slope = chance.choice((1, 1, 6, 14, 25))
    time = np.arange(frames)
    weight = np.clip((time - comes) / slope, 0, 1) * np.clip((goes - time) / slope, 0, 1)
    return _Layer(picture, mask, weight)


def _words(chance: random.Random, broad: float) -> str:
    letters = "ABCDEFGHIKLMNOPRSTUVWZ  aeinorst"
    return "".join(chance.choice(letters) for _ in range(int(broad * 30)))


Piece = tuple[Source, int, int]


def _card(chance: random.Random) -> Picture:
    """A title: words on one colour."""
    height = _STORED * 9 // 16
    light = chance.choice((0, 0, 16, 255, chance.randrange(256)))
    colour = (light,) * 3 if chance.random() < 0.6 else [chance.randrange(256) for _ in range(3)]
    made = np.empty((height, _STORED, 3), np.uint8)
    made[:] = colour
    ink = tuple(255 - part for part in colour)
    for line in range(chance.randrange(5)):
        words, size = _words(chance, chance.uniform(0.3, 1)), chance.uniform(0.6, 1.6)
        place = (chance.randrange(20, 160), 70 + 45 * line)
        cv2.putText(made, words, place, cv2.FONT_HERSHEY_SIMPLEX, size, ink, 2)
    return made


class Shot:
    """One run of frames of one piece; made when asked for, frame by frame.

    `like` another one it is in the same light: the next shot of the same scene.
    """

    def __init__(
        self, chance: random.Random, piece: Piece | None, frames: int, like: Shot | None = None
    ) -> None:
        pictures = [_card(chance)] if piece is None else _pictures(piece[0].path, *piece[1:])
        self.frames = frames
        self._pictures = pictures
        rate = chance.choice((1, 1, 1, 1, 1, 0.5, 2)) if len(pictures) > 40 else 1
        start = chance.random() * max(0, len(pictures) - frames * rate)
        turn = max(1, 2 * len(pictures) - 2)
        place = (start + np.arange(frames) * rate).astype(int) % turn
        self._place = np.minimum(place, turn - place) if len(pictures) > 1 else place * 0
        self._place = self._place[::-1] if chance.random() < 0.2 else self._place
        self.mirror = like.mirror if like else chance.random() < 0.5
        self._camera = _camera(chance, frames, still=len(pictures) == 1)
        self.table = like.table if like else _grade(chance)
        self._light = _light(chance, frames)
        self._layer = _layer(chance, frames)
        self._passes = self._passer(chance)
        self.grey = like.grey if like else chance.random() < 0.06
        if chance.random() < 0.05 and frames > 30:  # frozen for a while
            at = chance.randrange(5, frames - 15)
            self._place[at : at + 12] = self._place[at]

    def _passer(self, chance: random.Random) -> tuple[int, float, int, float] | None:
        """Something near the camera that crosses the picture: start, speed, colour, width."""
        if self.frames < 40 or chance.random() > 0.05:
            return None
        at = chance.randrange(5, self.frames - 25)
        return at, chance.uniform(0.05, 0.2), chance.randrange(10, 120), chance.uniform(0.3, 0.9)

    def picture(self, at: int) -> Picture:
        source = self._pictures[int(self._place[at])]
        camera, (width, height) = self._camera, SIZE
        high, wide = source.shape[:2]
        scale = float(camera.scale[at])
        zoom = wide * scale / width
        move = np.array(
            [
                [zoom, 0, camera.x[at] * wide - zoom * width / 2],
                [0, zoom, camera.y[at] * high - zoom * height / 2],
            ]
        )
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        made = cv2.warpAffine(source, move, SIZE, flags=flags, borderMode=cv2.BORDER_REFLECT)
        blur = camera.blur(at)
        if blur > 4:
            made = cv2.blur(made, (min(61, int(blur) | 1), 1))
        if self.mirror:
            made = made[:, ::-1]
        return self._lit(np.ascontiguousarray(made), at)

    def _lit(self, made: Picture, at: int) -> Picture:
        light = self._light
        table = self.table * light.gain[at]
        table = table + (255 - table) * light.white[at]
        made = cv2.LUT(made, np.clip(table, 0, 255).astype(np.uint8).reshape(1, 256, 3))
        if self.grey:
            made = cv2.cvtColor(cv2.cvtColor(made, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        if at in light.blobs:
            made = _glow(made, light.blobs[at])
        if self._passes and at >= self._passes[0]:
            made = _passed(made, at - self._passes[0], self._passes)
        if self._layer and self._layer.weight[at] > 0:
            share = (self._layer.mask * self._layer.weight[at])[:, :, None]
            made = (made * (1 - share) + self._layer.picture * share).astype(np.uint8)
        return made


def _glow(picture: Picture, blob: tuple[float, float, float, float]) -> Picture:
    x, y, size, power = blob
    across = (np.arange(SIZE[0]) / SIZE[0] - x) ** 2
    down = ((np.arange(SIZE[1]) / SIZE[1] - y) * 0.56) ** 2
    light = power * np.exp(-(across[None] + down[:, None]) / (2 * (size / 2) ** 2))
    return np.clip(picture + light[:, :, None], 0, 255).astype(np.uint8)


def _passed(picture: Picture, age: int, passer: tuple[int, float, int, float]) -> Picture:
    _, speed, colour, broad = passer
    right = int((age * speed) * SIZE[0])
    left = right - int(broad * SIZE[0])
    if left >= SIZE[0]:
        return picture
    made = picture.copy()
    made[10:, max(0, left) : max(0, min(SIZE[0], right))] = colour
    return made
