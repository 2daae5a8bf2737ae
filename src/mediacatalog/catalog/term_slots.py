"""Terms as `fields` reads and sets them, without the history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mediacatalog.catalog import label_starts, vocabulary
from mediacatalog.catalog.models import Term, TermBroader, TermLabel
from mediacatalog.catalog.sight import for_all
from mediacatalog.catalog.term_merging import concerned, merge, named_so, part
from mediacatalog.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.changes import Json

LABEL, SCOPE_NOTE, ALIAS, BROADER, STATE, MERGE = (
    "label", "scope note", "alias", "broader", "state", "merge",
)  # fmt: skip
Slot = tuple[str, str]


def part_of_change(before: Any, after: Any) -> str:  # noqa: ANN401 - as the history keeps it
    """Of BROADER the id, of ALIAS the folded name."""
    told = after if after is not None else before
    label = told["label"] if isinstance(told, dict) else str(told)
    return label if _is_id(label) else fold(label)


def _is_id(text: str) -> bool:
    return len(text) == 36 and text.count("-") == 4


def same_merge(now: Json, after: Json) -> bool:
    """Whether it is merged into the same term, or apart."""
    into = [one["into"] if isinstance(one, dict) else None for one in (now, after)]
    return into[0] == into[1]


def current(session: Session, field: str, slots: Sequence[Slot]) -> dict[Slot, Any]:
    found: dict[Slot, Any] = {}
    for slot in slots:
        row = session.get(Term, slot[0])
        if row is not None:
            found[slot] = _value(session, row, field, slot[1])
    return found


def _value(session: Session, row: Term, field: str, part: str) -> Json:
    if field == BROADER:
        within = session.get(TermBroader, (row.id, part))
        return part if within is not None else None
    if field == ALIAS:
        named = named_so(session, row.id, part)
        return None if named is None else vocabulary.alias_of_change(named)
    values: dict[str, Json] = {
        LABEL: row.label,
        SCOPE_NOTE: row.scope_note or None,
        STATE: row.state,
        MERGE: row.merged,
    }
    return values[field]


@for_all
def put(session: Session, field: str, values: Mapping[Slot, Any], actor: str) -> list[str]:
    """Set one field of terms, without the history; returns the clips to search anew."""
    del actor
    touched: set[str] = set()
    for (term_id, which), value in values.items():
        row = session.get_one(Term, term_id)
        if field == MERGE:
            target = session.get(Term, value["into"]) if value else None
            touched.update(merge(session, row, target) if target else part(session, row))
            continue
        if field == LABEL:
            _prefer(session, row, str(value))
        elif field == SCOPE_NOTE:
            row.scope_note = value or ""
        elif field == STATE:
            row.state = str(value)
        elif field == ALIAS:
            _put_alias(session, row, which, value)
        else:
            _put_broader(session, row, which, present=value is not None)
        session.flush()
        if field in (LABEL, ALIAS, BROADER):
            touched.update(concerned(session, row.id))
    return sorted(touched)


def _prefer(session: Session, row: Term, label: str) -> None:
    for named in session.scalars(select(TermLabel).where(TermLabel.term_id == row.id)):
        named.preferred = False
    chosen = named_so(session, row.id, fold(label))
    if chosen is None:
        chosen = label_starts.name(session, row.id, label, fold(label))
    chosen.label, chosen.preferred, row.label = label, True, label


def _put_alias(session: Session, row: Term, folded: str, told: Any) -> None:  # noqa: ANN401
    named = named_so(session, row.id, folded)
    if told is None:
        if named is not None and not named.preferred:
            session.delete(named)
        return
    label, language = (told["label"], told["language"]) if isinstance(told, dict) else (told, None)
    if named is None:
        label_starts.name(session, row.id, label, folded, language=language)


def _put_broader(session: Session, row: Term, broader_id: str, *, present: bool) -> None:
    within = session.get(TermBroader, (row.id, broader_id))
    if present and within is None:
        session.add(TermBroader(term_id=row.id, broader_id=broader_id))
    elif not present and within is not None:
        session.delete(within)
