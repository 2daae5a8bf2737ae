"""The map and the time line of a search, without scripts and over the API."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from mediacatalog.search.query import parse, replaced
from mediacatalog.web.maps import TURN, UNITS, small_map
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex


@pytest.fixture
def clips(catalogue: Catalogue, index: SearchIndex) -> None:
    for number in range(3):
        a_clip(catalogue, f"ferry {number}", position=(34.45, 40.92), recorded_at="2017-11-09")
    a_clip(catalogue, "ferry", position=(50.45, 30.52), recorded_at="2018", tags=["fog"])
    a_clip(catalogue, "ferry <b>")
    index.catch_up(catalogue)


def links(page: str, label: str) -> list[str]:
    found = re.findall(rf'<a href="([^"]+)"[^>]*>[^<]*(?:<bdi[^>]*>)?{label}', page)
    return [unescape(one) for one in found]


@pytest.mark.usefixtures("clips")
def test_a_place_of_the_map_narrows_the_same_question(client: FlaskClient) -> None:
    page = client.get("/?q=ferry&tag!=fog&view=map").text
    assert "3 of 4 clips have a position" in page
    (url,) = links(page, "Ālbū Kamāl")
    assert "tag%21=fog" in url
    inside = client.get(url).text
    assert "3 clips" in inside
    (whole,) = links(inside, "Anywhere") or re.findall(r'href="([^"]+)">Anywhere', inside)
    assert client.get(unescape(whole)).text.count("of 4 clips have a position") == 1


def test_a_map_lies_over_the_date_line(
    client: FlaskClient, catalogue: Catalogue, index: SearchIndex
) -> None:
    a_clip(catalogue, "ferry of Fiji", position=(-17.8, 178.0))
    a_clip(catalogue, "ferry of Samoa", position=(-13.8, -171.8))
    index.catch_up(catalogue)
    for text in ("ferry", "near:-16,-179~1500km"):
        page = client.get(f"/?q={text}&view=map").text
        assert 10 < float(re.findall(r'data-width="([^"]+)"', page)[0]) < 70
        fiji, samoa = sorted(float(one) for one in re.findall(r'<circle cx="([^"]+)%', page))
        assert 5 < fiji < samoa < 95
        assert len(re.findall(r'map__land" x="([^"]+)"', page)) == 2


def test_a_small_map_lies_over_the_date_line() -> None:
    small = small_map([("Suva", -18.1, 178.4, "shown"), ("Apia", -13.8, -171.8, "shown")])
    assert small is not None
    assert small.box[2] < 40 * UNITS
    suva, apia = small.spots
    assert small.box[0] < suva.x < apia.x < small.box[0] + small.box[2]
    assert (suva.lon, apia.lon) == (178.4, -171.8)
    assert small.turns == (0, TURN)


@pytest.mark.usefixtures("clips")
def test_a_bar_of_the_time_line_narrows_the_same_question(client: FlaskClient) -> None:
    page = client.get("/?q=ferry&view=time").text
    assert "1 of 5 clips has no date" in page
    (url,) = set(links(page, "2017"))
    assert "date%3A2017" in url
    assert "3 clips" in client.get(url).text
    inside = client.get(url).text
    assert "9 November 2017" in inside
    assert "All of 2017" in inside
    assert "All dates" in client.get("/?q=date:2000..&view=time").text
    assert "All dates" not in page  # nothing narrows it
    arabic = client.get(url, headers={"Accept-Language": "ar"}).text
    assert "9 نوفمبر 2017" in arabic
    assert "سنة 2017 كلها" in arabic


@pytest.mark.usefixtures("clips")
@pytest.mark.parametrize("text", ["near:90,180~1m", "near:-90,-180~5000km", "date:0001..", "zzz"])
@pytest.mark.parametrize("view", ["map", "time", "other"])
def test_no_view_fails_at_the_ends_of_the_world(client: FlaskClient, text: str, view: str) -> None:
    assert client.get("/", query_string={"q": text, "view": view}).status_code == 200


@pytest.mark.usefixtures("clips")
def test_the_api_counts_the_same(client: FlaskClient) -> None:
    found = client.get("/api/v1/search/places?q=ferry").json
    assert found is not None
    assert (found["count"], found["located"], found["cut"]) == (5, 4, False)
    assert [one["count"] for one in found["clusters"]] == [3, 1]
    dates = client.get("/api/v1/search/dates?q=ferry&tag=fog").json
    assert dates is not None
    assert dates["bars"] == [{"when": "2018", "count": 1}]


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("ferry", "ferry near:1,2~3km"),
        ("near:5,6 ferry NEAR:7,8~2m", "ferry near:1,2~3km"),
        ('"near the ferry" -near:5,6', '"near the ferry" -near:5,6 near:1,2~3km'),
        ("ferry OR near:5,6 fog", "ferry OR near:5,6 fog near:1,2~3km"),
        ("near:5,6 ferry OR", "ferry near:1,2~3km"),
    ],
)
def test_one_property_of_a_query_is_put_anew(text: str, then: str) -> None:
    assert replaced(text, "near", "1,2~3km") == then
    assert parse(replaced(then, "near", "1,2~3km")) == parse(then)
