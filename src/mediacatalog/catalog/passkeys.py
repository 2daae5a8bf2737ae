"""Keys of WebAuthn by which people sign in: added, found, used, removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from mediacatalog.catalog import changes
from mediacatalog.catalog.account_models import Account, Passkey
from mediacatalog.catalog.accounts import KIND
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

FIELD = "passkey"
MOST = 20
"""Of one account."""


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    account_id: str
    name: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    created_at: datetime
    used_at: datetime | None


def of_account(session: Session, account_id: str) -> list[Key]:
    """In the order in which they were added."""
    rows = session.scalars(
        select(Passkey)
        .where(Passkey.account_id == account_id)
        .order_by(Passkey.created_at, Passkey.id)
    )
    return [_key(row) for row in rows]


def find(session: Session, credential_id: bytes) -> Key | None:
    row = session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))
    return None if row is None else _key(row)


def add(  # noqa: PLR0913 - what an authenticator tells
    session: Session,
    account_id: str,
    name: str,
    *,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    transports: Sequence[str],
) -> None:
    """Raises NotFoundError, InvalidValueError for one too many."""
    account = session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFoundError("account", account_id)
    count = select(func.count()).select_from(Passkey).where(Passkey.account_id == account_id)
    if (session.scalar(count) or 0) >= MOST:
        raise InvalidValueError("passkey", f"is one too many: an account has up to {MOST}")
    session.add(
        Passkey(
            account_id=account_id, name=name, credential_id=credential_id, public_key=public_key,
            sign_count=sign_count, transports=list(transports),
        )
    )  # fmt: skip
    _record(session, account, None, name)


def was_used(session: Session, key_id: str, sign_count: int) -> None:
    row = session.get(Passkey, key_id, with_for_update=True)
    if row is not None:
        row.sign_count, row.used_at = sign_count, utc_now()


def remove(session: Session, key_id: str) -> None:
    """It opens nothing any more."""
    row = session.get(Passkey, key_id, with_for_update=True)
    if row is not None:
        _record(session, session.get_one(Account, row.account_id), row.name, None)
        session.delete(row)


def _record(session: Session, account: Account, before: str | None, after: str | None) -> None:
    changes.record(
        session, actor=account.name, kind=KIND, key=account.id, field=FIELD, before=before,
        after=after,
    )  # fmt: skip


def _key(row: Passkey) -> Key:
    known = {name: getattr(row, name) for name in Key.__dataclass_fields__}
    return Key(**known | {"transports": tuple(row.transports)})
