"""Tables of what articles say and of what connects them with clips: no behaviour."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the mapping looks at it
from typing import Any

from sqlalchemy import (
    JSON,
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
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog.base import Base, id_column
from mediacatalog.values import utc_now


class MentionRow(Base):
    """A date, place, person or group that an article names: a suggestion until a person decides."""

    __tablename__ = "mentions"
    __table_args__ = (Index("ix_mentions_article_id_start_at", "article_id", "start_at"),)

    id: Mapped[str] = id_column()
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id"))
    kind: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(Text, index=True)
    """What it means, the same in all articles: `place:174448`, `group:islamic state`."""
    start_at: Mapped[int | None]
    """Characters of the article's text; None when a newer text no longer has the words."""
    end_at: Mapped[int | None]
    surface: Mapped[str] = mapped_column(Text)
    value: Mapped[dict[str, Any]]
    """As `mediacatalog article --json` prints it, with its alternatives."""
    confidence: Mapped[float] = mapped_column(Float)
    state: Mapped[str] = mapped_column(String(16), default="suggested")
    """`suggested`, `accepted` or `rejected`."""
    decided_by: Mapped[str | None] = mapped_column(Text)


class ClaimRow(Base):
    """Who says what in an article."""

    __tablename__ = "claims"

    id: Mapped[str] = id_column()
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id"), index=True)
    speaker: Mapped[str] = mapped_column(Text)
    speaker_start: Mapped[int]
    speaker_end: Mapped[int]
    verb: Mapped[str] = mapped_column(Text)
    statement: Mapped[str] = mapped_column(Text)
    start_at: Mapped[int]
    end_at: Mapped[int]
    direct: Mapped[bool] = mapped_column(Boolean)
    confidence: Mapped[float] = mapped_column(Float)


class MentionReading(Base):
    """Which text of an article was read for mentions, and by which version of the reader."""

    __tablename__ = "mention_readings"

    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id"), primary_key=True)
    text_sha256: Mapped[str] = mapped_column(String(64))
    """Of the text, its title, address, dates and videos."""
    version: Mapped[int]
    read_at: Mapped[datetime] = mapped_column(default=utc_now)


class ArticleTerm(Base):
    """A term that a person accepted for an article, by accepting a mention."""

    __tablename__ = "article_terms"

    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id"), primary_key=True)
    term_id: Mapped[str] = mapped_column(ForeignKey("terms.id"), primary_key=True, index=True)
    actor: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class MarkerTerm(Base):
    """A tag that a person gave a note: it is the clip's at that moment."""

    __tablename__ = "marker_terms"

    marker_id: Mapped[str] = mapped_column(ForeignKey("markers.id"), primary_key=True)
    term_id: Mapped[str] = mapped_column(ForeignKey("terms.id"), primary_key=True, index=True)
    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), index=True)


class LinkKey(Base):
    """A key of the index of links; no key keeps more owners of one side than `linking.keys` says.

    Without row ids: in SQLite the primary key is the table.
    """

    __tablename__ = "link_keys"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """A digest of the key, 64 bits."""
    side: Mapped[str] = mapped_column(String(1), primary_key=True)
    """`a` for articles, `c` for clips."""
    owner: Mapped[str] = mapped_column(String(36), primary_key=True)


class LinkDocument(Base):
    """Which keys a clip or an article has in the index, so that they can be taken out again."""

    __tablename__ = "link_documents"

    owner: Mapped[str] = mapped_column(String(36), primary_key=True)
    side: Mapped[str] = mapped_column(String(1))
    packed: Mapped[bytes] = mapped_column(LargeBinary)
    """Little-endian int64 of each key that was entered."""


class LinkWeights(Base):
    """Weights that were learned from what people decided; the newest that is in use counts."""

    __tablename__ = "link_weights"

    id: Mapped[str] = id_column()
    made_at: Mapped[datetime] = mapped_column(default=utc_now)
    made_by: Mapped[str] = mapped_column(Text)
    weights: Mapped[dict[str, Any]]
    """`{bias, kinds: {kind: log odds}}`."""
    learned_from: Mapped[dict[str, Any]]
    """How many decisions, how good before and after; digest of the decisions."""
    in_use: Mapped[bool] = mapped_column(Boolean, default=True)


class ClipDate(Base):
    """When a clip was shot, as a person says."""

    __tablename__ = "clip_dates"

    id: Mapped[str] = id_column()
    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), index=True)
    edtf: Mapped[str] = mapped_column(String(64))
    earliest: Mapped[str | None] = mapped_column(String(10))
    latest: Mapped[str | None] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text, default="")
    actor: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ClipPlace(Base):
    """Where a clip was shot, or what place it shows, as a person says."""

    __tablename__ = "clip_places"

    id: Mapped[str] = id_column()
    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    """`shot` or `shown`."""
    name: Mapped[str] = mapped_column(Text)
    geonames_id: Mapped[int | None] = mapped_column(Integer)
    lat: Mapped[float | None] = mapped_column(Float)
    lon: Mapped[float | None] = mapped_column(Float)
    precision_m: Mapped[int | None] = mapped_column(Integer)
    """The truth lies within so many metres; None is not known."""
    reason: Mapped[str] = mapped_column(Text, default="")
    actor: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ClipOccasion(Base):
    """The best of all sources for when and where a clip was shot: computed, never entered."""

    __tablename__ = "clip_occasions"

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    edtf: Mapped[str | None] = mapped_column(String(64))
    earliest: Mapped[str | None] = mapped_column(String(10), index=True)
    latest: Mapped[str | None] = mapped_column(String(10))
    points: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """`[lat, lon]` of each place that holds."""
    conflict: Mapped[bool] = mapped_column(Boolean, default=False)
