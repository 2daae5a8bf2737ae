"""Tokens by which programs call the API: hashed, scoped, expiring, shown once.

A token is `mc_<id>_<secret>`. The secret has 256 random bits, so that its SHA-256 gives nothing
away and needs no slow hash.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, Text, select, update
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog import accounts, changes, edits
from mediacatalog.catalog.account_models import Account
from mediacatalog.catalog.base import Base
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

READ, WRITE, UPLOAD = "read", "write", "upload"
SCOPES = {
    READ: "read whatever its owner may read",
    WRITE: "change what its owner may change",
    UPLOAD: "upload files",
}
ROLES = ("researcher", "reviewer", "archivist", "admin", "worker")
PREFIX = "mc"
LONGEST_NAME = 100
LONGEST_DAYS = 3660
USED_AGAIN = timedelta(hours=1)
"""When it was last used is kept no more exactly than this, and not written at every request."""


class TokenRow(Base):
    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    """What it is for."""
    owner: Mapped[str] = mapped_column(Text, index=True)
    """By whose name its changes are signed."""
    role: Mapped[str] = mapped_column(String(16))
    """At most what its owner's account has."""
    scopes: Mapped[list[Any]]
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the secret, in hexadecimal digits."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Token:
    id: str
    name: str
    owner: str
    role: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @property
    def state(self) -> str:
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= utc_now() else "good"


def create(
    session: Session, name: str, *, owner: str, role: str, scopes: Sequence[str], days: int
) -> tuple[Token, str]:
    """A new token and its text, which nobody can tell again. Raises InvalidValueError."""
    for scope in scopes:
        if scope not in SCOPES:
            raise InvalidValueError("scope", f"{scope!r} is none of {', '.join(SCOPES)}")
    if role not in ROLES:
        raise InvalidValueError("role", f"{role!r} is none of {', '.join(ROLES)}")
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidValueError("days", f"is a number from 1 to {LONGEST_DAYS}")
    _check_owner(session, owner, role)
    now, secret = utc_now(), secrets.token_urlsafe(32)
    row = TokenRow(
        id=secrets.token_hex(6),
        name=edits.line("name", name, LONGEST_NAME),
        owner=edits.line("owner", owner, LONGEST_NAME) or changes.LOCAL,
        role=role,
        scopes=sorted(set(scopes)),
        digest=hashlib.sha256(secret.encode()).hexdigest(),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(row)
    session.flush()
    _record(session, row, "created")
    return _token(row), f"{PREFIX}_{row.id}_{secret}"


def _check_owner(session: Session, name: str, role: str) -> None:
    """Where there are accounts, a token is somebody's, and may do no more than they do."""
    if not accounts.are_there(session):
        return
    owner = session.scalar(select(Account).where(Account.name_key == accounts.name_key(name)))
    if owner is None or not owner.active:
        raise InvalidValueError("owner", f"{name!r} is the name of no account that may sign in")
    if accounts.lesser(role, owner.role) != role:
        raise InvalidValueError("role", f"is more than that of {owner.name}, {owner.role}")


def known(session: Session, text: str) -> Token | None:
    """The good token of this text; None for any other text. Takes as long for all of them."""
    prefix, _, rest = text.partition("_")
    key, _, secret = rest.partition("_")
    row = session.get(TokenRow, key) if prefix == PREFIX and len(key) <= 16 else None
    digest = hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
    fits = hmac.compare_digest(digest, row.digest if row is not None else "0" * 64)
    if row is None or not fits:
        return None
    token = _token(row)
    return token if token.state == "good" else None


def was_used(session: Session, token: Token) -> None:
    """Note it, to the hour."""
    now = utc_now().replace(minute=0, second=0, microsecond=0)
    session.execute(update(TokenRow).where(TokenRow.id == token.id).values(last_used_at=now))


def is_news(token: Token) -> bool:
    """Whether its use is to be noted."""
    return token.last_used_at is None or utc_now() - token.last_used_at >= USED_AGAIN


def listed(session: Session) -> list[Token]:
    """All there ever were, the newest first; without their secrets, which nobody has."""
    rows = session.scalars(select(TokenRow).order_by(TokenRow.created_at.desc(), TokenRow.id))
    return [_token(row) for row in rows]


def revoke(session: Session, token_id: str) -> Token:
    """From now on it is good for nothing. Raises NotFoundError."""
    row = session.get(TokenRow, token_id, with_for_update=True)
    if row is None:
        raise NotFoundError("token", token_id)
    if row.revoked_at is None:
        row.revoked_at = utc_now()
        _record(session, row, "revoked")
    return _token(row)


def _token(row: TokenRow) -> Token:
    values = {name: getattr(row, name) for name in Token.__dataclass_fields__}
    return Token(**values | {"scopes": tuple(row.scopes)})


def _record(session: Session, row: TokenRow, what: str) -> None:
    told: dict[str, changes.Json] = {"name": row.name, "owner": row.owner, "role": row.role}
    changes.record(
        session,
        actor=changes.LOCAL,
        kind="token",
        key=row.id,
        field=what,
        before=None,
        after=told | {"scopes": list(row.scopes)},
    )
