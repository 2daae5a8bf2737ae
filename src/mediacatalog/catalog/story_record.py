"""Everything that is known of one article, as JSON: for the command, the API and exports."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mediacatalog.catalog import mentions, stories
from mediacatalog.catalog.models import ArticleLink, ArticleRow
from mediacatalog.errors import NotFoundError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def row_of(session: Session, article_id: str) -> ArticleRow:
    """By its id, or by the SHA-256 of its original. Raises NotFoundError."""
    row = session.get(ArticleRow, article_id) or session.scalar(
        select(ArticleRow).where(ArticleRow.sha256 == article_id)
    )
    if row is None:
        raise NotFoundError("article", article_id)
    return row


def of_article(session: Session, article_id: str) -> dict[str, Any]:
    """By its id, or by the SHA-256 of its original. Raises NotFoundError."""
    row = row_of(session, article_id)
    copies = stories.copies_of(session, row.id)
    links = session.scalars(
        select(ArticleLink)
        .where(ArticleLink.article_id == row.id)
        .order_by(ArticleLink.score.desc(), ArticleLink.id)
        .limit(1000)
    )
    return {
        "article": row.id,
        "sha256": row.sha256,
        "name": row.name,
        "title": row.title,
        "byline": row.byline,
        "dateline": row.dateline,
        "published": row.published,
        "modified": row.modified,
        "language": row.language,
        "url": row.url,
        "site": row.site,
        "text": row.text,
        "removed": row.removed,
        "videos": row.videos,
        "mentions": [asdict(one) for one in mentions.of_article(session, row.id)],
        "claims": [asdict(one) for one in mentions.claims_of(session, row.id)],
        "origins": [
            {
                "kind": one.kind,
                "place": one.place,
                "captured": one.captured or None,
                "by": one.actor or None,
                "at": one.created_at,
            }
            for one in stories.origins(session, row.id)
        ],
        "earliest_known": copies.own_is_earliest,
        "copies": [asdict(one) for one in copies.others],
        "clips": [
            {
                "clip": one.clip_id,
                "relation": one.relation,
                "state": one.state,
                "score": one.score,
                "evidence": one.evidence,
                "decided_by": one.decided_by,
            }
            for one in links
        ],
    }
