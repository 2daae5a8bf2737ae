"""Tables of those who may sign in: no behaviour."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the mapping looks at it
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog.base import Base, id_column
from mediacatalog.values import utc_now


class Account(Base):
    """Somebody who may sign in. Never deleted: what they did stays signed by their name."""

    __tablename__ = "accounts"

    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(Text)
    """By which they sign in, and by which what they do is signed."""
    name_key: Mapped[str] = mapped_column(String(200), unique=True)
    """The name as it is compared."""
    role: Mapped[str] = mapped_column(String(16))
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    password: Mapped[str] = mapped_column(Text)
    """Argon2id, in the PHC format."""
    uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    """What a session names; changed with the password, which ends every session."""
    second_factor: Mapped[str | None] = mapped_column(String(16))
    """`authenticator`, or None."""
    totp_secret: Mapped[str | None] = mapped_column(Text)
    """Encrypted with a key that is made of the secret key of the data folder."""
    totp_counter: Mapped[int | None] = mapped_column(BigInteger)
    """Of the last code that was taken: no code counts twice."""
    recovery_codes: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    """Encrypted in the same way; each counts once."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class AccountSession(Base):
    """One browser in which somebody signed in."""

    __tablename__ = "account_sessions"

    id: Mapped[str] = id_column()
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of what the cookie holds."""
    address: Mapped[str] = mapped_column(String(64))
    """From which it was last used; forgotten with the session."""
    agent: Mapped[str] = mapped_column(Text)
    """What the browser calls itself."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    seen_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)


class Passkey(Base):
    """A key of WebAuthn by which somebody signs in: the public half."""

    __tablename__ = "passkeys"

    id: Mapped[str] = id_column()
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    """By which its owner knows it."""
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    """As COSE writes it."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """One that runs back is of a copy."""
    transports: Mapped[list[Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    used_at: Mapped[datetime | None]


class SignInCount(Base):
    """How often something was tried of late: a name, or an address."""

    __tablename__ = "sign_in_counts"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    tries: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime] = mapped_column(index=True)
    """When the first of them was."""
