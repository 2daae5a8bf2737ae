"""Every row of a manifest against the disk and the catalogue: nothing is written, all is told."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mediacatalog import manifest
from mediacatalog.catalog import holdings, manifests
from mediacatalog.errors import InvalidValueError
from mediacatalog.manifest import columns, planning
from mediacatalog.manifest.companions import Companion, Companions
from mediacatalog.manifest.places import Place, Places
from mediacatalog.media.sniff import not_footage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.manifests import KnownFile
    from mediacatalog.manifest.columns import Row
    from mediacatalog.manifest.planning import Plan
    from mediacatalog.manifest.rows import Fault, Faults
    from mediacatalog.settings import Settings


@dataclass(frozen=True, slots=True)
class Target:
    """The clip that a row speaks of: a file, or bytes that the catalogue has."""

    place: Place | None
    known: KnownFile | None
    clip_id: str | None
    """None while the bytes are unread, or not those that were read."""

    @property
    def key(self) -> object:
        """The same for two rows that speak of the same clip, as far as it can be told."""
        return self.clip_id or (self.place.key if self.place else None)

    @property
    def master(self) -> Path | None:
        return self.place.path if self.place else None


@dataclass(frozen=True, slots=True)
class Planned:
    """A row without faults, its clip, and what it would change."""

    row: Row
    target: Target
    companions: tuple[Companion, ...]
    """Those that have to be attached; the others lie beside the clip."""
    plan: Plan

    @property
    def is_new(self) -> bool:
        return self.target.clip_id is None

    @property
    def has_work(self) -> bool:
        return self.is_new or bool(self.plan.changes)

    @property
    def shown(self) -> str:
        """The clip as the row names it."""
        return self.row.file or self.row.sha256


@dataclass
class Checked:
    """A manifest that was compared with everything."""

    name: str
    sha256: str
    kind: str
    count: int
    """Rows that say something."""
    faults: Faults
    notes: list[str] = field(default_factory=list)
    rows: list[Planned] = field(default_factory=list)
    repeated: list[tuple[int, int]] = field(default_factory=list)
    """(row, the earlier row that says the same)."""
    applied_before: datetime | None = None

    @property
    def errors(self) -> list[Fault]:
        return self.faults.in_order()


@dataclass(frozen=True, slots=True)
class Where:
    """Where a manifest's paths may lead."""

    folder: Path | None = None
    """That of the manifest, where relative paths begin."""
    root: Path | None = None
    """A folder that the caller vouches for; it becomes a root when something in it is applied."""


def check(
    catalogue: Catalogue,
    settings: Settings,
    data: bytes,
    name: str,
    *,
    where: Where,
    overwrite: bool = False,
) -> Checked:
    """Read and compare a manifest; every fault is told with its row and column."""
    table = manifest.read(data, name)
    rows = [row for raw in table.rows if (row := columns.clean(raw, table.faults)) is not None]
    checked = Checked(
        holdings.display_name(os.fsencode(name)),
        hashlib.sha256(data).hexdigest(),
        table.kind,
        len(table.rows),
        table.faults,
        table.notes,
    )
    with catalogue.reading() as session:
        places = Places(_roots(session, settings, where), _bases(where))
        targets = _Targets(session, places, table.faults).of_rows(rows)
        rows = _once(rows, targets, checked)
        checked.rows = _plan(session, rows, targets, places, table.faults, overwrite=overwrite)
        checked.applied_before = manifests.applied_before(session, checked.sha256)
    return checked


def _bases(where: Where) -> list[Path]:
    return [one for one in (where.root, where.folder) if one is not None]


def _roots(session: Session, settings: Settings, where: Where) -> list[Path]:
    found = [Path(one.path) for one in holdings.roots(session)]
    found += [one for one in (settings.media, settings.uploads, where.root) if one is not None]
    return list(dict.fromkeys(found))


class _Targets:
    """Finds the clips of all rows, with a few queries for all of them."""

    def __init__(self, session: Session, places: Places, faults: Faults) -> None:
        self._session, self._places, self._faults = session, places, faults

    def of_rows(self, rows: Sequence[Row]) -> dict[int, Target]:
        """The targets by the number of their rows; rows without one have a fault."""
        found: dict[int, Place] = {}
        for row in rows:
            if row.file:
                try:
                    found[row.number] = self._places.find(row.file, "file")
                except InvalidValueError as error:
                    self._faults.add(row.number, "file", error.reason)
        files = manifests.files_at(self._session, (one.below for one in found.values()))
        self._search_uploads(rows, found, files)
        digests = manifests.clips_of_digests(self._session, (one.sha256 for one in rows))
        targets: dict[int, Target] = {}
        for row in rows:
            try:
                target = self._target(row, found.get(row.number), files, digests)
            except InvalidValueError as error:
                self._faults.add(row.number, error.field, error.reason)
                continue
            if target is not None:
                targets[row.number] = target
        return targets

    def _search_uploads(
        self,
        rows: Iterable[Row],
        found: dict[int, Place],
        files: dict[tuple[str, bytes], KnownFile],
    ) -> None:
        """A bare name that is nowhere may be that of an upload: those lie in folders by day."""
        lost = {
            row.number: os.fsencode(row.file)
            for row in rows
            if row.number in found
            and found[row.number].status is None
            and found[row.number].key not in files
            and "/" not in row.file
        }
        uploads = manifests.uploads_named(self._session, set(lost.values()))
        for number, name in lost.items():
            same = uploads.get(name, [])
            if len({one.clip_id or one.id for one in same}) > 1:
                many = f"{len(same)} uploads have this name; give the folder, too"
                self._faults.add(number, "file", many)
                del found[number]
            elif same:
                one = same[0]
                path = os.fsdecode(os.path.join(os.fsencode(one.root), one.path))  # noqa: PTH118
                found[number] = self._places.find(path, "file")
                files[found[number].key] = one

    def _target(
        self,
        row: Row,
        place: Place | None,
        files: Mapping[tuple[str, bytes], KnownFile],
        digests: Mapping[str, str],
    ) -> Target | None:
        if not row.file:
            clip_id = digests.get(row.sha256)
            if clip_id is None:
                raise InvalidValueError("sha256", "no clip in the catalogue has these bytes")
            return Target(None, None, clip_id)
        if place is None:
            return None
        known = files.get(place.key)
        status = place.status
        if status is None:
            if known is None or known.clip_id is None:
                raise InvalidValueError("file", f"{row.file}: no such file")
            clip_id = known.clip_id
        elif (
            known is None
            or known.clip_id is None
            or ((known.byte_count, known.mtime_ns) != (status.st_size, status.st_mtime_ns))
        ):
            refused = not_footage(place.path)
            if refused:
                raise InvalidValueError("file", f"{row.file}: {refused}")
            return Target(place, known, None)
        else:
            clip_id = known.clip_id
        if row.sha256 and digests.get(row.sha256) != clip_id:
            raise InvalidValueError("sha256", "the file has other bytes")
        return Target(place, known, clip_id)


def _once(rows: Sequence[Row], targets: Mapping[int, Target], checked: Checked) -> list[Row]:
    """Rows that have a target, each clip once; rows that contradict each other are a fault."""
    first: dict[object, Row] = {}
    for row in rows:
        target = targets.get(row.number)
        if target is None:
            continue
        before = first.setdefault(target.key, row)
        if before is row:
            continue
        if before.wishes == row.wishes:
            checked.repeated.append((row.number, before.number))
        else:
            column = "file" if row.file else "sha256"
            said = f"row {before.number} says something else of the same clip"
            checked.faults.add(row.number, column, said)
    return list(first.values())


def _plan(
    session: Session,
    rows: Sequence[Row],
    targets: Mapping[int, Target],
    places: Places,
    faults: Faults,
    *,
    overwrite: bool,
) -> list[Planned]:
    ids = [target.clip_id for target in targets.values() if target.clip_id]
    clips = manifests.clips(session, ids)
    terms = known_terms(session, rows)
    companions = Companions(places)
    planned: list[Planned] = []
    for row in rows:
        target = targets[row.number]
        folder = target.master.parent if target.master else None
        attach: list[Companion] = []
        for one in companions.of_row(row, folder):
            if isinstance(one, InvalidValueError):
                faults.add(row.number, one.field, one.reason)
            elif not companions.is_found_anyway(one, target.master):
                attach.append(one)
        clip = clips.get(target.clip_id) if target.clip_id else None
        what = planning.plan(row, clip, terms, attach, overwrite=overwrite)
        planned.append(Planned(row, target, tuple(attach), what))
    return planned


def known_terms(session: Session, rows: Iterable[Row]) -> dict[tuple[str, str], tuple[str, str]]:
    """(id, label) of the terms that the rows name, by kind and name."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for column, kind in planning.KINDS.items():
        labels = (label for row in rows for label in getattr(row, column))
        for label, term in manifests.terms(session, kind, labels).items():
            found[kind, label] = term
    return found


def as_json(checked: Checked) -> dict[str, object]:
    """What `mediacatalog manifest FILE --json` prints of the check."""
    return {
        "manifest": checked.name,
        "sha256": checked.sha256,
        "format": checked.kind,
        "rows": checked.count,
        "error_count": checked.faults.count,
        "errors": [
            {"row": one.row, "column": one.column, "message": one.message} for one in checked.errors
        ],
        "notes": checked.notes,
        "repeated": [{"row": row, "same_as": first} for row, first in checked.repeated],
        "plan": [
            {
                "row": one.row.number,
                "file": one.shown,
                "clip": one.target.clip_id,
                "new": one.is_new,
                "changes": one.plan.changes,
                "kept": list(one.plan.kept),
            }
            for one in checked.rows
        ],
    }
