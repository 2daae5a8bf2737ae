"""What the search index needs of clips: the feed of changed ones, and the texts of those shown."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, tuple_

from mediacatalog.captions import provenance
from mediacatalog.catalog import (
    care,
    collections,
    markers,
    mentions,
    occasions,
    reviews,
    term_merging,
    tracks,
)
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
from mediacatalog.catalog.track_models import CueRow, TrackRow
from mediacatalog.values import State

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

_Points = tuple[tuple[float, float], ...]
_Said = dict[str, tuple[_Points, str]]
"""Points and camera by clip."""

LIKELY = 0.5
"""Score from which on a story's words find a clip though nobody accepted the link."""
FOUND_STATES = (State.READY, State.PARTIAL, State.OFFLINE)
"""Of clips that a search may find: read through, and described even while their disk is away."""


_COLUMNS = (
    Clip.id,
    Clip.search_rev,
    Clip.state,
    Clip.title,
    Clip.derived_title,
    Clip.description,
    Clip.derived_description,
    Clip.source,
    Clip.derived_source,
    Clip.language,
    Clip.derived_language,
    Clip.video_codec,
    Clip.audio_codec,
    Clip.duration_ms,
    Clip.created_at,
    Clip.width,
    Clip.height,
    Clip.recorded_at,
    Clip.rights,
    Clip.people_at_risk,
)
"""What of a clip is searched; plain rows are read faster than mapped objects."""


@dataclass(frozen=True, slots=True)
class TermText:
    kind: str
    slug: str
    label: str
    labels: tuple[str, ...]
    """All labels, the preferred one among them."""
    above: tuple[str, ...] = ()
    """Labels and slugs of the terms that it lies within, however far up."""


@dataclass(frozen=True, slots=True)
class ArticleText:
    id: str
    title: str
    text: str
    language: str | None
    terms: tuple[TermText, ...] = ()
    """Places, people and groups that a person accepted of what it names."""
    names: tuple[str, ...] = ()
    """The one name of each that it names in some spelling, accepted or not."""


@dataclass(frozen=True, slots=True)
class CueText:
    start_ms: int
    end_ms: int
    text: str
    words: tuple[tuple[int, int], ...] = ()
    """As in `values.Cue`."""


@dataclass(frozen=True, slots=True)
class TrackText:
    id: str
    language: str | None
    cues: tuple[CueText, ...]
    label: str = ""
    """Says that a machine made the text; empty for what people wrote."""


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """One clip as the search sees it: what people entered where they did, else what was derived."""

    clip_id: str
    rev: int
    state: str
    title: str
    description: str
    source: str
    language: str
    codec: str
    duration_ms: int
    created_us: int
    """Microseconds since 1970, when the clip was first seen."""
    terms: tuple[TermText, ...]
    names: tuple[str, ...]
    """Paths below their roots at which the bytes were seen."""
    articles: tuple[ArticleText, ...]
    tracks: tuple[TrackText, ...]
    described: bool = False
    """Whether a person gave it a title, a description or a term."""
    width: int = 0
    height: int = 0
    """As shown; 0 without pictures."""
    audible: bool = False
    recorded_at: str = ""
    """ISO 8601 of the recording, as exact as it is known; empty where nothing says so."""
    first_day: date | None = None
    last_day: date | None = None
    """The best that is known of the recording, both within; without a first day nothing is."""
    points: tuple[tuple[float, float], ...] = ()
    """Latitude and longitude in degrees of where it was recorded, and of its own places."""
    notes: tuple[CueText, ...] = ()
    """What people wrote at moments of it, in the order of the film."""
    rights: str = ""
    review: reviews.Review = reviews.UNTOUCHED
    collections: tuple[tuple[str, str], ...] = ()
    """(id, name) of those into which it was put."""
    at_risk: bool = False
    """Whether somebody says that it may harm people."""
    warnings: tuple[str, ...] = ()
    """Of `care.WARNINGS`."""
    camera: str = ""
    """Maker and model, as the file says."""

    @property
    def findable(self) -> bool:
        return self.state in FOUND_STATES


def newest(session: Session) -> int:
    """The newest revision that any clip has; 0 when nothing was ever searchable."""
    return session.scalar(select(func.max(Clip.search_rev))) or 0


def changed_ids(session: Session, after_rev: int, after_id: str, limit: int) -> Sequence[str]:
    """Ids of clips changed after (revision, id), in that order.

    Many clips may share one revision, so the revision alone can't say where a batch ended.
    """
    return session.scalars(
        select(Clip.id)
        .where(tuple_(Clip.search_rev, Clip.id) > (after_rev, after_id), Clip.search_rev > 0)
        .order_by(Clip.search_rev, Clip.id)
        .limit(limit)
    ).all()


def changed(
    session: Session, after_rev: int, limit: int, *, after_id: str = ""
) -> list[SearchDocument]:
    """The clips changed since, in order of (revision, id), findable or not."""
    return texts_of(session, changed_ids(session, after_rev, after_id, limit), facts=True)


def texts_of(
    session: Session, clip_ids: Sequence[str], *, facts: bool = False
) -> list[SearchDocument]:
    """The documents of these clips, in the order asked for; unknown ids are left out.

    A constant number of queries. Texts of clips that can't be found are not read; what the files
    say of themselves (position, camera) only with `facts`.
    """
    query = select(*_COLUMNS).where(Clip.id.in_(clip_ids))
    rows = {row.id: row for row in session.execute(query)}
    found = [row.id for row in rows.values() if row.state in FOUND_STATES]
    terms, names = _terms(session, found), _names(session, found)
    articles, captions = _articles(session, found), _tracks(session, found)
    notes = _notes(session, found)
    warnings = care.kinds_of(session, found) if facts else {}
    said = _probes(session, found) if facts else {}
    reviewed = reviews.of_clips(session, found) if facts else {}
    gathered = collections.of_clips(session, found) if facts else {}
    known = occasions.of_clips(session, found) if facts else {}
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
            points=_points(row.id, said, known),
            notes=tuple(notes[row.id]),
            warnings=warnings.get(row.id, ()),
            rights=row.rights or "",
            collections=tuple((key, name) for key, name, _ in gathered.get(row.id, ())),
            review=reviewed.get(row.id, reviews.UNTOUCHED),
            at_risk=bool(row.people_at_risk),
            camera=said[row.id][1] if row.id in said else "",
        )
        for row in map(rows.get, clip_ids)
        if row is not None
    ]


def titles_of(session: Session, clip_ids: Collection[str]) -> dict[str, str]:
    """Titles by id, of those clips that can be found."""
    rows = session.execute(
        select(Clip.id, Clip.title, Clip.derived_title).where(
            Clip.id.in_(clip_ids), Clip.state.in_(FOUND_STATES)
        )
    )
    return {row.id: row.title or row.derived_title for row in rows}


def term_labels(session: Session, slugs: Collection[str]) -> dict[str, str]:
    """Preferred labels by slug."""
    rows = session.execute(select(Term.slug, Term.label).where(Term.slug.in_(slugs)))
    return {row.slug: row.label for row in rows}


def _terms(session: Session, ids: list[str]) -> dict[str, list[TermText]]:
    query = (
        select(ClipTerm.clip_id, Term.id, Term.kind, Term.slug, Term.label)
        .join(Term, Term.id == ClipTerm.term_id)
        .where(ClipTerm.clip_id.in_(ids))
        .order_by(Term.slug)
    )
    rows = session.execute(query).all()
    found: dict[str, list[TermText]] = defaultdict(list)
    if not rows:
        return found
    up = term_merging.above(session)
    wanted = {row.id for row in rows}
    wanted |= {one for term_id in wanted for one in up.get(term_id, ())}
    labels: dict[str, dict[str, None]] = defaultdict(dict)
    of_terms = TermLabel.term_id.in_(wanted)
    for label in session.scalars(select(TermLabel).where(of_terms).order_by(TermLabel.id)):
        labels[label.term_id][label.label] = None
    for row in rows:
        every = tuple({row.label: None, **labels[row.id]})
        above = tuple(name for one in sorted(up.get(row.id, ())) for name in labels[one])
        found[row.clip_id].append(TermText(row.kind, row.slug, row.label, every, above))
    return found


def _points(clip_id: str, said: _Said, known: dict[str, occasions.Occasion]) -> _Points:
    own = said[clip_id][0] if clip_id in said else ()
    places = known[clip_id].points if clip_id in known else ()
    return tuple(dict.fromkeys((*own, *places)))


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
    query = select(Sighting.clip_id, Sighting.display).where(Sighting.clip_id.in_(ids))
    found: dict[str, list[str]] = defaultdict(list)
    for clip_id, display in session.execute(query.order_by(Sighting.id)):
        if clip_id is not None and display not in found[clip_id]:
            found[clip_id].append(display)
    return found


def _articles(session: Session, ids: list[str]) -> dict[str, list[ArticleText]]:
    query = (
        select(
            ArticleLink.clip_id,
            ArticleLink.state,
            ArticleRow.id,
            ArticleRow.title,
            ArticleRow.text,
            ArticleRow.language,
        )
        .join(ArticleRow, ArticleRow.id == ArticleLink.article_id)
        .where(
            ArticleLink.clip_id.in_(ids),
            ArticleLink.state.in_(LINKED)
            | (ArticleLink.state.in_(OPEN) & (ArticleLink.score >= LIKELY)),
        )
        .order_by(ArticleLink.score.desc(), ArticleLink.id)
    )
    found: dict[str, list[ArticleText]] = defaultdict(list)
    rows = session.execute(query).all()
    if not rows:
        return found
    terms = mentions.terms_of(session, {row.id for row in rows if row.state not in OPEN})
    names = mentions.names_of(session, {row.id for row in rows})
    for row in rows:
        accepted = () if row.state in OPEN else terms.get(row.id, ())
        named = tuple(TermText(one.kind, one.slug, one.label, one.labels) for one in accepted)
        text = ArticleText(
            row.id, row.title or "", row.text, row.language, named, names.get(row.id, ())
        )
        found[row.clip_id].append(text)
    return found


def _notes(session: Session, ids: list[str]) -> dict[str, list[CueText]]:
    found: dict[str, list[CueText]] = defaultdict(list)
    for clip_id, start, end, text in markers.texts_of(session, ids):
        found[clip_id].append(CueText(start, end, text))
    return found


def _tracks(session: Session, ids: list[str]) -> dict[str, list[TrackText]]:
    of_clips = (
        TrackRow.clip_id.in_(ids),
        TrackRow.searchable.is_(True),
        TrackRow.state != tracks.REMOVED,
    )
    cues: dict[str, list[CueText]] = defaultdict(list)
    query = (
        select(CueRow.track_id, CueRow.start_ms, CueRow.end_ms, CueRow.text, CueRow.words)
        .join(TrackRow, TrackRow.id == CueRow.track_id)
        .where(*of_clips)
        .order_by(CueRow.track_id, CueRow.start_ms, CueRow.number)
    )
    for row in session.execute(query):
        timed = tracks.as_words(row.words)
        cues[row.track_id].append(CueText(row.start_ms, row.end_ms, row.text, timed))
    columns = (
        TrackRow.id,
        TrackRow.clip_id,
        TrackRow.language,
        TrackRow.made_by,
        TrackRow.model,
    )
    rows = select(*columns).where(*of_clips).order_by(TrackRow.number, TrackRow.id)
    found: dict[str, list[TrackText]] = defaultdict(list)
    for track in session.execute(rows):
        label = provenance.label(track.made_by, track.model)
        text = TrackText(track.id, track.language, tuple(cues[track.id]), label)
        found[track.clip_id].append(text)
    return found
