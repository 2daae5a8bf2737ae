"""What the search index needs of clips: the feed of changed ones, and the texts of those shown."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, func, select

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
from mediacatalog.catalog.context_models import MarkerTerm
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
from mediacatalog.catalog.sight_models import TombstoneRow
from mediacatalog.catalog.track_models import CueRow, TrackRow
from mediacatalog.values import State

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from sqlalchemy import BindParameter, Result, Select
    from sqlalchemy.orm import Session

_Points = tuple[tuple[float, float], ...]
_Said = dict[str, tuple[_Points, str]]
"""Points and camera by clip."""

LIKELY = 0.5
"""Score from which on a story's words find a clip though nobody accepted the link."""
FOUND_STATES = (State.READY, State.PARTIAL, State.OFFLINE)
"""Of clips that a search may find: read through, and described even while their disk is away."""


_CLIPS, _CLIP_TERMS, _TERMS, _LABELS, _TRACKS, _CUES, _SIGHTINGS = (
    table.__table__.c for table in (Clip, ClipTerm, Term, TermLabel, TrackRow, CueRow, Sighting)
)
_NOTE_TAGS = MarkerTerm.__table__.c
_LINKS, _ARTICLES = (table.__table__.c for table in (ArticleLink, ArticleRow))
_AMONG: BindParameter[list[str]] = bindparam("ids", expanding=True)
"""Every search asks these queries: they are made once, and answer in plain rows, which costs a
third of what mapped objects do."""

_OF_CLIPS = select(
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
).where(_CLIPS.id.in_(_AMONG))

_TITLES_OF = select(_CLIPS.id, _CLIPS.state, _CLIPS.title, _CLIPS.derived_title).where(
    _CLIPS.id.in_(_AMONG)
)
_REVISIONS_OF = select(_CLIPS.id, _CLIPS.search_rev, _CLIPS.state).where(_CLIPS.id.in_(_AMONG))
_TERMS_OF = (
    select(_CLIP_TERMS.clip_id, _TERMS.id, _TERMS.kind, _TERMS.slug, _TERMS.label)
    .join_from(ClipTerm.__table__, Term.__table__, _TERMS.id == _CLIP_TERMS.term_id)
    .where(_CLIP_TERMS.clip_id.in_(_AMONG))
    .order_by(_TERMS.slug)
)
_TAGS_OF = (
    select(_NOTE_TAGS.marker_id, _TERMS.id, _TERMS.kind, _TERMS.slug, _TERMS.label)
    .join_from(MarkerTerm.__table__, Term.__table__, _TERMS.id == _NOTE_TAGS.term_id)
    .where(_NOTE_TAGS.clip_id.in_(_AMONG))
    .order_by(_TERMS.slug)
)
_LABELS_OF = (
    select(_LABELS.term_id, _LABELS.label).where(_LABELS.term_id.in_(_AMONG)).order_by(_LABELS.id)
)
_LABELS_BY_SLUG = select(_TERMS.slug, _TERMS.label).where(_TERMS.slug.in_(_AMONG))
_NAMES_OF = (
    select(_SIGHTINGS.clip_id, _SIGHTINGS.display)
    .where(_SIGHTINGS.clip_id.in_(_AMONG))
    .order_by(_SIGHTINGS.id)
)
_LINKS_OF = (
    select(_LINKS.clip_id, _LINKS.state, _LINKS.score, _LINKS.article_id)
    .where(_LINKS.clip_id.in_(_AMONG))
    .order_by(_LINKS.score.desc(), _LINKS.id)
)
_ARTICLES_OF = select(_ARTICLES.id, _ARTICLES.title, _ARTICLES.text, _ARTICLES.language).where(
    _ARTICLES.id.in_(_AMONG)
)
_SEARCHED = (
    _TRACKS.clip_id.in_(_AMONG),
    _TRACKS.searchable.is_(True),
    _TRACKS.state != tracks.REMOVED,
)
_TRACKS_OF = (
    select(_TRACKS.id, _TRACKS.clip_id, _TRACKS.language, _TRACKS.made_by, _TRACKS.model)
    .where(*_SEARCHED)
    .order_by(_TRACKS.number, _TRACKS.id)
)
_CUES_OF = (
    select(_CUES.track_id, _CUES.start_ms, _CUES.end_ms, _CUES.text, _CUES.words)
    .join_from(CueRow.__table__, TrackRow.__table__, _TRACKS.id == _CUES.track_id)
    .where(*_SEARCHED)
    .order_by(_CUES.track_id, _CUES.start_ms, _CUES.number)
)


@dataclass(frozen=True, slots=True)
class TermText:
    kind: str
    slug: str
    label: str
    labels: tuple[str, ...]
    """All labels, the preferred one among them."""
    above: tuple[str, ...] = ()
    """Labels of the terms that it lies within, however far up; where they were asked for."""


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


class CueText(NamedTuple):
    start_ms: int
    end_ms: int
    text: str
    words: tuple[tuple[int, int], ...] = ()
    """As in `values.Cue`."""
    tags: tuple[TermText, ...] = ()
    """Of a note."""


@dataclass(frozen=True)
class TrackText:
    id: str
    language: str | None
    cues: tuple[CueText, ...]
    label: str = ""
    """Says that a machine made the text; empty for what people wrote."""

    @cached_property
    def text(self) -> str:
        """A line for each cue, or more."""
        return "\n".join([cue.text for cue in self.cues])

    @cached_property
    def starts(self) -> list[int]:
        """Where in `text` each cue begins."""
        return list(accumulate((len(cue.text) + 1 for cue in self.cues), initial=0))[:-1]


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
    pictures: tuple[CueText, ...] = ()
    """What a machine read in each of its keyframes, in the order of the film."""
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
    access: str = ""
    """One of `sight.LEVELS`; empty of a clip that is open."""
    until_us: int = 0
    """When an embargo ends, in microseconds since 1970."""
    shown_to: tuple[str, ...] = ()
    """Ids of the accounts to which a grant shows it though it's closed."""

    @property
    def every_term(self) -> list[TermText]:
        """Its own, and the tags of its notes."""
        if not self.notes:
            return list(self.terms)
        return list(dict.fromkeys((*self.terms, *(tag for one in self.notes for tag in one.tags))))

    @property
    def findable(self) -> bool:
        return self.state in FOUND_STATES


def _rows(
    session: Session, asked: Select[*tuple[Any, ...]], ids: Collection[str]
) -> Result[*tuple[Any, ...]]:
    """Of bare tables: past the session, which adds nothing to them but time."""
    return session.connection().execute(asked, {"ids": list(ids)})


def newest(session: Session) -> int:
    """The newest revision that any clip has, or had; 0 when nothing was ever searchable."""
    lives = session.scalar(select(func.max(Clip.search_rev))) or 0
    return max(lives, session.scalar(select(func.max(TombstoneRow.rev))) or 0)


def changed(
    session: Session, after_rev: int, limit: int, *, after_id: str = ""
) -> list[SearchDocument]:
    """The clips changed or purged since, in order of (revision, id), findable or not.

    Many clips may share one revision, so the revision alone can't say where a batch ended.
    """
    moved = change_feed.clips(session, after_rev, after_id, limit)
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

    A constant number of queries. Texts of clips that can't be found are not read; what the files
    say of themselves (position, camera), and the terms above their own, only with `facts`.
    """
    shown = sight.visible(session, list(clip_ids))
    rows = {row.id: row for row in _rows(session, _OF_CLIPS, shown)}
    found = [row.id for row in rows.values() if row.state in FOUND_STATES]
    terms, tags = _terms(session, found, facts=facts)
    names, notes = _names(session, found), _notes(session, found, tags)
    articles, captions = _articles(session, found), _tracks(session, found)
    pictures = picture_texts.texts_of(session, found)
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
            points=_points(row.id, said, known),
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
    rows = _rows(session, _REVISIONS_OF, clip_ids)
    return {row.id: row.search_rev for row in rows if row.state in FOUND_STATES}


def seen_terms(session: Session, slugs: Collection[str]) -> set[str]:
    """Those of these terms that the session sees."""
    return set(session.scalars(select(Term.slug).where(Term.slug.in_(slugs))))


def titles_of(session: Session, clip_ids: Collection[str]) -> dict[str, str]:
    """Titles by id, of those clips that can be found."""
    if not clip_ids:
        return {}  # most half-typed words are in no title: one way to the database less
    rows = _rows(session, _TITLES_OF, list(clip_ids))
    # Asked for states too, SQLite looks through all clips that have them.
    return {row.id: row.title or row.derived_title for row in rows if row.state in FOUND_STATES}


def term_labels(session: Session, slugs: Collection[str]) -> dict[str, str]:
    """Preferred labels by slug."""
    rows = _rows(session, _LABELS_BY_SLUG, list(slugs))
    return {row.slug: row.label for row in rows}


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
    rows = _rows(session, _TERMS_OF, ids).all() if own else []
    by_note = _rows(session, _TAGS_OF, ids).all()
    found: dict[str, list[TermText]] = defaultdict(list)
    tags: dict[str, list[TermText]] = defaultdict(list)
    if not rows and not by_note:
        return found, tags
    kept = {row.id: row for row in (*rows, *by_note)}
    up = term_merging.above(session, kept) if facts else {}
    wanted = {*kept, *(one for term_id in kept for one in up.get(term_id, ()))}
    labels: dict[str, dict[str, None]] = defaultdict(dict)
    for term_id, label in _rows(session, _LABELS_OF, list(wanted)):
        labels[term_id][label] = None
    terms = {}
    for one, row in kept.items():
        every = tuple({row.label: None, **labels[one]})
        above = tuple(name for up_id in sorted(up.get(one, ())) for name in labels[up_id])
        terms[one] = TermText(row.kind, row.slug, row.label, every, above)
    for some, into in ((rows, found), (by_note, tags)):
        for owner, term_id, *_ in some:
            into[owner].append(terms[term_id])
    return found, tags


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
    found: dict[str, list[str]] = defaultdict(list)
    for clip_id, display in _rows(session, _NAMES_OF, ids):
        if display not in found[clip_id]:
            found[clip_id].append(display)
    return found


def _articles(session: Session, ids: list[str]) -> dict[str, list[ArticleText]]:
    found: dict[str, list[ArticleText]] = defaultdict(list)
    # Asked for states too, SQLite looks through all links that have them.
    links = [
        row
        for row in _rows(session, _LINKS_OF, ids)
        if row.state in LINKED or (row.state in OPEN and row.score >= LIKELY)
    ]
    if not links:
        return found
    every = {row.article_id for row in links}
    rows = {row.id: row for row in _rows(session, _ARTICLES_OF, list(every))}
    terms = mentions.terms_of(session, {row.article_id for row in links if row.state not in OPEN})
    names = mentions.names_of(session, every)
    for link in links:
        row = rows[link.article_id]
        accepted = () if link.state in OPEN else terms.get(row.id, ())
        named = tuple(TermText(one.kind, one.slug, one.label, one.labels) for one in accepted)
        text = ArticleText(
            row.id, row.title or "", row.text, row.language, named, names.get(row.id, ())
        )
        found[link.clip_id].append(text)
    return found


def _notes(
    session: Session, ids: list[str], tags: Mapping[str, list[TermText]]
) -> dict[str, list[CueText]]:
    found: dict[str, list[CueText]] = defaultdict(list)
    for clip_id, start, end, text, marker_id in markers.texts_of(session, ids):
        found[clip_id].append(CueText(start, end, text, (), tuple(tags.get(marker_id, ()))))
    return found


def _tracks(session: Session, ids: list[str]) -> dict[str, list[TrackText]]:
    rows = _rows(session, _TRACKS_OF, ids).all()
    found: dict[str, list[TrackText]] = defaultdict(list)
    if not rows:
        return found
    cues: dict[str, list[CueText]] = {row.id: [] for row in rows}
    for track_id, start, end, text, timed in _rows(session, _CUES_OF, ids).all():
        cues[track_id].append(CueText(start, end, text, tracks.as_words(timed) if timed else ()))
    for track in rows:
        label = provenance.label(track.made_by, track.model)
        made = TrackText(track.id, track.language, tuple(cues[track.id]), label)
        found[track.clip_id].append(made)
    return found
