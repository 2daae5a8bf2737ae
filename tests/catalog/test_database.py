"""How the catalogue's connections are used."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue


def test_what_a_busy_moment_opened_is_not_used_in_turn(catalogue: Catalogue) -> None:
    """Each connection keeps pages of its own: in turn they would all come to hold as many."""
    with ExitStack() as busy:
        for _ in range(5):
            busy.enter_context(catalogue.reading()).connection()
    used = set()
    for _ in range(10):
        with catalogue.reading() as session:
            used.add(id(session.connection().connection.dbapi_connection))
    assert len(used) == 1
