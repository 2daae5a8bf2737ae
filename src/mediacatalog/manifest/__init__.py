"""Manifests: tables that say what the clips of a batch are, and what belongs to them.

`read` takes the bytes of a CSV, XLSX or JSON lines file; `checking.check` compares every row with
the disk and the catalogue and changes nothing; `applying.apply` writes what the check planned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediacatalog.manifest import delimited, json_lines, spreadsheet
from mediacatalog.manifest.rows import Fault, Faults, Raw, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["MAX_BYTES", "READERS", "Fault", "Faults", "Raw", "Table", "read"]

MAX_BYTES = 64 * 2**20

READERS: Mapping[str, Callable[[bytes], Table]] = {
    "csv": delimited.read,
    "jsonl": json_lines.read,
    "xlsx": spreadsheet.read,
}


def read(data: bytes, name: str) -> Table:
    """The rows of a manifest. Never raises: whatever is wrong is a fault of the table."""
    if len(data) > MAX_BYTES:
        return _refused(f"is larger than {MAX_BYTES // 2**20} MiB")
    if not data.strip():
        return _refused("is empty")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return _refused("is an old Excel workbook (.xls): save it as .xlsx or CSV")
    return READERS[_kind(data, name)](data)


def _kind(data: bytes, name: str) -> str:
    """By how the file begins, then by its name: what it is called may be anything."""
    if data.startswith(b"PK"):
        return "xlsx"
    head = data[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    lines = name.lower().endswith((".jsonl", ".ndjson", ".json"))
    return "jsonl" if lines or head[:1] == b"{" else "csv"


def _refused(message: str) -> Table:
    table = Table("csv")
    table.faults.add(0, "", message)
    return table
