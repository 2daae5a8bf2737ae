"""Names of terms as they are looked up while somebody types: from the beginning of any word on.

Each such ending of a name is a row. The names with a word that begins as typed are one stretch of
an index of the rows, so that a key press costs the same however many names there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVarTuple

from sqlalchemy import ForeignKey, String, insert, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog.base import LAST, Base
from mediacatalog.catalog.database import insert_into
from mediacatalog.catalog.models import TermLabel
from mediacatalog.catalog.sight import for_all
from mediacatalog.values import new_id

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

Columns = TypeVarTuple("Columns")

LENGTH = 32
"""Characters of an ending that are kept; what was typed beyond is compared with the names."""


class LabelStart(Base):
    """That a name, folded, holds this from the beginning of a word on.

    Who reads it joins the names, which tell what is hidden. It goes with its name.
    """

    __tablename__ = "label_starts"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - as SQLAlchemy reads it

    # By code points on both databases, so that a beginning is one stretch of the index.
    start: Mapped[str] = mapped_column(
        String(LENGTH).with_variant(String(LENGTH, collation="C"), "postgresql"), primary_key=True
    )
    label_id: Mapped[str] = mapped_column(
        ForeignKey("term_labels.id", ondelete="CASCADE"), primary_key=True, index=True
    )


def starts(folded: str) -> set[str]:
    """What is kept of a folded name; who changes `fold` has those of all names made anew."""
    words = folded.split(" ")
    endings = (" ".join(words[number:])[:LENGTH] for number, word in enumerate(words) if word)
    return set(endings)


@for_all
def name(
    session: Session,
    term_id: str,
    label: str,
    folded: str,
    *,
    language: str | None = None,
    preferred: bool = False,
) -> TermLabel:
    """Give a term a name. The one that it has, if another process gave it the same just now."""
    session.flush()
    made = session.scalar(
        insert_into(session, TermLabel)
        .values(
            id=new_id(),
            term_id=term_id,
            label=label,
            folded=folded,
            language=language,
            preferred=preferred,
        )
        .on_conflict_do_nothing()
        .returning(TermLabel.id)
    )
    if made is not None and (kept := starts(folded)):
        rows = [{"start": one, "label_id": made} for one in kept]
        session.execute(insert(LabelStart), rows)
    return session.scalars(
        select(TermLabel).where(TermLabel.term_id == term_id, TermLabel.folded == folded)
    ).one()


def beginning(query: Select[*Columns], folded: str) -> Select[*Columns]:
    """Of a query of names, those with a word that begins so; one of several such words twice.

    In the order of these beginnings, so that the shortest come first.
    """
    start, begin = LabelStart.start, folded[:LENGTH]
    query = query.join(LabelStart, LabelStart.label_id == TermLabel.id)
    query = query.where(start >= begin, start < begin + LAST)
    query = query.order_by(start, LabelStart.label_id)
    return query.where(holding(folded)) if len(folded) > LENGTH else query


def holding(folded: str) -> Any:  # noqa: ANN401 - a condition
    """That a name has a word that begins so, of which few names are looked at."""
    return or_(
        TermLabel.folded.startswith(folded, autoescape=True),
        TermLabel.folded.contains(f" {folded}", autoescape=True),
    )
