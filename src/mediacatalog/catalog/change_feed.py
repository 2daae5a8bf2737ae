"""Everything that changed, in an order that a follower can go along without missing anything.

Two numbers, each taken under a lock that lasts until the commit: that of what people changed
(`changes`), and `clips.search_rev` of clips that are other than before, whoever changed them. A
position names the last of both that a follower has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select, tuple_

from mediacatalog.catalog.base import BEHIND_ALL
from mediacatalog.catalog.changes import Changed, shown
from mediacatalog.catalog.models import Change, Clip
from mediacatalog.catalog.sight_models import TombstoneRow
from mediacatalog.errors import InvalidValueError

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute, Session

_POSITION = re.compile(r"(\d{1,18})\.([0-9a-f-]{0,36})\.(\d{1,18})\.([0-9a-f-]{0,36})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Position:
    """How far a follower has come: the last change, and the last clip."""

    number: int = 0
    change_id: str = ""
    rev: int = 0
    clip_id: str = ""

    @property
    def clip(self) -> tuple[int, str]:
        return self.rev, self.clip_id

    def __str__(self) -> str:
        """As followers keep it; it outlives the key that signs other cursors."""
        return f"{self.number}.{self.change_id}.{self.rev}.{self.clip_id}"


BEGINNING = Position()
PURGED = "purged"
"""As the state of a clip of which a tombstone is left."""


def position(text: str) -> Position:
    """What `str` made of one. Raises InvalidValueError."""
    found = _POSITION.fullmatch(text)
    if found is None:
        raise InvalidValueError("after", "is no position in the feed")
    return Position(int(found[1]), found[2], int(found[3]), found[4])


@dataclass(frozen=True, slots=True)
class Feed:
    """What came after a position, in order; `position` is behind it."""

    changes: tuple[Changed, ...]
    clips: tuple[tuple[str, str], ...]
    """(id, state) of clips that are other than before; of several times only the last. One that was
    purged is `purged`."""
    position: Position
    more: bool


def after(session: Session, at: Position, *, limit: int) -> Feed:
    """At most `limit` changes and as many clips. Needs one view of both: `Catalogue.reading`."""
    rows = session.scalars(
        select(Change)
        .where(tuple_(Change.number, Change.id) > (at.number, at.change_id))
        .order_by(Change.number, Change.id)
        .limit(limit)
    ).all()
    moved = clips(session, at.rev, at.clip_id, limit)
    number, change_id, rev, clip_id = at.number, at.change_id, at.rev, at.clip_id
    if rows:
        number, change_id = rows[-1].number or 0, rows[-1].id
    if moved:
        rev, clip_id = moved[-1].rev, moved[-1].clip_id
    return Feed(
        tuple(shown(row) for row in rows),
        tuple((one.clip_id, one.state) for one in moved),
        Position(number, change_id, rev, clip_id),
        len(rows) == limit or len(moved) == limit,
    )


class Moved(NamedTuple):
    """A clip that is other than before."""

    rev: int
    clip_id: str
    state: str


class Share(NamedTuple):
    """One of `of` even parts of the clips that moved last by revision `until`, from 0."""

    number: int
    of: int
    until: int


def clips(
    session: Session, rev: int, clip_id: str, limit: int, share: Share | None = None
) -> list[Moved]:
    """At most so many behind this place, in order of (revision, id); purged ones among them."""
    living = session.execute(
        select(Clip.search_rev, Clip.id, Clip.state)
        .where(tuple_(Clip.search_rev, Clip.id) > (rev, clip_id), Clip.search_rev > 0)
        .where(*_within(share, Clip.search_rev, Clip.id))
        .order_by(Clip.search_rev, Clip.id)
        .limit(limit)
    )
    gone = session.execute(
        select(TombstoneRow.rev, TombstoneRow.clip_id)
        .where(tuple_(TombstoneRow.rev, TombstoneRow.clip_id) > (rev, clip_id))
        .where(*_within(share, TombstoneRow.rev, TombstoneRow.clip_id))
        .order_by(TombstoneRow.rev, TombstoneRow.clip_id)
        .limit(limit)
    )
    found = [Moved(row.search_rev, row.id, row.state) for row in living]
    found += [Moved(row.rev, row.clip_id, PURGED) for row in gone]
    return sorted(found)[:limit]


def _within(
    share: Share | None, rev: InstrumentedAttribute[int], clip_id: InstrumentedAttribute[str]
) -> list[ColumnElement[bool]]:
    """By the last two digits of ids, which are as good as random.

    So old clips and new, long and short come to all shares alike. The first and the last one take
    what is no such id.
    """
    if share is None:
        return []
    digits = func.substr(clip_id, 35, 2)
    begin, end = (f"{256 * number // share.of:02x}" for number in (share.number, share.number + 1))
    found = [rev <= share.until]
    if share.number > 0:
        found.append(digits >= begin)
    if share.number < share.of - 1:
        found.append(digits < end)
    return found


def end(session: Session) -> Position:
    """Where a follower begins that wants only what is still to come.

    What has the newest numbers has committed with them, so it names no clip that not everybody may
    know of.
    """
    number = session.scalar(select(func.max(Change.number))) or 0
    revs = [
        session.scalar(select(func.max(rev))) or 0 for rev in (Clip.search_rev, TombstoneRow.rev)
    ]
    return Position(number, BEHIND_ALL, max(revs), BEHIND_ALL)
