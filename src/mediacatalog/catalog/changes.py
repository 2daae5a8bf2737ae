"""The one place where a person's change is recorded: who, when, before, after, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from mediacatalog.catalog.models import Change
from mediacatalog.values import new_id

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

LOCAL = "local"
"""The actor until there are accounts: whoever sits at this machine."""

Json = str | int | float | bool | list["Json"] | dict[str, "Json"] | None


@dataclass(frozen=True, slots=True)
class Changed:
    """One entry of the history of an object."""

    id: str
    batch_id: str
    kind: str
    actor: str
    at: datetime
    field: str
    before: Json
    after: Json
    reason: str
    undoes: str | None = None
    """The batch that it takes back."""


def record(  # noqa: PLR0913 - each argument is a column of the history
    session: Session,
    *,
    actor: str,
    kind: str,
    key: str,
    field: str,
    before: Json,
    after: Json,
    batch_id: str | None = None,
    reason: str = "",
    undoes: str | None = None,
) -> str:
    """Append one entry, in the caller's transaction; returns the id of its batch.

    `kind` and `key` name the object (`clip` and its id), `field` what of it changed. Entries with
    one `batch_id` were made by one act.
    """
    batch = batch_id or new_id()
    session.add(
        Change(
            batch_id=batch,
            actor=actor,
            kind=kind,
            key=key,
            field=field,
            before=before,
            after=after,
            reason=reason,
            undoes=undoes,
        )
    )
    return batch


def history(session: Session, kind: str, key: str, *, limit: int = 200) -> list[Changed]:
    """The newest entries of one object first."""
    rows = session.scalars(
        select(Change)
        .where(Change.kind == kind, Change.key == key)
        .order_by(Change.id.desc())
        .limit(limit)
    )
    return [shown(row) for row in rows]


def shown(row: Change) -> Changed:
    return Changed(**{name: getattr(row, name) for name in Changed.__dataclass_fields__})


def newest(session: Session, kind: str, key: str, field: str) -> Change | None:
    """The last change of one field of an object; None if there was none."""
    return session.scalar(
        select(Change)
        .where(Change.kind == kind, Change.key == key, Change.field == field)
        .order_by(Change.id.desc())
        .limit(1)
    )
