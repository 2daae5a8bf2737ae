"""Searches that people keep under a name, and when they last looked at what is found.

Each is its owner's alone, an account by its id: what somebody looks for can tell of a source.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - the mapping looks at it
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Text, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog import changes
from mediacatalog.catalog.base import ID, Base, id_column
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

MOST = 200
LONGEST_NAME = 100
LONGEST_QUESTION = 20_000
"""Characters of a question with its filters."""


class SavedSearch(Base):
    __tablename__ = "saved_searches"

    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[str | None] = mapped_column(ID, ForeignKey("accounts.id"), index=True)
    """Whose it is alone; None: everybody's, kept where nobody had an account."""
    question: Mapped[dict[str, Any]]
    """`{"q": text, "filters": {name: [values]}, "view": "", "sort": ""}`; older: no `sort`."""
    looked_at: Mapped[datetime] = mapped_column(default=utc_now)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


@dataclass(frozen=True, slots=True)
class Saved:
    id: str
    name: str
    text: str
    filters: Mapping[str, tuple[str, ...]]
    view: str
    sort: str
    """How the result is shown and in which order, as in the address of the search page."""
    looked_at: datetime


def _saved(row: SavedSearch) -> Saved:
    asked = row.question
    filters = {name: tuple(values) for name, values in asked["filters"].items()}
    view, sort = asked["view"], asked.get("sort", "")
    return Saved(row.id, row.name, asked["q"], filters, view, sort, row.looked_at)


def _name(text: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", _clean(text[: LONGEST_NAME * 4])).split())
    if not name or len(name) > LONGEST_NAME:
        raise InvalidValueError("name", f"has from 1 to {LONGEST_NAME} letters")
    return name


def _clean(text: str) -> str:
    """As text that every database takes."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _of(owner: str | None) -> ColumnElement[bool]:
    """Their own and everybody's."""
    return or_(SavedSearch.owner_id.is_(None), SavedSearch.owner_id == owner)


def _row(session: Session, search_id: str, owner: str | None, *, lock: bool = False) -> SavedSearch:
    row = session.get(SavedSearch, _clean(search_id), with_for_update=lock or None)
    if row is None or row.owner_id not in (None, owner):
        raise NotFoundError("saved search", search_id)
    return row


def one(session: Session, search_id: str, *, owner: str | None, lock: bool = False) -> Saved:
    """With `lock` until the end of the transaction, for who changes it. Raises NotFoundError."""
    return _saved(_row(session, search_id, owner, lock=lock))


def listed(session: Session, *, owner: str | None) -> list[Saved]:
    """Those of an account and everybody's, by name."""
    query = select(SavedSearch).where(_of(owner))
    rows = session.scalars(query.order_by(SavedSearch.name, SavedSearch.id))
    return [_saved(row) for row in rows]


def save(  # noqa: PLR0913 - a question is all of these
    session: Session,
    name: str,
    text: str,
    filters: Mapping[str, tuple[str, ...]],
    *,
    view: str = "",
    sort: str = "",
    actor: str,
    owner: str | None = None,
) -> str:
    """Keep a question; what it finds now counts as seen. Returns its id.

    Raises InvalidValueError for a name that is none, a question that is very long, or one too many.
    """
    kept = {_clean(key): [_clean(one) for one in values] for key, values in filters.items()}
    if len(text) + sum(len(one) for values in kept.values() for one in values) > LONGEST_QUESTION:
        raise InvalidValueError("question", f"is longer than {LONGEST_QUESTION} characters")
    if (session.scalar(select(func.count()).where(_of(owner))) or 0) >= MOST:
        raise InvalidValueError("name", f"would be one more than {MOST} saved searches")
    asked = {"q": _clean(text), "filters": kept, "view": view, "sort": sort}
    row = SavedSearch(name=_name(name), owner_id=owner, question=asked)
    session.add(row)
    session.flush()
    _record(session, row.id, before=None, after=row.name, actor=actor)
    return row.id


def rename(session: Session, search_id: str, name: str, *, actor: str, owner: str | None) -> None:
    """Raises NotFoundError, InvalidValueError."""
    row, name = _row(session, search_id, owner), _name(name)
    _record(session, row.id, before=row.name, after=name, actor=actor)
    row.name = name


def forget(session: Session, search_id: str, *, actor: str, owner: str | None) -> None:
    """Raises NotFoundError."""
    row = _row(session, search_id, owner)
    _record(session, row.id, before=row.name, after=None, actor=actor)
    session.delete(row)


def look(session: Session, search_id: str, *, owner: str | None) -> Saved:
    """The search, as it was; from now on what it finds counts as seen. Raises NotFoundError."""
    row = _row(session, search_id, owner)
    found = _saved(row)
    row.looked_at = utc_now()
    return found


def _record(
    session: Session, key: str, *, before: str | None, after: str | None, actor: str
) -> None:
    changes.record(
        session, actor=actor, kind="search", key=key, field="name", before=before, after=after
    )
