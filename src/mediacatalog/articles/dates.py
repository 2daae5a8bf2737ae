"""When a story says that it was published: ISO 8601, with the zone if the page gives one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[T\s]\s*(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d{1,9})?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?)?",
    re.IGNORECASE,
)
_MONTH_ONLY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar janvier enero jan январь января يناير كانون_الثاني",
            "february februar février febrero feb февраль февраля فبراير شباط",
            "march märz mars marzo mar март марта مارس آذار",
            "april avril abril apr апрель апреля أبريل نيسان",
            "may mai mayo май мая مايو أيار",
            "june juni juin junio jun июнь июня يونيو حزيران",
            "july juli juillet julio jul июль июля يوليو تموز",
            "august août agosto aug август августа أغسطس آب",
            "september septembre septiembre sep sept сентябрь сентября سبتمبر أيلول",
            "october oktober octobre octubre oct октябрь октября أكتوبر تشرين_الأول",
            "november novembre noviembre nov ноябрь ноября نوفمبر تشرين_الثاني",
            "december dezember décembre diciembre dec декабрь декабря ديسمبر كانون_الأول",
        ),
        start=1,
    )
    for name in names.split()
}
_DAY_FIRST = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|\.)?\s+(?:de\s+)?([^\W\d_]{3,})\.?,?\s+(?:de\s+)?(\d{4})"
)
_DOTTED = re.compile(r"(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d)")
"""Day first: with dots no language puts the month first."""
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")


def iso(value: object) -> str | None:
    """ISO 8601 of a date as pages write it; None if it isn't one that the calendar has."""
    if not isinstance(value, str):
        return None
    value = value.strip()[:100]
    found = _ISO.match(value)
    if found:
        return _checked(found)
    if _MONTH_ONLY.fullmatch(value):
        return value
    try:
        parsed = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return written(value)
    return parsed.isoformat()


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
    return f"{date}T{hour}:{minute}:{second or '00'}{offset}"


def written(value: str) -> str | None:
    """The day of "9 November 2017", "Nov. 9, 2017" or "9 ноября 2017"; None if there is none."""
    dotted = _DOTTED.search(value[:200])
    if dotted:
        return iso(f"{dotted[3]}-{dotted[2]:0>2}-{dotted[1]:0>2}")
    for pattern, day, month in ((_DAY_FIRST, 1, 2), (_MONTH_FIRST, 2, 1)):
        found = pattern.search(value[:200])
        number = _MONTHS.get(found[month].lower()) if found else None
        if found and number:
            try:
                return (
                    datetime(int(found[3]), number, int(found[day]), tzinfo=UTC).date().isoformat()
                )
            except ValueError:
                return None
    return None


def of_epoch(seconds: object) -> str | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    if not 0 < seconds < 10_000_000_000:
        return None
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
