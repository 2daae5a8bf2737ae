"""Close a clip, open it again, and let somebody see the clips of a collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mediacatalog.catalog import changes, holdings
from mediacatalog.catalog.account_models import Account
from mediacatalog.catalog.accounts import name_key
from mediacatalog.catalog.collection_models import CollectionRow
from mediacatalog.catalog.sight import EMBARGO, LEVELS, OPEN, RESTRICTED, SEALED
from mediacatalog.catalog.sight_models import ClipAccess, Grant
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

FIELD = "access"
REACHES = (RESTRICTED, SEALED)


def close(
    session: Session,
    clip_id: str,
    level: str,
    *,
    until: datetime | None = None,
    reason: str = "",
    actor: str,
) -> None:
    """Give a clip one of `sight.LEVELS`; `until` is when an embargo ends.

    Raises NotFoundError, InvalidValueError.
    """
    clip = holdings.clip(session, clip_id)
    if level not in LEVELS:
        raise InvalidValueError("level", f"is one of {', '.join(LEVELS)}")
    if (level == EMBARGO) != (until is not None):
        raise InvalidValueError("until", "is given with an embargo, and only with one")
    if until is not None and until <= utc_now():
        raise InvalidValueError("until", "is past")
    row = session.get(ClipAccess, clip.id, with_for_update=True)
    before = _told(row.level, row.until) if row else OPEN
    after = _told(level, until)
    if before == after:
        return
    changes.record(
        session, actor=actor, kind="clip", key=clip.id, field=FIELD, before=before, after=after,
        reason=reason,
    )  # fmt: skip
    if level == OPEN:
        session.delete(row)
    else:
        row = row or ClipAccess(clip_id=clip.id)
        row.level, row.until, row.reason = level, until, reason
        row.set_by, row.set_at = actor, utc_now()
        session.add(row)
    session.flush()
    holdings.touch(session, [clip.id])


def _told(level: str, until: datetime | None) -> str:
    return f"{level} until {until.isoformat()}" if until else level


def grant(session: Session, name: str, collection_id: str, reach: str, *, actor: str) -> None:
    """Let an account see what is closed in a collection: `restricted`, or `sealed`, too.

    An empty reach takes it back. Raises NotFoundError, InvalidValueError.
    """
    account = session.scalar(select(Account).where(Account.name_key == name_key(name)))
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
    if not reach:
        session.delete(row)
        return
    row = row or Grant(account_id=account.id, collection_id=collection.id)
    row.reach, row.granted_by, row.granted_at = reach, actor, utc_now()
    session.add(row)
