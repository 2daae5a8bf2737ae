"""What every view needs, kept with the application and not in globals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app, g

from mediacatalog.catalog.changes import LOCAL

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search.index import SearchIndex
    from mediacatalog.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    catalogue: Catalogue
    index: SearchIndex


def services() -> Services:
    """Those of the application that answers this request."""
    return cast("Services", current_app.extensions["mediacatalog"])


def person() -> str:
    """By whom changes are signed: the account; without accounts the name given in this browser."""
    viewer = g.get("viewer")
    return viewer.name if viewer is not None else LOCAL
