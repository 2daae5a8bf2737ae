"""What was read in the pictures of clips, as it is shown and searched, and what people say of it.

All of it is a machine's suggestion. A person may say of a text that it isn't there or says nothing:
that holds for the text wherever in the clip it is read, now and by every later reading.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from mediacatalog.catalog import changes, holdings
from mediacatalog.catalog.by_ids import ByIds
from mediacatalog.catalog.picture_models import PictureDismissal, PictureReading, PictureText
from mediacatalog.catalog.picture_readings import key_of
from mediacatalog.errors import NotFoundError
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.changes import Json

FIELD = "dismissed text"
"""The field of a clip's history."""
LABEL = "Machine-read text"
"""What stands by everything that was read."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One line of one keyframe."""

    text: str
    pts: int
    start_ms: int
    end_ms: int
    confidence: float
    left: float
    top: float
    width: float
    height: float
    dismissed: bool


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a clip, and every moment at which it was read."""

    text: str
    """As it was read most surely."""
    confidence: float
    moments: tuple[tuple[int, int], ...]
    """(start, end) in milliseconds, in the film's order."""
    dismissed_by: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a clip says."""

    state: str
    recipe: str
    looked_at: int
    keyframes: int
    error: str
    texts: tuple[Text, ...]
    """In the order in which they come first."""
    dismissed: tuple[Text, ...]
    """Also those that no machine reads any more."""

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(one for one in self.recipe.partition(" ")[2].split("+") if one)


def shown(session: Session, clip_id: str) -> Shown | None:
    """None of a clip without keyframes."""
    row = session.get(PictureReading, clip_id)
    if row is None:
        return None
    decided = {
        one.folded: one
        for one in session.scalars(
            select(PictureDismissal).where(PictureDismissal.clip_id == clip_id)
        )
    }
    by_key: dict[str, list[PictureText]] = defaultdict(list)
    for line in _lines(session, clip_id):
        by_key[line.folded].append(line)
    every = {
        key: Text(
            max(lines, key=lambda one: one.confidence).text,
            max(one.confidence for one in lines),
            tuple(dict.fromkeys((one.start_ms, one.end_ms) for one in lines)),
            decided[key].actor if key in decided else "",
        )
        for key, lines in by_key.items()
    }
    unread = [
        Text(one.text, 0.0, (), one.actor) for key, one in decided.items() if key not in every
    ]
    return Shown(
        row.state,
        row.recipe,
        row.looked_at,
        row.keyframes,
        row.error,
        tuple(text for key, text in every.items() if key not in decided),
        (*(text for key, text in every.items() if key in decided), *unread),
    )


def _lines(session: Session, clip_id: str) -> Iterator[PictureText]:
    yield from session.scalars(
        select(PictureText).where(PictureText.clip_id == clip_id).order_by(PictureText.number)
    )


def lines_of(session: Session, clip_id: str) -> list[Seen]:
    """Every line in the order of the film, dismissed ones too."""
    names = Seen.__dataclass_fields__
    return [
        Seen(**{name: getattr(line, name) for name in names}) for line in _lines(session, clip_id)
    ]


def as_json(session: Session, clip_id: str) -> dict[str, Any]:
    """As the API and `mediacatalog show --json` tell it: every line with its place."""
    row = session.get(PictureReading, clip_id)
    return {
        "state": row.state if row else "none",
        "recipe": row.recipe if row else "",
        "keyframes_read": row.looked_at if row else 0,
        "keyframes": row.keyframes if row else 0,
        "lines": [asdict(line) for line in lines_of(session, clip_id)],
    }


# --- what people say of it ------------------------------------------------------------------------


def dismiss(session: Session, clip_id: str, text: str, *, dismissed: bool, actor: str) -> None:
    """Say that a text isn't in this clip or says nothing, or take that back.

    Raises NotFoundError if it was neither read there nor dismissed.
    """
    clip = holdings.locked(session, holdings.clip(session, clip_id).id)
    key = key_of(text)
    row = session.get(PictureDismissal, (clip.id, key))
    if (row is not None) == dismissed:
        return
    known = session.scalar(
        select(PictureText.text)
        .where(PictureText.clip_id == clip.id, PictureText.folded == key)
        .order_by(PictureText.confidence.desc(), PictureText.number)
        .limit(1)
    )
    said = row.text if row is not None else known
    if said is None:
        raise NotFoundError("text in the pictures of clip", clip.id)
    changes.record(
        session,
        actor=actor,
        kind="clip",
        key=clip.id,
        field=FIELD,
        before=None if dismissed else said,
        after=said if dismissed else None,
    )
    _set(session, clip.id, key, said if dismissed else None, actor)
    holdings.touch(session, [clip.id])


def _set(session: Session, clip_id: str, key: str, text: str | None, actor: str) -> None:
    row = session.get(PictureDismissal, (clip_id, key))
    if text is None and row is not None:
        session.delete(row)
    elif text is not None and row is None:
        session.add(
            PictureDismissal(clip_id=clip_id, folded=key, text=text, actor=actor, at=utc_now())
        )
    session.flush()
    session.execute(
        update(PictureText)
        .where(PictureText.clip_id == clip_id, PictureText.folded == key)
        .values(dismissed=text is not None)
        .execution_options(synchronize_session=False)
    )


def key_of_change(before: Json, after: Json) -> str:
    """Which text an entry of the history is about."""
    return key_of(str(after if after is not None else before))


def current(
    session: Session, field: str, slots: Sequence[tuple[str, str]]
) -> Mapping[tuple[str, str], Json]:
    """As `fields.Field`: the text where it is dismissed, else None."""
    del field
    found: dict[tuple[str, str], Json] = {}
    for clip_id, key in slots:
        row = session.get(PictureDismissal, (clip_id, key))
        found[clip_id, key] = None if row is None else row.text
    return found


def put(
    session: Session, field: str, values: Mapping[tuple[str, str], Json], actor: str
) -> list[str]:
    """As `fields.Field`."""
    del field
    for (clip_id, key), text in values.items():
        _set(session, clip_id, key, None if text is None else str(text), actor)
    return [clip_id for clip_id, _ in values]


# --- the search -----------------------------------------------------------------------------------


_TEXTS = PictureText.__table__.c
_TEXTS_OF = ByIds(
    lambda among: (
        select(_TEXTS.clip_id, _TEXTS.start_ms, _TEXTS.end_ms, _TEXTS.text)
        .where(among(_TEXTS.clip_id), _TEXTS.dismissed.is_(False))
        .order_by(_TEXTS.clip_id, _TEXTS.number)
    )
)


def texts_of(session: Session, clip_ids: list[str]) -> dict[str, list[tuple[int, int, str]]]:
    """(start, end, text) of each keyframe with text, its lines one below the other."""
    found: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for clip_id, start, end, text in _TEXTS_OF.rows(session, clip_ids):
        of_clip = found[clip_id]
        if of_clip and of_clip[-1][:2] == (start, end):
            of_clip[-1] = (start, end, f"{of_clip[-1][2]}\n{text}")
        else:
            of_clip.append((start, end, text))
    return found
