"""Days told by other days: "one day later", "on Thursday", "вчера", "في اليوم التالي"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from mediacatalog.articles.mentions import edtf
from mediacatalog.articles.mentions.date_atoms import words
from mediacatalog.articles.mentions.date_words import NUMBERS, UNITS, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mediacatalog.articles.mentions.edtf import Extent


@dataclass(frozen=True, slots=True)
class Relative:
    start: int
    end: int
    make: Callable[[Extent], Extent]
    """From the day that it is reckoned from."""
    from_story: bool
    """From the date told before it; else from the day of publication."""
    confidence: float = 0.75
    kind: str = "day"


_UNIT = "|".join(UNITS.values())
UNIT_OF = {word: unit for unit, names in UNITS.items() for word in names.split("|")}
_N = rf"(?P<n>{words(NUMBERS)}|\d{{1,3}})"
DUALS = {"يومين": "day", "اسبوعين": "week", "شهرين": "month", "عامين": "year", "سنتين": "year"}
_BY_ONE = {"днем": "day", "неделей": "week", "месяцем": "month", "годом": "year", "сутками": "day"}

_COUNTED = re.compile(
    rf"(?<![\w.,-]){_N}\s(?P<unit>{_UNIT})\s"
    r"(?P<way>later|afterwards|afterward|earlier|ago|спустя|позже|раньше|назад)(?!\w)"
)
_IN = re.compile(
    rf"(?<!\w)(?:через|спустя|[وف]?بعد)\s(?:(?:{_N})\s)?(?P<unit>{_UNIT})(?:\sواحد(?:ه)?)?(?!\w)(?!\sпосле"
    rf"|\sمن)"
)
_AGO = re.compile(rf"(?<!\w)[وف]?قبل\s(?:{_N}\s)?(?P<unit>{_UNIT})(?:\sواحد(?:ه)?)?(?!\w)(?!\sمن)")
_DUAL = re.compile(rf"(?<!\w)[وف]?(?P<way>بعد|قبل)\s(?P<unit>{words(tuple(DUALS))})(?!\w)(?!\sمن)")
_ONE = re.compile(
    rf"(?<!\w)(?P<unit>{words(tuple(_BY_ONE))}|день|неделю|месяц|год)\s(?P<way>позже|ранее|раньше"
    rf"|спустя)(?!\w)"
)
_NEXT_DAY = re.compile(
    r"(?<!\w)(?:(?P<next>(?:on\s)?the\s(?:next|following)\sday|на\sследующий\sдень|на\sдругой\sдень"
    r"|(?:في\s)?اليوم\sالتالي)|(?P<previous>(?:on\s)?the\sprevious\sday|the\sday\sbefore(?=[.,;])"
    r"|днем\sранее|(?:في\s)?اليوم\sالسابق)"
    r"|(?P<same>(?:on\s)?(?:the|that)\s(?:very\s)?same\sday|в\sтот\sже\sдень"
    r"|(?:في\s)?(?:اليوم\s(?:نفسه|ذاته)|نفس\sاليوم)))(?!\w)"
)
_NAMED = {
    "yesterday": -1, "last night": -1, "today": 0, "tonight": 0, "this morning": 0,
    "this afternoon": 0, "this evening": 0, "tomorrow": 1, "вчера": -1, "сегодня": 0, "завтра": 1,
    "позавчера": -2, "امس": -1, "يوم امس": -1, "اليوم": 0, "مساء امس": -1, "صباح اليوم": 0,
    "مساء اليوم": 0, "غدا": 1, "الليله الماضيه": -1,
}  # fmt: skip
_DEICTIC = re.compile(
    rf"(?<!\w)(?P<word>{words(tuple(_NAMED))})(?!\w)(?!['’]s\s(?:world|youth|children))"
)
_WEEKDAY = re.compile(
    r"(?<![\w-])(?:(?P<before>last|this|next|past|on|в\sпрошл\w{2}|в\sэт\w|в\sследующ\w{2}|во?|يوم"
    r"|امس|اليوم|فجر|صباح|ظهر|عصر|مساء|ليله?)\s)?"
    rf"(?P<day>{words(WEEKDAYS)})(?!\w)"
    r"(?:\s(?P<after>morning|afternoon|evening|night|الماضيه?|المقبله?|القادمه?))?"
)
_NOT_A_DAY = re.compile(r"(?:black|good|ash|easter|bloody|holy|palm|cyber)\s$")
_SPELL = re.compile(
    r"(?<!\w)(?:(?P<which>last|this|next|past|в\sпрошл\w{2}|на\sпрошлой|в\sэтом|на\sэтой)"
    r"\s(?P<unit>week|month|year|неделе|месяце|году)"
    r"|(?:ال)?(?P<ar>اسبوع|شهر|عام|سنه)\sال(?P<arwhich>ماضيه?|جاري|حالي|مقبله?|قادمه?))(?!\w)"
)
_SPELL_UNITS = {
    "week": "week", "неделе": "week", "اسبوع": "week", "month": "month", "месяце": "month",
    "شهر": "month", "year": "year", "году": "year", "عام": "year", "سنه": "year",
}  # fmt: skip


def find(plain: str, original: str) -> list[Relative]:
    """In order of start; may overlap each other."""
    found = [*_counted(plain), *_days(plain), *_weekdays(plain, original), *_spells(plain)]
    return sorted(found, key=lambda one: (one.start, -one.end))


def _counted(plain: str) -> Iterator[Relative]:
    for found in _COUNTED.finditer(plain):
        ago = found["way"] in {"ago", "назад"}
        back = ago or found["way"] in {"earlier", "раньше"}
        count = _number(found["n"]) * (-1 if back else 1)
        make = partial(edtf.moved, count=count, unit=UNIT_OF[found["unit"]])
        yield Relative(found.start(), found.end(), make, from_story=not ago)
    for found in _IN.finditer(plain):
        if found["n"] is None and found["unit"] in {"дней", "недель", "лет", "ايام", "سنوات"}:
            continue
        count = _number(found["n"]) if found["n"] else 1
        make = partial(edtf.moved, count=count, unit=UNIT_OF[found["unit"]])
        yield Relative(found.start(), found.end(), make, from_story=True, confidence=0.7)
    for found in _DUAL.finditer(plain):
        count = 2 if found["way"] == "بعد" else -2
        make = partial(edtf.moved, count=count, unit=DUALS[found["unit"]])
        after = found["way"] == "بعد"  # "before two days" is what English says with "ago"
        yield Relative(found.start(), found.end(), make, from_story=after, confidence=0.7)
    for found in _AGO.finditer(plain):
        count = -(_number(found["n"]) if found["n"] else 1)
        if found["n"] is None and found["unit"] in {
            "ايام",
            "اسابيع",
            "اشهر",
            "شهور",
            "سنوات",
            "اعوام",
        }:
            continue
        make = partial(edtf.moved, count=count, unit=UNIT_OF[found["unit"]])
        yield Relative(found.start(), found.end(), make, from_story=False, confidence=0.7)
    for found in _ONE.finditer(plain):
        unit = _BY_ONE.get(found["unit"]) or UNIT_OF[found["unit"]]
        make = partial(
            edtf.moved, count=-1 if found["way"] in {"ранее", "раньше"} else 1, unit=unit
        )
        yield Relative(found.start(), found.end(), make, from_story=True)


def _days(plain: str) -> Iterator[Relative]:
    for found in _NEXT_DAY.finditer(plain):
        count = 1 if found["next"] else -1 if found["previous"] else 0
        make = partial(edtf.moved, count=count, unit="day")
        yield Relative(found.start(), found.end(), make, from_story=True)
    for found in _DEICTIC.finditer(plain):
        if found["word"] == "اليوم" and not re.match(r"\s?[،,.]", plain[found.end() :][:3]):
            continue  # also "the day"
        make = partial(edtf.moved, count=_NAMED[found["word"]], unit="day")
        yield Relative(found.start(), found.end(), make, from_story=False)


def _weekdays(plain: str, original: str) -> Iterator[Relative]:
    for found in _WEEKDAY.finditer(plain):
        letter = original[found.start("day")]
        before = found["before"] or ""
        if letter.isascii() and not letter.isupper():
            continue
        if not letter.isascii() and not before and not found["after"]:
            continue
        if _NOT_A_DAY.search(plain[max(0, found.start() - 8) : found.start()]):
            continue
        after = found["after"] or ""
        way = "on"
        if before in {"last", "past"} or "прошл" in before or after.startswith("الماضي"):
            way = "last"
        elif before == "next" or "следующ" in before or after.startswith(("المقبل", "القادم")):
            way = "next"
        make = partial(_weekday, number=WEEKDAYS[found["day"]], way=way)
        yield Relative(
            found.start(), found.end(), make, from_story=False, confidence=0.7, kind="weekday"
        )


def _weekday(anchor: Extent, number: int, way: str) -> Extent:
    """The nearest such day up to the anchor; before it for `last`, after it for `next`."""
    known = anchor.known
    back = (known.weekday() - number) % 7
    if way == "next":
        return edtf.of_day(known + timedelta(days=7 - back if back else 7))
    if way == "last" and back == 0:
        back = 7
    return edtf.of_day(known - timedelta(days=back))


def _spells(plain: str) -> Iterator[Relative]:
    for found in _SPELL.finditer(plain):
        unit = _SPELL_UNITS[found["unit"] or found["ar"]]
        which = found["which"] or found["arwhich"]
        count = 0
        if which in {"last", "past"} or "прошл" in which or which.startswith("ماضي"):
            count = -1
        elif which == "next" or which.startswith(("مقبل", "قادم")):
            count = 1
        make = partial(_spell, count=count, unit=unit)
        yield Relative(found.start(), found.end(), make, from_story=False, confidence=0.65)


def _spell(anchor: Extent, count: int, unit: str) -> Extent:
    moved = edtf.moved(anchor, count, unit).known
    if unit == "week":
        return edtf.of_week(moved)
    return edtf.of(moved.year, moved.month) if unit == "month" else edtf.of(moved.year)


def _number(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS[word]
