"""A searchable catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediacatalog.search import Results, SearchIndex, SearchQuery, find

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue


@pytest.fixture
def index(tmp_path: Path) -> SearchIndex:
    return SearchIndex(tmp_path / "index")


@pytest.fixture
def ask(catalogue: Catalogue, index: SearchIndex) -> Callable[..., Results]:
    """Catch up, then search: `ask("ferry", tag=("convoy",))`."""

    def asked(
        text: str, *, limit: int = 20, after: str | None = None, **facets: tuple[str, ...]
    ) -> Results:
        index.catch_up(catalogue)
        return find(catalogue, index, SearchQuery(text, facets, limit, after))

    return asked
