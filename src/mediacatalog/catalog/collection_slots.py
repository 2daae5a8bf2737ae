"""Collections as `fields` reads and sets them: many slots at once, without the history.

ITEM says that a clip is in a collection, PLACE where it stands, NOTE what is noted on it; the other
fields are of the collection itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, update

from mediacatalog.catalog.collection_models import CollectionItem, CollectionRow
from mediacatalog.catalog.database import insert_into
from mediacatalog.catalog.sight import for_all
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.changes import Json

NAME, DESCRIPTION, REMOVED = "name", "description", "removed"
ITEM, PLACE, NOTE = "item", "place", "note"
CHUNK = 500

Slot = tuple[str, str]


def clip_of_change(before: Any, after: Any) -> str:  # noqa: ANN401 - as the history keeps it
    return str((before or after)["clip"])


def same(now: Json, after: Json) -> bool:
    """Of ITEM: whether the clip is in it, wherever it stands."""
    return (now is None) == (after is None)


def current(session: Session, field: str, slots: Sequence[Slot]) -> dict[Slot, Any]:
    """ITEM, PLACE or NOTE of each (collection, clip); other fields of each collection."""
    if field not in (ITEM, PLACE, NOTE):
        rows = {slot: session.get(CollectionRow, slot[0]) for slot in slots}
        return {slot: getattr(row, field) for slot, row in rows.items() if row is not None}
    found: dict[Slot, Any] = dict.fromkeys(slots)
    wanted: dict[str, list[str]] = {}
    for key, clip_id in slots:
        wanted.setdefault(key, []).append(clip_id)
    for key, clip_ids in wanted.items():
        for at in range(0, len(clip_ids), CHUNK):
            rows_of = session.scalars(
                select(CollectionItem).where(
                    CollectionItem.collection_id == key,
                    CollectionItem.clip_id.in_(clip_ids[at : at + CHUNK]),
                )
            )
            found.update(((key, row.clip_id), _told(row, field)) for row in rows_of)
    return found


def _told(row: CollectionItem, field: str) -> Json:
    if field == NOTE:
        return {"clip": row.clip_id, "text": row.note} if row.note else None
    if not row.place:
        return None
    told: dict[str, Json] = {"clip": row.clip_id, "place": row.place}
    return told | ({"note": row.note} if row.note and field == ITEM else {})


@for_all
def put(session: Session, field: str, values: Mapping[Slot, Any], actor: str) -> list[str]:
    """Set one field of many slots, without the history; returns the clips to search anew."""
    session.flush()
    if field not in (ITEM, PLACE, NOTE):
        return put_own(session, field, values, actor)
    for (key, clip_id), value in values.items():
        if field == NOTE:
            _note(session, key, clip_id, value["text"] if value else None, actor)
        elif field == PLACE and value is not None:
            _move(session, session.get(CollectionItem, (key, clip_id)), int(value["place"]))
    if field != ITEM:
        return []
    for key in dict.fromkeys(key for key, _ in values):
        _take_out(
            session, key, [one for (of, one), told in values.items() if of == key and not told]
        )
        _put_in(
            session, key, [told for (of, _), told in values.items() if of == key and told], actor
        )
    return [clip_id for _, clip_id in values]


@for_all
def put_own(session: Session, field: str, values: Mapping[Slot, Any], actor: str) -> list[str]:
    """Fields of the collection itself."""
    del actor
    touched: list[str] = []
    for (key, _), value in values.items():
        row = session.get_one(CollectionRow, key)
        setattr(row, field, value)
        session.flush()
        if field in (NAME, REMOVED):
            mine = select(CollectionItem.clip_id).where(CollectionItem.collection_id == key)
            touched += session.scalars(mine)
    return touched


def _note(session: Session, key: str, clip_id: str, text: str | None, actor: str) -> None:
    row = session.get(CollectionItem, (key, clip_id))
    if row is None and text is not None:
        row = CollectionItem(collection_id=key, clip_id=clip_id, place=0, added_by=actor)
        session.add(row)
    if row is not None:
        row.note = text
        if text is None and not row.place:
            session.delete(row)
    session.flush()


def _take_out(session: Session, key: str, clip_ids: Sequence[str]) -> None:
    for at in range(0, len(clip_ids), CHUNK):
        session.execute(
            delete(CollectionItem)
            .where(
                CollectionItem.collection_id == key,
                CollectionItem.clip_id.in_(clip_ids[at : at + CHUNK]),
            )
            .execution_options(synchronize_session=False)
        )
    session.expire_all()
    if clip_ids:
        _close_up(session, key)


def _close_up(session: Session, key: str) -> None:
    """Places without gaps again."""
    rows = session.execute(
        select(CollectionItem.clip_id, CollectionItem.place)
        .where(CollectionItem.collection_id == key, CollectionItem.place > 0)
        .order_by(CollectionItem.place, CollectionItem.clip_id)
    ).all()
    moved = [
        {"clip": clip_id, "to": place}
        for place, (clip_id, old) in enumerate(rows, 1)
        if old != place
    ]
    table = CollectionItem.__table__
    statement = (
        update(table)  # type: ignore[arg-type]
        .where(table.c.collection_id == key, table.c.clip_id == bindparam("clip"))
        .values(place=bindparam("to"))
    )
    if moved:
        session.connection().execute(statement, moved)
        session.expire_all()


def _put_in(session: Session, key: str, told: Sequence[dict[str, Any]], actor: str) -> None:
    """At the end; what has a place of its own then goes there, the first ones first."""
    end = count_of(session, key)
    rows = [
        {
            "collection_id": key, "clip_id": one["clip"], "place": end + number,
            "note": one.get("note"), "added_by": actor, "added_at": utc_now(),
        }
        for number, one in enumerate(told, 1)
    ]  # fmt: skip
    for at in range(0, len(rows), CHUNK):
        session.execute(insert_into(session, CollectionItem), rows[at : at + CHUNK])
    for one in sorted((one for one in told if "place" in one), key=lambda one: one["place"]):
        _move(session, session.get(CollectionItem, (key, one["clip"])), one["place"])


def _move(session: Session, row: CollectionItem | None, to: int) -> None:
    """Let a row stand at a place; those between make room."""
    if row is None:
        return
    session.flush()
    mine, place = CollectionItem.collection_id == row.collection_id, CollectionItem.place
    others = update(CollectionItem).execution_options(synchronize_session=False)
    at, goal = row.place, min(max(to, 1), count_of(session, row.collection_id))
    if goal > at:
        moved = others.where(mine, place > at, place <= goal).values(place=place - 1)
    else:
        moved = others.where(mine, place >= goal, place < at).values(place=place + 1)
    session.execute(moved)
    session.expire_all()
    row.place = goal
    session.flush()


def count_of(session: Session, collection_id: str) -> int:
    query = select(func.count()).select_from(CollectionItem)
    mine = (CollectionItem.collection_id == collection_id, CollectionItem.place > 0)
    return session.scalar(query.where(*mine)) or 0
