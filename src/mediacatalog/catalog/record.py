"""Everything known of one clip, as the plain document that `mediacatalog show --json` prints."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mediacatalog import captions
from mediacatalog.catalog import (
    care,
    changes,
    collections,
    holdings,
    markers,
    occasions,
    picture_texts,
    reviews,
    sounds,
    stages,
    tracks,
)
from mediacatalog.catalog.models import (
    ArticleLink,
    ArticleRow,
    ClipTerm,
    KeyframeRow,
    ProbeRecord,
    ShotRow,
    Term,
    TimedFactRow,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.models import Clip


def of_clip(session: Session, clip_id: str) -> dict[str, Any]:
    """The document of a clip, by id or SHA-256. Raises NotFoundError."""
    clip = holdings.clip(session, clip_id)
    record = session.get(ProbeRecord, clip.id)
    return {
        "clip": clip.id,
        "sha256": clip.sha256,
        "bytes": clip.byte_count,
        "state": clip.state,
        "title": clip.title or clip.derived_title,
        "title_from": "a person" if clip.title else clip.derived_title_from,
        "description": clip.description or clip.derived_description,
        "source": clip.source or clip.derived_source,
        "language": clip.language or clip.derived_language,
        "rights": clip.rights or "",
        "people_at_risk": clip.people_at_risk or "",
        "collections": _collections(session, clip),
        "review": asdict(reviews.of_clip(session, clip.id)),
        "duration_ms": clip.duration_ms,
        "time_base": clip.time_base,
        "start_pts": clip.start_pts,
        "problems": clip.problems,
        "sightings": [
            {
                "path": holdings.spelled(holdings.path_of(session, one)),
                "state": one.state,
                "reason": one.reason,
                "next_step": one.next_step,
                "first_seen": one.first_seen_at,
                "last_seen": one.last_seen_at,
            }
            for one in holdings.sightings_of_clip(session, clip.id)
        ],
        "terms": terms(session, clip),
        "occasion": occasions.as_json(occasions.gather(session, clip.id)),
        "articles": _articles(session, clip),
        "tracks": _tracks(session, clip),
        "shots": _shots(session, clip),
        "timed_facts": _timed_facts(session, clip),
        "warnings": [asdict(one) for one in care.of_clip(session, clip.id).warnings],
        "markers": [asdict(one) for one in markers.of_clip(session, clip.id)],
        "picture_text": picture_texts.as_json(session, clip.id),
        "sound": sounds.facts(session, clip.id),
        "stages": [
            {"stage": one.stage, "state": one.state, "attempt": one.attempt, "ms": one.ms}
            for one in stages.of_clip(session, clip.id)
        ],
        "probe": record.facts if record else None,
        "probe_tool": record.tool if record else None,
        "history": _history(session, clip),
    }


def _collections(session: Session, clip: Clip) -> list[dict[str, Any]]:
    inside = collections.of_clips(session, [clip.id]).get(clip.id, ())
    return [{"id": key, "name": name, "note": note} for key, name, note in inside]


def _history(session: Session, clip: Clip) -> list[dict[str, Any]]:
    return [
        {
            "at": one.at,
            "actor": one.actor,
            "field": one.field,
            "before": one.before,
            "after": one.after,
            "reason": one.reason,
            "batch": one.batch_id,
            "undoes": one.undoes,
        }
        for one in changes.history(session, "clip", clip.id)
    ]


def terms(session: Session, clip: Clip) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Term, ClipTerm)
        .join(ClipTerm, ClipTerm.term_id == Term.id)
        .where(ClipTerm.clip_id == clip.id)
        .order_by(Term.kind, Term.slug)
    )
    return [
        {"kind": term.kind, "label": term.label, "slug": term.slug, "by": given.actor}
        for term, given in rows
    ]


def _articles(session: Session, clip: Clip) -> list[dict[str, Any]]:
    rows = session.execute(
        select(ArticleRow, ArticleLink)
        .join(ArticleLink, ArticleLink.article_id == ArticleRow.id)
        .where(ArticleLink.clip_id == clip.id)
        .order_by(ArticleLink.score.desc())
    )
    return [
        {
            "article": article.id,
            "title": article.title,
            "name": article.name,
            "url": article.url,
            "published": article.published,
            "relation": link.relation,
            "state": link.state,
            "score": link.score,
            "evidence": link.evidence,
            "decided_by": link.decided_by,
        }
        for article, link in rows
    ]


def _tracks(session: Session, clip: Clip) -> list[dict[str, Any]]:
    return [
        {
            "track": one.id,
            "origin": one.origin,
            "from": one.origin_key,
            "state": one.state,
            "format": one.format,
            "encoding": one.encoding,
            "encoding_confidence": one.encoding_confidence,
            "language": one.language,
            "script": one.script,
            "kind": one.kind,
            "forced": one.forced,
            "sdh": one.sdh,
            "made_by": one.made_by,
            "model": one.model,
            "searchable": one.searchable,
            "edited_at": one.edited_at,
            "edited_by": one.edited_by,
            "problems": [asdict(problem) for problem in one.problems],
            "cues": [captions.cue_as_json(cue) for cue in tracks.cues_of(session, one.id)],
        }
        for one in tracks.of_clip(session, clip.id)
    ]


def _shots(session: Session, clip: Clip) -> list[dict[str, Any]]:
    rows = session.execute(
        select(ShotRow, KeyframeRow)
        .outerjoin(
            KeyframeRow,
            (KeyframeRow.clip_id == ShotRow.clip_id) & (KeyframeRow.number == ShotRow.number),
        )
        .where(ShotRow.clip_id == clip.id)
        .order_by(ShotRow.number)
    )
    return [
        {
            "start_pts": shot.start_pts,
            "end_pts": shot.end_pts,
            "start_ms": shot.start_ms,
            "end_ms": shot.end_ms,
            "into": shot.into,
            "into_start_pts": shot.into_start_pts,
            "into_end_pts": shot.into_end_pts,
            "certainty": shot.certainty,
            "keyframe_ms": key.ms if key else None,
        }
        for shot, key in rows
    ]


def _timed_facts(session: Session, clip: Clip) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(TimedFactRow).where(TimedFactRow.clip_id == clip.id).order_by(TimedFactRow.number)
    )
    return [
        {
            "kind": one.kind,
            "start_ms": one.start_ms,
            "end_ms": one.end_ms,
            "start_pts": one.start_pts,
            "end_pts": one.end_pts,
            "time_base": one.time_base or clip.time_base,
        }
        for one in rows
    ]
