"""Where a text writes dates: each with how to read it, before its year or anchor is known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from mediacatalog.articles.mentions import edtf
from mediacatalog.articles.mentions.date_words import (
    BARE_MONTHS,
    COUNTED,
    HIJRI,
    MONTHS,
    ORDINALS,
    SEASONS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mediacatalog.articles.mentions.edtf import Extent


@dataclass(frozen=True, slots=True)
class Atom:
    """A written date. `make` gives its extent for a year; `year` is the one it names itself."""

    start: int
    end: int
    make: Callable[[int], Extent]
    year: int | None
    fine: bool = True
    """Whether it names a month or a day, so that years are carried from it."""
    confidence: float = 0.95
    other: Callable[[int], Extent] | None = None
    """Another reading of an ambiguous one."""
    calendar: str = "gregorian"
    ranged: bool = False
    """Whether it has two ends already."""


def words(table: dict[str, int] | frozenset[str] | tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(table, key=lambda one: -len(one)))


_M = rf"(?:{words(MONTHS)})(?!\w)"
_MONTH = rf"(?P<month>{_M})(?:\.(?=\s?[\d,/(]))?(?:\s?[/(]\s?(?:{_M})\)?)?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?!\d)"
_ORD = r"(?:st|nd|rd|th|-?го|-?е)?(?!\w)"
_Y = r"(?:1[6-9]\d\d|20\d\d)"
_AFTER_YEAR = r"(?!\w|[.,:/]\d|\s?%|-\d)"
_YEAR = (
    r"(?:(?:\s?,\s?|\s|\sof\s|\s(?:من\s)?(?:ال|ل)?عام\s|\sسنه\s)"
    rf"(?P<year>{_Y}){_AFTER_YEAR}(?:\s(?:года?|г)(?!\w)\.?)?)"
)
_SEP = r"\s?(?:-|\sto\s|\sthrough\s|\still\s|\suntil\s|\sпо\s|\sдо\s|\sالي\s|\sحتي\s)\s?"
_START = r"(?<![\w.,:/$€£%+#№-])(?<![\d]\s)"
_AND = r"\s(?:and\s|и\s|و\s?)"

DAY_MONTH = re.compile(
    rf"{_START}(?:(?P<between>(?:between|между|بين)\s)?(?P<first>{_DAY}){_ORD}"
    rf"(?P<sep>{_SEP}|{_AND}))?(?P<day>{_DAY}){_ORD}\s(?:day\s)?(?:of\s"
    rf"|من\s)?(?:شهر\s)?{_MONTH}{_YEAR}?"
)
MONTH_DAY = re.compile(
    rf"(?<!\w)(?<!\d-){_MONTH}\s(?:the\s)?(?P<day>{_DAY}){_ORD}(?:{_SEP}(?P<last>{_DAY}){_ORD}|{_AND}(?P<second>{_DAY}){_ORD})?"
    rf"(?![.,:]\d|-\d|\s?%|\s(?:million|billion|thousand|per\b|[ap]\.?m\b)){_YEAR}?"
)
ORDINAL_MONTH = re.compile(
    rf"(?<!\w)(?P<ordinal>{words(ORDINALS)})\s(?:(?:of|من)\s(?:شهر\s)?(?={_M})|(?=[а-я]))"
    rf"{_MONTH}{_YEAR}?"
)
MONTHS_YEAR = re.compile(rf"(?<![\w-])(?P<from>{_M})\.?(?P<sep>{_SEP}|{_AND}){_MONTH}{_YEAR}")
MONTH_YEAR = re.compile(rf"(?<!\w)(?<!\d-){_MONTH}{_YEAR}")
BARE_MONTH = re.compile(
    r"(?:(?<=\sin\s)|(?<=^in\s)|(?<=since\s)|(?<=\sby\s)|(?<=until\s)|(?<=last\s)|(?<=this\s)"
    r"|(?<=next\s)|(?<=\sof\s)"
    r"|(?<=during\s)|(?<=from\s)|(?<=early\s)|(?<=mid\s)|(?<=mid-)|(?<=late\s)|(?<=before\s)"
    r"|(?<=after\s)"
    r"|(?<=throughout\s)|(?<=\sв\s)|(?<=^в\s)|(?<=\sفي\s)|(?<=^في\s)|(?<=منذ\s)|(?<=خلال\s)|(?<=حتي\s)"
    r"|(?<=شهر\s))"
    rf"(?P<month>{words(BARE_MONTHS)})(?!\w|\s\d|-\d)"
)
ISO = re.compile(
    r"(?<![\w.:/-])(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d\d?)(?P=s)(?P<d>\d\d?)(?![\d/-]|\.\d)"
)
NUMERIC = re.compile(
    rf"(?<![\w.,:/$€£+-])(?P<a>\d\d?)(?P<s>[./-])(?P<b>\d\d?)(?P=s)(?P<y>{_Y})(?![\w/-]|[.:]\d)"
)
_VERSION = re.compile(r"(?:version|release|firmware|build|ver\.?|v\.?)\s?$")
_YEAR_CUES = (
    "in|since|by|until|till|of|during|from|early|late|mid|before|after|year|years|to|through|and"
    "|between|the|"
    "throughout|around|circa|early as|late as|recently as|"
    "начала|начале|середины|середине|конца|конце|"
    "عام|سنه|العام|لعام|بعام|و?اواخر|و?اوائل|و?مطلع|و?منتصف|و?نهايه|و?بدايه"
)
YEAR = re.compile(
    rf"(?<![\w-])(?P<cue>{_YEAR_CUES})[\s-](?P<year>{_Y}){_AFTER_YEAR}(?!\s(?:{words(COUNTED)})(?!\w))"
    # "in 1800 mills" counts; "in 2014 rebels" hardly ever does
    r"(?:(?<=20[0-3][1-9])|(?<=20[1-3]0)|(?!\s[\w-]{2,20}s(?!\w)))"
)
YEARS = re.compile(
    rf"(?<![\w.,:/$€£+-])(?P<from>{_Y})(?:-|/|\sto\s|\sو\s?|\sand\s|\sпо\s"
    rf"|\sالي\s)(?P<to>{_Y})(?![\w-]|[.,:]\d|\s?%)(?:\sгод\w{{0,3}}(?!\w))?"
)
RUSSIAN_YEAR = re.compile(
    rf"(?<![\w.,:/$€£+-])(?P<year>{_Y})(?:-?м|-?го)?\s(?:году|года|год|г\.)(?!\w)"
)
PARENTHESISED = re.compile(rf"(?<=\()(?P<year>{_Y})(?=\))")
DECADE = re.compile(
    r"(?<![\w.,:/$€£+-])(?P<year>(?:1[6-9]|20)\d0)(?:['’]?s|-(?:е|х|ые|ых)(?:\sгод\w{1,2})?)(?!\w)"
)
ARABIC_DECADE = re.compile(
    r"(?<!\w)(?P<name>عشرين|ثلاثين|اربعين|خمسين|ستين|سبعين|ثمانين|تسعين)(?:يات"
    r"|ات)\sالقرن\s(?:الماضي|العشرين)"
)
SEASON = re.compile(
    rf"(?<!\w)(?P<season>{words(SEASONS)})(?:\sof|\sعام|\sسنه|\sمن\sعام|\sin"
    rf"|,)?\s(?P<year>{_Y}){_AFTER_YEAR}(?:\sгода)?"
)
_PARTS_OF_YEAR = {
    "first half": (1, 6), "second half": (7, 12), "first quarter": (1, 3),
    "second quarter": (4, 6), "third quarter": (7, 9), "fourth quarter": (10, 12),
    "last quarter": (10, 12), "q1": (1, 3), "q2": (4, 6), "q3": (7, 9), "q4": (10, 12),
    "первой половине": (1, 6), "второй половине": (7, 12), "первом квартале": (1, 3),
    "втором квартале": (4, 6), "третьем квартале": (7, 9), "четвертом квартале": (10, 12),
    "النصف الاول": (1, 6), "النصف الثاني": (7, 12), "الربع الاول": (1, 3),
    "الربع الثاني": (4, 6), "الربع الثالث": (7, 9), "الربع الاخير": (10, 12),
}  # fmt: skip
PART_OF_YEAR = re.compile(
    rf"(?<!\w)(?P<part>{words(tuple(_PARTS_OF_YEAR))})\s(?:of\s|من\s)?(?:عام\s|العام\s|سنه\s)?"
    rf"(?P<year>{_Y}){_AFTER_YEAR}(?:\sгода(?!\w))?"
)
HIJRI_DATE = re.compile(
    rf"(?<!\w)(?:(?P<day>{_DAY})\s(?:من\s)?(?:شهر\s)?)?(?P<month>{words(HIJRI)})\s(?:عام\s|سنه\s)?"
    r"(?P<year>1[34]\d\d)(?!\d)(?:\s?(?:هـ?|ah)(?!\w))?"
)
_BETWEEN = re.compile(r"(?<!\w)(?:between|между|بين)\s$")
_TWINS = re.compile(rf"(?<!\w)(?P<one>{_M})(?P<gap>\s?-\s?)(?P<two>{_M})")

_DECADES = dict(
    zip(
        "عشرين ثلاثين اربعين خمسين ستين سبعين ثمانين تسعين".split(),
        range(1920, 2000, 10),
        strict=True,
    )
)


def find(plain: str, original: str, *, day_first: bool | None) -> list[Atom]:
    """Dates that don't overlap, in order; the one that begins first, then the longest, is kept."""
    found = [atom for reader in _READERS for atom in reader(plain, original)]
    found += _numeric(plain, day_first=day_first)
    found.sort(key=lambda atom: (atom.start, -atom.end))
    kept: list[Atom] = []
    for atom in found:
        if not kept or atom.start >= kept[-1].end:
            kept.append(atom)
    return kept


def without_twins(plain: str) -> str:
    """The hyphen of one month under two names, "تشرين الثاني-نوفمبر", made a slash: no range."""

    def slashed(found: re.Match[str]) -> str:
        same = MONTHS[found["one"]] == MONTHS[found["two"]]
        return found[0].replace("-", "/") if same else found[0]

    return _TWINS.sub(slashed, plain)


def day_first(plain: str) -> bool | None:
    """How a text writes `11/19/2017`, as one that can be read one way only shows."""
    first = {
        int(found["a"]) > 12
        for found in NUMERIC.finditer(plain)
        if (int(found["a"]) > 12) != (int(found["b"]) > 12) and found["s"] != "."
    }
    return first.pop() if len(first) == 1 else None


def _days(first: int, last: int, month: int, year: int) -> Extent:
    return edtf.between(edtf.of(year, month, first), edtf.of(year, month, last))


def _day(month: int, day: int, year: int) -> Extent:
    return edtf.of(year, month, day)


def _month(month: int, year: int) -> Extent:
    return edtf.of(year, month)


def _months(first: int, last: int, year: int) -> Extent:
    return edtf.between(edtf.of(year - (first > last), first), edtf.of(year, last))


def _of_days(plain: str, original: str) -> Iterator[Atom]:
    for found in DAY_MONTH.finditer(plain):
        month, start = MONTHS[found["month"]], found.start()
        if not _named(found, original):
            continue
        make = partial(_day, month, int(found["day"]))
        ranged = False
        if found["first"]:
            together = int(found["first"]) + 1 == int(found["day"])
            if together or found["between"] or re.fullmatch(_SEP, found["sep"]):
                make = partial(_days, int(found["first"]), int(found["day"]), month)
                ranged = True
            else:
                start = found.start("day")
                other = partial(_day, month, int(found["first"]))
                yield Atom(found.start("first"), found.end("first"), other, _year(found))
        yield Atom(start, found.end(), make, _year(found), ranged=ranged)
    for found in ORDINAL_MONTH.finditer(plain):
        if _named(found, original):
            make = partial(_day, MONTHS[found["month"]], ORDINALS[found["ordinal"]])
            yield Atom(found.start(), found.end(), make, _year(found))
    for found in MONTH_DAY.finditer(plain):
        counted = re.match(r"\s([^\W\d_]+)", plain[found.end() : found.end() + 20])
        if not _named(found, original) or (counted and counted[1] in COUNTED and not found["year"]):
            continue
        month = MONTHS[found["month"]]
        first, last = int(found["day"]), int(found["last"] or found["second"] or 0)
        ranged = last > 0 and (found["last"] is not None or last == first + 1)
        make = partial(_days, first, last, month) if ranged else partial(_day, month, first)
        end = found.end() if ranged or not last else found.end("day")
        yield Atom(found.start(), end, make, _year(found), ranged=ranged)
        if last and not ranged:
            make = partial(_day, month, last)
            yield Atom(found.start("second"), found.end(), make, _year(found))


def _of_months(plain: str, original: str) -> Iterator[Atom]:
    for found in MONTHS_YEAR.finditer(plain):
        before = plain[max(0, found.start() - 8) : found.start()]
        if not re.fullmatch(_SEP, found["sep"]) and not _BETWEEN.search(before):
            continue
        make = partial(_months, MONTHS[found["from"]], MONTHS[found["month"]])
        yield Atom(found.start(), found.end(), make, _year(found), ranged=True)
    for found in MONTH_YEAR.finditer(plain):
        yield Atom(
            found.start(), found.end(), partial(_month, MONTHS[found["month"]]), _year(found)
        )
    for found in BARE_MONTH.finditer(plain):
        if _named(found, original):
            make = partial(_month, MONTHS[found["month"]])
            yield Atom(found.start(), found.end(), make, None, confidence=0.85)


def _of_years(plain: str, _original: str) -> Iterator[Atom]:
    for found in YEARS.finditer(plain):
        first, last = edtf.of(int(found["from"])), edtf.of(int(found["to"]))
        if int(found["from"]) < int(found["to"]):
            make = partial(_fixed, edtf.between(first, last))
            yield Atom(found.start(), found.end(), make, int(found["to"]), fine=False, ranged=True)
    for pattern, confidence in ((YEAR, 0.9), (RUSSIAN_YEAR, 0.95), (PARENTHESISED, 0.6)):
        for found in pattern.finditer(plain):
            sure = 0.7 if pattern is YEAR and found["cue"] in {"the", "to", "and"} else confidence
            end = found.end() if pattern is RUSSIAN_YEAR else found.end("year")
            yield Atom(
                found.start("year"), end, edtf.of, int(found["year"]), fine=False, confidence=sure
            )


def _of_spells(plain: str, _original: str) -> Iterator[Atom]:
    for found in DECADE.finditer(plain):
        yield Atom(found.start(), found.end(), edtf.decade, int(found["year"]), fine=False)
    for found in ARABIC_DECADE.finditer(plain):
        year = _DECADES[found["name"]]
        yield Atom(found.start(), found.end(), edtf.decade, year, fine=False)
    for found in SEASON.finditer(plain):
        number = SEASONS[found["season"]]
        make = partial(_season, number)
        yield Atom(found.start(), found.end(), make, int(found["year"]))
    for found in PART_OF_YEAR.finditer(plain):
        months = _PARTS_OF_YEAR[found["part"]]
        yield Atom(found.start(), found.end(), partial(_months, *months), int(found["year"]))
    for found in HIJRI_DATE.finditer(plain):
        day = int(found["day"]) if found["day"] else None
        year, month = int(found["year"]), HIJRI[found["month"]]
        make = partial(_fixed, edtf.hijri(year, month, day))
        yield Atom(found.start(), found.end(), make, year, calendar="hijri", confidence=0.8)


_READERS = (_of_days, _of_months, _of_years, _of_spells)


def _season(number: int, year: int) -> Extent:
    return edtf.season(year, number)


def _fixed(extent: Extent, _year: int) -> Extent:
    return extent


def _numeric(plain: str, *, day_first: bool | None) -> Iterator[Atom]:
    for found in ISO.finditer(plain):
        make = partial(_day, int(found["m"]), int(found["d"]))
        yield Atom(found.start(), found.end(), make, int(found["y"]))
    for found in NUMERIC.finditer(plain):
        if _VERSION.search(plain, max(0, found.start() - 12), found.start()):
            continue
        one, two, year = int(found["a"]), int(found["b"]), int(found["y"])
        days, months = partial(_day, two, one), partial(_day, one, two)
        if found["s"] == "." or one > 12:
            yield Atom(found.start(), found.end(), days, year)
        elif two > 12:
            yield Atom(found.start(), found.end(), months, year)
        elif one == two or day_first is not None:
            make = months if day_first is False else days
            yield Atom(found.start(), found.end(), make, year, confidence=0.85)
        else:
            yield Atom(found.start(), found.end(), days, year, confidence=0.5, other=months)


def _year(found: re.Match[str]) -> int | None:
    return int(found["year"]) if found["year"] else None


def _named(found: re.Match[str], original: str) -> bool:
    """Months are written with a capital in English; `may` and `march` are mostly verbs."""
    return found["month"] not in {"may", "march", "mar", "sep", "dec", "jan"} or (
        original[found.start("month")].isupper()
    )
