"""Lengths, days and areas in a query."""

from __future__ import annotations

import math
import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediacatalog.search import measures
from mediacatalog.search.measures import OPEN, Circle


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90", (90_000, 90_999)),
        ("90s", (90_000, 90_999)),
        ("5m", (300_000, 359_999)),
        ("1:30", (90_000, 90_999)),
        ("1:02:03", (3_723_000, 3_723_999)),
        ("1h30m", (5_400_000, 5_459_999)),
        (">5m", (300_001, OPEN)),
        (">=5m", (300_000, OPEN)),
        ("<1:30", (1, 89_999)),
        ("<=0.5s", (1, 500)),
        ("30s..2m", (30_000, 120_000)),
        ("2m..", (120_000, OPEN)),
        ("..2m", (1, 120_000)),
    ],
)
def test_a_length_is(text: str, span: tuple[int, int]) -> None:
    assert measures.milliseconds(text) == span


@pytest.mark.parametrize("text", ["", "..", "long", "5x", ">", "1:2:3:4", "9" * 30, "-5m"])
def test_a_length_is_none(text: str) -> None:
    assert measures.milliseconds(text) is None


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2017", "2017-01-01", "2017-12-31"),
        ("2017-11", "2017-11-01", "2017-11-30"),
        ("2017-11-19", "2017-11-19", "2017-11-19"),
        ("2017-11~", "2017-11-01", "2017-11-30"),
        ("201X", "2010-01-01", "2019-12-31"),
        ("201X?", "2010-01-01", "2019-12-31"),
        ("19XX", "1900-01-01", "1999-12-31"),
        ("2017-XX", "2017-01-01", "2017-12-31"),
        ("2017-11-XX", "2017-11-01", "2017-11-30"),
        ("2017-XX-XX..201X", "2017-01-01", "2019-12-31"),
        ("2017-11-19T10:00:00+03:00", "2017-11-19", "2017-11-19"),
        ("2017-22", "2017-06-01", "2017-08-31"),
        ("2017-11-09..2017-11-19", "2017-11-09", "2017-11-19"),
        ("2017-11-09/2017-11-19", "2017-11-09", "2017-11-19"),
        ("2016..2017-02", "2016-01-01", "2017-02-28"),
    ],
)
def test_a_date_is(text: str, first: str, last: str) -> None:
    assert measures.days(text) == (day(first), day(last))


def test_a_date_may_be_open() -> None:
    assert measures.days("2017-11/..") == (day("2017-11-01"), OPEN)
    assert measures.days("../2017-11") == (-OPEN, day("2017-11-30"))
    assert measures.days("..2017") == (-OPEN, day("2017-12-31"))
    assert measures.days(">2017") == (day("2018-01-01"), OPEN)
    assert measures.days("<2017-11") == (-OPEN, day("2017-10-31"))


@pytest.mark.parametrize(
    "text",
    ["", "..", "/", "../..", "yesterday", "2017-13", "2017-02-30", "0000", "2018..2017", ">"],
)
def test_a_date_is_none(text: str) -> None:
    assert measures.days(text) is None


@given(st.text(max_size=30) | st.text(alphabet="0123456789.-/~<>=:hms,Xk", max_size=30))
def test_no_measure_is_an_error(text: str) -> None:
    measures.milliseconds(text)
    measures.days(text)
    measures.circle(text)
    measures.recorded(text)


def distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Along a great circle of a sphere (haversine formula)."""
    one, other = math.radians(lat), math.radians(other_lat)
    half = (
        math.sin((other - one) / 2) ** 2
        + math.cos(one) * math.cos(other) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    )
    return 2 * measures.EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


@pytest.mark.parametrize(
    "area",
    [
        Circle(34.45, 40.92, 20),
        Circle(34.45, 40.92, 0.3),
        Circle(0, 179.9, 100),
        Circle(-16.5, -179.99, 50),
        Circle(89.5, 10, 200),
        Circle(55.75, 37.6, 2500),
        Circle(0, 0, 5000),
    ],
)
def test_the_cells_of_an_area_are_the_circle(area: Circle) -> None:
    """Against the distance itself, but for a rim of a twentieth."""
    chance = random.Random(3)
    cells = set(measures.cells_in(area))
    assert len(cells) < 5000
    spread = area.km / 111 * 1.6
    for _ in range(3000):
        lat = min(90.0, max(-90.0, area.lat + chance.uniform(-spread, spread)))
        widen = 1 / max(0.05, abs(math.cos(math.radians(lat))))
        lon = (area.lon + chance.uniform(-spread, spread) * widen + 540) % 360 - 180
        far = distance_km(area.lat, area.lon, lat, lon)
        found = not cells.isdisjoint(measures.cells_of(lat, lon))
        if abs(far - area.km) > area.km / 20 and (far < area.km or area.lat < 85):
            assert found == (far < area.km), (lat, lon, far)
