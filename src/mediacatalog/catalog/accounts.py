"""Who may sign in, as what, and from which browsers they have.

Roles are steps: each may do what those before it may. A worker is none of them: a program that
brings footage in and reads what became of it.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher
from sqlalchemy import delete, func, select

from mediacatalog.catalog import changes
from mediacatalog.catalog.account_models import Account, AccountSession, Passkey
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.values import new_id, utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

RESEARCHER, REVIEWER, ARCHIVIST, ADMIN = STEPS = ("researcher", "reviewer", "archivist", "admin")
WORKER = "worker"
ROLES = (*STEPS, WORKER)

KIND = "account"
LONGEST_NAME = 60
LEAST_PASSWORD, LONGEST_PASSWORD = 12, 128
"""Characters."""
TAKEN = frozenset({changes.LOCAL, "machine", "watcher", "worker", "system"})
"""Names that sign what no account did."""
IDLE = timedelta(hours=12)
"""A session that wasn't used for so long has ended."""
SEEN_EVERY = timedelta(minutes=5)
LONGEST_AGENT = 200


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks."""

    name: str
    role: str
    account_id: str | None = None
    """None for whoever sits at a machine without accounts."""

    def may(self, least: str) -> bool:
        """Whether the role is at this step, or above."""
        return self.role in STEPS and STEPS.index(self.role) >= STEPS.index(least)


@dataclass(frozen=True, slots=True)
class Known:
    """An account as it is listed."""

    id: str
    name: str
    role: str
    active: bool
    second_factor: bool
    created_at: datetime
    seen_at: datetime | None
    """When it was last used in a browser that is still signed in."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session as it is listed."""

    id: str
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime


def lesser(role: str, other: str) -> str:
    """The role that may less; a worker's is beside the steps."""
    return WORKER if WORKER in (role, other) else min(role, other, key=STEPS.index)


# --- names and passwords --------------------------------------------------------------------------


def name_key(name: str) -> str:
    """What two names are compared by."""
    cleaned = name.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    return " ".join(unicodedata.normalize("NFKC", cleaned).casefold().split())


def hashed(password: str) -> str:
    """Raises InvalidValueError for one that is too short or too long."""
    plain = normal(password)
    if not LEAST_PASSWORD <= len(plain) <= LONGEST_PASSWORD:
        raise InvalidValueError(
            "password", f"has from {LEAST_PASSWORD} to {LONGEST_PASSWORD} characters"
        )
    return PasswordHasher().hash(plain)


def normal(password: str) -> str:
    """As it is hashed, however a keyboard composes its letters."""
    return unicodedata.normalize("NFKD", password)


def _name(typed: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    fine = all(unicodedata.category(letter)[0] in "LMN" or letter in " .-_@'" for letter in name)
    if not name or len(name) > LONGEST_NAME or not fine:
        raise InvalidValueError(
            "name", f"has from 1 to {LONGEST_NAME} letters, digits, spaces and . - _ @ '"
        )
    if name_key(name) in TAKEN:
        raise InvalidValueError("name", "signs what no account did")
    return name


def _role(role: str) -> str:
    if role not in ROLES:
        raise InvalidValueError("role", f"is one of {', '.join(ROLES)}")
    return role


# --- accounts -------------------------------------------------------------------------------------


def are_there(session: Session) -> bool:
    """Whether anybody was ever given an account."""
    return session.scalar(select(Account.id).limit(1)) is not None


def create(session: Session, name: str, role: str, password: str, *, actor: str) -> str:
    """A new account; returns its id. Raises InvalidValueError."""
    row = Account(
        id=new_id(), name=_name(name), name_key=name_key(name), role=_role(role),
        password=hashed(password), uniquifier=secrets.token_hex(32),
    )  # fmt: skip
    if session.scalar(select(Account.id).where(Account.name_key == row.name_key)):
        raise InvalidValueError("name", "is that of another account")
    session.add(row)
    session.flush()
    _record(session, row, "role", None, row.role, actor=actor)
    return row.id


def listed(session: Session) -> list[Known]:
    """All, by name; those that may no longer sign in, too."""
    used = session.execute(
        select(AccountSession.account_id, func.max(AccountSession.seen_at)).group_by(
            AccountSession.account_id
        )
    )
    seen = {account_id: at for account_id, at in used}  # noqa: C416 - rows aren't pairs to the types
    rows = session.scalars(select(Account).order_by(Account.name_key))
    return [
        Known(
            one.id, one.name, one.role, one.active, one.second_factor is not None,
            one.created_at, seen.get(one.id),
        )
        for one in rows
    ]  # fmt: skip


def set_role(session: Session, name: str, role: str, *, actor: str) -> None:
    """From now on, in sessions that are open, too. Raises NotFoundError, InvalidValueError."""
    row, role = _row(session, name), _role(role)
    if row.role == role:
        return
    if row.role == ADMIN:
        _keep_an_admin(session, row)
    _record(session, row, "role", row.role, role, actor=actor)
    row.role = role


def set_active(session: Session, name: str, *, active: bool, actor: str) -> None:
    """Let somebody sign in, or not; who may not is signed out at once. NotFoundError."""
    row = _row(session, name)
    if row.active == active:
        return
    if not active and row.role == ADMIN:
        _keep_an_admin(session, row)
    _record(session, row, "active", row.active, active, actor=actor)
    row.active = active
    if not active:
        _end(session, row)


def set_password(
    session: Session, name: str, password: str, *, without_second_factor: bool, actor: str
) -> None:
    """For who forgot it; signs out everywhere, and forgets all passkeys.

    Raises NotFoundError, InvalidValueError.
    """
    row = _row(session, name)
    session.execute(delete(Passkey).where(Passkey.account_id == row.id))
    row.password, row.uniquifier = hashed(password), secrets.token_hex(32)
    _record(session, row, "password", None, "set anew", actor=actor)
    if without_second_factor and row.second_factor is not None:
        row.second_factor = row.totp_secret = row.recovery_codes = row.totp_counter = None
        _record(session, row, "second factor", "on", "off", actor=actor)
    _end(session, row)


def _keep_an_admin(session: Session, row: Account) -> None:
    others = select(Account.id).where(
        Account.role == ADMIN, Account.active.is_(True), Account.id != row.id
    )
    if session.scalar(others.limit(1)) is None:
        raise InvalidValueError("role", f"of {row.name}: they are the last admin")


def _row(session: Session, name: str) -> Account:
    row = session.scalar(select(Account).where(Account.name_key == name_key(name)))
    if row is None:
        raise NotFoundError("account", name)
    return row


def _record(
    session: Session, row: Account, field: str, before: changes.Json, after: changes.Json, *,
    actor: str,
) -> None:  # fmt: skip
    changes.record(
        session, actor=actor, kind=KIND, key=row.id, field=field, before=before, after=after
    )


# --- what signing in needs ------------------------------------------------------------------------

FACTS = (
    "id", "name", "role", "active", "password", "uniquifier", "second_factor", "totp_secret",
    "totp_counter", "recovery_codes",
)  # fmt: skip
KEPT = ("password", "uniquifier", "second_factor", "totp_secret", "totp_counter", "recovery_codes")
"""What somebody changes by themselves."""


def facts(
    session: Session, *, name: str = "", uniquifier: str = "", account_id: str = ""
) -> dict[str, Any] | None:
    """FACTS of the account with this name, this uniquifier, or this id."""
    query = select(Account)
    if account_id:
        query = query.where(Account.id == account_id)
    elif uniquifier:
        query = query.where(Account.uniquifier == uniquifier)
    else:
        query = query.where(Account.name_key == name_key(name))
    row = session.scalar(query)
    return None if row is None else {one: getattr(row, one) for one in FACTS}


def keep(session: Session, account_id: str, changed: Mapping[str, Any]) -> None:
    """Keep those of KEPT that are other than before; what it was is in no history."""
    row = session.get(Account, account_id)
    if row is None:
        raise NotFoundError("account", account_id)
    if row.second_factor != changed["second_factor"]:
        said = ("off", "on") if changed["second_factor"] else ("on", "off")
        _record(session, row, "second factor", *said, actor=row.name)
    if row.uniquifier != changed["uniquifier"]:
        _record(session, row, "password", None, "changed", actor=row.name)
        _end(session, row)
    for name in KEPT:
        setattr(row, name, changed[name])


# --- sessions -------------------------------------------------------------------------------------


def begin_session(session: Session, account_id: str, address: str, agent: str) -> str:
    """What the cookie holds from now on. Sessions that nobody uses any more are forgotten."""
    past = utc_now() - IDLE
    session.execute(delete(AccountSession).where(AccountSession.seen_at < past))
    secret = secrets.token_urlsafe(32)
    session.add(
        AccountSession(
            account_id=account_id, key=_digest(secret), address=address[:64],
            agent=agent.encode("utf-8", "replace").decode().replace("\0", "")[:LONGEST_AGENT],
        )
    )  # fmt: skip
    return secret


def of_session(session: Session, secret: str) -> tuple[dict[str, Any], str, bool] | None:
    """FACTS of who is signed in by it, its id, and whether it is time to note that it is used.

    None when it has ended, or its account may not sign in.
    """
    row = session.execute(
        select(Account, AccountSession.id, AccountSession.seen_at)
        .join(Account, Account.id == AccountSession.account_id)
        .where(AccountSession.key == _digest(secret))
    ).first()
    now = utc_now()
    if row is None or not row.Account.active or row.seen_at < now - IDLE:
        return None
    found = {one: getattr(row.Account, one) for one in FACTS}
    return found, row.id, row.seen_at < now - SEEN_EVERY


def note_session(session: Session, session_id: str, address: str) -> None:
    row = session.get(AccountSession, session_id)
    if row is not None:
        row.seen_at, row.address = utc_now(), address[:64]


def sessions_of(session: Session, account_id: str) -> list[SignedIn]:
    """Those that are open, the one used last first."""
    rows = session.scalars(
        select(AccountSession)
        .where(AccountSession.account_id == account_id, AccountSession.seen_at > utc_now() - IDLE)
        .order_by(AccountSession.seen_at.desc(), AccountSession.id)
    )
    return [SignedIn(r.id, r.address, r.agent, r.created_at, r.seen_at) for r in rows]


def end_session(session: Session, account_id: str, session_id: str) -> None:
    """One of this account's. Raises NotFoundError."""
    ended = session.execute(
        delete(AccountSession).where(
            AccountSession.account_id == account_id, AccountSession.id == session_id
        )
    )
    if not ended.rowcount:  # type: ignore[attr-defined]
        raise NotFoundError("session", session_id)


def end_other_sessions(session: Session, account_id: str, but: str) -> None:
    session.execute(
        delete(AccountSession).where(
            AccountSession.account_id == account_id, AccountSession.id != but
        )
    )


def _end(session: Session, row: Account) -> None:
    session.execute(delete(AccountSession).where(AccountSession.account_id == row.id))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
