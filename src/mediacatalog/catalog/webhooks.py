"""Webhooks: addresses that are told of what changes, each from its place in the feed.

The place moves on when a delivery was taken, so that one that fails, or a worker that dies over it,
is tried again from there: each change is told at least once, in order.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import Integer, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog import change_feed, changes
from mediacatalog.catalog.base import Base
from mediacatalog.catalog.sight import Sight
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

SEES: Mapping[str, Sight | None] = {
    "open": Sight("", restricted=False),
    "restricted": Sight("", restricted=True),
    "all": None,
}
"""Of which clips one may be told: open ones; what archivists see, too; or sealed ones, too."""
MOST = 20
LONGEST_URL = 2000
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
GIVEN_UP_AFTER = 100
"""Failures in a row: about four days. Then somebody has to say that it's good again."""


class WebhookRow(Base):
    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)
    """Signs deliveries, so it can't be kept as a digest."""
    sees: Mapped[str] = mapped_column(String(16))
    """One of SEES: of which clips it is told."""
    position: Mapped[str] = mapped_column(Text)
    """In the feed, behind what was taken."""
    failures: Mapped[int] = mapped_column(Integer, default=0)
    """In a row."""
    said: Mapped[str] = mapped_column(Text, default="")
    """Why the last delivery wasn't taken."""
    next_try_at: Mapped[datetime] = mapped_column(default=utc_now)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


@dataclass(frozen=True, slots=True)
class Webhook:
    id: str
    url: str
    sees: str
    position: str
    failures: int
    said: str
    next_try_at: datetime

    @property
    def state(self) -> str:
        if self.failures >= GIVEN_UP_AFTER:
            return "given up"
        return "waits" if self.failures else "good"


def add(session: Session, url: str, *, sees: str = "open") -> tuple[Webhook, str]:
    """A new one, told of what comes from now on; and its secret. Raises InvalidValueError."""
    if sees not in SEES:
        raise InvalidValueError("sees", f"is one of {', '.join(SEES)}")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > LONGEST_URL:
        raise InvalidValueError("url", "is no address that begins with http:// or https://")
    if parts.username or parts.password or not url.isascii() or not url.isprintable():
        raise InvalidValueError("url", "holds a name, a password or letters that none has")
    if len(listed(session)) >= MOST:
        raise InvalidValueError("url", f"would be one more than {MOST} webhooks")
    row = WebhookRow(
        id=secrets.token_hex(6),
        url=url,
        sees=sees,
        secret=secrets.token_urlsafe(32),
        position=str(change_feed.end(session)),
        failures=0,
        said="",
        next_try_at=utc_now(),
    )
    session.add(row)
    session.flush()
    _record(session, row, None, url)
    return _shown(row), row.secret


def listed(session: Session) -> list[Webhook]:
    return [_shown(row) for row in session.scalars(select(WebhookRow).order_by(WebhookRow.id))]


def remove(session: Session, webhook_id: str) -> None:
    """Raises NotFoundError."""
    row = _row(session, webhook_id)
    _record(session, row, row.url, None)
    session.delete(row)


def again(session: Session, webhook_id: str) -> None:
    """Try it at once, also one that was given up. Raises NotFoundError."""
    row = _row(session, webhook_id)
    row.failures, row.next_try_at = 0, utc_now()


def due(session: Session) -> list[tuple[Webhook, str]]:
    """Those whose time has come, with their secrets."""
    rows = session.scalars(
        select(WebhookRow)
        .where(WebhookRow.next_try_at <= utc_now(), WebhookRow.failures < GIVEN_UP_AFTER)
        .order_by(WebhookRow.next_try_at)
    )
    return [(_shown(row), row.secret) for row in rows]


def was_taken(session: Session, webhook_id: str, position: str) -> None:
    """It knows everything up to there."""
    row = session.get(WebhookRow, webhook_id, with_for_update=True)
    if row is not None:
        row.position, row.failures, row.said = position, 0, ""


def was_refused(session: Session, webhook_id: str, why: str) -> None:
    """Try again after a pause that doubles, up to an hour."""
    row = session.get(WebhookRow, webhook_id, with_for_update=True)
    if row is not None:
        pause = min(FIRST_PAUSE * 2 ** min(row.failures, 20), LONGEST_PAUSE)
        row.failures, row.said, row.next_try_at = row.failures + 1, why[:500], utc_now() + pause


def _row(session: Session, webhook_id: str) -> WebhookRow:
    row = session.get(WebhookRow, webhook_id, with_for_update=True)
    if row is None:
        raise NotFoundError("webhook", webhook_id)
    return row


def _shown(row: WebhookRow) -> Webhook:
    return Webhook(**{name: getattr(row, name) for name in Webhook.__dataclass_fields__})


def _record(session: Session, row: WebhookRow, before: str | None, after: str | None) -> None:
    changes.record(
        session, actor=changes.LOCAL, kind="webhook", key=row.id, field="url", before=before,
        after=after,
    )  # fmt: skip
