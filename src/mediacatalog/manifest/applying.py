"""Writes what a checked manifest planned: row by row, each in one transaction, as one batch.

Applying a manifest again does only what is still missing, so one that was interrupted is simply
applied again. Files that the catalogue doesn't know are fingerprinted here, and wait for a worker.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from mediacatalog.catalog import (
    attachments,
    changes,
    edits,
    holdings,
    manifests,
    stages,
    steering,
    vocabulary,
)
from mediacatalog.errors import InvalidValueError, MediaCatalogError, StaleEditError
from mediacatalog.manifest import planning
from mediacatalog.manifest.checking import known_terms
from mediacatalog.manifest.companions import read
from mediacatalog.media import fingerprint, whole
from mediacatalog.values import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.models import Clip, Sighting
    from mediacatalog.manifest.checking import Checked, Planned, Target
    from mediacatalog.manifest.planning import Plan
    from mediacatalog.settings import Settings
    from mediacatalog.values import Source

log = logging.getLogger(__name__)

READ = (State.READY, State.PARTIAL, State.QUARANTINED)
TRIES = 3
"""Of a row's transaction, when somebody else wrote to the same clip or file at that moment."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row."""

    row: int
    file: str
    state: str
    """`done`, `unchanged`, `later` (the file isn't complete yet) or `failed`."""
    clip: str | None = None
    changes: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    message: str = ""


class NotYetError(MediaCatalogError):
    """The file may still be growing: it is left alone for now."""


def apply(
    catalogue: Catalogue,
    settings: Settings,
    checked: Checked,
    *,
    actor: str = changes.LOCAL,
    overwrite: bool = False,
    after: int = 0,
) -> Iterator[Outcome]:
    """The outcome of each row as it is written; nothing at all if the manifest has a fault.

    Whoever stops listening stops it after a row; applying it again goes on in the same batch.
    Rows up to number `after` are passed over.
    """
    if checked.faults.count:
        return
    applying = _Applying(catalogue, settings, checked, actor, overwrite=overwrite)
    complete = not any(one.has_work for one in checked.rows if one.row.number <= after)
    for planned in checked.rows:
        if planned.row.number <= after:
            continue
        outcome = applying.row(planned)
        complete = complete and outcome.state in ("done", "unchanged")
        yield outcome
    with catalogue.reading() as session:
        begun = manifests.unfinished(session, checked.sha256, actor) is not None
    if complete and begun:
        with catalogue.writing() as session:
            manifests.finish(session, checked.sha256, actor)


class _Applying:
    def __init__(
        self,
        catalogue: Catalogue,
        settings: Settings,
        checked: Checked,
        actor: str,
        *,
        overwrite: bool,
    ) -> None:
        self._catalogue, self._settings, self._checked = catalogue, settings, checked
        self._actor, self._overwrite = actor, overwrite
        self._clips: dict[str, Planned] = {}
        """Rows by the clips that they turned out to be."""

    def row(self, planned: Planned) -> Outcome:
        outcome = Outcome(planned.row.number, planned.shown, "unchanged")
        if not planned.has_work:
            return replace(outcome, clip=planned.target.clip_id, kept=planned.plan.kept)
        try:
            source = self._bytes(planned)
            return self._write(planned, source, outcome)
        except NotYetError as error:
            return replace(outcome, state="later", message=str(error))
        except (MediaCatalogError, OSError) as error:
            return replace(outcome, state="failed", message=str(error))

    def _bytes(self, planned: Planned) -> Source | None:
        """The identity of a file that the catalogue doesn't have as it is now."""
        target = planned.target
        if not planned.is_new or target.place is None:
            return None
        _wait_until_still(target, self._settings)
        source = fingerprint.fingerprint(target.place.path)
        if source.byte_count == 0:
            raise InvalidValueError("file", "the file is empty (0 bytes)")
        if planned.row.sha256 and planned.row.sha256 != source.sha256:
            raise InvalidValueError("sha256", "the file has other bytes")
        return source

    def _write(self, planned: Planned, source: Source | None, outcome: Outcome) -> Outcome:
        for left in reversed(range(TRIES)):
            try:
                with self._catalogue.writing() as session:
                    return self._in_one(session, planned, source, outcome)
            except (IntegrityError, StaleEditError):
                if not left:
                    raise
                time.sleep(0.05)
        raise AssertionError("unreachable")

    def _in_one(
        self, session: Session, planned: Planned, source: Source | None, outcome: Outcome
    ) -> Outcome:
        clip_id, waits = planned.target.clip_id, False
        if source is not None:
            clip = holdings.clip_of_bytes(session, source)
            other = self._clips.setdefault(clip.id, planned)
            if other is not planned and other.row.wishes != planned.row.wishes:
                said = f"row {other.row.number} says something else of the same bytes"
                raise InvalidValueError("file", said)
            sighting = _sighting(session, planned.target, clip, source)
            clip_id = clip.id
            waits = sighting.state == State.WAITING
        assert clip_id is not None  # noqa: S101 - a target has a clip, or bytes
        what = self._plan(session, planned, clip_id)
        if what.changes:
            self._change(session, planned, clip_id, what)
        state = "done" if what.changes or waits else "unchanged"
        return replace(
            outcome,
            state=state,
            clip=clip_id,
            changes=tuple(what.changes),
            kept=what.kept,
        )

    def _plan(self, session: Session, planned: Planned, clip_id: str) -> Plan:
        """What is to be changed now: somebody may have changed it since the check."""
        known = manifests.clips(session, [clip_id])[clip_id]
        terms = known_terms(session, [planned.row])
        return planning.plan(
            planned.row, known, terms, planned.companions, overwrite=self._overwrite
        )

    def _change(self, session: Session, planned: Planned, clip_id: str, what: Plan) -> None:
        checked, row = self._checked, planned.row
        batch = manifests.batch(session, checked.sha256, checked.name, self._actor)
        reason = f"manifest {checked.name}, row {row.number}" + (
            f": {row.note}" if row.note else ""
        )
        texts = {name: new for name, (_, new) in what.texts.items()}
        if viewing := texts.pop(planning.VIEWING, ""):
            steering.watch_clip_as(
                session,
                holdings.clip(session, clip_id),
                viewing,
                actor=self._actor,
                batch_id=batch,
                reason=reason,
            )
        if texts:
            described = manifests.clips(session, [clip_id])[clip_id].described
            wanted = replace(described, **texts)
            edits.describe(
                session,
                clip_id,
                wanted,
                edition=described.edition,
                actor=self._actor,
                batch_id=batch,
                reason=reason,
            )
        for kind, label in what.terms:
            vocabulary.add_term(
                session,
                clip_id,
                label,
                kind=kind,
                actor=self._actor,
                batch_id=batch,
                reason=reason,
            )
        for one in what.attach:
            attachments.add(
                session,
                clip_id,
                one.kind,
                name=one.name,
                data=read(one.path),
                language=one.language,
                actor=self._actor,
                batch_id=batch,
                reason=reason,
            )
        if what.attach:
            attachments.read_again(session, clip_id)


def _wait_until_still(target: Target, settings: Settings) -> None:
    """Raises NotYetError for a file that may be half of one: it would become a clip of its own."""
    assert target.place is not None  # noqa: S101 - only files are waited for
    path = target.place.path
    # The time of the inode's last change can't be set by a copying program, unlike the file's.
    age = time.time() - path.lstat().st_ctime
    wholeness = whole.check(path).whole
    needed = settings.settle_seconds if wholeness else settings.unproven_settle_seconds
    if wholeness is False and age < settings.stalled_after_hours * 3600:
        raise NotYetError("the file isn't complete; apply the manifest again when it is")
    if 0 <= age < needed:
        raise NotYetError(f"the file changed {age:.0f} s ago; apply the manifest again in a moment")


def _sighting(session: Session, target: Target, clip: Clip, source: Source) -> Sighting:
    """The sighting of the file, tied to its clip; it waits for a worker unless it was just read."""
    place = target.place
    assert place is not None  # noqa: S101 - only files have sightings
    status = place.path.lstat()
    seen = holdings.Seen(
        place.below,
        source.byte_count,
        source.mtime_ns,
        status.st_dev,
        status.st_ino,
        status.st_ctime_ns,
    )
    known = manifests.files_at(session, [place.below]).get(place.key)
    if known is None:
        root = holdings.root(session, place.root, kind="once")
        one = holdings.add_sighting(session, root.id, seen, State.WAITING, priority=1)
        one.clip_id = clip.id
        session.flush()
        return one
    one = holdings.sighting(session, known.id)
    is_read = one.clip_id == clip.id and one.mtime_ns == seen.mtime_ns and one.state in READ
    if is_read or one.state == State.RUNNING:
        return one
    before, one.clip_id = one.clip_id, clip.id
    one.byte_count, one.mtime_ns = seen.byte_count, seen.mtime_ns
    one.device, one.inode, one.ctime_ns = str(seen.device), str(seen.inode), seen.ctime_ns
    one.priority = 1
    holdings.set_state(one, State.WAITING)
    session.flush()
    if before is not None and before != clip.id:
        stages.settle(session, holdings.clip(session, before))
    return one


def waiting(session: Session, clip_ids: Iterable[str]) -> dict[str, Path]:
    """Sightings of these clips that wait to be read, with their paths; one for each clip."""
    found: dict[str, Path] = {}
    for clip_id in clip_ids:
        for one in holdings.sightings_of_clip(session, clip_id):
            if one.state == State.WAITING:
                found[one.id] = holdings.path_of(session, one)
                break
    return found


def as_json(outcomes: list[Outcome]) -> dict[str, object]:
    """What `mediacatalog manifest FILE --apply --json` adds to the check."""
    counts = dict.fromkeys(("done", "unchanged", "later", "failed"), 0)
    for one in outcomes:
        counts[one.state] += 1
    return {
        "counts": counts,
        "results": [
            {
                "row": one.row,
                "file": one.file,
                "state": one.state,
                "clip": one.clip,
                "changes": list(one.changes),
                "kept": list(one.kept),
                "message": one.message,
            }
            for one in outcomes
        ],
    }
