"""Which frame stands for a shot, and which for the clip.

A decoded frame is held by reference until its shot has ended, so that choosing late costs nothing.
What is held is bounded: of large frames a smaller copy is kept, and beyond a few references frames
are kept as JPEG. For the decoder child only.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from mediacatalog.media.hashes import Hashes, hashes
from mediacatalog.media.planes import resized
from mediacatalog.media.stills import (
    KEYFRAME_SIDE,
    POSTER_QUALITY,
    POSTER_SIDE,
    Lab,
    Sight,
    Tray,
    fit,
    from_jpeg,
    jpeg,
    sharpness,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    from mediacatalog.media.planes import Samples
    from mediacatalog.media.shot_features import Planes

_EVERY: Final = 15
"""Frames from one that is held to the next: 20 of all that `shots` may still divide."""
_MOST_REFERENCES: Final = 26
_LARGEST_REFERENCE: Final = 3_200_000  # bytes: 1080p in 8 bits, 4:2:0
_MOST_HELD: Final = 300
_MOST_SETTLED = 6
_IDEAL = 0.45  # of a shot's length: action has begun, and the next transition is far
_JUMP = 10.0  # mean difference of luma, of 255
_MOVES = 0.4  # mean difference from frame to frame, above which a shot isn't a title or a test card


@dataclass(slots=True)
class Held:
    """A frame that may become a picture; `jpeg` replaces `sight` when references run out."""

    index: int
    pts: int
    sharpness: float
    plain: bool
    """Black, damaged, or a test card: only taken when there is nothing else."""
    luma: NDArray[np.uint8]
    """Small and upright, for its hashes."""
    sight: Sight | None
    jpeg: bytes = b""

    def quality(self, place: float) -> float:
        """`place` is where in the shot it lies, 0 to 1."""
        quality = (self.sharpness + 0.1) * (1 - 1.2 * abs(place - _IDEAL))
        return quality / 1000 if self.plain else quality


@dataclass(frozen=True, slots=True)
class _Face:
    """What a finished shot offers as the poster of the clip: its sharpest frame."""

    frames: int
    moves: bool
    held: Held

    @property
    def rank(self) -> tuple[bool, bool, int]:
        return not self.held.plain, self.moves, self.frames


@dataclass
class Gallery:
    lab: Lab
    into: Tray
    is_flash: Callable[[int], bool] = lambda _pts: False
    """Whether a position, some seconds behind the newest, lies in a flash."""
    hidden: float = 1.0
    """How many times as much as a frame lives with it (`Cutter.hidden`)."""
    keyframes: list[dict[str, object]] = field(default_factory=list)
    _held: list[Held] = field(default_factory=list)
    _face: _Face | None = None
    _spare: Held | None = None
    _previous: NDArray[np.uint8] | None = None
    _jumped: bool = False
    _broken: bool = False
    """Whether the last frame that was held is damaged."""
    _last: int = -(10**9)
    _movement: array[int] = field(default_factory=lambda: array("L"))
    _moved_from: int = 0

    # --- while frames arrive ----------------------------------------------------------------------

    def see(
        self,
        index: int,
        pts: int,
        frame: VideoFrame,
        planes: Planes,
        *,
        black: bool,
        broken: bool,
    ) -> None:
        """Called for every frame; keeps the few that may be chosen."""
        plain = black or broken
        luma = planes.luma
        jumped, self._jumped = self._jumped, False
        movement = 0.0
        if self._previous is not None:
            movement = cv2.norm(luma, self._previous, cv2.NORM_L1)
            self._jumped = movement > _JUMP * luma.size
        self._movement.append(int(movement))
        self._previous = luma
        # The frame after a jump, lest a short shot has none; in a strobe the regular ones must do.
        # And one that is whole after one that isn't.
        due = self._is_due(index, frame) or (jumped and not self._jumped) or index == 0
        if not (due or (self._broken and not broken)):
            if self._spare is None and not plain:  # in case that no chosen one isn't black
                self._spare = self._hold(index, pts, frame, planes, plain=False)
            return
        self._last, self._broken = index, broken
        held = self._hold(index, pts, frame, planes, plain=plain)
        if broken:  # what it shows isn't detail
            held.sharpness = 0.0
        self._held.append(held)
        if not plain and (self._spare is None or held.sharpness > 2 * self._spare.sharpness):
            self._spare = held
        self._thin()

    def _is_due(self, index: int, frame: VideoFrame) -> bool:
        waited = index - self._last
        if waited < _EVERY:
            return False
        # Frames of other kinds may not be deblocked.
        return waited >= 2 * _EVERY or int(frame.pict_type) in {1, 2}

    def _hold(
        self, index: int, pts: int, frame: VideoFrame, planes: Planes, *, plain: bool
    ) -> Held:
        sight = self.lab.sight(frame)
        plain = plain or is_test_card(planes.luma)
        sharp = sharpness(frame)
        byte_count = sum(source.buffer_size for source in sight.frame.planes) * self.hidden
        whole = sight
        if byte_count > _LARGEST_REFERENCE:
            sight = self.lab.smaller(sight, POSTER_SIDE)
        held = Held(index, pts, sharp, plain, sight.upright.applied(planes.luma), sight)
        if byte_count > _LARGEST_REFERENCE and sight is whole and self.hidden > 1:
            self._release(held)  # a small part, which keeps a large frame
        return held

    def _release(self, held: Held) -> None:
        """Keep a small JPEG and let the decoder have its frame back."""
        if held.sight is not None:
            size = fit(held.sight.width, held.sight.height, POSTER_SIDE)
            held.jpeg = jpeg(self.lab.picture(held.sight, size), 92)
            held.sight = None

    def _thin(self) -> None:
        references = [held for held in self._held if held.sight is not None]
        if len(references) > _MOST_REFERENCES:
            for held in references[:4]:
                self._release(held)
        if len(self._held) > _MOST_HELD:
            self._held = [*_sharper(self._held[:-64]), *self._held[-64:]]

    def settle(self, index: int) -> None:
        """No shot will end before frame `index`: of the open shot's frames a few are enough."""
        settled = [held for held in self._held if held.index < index]
        if len(settled) > _MOST_SETTLED:
            rest = [held for held in self._held if held.index >= index]
            self._held = [*_sharper(settled), *rest]

    # --- when a shot has ended --------------------------------------------------------------------

    def close(self, first: int, last: int, clear: tuple[int, int], number: int) -> int | None:
        """Write the picture of the shot [first, last); `clear` leaves its transitions out.

        Returns its place in `keyframes`, or None if no frame of the shot was held.
        """
        moves = self._moves(first, last)
        inside = [held for held in self._held if first <= held.index < last]
        self._held = [held for held in self._held if held.index >= last]
        best = [held for held in inside if clear[0] <= held.index < clear[1]] or inside
        if not best:
            return None
        for held in best:
            held.plain = held.plain or self.is_flash(held.pts)
        length = max(1, last - first)
        sharpest = max(best, key=lambda held: (not held.plain, held.sharpness))
        face = _Face(length, moves, sharpest)
        if self._face is None or face.rank > self._face.rank:
            self._face = face
        chosen = max(best, key=lambda held: held.quality((held.index - first) / length))
        picture = self._picture(chosen, KEYFRAME_SIDE)
        name = f"keyframe-{number:05d}.jpg"
        self.into.put(name, jpeg(picture))
        self.keyframes.append(
            {
                "pts": chosen.pts,
                "name": name,
                "width": picture.shape[1],
                "height": picture.shape[0],
                "sharpness": round(chosen.sharpness, 4),
                "hashes": digits(hashes(chosen.luma)),
            }
        )
        return len(self.keyframes) - 1

    def _moves(self, first: int, last: int) -> bool:
        """Whether the picture changed from frame to frame; the movements before `last` are done."""
        inside = self._movement[first + 1 - self._moved_from : last - self._moved_from]
        del self._movement[: last - self._moved_from]
        self._moved_from = last
        cells = self._previous.size if self._previous is not None else 1
        return sum(inside) > _MOVES * cells * max(1, len(inside))

    def _picture(self, held: Held, side: int) -> NDArray[np.uint8]:
        if held.sight is not None:
            return self.lab.picture(held.sight, fit(held.sight.width, held.sight.height, side))
        picture: Samples = from_jpeg(held.jpeg)
        size = fit(picture.shape[1], picture.shape[0], side)
        if size != (picture.shape[1], picture.shape[0]):
            picture = resized(picture, size, cv2.INTER_AREA)
        return picture.astype(np.uint8, copy=False)

    def poster(self, name: str) -> tuple[dict[str, object], int] | None:
        """The sharpest picture of the longest shot in which something moves.

        Black, a flash, a test card or a title only if there is nothing else.
        """
        chosen = self._face.held if self._face is not None else None
        if (chosen is None or chosen.plain) and self._spare is not None:
            chosen = self._spare
        if chosen is None:
            return None
        picture = self._picture(chosen, POSTER_SIDE)
        self.into.put(name, jpeg(picture, POSTER_QUALITY))
        told = {"name": name, "width": picture.shape[1], "height": picture.shape[0]}
        return told, chosen.pts


def _sharper(row: list[Held]) -> list[Held]:
    """The better of each two neighbours: half of them, spread as they were."""
    pairs = [row[at : at + 2] for at in range(0, len(row), 2)]
    return [max(pair, key=lambda held: (not held.plain, held.sharpness)) for pair in pairs]


def is_test_card(luma: NDArray[np.uint8]) -> bool:
    """Colour bars: for most of the height every line is like the one above, in several steps."""
    upper = luma[1 : luma.shape[0] * 3 // 5].astype(np.int16)
    if float(np.abs(np.diff(upper, axis=0)).mean()) > 1:
        return False
    steps = np.abs(np.diff(upper[0])) > 8
    return int(np.count_nonzero(np.diff(steps.astype(np.int8)) == 1)) >= 4


def digits(found: Hashes) -> list[str]:
    """As the child tells them: hexadecimal, 16 and 64 digits."""
    return [f"{found.coarse:016x}", f"{found.fine:064x}"]
