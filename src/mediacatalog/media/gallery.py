"""Which frame stands for a shot, and which for the clip.

A decoded frame is held by reference until its shot has ended, so that choosing late costs nothing.
What is held is bounded: beyond a few references, frames are kept as JPEG. For the decoder child
only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from mediacatalog.media.frames import Samples, resized
from mediacatalog.media.hashes import phash
from mediacatalog.media.stills import (
    KEYFRAME_SIDE,
    POSTER_SIDE,
    Lab,
    Tray,
    fit,
    from_jpeg,
    jpeg,
    sharpness,
)

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    from mediacatalog.media.shot_features import Planes

_MOST_REFERENCES: Final = 26
_LARGEST_REFERENCE: Final = 3_200_000  # bytes: 1080p in 8 bits, 4:2:0
_MOST_HELD: Final = 300
_IDEAL = 0.45  # of a shot's length: action has begun, and the next transition is far
_JUMP = 10.0  # mean difference of luma, of 255


@dataclass(slots=True)
class Held:
    """A frame that may become a picture; `jpeg` replaces `frame` when references run out."""

    index: int
    pts: int
    sharpness: float
    plain: bool
    """Black, or damaged: only taken when there is nothing else."""
    phash: int
    frame: VideoFrame | None
    jpeg: bytes = b""

    def quality(self, place: float) -> float:
        """`place` is where in the shot it lies, 0 to 1."""
        quality = (self.sharpness + 0.1) * (1 - 1.2 * abs(place - _IDEAL))
        return quality / 1000 if self.plain else quality


@dataclass(frozen=True, slots=True)
class _Face:
    """What a finished shot offers as the poster of the clip."""

    frames: int
    held: Held


@dataclass
class Gallery:
    lab: Lab
    into: Tray
    every: int
    """Frames between two that are held."""
    keyframes: list[dict[str, object]] = field(default_factory=list)
    _held: list[Held] = field(default_factory=list)
    _faces: list[_Face] = field(default_factory=list)
    _spare: tuple[float, Held] | None = None
    _previous: NDArray[np.uint8] | None = None
    _jumped: bool = False
    _last: int = -(10**9)

    # --- while frames arrive ----------------------------------------------------------------------

    def see(self, index: int, pts: int, frame: VideoFrame, planes: Planes, *, plain: bool) -> None:
        """Called for every frame; keeps the few that may be chosen."""
        luma = planes.luma
        jumped, self._jumped = self._jumped, False
        if self._previous is not None:
            self._jumped = float(cv2.norm(luma, self._previous, cv2.NORM_L1)) > _JUMP * luma.size
        self._previous = luma
        waited = index - self._last
        reference = int(frame.pict_type) in {1, 2}  # others may not be deblocked
        due = waited >= 2 * self.every or (waited >= self.every and reference)
        # The frame after a jump, lest a short shot has none; in a strobe the regular ones must do.
        if not (due or (jumped and not self._jumped) or index == 0):
            self._keep_spare(index, pts, frame, planes, plain=plain)
            return
        self._last = index
        held = self._hold(index, pts, frame, planes, plain=plain)
        self._held.append(held)
        if not plain and (self._spare is None or held.sharpness > 2 * self._spare[0]):
            self._spare = held.sharpness, held
        self._thin()

    def _keep_spare(
        self, index: int, pts: int, frame: VideoFrame, planes: Planes, *, plain: bool
    ) -> None:
        """One frame that isn't black, in case that no chosen one is."""
        if self._spare is None and not plain:
            held = self._hold(index, pts, frame, planes, plain=False)
            self._spare = held.sharpness, held

    def _hold(
        self, index: int, pts: int, frame: VideoFrame, planes: Planes, *, plain: bool
    ) -> Held:
        turns = round(frame.rotation / 90) % 4
        upright = np.ascontiguousarray(np.rot90(planes.luma, turns)) if turns else planes.luma
        held = Held(index, pts, sharpness(frame), plain, phash(upright), frame)
        if sum(source.buffer_size for source in frame.planes) > _LARGEST_REFERENCE:
            self._release(held)
        return held

    def _release(self, held: Held) -> None:
        """Keep a small JPEG and let the decoder have its frame back."""
        if held.frame is not None:
            size = fit(*self.lab.shape(held.frame), POSTER_SIDE)
            held.jpeg = jpeg(self.lab.picture(held.frame, size), 92)
            held.frame = None

    def _thin(self) -> None:
        references = [held for held in self._held if held.frame is not None]
        if len(references) > _MOST_REFERENCES:
            for held in references[:4]:
                self._release(held)
        if len(self._held) > _MOST_HELD:
            self._held = [*self._held[:-64:2], *self._held[-64:]]

    def settle(self, index: int) -> None:
        """No shot will end before frame `index`: of the open shot's frames a few are enough."""
        settled = [held for held in self._held if held.index < index]
        if len(settled) > 6:
            rest = [held for held in self._held if held.index >= index]
            self._held = [*settled[::2], *rest]

    # --- when a shot has ended --------------------------------------------------------------------

    def close(self, first: int, last: int, clear: tuple[int, int], number: int) -> int | None:
        """Write the picture of the shot [first, last); `clear` leaves its transitions out.

        Returns its place in `keyframes`, or None if no frame of the shot was held.
        """
        inside = [held for held in self._held if first <= held.index < last]
        self._held = [held for held in self._held if held.index >= last]
        best = [held for held in inside if clear[0] <= held.index < clear[1]] or inside
        if not best:
            return None
        length = max(1, last - first)
        chosen = max(best, key=lambda held: held.quality((held.index - first) / length))
        self._remember(_Face(length, chosen))
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
                "phash": chosen.phash,
            }
        )
        return len(self.keyframes) - 1

    def _remember(self, face: _Face) -> None:
        ranked = sorted(
            [*self._faces, face], key=lambda one: (not one.held.plain, one.frames), reverse=True
        )
        self._faces = ranked[:5]

    def _picture(self, held: Held, side: int) -> NDArray[np.uint8]:
        if held.frame is not None:
            return self.lab.picture(held.frame, fit(*self.lab.shape(held.frame), side))
        picture: Samples = from_jpeg(held.jpeg)
        size = fit(picture.shape[1], picture.shape[0], side)
        if size != (picture.shape[1], picture.shape[0]):
            picture = resized(picture, size, cv2.INTER_AREA)
        return picture.astype(np.uint8, copy=False)

    def poster(self, name: str) -> tuple[dict[str, object], int] | None:
        """The sharpest picture of the longest shots; black only if every frame is."""
        lit = [face for face in self._faces if not face.held.plain]
        if lit:
            enough = max(face.frames for face in lit) / 2
            chosen = max(
                (face.held for face in lit if face.frames >= enough),
                key=lambda held: held.sharpness,
            )
        elif self._spare is not None:
            chosen = self._spare[1]
        elif self._faces:
            chosen = self._faces[0].held
        else:
            return None
        picture = self._picture(chosen, POSTER_SIDE)
        self.into.put(name, jpeg(picture))
        told = {"name": name, "width": picture.shape[1], "height": picture.shape[0]}
        return told, chosen.pts
