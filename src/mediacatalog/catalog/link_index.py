"""The index of links: which articles, and which clips, have a key.

A key that has become common is entered no more and finds nothing any more, so that a look-up costs
the same however large the archive is.
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from mediacatalog.catalog.context_models import LinkDocument, LinkKey
from mediacatalog.catalog.database import insert_into

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy.orm import Session

ARTICLES, CLIPS = "a", "c"
CHUNK = 500
"""Keys of one question."""


def digest(key: str) -> int:
    """64 bits of a key, signed: as databases keep integers."""
    made = hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(made, "big", signed=True)


def put(
    session: Session, side: str, owner: str, keys: Sequence[str], limit: Callable[[str], int]
) -> None:
    """Enter an owner under its keys, instead of those that it had; common keys are left out."""
    forget(session, owner)
    by_number = {digest(key): key for key in keys}
    have = _counts(session, side, by_number)
    rare = [number for number, key in by_number.items() if have.get(number, 0) < limit(key)]
    for chunk in _chunks(sorted(rare)):
        rows = [{"key": number, "side": side, "owner": owner} for number in chunk]
        session.execute(insert_into(session, LinkKey).on_conflict_do_nothing(), rows)
    packed = struct.pack(f"<{len(rare)}q", *rare)
    session.add(LinkDocument(owner=owner, side=side, packed=packed))
    session.flush()


def forget(session: Session, owner: str) -> None:
    """Take an owner out of the index."""
    known = session.get(LinkDocument, owner)
    if known is None:
        return
    numbers = struct.unpack(f"<{len(known.packed) // 8}q", known.packed)
    for chunk in _chunks(numbers):
        session.execute(
            delete(LinkKey)
            .where(LinkKey.key.in_(chunk), LinkKey.side == known.side, LinkKey.owner == owner)
            .execution_options(synchronize_session=False)
        )
    session.delete(known)
    session.flush()


def counts(session: Session, side: str, keys: Iterable[str]) -> dict[str, int]:
    """How many owners each of these keys has; keys without any are left out."""
    by_number = {digest(key): key for key in keys}
    return {by_number[n]: count for n, count in _counts(session, side, by_number).items()}


def owners(
    session: Session, side: str, keys: Sequence[str], limit: Callable[[str], int]
) -> dict[str, list[str]]:
    """Whom the rare ones of these keys find: by owner, the keys that found it."""
    by_number = {digest(key): key for key in keys}
    have = _counts(session, side, by_number)
    rare = [number for number, count in have.items() if count < limit(by_number[number])]
    found: dict[str, list[str]] = {}
    for chunk in _chunks(rare):
        rows = session.execute(
            select(LinkKey.key, LinkKey.owner).where(LinkKey.key.in_(chunk), LinkKey.side == side)
        )
        for key, owner in rows:
            found.setdefault(owner, []).append(by_number[key])
    return found


def _counts(session: Session, side: str, numbers: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for chunk in _chunks(list(numbers)):
        rows = session.execute(
            select(LinkKey.key, func.count())
            .where(LinkKey.key.in_(chunk), LinkKey.side == side)
            .group_by(LinkKey.key)
        )
        found.update((key, count) for key, count in rows)
    return found


def _chunks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(numbers), CHUNK):
        yield numbers[at : at + CHUNK]
