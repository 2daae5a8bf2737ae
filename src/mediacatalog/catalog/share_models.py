"""Tables of links for outsiders: no behaviour."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the mapping looks at it

from sqlalchemy import BigInteger, Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog.base import ID, Base
from mediacatalog.values import utc_now


class Share(Base):
    """A link: of a clip, a part of it, or a collection."""

    __tablename__ = "shares"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the secret, in hexadecimal digits."""
    label: Mapped[str] = mapped_column(Text)
    """For whom it is; the watermark says the same."""
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    clip_id: Mapped[str | None] = mapped_column(ID, ForeignKey("clips.id"), index=True)
    collection_id: Mapped[str | None] = mapped_column(ID, ForeignKey("collections.id"), index=True)
    start_ms: Mapped[int | None] = mapped_column(BigInteger)
    end_ms: Mapped[int | None] = mapped_column(BigInteger)
    is_marked: Mapped[bool]
    gives_original: Mapped[bool]
    tells_titles: Mapped[bool]
    password: Mapped[str] = mapped_column(Text)
    """Argon2id; empty where none is asked for."""
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str] = mapped_column(Text, default="")


class ShareItem(Base):
    """A clip of a link, and the rendition that is made of it for this link alone."""

    __tablename__ = "share_items"
    __table_args__ = (Index("ix_share_items_state", "state"),)

    share_id: Mapped[str] = mapped_column(ForeignKey("shares.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """From 1."""
    clip_id: Mapped[str] = mapped_column(ID, ForeignKey("clips.id"), index=True)
    level: Mapped[str] = mapped_column(String(16))
    """How far the clip was closed when it was shared: closed further, it is shared no more."""
    until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    start_pts: Mapped[int | None] = mapped_column(BigInteger)
    end_pts: Mapped[int | None] = mapped_column(BigInteger)
    """Of the part; null for the whole clip."""
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    """`waiting`, `making`, `ready`, or `failed` for a reason of the file."""
    progress: Mapped[float] = mapped_column(Float, default=0.0)
    owner: Mapped[str | None] = mapped_column(String(64))
    fence: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    next_retry_at: Mapped[datetime | None]
    folder: Mapped[str] = mapped_column(Text, default="")
    """Below the folder of shares."""
    sha256: Mapped[str] = mapped_column(String(64), default="")
    byte_count: Mapped[int] = mapped_column(BigInteger, default=0)
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    stills: Mapped[int] = mapped_column(default=0)


class ShareView(Base):
    """That somebody looked: what, from where, and from when to when."""

    __tablename__ = "share_views"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    share_id: Mapped[str] = mapped_column(ForeignKey("shares.id"), index=True)
    what: Mapped[str] = mapped_column(String(16))
    number: Mapped[int]
    """Of the clip; 0 for the page."""
    address: Mapped[str] = mapped_column(String(64))
    """The network, not the machine."""
    agent: Mapped[str] = mapped_column(Text)
    first_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_at: Mapped[datetime] = mapped_column(default=utc_now)
