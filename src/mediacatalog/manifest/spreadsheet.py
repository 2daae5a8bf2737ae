"""A manifest as an Excel workbook: the values of its first sheet, nothing run or followed."""

from __future__ import annotations

import io
import warnings
import zipfile
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import openpyxl

from mediacatalog.manifest import columns
from mediacatalog.manifest.rows import MAX_CELL, MAX_COLUMNS, MAX_ROWS, Raw, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_UNPACKED = 256 * 2**20
"""Bytes of all parts of a workbook together; zipfile reads no more of a part than it declares."""
MAX_PARTS = 2000
ERRORS = frozenset({"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!"})


def read(data: bytes) -> Table:
    """Rows of the first sheet, counted as a spreadsheet shows them."""
    table = Table("xlsx")
    refused = _why_not(data)
    if refused:
        table.faults.add(0, "", refused)
        return table
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that it doesn't know
            _read(data, table)
    except Exception as error:  # noqa: BLE001 - any part may be broken in any way
        table.faults.add(0, "", f"can't be read as an Excel workbook: {_said(error)}")
    return table


def _said(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _why_not(data: bytes) -> str:
    """Why the archive isn't opened, in words; empty if it is well."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            refused = _declares(archive, parts) if _size(parts) <= MAX_UNPACKED else ""
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError) as error:
        return f"can't be read as an Excel workbook: {_said(error)}"
    if len(parts) > MAX_PARTS:
        return f"the workbook has more than {MAX_PARTS} parts"
    if _size(parts) > MAX_UNPACKED:
        return f"the workbook unpacks to more than {MAX_UNPACKED // 2**20} MiB"
    if any(part.flag_bits & 1 for part in parts):
        return "the workbook is encrypted: save it without a password"
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        return "isn't an Excel workbook (.xlsx)"
    return refused


def _size(parts: Sequence[zipfile.ZipInfo]) -> int:
    return sum(part.file_size for part in parts)


def _declares(archive: zipfile.ZipFile, parts: Sequence[zipfile.ZipInfo]) -> str:
    """No program that writes workbooks declares a document type: entities are what it is for."""
    for part in parts[:MAX_PARTS]:
        if part.filename.endswith((".xml", ".rels")) and not part.flag_bits & 1:
            with archive.open(part) as file:
                if b"<!DOCTYPE" in file.read(4096):
                    return f"{part.filename[:100]} declares entities, as no spreadsheet does"
    return ""


def _read(data: bytes, table: Table) -> None:
    # With `data_only` a formula would look like the value that somebody's program last gave it.
    book = openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=False, keep_links=False
    )
    try:
        if not book.worksheets:
            table.faults.add(0, "", "the workbook has no sheet of cells")
            return
        sheet = book.worksheets[0]
        if len(book.worksheets) > 1:
            table.notes.append(f"Only the first sheet, “{sheet.title}”, was read.")
        # The declared size of a sheet may be anything.
        sheet.reset_dimensions()
        last = MAX_ROWS + 2
        rows = sheet.iter_rows(max_row=last, max_col=MAX_COLUMNS + 1)
        names: list[str | None] | None = None
        for number, cells in enumerate(rows, start=1):
            if number == last:
                table.faults.add(
                    number, "", f"the sheet goes on beyond {MAX_ROWS} rows; delete the empty ones"
                )
                break
            if names is None:
                shown = _header(cells)
                if len(shown) > MAX_COLUMNS:
                    table.faults.add(number, "", f"there are more than {MAX_COLUMNS} columns")
                    break
                names = columns.header(shown, table.faults)
            else:
                _row(number, names, cells, table)
        if names is None and not table.faults.count:
            table.faults.add(1, "", "the sheet is empty")
    finally:
        book.close()


def _header(cells: Sequence[Any]) -> list[str]:
    found = ["" if cell.value is None else str(cell.value) for cell in cells]
    while found and not found[-1].strip():
        found.pop()
    return found


def _row(number: int, names: Sequence[str | None], cells: Sequence[Any], table: Table) -> None:
    values: dict[str, str | tuple[str, ...]] = {}
    something = False
    for name, cell in zip(names, cells, strict=False):
        if cell.value is None or cell.value == "":
            continue
        something = True
        if name is None:
            continue
        if cell.data_type == "f":
            table.faults.add(number, name, "is a formula; put its value there")
        elif cell.data_type == "e" or cell.value in ERRORS:
            table.faults.add(number, name, f"is an error of the spreadsheet: {cell.value}")
        elif (text := _text(cell.value)).strip():
            values[name] = text[: MAX_CELL + 1]
    if any(cell.value not in (None, "") for cell in cells[len(names) :]):
        table.faults.add(number, "", "there are more cells than the header has columns")
    if something:
        table.rows.append(Raw(number, values))


def _text(value: object) -> str:
    """A value as a person sees it, whatever type the spreadsheet gave it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
