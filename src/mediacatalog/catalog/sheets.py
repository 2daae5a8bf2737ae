"""Contact sheets: the keyframes of many clips with their times."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, func, select

from mediacatalog.catalog.models import Derivative, KeyframeRow, ShotRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

MOST = 120
"""Keyframes of one clip on a sheet."""


class Frame(NamedTuple):
    """A keyframe that has a picture; milliseconds from the first frame."""

    number: int
    ms: int
    shot: tuple[int, int]
    """From where to where the shot goes that it stands for."""


class Sheet(NamedTuple):
    frames: tuple[Frame, ...] = ()
    """In the order of the film; of more than MOST those of equal steps, the first among them."""
    total: int = 0
    """All keyframes of the clip."""


def of_clips(session: Session, clip_ids: Sequence[str]) -> dict[str, Sheet]:
    """By clip; clips without keyframes are left out. A query more for each length of step."""
    of_these = (
        KeyframeRow.clip_id.in_(clip_ids),
        Derivative.clip_id == KeyframeRow.clip_id,
        Derivative.kind == "keyframe",
        Derivative.number == KeyframeRow.number,
    )
    counted = select(KeyframeRow.clip_id, func.count()).where(*of_these)
    grouped = session.execute(counted.group_by(KeyframeRow.clip_id)).all()
    counts: dict[str, int] = {row[0]: row[1] for row in grouped}
    place = func.row_number().over(
        partition_by=KeyframeRow.clip_id, order_by=(KeyframeRow.ms, KeyframeRow.number)
    )
    all_of_them = (
        select(
            KeyframeRow.clip_id,
            KeyframeRow.number,
            KeyframeRow.ms,
            ShotRow.start_ms,
            ShotRow.end_ms,
            place.label("place"),
        )
        .join(
            ShotRow,
            and_(ShotRow.clip_id == KeyframeRow.clip_id, ShotRow.number == KeyframeRow.number),
            isouter=True,
        )
        .where(*of_these)
        .subquery()
    )
    columns = all_of_them.c
    found: dict[str, list[Frame]] = {}
    for step in sorted({_step(count) for count in counts.values()}):
        ids = [clip_id for clip_id, count in counts.items() if _step(count) == step]
        rows = session.execute(
            select(columns.clip_id, columns.number, columns.ms, columns.start_ms, columns.end_ms)
            .where(columns.clip_id.in_(ids), (columns.place - 1) % step == 0)
            .order_by(columns.clip_id, columns.place)
        )
        for clip_id, number, ms, start, end in rows:
            shot = (ms, ms + 1) if start is None else (start, end)
            found.setdefault(clip_id, []).append(Frame(number, ms, shot))
    return {clip_id: Sheet(tuple(frames), counts[clip_id]) for clip_id, frames in found.items()}


def _step(count: int) -> int:
    """Every how manieth of so many is taken."""
    return -(-count // MOST)
