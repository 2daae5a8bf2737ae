"""One transaction on each database, rolled back by nobody: the database is the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue


@pytest.fixture
def session(catalogue: Catalogue) -> Iterator[Session]:
    with catalogue.writing() as opened:
        yield opened
