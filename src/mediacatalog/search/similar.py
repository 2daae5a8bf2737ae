"""Names that were typed with a slip: one letter too many, too few, another, or two swapped.

The index keeps a dictionary of the words of all names (of tags, places, people, groups, and those
that articles name). Two words one slip apart have in common what remains of them when one letter
is left out of either (symmetric deletion, Garbe 2012), so a few look-ups find all similar names,
however many there are. Only a word that hardly any clip holds and that is no name itself is taken
for another, and only for a name: ordinary words never are.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from mediacatalog.search.fields import where
from mediacatalog.search.query import AllOf, AnyOf, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import tantivy

    from mediacatalog.search.query import Node, Query

NAMES = "names"
"""The field of the dictionary: `zelenky zelensky`."""
SHORTEST, LONGEST = 4, 32
"""Letters, of either word; one of the two has more than SHORTEST. Most shorter ones are one slip
from another word."""
FEW = 2
"""Places in the index up to which a word counts as a slip."""
MOST = 3
"""Names that one word is taken for."""


def fits(word: str) -> bool:
    return SHORTEST <= len(word) <= LONGEST and word.isalpha()


def remains(word: str) -> set[str]:
    """The word, and it without each of its letters."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def entries(word: str) -> list[str]:
    """How a name's word is entered in the dictionary."""
    return sorted(f"{remaining} {word}" for remaining in remains(word))


def one_slip(typed: str, name: str) -> bool:
    """Whether the words differ by one letter, or by two neighbours swapped (Damerau, 1964)."""
    if max(map(len, (typed, name))) <= SHORTEST or typed == name or abs(len(typed) - len(name)) > 1:
        return False
    pairs = zip(typed, name, strict=False)
    start = next(
        (place for place, (a, b) in enumerate(pairs) if a != b), min(map(len, (typed, name)))
    )
    one, other = typed[start:], name[start:]
    return (
        one[1:] == other[1:]
        or one[1:] == other
        or one == other[1:]
        or (one[:2] == other[1::-1] and one[2:] == other[2:])
    )


def widen(query: Query, searcher: tantivy.Searcher, fields: Iterable[str]) -> Query:
    """The query, in which words that hardly occur in `fields` may also be names like them."""
    if query.root is None:
        return query
    notes: list[str] = []
    root = _widened(query.root, searcher, tuple(fields), notes)
    if not notes:
        return query
    return dataclasses.replace(query, root=root, notes=(*query.notes, *dict.fromkeys(notes)))


def _widened(
    node: Node, searcher: tantivy.Searcher, fields: tuple[str, ...], notes: list[str]
) -> Node:
    match node:
        case AllOf(parts):
            return AllOf(tuple(_widened(part, searcher, fields, notes) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_widened(part, searcher, fields, notes) for part in parts))
        case Words(runs, loose=True) if len(runs[0]) == 1 and fits(runs[0][0]):
            names = _meant(node, searcher, fields)
            if names:
                notes.append(f"“{node.written}” is also looked for as {', '.join(names)}")
            return dataclasses.replace(node, similar=tuple(names))
        case _:
            return node


def _meant(node: Words, searcher: tantivy.Searcher, fields: tuple[str, ...]) -> list[str]:
    typed = node.runs[0][0]
    written = [run[0] for run in node.runs if len(run) == 1] + list(node.forms)
    if _is_common(searcher, [where(field, one) for field in fields for one in written]):
        return []
    if searcher.doc_freq(NAMES, f"{typed} {typed}"):
        return []  # a name itself: two names that differ by a letter are two names
    names = dict.fromkeys(_near(typed, searcher))
    often = {name: sum(searcher.doc_freq(field, name) for field in fields) for name in names}
    return sorted((name for name in names if often[name]), key=lambda name: -often[name])[:MOST]


def _is_common(searcher: tantivy.Searcher, terms: Sequence[tuple[str, str]]) -> bool:
    """Whether more than FEW hold them.

    For who doesn't see all, to count is a search a term: so all who could are asked for first.
    """
    every = getattr(searcher, "inner", searcher)
    if sum(every.doc_freq(*term) for term in terms) <= FEW:
        return False
    found = 0
    for term in terms:
        found += searcher.doc_freq(*term)
        if found > FEW:
            return True
    return False


def _near(typed: str, searcher: tantivy.Searcher) -> Iterator[str]:
    for remaining in sorted(remains(typed)):
        for entry, _ in searcher.terms_with_prefix(NAMES, f"{remaining} ", limit=50):
            name = str(entry).partition(" ")[2]
            if one_slip(typed, name):
                yield name
