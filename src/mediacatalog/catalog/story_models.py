"""Tables around articles: where each came from, what it names, what it shares with others."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the mapping looks at it

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog.base import Base, id_column
from mediacatalog.values import utc_now


class ArticleOrigin(Base):
    """One acquisition of an article: never edited, one row for each place that it was found at."""

    __tablename__ = "article_origins"
    __table_args__ = (UniqueConstraint("article_id", "kind", "place"),)

    id: Mapped[str] = id_column()
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id"))
    kind: Mapped[str] = mapped_column(String(16))
    """`beside` or attached to a clip, `file`, `warc`, `wacz`, `mhtml`, `feed`, `telegram`,
    `whatsapp`, `upload`, `paste`, `fetched`."""
    place: Mapped[str] = mapped_column(Text)
    """The file, and the place in it: `/archive/crawl.warc.gz https://…`; or the address."""
    captured: Mapped[str] = mapped_column(String(64), default="")
    """When it was saved, ISO 8601, as the source says; empty if it doesn't."""
    actor: Mapped[str] = mapped_column(Text, default="")
    """Who brought it in; empty for the watcher."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ArticleMedia(Base):
    """A video file that an export names as that of a message."""

    __tablename__ = "article_media"
    __table_args__ = (Index("ix_article_media_path", "path"),)

    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id"), primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    """Absolute."""
    shown: Mapped[str] = mapped_column(Text)
    """As the export writes it."""


class ArticleShingle(Base):
    """The index of sampled shingles (`articles.shingles`)."""

    __tablename__ = "article_shingles"
    __table_args__ = (Index("ix_article_shingles_article_id", "article_id"),)

    shingle: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id"), primary_key=True)


class ArticleCopy(Base):
    """Two articles that share much of their text; the smaller id first."""

    __tablename__ = "article_copies"
    __table_args__ = (Index("ix_article_copies_other_id", "other_id"),)

    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id"), primary_key=True)
    other_id: Mapped[str] = mapped_column(ForeignKey("articles.id"), primary_key=True)
    contained: Mapped[float] = mapped_column(Float)
    """Share of the shorter text that stands in the other."""
    resemblance: Mapped[float] = mapped_column(Float)


class ArticleFile(Base):
    """A file of a watched folder that holds articles: what was read from it."""

    __tablename__ = "article_files"
    __table_args__ = (Index("ix_article_files_state_id", "state", "sighting_id"),)

    sighting_id: Mapped[str] = mapped_column(ForeignKey("sightings.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    """`waiting`, `read`, `failed`, or `none` where it holds no articles."""
    found: Mapped[int] = mapped_column(Integer, default=0)
    skipped: Mapped[int] = mapped_column(Integer, default=0)
