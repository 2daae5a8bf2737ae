"""What the search index needs of clips: the feed of changed ones, and the texts of those shown."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Text, cast, func, select

from mediacatalog.captions import provenance
from mediacatalog.catalog import (
    care,
    change_feed,
    collections,
    markers,
    mentions,
    occasions,
    picture_texts,
    reviews,
    sight,
    term_merging,
    tracks,
)
from mediacatalog.catalog.by_ids import ByIds
from mediacatalog.catalog.context_models import ClipPlace, MarkerTerm
from mediacatalog.catalog.links import LINKED, OPEN
from mediacatalog.catalog.models import (
    ArticleLink,
    ArticleRow,
    Clip,
    ClipTerm,
    ProbeRecord,
    Sighting,
    Term,
    TermLabel,
)
from mediacatalog.catalog.search_texts import (
    FOUND_STATES,
    ArticleText,
    CueText,
    SearchDocument,
    TermText,
    TrackText,
)
from mediacatalog.catalog.sight_models import TombstoneRow
from mediacatalog.catalog.track_models import CueRow, TrackRow

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import FromClause
    from sqlalchemy.orm import Session

_Points = tuple[tuple[float, float], ...]
_Said = dict[str, tuple[_Points, str]]
"""Points and camera by clip."""

LIKELY = 0.5
"""Score from which on a story's words find a clip though nobody accepted the link."""


_CLIPS, _TERMS, _LABELS, _TRACKS, _CUES, _SIGHTINGS = (
    table.__table__.c for table in (Clip, Term, TermLabel, TrackRow, CueRow, Sighting)
)
_PLACES = ClipPlace.__table__.c
_LINKS, _ARTICLES = (table.__table__.c for table in (ArticleLink, ArticleRow))
_OF_CLIPS = ByIds(
    lambda among: select(
        _CLIPS.id,
        _CLIPS.search_rev,
        _CLIPS.state,
        _CLIPS.title,
        _CLIPS.derived_title,
        _CLIPS.description,
        _CLIPS.derived_description,
        _CLIPS.source,
        _CLIPS.derived_source,
        _CLIPS.language,
        _CLIPS.derived_language,
        _CLIPS.video_codec,
        _CLIPS.audio_codec,
        _CLIPS.duration_ms,
        _CLIPS.created_at,
        _CLIPS.width,
        _CLIPS.height,
        _CLIPS.recorded_at,
        _CLIPS.rights,
        _CLIPS.people_at_risk,
    ).where(among(_CLIPS.id))
)
_TITLES_OF = ByIds(
    lambda among: select(_CLIPS.id, _CLIPS.state, _CLIPS.title, _CLIPS.derived_title).where(
        among(_CLIPS.id)
    )
)
_REVISIONS_OF = ByIds(
    lambda among: select(_CLIPS.id, _CLIPS.search_rev, _CLIPS.state).where(among(_CLIPS.id))
)


def _terms_at(table: FromClause, owner: str) -> ByIds:
    """The terms of what belongs to clips, each with its owner's id, in order of their slugs."""
    return ByIds(
        lambda among: (
            select(table.c[owner], _TERMS.id, _TERMS.kind, _TERMS.slug, _TERMS.label)
            .join_from(table, Term.__table__, _TERMS.id == table.c.term_id)
            .where(among(table.c.clip_id))
            .order_by(_TERMS.slug)
        )
    )


_TERMS_OF = _terms_at(ClipTerm.__table__, "clip_id")
_TAGS_OF = _terms_at(MarkerTerm.__table__, "marker_id")
_LABELS_OF = ByIds(
    lambda among: (
        select(_LABELS.term_id, _LABELS.label).where(among(_LABELS.term_id)).order_by(_LABELS.id)
    )
)
_LABELS_BY_SLUG = ByIds(lambda among: select(_TERMS.slug, _TERMS.label).where(among(_TERMS.slug)))
_NAMES_OF = ByIds(
    lambda among: (
        select(_SIGHTINGS.clip_id, _SIGHTINGS.display)
        .where(among(_SIGHTINGS.clip_id))
        .order_by(_SIGHTINGS.id)
    )
)
_PLACES_OF = ByIds(
    lambda among: (
        select(_PLACES.clip_id, _PLACES.name).where(among(_PLACES.clip_id)).order_by(_PLACES.id)
    )
)
_LINKS_OF = ByIds(
    lambda among: (
        select(_LINKS.clip_id, _LINKS.state, _LINKS.score, _LINKS.article_id)
        .where(among(_LINKS.clip_id))
        .order_by(_LINKS.score.desc(), _LINKS.id)
    )
)
_ARTICLES_OF = ByIds(
    lambda among: select(_ARTICLES.id, _ARTICLES.title, _ARTICLES.text, _ARTICLES.language).where(
        among(_ARTICLES.id)
    )
)
_SEARCHED = (_TRACKS.searchable.is_(True), _TRACKS.state != tracks.REMOVED)
_TRACKS_OF = ByIds(
    lambda among: (
        select(_TRACKS.id, _TRACKS.clip_id, _TRACKS.language, _TRACKS.made_by, _TRACKS.model)
        .where(among(_TRACKS.clip_id), *_SEARCHED)
        .order_by(_TRACKS.number, _TRACKS.id)
    )
)
_CUES_OF = ByIds(
    lambda among: (
        select(_CUES.track_id, _CUES.start_ms, _CUES.end_ms, _CUES.text, cast(_CUES.words, Text))
        .join_from(CueRow.__table__, TrackRow.__table__, _TRACKS.id == _CUES.track_id)
        .where(among(_TRACKS.clip_id), *_SEARCHED)
        .order_by(_CUES.track_id, _CUES.start_ms, _CUES.number)
    )
)


class _ClipRow(NamedTuple):
    id: str
    search_rev: int
    state: str
    title: str | None
    derived_title: str
    description: str | None
    derived_description: str
    source: str | None
    derived_source: str
    language: str | None
    derived_language: str
    video_codec: str
    audio_codec: str
    duration_ms: int | None
    created_at: datetime
    width: int | None
    height: int | None
    recorded_at: str
    rights: str | None
    people_at_risk: str | None


def newest(session: Session) -> int:
    """The newest revision that any clip has, or had; 0 when nothing was ever searchable."""
    lives = session.scalar(select(func.max(Clip.search_rev))) or 0
    return max(lives, session.scalar(select(func.max(TombstoneRow.rev))) or 0)


def more_than(session: Session, count: int) -> bool:
    """Whether the feed has more clips."""
    beyond = select(Clip.search_rev).where(Clip.search_rev > 0).offset(count).limit(1)
    return session.scalar(beyond) is not None


def changed(
    session: Session,
    after_rev: int,
    limit: int,
    *,
    after_id: str = "",
    share: change_feed.Share | None = None,
) -> list[SearchDocument]:
    """The clips changed or purged since, in order of (revision, id), findable or not.

    Many clips may share one revision, so the revision alone can't say where a batch ended.
    """
    moved = change_feed.clips(session, after_rev, after_id, limit, share)
    if not moved:
        return []
    living = [one.clip_id for one in moved if one.state != change_feed.PURGED]
    documents = {one.clip_id: one for one in texts_of(session, living, facts=True)}
    return [documents.get(one.clip_id) or _gone(one) for one in moved]


@sight.for_all
def moved_since(session: Session, rev: int, clip_id: str, limit: int) -> tuple[str, ...]:
    """Ids of the clips changed or purged behind this place; at most so many."""
    return tuple(one.clip_id for one in change_feed.clips(session, rev, clip_id, limit))


def _gone(one: change_feed.Moved) -> SearchDocument:
    """Of a purged clip: what takes it out of an index."""
    return SearchDocument(
        one.clip_id, one.rev, one.state, title="", description="", source="", language="", codec="",
        duration_ms=0, created_us=0, terms=(), names=(), articles=(), tracks=(),
    )  # fmt: skip


def texts_of(
    session: Session, clip_ids: Sequence[str], *, facts: bool = False
) -> list[SearchDocument]:
    """The documents of these clips, in the order asked for; unknown ids are left out.

    What can't be found has no texts; what files say, and higher terms, come only with `facts`.
    """
    shown = sight.visible(session, list(clip_ids))
    rows = {row[0]: _ClipRow._make(row) for row in _OF_CLIPS.rows(session, shown)}
    found = [row.id for row in rows.values() if row.state in FOUND_STATES]
    terms, tags = _terms(session, found, facts=facts)
    names, notes = _names(session, found), _notes(session, found, tags)
    articles, captions = _articles(session, found), _tracks(session, found)
    pictures, places = picture_texts.texts_of(session, found), _places(session, found)
    warnings = care.kinds_of(session, found) if facts else {}
    said = _probes(session, found) if facts else {}
    reviewed = reviews.of_clips(session, found) if facts else {}
    gathered = collections.of_clips(session, found) if facts else {}
    known = occasions.of_clips(session, found) if facts else {}
    closed = sight.levels_of(session, found) if facts else {}
    shown_to = sight.granted_to(session, closed)
    return [
        SearchDocument(
            clip_id=row.id,
            rev=row.search_rev,
            state=row.state,
            title=row.title or row.derived_title,
            description=row.description or row.derived_description,
            source=row.source or row.derived_source,
            language=row.language or row.derived_language,
            codec=row.video_codec or row.audio_codec,
            duration_ms=row.duration_ms or 0,
            created_us=int(row.created_at.timestamp() * 1_000_000),
            terms=tuple(terms[row.id]),
            names=tuple(names[row.id]),
            articles=tuple(articles[row.id]),
            tracks=tuple(captions[row.id]),
            described=bool(row.title or row.description or terms[row.id]),
            width=row.width or 0,
            height=row.height or 0,
            audible=bool(row.audio_codec),
            recorded_at=row.recorded_at,
            first_day=known[row.id].first if row.id in known else None,
            last_day=known[row.id].last if row.id in known else None,
            points=_points(row.id, terms[row.id], said, known) if facts else (),
            places=tuple(places[row.id]),
            notes=tuple(notes[row.id]),
            pictures=tuple(CueText(*read) for read in pictures[row.id]),
            warnings=warnings.get(row.id, ()),
            rights=row.rights or "",
            collections=tuple((key, name) for key, name, _ in gathered.get(row.id, ())),
            review=reviewed.get(row.id, reviews.UNTOUCHED),
            at_risk=bool(row.people_at_risk),
            camera=said[row.id][1] if row.id in said else "",
            access=closed[row.id].level if row.id in closed else "",
            until_us=closed[row.id].until_us if row.id in closed else 0,
            shown_to=shown_to.get(row.id, ()),
        )
        for row in filter(None, map(rows.get, clip_ids))
    ]


def revisions(session: Session, clip_ids: Collection[str]) -> dict[str, int]:
    """By id, of those clips that can be found."""
    rows = _REVISIONS_OF.rows(session, clip_ids)
    return {clip_id: rev for clip_id, rev, state in rows if state in FOUND_STATES}


def seen_terms(session: Session, slugs: Collection[str]) -> set[str]:
    """Those of these terms that the session sees."""
    return set(session.scalars(select(Term.slug).where(Term.slug.in_(slugs))))


def titles_of(session: Session, clip_ids: Collection[str]) -> dict[str, str]:
    """Titles by id, of those clips that can be found."""
    if not clip_ids:
        return {}  # most half-typed words are in no title: one way to the database less
    rows = _TITLES_OF.rows(session, clip_ids)
    # Asked for states too, SQLite looks through all clips that have them.
    return {
        clip_id: own or derived for clip_id, state, own, derived in rows if state in FOUND_STATES
    }


def term_labels(session: Session, slugs: Collection[str]) -> dict[str, str]:
    """Preferred labels by slug."""
    return dict(_LABELS_BY_SLUG.rows(session, slugs))


def tagged_notes(session: Session, ids: list[str]) -> dict[str, list[CueText]]:
    """The notes of these clips that have tags, with the terms above these."""
    _, tags = _terms(session, ids, facts=True, own=False)
    if not tags:
        return {}
    notes = _notes(session, ids, tags)
    return {clip_id: [one for one in some if one.tags] for clip_id, some in notes.items()}


def _terms(
    session: Session, ids: list[str], *, facts: bool, own: bool = True
) -> tuple[dict[str, list[TermText]], dict[str, list[TermText]]]:
    """Those of clips, by the clip's id, and of their notes, by the note's."""
    rows = _TERMS_OF.rows(session, ids) if own else []
    by_note = _TAGS_OF.rows(session, ids)
    found: dict[str, list[TermText]] = defaultdict(list)
    tags: dict[str, list[TermText]] = defaultdict(list)
    if not rows and not by_note:
        return found, tags
    kept = {term_id: name for _, term_id, *name in (*rows, *by_note)}
    up = term_merging.above(session, kept) if facts else {}
    wanted = {*kept, *(one for term_id in kept for one in up.get(term_id, ()))}
    labels: dict[str, dict[str, None]] = defaultdict(dict)
    for term_id, label in _LABELS_OF.rows(session, wanted):
        labels[term_id][label] = None
    terms = {}
    for one, (kind, slug, label) in kept.items():
        every = tuple({label: None, **labels[one]})
        above = tuple(name for up_id in sorted(up.get(one, ())) for name in labels[up_id])
        terms[one] = TermText(kind, slug, label, every, above)
    for some, into in ((rows, found), (by_note, tags)):
        for owner, term_id, *_ in some:
            into[owner].append(terms[term_id])
    return found, tags


def _points(
    clip_id: str, terms: list[TermText], said: _Said, known: dict[str, occasions.Occasion]
) -> _Points:
    """Where the clip was recorded, and where the places lie that it shows."""
    own = said[clip_id][0] if clip_id in said else ()
    places = known[clip_id].points if clip_id in known else ()
    named = (occasions.located(term.label) for term in terms if term.kind == "place")
    shown = (
        (one.lat, one.lon) for one in named if one and one.lat is not None and one.lon is not None
    )
    return tuple(dict.fromkeys((*own, *places, *shown)))


def _probes(session: Session, ids: list[str]) -> _Said:
    """(points, camera) as the files themselves say."""
    location, camera = ProbeRecord.facts["location"], ProbeRecord.facts["camera"]
    query = select(ProbeRecord.clip_id, location, camera).where(ProbeRecord.clip_id.in_(ids))
    found: _Said = {}
    for clip_id, place, made in session.execute(query):
        points = ((float(place["lat"]), float(place["lon"])),) if place else ()
        make, model = (str((made or {}).get(part) or "").strip() for part in ("make", "model"))
        known = model if model.casefold().startswith(make.casefold()) else f"{make} {model}"
        found[clip_id] = points, known.strip()
    return found


def _names(session: Session, ids: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for clip_id, display in _NAMES_OF.rows(session, ids):
        if display not in found[clip_id]:
            found[clip_id].append(display)
    return found


def _places(session: Session, ids: list[str]) -> dict[str, dict[str, None]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for clip_id, name in _PLACES_OF.rows(session, ids):
        found[clip_id][name] = None
    return found


def _articles(session: Session, ids: list[str]) -> dict[str, list[ArticleText]]:
    found: dict[str, list[ArticleText]] = defaultdict(list)
    # Asked for states too, SQLite looks through all links that have them.
    links = [
        (clip_id, article_id, state in OPEN)
        for clip_id, state, score, article_id in _LINKS_OF.rows(session, ids)
        if state in LINKED or (state in OPEN and score >= LIKELY)
    ]
    if not links:
        return found
    every = {article_id for _, article_id, _ in links}
    rows = {article_id: texts for article_id, *texts in _ARTICLES_OF.rows(session, every)}
    terms = mentions.terms_of(session, {one for _, one, is_open in links if not is_open})
    names = mentions.names_of(session, every)
    for clip_id, article_id, is_open in links:
        title, body, language = rows[article_id]
        accepted = () if is_open else terms.get(article_id, ())
        named = tuple(TermText(one.kind, one.slug, one.label, one.labels) for one in accepted)
        text = ArticleText(
            article_id, title or "", body, language, named, names.get(article_id, ())
        )
        found[clip_id].append(text)
    return found


def _notes(
    session: Session, ids: list[str], tags: Mapping[str, list[TermText]]
) -> dict[str, list[CueText]]:
    found: dict[str, list[CueText]] = defaultdict(list)
    for clip_id, start, end, text, marker_id in markers.texts_of(session, ids):
        found[clip_id].append(CueText(start, end, text, (), tuple(tags.get(marker_id, ()))))
    return found


def _tracks(session: Session, ids: list[str]) -> dict[str, list[TrackText]]:
    rows = _TRACKS_OF.rows(session, ids)
    found: dict[str, list[TrackText]] = defaultdict(list)
    if not rows:
        return found
    cues: dict[str, list[CueText]] = {track_id: [] for track_id, *_ in rows}
    for track_id, start, end, text, timed in _CUES_OF.rows(session, ids):
        words = tracks.as_words(json.loads(timed)) if timed else ()
        cues[track_id].append(CueText(start, end, text, words))
    for track_id, clip_id, language, made_by, model in rows:
        label = provenance.label(made_by, model)
        found[clip_id].append(TrackText(track_id, language, tuple(cues[track_id]), label))
    return found
