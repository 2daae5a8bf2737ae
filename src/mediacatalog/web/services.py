"""What every view needs, kept with the application and not in globals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from flask import current_app, g

from mediacatalog.catalog import sight
from mediacatalog.catalog.changes import LOCAL

if TYPE_CHECKING:
    from mediacatalog.catalog.accounts import Viewer
    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search.index import SearchIndex
    from mediacatalog.settings import Settings
    from mediacatalog.web.freshness import Edits


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    catalogue: Catalogue
    followed: SearchIndex
    """The index as it is, a moment behind the catalogue."""
    edits: Edits

    @property
    def index(self) -> SearchIndex:
        """The index, with what who asks has changed before: it may take a moment."""
        self.edits.settle(account())
        return self.followed


def services() -> Services:
    """Those of the application that answers this request, with the eyes of who asks.

    Whoever isn't known yet sees only what is open.
    """
    viewer = g.get("viewer")
    known: tuple[Viewer | None, Services] | None = g.get("services")
    if known is not None and known[0] is viewer:
        return known[1]
    every = cast("Services", current_app.extensions["mediacatalog"])
    eyes = every.catalogue.seen_by(sight.of(viewer))
    found = replace(every, catalogue=eyes)
    g.services = (viewer, found)
    return found


def account() -> str | None:
    """The id of the account that asks, also by a token; None where nobody has one."""
    viewer = g.get("viewer")
    return viewer.account_id if viewer is not None else None


def person() -> str:
    """By whom changes are signed: the account; without accounts the name given in this browser."""
    viewer = g.get("viewer")
    return viewer.name if viewer is not None else LOCAL
