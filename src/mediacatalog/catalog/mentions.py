"""What articles name, as rows: kept when a text is read again, decided by people.

Accepting a place, person or group makes it a term of the article (with the spelling as another name
of it); accepting a date makes it a date of the article. What people decided is never changed by a
new reading: only its place in a new text is looked up.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select

from mediacatalog.articles.mentions.values import (
    ActorValue,
    Claim,
    DateValue,
    Mention,
    PlaceValue,
)
from mediacatalog.articles.mentions.vocabulary import spellings
from mediacatalog.catalog import changes, vocabulary
from mediacatalog.catalog.context_models import ArticleTerm, ClaimRow, MentionReading, MentionRow
from mediacatalog.catalog.database import insert_into
from mediacatalog.catalog.models import ArticleRow, Term, TermLabel
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.text import fold
from mediacatalog.values import new_id, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.articles.mentions import Mentions

LEAST_SURE = 0.6
"""Confidence from which on a suggestion's name is searched."""
MOST_NAMES = 200
DECISIONS = ("accepted", "rejected", "suggested")
"""`suggested` takes a decision back."""


@dataclass(frozen=True, slots=True)
class Known:
    """A mention as a page shows it."""

    id: str
    kind: str
    key: str
    start: int
    end: int
    surface: str
    value: dict[str, Any]
    confidence: float
    state: str
    decided_by: str | None


def key_of(mention: Mention) -> str:
    """What a mention means, the same in all articles and languages."""
    value = mention.value
    if isinstance(value, PlaceValue):
        return f"place:{value.geonames_id or f'{value.country}:{fold(value.name)}'}"
    if isinstance(value, ActorValue):
        return f"{mention.kind}:{fold(value.name)}"
    return f"date:{value.edtf or fold(mention.surface)}"


def is_read(session: Session, article: ArticleRow, version: int) -> bool:
    """Whether this text was read by this version of the reader."""
    reading = session.get(MentionReading, article.id)
    return reading is not None and (reading.text_sha256, reading.version) == (
        _digest(article),
        version,
    )


def unread(session: Session, version: int, *, limit: int) -> Sequence[str]:
    """Ids of articles that no reader of this version has read, the oldest first."""
    return session.scalars(
        select(ArticleRow.id)
        .outerjoin(MentionReading, MentionReading.article_id == ArticleRow.id)
        .where(MentionReading.version.is_(None) | (MentionReading.version != version))
        .order_by(ArticleRow.id)
        .limit(limit)
    ).all()


def keep(session: Session, article: ArticleRow, found: Mentions, version: int) -> None:
    """Replace the suggestions of an article by what was found now; decided ones stay."""
    decided = session.scalars(
        select(MentionRow).where(
            MentionRow.article_id == article.id, MentionRow.state != "suggested"
        )
    ).all()
    for one in decided:
        one.start_at, one.end_at = _place(article.text, one)
    for table, only in ((MentionRow, MentionRow.state == "suggested"), (ClaimRow, None)):
        doomed = delete(table).where(table.article_id == article.id)
        session.execute(doomed.where(only) if only is not None else doomed)
    taken = [(one.start_at, one.end_at) for one in decided if one.start_at is not None]
    session.add_all(
        MentionRow(
            article_id=article.id,
            kind=one.kind,
            key=key_of(one),
            start_at=one.start,
            end_at=one.end,
            surface=one.surface,
            value=asdict(one.value),
            confidence=one.confidence,
        )
        for one in found.mentions
        if not any(start < one.end and one.start < (end or 0) for start, end in taken)
    )
    session.add_all(_claim(article.id, one) for one in found.claims)
    session.merge(
        MentionReading(
            article_id=article.id,
            text_sha256=_digest(article),
            version=version,
            read_at=utc_now(),
        )
    )
    session.flush()


def _claim(article_id: str, one: Claim) -> ClaimRow:
    return ClaimRow(
        article_id=article_id,
        speaker=one.speaker,
        speaker_start=one.speaker_start,
        speaker_end=one.speaker_end,
        verb=one.verb,
        statement=one.statement,
        start_at=one.start,
        end_at=one.end,
        direct=one.direct,
        confidence=one.confidence,
    )


def _digest(article: ArticleRow) -> str:
    """Of all that mentions and links are made from."""
    videos = [one.get("url") for one in article.videos]
    told = [article.title, article.url, article.published, article.dateline, article.text, videos]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _place(text: str, one: MentionRow) -> tuple[int | None, int | None]:
    """Where its words stand now: where they stood, else nearest to it, else nowhere."""
    at, length = one.start_at or 0, len(one.surface)
    if text[at : at + length] != one.surface:
        before, after = text.rfind(one.surface, 0, at), text.find(one.surface, at)
        near = [found for found in (before, after) if found >= 0]
        if not near:
            return None, None
        at = min(near, key=lambda found: abs(found - at))
    return at, at + length


def of_article(session: Session, article_id: str) -> tuple[Known, ...]:
    """In order of the text; without those whose words are no longer there."""
    rows = session.scalars(
        select(MentionRow)
        .where(MentionRow.article_id == article_id, MentionRow.start_at.is_not(None))
        .order_by(MentionRow.start_at)
    )
    return tuple(
        Known(
            one.id,
            one.kind,
            one.key,
            one.start_at or 0,
            one.end_at or 0,
            one.surface,
            one.value,
            one.confidence,
            one.state,
            one.decided_by,
        )
        for one in rows
    )


def values_of(session: Session, article_id: str) -> tuple[Mention, ...]:
    """The mentions of an article that nobody rejected, as values."""
    return tuple(
        Mention(one.kind, one.surface, one.start, one.end, _value(one), one.confidence)
        for one in of_article(session, article_id)
        if one.state != "rejected"
    )


def _value(one: Known) -> DateValue | PlaceValue | ActorValue:
    if one.kind == "date":
        known = {**one.value, "alternatives": tuple(one.value.get("alternatives", ()))}
        return DateValue(**known)
    if one.kind == "place":
        return place(one.value)
    return ActorValue(**one.value)


def place(value: dict[str, Any]) -> PlaceValue:
    """Of its stored form."""
    rivals = tuple(place(other) for other in value.get("alternatives", ()))
    return PlaceValue(**{**value, "alternatives": rivals})


def claims_of(session: Session, article_id: str) -> tuple[Claim, ...]:
    rows = session.scalars(
        select(ClaimRow).where(ClaimRow.article_id == article_id).order_by(ClaimRow.start_at)
    )
    return tuple(
        Claim(
            one.speaker,
            one.speaker_start,
            one.speaker_end,
            one.verb,
            one.statement,
            one.start_at,
            one.end_at,
            one.direct,
            one.confidence,
        )
        for one in rows
    )


def names_of(session: Session, article_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The one name of each place, person and group that nobody rejected, of many articles.

    So a text that writes البوكمال is found by Abu Kamal. Two queries, each meaning once.
    """
    first = (
        select(func.min(MentionRow.id))
        .where(
            MentionRow.article_id.in_(list(article_ids)),
            MentionRow.kind != "date",
            MentionRow.state != "rejected",
            MentionRow.confidence >= LEAST_SURE,
        )
        .group_by(MentionRow.article_id, MentionRow.key)
    )
    found: dict[str, tuple[str, ...]] = {}
    rows = session.execute(
        select(MentionRow.article_id, MentionRow.kind, MentionRow.value)
        .where(MentionRow.id.in_(first))
        .order_by(MentionRow.id)
    )
    for article_id, kind, value in rows:
        known = found.get(article_id, ())
        if len(known) < MOST_NAMES:
            found[article_id] = (*known, name_of(kind, value))
    return found


# --- decisions ------------------------------------------------------------------------------------


def decide(
    session: Session,
    mention_id: str,
    decision: str,
    *,
    everywhere: bool = True,
    choice: int | None = None,
    actor: str,
) -> str:
    """Accept or reject a mention (`everywhere`: all of the article that mean the same).

    `choice` takes one of its alternatives instead, counted from 0. Returns the article's id, whose
    clips `occasions.follow` brings up to date.
    """
    if decision not in DECISIONS:
        raise InvalidValueError("decision", f"{decision!r} is none of {', '.join(DECISIONS)}")
    one = session.get(MentionRow, mention_id)
    if one is None:
        raise NotFoundError("mention", mention_id)
    rows = [one]
    if everywhere:
        rows = list(
            session.scalars(
                select(MentionRow).where(
                    MentionRow.article_id == one.article_id, MentionRow.key == one.key
                )
            )
        )
    batch = new_id()
    for row in rows:
        before = {"state": row.state, "key": row.key}
        _forget_term(session, row)
        if choice is not None:
            _choose(row, choice)
        row.state = decision
        row.decided_by = actor if decision != "suggested" else None
        changes.record(
            session,
            actor=actor,
            kind="article",
            key=row.article_id,
            field=f"mention of {row.surface[:60]}",
            before=f"{before['state']}",
            after=f"{decision}: {name_of(row.kind, row.value)}",
            batch_id=batch,
        )
    session.flush()
    if decision == "accepted":
        _make_term(session, rows, actor)
    return one.article_id


def _choose(row: MentionRow, choice: int) -> None:
    rivals = row.value.get("alternatives", [])
    if row.kind != "place" or not 0 <= choice < len(rivals):
        raise InvalidValueError("choice", "is none of the alternatives")
    chosen = dict(rivals[choice])
    others = [one for n, one in enumerate(rivals) if n != choice]
    first = {**row.value, "alternatives": []}
    row.value = {**chosen, "alternatives": [first, *others]}
    row.key = key_of(Mention("place", row.surface, 0, 0, place(row.value), 1.0))
    row.confidence = 1.0


def name_of(kind: str, value: dict[str, Any]) -> str:
    """How a mention's value is called: `Abu Kamal`, `2017-11-10`."""
    return str((value.get("edtf") if kind == "date" else value.get("name")) or "?")


def _make_term(session: Session, rows: Iterable[MentionRow], actor: str) -> None:
    for row in rows:
        if row.kind == "date":
            continue
        name = name_of(row.kind, row.value)
        aliases = (row.surface, *spellings(row.kind, name))
        term = vocabulary.term_for(session, name, row.kind, aliases, actor)
        session.execute(
            insert_into(session, ArticleTerm)
            .values(article_id=row.article_id, term_id=term.id, actor=actor, created_at=utc_now())
            .on_conflict_do_nothing()
        )


def _forget_term(session: Session, row: MentionRow) -> None:
    """The article no longer carries the term of a mention that is decided anew."""
    if row.kind == "date" or row.state != "accepted":
        return
    term = vocabulary.find(session, name_of(row.kind, row.value), row.kind)
    if term is not None:
        session.execute(
            delete(ArticleTerm).where(
                ArticleTerm.article_id == row.article_id, ArticleTerm.term_id == term.id
            )
        )


@dataclass(frozen=True, slots=True)
class Named:
    """A term that a person accepted for an article, with all its names."""

    kind: str
    slug: str
    label: str
    labels: tuple[str, ...]


def terms_of(session: Session, article_ids: Iterable[str]) -> dict[str, tuple[Named, ...]]:
    """The accepted terms of many articles in two queries; articles without are left out."""
    rows = session.execute(
        select(ArticleTerm.article_id, Term)
        .join(Term, Term.id == ArticleTerm.term_id)
        .where(ArticleTerm.article_id.in_(list(article_ids)))
        .order_by(Term.kind, Term.label)
    ).all()
    labels: dict[str, list[str]] = {}
    wanted = TermLabel.term_id.in_({term.id for _, term in rows})
    for label in session.scalars(select(TermLabel).where(wanted).order_by(TermLabel.id)):
        labels.setdefault(label.term_id, []).append(label.label)
    found: dict[str, tuple[Named, ...]] = {}
    for article_id, term in rows:
        every = tuple(dict.fromkeys([term.label, *labels.get(term.id, ())]))
        named = Named(term.kind, term.slug, term.label, every)
        found[article_id] = (*found.get(article_id, ()), named)
    return found
