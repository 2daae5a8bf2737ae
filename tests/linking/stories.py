"""Clips and articles in a catalogue, without files: rows as the ingest would have left them."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Any

from mediacatalog import linking
from mediacatalog.catalog import holdings
from mediacatalog.catalog.models import ArticleRow, Clip, ProbeRecord
from mediacatalog.values import State

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session


def a_clip(
    session: Session,
    folder: Path,
    name: str,
    *,
    facts: dict[str, Any] | None = None,
    **columns: Any,
) -> str:
    """The id of a clip with one file of this name, not yet in the index of links."""
    root = holdings.root(session, folder, kind="watched")
    digest = hashlib.sha256(name.encode()).hexdigest()
    clip = Clip(sha256=digest, byte_count=1, state=State.READY, derived_title=name, **columns)
    session.add(clip)
    session.flush()
    seen = holdings.Seen(name.encode(), 1, 1_500_000_000_000_000_000, 1, len(digest))
    one = holdings.add_sighting(session, root.id, seen, State.READY)
    one.clip_id = clip.id
    session.add(ProbeRecord(clip_id=clip.id, tool="ffprobe", raw=b"", facts=facts or {}))
    session.flush()
    return clip.id


def a_story(session: Session, title: str, text: str, **columns: Any) -> str:
    """The id of an article, read for mentions and entered into the index of links."""
    data = f"{title}\n{text}".encode()
    row = ArticleRow(
        sha256=hashlib.sha256(data).hexdigest(),
        name=f"{title}.html",
        original=zlib.compress(data),
        title=title,
        text=text,
        **columns,
    )
    session.add(row)
    session.flush()
    linking.article_came(session, row.id)
    return row.id
