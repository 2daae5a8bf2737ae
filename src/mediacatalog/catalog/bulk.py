"""One edit of many clips: planned, shown change by change, carried out as one act.

What was shown is what is done: if anything it rests on is other than at the preview, nothing is.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass
from datetime import datetime  # noqa: TC003 - the mapping looks at it
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog import (
    changes,
    collection_slots,
    collections,
    edits,
    holdings,
    reads,
    reviews,
    vocabulary,
)
from mediacatalog.catalog.base import ID, Base, id_column
from mediacatalog.catalog.fields import FIELDS
from mediacatalog.catalog.models import Clip, Sighting
from mediacatalog.errors import InvalidValueError, NotFoundError, StaleEditError
from mediacatalog.values import new_id, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.changes import Json
    from mediacatalog.catalog.fields import Slot

MOST = 10_000
"""Clips of one edit."""
MOST_LABELS = 50
CHUNK = 500
PLACEHOLDERS = ("title", "name", "source", "date", "place", "number")
"""What `{…}` in a template may name."""
TEMPLATES = ("title", "description")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class BulkEditRow(Base):
    """An edit that was previewed; carried out once it has a batch."""

    __tablename__ = "bulk_edits"

    id: Mapped[str] = id_column()
    actor: Mapped[str] = mapped_column(Text)
    selection: Mapped[str] = mapped_column(Text)
    """What was selected, for people."""
    clip_ids: Mapped[list[Any]] = mapped_column(JSON)
    wishes: Mapped[dict[str, Any]] = mapped_column(JSON)
    batch_id: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be other than before; None and nothing leave it as it is."""

    add_tags: tuple[str, ...] = ()
    take_tags: tuple[str, ...] = ()
    add_places: tuple[str, ...] = ()
    take_places: tuple[str, ...] = ()
    title: str | None = None
    """A template, as is `description`: `{name} at {place}`, see PLACEHOLDERS."""
    description: str | None = None
    source: str | None = None
    rights: str | None = None
    only_empty: bool = True
    """Whether the four texts are set only where nobody has entered one."""
    review: str | None = None
    assignee: str | None = None
    put_into: str | None = None
    """A collection."""
    take_out_of: str | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """One change of one clip."""

    clip_id: str
    kind: str
    slot: Slot
    field: str
    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class Plan:
    changes: tuple[Planned, ...]
    refused: tuple[tuple[str, str], ...]
    """(clip, why) of what can't be done; the rest is."""

    @property
    def clips(self) -> int:
        return len({one.clip_id for one in self.changes})

    @property
    def counts(self) -> dict[str, int]:
        """How many changes there are of each field."""
        found: dict[str, int] = {}
        for one in self.changes:
            found[one.field] = found.get(one.field, 0) + 1
        return found

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr((self.changes, self.refused)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Edit:
    """A previewed edit."""

    id: str
    selection: str
    clip_ids: tuple[str, ...]
    wishes: Wishes
    batch_id: str | None


# --- preview --------------------------------------------------------------------------------------


def begin(
    session: Session, clip_ids: Sequence[str], wishes: Wishes, *, selection: str, actor: str
) -> str:
    """Keep an edit for its preview; returns its id. Raises InvalidValueError, NotFoundError."""
    ids = list(dict.fromkeys(clip_ids))
    if not ids:
        raise InvalidValueError("selection", "is empty")
    if len(ids) > MOST:
        raise InvalidValueError("selection", f"has more than {MOST} clips; narrow the search")
    row = BulkEditRow(
        id=new_id(), actor=actor, selection=selection[:500], clip_ids=ids,
        wishes=asdict(_cleaned(session, wishes)),
    )  # fmt: skip
    session.add(row)
    return row.id


def one(session: Session, edit_id: str) -> Edit:
    """Raises NotFoundError."""
    row = _row(session, edit_id)
    return Edit(row.id, row.selection, tuple(row.clip_ids), _wishes(row), row.batch_id)


def plan(session: Session, edit_id: str, *, actor: str) -> Plan:
    """What the edit would change now. Raises NotFoundError."""
    row = _row(session, edit_id)
    return _plan(session, row.clip_ids, _wishes(row), actor)


def apply(session: Session, edit_id: str, *, digest: str, actor: str) -> str:
    """Carry it out; returns the batch, which takes it back. `digest` is that of the plan as shown.

    Raises StaleEditError where the plan is no longer what was shown, InvalidValueError where it was
    carried out before, or changes nothing.
    """
    row = _row(session, edit_id, lock=True)
    if row.batch_id is not None:
        raise InvalidValueError("edit", "was carried out already")
    found = _plan(session, row.clip_ids, _wishes(row), actor)
    if found.digest != digest:
        raise StaleEditError("plan of the edit", edit_id)
    if not found.changes:
        raise InvalidValueError("edit", "changes nothing")
    row.batch_id = new_id()
    touched: set[str] = set()
    grouped: dict[tuple[str, str], dict[Slot, Json]] = {}
    for each in found.changes:
        grouped.setdefault((each.kind, each.field), {})[each.slot] = each.after
    for (kind, field), values in grouped.items():
        touched.update(FIELDS[kind, field].put(session, field, values, actor))
    changes.record_many(
        session,
        [changes.Entry(e.kind, e.slot[0], e.field, e.before, e.after) for e in found.changes],
        actor=actor,
        batch_id=row.batch_id,
        reason=f"bulk edit of {row.selection}"[:500],
    )
    session.flush()
    holdings.touch(session, touched)
    return row.batch_id


def _row(session: Session, edit_id: str, *, lock: bool = False) -> BulkEditRow:
    row = session.get(BulkEditRow, edit_id, with_for_update=lock or None)
    if row is None:
        raise NotFoundError("bulk edit", edit_id)
    return row


def _wishes(row: BulkEditRow) -> Wishes:
    kept: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in row.wishes.items()
    }
    return Wishes(**kept)


def _cleaned(session: Session, wishes: Wishes) -> Wishes:
    """The wishes as they are kept. Raises InvalidValueError for what can't be one."""
    found = asdict(wishes)
    for name in ("add_tags", "take_tags", "add_places", "take_places"):
        labels = dict.fromkeys(vocabulary.clean_label(one) for one in found[name])
        if len(labels) > MOST_LABELS:
            raise InvalidValueError(name, f"are more than {MOST_LABELS}")
        found[name] = tuple(labels)
    for name in ("title", "description", "source", "rights"):
        if found[name] is not None:
            found[name] = edits.clean(name, found[name])
            _check_template(name, found[name])
    if wishes.review is not None:
        reviews.known_state(wishes.review)
    if wishes.assignee is not None:
        found["assignee"] = edits.line("assignee", wishes.assignee, reviews.LONGEST_NAME)
    for key in filter(None, (wishes.put_into, wishes.take_out_of)):
        if collections.one(session, key).asks:
            raise InvalidValueError("collection", "holds what its search finds")
    return Wishes(**found)


def _check_template(field: str, template: str) -> None:
    for name in _PLACEHOLDER.findall(template) if field in TEMPLATES else ():
        if name not in PLACEHOLDERS:
            known = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
            raise InvalidValueError(field, f"{{{name}}} is none of {known}")


# --- the plan -------------------------------------------------------------------------------------


def _plan(session: Session, clip_ids: Sequence[str], wishes: Wishes, actor: str) -> Plan:
    known: set[str] = set()
    for chunk in _chunks(clip_ids):
        known.update(session.scalars(select(Clip.id).where(Clip.id.in_(chunk))))
    ids = [one for one in clip_ids if one in known]
    refused: list[tuple[str, str]] = []
    found = [
        *_terms(session, ids, wishes),
        *_texts(session, ids, wishes),
        *_review(session, ids, wishes, actor, refused),
        *_collections(session, ids, wishes),
    ]
    return Plan(tuple(found), tuple(refused))


def _terms(session: Session, ids: list[str], wishes: Wishes) -> Iterator[Planned]:
    for kind, labels, giving in (
        ("tag", wishes.add_tags, True),
        ("tag", wishes.take_tags, False),
        ("place", wishes.add_places, True),
        ("place", wishes.take_places, False),
    ):
        for typed in labels:
            term = vocabulary.find(session, typed, kind)
            label = term.label if term else typed
            after = label if giving else None
            yield from _differing(session, "clip", kind, {(one, label): after for one in ids})


def _texts(session: Session, ids: list[str], wishes: Wishes) -> Iterator[Planned]:
    filled: Callable[[str], Mapping[str, str]] | None = None
    for field in ("title", "description", "source", "rights"):
        template = getattr(wishes, field)
        if template is None:
            continue
        values = {(one, ""): template or None for one in ids}
        if field in TEMPLATES and _PLACEHOLDER.search(template):
            filled = filled or _facts(session, ids)
            values = {
                (one, ""): edits.clean(field, _fill(template, filled(one)))[: edits.LIMITS[field]]
                or None
                for one in ids
            }
        for planned in _differing(session, "clip", field, values):
            if planned.before is None or not wishes.only_empty:
                yield planned


def _review(
    session: Session,
    ids: list[str],
    wishes: Wishes,
    actor: str,
    refused: list[tuple[str, str]],
) -> Iterator[Planned]:
    if wishes.review is not None:
        values: dict[Slot, Json] = {}
        wanted = reviews.told(wishes.review, actor)
        for clip_id, now in reviews.of_clips(session, ids).items():
            why = now.refusal(wishes.review, actor)
            if why:
                refused.append((clip_id, why))
            else:
                values[clip_id, ""] = reviews.following(now, wanted, actor)
        yield from _differing(session, "clip", reviews.STATE, values)
    if wishes.assignee is not None:
        name = wishes.assignee or None
        yield from _differing(session, "clip", reviews.ASSIGNEE, {(one, ""): name for one in ids})


def _collections(session: Session, ids: list[str], wishes: Wishes) -> Iterator[Planned]:
    for key, giving in ((wishes.put_into, True), (wishes.take_out_of, False)):
        if key is None:
            continue
        values: dict[Slot, Json] = {(key, one): {"clip": one} if giving else None for one in ids}
        yield from _differing(session, collections.KIND, collection_slots.ITEM, values)


def _differing(
    session: Session, kind: str, field: str, values: Mapping[Slot, Json]
) -> Iterator[Planned]:
    """Those values that aren't there yet, in the order given."""
    use = FIELDS[kind, field]
    now = use.current(session, field, list(values))
    for slot, after in values.items():
        if not use.same(now.get(slot), after):
            clip_id = slot[1] if kind == collections.KIND else slot[0]
            yield Planned(clip_id, kind, slot, field, now.get(slot), after)


# --- templates ------------------------------------------------------------------------------------


def _facts(session: Session, ids: list[str]) -> Callable[[str], Mapping[str, str]]:
    """What the placeholders stand for, by clip."""
    cards: dict[str, reads.Card] = {}
    names: dict[str, str] = {}
    for chunk in _chunks(ids):
        cards.update(reads.cards(session, chunk))
        seen = select(Sighting.clip_id, Sighting.display).where(Sighting.clip_id.in_(chunk))
        for clip_id, display in session.execute(seen.order_by(Sighting.id)):
            names.setdefault(clip_id or "", display.rsplit("/", 1)[-1].rsplit(".", 1)[0])
    numbers = {clip_id: number for number, clip_id in enumerate(ids, 1)}

    def of(clip_id: str) -> Mapping[str, str]:
        card = cards[clip_id]
        places = [term.label for term in card.terms if term.kind == "place"]
        return {
            "title": card.title,
            "name": names.get(clip_id, ""),
            "source": card.source,
            "date": card.recorded_at[:10],
            "place": places[0] if places else "",
            "number": str(numbers[clip_id]),
        }

    return of


def _fill(template: str, facts: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: facts[found[1]], template)


def _chunks(ids: Sequence[str]) -> Iterable[list[str]]:
    for at in range(0, len(ids), CHUNK):
        yield list(ids[at : at + CHUNK])
