"""How values are written for people, and how their times are read."""

from __future__ import annotations

import pytest

from mediacatalog.web import words


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("12.2", 12_200),
        ("0", 0),
        ("1:02", 62_000),
        ("0:01:02.250", 62_250),
        ("1:00:00", 3_600_000),
        ("-3", 0),
        ("x", 0),
        ("", 0),
        ("1" * 40, 0),
        ("٣", 3_000),
    ],
)
def test_a_time_is_read_in_each_of_its_forms(text: str, ms: int) -> None:
    assert words.parse_time(text) == ms


@pytest.mark.parametrize("ms", [0, 1, 999, 1000, 61_234, 3_599_999, 7_384_005])
def test_an_address_leads_to_exactly_its_moment(ms: int) -> None:
    assert words.parse_time(words.seconds(ms)) == ms


def test_a_moment_is_cut_and_never_rounded_up() -> None:
    assert words.moment(1_999) == "0:01.9"
    assert words.moment(3_723_456) == "1:02:03.4"


def test_values_are_written_for_people() -> None:
    assert words.clock(12_720) == "0:13"
    assert words.clock(3_723_000) == "1:02:03"
    assert words.spoken(3_661_000) == "1 hour 1 minute 1 second"
    assert words.size(812) == "812 B"
    assert words.size(23_049_623) == "23.0 MB"
    assert words.day("2017-11-18T14:22:05Z") == "18 Nov 2017"
    assert words.day("late 2017") == "late 2017"
    assert words.rate("30000/1001") == "29.97 fps (30000/1001)"
    assert words.rate("0/0") == ""
    assert words.language("ar") == "العربية"
    assert words.language("pt-BR") == "Português (BR)"
    assert words.container("mov,mp4,m4a,3gp,3g2,mj2") == "MP4 / QuickTime"
