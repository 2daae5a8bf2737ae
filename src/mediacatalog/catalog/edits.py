"""What people change by hand, besides terms and links: the texts of a clip.

Every change is recorded with what stood there before.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from mediacatalog.catalog import changes, holdings
from mediacatalog.catalog.models import Clip
from mediacatalog.catalog.reads import Description, entered
from mediacatalog.errors import InvalidValueError, StaleEditError
from mediacatalog.values import new_id, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

LIMITS = {
    "title": 500,
    "description": 20_000,
    "source": 500,
    "language": 35,
    "rights": 500,
    "people_at_risk": 4000,
}
LONG = ("description", "people_at_risk")
"""Texts of several lines."""
LONGEST_REASON = 500
CHUNK = 500
"""Clips of one statement."""
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.IGNORECASE)
"""The shape of a BCP 47 tag."""


def clean(field: str, text: str) -> str:
    """A text as it is kept in this field of a clip. Raises InvalidValueError."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    if field not in LONG:
        text = " ".join(text.split())
    if len(text) > LIMITS[field]:
        raise InvalidValueError(field, f"is longer than {LIMITS[field]} characters")
    if "\0" in text:
        raise InvalidValueError(field, "holds a control character")
    if field == "language" and text and not LANGUAGE.fullmatch(text):
        raise InvalidValueError(field, f"“{text}” isn't a language tag such as en, ar or pt-BR")
    return text


def why(text: str) -> str:
    """A person's reason for a change, as it is kept: one line. Raises InvalidValueError."""
    return line("reason", text, LONGEST_REASON)


def line(field: str, text: str, longest: int) -> str:
    """A text of one line, as it is kept; may be empty. Raises InvalidValueError."""
    text = " ".join(unicodedata.normalize("NFC", text[: longest * 4]).split())
    if len(text) > longest:
        raise InvalidValueError(field, f"is longer than {longest} characters")
    if any(unicodedata.category(one) in {"Cc", "Cs"} for one in text):
        raise InvalidValueError(field, "holds a control character")
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
    clip = holdings.locked(session, clip_id)
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


# --- many at once (`fields`) ----------------------------------------------------------------------


def current(session: Session, field: str, clip_ids: Iterable[str]) -> dict[str, changes.Json]:
    """What people entered into one of LIMITS, by clip; unknown clips are left out."""
    ids, column = list(clip_ids), getattr(Clip, field)
    found: dict[str, changes.Json] = {}
    for at in range(0, len(ids), CHUNK):
        rows = session.execute(select(Clip.id, column).where(Clip.id.in_(ids[at : at + CHUNK])))
        found.update((clip_id, value or None) for clip_id, value in rows)
    return found


def put(session: Session, field: str, values: Mapping[str, changes.Json], *, actor: str) -> None:
    """Set one of LIMITS of many clips, without the history; the values are clean."""
    del actor
    now = utc_now()
    rows = [{"clip": clip_id, "value": value} for clip_id, value in values.items()]
    statement = (
        update(Clip.__table__)  # type: ignore[arg-type]
        .where(Clip.__table__.c.id == bindparam("clip"))
        .values({field: bindparam("value"), "updated_at": now})
    )
    session.flush()
    for at in range(0, len(rows), CHUNK):
        session.connection().execute(statement, rows[at : at + CHUNK])
    session.expire_all()
