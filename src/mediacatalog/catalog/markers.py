"""What people write at a moment or a range of a clip: notes, and subclips with an in and an out."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - the mapping looks at it
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    delete,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog import changes, frames, holdings, vocabulary
from mediacatalog.catalog.base import Base, id_column
from mediacatalog.catalog.by_ids import ByIds
from mediacatalog.catalog.context_models import MarkerTerm
from mediacatalog.catalog.models import Term
from mediacatalog.errors import InvalidValueError, NotFoundError, StaleEditError
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.models import Clip

MOST_TAGS = 20
"""Of one note."""
FIELD = "marker"
"""The field of a clip's history."""
LONGEST = 4000
"""Characters of a note."""
MOST = 2000
"""Markers of one clip."""


class MarkerRow(Base):
    """One note; a range has an end, which is no longer part of it."""

    __tablename__ = "markers"
    __table_args__ = (Index("ix_markers_clip_id_start_ms", "clip_id", "start_ms"),)

    id: Mapped[str] = id_column()
    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"))
    time_base: Mapped[str] = mapped_column(String(32))
    start_pts: Mapped[int] = mapped_column(BigInteger)
    start_ms: Mapped[int] = mapped_column(BigInteger)
    end_pts: Mapped[int | None] = mapped_column(BigInteger)
    end_ms: Mapped[int | None] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    version: Mapped[int] = mapped_column(Integer, default=1)
    """Grows with every edit."""


class Wanted(NamedTuple):
    """What a person asks for; the frames shown at these moments are taken."""

    text: str
    start_ms: int
    end_ms: int | None = None
    """None for a moment."""
    tags: tuple[str, ...] | None = None
    """Names of the vocabulary, or new ones; None leaves those that it has."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A note as it is shown; milliseconds from the first frame."""

    id: str
    start_pts: int
    end_pts: int | None
    time_base: str
    start_ms: int
    end_ms: int | None
    text: str
    author: str
    created_at: datetime
    version: int
    tags: tuple[str, ...] = ()


def of_clip(session: Session, clip_id: str) -> list[Marker]:
    """In the order of the film."""
    rows = session.scalars(
        select(MarkerRow)
        .where(MarkerRow.clip_id == clip_id)
        .order_by(MarkerRow.start_ms, MarkerRow.id)
    )
    tags = _tags(session, MarkerTerm.clip_id == clip_id)
    return [_shown(row, tags.get(row.id, ())) for row in rows]


def add(session: Session, clip_id: str, wanted: Wanted, *, actor: str) -> str:
    """A new marker; returns its id. Raises InvalidValueError, NotFoundError."""
    clip = holdings.locked(session, clip_id)
    known = select(func.count()).select_from(MarkerRow).where(MarkerRow.clip_id == clip.id)
    if (session.scalar(known) or 0) >= MOST:
        raise InvalidValueError("marker", f"is one too many: a clip holds {MOST} of them")
    row = MarkerRow(clip_id=clip.id, author=actor, **_cleaned(session, clip, wanted))
    session.add(row)
    session.flush()
    _set_tags(session, row, wanted.tags or ())
    _record(session, clip, None, _told(session, row), actor=actor)
    return row.id


def edit(
    session: Session, clip_id: str, marker_id: str, wanted: Wanted, *, version: int, actor: str
) -> None:
    """Set text, span and tags; `version` is that of the marker which the person had before them.

    Raises StaleEditError when somebody changed it since, InvalidValueError, NotFoundError.
    """
    clip = holdings.locked(session, clip_id)
    row = _row(session, clip, marker_id)
    if row.version != version:
        raise StaleEditError("marker", marker_id)
    before = _told(session, row)
    tags = before.get("tags", ()) if wanted.tags is None else wanted.tags
    for name, value in _cleaned(session, clip, wanted._replace(tags=tuple(tags))).items():
        setattr(row, name, value)
    _set_tags(session, row, tags)
    after = _told(session, row)
    if after != before:
        row.version += 1
        _record(session, clip, before, after, actor=actor)


def remove(session: Session, clip_id: str, marker_id: str, *, actor: str) -> None:
    """What it said stays in the history, from where `undo` brings it back."""
    clip = holdings.locked(session, clip_id)
    row = _row(session, clip, marker_id)
    before = _told(session, row)
    _delete(session, row)
    _record(session, clip, before, None, actor=actor)


def can_undo(session: Session, clip_id: str) -> bool:
    return changes.newest(session, "clip", clip_id, FIELD) is not None


def undo(session: Session, clip_id: str, *, actor: str) -> None:
    """Take back the last change of a clip's markers; itself a change, so a second undo redoes."""
    clip, last = holdings.locked(session, clip_id), changes.newest(session, "clip", clip_id, FIELD)
    if last is None:
        return
    # Both are written by `_record` alone.
    before: Any = last.before
    marker_id = id_of_change(before, last.after)
    row = session.get(MarkerRow, marker_id)
    stood = _told(session, row) if row is not None else None
    _put(session, clip.id, marker_id, before)
    _record(session, clip, stood, before, actor=actor, reason="undone")


TOLD = ("id", "text", "author", "time_base", "start_pts", "start_ms", "end_pts", "end_ms")
"""What the history keeps of a marker."""


def _told(session: Session, row: MarkerRow) -> dict[str, Any]:
    """With `tags` where there are any: notes had none before."""
    told = {name: getattr(row, name) for name in TOLD}
    tags = _tags(session, MarkerTerm.marker_id == row.id).get(row.id)
    return told | {"tags": list(tags)} if tags else told


def _shown(row: MarkerRow, tags: tuple[str, ...]) -> Marker:
    own = {name: getattr(row, name) for name in Marker.__dataclass_fields__ if name != "tags"}
    return Marker(**own, tags=tags)


def _tags(session: Session, which: ColumnElement[bool]) -> dict[str, tuple[str, ...]]:
    """Labels by the note's id, in their order."""
    found: dict[str, tuple[str, ...]] = {}
    for marker_id, label in session.execute(
        select(MarkerTerm.marker_id, Term.label)
        .join(Term, Term.id == MarkerTerm.term_id)
        .where(which)
        .order_by(Term.label, Term.id)
    ):
        found[marker_id] = (*found.get(marker_id, ()), label)
    return found


def _set_tags(session: Session, row: MarkerRow, labels: Iterable[str]) -> None:
    """A new name becomes a term, to be looked at by somebody. Raises InvalidValueError."""
    wanted: dict[str, None] = {}
    for label in map(vocabulary.clean_label, labels):
        term = vocabulary.find(session, label, "tag")
        term = term or vocabulary.make(session, label, "tag", vocabulary.SUGGESTED)
        if term.state == vocabulary.REJECTED:
            term.state = vocabulary.SUGGESTED
        wanted[term.id] = None
    session.execute(delete(MarkerTerm).where(MarkerTerm.marker_id == row.id))
    for term_id in wanted:
        session.add(MarkerTerm(marker_id=row.id, term_id=term_id, clip_id=row.clip_id))
    session.flush()


def _delete(session: Session, row: MarkerRow) -> None:
    session.execute(delete(MarkerTerm).where(MarkerTerm.marker_id == row.id))
    session.delete(row)


def take_tag(session: Session, term_id: str, *, actor: str, batch_id: str) -> list[str]:
    """Take a tag from every note, as part of one act; returns the ids of the clips."""
    having = select(MarkerTerm.marker_id).where(MarkerTerm.term_id == term_id)
    rows = session.scalars(select(MarkerRow).where(MarkerRow.id.in_(having))).all()
    stood = {row.id: _told(session, row) for row in rows}
    session.execute(delete(MarkerTerm).where(MarkerTerm.term_id == term_id))
    entries = []
    for row in rows:
        row.version += 1
        entries.append(
            changes.Entry("clip", row.clip_id, FIELD, stood[row.id], _told(session, row))
        )
    changes.record_many(session, entries, actor=actor, batch_id=batch_id, reason="name rejected")
    return [row.clip_id for row in rows]


def _row(session: Session, clip: Clip, marker_id: str) -> MarkerRow:
    row = session.get(MarkerRow, marker_id)
    if row is None or row.clip_id != clip.id:
        raise NotFoundError("marker", marker_id)
    return row


def _cleaned(session: Session, clip: Clip, wanted: Wanted) -> dict[str, Any]:
    """The columns that a person sets. Raises InvalidValueError."""
    text = unicodedata.normalize("NFC", wanted.text).replace("\r\n", "\n").strip()
    if not text and not wanted.tags:
        raise InvalidValueError("note", "is empty")
    if wanted.tags and len(wanted.tags) > MOST_TAGS:
        raise InvalidValueError("tags", f"are more than {MOST_TAGS}")
    if len(text) > LONGEST:
        raise InvalidValueError("note", f"is longer than {LONGEST} characters")
    if "\0" in text:
        raise InvalidValueError("note", "holds a control character")
    if wanted.end_ms is not None and wanted.end_ms <= wanted.start_ms:
        raise InvalidValueError("until", "lies before the beginning")
    if clip.duration_ms is not None and wanted.start_ms > clip.duration_ms:
        raise InvalidValueError("at", "lies behind the end of the clip")
    return {"text": text, **frames.span(session, clip, wanted.start_ms, wanted.end_ms)._asdict()}


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


# --- many at once (`fields`) ----------------------------------------------------------------------


def id_of_change(before: Any, after: Any) -> str:  # noqa: ANN401 - as `_record` wrote it
    return str((before or after)["id"])


def current(session: Session, field: str, slots: Sequence[tuple[str, str]]) -> dict[Any, Any]:
    """What the history keeps of each (clip, marker); None of one that isn't there."""
    del field
    found: dict[Any, Any] = dict.fromkeys(slots)
    for slot in slots:
        row = session.get(MarkerRow, slot[1])
        if row is not None:
            found[slot] = _told(session, row)
    return found


def put(
    session: Session, field: str, values: Mapping[tuple[str, str], Any], actor: str
) -> list[str]:
    """Let the markers be as the history keeps them."""
    del field, actor
    for (clip_id, marker_id), told in values.items():
        _put(session, clip_id, marker_id, told)
    session.flush()
    return [clip_id for clip_id, _ in values]


def _put(session: Session, clip_id: str, marker_id: str, told: dict[str, Any] | None) -> None:
    row = session.get(MarkerRow, marker_id)
    if told is None:
        if row is not None:
            _delete(session, row)
        return
    row = row or MarkerRow(id=marker_id, clip_id=clip_id, version=0)
    for name in TOLD[1:]:
        setattr(row, name, told[name])
    row.version += 1
    session.add(row)
    session.flush()
    _set_tags(session, row, told.get("tags", ()))


_MARKERS = MarkerRow.__table__.c
_TEXTS_OF = ByIds(
    lambda among: (
        select(_MARKERS.clip_id, _MARKERS.start_ms, _MARKERS.end_ms, _MARKERS.text, _MARKERS.id)
        .where(among(_MARKERS.clip_id))
        .order_by(_MARKERS.clip_id, _MARKERS.start_ms, _MARKERS.id)
    )
)


def texts_of(session: Session, clip_ids: list[str]) -> Iterator[tuple[str, int, int, str, str]]:
    """(clip, start, end, text, id) for the search, in the film's order; a moment ends at once."""
    for clip_id, start, end, text, marker_id in _TEXTS_OF.rows(session, clip_ids):
        yield clip_id, start, start if end is None else end, text, marker_id
