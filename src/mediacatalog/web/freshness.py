"""Who changed something finds it with their next search, though the index lags by a moment."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from flask import request

from mediacatalog.catalog import search_feed
from mediacatalog.search.writing import FAULTS
from mediacatalog.web.services import account

if TYPE_CHECKING:
    from apiflask import APIFlask
    from flask import Response

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search.index import SearchIndex

SECONDS = 1.0
"""How long a search waits at most: after very many changes it answers with what is there."""
MOST_EDITORS = 1000
CHANGING = ("POST", "PUT", "PATCH", "DELETE")


class Edits:
    """Up to which revision of the catalogue each editor has changed it, until that is searched."""

    def __init__(self, catalogue: Catalogue, index: SearchIndex) -> None:
        self._catalogue, self._index = catalogue, index
        self._revisions: OrderedDict[str | None, int] = OrderedDict()
        self._mutex = threading.Lock()

    def note(self, editor: str | None) -> None:
        """Something may have been changed by this account; None where nobody has one."""
        try:
            with self._catalogue.reading() as session:
                newest = search_feed.newest(session)
        except FAULTS:  # what was done is done, and is found a moment later
            return
        if self._index.reach(newest, 0):
            return
        with self._mutex:
            self._revisions[editor] = newest
            self._revisions.move_to_end(editor)
            if len(self._revisions) > MOST_EDITORS:
                self._revisions.popitem(last=False)
        self._index.wake()

    def settle(self, editor: str | None) -> None:
        """Wait until what they changed is in the index."""
        revision = self._revisions.get(editor)
        if revision is None:
            return
        self._index.reach(revision, SECONDS)
        with self._mutex:
            if self._revisions.get(editor) == revision:
                del self._revisions[editor]


def heed(app: APIFlask, edits: Edits) -> None:
    """Note the requests that may have changed something."""

    @app.after_request
    def note(response: Response) -> Response:
        if request.method in CHANGING and response.status_code < 400:
            edits.note(account())
        return response
