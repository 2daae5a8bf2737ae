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
    r"(?:(?:\s?,\s?|\s|\sof\s|\sعام\s|\sسنه\s|\sمن\sعام\s)"
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
    rf"(?<!\w)(?<!\d-){_MONTH}\s(?:the\s)?(?P<day>{_DAY}){_ORD}(?:{_SEP}(?P<last>{_DAY}){_ORD})?"
    rf"(?![.,:]\d|-\d|\s?%|\s(?:million|billion|thousand|per\b|[ap]\.?m\b)){_YEAR}?"
)
MONTHS_YEAR = re.compile(rf"(?<![\w-])(?P<from>{_M})\.?{_SEP}{_MONTH}{_YEAR}")
MONTH_YEAR = re.compile(rf"(?<!\w)(?<!\d-){_MONTH}{_YEAR}")
BARE_MONTH = re.compile(
    r"(?:(?<=\sin\s)|(?<=^in\s)|(?<=since\s)|(?<=\sby\s)|(?<=until\s)|(?<=last\s)|(?<=this\s)"
    r"|(?<=next\s)|(?<=\sof\s)"
    r"|(?<=during\s)|(?<=from\s)|(?<=early\s)|(?<=mid\s)|(?<=mid-)|(?<=late\s)|(?<=before\s)"
    r"|(?<=after\s)"
    r"|(?<=throughout\s)|(?<=\sв\s)|(?<=^в\s)|(?<=\sفي\s)|(?<=منذ\s)|(?<=خلال\s)|(?<=حتي\s)"
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
    "throughout|around|circa|"
    "عام|سنه|العام|لعام|بعام"
)
YEAR = re.compile(
    rf"(?<![\w-])(?P<cue>{_YEAR_CUES})[\s-](?P<year>{_Y}){_AFTER_YEAR}(?!\s(?:{words(COUNTED)}"
    rf"|[\w-]{{2,20}}s)(?!\w))"
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
HALF = re.compile(rf"(?<!\w)(?P<half>first|second)\shalf\sof\s(?P<year>{_Y}){_AFTER_YEAR}")
HIJRI_DATE = re.compile(
    rf"(?<!\w)(?:(?P<day>{_DAY})\s(?:من\s)?)?(?:{HIJRI})\s(?:عام\s"
    rf"|سنه\s)?(?:1[34]\d\d)(?!\d)(?:\s?هـ?(?!\w))?"
)

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
            if found["between"] or re.fullmatch(_SEP, found["sep"]):
                make = partial(_days, int(found["first"]), int(found["day"]), month)
                ranged = True
            else:
                start = found.start("day")
        yield Atom(start, found.end(), make, _year(found), ranged=ranged)
    for found in MONTH_DAY.finditer(plain):
        counted = re.match(r"\s([^\W\d_]+)", plain[found.end() : found.end() + 20])
        if not _named(found, original) or (counted and counted[1] in COUNTED and not found["year"]):
            continue
        month = MONTHS[found["month"]]
        make = partial(_day, month, int(found["day"]))
        if found["last"]:
            make = partial(_days, int(found["day"]), int(found["last"]), month)
        yield Atom(found.start(), found.end(), make, _year(found), ranged=bool(found["last"]))


def _of_months(plain: str, original: str) -> Iterator[Atom]:
    for found in MONTHS_YEAR.finditer(plain):
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
    for found in HALF.finditer(plain):
        months = (1, 6) if found["half"] == "first" else (7, 12)
        yield Atom(found.start(), found.end(), partial(_months, *months), int(found["year"]))
    for found in HIJRI_DATE.finditer(plain):
        yield Atom(found.start(), found.end(), edtf.of, None, calendar="hijri", confidence=0.8)


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
