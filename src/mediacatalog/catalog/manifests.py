"""What a manifest is compared with: files, clips, what was entered, and by whom; in few queries.

A manifest that changes something is one batch of the history: its row here is named by the batch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - the mapping looks at it
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog import attachments, vocabulary
from mediacatalog.catalog.base import Base, id_column
from mediacatalog.catalog.models import Change, Clip, Root, Sighting, Term, TermLabel
from mediacatalog.catalog.reads import Description, entered
from mediacatalog.text import fold
from mediacatalog.values import new_id, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy.orm import Session

T = TypeVar("T", str, bytes)

CHUNK = 400
"""Values of one IN list: SQLite takes 999 in old versions."""


class Manifest(Base):
    """A manifest that changed something, or is about to: `id` is the batch of its changes."""

    __tablename__ = "manifests"

    id: Mapped[str] = id_column()
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    """Of the manifest's bytes."""
    name: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A sighting, as far as a manifest needs it."""

    id: str
    root_id: str
    root: str
    path: bytes
    clip_id: str | None
    byte_count: int
    mtime_ns: int
    state: str


@dataclass(slots=True)
class KnownClip:
    """What is known of a clip by people."""

    id: str
    sha256: str
    described: Description
    viewing: str = ""
    """How it is to be watched through: `full` or `balanced`; empty: as its root says."""
    terms: set[str] = field(default_factory=set)
    """Ids of tags and places."""
    latest: dict[tuple[str, str], bool] = field(default_factory=dict)
    """Whether the newest change was a manifest's: by field, and for terms by the label, too."""
    attached: Mapping[tuple[str, str], str | None] = field(default_factory=dict)
    """Languages of attachments by kind and SHA-256."""


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    every = list(dict.fromkeys(values))
    for start in range(0, len(every), CHUNK):
        yield every[start : start + CHUNK]


# --- batches --------------------------------------------------------------------------------------


def unfinished(session: Session, sha256: str, actor: str) -> Manifest | None:
    """The batch of a manifest that was interrupted, or had rows that could not be applied."""
    return session.scalar(
        select(Manifest)
        .where(Manifest.sha256 == sha256, Manifest.actor == actor, Manifest.finished_at.is_(None))
        .order_by(Manifest.id.desc())
        .limit(1)
    )


def batch(session: Session, sha256: str, name: str, actor: str) -> str:
    """The id of the batch of a manifest that is being applied; one that is unfinished goes on."""
    found = unfinished(session, sha256, actor)
    if found is None:
        found = Manifest(id=new_id(), sha256=sha256, name=name, actor=actor)
        session.add(found)
        session.flush()
    return found.id


def finish(session: Session, sha256: str, actor: str) -> None:
    """Say that a manifest was applied to its end."""
    found = unfinished(session, sha256, actor)
    if found is not None:
        found.finished_at = utc_now()


def applied_before(session: Session, sha256: str) -> datetime | None:
    """When this very manifest last changed something."""
    return session.scalar(
        select(Manifest.begun_at)
        .where(Manifest.sha256 == sha256)
        .order_by(Manifest.id.desc())
        .limit(1)
    )


# --- look-ups -------------------------------------------------------------------------------------


def _files() -> tuple[object, ...]:
    return (
        Sighting.id,
        Sighting.root_id,
        Root.path.label("root"),
        Sighting.path,
        Sighting.clip_id,
        Sighting.byte_count,
        Sighting.mtime_ns,
        Sighting.state,
    )


def files_at(session: Session, paths: Iterable[bytes]) -> dict[tuple[str, bytes], KnownFile]:
    """Sightings at these paths, in whatever root; by root's path and path."""
    found: dict[tuple[str, bytes], KnownFile] = {}
    for chunk in _chunks(paths):
        rows = session.execute(
            select(*_files())  # type: ignore[call-overload]
            .join(Root, Root.id == Sighting.root_id)
            .where(Sighting.root_id.in_(select(Root.id)), Sighting.path.in_(chunk))
        )
        for row in rows:
            found[row.root, row.path] = KnownFile(*row)
    return found


def uploads_named(session: Session, names: set[bytes]) -> dict[bytes, list[KnownFile]]:
    """Sightings in the upload store whose last part is one of these names."""
    found: dict[bytes, list[KnownFile]] = {}
    if not names:
        return found
    rows = session.execute(
        select(*_files())  # type: ignore[call-overload]
        .join(Root, Root.id == Sighting.root_id)
        .where(Root.kind == "uploads")
        .order_by(Sighting.id)
        .execution_options(yield_per=CHUNK)  # there may be a million
    )
    for row in rows:
        name = row.path.rsplit(b"/", 1)[-1]
        if name in names:
            found.setdefault(name, []).append(KnownFile(*row))
    return found


def clips_of_digests(session: Session, digests: Iterable[str]) -> dict[str, str]:
    """Ids of the clips whose masters have these SHA-256, by digest."""
    found: dict[str, str] = {}
    for chunk in _chunks(digests):
        rows = session.execute(select(Clip.sha256, Clip.id).where(Clip.sha256.in_(chunk)))
        found |= {row.sha256: row.id for row in rows}
    return found


def terms(session: Session, kind: str, labels: Iterable[str]) -> dict[str, tuple[str, str]]:
    """(id, label) of the terms that go by these names, by name; as `vocabulary.find` finds them."""
    wanted = list(dict.fromkeys(labels))
    by_name: dict[str, tuple[str, str]] = {}
    by_slug: dict[str, tuple[str, str]] = {}
    for chunk in _chunks(sorted({fold(one) for one in wanted} | set(wanted))):
        rows = session.execute(
            select(Term.id, Term.slug, Term.label, TermLabel.folded)
            .join(TermLabel, TermLabel.term_id == Term.id)
            .where(vocabulary.of_kind(kind), vocabulary.going_by(chunk, chunk))
            .order_by(TermLabel.preferred.desc(), Term.id)
        )
        for row in rows:
            by_name.setdefault(row.folded, (row.id, row.label))
            by_slug.setdefault(row.slug, (row.id, row.label))
    found = {one: by_name.get(fold(one)) or by_slug.get(one) for one in wanted}
    return {one: term for one, term in found.items() if term is not None}


def clips(session: Session, clip_ids: Iterable[str]) -> dict[str, KnownClip]:
    """What people entered for these clips, and whether a manifest did it."""
    found: dict[str, KnownClip] = {}
    for chunk in _chunks(clip_ids):
        for clip in session.scalars(select(Clip).where(Clip.id.in_(chunk))):
            found[clip.id] = KnownClip(clip.id, clip.sha256, entered(clip), clip.viewing or "")
        for clip_id, names in vocabulary.of_clips(session, chunk).items():
            found[clip_id].terms = {one.id for one in names}
        for clip_id, given in attachments.of_clips(session, chunk).items():
            found[clip_id].attached = given
        for key, what, by_manifest in _newest_changes(session, chunk):
            if key in found:
                found[key].latest[what] = by_manifest
    return found


def _newest_changes(
    session: Session, clip_ids: Sequence[str]
) -> Iterator[tuple[str, tuple[str, str], bool]]:
    """(clip, what, whether a manifest did it) of every change, the newest last."""
    rows = session.execute(
        select(Change.key, Change.field, Change.before, Change.after, Manifest.id)
        .outerjoin(Manifest, Manifest.id == Change.batch_id)
        .where(Change.kind == "clip", Change.key.in_(clip_ids))
        .order_by(Change.id)
    )
    for key, name, before, after, manifest in rows:
        label = after or before if name in vocabulary.KINDS else ""
        yield key, (name, fold(str(label)) if label else ""), manifest is not None
