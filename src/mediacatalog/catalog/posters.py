"""Which frame stands for a clip: the machine's choice, until a person pins another.

A pin is a position and outlives every file that is made of it. Its picture is a derivative of its
own, beside the machine's poster, and is made again like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - the mapping looks at it
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, ForeignKey, Text, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog import changes, frames, holdings, stages, timeline
from mediacatalog.catalog.base import Base
from mediacatalog.catalog.models import Clip, Derivative
from mediacatalog.errors import InvalidValueError
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from mediacatalog.values import PictureFile

STAGE = FIELD = "poster"
"""The stage that makes a pinned poster; the field of a clip's history."""
PINNED = "pinned_poster"
"""The kind of the derivative."""


class PosterPin(Base):
    """The frame that a person chose."""

    __tablename__ = "poster_pins"

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    pts: Mapped[int] = mapped_column(BigInteger)
    pinned_by: Mapped[str] = mapped_column(Text)
    pinned_at: Mapped[datetime] = mapped_column(default=utc_now)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a clip says of its poster; times are None while they aren't known."""

    ms: int | None
    pinned_by: str
    """Empty while the machine chooses."""
    made: bool
    """Whether its picture is there."""
    can_undo: bool


def shown(session: Session, clip_id: str) -> Shown | None:
    """None for a clip without a poster."""
    clip, pin = session.get_one(Clip, clip_id), session.get(PosterPin, clip_id)
    kind = PINNED if pin else STAGE
    row = session.scalar(
        select(Derivative).where(Derivative.clip_id == clip_id, Derivative.kind == kind)
    )
    if pin is None and row is None:
        return None
    pts = pin.pts if pin else row.pts if row else None
    return Shown(
        ms=None if pts is None else frames.ms_of(clip, pts),
        pinned_by=pin.pinned_by if pin else "",
        made=row is not None and row.pts == pts,
        can_undo=changes.newest(session, "clip", clip_id, FIELD) is not None,
    )


def pinned_pts(session: Session, clip_id: str) -> int | None:
    pin = session.get(PosterPin, clip_id)
    return pin.pts if pin else None


def pin(session: Session, clip_id: str, ms: int, *, actor: str) -> int:
    """Let the frame that is shown at `ms` be the poster; returns its PTS.

    Raises InvalidValueError where no frame is known.
    """
    clip = holdings.locked(session, clip_id)
    frame = frames.shown_at(session, clip, ms)
    if frame is None:
        raise InvalidValueError("poster", "can't be pinned before the clip was watched through")
    _choose(session, clip, frame.pts, actor=actor)
    return frame.pts


def unpin(session: Session, clip_id: str, *, actor: str) -> None:
    """Let the machine choose again."""
    _choose(session, holdings.locked(session, clip_id), None, actor=actor)


def undo(session: Session, clip_id: str, *, actor: str) -> None:
    """What stood there before the last change; a change as any other, so undone by another undo."""
    clip, last = holdings.locked(session, clip_id), changes.newest(session, "clip", clip_id, FIELD)
    if last is not None:
        before = last.before
        pts = int(before["pts"]) if isinstance(before, dict) else None
        _choose(session, clip, pts, actor=actor, reason="undone")


def keep(session: Session, clip: Clip, picture: PictureFile, pts: int, folder: str) -> None:
    """The picture of the pinned frame, unless the pin was moved meanwhile."""
    _forget(session, clip.id)
    if pinned_pts(session, clip.id) == pts:
        session.add(timeline.picture_row(clip.id, PINNED, folder, RECIPE, (0, picture, pts)))


RECIPE = "poster-1"
"""Changed whenever the same frame would give another picture."""


def _choose(session: Session, clip: Clip, pts: int | None, *, actor: str, reason: str = "") -> None:
    row = session.get(PosterPin, clip.id)
    before = row.pts if row else None
    if before == pts:
        return
    changes.record(
        session,
        actor=actor,
        kind="clip",
        key=clip.id,
        field=FIELD,
        before=_told(clip, before),
        after=_told(clip, pts),
        reason=reason,
    )
    if pts is None:
        if row is not None:
            session.delete(row)
        _forget(session, clip.id)
        timeline.keep_problems(clip, STAGE, ())
    else:
        session.merge(PosterPin(clip_id=clip.id, pts=pts, pinned_by=actor, pinned_at=utc_now()))
        stages.forget(session, clip, [STAGE], priority=1)
    session.flush()
    holdings.touch(session, [clip.id])


def _told(clip: Clip, pts: int | None) -> changes.Json:
    return None if pts is None else {"pts": pts, "ms": frames.ms_of(clip, pts)}


def _forget(session: Session, clip_id: str) -> None:
    session.execute(
        delete(Derivative)
        .where(Derivative.clip_id == clip_id, Derivative.kind == PINNED)
        .execution_options(synchronize_session=False)
    )
