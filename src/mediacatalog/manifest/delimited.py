"""A manifest as CSV: whatever encoding and separator a spreadsheet wrote it with."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from mediacatalog.captions import encodings
from mediacatalog.manifest import columns
from mediacatalog.manifest.rows import MAX_COLUMNS, MAX_ROWS, Raw, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

SEPARATORS = (",", ";", "\t")
UNSURE = 0.8


def decode(data: bytes, table: Table) -> str:
    """The text; how it was read, when that is a guess, is noted."""
    decoded = encodings.decode(data)
    for problem in decoded.problems:
        table.faults.add(0, "", f"line {problem.line}: {problem.message}")
    if decoded.confidence < UNSURE:
        table.notes.append(
            f"The encoding was guessed ({decoded.encoding}); if names look wrong, save it as UTF-8."
        )
    return decoded.text


def read(data: bytes) -> Table:
    """Rows of a CSV file; rows are counted as a spreadsheet shows them."""
    table = Table("csv")
    text = decode(data, table)
    first, _, rest = text.partition("\n")
    separator = first.strip()[4:]
    if first.strip().lower().startswith("sep=") and len(separator) == 1:
        text = rest  # Excel's own line, which it doesn't show as a row
    else:
        separator = max(SEPARATORS, key=lambda one: _known_columns(text, one))
    _rows(text, separator, table)
    return table


def _known_columns(text: str, separator: str) -> int:
    """How many columns of the first row are known if this separates them."""
    try:
        cells = next(_records(text, separator), [])
    except csv.Error:
        return 0
    return sum(columns.named(cell) is not None for cell in cells)


def _records(text: str, separator: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


def _rows(text: str, separator: str, table: Table) -> None:
    names: list[str | None] | None = None
    number = 0
    try:
        for number, cells in enumerate(_records(text, separator), start=1):
            if names is None:
                if len(cells) > MAX_COLUMNS:
                    table.faults.add(number, "", f"there are more than {MAX_COLUMNS} columns")
                    return
                names = columns.header(cells, table.faults)
                continue
            if number > MAX_ROWS + 1:
                table.faults.add(number, "", f"there are more than {MAX_ROWS} rows")
                return
            beyond = [cell for cell in cells[len(names) :] if cell.strip()]
            if beyond:
                table.faults.add(number, "", "there are more cells than the header has columns")
            values = columns.filled(zip(names, cells, strict=False))
            if values or any(cell.strip() for cell in cells):
                table.rows.append(Raw(number, values))
    except csv.Error as error:
        table.faults.add(number + 1, "", f"can't be read as CSV: {error}")
    if names is None:
        table.faults.add(1, "", "the manifest is empty")
