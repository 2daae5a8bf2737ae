"""Counts of the words that most clips have, known before anybody asks for them.

Who asks for one first after a start would wait longest: all its hits are counted. These are a few
hundred words, of which there are `tallies` from then on.
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from mediacatalog.catalog.sight import Sight
from mediacatalog.search.facets import MANY_HITS
from mediacatalog.search.find import count_ahead
from mediacatalog.search.results import SearchQuery
from mediacatalog.search.writing import FAULTS, DamagedIndexError, reading_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search.index import SearchIndex

log = logging.getLogger(__name__)

FIELD = "captions"
"""Of all fields the one that has by far the most words."""
SHARE = 0.05
"""Of all clips, from which on a word is frequent: in most languages that holds for 100 to 400."""
MOST_WORDS = 400
FIRST_SECONDS = 20
AGAIN_SECONDS = 300
"""After which what changed is carried along, or counted again where it's much."""
NICENESS = 10
"""Nobody waits for it."""


def keep_counted(catalogue: Catalogue, index: SearchIndex, stop: threading.Event) -> None:
    """Count ahead for all who may ask, now and then, until told to stop. In a thread of its own."""
    with suppress(OSError):  # only Linux knows a niceness of one thread
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    pause = FIRST_SECONDS
    while not stop.wait(pause):
        pause = AGAIN_SECONDS
        try:
            for word in words(index):
                for eyes in _eyes(catalogue):
                    if stop.is_set():
                        return
                    count_ahead(eyes, index, SearchQuery(word, spare=True))
        except FAULTS as error:
            log.warning("the most frequent words can't be counted now: %s", error)


def words(index: SearchIndex) -> list[str]:
    """The most frequent ones, where there are so many clips that counting takes its time."""
    view = index.searcher()
    if view is None or view.num_docs < MANY_HITS:
        return []
    least = max(MANY_HITS, SHARE * view.num_docs)
    try:
        with reading_index():
            found = view.terms_with_prefix(FIELD, "", limit=MOST_WORDS)
    except DamagedIndexError as error:
        index.condemn(error)
        return []
    return [word for word, held in found if held >= least]


def _eyes(catalogue: Catalogue) -> Iterator[Catalogue]:
    """Of who sees everything, of archivists, and of everybody else; grants are left to who asks."""
    yield catalogue
    for restricted in (True, False):
        yield catalogue.seen_by(Sight("", restricted=restricted))
