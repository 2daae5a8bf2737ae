"""What people do to caption tracks: cues edited, choices made, tracks brought and removed.

Every change is recorded with exactly what stood there before, so that all of it can be taken back.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mediacatalog import captions
from mediacatalog.captions.gathering import (
    MAX_CUES,
    MAX_LABEL,
    MAX_MS,
    MAX_TEXT,
    moved,
    printable,
    tidy,
    timed_words,
)
from mediacatalog.catalog import attachments, changes, holdings, timeline, tracks
from mediacatalog.catalog.edits import LANGUAGE
from mediacatalog.catalog.models import Change, Clip
from mediacatalog.errors import (
    InvalidValueError,
    NotFoundError,
    StaleEditError,
    UnknownCaptionFormatError,
)
from mediacatalog.text.languages import bcp47
from mediacatalog.values import Cue, new_id, utc_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.track_models import TrackRow
    from mediacatalog.values import Track

CUES, SOURCE = "cues", "the file's version"
"""Fields of the history: cues edited by a person; the cues of the file taken again."""


MOST_COMPARED = 4_000_000
"""Pairs of cues that are compared with each other to show what differs."""


_MISTYPED = re.compile(r"\s*\d[\d:.,]{3,12}\s*(?!-->)[-–—=]{1,3}>?\s*\d[\d:.,]{3,12}\s*$")


@dataclass(frozen=True, slots=True)
class Splice:
    """From cue number `at` (0 is the first), `count` cues make way for `cues`."""

    at: int
    count: int
    cues: tuple[Cue, ...]


def save(  # noqa: PLR0913 - the last two are of the history
    session: Session,
    clip_id: str,
    track_id: str,
    splice: Splice,
    *,
    version: int,
    actor: str,
    reason: str = "",
) -> int:
    """Change cues of a track; returns its new version. They are found by the next search.

    Raises StaleEditError when the track isn't at `version` any more, InvalidValueError for a cue
    that can't be one; nothing is written then.
    """
    row = _editable(session, clip_id, track_id, version)
    before = tracks.cues_of(session, track_id)
    if not 0 <= splice.at <= splice.at + splice.count <= len(before):
        raise InvalidValueError("cues", "are counted beyond the end of the track")
    fresh = [_checked(cue, splice.at + n + 1) for n, cue in enumerate(splice.cues)]
    after = [*before[: splice.at], *fresh, *before[splice.at + splice.count :]]
    return _store(session, row, before, after, field=CUES, actor=actor, reason=reason)


def replace_all(  # noqa: PLR0913 - the last two are of the history
    session: Session,
    clip_id: str,
    track_id: str,
    text: str,
    *,
    version: int,
    actor: str,
    reason: str = "",
) -> int:
    """The whole track as a person typed it in WebVTT or SRT. Raises as `save` does."""
    row = _editable(session, clip_id, track_id, version)
    try:
        read = captions.read(text.encode(errors="replace"), name="typed.vtt", language=row.language)
    except UnknownCaptionFormatError as error:
        raise InvalidValueError("captions", error.reason) from error
    if read.problems:
        first = read.problems[0]
        raise InvalidValueError("captions", f"line {first.line}: {first.message}")
    for number, line in enumerate(text.splitlines(), 1):
        if _MISTYPED.match(line):  # to a player that would be no cue at all
            raise InvalidValueError("captions", f"line {number}: times are joined by “-->”")
    after = [_checked(cue, n) for n, cue in enumerate(read.cues, 1)]
    before = tracks.cues_of(session, track_id)
    return _store(session, row, before, after, field=CUES, actor=actor, reason=reason)


def take_source(
    session: Session, clip_id: str, track_id: str, *, version: int, actor: str, reason: str = ""
) -> int:
    """The cues as they are in the file; people's edits stay in the history."""
    row = _editable(session, clip_id, track_id, version)
    before, after = tracks.cues_of(session, track_id), source_cues(session, row)
    return _store(
        session, row, before, after, field=SOURCE, actor=actor, reason=reason, is_source=True
    )


def source_cues(session: Session, row: TrackRow) -> list[Cue]:
    """The cues of the file's own version. Raises InvalidValueError when its bytes aren't kept."""
    kept = tracks.original(session, row.id)
    if kept is None:
        raise InvalidValueError("track", "the bytes of its file were not kept; read the clip again")
    return tracks.tidied(_read(session, row, kept, language=row.language).cues)


def _read(
    session: Session, row: TrackRow, kept: tuple[str, bytes], *, language: str | None
) -> Track:
    """As the ingest reads it, by what people chose. Raises UnknownCaptionFormatError."""
    name, data = kept
    rate = session.get_one(Clip, row.clip_id).frame_rate
    read = captions.read(
        data,
        name=name,
        encoding=row.chosen_encoding,
        language=language,
        frame_rate=Fraction(rate) if rate else None,
    )
    return captions.on_the_clip(read)


def differences(
    source: Sequence[Cue], shown: Sequence[Cue], *, limit: int = 100
) -> list[tuple[list[Cue], list[Cue]]]:
    """(cues of the file, cues shown) wherever the two differ, the first `limit` places."""
    first, last = _ends(source, shown)
    inner = len(source) - last - first, len(shown) - last - first
    if inner[0] * inner[1] > MOST_COMPARED:  # a shift of everything, say
        return [
            (list(source[at : at + 1]), list(shown[at : at + 1]))
            for at in range(first, first + min(limit, max(inner)))
        ]
    old, new = source[first : len(source) - last], shown[first : len(shown) - last]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return [
        (list(source[first + a : first + b]), list(shown[first + c : first + d]))
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    ][:limit]


def go_back(
    session: Session, clip_id: str, track_id: str, change_id: str, *, version: int, actor: str
) -> int:
    """The cues as they were before a change, and so before all later ones. Itself recorded."""
    row = _editable(session, clip_id, track_id, version)
    later = session.scalars(
        select(Change)
        .where(
            Change.kind == "track",
            Change.key == track_id,
            Change.field.in_((CUES, SOURCE)),
            Change.id >= change_id,
        )
        .order_by(Change.id.desc())
    ).all()
    if not later or later[-1].id != change_id:
        raise NotFoundError("change", change_id)
    before = tracks.cues_of(session, track_id)
    after = list(before)
    for change in later:
        after = _taken_back(after, change)
    reason = f"back to before {later[-1].at:%Y-%m-%d %H:%M:%S} UTC"
    return _store(
        session,
        row,
        before,
        after,
        field=CUES,
        actor=actor,
        reason=reason,
        is_source=_is_source(session, row, after),
    )


def choose(  # noqa: PLR0913 - each is a choice
    session: Session,
    clip_id: str,
    track_id: str,
    *,
    encoding: str,
    language: str,
    kind: str,
    actor: str,
) -> None:
    """Say how a track's bytes are to be read; an empty text leaves it to what is found in them.

    The kept bytes are read again. Raises InvalidValueError for what can't be, and for another
    encoding of cues that people edited.
    """
    row = tracks.row_of(session, clip_id, track_id, lock=True)
    language = language.strip()
    if language and not LANGUAGE.fullmatch(language):
        raise InvalidValueError("language", f"“{language}” isn't a tag such as en, ar or pt-BR")
    if kind and kind not in tracks.KINDS:
        raise InvalidValueError("kind", f"“{kind}” is none of {', '.join(tracks.KINDS)}")
    wanted = {
        "encoding": encoding.strip() or None,
        "language": bcp47(language) or language or None,
        "kind": kind or None,
    }
    if wanted["encoding"] != row.chosen_encoding and row.edited_at is not None:
        raise InvalidValueError(
            "encoding", "people edited these cues; take the file's version first, then choose"
        )
    batch = new_id()
    cleared: set[str] = set()
    for name, value in wanted.items():
        before = getattr(row, f"chosen_{name}")
        if before != value:
            setattr(row, f"chosen_{name}", value)
            _record(session, row, name, before, value, actor=actor, batch_id=batch)
            if value is None:
                cleared.add(name)
    _read_again(session, row, cleared)
    _touch(session, row)


def bring(
    session: Session, clip_id: str, *, name: str, data: bytes, language: str, actor: str
) -> str:
    """A caption file that a person gives to a clip; returns the id of its track.

    Bytes of a track that was removed put it back. Raises InvalidValueError when the file can't be
    read, or the clip has these very bytes already.
    """
    clip = holdings.clip(session, clip_id)
    language = language.strip()
    if language and not LANGUAGE.fullmatch(language):
        raise InvalidValueError("language", f"“{language}” isn't a tag such as en, ar or pt-BR")
    tag = bcp47(language) or language or None
    rate = Fraction(clip.frame_rate) if clip.frame_rate else None
    try:
        read = captions.read(data, name=name, language=tag, frame_rate=rate)
    except UnknownCaptionFormatError as error:
        raise InvalidValueError("captions", str(error)) from error
    digest = hashlib.sha256(data).hexdigest()
    known = tracks.row_of_bytes(session, clip.id, digest)
    if known is not None and known.state == tracks.REMOVED:
        remove(session, clip.id, known.id, actor=actor, back=True)
        return known.id
    if known is not None:
        raise InvalidValueError("captions", f"{name}: this clip has them already")
    attachments.add(session, clip.id, "captions", name=name, data=data, language=tag, actor=actor)
    found = tracks.OriginTrack("person", name, digest, captions.on_the_clip(read), data=data)
    track_id = tracks.add(session, clip.id, found)
    _touch(session, tracks.row_of(session, clip.id, track_id))
    return track_id


def remove(session: Session, clip_id: str, track_id: str, *, actor: str, back: bool) -> None:
    """Take a track out of player and search, or put it back; nothing of it is lost."""
    row = tracks.row_of(session, clip_id, track_id, lock=True)
    wanted = tracks.HERE if back else tracks.REMOVED
    if row.state == wanted:
        return
    _record(session, row, "state", row.state, wanted, actor=actor)
    row.state = wanted
    _touch(session, row)


# --- inside ---------------------------------------------------------------------------------------


def _editable(session: Session, clip_id: str, track_id: str, version: int) -> TrackRow:
    row = tracks.row_of(session, clip_id, track_id, lock=True)
    if not row.searchable:
        raise InvalidValueError("track", "it holds pictures of text, which can't be edited")
    if row.version != version:
        raise StaleEditError("caption track", track_id)
    return row


def _checked(cue: Cue, number: int) -> Cue:
    """A cue as it is kept. Raises InvalidValueError with its number."""
    text = tidy(cue.text.replace("\r\n", "\n").replace("\r", "\n"))
    where = f"cue {number}"
    if not text.strip():
        raise InvalidValueError(where, "has no text")
    if len(text) > MAX_TEXT:
        raise InvalidValueError(where, f"is longer than {MAX_TEXT:,} characters")
    if not 0 <= cue.start_ms <= MAX_MS or not 0 <= cue.end_ms <= MAX_MS:
        raise InvalidValueError(where, "has a time that no clip has")
    if cue.end_ms < cue.start_ms:
        raise InvalidValueError(where, "ends before it starts")
    return replace(
        cue,
        text=text,
        id=_label(cue.id),
        speaker=_label(cue.speaker),
        settings=_label(cue.settings),
        language=_label(cue.language),
        words=timed_words(cue.words, text, cue.start_ms, cue.end_ms),
    )


def _label(value: str | None) -> str | None:
    return " ".join(printable(value).split())[:MAX_LABEL] or None if value else None


def _store(  # noqa: PLR0913 - most are of the history
    session: Session,
    row: TrackRow,
    before: list[Cue],
    after: Sequence[Cue],
    *,
    field: str,
    actor: str,
    reason: str,
    is_source: bool = False,
) -> int:
    """Write what differs and record it; `is_source` says that the cues are the file's now."""
    if len(after) > MAX_CUES:
        raise InvalidValueError("cues", f"are more than {MAX_CUES:,}")
    after = tracks.tidied(after)
    if after == before and not is_source:
        return row.version
    first, last = _ends(before, after)
    was, now = before[first : len(before) - last], after[first : len(after) - last]
    in_place = len(after) == len(before)
    tracks.write_cues(session, row.id, now if in_place else after[first:], at=first, only=in_place)
    _record(session, row, field, *_hunks(first, was, now), actor=actor, reason=reason)
    row.edited_at, row.edited_by = (None, None) if is_source else (utc_now(), actor)
    if is_source:
        row.file_changed_at = None
    row.version += 1
    _touch(session, row)
    return row.version


def _is_source(session: Session, row: TrackRow, cues: list[Cue]) -> bool:
    try:
        return source_cues(session, row) == cues
    except (InvalidValueError, UnknownCaptionFormatError):
        return False


def _ends(before: Sequence[Cue], after: Sequence[Cue]) -> tuple[int, int]:
    """How many cues are the same at the beginning and at the end."""
    shorter = min(len(before), len(after))
    first = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    rest = shorter - first
    last = next((n for n in range(rest) if before[-1 - n] != after[-1 - n]), rest)
    return first, last


def _hunks(at: int, was: Sequence[Cue], now: Sequence[Cue]) -> tuple[Any, Any]:
    """Before and after, as the history keeps them; a shift of many is kept as that alone."""
    shift = now[0].start_ms - was[0].start_ms if was and len(was) == len(now) else 0
    if len(was) > 1 and shift and [moved(cue, shift) for cue in was] == list(now):
        common = {"at": at, "count": len(was)}
        return {**common, "shift_ms": 0}, {**common, "shift_ms": shift}
    return (
        {"at": at, "cues": [_brief(cue) for cue in was]},
        {"at": at, "cues": [_brief(cue) for cue in now]},
    )


def _brief(cue: Cue) -> dict[str, Any]:
    return {
        name: value
        for name, value in asdict(cue).items()
        if value is not None and value is not False and value != ()
    } | ({"words": [list(word) for word in cue.words]} if cue.words else {})


def _whole(brief: dict[str, Any]) -> Cue:
    return Cue(**{**brief, "words": tracks.as_words(brief.get("words"))})


def _taken_back(cues: list[Cue], change: Change) -> list[Cue]:
    """The cues before a change, of those after it."""
    before: Any = change.before
    after: Any = change.after
    at = int(after["at"])
    if "shift_ms" in after:
        end = at + int(after["count"])
        back = [moved(cue, -int(after["shift_ms"])) for cue in cues[at:end]]
        return [*cues[:at], *back, *cues[end:]]
    end = at + len(after["cues"])
    if [_brief(cue) for cue in cues[at:end]] != after["cues"]:
        raise InvalidValueError("change", "the cues were read anew since, so it can't be undone")
    return [*cues[:at], *(_whole(one) for one in before["cues"]), *cues[end:]]


def _read_again(session: Session, row: TrackRow, cleared: set[str]) -> None:
    """By what a person chose; what is no longer chosen is found anew. Cues that people edited stay.

    What a stream or a name said of language and kind is in the row, and not in the bytes.
    """
    row.language = row.chosen_language or row.language
    row.kind = row.chosen_kind or row.kind
    row.version += 1
    kept = tracks.original(session, row.id)
    if kept is None:
        if row.chosen_encoding:
            reason = "the bytes of its file were not kept; read the clip again"
            raise InvalidValueError("encoding", reason)
        return
    expected = None if "language" in cleared else row.language
    try:
        read = _read(session, row, kept, language=expected)
    except UnknownCaptionFormatError as error:
        raise InvalidValueError("encoding", error.reason) from error
    row.language = read.language
    row.kind = read.kind if "kind" in cleared else row.kind
    row.encoding, row.encoding_confidence = read.encoding, read.encoding_confidence
    row.problems = [asdict(problem) for problem in read.problems]
    row.script = read.script
    if row.edited_at is None:
        tracks.write_cues(session, row.id, read.cues)


def _record(  # noqa: PLR0913 - each is of the history
    session: Session,
    row: TrackRow,
    field: str,
    before: changes.Json,
    after: changes.Json,
    *,
    actor: str,
    batch_id: str | None = None,
    reason: str = "",
) -> None:
    changes.record(
        session,
        actor=actor,
        kind="track",
        key=row.id,
        field=field,
        before=before,
        after=after,
        batch_id=batch_id,
        reason=reason,
    )


def _touch(session: Session, row: TrackRow) -> None:
    """The next search sees it; what is derived from captions follows."""
    session.flush()
    tracks.number_again(session, row.clip_id)
    timeline.derive(session, session.get_one(Clip, row.clip_id))
    session.flush()
    holdings.touch(session, [row.clip_id])
