"""How far the review of a clip is: its state, who has it, and whether somebody must look again.

Two people stand behind what is published: who marked a clip as reviewed can't publish it. The rule
goes by the names under which changes are made; a name proves nothing before there are accounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - the mapping looks at it
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ForeignKey, Index, String, Text, and_, literal_column, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog import changes, counting, holdings
from mediacatalog.catalog.base import ID, Base, index_where
from mediacatalog.catalog.database import insert_into
from mediacatalog.catalog.edits import line
from mediacatalog.errors import InvalidValueError, StaleEditError
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.changes import Json

NEW, IN_REVIEW, REVIEWED, PUBLISHED = "new", "in-review", "reviewed", "published"
STATES = {
    NEW: "New",
    IN_REVIEW: "In review",
    REVIEWED: "Reviewed",
    PUBLISHED: "Published",
}
"""In their order."""
STATE, ASSIGNEE, SECOND_LOOK = "review", "assignee", "second look"
"""Fields of a clip's history."""
LONGEST_NAME = 60
LONGEST_REASON = 500
CHUNK = 500
"""Clips of one question."""


class ReviewRow(Base):
    """Of a clip with which somebody has begun; one without a row is new."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index("ix_reviews_state_changed_at_clip_id", "state", "changed_at", "clip_id"),
        index_where(
            "state <> 'published'",
            "ix_reviews_assignee_changed_at_clip_id",
            "assignee",
            "changed_at",
            "clip_id",
        ),
        index_where("second_look IS NOT NULL", "ix_reviews_second_look", "changed_at", "clip_id"),
    )

    clip_id: Mapped[str] = mapped_column(ID, ForeignKey("clips.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default=NEW)
    reviewed_by: Mapped[str | None] = mapped_column(Text)
    """Who marked it as reviewed, while it is that or published."""
    assignee: Mapped[str | None] = mapped_column(Text)
    second_look: Mapped[str | None] = mapped_column(Text)
    """Why somebody else should look at it; None where nobody need."""
    second_look_by: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(default=utc_now)


UNFINISHED = ReviewRow.state != literal_column("'published'")
"""Written out, so that both databases see that an index is of these."""


@dataclass(frozen=True, slots=True)
class Review:
    state: str = NEW
    reviewed_by: str = ""
    assignee: str = ""
    second_look: str | None = None
    second_look_by: str = ""

    @property
    def edition(self) -> str:
        """Names what a person saw who changes it."""
        return f"{self.state}|{self.assignee}|{self.second_look or ''}"

    def refusal(self, state: str, actor: str) -> str:
        """Why this person can't set this state now; empty when they can."""
        if state != PUBLISHED or self.state == PUBLISHED:
            return ""
        if self.state != REVIEWED:
            return "must be reviewed before it is published"
        if self.second_look is not None:
            return "needs a second look before it is published"
        if self.reviewed_by == actor:
            return f"was reviewed by {actor}: somebody else must publish it"
        return ""


UNTOUCHED = Review()
"""Of a clip with which nobody has begun."""


def of_clips(session: Session, clip_ids: Iterable[str]) -> dict[str, Review]:
    """By clip; every one that was asked for is there."""
    ids = list(clip_ids)
    found = dict.fromkeys(ids, UNTOUCHED)
    for at in range(0, len(ids), CHUNK):
        some = ids[at : at + CHUNK]
        for row in session.scalars(select(ReviewRow).where(ReviewRow.clip_id.in_(some))):
            found[row.clip_id] = Review(
                row.state,
                row.reviewed_by or "",
                row.assignee or "",
                row.second_look,
                row.second_look_by or "",
            )
    return found


def of_clip(session: Session, clip_id: str) -> Review:
    return of_clips(session, [clip_id])[clip_id]


def known_state(state: str) -> str:
    """Raises InvalidValueError."""
    if state not in STATES:
        raise InvalidValueError("review", f"{state!r} is none of {', '.join(STATES)}")
    return state


def set_state(
    session: Session,
    clip_id: str,
    state: str,
    *,
    actor: str,
    seen: str | None = None,
    reason: str = "",
) -> None:
    """Raises InvalidValueError where the person may not, StaleEditError where `seen` is past."""
    wanted = told(known_state(state), actor)
    _change(session, clip_id, STATE, wanted, actor=actor, seen=seen, reason=reason)


def assign(
    session: Session, clip_id: str, assignee: str, *, actor: str, seen: str | None = None
) -> None:
    """Give a clip to somebody; to nobody with an empty name."""
    name = line("assignee", assignee, LONGEST_NAME)
    _change(session, clip_id, ASSIGNEE, name or None, actor=actor, seen=seen)


def ask_again(
    session: Session, clip_id: str, why: str | None, *, actor: str, seen: str | None = None
) -> None:
    """Say that a clip needs a second look and why, or with None that it needs none."""
    text = None if why is None else line("second look", why, LONGEST_REASON)
    _change(session, clip_id, SECOND_LOOK, text, actor=actor, seen=seen)


def told(state: str, by: str) -> Json:
    """A state as the history keeps it: with who reviewed, where somebody did."""
    return {"state": state, "by": by} if state == REVIEWED else {"state": state}


def _change(  # noqa: PLR0913 - the last ones are of the history
    session: Session,
    clip_id: str,
    field: str,
    value: Json,
    *,
    actor: str,
    seen: str | None,
    reason: str = "",
) -> None:
    clip = holdings.locked(session, clip_id)
    now = of_clip(session, clip.id)
    if seen is not None and seen != now.edition:
        raise StaleEditError("review of clip", clip.id)
    if field == STATE:
        value = following(now, value, actor)
    before = current(session, field, [clip.id])[clip.id]
    if before == value:
        return
    changes.record(
        session,
        actor=actor,
        kind="clip",
        key=clip.id,
        field=field,
        before=before,
        after=value,
        reason=reason,
    )
    put(session, field, {clip.id: value}, actor=actor)
    holdings.touch(session, [clip.id])


def following(now: Review, wanted: Json, actor: str) -> Json:
    """What the history keeps of a state that a person sets. Raises InvalidValueError."""
    state = cast("dict[str, str]", wanted)["state"]
    refused = now.refusal(state, actor)
    if refused:
        raise InvalidValueError("review", refused)
    if state == now.state:
        return _state_of(now)
    if state == PUBLISHED:
        return {"state": state, "by": now.reviewed_by}
    return wanted


def _state_of(one: Review) -> Json:
    return {"state": one.state, "by": one.reviewed_by} if one.reviewed_by else {"state": one.state}


def current(session: Session, field: str, clip_ids: Iterable[str]) -> dict[str, Json]:
    """By clip, as the history keeps it."""
    found = of_clips(session, clip_ids)
    if field == STATE:
        return {clip_id: _state_of(one) for clip_id, one in found.items()}
    if field == ASSIGNEE:
        return {clip_id: one.assignee or None for clip_id, one in found.items()}
    return {clip_id: one.second_look for clip_id, one in found.items()}


def put(session: Session, field: str, values: Mapping[str, Json], *, actor: str) -> None:
    """Set one field of many clips, without the history."""
    now = utc_now()
    rows = [
        {"clip_id": clip_id, "state": NEW, "changed_at": now, **_columns(field, value, actor)}
        for clip_id, value in values.items()
    ]
    insert = insert_into(session, ReviewRow)
    columns = [*_columns(field, None, actor), "changed_at"]
    upsert = insert.on_conflict_do_update(
        index_elements=["clip_id"], set_={name: insert.excluded[name] for name in columns}
    )
    for at in range(0, len(rows), CHUNK):
        session.execute(upsert, rows[at : at + CHUNK])


def _columns(field: str, value: Json, actor: str) -> dict[str, Any]:
    if field == STATE:
        told_of: dict[str, Any] = value if isinstance(value, dict) else {"state": NEW}
        return {"state": told_of["state"], "reviewed_by": told_of.get("by")}
    if field == ASSIGNEE:
        return {"assignee": value}
    return {"second_look": value, "second_look_by": actor if value is not None else None}


# --- the queue ------------------------------------------------------------------------------------


def counts(session: Session, person: str) -> dict[str, int]:
    """How many clips each of LISTS has; one more than `counting.FEW` of all that are more."""
    return {name: counting.up_to(session, _list(name, person), counting.FEW) for name in LISTS}


LISTS = {
    "second-look": "Second look",
    "mine": "Mine",
    "in-review": "In review",
    "reviewed": "To publish",
}


def _list(name: str, person: str) -> Select[str]:
    query = select(ReviewRow.clip_id)
    if name == "second-look":
        query = query.where(ReviewRow.second_look.is_not(None))
    elif name == "mine":
        query = query.where(ReviewRow.assignee == person, UNFINISHED)
    else:
        query = query.where(ReviewRow.state == name)
    return query


def listed(
    session: Session,
    name: str,
    person: str,
    *,
    offset: int = 0,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> Sequence[str]:
    """Ids of the clips of one of LISTS, those that wait longest first.

    From `offset` on, or after the one that stood at `place_of`.
    """
    query = _list(name, person).order_by(ReviewRow.changed_at, ReviewRow.clip_id)
    if after is not None:
        at, clip_id = after
        same = and_(ReviewRow.changed_at == at, ReviewRow.clip_id > clip_id)
        query = query.where(or_(ReviewRow.changed_at > at, same))
    found: Sequence[str] = session.scalars(query.offset(offset).limit(limit)).all()
    return found


def place_of(session: Session, clip_id: str) -> tuple[datetime, str]:
    """Where a clip stands in a list."""
    return session.scalars(
        select(ReviewRow.changed_at).where(ReviewRow.clip_id == clip_id)
    ).one(), clip_id


def assignees(session: Session) -> Sequence[str]:
    """Who has clips that aren't published, for completion."""
    return counting.values(session, ReviewRow.assignee, 200, UNFINISHED)
