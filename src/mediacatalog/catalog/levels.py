"""Close a clip, open it again, and let somebody see the clips of a collection.

Whatever closes or opens one does it here: commands, pages and the API. That a sealed clip is
unsealed by two, one who asks and another one who confirms, is kept by `close` and `confirm`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mediacatalog.catalog import accounts, changes, holdings, sharing
from mediacatalog.catalog.account_models import Account
from mediacatalog.catalog.accounts import ADMIN, ARCHIVIST
from mediacatalog.catalog.collection_models import CollectionItem, CollectionRow
from mediacatalog.catalog.sight import EMBARGO, LEVELS, OPEN, RESTRICTED, SEALED
from mediacatalog.catalog.sight_models import ClipAccess, Grant, Unsealing
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.changes import Json

FIELD = "access"
REACHES = (RESTRICTED, SEALED)


@dataclass(frozen=True, slots=True)
class Asked:
    """That a sealed clip be seen by more people: it waits for another one to confirm it."""

    level: str
    until: datetime | None
    reason: str
    asked_by: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Access:
    """Who may see a clip; `reason`, `set_by` and `set_at` are empty where it was always open."""

    level: str = OPEN
    until: datetime | None = None
    reason: str = ""
    set_by: str = ""
    set_at: datetime | None = None
    unsealing: Asked | None = None

    @property
    def is_closed(self) -> bool:
        """An embargo that is over closes nothing any more."""
        return self.level != OPEN and (self.until is None or self.until > utc_now())

    @property
    def edition(self) -> str:
        """Another one after every change."""
        moments = (self.set_at, self.unsealing.asked_at if self.unsealing else None)
        return " ".join([self.level, *(one.isoformat() if one else "-" for one in moments)])


def of_clip(session: Session, clip_id: str) -> Access:
    """By its full id."""
    row, asked = session.get(ClipAccess, clip_id), session.get(Unsealing, clip_id)
    return Access() if row is None else _shown(row, asked)


def _shown(row: ClipAccess, asked: Unsealing | None) -> Access:
    waits = None
    if asked is not None:
        waits = Asked(asked.level, asked.until, asked.reason, asked.asked_by, asked.asked_at)
    return Access(row.level, row.until, row.reason, row.set_by, row.set_at, waits)


def close(
    session: Session,
    clip_id: str,
    level: str,
    *,
    until: datetime | None = None,
    reason: str = "",
    actor: str,
) -> Access:
    """Give a clip one of `sight.LEVELS`; `until` is when an embargo ends. What it is then.

    A sealed clip stays sealed until `confirm`; where nobody has an account there is nobody else who
    could, so that it is unsealed at once. Either way it takes a reason.

    Raises NotFoundError, InvalidValueError.
    """
    clip = holdings.clip(session, clip_id)
    until = until.astimezone(UTC) if until else None
    _check(level, until)
    row = session.get(ClipAccess, clip.id, with_for_update=True)
    now = (row.level, row.until) if row else (OPEN, None)
    if now == (level, until):
        return of_clip(session, clip.id)
    if row is not None and row.level == SEALED:
        if not reason.strip():
            raise InvalidValueError("reason", "is needed to unseal a clip")
        if accounts.are_there(session):
            return _ask(session, row, Asked(level, until, reason, actor, utc_now()))
    return _set(session, clip.id, row, Access(level, until, reason, actor, utc_now()))


def _check(level: str, until: datetime | None) -> None:
    if level not in LEVELS:
        raise InvalidValueError("level", f"is one of {', '.join(LEVELS)}")
    if (level == EMBARGO) != (until is not None):
        raise InvalidValueError("until", "is given with an embargo, and only with one")
    if until is not None and until <= utc_now():
        raise InvalidValueError("until", "is past")


def _set(session: Session, clip_id: str, row: ClipAccess | None, wanted: Access) -> Access:
    before = _told(row.level, row.until) if row else OPEN
    changes.record(
        session, actor=wanted.set_by, kind="clip", key=clip_id, field=FIELD, before=before,
        after=_told(wanted.level, wanted.until), reason=wanted.reason,
    )  # fmt: skip
    found = _put(session, clip_id, row, wanted)
    session.flush()
    sharing.tighten(session, clip_id)
    holdings.touch(session, [clip_id])
    return found


def _put(session: Session, clip_id: str, row: ClipAccess | None, wanted: Access) -> Access:
    """Without the history."""
    if wanted.level == OPEN:
        if row is not None:
            session.delete(row)
        return Access()
    row = row or ClipAccess(clip_id=clip_id)
    row.level, row.until, row.reason = wanted.level, wanted.until, wanted.reason
    row.set_by, row.set_at = wanted.set_by, wanted.set_at or utc_now()
    session.add(row)
    return wanted


def _told(level: str, until: datetime | None) -> str:
    return f"{level} until {until.isoformat()}" if until else level


# --- unsealing: one asks, another one confirms ----------------------------------------------------

UNSEALING = "unsealing"


def _ask(session: Session, row: ClipAccess, wanted: Asked) -> Access:
    """What was asked before is forgotten: it may have been something else."""
    account = _account(session, wanted.asked_by)
    asked = session.get(Unsealing, row.clip_id)
    before = _told(asked.level, asked.until) if asked else None
    changes.record(
        session, actor=account.name, kind="clip", key=row.clip_id, field=UNSEALING, before=before,
        after=_told(wanted.level, wanted.until), reason=wanted.reason,
    )  # fmt: skip
    asked = asked or Unsealing(clip_id=row.clip_id)
    asked.level, asked.until, asked.reason = wanted.level, wanted.until, wanted.reason
    asked.account_id, asked.asked_by, asked.asked_at = account.id, account.name, wanted.asked_at
    session.add(asked)
    session.flush()
    return _shown(row, asked)


def confirm(session: Session, clip_id: str, *, actor: str) -> Access:
    """Unseal a clip as somebody else asked. Raises NotFoundError, InvalidValueError."""
    row, asked = _asked(session, clip_id)
    account = _account(session, actor)
    if account.id == asked.account_id:
        raise InvalidValueError(UNSEALING, "is confirmed by another one than who asked for it")
    _account(session, asked.asked_by)  # who may no longer do it asked in vain
    _check(asked.level, asked.until)
    reason = f"{asked.asked_by} asked: {asked.reason}"
    wanted = Access(asked.level, asked.until, reason, account.name, utc_now())
    session.delete(asked)
    return _set(session, row.clip_id, row, wanted)


def withdraw(session: Session, clip_id: str, *, actor: str) -> Access:
    """Let a clip be sealed as it is, whoever asked. Raises NotFoundError, InvalidValueError."""
    row, asked = _asked(session, clip_id)
    changes.record(
        session, actor=actor, kind="clip", key=row.clip_id, field=UNSEALING,
        before=_told(asked.level, asked.until), after=None,
    )  # fmt: skip
    session.delete(asked)
    session.flush()
    return _shown(row, None)


def _asked(session: Session, clip_id: str) -> tuple[ClipAccess, Unsealing]:
    clip = holdings.clip(session, clip_id)
    row = session.get(ClipAccess, clip.id, with_for_update=True)
    asked = session.get(Unsealing, clip.id)
    if row is None or asked is None:
        raise InvalidValueError(UNSEALING, "is asked for by nobody")
    return row, asked


def _account(session: Session, name: str) -> Account:
    """Of who unseals: a command at the machine proves of nobody who they are."""
    account = session.scalar(select(Account).where(Account.name_key == accounts.name_key(name)))
    may = account is not None and account.active and account.role in (ARCHIVIST, ADMIN)
    if account is None or not may:
        raise InvalidValueError(
            UNSEALING,
            f"takes two accounts of archivists or admins, on the clip's page or by the API; "
            f"{name!r} is none",
        )
    return account


# --- taking back ----------------------------------------------------------------------------------


def current(session: Session, field: str, slots: Sequence[tuple[str, str]]) -> Mapping[Any, Json]:
    """For `fields`. A sealed clip has none: nothing unseals it by the way."""
    del field
    ids = [key for key, _ in slots]
    rows = session.scalars(select(ClipAccess).where(ClipAccess.clip_id.in_(ids)))
    known = {row.clip_id: row for row in rows}
    return {
        (one, ""): _told(known[one].level, known[one].until) if one in known else OPEN
        for one in ids
        if one not in known or known[one].level != SEALED
    }


def put(
    session: Session, field: str, values: Mapping[tuple[str, str], Json], actor: str
) -> Sequence[str]:
    """For `fields`."""
    del field
    for (clip_id, _), told in values.items():
        level, _, moment = str(told).partition(" until ")
        until = datetime.fromisoformat(moment) if moment else None
        row = session.get(ClipAccess, clip_id, with_for_update=True)
        _put(session, clip_id, row, Access(level, until, "taken back", actor, utc_now()))
        session.flush()
        sharing.tighten(session, clip_id)
    return [clip_id for clip_id, _ in values]


# --- grants ---------------------------------------------------------------------------------------


def grant(session: Session, name: str, collection_id: str, reach: str, *, actor: str) -> None:
    """Let an account see what is closed in a collection: `restricted`, or `sealed`, too.

    An empty reach takes it back. Raises NotFoundError, InvalidValueError.
    """
    account = session.scalar(select(Account).where(Account.name_key == accounts.name_key(name)))
    if account is None:
        raise NotFoundError("account", name)
    collection = session.get(CollectionRow, collection_id)
    if collection is None or collection.removed:
        raise NotFoundError("collection", collection_id)
    if reach and reach not in REACHES:
        raise InvalidValueError("reach", f"is one of {', '.join(REACHES)}")
    row = session.get(Grant, (account.id, collection.id), with_for_update=True)
    before = row.reach if row else None
    if before == (reach or None):
        return
    changes.record(
        session, actor=actor, kind="grant", key=account.id, field=collection.id, before=before,
        after=reach or None,
    )  # fmt: skip
    if row is not None and not reach:
        session.delete(row)
    else:
        row = row or Grant(account_id=account.id, collection_id=collection.id)
        row.reach, row.granted_by, row.granted_at = reach, actor, utc_now()
        session.add(row)
    session.flush()
    inside = CollectionItem.clip_id == ClipAccess.clip_id
    closed = select(ClipAccess.clip_id).join(CollectionItem, inside)
    holdings.touch_found(session, closed.where(CollectionItem.collection_id == collection.id))


@dataclass(frozen=True, slots=True)
class Granted:
    """That an account sees what is closed in a collection."""

    account: str
    collection_id: str
    collection: str
    reach: str
    granted_by: str
    granted_at: datetime


def grants(session: Session, *, name: str = "", collection_id: str = "") -> list[Granted]:
    """By account and collection; none of collections that are removed. Raises NotFoundError."""
    query = (
        select(Account.name, CollectionRow.id, CollectionRow.name.label("called"), Grant)
        .join_from(Grant, Account, Account.id == Grant.account_id)
        .join(CollectionRow, CollectionRow.id == Grant.collection_id)
        .where(CollectionRow.removed.is_(False))
        .order_by(Account.name_key, CollectionRow.name, CollectionRow.id)
    )
    if name:
        key = accounts.name_key(name)
        if session.scalar(select(Account.id).where(Account.name_key == key)) is None:
            raise NotFoundError("account", name)
        query = query.where(Account.name_key == key)
    if collection_id:
        query = query.where(CollectionRow.id == collection_id)
    return [
        Granted(
            row.name, row.id, row.called, row.Grant.reach, row.Grant.granted_by,
            row.Grant.granted_at,
        )
        for row in session.execute(query)
    ]  # fmt: skip
