"""Tables of what may be seen by whom: no behaviour."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the mapping looks at it
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog.base import ID, Base, id_column
from mediacatalog.values import utc_now


class ClipAccess(Base):
    """Who may see a clip that isn't open to everybody; an open one has no row."""

    __tablename__ = "clip_access"

    clip_id: Mapped[str] = mapped_column(ID, ForeignKey("clips.id"), primary_key=True)
    level: Mapped[str] = mapped_column(String(16))
    """`restricted`, `embargo` or `sealed`."""
    until: Mapped[datetime | None] = mapped_column(index=True)
    """When an embargo ends."""
    reason: Mapped[str] = mapped_column(Text)
    set_by: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime] = mapped_column(default=utc_now)


class Unsealing(Base):
    """That somebody asks to unseal a clip, until another one confirms it."""

    __tablename__ = "unsealings"

    clip_id: Mapped[str] = mapped_column(ID, ForeignKey("clips.id"), primary_key=True)
    level: Mapped[str] = mapped_column(String(16))
    """What it is to be: anything but `sealed`."""
    until: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text)
    account_id: Mapped[str] = mapped_column(ID, ForeignKey("accounts.id"))
    asked_by: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(default=utc_now)


class Visit(Base):
    """That somebody looked at a sealed clip, or was sent the bytes of any master."""

    __tablename__ = "visits"

    id: Mapped[str] = id_column()
    clip_id: Mapped[str] = mapped_column(ID, ForeignKey("clips.id"), index=True)
    who: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(String(16))
    """`view`, `play` or `download`."""
    at: Mapped[datetime] = mapped_column(default=utc_now)


class Grant(Base):
    """That somebody may see the clips of a collection, however far these are closed."""

    __tablename__ = "grants"

    account_id: Mapped[str] = mapped_column(ID, ForeignKey("accounts.id"), primary_key=True)
    collection_id: Mapped[str] = mapped_column(
        ID, ForeignKey("collections.id"), primary_key=True, index=True
    )
    reach: Mapped[str] = mapped_column(String(16))
    """`restricted` (and under embargo), or `sealed`: these, too."""
    granted_by: Mapped[str] = mapped_column(Text)
    granted_at: Mapped[datetime] = mapped_column(default=utc_now)


class Purging(Base):
    """That somebody asks to purge a clip, until another one confirms it."""

    __tablename__ = "purgings"

    clip_id: Mapped[str] = mapped_column(ID, ForeignKey("clips.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    with_masters: Mapped[bool] = mapped_column(Boolean)
    account_id: Mapped[str] = mapped_column(ID, ForeignKey("accounts.id"))
    asked_by: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(default=utc_now)


class TombstoneRow(Base):
    """What is left of a purged clip. It refers to no other row, and none refers to it."""

    __tablename__ = "tombstones"
    __table_args__ = (Index("ix_tombstones_rev_clip_id", "rev", "clip_id"),)

    clip_id: Mapped[str] = mapped_column(ID, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    """Of its master: these bytes aren't taken in again."""
    level: Mapped[str] = mapped_column(String(16))
    """Who saw it before: only they learn that it was."""
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    confirmed_by: Mapped[str] = mapped_column(Text)
    """Empty where there was nobody else who could."""
    purged_at: Mapped[datetime]
    rev: Mapped[int] = mapped_column(BigInteger)
    """Its place among the revisions of clips, for who follows these."""
    masters: Mapped[str] = mapped_column(Text)
    """What became of the master: `left`, `to be removed`, `removed`, or `left: ` and why."""
    paths: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """(absolute path of the root, base64 of the name below it) of masters still to be removed."""
    erased_at: Mapped[datetime | None]
    """When the derivatives, and the masters that were to go, were gone from the disk."""
