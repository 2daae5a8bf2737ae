"""A manifest as JSON lines: one object a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mediacatalog.manifest import columns
from mediacatalog.manifest.delimited import decode
from mediacatalog.manifest.rows import MAX_COLUMNS, MAX_ROWS, Raw, Table

if TYPE_CHECKING:
    from mediacatalog.manifest.rows import Faults, Value

MAX_LINE = 2**20
"""Characters."""


class _Pairs(list[tuple[str, Any]]):
    """The pairs of an object as they stand there, repeated keys included."""


def read(data: bytes) -> Table:
    """Rows of a file of JSON lines; rows are counted as lines."""
    table = Table("jsonl")
    for number, text in enumerate(decode(data, table).split("\n"), start=1):
        line = text.strip(" \t\r\ufeff")
        if not line:
            continue
        if len(table.rows) >= MAX_ROWS:
            table.faults.add(number, "", f"there are more than {MAX_ROWS} rows")
            break
        pairs = _object(number, line, table.faults)
        if pairs is not None:
            table.rows.append(Raw(number, _values(number, pairs, table.faults)))
    if not table.rows and not table.faults.count:
        table.faults.add(1, "", "the manifest is empty")
    return table


def _object(number: int, line: str, faults: Faults) -> _Pairs | None:
    if len(line) > MAX_LINE:
        faults.add(number, "", f"the line is longer than {MAX_LINE} characters")
        return None
    try:
        found = json.loads(line, object_pairs_hook=_Pairs)
    except json.JSONDecodeError as error:
        faults.add(number, "", f"isn't JSON: {error.msg} at character {error.pos + 1}")
        return None
    except (RecursionError, ValueError) as error:
        what = (
            "is nested too deeply" if isinstance(error, RecursionError) else "holds a huge number"
        )
        faults.add(number, "", what)
        return None
    if not isinstance(found, _Pairs):
        faults.add(number, "", 'isn\'t an object: each line is one, such as {"file": "a.mp4"}')
        return None
    return found


def _values(number: int, pairs: _Pairs, faults: Faults) -> dict[str, Value]:
    values: dict[str, Value] = {}
    seen: set[str] = set()
    if len(pairs) > MAX_COLUMNS:
        faults.add(number, "", f"has more than {MAX_COLUMNS} keys")
        return values
    for key, value in pairs:
        shown, name = key[:80], columns.named(key)
        if name == columns.OWN:
            continue
        if name is None:
            known = ", ".join(columns.ALIASES)
            faults.add(number, shown, f"no column has this name; the columns are {known}, x_…")
        elif name in seen:
            faults.add(number, shown, f"a second value for {name}")
        else:
            seen.add(name)
            _take(number, name, value, values, faults)
    return values


def _take(number: int, name: str, value: Any, values: dict[str, Value], faults: Faults) -> None:  # noqa: ANN401
    if value is None or value == "":
        return
    texts = isinstance(value, list) and not isinstance(value, _Pairs)
    if texts and name in columns.LISTS and all(isinstance(one, str) for one in value):
        kept = tuple(one for one in value if one.strip())
        if kept:
            values[name] = kept
    elif isinstance(value, str):
        if value.strip():
            values[name] = value
    else:
        kind = "a text or a list of texts" if name in columns.LISTS else "a text"
        faults.add(number, name, f"must be {kind}")
