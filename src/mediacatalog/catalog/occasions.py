"""When and where clips were shot: the sources gathered, the best kept beside them, people's words.

The best of each clip is a row, brought up to date by whatever may change it, so that lists and the
search read many clips in one query.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mediacatalog import occasion
from mediacatalog.articles import mentions as reader
from mediacatalog.articles.mentions.values import DateValue, PlaceValue
from mediacatalog.catalog import changes, holdings, mentions
from mediacatalog.catalog.context_models import ClipDate, ClipOccasion, ClipPlace
from mediacatalog.catalog.models import (
    ArticleLink,
    ArticleRow,
    ClipTerm,
    ProbeRecord,
    Sighting,
    Term,
)
from mediacatalog.catalog.track_models import CueRow, TrackRow
from mediacatalog.catalog.tracks import REMOVED
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.occasion import Answer, When, Where
from mediacatalog.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session

    from mediacatalog.articles.mentions.values import Mention
    from mediacatalog.catalog.mentions import Known

LINKED = ("certain", "accepted")
MOST_CUES = 60
"""Captions that are read for dates and places."""
MOST_OF_A_KIND = 6
"""Dates, and places, that one text gives."""
ROLES = {"shot": "filmed from here", "shown": "seen in the picture"}


@dataclass(frozen=True, slots=True)
class Occasion:
    """The best of a clip; `points` are (latitude, longitude) of recording and accepted places.

    The clip's own terms aren't among these: `located` tells where they lie.
    """

    edtf: str | None
    first: date | None
    last: date | None
    points: tuple[tuple[float, float], ...]
    conflict: bool


def of_clips(session: Session, clip_ids: Iterable[str]) -> dict[str, Occasion]:
    """Of many clips in one query; those of which nothing is known are left out."""
    columns = (
        ClipOccasion.clip_id,
        ClipOccasion.edtf,
        ClipOccasion.earliest,
        ClipOccasion.latest,
        ClipOccasion.points,
        ClipOccasion.conflict,
    )
    rows = session.execute(select(*columns).where(ClipOccasion.clip_id.in_(list(clip_ids))))
    return {
        row.clip_id: Occasion(
            row.edtf,
            date.fromisoformat(row.earliest) if row.earliest else None,
            date.fromisoformat(row.latest) if row.latest else None,
            tuple((float(lat), float(lon)) for lat, lon in row.points),
            row.conflict,
        )
        for row in rows
    }


def refresh(session: Session, clip_id: str) -> Answer:
    """Gather all sources again and keep the best; the caller touches the clip for the search."""
    found = gather(session, clip_id)
    points = [
        [one.lat, one.lon]
        for one in found.wheres
        if one.source not in ("story", "caption", "term") and one.lat is not None
    ]
    session.merge(
        ClipOccasion(
            clip_id=clip_id,
            edtf=found.edtf,
            earliest=found.first.isoformat() if found.first else None,
            latest=found.last.isoformat() if found.last else None,
            points=points,
            conflict=bool(found.conflicts),
        )
    )
    session.flush()
    return found


def follow(session: Session, article_id: str) -> None:
    """After a decision on what an article names: its clips' best, and what finds them."""
    clips = session.scalars(
        select(ArticleLink.clip_id).where(
            ArticleLink.article_id == article_id, ArticleLink.state.in_(LINKED)
        )
    ).all()
    for clip_id in clips:
        refresh(session, clip_id)
    if clips:
        holdings.touch(session, clips)


def gather(session: Session, clip_id: str) -> Answer:
    """All that says when and where a clip was shot, and the best of it."""
    clip = holdings.clip(session, clip_id)
    record = session.get(ProbeRecord, clip.id)
    facts = record.facts if record else {}
    seen = clip.created_at.date()
    said = "\n".join(_captions(session, clip.id))
    named = reader.find(said).mentions if said else ()
    whens = [
        *_persons_dates(session, clip.id),
        *_stamps(facts),
        *_names_and_times(session, clip.id),
        *_of_captions(named),
        *_of_articles(session, clip.id),
        When("first seen", f"{seen}", f"../{seen}", None, seen, "UTC", "when it came here"),
    ]
    wheres = [
        *_persons_places(session, clip.id),
        *_fix(facts),
        *_terms(session, clip.id),
        *_places_of_names(session, clip.id),
        *_places_of_captions(named),
        *_places_of_articles(session, clip.id),
    ]
    return occasion.answer(whens, wheres, seen=seen)


# --- days -----------------------------------------------------------------------------------------


def _persons_dates(session: Session, clip_id: str) -> Iterator[When]:
    rows = session.scalars(
        select(ClipDate).where(ClipDate.clip_id == clip_id).order_by(ClipDate.id.desc())
    )
    for row in rows:
        first = date.fromisoformat(row.earliest) if row.earliest else None
        last = date.fromisoformat(row.latest) if row.latest else None
        reason = f"entered by {row.actor}" + (f": {row.reason}" if row.reason else "")
        yield When("person", row.edtf, row.edtf, first, last, "", reason, id=row.id)


def _stamps(facts: dict[str, Any]) -> Iterator[When]:
    for made in facts.get("created") or ():
        source = str(made.get("source", ""))
        kind = "satellite" if "gps" in source.casefold() else "container"
        zone = str(made.get("zone", ""))
        found = occasion.moment(str(made.get("value", "")), zone, kind, source)
        if found is not None:
            yield found


def _names_and_times(session: Session, clip_id: str) -> Iterator[When]:
    rows = session.scalars(
        select(Sighting).where(Sighting.clip_id == clip_id).order_by(Sighting.id).limit(8)
    ).all()
    known: set[str] = set()
    for row in rows:
        name = row.display.rsplit("/", 1)[-1]
        for day in occasion.days_in(name):
            if day.isoformat() not in known:
                known.add(day.isoformat())
                yield When("file name", name, day.isoformat(), day, day, "", f"in the name {name}")
    if rows:
        day = min(occasion.utc_day(row.mtime_ns) for row in rows)
        yield When(
            "file time", f"{day}", f"../{day}", None, day, "UTC", "the file was last changed then"
        )


def _captions(session: Session, clip_id: str) -> list[str]:
    return list(
        session.scalars(
            select(CueRow.text)
            .join(TrackRow, TrackRow.id == CueRow.track_id)
            .where(TrackRow.clip_id == clip_id, TrackRow.searchable, TrackRow.state != REMOVED)
            .order_by(TrackRow.number, CueRow.start_ms)
            .limit(MOST_CUES)
        )
    )


def _of_captions(named: Iterable[Mention]) -> Iterator[When]:
    given: set[str] = set()
    for one in named:
        value = one.value
        if isinstance(value, DateValue) and value.edtf and value.edtf not in given:
            given.add(value.edtf)
            if len(given) > MOST_OF_A_KIND:
                return
            yield _when(
                "caption",
                one.surface,
                value.edtf,
                value.earliest,
                value.latest,
                "a caption says so",
            )


def _when(
    source: str, found: str, edtf: str, earliest: str | None, latest: str | None, reason: str
) -> When:
    return When(
        source,
        found,
        edtf,
        date.fromisoformat(earliest) if earliest else None,
        date.fromisoformat(latest) if latest else None,
        "",
        reason,
    )


def _linked(session: Session, clip_id: str) -> list[ArticleRow]:
    return list(
        session.scalars(
            select(ArticleRow)
            .join(ArticleLink, ArticleLink.article_id == ArticleRow.id)
            .where(ArticleLink.clip_id == clip_id, ArticleLink.state.in_(LINKED))
            .order_by(ArticleLink.score.desc(), ArticleLink.id)
            .limit(5)
        )
    )


def _of_articles(session: Session, clip_id: str) -> Iterator[When]:
    for row in _linked(session, clip_id):
        name = row.title or row.name
        given: set[str] = set()
        for one in mentions.of_article(session, row.id):
            edtf = one.value.get("edtf")
            if one.kind != "date" or one.state == "rejected" or not edtf or edtf in given:
                continue
            if one.state == "suggested" and len(given) >= MOST_OF_A_KIND:
                continue
            given.add(edtf)
            accepted = one.state == "accepted"
            yield _when(
                "article" if accepted else "story",
                one.surface,
                edtf,
                one.value.get("earliest"),
                one.value.get("latest"),
                _named_in(name, one.decided_by if accepted else None),
            )
        try:
            day = date.fromisoformat((row.published or "")[:10])
        except ValueError:
            continue
        published = row.published or ""
        yield When(
            "publication", published, f"../{day}", None, day, "", f"“{name}” was published then"
        )


def _named_in(name: str, by: str | None) -> str:
    return f"named in “{name}”" if by is None else f"named in “{name}”, accepted by {by}"


# --- places ---------------------------------------------------------------------------------------


def _persons_places(session: Session, clip_id: str) -> Iterator[Where]:
    rows = session.scalars(
        select(ClipPlace).where(ClipPlace.clip_id == clip_id).order_by(ClipPlace.id.desc())
    )
    for row in rows:
        reason = f"entered by {row.actor}" + (f": {row.reason}" if row.reason else "")
        yield Where(
            "person", row.name, row.role, row.lat, row.lon, row.precision_m, reason, id=row.id
        )


def _fix(facts: dict[str, Any]) -> Iterator[Where]:
    place = facts.get("location")
    if place:
        name = f"{place['lat']:.5f}, {place['lon']:.5f}"
        reason = str(place.get("source", "the container"))
        yield Where("satellite", name, "shot", place["lat"], place["lon"], None, reason)


def _terms(session: Session, clip_id: str) -> Iterator[Where]:
    rows = session.execute(
        select(Term.label, ClipTerm.actor)
        .join(ClipTerm, ClipTerm.term_id == Term.id)
        .where(ClipTerm.clip_id == clip_id, Term.kind == "place")
        .order_by(Term.label)
    )
    for label, actor in rows:
        place = located(label)
        lat, lon = (place.lat, place.lon) if place else (None, None)
        yield Where("term", label, "shown", lat, lon, None, f"a place of the clip, by {actor}")


@lru_cache(maxsize=16_384)
def located(name: str) -> PlaceValue | None:
    """What the gazetteer takes the name of a place for: Tyre and Nice are words elsewhere."""
    for text in (name, f"in {name}"):
        found = reader.find(text).mentions
        value = found[0].value if len(found) == 1 else None
        if isinstance(value, PlaceValue) and (text == name or fold(value.name) == fold(name)):
            return value
    return None


def _places_of_names(session: Session, clip_id: str) -> Iterator[Where]:
    rows = session.scalars(
        select(Sighting.display).where(Sighting.clip_id == clip_id).order_by(Sighting.id).limit(8)
    )
    given: set[str] = set()
    for display in rows:
        name = display.rsplit("/", 1)[-1]
        for one in reader.find(re.sub(r"[_\W]+", " ", name.rsplit(".", 1)[0])).mentions:
            value = one.value
            if isinstance(value, PlaceValue) and value.name not in given:
                given.add(value.name)
                reason = f"in the name {name}"
                yield Where("file name", value.name, "shown", value.lat, value.lon, None, reason)


def _places_of_captions(named: Iterable[Mention]) -> Iterator[Where]:
    given: set[str] = set()
    for one in named:
        value = one.value
        if not isinstance(value, PlaceValue) or value.type == "country" or value.name in given:
            continue
        given.add(value.name)
        if len(given) > MOST_OF_A_KIND:
            return
        reason = f"a caption names {one.surface}"
        yield Where("caption", value.name, "shown", value.lat, value.lon, None, reason)


def _places_of_articles(session: Session, clip_id: str) -> Iterator[Where]:
    for row in _linked(session, clip_id):
        name = row.title or row.name
        given: set[str] = set()
        known = sorted(mentions.of_article(session, row.id), key=_is_area)
        for one in known:
            value = one.value
            if one.kind != "place" or one.state == "rejected" or one.key in given:
                continue
            if one.state == "suggested" and (
                len(given) >= MOST_OF_A_KIND or value.get("type") == "country"
            ):
                continue
            given.add(one.key)
            accepted = one.state == "accepted"
            reason = _named_in(name, one.decided_by if accepted else None)
            source = "article" if accepted else "story"
            yield Where(
                source, str(value["name"]), "shown", value["lat"], value["lon"], None, reason
            )


def _is_area(one: Known) -> bool:
    """Provinces and rivers stand behind towns: they say less."""
    return bool(one.value.get("approximate")) or one.value.get("type", "settlement") != "settlement"


# --- what people say ------------------------------------------------------------------------------


def enter_date(session: Session, clip_id: str, text: str, *, reason: str, actor: str) -> None:
    """A person's word on the day, as EDTF. Raises InvalidValueError."""
    extent = occasion.parse(text)
    clip = holdings.clip(session, clip_id)
    row = ClipDate(
        clip_id=clip.id,
        edtf=extent.edtf,
        earliest=extent.first.isoformat() if extent.first else None,
        latest=extent.last.isoformat() if extent.last else None,
        reason=_line(reason),
        actor=actor,
    )
    session.add(row)
    _record(session, clip.id, "date", after=extent.edtf, actor=actor, reason=reason)


def enter_place(  # noqa: PLR0913 - what a person says of a place
    session: Session,
    clip_id: str,
    name: str,
    *,
    role: str,
    point: tuple[float, float] | None,
    precision_m: int | None,
    reason: str,
    actor: str,
) -> None:
    """A person's word on the place; without a point the gazetteer's is taken, if it knows one."""
    name = _line(name)
    if not name and point is None:
        raise InvalidValueError("place", "needs a name or a point")
    if role not in ROLES:
        raise InvalidValueError("role", f"{role!r} is none of {', '.join(ROLES)}")
    if point is not None and not (abs(point[0]) <= 90 and abs(point[1]) <= 180):
        raise InvalidValueError("point", "isn't on the earth")
    clip = holdings.clip(session, clip_id)
    known = located(name) if name and point is None else None
    lat, lon = point or ((known.lat, known.lon) if known else (None, None))
    row = ClipPlace(
        clip_id=clip.id,
        role=role,
        name=name or f"{lat}, {lon}",
        geonames_id=known.geonames_id if known else None,
        lat=lat,
        lon=lon,
        precision_m=precision_m,
        reason=_line(reason),
        actor=actor,
    )
    session.add(row)
    _record(session, clip.id, f"place {role}", after=row.name, actor=actor, reason=reason)


def take_back(session: Session, entry_id: str, *, actor: str) -> str:
    """Remove a person's entry; returns the clip's id. What it said stays in the history."""
    row = session.get(ClipDate, entry_id) or session.get(ClipPlace, entry_id)
    if row is None:
        raise NotFoundError("entry", entry_id)
    said = row.edtf if isinstance(row, ClipDate) else row.name
    field = "date" if isinstance(row, ClipDate) else f"place {row.role}"
    clip_id = row.clip_id
    session.delete(row)
    _record(session, clip_id, field, before=said, actor=actor)
    return clip_id


def _line(text: str) -> str:
    text = " ".join(text.split())
    if len(text) > 500 or "\0" in text:
        raise InvalidValueError("text", "is longer than 500 characters, or holds a null")
    return text


def _record(  # noqa: PLR0913 - what the history keeps
    session: Session,
    clip_id: str,
    field: str,
    *,
    before: str | None = None,
    after: str | None = None,
    actor: str,
    reason: str = "",
) -> None:
    changes.record(
        session,
        actor=actor,
        kind="clip",
        key=clip_id,
        field=field,
        before=before,
        after=after,
        reason=reason,
    )
    session.flush()
    refresh(session, clip_id)
    holdings.touch(session, [clip_id])


def as_json(found: Answer) -> dict[str, Any]:
    """What the API and `mediacatalog show` tell."""
    return {
        "date": {"edtf": found.edtf, "earliest": found.first, "latest": found.last},
        "date_because": found.because,
        "place": asdict(found.place) if found.place else None,
        "place_because": found.place_because,
        "conflicts": list(found.conflicts),
        "dates": [asdict(one) for one in found.whens],
        "places": [asdict(one) for one in found.wheres],
    }
