"""How often a name or an address may try to sign in, counted in the database for all processes."""

from __future__ import annotations

import hashlib
import ipaddress
import math
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import case, delete

from mediacatalog.catalog.account_models import SignInCount
from mediacatalog.catalog.database import insert_into
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

WINDOW = timedelta(minutes=15)
"""From the first try; then it is counted anew."""
MOST = {"name": 10, "address": 50}
"""Tries within it. Many people may share an address."""


def keys(name: str, address: str) -> tuple[str, str]:
    """The two that a try counts for.

    Digests: a password is now and then typed as the name. Of IPv6 the network that a home gets.
    """
    try:
        found = ipaddress.ip_address(address)
        if found.version == 6:
            address = str(ipaddress.ip_network((found, 64), strict=False))
    except ValueError:
        pass
    return (_key("name", name), _key("address", address))


def _key(kind: str, value: str) -> str:
    return f"{kind}:{hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()}"


def take(session: Session, of: Iterable[str]) -> int:
    """Count one try for each; seconds to wait if there were too many, else 0.

    One statement counts and tells, so that tries at the same time can't all be the last one.
    """
    now = utc_now()
    cutoff = now - WINDOW
    wait = 0
    for key in sorted(of):
        is_past = SignInCount.since < cutoff
        counted = (
            insert_into(session, SignInCount)
            .values(key=key, tries=1, since=now)
            .on_conflict_do_update(
                index_elements=["key"],
                set_={
                    "tries": case((is_past, 1), else_=SignInCount.tries + 1),
                    "since": case((is_past, now), else_=SignInCount.since),
                },
            )
            .returning(SignInCount.tries, SignInCount.since)
        )
        row = session.execute(counted).one()
        if row.tries > MOST[key.partition(":")[0]]:
            wait = max(wait, math.ceil((row.since + WINDOW - now).total_seconds()), 1)
    return wait


def forgive(session: Session, of: Iterable[str]) -> None:
    """It was the right one: the name begins anew, the address has one try back."""
    for key in sorted(of):
        row = session.get(SignInCount, key, with_for_update=True)
        if row is None:
            continue
        row.tries = 0 if key.startswith("name:") else max(row.tries - 1, 0)
    session.execute(delete(SignInCount).where(SignInCount.since < utc_now() - WINDOW))
