"""What people change by hand, besides terms: texts of a clip, links to articles.

Every change is recorded with what stood there before.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields
from typing import TYPE_CHECKING

from sqlalchemy import select

from mediacatalog.catalog import changes, holdings, timeline
from mediacatalog.catalog.models import ArticleLink, Clip
from mediacatalog.catalog.reads import Description, entered
from mediacatalog.errors import InvalidValueError, NotFoundError, StaleEditError
from mediacatalog.values import new_id, utc_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LIMITS = {"title": 500, "description": 20_000, "source": 500, "language": 35}
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.IGNORECASE)
"""The shape of a BCP 47 tag."""
DECISIONS = ("accepted", "rejected")


def clean(field: str, text: str) -> str:
    """A text as it is kept in this field of a clip. Raises InvalidValueError."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    if field != "description":
        text = " ".join(text.split())
    if len(text) > LIMITS[field]:
        raise InvalidValueError(field, f"is longer than {LIMITS[field]} characters")
    if "\0" in text:
        raise InvalidValueError(field, "holds a control character")
    if field == "language" and text and not LANGUAGE.fullmatch(text):
        raise InvalidValueError(field, f"“{text}” isn't a language tag such as en, ar or pt-BR")
    return text


def describe(  # noqa: PLR0913 - the last two are of the history
    session: Session,
    clip_id: str,
    wanted: Description,
    *,
    edition: str,
    actor: str,
    batch_id: str | None = None,
    reason: str = "",
) -> None:
    """Set the texts of a clip; `edition` names the ones that the person had before them.

    Raises StaleEditError when they are no longer those, InvalidValueError for a bad value.
    """
    clip = session.scalar(select(Clip).where(Clip.id == clip_id).with_for_update())
    if clip is None:
        raise NotFoundError("clip", clip_id)
    before = entered(clip)
    if before.edition != edition:
        raise StaleEditError("clip", clip_id)
    batch = batch_id or new_id()
    changed = False
    for field in fields(Description):
        old, new = getattr(before, field.name), clean(field.name, getattr(wanted, field.name))
        if old == new:
            continue
        setattr(clip, field.name, new or None)
        changes.record(
            session,
            actor=actor,
            kind="clip",
            key=clip.id,
            field=field.name,
            before=old or None,
            after=new or None,
            batch_id=batch,
            reason=reason,
        )
        changed = True
    if changed:
        clip.updated_at = utc_now()
        session.flush()
        holdings.touch(session, [clip.id])


def decide_link(session: Session, link_id: str, decision: str, *, actor: str) -> str:
    """Accept or reject that a clip belongs to an article; returns the clip's id.

    The derived title follows the articles that still hold.
    """
    if decision not in DECISIONS:
        raise InvalidValueError("decision", f"{decision!r} is none of {', '.join(DECISIONS)}")
    link = session.get(ArticleLink, link_id)
    if link is None:
        raise NotFoundError("link", link_id)
    if link.state != decision:
        changes.record(
            session,
            actor=actor,
            kind="article_link",
            key=link.id,
            field="state",
            before=link.state,
            after=decision,
        )
        link.state, link.decided_by = decision, actor
        session.flush()
        clip = session.get_one(Clip, link.clip_id)
        timeline.derive(session, clip)
        session.flush()
        holdings.touch(session, [clip.id])
    return link.clip_id
