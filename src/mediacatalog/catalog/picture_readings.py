"""Which clips' keyframes are still to be read for text, who reads them, and what was read.

A reading is the clip's and no file waits for it: one row a clip that has keyframes, taken under a
fence as proxies are (`catalog.proxies`). What people decided about a text is kept apart from what
machines read (`catalog.picture_texts`), so that a new reading can replace all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, delete, exists, func, or_, select, update

from mediacatalog.catalog import holdings, stages
from mediacatalog.catalog.models import Clip, Derivative, KeyframeRow, Root, ShotRow, Sighting
from mediacatalog.catalog.picture_models import PictureDismissal, PictureReading, PictureText
from mediacatalog.errors import FencedError
from mediacatalog.text import fold
from mediacatalog.values import State, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from mediacatalog.media.burned_in import Line

STAGE = "picture_text"
"""What `mediacatalog rerun` calls it."""
WAITING, READING, DONE, FAILED = "waiting", "reading", "done", "failed"
MOST_KEYFRAMES = 60
"""Of a clip, spread evenly over it: a second or two each."""
MOST_ATTEMPTS = 5
PAUSE_SECONDS, LONGEST_PAUSE = 30, 3600
LONGEST_KEY = 200


class Keyframe(NamedTuple):
    """A picture to read, and what it shows."""

    path: str
    """Below the derivatives folder."""
    pts: int
    start_ms: int
    end_ms: int
    """Of its shot."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A clip that somebody is to read."""

    clip_id: str
    fence: int
    keyframes: tuple[Keyframe, ...]
    count: int
    """Of all its keyframes."""

    @property
    def key(self) -> str:
        return self.clip_id

    @property
    def name(self) -> str:
        return f"the text in the pictures of clip {self.clip_id}"


def key_of(text: str) -> str:
    """By which a line is known again when it is read anew: its folded letters."""
    return fold(text)[:LONGEST_KEY] or text[:LONGEST_KEY]


def plan(session: Session, clip: Clip, *, priority: int = 10) -> None:
    """From now on a clip waits to be read if its keyframes weren't, or it could not be."""
    pictures = _pictures(session, clip.id)
    row = session.get(PictureReading, clip.id)
    if not pictures:
        for table in (PictureReading, PictureText):
            gone = delete(table).where(table.clip_id == clip.id)
            session.execute(gone.execution_options(synchronize_session=False))
        return
    of = stages.fingerprint(*(f"{one.pts} {sha256}" for one, sha256 in pictures))
    if row is None:
        row = PictureReading(clip_id=clip.id, state=WAITING, fence=0)
        session.add(row)
    if row.of != of or row.state == FAILED:
        row.of = of
        _wait(row, priority)
    session.flush()


def again(session: Session, clip: Clip, *, priority: int = 10) -> bool:
    """Let a clip be read anew; False when it has no keyframes."""
    plan(session, clip, priority=priority)
    row = session.get(PictureReading, clip.id)
    if row is None:
        return False
    _wait(row, priority)
    return True


def are_stale(session: Session, recipe: str) -> bool:
    """Whether any were read by another recipe."""
    return session.scalar(select(PictureReading.clip_id).where(_stale(recipe)).limit(1)) is not None


def _stale(recipe: str) -> ColumnElement[bool]:
    # Two ranges, which the index finds at once where there are none.
    other = or_(PictureReading.recipe < recipe, PictureReading.recipe > recipe)
    return and_(PictureReading.state == DONE, other)


def renew(session: Session, recipe: str) -> int:
    """Let all wait again that were read by another recipe; returns how many."""
    result = session.execute(
        update(PictureReading)
        .where(_stale(recipe))
        .values(state=WAITING, attempts=0, priority=30, next_retry_at=None, error="")
        .returning(PictureReading.clip_id)
        .execution_options(synchronize_session=False)
    )
    return len(result.all())


def _wait(row: PictureReading, priority: int) -> None:
    """Whoever is reading it now is fenced off."""
    row.state, row.owner, row.attempts, row.error = WAITING, None, 0, ""
    row.fence, row.priority, row.next_retry_at = (row.fence or 0) + 1, priority, None


def _pictures(session: Session, clip_id: str) -> list[tuple[Keyframe, str]]:
    """Each keyframe with its SHA-256, in the film's order."""
    rows = session.execute(
        select(Derivative.path, Derivative.sha256, KeyframeRow.pts, KeyframeRow.ms, ShotRow.end_ms)
        .join(
            KeyframeRow,
            (KeyframeRow.clip_id == Derivative.clip_id) & (KeyframeRow.number == Derivative.number),
        )
        .join(
            ShotRow,
            (ShotRow.clip_id == KeyframeRow.clip_id) & (ShotRow.number == KeyframeRow.number),
        )
        .where(Derivative.clip_id == clip_id, Derivative.kind == "keyframe")
        .order_by(KeyframeRow.ms, KeyframeRow.number)
    )
    return [(Keyframe(path, pts, ms, end), sha256) for path, sha256, pts, ms, end in rows]


# --- taking and giving back -----------------------------------------------------------------------


def is_wanted(session: Session) -> bool:
    """Whether there is a clip to read."""
    return session.scalar(_takeable().with_only_columns(PictureReading.clip_id)) is not None


def _takeable() -> Select[PictureReading]:
    """One whose root nobody paused."""
    now, at = utc_now(), PictureReading.next_retry_at
    # One that lies further ahead than any pause was planned before the clock was set back.
    planned_wrongly = at > now + timedelta(seconds=LONGEST_PAUSE)
    paused = (
        exists()
        .where(Sighting.clip_id == PictureReading.clip_id, Sighting.root_id == Root.id)
        .where(Root.paused_by.is_not(None))
    )
    settled = exists().where(
        Clip.id == PictureReading.clip_id,
        Clip.state.in_((State.READY, State.PARTIAL, State.OFFLINE)),
    )
    return (
        select(PictureReading)
        .where(PictureReading.state == WAITING, or_(at.is_(None), at <= now, planned_wrongly))
        .where(settled, ~paused)
        .order_by(PictureReading.priority, PictureReading.clip_id)
        .limit(1)
    )


def take(session: Session, owner: str) -> Claim | None:
    """The most urgent clip, taken for `owner`."""
    row = session.scalar(_takeable().with_for_update(skip_locked=True, of=PictureReading))
    if row is None:
        return None
    row.state, row.owner = READING, owner
    row.fence, row.attempts = row.fence + 1, row.attempts + 1
    session.flush()
    every = [one for one, _ in _pictures(session, row.clip_id)]
    return Claim(row.clip_id, row.fence, tuple(_spread(every)), len(every))


def _spread(every: Sequence[Keyframe]) -> Iterable[Keyframe]:
    most = min(len(every), MOST_KEYFRAMES)
    return (every[number * len(every) // most] for number in range(most))


def _claimed(session: Session, claim: Claim, *, lock: bool = True) -> PictureReading:
    row = session.get(PictureReading, claim.clip_id, with_for_update=lock)
    if row is None or row.fence != claim.fence or row.state != READING:
        raise FencedError(f"{claim.name} is read by another, or the clip is gone")
    return row


def check(session: Session, claim: Claim) -> None:
    """Raises FencedError if it was taken over, or the clip is gone."""
    _claimed(session, claim, lock=False)


def postpone(session: Session, claim: Claim, reason: str, *, give_up: bool = False) -> None:
    """Try again later, with growing pauses; with `give_up` not for ever. Raises FencedError."""
    row = _claimed(session, claim)
    pause = min(LONGEST_PAUSE, PAUSE_SECONDS * 3 ** min(8, row.attempts - 1))
    row.state = FAILED if give_up and row.attempts >= MOST_ATTEMPTS else WAITING
    row.owner, row.error = None, reason[:1000]
    row.next_retry_at = utc_now() + timedelta(seconds=pause)


def held(session: Session) -> Sequence[tuple[str, str]]:
    """(clip, owner) of those that somebody reads, or died over."""
    rows = session.execute(
        select(PictureReading.clip_id, PictureReading.owner).where(PictureReading.state == READING)
    )
    return [(row.clip_id, row.owner or "") for row in rows]


def release(session: Session, clip_id: str, *, owner: str, let_go: bool = False) -> None:
    """Give back what `owner` has in hand; `let_go` when it ends orderly and nothing died."""
    row = session.get(PictureReading, clip_id, with_for_update=True)
    if row is None or row.state != READING or (row.owner or "") != owner:
        return
    row.attempts -= let_go
    row.state = FAILED if row.attempts >= MOST_ATTEMPTS else WAITING
    row.owner, row.error = None, "" if let_go else "a worker died while it read the pictures"


# --- what was read --------------------------------------------------------------------------------


def keep(
    session: Session, claim: Claim, recipe: str, read: Sequence[tuple[Keyframe, Sequence[Line]]]
) -> None:
    """The lines replace those of the reading before. Raises FencedError."""
    row = _claimed(session, claim)
    no = set(
        session.scalars(
            select(PictureDismissal.folded).where(PictureDismissal.clip_id == claim.clip_id)
        )
    )
    texts: list[PictureText] = []
    for key, lines in read:
        for line in lines:
            folded = key_of(line.text)
            texts.append(
                PictureText(
                    clip_id=claim.clip_id,
                    number=len(texts),
                    pts=key.pts,
                    start_ms=key.start_ms,
                    end_ms=max(key.end_ms, key.start_ms),
                    text=line.text,
                    folded=folded,
                    confidence=line.confidence,
                    left=line.left,
                    top=line.top,
                    width=line.width,
                    height=line.height,
                    dismissed=folded in no,
                )
            )
    own = PictureText.clip_id == claim.clip_id
    had = session.scalar(select(func.count()).select_from(PictureText).where(own)) or 0
    session.execute(delete(PictureText).where(own).execution_options(synchronize_session=False))
    session.add_all(texts)
    row.state, row.owner, row.error, row.attempts = DONE, None, "", 0
    row.recipe, row.looked_at, row.keyframes = recipe, len(read), claim.count
    session.flush()
    if had or texts:
        holdings.touch(session, [claim.clip_id])
