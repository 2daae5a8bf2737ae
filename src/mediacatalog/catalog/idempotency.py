"""Answers that are kept for a day, so that a request sent again isn't done again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, Text, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog.base import Base
from mediacatalog.catalog.database import insert_into
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

KEPT_FOR = timedelta(hours=24)


class IdempotencyKeyRow(Base):
    __tablename__ = "idempotency_keys"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the caller and the key."""
    asked: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the request."""
    status: Mapped[int | None]
    body: Mapped[str] = mapped_column(Text, default="")
    headers: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)


@dataclass(frozen=True, slots=True)
class Kept:
    """What was answered, and to which request."""

    asked: str
    status: int
    body: str
    headers: dict[str, str]


def begin(session: Session, name: str, asked: str) -> Kept | None:
    """None for a new key, which this transaction has now; else what was answered to it.

    Waits for a transaction that has the same key and hasn't ended yet.
    """
    session.execute(
        delete(IdempotencyKeyRow).where(IdempotencyKeyRow.created_at < utc_now() - KEPT_FOR)
    )
    added = session.execute(
        insert_into(session, IdempotencyKeyRow)
        .values(name=name, asked=asked, body="", headers={}, created_at=utc_now())
        .on_conflict_do_nothing()
        .returning(IdempotencyKeyRow.name)
    ).scalar()
    if added is not None:
        return None
    row = session.scalars(select(IdempotencyKeyRow).where(IdempotencyKeyRow.name == name)).one()
    return Kept(row.asked, row.status or 500, row.body, row.headers)


def end(session: Session, name: str, status: int, body: str, headers: dict[str, str]) -> None:
    """Keep the answer, in the transaction that `begin` was called in."""
    session.execute(
        update(IdempotencyKeyRow)
        .where(IdempotencyKeyRow.name == name)
        .values(status=status, body=body, headers=headers)
    )
