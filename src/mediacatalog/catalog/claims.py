"""Who works on which file: taking, fences, giving back, and trying again later.

A claim gives a fence, a number that grows with every claim. Whoever writes a result shows it, so
that a worker that was taken for dead can't overwrite the work of its successor.
"""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from mediacatalog.catalog import holdings
from mediacatalog.catalog.models import Root, Sighting
from mediacatalog.errors import FencedError
from mediacatalog.values import State, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, Select
    from sqlalchemy.orm import Session

RETRY_BASE_SECONDS = 5
LONGEST_PAUSE = 1200
"""Faults of the world are retried with growing pauses, up to this one (seconds)."""
MAX_ATTEMPTS = 6
"""After so many of an unforeseen fault a person is asked."""
DIED = "workers died while they read it; others go first"
LONGEST_WAIT = timedelta(hours=1)
"""No retry lies further ahead: one that seems to was planned before the clock was set back."""


# Asked more than ten times for each clip: making a statement costs as much as running it.
_CLAIMED = (
    select(Sighting)
    .where(
        Sighting.id == bindparam("sighting"),
        Sighting.fence == bindparam("its_fence"),
        Sighting.state == State.RUNNING,
    )
    .with_for_update()
)


def claim(session: Session, sighting_id: str, owner: str) -> int | None:
    """Take a waiting sighting for `owner`; returns the fence, or None when it isn't to be had."""
    fence = session.execute(
        update(Sighting)
        .where(Sighting.id == sighting_id, Sighting.state == State.WAITING)
        .values(
            state=State.RUNNING,
            reason="",
            next_step=holdings.NEXT_STEPS[State.RUNNING],
            state_at=utc_now(),
            next_retry_at=None,
            owner=owner,
            progress=0.0,
            fence=Sighting.fence + 1,
            attempts=Sighting.attempts + 1,
        )
        .returning(Sighting.fence)
        .execution_options(synchronize_session=False)
    ).scalar()
    if fence is not None:
        holdings.note(session, sighting_id, State.RUNNING, "", owner)
    return fence


def take(
    session: Session, owner: str, *, limit: int, below_bytes: int | None = None
) -> list[tuple[str, int]]:
    """Claim the most urgent waiting sightings: (id, fence) of each, `limit` at most.

    None when the most urgent is one over which workers died: see `take_suspect`; nor, with
    `below_bytes`, when it is larger.
    """
    fit = itertools.takewhile(
        lambda row: not row.deaths and (below_bytes is None or row.byte_count < below_bytes),
        _locked(session, limit),
    )
    return _claimed(session, owner, fit)


def take_suspect(session: Session, owner: str) -> list[tuple[str, int]]:
    """Claim the most urgent waiting sighting although workers died over it.

    For an owner with nothing else in hand: so it takes no other file down with it, nor is it
    blamed for another's doing.
    """
    return _claimed(session, owner, _locked(session, 1))


def _locked(session: Session, limit: int) -> Sequence[Row[str, int, int]]:
    return session.execute(
        _takeable().limit(limit).with_for_update(of=Sighting, skip_locked=True)
    ).all()


def _claimed(
    session: Session, owner: str, rows: Iterable[Row[str, int, int]]
) -> list[tuple[str, int]]:
    taken = ((row.id, claim(session, row.id, owner)) for row in rows)
    return [(one, fence) for one, fence in taken if fence is not None]


def waiting(session: Session, *, limit: int) -> Sequence[str]:
    """Ids of sightings that a worker may take now: a person's uploads first, then by age.

    Behind those of the same priority come those over which workers died.
    """
    return [row.id for row in session.execute(_takeable().limit(limit))]


def _takeable() -> Select[str, int, int]:
    return (
        select(Sighting.id, Sighting.deaths, Sighting.byte_count)
        .join(Root, Root.id == Sighting.root_id)
        .where(Sighting.state == State.WAITING, _due(), Root.paused_by.is_(None))
        .order_by(Sighting.priority, Sighting.deaths, Sighting.id)
    )


def _due() -> ColumnElement[bool]:
    now, at = utc_now(), Sighting.next_retry_at
    return at.is_(None) | (at <= now) | (at > now + LONGEST_WAIT)


def claimed(session: Session, sighting_id: str, fence: int) -> Sighting:
    """The sighting, locked until the transaction ends, if the claim still holds.

    Raises FencedError when somebody else has taken it since, or a person stopped it.
    """
    one = session.scalar(_CLAIMED, {"sighting": sighting_id, "its_fence": fence})
    if one is None:
        raise FencedError(f"sighting {sighting_id} was taken over or stopped")
    return one


def goes_on(session: Session, one: Sighting) -> bool:
    """False for a claimed sighting whose root was paused meanwhile: it is given back."""
    by = session.get_one(Root, one.root_id).paused_by
    if by is None:
        return True
    one.attempts -= 1
    holdings.set_state(
        one, State.WAITING, f"{by} paused the folder", next_step="goes on when it is resumed"
    )
    return False


def resumable(session: Session, sighting_id: str, fence: int, owner: str) -> bool:
    """Go on, as `owner`, with what a worker had in hand when it died.

    False when it wasn't the first to die over this file, which is given back and waits its turn.
    Raises FencedError when the claim is gone.
    """
    one = claimed(session, sighting_id, fence)
    one.owner = owner
    if one.deaths:
        holdings.set_state(one, State.WAITING, DIED)
        one.attempts -= 1
    return not one.deaths


def tell_progress(session: Session, sighting_id: str, fence: int, part: float) -> None:
    """Say how far the running stage is, 0 to 1. Raises FencedError when the claim is gone."""
    told = session.execute(
        update(Sighting)
        .where(Sighting.id == sighting_id, Sighting.fence == fence, Sighting.state == State.RUNNING)
        .values(progress=part)
        .returning(Sighting.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if told is None:
        raise FencedError(f"sighting {sighting_id} was taken over or stopped")


def running(session: Session) -> Sequence[tuple[str, str | None]]:
    """(id, owner) of the sightings that somebody works on, or died over."""
    rows = session.execute(
        select(Sighting.id, Sighting.owner).where(Sighting.state == State.RUNNING)
    )
    return [(row.id, row.owner) for row in rows]


def is_being_read(session: Session, clip_id: str, except_sighting: str) -> Sighting | None:
    """Another sighting of the same bytes that a worker has in hand."""
    return session.scalar(
        select(Sighting)
        .where(
            Sighting.clip_id == clip_id,
            Sighting.state == State.RUNNING,
            Sighting.id != except_sighting,
        )
        .limit(1)
    )


def wait_for(one: Sighting, other: Sighting) -> None:
    """Let a sighting wait while the same bytes are read at another path; no attempt is lost."""
    holdings.set_state(one, State.WAITING, f"the same bytes are being read at {other.display}")
    one.attempts -= 1
    one.next_retry_at = utc_now() + timedelta(seconds=RETRY_BASE_SECONDS)


def wait_until(session: Session, sighting_id: str, fence: int, when: datetime, reason: str) -> None:
    """Give a claimed sighting back until `when`; no attempt is lost.

    Raises FencedError when the claim is gone.
    """
    one = claimed(session, sighting_id, fence)
    holdings.set_state(one, State.WAITING, reason, next_step=f"goes on at {when:%H:%M:%S} UTC")
    one.attempts -= 1
    one.next_retry_at = when


def postpone(
    session: Session, sighting_id: str, fence: int, reason: str, *, give_up: bool = False
) -> datetime | None:
    """Try again later, with growing pauses. Returns when.

    With `give_up` the sighting is quarantined after MAX_ATTEMPTS (returns None) and a person may
    retry it; without, the fault is the world's, and it is tried until the world is well again.
    Raises FencedError when the claim is gone.
    """
    one = claimed(session, sighting_id, fence)
    if give_up and one.attempts >= MAX_ATTEMPTS:
        gave_up = f"gave up after {one.attempts} attempts: {reason}"
        holdings.set_state(one, State.QUARANTINED, gave_up)
        return None
    pause = min(LONGEST_PAUSE, RETRY_BASE_SECONDS * 3 ** min(10, max(0, one.attempts - 1)))
    when = utc_now() + timedelta(seconds=pause)
    next_step = f"attempt {one.attempts + 1} at {when:%H:%M:%S} UTC"
    holdings.set_state(one, State.WAITING, reason, next_step=next_step)
    one.next_retry_at = when
    return when


def release(session: Session, sighting_id: str) -> None:
    """Give a running sighting back: whoever had it is gone."""
    one = holdings.sighting(session, sighting_id)
    if one.state == State.RUNNING:
        gone = "the worker that had it stopped; it goes on where it was"
        holdings.set_state(one, State.WAITING, gone, actor=one.owner or "")
