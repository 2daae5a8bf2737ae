"""Rows for search tests, put in directly: what the stages would have written."""

from __future__ import annotations

import itertools
import zlib
from typing import TYPE_CHECKING

from mediacatalog.catalog import file_names, holdings, label_starts
from mediacatalog.catalog.models import (
    ArticleLink,
    ArticleRow,
    Clip,
    ClipTerm,
    ProbeRecord,
    Root,
    Sighting,
    Term,
)
from mediacatalog.catalog.track_models import CueRow, TrackRow
from mediacatalog.text import fold
from mediacatalog.values import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue

_numbers = itertools.count(1)


def a_clip(
    catalogue: Catalogue,
    title: str = "",
    *,
    cues: Sequence[tuple[int, int, str]] = (),
    tracks: Sequence[Sequence[tuple[int, int, str]]] = (),
    tags: Sequence[str] = (),
    places: Sequence[Sequence[str]] = (),
    description: str = "",
    source: str = "",
    language: str = "",
    codec: str = "h264",
    state: str = "ready",
    article: str = "",
    article_state: str = "certain",
    name: str = "",
    size: tuple[int, int] = (0, 0),
    duration_ms: int = 10_000,
    recorded_at: str = "",
    position: tuple[float, float] | None = None,
    camera: str = "",
) -> str:
    """A clip with all that a search may find of it; returns its id. Times in milliseconds."""
    number = next(_numbers)
    with catalogue.writing() as session:
        clip = Clip(
            sha256=f"{number:064x}",
            byte_count=1,
            state=state,
            title=title or None,
            derived_title=f"derived{number}",
            description=description or None,
            source=source or None,
            language=language or None,
            video_codec=codec,
            duration_ms=duration_ms,
            width=size[0],
            height=size[1],
            recorded_at=recorded_at,
        )
        session.add(clip)
        session.flush()
        if position or camera:
            make, _, model = camera.partition(" ")
            facts = {
                "location": position and {"lat": position[0], "lon": position[1], "source": "test"},
                "camera": {"make": make or None, "model": model or None, "serial": None},
            }
            session.add(ProbeRecord(clip_id=clip.id, tool="test", raw=b"", facts=facts))
        for row in ([cues] if cues else []) + list(tracks):
            _track(session, clip.id, row)
        for labels in [*([tag] for tag in tags), *places]:
            _term(session, clip.id, labels, "tag" if len(labels) == 1 else "place")
        if article:
            _article(session, clip.id, article, article_state, number)
        if name:
            _sighting(session, clip.id, name)
        holdings.touch(session, [clip.id])
        return clip.id


def _track(session: Session, clip_id: str, cues: Sequence[tuple[int, int, str]]) -> None:
    track = TrackRow(
        clip_id=clip_id,
        number=0,
        origin="sidecar",
        origin_key="clip.srt",
        sha256="0" * 64,
        format="srt",
        encoding="utf-8",
        encoding_confidence=1.0,
        language="en",
        kind="subtitle",
    )
    session.add(track)
    session.flush()
    for number, (start, end, text) in enumerate(cues):
        session.add(CueRow(track_id=track.id, number=number, start_ms=start, end_ms=end, text=text))


def _term(session: Session, clip_id: str, labels: Sequence[str], kind: str) -> None:
    slug = fold(labels[0]).replace(" ", "-")
    term = session.query(Term).filter_by(slug=slug).one_or_none()
    if term is None:
        term = Term(kind=kind, slug=slug, label=labels[0])
        session.add(term)
        session.flush()
        for label in labels:
            preferred = label == labels[0]
            label_starts.name(session, term.id, label, fold(label), preferred=preferred)
    session.add(ClipTerm(clip_id=clip_id, term_id=term.id, actor="local"))
    session.flush()


def _article(session: Session, clip_id: str, text: str, state: str, number: int) -> None:
    article = ArticleRow(
        sha256=f"{number:064x}", name="clip.html", original=zlib.compress(text.encode()), text=text
    )
    session.add(article)
    session.flush()
    session.add(
        ArticleLink(
            clip_id=clip_id,
            article_id=article.id,
            relation="describes",
            state=state,
            score=0.9,
        )
    )


def _sighting(session: Session, clip_id: str, name: str) -> None:
    root = session.query(Root).first()
    if root is None:
        root = Root(path="/media", name="media", kind="watched")
        session.add(root)
        session.flush()
    file = Sighting(
        id=new_id(),
        root_id=root.id,
        path=name.encode(),
        display=name,
        clip_id=clip_id,
        byte_count=1,
        mtime_ns=1,
        device="1",
        inode="1",
        state="ready",
    )
    session.add(file)
    file_names.renamed(session, file.id, "", name)
