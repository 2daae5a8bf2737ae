"""Roots, sightings and clips, found and written by their identity.

A clip is its bytes (SHA-256); a sighting is one path at which they were seen. Nothing here deletes.
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from mediacatalog.catalog.database import insert_into
from mediacatalog.catalog.models import Clip, Root, SearchSequence, Sighting
from mediacatalog.errors import FencedError, InvalidValueError, NotFoundError
from mediacatalog.values import State, new_id, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from mediacatalog.values import Source

RETRY_BASE_SECONDS = 5
MAX_ATTEMPTS = 6
"""Faults of the world are retried with growing pauses; after this many a person is asked."""

ESCAPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that a file name may hold and a page must not print raw."""


def display_name(raw: bytes) -> str:
    """A name for people: NFC; control, bidi and undecodable characters become escapes."""
    text = unicodedata.normalize("NFC", os.fsdecode(raw))
    return "".join(
        character.encode("unicode_escape", "backslashreplace").decode("ascii")
        if unicodedata.category(character) in ESCAPED
        else character
        for character in text
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """One regular file as a directory listing and `stat` show it."""

    path: bytes
    """Below the root."""
    byte_count: int
    mtime_ns: int
    device: int
    inode: int


def touch(session: Session, clip_ids: Iterable[str]) -> int:
    """Mark clips as changed for the search index; returns their revision.

    The counter's row is locked until the transaction ends, so revisions become visible in order.
    Waits for other writers of searchable clips; keep such transactions short.
    """
    ids = sorted(set(clip_ids))
    number = session.execute(
        update(SearchSequence)
        .where(SearchSequence.one == 1)
        .values(number=SearchSequence.number + 1)
        .returning(SearchSequence.number)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    session.execute(
        update(Clip)
        .where(Clip.id.in_(ids))
        .values(search_rev=number)
        .execution_options(synchronize_session=False)
    )
    return number


# --- roots ----------------------------------------------------------------------------------------


def root(session: Session, path: Path, *, kind: str, name: str = "") -> Root:
    """The root at `path`, made when it is new. A `once` root becomes `watched` when asked so.

    Raises InvalidValueError for a path that is no UTF-8; names below a root may be any bytes.
    """
    text = os.fspath(path)
    if not _is_text(text):
        raise InvalidValueError("root", f"{spelled(path)}: the name of the folder is no UTF-8")
    found = session.scalar(select(Root).where(Root.path == text))
    if found is None:
        session.execute(
            insert_into(session, Root)
            .values(
                id=new_id(),
                path=text,
                name=name or display_name(os.fsencode(path.name or text)),
                kind=kind,
                created_at=utc_now(),
            )
            .on_conflict_do_nothing()
        )
        found = session.scalars(select(Root).where(Root.path == text)).one()
    if found.kind == "once" and kind != "once":
        found.kind = kind
    return found


def _is_text(text: str) -> bool:
    """Whether a database takes it: names that are no UTF-8 come from the system with surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def roots(session: Session, *kinds: str) -> Sequence[Root]:
    """All roots, or those of the given kinds, in order of their making."""
    query = select(Root).order_by(Root.id)
    return session.scalars(query.where(Root.kind.in_(kinds)) if kinds else query).all()


def root_of(session: Session, path: Path) -> Root | None:
    """The innermost root that holds `path`."""
    parents = [text for parent in path.parents if _is_text(text := os.fspath(parent))]
    found = session.scalars(select(Root).where(Root.path.in_(parents))).all()
    return max(found, key=lambda one: len(one.path), default=None)


# --- sightings ------------------------------------------------------------------------------------


def root_by_id(session: Session, root_id: str) -> Root:
    """Raises NotFoundError."""
    found = session.get(Root, root_id)
    if found is None:
        raise NotFoundError("root", root_id)
    return found


def sightings_of(session: Session, root_id: str, *states: State) -> dict[bytes, Sighting]:
    """Every sighting of a root, or those in the given states, by its path below it."""
    query = select(Sighting).where(Sighting.root_id == root_id)
    rows = session.scalars(query.where(Sighting.state.in_(states)) if states else query)
    return {sighting.path: sighting for sighting in rows}


def present(session: Session, root_id: str) -> int:
    """How many files of a root were there at its last pass."""
    query = select(func.count()).where(Sighting.root_id == root_id, Sighting.state != State.OFFLINE)
    return session.scalars(query).one()


def sighting(session: Session, sighting_id: str) -> Sighting:
    """Raises NotFoundError."""
    found = session.get(Sighting, sighting_id)
    if found is None:
        raise NotFoundError("sighting", sighting_id)
    return found


def path_of(session: Session, one: Sighting) -> Path:
    """The absolute path of a sighting."""
    holder = session.get_one(Root, one.root_id)
    return Path(holder.path) / os.fsdecode(one.path)


def spelled(path: Path) -> str:
    """A path as text that every output takes; a byte that is no UTF-8 becomes an escape."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def add_sighting(
    session: Session,
    root_id: str,
    seen: Seen,
    state: State,
    *,
    reason: str = "",
    priority: int = 10,
) -> Sighting:
    """A new path. The caller holds the root's sightings and knows that it is new."""
    now = utc_now()
    new = Sighting(
        root_id=root_id,
        path=seen.path,
        display=display_name(seen.path),
        byte_count=seen.byte_count,
        mtime_ns=seen.mtime_ns,
        device=str(seen.device),
        inode=str(seen.inode),
        stable_since=now,
        priority=priority,
        state=state,
        reason=reason,
    )
    session.add(new)
    set_state(new, state, reason)
    return new


NEXT_STEPS: Mapping[State, str] = {
    State.ARRIVING: "nothing to do: it is looked at again at the next poll",
    State.WAITING: "nothing to do: a worker takes it when it is free",
    State.RUNNING: "nothing to do: being read now",
    State.READY: "",
    State.PARTIAL: "see the problems on the clip's page; replace the file if a better one exists",
    State.QUARANTINED: "replace the file, or retry when the cause is gone, or ignore it",
    State.OFFLINE: "bring the disk or file back; it is recognised by its bytes",
    State.IGNORED: "",
}


def set_state(
    one: Sighting, state: State, reason: str = "", *, next_step: str | None = None
) -> None:
    """Give a sighting its state, always with reason and next step."""
    if one.state != state or one.reason != reason or one.state_at is None:
        one.state_at = utc_now()
    one.state, one.reason = state, reason
    one.next_step = NEXT_STEPS[state] if next_step is None else next_step
    if state not in (State.RUNNING, State.WAITING):
        one.next_retry_at = None


def claim(session: Session, sighting_id: str, owner: str) -> int | None:
    """Take a waiting sighting for `owner`; returns the fence, or None when it isn't to be had."""
    now = utc_now()
    return session.execute(
        update(Sighting)
        .where(Sighting.id == sighting_id, Sighting.state == State.WAITING)
        .values(
            state=State.RUNNING,
            reason="",
            next_step=NEXT_STEPS[State.RUNNING],
            state_at=now,
            next_retry_at=None,
            owner=owner,
            fence=Sighting.fence + 1,
            attempts=Sighting.attempts + 1,
        )
        .returning(Sighting.fence)
        .execution_options(synchronize_session=False)
    ).scalar()


def claimed(session: Session, sighting_id: str, fence: int) -> Sighting:
    """The sighting, locked until the transaction ends, if the claim still holds.

    Raises FencedError when somebody else has taken it since.
    """
    one = session.scalar(
        select(Sighting)
        .where(Sighting.id == sighting_id, Sighting.fence == fence, Sighting.state == State.RUNNING)
        .with_for_update()
    )
    if one is None:
        raise FencedError(f"sighting {sighting_id} was taken over by another worker")
    return one


def waiting(session: Session, *, limit: int) -> Sequence[str]:
    """Ids of sightings that a worker may take now: a person's uploads first, then by age."""
    now = utc_now()
    return session.scalars(
        select(Sighting.id)
        .where(
            Sighting.state == State.WAITING,
            (Sighting.next_retry_at.is_(None)) | (Sighting.next_retry_at <= now),
        )
        .order_by(Sighting.priority, Sighting.id)
        .limit(limit)
    ).all()


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
    set_state(one, State.WAITING, f"the same bytes are being read at {other.display}")
    one.attempts -= 1
    one.next_retry_at = utc_now() + timedelta(seconds=RETRY_BASE_SECONDS)


def postpone(session: Session, sighting_id: str, reason: str) -> datetime | None:
    """A fault of the world: try again later, with growing pauses. Returns when.

    After MAX_ATTEMPTS the sighting is quarantined (returns None) and a person may retry it.
    """
    one = sighting(session, sighting_id)
    if one.attempts >= MAX_ATTEMPTS:
        set_state(one, State.QUARANTINED, f"gave up after {one.attempts} attempts: {reason}")
        return None
    when = utc_now() + timedelta(seconds=RETRY_BASE_SECONDS * 3 ** max(0, one.attempts - 1))
    set_state(
        one, State.WAITING, reason, next_step=f"attempt {one.attempts + 1} at {when:%H:%M:%S} UTC"
    )
    one.next_retry_at = when
    return when


def round_of(session: Session, sighting_id: str) -> str:
    """Names this waiting of a sighting: another one, even of the same file, has another name."""
    one = sighting(session, sighting_id)
    return f"{one.fence}-{int(one.state_at.timestamp() * 1000):x}"


def release(session: Session, sighting_id: str) -> None:
    """Give a running sighting back: whoever had it is gone."""
    one = sighting(session, sighting_id)
    if one.state == State.RUNNING:
        set_state(one, State.WAITING, "the worker that had it stopped; it goes on where it was")


def counts(session: Session) -> dict[str, int]:
    """How many sightings are in each state; adds up to all that were ever seen."""
    rows = session.execute(select(Sighting.state, func.count()).group_by(Sighting.state))
    found = {state: count for state, count in rows}  # noqa: C416
    return {state.value: found.get(state.value, 0) for state in State}


def report(session: Session) -> dict[str, dict[str, int]]:
    """For each root's path, how many of its sightings are in each state."""
    found: dict[str, dict[str, int]] = {}
    for path, state, count in session.execute(
        select(Root.path, Sighting.state, func.count())
        .join(Sighting, Sighting.root_id == Root.id)
        .group_by(Root.path, Sighting.state)
    ):
        found.setdefault(path, {one.value: 0 for one in State})[state] = count
    return found


# --- clips ----------------------------------------------------------------------------------------


def clip(session: Session, clip_id: str) -> Clip:
    """By id, or by its SHA-256 or the first 12 or more digits of it. Raises NotFoundError."""
    found = session.get(Clip, clip_id)
    if found is None and len(clip_id) >= 12 and set(clip_id) <= set("0123456789abcdef"):
        matches = session.scalars(
            select(Clip).where(Clip.sha256.startswith(clip_id, autoescape=True)).limit(2)
        ).all()
        found = matches[0] if len(matches) == 1 else None
    if found is None:
        raise NotFoundError("clip", clip_id)
    return found


def clip_of_bytes(session: Session, source: Source) -> Clip:
    """The clip whose master has these bytes, made when it is new; locked until the end."""
    now = utc_now()
    session.execute(
        insert_into(session, Clip)
        .values(
            id=new_id(),
            sha256=source.sha256,
            byte_count=source.byte_count,
            state=State.WAITING,
            derived_title="",
            derived_title_from="",
            derived_description="",
            derived_source="",
            derived_language="",
            container="",
            video_codec="",
            audio_codec="",
            frame_rate="",
            time_base="",
            recorded_at="",
            problems=[],
            version=1,
            search_rev=0,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=["sha256"])
    )
    return session.scalars(select(Clip).where(Clip.sha256 == source.sha256).with_for_update()).one()


def sightings_of_clip(session: Session, clip_id: str) -> Sequence[Sighting]:
    """Every path at which a clip's bytes were seen, the oldest first."""
    return session.scalars(
        select(Sighting).where(Sighting.clip_id == clip_id).order_by(Sighting.id)
    ).all()


def paths_of_clip(session: Session, clip_id: str) -> list[Path]:
    """Every path at which the master can be read now, the oldest sighting first."""
    there = [
        path_of(session, one)
        for one in sightings_of_clip(session, clip_id)
        if one.state not in (State.OFFLINE, State.IGNORED)
    ]
    return [path for path in there if path.is_file() and not path.is_symlink()]
