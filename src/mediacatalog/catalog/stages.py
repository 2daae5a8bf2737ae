"""What is done for a clip, stage by stage: the truth that the job engine is rebuilt from.

A stage's result is committed only under the attempt that it began with (the fence), so a worker
that was taken for dead can't overwrite the work of its successor.
"""

from __future__ import annotations

import functools
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from sqlalchemy import bindparam, case, select, update

from mediacatalog.catalog import holdings
from mediacatalog.catalog.database import insert_of
from mediacatalog.catalog.models import ClipStage, Sighting
from mediacatalog.errors import FencedError
from mediacatalog.values import State, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Executable, Row, Table
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.models import Clip


_STAGES = cast("Table", ClipStage.__table__)
_ENDED = select(_STAGES.c.stage, _STAGES.c.fingerprint, _STAGES.c.error).where(
    _STAGES.c.clip_id == bindparam("its_clip"), _STAGES.c.state.in_(("done", "failed"))
)


def fingerprint(*parts: str) -> str:
    """What a stage's result depends on: its input and the version of its recipe."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def is_done(session: Session, clip_id: str, stage: str, of: str) -> bool:
    """Whether the stage was done (or failed for good) for this fingerprint."""
    row = session.get(ClipStage, (clip_id, stage))
    return row is not None and row.state in ("done", "failed") and row.fingerprint == of


def ended(session: Session, clip_id: str) -> dict[str, Row[str, str, str]]:
    """(stage, fingerprint, error) of each that is done, or failed for good (then with an error)."""
    return {row.stage: row for row in session.execute(_ENDED, {"its_clip": clip_id})}


ORDER = ("probe", "quick_look", "watch_through", "poster", "captions", "articles", "index")
"""The stages of a clip, as they follow one another."""
MAX_DEATHS = 5
"""A stage in which workers died so often in a row is given up: the file may well be the cause."""


PAUSE_SECONDS = 5
"""After the second death in a row, and three times as long after each one more: so a file that
kills its workers costs the others little, and whoever kills workers at random hits many files."""


def held_until(session: Session, clip_id: str) -> datetime | None:
    """When the stage that its workers died in may be begun again; None for now."""
    row = session.scalar(
        select(ClipStage).where(ClipStage.clip_id == clip_id, ClipStage.state == "running").limit(1)
    )
    if row is None or row.started_at is None or not row.deaths:
        return None
    until = row.started_at + timedelta(seconds=PAUSE_SECONDS * 3 ** min(8, row.deaths - 1))
    now = utc_now()
    # One that lies further ahead than its pause was begun before the clock was set back.
    return until if now < until and row.started_at <= now else None


def begin(session: Session, clip_id: str, stage: str) -> tuple[int, int]:
    """Take a stage: (attempt, which `finish` must show; deaths of workers in it, in a row)."""
    taken = {"clip_id": clip_id, "stage": stage, "started_at": utc_now()}
    attempt, deaths = session.execute(_begun(session.get_bind().dialect.name), taken).one()
    return int(attempt), int(deaths)


@functools.cache
def _begun(dialect: str) -> Executable:
    """Made once: it is run for every stage of every clip."""
    insert = insert_of(dialect, ClipStage).values(
        state="running", fingerprint="", attempt=1, deaths=0, error=""
    )
    return insert.on_conflict_do_update(
        index_elements=["clip_id", "stage"],
        set_={
            "state": "running",
            "attempt": ClipStage.attempt + 1,
            # One that still runs was neither finished nor let go: whoever had it died.
            "deaths": case((ClipStage.state == "running", ClipStage.deaths + 1), else_=0),
            "error": "",
            "started_at": insert.excluded.started_at,
            "finished_at": None,
        },
    ).returning(ClipStage.attempt, ClipStage.deaths)


def let_go(session: Session, sighting_ids: Iterable[str]) -> None:
    """The stages that run for these sightings end without a result, and without a death."""
    clips = select(Sighting.clip_id).where(Sighting.id.in_(tuple(sighting_ids)))
    session.execute(
        update(ClipStage)
        .where(ClipStage.clip_id.in_(clips), ClipStage.state == "running")
        .values(state="todo")
        .execution_options(synchronize_session=False)
    )


_FINISHED = (
    update(_STAGES)
    .where(
        _STAGES.c.clip_id == bindparam("its_clip"),
        _STAGES.c.stage == bindparam("its_stage"),
        _STAGES.c.attempt == bindparam("its_attempt"),
    )
    .values(
        {name: bindparam(name) for name in ("state", "fingerprint", "error", "finished_at", "ms")}
        | {"deaths": 0}
    )
    .returning(_STAGES.c.stage)
)


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
    result = {
        "its_clip": clip_id,
        "its_stage": stage,
        "its_attempt": attempt,
        "state": "failed" if error else "done",
        "fingerprint": of,
        "error": error[:4000],
        "finished_at": utc_now(),
        "ms": ms,
    }
    changed = session.execute(_FINISHED, result).scalar()
    if changed is None:
        raise FencedError(f"stage {stage} of clip {clip_id} was taken over by another worker")


def of_clip(session: Session, clip_id: str) -> list[ClipStage]:
    """The stages of a clip in the order in which they were begun."""
    return list(
        session.scalars(
            select(ClipStage).where(ClipStage.clip_id == clip_id).order_by(ClipStage.started_at)
        )
    )


def forget(session: Session, clip: Clip, names: Sequence[str], *, priority: int = 10) -> bool:
    """Let the named stages run again; a sighting waits for it. False when no bytes are here."""
    for row in of_clip(session, clip.id):
        if row.stage in names:
            row.state, row.fingerprint, row.deaths = "todo", "", 0
    present = _present(session, clip)
    busy = any(one.state in (State.RUNNING, State.ARRIVING) for one in present)
    if present and not busy:
        present[0].priority, present[0].attempts, present[0].deaths = priority, 0, 0
        again = f"stage {names[0]} is to run again"
        holdings.set_state(present[0], State.WAITING, again)
    return bool(present)


def _present(session: Session, clip: Clip) -> list[Sighting]:
    away = (State.OFFLINE, State.IGNORED)
    return [one for one in holdings.sightings_of_clip(session, clip.id) if one.state not in away]


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
    open_ones = [one for one in clip.problems if not one.get("accepted_by")]
    reason = "; ".join(list(dict.fromkeys(one["message"] for one in open_ones))[:3])
    return (State.PARTIAL if open_ones else State.READY), reason


def settle(session: Session, clip: Clip) -> State:
    """Give a clip the state that follows from its sightings and stages; search is told of a change.

    A clip is offline when its bytes can be reached at no path; it keeps all that is known of it.
    """
    present = _present(session, clip)
    wanted = verdict(session, clip)[0] if present else State.OFFLINE
    unsettled = (State.WAITING, State.RUNNING, State.ARRIVING)
    if wanted == State.WAITING and not any(one.state in unsettled for one in present):
        # The path at which the bytes were being read is gone.
        holdings.set_state(present[0], State.WAITING, "goes on at this path")
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
