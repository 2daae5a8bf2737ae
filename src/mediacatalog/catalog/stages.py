"""What is done for a clip, stage by stage: the truth that the job engine is rebuilt from.

A stage's result is committed only under the attempt that it began with (the fence), so a worker
that was taken for dead can't overwrite the work of its successor.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from mediacatalog.catalog import holdings
from mediacatalog.catalog.database import insert_into
from mediacatalog.catalog.models import ClipStage
from mediacatalog.errors import FencedError
from mediacatalog.values import State, utc_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.models import Clip, Sighting


def fingerprint(*parts: str) -> str:
    """What a stage's result depends on: its input and the version of its recipe."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def is_done(session: Session, clip_id: str, stage: str, of: str) -> bool:
    """Whether the stage was done (or failed for good) for this fingerprint."""
    row = session.get(ClipStage, (clip_id, stage))
    return row is not None and row.state in ("done", "failed") and row.fingerprint == of


def failure(session: Session, clip_id: str, stage: str) -> str:
    """Why the stage failed for good; empty when it didn't."""
    row = session.get(ClipStage, (clip_id, stage))
    return row.error if row is not None and row.state == "failed" else ""


def begin(session: Session, clip_id: str, stage: str) -> int:
    """Take a stage; returns the attempt, which `finish` must show."""
    now = utc_now()
    statement = insert_into(session, ClipStage).values(
        clip_id=clip_id,
        stage=stage,
        state="running",
        fingerprint="",
        attempt=1,
        error="",
        started_at=now,
    )
    taken = session.execute(
        statement.on_conflict_do_update(
            index_elements=["clip_id", "stage"],
            set_={
                "state": "running",
                "attempt": ClipStage.attempt + 1,
                "error": "",
                "started_at": now,
                "finished_at": None,
            },
        ).returning(ClipStage.attempt)
    ).scalar_one()
    return int(taken)


def finish(  # noqa: PLR0913 - each argument is a column
    session: Session,
    clip_id: str,
    stage: str,
    attempt: int,
    *,
    of: str,
    error: str = "",
    ms: int = 0,
) -> None:
    """Say that a stage is done, or failed for a reason of the file, under its attempt.

    Call it in the transaction that writes the stage's rows. Raises FencedError when somebody else
    has taken the stage since.
    """
    changed = session.execute(
        update(ClipStage)
        .where(ClipStage.clip_id == clip_id, ClipStage.stage == stage, ClipStage.attempt == attempt)
        .values(
            state="failed" if error else "done",
            fingerprint=of,
            error=error[:4000],
            finished_at=utc_now(),
            ms=ms,
        )
        .returning(ClipStage.stage)
        .execution_options(synchronize_session=False)
    ).scalar()
    if changed is None:
        raise FencedError(f"stage {stage} of clip {clip_id} was taken over by another worker")


def of_clip(session: Session, clip_id: str) -> list[ClipStage]:
    """The stages of a clip in the order in which they were begun."""
    return list(
        session.scalars(
            select(ClipStage).where(ClipStage.clip_id == clip_id).order_by(ClipStage.started_at)
        )
    )


def forget(session: Session, clip: Clip, stage: str) -> None:
    """Let a stage, and those that were begun after it, run again; the sightings wait for it."""
    rows = of_clip(session, clip.id)
    names = [row.stage for row in rows]
    for row in rows[names.index(stage) :] if stage in names else []:
        row.state, row.fingerprint = "todo", ""
    for one in holdings.sightings_of_clip(session, clip.id):
        if one.state not in (State.OFFLINE, State.IGNORED, State.RUNNING):
            holdings.set_state(one, State.WAITING, f"stage {stage} is to run again")
            return


LAST = "index"
"""A clip whose last stage is done has been through the whole line."""


def verdict(session: Session, clip: Clip) -> tuple[State, str]:
    """What the recorded stages say of a clip whose bytes are here, and why."""
    rows = {row.stage: row for row in of_clip(session, clip.id)}
    failed = [row.error for row in rows.values() if row.state == "failed"]
    if failed:
        return State.QUARANTINED, failed[0]
    if LAST not in rows or rows[LAST].state != "done":
        return State.WAITING, ""
    reason = "; ".join(list(dict.fromkeys(one["message"] for one in clip.problems))[:3])
    return (State.PARTIAL if clip.problems else State.READY), reason


def settle(session: Session, clip: Clip) -> State:
    """Give a clip the state that follows from its sightings and stages; search is told of a change.

    A clip is offline when its bytes can be reached at no path; it keeps all that is known of it.
    """
    states = {one.state for one in holdings.sightings_of_clip(session, clip.id)}
    if states <= {State.OFFLINE, State.IGNORED}:
        wanted = State.OFFLINE
    else:
        wanted, _ = verdict(session, clip)
    if clip.state != wanted:
        clip.state = wanted
        session.flush()
        holdings.touch(session, [clip.id])
    return wanted


def part(session: Session, one: Sighting) -> None:
    """The bytes at this path aren't those of its clip any more; the clip stays, maybe offline."""
    before, one.clip_id = one.clip_id, None
    session.flush()
    if before is not None:
        settle(session, holdings.clip(session, before))
