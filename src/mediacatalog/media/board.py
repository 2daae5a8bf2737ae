"""The storyboard: sheets of small pictures at regular times, with their WebVTT index.

For the decoder child only. Where the clip's duration is known, cells are painted straight onto the
sheet, which is put out when it is full; else they are kept as JPEG, since every second one may have
to go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from mediacatalog.media.stills import from_jpeg, jpeg
from mediacatalog.values import timecode, to_ms

if TYPE_CHECKING:
    from fractions import Fraction

    from numpy.typing import NDArray

    from mediacatalog.media.stills import Lab, Sight, Tray

TILE_WIDTH: Final = 320
TILE_HEIGHT: Final = 640
"""The longest tile: a picture higher than two squares becomes narrower instead."""

_COLUMNS = 10
_A_SHEET = 100
_MOST_ADAPTIVE = 240
_MOST_PLANNED = 5000

Cell = tuple[int, int, int, int, int, int]
"""Position, sheet, and on it x, y, width, height."""


def tile_size(width: int, height: int) -> tuple[int, int]:
    tall = TILE_WIDTH * height / width
    if tall > TILE_HEIGHT:
        return max(2, round(TILE_HEIGHT * width / height)), TILE_HEIGHT
    return TILE_WIDTH, max(2, round(tall))


@dataclass
class Board:
    """Small pictures, few enough to keep however long the clip turns out to be.

    `seconds` is the least time between two cells. Without a plausible duration (`adaptive`) it
    starts short and doubles whenever there are too many; else it doubles when the clip goes on far
    beyond what it declared.
    """

    lab: Lab
    into: Tray
    seconds: float
    adaptive: bool
    prefix: str = ""
    _sheets: list[dict[str, object]] = field(default_factory=list)
    _cells: list[Cell] = field(default_factory=list)
    _kept: list[tuple[int, float, bytes]] = field(default_factory=list)
    _canvas: NDArray[np.uint8] | None = None
    _size: tuple[int, int] = (TILE_WIDTH, TILE_WIDTH)
    _next: float = 0.0
    _patience: int = _MOST_PLANNED

    @classmethod
    def of(cls, declared: Fraction | None, lab: Lab, into: Tray) -> Board:
        if declared is None:
            return cls(lab, into, 0.5, adaptive=True)
        whole = float(declared)
        seconds = max(0.1, whole / 10) if whole < 10 else min(10.0, max(1.0, whole / 200))
        patience = min(_MOST_PLANNED, int(whole / seconds * 1.5) + 10)
        return cls(lab, into, seconds, adaptive=False, _patience=patience)

    def wants(self, seconds: float) -> bool:
        return seconds >= self._next - 1e-6

    def add(self, pts: int, seconds: float, sight: Sight) -> None:
        if self.empty:
            self._size = tile_size(sight.width, sight.height)
        picture = self._tile(sight)
        if self.adaptive:
            self._kept.append((pts, seconds, jpeg(picture, 92)))
        else:
            self._paint(pts, picture)
        self._next += self.seconds
        if self._next <= seconds:
            self._next = seconds + self.seconds
        self._thin(seconds)

    def _tile(self, sight: Sight) -> NDArray[np.uint8]:
        """The picture in a cell; one of another shape than the first has black beside it."""
        width, height = self._size
        own = tile_size(sight.width, sight.height)
        if own == self._size:
            return self.lab.picture(sight, own)
        scale = min(width / own[0], height / own[1])
        inside = max(1, int(own[0] * scale)), max(1, int(own[1] * scale))
        left, top = (width - inside[0]) // 2, (height - inside[1]) // 2
        tile = np.zeros((height, width, 3), np.uint8)
        tile[top : top + inside[1], left : left + inside[0]] = self.lab.picture(sight, inside)
        return tile

    def _thin(self, seconds: float) -> None:
        most = _MOST_ADAPTIVE if self.seconds < 10 else _MOST_PLANNED
        if self.adaptive and len(self._kept) > most:
            self._kept = self._kept[::2]
            self.seconds *= 2
            self._next = self._kept[-1][1] + self.seconds
        elif len(self._cells) > self._patience:
            self._patience = len(self._cells) + 200
            self.seconds *= 2
            self._next = seconds + self.seconds

    def _paint(self, pts: int, picture: NDArray[np.uint8]) -> None:
        """Onto the open sheet; a full one is put out."""
        width, height = self._size
        if self._canvas is None:
            rows = _A_SHEET // _COLUMNS
            self._canvas = np.zeros((rows * height, _COLUMNS * width, 3), np.uint8)
        place = len(self._cells) % _A_SHEET
        x, y = place % _COLUMNS * width, place // _COLUMNS * height
        self._canvas[y : y + height, x : x + width] = picture
        self._cells.append((pts, len(self._sheets), x, y, width, height))
        if place == _A_SHEET - 1:
            self._put(self._canvas)

    def _put(self, canvas: NDArray[np.uint8]) -> None:
        name = f"{self.prefix}storyboard-{len(self._sheets)}.jpg"
        self.into.put(name, jpeg(canvas, 80))
        height, width = canvas.shape[:2]
        self._sheets.append({"name": name, "width": width, "height": height})
        self._canvas = None

    @property
    def empty(self) -> bool:
        return not (self._cells or self._kept)

    def write(self, start: int, end: int, time_base: Fraction) -> dict[str, object]:
        """Put out what isn't yet, and the index; `start` and `end` are those of the whole clip."""
        for pts, _, data in self._kept:
            self._paint(pts, from_jpeg(data))
        self._kept.clear()
        if self._canvas is not None:
            width, height = self._size
            count = (len(self._cells) - 1) % _A_SHEET + 1
            columns, rows = min(_COLUMNS, count), -(-count // _COLUMNS)
            self._put(np.ascontiguousarray(self._canvas[: rows * height, : columns * width]))
        name = f"{self.prefix}storyboard.vtt"
        self.into.put(name, self._index(start, end, time_base).encode())
        return {"sheets": self._sheets, "cells": self._cells, "index": name}

    def _index(self, start: int, end: int, time_base: Fraction) -> str:
        lines = ["WEBVTT", ""]
        starts = [0, *(to_ms(cell[0], start, time_base) for cell in self._cells[1:])]
        ends = [*starts[1:], max(starts[-1] + 1, to_ms(end, start, time_base))]
        for begin, stop, (_, sheet, *place) in zip(starts, ends, self._cells, strict=True):
            where = ",".join(str(number) for number in place)
            lines += [
                f"{timecode(begin):0>12} --> {timecode(stop):0>12}",
                f"{self.prefix}storyboard-{sheet}.jpg#xywh={where}",
                "",
            ]
        return "\n".join(lines)
