"""Collections of clips: put together by hand, in an order, or whatever a search finds; with notes.

A collection that was removed stays, out of sight, so that it can be had back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - the mapping looks at it
from typing import TYPE_CHECKING

from sqlalchemy import func, select, tuple_

from mediacatalog.catalog import changes, edits, holdings
from mediacatalog.catalog.collection_models import CollectionItem, CollectionRow
from mediacatalog.catalog.collection_slots import (
    DESCRIPTION,
    ITEM,
    NAME,
    NOTE,
    PLACE,
    REMOVED,
    count_of,
    current,
    put,
    put_own,
)
from mediacatalog.errors import InvalidValueError, NotFoundError, StaleEditError
from mediacatalog.text import fold
from mediacatalog.values import new_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.changes import Json

KIND = "collection"
"""Of the history; the fields are those of `collection_slots`."""
LONGEST_NAME = 200
LONGEST_NOTE = 2000
MOST = 10_000
"""Clips of one collection."""
MOST_COLLECTIONS = 2000
OFFERED = 10
"""Collections that are offered to who types a name."""


@dataclass(frozen=True, slots=True)
class Collection:
    id: str
    name: str
    description: str
    text: str
    """What is searched for; with `filters` only of one that has a question."""
    filters: Mapping[str, tuple[str, ...]]
    asks: bool
    """Whether it holds whatever a search finds."""
    count: int
    """Clips put into it by hand."""
    created_by: str
    created_at: datetime

    @property
    def edition(self) -> str:
        """Names what a person saw who changes name or description."""
        return f"{self.name}|{self.description}"


@dataclass(frozen=True, slots=True)
class Item:
    clip_id: str
    place: int
    note: str
    added_by: str
    added_at: datetime


# --- reading --------------------------------------------------------------------------------------


def listed(
    session: Session,
    *,
    after: tuple[str, str] | None = None,
    limit: int = MOST_COLLECTIONS,
) -> list[Collection]:
    """By name; those after `place_of` another one."""
    query = select(CollectionRow).where(CollectionRow.removed.is_(False))
    name = CollectionRow.name_key
    if after is not None:
        query = query.where(tuple_(name, CollectionRow.id) > after)
    ordered = query.order_by(name, CollectionRow.id)
    rows = session.scalars(ordered.limit(limit)).all()
    rows_of = session.execute(
        select(CollectionItem.collection_id, func.count())
        .where(CollectionItem.place > 0, CollectionItem.collection_id.in_([row.id for row in rows]))
        .group_by(CollectionItem.collection_id)
    )
    counts = {key: count for key, count in rows_of}  # noqa: C416 - rows aren't pairs to the types
    return [_shown(row, counts.get(row.id, 0)) for row in rows]


def offered(session: Session, typed: str = "") -> list[str]:
    """Names of some put together by hand that hold what was typed, in any spelling, by name.

    Those that begin so come first. The newest where nothing is typed.
    """
    wanted, every = fold(typed), _made_by_hand(session)
    if wanted:
        places = {key: fold(name).find(wanted) for key, name in every.items()}
        fits = sorted((key for key in places if places[key] >= 0), key=lambda key: places[key] > 0)
    else:
        fits = sorted(every, reverse=True)
    return [every[key] for key in _seen(session, fits, OFFERED)]


def named(session: Session, given: str) -> str:
    """The id of the one put together by hand that has this name, or this id.

    As it is written goes before other spellings. Raises NotFoundError where there is none,
    InvalidValueError where there are more.
    """
    given, every = given.strip(), _made_by_hand(session)
    exact = [key for key, name in every.items() if given in (key, name)]
    alike = [key for key, name in every.items() if fold(name) == fold(given)]
    found = _seen(session, exact, 2) or _seen(session, alike, 2)
    if not found:
        raise NotFoundError("collection made by hand called", given)
    if len(found) > 1:
        raise InvalidValueError("collection", f"{given!r} is the name of more than one; rename one")
    return found[0]


def _made_by_hand(session: Session) -> dict[str, str]:
    """Name by id of all those, by name: hidden ones too, so that few need to be told from these."""
    row = CollectionRow.__table__.c
    found = session.execute(
        select(row.id, row.name)
        .where(row.removed.is_(False), row.question.is_(None))
        .order_by(row.name_key, row.id)
        .limit(MOST_COLLECTIONS)
    )
    return {one.id: one.name for one in found}


def _seen(session: Session, ids: Sequence[str], most: int) -> list[str]:
    """The first of these that this person may see; of a closed one each clip is looked at."""
    found: list[str] = []
    for begin in range(0, len(ids), 2 * most):
        some = ids[begin : begin + 2 * most]
        seen = set(session.scalars(select(CollectionRow.id).where(CollectionRow.id.in_(some))))
        found += [key for key in some if key in seen]
        if len(found) >= most:
            break
    return found[:most]


def one(session: Session, collection_id: str, *, lock: bool = False) -> Collection:
    """With `lock` until the end of the transaction, for who changes it. Raises NotFoundError."""
    row = _row(session, collection_id, lock=lock)
    return _shown(row, count_of(session, row.id))


def place_of(session: Session, collection_id: str) -> tuple[str, str]:
    """Where a collection stands in the list. Only the database knows how it writes small.

    Raises NotFoundError.
    """
    query = select(CollectionRow.name_key).where(CollectionRow.id == collection_id)
    name = session.scalar(query)
    if name is None:
        raise NotFoundError("collection", collection_id)
    return name, collection_id


def items(session: Session, collection_id: str, *, offset: int = 0, limit: int = 100) -> list[Item]:
    """Clips put into it, in their order; `offset` is the place of the one before."""
    rows = session.scalars(
        select(CollectionItem)
        .where(CollectionItem.collection_id == collection_id, CollectionItem.place > offset)
        .order_by(CollectionItem.place, CollectionItem.clip_id)
        .limit(limit)
    )
    return [Item(r.clip_id, r.place, r.note or "", r.added_by, r.added_at) for r in rows]


def standing(session: Session, collection_id: str, clip_id: str) -> int:
    """At which place a clip stands in it, from 1. Raises NotFoundError."""
    row = session.get(CollectionItem, (collection_id, clip_id), populate_existing=True)
    if row is None or not row.place:
        raise NotFoundError("clip of the collection", clip_id)
    return row.place


def notes(session: Session, collection_id: str, clip_ids: Sequence[str]) -> dict[str, str]:
    """What is noted on these clips in this collection."""
    rows = session.execute(
        select(CollectionItem.clip_id, CollectionItem.note).where(
            CollectionItem.collection_id == collection_id,
            CollectionItem.clip_id.in_(clip_ids),
            CollectionItem.note.is_not(None),
        )
    )
    return {clip_id: note or "" for clip_id, note in rows}


def of_clips(
    session: Session, clip_ids: Iterable[str]
) -> dict[str, tuple[tuple[str, str, str], ...]]:
    """(id, name, note) of the collections into which each clip was put, by name."""
    found: dict[str, tuple[tuple[str, str, str], ...]] = {}
    rows = session.execute(
        select(CollectionItem.clip_id, CollectionRow.id, CollectionRow.name, CollectionItem.note)
        .join(CollectionRow, CollectionRow.id == CollectionItem.collection_id)
        .where(
            CollectionItem.clip_id.in_(list(clip_ids)),
            CollectionItem.place > 0,
            CollectionRow.removed.is_(False),
        )
        .order_by(CollectionRow.name_key, CollectionRow.id)
    )
    for clip_id, key, name, note in rows:
        found[clip_id] = (*found.get(clip_id, ()), (key, name, note or ""))
    return found


def names(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """Of collections, removed or not."""
    query = select(CollectionRow.id, CollectionRow.name).where(CollectionRow.id.in_(list(ids)))
    return {row.id: row.name for row in session.execute(query)}


def _row(session: Session, collection_id: str, *, lock: bool = False) -> CollectionRow:
    row = session.get(CollectionRow, collection_id, with_for_update=lock or None)
    if row is None or row.removed:
        raise NotFoundError("collection", collection_id)
    return row


def _shown(row: CollectionRow, count: int) -> Collection:
    asked = row.question or {"q": "", "filters": {}}
    filters = {name: tuple(values) for name, values in asked["filters"].items()}
    return Collection(
        row.id, row.name, row.description or "", asked["q"], filters, row.question is not None,
        count, row.created_by, row.created_at,
    )  # fmt: skip


# --- changing -------------------------------------------------------------------------------------


def make(
    session: Session,
    name: str,
    *,
    question: tuple[str, Mapping[str, tuple[str, ...]]] | None = None,
    actor: str,
) -> str:
    """A new one, empty or of what (text, filters) find; returns its id. InvalidValueError."""
    if (session.scalar(select(func.count()).select_from(CollectionRow)) or 0) >= MOST_COLLECTIONS:
        raise InvalidValueError("name", f"would be one more than {MOST_COLLECTIONS} collections")
    asked = None
    if question is not None:
        text, filters = question
        asked = {
            "q": _text(text),
            "filters": {k: [_text(v) for v in f] for k, f in filters.items()},
        }
    row = CollectionRow(id=new_id(), name=_name(name), question=asked, created_by=actor)
    session.add(row)
    session.flush()
    _record(session, row.id, REMOVED, True, False, actor=actor)  # noqa: FBT003 - of the history
    return row.id


def describe(
    session: Session, collection_id: str, name: str, description: str, *, edition: str, actor: str
) -> None:
    """Raises StaleEditError where `edition` is past, InvalidValueError, NotFoundError."""
    row = _row(session, collection_id, lock=True)
    if one(session, row.id).edition != edition:
        raise StaleEditError("collection", row.id)
    batch = new_id()
    wanted = {NAME: _name(name), DESCRIPTION: edits.clean("description", description) or None}
    for field, value in wanted.items():
        before = getattr(row, field)
        if before != value:
            _record(session, row.id, field, before, value, actor=actor, batch=batch)
            touched = put_own(session, field, {(row.id, ""): value}, actor)
            _touch(session, touched)


def remove(session: Session, collection_id: str, *, actor: str) -> None:
    """Out of sight; the history brings it back. Raises NotFoundError."""
    row = _row(session, collection_id, lock=True)
    _record(session, row.id, REMOVED, False, True, actor=actor)  # noqa: FBT003 - of the history
    _touch(session, put_own(session, REMOVED, {(row.id, ""): True}, actor))


def add(session: Session, collection_id: str, clip_ids: Sequence[str], *, actor: str) -> int:
    """Put clips at its end; returns how many are new in it. InvalidValueError, NotFoundError."""
    row = _by_hand(session, collection_id)
    known = current(session, ITEM, [(row.id, one) for one in clip_ids])
    fresh = [one for one in dict.fromkeys(clip_ids) if known[row.id, one] is None]
    for clip_id in fresh:
        holdings.clip(session, clip_id)
    if count_of(session, row.id) + len(fresh) > MOST:
        raise InvalidValueError("collection", f"would have more than {MOST} clips")
    entries = [changes.Entry(KIND, row.id, ITEM, None, {"clip": one}) for one in fresh]
    changes.record_many(session, entries, actor=actor, batch_id=new_id())
    _touch(session, put(session, ITEM, {(row.id, one): {"clip": one} for one in fresh}, actor))
    return len(fresh)


def take(session: Session, collection_id: str, clip_id: str, *, actor: str) -> None:
    """Take a clip out of it. Raises NotFoundError."""
    row = _by_hand(session, collection_id)
    before = current(session, ITEM, [(row.id, clip_id)])[row.id, clip_id]
    if before is None:
        raise NotFoundError("clip of the collection", clip_id)
    _record(session, row.id, ITEM, before, None, actor=actor)
    _touch(session, put(session, ITEM, {(row.id, clip_id): None}, actor))


def move(session: Session, collection_id: str, clip_id: str, place: int, *, actor: str) -> None:
    """Let a clip stand at this place, from 1; the others make room. Raises NotFoundError."""
    row = _by_hand(session, collection_id)
    slot = (row.id, clip_id)
    before = current(session, PLACE, [slot]).get(slot)
    if before is None:
        raise NotFoundError("clip of the collection", clip_id)
    after: Json = {"clip": clip_id, "place": min(max(place, 1), count_of(session, row.id))}
    if after != before:
        _record(session, row.id, PLACE, before, after, actor=actor)
        put(session, PLACE, {slot: after}, actor)


def annotate(session: Session, collection_id: str, clip_id: str, text: str, *, actor: str) -> None:
    """Note something on a clip in this collection; nothing with an empty text."""
    row, slot = _row(session, collection_id, lock=True), (collection_id, clip_id)
    clip = holdings.clip(session, clip_id)
    text = _text(text).replace("\r\n", "\n").strip()
    if len(text) > LONGEST_NOTE:
        raise InvalidValueError("note", f"is longer than {LONGEST_NOTE} characters")
    before = current(session, NOTE, [slot])[slot]
    after: Json = {"clip": clip.id, "text": text} if text else None
    if before != after:
        _record(session, row.id, NOTE, before, after, actor=actor)
        put(session, NOTE, {slot: after}, actor)


def _by_hand(session: Session, collection_id: str) -> CollectionRow:
    row = _row(session, collection_id, lock=True)
    if row.question is not None:
        raise InvalidValueError("collection", "holds what its search finds; nothing is put into it")
    return row


def _name(text: str) -> str:
    name = edits.line(NAME, _text(text), LONGEST_NAME)
    if not name:
        raise InvalidValueError(NAME, "is empty")
    return name


def _text(text: str) -> str:
    """As text that every database takes."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _record(  # noqa: PLR0913 - what the history keeps
    session: Session,
    key: str,
    field: str,
    before: Json,
    after: Json,
    *,
    actor: str,
    batch: str | None = None,
) -> None:
    changes.record(
        session, actor=actor, kind=KIND, key=key, field=field, before=before, after=after,
        batch_id=batch,
    )  # fmt: skip


def _touch(session: Session, clip_ids: Iterable[str]) -> None:
    touched = list(clip_ids)
    if touched:
        session.flush()
        holdings.touch(session, touched)
