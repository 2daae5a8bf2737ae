"""The place that opens a news story: "ABU KAMAL, Syria –", "دمشق، سوريا (CNN) --"."""

from __future__ import annotations

import re

LONGEST = 90
_AGENCY = r"(?:\s*[\(\[（](?:[^()\[\]\n]{2,30})[\)\]）])?"
_DATE = r"(?:,\s*(?:\d{1,2}\s+[^\W\d_]{3,10}\.?|[^\W\d_]{3,10}\.?\s+\d{1,2})(?:,?\s+\d{4})?)?"
_DASH = r"\s*(?:[–—―]|--|\s-(?=\s))"
_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĴĶĹĻĽŁŃŅŇŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽА-ЯЁІЇЄҐЎ"
_CAPS = rf"[{_UPPER}][{_UPPER}.'’ʼ\-]+(?:[ /][{_UPPER}][{_UPPER}.'’ʼ\-]*){{0,4}}"
_NAME = rf"[{_UPPER}][\w.'’ʼ\-]+(?:\s(?:of|de|del|la|el|al|[{_UPPER}][\w.'’ʼ\-]*)){{0,4}}"
_ARABIC = r"[\u0621-\u064a\u067e\u0686\u0698\u06a9\u06af\u06cc]{2,20}"

_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        # Capitals, then perhaps a country, a date, an agency.
        rf"({_CAPS}(?:,\s*{_NAME}){{0,2}}){_DATE}{_AGENCY}{_DASH}\s+\S",
        # "Beirut, Lebanon (AP) —": a country or an agency makes capitals needless.
        rf"({_NAME}(?:,\s*{_NAME}){{1,2}}){_DATE}{_AGENCY}\s*(?:[–—]|--)\s+\S",
        rf"({_NAME}){_DATE}\s*[\(\[][A-Za-zА-Яа-я /.]{{2,20}}[\)\]]{_DASH}\s*\S",
        # Arabic has no capitals: a few words, then a spaced dash.
        (
            rf"({_ARABIC}(?:\s{_ARABIC}){{0,2}}(?:\s?[،,/]\s?{_ARABIC}(?:\s{_ARABIC}){{0,2}}){{0,2}})"
            rf"{_AGENCY}\s*(?:[–—]|--|\s-(?=\s))\s*\S"
        ),
    )
)


def find(blocks: list[str]) -> str | None:
    """The dateline of the first paragraphs, without agency and dash; None if there is none."""
    for block in blocks[:4]:
        head = block[: LONGEST + 40]
        for form in _FORMS:
            found = form.match(head)
            if found and len(found[1]) <= LONGEST:
                return found[1].strip(" ,،")
    return None
