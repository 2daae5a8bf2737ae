"""Pairs of clips that show the same pictures: suggested by equal keyframes, decided by a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - the mapping looks at it
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog import changes, counting
from mediacatalog.catalog.base import ID, Base
from mediacatalog.catalog.database import insert_into
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

SUGGESTED, SAME, DIFFERENT = "suggested", "same", "different"
DECISIONS = {SAME: "The same footage", DIFFERENT: "Different footage"}
FIELD = "copy"
"""The field of the history; its key is `pair`."""


class CopyRow(Base):
    """Two clips; the lesser id first."""

    __tablename__ = "copies"
    __table_args__ = (
        Index(
            "ix_copies_state_shared_first_id_second_id", "state", "shared", "first_id", "second_id"
        ),
    )

    first_id: Mapped[str] = mapped_column(ID, ForeignKey("clips.id"), primary_key=True)
    second_id: Mapped[str] = mapped_column(ID, ForeignKey("clips.id"), primary_key=True, index=True)
    shared: Mapped[int] = mapped_column(Integer)
    """Keyframes that look exactly the same."""
    state: Mapped[str] = mapped_column(String(16), default=SUGGESTED)
    decided_by: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


@dataclass(frozen=True, slots=True)
class Pair:
    first: str
    second: str
    shared: int
    state: str
    decided_by: str

    @property
    def key(self) -> str:
        return f"{self.first}|{self.second}"


def suggest(session: Session, clip_id: str, shared: Mapping[str, int]) -> None:
    """That a clip shows what others show, by how many keyframes; decisions stay as they are."""
    now = utc_now()
    rows = [
        {
            "first_id": min(clip_id, other),
            "second_id": max(clip_id, other),
            "shared": count,
            "state": SUGGESTED,
            "created_at": now,
        }
        for other, count in shared.items()
    ]
    if rows:
        insert = insert_into(session, CopyRow).values(rows)
        session.execute(
            insert.on_conflict_do_update(
                index_elements=["first_id", "second_id"], set_={"shared": insert.excluded.shared}
            )
        )


def waiting(session: Session) -> int:
    """How many nobody has decided; one more than `counting.FEW` of all that are more."""
    undecided = select(CopyRow.state).where(CopyRow.state == SUGGESTED)
    return counting.up_to(session, undecided, counting.FEW)


def queue(session: Session, *, limit: int = 20) -> list[Pair]:
    """Those that nobody has decided; the most alike first, of equals the newest."""
    query = (
        select(CopyRow)
        .where(CopyRow.state == SUGGESTED)
        .order_by(CopyRow.shared.desc(), CopyRow.first_id.desc(), CopyRow.second_id.desc())
        .limit(limit)
    )
    return [_pair(row) for row in session.scalars(query)]


def of_clip(session: Session, clip_id: str, *, limit: int = 50) -> list[tuple[str, Pair]]:
    """(the other clip, the pair), but for those that a person told apart."""
    query = (
        select(CopyRow)
        .where(
            or_(CopyRow.first_id == clip_id, CopyRow.second_id == clip_id),
            CopyRow.state != DIFFERENT,
        )
        .order_by(CopyRow.shared.desc(), CopyRow.first_id, CopyRow.second_id)
        .limit(limit)
    )
    pairs = [_pair(row) for row in session.scalars(query)]
    return [(one.second if one.first == clip_id else one.first, one) for one in pairs]


def decide(session: Session, pair: str, decision: str, *, actor: str) -> str:
    """Say what a pair is; returns the batch. Raises NotFoundError, InvalidValueError."""
    if decision not in DECISIONS:
        raise InvalidValueError("decision", f"{decision!r} is none of {', '.join(DECISIONS)}")
    row = _row(session, pair)
    if row is None:
        raise NotFoundError("pair", pair)
    batch = changes.record(
        session,
        actor=actor,
        kind="copy",
        key=pair,
        field=FIELD,
        before=row.state,
        after=decision,
    )
    row.state, row.decided_by = decision, actor
    return batch


def current(session: Session, field: str, slots: Sequence[tuple[str, str]]) -> dict[Any, Any]:
    """For `fields`: the state of each pair."""
    del field
    rows = {slot: _row(session, slot[0]) for slot in slots}
    return {slot: row.state for slot, row in rows.items() if row is not None}


def put(
    session: Session, field: str, values: Mapping[tuple[str, str], Any], actor: str
) -> list[str]:
    del field
    for (pair, _), state in values.items():
        row = _row(session, pair)
        if row is not None:
            row.state, row.decided_by = state, None if state == SUGGESTED else actor
    return []


def _row(session: Session, pair: str) -> CopyRow | None:
    first, _, second = pair.partition("|")
    return session.get(CopyRow, (first, second))


def _pair(row: CopyRow) -> Pair:
    return Pair(row.first_id, row.second_id, row.shared, row.state, row.decided_by or "")
