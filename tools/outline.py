"""The outlines of the world's land and countries as one small SVG, from world-atlas' TopoJSON.

One unit is a fiftieth of a degree: x is the longitude, y the latitude downwards (plate carrée).
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise

UNITS = 50
"""Of one degree: about two kilometres, finer than the source is."""


def world(topology: bytes) -> bytes:
    told = json.loads(topology)
    arcs = [_decoded(arc, told["transform"]) for arc in told["arcs"]]
    shores = {
        number if number >= 0 else ~number
        for geometry in told["objects"]["land"]["geometries"]
        for ring in _rings(geometry)
        for number in ring
    }
    used = Counter(
        number if number >= 0 else ~number
        for geometry in told["objects"]["countries"]["geometries"]
        for ring in _rings(geometry)
        for number in ring
    )
    land = "".join(
        _path(_whole(_joined(ring, arcs))) + "z"
        for geometry in told["objects"]["land"]["geometries"]
        for ring in _rings(geometry)
    )
    borders = "".join(_path(arcs[number]) for number in sorted(used) if number not in shores)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-9000 -4500 18000 9000">'
        "<!-- Natural Earth (public domain), by way of world-atlas 2.0.2 -->"
        f'<path id="land" fill-rule="evenodd" d="{land}"/>'
        f'<path id="borders" fill="none" vector-effect="non-scaling-stroke" d="{borders}"/></svg>\n'
    ).encode()


def _rings(geometry: dict) -> list[list[int]]:
    if geometry["type"] == "Polygon":
        return geometry["arcs"]
    return [ring for polygon in geometry.get("arcs", ()) for ring in polygon]


def _decoded(arc: list, transform: dict) -> list[tuple[int, int]]:
    (step_x, step_y), (from_x, from_y) = transform["scale"], transform["translate"]
    x = y = 0
    points: list[tuple[int, int]] = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        point = (round((x * step_x + from_x) * UNITS), -round((y * step_y + from_y) * UNITS))
        if not points or points[-1] != point:
            points.append(point)
    return points


def _joined(ring: list[int], arcs: list[list[tuple[int, int]]]) -> list[tuple[int, int]]:
    points: list[tuple[int, int]] = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    return points


def _whole(ring: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What lies across the date line in one piece, a little beyond the edge of the world.

    Not what goes round a pole, which has no other side to come back on.
    """
    turn = 360 * UNITS
    shift = 0
    points = ring[:1]
    for (before, _), (x, y) in pairwise(ring):
        if abs(x - before) > turn / 2:
            shift += turn if x < before else -turn
        points.append((x + shift, y))
    return points if shift == 0 else ring


def _path(points: list[tuple[int, int]]) -> str:
    (x, y), *others = points
    written = f"M{x} {y}"
    letter = "l"
    for to_x, to_y in others:
        if (to_x, to_y) == (x, y):
            continue
        dx, dy = to_x - x, to_y - y
        written += f"{letter}{dx}" + (f" {dy}" if dy >= 0 else str(dy))
        letter = " "
        x, y = to_x, to_y
    return written.replace(" -", "-")
