"""Terms that become one, and part again: names, clips, articles and places in the order go over."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import aliased

from mediacatalog.catalog.context_models import ArticleTerm, MarkerTerm
from mediacatalog.catalog.database import insert_into
from mediacatalog.catalog.models import Clip, ClipTerm, Term, TermBroader, TermLabel
from mediacatalog.catalog.sight import for_all
from mediacatalog.text import fold
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import InstrumentedAttribute, Session

CHUNK = 500
DEEPEST = 16
"""Merges after each other that an old slug is followed through."""


def now_called(session: Session, slugs: Iterable[str]) -> dict[str, str]:
    """By slug, that of the term which a merged one is part of now; of all others their own."""
    now = {slug: slug for slug in slugs}
    into = aliased(Term)
    for _ in range(DEEPEST):
        query = select(Term.slug, into.slug).join(into, into.id == Term.merged_into)
        merged = dict(session.execute(query.where(Term.slug.in_(set(now.values())))).all())
        if not merged:
            break
        now = {slug: merged.get(at, at) for slug, at in now.items()}
    return now


@for_all
def merge(session: Session, row: Term, target: Term) -> set[str]:
    """Move everything; `row.merged` says what, so that `_part` can move it back."""
    session.flush()
    touched = concerned(session, row.id) | concerned(session, target.id)
    theirs = set(session.scalars(select(TermLabel.folded).where(TermLabel.term_id == target.id)))
    labels = []
    for named in session.scalars(select(TermLabel).where(TermLabel.term_id == row.id)).all():
        if named.folded not in theirs:
            named.term_id, named.preferred = target.id, False
            labels.append(named.id)
    clips, both = _carry_over(session, ClipTerm, ClipTerm.clip_id, row.id, target.id)
    articles, _ = _carry_over(session, ArticleTerm, ArticleTerm.article_id, row.id, target.id)
    notes, _ = _carry_over(session, MarkerTerm, MarkerTerm.marker_id, row.id, target.id)
    broader: list[str] = []
    narrower: list[str] = []
    links = session.execute(
        select(TermBroader.term_id, TermBroader.broader_id).where(
            (TermBroader.term_id == row.id) | (TermBroader.broader_id == row.id)
        )
    ).all()
    up = above(session, [target.id, *(broader_id for _, broader_id in links)])
    for term_id, broader_id in links:
        pair = (target.id, broader_id) if term_id == row.id else (term_id, target.id)
        circle = pair[0] == pair[1] or pair[0] in up.get(pair[1], ())
        if not circle and session.get(TermBroader, pair) is None:
            session.add(TermBroader(term_id=pair[0], broader_id=pair[1]))
            (broader if term_id == row.id else narrower).append(
                broader_id if term_id == row.id else term_id
            )
    row.merged_into = target.id
    row.merged = {
        "into": target.id, "labels": labels, "clips": clips, "both": both, "articles": articles,
        "notes": notes, "broader": broader, "narrower": narrower,
    }  # fmt: skip
    session.flush()
    return touched


def _carry_over(
    session: Session,
    table: type[ClipTerm | ArticleTerm | MarkerTerm],
    key: InstrumentedAttribute[str],
    term_id: str,
    target_id: str,
) -> tuple[list[str], list[str]]:
    """(what only the term had, what both had); the target has all of it."""
    mine = session.scalars(select(key).where(table.term_id == term_id)).all()
    theirs = set(session.scalars(select(key).where(table.term_id == target_id)))
    moved = [one for one in mine if one not in theirs]
    for at in range(0, len(moved), CHUNK):
        session.execute(
            update(table)
            .where(table.term_id == term_id, key.in_(moved[at : at + CHUNK]))
            .values(term_id=target_id)
            .execution_options(synchronize_session=False)
        )
    session.execute(
        delete(table).where(table.term_id == term_id).execution_options(synchronize_session=False)
    )
    return moved, [one for one in mine if one in theirs]


@for_all
def part(session: Session, row: Term) -> set[str]:
    """Move back what went over at the merge."""
    told: Any = row.merged
    if told is None:
        return set()
    session.flush()
    target = told["into"]
    touched = concerned(session, target)
    _labels_back(session, row, target, told["labels"])
    for table, key, keys in (
        (ClipTerm, ClipTerm.clip_id, told["clips"]),
        (ArticleTerm, ArticleTerm.article_id, told["articles"]),
        (MarkerTerm, MarkerTerm.marker_id, told.get("notes", ())),
    ):
        for at in range(0, len(keys), CHUNK):
            session.execute(
                update(table)
                .where(table.term_id == target, key.in_(keys[at : at + CHUNK]))
                .values(term_id=row.id)
                .execution_options(synchronize_session=False)
            )
    for clip_id in session.scalars(select(Clip.id).where(Clip.id.in_(told["both"]))).all():
        added = insert_into(session, ClipTerm).values(
            clip_id=clip_id, term_id=row.id, actor="", created_at=utc_now()
        )
        session.execute(added.on_conflict_do_nothing())
    for pair in (
        *((target, one) for one in told["broader"]),
        *((one, target) for one in told["narrower"]),
    ):
        within = session.get(TermBroader, pair)
        if within is not None:
            session.delete(within)
    row.merged_into, row.merged = None, None
    session.flush()
    return touched | set(told["both"])  # purged ones among them are no row any more


def _labels_back(session: Session, row: Term, target: str, ids: list[str]) -> None:
    for named in session.scalars(select(TermLabel).where(TermLabel.id.in_(ids))).all():
        if named.term_id == target and not named.preferred:
            if named_so(session, row.id, named.folded) is None:
                named.term_id = row.id
            else:
                session.delete(named)  # a new term of this very name has it already
    session.flush()
    own = named_so(session, row.id, fold(row.label))
    if own is not None:
        own.preferred = True


def above(session: Session, term_ids: Iterable[str]) -> dict[str, set[str]]:
    """Of each of these terms that lies within others: the ids of all of these, however far up."""
    ids = set(term_ids)
    direct = _within(session, ids, TermBroader.term_id, TermBroader.broader_id)
    return {one: _reached(direct, one) - {one} for one in ids & direct.keys()}


def _within(
    session: Session,
    ids: Iterable[str],
    of: InstrumentedAttribute[str],
    to: InstrumentedAttribute[str],
) -> dict[str, set[str]]:
    """All steps of TermBroader from these terms on, from one column to the other."""
    direct: dict[str, set[str]] = defaultdict(set)
    seen, rest = set(ids), list(ids)
    while rest:
        some, rest = rest[:CHUNK], rest[CHUNK:]
        for one, other in session.execute(select(of, to).where(of.in_(some))):
            direct[one].add(other)
            if other not in seen:
                seen.add(other)
                rest.append(other)
    return direct


def _reached(direct: Mapping[str, set[str]], begin: str) -> set[str]:
    seen: set[str] = set()
    rest = set(direct.get(begin, ()))
    while rest:
        seen |= rest
        rest = {other for one in rest for other in direct.get(one, ())} - seen
    return seen


@for_all
def concerned(session: Session, term_id: str) -> set[str]:
    """Clips found by this term: that carry it at all or in a note, or one that lies within it."""
    down = _within(session, [term_id], TermBroader.broader_id, TermBroader.term_id)
    found: set[str] = set()
    ids = [term_id, *sorted(_reached(down, term_id) - {term_id})]
    for at in range(0, len(ids), CHUNK):
        for table in (ClipTerm, MarkerTerm):
            carried = select(table.clip_id).where(table.term_id.in_(ids[at : at + CHUNK]))
            found.update(session.scalars(carried))
    return found


@for_all
def named_so(session: Session, term_id: str, folded: str) -> TermLabel | None:
    query = select(TermLabel).where(TermLabel.term_id == term_id, TermLabel.folded == folded)
    return session.scalar(query)
