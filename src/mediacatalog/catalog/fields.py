"""What people change, by the field of the history that it is kept under: how it is read and set.

One table for whoever changes many things at once: taking back, and bulk edits. A slot names one
value: the object (`key` of the history) and which of several values of the field it is.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediacatalog.catalog import (
    collection_slots,
    collections,
    copies,
    edits,
    levels,
    links,
    markers,
    picture_texts,
    reviews,
    term_slots,
    vocabulary,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.changes import Json

Slot = tuple[str, str]
"""(key of the object, which of its values; empty where there is only one)."""


def _only(before: Json, after: Json) -> str:
    del before, after
    return ""


@dataclass(frozen=True, slots=True)
class Field:
    current: Callable[[Session, str, Sequence[Slot]], Mapping[Slot, Json]]
    """(session, field, slots) to the values as the history keeps them; None where there is none."""
    put: Callable[[Session, str, Mapping[Slot, Json], str], Iterable[str]]
    """(session, field, values, actor): sets them, without the history; the clips to search anew."""
    part: Callable[[Json, Json], str] = _only
    """(before, after) to the second half of the slot."""
    same: Callable[[Json, Json], bool] = operator.eq
    """Whether what is there now is what a change left."""


def _of_clip(
    current: Callable[[Session, str, Iterable[str]], Mapping[str, Json]],
    put: Callable[..., None],
) -> Field:
    """A field that a clip has once."""

    def read(session: Session, field: str, slots: Sequence[Slot]) -> Mapping[Slot, Json]:
        found = current(session, field, [key for key, _ in slots])
        return {(key, ""): value for key, value in found.items()}

    def write(
        session: Session, field: str, values: Mapping[Slot, Json], actor: str
    ) -> Iterable[str]:
        put(session, field, {key: value for (key, _), value in values.items()}, actor=actor)
        return [key for key, _ in values]

    return Field(read, write)


TEXT = _of_clip(edits.current, edits.put)
REVIEW = _of_clip(reviews.current, reviews.put)
TERM = Field(vocabulary.carried, vocabulary.put_carried, vocabulary.label_of_change)
LINK = Field(links.current, links.put)
COLLECTION = Field(collection_slots.current, collection_slots.put)
ITEM = Field(
    collection_slots.current,
    collection_slots.put,
    collection_slots.clip_of_change,
    collection_slots.same,
)
PLACED = Field(collection_slots.current, collection_slots.put, collection_slots.clip_of_change)
ONE_OF_TERM = Field(term_slots.current, term_slots.put)
SOME_OF_TERM = Field(term_slots.current, term_slots.put, term_slots.part_of_change)
MERGE = Field(term_slots.current, term_slots.put, same=term_slots.same_merge)
MARKER = Field(markers.current, markers.put, markers.id_of_change)
PICTURE_TEXT = Field(picture_texts.current, picture_texts.put, picture_texts.key_of_change)

FIELDS: Mapping[tuple[str, str], Field] = {
    **{("clip", name): TEXT for name in edits.LIMITS},
    **{("clip", name): REVIEW for name in (reviews.STATE, reviews.ASSIGNEE, reviews.SECOND_LOOK)},
    **{("clip", kind): TERM for kind in vocabulary.KINDS},
    ("clip", markers.FIELD): MARKER,
    ("clip", picture_texts.FIELD): PICTURE_TEXT,
    ("clip", levels.FIELD): Field(levels.current, levels.put),
    **{
        (collections.KIND, name): COLLECTION
        for name in (collection_slots.NAME, collection_slots.DESCRIPTION, collection_slots.REMOVED)
    },
    (collections.KIND, collection_slots.ITEM): ITEM,
    (collections.KIND, collection_slots.PLACE): PLACED,
    (collections.KIND, collection_slots.NOTE): PLACED,
    **{
        ("term", name): ONE_OF_TERM
        for name in (term_slots.LABEL, term_slots.SCOPE_NOTE, term_slots.STATE)
    },
    ("term", term_slots.ALIAS): SOME_OF_TERM,
    ("term", term_slots.BROADER): SOME_OF_TERM,
    ("term", term_slots.MERGE): MERGE,
    ("copy", copies.FIELD): Field(copies.current, copies.put),
    ("article_link", "state"): LINK,
    ("article_link", "relation"): LINK,
}
"""By kind and field of a change. What isn't here has a way back of its own, or none."""
