"""Articles as rows: the one way in, where each came from, and which of them are copies.

Identity is the SHA-256 of the original bytes, which are kept. Bringing the same in again changes
nothing but that one more origin may be known.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, or_, select

from mediacatalog.articles import shingles
from mediacatalog.articles.cleaning import one_line
from mediacatalog.catalog.database import insert_into
from mediacatalog.catalog.models import ArticleLink, ArticleRow, Sighting
from mediacatalog.catalog.story_models import (
    ArticleCopy,
    ArticleMedia,
    ArticleOrigin,
    ArticleShingle,
)
from mediacatalog.errors import NotFoundError
from mediacatalog.values import Evidence, new_id, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.values import Article

COPY = 0.5
"""Share of the shorter text from which on two articles count as copies or excerpts."""
MOST_HOLDERS = 60
"""Articles in which a shingle is indexed; what stands in more is a site's own phrase."""
CANDIDATES = 40
"""Articles that are compared with a new one: those that share most."""
MOST_COPIES = 200
LONGEST_PLACE = 600
"""Characters; an index of PostgreSQL takes 2,700 bytes."""
EXPORT = "export"
"""The kind of the evidence that an export itself names a file."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an article was found."""

    kind: str
    place: str
    captured: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    id: str
    new: bool
    """Whether the article wasn't known before."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Another article that shares much of its text with one."""

    id: str
    title: str
    site: str
    url: str
    published: str
    language: str | None
    contained: float
    resemblance: float
    same_page: bool
    """Another version of the same address, not a republication."""
    earliest: bool


@dataclass(frozen=True, slots=True)
class Copies:
    """The articles that share text with one, the earliest known first."""

    own_is_earliest: bool
    others: tuple[Copy, ...]


# --- the way in -----------------------------------------------------------------------------------


def keep(session: Session, article: Article, data: bytes, name: str, origin: Origin) -> Kept:
    """Store an article and its original bytes, or what is read anew of one that is known."""
    sha256 = hashlib.sha256(data).hexdigest()
    added = session.execute(
        insert_into(session, ArticleRow)
        .values(
            id=new_id(),
            sha256=sha256,
            name=name,
            original=zlib.compress(data),
            text="",
            removed=[],
            videos=[],
            created_at=utc_now(),
        )
        .on_conflict_do_nothing(index_elements=["sha256"])
        .returning(ArticleRow.id)
    ).scalar()
    row = session.scalars(select(ArticleRow).where(ArticleRow.sha256 == sha256)).one()
    indexed = added is None and row.text == article.text
    row.title, row.byline, row.dateline = article.title, article.byline, article.dateline
    row.published, row.modified, row.language = (
        article.published,
        article.modified,
        article.language,
    )
    row.url, row.site, row.text = article.url, article.site, article.text
    row.removed = [asdict(removed) for removed in article.removed]
    row.videos = [asdict(video) for video in article.videos]
    session.flush()
    _note_origin(session, row.id, origin)
    if not indexed:
        _index(session, row)
    return Kept(row.id, added is not None)


def _note_origin(session: Session, article_id: str, origin: Origin) -> None:
    place = one_line(origin.place, 4000) or ""
    if len(place) > LONGEST_PLACE:
        digest = hashlib.sha256(place.encode()).hexdigest()[:16]
        place = f"{place[:LONGEST_PLACE]} … {digest}"
    session.execute(
        insert_into(session, ArticleOrigin)
        .values(
            id=new_id(),
            article_id=article_id,
            kind=origin.kind,
            place=place,
            captured=origin.captured,
            actor=origin.actor,
            created_at=utc_now(),
        )
        .on_conflict_do_nothing(index_elements=["article_id", "kind", "place"])
    )


def origins(session: Session, article_id: str) -> Sequence[ArticleOrigin]:
    """Where an article was found, the first place first."""
    return session.scalars(
        select(ArticleOrigin)
        .where(ArticleOrigin.article_id == article_id)
        .order_by(ArticleOrigin.id)
    ).all()


def original(session: Session, article_id: str) -> tuple[str, bytes]:
    """Name and original bytes of an article. Raises NotFoundError."""
    row = session.get(ArticleRow, article_id)
    if row is None:
        raise NotFoundError("article", article_id)
    return row.name, zlib.decompress(row.original)


def titles(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """What articles are called in a list, by id."""
    rows = session.execute(
        select(ArticleRow.id, ArticleRow.title, ArticleRow.name).where(ArticleRow.id.in_(ids))
    )
    return {row.id: row.title or row.name for row in rows}


# --- files that an export names -------------------------------------------------------------------


def name_files(session: Session, article_id: str, files: Iterable[tuple[str, str]]) -> None:
    """Remember the files of a message: (absolute path, as the export writes it) each."""
    for path, shown in files:
        if len(path) > LONGEST_PLACE:
            continue
        session.execute(
            insert_into(session, ArticleMedia)
            .values(article_id=article_id, path=path, shown=shown)
            .on_conflict_do_nothing(index_elements=["article_id", "path"])
        )


def link_named(session: Session, clip_id: str, paths: Iterable[str]) -> None:
    """Link a clip with every message whose export names one of these paths; certain at once."""
    rows = session.execute(
        select(ArticleMedia.article_id, ArticleMedia.shown).where(
            ArticleMedia.path.in_(list(paths))
        )
    ).all()
    for article_id, shown in rows:
        said = Evidence(EXPORT, f"the exported message names this file: {shown}", 0.99)
        link = session.scalar(
            select(ArticleLink).where(
                ArticleLink.clip_id == clip_id, ArticleLink.article_id == article_id
            )
        )
        if link is None:
            link = ArticleLink(clip_id=clip_id, article_id=article_id, evidence=[])
            session.add(link)
        elif link.decided_by is not None:
            continue
        others = [one for one in link.evidence if one.get("kind") != EXPORT]
        link.relation, link.state = "embedded in", "certain"
        link.score, link.evidence = 0.99, [asdict(said), *others]
    session.flush()


def clips_at(session: Session, root_id: str, paths: Iterable[bytes]) -> dict[bytes, str]:
    """The clips whose bytes were seen at these paths below a root."""
    rows = session.execute(
        select(Sighting.path, Sighting.clip_id).where(
            Sighting.root_id == root_id,
            Sighting.path.in_(list(paths)),
            Sighting.clip_id.is_not(None),
        )
    )
    return {path: clip_id for path, clip_id in rows if clip_id}


# --- copies ---------------------------------------------------------------------------------------


def _index(session: Session, row: ArticleRow) -> None:
    """Put an article's shingles into the index and compare it with those that share some.

    The cost depends on the text, not on how many articles there are: a shingle has at most
    MOST_HOLDERS, and at most CANDIDATES texts are compared.
    """
    session.execute(delete(ArticleShingle).where(ArticleShingle.article_id == row.id))
    session.execute(
        delete(ArticleCopy).where(
            or_(ArticleCopy.article_id == row.id, ArticleCopy.other_id == row.id)
        )
    )
    own = shingles.of_text(row.text)
    chosen = shingles.sampled(own)
    if not chosen:
        return
    held: Counter[int] = Counter()
    sharing: Counter[str] = Counter()
    for start in range(0, len(chosen), 400):
        some = chosen[start : start + 400]
        for shingle, article_id in session.execute(
            select(ArticleShingle.shingle, ArticleShingle.article_id).where(
                ArticleShingle.shingle.in_(some)
            )
        ):
            held[shingle] += 1
            sharing[article_id] += 1
    fresh = [one for one in chosen if held[one] < MOST_HOLDERS]
    if fresh:
        session.execute(
            insert_into(session, ArticleShingle).on_conflict_do_nothing(),
            [{"shingle": one, "article_id": row.id} for one in fresh],
        )
    for article_id in _worth_comparing(session, sharing, len(chosen)):
        text = session.scalar(select(ArticleRow.text).where(ArticleRow.id == article_id))
        common = shingles.shared(own, shingles.of_text(text or ""))
        if common.contained >= COPY and common.count >= shingles.LEAST:
            first, second = sorted((row.id, article_id))
            session.add(
                ArticleCopy(
                    article_id=first,
                    other_id=second,
                    contained=common.contained,
                    resemblance=common.resemblance,
                )
            )
    session.flush()


def _worth_comparing(session: Session, sharing: Counter[str], own: int) -> list[str]:
    """Candidates whose sampled shingles alone let expect that half of one text is in the other."""
    most = sharing.most_common(CANDIDATES)
    held = {
        row[0]: row[1]
        for row in session.execute(
            select(ArticleShingle.article_id, func.count())
            .where(ArticleShingle.article_id.in_([one for one, _ in most]))
            .group_by(ArticleShingle.article_id)
        )
    }
    return [one for one, count in most if count >= COPY / 2 * min(own, held.get(one, own))]


def copies_of(session: Session, article_id: str) -> Copies:
    """What shares text with an article; which was first is told by date, else by acquisition."""
    pairs = session.scalars(
        select(ArticleCopy)
        .where(or_(ArticleCopy.article_id == article_id, ArticleCopy.other_id == article_id))
        .order_by(ArticleCopy.contained.desc(), ArticleCopy.article_id, ArticleCopy.other_id)
        .limit(MOST_COPIES)
    ).all()
    if not pairs:
        return Copies(own_is_earliest=True, others=())
    of = {(one.other_id if one.article_id == article_id else one.article_id): one for one in pairs}
    rows = {
        row.id: row
        for row in session.execute(
            select(
                ArticleRow.id,
                ArticleRow.name,
                ArticleRow.title,
                ArticleRow.site,
                ArticleRow.url,
                ArticleRow.published,
                ArticleRow.language,
                ArticleRow.created_at,
            ).where(ArticleRow.id.in_([article_id, *of]))
        )
    }
    captured = _first_captures(session, list(rows))
    moments = {
        one.id: _moment(one.published, captured.get(one.id, ""), one.created_at)
        for one in rows.values()
    }
    first = min(rows, key=lambda one: (*moments[one], one))
    own = rows[article_id]
    ordered = sorted((one for one in of if one in rows), key=lambda one: (*moments[one], one))
    return Copies(
        own_is_earliest=first == article_id,
        others=tuple(
            Copy(
                id=one,
                title=rows[one].title or rows[one].name,
                site=rows[one].site or "",
                url=rows[one].url or "",
                published=rows[one].published or "",
                language=rows[one].language,
                contained=round(of[one].contained, 3),
                resemblance=round(of[one].resemblance, 3),
                same_page=bool(own.url) and _bare(own.url) == _bare(rows[one].url or ""),
                earliest=one == first,
            )
            for one in ordered
        ),
    )


def _first_captures(session: Session, ids: list[str]) -> dict[str, str]:
    rows = session.execute(
        select(ArticleOrigin.article_id, func.min(ArticleOrigin.captured))
        .where(ArticleOrigin.article_id.in_(ids), ArticleOrigin.captured != "")
        .group_by(ArticleOrigin.article_id)
    )
    return {row[0]: row[1] for row in rows}


def _moment(published: str | None, captured: str, created: datetime) -> tuple[datetime, bool]:
    """When an article is first known of, in UTC, and whether that is only when we got it."""
    for value in (published, captured):
        try:
            moment = datetime.fromisoformat(value or "")
        except ValueError:
            continue
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)), False
    return created, True


def _bare(url: str) -> str:
    return url.split("#", 1)[0].rstrip("/").removeprefix("https://").removeprefix("http://")
