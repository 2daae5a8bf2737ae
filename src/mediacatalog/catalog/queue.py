"""The ingest page: every file that was ever seen, its state, the reason and the next step."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, or_, select

from mediacatalog.catalog import counting, file_names, holdings, proxies, stages
from mediacatalog.catalog.counting import FEW
from mediacatalog.catalog.models import Clip, Root, Sighting, SightingEvent
from mediacatalog.values import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Select
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
    progress: float
    """The part of the stage that is done, 0 to 1."""
    attempts: int
    next_retry_at: datetime | None
    state_at: datetime


@dataclass(frozen=True, slots=True)
class WatchedRoot:
    id: str
    name: str
    path: str
    kind: str
    alarm: str | None
    lost: int
    """How many files the alarm misses."""
    settled: bool
    """Whether a person settled the alarm; the next pass carries it out."""
    events: str
    """Why the folder is only polled; empty when the system tells of changes."""
    paused_by: str | None
    viewing: str
    """`full` or `balanced`; empty: as the settings say."""
    last_pass_at: datetime | None
    files: int
    """As `counting.up_to` tells."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a file's history."""

    at: datetime
    state: str
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class StageRun:
    """What the newest attempt at one stage came to."""

    stage: str
    state: str
    attempt: int
    error: str
    milliseconds: int | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class FileStory:
    """Everything that is known of how one file came in; the newest step first."""

    file: QueuedFile
    path: str
    steps: tuple[Step, ...]
    stages: tuple[StageRun, ...]


class Place(NamedTuple):
    """Where a file stands in the list."""

    state: str
    at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class IngestPage:
    """Numbers are as `counting.up_to` tells them."""

    counts: Mapping[str, int]
    total: int
    """All files that were ever seen."""
    found: int
    """Files that fit the filter, of which `files` shows one page."""
    files: tuple[QueuedFile, ...]
    roots: tuple[WatchedRoot, ...]
    offset: int
    more: bool
    """Whether files follow that fit."""
    cut: bool = False
    """Whether more names fit than were looked at: not all that fit are found."""
    proxies: tuple[proxies.Underway, ...] = ()
    """The first of those that aren't ready."""
    proxies_count: int = 0


def ingest_page(
    session: Session,
    *,
    states: tuple[str, ...] = (),
    name: str = "",
    offset: int = 0,
    after: Place | None = None,
    limit: int = PAGE,
) -> IngestPage:
    """One page of files in the given states (all when empty) whose name holds `name`.

    It begins after `offset` files, or after the file that stood at the place `after`. Names are
    looked up as `file_names` tells.
    """
    every = select(Sighting.state)
    counts = {
        state.value: counting.up_to(session, every.where(Sighting.state == state))
        for state in State
    }
    wanted = [state for state in ORDER if (not states or state in states) and counts[state]]
    cut = False
    if name:
        few = sum(counts[state] for state in wanted) <= counting.MOST
        places, cut = file_names.with_part(session, name, wanted if few else None)
        places = [one for one in places if one[0] in wanted]
        found = counting.MOST + 1 if cut and not states else len(places)
        ids = _listed(places, wanted, after)[offset : offset + limit + 1]
    else:
        ids = _in_order(session, wanted, offset, after, limit + 1)
        found = len(ids)
        if offset or after is not None or found > limit:
            found = _together(counts, wanted)
    return IngestPage(
        counts,
        _together(counts, counts),
        found,
        tuple(_files(session, ids[:limit])),
        roots(session),
        offset,
        len(ids) > limit,
        cut,
        *proxies.underway(session),
    )


def _together(counts: Mapping[str, int], states: Iterable[str]) -> int:
    """Of files that were counted by state, as `counting.up_to` tells."""
    return min(sum(counts[state] for state in states), counting.MOST + 1)


def _in_order(
    session: Session, wanted: list[State], skip: int, after: Place | None, limit: int
) -> list[str]:
    """Ids of files in these states, in the order in which a person wants to read them."""
    # One query a state: an index serves each.
    ids: list[str] = []
    for state in wanted[_behind(wanted, after) :]:
        here = select(Sighting.id).where(Sighting.state == state)
        if skip:
            before = counting.up_to(session, here, skip)
            if before <= skip:
                skip -= before
                continue
        if after is not None and state == after.state:
            at = Sighting.state_at
            here = here.where(or_(at < after.at, and_(at == after.at, Sighting.id < after.id)))
        here = here.order_by(Sighting.state_at.desc(), Sighting.id.desc())
        ids += session.scalars(here.offset(skip).limit(limit - len(ids)))
        skip = 0
        if len(ids) >= limit:
            break
    return ids


def _listed(
    places: Iterable[tuple[str, datetime, str]], wanted: list[State], after: Place | None
) -> list[str]:
    """Ids of those in these states, in the same order, from behind a place on."""
    newest = sorted(places, key=lambda one: one[1:], reverse=True)
    ids: list[str] = []
    for state in wanted[_behind(wanted, after) :]:
        bound = after[1:] if after is not None and state == after.state else None
        ids += [
            key for of, at, key in newest if of == state and (bound is None or (at, key) < bound)
        ]
    return ids


def _behind(wanted: list[State], after: Place | None) -> int:
    """Where among these states a page begins that goes on after a file."""
    if after is None:
        return 0
    return sum(ORDER.index(one) < ORDER.index(State(after.state)) for one in wanted)


def _files(session: Session, ids: list[str]) -> list[QueuedFile]:
    """In the order of the ids."""
    rows = session.execute(
        select(Sighting, Root.name, Clip.title, Clip.derived_title)
        .join(Root, Root.id == Sighting.root_id)
        .outerjoin(Clip, Clip.id == Sighting.clip_id)
        .where(Sighting.id.in_(ids))
    )
    known = {one.id: _file(one, root, title or derived or "") for one, root, title, derived in rows}
    return [known[one] for one in ids if one in known]


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
        progress=one.progress,
        attempts=one.attempts,
        next_retry_at=one.next_retry_at,
        state_at=one.state_at,
    )


def roots(session: Session) -> tuple[WatchedRoot, ...]:
    """Every root that is watched or holds files, in order of their making."""
    rows = [
        (root, counting.up_to(session, select(Sighting.id).where(Sighting.root_id == root.id)))
        for root in session.scalars(select(Root).order_by(Root.id))
    ]
    return tuple(
        WatchedRoot(
            id=root.id,
            name=root.name,
            path=root.path,
            kind=root.kind,
            alarm=root.alarm,
            lost=root.lost,
            settled=root.loss_accepted is not None,
            events=root.events,
            paused_by=root.paused_by,
            viewing=root.viewing or "",
            last_pass_at=root.last_pass_at,
            files=count,
        )
        for root, count in rows
        if count or root.kind != "once"
    )


def story(session: Session, sighting_id: str) -> FileStory:
    """How one file came in. Raises NotFoundError."""
    one = holdings.sighting(session, sighting_id)
    root = session.get_one(Root, one.root_id)
    clip = session.get(Clip, one.clip_id) if one.clip_id else None
    title = (clip.title or clip.derived_title) if clip else ""
    runs = stages.of_clip(session, clip.id) if clip else []
    return FileStory(
        file=_file(one, root.name, title),
        path=holdings.display_name(os.fsencode(holdings.path_of(session, one))),
        steps=_steps(holdings.life(session, one.id)),
        stages=tuple(
            StageRun(run.stage, run.state, run.attempt, run.error, run.ms, run.finished_at)
            for run in runs
        ),
    )


def _steps(events: Iterable[SightingEvent]) -> tuple[Step, ...]:
    return tuple(Step(one.at, one.state, one.reason, one.actor) for one in events)


def every_file(session: Session, root_path: str) -> Iterator[dict[str, Any]]:
    """Each file of a root in order of its name: state, reason, next step and whole history."""
    root_id = select(Root.id).where(Root.path == root_path).scalar_subquery()
    lives: dict[str, list[SightingEvent]] = {}
    for event in session.scalars(
        select(SightingEvent)
        .join(Sighting, Sighting.id == SightingEvent.sighting_id)
        .where(Sighting.root_id == root_id)
        .order_by(SightingEvent.id)
    ):
        lives.setdefault(event.sighting_id, []).append(event)
    rows = session.scalars(
        select(Sighting).where(Sighting.root_id == root_id).order_by(Sighting.display)
    )
    for one in rows:
        yield {
            "id": one.id,
            "path": one.display,
            "bytes": one.byte_count,
            "clip": one.clip_id,
            "state": one.state,
            "reason": one.reason,
            "next_step": one.next_step,
            "stage": one.stage if one.state == State.RUNNING else None,
            "progress": one.progress if one.state == State.RUNNING else None,
            "attempts": one.attempts,
            "next_retry_at": one.next_retry_at and one.next_retry_at.isoformat(),
            "history": [
                asdict(step) | {"at": step.at.isoformat()} for step in _steps(lives.get(one.id, ()))
            ],
        }


def attention(session: Session) -> tuple[int, int]:
    """(files on their way, files held back): beside the ingest link, as `counting.up_to` tells."""
    arriving = select(Sighting.state).where(Sighting.state.in_(UNSETTLED))
    return counting.up_to(session, arriving, FEW), counting.up_to(session, held_back(), FEW)


def held_back() -> Select[str]:
    """Files that ask for a person."""
    return select(Sighting.state).where(Sighting.state == State.QUARANTINED)
