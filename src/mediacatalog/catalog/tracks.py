"""Caption tracks: kept as they are read, with what people chose and edited, and shown.

A track keeps its identity while its file is renamed, changed, removed and put back. What people
edited is never overwritten: the file's version stays beside it, as the bytes it was read from.
"""

from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from mediacatalog.captions import provenance
from mediacatalog.catalog.track_models import CueRow, TrackOriginal, TrackRow
from mediacatalog.errors import NotFoundError
from mediacatalog.values import CaptionProblem, Cue, Ms, Region, new_id, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.models import Clip
    from mediacatalog.values import Track

HERE, GONE, REMOVED = "here", "gone", "removed"
KINDS = {"caption": 0, "subtitle": 0, "transcript": 1, "description": 2, "chapters": 3}
"""Every kind, with its rank in the order of display."""
ORIGINS = ("sidecar", "person", "embedded")
"""In the order of display, too."""
MAX_ORIGINAL = 8 * 2**20
"""Compressed bytes of a file that are kept; of a larger one only what was read."""


@dataclass(frozen=True, slots=True)
class OriginTrack:
    """A track and where it was read: `origin` `sidecar`, `embedded` or `person`."""

    origin: str
    key: str
    """The file's name, or `stream 2`."""
    sha256: str
    track: Track
    searchable: bool = True
    title: str = ""
    data: bytes = b""
    """What was read."""
    name: str = ""
    """By which it was read, if that isn't the key."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A track without its cues, as pages show it."""

    id: str
    clip_id: str
    origin: str
    origin_key: str
    format: str
    encoding: str
    encoding_confidence: float
    language: str | None
    kind: str
    script: str | None
    forced: bool
    sdh: bool
    made_by: str
    model: str
    title: str
    searchable: bool
    state: str
    chosen_encoding: str | None
    chosen_language: str | None
    chosen_kind: str | None
    edited_at: datetime | None
    edited_by: str | None
    file_changed_at: datetime | None
    version: int
    problems: tuple[CaptionProblem, ...]
    regions: tuple[Region, ...]
    cue_count: int
    original_bytes: int | None
    """None when the file's bytes weren't kept."""

    @property
    def made_by_machine(self) -> str:
        """`Machine-made text: Whisper`; empty for what people wrote."""
        return provenance.label(self.made_by, self.model)

    @property
    def etag(self) -> str:
        return f"{self.id}-{self.version}"


# --- keeping --------------------------------------------------------------------------------------


def keep(session: Session, clip: Clip, found: Sequence[OriginTrack]) -> None:
    """What was read of a clip's files, against what is known.

    Tracks whose file went are deleted, unless a person worked on them: those are `gone` until it
    comes back. Uploaded ones stay whatever is found.
    """
    rows = list(session.scalars(select(TrackRow).where(TrackRow.clip_id == clip.id)))
    rows.sort(key=lambda row: row.number)
    pairs, left = _paired(rows, found)
    for number, (one, row) in enumerate(pairs):
        if row is None:
            _add(session, clip.id, one, number)
        else:
            row.number = number
            _renew(session, row, one)
    for row in left:
        if row.origin == "person" or row.state == REMOVED:
            continue
        if _is_worked_on(row):
            row.state = GONE
        else:
            _forget(session, row.id)
    session.flush()
    number_again(session, clip.id)


def add(session: Session, clip_id: str, one: OriginTrack) -> str:
    """A track that a person brought; returns its id."""
    track_id = _add(session, clip_id, one, len(of_clip(session, clip_id)))
    number_again(session, clip_id)
    return track_id


def number_again(session: Session, clip_id: str) -> None:
    """Captions before descriptions and chapters, forced ones and machines' after the others."""
    rows = session.scalars(select(TrackRow).where(TrackRow.clip_id == clip_id)).all()
    ordered = sorted(
        rows,
        key=lambda row: (
            not row.searchable,
            KINDS.get(row.kind, 9),
            row.forced,
            row.made_by != "human",
            ORIGINS.index(row.origin),
            row.number,
            row.id,
        ),
    )
    for number, row in enumerate(ordered):
        if row.number != number:
            row.number = number
    session.flush()


def _paired(
    rows: Sequence[TrackRow], found: Sequence[OriginTrack]
) -> tuple[list[tuple[OriginTrack, TrackRow | None]], list[TrackRow]]:
    """Each found one with its row: unchanged, else renamed, else changed under its name."""

    def place(row: TrackRow, one: OriginTrack) -> bool:
        return (row.origin, row.origin_key) == (one.origin, one.key)

    left = list(rows)
    matched: dict[int, TrackRow] = {}
    for same in (
        lambda row, one: place(row, one) and row.sha256 == one.sha256,
        lambda row, one: row.sha256 == one.sha256,
        place,
    ):
        for number, one in enumerate(found):
            row = next((row for row in left if number not in matched and same(row, one)), None)
            if row is not None:
                matched[number] = row
                left.remove(row)
    return [(one, matched.get(number)) for number, one in enumerate(found)], left


def _is_worked_on(row: TrackRow) -> bool:
    chosen = (row.chosen_encoding, row.chosen_language, row.chosen_kind)
    return row.edited_at is not None or any(chosen)


def _add(session: Session, clip_id: str, one: OriginTrack, number: int) -> str:
    row = TrackRow(
        id=new_id(),
        clip_id=clip_id,
        number=number,
        state=HERE,
        version=1,
    )
    _describe(row, one)
    session.add(row)
    session.flush()
    _keep_original(session, row.id, one)
    write_cues(session, row.id, one.track.cues)
    return row.id


def _renew(session: Session, row: TrackRow, one: OriginTrack) -> None:
    if row.state == GONE:
        row.state = HERE
    is_other = row.sha256 != one.sha256
    _describe(row, one)
    _keep_original(session, row.id, one)
    if row.edited_at is not None:
        if is_other:
            row.file_changed_at = utc_now()
        return
    cues = tidied(one.track.cues)
    if cues != cues_of(session, row.id):
        write_cues(session, row.id, cues)
        row.version += 1


def _describe(row: TrackRow, one: OriginTrack) -> None:
    """Everything that is read from the file, under what a person chose."""
    track = one.track
    row.origin, row.origin_key, row.title = one.origin, one.key, one.title
    row.sha256 = one.sha256
    row.format, row.searchable = track.format, one.searchable
    row.encoding, row.encoding_confidence = track.encoding, track.encoding_confidence
    row.language = row.chosen_language or track.language
    row.kind = row.chosen_kind or track.kind
    row.script, row.forced, row.sdh = track.script, track.forced, track.sdh
    row.made_by, row.model = track.made_by, track.model
    row.regions = [asdict(region) for region in track.regions]
    row.problems = [asdict(problem) for problem in track.problems]


def _keep_original(session: Session, track_id: str, one: OriginTrack) -> None:
    if not one.data:
        return
    packed = zlib.compress(one.data)
    kept = session.get(TrackOriginal, track_id)
    if len(packed) > MAX_ORIGINAL:
        if kept is not None:
            session.delete(kept)
        return
    if kept is None:
        kept = TrackOriginal(track_id=track_id)
        session.add(kept)
    kept.name, kept.byte_count, kept.original = one.name or one.key, len(one.data), packed
    session.flush()


def _forget(session: Session, track_id: str) -> None:
    for table, column in (
        (CueRow, CueRow.track_id),
        (TrackOriginal, TrackOriginal.track_id),
        (TrackRow, TrackRow.id),
    ):
        session.execute(
            delete(table).where(column == track_id).execution_options(synchronize_session=False)
        )


def tidied(cues: Iterable[Cue]) -> list[Cue]:
    """As the database keeps them, in order of start."""
    kept = [replace(cue, text=cue.text.replace("\0", "")) for cue in cues]
    return sorted(kept, key=lambda cue: cue.start_ms)


def write_cues(
    session: Session, track_id: str, cues: Sequence[Cue], *, at: int = 0, only: bool = False
) -> None:
    """The cues from number `at` on; all that stood there go, or `only` as many as are written."""
    there = CueRow.number.between(at, at + len(cues) - 1) if only else CueRow.number >= at
    session.execute(
        delete(CueRow)
        .where(CueRow.track_id == track_id, there)
        .execution_options(synchronize_session=False)
    )
    rows = [
        {
            "track_id": track_id,
            "number": number,
            "start_ms": cue.start_ms,
            "end_ms": cue.end_ms,
            "text": cue.text,
            "cue_id": cue.id,
            "speaker": cue.speaker,
            "settings": cue.settings,
            "language": cue.language,
            "sound": cue.sound,
            "words": [list(word) for word in cue.words] or None,
        }
        for number, cue in enumerate(tidied(cues), at)
    ]
    if rows:
        session.execute(insert(CueRow), rows)


# --- reading --------------------------------------------------------------------------------------


def row_of(session: Session, clip_id: str, track_id: str, *, lock: bool = False) -> TrackRow:
    """Raises NotFoundError, also for a track of another clip."""
    query = select(TrackRow).where(TrackRow.id == track_id, TrackRow.clip_id == clip_id)
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFoundError("caption track", track_id)
    return row


def row_of_bytes(session: Session, clip_id: str, sha256: str) -> TrackRow | None:
    """The clip's track that was read from these bytes, if there is one."""
    query = select(TrackRow).where(TrackRow.clip_id == clip_id, TrackRow.sha256 == sha256)
    return session.scalars(query.order_by(TrackRow.state, TrackRow.id)).first()


def cues_of(session: Session, track_id: str, *, limit: int | None = None) -> list[Cue]:
    """In order; the first `limit` of them."""
    rows = session.execute(
        select(
            CueRow.start_ms,
            CueRow.end_ms,
            CueRow.text,
            CueRow.cue_id,
            CueRow.speaker,
            CueRow.settings,
            CueRow.language,
            CueRow.sound,
            CueRow.words,
        )
        .where(CueRow.track_id == track_id)
        .order_by(CueRow.start_ms, CueRow.number)
        .limit(limit)
    )
    return [
        Cue(
            Ms(row.start_ms),
            Ms(row.end_ms),
            row.text,
            row.cue_id,
            row.speaker,
            row.settings,
            row.language,
            row.sound,
            as_words(row.words),
        )
        for row in rows
    ]


def as_words(kept: Sequence[Sequence[int]] | None) -> tuple[tuple[int, int], ...]:
    """Times of words out of JSON."""
    return tuple((place, ms) for place, ms in kept or ())


def of_clip(session: Session, clip_id: str) -> tuple[Shown, ...]:
    """Every track of a clip in the order of display, removed ones among them."""
    rows = session.scalars(
        select(TrackRow).where(TrackRow.clip_id == clip_id).order_by(TrackRow.number, TrackRow.id)
    ).all()
    ids = [row.id for row in rows]
    counts = session.execute(
        select(CueRow.track_id, func.count().label("cues"))
        .where(CueRow.track_id.in_(ids))
        .group_by(CueRow.track_id)
    )
    counted: dict[str, int] = {one.track_id: one.cues for one in counts}
    kept = session.execute(
        select(TrackOriginal.track_id, TrackOriginal.byte_count).where(
            TrackOriginal.track_id.in_(ids)
        )
    )
    sizes: dict[str, int] = {one.track_id: one.byte_count for one in kept}
    return tuple(_shown(row, counted.get(row.id, 0), sizes.get(row.id)) for row in rows)


def of_id(session: Session, clip_id: str, track_id: str) -> Shown:
    """Raises NotFoundError."""
    for one in of_clip(session, clip_id):
        if one.id == track_id:
            return one
    raise NotFoundError("caption track", track_id)


def _shown(row: TrackRow, cue_count: int, original_bytes: int | None) -> Shown:
    return Shown(
        id=row.id,
        clip_id=row.clip_id,
        origin=row.origin,
        origin_key=row.origin_key,
        format=row.format,
        encoding=row.encoding,
        encoding_confidence=row.encoding_confidence,
        language=row.language,
        kind=row.kind,
        script=row.script,
        forced=row.forced,
        sdh=row.sdh,
        made_by=row.made_by,
        model=row.model,
        title=row.title,
        searchable=row.searchable,
        state=row.state,
        chosen_encoding=row.chosen_encoding,
        chosen_language=row.chosen_language,
        chosen_kind=row.chosen_kind,
        edited_at=row.edited_at,
        edited_by=row.edited_by,
        file_changed_at=row.file_changed_at,
        version=row.version,
        problems=tuple(CaptionProblem(**one) for one in row.problems),
        regions=tuple(Region(**one) for one in row.regions or ()),
        cue_count=cue_count,
        original_bytes=original_bytes,
    )


def original(session: Session, track_id: str) -> tuple[str, bytes] | None:
    """(name, bytes) of the file as it was read last; None when they weren't kept."""
    kept = session.get(TrackOriginal, track_id)
    return (kept.name, zlib.decompress(kept.original)) if kept is not None else None


def chosen_encodings(session: Session, clip_id: str) -> dict[tuple[str, str], str]:
    """The encodings that people chose, by (origin, key)."""
    rows = session.execute(
        select(TrackRow.origin, TrackRow.origin_key, TrackRow.chosen_encoding).where(
            TrackRow.clip_id == clip_id, TrackRow.chosen_encoding.is_not(None)
        )
    )
    return {(row.origin, row.origin_key): row.chosen_encoding or "" for row in rows}
