"""Where and when all hits are, counted by the index."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from mediacatalog import earth
from mediacatalog.search import SearchQuery, dates, measures, places
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import Dates, Places, SearchIndex

ABU_KAMAL, MAYADIN, KYIV = (34.4506, 40.9171), (35.0188, 40.4505), (50.4501, 30.5234)


def where(catalogue: Catalogue, index: SearchIndex, text: str = "") -> Places:
    index.catch_up(catalogue)
    return places(catalogue, index, SearchQuery(text))


def when(catalogue: Catalogue, index: SearchIndex, text: str = "") -> Dates:
    index.catch_up(catalogue)
    return dates(catalogue, index, SearchQuery(text))


def test_clips_near_each_other_are_one_cluster(catalogue: Catalogue, index: SearchIndex) -> None:
    for point in (ABU_KAMAL, ABU_KAMAL, KYIV, None):
        a_clip(catalogue, "ferry", position=point)
    a_clip(catalogue, "bridge", position=MAYADIN)
    found = where(catalogue, index, "ferry")
    assert (found.count, found.located, found.cut) == (4, 3, False)
    assert [one.count for one in found.clusters] == [2, 1]
    assert earth.kilometres((found.clusters[0].lat, found.clusters[0].lon), ABU_KAMAL) < 10


def test_a_cluster_narrows_to_the_clips_in_it_and_comes_apart(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    chance = random.Random(3)
    for middle in (ABU_KAMAL, MAYADIN, KYIV):
        for _ in range(8):
            lat, lon = (value + chance.uniform(-0.05, 0.05) for value in middle)
            a_clip(catalogue, "ferry", position=(lat, lon))
    for one in where(catalogue, index, "ferry").clusters:
        inner = where(catalogue, index, f"ferry near:{one.lat},{one.lon}~{one.km:.3f}km")
        assert inner.count >= one.count
        assert inner.clusters
    near = where(catalogue, index, "ferry near:50.45,30.52~15km")
    assert len(near.clusters) > 1
    assert sum(one.count for one in near.clusters) == near.count == 8
    assert near.area == measures.Circle(50.45, 30.52, 15)


def test_clips_about_the_date_line_are_one_cluster(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    for point in ((-17.8, 179.9), (-17.8, -179.7), (-17.8, -179.7), KYIV):
        a_clip(catalogue, "ferry", position=point)
    found = where(catalogue, index, "ferry").clusters
    assert [one.count for one in found] == [3, 1]
    assert earth.kilometres((found[0].lat, found[0].lon), (-17.8, -179.83)) < 60
    near = f"near:{found[0].lat},{found[0].lon}~{found[0].km:.1f}km"
    assert where(catalogue, index, near).count == 3


def test_no_position_is_no_cluster(catalogue: Catalogue, index: SearchIndex) -> None:
    assert where(catalogue, index).clusters == ()
    a_clip(catalogue, "ferry")
    assert where(catalogue, index) == where(catalogue, index, "ferry")
    assert where(catalogue, index).located == 0


def test_only_what_every_hit_fulfils_narrows_map_and_time_line(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    a_clip(catalogue, "ferry", position=KYIV, recorded_at="2015-03-04")
    a_clip(catalogue, "bridge", position=ABU_KAMAL, recorded_at="2017-11-09")
    both = where(catalogue, index, "ferry OR near:34.45,40.92~20km")
    assert (both.area, [one.count for one in both.clusters]) == (None, [1, 1])
    years = when(catalogue, index, "date:2015 OR date:2017")
    assert [(one.when, one.count) for one in years.bars if one.count] == [("2015", 1), ("2017", 1)]
    assert when(catalogue, index, "ferry OR date:2017").bars == years.bars


def test_a_year_of_which_no_month_is_known_is_one_bar(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    for day in ("2017", "2017", "1916-07"):
        a_clip(catalogue, "ferry", recorded_at=day)
    year = when(catalogue, index, "date:2017")
    assert (year.unit, [(one.when, one.count) for one in year.bars]) == ("year", [("2017", 2)])
    month = when(catalogue, index, "date:1916-07")
    assert (month.unit, [one.when for one in month.bars]) == ("month", ["1916-07"])


def test_dates_are_counted_by_what_fits(catalogue: Catalogue, index: SearchIndex) -> None:
    for day in ("2015-03-04", "2017-11-09", "2017-11-19", "2017-11-19", "2017-12", "2017", ""):
        a_clip(catalogue, "ferry", recorded_at=day)
    years = when(catalogue, index, "ferry")
    assert (years.unit, years.vague, years.count) == ("year", 1, 7)
    assert [(one.when, one.count) for one in years.bars] == [("2015", 1), ("2016", 0), ("2017", 5)]
    months = when(catalogue, index, "date:2017")
    assert (months.unit, months.vague) == ("month", 1)
    assert [(one.when, one.count) for one in months.bars] == [("2017-11", 3), ("2017-12", 1)]
    days = when(catalogue, index, "date:2017-11")
    assert (days.unit, len(days.bars)) == ("day", 11)
    assert [one.count for one in days.bars if one.count] == [1, 2]
    assert when(catalogue, index, "date:2015").bars[0].when == "2015-03-04"
    assert when(catalogue, index, "nothing").bars == ()
