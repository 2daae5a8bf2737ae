"""Spans that the picture itself shows: black, frozen, damaged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from mediacatalog.media.shot_features import Bytes, Planes

SHORTEST: Final = {"black": 0.5, "freeze": 2.0, "damage": 0.0}
"""Seconds; shorter spans aren't told."""
_JOINED = 0.5  # seconds between two damaged spans that are told as one
_MOST = 500  # spans of a kind

Span = tuple[str, int, int]
"""Kind, first position, position after the last."""


def is_black(luma: Bytes, *, full_range: bool) -> bool:
    """98 % of the picture is darker than a tenth of the way to white (as ffmpeg's blackdetect)."""
    limit = 25 if full_range else 38
    return int(np.count_nonzero(luma < limit)) >= 0.98 * luma.size


@dataclass
class Spans:
    """Takes every frame in order; positions are PTS, `seconds` those of the same frame."""

    told: list[Span] = field(default_factory=list)
    _open: dict[str, tuple[int, float]] = field(default_factory=dict)
    _still: tuple[Bytes, int, float] | None = None
    _damage: tuple[int, int, float] | None = None

    def add(self, at: int, seconds: float, planes: Planes, *, black: bool, corrupt: bool) -> None:
        self._black(at, seconds, black=black)
        self._freeze(at, seconds, planes.luma, black=black)
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
            apart = np.abs(luma.astype(np.int16) - first)
            if not black and apart.mean() < 0.3 and apart.max() <= 6:
                return
            self._tell("freeze", (began, began_seconds), at, seconds)
        self._still = None if black else (luma, at, seconds)

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
