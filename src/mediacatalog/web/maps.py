"""A small map of some points, cut out of the outlines that lie in `vendor/world.svg`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

UNITS = 50
"""Of the outlines' file, one degree."""
TURN = 360 * UNITS
BEYOND = 11.0
"""Degrees that land across the date line (Siberia, Fiji) is drawn beyond the edge of the world."""
LEAST_DEGREES = 5.0
"""So wide and high a map is at least: the outlines say nothing below."""
RATIO = 1.5
"""Width to height."""
MOST = 40


@dataclass(frozen=True, slots=True)
class Spot:
    """A point with its name; x and y are units of the map."""

    name: str
    x: float
    y: float
    lat: float
    lon: float
    state: str
    end: bool
    """Whether the name stands before the point: it lies near the right edge."""


@dataclass(frozen=True, slots=True)
class SmallMap:
    """`stretch` narrows degrees of longitude as they are at the map's middle."""

    box: tuple[float, float, float, float]
    """viewBox: x, y, width, height."""
    stretch: float
    spots: tuple[Spot, ...]
    size: float
    """Of a letter, in units of the map."""
    turns: tuple[int, ...]
    """How far east the outlines are drawn, as `turns` says."""

    @property
    def view_box(self) -> str:
        return " ".join(f"{one:.1f}" for one in self.box)


def small_map(points: Sequence[tuple[str, float, float, str]]) -> SmallMap | None:
    """Of (name, latitude, longitude, state); None without any."""
    known = list(dict.fromkeys(points))[:MOST]
    if not known:
        return None
    lats, lons = [one[1] for one in known], side_by_side([one[2] for one in known])
    middle = (min(lats) + max(lats)) / 2
    stretch = max(0.2, math.cos(math.radians(middle)))
    height = max(LEAST_DEGREES, (max(lats) - min(lats)) * 1.5)
    width = max(LEAST_DEGREES * RATIO, (max(lons) - min(lons)) * stretch * 1.7)
    height, width = max(height, width / RATIO), max(width, height * RATIO)
    centre_x = (min(lons) + max(lons)) / 2 * stretch * UNITS
    centre_y = -middle * UNITS
    box = (
        centre_x - width * UNITS / 2,
        centre_y - height * UNITS / 2,
        width * UNITS,
        height * UNITS,
    )
    spots = tuple(
        Spot(
            name,
            x * stretch * UNITS,
            -lat * UNITS,
            lat,
            lon,
            state,
            x * stretch * UNITS > centre_x + width * UNITS * 0.15,
        )
        for (name, lat, lon, state), x in zip(known, lons, strict=True)
    )
    drawn = turns(box[0] / stretch / UNITS, width / stretch)
    return SmallMap(box, stretch, _apart(spots, box[3] / 22), box[3] / 22, drawn)


def side_by_side(lons: Sequence[float]) -> list[float]:
    """Longitudes; all of 0 to 360 where points lie closer over the date line, by a quarter."""
    span = max(lons) - min(lons)
    further = [lon % 360 for lon in lons]
    closer = max(further) - min(further)
    return further if span > 180 and closer < 0.75 * span else list(lons)


def turns(west: float, width: float) -> tuple[int, ...]:
    """How far east, in units, the outlines must be drawn to fill a map of `width` degrees."""
    return tuple(
        turn * TURN
        for turn in (-1, 0, 1)
        if west - BEYOND < 180 + turn * 360 and west + width + BEYOND > turn * 360 - 180
    )


def _apart(spots: tuple[Spot, ...], size: float) -> tuple[Spot, ...]:
    """Without the names (not the points) that would lie on another's."""
    kept: list[Spot] = []
    for one in spots:
        hidden = any(
            other.name
            and abs(other.y - one.y) < size
            and abs(other.x - one.x) < size * 0.62 * max(len(other.name), len(one.name))
            for other in kept
        )
        name = "" if hidden else one.name
        kept.append(Spot(name, one.x, one.y, one.lat, one.lon, one.state, one.end))
    return tuple(kept)
