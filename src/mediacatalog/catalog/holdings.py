"""Roots, sightings and clips, found and written by their identity.

A clip is its bytes (SHA-256); a sighting is one path at which they were seen. Nothing here deletes;
only `purging` does.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BigInteger, CheckConstraint, func, select, update
from sqlalchemy.orm import Mapped, mapped_column, object_session

from mediacatalog.catalog import changes, file_names
from mediacatalog.catalog.base import Base
from mediacatalog.catalog.database import insert_into
from mediacatalog.catalog.models import Clip, Root, Sighting, SightingEvent
from mediacatalog.catalog.sight_models import TombstoneRow
from mediacatalog.errors import InvalidValueError, NotFoundError, PurgedBytesError
from mediacatalog.values import State, new_id, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from mediacatalog.values import Source

ESCAPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that a file name may hold and a page must not print raw."""


class SearchSequence(Base):
    """One row: the number that the next change of a searchable clip takes.

    Bumped inside the writer's transaction, so whoever has seen number N has seen all up to N.
    """

    __tablename__ = "search_sequence"
    __table_args__ = (CheckConstraint("one = 1", name="one_row"),)

    one: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    number: Mapped[int] = mapped_column(BigInteger, default=0)


def display_name(raw: bytes) -> str:
    """A name for people: NFC; control, bidi and undecodable characters become escapes."""
    text = unicodedata.normalize("NFC", os.fsdecode(raw))
    return "".join(
        character.encode("unicode_escape", "backslashreplace").decode("ascii")
        if unicodedata.category(character) in ESCAPED
        else character
        for character in text
    )


class Seen(NamedTuple):
    """One regular file as a directory listing and `stat` show it."""

    path: bytes
    """Below the root."""
    byte_count: int
    mtime_ns: int
    device: int
    inode: int
    ctime_ns: int | None = None

    @property
    def looks(self) -> tuple[int, int]:
        """What changes when somebody writes to it."""
        return self.byte_count, self.mtime_ns


class Known(NamedTuple):
    """A sighting as far as a look at its folder compares it."""

    id: str
    path: bytes
    byte_count: int
    mtime_ns: int
    inode: str
    ctime_ns: int | None
    state: str
    companions: str
    stable_since: datetime | None

    @property
    def looks(self) -> tuple[int, int]:
        return self.byte_count, self.mtime_ns

    @property
    def from_the_future(self) -> bool:
        """Whether it arrived before the clock was set back."""
        since = self.stable_since
        return self.state == State.ARRIVING and since is not None and since > utc_now()


def record(
    session: Session,
    clip: Clip,
    field: str,
    change: tuple[changes.Json, changes.Json],
    *,
    actor: str,
    reason: str = "",
) -> None:
    """Keep what a person changed of a clip (before, after), and have the search look again."""
    before, after = change
    changes.record(
        session,
        actor=actor,
        kind="clip",
        key=clip.id,
        field=field,
        before=before,
        after=after,
        reason=reason,
    )
    clip.updated_at = utc_now()
    session.flush()
    touch(session, [clip.id])


def touch(session: Session, clip_ids: Iterable[str]) -> int:
    """Mark clips as changed for the search index; returns their revision.

    The counter's row is locked until the transaction ends, so revisions become visible in order.
    Waits for other writers of searchable clips; keep such transactions short.
    """
    return _touch(session, Clip.id.in_(sorted(set(clip_ids))))


def touch_found(session: Session, clip_ids: Select[Any]) -> int:
    """The same of what a question finds, once no other such transaction is under way."""
    return _touch(session, Clip.id.in_(clip_ids))


def _touch(session: Session, which: ColumnElement[bool]) -> int:
    number = session.execute(
        update(SearchSequence)
        .where(SearchSequence.one == 1)
        .values(number=SearchSequence.number + 1)
        .returning(SearchSequence.number)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    session.execute(
        update(Clip)
        .where(which)
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
    if kind != "once":
        _take_over(session, found)
    return found


def _take_over(session: Session, root: Root) -> None:
    """Files below a watched folder belong to it, not to a folder around it or given once in it."""
    below = os.fsencode(root.path).rstrip(b"/") + b"/"
    for other in session.scalars(select(Root).where(Root.id != root.id)):
        outer = os.fsencode(other.path).rstrip(b"/") + b"/"
        if outer.startswith(below) and other.kind == "once":
            prefix, cut = outer.removeprefix(below), b""
        elif below.startswith(outer):
            prefix, cut = b"", below.removeprefix(outer)
        else:
            continue
        taken = set(known(session, root.id))
        for one in known(session, other.id).values():
            path = prefix + one.path.removeprefix(cut)
            if one.path.startswith(cut) and path not in taken:
                moving = sighting(session, one.id)
                moving.root_id, moving.path = root.id, path
                before, moving.display = moving.display, display_name(path)
                file_names.renamed(session, moving.id, before, moving.display)


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


def sightings_of(
    session: Session, root_id: str, *, at: bytes | None = None
) -> dict[bytes, Sighting]:
    """Every sighting of a root, or only the one `at` a path, by its path below the root."""
    query = select(Sighting).where(Sighting.root_id == root_id)
    rows = session.scalars(query if at is None else query.where(Sighting.path == at))
    return {sighting.path: sighting for sighting in rows}


def known(session: Session, root_id: str, *states: State) -> dict[bytes, Known]:
    """Every sighting of a root, or those in the given states, by its path below it."""
    one = Sighting
    query = select(
        one.id,
        one.path,
        one.byte_count,
        one.mtime_ns,
        one.inode,
        one.ctime_ns,
        one.state,
        one.companions,
        one.stable_since,
    ).where(one.root_id == root_id)
    rows = session.execute(query.where(one.state.in_(states)) if states else query)
    return {row.path: Known(*row) for row in rows}


def only_there(session: Session, sighting_ids: Sequence[str]) -> set[str]:
    """Those of these sightings whose bytes are at no path outside these that is there."""
    of: dict[str, str | None] = {}
    copied: set[str | None] = set()
    given = set(sighting_ids)
    for start in range(0, len(sighting_ids), 500):
        some = sighting_ids[start : start + 500]
        rows = session.execute(select(Sighting.id, Sighting.clip_id).where(Sighting.id.in_(some)))
        found = {row.id: row.clip_id for row in rows}
        of |= found
        others = session.execute(
            select(Sighting.id, Sighting.clip_id).where(
                Sighting.clip_id.in_({one for one in found.values() if one}),
                Sighting.state.not_in((State.OFFLINE, State.IGNORED, State.ARRIVING)),
            )
        )
        copied |= {row.clip_id for row in others if row.id not in given}
    return {one for one, clip in of.items() if clip is None or clip not in copied}


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
        id=new_id(),
        root_id=root_id,
        path=seen.path,
        display=display_name(seen.path),
        byte_count=seen.byte_count,
        mtime_ns=seen.mtime_ns,
        device=str(seen.device),
        inode=str(seen.inode),
        ctime_ns=seen.ctime_ns,
        stable_since=now,
        priority=priority,
        state="",
    )
    session.add(new)
    file_names.renamed(session, new.id, "", new.display)
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
    one: Sighting, state: State, reason: str = "", *, next_step: str | None = None, actor: str = ""
) -> None:
    """Give a sighting its state, always with reason and next step, and write its history.

    `actor` is the person or executor that did it. While a file arrives only the beginning is told.
    """
    if one.state != state or one.reason != reason:
        session = object_session(one)
        if session is not None and not one.state == state == State.ARRIVING:
            note(session, one.id, state, reason, actor)
        one.state_at = utc_now()
    one.state, one.reason = state, reason
    one.next_step = NEXT_STEPS[state] if next_step is None else next_step
    if state not in (State.RUNNING, State.WAITING):
        one.next_retry_at = None


def note(session: Session, sighting_id: str, state: str, reason: str, actor: str) -> None:
    """Append one entry to the history of a sighting."""
    session.add(SightingEvent(sighting_id=sighting_id, state=state, reason=reason, actor=actor))


def life(session: Session, sighting_id: str, *, limit: int = 200) -> Sequence[SightingEvent]:
    """The newest entries of a sighting's history first."""
    return session.scalars(
        select(SightingEvent)
        .where(SightingEvent.sighting_id == sighting_id)
        .order_by(SightingEvent.id.desc())
        .limit(limit)
    ).all()


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


def clip_ids(session: Session, *, after: str, limit: int) -> Sequence[str]:
    """Ids of clips in their order, beyond `after`; for commands that go through all."""
    return session.scalars(
        select(Clip.id).where(Clip.id > after).order_by(Clip.id).limit(limit)
    ).all()


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


def locked(session: Session, clip_id: str) -> Clip:
    """By id, until the end of the transaction, for who changes it. Raises NotFoundError."""
    found = session.scalar(select(Clip).where(Clip.id == clip_id).with_for_update())
    if found is None:
        raise NotFoundError("clip", clip_id)
    return found


def clip_of_bytes(session: Session, source: Source) -> Clip:
    """The clip whose master has these bytes, made when it is new; locked until the end.

    Raises PurgedBytesError.
    """
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
    # Asked after the row is there: whoever purges these bytes at this moment is waited for above.
    purged = session.scalar(
        select(TombstoneRow.purged_at).where(TombstoneRow.sha256 == source.sha256)
    )
    if purged is not None:
        raise PurgedBytesError(f"{purged:%Y-%m-%d}")
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
