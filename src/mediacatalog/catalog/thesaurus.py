"""The vocabulary as a whole: terms within others, notes, names by language, merging and parting.

A term may lie within several broader ones, never within itself. A merged term keeps its id and says
what went over, so that both can part again; parting is a merge taken back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select, tuple_

from mediacatalog.catalog import (
    changes,
    counting,
    edits,
    holdings,
    markers,
    term_merging,
    vocabulary,
)
from mediacatalog.catalog.models import ClipTerm, Term, TermBroader, TermLabel
from mediacatalog.catalog.term_slots import (
    ALIAS,
    BROADER,
    LABEL,
    MERGE,
    SCOPE_NOTE,
    STATE,
    current,
    put,
)
from mediacatalog.catalog.vocabulary import ACCEPTED, REJECTED, SUGGESTED
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.text import fold
from mediacatalog.values import new_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.changes import Json

KIND = "term"
"""Of the history."""
LONGEST_NOTE = 4000
PAGE = 50
"""Terms of one page that lie within no other one."""
MOST = 300
"""Terms of one page."""
DEEPEST = 12
CHUNK = 500

_BY_LABEL = (Term.label_key, Term.id)


@dataclass(frozen=True, slots=True)
class Alias:
    id: str
    label: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A term as the vocabulary shows it."""

    id: str
    kind: str
    slug: str
    label: str
    language: str | None
    scope_note: str
    state: str
    aliases: tuple[Alias, ...]
    broader: tuple[str, ...]
    """Ids of the terms it lies within."""
    count: int
    """Clips that carry it; one more than `counting.FEW` of all that are more."""


# --- reading --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the terms of one kind, each below every shown term that it lies within."""

    kind: str
    rows: tuple[tuple[int, Entry], ...]
    """(depth, term), in order of label."""
    hidden: Mapping[str, int]
    """Of shown terms, how many lie within that the page has no room for."""
    total: int
    """As `counting.up_to` tells."""
    next: str | None
    """The label at which the next page begins."""


def entries(
    session: Session,
    *,
    state: str | None = None,
    kind: str | None = None,
    after: tuple[str, str] | None = None,
    limit: int | None = None,
) -> list[Entry]:
    """In order of label; without merged ones, and without rejected ones unless asked for.

    `after` is `place_of` the last one of a part before.
    """
    query = select(Term).where(*_current(state))
    if kind is not None:
        query = query.where(Term.kind == kind)
    if after is not None:
        query = query.where(tuple_(*_BY_LABEL) > after)
    return _entries(session, session.scalars(query.order_by(*_BY_LABEL).limit(limit)).all())


def listed(
    session: Session, kind: str, *, start: str = "", state: str | None = None, limit: int = PAGE
) -> Listed:
    """Terms that lie within no other of their kind, from a label on, and below them what does.

    Of one `state` all terms, none within another.
    """
    mine = (Term.kind == kind, *_current(state))
    total = counting.up_to(session, select(Term.id).where(*mine))
    query = select(Term.id, Term.label).where(*mine)
    if start:
        query = query.where(Term.label_key >= func.lower(start))
    if state is None:
        # EXISTS within EXISTS: of a join, SQLite would look at all terms of the kind for each term.
        above = Term.__table__.alias()  # `TermBroader` tells of none that is hidden
        alike = exists().where(
            above.c.id == TermBroader.broader_id, above.c.kind == kind,
            above.c.merged_into.is_(None), above.c.state != REJECTED,
        )  # fmt: skip
        within = select(TermBroader.term_id).where(
            TermBroader.term_id == Term.id, alike.correlate(TermBroader)
        )
        query = query.where(~within.exists())
    found = session.execute(query.order_by(*_BY_LABEL).limit(limit + 1)).all()
    ids = [row.id for row in found[:limit]]
    shown, hidden = _with_narrower(session, ids, mine) if state is None else (ids, {})
    terms = session.scalars(select(Term).where(Term.id.in_(shown)).order_by(*_BY_LABEL)).all()
    following = found[limit].label if len(found) > limit else None
    return Listed(kind, tuple(tree(_entries(session, terms))), hidden, total, following)


def _current(state: str | None) -> tuple[ColumnElement[bool], ...]:
    """Terms that stand for themselves, of one state or of all but rejected ones."""
    of_state = Term.state == state if state else Term.state != REJECTED
    return Term.merged_into.is_(None), of_state


def _with_narrower(
    session: Session, ids: list[str], mine: tuple[ColumnElement[bool], ...]
) -> tuple[list[str], dict[str, int]]:
    """These and what lies within them, whole levels up to MOST; how many are left out, by term."""
    shown = dict.fromkeys(ids)
    while ids:
        rows = session.execute(
            select(TermBroader.broader_id, TermBroader.term_id).where(
                TermBroader.broader_id.in_(ids),
                # No join: SQLite would begin with all terms of the kind.
                select(Term.id).where(Term.id == TermBroader.term_id, *mine).exists(),
            )
        ).all()
        news = [row for row in rows if row.term_id not in shown]
        ids = list(dict.fromkeys(row.term_id for row in news))
        if len(shown) + len(ids) > MOST:
            return list(shown), Counter(row.broader_id for row in news)
        shown |= dict.fromkeys(ids)
    return list(shown), {}


def place_of(session: Session, term_id: str) -> tuple[str, str]:
    """Where a term stands in the list. Only the database knows how it writes small."""
    query = select(Term.label_key).where(Term.id == term_id)
    return session.scalars(query).one() or "", term_id


def entry(session: Session, term_id: str, *, lock: bool = False) -> Entry:
    """Raises NotFoundError; a merged term is the one that it was merged into.

    With `lock` until the end of the transaction, for who changes it.
    """
    row = _row(session, term_id)
    if lock:
        session.refresh(row, with_for_update=True)
    return _entries(session, [row])[0]


def by_ids(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """Labels by id."""
    rows = session.execute(select(Term.id, Term.label).where(Term.id.in_(list(ids))))
    return {row.id: row.label for row in rows}


def narrower(session: Session, term_id: str) -> list[tuple[str, str]]:
    """(id, label) of the terms that lie directly within."""
    rows = session.execute(
        select(Term.id, Term.label)
        .join(TermBroader, TermBroader.term_id == Term.id)
        .where(TermBroader.broader_id == term_id, Term.merged_into.is_(None))
        .where(Term.state != REJECTED)
        .order_by(*_BY_LABEL)
    )
    return [(row.id, row.label) for row in rows]


def _entries(session: Session, terms: Sequence[Term]) -> list[Entry]:
    ids = [one.id for one in terms]
    labels: dict[str, list[TermLabel]] = defaultdict(list)
    broader: dict[str, list[str]] = defaultdict(list)
    counts: dict[str, int] = {}
    for at in range(0, len(ids), CHUNK):
        some = ids[at : at + CHUNK]
        named = select(TermLabel).where(TermLabel.term_id.in_(some)).order_by(TermLabel.id)
        for label in session.scalars(named):
            labels[label.term_id].append(label)
        above = (
            select(TermBroader.term_id, TermBroader.broader_id)
            .join(Term, Term.id == TermBroader.broader_id)
            .where(TermBroader.term_id.in_(some), Term.merged_into.is_(None))
            .order_by(*_BY_LABEL)
        )
        for term_id, broader_id in session.execute(above):
            broader[term_id].append(broader_id)
        carried = select(Term.id, vocabulary.carrying()).where(Term.id.in_(some))
        counts.update((term_id, count) for term_id, count in session.execute(carried))
    return [
        Entry(
            id=one.id,
            kind=one.kind,
            slug=one.slug,
            label=one.label,
            language=next((row.language for row in labels[one.id] if row.preferred), None),
            scope_note=one.scope_note,
            state=one.state,
            aliases=tuple(
                Alias(row.id, row.label, row.language)
                for row in labels[one.id]
                if not row.preferred
            ),
            broader=tuple(broader[one.id]),
            count=counts.get(one.id, 0),
        )
        for one in terms
    ]


def tree(every: Sequence[Entry]) -> list[tuple[int, Entry]]:
    """(depth, term): each below every term that it lies within, in order of label."""
    known = {one.id: one for one in every}
    below: dict[str, list[Entry]] = defaultdict(list)
    roots = []
    for one in every:
        parents = [parent for parent in one.broader if parent in known]
        for parent in parents:
            below[parent].append(one)
        if not parents:
            roots.append(one)
    found: list[tuple[int, Entry]] = []

    def walk(one: Entry, depth: int) -> None:
        found.append((depth, one))
        for part in below[one.id] if depth < DEEPEST and len(found) < 2 * MOST else ():
            walk(part, depth + 1)

    for root in roots:
        walk(root, 0)
    return found


def waiting(session: Session) -> int:
    """How many new names nobody has looked at, as `counting.up_to` tells."""
    query = select(Term.id).where(Term.state == SUGGESTED, Term.merged_into.is_(None))
    return counting.up_to(session, query)


def clips_of(session: Session, term_id: str, *, limit: int) -> list[str]:
    """The newest first."""
    query = select(ClipTerm.clip_id).where(ClipTerm.term_id == term_id)
    return list(session.scalars(query.order_by(ClipTerm.clip_id.desc()).limit(limit)))


def _row(session: Session, term_id: str) -> Term:
    row = session.get(Term, term_id)
    for _ in range(DEEPEST):
        if row is None or row.merged_into is None:
            break
        row = session.get(Term, row.merged_into)
    if row is None:
        raise NotFoundError("term", term_id)
    return row


# --- changing -------------------------------------------------------------------------------------


def rename(
    session: Session, term_id: str, label: str, *, actor: str, batch_id: str | None = None
) -> None:
    """Another preferred name; the one before stays as another name. Raises InvalidValueError."""
    row, label = _row(session, term_id), vocabulary.clean_label(label)
    other = vocabulary.find(session, label, row.kind)
    if other is not None and other.id != row.id:
        raise InvalidValueError("label", f"“{label}” is already a name of “{other.label}”")
    _change(session, row, LABEL, "", row.label, label, actor=actor, batch_id=batch_id)


def annotate(
    session: Session, term_id: str, note: str, *, actor: str, batch_id: str | None = None
) -> None:
    """What the term is for. Raises InvalidValueError."""
    row = _row(session, term_id)
    note = edits.clean("description", note)
    if len(note) > LONGEST_NOTE:
        raise InvalidValueError("scope note", f"is longer than {LONGEST_NOTE} characters")
    _change(
        session, row, SCOPE_NOTE, "", row.scope_note or None, note or None, actor=actor,
        batch_id=batch_id,
    )  # fmt: skip


def remove_alias(session: Session, term_id: str, label_id: str, *, actor: str) -> None:
    """Raises NotFoundError; the preferred name can't go."""
    row, named = _row(session, term_id), session.get(TermLabel, label_id)
    if named is None or named.term_id != row.id or named.preferred:
        raise NotFoundError("name", label_id)
    told = vocabulary.alias_of_change(named)
    _change(session, row, ALIAS, named.folded, told, None, actor=actor)


def put_within(
    session: Session, term_id: str, broader: str, *, actor: str, batch_id: str | None = None
) -> None:
    """Let a term lie within another of its kind, by any of that one's names, or its id.

    Raises InvalidValueError for a term that lies within it, and for itself.
    """
    row = _row(session, term_id)
    parent = session.get(Term, broader) or vocabulary.find(session, broader.strip(), row.kind)
    if parent is None or parent.kind != row.kind:
        raise InvalidValueError("broader", f"“{broader}” is no {row.kind} of the vocabulary")
    if parent.id == row.id or row.id in term_merging.above(session, [parent.id]).get(parent.id, ()):
        raise InvalidValueError("broader", f"“{parent.label}” lies within “{row.label}” itself")
    before = current(session, BROADER, [(row.id, parent.id)])[row.id, parent.id]
    _change(session, row, BROADER, parent.id, before, parent.id, actor=actor, batch_id=batch_id)


def take_from(session: Session, term_id: str, broader_id: str, *, actor: str) -> None:
    row = _row(session, term_id)
    _change(session, row, BROADER, broader_id, broader_id, None, actor=actor)


def decide(session: Session, term_id: str, state: str, *, actor: str) -> None:
    """Accept a new name, or reject it: then no clip carries it any more. InvalidValueError."""
    if state not in (ACCEPTED, REJECTED):
        raise InvalidValueError("state", f"{state!r} is neither {ACCEPTED} nor {REJECTED}")
    row, batch = _row(session, term_id), new_id()
    if state == REJECTED:
        ids = session.scalars(select(ClipTerm.clip_id).where(ClipTerm.term_id == row.id)).all()
        gone = [changes.Entry("clip", one, row.kind, row.label, None) for one in ids]
        changes.record_many(session, gone, actor=actor, batch_id=batch, reason="name rejected")
        values = {(one, row.label): None for one in ids}
        _touch(session, vocabulary.put_carried(session, row.kind, values, actor))
        _touch(session, markers.take_tag(session, row.id, actor=actor, batch_id=batch))
    _change(session, row, STATE, "", row.state, state, actor=actor, batch_id=batch)


def merge(session: Session, term_id: str, into: str, *, actor: str) -> str:
    """Give names, clips, articles and places in the order to another term of the kind.

    `into` is its id or any of its names; returns its id. Raises InvalidValueError, NotFoundError.
    """
    row = _row(session, term_id)
    target = session.get(Term, into) or vocabulary.find(session, into.strip(), row.kind)
    if target is None or target.merged_into is not None or target.kind != row.kind:
        raise InvalidValueError("into", f"“{into}” is no {row.kind} of the vocabulary")
    if target.id == row.id:
        raise InvalidValueError("into", "is the term itself")
    _touch(session, term_merging.merge(session, row, target))
    _record(session, row, MERGE, None, row.merged, actor=actor)
    return target.id


def split(
    session: Session,
    term_id: str,
    label: str,
    *,
    labels: Sequence[str] = (),
    clips: Sequence[str] = (),
    actor: str,
) -> str:
    """A new term with some of another one's names (ids) and clips; returns its id.

    Raises InvalidValueError where the name is one of a third term.
    """
    row, label = _row(session, term_id), vocabulary.clean_label(label)
    other = vocabulary.find(session, label, row.kind)
    if other is not None and other.id != row.id:
        raise InvalidValueError("label", f"“{label}” is already a name of “{other.label}”")
    if fold(label) == fold(row.label):
        raise InvalidValueError("label", "is the preferred name, which stays")
    own = session.scalars(select(TermLabel).where(TermLabel.term_id == row.id)).all()
    wanted = {*labels, *(one.id for one in own if one.folded == fold(label))}
    moving = [one.id for one in own if one.id in wanted and not one.preferred]
    carrying = session.scalars(
        select(ClipTerm.clip_id).where(ClipTerm.term_id == row.id, ClipTerm.clip_id.in_(clips))
    ).all()
    fresh = vocabulary.make(session, label, row.kind)
    fresh.merged_into = row.id
    fresh.merged = {
        "into": row.id, "labels": moving, "clips": list(carrying), "both": [], "articles": [],
        "broader": [], "narrower": [],
    }  # fmt: skip
    before = fresh.merged
    _touch(session, term_merging.part(session, fresh))
    _record(session, fresh, MERGE, before, None, actor=actor)
    return fresh.id


def _change(  # noqa: PLR0913 - what the history keeps
    session: Session,
    row: Term,
    field: str,
    part: str,
    before: Json,
    after: Json,
    *,
    actor: str,
    batch_id: str | None = None,
) -> None:
    if before == after:
        return
    _record(session, row, field, before, after, actor=actor, batch_id=batch_id)
    _touch(session, put(session, field, {(row.id, part): after}, actor))


def _record(  # noqa: PLR0913 - what the history keeps
    session: Session,
    row: Term,
    field: str,
    before: Json,
    after: Json,
    *,
    actor: str,
    batch_id: str | None = None,
) -> None:
    changes.record(
        session, actor=actor, kind=KIND, key=row.id, field=field, before=before, after=after,
        batch_id=batch_id,
    )  # fmt: skip


def _touch(session: Session, clip_ids: Iterable[str]) -> None:
    touched = set(clip_ids)
    session.flush()
    if touched:
        holdings.touch(session, touched)


def began(session: Session, row: Term, *, actor: str, batch_id: str) -> None:
    """Record that a new term came; taking it back hides it again."""
    _record(session, row, STATE, REJECTED, row.state, actor=actor, batch_id=batch_id)
