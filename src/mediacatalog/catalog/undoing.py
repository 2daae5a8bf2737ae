"""Take changes back: one entry, a batch, a person's last hour.

That is a change as any other, so it can be taken back, too. An entry is taken back only while its
value stands: what somebody changed since is theirs, and kept.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from mediacatalog.catalog import changes, holdings
from mediacatalog.catalog.fields import FIELDS
from mediacatalog.catalog.models import Change
from mediacatalog.errors import NotFoundError
from mediacatalog.values import new_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.changes import Json
    from mediacatalog.catalog.fields import Slot

MOST = 200_000
"""Entries that are taken back at once."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of it; `batch` takes it back again, and is empty where nothing was done."""

    batch: str
    done: int
    kept: int
    """Entries that stay: changed again since, or without a way back."""
    links: tuple[str, ...] = ()
    """Ids of links of articles that are other than before."""


def batch(session: Session, batch_id: str, *, actor: str) -> Undone:
    """Raises NotFoundError."""
    return _undo(session, _entries(session, Change.batch_id == batch_id, batch_id), actor)


def entry(session: Session, entry_id: str, *, actor: str) -> Undone:
    """Raises NotFoundError."""
    return _undo(session, _entries(session, Change.id == entry_id, entry_id), actor)


def since(session: Session, person: str, moment: datetime, *, actor: str) -> Undone:
    """Everything that a person changed since; what they took back themselves meanwhile is left."""
    rows = session.scalars(
        select(Change)
        .where(Change.actor == person, Change.at >= moment)
        .order_by(Change.id.desc())
        .limit(MOST)
    ).all()
    return _undo(session, _without_pairs(rows), actor)


def _entries(session: Session, condition: object, key: str) -> Sequence[Change]:
    rows = session.scalars(
        select(Change).where(condition).order_by(Change.id.desc()).limit(MOST)  # type: ignore[arg-type]
    ).all()
    if not rows:
        raise NotFoundError("change", key)
    return rows


def _without_pairs(rows: Sequence[Change]) -> list[Change]:
    """The newest first, without entries that another of them took back."""
    undoers = {
        (one.undoes, one.kind, one.key, one.field, repr(one.after), repr(one.before)): one.id
        for one in rows
        if one.undoes
    }
    taken: set[str] = set()
    for one in rows:
        name = (one.batch_id, one.kind, one.key, one.field, repr(one.before), repr(one.after))
        if name in undoers:
            taken.update((one.id, undoers[name]))
    return [one for one in rows if one.id not in taken]


def _undo(session: Session, rows: Iterable[Change], actor: str) -> Undone:
    """`rows`: the newest first."""
    grouped: dict[tuple[str, str], list[Change]] = defaultdict(list)
    count = 0
    for one in rows:
        grouped[one.kind, one.field].append(one)
        count += 1
    back = new_id()
    done: list[Change] = []
    clips: set[str] = set()
    for (kind, name), entries in grouped.items():
        field = FIELDS.get((kind, name))
        if field is None:
            continue
        slots = {one.id: (one.key, field.part(one.before, one.after)) for one in entries}
        now = dict(field.current(session, name, list(dict.fromkeys(slots.values()))))
        before = dict(now)
        undone = []
        for one in entries:
            slot = slots[one.id]
            if slot in now and field.same(now[slot], one.after):
                now[slot] = one.before
                undone.append(one)
        changed: dict[Slot, Json] = {
            slot: value for slot, value in now.items() if value != before[slot]
        }
        clips.update(field.put(session, name, changed, actor))
        done += undone
    changes.record_many(
        session,
        [
            changes.Entry(one.kind, one.key, one.field, one.after, one.before, one.batch_id)
            for one in done
        ],
        actor=actor,
        batch_id=back,
        reason="taken back",
    )
    session.flush()
    if clips:
        holdings.touch(session, clips)
    links = tuple(dict.fromkeys(one.key for one in done if one.kind == "article_link"))
    return Undone(back if done else "", len(done), count - len(done), links)
