"""Dates that a text names, as EDTF: years carried over, relative ones reckoned from others."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from mediacatalog.articles.mentions import date_atoms, edtf, relative_dates
from mediacatalog.articles.mentions.date_words import (
    ABOUT,
    BY,
    FROM,
    NUMBERS,
    PARTS,
    SINCE,
    TO,
    UNITS,
)
from mediacatalog.articles.mentions.plain import plain
from mediacatalog.articles.mentions.relative_dates import DUALS, UNIT_OF
from mediacatalog.articles.mentions.values import DateValue, Mention

LOOK_BACK = 40
"""Characters before a date in which what qualifies it may begin."""

_TAIL = r"(?:the\s)?(?:years?\s|عام\s|العام\s|سنه\s|شهر\s)?$"
_PART = {
    which: re.compile(rf"(?<!\w)(?:{words})[\s-](?:of\s|in\s)?{_TAIL}")
    for which, words in PARTS.items()
}
_BY = re.compile(rf"(?<!\w)(?:{BY})\s(?:of\s)?{_TAIL}")
_SINCE = re.compile(rf"(?<!\w)(?:{SINCE})\s(?:on\s)?{_TAIL}")
_ABOUT = re.compile(rf"(?<!\w)(?:{ABOUT})\s{_TAIL}")
_FROM = re.compile(rf"(?<!\w)(?:{FROM})\s(?:the\s)?{_TAIL}")
_TO = re.compile(rf"\s?(?:-|\s(?:{TO})\s?)\s?{_TAIL}")
_AND = re.compile(r"\s(?:and|и|و)\s?")
_BETWEEN = re.compile(r"(?<!\w)(?:between|между|بين)\s")
_TOLD_YEAR = re.compile(
    r"\s(?:of\s|من\s)?(?:(?P<last>last\syear|прошлого\sгода|العام\sالماضي|السنه\sالماضيه)"
    r"|this\syear|этого\sгода|нынешнего\sгода|العام\s(?:الجاري|الحالي)|السنه\sالجاريه)(?!\w)"
)
_ONWARDS = re.compile(r"\s(?:onwards?|on(?=[.,;]|$))(?!\w)")
_SHIFTED = re.compile(
    rf"(?<!\w)(?:(?:the\s|за\s|через\s)?(?:(?P<n>{date_atoms.words(NUMBERS)}|\d{{1,3}})\s)?"
    rf"(?P<unit>{'|'.join(UNITS.values())})\s(?P<way>before|after|до|после)"
    rf"|(?P<arway>قبل|بعد)\s(?:(?P<arn>{date_atoms.words(NUMBERS)}|\d{{1,3}})\s)?"
    rf"(?P<arunit>{'|'.join(UNITS.values())}|{date_atoms.words(tuple(DUALS))})\s(?:واحد\s)?من)\s{_TAIL}"
)
_AFTER_ALL = re.compile(r"[^.!?\n]*$")

AHEAD = timedelta(days=31)
"""How far after its publication a story may speak of a day without a year."""


@dataclass(slots=True)
class _Context:
    """What has been said so far."""

    published: date | None
    last: edtf.Extent | None = None
    """The last date with a month or a day."""
    last_day: edtf.Extent | None = None
    """The last date with a day: a day without a year is of its year."""
    last_year: int | None = None
    last_year_at: int = -1


def find(text: str, published: date | None = None) -> list[Mention]:
    """Dates in order; `published` is what "yesterday" and "on Thursday" are reckoned from."""
    low = date_atoms.without_twins(plain(text))
    atoms = date_atoms.find(low, text, day_first=date_atoms.day_first(low))
    relatives = relative_dates.find(low, text)
    context = _Context(published)
    mentions: list[Mention] = []
    if published is not None:
        atoms = [_of_told_year(low, one, published) for one in atoms]
    pending = _in_order(atoms, relatives)
    later_year = _years_ahead(atoms)
    at = 0
    while at < len(pending):
        one = pending[at]
        following = pending[at + 1] if at + 1 < len(pending) else None
        at += 1
        if isinstance(one, relative_dates.Relative):
            made = _relative(one, context)
        elif one.calendar != "gregorian":
            extent = one.make(0)
            made = _mention(one.start, one.end, extent, one.confidence, note=one.calendar)
        elif (
            isinstance(following, date_atoms.Atom)
            and (join := _joined(low, one, following)) is not None
        ):
            made = _range(low, one, following, context, start=join)
            at += made is not None
            made = made or _single(low, one, context, later_year.get(one.start))
        else:
            made = _single(low, one, context, later_year.get(one.start))
        if made is not None:
            mentions.append(replace(made, surface=text[made.start : made.end]))
    return mentions


def _of_told_year(low: str, atom: date_atoms.Atom, published: date) -> date_atoms.Atom:
    """With the year of "in November last year", reckoned from the day of publication."""
    found = _TOLD_YEAR.match(low, atom.end) if atom.fine and atom.year is None else None
    if found is None or atom.calendar != "gregorian":
        return atom
    return replace(atom, end=found.end(), year=published.year - bool(found["last"]))


def _in_order(
    atoms: list[date_atoms.Atom], relatives: list[relative_dates.Relative]
) -> list[date_atoms.Atom | relative_dates.Relative]:
    both: list[date_atoms.Atom | relative_dates.Relative] = sorted(
        [*atoms, *relatives], key=lambda one: (one.start, -one.end)
    )
    kept: list[date_atoms.Atom | relative_dates.Relative] = []
    for one in both:
        if kept and one.start < kept[-1].end:
            continue
        if (
            kept
            and isinstance(kept[-1], relative_dates.Relative)
            and kept[-1].kind == "weekday"
            and one.start - kept[-1].end <= 3
            and isinstance(one, date_atoms.Atom)
        ):
            kept.pop()  # "Thursday, 9 November": the day says it all
        kept.append(one)
    return kept


def _years_ahead(atoms: list[date_atoms.Atom]) -> dict[int, int]:
    """For each date without a year the next year that is written out after it."""
    ahead: dict[int, int] = {}
    year: int | None = None
    for atom in reversed(atoms):
        if atom.year is not None:
            year = atom.year
        elif year is not None:
            ahead[atom.start] = year
    return ahead


def _single(
    low: str, atom: date_atoms.Atom, context: _Context, ahead: int | None
) -> Mention | None:
    year, confidence = _year_of(low, atom, context, ahead)
    if year is None:
        return None
    try:
        extent = atom.make(year)
        other = atom.other(year) if atom.other else None
    except ValueError:
        return None
    start, end = atom.start, atom.end
    opening = _FROM.search(low, max(0, start - LOOK_BACK), start)
    onwards = _ONWARDS.match(low, end) if opening else None
    if atom.ranged:
        start = opening.start() if opening else start
    elif opening and onwards:
        extent, start, end = edtf.since(extent), opening.start(), onwards.end()
    else:
        extent, start = _qualified(low, extent, start)
    _remember(context, atom, extent, year)
    return _mention(start, end, extent, confidence, other=other)


def _qualified(low: str, extent: edtf.Extent, start: int) -> tuple[edtf.Extent, int]:
    """What stands before a date: early, about, by, since. Each moves the start of the mention."""
    found = _SHIFTED.search(low, max(0, start - LOOK_BACK), start)
    if found and extent.first == extent.last:
        word = found["unit"] or found["arunit"]
        count = found["n"] or found["arn"] or ("2" if word in DUALS else "1")
        number = int(count) if count.isdigit() else NUMBERS[count]
        back = (found["way"] or found["arway"]) in {"before", "до", "قبل"}
        unit = DUALS.get(word) or UNIT_OF[word]
        return edtf.moved(extent, -number if back else number, unit), found.start()
    extent, start = _parted(low, extent, start)
    for pattern, change in ((_ABOUT, edtf.about), (_BY, edtf.until), (_SINCE, edtf.since)):
        if found := pattern.search(low, max(0, start - LOOK_BACK), start):
            extent, start = change(extent), found.start()
            break
    return extent, start


def _parted(low: str, extent: edtf.Extent, start: int) -> tuple[edtf.Extent, int]:
    """The third of a date that is meant, "early", "mid" or "late"; as it is where none is."""
    for which, pattern in _PART.items():
        if found := pattern.search(low, max(0, start - LOOK_BACK), start):
            return edtf.part(extent, which), found.start()
    return extent, start


def _part_start(low: str, start: int) -> int:
    found = (one.search(low, max(0, start - LOOK_BACK), start) for one in _PART.values())
    return next((one.start() for one in found if one), start)


def _joined(low: str, one: date_atoms.Atom, two: date_atoms.Atom) -> int | None:
    """Where a range of two dates begins, if `to` stands between them (or `and` after `between`)."""
    gap = low[one.end : _part_start(low, two.start)]
    begin = _part_start(low, one.start)
    if len(gap) > 24 or not _TO.fullmatch(f" {gap.strip()} " if gap.strip() != "-" else gap):
        return None
    before = _FROM.search(low, max(0, begin - LOOK_BACK), begin)
    if _AND.fullmatch(gap) and not (before and _BETWEEN.match(before[0])):
        return None
    if before is None and gap.strip() != "-" and one.year is None and two.year is None:
        return None
    return before.start() if before else begin


def _range(
    low: str, one: date_atoms.Atom, two: date_atoms.Atom, context: _Context, *, start: int
) -> Mention | None:
    last_year, sure = _year_of(low, two, context, None)
    if last_year is None:
        last_year, sure = one.year, 0.8
    if last_year is None:
        return None
    try:
        last = two.make(last_year)
        if one.year is not None:
            first = one.make(one.year)
        else:
            first = one.make(last_year)
            if first.first and last.last and first.first > last.last:
                first = one.make(last_year - 1)
        if two.year is None and one.year is not None:
            last = two.make(one.year)
            if last.last and first.first and last.last < first.first:
                last = two.make(one.year + 1)
    except ValueError:
        return None
    first, last = _parted(low, first, one.start)[0], _parted(low, last, two.start)[0]
    extent = edtf.between(first, last)
    _remember(context, two, extent, last.known.year)
    return _mention(start, two.end, extent, min(sure, one.confidence))


def _year_of(
    low: str, atom: date_atoms.Atom, context: _Context, ahead: int | None
) -> tuple[int | None, float]:
    """The year of a date: its own, else that of the story so far, else of its publication."""
    if atom.year is not None:
        return atom.year, atom.confidence
    sure = min(atom.confidence, 0.8)
    if context.last_year is not None and "\n" not in low[context.last_year_at : atom.start]:
        sentence = _AFTER_ALL.search(low, max(0, atom.start - 200), atom.start)
        if sentence and sentence.start() <= context.last_year_at and context.last is None:
            return context.last_year, sure
    last = context.last_day or (context.last if context.published is None else None)
    if last is not None:
        return _near(atom, last, context.published), sure
    if context.published is not None:
        if context.last is not None and context.last.known.year != context.published.year:
            sure = 0.6
        return _before(atom, context.published), sure
    if context.last_year is not None:
        return context.last_year, 0.6
    return ahead, 0.6


def _near(atom: date_atoms.Atom, last: edtf.Extent, published: date | None) -> int:
    """The year of the date before, or the next one where a story passes the turn of a year."""
    year, known = last.known.year, last.known
    first = _first_of(atom, year)
    if first is not None and (known - first).days > 270:
        after = _first_of(atom, year + 1)
        if published is None or (after is not None and after <= published + AHEAD):
            return year + 1
    if first is not None and published is not None and first > published + AHEAD:
        return year - 1
    return year


def _before(atom: date_atoms.Atom, published: date) -> int:
    first = _first_of(atom, published.year)
    if first is not None and first > published + AHEAD:
        return published.year - 1
    if first is not None and (published - first).days > 330:
        return published.year + 1  # a story of December that names a day of January
    return published.year


def _first_of(atom: date_atoms.Atom, year: int) -> date | None:
    try:
        return atom.make(year).first
    except ValueError:
        return None


def _remember(context: _Context, atom: date_atoms.Atom, extent: edtf.Extent, year: int) -> None:
    if atom.fine:
        context.last = extent
        if len(extent.edtf.removeprefix("../").split("/")[0].rstrip("~")) == len("2017-11-09"):
            context.last_day = extent
    else:
        context.last_year, context.last_year_at = year, atom.start


def _relative(one: relative_dates.Relative, context: _Context) -> Mention | None:
    anchor = context.last if one.from_story else None
    if not one.from_story and context.published is not None:
        anchor = edtf.of_day(context.published)
    if anchor is None:
        return None
    try:
        extent = one.make(anchor)
    except (ValueError, OverflowError):
        return None
    if extent.first == extent.last:
        context.last = context.last_day = extent
    return _mention(one.start, one.end, extent, one.confidence)


def _mention(
    start: int,
    end: int,
    extent: edtf.Extent | None,
    confidence: float,
    *,
    other: edtf.Extent | None = None,
    note: str | None = None,
) -> Mention:
    value = DateValue(
        extent.edtf if extent else None,
        extent.first.isoformat() if extent and extent.first else None,
        extent.last.isoformat() if extent and extent.last else None,
        (other.edtf,) if other else (),
        note,
    )
    return Mention("date", "", start, end, value, round(confidence, 2))
