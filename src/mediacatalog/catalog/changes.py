"""The one place where a person's change is recorded: who, when, before, after, and why.

Each takes its number under the lock of one row that lasts until the commit, so that numbers become
visible in their order on both databases: who follows them (`change_feed`) misses none.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, CheckConstraint, event, func, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from mediacatalog.catalog import counting
from mediacatalog.catalog.base import Base
from mediacatalog.catalog.models import Change
from mediacatalog.values import new_id, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ScalarSelect, Subquery

LOCAL = "local"
"""The actor until there are accounts: whoever sits at this machine."""

MOST_PEOPLE = 200
CHUNK = 1000
"""Entries that are written at once."""

MARK = "changes to number"
"""Of a session that numbers its changes at its end."""


class ChangeSequence(Base):
    """One row: the number of the last transaction that recorded changes."""

    __tablename__ = "change_sequence"
    __table_args__ = (CheckConstraint("one = 1", name="one_row"),)

    one: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    number: Mapped[int] = mapped_column(BigInteger, default=0)


Json = str | int | float | bool | list["Json"] | dict[str, "Json"] | None


@dataclass(frozen=True, slots=True)
class Changed:
    """One entry of the history of an object."""

    id: str
    batch_id: str
    kind: str
    key: str
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
    _number_at_commit(session)
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


def _number_at_commit(session: Session) -> None:
    if MARK not in session.info:
        session.info[MARK] = True
        event.listen(session, "before_commit", _number)


def _number(session: Session) -> None:
    """As late as can be: until the commit nobody else gets a number."""
    session.flush()
    taken = session.execute(
        update(ChangeSequence)
        .where(ChangeSequence.one == 1)
        .values(number=ChangeSequence.number + 1)
        .returning(ChangeSequence.number)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    session.execute(  # of rows that have none yet, this transaction sees its own only
        update(Change)
        .where(Change.number.is_(None))
        .values(number=taken)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One of many entries that are recorded together."""

    kind: str
    key: str
    field: str
    before: Json
    after: Json
    undoes: str | None = None


def record_many(
    session: Session, entries: Sequence[Entry], *, actor: str, batch_id: str, reason: str = ""
) -> None:
    """As `record`, of one act."""
    now = utc_now()
    _number_at_commit(session)
    rows = [
        {"id": new_id(), "batch_id": batch_id, "actor": actor, "at": now, "reason": reason}
        | {name: getattr(one, name) for name in Entry.__dataclass_fields__}
        for one in entries
    ]
    for at in range(0, len(rows), CHUNK):
        session.execute(insert(Change), rows[at : at + CHUNK])


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
    found = Changed(**{name: getattr(row, name) for name in Changed.__dataclass_fields__})
    if (found.kind, found.field) != ("term", "merge"):
        return found
    return replace(found, before=_into(found.before), after=_into(found.after))


def _into(merged: Json) -> Json:
    """Of what went over at a merge of terms only where to: not everybody may see all the clips."""
    return {"into": merged.get("into")} if isinstance(merged, dict) else merged


def newest(session: Session, kind: str, key: str, field: str) -> Change | None:
    """The last change of one field of an object; None if there was none."""
    return session.scalar(
        select(Change)
        .where(Change.kind == kind, Change.key == key, Change.field == field)
        .order_by(Change.id.desc())
        .limit(1)
    )


# --- acts -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Act:
    """A batch: what one act changed."""

    batch_id: str
    actor: str
    at: datetime
    reason: str
    undoes: str | None
    entries: int
    """One more than `counting.FEW` of all that are more."""
    objects: int
    """How many clips, terms and other things; with `fields`, of that many entries."""
    fields: tuple[str, ...]
    sample: tuple[Changed, ...]
    """Some of its entries, in order."""
    undone: bool
    """Whether it was taken back, and that not taken back."""
    first_id: str
    """Of its newest entry; where the next page begins."""


SAMPLE = 6


def acts(session: Session, *, actor: str = "", before: str = "", limit: int = 30) -> list[Act]:
    """The newest first, of everybody or of one person; `before` is an `Act.first_id`."""
    found: dict[str, str] = {}
    while len(found) < limit:
        query = select(Change.batch_id, Change.id).where(Change.batch_id.not_in(list(found)))
        if actor:
            query = query.where(Change.actor == actor)
        if before:
            query = query.where(Change.id < before)
        rows = session.execute(query.order_by(Change.id.desc()).limit(limit)).all()
        if not rows:
            break
        before = rows[-1].id
        for row in rows:
            if len(found) < limit:
                found.setdefault(row.batch_id, row.id)
    return _acts(session, found) if found else []


def _acts(session: Session, first_ids: Mapping[str, str]) -> list[Act]:
    """Of these batches, in their order: a few questions for all, however many there are.

    What somebody may see is looked up entry by entry, so no farther than is told.
    """
    newest = Change.__table__.alias()  # found before, so they may be seen
    inside = (
        select(Change.id, Change.key, Change.field)
        .where(Change.batch_id == newest.c.batch_id)
        .order_by(Change.id)
        .correlate(newest)
    )
    counted, first = inside.limit(counting.FEW + 1).subquery(), inside.limit(SAMPLE).subquery()
    fields = select(counted.c.field).distinct().correlate(newest).subquery()

    def of_each(found: Any, of: Subquery) -> ScalarSelect[Any]:  # noqa: ANN401 - an aggregate
        return select(found).select_from(of).correlate(newest).scalar_subquery()

    rows = session.execute(
        select(
            newest.c.batch_id,
            of_each(func.count(), counted).label("entries"),
            of_each(func.count(counted.c.key.distinct()), counted).label("objects"),
            of_each(func.aggregate_strings(fields.c.field, "\n"), fields).label("fields"),
            of_each(func.aggregate_strings(first.c.id, ","), first).label("sample"),
        ).where(newest.c.id.in_(first_ids.values()))
    ).all()
    some = [key for row in rows if row.sample for key in row.sample.split(",")]
    samples: dict[str, list[Change]] = defaultdict(list)
    for one in session.scalars(select(Change).where(Change.id.in_(some)).order_by(Change.id)):
        samples[one.batch_id].append(one)
    undone, found = _undone(session, first_ids), {row.batch_id: row for row in rows}
    return [
        Act(
            batch, one.actor, one.at, one.reason, one.undoes, told.entries, told.objects,
            tuple(sorted(told.fields.split("\n"))), tuple(shown(row) for row in samples[batch]),
            batch in undone, first_ids[batch],
        )
        for batch, told in ((one, found[one]) for one in first_ids if one in found)
        for one in samples[batch][:1]
    ]  # fmt: skip


def _undone(session: Session, batches: Iterable[str]) -> set[str]:
    """Which of these were taken back; a taking back that was itself taken back doesn't count."""
    asked = list(batches)
    if not asked:
        return set()
    rows = session.execute(
        select(Change.undoes, Change.batch_id).where(Change.undoes.in_(asked)).distinct()
    ).all()
    back = _undone(session, {row.batch_id for row in rows})
    return {row.undoes for row in rows if row.batch_id not in back}


def people(session: Session) -> list[str]:
    """Everybody who ever changed something, by name."""
    return counting.values(session, Change.actor, MOST_PEOPLE)
