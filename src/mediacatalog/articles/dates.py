"""When a story says that it was published: ISO 8601, with the zone if the page gives one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[T\s]\s*(\d\d?):?(\d\d)(?::?(\d\d)(?:[.,]\d{1,9})?)?"
    r"\s*(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?)?",
    re.IGNORECASE,
)
_SLASHED = re.compile(r"(\d{4})/(\d\d?)/(\d\d?)(?!\d)(?:\s+(\d\d?:\d\d(?::\d\d)?))?")
_MONTH_ONLY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            (
                "january januar janvier enero janeiro gennaio januari ocak styczeń stycznia jan "
                "январь января янв січня يناير ژانویه"
            ),
            (
                "february februar février fevrier febrero fevereiro febbraio februari şubat luty "
                "lutego feb февраль февраля фев лютого فبراير شباط فوریه"
            ),
            (
                "march märz marz mars marzo março maart mart marzec marca mar март марта березня "
                "مارس آذار"
            ),
            (
                "april avril abril aprile nisan kwiecień kwietnia apr апрель апреля апр квітня "
                "أبريل ابريل نيسان آوریل"
            ),
            "may mai mayo maio maggio mei mayıs maj maja май мая травня مايو أيار ايار مه",
            (
                "june juni juin junio junho giugno haziran czerwiec czerwca jun июнь июня июн "
                "червня يونيو حزيران ژوئن"
            ),
            (
                "july juli juillet julio julho luglio temmuz lipiec lipca jul июль июля июл липня "
                "يوليو تموز ژوئیه"
            ),
            (
                "august août aout agosto augustus ağustos sierpień sierpnia aug август августа авг "
                "серпня أغسطس اغسطس آب اوت"
            ),
            (
                "september septembre septiembre setembro settembre eylül wrzesień września sep "
                "sept сентябрь сентября сен вересня سبتمبر أيلول ايلول سپتامبر"
            ),
            (
                "october oktober octobre octubre outubro ottobre ekim październik października oct "
                "okt октябрь октября окт жовтня أكتوبر اكتوبر اکتبر"
            ),
            (
                "november novembre noviembre novembro kasım listopad listopada nov ноябрь ноября "
                "ноя листопада نوفمبر نوامبر"
            ),
            (
                "december dezember décembre decembre diciembre dezembro dicembre aralık grudzień "
                "grudnia dec dez dic декабрь декабря дек грудня ديسمبر دسامبر"
            ),
        ),
        start=1,
    )
    for name in names.split()
}
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|\.|º)?\s+(?:de\s+)?([^\W\d_]{3,})(?:\s?/\s?[^\W\d_]{3,})?"
    r"\.?,?\s+(?:del?\s+)?(\d{4})"
)
_DOTTED = re.compile(r"(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d)")
"""Day first: with dots no language puts the month first."""
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_EAST_ASIAN = re.compile(r"((?:19|20)\d\d)\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]?")
_SLASHED_DAY = re.compile(r"(?<!\d)(\d{1,2})[/-](\d{1,2})[/-]((?:19|20)\d\d)(?!\d)")
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_LEVANTINE = {
    re.compile(r"كانون\s+الثاني"): "يناير",
    re.compile(r"تشرين\s+ال[أا]ول"): "أكتوبر",
    re.compile(r"تشرين\s+الثاني"): "نوفمبر",
    re.compile(r"كانون\s+ال[أا]ول"): "ديسمبر",
}
"""Months of two words, as Syria and its neighbours name them."""
_AROUND = re.compile(
    r"(?:published|posted|updated|last|modified|on|at|am|pm|utc|gmt|uhr|h|est|edt|bst|cet|et|"
    r"veröffentlicht|am|um|vom|publié|le|à|publicado|el|monday|tuesday|wednesday|thursday|friday|"
    r"saturday|sunday|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)",
    re.IGNORECASE,
)


def iso(value: object) -> str | None:
    """ISO 8601 of a date as pages write it; None if it isn't one that the calendar has."""
    if not isinstance(value, str):
        return None
    value = value.strip()[:100].translate(_DIGITS)
    if re.fullmatch(r"1\d{9}(?:\d{3})?", value):
        return of_epoch(int(value[:10]))
    if slashed := _SLASHED.match(value):
        clock = f" {slashed[4]}" if slashed[4] else ""
        value = f"{slashed[1]}-{slashed[2]:0>2}-{slashed[3]:0>2}{clock}"
    if _MONTH_ONLY.fullmatch(value):
        return value
    found = _ISO.match(value)
    return _checked(found) if found else _of_mail(value)


def _of_mail(value: str) -> str | None:
    """`Tue, 03 Nov 2015 10:11:12 +0300` (RFC 5322), as feeds have it; else a day written out."""
    try:
        return parsedate_to_datetime(value).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return written(value)


def _checked(found: re.Match[str]) -> str | None:
    year, month, day, hour, minute, second, zone = found.groups()
    try:
        datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), tzinfo=UTC)
    except ValueError:
        return None
    date = f"{year}-{month}-{day}"
    if hour is None:
        return date
    if zone is None:
        offset = ""
    elif zone.upper() in ("Z", "UTC", "GMT"):
        offset = "Z"
    else:
        offset = f"{zone[:3]}:{zone[3:].lstrip(':') or '00'}"
    return f"{date}T{hour:0>2}:{minute}:{second or '00'}{offset}"


def written(value: str) -> str | None:
    """The day of "9 November 2017", "Nov. 9, 2017" or "9 ноября 2017"; None if there is none."""
    found = _written(_plain(value[:200]))
    return found[0] if found else None


def _plain(value: str) -> str:
    value = value.translate(_DIGITS)
    for pattern, name in _LEVANTINE.items():
        value = pattern.sub(name, value)
    return value


def _written(value: str) -> tuple[str, tuple[int, int]] | None:
    """The first day that is written out, and its span."""
    for pattern, year, month, day in (
        (_DOTTED, 3, 2, 1),
        (_EAST_ASIAN, 1, 2, 3),
        (_DAY_FIRST, 3, 2, 1),
        (_MONTH_FIRST, 3, 1, 2),
        (_SLASHED_DAY, 3, 2, 1),
        (_SLASHED_DAY, 3, 1, 2),
    ):
        for found in pattern.finditer(value):
            name = found[month].lower()
            number = int(name) if name.isdecimal() else _MONTHS.get(name, 0)
            if pattern is _SLASHED_DAY and number != int(found[day]) <= 12:
                continue  # 3/4/2017 is a day in April or one in March
            try:
                moment = datetime(int(found[year]), number, int(found[day]), tzinfo=UTC)
            except ValueError:
                continue
            return moment.date().isoformat(), found.span()
    return None


def is_only(line: str) -> bool:
    """Whether a line is a date and nothing else but a clock time and words about it."""
    line = _plain(line)
    found = _ISO.match(line)
    if found and _checked(found):
        span = found.span()
    elif day := _written(line):
        span = day[1]
    else:
        return False
    rest = line[: span[0]] + " " + line[span[1] :]
    rest = re.sub(r"\d{1,2}[:.]\d\d(?::\d\d)?", " ", rest)
    return not _AROUND.sub(" ", rest).strip(" \t,.|·•–—-:()[]/")


def of_epoch(seconds: object) -> str | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    if not 0 < seconds < 10_000_000_000:
        return None
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
