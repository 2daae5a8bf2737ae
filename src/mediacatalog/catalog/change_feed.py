"""Everything that changed, in an order that a follower can go along without missing anything.

Two numbers, each taken under a lock that lasts until the commit: that of what people changed
(`changes`), and `clips.search_rev` of clips that are other than before, whoever changed them. A
position names the last of both that a follower has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, tuple_

from mediacatalog.catalog.changes import Changed, shown
from mediacatalog.catalog.models import Change, Clip
from mediacatalog.errors import InvalidValueError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_POSITION = re.compile(r"(\d{1,18})\.([0-9a-f-]{0,36})\.(\d{1,18})\.([0-9a-f-]{0,36})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Position:
    """How far a follower has come: the last change, and the last clip."""

    number: int = 0
    change_id: str = ""
    rev: int = 0
    clip_id: str = ""

    def __str__(self) -> str:
        """As followers keep it; it outlives the key that signs other cursors."""
        return f"{self.number}.{self.change_id}.{self.rev}.{self.clip_id}"


BEGINNING = Position()


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
    """(id, state) of clips that are other than before; of several times only the last."""
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
    clips = session.execute(
        select(Clip.id, Clip.state, Clip.search_rev)
        .where(tuple_(Clip.search_rev, Clip.id) > (at.rev, at.clip_id), Clip.search_rev > 0)
        .order_by(Clip.search_rev, Clip.id)
        .limit(limit)
    ).all()
    number, change_id, rev, clip_id = at.number, at.change_id, at.rev, at.clip_id
    if rows:
        number, change_id = rows[-1].number or 0, rows[-1].id
    if clips:
        rev, clip_id = clips[-1].search_rev, clips[-1].id
    return Feed(
        tuple(shown(row) for row in rows),
        tuple((row.id, row.state) for row in clips),
        Position(number, change_id, rev, clip_id),
        len(rows) == limit or len(clips) == limit,
    )


def end(session: Session) -> Position:
    """Where a follower begins that wants only what is still to come."""
    change = session.execute(
        select(Change.number, Change.id)
        .where(Change.number.is_not(None))
        .order_by(Change.number.desc(), Change.id.desc())
        .limit(1)
    ).first()
    clip = session.execute(
        select(Clip.search_rev, Clip.id).order_by(Clip.search_rev.desc(), Clip.id.desc()).limit(1)
    ).first()
    number, change_id = (change.number or 0, change.id) if change else (0, "")
    rev, clip_id = (clip.search_rev, clip.id) if clip else (0, "")
    return Position(number, change_id, rev, clip_id)
