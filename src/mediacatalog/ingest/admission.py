"""From a path to a clip: its bytes are fingerprinted, and must stay so while they are read.

A clip is its bytes. So a sighting is tied to the clip of its SHA-256 before anything else, and what
a stage read counts only if the file is still the one that was fingerprinted.
"""

from __future__ import annotations

import functools
import os
from dataclasses import astuple
from typing import TYPE_CHECKING, Any, TypeVar

from mediacatalog.catalog import claims, holdings, stages
from mediacatalog.errors import PurgedBytesError, UnreadableMediaError
from mediacatalog.media import fingerprint
from mediacatalog.values import Source, State

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.models import Clip, Sighting

T = TypeVar("T")

RECORDED_BYTES = 64 << 20
"""A smaller file is read again as fast as a record of its digest is written."""
TAKE_AWAY = "take the file away, or ignore it: the catalogue leaves it where it is"


def admit(
    catalogue: Catalogue,
    sighting_id: str,
    fence: int,
    step: Callable[[str, Callable[[], Any]], Any],
    then: Callable[[Session, Sighting, Clip, os.stat_result | None], T],
) -> T | None:
    """Fingerprint a sighting and tie it to its clip: what `then` makes of both, or None.

    `then` is called in the transaction that ties them, with the file's status. The digest of a
    large file goes by `step`, which may record it. None when the file is gone, empty, unreadable or
    changed meanwhile, or when the same bytes are being read at another path; the sighting's state
    then says so.
    """
    with catalogue.writing() as session:
        one = claims.claimed(session, sighting_id, fence)
        path, byte_count = holdings.path_of(session, one), one.byte_count
        if one.clip_id is not None and _waits(session, one, one.clip_id):
            return None
    digest = functools.partial(_digest, path)
    found = step("fingerprint", digest) if byte_count >= RECORDED_BYTES else digest()
    if len(found) == 1:
        _refuse(catalogue, sighting_id, fence, path, *found)
        return None
    try:
        now = status(path)
        return _tie(
            catalogue,
            sighting_id,
            fence,
            Source(*found),
            lambda session, one, clip: then(session, one, clip, now),
        )
    except PurgedBytesError as error:
        _keep_out(catalogue, sighting_id, fence, error.reason)
        return None


def _digest(path: Path) -> list[Any]:
    """The fields of the file's Source, or why there is none: what can be recorded."""
    try:
        return list(astuple(fingerprint.fingerprint(path)))
    except UnreadableMediaError as error:
        return [error.reason]


def _tie(
    catalogue: Catalogue,
    sighting_id: str,
    fence: int,
    source: Source,
    then: Callable[[Session, Sighting, Clip], T],
) -> T | None:
    with catalogue.writing() as session:
        one = claims.claimed(session, sighting_id, fence)
        one.byte_count, one.mtime_ns = source.byte_count, source.mtime_ns
        if source.byte_count == 0:
            holdings.set_state(one, State.QUARANTINED, "the file is empty (0 bytes)")
            stages.part(session, one)
            return None
        before = one.clip_id
        clip = holdings.clip_of_bytes(session, source)
        one.clip_id = clip.id
        session.flush()
        if before is not None and before != clip.id:
            stages.settle(session, holdings.clip(session, before))
        if _waits(session, one, clip.id):
            return None
        return then(session, one, clip)


def _keep_out(catalogue: Catalogue, sighting_id: str, fence: int, reason: str) -> None:
    """Of bytes that were purged; a clip that the file was before it was replaced is without it."""
    with catalogue.writing() as session:
        one = claims.claimed(session, sighting_id, fence)
        before, one.clip_id = one.clip_id, None
        holdings.set_state(one, State.QUARANTINED, reason, next_step=TAKE_AWAY)
        session.flush()
        if before is not None:
            stages.settle(session, holdings.clip(session, before))


def _waits(session: Session, one: Sighting, clip_id: str) -> bool:
    """Let the sighting wait if the same bytes are being read at another path."""
    other = claims.is_being_read(session, clip_id, one.id)
    if other is not None:
        claims.wait_for(one, other)
    return other is not None


def _refuse(catalogue: Catalogue, sighting_id: str, fence: int, path: Path, reason: str) -> None:
    with catalogue.writing() as session:
        one = claims.claimed(session, sighting_id, fence)
        if not os.path.lexists(path):
            holdings.set_state(one, State.OFFLINE, "the file went away before it was read")
            session.flush()
            if one.clip_id is not None:
                stages.settle(session, holdings.clip(session, one.clip_id))
        elif "changed" in reason:
            holdings.set_state(one, State.ARRIVING, reason)
        else:
            holdings.set_state(one, State.QUARANTINED, reason)
            stages.part(session, one)


def status(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:
        return None


def is_held(one: Sighting, status: os.stat_result | None) -> bool:
    """Whether what a stage read were the clip's bytes: the file is as when fingerprinted."""
    as_it_was = (one.byte_count, one.mtime_ns)
    return status is not None and (status.st_size, status.st_mtime_ns) == as_it_was


def give_up(session: Session, one: Sighting, status: os.stat_result | None) -> str:
    """Of a file that changed or went while it was read; returns what happened."""
    if status is None:
        holdings.set_state(one, State.OFFLINE, "the file went away while it was read")
    else:
        holdings.set_state(one, State.ARRIVING, "it changed while it was read")
    session.flush()
    if one.clip_id is not None:
        stages.settle(session, holdings.clip(session, one.clip_id))
    what = "went away" if status is None else "changed"
    return f"the file of sighting {one.id} {what} while it was read"
