"""When and where a clip was shot: the best of rival sources, and what can't be reconciled."""

from __future__ import annotations

from datetime import date

import pytest

from mediacatalog import occasion
from mediacatalog.errors import InvalidValueError
from mediacatalog.occasion import When, Where

SEEN = date(2020, 1, 1)


def when(source: str, text: str, found: str | None = None) -> When:
    extent = occasion.parse(text)
    return When(source, found or text, text, extent.first, extent.last, "", "because")


def where(source: str, name: str, lat: float, lon: float, role: str = "shot") -> Where:
    return Where(source, name, role, lat, lon, None, "because")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2017", "2017-01-01", "2017-12-31"),
        ("2017-02", "2017-02-01", "2017-02-28"),
        ("2017-11-10~", "2017-11-10", "2017-11-10"),
        ("2017-11-01/2017-11-04", "2017-11-01", "2017-11-04"),
        ("../2017-11-19", None, "2017-11-19"),
        ("2017-11/..", "2017-11-01", None),
    ],
)
def test_a_date_is_read_as_edtf(text: str, first: str | None, last: str | None) -> None:
    extent = occasion.parse(text)
    assert extent.edtf == text
    assert (extent.first and str(extent.first), extent.last and str(extent.last)) == (first, last)


@pytest.mark.parametrize("text", ["", "yesterday", "2017-13", "2017-02-30", "2018/2017", "..", "/"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError):
        occasion.parse(text)


def test_sources_that_agree_narrow_each_other() -> None:
    found = occasion.answer(
        [when("article", "2017-09/2017-12", "late 2017"), when("file name", "2017-11-10", "a.mp4")],
        [],
        seen=SEEN,
    )
    assert found.edtf == "2017-11-10"
    assert found.because == "the file's name says a.mp4; the article agrees"
    assert found.conflicts == ()


def test_a_persons_word_goes_first_and_the_conflict_is_told() -> None:
    found = occasion.answer(
        [
            when("container", "2016-05-01"),
            when("person", "2017-11-10"),
            when("first seen", "../2020-01-01"),
        ],
        [],
        seen=SEEN,
    )
    assert found.edtf == "2017-11-10"
    assert found.conflicts == (
        "a person says 2017-11-10, the container says 2016-05-01: 558 days apart",
    )


def test_a_zone_apart_is_no_conflict() -> None:
    found = occasion.answer([when("container", "2017-11-10"), when("file name", "2017-11-11")], [])
    assert (found.edtf, found.conflicts) == ("2017-11-10", ())


def test_a_clock_of_the_future_or_never_set_is_left_out() -> None:
    unset = occasion.moment("2000-01-01T00:00:00Z", "", "container", "format: creation_time")
    assert unset is not None
    found = occasion.answer(
        [unset, when("container", "2031-01-01"), when("file name", "2019")], [], seen=SEEN
    )
    assert found.edtf == "2019"
    assert [bool(one.note) for one in found.whens] == [True, True, False]


def test_later_than_its_publication_is_a_conflict() -> None:
    found = occasion.answer(
        [when("file name", "2017-11-10"), when("publication", "../2017-11-01")], []
    )
    assert found.conflicts == (
        "the file's name says 2017-11-10, the article's publication not later than 2017-11-01",
    )


def test_bounds_alone_say_not_later_than() -> None:
    found = occasion.answer(
        [when("file time", "../2019-02-03"), when("first seen", "../2020-01-01")], []
    )
    assert (found.edtf, found.first, found.last) == ("../2019-02-03", None, date(2019, 2, 3))


def test_a_story_that_names_other_days_is_no_conflict() -> None:
    found = occasion.answer([when("container", "2017-11-10"), when("story", "2014")], [])
    assert found.conflicts == ()


def test_points_far_apart_are_told() -> None:
    found = occasion.answer(
        [],
        [
            where("satellite", "34.45, 40.92", 34.45, 40.92),
            where("person", "Mosul", 36.335, 43.119),
            where("caption", "Al-Qa'im", 34.39, 40.99, "shown"),
        ],
    )
    assert found.place is not None
    assert found.place.name == "Mosul"
    assert len(found.conflicts) == 1
    assert "km apart" in found.conflicts[0]


@pytest.mark.parametrize(
    ("value", "zone", "told"),
    [
        ("2017-11-10T09:00:00+03:00", "stated +03:00", "+03:00"),
        ("2017-11-10T09:00:00Z", "stated as UTC", "UTC"),
        ("2017-11-10 09:00:00", "none", ""),
    ],
)
def test_a_stamp_keeps_its_zone(value: str, zone: str, told: str) -> None:
    found = occasion.moment(value, zone, "container", "tag")
    assert found is not None
    assert (found.first, found.zone, found.found) == (date(2017, 11, 10), told, value)
