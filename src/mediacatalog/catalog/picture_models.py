"""The tables of text that was read from pictures."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the mapping looks at it

from sqlalchemy import BigInteger, Boolean, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog.base import Base
from mediacatalog.values import utc_now


class PictureReading(Base):
    """That the keyframes of a clip are to be read, are being read, or were."""

    __tablename__ = "picture_readings"
    __table_args__ = (
        Index("ix_picture_readings_state_priority_clip_id", "state", "priority", "clip_id"),
        Index("ix_picture_readings_state_recipe", "state", "recipe"),
    )

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    """`waiting`, `reading`, `done` or `failed`."""
    of: Mapped[str] = mapped_column("pictures", String(32), default="")
    """Fingerprint of the keyframes."""
    recipe: Mapped[str] = mapped_column(String(64), default="")
    """By which was read: its version and the languages. Empty while it never was."""
    looked_at: Mapped[int] = mapped_column(Integer, default=0)
    keyframes: Mapped[int] = mapped_column(Integer, default=0)
    """How many there were, of which so many were looked at."""
    owner: Mapped[str | None] = mapped_column(String(64))
    fence: Mapped[int] = mapped_column(Integer, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    priority: Mapped[int] = mapped_column(Integer, default=10)
    next_retry_at: Mapped[datetime | None]


class PictureText(Base):
    """One line that a machine read in a keyframe; a new reading replaces all of a clip."""

    __tablename__ = "picture_texts"

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """In the order of the film, and from top to bottom."""
    pts: Mapped[int] = mapped_column(BigInteger)
    """Of the keyframe, in the time base of the clip."""
    start_ms: Mapped[int] = mapped_column(BigInteger)
    """The same from the first frame."""
    end_ms: Mapped[int] = mapped_column(BigInteger)
    """Where the shot of that keyframe ends."""
    text: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)
    """By which it is known again."""
    confidence: Mapped[float] = mapped_column(Float)
    left: Mapped[float] = mapped_column("x", Float)
    top: Mapped[float] = mapped_column("y", Float)
    width: Mapped[float] = mapped_column(Float)
    height: Mapped[float] = mapped_column(Float)
    """The box, in parts of the picture's width and height."""
    dismissed: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether a person said that it doesn't stand there, or says nothing."""


class PictureDismissal(Base):
    """That a text isn't one of this clip's, whatever a machine reads: a person's word, kept."""

    __tablename__ = "picture_dismissals"

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    folded: Mapped[str] = mapped_column(String(200), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    """As it stood when the person saw it."""
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=utc_now)
