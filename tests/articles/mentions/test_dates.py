"""Dates as EDTF: what counts as one, what it means, and what is none."""

from __future__ import annotations

from datetime import date

import pytest

from mediacatalog.articles.mentions import dates, edtf
from mediacatalog.articles.mentions.values import DateValue

PUBLISHED = date(2017, 11, 22)  # a Wednesday


def read(text: str, published: date | None = PUBLISHED) -> list[tuple[str, str | None]]:
    found = dates.find(text, published)
    assert all(text[one.start : one.end] == one.surface for one in found)
    return [(one.surface, one.value.edtf) for one in found if isinstance(one.value, DateValue)]


@pytest.mark.parametrize(
    ("text", "surface", "value"),
    [
        ("in late 2017", "late 2017", "2017-09/2017-12"),
        ("in early 2015", "early 2015", "2015-01/2015-04"),
        ("at the end of 2016", "the end of 2016", "2016-09/2016-12"),
        ("in June 2016", "June 2016", "2016-06"),
        ("in mid-July 2016", "mid-July 2016", "2016-07-11/2016-07-20"),
        ("in 2014 it fell", "2014", "2014"),
        ("back in the 1990s", "1990s", "199X"),
        ("in spring 2014", "spring 2014", "2014-21"),
        ("the winter of 2016", "winter of 2016", "2016-24"),
        ("From 1 to 4 November 2017", "From 1 to 4 November 2017", "2017-11-01/2017-11-04"),
        ("1-4 November 2017", "1-4 November 2017", "2017-11-01/2017-11-04"),
        ("November 1–4, 2017", "November 1–4, 2017", "2017-11-01/2017-11-04"),
        ("28 December 2016 to 3 January 2017", None, "2016-12-28/2017-01-03"),
        ("from 28 December to 3 January 2017", None, "2016-12-28/2017-01-03"),
        ("between 2014 and 2016", None, "2014/2016"),
        ("October–November 2017", None, "2017-10/2017-11"),
        ("by 19 November 2017", None, "../2017-11-19"),
        ("until March 2016", None, "../2016-03"),
        ("since March 2011", None, "2011-03/.."),
        ("around 5 June 2013", None, "2013-06-05~"),
        ("the first half of 2015", "first half of 2015", "2015-01/2015-06"),
        ("Sept. 4, 2015", None, "2015-09-04"),
        ("the 3rd of May 2016", "3rd of May 2016", "2016-05-03"),
        ("19.11.2017", None, "2017-11-19"),
        ("2017-11-19", None, "2017-11-19"),
        ("11/19/2017", None, "2017-11-19"),
        ("19/11/2017", None, "2017-11-19"),
        ("yesterday", None, "2017-11-21"),
        ("last Friday", None, "2017-11-17"),
        ("on Wednesday", None, "2017-11-22"),
        ("last Wednesday", None, "2017-11-15"),
        ("next Monday", None, "2017-11-27"),
        ("two weeks ago", None, "2017-11-08"),
        ("last month", None, "2017-10"),
        ("early on the morning of 9 November", "9 November", "2017-11-09"),
        ("on 24 December he said", "24 December", "2016-12-24"),
        ("من 1 إلى 4 نوفمبر 2017", None, "2017-11-01/2017-11-04"),
        ("٩ تشرين الثاني ٢٠١٧", None, "2017-11-09"),
        ("16 مارس / آذار 2017", None, "2017-03-16"),
        ("6 جوان 2016", None, "2016-06-06"),
        ("4 غشت 2016", None, "2016-08-04"),
        ("في حزيران 2016", "حزيران 2016", "2016-06"),
        ("أواخر عام 2017", None, "2017-09/2017-12"),
        ("منتصف عام 2015", None, "2015-05/2015-08"),
        ("في عام 2014", "2014", "2014"),
        ("بحلول 19 نوفمبر 2017", None, "../2017-11-19"),
        ("أمس", None, "2017-11-21"),
        ("يوم الخميس الماضي", None, "2017-11-16"),
        ("صيف 2016", None, "2016-22"),
        ("с 1 по 4 ноября 2017 года", None, "2017-11-01/2017-11-04"),
        ("к 19 ноября 2017 года", None, "../2017-11-19"),
        ("в конце 2017 года", "конце 2017 года", "2017-09/2017-12"),
        ("летом 2016 года", None, "2016-22"),
        ("в 1990-х годах", "1990-х годах", "199X"),
        ("в 2014 году", "2014 году", "2014"),
        ("вчера", None, "2017-11-21"),
        ("в прошлую пятницу", None, "2017-11-17"),
    ],
)  # fmt: skip
def test_a_date_is_read(text: str, surface: str | None, value: str) -> None:
    assert read(text) == [(surface or text, value)]


@pytest.mark.parametrize(
    ("first", "later", "value"),
    [
        ("On 9 November 2017", "One day later", "2017-11-10"),
        ("On 9 November 2017", "two weeks later", "2017-11-23"),
        ("On 9 November 2017", "three days earlier", "2017-11-06"),
        ("On 31 January 2016", "One month later", "2016-02"),
        ("On 31 December 2016", "the next day", "2017-01-01"),
        ("On 9 November 2017", "The same day", "2017-11-09"),
        ("On October 14, 2017", "October 25", "2017-10-25"),
        ("On 28 December 2016", "3 January", "2017-01-03"),
        ("On 16 March 2016, and since June 2011", "17 March", "2016-03-17"),
        ("9 ноября 2017 года", "на следующий день", "2017-11-10"),
        ("9 ноября 2017 года", "днём позже", "2017-11-10"),
        ("9 نوفمبر 2017", "بعد يوم واحد", "2017-11-10"),
        ("9 نوفمبر 2017", "بعد يومين", "2017-11-11"),
        ("9 نوفمبر 2017", "في اليوم التالي", "2017-11-10"),
    ],
)
def test_a_later_date_is_reckoned_from_the_one_before(first: str, later: str, value: str) -> None:
    assert read(f"{first} it began. {later} it went on.")[-1] == (later, value)


@pytest.mark.parametrize(
    "text",
    [
        "The score was 3-2 and 20.5% of 2000 fans cheered",
        "call 555-2014-2017 or +1 202 555 2014",
        "the T-72, the F-16, the Tu-22M3 and the M16",
        "version 2.10.2017, then 1.2.3",
        "in 2000 houses, in 1500 metres",
        "He may 5 march on",
        "The march of 300 soldiers; it may be",
        "31 November 2017 is no day",
        "٣ قتلى و٢٠١٧ مقاتلا",
        "120 солдат и 2014 человек",
        "6 Russian bombers, 1 1,820",
        "1080p at 29.97, 16:9",
        "",
    ],
)
def test_numbers_are_no_dates(text: str) -> None:
    assert read(text) == []


def test_an_ambiguous_date_tells_its_other_reading() -> None:
    [found] = dates.find("seen on 11/09/2017", PUBLISHED)
    assert isinstance(found.value, DateValue)
    assert {found.value.edtf, *found.value.alternatives} == {"2017-09-11", "2017-11-09"}
    assert found.confidence <= 0.5


def test_other_numeric_dates_of_the_text_decide_the_ambiguous_one() -> None:
    assert read("on 11/19/2017 and 11/09/2017")[1] == ("11/09/2017", "2017-11-09")
    assert read("on 19/11/2017 and 11/09/2017")[1] == ("11/09/2017", "2017-09-11")


def test_a_hijri_date_is_reckoned_and_marked_as_approximate() -> None:
    [found] = dates.find("في ١٥ رمضان ١٤٣٨ هـ", PUBLISHED)
    assert found.surface == "١٥ رمضان ١٤٣٨ هـ"
    assert found.value == DateValue("2017-06-10~", "2017-06-09", "2017-06-11", (), "hijri")


def test_without_a_day_of_publication_weekdays_stay_unread() -> None:
    assert read("on Thursday, yesterday and two weeks ago", None) == []


def test_an_open_date_has_no_first_or_last_day() -> None:
    by, since = dates.find("by 19 November 2017; since 2011", None)
    assert isinstance(by.value, DateValue)
    assert (by.value.earliest, by.value.latest) == (None, "2017-11-19")
    assert isinstance(since.value, DateValue)
    assert (since.value.earliest, since.value.latest) == ("2011-01-01", None)


def test_a_winter_ends_in_the_next_year() -> None:
    assert edtf.season(2016, 24).last == date(2017, 2, 28)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("في 25 تشرين الثاني-نوفمبر 2017", "2017-11-25"),
        ("في 25 تشرين الثاني - نوفمبر 2017", "2017-11-25"),
        ("في 3 كانون الثاني / يناير 2016", "2016-01-03"),
        ("في 3 يناير-كانون ثاني 2016", "2016-01-03"),
        ("June-July 2016", "2016-06/2016-07"),
        ("في الرابع من نيسان 2017", "2017-04-04"),
        ("الخامس والعشرين من كانون الأول 2016", "2016-12-25"),
        ("двадцать пятого октября 2017 года", "2017-10-25"),
        ("the fourth of July 2015", "2015-07-04"),
        ("10 нояб. 2017", "2017-11-10"),
        ("on 2 and 3 July 2016", "2016-07-02/2016-07-03"),
        ("on July 2 and 3, 2016", "2016-07-02/2016-07-03"),
        ("في 2 و3 تموز 2016", "2016-07-02/2016-07-03"),
        ("بين حزيران وآب 2016", "2016-06/2016-08"),
        ("in the third quarter of 2016", "2016-07/2016-09"),
        ("в первой половине 2015 года", "2015-01/2015-06"),
        ("النصف الأول من عام 2015", "2015-01/2015-06"),
        ("in November last year", "2016-11"),
        ("в ноябре прошлого года", "2016-11"),
        ("في تشرين الثاني من العام الماضي", "2016-11"),
        ("two weeks before 10 November 2017", "2017-10-27"),
        ("the day after 10 November 2017", "2017-11-11"),
        ("за два дня до 10 ноября 2017", "2017-11-08"),
        ("بعد يومين من 10 تشرين الثاني 2017", "2017-11-12"),
        ("from 2012 onwards", "2012/.."),
        ("from late 2016 until early 2017", "2016-09/2017-04"),
        ("с начала 2015 до конца 2016 года", "2015-01/2016-12"),
        ("In 2014 militants seized the town", "2014"),
        ("قبل ثلاثة أيام", "2017-11-19"),
        ("فجر الجمعة", "2017-11-17"),
        ("في رمضان 1437", "2016-06-07~/2016-07-06~"),
    ],
)
def test_ways_of_saying_a_date_that_reports_use(text: str, value: str) -> None:
    assert read(text)[-1][1] == value


@pytest.mark.parametrize(
    ("later", "value"),
    [
        ("وبعد يوم واحد انتهى.", "2017-10-26"),
        ("Спустя два дня он закончился.", "2017-10-27"),
        ("A week afterwards it ended.", "2017-11-01"),
    ],
)
def test_a_day_is_reckoned_from_the_one_before(later: str, value: str) -> None:
    assert read(f"It began on 25 October 2017. {later}")[-1][1] == value


def test_days_that_are_no_range_are_two() -> None:
    found = read("It burned on 2 and 12 July 2016.")
    assert found == [("2", "2016-07-02"), ("12 July 2016", "2016-07-12")]


def test_plural_counts_are_no_years() -> None:
    assert read("in 1800 mills and in 2000 houses") == []
