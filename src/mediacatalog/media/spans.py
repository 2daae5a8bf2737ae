"""Spans that the picture itself shows: black, frozen, damaged, lit by a flash."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from mediacatalog.media.shot_features import Bytes, Planes

SHORTEST: Final = {"black": 0.5, "freeze": 2.0, "damage": 0.0, "flash": 0.0}
"""Seconds; shorter spans aren't told."""
_JOINED = 0.5  # seconds between two damaged spans that are told as one
_MOST = 500  # spans of a kind
_FLASH_SECONDS = 0.3  # light that stays longer is no flash
_FLASH_RISE = 20.0  # of the mean luma, of 255, within a frame
_STILL = 0.3  # mean difference of luma up to which a picture stands still

Span = tuple[str, int, int]
"""Kind, first position, position after the last."""


def is_black(luma: Bytes, *, full_range: bool) -> bool:
    """98 % of the picture is darker than a tenth of the way to white (as ffmpeg's blackdetect)."""
    limit = 25 if full_range else 38
    if cv2.mean(luma)[0] > 0.98 * limit + 0.02 * 255:  # most pictures: too bright on the whole
        return False
    return int(np.count_nonzero(luma < limit)) >= 0.98 * luma.size


@dataclass
class Spans:
    """Takes every frame in order; positions are PTS, `seconds` those of the same frame."""

    told: list[Span] = field(default_factory=list)
    _open: dict[str, tuple[int, float]] = field(default_factory=dict)
    _still: tuple[Bytes, int, float] | None = None
    _damage: tuple[int, int, float] | None = None
    _before: tuple[Bytes, float] | None = None
    _lit: tuple[Bytes, float, int, float] | None = None
    _flashes: list[tuple[int, int]] = field(default_factory=list)

    def add(self, at: int, seconds: float, planes: Planes, *, black: bool, corrupt: bool) -> None:
        self._black(at, seconds, black=black)
        self._freeze(at, seconds, planes.luma, black=black)
        self._flash(at, seconds, planes.luma)
        if corrupt:
            self.damaged(at, seconds)
        elif self._damage and self._damage[1] < 0:
            self._damage = (self._damage[0], at, seconds)

    def _black(self, at: int, seconds: float, *, black: bool) -> None:
        if black:
            self._open.setdefault("black", (at, seconds))
        elif began := self._open.pop("black", None):
            self._tell("black", began, at, seconds)

    def _freeze(self, at: int, seconds: float, luma: Bytes, *, black: bool) -> None:
        if self._still is not None:
            first, began, began_seconds = self._still
            still = cv2.norm(luma, first, cv2.NORM_L1) < _STILL * luma.size
            if still and not black and cv2.norm(luma, first, cv2.NORM_INF) <= 6:
                return
            self._tell("freeze", (began, began_seconds), at, seconds)
        self._still = None if black else (luma, at, seconds)

    def _flash(self, at: int, seconds: float, luma: Bytes) -> None:
        """Light that comes within one frame and is gone soon, with the same picture as before it.

        A muzzle flash or a photographer's; a cut to something bright doesn't come back.
        """
        mean = cv2.mean(luma)[0]
        if self._lit is None:
            if self._before is not None and mean - self._before[1] > _FLASH_RISE:
                self._lit = (*self._before, at, seconds)
            self._before = luma, mean
            return
        before, level, began, began_seconds = self._lit
        if mean - level < _FLASH_RISE / 2:
            if cv2.norm(luma, before, cv2.NORM_L1) < _FLASH_RISE / 2 * luma.size:
                self._tell("flash", (began, began_seconds), at, seconds)
                self._flashes = [*self._flashes[-200:], (began, at)]
            self._lit = None
        elif seconds - began_seconds > _FLASH_SECONDS:
            self._lit = None
        self._before = luma, mean

    def is_flash(self, at: int) -> bool:
        """Whether a position lies in one of the last flashes; known for what is a second behind."""
        return any(began <= at < end for began, end in self._flashes)

    def damaged(self, at: int, seconds: float) -> None:
        """A frame that is corrupt, or should have been at this position."""
        if self._damage is not None:
            first, last, last_seconds = self._damage
            if last < 0 or seconds - last_seconds <= _JOINED:
                self._damage = (first, -1, seconds)
                return
            self._tell("damage", (first, 0.0), last, last_seconds)
        self._damage = (at, -1, seconds)

    def _tell(self, kind: str, began: tuple[int, float], at: int, seconds: float) -> None:
        long_enough = seconds - began[1] >= SHORTEST[kind] and at > began[0]
        if long_enough and sum(span[0] == kind for span in self.told) < _MOST:
            self.told.append((kind, began[0], at))

    def finish(self, end: int, seconds: float) -> list[Span]:
        """All spans in order; those still open end with the clip."""
        for kind, began in self._open.items():
            self._tell(kind, began, end, seconds)
        if self._still is not None:
            self._tell("freeze", self._still[1:], end, seconds)
        if self._damage is not None:
            first, last, _ = self._damage
            self._tell("damage", (first, 0.0), last if last >= 0 else end, seconds)
        return sorted(self.told, key=lambda span: (span[1], span[0]))
