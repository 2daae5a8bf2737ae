"""Tables of caption tracks: what is shown, its cues, and the bytes that it was read from."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the mapping looks at it
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog.base import Base, id_column


class TrackRow(Base):
    """A caption track, from a sidecar, a stream of the master, or a person."""

    __tablename__ = "tracks"
    __table_args__ = (Index("ix_tracks_clip_id_number", "clip_id", "number"),)

    id: Mapped[str] = id_column()
    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"))
    number: Mapped[int] = mapped_column(Integer)
    """Order of display within the clip."""
    origin: Mapped[str] = mapped_column(String(16))
    """`sidecar`, `embedded` or `person` (uploaded, or attached by a manifest)."""
    origin_key: Mapped[str] = mapped_column(Text)
    """The file's name, or `stream 2`."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the bytes that were read last."""
    format: Mapped[str] = mapped_column(String(32))
    encoding: Mapped[str] = mapped_column(String(32))
    encoding_confidence: Mapped[float] = mapped_column(Float)
    language: Mapped[str | None] = mapped_column(String(35))
    kind: Mapped[str] = mapped_column(String(16))
    searchable: Mapped[bool] = mapped_column(Boolean, default=True)
    """False for a track that is present but holds pictures of text."""
    problems: Mapped[list[Any]] = mapped_column(default=list)
    title: Mapped[str] = mapped_column(Text, default="", server_default=sql("''"))
    """What the container calls it."""
    script: Mapped[str | None] = mapped_column(String(4))
    """ISO 15924."""
    forced: Mapped[bool] = mapped_column(Boolean, default=False, server_default=sql("false"))
    sdh: Mapped[bool] = mapped_column(Boolean, default=False, server_default=sql("false"))
    made_by: Mapped[str] = mapped_column(String(16), default="human", server_default=sql("'human'"))
    """`human`, `machine` or `translation`."""
    model: Mapped[str] = mapped_column(Text, default="", server_default=sql("''"))
    regions: Mapped[list[Any] | None]
    """Parts of the picture in which cues stand, as `values.Region`."""
    state: Mapped[str] = mapped_column(String(16), default="here", server_default=sql("'here'"))
    """`here`; `gone`: its file is, and people's work on it stays; `removed` by a person."""
    chosen_encoding: Mapped[str | None] = mapped_column(String(32))
    """What a person said; these three win over what is found in the bytes."""
    chosen_language: Mapped[str | None] = mapped_column(String(35))
    chosen_kind: Mapped[str | None] = mapped_column(String(16))
    edited_at: Mapped[datetime | None]
    """When a person last changed its cues; None while they are those of the file."""
    edited_by: Mapped[str | None] = mapped_column(Text)
    file_changed_at: Mapped[datetime | None]
    """When the file was seen to be another than the one that people's edits began with."""
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    """Grows with every change of its cues or of how it is read."""


class TrackOriginal(Base):
    """The bytes of a track's file as they were read last, compressed (zlib)."""

    __tablename__ = "track_originals"

    track_id: Mapped[str] = mapped_column(ForeignKey("tracks.id"), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    """With the suffix by which its reader is found."""
    byte_count: Mapped[int] = mapped_column(BigInteger)
    """Before they were compressed."""
    original: Mapped[bytes] = mapped_column(LargeBinary)


class CueRow(Base):
    __tablename__ = "cues"

    track_id: Mapped[str] = mapped_column(ForeignKey("tracks.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start_ms: Mapped[int] = mapped_column(BigInteger)
    end_ms: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(Text)
    cue_id: Mapped[str | None] = mapped_column(Text)
    speaker: Mapped[str | None] = mapped_column(Text)
    settings: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(35))
    """BCP 47, where it isn't the track's."""
    sound: Mapped[bool] = mapped_column(Boolean, default=False, server_default=sql("false"))
    """Nobody speaks."""
    words: Mapped[list[Any] | None]
    """Pairs of place and milliseconds, as `values.Cue.words`; none where no word has a time."""
