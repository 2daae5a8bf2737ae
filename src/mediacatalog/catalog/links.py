"""Links between clips and articles: both sides, what was found, what people decide.

What a person decided is never changed by a machine, and never asked again.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mediacatalog.catalog import changes, counting, holdings, mentions, occasions, timeline
from mediacatalog.catalog.context_models import LinkWeights
from mediacatalog.catalog.models import (
    ArticleLink,
    ArticleRow,
    Change,
    Clip,
    KeyframeRow,
    ProbeRecord,
    Sighting,
)
from mediacatalog.catalog.sight import for_all
from mediacatalog.catalog.timeline import BESIDE, RECORDS
from mediacatalog.catalog.track_models import CueRow, TrackRow
from mediacatalog.catalog.tracks import REMOVED
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.values import Article, EmbeddedVideo, Removed, new_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.articles.mentions.values import Mention
    from mediacatalog.values import LinkProposal

RELATIONS = {
    "embedded in": "the article shows the clip",
    "describes": "the article is about the clip",
    "cites": "the article refers to the clip",
    "same event": "both tell of one event",
}
"""What an article may be to a clip."""
DECISIONS = ("accepted", "rejected", "unsure")
OPEN = ("suggested", "unsure")
"""States of links that a person may still be asked about."""
LINKED = ("certain", "accepted")
MOST_LINKED = 100
"""Articles of near copies that are looked at for a clip."""
MOST_CUES = 2000
PLAIN = 0.0
"""Sharpness of a keyframe without a pattern, by the media stage's own word."""
LONGEST_NOTE = 400
"""Characters."""


# --- both sides -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """What is known of a clip that an article may name."""

    names: tuple[str, ...]
    """Of its files, the oldest first."""
    title: str | None
    duration_ms: int | None
    recorded_at: str
    urls: tuple[str, ...]
    description: str
    captions: str
    location: tuple[float, float] | None


def clip_record(session: Session, clip_id: str) -> ClipRecord:
    clip = holdings.clip(session, clip_id)
    record = session.get(ProbeRecord, clip.id)
    facts: Mapping[str, Any] = record.facts if record else {}
    tags = {str(key): str(value) for key, value in (facts.get("tags") or {}).items()}
    names = session.scalars(
        select(Sighting.display).where(Sighting.clip_id == clip.id).order_by(Sighting.id).limit(8)
    )
    urls = [url for tag in tags.values() for url in re.findall(r"https?://[^\s<>\"']+", tag)]
    said = [clip.description or "", *(tags.get(key, "") for key in ("description", "comment"))]
    for row in _records(session, clip.id):
        urls += [url for url in (row.url, *(one.get("url") for one in row.videos)) if url]
        said.append(row.text)
    place = facts.get("location") or None
    return ClipRecord(
        names=tuple(dict.fromkeys(name.rsplit("/", 1)[-1] for name in names)),
        title=clip.title or tags.get("title"),
        duration_ms=clip.duration_ms,
        recorded_at=clip.recorded_at,
        urls=tuple(dict.fromkeys(urls))[:20],
        description="\n".join(filter(None, said)),
        captions=_captions(session, clip.id),
        location=(place["lat"], place["lon"]) if place else None,
    )


def _records(session: Session, clip_id: str) -> list[ArticleRow]:
    """Articles that are the record of the clip's download."""
    rows = session.execute(
        select(ArticleRow, ArticleLink)
        .join(ArticleLink, ArticleLink.article_id == ArticleRow.id)
        .where(ArticleLink.clip_id == clip_id, ArticleLink.state.in_(LINKED))
    )
    return [
        row
        for row, link in rows
        if any(
            one.get("kind") in RECORDS or (one.get("kind") == "same name" and _is_note(row))
            for one in link.evidence
        )
    ]


def _is_note(row: ArticleRow) -> bool:
    """A few words with one address beside a clip say where it was taken from; a story more."""
    return len(row.videos) == 1 and len(row.text) <= LONGEST_NOTE


def _captions(session: Session, clip_id: str) -> str:
    texts = session.scalars(
        select(CueRow.text)
        .join(TrackRow, TrackRow.id == CueRow.track_id)
        .where(TrackRow.clip_id == clip_id, TrackRow.searchable, TrackRow.state != REMOVED)
        .order_by(TrackRow.number, CueRow.start_ms)
        .limit(MOST_CUES)
    )
    return "\n".join(texts)


def story_record(session: Session, article_id: str) -> tuple[Article, tuple[Mention, ...]]:
    """An article with its mentions. Raises NotFoundError."""
    row = session.get(ArticleRow, article_id)
    if row is None:
        raise NotFoundError("article", article_id)
    return article_of(row), mentions.values_of(session, article_id)


def article_of(row: ArticleRow) -> Article:
    return Article(
        row.title,
        row.byline,
        row.dateline,
        row.published,
        row.language,
        row.url,
        row.site,
        row.text,
        tuple(Removed(str(one.get("text", "")), str(one.get("why", ""))) for one in row.removed),
        tuple(
            EmbeddedVideo(str(one.get("url") or ""), one.get("title"), one.get("id"))
            for one in row.videos
        ),
        row.modified,
    )


def pictures_of(session: Session, clip_id: str) -> list[tuple[str, str]]:
    """The coarse and the fine hash of each keyframe that isn't plain."""
    rows = session.execute(
        select(KeyframeRow.phash, KeyframeRow.fine_hash).where(
            KeyframeRow.clip_id == clip_id, KeyframeRow.sharpness > PLAIN
        )
    )
    return [(coarse, fine) for coarse, fine in rows]


@for_all
def linked_to(session: Session, clip_ids: Sequence[str]) -> list[str]:
    """Ids of the articles that these clips are linked to, each once."""
    if not clip_ids:
        return []
    link = ArticleLink  # by its clip: of its state, SQLite would go through all links
    rows = session.execute(select(link.article_id, link.state).where(link.clip_id.in_(clip_ids)))
    return sorted({row.article_id for row in rows if row.state in LINKED})[:MOST_LINKED]


# --- what was found -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """A link that is there already."""

    article_id: str
    clip_id: str
    state: str
    score: float
    decided: bool
    beside: tuple[dict[str, Any], ...]
    """Its evidence that only the clip's surroundings or a person could give."""


def standing(
    session: Session, *, clip_id: str | None = None, article_id: str | None = None
) -> list[Standing]:
    """The links of a clip, or of an article."""
    query = select(ArticleLink)
    if clip_id is not None:
        query = query.where(ArticleLink.clip_id == clip_id)
    if article_id is not None:
        query = query.where(ArticleLink.article_id == article_id)
    return [
        Standing(
            one.article_id,
            one.clip_id,
            one.state,
            one.score,
            one.decided_by is not None,
            tuple(each for each in one.evidence if each.get("kind") in BESIDE),
        )
        for one in session.scalars(query)
    ]


@for_all
def suggest(session: Session, found: Mapping[tuple[str, str], LinkProposal]) -> int:
    """Write what was found, by (clip, article); returns how many links are new or changed.

    What a person decided stays as it is.
    """
    written = 0
    for (clip_id, article_id), link in found.items():
        row = session.scalar(
            select(ArticleLink).where(
                ArticleLink.clip_id == clip_id, ArticleLink.article_id == article_id
            )
        )
        if row is not None and row.decided_by is not None:
            continue
        if row is None:
            row = ArticleLink(clip_id=clip_id, article_id=article_id)
            session.add(row)
        elif row.state == "certain" and not link.certain:
            continue
        row.relation, row.score = link.relation, link.score
        row.state = "certain" if link.certain else "suggested"
        row.evidence = [asdict(one) for one in link.evidence]
        written += 1
        session.flush()
        if link.certain:
            _follow(session, clip_id)
    return written


@for_all
def withdraw(session: Session, clip_id: str, keep: Iterable[str]) -> None:
    """Take back open suggestions for a clip that no longer hold; `keep` are articles' ids."""
    kept = set(keep)
    # Asked by the clip alone: with its state, SQLite would go through the suggestions of all clips.
    for row in session.scalars(select(ArticleLink).where(ArticleLink.clip_id == clip_id)):
        is_open = row.state == "suggested" and row.decided_by is None
        beside = any(one.get("kind") in BESIDE for one in row.evidence)
        if is_open and not beside and row.article_id not in kept:
            session.delete(row)
    session.flush()


@for_all
def _follow(session: Session, clip_id: str) -> None:
    """Title and description follow the articles that hold; the search reads the clip again."""
    clip = session.get_one(Clip, clip_id)
    timeline.derive(session, clip)
    session.flush()
    occasions.refresh(session, clip.id)
    holdings.touch(session, [clip.id])


# --- decisions ------------------------------------------------------------------------------------


def decide(
    session: Session,
    link_ids: Sequence[str],
    decision: str,
    *,
    relation: str | None = None,
    actor: str,
) -> str:
    """Accept, reject or put aside links; returns the batch, by which `undo` takes it back.

    `relation` says what the article is to the clip, where a person knows better.
    """
    if decision not in DECISIONS:
        raise InvalidValueError("decision", f"{decision!r} is none of {', '.join(DECISIONS)}")
    if relation is not None and relation not in RELATIONS:
        raise InvalidValueError("relation", f"{relation!r} is none of {', '.join(RELATIONS)}")
    batch = new_id()
    for link_id in link_ids:
        link = session.get(ArticleLink, link_id)
        if link is None:
            raise NotFoundError("link", link_id)
        if relation is not None and link.relation != relation:
            _set(session, link, "relation", relation, actor, batch)
        if link.state != decision:
            _set(session, link, "state", decision, actor, batch)
        link.decided_by = actor
        session.flush()
        _follow(session, link.clip_id)
    return batch


def clip_of(session: Session, link_id: str) -> str:
    """The clip of a link. Raises NotFoundError."""
    link = session.get(ArticleLink, link_id)
    if link is None:
        raise NotFoundError("link", link_id)
    return link.clip_id


def _set(
    session: Session, link: ArticleLink, field: str, value: str, actor: str, batch: str
) -> None:
    changes.record(
        session,
        actor=actor,
        kind="article_link",
        key=link.id,
        field=field,
        before=getattr(link, field),
        after=value,
        batch_id=batch,
    )
    setattr(link, field, value)


def undo(session: Session, batch_id: str, *, actor: str) -> list[str]:
    """Take a batch of decisions back, as a change of its own; returns the ids of the links.

    A link that was decided again since stays as it is. Raises NotFoundError for an unknown batch.
    """
    entries = session.scalars(
        select(Change)
        .where(Change.batch_id == batch_id, Change.kind == "article_link")
        .order_by(Change.id.desc())
    ).all()
    if not entries:
        raise NotFoundError("decision", batch_id)
    back, undone = new_id(), []
    for entry in entries:
        link = session.get(ArticleLink, entry.key)
        if link is None or getattr(link, entry.field) != entry.after:
            continue
        _set(session, link, entry.field, str(entry.before), actor, back)
        if entry.field == "state" and entry.before in ("suggested", "certain"):
            link.decided_by = None
        session.flush()
        _follow(session, link.clip_id)
        undone.append(link.id)
    return list(dict.fromkeys(undone))


def current(session: Session, field: str, slots: Sequence[tuple[str, str]]) -> dict[Any, Any]:
    """For `fields`: state or relation of each link."""
    rows = {slot: session.get(ArticleLink, slot[0]) for slot in slots}
    return {slot: getattr(row, field) for slot, row in rows.items() if row is not None}


def put(
    session: Session, field: str, values: Mapping[tuple[str, str], Any], actor: str
) -> list[str]:
    """For `fields`; a link that nobody decided before is a suggestion again."""
    for (link_id, _), value in values.items():
        link = session.get_one(ArticleLink, link_id)
        setattr(link, field, value)
        link.decided_by = None if link.state in ("suggested", "certain") else actor
        session.flush()
        _follow(session, link.clip_id)
    return []


# --- the queue ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A link that waits for a person."""

    link_id: str
    clip_id: str
    article_id: str
    title: str
    site: str
    published: str
    language: str | None
    url: str
    text: str
    relation: str
    score: float
    state: str
    evidence: tuple[dict[str, Any], ...]


def queue(
    session: Session,
    *,
    state: str = "suggested",
    article_id: str | None = None,
    limit: int = 20,
) -> list[Asked]:
    """Links in this state, the best first, of equals the newest."""
    query = (
        select(ArticleLink, ArticleRow)
        .join(ArticleRow, ArticleRow.id == ArticleLink.article_id)
        .where(ArticleLink.state == state)
        .order_by(ArticleLink.score.desc(), ArticleLink.id.desc())
    )
    if article_id is not None:
        query = query.where(ArticleLink.article_id == article_id)
    return [
        Asked(
            link.id,
            link.clip_id,
            row.id,
            row.title or row.name,
            row.site or "",
            row.published or "",
            row.language,
            row.url or "",
            row.text,
            link.relation,
            link.score,
            link.state,
            tuple(link.evidence),
        )
        for link, row in session.execute(query.limit(limit))
    ]


def open_counts(session: Session, article_id: str | None = None) -> dict[str, int]:
    """How many links wait, by state; one more than `counting.FEW` of all that are more."""
    query = select(ArticleLink.state)
    if article_id is not None:
        query = query.where(ArticleLink.article_id == article_id)
    return {
        state: counting.up_to(session, query.where(ArticleLink.state == state), counting.FEW)
        for state in OPEN
    }


# --- weights --------------------------------------------------------------------------------------


def decided(session: Session) -> list[tuple[dict[str, float], bool]]:
    """(strength by kind of reason, accepted?) of every link that a person decided, in order."""
    rows = session.execute(
        select(ArticleLink.evidence, ArticleLink.state)
        .where(ArticleLink.decided_by.is_not(None), ArticleLink.state.in_(("accepted", "rejected")))
        .order_by(ArticleLink.id)
    )
    return [
        (
            {
                str(one["kind"]): float(one.get("strength", 1.0))
                for one in evidence
                if "kind" in one
            },
            state == "accepted",
        )
        for evidence, state in rows
    ]


def weights_in_use(session: Session) -> tuple[dict[str, Any], str] | None:
    """The learned weights, and how they are called; None while nothing was learned."""
    row = session.scalar(
        select(LinkWeights)
        .where(LinkWeights.in_use.is_(True))
        .order_by(LinkWeights.id.desc())
        .limit(1)
    )
    return (row.weights, f"weights of {row.made_at:%Y-%m-%d} by {row.made_by}") if row else None


def keep_weights(
    session: Session, weights: dict[str, Any], learned_from: dict[str, Any], *, actor: str
) -> None:
    session.add(LinkWeights(made_by=actor, weights=weights, learned_from=learned_from))


def forget_weights(session: Session) -> None:
    """Weigh by the default weights again; what was learned is kept, out of use."""
    for row in session.scalars(select(LinkWeights).where(LinkWeights.in_use.is_(True))):
        row.in_use = False
