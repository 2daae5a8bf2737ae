"""Small readers of a tool's JSON, of which every field may be missing or of a wrong kind."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from mediacatalog.media.runner import escaped

Json = dict[str, Any]

MAX_CHARACTERS = 2000
# Bounded on purpose: `Fraction("1e999999999")` would compute that number.
_DECIMAL = re.compile(r"-?\d{1,18}(\.\d{1,18})?")
_WHOLE = re.compile(r"-?\d{1,19}")


def items(document: Json, name: str) -> list[Json]:
    """The objects of a list; what isn't an object is left out."""
    found = document.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def child(document: Json, name: str) -> Json:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def text(value: object) -> str:
    """Printable, bounded; empty if there is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return escaped(str(value)[:MAX_CHARACTERS]).strip()


def whole(value: object) -> int | None:
    """A number of 64 bits at most, also from a string."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    found = int(value) if _WHOLE.fullmatch(str(value)) else None
    return found if found is not None and abs(found) < 2**63 else None


def decimal(value: object) -> Fraction | None:
    """A decimal number such as `10.240000`; seconds, as a rule."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return Fraction(str(value)) if _DECIMAL.fullmatch(str(value)) else None


def ratio(value: object, sign: str = "/") -> Fraction | None:
    """`30000/1001` or, by the sign, `64:45`; None unless it is above zero."""
    above, _, below = str(value).partition(sign)
    first, second = whole(above), whole(below or "1")
    if not first or not second or first < 0 or second < 0:
        return None
    return Fraction(first, second)
