"""Which bytes an address stands for: masters, derived pictures, stills."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from mediacatalog.catalog import holdings, posters
from mediacatalog.catalog.models import (
    Clip,
    Derivative,
    FrameHashes,
    KeyframeRow,
    Root,
    ShotRow,
    Sighting,
    StoryboardCellRow,
)
from mediacatalog.errors import NotFoundError
from mediacatalog.values import State, to_ms

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Picture:
    """A derivative: its path below the derivatives folder, and the digest of its bytes."""

    path: str
    sha256: str
    byte_count: int


@dataclass(frozen=True, slots=True)
class Cell:
    """The part of a picture that stands for a moment; all of it when `width` is 0."""

    picture: Picture
    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class MasterPath:
    """Where a master may be read: the root, the bytes of the name below it, and what was seen."""

    root: str
    path: bytes
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Master:
    sha256: str
    byte_count: int
    container: str
    places: tuple[MasterPath, ...]


def master(session: Session, clip_id: str) -> Master:
    """What is needed to serve the bytes of a clip. Raises NotFoundError."""
    clip = holdings.clip(session, clip_id)
    rows = session.execute(
        select(Root.path, Sighting.path, Sighting.mtime_ns)
        .join(Root, Root.id == Sighting.root_id)
        .where(
            Sighting.clip_id == clip.id,
            Sighting.state.not_in((State.OFFLINE, State.IGNORED)),
            Sighting.byte_count == clip.byte_count,
        )
        .order_by(Sighting.id)
        .limit(8)
    )
    places = tuple(MasterPath(root, path, mtime_ns) for root, path, mtime_ns in rows)
    return Master(clip.sha256, clip.byte_count, clip.container, places)


def path_of(place: MasterPath) -> Path:
    return Path(place.root) / os.fsdecode(place.path)


def picture(session: Session, clip_id: str, kind: str, number: int = 0) -> Picture:
    """A derivative of a clip by kind and number. Raises NotFoundError."""
    row = session.scalar(
        select(Derivative).where(
            Derivative.clip_id == clip_id, Derivative.kind == kind, Derivative.number == number
        )
    )
    if row is None:
        raise NotFoundError(kind.replace("_", " "), f"{clip_id}/{number}")
    return Picture(row.path, row.sha256, row.byte_count)


def poster(session: Session, clip_id: str) -> Picture:
    """The one that a person pinned, once it is made; else the machine's. Raises NotFoundError."""
    try:
        return picture(session, clip_id, posters.PINNED)
    except NotFoundError:
        return picture(session, clip_id, "poster")


def derivatives(session: Session, clip_id: str) -> list[Derivative]:
    """All files that were made of a clip."""
    return list(session.scalars(select(Derivative).where(Derivative.clip_id == clip_id)))


def viewing_recipe(session: Session, clip_id: str) -> str | None:
    """What made the rows of the decode pass; None if it wasn't done."""
    return session.scalar(select(FrameHashes.recipe).where(FrameHashes.clip_id == clip_id))


@dataclass(frozen=True, slots=True)
class BoardCell:
    """One still of the storyboard: pixels of a sheet that stand for [start_ms, end_ms)."""

    start_ms: int
    end_ms: int
    sheet: int
    x: int
    y: int
    width: int
    height: int


def storyboard(session: Session, clip_id: str) -> tuple[str, list[BoardCell]]:
    """(digest, cells in order of time). Raises NotFoundError."""
    index = picture(session, clip_id, "storyboard_index")
    rows = session.scalars(
        select(StoryboardCellRow)
        .where(StoryboardCellRow.clip_id == clip_id)
        .order_by(StoryboardCellRow.number)
    )
    return index.sha256, [
        BoardCell(one.start_ms, one.end_ms, one.sheet, one.x, one.y, one.width, one.height)
        for one in rows
    ]


def still(session: Session, clip_id: str, ms: int) -> Cell:
    """The picture nearest to a moment: of the same shot if there is one, else of any.

    A keyframe, a cell of the storyboard, or the poster. Raises NotFoundError.
    """
    clip = session.get(Clip, clip_id)
    if clip is None:
        raise NotFoundError("clip", clip_id)
    shot = session.execute(
        select(ShotRow.start_ms, ShotRow.end_ms)
        .where(ShotRow.clip_id == clip_id, ShotRow.start_ms <= ms)
        .order_by(ShotRow.start_ms.desc())
        .limit(1)
    ).first()
    best: tuple[bool, int, int, StoryboardCellRow | KeyframeRow] | None = None
    for rank, (at, row) in enumerate(_near(session, clip, ms)):
        other_shot = shot is not None and not shot.start_ms <= at < shot.end_ms
        one = (other_shot, abs(at - ms), rank, row)
        if best is None or one[:3] < best[:3]:
            best = one
    row_of_best = best[3] if best else None
    if isinstance(row_of_best, StoryboardCellRow):
        c = row_of_best
        sheet = picture(session, clip_id, "storyboard", c.sheet)
        return Cell(sheet, c.x, c.y, c.width, c.height)
    if row_of_best is not None:
        return Cell(picture(session, clip_id, "keyframe", row_of_best.number))
    return Cell(poster(session, clip_id))


def _near(
    session: Session, clip: Clip, ms: int
) -> list[tuple[int, StoryboardCellRow | KeyframeRow]]:
    """The two keyframes and three cells around a moment, with the times of their frames."""
    keys: list[KeyframeRow] = []
    for condition, order in (
        (KeyframeRow.ms <= ms, KeyframeRow.ms.desc()),
        (KeyframeRow.ms > ms, KeyframeRow.ms),
    ):
        keys += session.scalars(
            select(KeyframeRow)
            .where(KeyframeRow.clip_id == clip.id, condition)
            .order_by(order)
            .limit(1)
        )
    cells: list[StoryboardCellRow] = []
    column = StoryboardCellRow.start_ms
    for condition, order, limit in ((column <= ms, column.desc(), 2), (column > ms, column, 1)):
        cells += session.scalars(
            select(StoryboardCellRow)
            .where(StoryboardCellRow.clip_id == clip.id, condition)
            .order_by(order)
            .limit(limit)
        )
    found: list[tuple[int, StoryboardCellRow | KeyframeRow]] = [
        (_cell_ms(clip, cell), cell) for cell in cells
    ]
    return found + [(key.ms, key) for key in keys]


def _cell_ms(clip: Clip, cell: StoryboardCellRow) -> int:
    if clip.start_pts is None or not clip.time_base:
        return cell.start_ms
    return to_ms(cell.pts, clip.start_pts, Fraction(clip.time_base))


def clip_of_digest(session: Session, sha256: str) -> str | None:
    """The id of the clip whose master has this SHA-256."""
    return session.scalar(select(Clip.id).where(Clip.sha256 == sha256))
