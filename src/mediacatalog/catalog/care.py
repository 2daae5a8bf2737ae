"""Content warnings: what is hard to look at in a clip, as people say it, and where.

A warning is of the whole clip, or of a range of frames. That somebody looked and found nothing is
kept, too: until then an upload may count as sensitive.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - the mapping looks at it
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog import changes, frames, holdings
from mediacatalog.catalog.base import Base, id_column
from mediacatalog.catalog.models import Root, Sighting
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import BindParameter
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.models import Clip

WARNINGS: Mapping[str, str] = {
    "death": "Death or dead bodies",
    "violence": "Violence",
    "suffering": "Suffering or injuries",
    "children": "Children in distress",
    "abuse": "Torture or ill-treatment",
    "sexual-violence": "Sexual violence",
    "nudity": "Nudity",
    "language": "Hateful or abusive language",
    "loud": "Sudden or distressing sound",
    "flashing": "Flashing light",
}
"""Value to label: the content warnings of IPTC NewsCodes, and what archives of conflicts add."""
NOTHING = "none"
"""In place of a warning: somebody looked, and nothing needs one."""
FIELD = "warning"
"""The field of a clip's history."""
LONGEST = 1000
"""Characters of what is said beside a warning."""
MOST = 200
"""Warnings of one clip."""


class WarningRow(Base):
    __tablename__ = "content_warnings"
    __table_args__ = (Index("ix_content_warnings_clip_id", "clip_id"),)

    id: Mapped[str] = id_column()
    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"))
    kind: Mapped[str] = mapped_column(String(32))
    time_base: Mapped[str | None] = mapped_column(String(32))
    """None, with all positions, for a warning of the whole clip."""
    start_pts: Mapped[int | None] = mapped_column(BigInteger)
    start_ms: Mapped[int | None] = mapped_column(BigInteger)
    end_pts: Mapped[int | None] = mapped_column(BigInteger)
    end_ms: Mapped[int | None] = mapped_column(BigInteger)
    """None, with a start: up to the end of the clip."""
    note: Mapped[str] = mapped_column(Text, default="")
    author: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Wanted(NamedTuple):
    """What a person says; without a start of the whole clip."""

    kind: str
    note: str = ""
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning as it is shown; milliseconds from the first frame."""

    id: str
    kind: str
    start_ms: int | None
    end_ms: int | None
    note: str
    author: str
    created_at: datetime

    def touches(self, start_ms: int, end_ms: int) -> bool:
        if self.start_ms is None:
            return True
        return self.start_ms < end_ms and (self.end_ms is None or start_ms < self.end_ms)


@dataclass(frozen=True, slots=True)
class Care:
    """What is known of how hard a clip is to look at."""

    warnings: tuple[Warned, ...] = ()
    """Those of the whole clip first, then in the order of the film."""
    looked_at: bool = False
    """Whether a person said anything of it, be it that nothing needs a warning."""
    uploaded: bool = False
    """Whether it came as an upload, and from no watched folder."""

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.kind for one in self.warnings))

    def warns(self, span: tuple[int, int] | None = None) -> bool:
        """Whether a picture of this span needs care; without one, any picture of the clip."""
        return any(span is None or one.touches(*span) for one in self.warnings)


_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
"""Every list asks these queries: they are made once."""
_WARNINGS_OF = select(WarningRow).where(WarningRow.clip_id.in_(_IDS)).order_by(WarningRow.id)
_ROOTS_OF = (
    select(Sighting.clip_id, Root.kind)
    .join(Root, Root.id == Sighting.root_id)
    .where(Sighting.clip_id.in_(_IDS))
    .distinct()
)


def of_clips(session: Session, clip_ids: Sequence[str]) -> dict[str, Care]:
    """By clip, for all that were asked for."""
    rows: dict[str, list[WarningRow]] = {one: [] for one in clip_ids}
    for row in session.scalars(_WARNINGS_OF, {"ids": clip_ids}):
        rows[row.clip_id].append(row)
    kinds: dict[str, set[str]] = {}
    for clip_id, kind in session.execute(_ROOTS_OF, {"ids": clip_ids}):
        kinds.setdefault(clip_id or "", set()).add(kind)
    return {
        clip_id: Care(
            warnings=tuple(_shown(one) for one in sorted(its, key=_place) if one.kind != NOTHING),
            looked_at=bool(its),
            uploaded=kinds.get(clip_id) == {"uploads"},
        )
        for clip_id, its in rows.items()
    }


def of_clip(session: Session, clip_id: str) -> Care:
    return of_clips(session, [clip_id])[clip_id]


def kinds_of(session: Session, clip_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The warnings of those clips that have any, for the search."""
    query = (
        select(WarningRow.clip_id, WarningRow.kind)
        .where(WarningRow.clip_id.in_(clip_ids), WarningRow.kind != NOTHING)
        .order_by(WarningRow.id)
    )
    found: dict[str, tuple[str, ...]] = {}
    for clip_id, kind in session.execute(query):
        found[clip_id] = tuple(dict.fromkeys((*found.get(clip_id, ()), kind)))
    return found


def add(session: Session, clip_id: str, wanted: Wanted, *, actor: str) -> str:
    """A new warning, or NOTHING; returns its id. Raises InvalidValueError, NotFoundError.

    What somebody said before of there being nothing is taken back by a warning.
    """
    clip = holdings.locked(session, clip_id)
    if wanted.kind != NOTHING and wanted.kind not in WARNINGS:
        raise InvalidValueError("warning", f"{wanted.kind!r} is none of {', '.join(WARNINGS)}")
    rows = session.scalars(select(WarningRow).where(WarningRow.clip_id == clip.id)).all()
    if len(rows) >= MOST:
        raise InvalidValueError("warning", f"is one too many: a clip holds {MOST} of them")
    if wanted.kind == NOTHING and rows:
        if all(one.kind == NOTHING for one in rows):
            return rows[0].id
        raise InvalidValueError("warning", "can't be none beside others; remove them first")
    row = WarningRow(clip_id=clip.id, kind=wanted.kind, author=actor, note=_note(wanted.note))
    if wanted.kind != NOTHING:
        for name, value in _span(session, clip, wanted).items():
            setattr(row, name, value)
    for other in rows:
        if other.kind == NOTHING:
            _remove(session, clip, other, actor=actor)
    session.add(row)
    session.flush()
    _record(session, clip, None, _told(row), actor=actor)
    return row.id


def remove(session: Session, clip_id: str, warning_id: str, *, actor: str) -> None:
    """What it said stays in the history, from where `undo` brings it back."""
    clip = holdings.locked(session, clip_id)
    row = session.get(WarningRow, warning_id)
    if row is None or row.clip_id != clip.id:
        raise NotFoundError("warning", warning_id)
    _remove(session, clip, row, actor=actor)


def can_undo(session: Session, clip_id: str) -> bool:
    return changes.newest(session, "clip", clip_id, FIELD) is not None


def undo(session: Session, clip_id: str, *, actor: str) -> None:
    """Take back the last change of a clip's warnings; itself a change, so a second undo redoes."""
    clip, last = holdings.locked(session, clip_id), changes.newest(session, "clip", clip_id, FIELD)
    if last is None:
        return
    before: Any = last.before
    row = session.get(WarningRow, (before or cast("Any", last.after))["id"])
    stood = _told(row) if row is not None else None
    if before is None and row is not None:
        session.delete(row)
    elif before is not None and row is None:
        session.add(WarningRow(clip_id=clip.id, **before))
    _record(session, clip, stood, before, actor=actor, reason="undone")


TOLD = ("id", "kind", "time_base", "start_pts", "start_ms", "end_pts", "end_ms", "note", "author")
"""What the history keeps of a warning."""


def _told(row: WarningRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in TOLD}


def _shown(row: WarningRow) -> Warned:
    return Warned(**{name: getattr(row, name) for name in Warned.__dataclass_fields__})


def _place(row: WarningRow) -> tuple[int, str]:
    return (-1 if row.start_ms is None else row.start_ms, row.id)


def _note(text: str) -> str:
    note = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    if len(note) > LONGEST:
        raise InvalidValueError("note", f"is longer than {LONGEST} characters")
    if "\0" in note:
        raise InvalidValueError("note", "holds a control character")
    return note


def _span(session: Session, clip: Clip, wanted: Wanted) -> dict[str, Any]:
    start, end = wanted.start_ms, wanted.end_ms
    if start is None:
        if end is None:
            return {}
        start = 0
    if end is not None and end <= start:
        raise InvalidValueError("until", "lies before the beginning")
    if clip.duration_ms is not None and start > clip.duration_ms:
        raise InvalidValueError("from", "lies behind the end of the clip")
    return frames.span(session, clip, start, end)._asdict()


def _remove(session: Session, clip: Clip, row: WarningRow, *, actor: str) -> None:
    before = _told(row)
    session.delete(row)
    _record(session, clip, before, None, actor=actor)


def _record(
    session: Session,
    clip: Clip,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    *,
    actor: str,
    reason: str = "",
) -> None:
    holdings.record(session, clip, FIELD, (before, after), actor=actor, reason=reason)
