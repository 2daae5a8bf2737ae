"""What a manifest says, before it is compared with anything: rows of named values, and faults."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_ROWS = 100_000
MAX_CELL = 32_767
"""Characters of one value: what a spreadsheet's cell holds."""
MAX_COLUMNS = 100
MAX_FAULTS = 1000
"""So many are told; the others are counted."""

Value = str | tuple[str, ...]


def printable(text: str) -> str:
    """A text from outside as a terminal or page may show it: what controls them is escaped."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text
    )


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a manifest. `row` is 0 when it is the whole file."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        where = f"row {self.row}" if self.row else "the manifest"
        return f"{where}, {self.column}: {self.message}" if self.column else (
            f"{where}: {self.message}"
        )  # fmt: skip


@dataclass
class Faults:
    """Every fault of a manifest is counted, the first MAX_FAULTS are kept, in order of rows."""

    count: int = 0
    kept: list[Fault] = field(default_factory=list)

    def add(self, row: int, column: str, message: str) -> None:
        self.count += 1
        if len(self.kept) < MAX_FAULTS:
            self.kept.append(Fault(row, printable(column), printable(message)))

    def in_order(self) -> list[Fault]:
        return sorted(self.kept, key=lambda one: one.row)


@dataclass(frozen=True, slots=True)
class Raw:
    """One row as it was read: values by the name of their column, none of them empty."""

    number: int
    """As a spreadsheet shows it, where the header is row 1; of JSON lines the line."""
    values: dict[str, Value]


@dataclass
class Table:
    """A manifest as it was read."""

    kind: str
    """`csv`, `xlsx` or `jsonl`."""
    rows: list[Raw] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    notes: list[str] = field(default_factory=list)
    """What a person should know of how it was read."""
