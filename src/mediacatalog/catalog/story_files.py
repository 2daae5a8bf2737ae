"""Files of watched folders that hold articles: which wait to be read, and what became of them.

Such a file is a sighting like any other; what is said of it stands in its row and its history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from mediacatalog.articles import sources
from mediacatalog.catalog import holdings
from mediacatalog.catalog.database import insert_into
from mediacatalog.catalog.models import Sighting
from mediacatalog.catalog.story_models import ArticleFile
from mediacatalog.values import State, utc_now

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

REPLACE = "replace the file if a whole one exists; what was read stays"
_LIKE = ("%.warc", "%.warc.gz", "%.wacz", "%.mhtml", "%.mht", "%.rss", "%.atom", "%.xml",
         "%result.json", "%messages%.html", "%chat%.txt")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    sighting_id: str
    path: Path
    byte_count: int
    mtime_ns: int


def want(session: Session, sighting_id: str) -> None:
    """Let a file be read, or read again when it has changed."""
    session.execute(
        insert_into(session, ArticleFile)
        .values(sighting_id=sighting_id, state="waiting", found=0, skipped=0)
        .on_conflict_do_update(index_elements=["sighting_id"], set_={"state": "waiting"})
    )


def notice(session: Session) -> int:
    """Files that were seen before anything read articles from them; returns how many wait now."""
    rows = session.execute(
        select(Sighting.id, Sighting.display)
        .outerjoin(ArticleFile, ArticleFile.sighting_id == Sighting.id)
        .where(
            Sighting.state == State.IGNORED,
            ArticleFile.sighting_id.is_(None),
            or_(*(Sighting.display.ilike(pattern) for pattern in _LIKE)),
        )
    ).all()
    hits = [
        row.id
        for row in rows
        if sources.may_hold_articles(row.display.rsplit("/", 1)[-1])
        and "/." not in f"/{row.display}"
    ]
    for sighting_id in hits:
        want(session, sighting_id)
    return len(hits)


def waiting(session: Session, still_since: datetime) -> Waiting | None:
    """The next file that waits and has stood still since this moment."""
    row = session.scalars(
        select(Sighting)
        .join(ArticleFile, ArticleFile.sighting_id == Sighting.id)
        .where(
            ArticleFile.state == "waiting",
            Sighting.state == State.IGNORED,
            or_(
                Sighting.stable_since.is_(None),
                Sighting.stable_since <= still_since,
                Sighting.stable_since > utc_now(),  # before the clock was set back
            ),
        )
        .order_by(ArticleFile.sighting_id)
        .limit(1)
    ).first()
    if row is None:
        return None
    return Waiting(row.id, holdings.path_of(session, row), row.byte_count, row.mtime_ns)


def settle(session: Session, sighting_id: str, *, found: int, skipped: int, error: str) -> None:
    """Write what a file gave. It must still be as it was when it was read."""
    row = session.get(ArticleFile, sighting_id)
    if row is None:
        return
    sighting = holdings.sighting(session, sighting_id)
    row.found, row.skipped = found, skipped
    row.state = "failed" if error else "read" if found else "none"
    if sighting.state != State.IGNORED:
        return
    told = f"{found} article{'' if found == 1 else 's'} read from it"
    if error and found:
        reason = f"not footage: {told}, then it can't be read on: {error}"
    elif error:
        reason = f"not footage; no articles could be read from it: {error}"
    else:
        entries = f"{skipped} {'entry' if skipped == 1 else 'entries'} passed over"
        reason = f"not footage: {told}" + (f", {entries}" if skipped else "")
    holdings.set_state(sighting, State.IGNORED, reason, next_step=REPLACE if error else "")
