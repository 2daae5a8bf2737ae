"""Queries by many ids: as both databases answer them, and what comes of a failing one."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import String, literal_column, select
from sqlalchemy.exc import DBAPIError

from mediacatalog.catalog import holdings
from mediacatalog.catalog.by_ids import ByIds
from mediacatalog.catalog.models import Clip
from mediacatalog.values import Source

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue

_CLIPS = Clip.__table__.c
NEWEST_FIRST = ByIds(
    lambda among: (
        select(_CLIPS.id, _CLIPS.created_at, _CLIPS.problems)
        .where(among(_CLIPS.id), _CLIPS.state != "purged")
        .order_by(_CLIPS.id.desc())
    )
)


def test_rows_are_as_the_catalogue_has_them(catalogue: Catalogue) -> None:
    with catalogue.writing() as session:
        made = [holdings.clip_of_bytes(session, Source(c * 64, 1, 1)).id for c in "abc"]
    known = sorted(made)
    with catalogue.reading() as session:
        asked = [*known[1:], 'it\'s "none" of %s :ids, ?', "\u0643\ud7ff"]
        rows = NEWEST_FIRST.rows(session, asked)
        assert [row[0] for row in rows] == known[:0:-1]
        assert all(row[1].tzinfo is UTC and row[2] == [] for row in rows)
        assert NEWEST_FIRST.rows(session, set()) == []


def test_a_failing_query_says_so_as_any_other_does(catalogue: Catalogue) -> None:
    missing = ByIds(lambda among: select(_CLIPS.id).where(among(literal_column("nowhere", String))))
    with catalogue.reading() as session, pytest.raises(DBAPIError):
        missing.rows(session, ["a"])
    with catalogue.reading() as session:  # and the next one is answered
        assert NEWEST_FIRST.rows(session, ["a"]) == []
