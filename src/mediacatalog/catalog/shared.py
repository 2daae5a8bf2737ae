"""What somebody with a link is shown, and that they looked.

The one place where clips are shown to who may not see them: whoever might, chose to. So a link is
asked anew at every request for whether it still holds, and of a clip nothing is told but what a
link is for: a rendition, its captions, its stills, its warnings. Places, serial numbers, uploaders,
names of files and what people noted aren't among it.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import func, select

from mediacatalog.captions import telemetry
from mediacatalog.catalog import accounts, care, files, holdings, sharing, sight, tracks
from mediacatalog.catalog.collection_models import CollectionItem, CollectionRow
from mediacatalog.catalog.frames import ms_of
from mediacatalog.catalog.share_models import Share, ShareItem, ShareView
from mediacatalog.errors import NotFoundError
from mediacatalog.values import Ms, new_id, utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.models import Clip
    from mediacatalog.values import Cue

READ = ("caption", "subtitle")
"""Kinds of tracks that an outsider gets."""
ONE_VIEW = timedelta(minutes=30)
"""Who comes again within this time is still looking."""
NOTED_EVERY = timedelta(minutes=1)
"""A film is asked for in hundreds of parts: they are noted no more exactly than this."""
MOST_VIEWS = 10_000
"""Of one link: it can't fill the disk."""
LONGEST_AGENT = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """One clip of a link, as far as it is told."""

    number: int
    clip_id: str
    title: str
    """What people called it, if the link tells that; else empty."""
    state: str
    progress: float
    width: int
    height: int
    stills: int
    warnings: tuple[str, ...]
    """Kinds of what a viewer is warned of."""
    tracks: tuple[tracks.Shown, ...]
    start_ms: int
    end_ms: int
    """The part, in milliseconds from the clip's first frame."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that holds now."""

    id: str
    title: str
    description: str
    password: str
    """Argon2id, or empty."""
    is_part: bool
    is_collection: bool
    gives_original: bool
    expires_at: datetime
    items: tuple[Shown, ...]

    def item(self, number: int) -> Shown:
        """Raises NotFoundError."""
        for one in self.items:
            if one.number == number:
                return one
        raise NotFoundError("clip of the link", f"{number}")


@sight.for_all
def opened(session: Session, token: str) -> Opened | None:
    """The link of this token, if it holds now; None for any other text."""
    row = _known(session, token)
    if row is None:
        return None
    shown = _items(session, row)
    if not shown:
        return None
    return Opened(
        row.id, row.title, row.description, row.password, row.start_ms is not None,
        row.collection_id is not None, row.gives_original, row.expires_at, tuple(shown),
    )  # fmt: skip


@sight.for_all
def holds(session: Session, token: str, number: int) -> bool:
    """Whether a clip of the link may still be served."""
    row = _known(session, token)
    return row is not None and any(
        item.number == number for item, _ in _alive(session, row, utc_now())
    )


def _known(session: Session, token: str) -> Share | None:
    key, _, secret = token.partition("_")
    row = session.get(Share, key) if len(key) <= 16 else None
    digest = hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
    fits = hmac.compare_digest(digest, row.digest if row is not None else "0" * 64)
    if row is None or not fits or row.revoked_at is not None or row.expires_at <= utc_now():
        return None
    return row


def _alive(session: Session, row: Share, now: datetime) -> list[tuple[ShareItem, Clip]]:
    """Clips that are as open as they were, and still lie in the collection."""
    every = sharing.items(session, row.id)
    levels = sight.levels_of(session, [item.clip_id for item in every])
    inside = _inside(session, row.collection_id) if row.collection_id else None
    return [
        (item, holdings.clip(session, item.clip_id))
        for item in every
        if item.ended_at is None
        and sharing.reaches(item, levels.get(item.clip_id), now)
        and (inside is None or item.clip_id in inside)
    ]


def _inside(session: Session, collection_id: str) -> set[str]:
    found = session.scalars(
        select(CollectionItem.clip_id)
        .join(CollectionRow, CollectionRow.id == CollectionItem.collection_id)
        .where(
            CollectionItem.collection_id == collection_id,
            CollectionItem.place > 0,
            CollectionRow.removed.is_(False),
        )
    )
    return set(found)


def _items(session: Session, row: Share) -> list[Shown]:
    alive = _alive(session, row, utc_now())
    cared = care.of_clips(session, [item.clip_id for item, _ in alive])
    found = []
    for item, clip in alive:
        start, end = _part(item, clip)
        warned = [
            one.kind
            for one in cared[item.clip_id].warnings
            if item.start_pts is None or one.touches(start, end)
        ]
        found.append(
            Shown(
                number=item.number,
                clip_id=item.clip_id,
                title=(clip.title or "") if row.tells_titles else "",
                state=item.state,
                progress=item.progress,
                width=item.width,
                height=item.height,
                stills=item.stills,
                warnings=tuple(dict.fromkeys(warned)),
                tracks=_tracks(session, item.clip_id),
                start_ms=start,
                end_ms=end,
            )
        )
    return found


def _part(item: ShareItem, clip: Clip) -> tuple[int, int]:
    last = clip.duration_ms or 0
    if item.start_pts is None or item.end_pts is None:
        return 0, last
    return ms_of(clip, item.start_pts) or 0, ms_of(clip, item.end_pts) or last


def _tracks(session: Session, clip_id: str) -> tuple[tracks.Shown, ...]:
    return tuple(
        one
        for one in tracks.of_clip(session, clip_id)
        if one.kind in READ and one.searchable and one.state == tracks.HERE
    )


# --- what is served -------------------------------------------------------------------------------


@sight.for_all
def cues(session: Session, item: Shown, number: int) -> tuple[tracks.Shown, list[Cue]]:
    """A track and its cues that mostly lie within the part, counted from its beginning.

    Cues that hold coordinates are left out. Raises NotFoundError.
    """
    if not 0 <= number < len(item.tracks):
        raise NotFoundError("captions", f"{number}")
    track = item.tracks[number]
    found = tracks.cues_of(session, track.id)
    if telemetry.recognised(found):
        return track, []
    kept = []
    for one in found:
        start, end = max(one.start_ms, item.start_ms), min(one.end_ms, item.end_ms)
        is_inside = start < end and 2 * (end - start) >= one.end_ms - one.start_ms
        if is_inside and not telemetry.tells_place(one.text):
            words = one.words if start == one.start_ms and end == one.end_ms else ()
            shifted = tuple((place, ms - item.start_ms) for place, ms in words)
            start, end = Ms(start - item.start_ms), Ms(end - item.start_ms)
            kept.append(replace(one, id=None, start_ms=start, end_ms=end, words=shifted))
    return track, kept


@sight.for_all
def film(session: Session, link: Opened, number: int) -> tuple[str, files.Master]:
    """The folder of a rendition below that of all shares, and its bytes. Raises NotFoundError."""
    row = session.get(ShareItem, (link.id, link.item(number).number))
    if row is None or row.state != "ready":
        raise NotFoundError("rendition", f"{number}")
    return row.folder, files.Master(row.sha256, row.byte_count, "mp4", ())


@sight.for_all
def original(session: Session, link: Opened, number: int) -> files.Master:
    """The master itself, where the sharer chose to give it. Raises NotFoundError."""
    if not link.gives_original or link.is_part:
        raise NotFoundError("original", f"{number}")
    return files.master(session, link.item(number).clip_id)


def is_password(link: Opened, typed: str) -> bool:
    """Whether it is the link's password. Takes its time, on purpose."""
    try:
        return PasswordHasher().verify(link.password, accounts.normal(typed))
    except (Argon2Error, InvalidHashError):
        return False


# --- who looked -----------------------------------------------------------------------------------


def network(address: str) -> str:
    """The network of an address: /24 of IPv4, /48 of IPv6; empty for what is none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    length = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network((found, length), strict=False))


def is_noted(session: Session, share_id: str, what: str, number: int, by: tuple[str, str]) -> bool:
    """Whether a look of just now says as much; `by` is network and agent."""
    row = _last(session, share_id, what, number, by)
    return row is not None and utc_now() - row.last_at < NOTED_EVERY


def note(session: Session, share_id: str, what: str, number: int, by: tuple[str, str]) -> None:
    """Somebody looked: one entry for as long as they keep looking."""
    now = utc_now()
    row = _last(session, share_id, what, number, by)
    if row is not None and now - row.last_at < ONE_VIEW:
        row.last_at = now
        return
    count = session.scalar(
        select(func.count()).select_from(ShareView).where(ShareView.share_id == share_id)
    )
    if (count or 0) < MOST_VIEWS:
        address, agent = by
        session.add(
            ShareView(
                id=new_id(), share_id=share_id, what=what, number=number, address=address,
                agent=agent, first_at=now, last_at=now,
            )
        )  # fmt: skip


def _last(
    session: Session, share_id: str, what: str, number: int, by: tuple[str, str]
) -> ShareView | None:
    with sight.everything(session):
        return session.scalar(
            select(ShareView)
            .where(
                ShareView.share_id == share_id,
                ShareView.what == what,
                ShareView.number == number,
                ShareView.address == by[0],
                ShareView.agent == by[1],
            )
            .order_by(ShareView.last_at.desc())
            .limit(1)
        )


def looker(address: str, agent: str) -> tuple[str, str]:
    """Who looks, as far as it is kept."""
    plain = "".join(one if one.isprintable() else " " for one in agent[:LONGEST_AGENT])
    return network(address), plain
