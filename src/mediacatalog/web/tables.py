"""Rows of CSV for spreadsheets, in which nothing runs."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MARK = "\ufeff"
"""By which spreadsheets know UTF-8; before the first line."""
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def line(values: Iterable[object]) -> str:
    """One row (RFC 4180); lists are joined, nothing is an empty cell."""
    out = io.StringIO()
    csv.writer(out).writerow([_cell(one) for one in values])
    return out.getvalue()


def _cell(value: object) -> str:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    text = "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(BEGINS_A_FORMULA) else text
