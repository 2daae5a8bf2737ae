"""Counts of facets, kept and carried along while the catalogue changes.

To count all hits of a frequent word takes tens of milliseconds, and between two times that it is
asked few clips change. A tally is kept with the view of the index that it holds of, its base. Of a
later view it is told by what the clips that changed since had then, and have now. Exact: a document
changes only with the revision of its clip, and in their order the index takes them in.
"""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediacatalog.catalog import search_feed
from mediacatalog.search.writing import cursor_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    import tantivy

    from mediacatalog.catalog.database import Catalogue

    Count = Callable[[tantivy.Searcher, "tuple[str, ...] | None", list[str]], "Counts"]
    """Hits of a question in a view by facet and value, of all clips or of these."""

Counts = dict[str, dict[str, int]]
"""Facet to value to hits."""

MOST_BYTES = 32_000_000
"""Of all tallies that are kept; those of a word in a million clips take some 30 kB."""
BESIDE_TALLY = 600
"""Bytes that one takes however little it tells: who asks for what nobody has fills no memory."""
MOST_MOVED = 256
"""Clips that changed since a base, up to which it's worth it: looked up in 1 to 3 ms."""
NEAR = 64
"""And up to which what is counted now is kept with that base still."""
MOST_BASES = 4
BASE_SECONDS = 900
"""What a view reads stays on the disk as long as it's kept: after so long another base is taken,
and after as long again the older one is given up."""
WORTH = 10_000
"""Entries of the index looked at, from which on what is counted is kept: of fewer it's counted as
fast as it's carried along."""


@dataclass(frozen=True, slots=True, eq=False)
class _Base:
    view: tantivy.Searcher
    place: tuple[int, str]
    """How far it had read the catalogue."""
    since: float


@dataclass(frozen=True, slots=True)
class _Tally:
    base: _Base
    told: bytes
    """As JSON, which is smaller than a dict by far, and read in a moment."""


@dataclass(frozen=True, slots=True, eq=False)
class Now:
    """One view of the index, and what changed up to it."""

    view: tantivy.Searcher
    place: tuple[int, str]
    moved: dict[_Base, tuple[str, ...]]
    """Ids of the clips that may be other than in a base; of a base that isn't here, too many."""


class Tallies:
    """Of one index. Safe to share between threads."""

    def __init__(self, most: int = MOST_BYTES, worth: int = WORTH) -> None:
        self.worth = worth
        self._most = most
        self._kept: dict[tuple[bytes, str], _Tally] = {}
        """By question and facet; what was asked for last stands last."""
        self.weight = 0
        """Bytes that are kept."""
        self._bases: list[_Base] = []
        self._now: Now | None = None
        self._guard = threading.Lock()

    def at(self, catalogue: Catalogue, view: tantivy.Searcher) -> Now:
        """A view of the whole index, as `counts` takes it. Raises what tantivy does."""
        with self._guard:
            now, bases = self._now, list(self._bases)
        if now is None or now.view is not view:
            now = Now(view, cursor_in(view), {})
            with catalogue.reading() as session:
                for base in (one for one in reversed(bases) if one.place <= now.place):
                    moved = search_feed.moved_since(session, *base.place, MOST_MOVED + 1)
                    if len(moved) > MOST_MOVED:
                        break
                    now.moved[base] = moved
            with self._guard:
                self._now = now
        return now

    def counts(
        self, now: Now, question: bytes, names: list[str], limit: int, count: Count
    ) -> Counts:
        """Hits of a question by facet and value; what isn't known is counted, and kept.

        `question` is a digest of all that decides the answer but for the view.
        Counts of `limit` values aren't kept: there may be more of them.
        """
        known = self._known(now, question, names)
        told = self._carried_all(now, known, count)
        missing = [name for name in names if name not in told]
        if missing:
            told |= count(now.view, None, missing)
        base = self._base(now)
        if base in now.moved:
            news = {
                name: told[name]
                for name in names
                if len(told[name]) < limit and (name not in known or known[name].base is not base)
            }
            if news:
                self._keep(
                    question, _carried(news, now.moved[base], now.view, base.view, count), base
                )
        return told

    def _known(self, now: Now, question: bytes, names: Collection[str]) -> dict[str, _Tally]:
        found = {}
        with self._guard:
            for key in ((question, name) for name in names):
                one = self._kept.get(key)
                if one is not None and one.base in now.moved:
                    self._kept[key] = found[key[1]] = self._kept.pop(key)
        return found

    def _carried_all(self, now: Now, known: Mapping[str, _Tally], count: Count) -> Counts:
        by_base: dict[_Base, Counts] = defaultdict(dict)
        for name, tally in known.items():
            by_base[tally.base][name] = json.loads(tally.told)
        told: Counts = {}
        for base, counts in by_base.items():
            told |= _carried(counts, now.moved[base], base.view, now.view, count)
        return told

    def _base(self, now: Now) -> _Base:
        """With which what is counted now is kept: the newest, or another one from here."""
        with self._guard:
            newest = self._bases[-1] if self._bases else None
            if newest is not None:
                moved = now.moved.get(newest)
                late = time.monotonic() - newest.since > BASE_SECONDS
                near = moved is not None and (not moved or (len(moved) <= NEAR and not late))
                if near or newest.place > now.place:
                    return newest
            base = _Base(now.view, now.place, time.monotonic())
            now.moved[base] = ()
            fresh = [one for one in self._bases if base.since - one.since <= 2 * BASE_SECONDS]
            self._bases = [*fresh[1 - MOST_BASES :], base]
            for key in [key for key, one in self._kept.items() if one.base not in self._bases]:
                self._forget(key)
            return base

    def _keep(self, question: bytes, counts: Counts, base: _Base) -> None:
        written = {name: json.dumps(values).encode() for name, values in counts.items()}
        with self._guard:
            if base not in self._bases:  # given up meanwhile
                return
            for name, told in written.items():
                self._forget((question, name))
                self._kept[question, name] = _Tally(base, told)
                self.weight += BESIDE_TALLY + len(told)
            while self.weight > self._most:
                self._forget(next(iter(self._kept)))

    def _forget(self, key: tuple[bytes, str]) -> None:
        one = self._kept.pop(key, None)
        self.weight -= 0 if one is None else BESIDE_TALLY + len(one.told)


def _carried(
    counts: Counts,
    moved: tuple[str, ...],
    view: tantivy.Searcher,
    to: tantivy.Searcher,
    count: Count,
) -> Counts:
    """What was counted in a view, as it is in another between which these clips changed."""
    if not moved or view is to:
        return counts
    before, after = (count(one, moved, list(counts)) for one in (view, to))
    carried: Counts = {}
    for name, values in counts.items():
        told = dict(values)
        for sign, some in ((-1, before[name]), (1, after[name])):
            for value, number in some.items():
                told[value] = told.get(value, 0) + sign * number
        carried[name] = {value: number for value, number in told.items() if number > 0}
    return carried
