"""The ingest page: every file that was ever seen, its state, the reason and the next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from mediacatalog.catalog import holdings
from mediacatalog.catalog.models import Clip, Root, Sighting
from mediacatalog.values import State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

PAGE = 100

ORDER = (
    State.RUNNING,
    State.ARRIVING,
    State.WAITING,
    State.QUARANTINED,
    State.PARTIAL,
    State.OFFLINE,
    State.READY,
    State.IGNORED,
)
"""What is going on first, then what asks for a person, then what is done."""

UNSETTLED = (State.ARRIVING, State.WAITING, State.RUNNING)


@dataclass(frozen=True, slots=True)
class QueuedFile:
    id: str
    root: str
    display: str
    clip_id: str | None
    title: str
    byte_count: int
    state: str
    reason: str
    next_step: str
    stage: str | None
    attempts: int
    state_at: datetime


@dataclass(frozen=True, slots=True)
class WatchedRoot:
    id: str
    name: str
    path: str
    kind: str
    alarm: str | None
    last_pass_at: datetime | None
    files: int


@dataclass(frozen=True, slots=True)
class IngestPage:
    """`counts` adds up to `total`: all files that were ever seen."""

    counts: Mapping[str, int]
    total: int
    found: int
    """Files that fit the filter, of which `files` shows one page."""
    files: tuple[QueuedFile, ...]
    roots: tuple[WatchedRoot, ...]
    offset: int


def ingest_page(
    session: Session, *, states: tuple[str, ...] = (), name: str = "", offset: int = 0
) -> IngestPage:
    """One page of files in the given states (all when empty) whose name holds `name`."""
    counts = holdings.counts(session)
    query = select(Sighting, Root.name, Clip.title, Clip.derived_title)
    query = query.join(Root, Root.id == Sighting.root_id)
    query = query.outerjoin(Clip, Clip.id == Sighting.clip_id)
    if states:
        query = query.where(Sighting.state.in_(states))
    if name:
        query = query.where(Sighting.display.icontains(name, autoescape=True))
    found = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    # One query a state, in the order in which a person wants to read them: an index serves each.
    files: list[QueuedFile] = []
    skip = offset
    for state in ORDER:
        if (states and state not in states) or len(files) >= PAGE or not counts[state]:
            continue
        narrowed = query.where(Sighting.state == state)
        here = session.scalar(select(func.count()).select_from(narrowed.subquery())) or 0
        if skip >= here:
            skip -= here
            continue
        rows = session.execute(
            narrowed.order_by(Sighting.state_at.desc(), Sighting.id.desc())
            .offset(skip)
            .limit(PAGE - len(files))
        )
        files += [_file(one, root, title or derived or "") for one, root, title, derived in rows]
        skip = 0
    return IngestPage(counts, sum(counts.values()), found, tuple(files), _roots(session), offset)


def _file(one: Sighting, root: str, title: str) -> QueuedFile:
    return QueuedFile(
        id=one.id,
        root=root,
        display=one.display,
        clip_id=one.clip_id,
        title=title,
        byte_count=one.byte_count,
        state=one.state,
        reason=one.reason,
        next_step=one.next_step,
        stage=one.stage,
        attempts=one.attempts,
        state_at=one.state_at,
    )


def _roots(session: Session) -> tuple[WatchedRoot, ...]:
    rows = session.execute(
        select(Root, func.count(Sighting.id))
        .outerjoin(Sighting, Sighting.root_id == Root.id)
        .group_by(Root.id)
        .order_by(Root.id)
    )
    return tuple(
        WatchedRoot(root.id, root.name, root.path, root.kind, root.alarm, root.last_pass_at, count)
        for root, count in rows
    )


def attention(session: Session) -> tuple[int, int]:
    """(files on their way, files held back): the badge beside the ingest link."""
    counts = holdings.counts(session)
    return sum(counts[state] for state in UNSETTLED), counts[State.QUARANTINED]
