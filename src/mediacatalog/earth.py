"""Distances on the earth."""

from __future__ import annotations

import math

RADIUS_KM = 6371.0

Point = tuple[float, float]
"""Latitude and longitude, degrees of WGS 84."""


def kilometres(one: Point, two: Point) -> float:
    """Along a great circle (haversine)."""
    lat_1, lat_2 = math.radians(one[0]), math.radians(two[0])
    half = (
        math.sin((lat_2 - lat_1) / 2) ** 2
        + math.cos(lat_1) * math.cos(lat_2) * math.sin(math.radians(two[1] - one[1]) / 2) ** 2
    )
    return 2 * RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))
