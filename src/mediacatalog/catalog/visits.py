"""Who looked at sealed clips, and who was sent masters: kept for good, changed by nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from mediacatalog.catalog.sight import SEALED
from mediacatalog.catalog.sight_models import ClipAccess, Visit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

VIEW, PLAY, DOWNLOAD = "view", "play", "download"


@dataclass(frozen=True, slots=True)
class Seen:
    who: str
    what: str
    at: datetime


def is_sealed(session: Session, clip_id: str) -> bool:
    """By its full id."""
    level = session.scalar(select(ClipAccess.level).where(ClipAccess.clip_id == clip_id))
    return level == SEALED


def add(session: Session, clip_id: str, who: str, what: str, at: datetime) -> None:
    session.add(Visit(clip_id=clip_id, who=who, what=what, at=at))


def of_clip(session: Session, clip_id: str, *, limit: int = 100) -> Sequence[Seen]:
    """The newest first."""
    rows = session.scalars(
        select(Visit)
        .where(Visit.clip_id == clip_id)
        .order_by(Visit.at.desc(), Visit.id.desc())
        .limit(limit)
    )
    return [Seen(row.who, row.what, row.at) for row in rows]
