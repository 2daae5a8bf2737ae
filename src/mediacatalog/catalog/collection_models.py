"""Tables of collections: no behaviour."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the mapping looks at it
from typing import Any

from sqlalchemy import JSON, Boolean, Computed, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog.base import ID, Base, id_column
from mediacatalog.values import utc_now


class CollectionRow(Base):
    __tablename__ = "collections"
    __table_args__ = (Index("ix_collections_name_key_id", "name_key", "id"),)

    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str | None] = mapped_column(Text, Computed("lower(name)"))
    """By which lists are sorted."""
    description: Mapped[str | None] = mapped_column(Text)
    question: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    """`{"q": text, "filters": {name: [values]}}`; None of one put together by hand."""
    removed: Mapped[bool] = mapped_column(Boolean, default=False)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class CollectionItem(Base):
    """A clip of a collection; of one with a question only those that have a note."""

    __tablename__ = "collection_items"
    __table_args__ = (Index("ix_collection_items_collection_id_place", "collection_id", "place"),)

    collection_id: Mapped[str] = mapped_column(ID, ForeignKey("collections.id"), primary_key=True)
    clip_id: Mapped[str] = mapped_column(ID, ForeignKey("clips.id"), primary_key=True, index=True)
    place: Mapped[int] = mapped_column(Integer)
    """From 1, without gaps; 0 where the search says the order."""
    note: Mapped[str | None] = mapped_column(Text)
    added_by: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(default=utc_now)
