"""Links for outsiders: made, listed and revoked by people of the archive.

What somebody with a link is shown is `catalog.shared`. Like a token's, the secret of a link has
256 random bits: its SHA-256 is all that is kept, and it is shown once.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from mediacatalog.catalog import accounts, changes, collections, edits, frames, holdings, sight
from mediacatalog.catalog.share_models import Share, ShareItem, ShareView
from mediacatalog.catalog.sight import SEALED
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.changes import Json

FIELD = "share"
"""Of the history of a clip or a collection."""
LONGEST_DAYS = 366
MOST_CLIPS = 200
"""Of one link: each is made anew for it."""
LONGEST_LABEL = 60
"""Characters, that the watermark can be read."""
MOST_LISTED = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shared, how, and for how long. Milliseconds from the first frame."""

    label: str
    days: int
    clip: str = ""
    collection: str = ""
    start_ms: int | None = None
    end_ms: int | None = None
    title: str = ""
    description: str = ""
    password: str = ""
    is_marked: bool = False
    gives_original: bool = False
    tells_titles: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A link as people of the archive see it."""

    id: str
    label: str
    title: str
    description: str
    clip_id: str | None
    collection_id: str | None
    start_ms: int | None
    end_ms: int | None
    has_password: bool
    is_marked: bool
    gives_original: bool
    tells_titles: bool
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    revoked_by: str
    clips: int
    ready: int
    """Renditions that are made."""
    ended: int
    """Clips that were closed further since."""
    problem: str
    """Why a rendition can't be made; empty where none failed."""
    seen_at: datetime | None

    @property
    def state(self) -> str:
        """`revoked`, `expired`, `ended`, `failed`, `making` or `good`."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at <= utc_now():
            return "expired"
        if self.ended == self.clips:
            return "ended"
        if self.problem:
            return "failed"
        return "good" if self.ready + self.ended == self.clips else "making"


@dataclass(frozen=True, slots=True)
class View:
    """That somebody looked."""

    what: str
    number: int
    address: str
    agent: str
    first_at: datetime
    last_at: datetime


# --- making ---------------------------------------------------------------------------------------


def make(session: Session, wanted: Wanted, *, actor: str) -> tuple[Link, str]:
    """A new link and its token, which nobody can tell again.

    In a session that sees what the sharer sees. Raises NotFoundError, InvalidValueError.
    """
    if bool(wanted.clip) == bool(wanted.collection):
        raise InvalidValueError("clip", "or a collection is shared, one of both")
    if not 1 <= wanted.days <= LONGEST_DAYS:
        raise InvalidValueError("days", f"is a number from 1 to {LONGEST_DAYS}")
    label = edits.line("label", wanted.label, LONGEST_LABEL)
    if not label:
        raise InvalidValueError("label", "says for whom the link is")
    is_part = wanted.start_ms is not None or wanted.end_ms is not None
    if is_part and (wanted.collection or wanted.gives_original):
        raise InvalidValueError("start_ms", "is of a part of one clip, never with the original")
    clip_ids = _clips(session, wanted)
    levels = sight.levels_of(session, clip_ids)
    if any(one.level == SEALED for one in levels.values()):
        raise InvalidValueError("clip", "is sealed: nothing sealed is shared")
    now, secret = utc_now(), secrets.token_urlsafe(32)
    row = Share(
        id=secrets.token_hex(6),
        digest=hashlib.sha256(secret.encode()).hexdigest(),
        label=label,
        title=edits.clean("title", wanted.title),
        description=edits.clean("description", wanted.description),
        clip_id=clip_ids[0] if wanted.clip else None,
        collection_id=wanted.collection or None,
        is_marked=wanted.is_marked,
        gives_original=wanted.gives_original,
        tells_titles=wanted.tells_titles,
        password=accounts.hashed(wanted.password) if wanted.password else "",
        created_by=actor,
        created_at=now,
        expires_at=now + timedelta(days=wanted.days),
        revoked_by="",
    )
    session.add(row)
    session.flush()
    for number, clip_id in enumerate(clip_ids, 1):
        known = levels.get(clip_id)
        session.add(
            ShareItem(
                share_id=row.id,
                number=number,
                clip_id=clip_id,
                level=known.level if known else sight.OPEN,
                until=known.until if known else None,
                state="waiting",
                progress=0.0,
            )
        )
    session.flush()
    if is_part:
        _cut(session, row, wanted)
    _record(session, row, "made", actor)
    return one(session, row.id), f"{row.id}_{secret}"


def _clips(session: Session, wanted: Wanted) -> list[str]:
    if wanted.clip:
        return [holdings.clip(session, wanted.clip).id]
    known = collections.one(session, wanted.collection)
    if known.asks:
        raise InvalidValueError("collection", "is filled by a search; share one put by hand")
    found = collections.items(session, known.id, limit=MOST_CLIPS + 1)
    if not 1 <= len(found) <= MOST_CLIPS:
        raise InvalidValueError("collection", f"holds from 1 to {MOST_CLIPS} clips")
    return [item.clip_id for item in found]


def _cut(session: Session, row: Share, wanted: Wanted) -> None:
    """From the frame that is shown at the beginning to the first one at or after the end."""
    clip = holdings.clip(session, str(row.clip_id))
    start = wanted.start_ms or 0
    end = wanted.end_ms if wanted.end_ms is not None else clip.duration_ms or 0
    if not 0 <= start < end:
        raise InvalidValueError("end_ms", "is later than start_ms")
    if clip.duration_ms is not None and start >= clip.duration_ms:
        raise InvalidValueError("start_ms", "is after the end of the clip")
    span = frames.span(session, clip, start, end)
    if span.time_base == frames.MILLISECONDS or span.end_pts is None:
        raise InvalidValueError("start_ms", "can be found once the clip was watched through")
    item = session.get_one(ShareItem, (row.id, 1))
    item.start_pts, item.end_pts = span.start_pts, span.end_pts
    row.start_ms, row.end_ms = span.start_ms, span.end_ms
    session.flush()


def revoke(session: Session, share_id: str, *, actor: str) -> Link:
    """From now on it is good for nothing. Raises NotFoundError."""
    row = session.get(Share, share_id, with_for_update=True)
    if row is None:
        raise NotFoundError("link", share_id)
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by = utc_now(), actor
        _record(session, row, "revoked", actor)
        session.flush()
    return one(session, share_id)


def _record(session: Session, row: Share, what: str, actor: str) -> None:
    told: dict[str, Json] = {"link": row.id}  # for whom it is isn't for all who see the clip
    changes.record(
        session,
        actor=actor,
        kind="clip" if row.clip_id else collections.KIND,
        key=str(row.clip_id or row.collection_id),
        field=FIELD,
        before=None if what == "made" else told,
        after={**told, "until": row.expires_at.isoformat()} if what == "made" else None,
    )


def tighten(session: Session, clip_id: str) -> None:
    """A clip was closed, or opened: links that were made while it was less closed end for good."""
    with sight.everything(session):
        items = session.scalars(
            select(ShareItem).where(ShareItem.clip_id == clip_id, ShareItem.ended_at.is_(None))
        ).all()
        known = sight.levels_of(session, [clip_id]).get(clip_id) if items else None
    now = utc_now()
    for item in items:
        if not reaches(item, known, now):
            item.ended_at = now
    session.flush()


def reaches(item: ShareItem, known: sight.Level | None, now: datetime) -> bool:
    """Whether a clip is as open as when it was shared; `known` is None for an open one."""

    def closed(level: str, until: datetime | None) -> tuple[int, datetime | None]:
        is_past = until is not None and until <= now
        return (0, None) if is_past else (sight.LEVELS_BY_REACH.index(level), until)

    if known is None:
        return True
    (then, then_until), (today, until) = (
        closed(item.level, item.until),
        closed(known.level, known.until),
    )
    if known.level == SEALED or today > then:
        return False
    return not (until and then_until and until > then_until)


# --- listing --------------------------------------------------------------------------------------


def listed(session: Session, *, clip: str = "", collection: str = "") -> list[Link]:
    """Of a clip, of a collection, or all: the newest first."""
    query = select(Share).order_by(Share.created_at.desc(), Share.id).limit(MOST_LISTED)
    if clip:
        query = query.where(Share.clip_id == clip)
    if collection:
        query = query.where(Share.collection_id == collection)
    return _links(session, session.scalars(query).all())


def one(session: Session, share_id: str) -> Link:
    """Raises NotFoundError."""
    row = session.scalar(select(Share).where(Share.id == share_id))
    if row is None:
        raise NotFoundError("link", share_id)
    return _links(session, [row])[0]


def views(session: Session, share_id: str, *, limit: int = 500) -> list[View]:
    """Who looked at what, the latest first. Raises NotFoundError."""
    one(session, share_id)
    rows = session.scalars(
        select(ShareView)
        .where(ShareView.share_id == share_id)
        .order_by(ShareView.last_at.desc(), ShareView.id)
        .limit(limit)
    )
    return [View(r.what, r.number, r.address, r.agent, r.first_at, r.last_at) for r in rows]


def items(session: Session, share_id: str) -> Sequence[ShareItem]:
    """The clips of a link in their order."""
    return session.scalars(
        select(ShareItem).where(ShareItem.share_id == share_id).order_by(ShareItem.number)
    ).all()


def _links(session: Session, rows: Iterable[Share]) -> list[Link]:
    shares = list(rows)
    ids = [row.id for row in shares]
    inside: dict[str, list[ShareItem]] = {one: [] for one in ids}
    for item in session.scalars(select(ShareItem).where(ShareItem.share_id.in_(ids))):
        inside[item.share_id].append(item)
    seen = session.execute(
        select(ShareView.share_id, func.max(ShareView.last_at).label("at"))
        .where(ShareView.share_id.in_(ids))
        .group_by(ShareView.share_id)
    )
    last = {looked.share_id: looked.at for looked in seen}
    return [_link(row, inside[row.id], last.get(row.id)) for row in shares]


def _link(row: Share, inside: Sequence[ShareItem], seen_at: datetime | None) -> Link:
    return Link(
        id=row.id,
        label=row.label,
        title=row.title,
        description=row.description,
        clip_id=row.clip_id,
        collection_id=row.collection_id,
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        has_password=bool(row.password),
        is_marked=row.is_marked,
        gives_original=row.gives_original,
        tells_titles=row.tells_titles,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by,
        clips=len(inside),
        ready=sum(item.state == "ready" and item.ended_at is None for item in inside),
        ended=sum(item.ended_at is not None for item in inside),
        problem=next((item.error for item in inside if item.state == "failed"), ""),
        seen_at=seen_at,
    )
