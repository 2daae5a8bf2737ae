"""The vocabulary: terms (tags and places) with their names, and which clips carry them.

A term is found by any of its names, compared folded. Everything that a person changes is recorded.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, or_, select, union, union_all
from sqlalchemy.orm import aliased

from mediacatalog.catalog import changes, counting, holdings, label_starts
from mediacatalog.catalog.context_models import MarkerTerm
from mediacatalog.catalog.database import insert_into
from mediacatalog.catalog.models import ClipTerm, Term, TermLabel
from mediacatalog.catalog.sight import for_all
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.text import fold
from mediacatalog.values import new_id, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, ScalarSelect
    from sqlalchemy.orm import Session

SUGGESTED, ACCEPTED, REJECTED = "suggested", "accepted", "rejected"
"""States of a term; a new name is used at once, and waits for a look."""
KINDS = {"tag": "Tag", "place": "Place", "person": "Person", "group": "Group"}
MAX_LABEL = 100
MOST_RANKED = 200
"""Names that begin as typed, among which the most used are looked for."""
ENOUGH = 40
"""Terms that begin as typed and are used the most; where there are as many, others aren't looked
at: those of which only another name, or a word within one, begins so."""
CHUNK = 500
"""Clips of one statement."""
_TERM, _NAME = aliased(Term), aliased(TermLabel)
JOINERS = "\u200c\u200d"
"""Invisible, but they spell words in Persian and in Indian scripts."""


@dataclass(frozen=True, slots=True)
class TermName:
    """A term as it is shown on a clip."""

    id: str
    kind: str
    slug: str
    label: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A term that fits what was typed; `via` is the other name by which it was found."""

    label: str
    slug: str
    count: int
    via: str | None
    kind: str


def clean_label(text: str, field: str = "label") -> str:
    """A name as it is kept: one line, no control characters. Raises InvalidValueError."""
    label = " ".join(unicodedata.normalize("NFC", text[: MAX_LABEL * 10]).split())
    if not label:
        raise InvalidValueError(field, "is empty")
    if len(label) > MAX_LABEL:
        raise InvalidValueError(field, f"is longer than {MAX_LABEL} characters")
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn"}
    if any(unicodedata.category(one) in hidden and one not in JOINERS for one in label):
        raise InvalidValueError(field, "holds a control character")
    if not fold(label).strip():
        raise InvalidValueError(field, "holds no letter or digit")
    return label


def known_kind(kind: str) -> str:
    """Raises InvalidValueError."""
    if kind not in KINDS:
        raise InvalidValueError("kind", f"{kind!r} is none of {', '.join(KINDS)}")
    return kind


@for_all
def find(session: Session, label: str, kind: str) -> Term | None:
    """The term of this kind that goes by this name or slug."""
    folded = fold(label)
    return session.scalar(
        select(Term)
        .join(TermLabel, TermLabel.term_id == Term.id)
        .where(
            of_kind(kind),
            Term.merged_into.is_(None),
            going_by([folded], [label]),
            or_(TermLabel.folded == folded, Term.slug == label),
        )
        .order_by(TermLabel.preferred.desc(), Term.id)
        .limit(1)
    )


def going_by(folded: Collection[str], slugs: Collection[str]) -> ColumnElement[bool]:
    """That a term goes by one of these names or slugs.

    Each is looked up in its own index. Asked together, as in one OR, both tables would be read.
    """
    by_name = select(_NAME.term_id).where(_NAME.folded.in_(folded))
    return Term.id.in_(union_all(by_name, select(_TERM.id).where(_TERM.slug.in_(slugs))))


def of_kind(kind: str) -> ColumnElement[bool]:
    """That a term, which is looked up otherwise, is of this kind.

    Said so that no index knows: SQLite would go through all of the kind, and not through names.
    """
    return Term.kind + "" == kind


@for_all
def make(session: Session, label: str, kind: str, state: str = ACCEPTED) -> Term:
    """A new term of a name that none of the kind has."""
    base = "-".join(fold(label).split())
    slug, number = base, 2
    while session.scalar(select(Term.id).where(Term.slug == slug)) is not None:
        slug, number = f"{base}-{number}", number + 1
    # Another process may make the same term at this moment: then its row is the one that counts.
    session.execute(
        insert_into(session, Term)
        .values(
            id=new_id(),
            kind=kind,
            slug=slug,
            label=label,
            scope_note="",
            state=state,
            created_at=utc_now(),
        )
        .on_conflict_do_nothing()
    )
    term = session.scalars(select(Term).where(Term.slug == slug)).one()
    label_starts.name(session, term.id, label, fold(label), preferred=True)
    return term


def term_for(session: Session, label: str, kind: str, aliases: Iterable[str], actor: str) -> Term:
    """The term of this kind by any of its names, made if there is none; it learns the aliases.

    An alias that names another term of the kind is left to that one.
    """
    label = clean_label(label[:MAX_LABEL])
    term = find(session, label, known_kind(kind)) or make(session, label, kind)
    for alias in aliases:
        name = clean_label(alias[:MAX_LABEL])
        if find(session, name, kind) is None:
            add_alias(session, term.id, name, actor=actor)
    return term


def add_term(  # noqa: PLR0913 - the last two are of the history
    session: Session,
    clip_id: str,
    label: str,
    *,
    kind: str = "tag",
    actor: str,
    batch_id: str | None = None,
    reason: str = "",
) -> TermName:
    """Give a clip a term, by any of its names; a new term is made for a new name.

    Raises InvalidValueError for a name that can't be one, NotFoundError for the clip.
    """
    label = clean_label(label)
    clip = holdings.clip(session, clip_id)
    term = find(session, label, known_kind(kind)) or make(session, label, kind, SUGGESTED)
    if term.state == REJECTED:
        term.state = SUGGESTED
    added = session.execute(
        insert_into(session, ClipTerm)
        .values(clip_id=clip.id, term_id=term.id, actor=actor, created_at=utc_now())
        .on_conflict_do_nothing()
        .returning(ClipTerm.term_id)
    ).scalar()
    if added is not None:
        changes.record(
            session,
            actor=actor,
            kind="clip",
            key=clip.id,
            field=kind,
            before=None,
            after=term.label,
            batch_id=batch_id,
            reason=reason,
        )
        holdings.touch(session, [clip.id])
    return TermName(term.id, term.kind, term.slug, term.label)


def remove_term(
    session: Session, clip_id: str, label: str, *, kind: str = "tag", actor: str
) -> None:
    """Take a term from a clip, by any of its names. Raises NotFoundError if it doesn't carry it."""
    clip = holdings.clip(session, clip_id)
    term = find(session, label, known_kind(kind))
    carried = term and session.get(ClipTerm, (clip.id, term.id))
    if term is None or carried is None:
        raise NotFoundError(kind, label)
    session.execute(
        delete(ClipTerm).where(ClipTerm.clip_id == clip.id, ClipTerm.term_id == term.id)
    )
    changes.record(
        session, actor=actor, kind="clip", key=clip.id, field=kind, before=term.label, after=None
    )
    holdings.touch(session, [clip.id])


def add_alias(
    session: Session,
    term_id: str,
    label: str,
    *,
    language: str | None = None,
    actor: str,
    batch_id: str | None = None,
) -> None:
    """Another name for a term; every clip that carries it is then found by that name too.

    Raises InvalidValueError when another term of the kind already goes by it.
    """
    label = clean_label(label, "alias")
    term = session.get(Term, term_id)
    if term is None:
        raise NotFoundError("term", term_id)
    other = find(session, label, term.kind)
    if other is not None:
        if other.id == term.id:
            return
        raise InvalidValueError("alias", f"“{label}” is already a name of “{other.label}”")
    named = label_starts.name(session, term.id, label, fold(label), language=language or None)
    changes.record(
        session,
        actor=actor,
        kind="term",
        key=term.id,
        field="alias",
        before=None,
        after=alias_of_change(named),
        batch_id=batch_id,
    )
    session.flush()
    carrying = {
        one
        for table in (ClipTerm, MarkerTerm)
        for one in session.scalars(select(table.clip_id).where(table.term_id == term.id))
    }
    if carrying:
        holdings.touch(session, carrying)


def alias_of_change(row: TermLabel) -> Any:  # noqa: ANN401 - as the history keeps it
    return {"label": row.label, "language": row.language} if row.language else row.label


def suggest(
    session: Session,
    typed: str,
    *,
    kind: str | None = "tag",
    limit: int = 10,
    used: Callable[[str, str], int] | None = None,
    among: Collection[str] = (),
) -> list[Suggestion]:
    """Terms of which some word of some name begins with what was typed; the most used first.

    Of one kind, or of all with None. `used` says of a kind and slug how many clips carry it, where
    somebody knows; else they are counted up to `counting.FEW`. `among` are the slugs of those most
    used that begin so, ENOUGH of them or all.
    """
    folded = fold(typed)[:MAX_LABEL]
    name = TermLabel.label.label("name")
    query = (
        select(Term.id, Term.label, Term.slug, Term.kind, name, TermLabel.preferred)
        .join(TermLabel, TermLabel.term_id == Term.id)
        .where(Term.state != REJECTED, Term.merged_into.is_(None))
    )
    if kind is not None:
        query = query.where(of_kind(known_kind(kind)))
    begun = label_starts.beginning(query, folded) if folded else query
    rows: list[Any] = []
    if len(among) < ENOUGH:
        rows += session.execute(begun.limit(MOST_RANKED))
    if len(among) >= ENOUGH or (among and len(rows) == MOST_RANKED):
        named = query.where(Term.slug.in_(among), label_starts.holding(folded))
        rows += session.execute(named)
    if used is None:
        ids = {row.id for row in rows}
        counted = dict(session.execute(select(Term.id, carrying()).where(Term.id.in_(ids))).all())
        ranked = [(counted[row.id], row) for row in rows]
    else:
        ranked = [(used(row.kind, row.slug), row) for row in rows]
    ranked.sort(key=lambda one: (-one[0], one[1].label, not one[1].preferred))
    found: dict[str, Suggestion] = {}
    for count, row in ranked:
        via = row.name if row.name != row.label else None
        found.setdefault(row.id, Suggestion(row.label, row.slug, count, via, row.kind))
        if len(found) == limit:
            break
    return list(found.values())


def carrying() -> ScalarSelect[int]:
    """Of a term: how many clips carry it, themselves or at a note; at most `counting.FEW` + 1."""
    most = counting.FEW + 1
    sides = []
    for table in (ClipTerm, MarkerTerm):
        some = select(table.clip_id).distinct().where(table.term_id == Term.id).limit(most)
        sides.append(select(some.correlate(Term).subquery().c.clip_id))
    within = union(*sides).limit(most).subquery()
    return select(func.count()).select_from(within).correlate(Term).scalar_subquery()


_TERMS_OF = (
    select(ClipTerm.clip_id, Term.id, Term.kind, Term.slug, Term.label)
    .join(Term, Term.id == ClipTerm.term_id)
    .where(ClipTerm.clip_id.in_(bindparam("ids", expanding=True)))
    .order_by(Term.kind.desc(), Term.label)
)
"""Every list asks it: it is made once."""


def of_clips(session: Session, clip_ids: Iterable[str]) -> Mapping[str, tuple[TermName, ...]]:
    """The terms of many clips in one query, in order of their labels."""
    found: dict[str, tuple[TermName, ...]] = {}
    for clip_id, *name in session.execute(_TERMS_OF, {"ids": list(clip_ids)}):
        found[clip_id] = (*found.get(clip_id, ()), TermName(*name))
    return found


# --- many at once (`fields`) ----------------------------------------------------------------------


def label_of_change(before: Any, after: Any) -> str:  # noqa: ANN401 - as the history keeps it
    return str(after if after is not None else before)


def carried(
    session: Session, kind: str, slots: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Any]:
    """Of each (clip, label) the label, or None where the clip doesn't carry the term."""
    found: dict[tuple[str, str], Any] = dict.fromkeys(slots)
    for label, clip_ids in _by_label(slots).items():
        term = find(session, label, kind)
        if term is None:
            continue
        for at in range(0, len(clip_ids), CHUNK):
            having = session.scalars(
                select(ClipTerm.clip_id).where(
                    ClipTerm.term_id == term.id, ClipTerm.clip_id.in_(clip_ids[at : at + CHUNK])
                )
            )
            found.update(((clip_id, label), label) for clip_id in having)
    return found


def put_carried(
    session: Session, kind: str, values: Mapping[tuple[str, str], Any], actor: str
) -> list[str]:
    """Give (clip, label) the term, or take it where the value is None; without the history."""
    given = {slot for slot, value in values.items() if value is not None}
    for label, clip_ids in _by_label(values).items():
        term = find(session, label, kind) or make(session, clean_label(label), kind)
        rows = [
            {"clip_id": one, "term_id": term.id, "actor": actor, "created_at": utc_now()}
            for one in clip_ids
            if (one, label) in given
        ]
        for at in range(0, len(rows), CHUNK):
            added = insert_into(session, ClipTerm).on_conflict_do_nothing()
            session.execute(added, rows[at : at + CHUNK])
        taken = [one for one in clip_ids if (one, label) not in given]
        for at in range(0, len(taken), CHUNK):
            session.execute(
                delete(ClipTerm)
                .where(ClipTerm.term_id == term.id, ClipTerm.clip_id.in_(taken[at : at + CHUNK]))
                .execution_options(synchronize_session=False)
            )
    return [clip_id for clip_id, _ in values]


def _by_label(slots: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for clip_id, label in slots:
        found.setdefault(label, []).append(clip_id)
    return found
