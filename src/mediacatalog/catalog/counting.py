"""How many rows a question has, and which values a column: read no farther than is shown.

An exact count reads all that it counts, so that a page with one takes the longer the more the
catalogue holds. What is shown beside a list is exact up to a limit, and says "more than" beyond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, func, select, true

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import InstrumentedAttribute, Session

MOST = 10_000
"""Rows of a list that are counted."""
FEW = 1000
"""The same where there are many counts at once, or where it is beside the point."""


def up_to(session: Session, query: Select[Any], most: int = MOST) -> int:
    """The number of rows of `query`; one more than `most` for all that is more."""
    some = query.limit(most + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def values(
    session: Session,
    column: InstrumentedAttribute[Any],
    most: int,
    where: ColumnElement[bool] | None = None,
) -> list[str]:
    """The first `most` different texts of an indexed column, in their order, without an empty one.

    Each is looked up behind the one before: `DISTINCT` reads every row of the index.
    """
    fits = and_(column != "", true() if where is None else where)
    # Not `min`: where rows are hidden PostgreSQL reads all of them for it.
    first = select(column).where(fits).order_by(column).limit(1)
    names = select(first.scalar_subquery().label("name")).cte("names", recursive=True)
    behind = first.where(column > names.c.name).scalar_subquery()
    names = names.union_all(select(behind).where(names.c.name.is_not(None)))
    rows = session.scalars(select(names.c.name).where(names.c.name.is_not(None)).limit(most))
    return list(rows)
