"""Renditions of shared clips: which are wanted, who is making one, and what became of it.

Each is made for one link and goes with it. Taken under a fence, like proxies.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from mediacatalog.catalog import holdings, proxies
from mediacatalog.catalog.models import ProbeRecord, Root, Sighting
from mediacatalog.catalog.share_models import Share, ShareItem
from mediacatalog.errors import FencedError
from mediacatalog.media import playable
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.models import Clip
    from mediacatalog.media.renditions import Rendition

PAUSE_SECONDS, LONGEST_PAUSE = 30, 3600
WORLD_SECONDS = 120
"""Between two tries while the world isn't well."""
MAX_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Claim:
    """A rendition that somebody is to make, with all that the catalogue knows for it."""

    share_id: str
    number: int
    fence: int
    clip_id: str
    way: str
    start_pts: int
    end_pts: int | None
    time_base: str
    lead_ms: int
    duration_ms: int
    positions: tuple[int, ...]
    mark: str
    private: tuple[str, ...]
    """Texts that must not be found in what is made."""
    attempts: int

    @property
    def key(self) -> tuple[str, int]:
        return (self.share_id, self.number)

    @property
    def name(self) -> str:
        return f"the rendition {self.folder}"

    @property
    def folder(self) -> str:
        """Where this attempt writes, below the folder of all shares."""
        return f"{self.share_id}-{self.number}-{self.fence}"


def _lives() -> ColumnElement[bool]:
    return (
        Share.revoked_at.is_(None) & (Share.expires_at > utc_now()) & ShareItem.ended_at.is_(None)
    )


def take(session: Session, owner: str) -> Claim | None:
    """The oldest that waits, taken for `owner`; None if there is none."""
    at = ShareItem.next_retry_at
    found = session.execute(
        select(ShareItem, Share)
        .join(Share, Share.id == ShareItem.share_id)
        .where(ShareItem.state == "waiting", _lives(), at.is_(None) | (at <= utc_now()))
        .order_by(Share.created_at, Share.id, ShareItem.number)
        .limit(1)
        .with_for_update(skip_locked=True, of=ShareItem)
    ).first()
    if found is None:
        return None
    item, share = found
    item.state, item.owner, item.progress = "making", owner, 0.0
    item.fence, item.attempts = item.fence + 1, item.attempts + 1
    session.flush()
    return _claim(session, item, share)


def is_wanted(session: Session) -> bool:
    query = (
        select(ShareItem.share_id)
        .join(Share, Share.id == ShareItem.share_id)
        .where(ShareItem.state == "waiting", _lives())
        .limit(1)
    )
    return session.scalar(query) is not None


def _claim(session: Session, item: ShareItem, share: Share) -> Claim:
    clip = holdings.clip(session, item.clip_id)
    begin, end = item.start_pts, item.end_pts
    first, mark = clip.start_pts or 0, share.label if share.is_marked else ""
    record = session.get(ProbeRecord, clip.id)
    facts = record.facts if record else {}
    verdict = playable.judge(facts)
    video = facts.get("video") or {}
    as_stored = video.get("codec") == "h264" and not video.get("clean_aperture")
    copied = as_stored and verdict.way in ("copy", "play") and begin is None and not mark
    positions = proxies.positions(session, clip.id)
    if begin is not None and end is not None:
        positions = tuple(one for one in positions if begin <= one < end)
    return Claim(
        share_id=item.share_id,
        number=item.number,
        fence=item.fence,
        clip_id=clip.id,
        way="copy" if copied else "encode",
        start_pts=first if begin is None else begin,
        end_pts=end,
        time_base=clip.time_base,
        lead_ms=0 if share.start_ms is None else share.start_ms,
        duration_ms=(clip.duration_ms or 0)
        if share.start_ms is None or share.end_ms is None
        else share.end_ms - share.start_ms,
        positions=positions,
        mark=mark,
        private=_private(session, clip),
        attempts=item.attempts,
    )


def _private(session: Session, clip: Clip) -> tuple[str, ...]:
    """Names of its files and folders, its digest, and where it came from."""
    rows = session.execute(
        select(Sighting.path, Root.path)
        .join(Root, Root.id == Sighting.root_id)
        .where(Sighting.clip_id == clip.id)
        .limit(50)
    )
    found = {clip.sha256, clip.id, clip.source or ""}
    for path, root in rows:
        found.add(root)
        for part in holdings.display_name(path).split("/"):
            found |= {part, part.rpartition(".")[0]}
    return tuple(sorted(found - {""}))


def _claimed(session: Session, claim: Claim) -> ShareItem:
    """Raises FencedError when it was taken over, or its link is good for nothing any more."""
    item = session.scalar(
        select(ShareItem)
        .join(Share, Share.id == ShareItem.share_id)
        .where(
            ShareItem.share_id == claim.share_id,
            ShareItem.number == claim.number,
            ShareItem.fence == claim.fence,
            ShareItem.state == "making",
            _lives(),
        )
        .with_for_update(of=ShareItem)
    )
    if item is None:
        raise FencedError(f"the rendition {claim.folder} isn't wanted any more")
    return item


def tell(session: Session, claim: Claim, part: float) -> None:
    """Say how far it is, 0 to 1. Raises FencedError."""
    _claimed(session, claim).progress = part


def keep(session: Session, claim: Claim, made: Rendition) -> None:
    """It is finished, and served from now on. Raises FencedError."""
    item = _claimed(session, claim)
    item.state, item.owner, item.progress, item.error = "ready", None, 1.0, ""
    item.folder, item.stills = claim.folder, made.stills
    item.sha256, item.byte_count = made.film.sha256, made.film.byte_count
    item.width, item.height = made.film.width, made.film.height


def fail(session: Session, claim: Claim, reason: str) -> None:
    """The file gives none. Raises FencedError."""
    item = _claimed(session, claim)
    item.state, item.owner, item.error = "failed", None, reason[:1000]


def postpone(session: Session, claim: Claim, reason: str, *, give_up: bool = False) -> None:
    """Try again later; with `give_up` with growing pauses, and not for ever. Raises FencedError.

    Without, it is a fault of the world (a full disk, a master out of reach): no attempt is lost.
    """
    item = _claimed(session, claim)
    item.state, item.owner, item.error = "waiting", None, reason[:1000]
    pause = WORLD_SECONDS
    if give_up:
        pause = min(LONGEST_PAUSE, PAUSE_SECONDS * 3 ** min(8, item.attempts - 1))
        item.state = "failed" if item.attempts >= MAX_ATTEMPTS else "waiting"
    else:
        item.attempts -= 1
    item.next_retry_at = utc_now() + timedelta(seconds=pause)


def held(session: Session) -> Sequence[tuple[tuple[str, int], str]]:
    """((link, number), owner) of those that somebody makes, or died over."""
    rows = session.execute(
        select(ShareItem.share_id, ShareItem.number, ShareItem.owner).where(
            ShareItem.state == "making"
        )
    )
    return [((row.share_id, row.number), row.owner or "") for row in rows]


def release(session: Session, key: tuple[str, int], *, owner: str, let_go: bool = False) -> None:
    """Give back what `owner` had in hand; over which many died, none is made.

    `let_go` when it ends orderly: nothing died, and no attempt is lost.
    """
    item = session.get(ShareItem, key, with_for_update=True)
    if item is None or item.state != "making" or (item.owner or "") != owner:
        return
    item.state, item.owner, item.progress = "waiting", None, 0.0
    if let_go:
        item.attempts -= 1
    elif item.attempts >= MAX_ATTEMPTS:
        item.state, item.error = "failed", f"{item.attempts} workers died of it"


def folders(session: Session) -> set[str]:
    """Those of links that hold, and of what is being made for them: all others can go."""
    rows = session.execute(
        select(ShareItem.folder, ShareItem.share_id, ShareItem.number, ShareItem.fence)
        .join(Share, Share.id == ShareItem.share_id)
        .where(_lives(), ShareItem.state.in_(("ready", "making")))
    )
    return {row.folder or f"{row.share_id}-{row.number}-{row.fence}" for row in rows}


def make_again(session: Session, lost: set[str]) -> None:
    """Folders that are gone, with all that was in them: their renditions are made anew."""
    items = session.scalars(
        select(ShareItem).where(ShareItem.state == "ready", ShareItem.folder.in_(lost))
    )
    for item in items:
        item.state, item.folder, item.progress, item.attempts = "waiting", "", 0.0, 0


def ready_folders(session: Session) -> set[str]:
    """Where finished ones of links that hold must be."""
    query = (
        select(ShareItem.folder)
        .join(Share, Share.id == ShareItem.share_id)
        .where(_lives(), ShareItem.state == "ready")
    )
    return set(session.scalars(query))
