"""Places and groups that are asked for by name, and what else texts call them.

`Kharkiv` is also looked for as Харьков and خاركيف, at a lower rank: in captions, of which nobody
tagged what they name, nothing else brings these together. What the index doesn't hold isn't asked
for, so that a hundred spellings of a town cost a look-up each and no more.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import TYPE_CHECKING

from mediacatalog.articles.mentions.called import others
from mediacatalog.search.fields import where
from mediacatalog.search.query import AllOf, AnyOf, Words
from mediacatalog.text import forms, spellings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import tantivy

    from mediacatalog.search.query import Node, Query

    Run = tuple[str, ...]

LONGEST_NAME = 4
"""Words."""
MOST = 16
"""Spellings of one name that are looked for, the most frequent ones."""


def widen(query: Query, searcher: tantivy.Searcher, fields: Sequence[str]) -> Query:
    """The query, in which names of places and groups may also be their other names."""
    if query.root is None:
        return query
    every = getattr(searcher, "inner", searcher)
    return dataclasses.replace(query, root=_Namer(every, tuple(fields)).node(query.root))


@dataclasses.dataclass(frozen=True, slots=True)
class _Namer:
    searcher: tantivy.Searcher
    """Of the whole index: which spellings it holds at all."""
    fields: Sequence[str]

    def node(self, node: Node) -> Node:
        match node:
            case AllOf(parts):
                return self._in_a_row(parts)
            case AnyOf(parts):
                return AnyOf(tuple(self.node(part) for part in parts))
            case Words(loose=True):
                found = self._names((node,))
                return dataclasses.replace(node, names=found) if found else node
            case _:
                return node

    def _in_a_row(self, parts: tuple[Node, ...]) -> Node:
        """Names of several words that are typed one after the other."""
        made: list[Node] = []
        at = 0
        while at < len(parts):
            row = [*_loose(parts[at : at + LONGEST_NAME])]
            while len(row) > 1 and not (found := self._names(row)):
                row.pop()
            if len(row) > 1:
                made.append(AnyOf((AllOf(tuple(row)), Words((), names=found))))
            else:
                made.append(self.node(parts[at]))
            at += max(1, len(row))
        return made[0] if len(made) == 1 else AllOf(tuple(made))

    def _names(self, row: Sequence[Words]) -> tuple[Run, ...]:
        first = row[0]
        asked = {*first.runs, *((form,) for form in first.forms)} if len(row) == 1 else set()
        called = others(" ".join(one.written for one in row))
        names = [run for run in _runs(called) if run not in asked]
        held = {run: held for run in names if (held := self._held(run))}
        return tuple(sorted(held, key=lambda run: (-held[run], run))[:MOST])

    def _held(self, run: Run) -> int:
        """How often the rarest word of a run stands in the index, about."""
        return min(
            sum(self.searcher.doc_freq(*where(field, word)) for field in self.fields)
            for word in run
        )


def _loose(parts: Sequence[Node]) -> list[Words]:
    row: list[Words] = []
    for part in parts:
        if not isinstance(part, Words) or not part.loose:
            break
        row.append(part)
    return row


@lru_cache(maxsize=1024)
def _runs(names: tuple[str, ...]) -> tuple[Run, ...]:
    """Names in all their spellings, those of one word in their other forms, too."""
    found: list[Run] = []
    for name in names:
        found += [*spellings(name), *((form,) for form in forms(name))]
    return tuple(dict.fromkeys(found))
