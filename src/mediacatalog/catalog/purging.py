"""Purge a clip for good: one asks, another one confirms, and a tombstone is left.

The rows go in one transaction; `ingest.erasing` removes the files afterwards, from what the
tombstone says. A master is the operator's: it stays where it is, unless both admins want it gone
and the operator said of its root, by a command, that masters may be removed from it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, and_, cast, delete, exists, func, or_, select, union, update

from mediacatalog.catalog import accounts, changes, file_names, holdings, link_index
from mediacatalog.catalog.account_models import Account
from mediacatalog.catalog.accounts import ADMIN
from mediacatalog.catalog.base import Base
from mediacatalog.catalog.bulk import BulkEditRow
from mediacatalog.catalog.change_feed import PURGED
from mediacatalog.catalog.collection_models import CollectionItem
from mediacatalog.catalog.context_models import ArticleTerm, MarkerTerm
from mediacatalog.catalog.idempotency import IdempotencyKeyRow
from mediacatalog.catalog.models import (
    ArticleLink,
    Change,
    Clip,
    ClipTerm,
    Root,
    Sighting,
    Term,
    TermBroader,
    TermLabel,
)
from mediacatalog.catalog.proxies import ProxyRow
from mediacatalog.catalog.share_models import ShareItem
from mediacatalog.catalog.sight import OPEN
from mediacatalog.catalog.sight_models import ClipAccess, Purging, TombstoneRow
from mediacatalog.catalog.track_models import TrackRow
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.values import State, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

ASKED = "purging"
"""The field of the history by which somebody asks."""
LEFT, TO_GO, REMOVED = "left", "to be removed", "removed"
"""What becomes of the master."""


@dataclass(frozen=True, slots=True)
class Asked:
    """That a clip be purged: it waits for another admin to confirm it."""

    clip_id: str
    reason: str
    with_masters: bool
    asked_by: str
    asked_at: datetime

    @property
    def edition(self) -> str:
        """Another one after every change."""
        return self.asked_at.isoformat()


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a purged clip."""

    clip_id: str
    sha256: str
    level: str
    reason: str
    asked_by: str
    asked_at: datetime
    confirmed_by: str
    purged_at: datetime
    masters: str
    erased_at: datetime | None


def asked_for(session: Session, clip_id: str) -> Asked | None:
    """By its full id; None if nobody asks."""
    row = session.get(Purging, clip_id)
    return None if row is None else _asked(row)


def _asked(row: Purging) -> Asked:
    return Asked(**{name: getattr(row, name) for name in Asked.__dataclass_fields__})


def waiting(session: Session) -> list[Asked]:
    """All that wait to be confirmed, the oldest first."""
    return [_asked(row) for row in session.scalars(select(Purging).order_by(Purging.asked_at))]


def tombstones(
    session: Session, *, before: tuple[int, str] | None = None, limit: int = 100
) -> list[tuple[tuple[int, str], Tombstone]]:
    """(place in the list, tombstone), the newest first; `before` is a place."""
    row = TombstoneRow
    query = select(row).order_by(row.rev.desc(), row.clip_id.desc()).limit(limit)
    if before is not None:
        rev, clip_id = before
        query = query.where(or_(row.rev < rev, (row.rev == rev) & (row.clip_id < clip_id)))
    return [((one.rev, one.clip_id), _shown(one)) for one in session.scalars(query)]


def tombstone(session: Session, clip_id: str) -> Tombstone:
    """By the full id of the clip that was. Raises NotFoundError."""
    row = session.get(TombstoneRow, clip_id)
    if row is None:
        raise NotFoundError("tombstone", clip_id)
    return _shown(row)


def _shown(row: TombstoneRow) -> Tombstone:
    return Tombstone(**{name: getattr(row, name) for name in Tombstone.__dataclass_fields__})


# --- one asks, another one confirms ---------------------------------------------------------------


def ask(
    session: Session, clip_id: str, reason: str, *, with_masters: bool, actor: str
) -> Asked | Tombstone:
    """Ask to purge a clip; what was asked before is forgotten.

    Where nobody has an account there is nobody else who could confirm: it is purged at once.

    Raises NotFoundError, InvalidValueError.
    """
    clip = holdings.locked(session, holdings.clip(session, clip_id).id)
    reason = reason.strip()
    if not reason:
        raise InvalidValueError("reason", "is needed to purge a clip, and is kept")
    if with_masters:
        _check_roots(session, clip.id)
    if not accounts.are_there(session):
        alone = Asked(clip.id, reason, with_masters, actor, utc_now())
        return _purge(session, clip, alone, confirmed_by="")
    account = _admin(session, actor)
    row = session.get(Purging, clip.id, with_for_update=True)
    changes.record(
        session, actor=account.name, kind="clip", key=clip.id, field=ASKED,
        before=row.reason if row else None, after=reason,
    )  # fmt: skip
    row = row or Purging(clip_id=clip.id)
    row.reason, row.with_masters, row.asked_at = reason, with_masters, utc_now()
    row.account_id, row.asked_by = account.id, account.name
    session.add(row)
    session.flush()
    return _asked(row)


def confirm(session: Session, clip_id: str, *, actor: str) -> Tombstone:
    """Purge a clip as somebody else asked. Raises NotFoundError, InvalidValueError."""
    clip, row = _waits(session, clip_id)
    account = _admin(session, actor)
    if account.id == row.account_id:
        raise InvalidValueError(ASKED, "is confirmed by another one than who asked for it")
    _admin(session, row.asked_by)  # who may no longer do it asked in vain
    if row.with_masters:
        _check_roots(session, clip.id)
    return _purge(session, clip, _asked(row), confirmed_by=account.name)


def withdraw(session: Session, clip_id: str, *, actor: str) -> None:
    """Let a clip be, whoever asked. Raises NotFoundError, InvalidValueError."""
    clip, row = _waits(session, clip_id)
    changes.record(
        session, actor=actor, kind="clip", key=clip.id, field=ASKED, before=row.reason, after=None
    )
    session.delete(row)
    session.flush()


def _waits(session: Session, clip_id: str) -> tuple[Clip, Purging]:
    clip = holdings.locked(session, holdings.clip(session, clip_id).id)
    row = session.get(Purging, clip.id, with_for_update=True)
    if row is None:
        raise InvalidValueError(ASKED, "is asked for by nobody")
    return clip, row


def _admin(session: Session, name: str) -> Account:
    """A command at the machine proves of nobody who they are."""
    account = session.scalar(select(Account).where(Account.name_key == accounts.name_key(name)))
    if account is None or not account.active or account.role != ADMIN:
        raise InvalidValueError(
            ASKED,
            f"takes two accounts of admins, on the clip's page or by the API; {name!r} is none",
        )
    return account


def _check_roots(session: Session, clip_id: str) -> None:
    """That the operator lets masters go from every root in which this one lies."""
    kept = session.scalars(
        select(Root.name)
        .join(Sighting, Sighting.root_id == Root.id)
        .where(Sighting.clip_id == clip_id, Root.gives_masters_up.is_(False))
        .order_by(Root.name)
    ).first()
    if kept is not None:
        raise InvalidValueError(
            "with_masters",
            f"is refused: the operator keeps masters in {kept} (mediacatalog root masters)",
        )


# --- what goes ------------------------------------------------------------------------------------


def _purge(session: Session, clip: Clip, asked: Asked, *, confirmed_by: str) -> Tombstone:
    _is_at_rest(session, clip.id)
    level = session.scalar(select(ClipAccess.level).where(ClipAccess.clip_id == clip.id))
    found = TombstoneRow(
        clip_id=clip.id, sha256=clip.sha256, level=level or OPEN, reason=asked.reason,
        asked_by=asked.asked_by, asked_at=asked.asked_at, confirmed_by=confirmed_by,
        purged_at=utc_now(), masters=TO_GO if asked.with_masters else LEFT,
        paths=_paths(session, clip.id) if asked.with_masters else [],
        rev=holdings.touch(session, []), erased_at=None,
    )  # fmt: skip
    if session.get_bind().dialect.name == "sqlite":  # overwrites what it deletes
        session.connection().exec_driver_sql("PRAGMA secure_delete=ON")
    _erase(session, clip)
    session.add(found)
    changes.record(
        session, actor=confirmed_by or asked.asked_by, kind="clip", key=found.clip_id, field=PURGED,
        before=None, after=found.sha256,
        reason=f"{asked.asked_by} asked: {asked.reason}" if confirmed_by else asked.reason,
    )  # fmt: skip
    session.flush()
    return _shown(found)


def _is_at_rest(session: Session, clip_id: str) -> None:
    """That no worker writes files of it; those who come later find no row to begin with."""
    states = session.scalars(
        select(Sighting.state).where(Sighting.clip_id == clip_id).with_for_update()
    ).all()
    made = {
        state
        for row in (ProxyRow, ShareItem)
        for state in session.scalars(
            select(row.state).where(row.clip_id == clip_id).with_for_update()
        )
    }
    if State.RUNNING in states or "making" in made:
        raise InvalidValueError(ASKED, "waits: a worker reads the clip just now; try it again soon")


def _paths(session: Session, clip_id: str) -> list[list[str]]:
    rows = session.execute(
        select(Root.path, Sighting.path)
        .join(Sighting, Sighting.root_id == Root.id)
        .where(Sighting.clip_id == clip_id)
    )
    return [[root, base64.b64encode(path).decode()] for root, path in rows]


def _erase(session: Session, clip: Clip) -> None:
    """Every row that tells of the clip, in whatever table."""
    session.flush()
    clip_id, terms = clip.id, _only_its_own(session, clip.id)
    _close_gaps(session, clip_id)
    _forget_history(session, clip)
    link_index.forget(session, clip_id)
    for file in session.scalars(select(Sighting).where(Sighting.clip_id == clip_id)):
        file_names.renamed(session, file.id, file.display, "")
    for table, told in (
        (BulkEditRow, BulkEditRow.clip_ids),
        (IdempotencyKeyRow, IdempotencyKeyRow.body),
    ):
        held = or_(*(cast(told, String).contains(one) for one in (clip_id, clip.sha256)))
        session.execute(delete(table).where(held).execution_options(synchronize_session=False))
    session.expunge_all()
    for statement in _deletions(clip_id):
        session.connection().execute(statement)
    for entity, column in ((TermLabel, TermLabel.term_id), (Term, Term.id), (Change, Change.key)):
        gone = delete(entity).where(column.in_(terms))
        session.execute(gone.execution_options(synchronize_session=False))


def _deletions(clip_id: str) -> Iterator[Any]:
    """Of all tables that belong to clips by their foreign keys: who refers to others goes first."""
    clips = Clip.__table__
    own = {clips: clips.c["id"] == clip_id}
    tables: Sequence[Table] = Base.metadata.sorted_tables
    for table in tables:
        keys = [
            (column, key.column)
            for column in table.c
            for key in column.foreign_keys
            if key.column.table in own and table is not clips
        ]
        if keys:
            own[table] = or_(
                *(
                    column == clip_id
                    if other.table is clips
                    else column.in_(select(other).where(own[other.table]))
                    for column, other in keys
                )
            )
    for table in reversed(tables):
        if table in own:
            yield delete(table).where(own[table])


def _only_its_own(session: Session, clip_id: str) -> list[str]:
    """Ids of terms that nothing else has, and that nobody gave a place in the vocabulary."""
    mine = union(
        *(select(one.term_id).where(one.clip_id == clip_id) for one in (ClipTerm, MarkerTerm))
    )
    used = [
        exists().where(MarkerTerm.term_id == Term.id, MarkerTerm.clip_id != clip_id),
        exists().where(ClipTerm.term_id == Term.id, ClipTerm.clip_id != clip_id),
        exists().where(ArticleTerm.term_id == Term.id),
        exists().where(or_(TermBroader.term_id == Term.id, TermBroader.broader_id == Term.id)),
    ]
    found = session.scalars(
        select(Term.id).where(Term.id.in_(mine), Term.scope_note == "", *(~one for one in used))
    ).all()
    merged = set(session.scalars(select(Term.merged_into).where(Term.merged_into.in_(found))))
    return [one for one in found if one not in merged]


def _close_gaps(session: Session, clip_id: str) -> None:
    item = CollectionItem
    rows = session.execute(
        select(item.collection_id, item.place).where(item.clip_id == clip_id, item.place > 0)
    ).all()
    for collection_id, place in rows:
        session.execute(
            update(item)
            .where(item.collection_id == collection_id, item.place > place)
            .values(place=item.place - 1)
            .execution_options(synchronize_session=False)
        )


def _forget_history(session: Session, clip: Clip) -> None:
    """Its own entries, and those of others that name it."""
    keys = [
        select(table.id).where(table.clip_id == clip.id)
        for table in (TrackRow, ArticleLink, Sighting)
    ]
    named = [
        func.coalesce(cast(value, String), "").contains(clip.id)
        for value in (Change.before, Change.after)
    ]
    told = and_(Change.kind == "collection", or_(*named))
    gone = or_(Change.key.contains(clip.id), told, *(Change.key.in_(one) for one in keys))
    session.execute(delete(Change).where(gone).execution_options(synchronize_session=False))


# --- files ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Remains:
    """Files of a purged clip that are still to be removed."""

    clip_id: str
    sha256: str
    masters: tuple[tuple[str, bytes], ...]
    """(absolute path of the root, name below it)."""


def to_erase(session: Session) -> list[Remains]:
    rows = session.scalars(select(TombstoneRow).where(TombstoneRow.erased_at.is_(None)).limit(100))
    return [
        Remains(
            row.clip_id,
            row.sha256,
            tuple((root, base64.b64decode(path)) for root, path in row.paths),
        )
        for row in rows
    ]


def erased(session: Session, clip_id: str, masters: str | None) -> None:
    """Its files are gone; `masters` says what became of these, if they were to go."""
    row = session.get(TombstoneRow, clip_id, with_for_update=True)
    if row is None:
        raise NotFoundError("tombstone", clip_id)
    row.erased_at, row.paths, row.masters = utc_now(), [], masters or row.masters
