"""The stories of a clip: beside it, attached to it, named by an export, or found by the index."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mediacatalog import linking
from mediacatalog.articles import mentions
from mediacatalog.catalog import attachments, holdings, stories, timeline
from mediacatalog.ingest import attached, beside

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.models import Clip
    from mediacatalog.values import Problem


def find(
    catalogue: Catalogue, clip_id: str, path: Path, masters: Sequence[Path]
) -> tuple[Callable[[Session, Clip], None], tuple[Problem, ...]]:
    """(what writes the links, problems of the files); files are read outside of a transaction."""
    with catalogue.reading() as session:
        clip = holdings.clip(session, clip_id)
        tags = timeline.container_tags(session, clip.id)
        facts = linking.ClipFacts(
            name=holdings.display_name(os.fsencode(path.name)),
            duration_ms=clip.duration_ms,
            recorded_at=clip.recorded_at,
            title=clip.title or tags.get("title"),
            urls=tuple(tag for tag in tags.values() if tag.startswith(("http://", "https://"))),
        )
        given = attachments.of_clip(session, clip.id, "article")
    found, problems = beside.find_articles(facts, masters)
    said, more = attached.articles_of(given)
    merged = attached.merged(said, found)
    named = {one.sha256: mentions.of_article(one.article) for one in merged}

    def keep(session: Session, clip: Clip) -> None:
        kept = timeline.keep_articles(session, clip, merged)
        attachments.accept_links(session, clip.id, {one.sha256: one.actor for one in given})
        _link_named(session, clip, masters)
        for sha256, article_id in kept.items():
            linking.article_came(session, article_id, named[sha256])
        linking.clip_came(session, clip.id)

    return keep, (*problems, *more)


def nothing_beside(masters: Sequence[Path]) -> Callable[[Session, Clip], None]:
    """What writes the links of a clip beside which no story lies, and to which none is attached."""

    def keep(session: Session, clip: Clip) -> None:
        timeline.keep_articles(session, clip, ())
        _link_named(session, clip, masters)
        linking.clip_came(session, clip.id)

    return keep


def _link_named(session: Session, clip: Clip, masters: Sequence[Path]) -> None:
    stories.link_named(session, clip.id, [holdings.spelled(one) for one in masters])
