"""What every search asks of many ids at once: past the session and SQLAlchemy's rows.

A statement is put into the words of a database once, and takes all ids as one value. That costs a
third of what a statement with a place for each id, and rows with names, do. Of bare tables: a
session with a sight adds nothing, so the ids must be of what it sees (`sight.visible`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, String, bindparam, func, select

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy import ColumnElement, Connection, Select
    from sqlalchemy.orm import Session

    Among = Callable[[ColumnElement[str]], ColumnElement[bool]]
    """The condition that a column holds one of the ids."""
    Rows = Sequence[tuple[Any, ...]]

IDS = "ids"


class ByIds:
    """A query of rows whose ids are among those given. Safe to share between threads."""

    def __init__(self, made: Callable[[Among], Select[Any]]) -> None:
        self._made = made
        self._spoken: dict[str, _Spoken] = {}
        """By the name of the dialect."""

    def rows(self, session: Session, ids: Collection[str]) -> Rows:
        """The columns, of the types that the catalogue gives them, in the query's order."""
        connection = session.connection()
        spoken = self._spoken.get(connection.dialect.name)
        if spoken is None:
            spoken = self._spoken[connection.dialect.name] = _Spoken(connection, self._made)
        return spoken.rows(connection, list(ids))


class _Spoken:
    """A query in the words of one database."""

    def __init__(self, connection: Connection, made: Callable[[Among], Select[Any]]) -> None:
        self.in_json = connection.dialect.name == "sqlite"
        query = made(_in_json if self.in_json else _in_array)
        compiled = query.compile(dialect=connection.dialect)
        self.text = str(compiled)
        self.places = compiled.positiontup if self.in_json else None
        self.values = dict(compiled.params)
        self.columns = list(query.selected_columns)
        self.types: list[tuple[int, Callable[[Any], Any]]] | None = None
        """Columns that the driver gives otherwise than the catalogue does, and what reads them."""

    def rows(self, connection: Connection, ids: list[str]) -> Rows:
        values = self.values | {IDS: json.dumps(ids) if self.in_json else ids}
        given = values if self.places is None else tuple(values[name] for name in self.places)
        cursor = connection.exec_driver_sql(self.text, given).cursor
        if cursor is None:
            raise TypeError("a query of rows gave none")
        if self.types is None:
            self.types = self._read_otherwise(connection, [one[1] for one in cursor.description])
        rows: Rows = cursor.fetchall()
        if not self.types or not rows:
            return rows
        columns = list(zip(*rows, strict=True))
        for place, reads in self.types:
            columns[place] = tuple(map(reads, columns[place]))
        return list(zip(*columns, strict=True))

    def _read_otherwise(
        self, connection: Connection, codes: list[Any]
    ) -> list[tuple[int, Callable[[Any], Any]]]:
        """As `types`; `codes` are the driver's own for the types of the columns."""
        dialect = connection.dialect
        found: list[tuple[int, Callable[[Any], Any]]] = []
        for place, (column, code) in enumerate(zip(self.columns, codes, strict=True)):
            reads = column.type.dialect_impl(dialect).result_processor(dialect, code)
            if reads is not None:
                found.append((place, reads))
        return found


def _in_json(column: ColumnElement[str]) -> ColumnElement[bool]:
    given = func.json_each(bindparam(IDS, type_=String())).table_valued("value", name="given")
    return column.in_(select(given.c.value))


def _in_array(column: ColumnElement[str]) -> ColumnElement[bool]:
    return column == func.any(bindparam(IDS, type_=ARRAY(String())))
