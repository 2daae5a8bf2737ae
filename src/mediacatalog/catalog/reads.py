"""What pages show, as values: cards of many clips, the page of one, an article.

Each function asks a constant number of queries, however many clips, cues or shots there are.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from mediacatalog.catalog import care, changes, holdings, posters, sounds, tracks, vocabulary
from mediacatalog.catalog.context_models import ClipOccasion
from mediacatalog.catalog.models import (
    ArticleLink,
    ArticleRow,
    Clip,
    Derivative,
    ProbeRecord,
    Root,
    ShotRow,
    Sighting,
    TimedFactRow,
)
from mediacatalog.catalog.track_models import TrackRow
from mediacatalog.errors import NotFoundError
from mediacatalog.values import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import BindParameter
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.vocabulary import TermName

MAX_LINKED_CLIPS = 200
MOST_RIGHTS = 500
"""Clips whose rights are compared to propose some for the next one."""
POSTERS = ("poster", posters.PINNED)
STORYBOARD = "storyboard_index"


@dataclass(frozen=True, slots=True)
class Card:
    """A clip in a list. Texts are what people entered, else what was derived."""

    id: str
    title: str
    source: str
    language: str
    state: str
    duration_ms: int | None
    recorded_at: str
    """A moment, or days as EDTF."""
    video_codec: str
    width: int | None
    height: int | None
    poster: bool
    storyboard: bool
    terms: tuple[TermName, ...]
    track_languages: tuple[str, ...]
    problem_count: int
    care: care.Care


@dataclass(frozen=True, slots=True)
class ShotCell:
    """A shot in the strip; `keyframe` is the number of its picture."""

    number: int
    start_ms: int
    end_ms: int
    into: str
    keyframe: int | None


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to believe in a link, and how much it weighs (log odds)."""

    detail: str
    weight: float


@dataclass(frozen=True, slots=True)
class LinkedArticle:
    link_id: str
    article_id: str
    title: str
    name: str
    site: str
    byline: str
    published: str
    language: str | None
    opening: str
    relation: str
    state: str
    score: float
    evidence: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One path at which a clip's bytes were seen."""

    id: str
    root: str
    display: str
    state: str
    reason: str
    next_step: str
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Noted:
    """A problem of the file, as it was recorded."""

    stage: str
    message: str
    start_ms: int | None


@dataclass(frozen=True, slots=True)
class Description:
    """The texts that people enter; empty where nobody did."""

    title: str = ""
    description: str = ""
    source: str = ""
    language: str = ""
    rights: str = ""
    people_at_risk: str = ""

    @property
    def edition(self) -> str:
        """Names exactly these texts, so that an edit can say which ones it began with."""
        joined = "\0".join(getattr(self, field.name) for field in fields(self))
        return hashlib.sha256(joined.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ClipPage:
    """Everything that the page of a clip shows."""

    card: Card
    sha256: str
    byte_count: int
    container: str
    audio_codec: str
    frame_rate: str
    description: str
    entered: Description
    derived: Description
    warned: changes.Changed | None
    """Who said last what of people at risk."""
    known_rights: tuple[str, ...]
    """What is most often said of rights, for the next clip."""
    title_from: str
    tool: str
    facts: Mapping[str, Any]
    """As `mediacatalog probe --json` prints them; empty before the probe."""
    storyboard: bool
    shots: tuple[ShotCell, ...]
    spans: tuple[Mapping[str, object], ...]
    sound: Mapping[str, Any] | None
    """What was heard; None without sound."""
    """`{kind, start_ms, end_ms}` of black, frozen or damaged picture."""
    tracks: tuple[tracks.Shown, ...]
    """In the order of display; those that people removed, and pictures of text, among them."""
    articles: tuple[LinkedArticle, ...]
    sightings: tuple[Place, ...]
    problems: tuple[Noted, ...]
    history: tuple[changes.Changed, ...]

    @property
    def reachable(self) -> bool:
        """Whether the master's bytes are at some path, as far as the last look knows."""
        return any(one.state not in (State.OFFLINE, State.IGNORED) for one in self.sightings)


@dataclass(frozen=True, slots=True)
class ArticlePage:
    id: str
    title: str
    name: str
    byline: str
    dateline: str
    published: str
    modified: str
    language: str | None
    url: str
    site: str
    text: str
    removed: tuple[tuple[str, str], ...]
    """(text, why)."""
    videos: tuple[tuple[str, str], ...]
    """(address, title)."""
    links: tuple[tuple[LinkedArticle, Card], ...]


# --- cards ----------------------------------------------------------------------------------------


_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
"""Every list asks these queries: they are made once."""
_CLIPS_OF = (
    select(
        Clip.id,
        Clip.sha256,
        Clip.title,
        Clip.derived_title,
        Clip.source,
        Clip.derived_source,
        Clip.language,
        Clip.derived_language,
        Clip.state,
        Clip.duration_ms,
        Clip.recorded_at,
        Clip.video_codec,
        Clip.width,
        Clip.height,
        Clip.problems,
        ClipOccasion.edtf,
        ClipOccasion.earliest,
    )
    .outerjoin(ClipOccasion, ClipOccasion.clip_id == Clip.id)
    .where(Clip.id.in_(_IDS))
)
_PICTURES_OF = select(Derivative.clip_id, Derivative.kind).where(
    Derivative.clip_id.in_(_IDS), Derivative.kind.in_((*POSTERS, STORYBOARD))
)
_LANGUAGES_OF = (
    select(TrackRow.clip_id, TrackRow.language)
    .where(TrackRow.clip_id.in_(_IDS), TrackRow.searchable, TrackRow.state != tracks.REMOVED)
    .order_by(TrackRow.number)
)


def cards(session: Session, clip_ids: Iterable[str]) -> dict[str, Card]:
    """The cards of many clips, by id; ids that don't exist are left out."""
    ids = list(clip_ids)
    if not ids:
        return {}
    asked = {"ids": ids}
    rows = session.execute(_CLIPS_OF, asked).all()
    terms = vocabulary.of_clips(session, ids)
    pictures = session.execute(_PICTURES_OF, asked).all()
    pictured = {clip_id for clip_id, kind in pictures if kind in POSTERS}
    boarded = {clip_id for clip_id, kind in pictures if kind == STORYBOARD}
    languages: dict[str, dict[str, None]] = {}
    for clip_id, language in session.execute(_LANGUAGES_OF, asked):
        languages.setdefault(clip_id, {})[language or "und"] = None
    cares = care.of_clips(session, ids)
    return {
        row.id: Card(
            id=row.id,
            title=_title(row),
            source=row.source or row.derived_source,
            language=row.language or row.derived_language,
            state=row.state,
            duration_ms=row.duration_ms,
            recorded_at=_recorded(row.recorded_at, row.edtf if row.earliest else ""),
            video_codec=row.video_codec,
            width=row.width,
            height=row.height,
            poster=row.id in pictured,
            storyboard=row.id in boarded,
            terms=terms.get(row.id, ()),
            track_languages=tuple(languages.get(row.id, ())),
            problem_count=len(row.problems),
            care=cares[row.id],
        )
        for row in rows
    }


def _recorded(by_file: str, best: str) -> str:
    """The best that is known of the day, with the time where the file agrees."""
    return by_file if by_file[:10] == best or not best else best


def titles(session: Session, clip_ids: Iterable[str]) -> dict[str, str]:
    """What these clips are called in lists."""
    query = select(Clip.id, Clip.title, Clip.derived_title, Clip.sha256)
    rows = session.execute(query.where(Clip.id.in_(list(clip_ids))))
    return {row.id: _title(row) for row in rows}


def _title(row: Any) -> str:  # noqa: ANN401 - a clip, or some columns of one
    return row.title or row.derived_title or f"clip {row.sha256[:12]}"


def has_clips(session: Session) -> bool:
    """Whether the catalogue knows any clip, found or not."""
    return session.scalar(select(Clip.id).limit(1)) is not None


# --- the page of a clip ---------------------------------------------------------------------------


def clip_page(session: Session, clip_id: str) -> ClipPage:
    """By id, or by the beginning of the SHA-256. Raises NotFoundError."""
    clip = holdings.clip(session, clip_id)
    record = session.get(ProbeRecord, clip.id)
    kinds = set(session.scalars(select(Derivative.kind).where(Derivative.clip_id == clip.id)))
    return ClipPage(
        card=cards(session, [clip.id])[clip.id],
        sha256=clip.sha256,
        byte_count=clip.byte_count,
        container=clip.container,
        audio_codec=clip.audio_codec,
        frame_rate=clip.frame_rate,
        description=clip.description or clip.derived_description,
        entered=entered(clip),
        derived=Description(
            clip.derived_title, clip.derived_description, clip.derived_source, clip.derived_language
        ),
        warned=_last(session, clip, "people_at_risk") if clip.people_at_risk else None,
        known_rights=_known_rights(session),
        title_from="a person" if clip.title else clip.derived_title_from,
        tool=record.tool if record else "",
        facts=record.facts if record else {},
        storyboard=STORYBOARD in kinds,
        shots=_shots(session, clip.id),
        spans=_spans(session, clip.id),
        sound=sounds.facts(session, clip.id),
        tracks=tracks.of_clip(session, clip.id),
        articles=_articles_of(session, clip.id),
        sightings=_places(session, clip.id),
        problems=tuple(
            Noted(str(one.get("stage", "")), str(one.get("message", "")), one.get("start_ms"))
            for one in clip.problems
        ),
        history=_history(session, clip.id),
    )


def _last(session: Session, clip: Clip, field: str) -> changes.Changed | None:
    row = changes.newest(session, "clip", clip.id, field)
    return changes.shown(row) if row else None


def _known_rights(session: Session) -> tuple[str, ...]:
    """What is said most often among the newest clips of which anything is said."""
    newest = select(Clip.rights).where(Clip.rights.is_not(None)).order_by(Clip.id.desc())
    said = Counter(session.scalars(newest.limit(MOST_RIGHTS)))
    ranked = sorted(said.items(), key=lambda one: (-one[1], one[0] or ""))
    return tuple(text for text, _ in ranked[:20] if text)


def entered(clip: Clip) -> Description:
    return Description(
        **{field.name: getattr(clip, field.name) or "" for field in fields(Description)}
    )


def _shots(session: Session, clip_id: str) -> tuple[ShotCell, ...]:
    pictures = set(
        session.scalars(
            select(Derivative.number).where(
                Derivative.clip_id == clip_id, Derivative.kind == "keyframe"
            )
        )
    )
    rows = session.scalars(
        select(ShotRow).where(ShotRow.clip_id == clip_id).order_by(ShotRow.number)
    )
    return tuple(
        ShotCell(
            row.number,
            row.start_ms,
            row.end_ms,
            row.into,
            row.number if row.number in pictures else None,
        )
        for row in rows
    )


def _spans(session: Session, clip_id: str) -> tuple[Mapping[str, object], ...]:
    rows = session.scalars(
        select(TimedFactRow).where(TimedFactRow.clip_id == clip_id).order_by(TimedFactRow.number)
    )
    return tuple({"kind": row.kind, "start_ms": row.start_ms, "end_ms": row.end_ms} for row in rows)


def _linked(link: ArticleLink, row: ArticleRow) -> LinkedArticle:
    opening = row.text[:400].split("\n\n", 1)[0]
    return LinkedArticle(
        link_id=link.id,
        article_id=row.id,
        title=row.title or row.name,
        name=row.name,
        site=row.site or "",
        byline=row.byline or "",
        published=row.published or "",
        language=row.language,
        opening=opening,
        relation=link.relation,
        state=link.state,
        score=link.score,
        evidence=tuple(
            Reason(str(one.get("detail", "")), float(one.get("weight", 0))) for one in link.evidence
        ),
    )


def _articles_of(session: Session, clip_id: str) -> tuple[LinkedArticle, ...]:
    """Accepted and certain ones first, rejected ones last."""
    rows = session.execute(
        select(ArticleLink, ArticleRow)
        .join(ArticleRow, ArticleRow.id == ArticleLink.article_id)
        .where(ArticleLink.clip_id == clip_id)
        .order_by(ArticleLink.score.desc(), ArticleLink.id)
    )
    order = {"accepted": 0, "certain": 0, "suggested": 1, "rejected": 2}
    found = [_linked(link, row) for link, row in rows]
    return tuple(sorted(found, key=lambda one: order.get(one.state, 1)))


def _places(session: Session, clip_id: str) -> tuple[Place, ...]:
    rows = session.execute(
        select(Sighting, Root.name)
        .join(Root, Root.id == Sighting.root_id)
        .where(Sighting.clip_id == clip_id)
        .order_by(Sighting.id)
    )
    return tuple(
        Place(
            one.id,
            name,
            one.display,
            one.state,
            one.reason,
            one.next_step,
            one.first_seen_at,
            one.last_seen_at,
        )
        for one, name in rows
    )


def _history(session: Session, clip_id: str) -> tuple[changes.Changed, ...]:
    """The changes of the clip, its caption tracks and its links to articles, the newest first."""
    found = changes.history(session, "clip", clip_id)
    for track_id in session.scalars(select(TrackRow.id).where(TrackRow.clip_id == clip_id)).all():
        found += changes.history(session, "track", track_id, limit=20)
    links = session.scalars(select(ArticleLink.id).where(ArticleLink.clip_id == clip_id)).all()
    for link_id in links:
        found += changes.history(session, "article_link", link_id, limit=20)
    return tuple(sorted(found, key=lambda one: one.id, reverse=True))


# --- articles -------------------------------------------------------------------------------------


def article_page(session: Session, article_id: str) -> ArticlePage:
    """Raises NotFoundError."""
    row = session.get(ArticleRow, article_id)
    if row is None:
        raise NotFoundError("article", article_id)
    links = session.scalars(
        select(ArticleLink)
        .where(ArticleLink.article_id == row.id)
        .order_by(ArticleLink.score.desc(), ArticleLink.id)
        .limit(MAX_LINKED_CLIPS)
    ).all()
    shown = cards(session, [link.clip_id for link in links])
    return ArticlePage(
        id=row.id,
        title=row.title or row.name,
        name=row.name,
        byline=row.byline or "",
        dateline=row.dateline or "",
        published=row.published or "",
        modified=row.modified or "",
        language=row.language,
        url=row.url or "",
        site=row.site or "",
        text=row.text,
        removed=tuple((str(one.get("text", "")), str(one.get("why", ""))) for one in row.removed),
        videos=tuple(
            (str(one.get("url") or ""), str(one.get("title") or one.get("id") or ""))
            for one in row.videos
        ),
        links=tuple((_linked(link, row), shown[link.clip_id]) for link in links),
    )
