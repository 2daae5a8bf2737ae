"""Which clips need a proxy, who is making it, and what became of it.

A proxy is the clip's and not a file's: the clip is ready before it, and no file waits for it. One
row a clip that needs one; like sightings (`catalog.claims`), it is taken under a fence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    delete,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog import changes, counting, holdings, stages, timeline
from mediacatalog.catalog.base import Base
from mediacatalog.catalog.models import (
    Clip,
    ClipStage,
    Derivative,
    KeyframeRow,
    ProbeRecord,
    Root,
    ShotRow,
    Sighting,
    StoryboardCellRow,
)
from mediacatalog.errors import FencedError, NotFoundError
from mediacatalog.media import playable, proxy
from mediacatalog.values import Problem, State, utc_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from mediacatalog.media.proxy import Proxy

STAGE = "proxy"
STOPPED = "a person stopped it"
UNREADY = ("making", "waiting", "failed")
SETTLED = (State.READY, State.PARTIAL)
PAUSE_SECONDS, LONGEST_PAUSE = 30, 3600
MAX_ATTEMPTS = 6


class ProxyRow(Base):
    """A clip whose master not every browser plays."""

    __tablename__ = "proxies"
    __table_args__ = (Index("ix_proxies_state_priority_clip_id", "state", "priority", "clip_id"),)

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    """`waiting`, `making`, `ready`, or `failed` for a reason of the file."""
    way: Mapped[str] = mapped_column(String(8), default="")
    """`copy` or `encode`; empty until it is judged."""
    fingerprint: Mapped[str] = mapped_column(String(32), default="")
    """Of what it is made from: master, recipe, times."""
    reasons: Mapped[list[Any]] = mapped_column(JSON, default=list)
    media_type: Mapped[str] = mapped_column(Text, default="")
    """What a browser is asked before the proxy is taken (`playable.Verdict`)."""
    progress: Mapped[float] = mapped_column(Float, default=0.0)
    owner: Mapped[str | None] = mapped_column(String(64))
    fence: Mapped[int] = mapped_column(Integer, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    priority: Mapped[int] = mapped_column(Integer, default=10)
    next_retry_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Claim:
    """A proxy that somebody is to make, with all that the catalogue knows for it."""

    clip_id: str
    fence: int
    sha256: str
    way: str
    start_pts: int
    time_base: str
    duration_ms: int
    positions: tuple[int, ...]
    of: str
    """Fingerprint of the stage."""

    @property
    def key(self) -> str:
        return self.clip_id

    @property
    def name(self) -> str:
        return f"the proxy of clip {self.clip_id}"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a clip says of its proxy."""

    state: str
    way: str
    reasons: tuple[str, ...]
    media_type: str
    progress: float
    error: str
    recipe: str = ""
    sha256: str = ""
    byte_count: int = 0
    width: int = 0
    height: int = 0
    start_pts: int | None = None
    """The master's PTS at which the proxy's time begins."""


@dataclass(frozen=True, slots=True)
class Underway:
    """What the page of the ingest says of a proxy that isn't ready."""

    clip_id: str
    title: str
    state: str
    progress: float
    error: str


def underway(session: Session, most: int = 20) -> tuple[tuple[Underway, ...], int]:
    """Proxies that are being made, wait or failed, in this order; how many (`counting.up_to`)."""
    query = select(ProxyRow, Clip.title, Clip.derived_title)
    query = query.join(Clip, Clip.id == ProxyRow.clip_id)
    found: list[Underway] = []
    for state in UNREADY:
        rows = session.execute(
            query.where(ProxyRow.state == state)
            .order_by(ProxyRow.priority, ProxyRow.clip_id)
            .limit(most - len(found))
        )
        found += [
            Underway(row.clip_id, title or derived or row.clip_id, state, row.progress, row.error)
            for row, title, derived in rows
        ]
    unready = select(ProxyRow.state).where(ProxyRow.state.in_(UNREADY))
    return tuple(found), counting.up_to(session, unready)


def stop(session: Session, clip_id: str, *, actor: str) -> None:
    """A person wants no proxy: whoever makes it finds so at the next word of its progress.

    It stays so until somebody asks for it again. Raises NotFoundError if none is being made or
    waits.
    """
    row = session.get(ProxyRow, clip_id, with_for_update=True)
    if row is None or row.state not in {"making", "waiting"}:
        raise NotFoundError("proxy that is being made or waits, of clip", clip_id)
    _record(session, row, STOPPED, actor)
    _end_stage(session, clip_id)
    row.state, row.owner, row.progress, row.error = "failed", None, 0.0, STOPPED
    row.fence += 1


def start(session: Session, clip_id: str, *, actor: str) -> None:
    """A person wants a proxy that was stopped, or failed. Raises NotFoundError if none did."""
    row = session.get(ProxyRow, clip_id, with_for_update=True)
    if row is None or row.state != "failed":
        raise NotFoundError("proxy that was stopped or failed, of clip", clip_id)
    _record(session, row, "waiting", actor)
    again(session, holdings.clip(session, clip_id), priority=1)


def _record(session: Session, row: ProxyRow, after: str, actor: str) -> None:
    before = row.error if row.error == STOPPED else row.state
    changes.record(
        session,
        actor=actor,
        kind="clip",
        key=row.clip_id,
        field="proxy",
        before=before,
        after=after,
    )


def plan(session: Session, clip: Clip, *, priority: int = 10) -> None:
    """Judge a clip; from now on it waits for a proxy if it needs one and has none."""
    record = session.get(ProbeRecord, clip.id)
    verdict = playable.judge(record.facts if record else {})
    row = session.get(ProxyRow, clip.id)
    if verdict.way not in ("copy", "encode") or clip.start_pts is None:
        if row is not None:
            session.delete(row)
        session.execute(
            delete(Derivative).where(Derivative.clip_id == clip.id, Derivative.kind == STAGE)
        )
        return
    if row is None:
        row = ProxyRow(clip_id=clip.id, state="waiting", fingerprint="", fence=0)
        session.add(row)
    row.way, row.reasons, row.media_type = verdict.way, list(verdict.reasons), verdict.media_type
    shown = timeline.shape(session, clip.id)
    told = clip.sha256, proxy.RECIPE, row.way, f"{clip.start_pts}", clip.time_base + shown
    of = stages.fingerprint(*told)
    if row.fingerprint != of:  # else it is done, or waits for it, or is being made
        row.fingerprint = of
        _wait(row, priority)
    session.flush()


def again(session: Session, clip: Clip, *, priority: int = 10) -> bool:
    """Let the proxy be made anew; False when the clip needs none, or no bytes are here."""
    row, stage = session.get(ProxyRow, clip.id), session.get(ClipStage, (clip.id, STAGE))
    if row is not None:
        row.fingerprint = ""
    if stage is not None:
        stage.state, stage.fingerprint, stage.deaths = "todo", "", 0
    plan(session, clip, priority=priority)
    here = holdings.paths_of_clip(session, clip.id)
    return bool(here) and session.get(ProxyRow, clip.id) is not None


def _wait(row: ProxyRow, priority: int) -> None:
    """Whoever is making it now is fenced off."""
    row.state, row.owner, row.progress = "waiting", None, 0.0
    row.attempts, row.error, row.next_retry_at = 0, "", None
    row.fence, row.priority = row.fence + 1, priority


# --- taking and giving back -----------------------------------------------------------------------


def is_wanted(session: Session) -> bool:
    """Whether there is a proxy to make."""
    return session.scalar(_takeable().with_only_columns(ProxyRow.clip_id)) is not None


def _takeable() -> Select[ProxyRow]:
    readable = (
        select(Sighting.id)
        .join(Root, Root.id == Sighting.root_id)
        .where(
            Sighting.clip_id == ProxyRow.clip_id,
            Sighting.state.in_(SETTLED),
            Root.paused_by.is_(None),
        )
    )
    now, at = utc_now(), ProxyRow.next_retry_at
    # One that lies further ahead than any pause was planned before the clock was set back.
    planned_wrongly = at > now + timedelta(seconds=LONGEST_PAUSE)
    return (
        select(ProxyRow)
        .where(
            ProxyRow.state == "waiting",
            at.is_(None) | (at <= now) | planned_wrongly,
            readable.exists(),
        )
        .order_by(ProxyRow.priority, ProxyRow.clip_id)
        .limit(1)
    )


def take(session: Session, owner: str) -> Claim | None:
    """The most urgent proxy whose master can be read, taken for `owner`."""
    row = session.scalar(_takeable().with_for_update(skip_locked=True, of=ProxyRow))
    if row is None:
        return None
    clip = holdings.clip(session, row.clip_id)
    if not row.way:  # a clip that was there before proxies were: nobody has judged it yet
        plan(session, clip, priority=row.priority)
        session.flush()
        if session.get(ProxyRow, clip.id) is None:
            return take(session, owner)
    row.state, row.owner, row.progress = "making", owner, 0.0
    row.fence, row.attempts = row.fence + 1, row.attempts + 1
    session.flush()
    return Claim(
        clip_id=clip.id,
        fence=row.fence,
        sha256=clip.sha256,
        way=row.way,
        start_pts=clip.start_pts or 0,
        time_base=clip.time_base,
        duration_ms=clip.duration_ms or 0,
        positions=positions(session, clip.id),
        of=row.fingerprint,
    )


def positions(session: Session, clip_id: str) -> tuple[int, ...]:
    """PTS of the frames that the catalogue names."""
    found: set[int] = set()
    for column in (ShotRow.start_pts, KeyframeRow.pts, StoryboardCellRow.pts):
        found.update(session.scalars(select(column).where(column.class_.clip_id == clip_id)))
    return tuple(sorted(found))


def _claimed(session: Session, clip_id: str, fence: int) -> ProxyRow:
    row = session.get(ProxyRow, clip_id, with_for_update=True)
    if row is None or row.fence != fence or row.state != "making":
        raise FencedError(f"the proxy of clip {clip_id} was taken over, or isn't wanted any more")
    return row


def tell(session: Session, claim: Claim, part: float) -> None:
    """Say how far it is, 0 to 1. Raises FencedError."""
    _claimed(session, claim.clip_id, claim.fence).progress = part


def postpone(session: Session, claim: Claim, reason: str, *, give_up: bool = False) -> None:
    """Try again later, with growing pauses; with `give_up` not for ever. Raises FencedError."""
    row = _claimed(session, claim.clip_id, claim.fence)
    pause = min(LONGEST_PAUSE, PAUSE_SECONDS * 3 ** min(8, row.attempts - 1))
    row.state, row.owner, row.error = "waiting", None, reason[:1000]
    row.next_retry_at = utc_now() + timedelta(seconds=pause)
    _end_stage(session, claim.clip_id)
    if give_up and row.attempts >= MAX_ATTEMPTS:
        row.state = "failed"


def held(session: Session) -> Sequence[tuple[str, str]]:
    """(clip, owner) of proxies that somebody makes, or died over."""
    rows = session.execute(
        select(ProxyRow.clip_id, ProxyRow.owner).where(ProxyRow.state == "making")
    )
    return [(row.clip_id, row.owner or "") for row in rows]


def release(session: Session, clip_id: str, *, owner: str, let_go: bool = False) -> None:
    """Give back what `owner` has in hand; `let_go` when it ends orderly and nothing died."""
    row = session.get(ProxyRow, clip_id, with_for_update=True)
    if row is None or row.state != "making" or (row.owner or "") != owner:
        return
    row.state, row.owner, row.progress = "waiting", None, 0.0
    if let_go:
        _end_stage(session, clip_id)


def _end_stage(session: Session, clip_id: str) -> None:
    """The stage ends without a result, and without a death."""
    stage = session.get(ClipStage, (clip_id, STAGE))
    if stage is not None and stage.state == "running":
        stage.state = "todo"


# --- what became of it ----------------------------------------------------------------------------


def begin(session: Session, claim: Claim) -> tuple[int, int]:
    """(attempt, deaths in a row) of the stage. Raises FencedError."""
    _claimed(session, claim.clip_id, claim.fence)
    return stages.begin(session, claim.clip_id, STAGE)


def keep(session: Session, claim: Claim, attempt: int, made: Proxy, folder: str, ms: int) -> None:
    """The finished proxy replaces the one before. Raises FencedError."""
    row = _claimed(session, claim.clip_id, claim.fence)
    session.execute(
        delete(Derivative)
        .where(Derivative.clip_id == claim.clip_id, Derivative.kind == STAGE)
        .execution_options(synchronize_session=False)
    )
    session.add(
        Derivative(
            clip_id=claim.clip_id,
            kind=STAGE,
            recipe=f"{proxy.RECIPE} ({made.way})",
            path=f"{folder}/{made.file.name}",
            sha256=made.file.sha256,
            byte_count=made.file.byte_count,
            width=made.file.width,
            height=made.file.height,
            pts=claim.start_pts,
            verified_at=utc_now(),
        )
    )
    row.state, row.owner, row.progress, row.error = "ready", None, 1.0, ""
    stages.finish(session, claim.clip_id, STAGE, attempt, of=claim.of, ms=ms)
    _note(session, claim.clip_id, made.notes)


def fail(session: Session, claim: Claim, attempt: int, reason: str, ms: int) -> None:
    """The file gives none: a recorded problem; the clip stays usable. Raises FencedError."""
    row = _claimed(session, claim.clip_id, claim.fence)
    row.state, row.owner, row.error = "failed", None, reason[:1000]
    stages.finish(session, claim.clip_id, STAGE, attempt, of=claim.of, ms=ms)
    _note(session, claim.clip_id, (reason,))


def _note(session: Session, clip_id: str, messages: Sequence[str]) -> None:
    """Problems of the proxy, and the states that follow from them."""
    clip = session.get_one(Clip, clip_id, with_for_update=True)
    before = clip.problems
    timeline.keep_problems(clip, STAGE, [Problem(STAGE, one) for one in messages])
    if clip.problems == before:
        return
    state, reason = stages.verdict(session, clip)
    for sighting in holdings.sightings_of_clip(session, clip_id):
        if sighting.state in SETTLED:
            holdings.set_state(sighting, state, reason)
    clip.state = state
    session.flush()
    holdings.touch(session, [clip_id])


def folders(session: Session, clip_id: str, clip_folder: str) -> set[str]:
    """Folders of the store that hold the proxy, and the one that is being written."""
    paths = session.scalars(
        select(Derivative.path).where(Derivative.clip_id == clip_id, Derivative.kind == STAGE)
    )
    found = {path.rpartition("/")[0] for path in paths}
    stage = session.get(ClipStage, (clip_id, STAGE))
    if stage is not None and stage.state == "running":
        found.add(f"{clip_folder}/{STAGE}-{stage.attempt}")
    return found


def shown(session: Session, clip_id: str) -> Shown | None:
    """What there is to say of a clip's proxy; None when its master plays everywhere."""
    row = session.get(ProxyRow, clip_id)
    if row is None or not row.way:
        return None
    about = Shown(row.state, row.way, tuple(row.reasons), row.media_type, row.progress, row.error)
    one = session.scalar(
        select(Derivative).where(Derivative.clip_id == clip_id, Derivative.kind == STAGE)
    )
    if one is None:
        return about
    return Shown(
        row.state,
        row.way,
        about.reasons,
        row.media_type,
        row.progress,
        row.error,
        recipe=one.recipe,
        sha256=one.sha256,
        byte_count=one.byte_count,
        width=one.width,
        height=one.height,
        start_pts=one.pts,
    )
