"""Captions and articles that people attached to a clip although they don't lie beside it.

The bytes are kept here, so that they outlive the file that they were taken from. The stages that
read captions and articles read these, too.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - the mapping looks at it
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog import changes, holdings
from mediacatalog.catalog.base import Base, id_column
from mediacatalog.catalog.database import insert_into
from mediacatalog.catalog.models import ArticleLink, ArticleRow
from mediacatalog.values import State, new_id, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

KINDS = ("captions", "article")


class Attachment(Base):
    __tablename__ = "attachments"
    __table_args__ = (UniqueConstraint("clip_id", "kind", "sha256"),)

    id: Mapped[str] = id_column()
    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"))
    kind: Mapped[str] = mapped_column(String(16))
    """`captions` or `article`."""
    name: Mapped[str] = mapped_column(Text)
    """Of the file, as people see it."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the original bytes."""
    original: Mapped[bytes] = mapped_column(LargeBinary)
    """Compressed (zlib)."""
    language: Mapped[str | None] = mapped_column(String(35))
    """BCP 47, if a person said so."""
    actor: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


@dataclass(frozen=True, slots=True)
class Attached:
    """One attachment with its bytes."""

    name: str
    sha256: str
    data: bytes
    language: str | None
    actor: str


def add(  # noqa: PLR0913 - each argument is a column, or of the history
    session: Session,
    clip_id: str,
    kind: str,
    *,
    name: str,
    data: bytes,
    language: str | None = None,
    actor: str,
    batch_id: str | None = None,
    reason: str = "",
) -> bool:
    """Attach bytes to a clip, or say in which language they are; recorded in the history.

    False when the clip has them already, and nothing is changed. A language is never taken back.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    added = session.execute(
        insert_into(session, Attachment)
        .values(
            id=new_id(),
            clip_id=clip_id,
            kind=kind,
            name=name,
            sha256=sha256,
            original=zlib.compress(data),
            language=language,
            actor=actor,
            created_at=utc_now(),
        )
        .on_conflict_do_nothing(index_elements=["clip_id", "kind", "sha256"])
        .returning(Attachment.id)
    ).scalar()
    before: str | None = None
    if added is None:
        row = session.scalars(
            select(Attachment).where(
                Attachment.clip_id == clip_id, Attachment.kind == kind, Attachment.sha256 == sha256
            )
        ).one()
        if language is None or row.language == language:
            return False
        before, row.language = f"{row.name} ({row.language or 'language not said'})", language
    changes.record(
        session,
        actor=actor,
        kind="clip",
        key=clip_id,
        field=kind,
        before=before,
        after=f"{name} ({language})" if language else name,
        batch_id=batch_id,
        reason=reason,
    )
    session.flush()
    return True


def read_again(session: Session, clip_id: str) -> None:
    """Let a worker read what was attached, if the clip was read to its end before.

    One that is being read notices by itself, and one that waits reads it anyway.
    """
    settled = (State.READY, State.PARTIAL)
    busy = (State.WAITING, State.RUNNING)
    there = holdings.sightings_of_clip(session, clip_id)
    if any(one.state in busy for one in there):
        return
    for one in there:
        if one.state in settled:
            one.priority, one.attempts = 1, 0
            holdings.set_state(one, State.WAITING, "captions or an article were attached")
            return


def digest(session: Session, clip_id: str) -> str:
    """Of all that is attached to a clip; empty if there is nothing."""
    rows = session.execute(
        select(Attachment.kind, Attachment.sha256, Attachment.language)
        .where(Attachment.clip_id == clip_id)
        .order_by(Attachment.kind, Attachment.sha256)
    ).all()
    lines = "\n".join(f"{row.kind}\0{row.sha256}\0{row.language or ''}" for row in rows)
    return hashlib.sha256(lines.encode()).hexdigest()[:32] if rows else ""


def of_clip(session: Session, clip_id: str, kind: str) -> list[Attached]:
    """The attachments of one kind with their bytes, in the order in which they came."""
    rows = session.scalars(
        select(Attachment)
        .where(Attachment.clip_id == clip_id, Attachment.kind == kind)
        .order_by(Attachment.id)
    )
    return [
        Attached(one.name, one.sha256, zlib.decompress(one.original), one.language, one.actor)
        for one in rows
    ]


def of_clips(
    session: Session, clip_ids: Iterable[str]
) -> Mapping[str, Mapping[tuple[str, str], str | None]]:
    """For each clip that has some: (kind, SHA-256) of each attachment, and its language."""
    found: dict[str, dict[tuple[str, str], str | None]] = {}
    for row in session.execute(
        select(Attachment.clip_id, Attachment.kind, Attachment.sha256, Attachment.language).where(
            Attachment.clip_id.in_(list(clip_ids))
        )
    ):
        found.setdefault(row.clip_id, {})[row.kind, row.sha256] = row.language
    return found


def accept_links(session: Session, clip_id: str, actors: Mapping[str, str]) -> None:
    """Articles that a person attached belong to the clip; what was decided before stays decided.

    `actors` names the person by the SHA-256 of the article.
    """
    links = session.execute(
        select(ArticleLink, ArticleRow.sha256)
        .join(ArticleRow, ArticleRow.id == ArticleLink.article_id)
        .where(
            ArticleLink.clip_id == clip_id,
            ArticleLink.decided_by.is_(None),
            ArticleRow.sha256.in_(list(actors)),
        )
    )
    for link, sha256 in links:
        link.state, link.decided_by = "accepted", actors[sha256]
    session.flush()
