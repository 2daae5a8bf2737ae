"""Names of files as they are looked up: by a part of a name, in any case.

A part is found from the beginning of a word or number on: each such ending of a name is a row, and
an index of the rows finds those that begin as typed. Any part of any name would need every name to
be read. Where few files are in question they are read, and every part of a name is found.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog.base import ID, LAST, Base
from mediacatalog.catalog.counting import MOST
from mediacatalog.catalog.models import Sighting
from mediacatalog.text import fold
from mediacatalog.text.unspaced import UNSPACED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

LENGTH = 24
"""Characters of an ending that are kept; what was typed beyond is compared with the names."""
STARTS = re.compile(rf"(?<![^\W_])[^\W_]|(?<=\d)[^\W\d_]|(?<=[^\W\d_])\d(?=\d)|[{UNSPACED}]")
"""Where a word or a number begins in a folded name: `img1234.mp4` has three; each sign of a script
without spaces begins one."""


class FileNamePart(Base):
    """That a file's name, folded, holds this from the beginning of a word or number on.

    Who reads it joins the sightings, which tell what is hidden.
    """

    __tablename__ = "file_name_parts"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - as SQLAlchemy reads it

    # By code points on both databases, so that a beginning is one stretch of the index.
    part: Mapped[str] = mapped_column(
        String(LENGTH).with_variant(String(LENGTH, collation="C"), "postgresql"), primary_key=True
    )
    sighting_id: Mapped[str] = mapped_column(ID, primary_key=True)


def parts(display: str) -> set[str]:
    """What is kept of a name; who changes `fold` has those of all names made anew."""
    name = fold(display)
    return {name[at.start() : at.start() + LENGTH] for at in STARTS.finditer(name)}


def renamed(session: Session, sighting_id: str, before: str, after: str) -> None:
    """Keep the parts of a file's name; a new file had an empty one, one that goes has one then."""
    old, new = parts(before), parts(after)
    if gone := old - new:
        row = FileNamePart
        session.execute(delete(row).where(row.part.in_(gone), row.sighting_id == sighting_id))
    session.add_all(FileNamePart(part=one, sighting_id=sighting_id) for one in new - old)


def with_part(
    session: Session, typed: str, states: Sequence[str] | None
) -> tuple[list[tuple[str, datetime, str]], bool]:
    """(state, since when, id) of files whose name holds what was typed, in no order.

    Each of those in these `states` is looked at, of which the caller knows that they are no more
    than `counting.MOST`. With None only that many whose names have the part are, in any state; the
    last value tells whether there are more.
    """
    wanted = fold(typed.encode("utf-8", "replace").decode())
    one = Sighting
    query = select(one.state, one.state_at, one.id, one.display).limit(MOST + 1)
    if states is not None:
        query = query.where(one.state.in_(states))
    else:
        word = STARTS.search(wanted)
        if word is None or "\0" in wanted:  # which PostgreSQL doesn't even take to compare
            return [], False
        begin = wanted[word.start() : word.start() + LENGTH]
        part = FileNamePart.part
        query = (
            query.join(FileNamePart, FileNamePart.sighting_id == one.id)
            .where(part >= begin, part < begin + LAST)
            .order_by(part, FileNamePart.sighting_id)
        )
    rows = session.execute(query).all()
    found = {
        row.id: (row.state, row.state_at, row.id) for row in rows if wanted in fold(row.display)
    }
    return list(found.values()), len(rows) > MOST
