"""The texts of clips that are shown, read once for as long as they stay as they are.

What many questions find are the same clips. A clip that is other than before has another revision
(`catalog.change_feed`), which is asked for each time, so that no text is older than the catalogue.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from mediacatalog.catalog import search_feed, sight

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.search_texts import SearchDocument

MOST_LETTERS = 12_000_000
"""Of all texts that are kept: about 90 MB with what stands beside them."""
BESIDE_TEXT = 120
"""A cue, a name or a label costs about what so many letters do."""


class Texts:
    """What `search_feed.texts_of` gives, of the clips that were asked for last.

    Safe to share between threads.
    """

    def __init__(self, most: int = MOST_LETTERS) -> None:
        self._most = most
        self._kept: dict[str, tuple[int, SearchDocument]] = {}
        """(weight, texts) by clip; what was asked for last stands last."""
        self._weight = 0
        self._guard = threading.Lock()

    def of(self, session: Session, clip_ids: Sequence[str]) -> list[SearchDocument]:
        """Of the clips that the session sees and that can be found, in their order."""
        revs = search_feed.revisions(session, sight.visible(session, clip_ids))
        with self._guard:
            known = {one: self._kept[one][1] for one in revs if one in self._kept}
        known = {one: texts for one, texts in known.items() if texts.rev == revs[one]}
        missing = [one for one in revs if one not in known]
        if missing:
            with sight.everything(session):  # for whoever asks next; narrowed below
                read = search_feed.texts_of(session, missing)
            known |= {one.clip_id: one for one in read if one.findable}
        self._keep(known.values())
        return _narrowed(session, [known[one] for one in clip_ids if one in known])

    def _keep(self, shown: Iterable[SearchDocument]) -> None:
        with self._guard:
            for one in shown:
                weight, texts = self._kept.pop(one.clip_id, (0, None))
                self._weight -= weight
                self._kept[one.clip_id] = (weight if texts is one else _weight(one)), one
                self._weight += self._kept[one.clip_id][0]
            while self._weight > self._most:
                self._weight -= self._kept.pop(next(iter(self._kept)))[0]


def _weight(one: SearchDocument) -> int:
    cues = [*one.notes, *one.pictures, *(cue for track in one.tracks for cue in track.cues)]
    texts = [one.title, one.description, *one.names, *one.places, *(cue.text for cue in cues)]
    for article in one.articles:
        texts += [article.title, article.text, *article.names]
    return sum(map(len, texts)) + BESIDE_TEXT * (len(texts) + len(one.terms))


def _narrowed(session: Session, texts: list[SearchDocument]) -> list[SearchDocument]:
    """Without the names, among those accepted in articles, that only hidden clips carry."""
    named = {term.slug for one in texts for article in one.articles for term in article.terms}
    if not named or sight.sight_of(session) is None:
        return texts
    seen = search_feed.seen_terms(session, named)
    if seen == named:
        return texts
    return [
        replace(
            one,
            articles=tuple(
                replace(article, terms=tuple(t for t in article.terms if t.slug in seen))
                for article in one.articles
            ),
        )
        for one in texts
    ]
