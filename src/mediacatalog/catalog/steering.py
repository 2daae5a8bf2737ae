"""What people decide about the ingest: again, leave alone, good as it is, pause, settle an alarm.

Every decision is recorded with what stood there before, and in the history of the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mediacatalog.catalog import changes, holdings, stages
from mediacatalog.catalog.models import ClipStage
from mediacatalog.errors import InvalidValueError, StaleEditError
from mediacatalog.values import State

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.models import Clip, Sighting


def retry(session: Session, sighting_id: str, *, actor: str) -> None:
    """Let a worker take a file again, whatever became of it before."""
    one = holdings.sighting(session, sighting_id)
    if one.state == State.RUNNING:
        return
    if one.state == State.WAITING:
        one.next_retry_at, one.priority = None, 1
        return
    _record(session, "sighting", sighting_id, "state", one.state, State.WAITING, actor)
    if one.clip_id is not None:
        for row in session.scalars(
            select(ClipStage).where(ClipStage.clip_id == one.clip_id, ClipStage.state == "failed")
        ):
            row.state, row.fingerprint = "todo", ""
    one.attempts, one.priority, one.deaths = 0, 1, 0
    holdings.set_state(one, State.WAITING, "a person asked to try again", actor=actor)


def ignore(session: Session, sighting_id: str, *, actor: str) -> None:
    """Leave a file alone from now on; it stays where it is and stays listed.

    One that is being read is stopped: its worker finds the claim gone at its next step.
    """
    one = holdings.sighting(session, sighting_id)
    if one.state == State.IGNORED:
        return
    _record(session, "sighting", sighting_id, "state", one.state, State.IGNORED, actor)
    stopped = one.state == State.RUNNING
    if stopped:
        stages.let_go(session, [one.id])
    said = "a person stopped it" if stopped else "a person said so"
    holdings.set_state(one, State.IGNORED, said, actor=actor)
    session.flush()
    if one.clip_id is not None:
        stages.settle(session, holdings.clip(session, one.clip_id))


def accept(session: Session, sighting_id: str, *, actor: str) -> None:
    """It is good as it is: an unfinished file is read now, known problems are no longer open.

    Raises InvalidValueError for a file of which there is nothing to accept.
    """
    one = holdings.sighting(session, sighting_id)
    if one.state == State.ARRIVING:
        _record(session, "sighting", sighting_id, "state", one.state, State.WAITING, actor)
        one.priority, one.attempts = 1, 0
        holdings.set_state(one, State.WAITING, "a person said that it is complete", actor=actor)
    elif one.state == State.PARTIAL and one.clip_id is not None:
        _accept_problems(session, one, actor)
    else:
        raise InvalidValueError("file", f"there is nothing to accept while it is {one.state}")


def _accept_problems(session: Session, one: Sighting, actor: str) -> None:
    clip = holdings.clip(session, one.clip_id or "")
    _record(session, "clip", clip.id, "problems", "open", "accepted", actor)
    clip.problems = [problem | {"accepted_by": actor} for problem in clip.problems]
    session.flush()
    state, reason = stages.verdict(session, clip)
    for sighting in holdings.sightings_of_clip(session, clip.id):
        if sighting.state == State.PARTIAL:
            holdings.set_state(sighting, state, reason, actor=actor)
    session.flush()
    stages.settle(session, clip)


def pause(session: Session, root_id: str, *, actor: str) -> None:
    """Begin no file of this root; what is being read stops before its next stage."""
    root = holdings.root_by_id(session, root_id)
    if root.paused_by is None:
        _record(session, "root", root_id, "paused_by", None, actor, actor)
        root.paused_by = actor


def resume(session: Session, root_id: str, *, actor: str) -> None:
    root = holdings.root_by_id(session, root_id)
    if root.paused_by is not None:
        _record(session, "root", root_id, "paused_by", root.paused_by, None, actor)
        root.paused_by = None


def viewing_of(session: Session, clip_id: str, sighting_id: str) -> str:
    """As a person chose for the clip, else for the root of the file; empty if for neither."""
    root_id = holdings.sighting(session, sighting_id).root_id
    of_root = holdings.root_by_id(session, root_id).viewing
    return holdings.clip(session, clip_id).viewing or of_root or ""


def viewing_of_clip(session: Session, clip: Clip) -> str:
    """The same of a clip that isn't being read: by its first file that is watched for."""
    for one in holdings.sightings_of_clip(session, clip.id):
        if one.state not in (State.OFFLINE, State.IGNORED):
            return viewing_of(session, clip.id, one.id)
    return clip.viewing or ""


def watch_clip_as(
    session: Session,
    clip: Clip,
    viewing: str,
    *,
    actor: str,
    batch_id: str | None = None,
    reason: str = "",
) -> None:
    """How one clip is watched through; empty: as its root says. Raises InvalidValueError."""
    wanted = manner(viewing)
    if clip.viewing != wanted:
        changes.record(
            session,
            actor=actor,
            kind="clip",
            key=clip.id,
            field="viewing",
            before=clip.viewing,
            after=wanted,
            batch_id=batch_id,
            reason=reason,
        )
        clip.viewing = wanted


MANNERS = ("full", "balanced")


def mark(viewing: str) -> str:
    """What the name of the recipe ends with when a clip is watched through in this manner."""
    return "-balanced" if viewing == "balanced" else ""


def watch_as(session: Session, root_id: str, viewing: str, *, actor: str) -> None:
    """How files of a root are watched through from now on; empty: as the settings say.

    Raises InvalidValueError. What was watched stays as it is until it is run again.
    """
    root = holdings.root_by_id(session, root_id)
    wanted = manner(viewing)
    if root.viewing != wanted:
        _record(session, "root", root_id, "viewing", root.viewing, wanted, actor)
        root.viewing = wanted


def manner(viewing: str) -> str | None:
    """One of MANNERS, or None for an empty word. Raises InvalidValueError."""
    if viewing and viewing not in MANNERS:
        raise InvalidValueError("viewing", f"{viewing!r} is none of {', '.join(MANNERS)}")
    return viewing or None


def accept_loss(session: Session, root_id: str, *, lost: int | None = None, actor: str) -> None:
    """The files that the alarm misses are gone, or it is the right folder without its marker.

    At the next pass they go offline, and a marker is written; nothing is deleted. `lost` is the
    number that the person saw: raises StaleEditError when the alarm misses another number now, and
    InvalidValueError when there is no alarm.
    """
    root = holdings.root_by_id(session, root_id)
    if root.alarm is None:
        raise InvalidValueError("root", "there is no alarm to settle")
    if lost is not None and lost != root.lost:
        raise StaleEditError("root", root.name)
    _record(session, "root", root_id, "alarm", root.alarm, None, actor)
    root.loss_accepted = root.lost


def give_masters_up(session: Session, root_id: str, gives: bool, *, actor: str) -> None:  # noqa: FBT001 - it is the value
    """Whether a purge may remove masters from it. Raises NotFoundError."""
    root = holdings.root_by_id(session, root_id)
    if root.gives_masters_up != gives:
        told = ("keep", "give up")
        before, after = told[root.gives_masters_up], told[gives]
        _record(session, "root", root_id, "masters", before, after, actor)
        root.gives_masters_up = gives


def _record(  # noqa: PLR0913, PLR0917 - each argument is a column of the history
    session: Session,
    kind: str,
    key: str,
    field: str,
    before: str | None,
    after: str | None,
    actor: str,
) -> None:
    changes.record(
        session,
        actor=actor,
        kind=kind,
        key=key,
        field=field,
        before=None if before is None else str(before),
        after=None if after is None else str(after),
    )
