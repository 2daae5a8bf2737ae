"""Where a path of a manifest leads: always to a regular file inside a known root, never past it."""

from __future__ import annotations

import os
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mediacatalog.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Place:
    """A path inside a root, and what was there."""

    root: Path
    below: bytes
    """The name below the root."""
    status: os.stat_result | None
    """None when nothing is there."""

    @property
    def path(self) -> Path:
        return self.root / os.fsdecode(self.below)

    @property
    def key(self) -> tuple[str, bytes]:
        """As sightings are found: the root's path, and the path below it."""
        return os.fspath(self.root), self.below


class Places:
    """Resolves paths; what it learned of folders is kept, so one is made for each check."""

    def __init__(self, roots: Sequence[Path], bases: Sequence[Path]) -> None:
        """`roots` are the known ones. Relative paths begin at a base, else at a root."""
        self.roots = sorted(roots, key=lambda one: -len(one.parts))
        self.bases = list(bases)
        self._folders: dict[Path, str] = {}

    def find(self, text: str, column: str, beside: Path | None = None) -> Place:
        """The file that a path means; with `status` None when it is nowhere.

        Relative paths begin in the bases, then in `beside`, then in each root. Raises
        InvalidValueError for a path that leads out of the roots, over a link, to something else
        than a regular file, or to files in two roots.
        """
        wanted = _plain(text, column)
        first: Place | None = None
        bases = [*self.bases, *([beside] if beside else [])]
        refused: InvalidValueError | None = None
        for spelled in _spellings(wanted):
            whole = [Path(spelled)] if spelled.is_absolute() else [one / spelled for one in bases]
            for candidate in whole:
                try:
                    place = self._look(candidate, column)
                except InvalidValueError as error:
                    refused = refused or error
                    continue
                if place.status is not None:
                    return place
                first = first or place
            if not spelled.is_absolute():
                in_roots = self._in_roots(spelled, column)
                if in_roots.status is not None:
                    return in_roots
                first = first or in_roots
        if refused is not None:
            raise refused
        if first is None:
            raise InvalidValueError(column, "no folder is known in which it could lie")
        return first

    def _in_roots(self, spelled: PurePosixPath, column: str) -> Place:
        places = [self._look(root / spelled, column) for root in self.roots]
        there = {place.path: place for place in places if place.status is not None}
        if len(there) > 1:
            folders = ", ".join(sorted(os.fspath(one.root) for one in there.values()))
            raise InvalidValueError(column, f"lies in more than one folder: {folders}")
        return next(iter(there.values()), places[0]) if places else _nowhere(spelled)

    def _look(self, candidate: Path, column: str) -> Place:
        root = next((one for one in self.roots if one in candidate.parents), None)
        if root is None:
            # Whether anything is there is only told of folders that the caller named.
            inside = any(base in candidate.parents for base in self.bases)
            if inside and _status(candidate) is None:
                return Place(candidate.parent, os.fsencode(candidate.name), None)
            raise InvalidValueError(
                column, "lies outside every folder that the catalogue knows; see --root"
            )
        below = candidate.relative_to(root)
        if any(part.startswith(".") for part in below.parts):
            raise InvalidValueError(column, "is hidden, or lies in a hidden folder")
        over = self._over_a_link(root, candidate.parent)
        if over:
            raise InvalidValueError(column, over)
        status = _status(candidate)
        if status is not None and stat.S_ISLNK(status.st_mode):
            raise InvalidValueError(column, "is a link to another file; links are not followed")
        if status is not None and not stat.S_ISREG(status.st_mode):
            raise InvalidValueError(column, "is not a regular file")
        return Place(root, os.fsencode(below), status)

    def _over_a_link(self, root: Path, folder: Path) -> str:
        """Why a folder isn't gone into; empty if it may be, or isn't there."""
        if folder == root:
            return ""
        known = self._folders.get(folder)
        if known is None:
            known = self._over_a_link(root, folder.parent)
            status = _status(folder)
            if not known and status is not None and stat.S_ISLNK(status.st_mode):
                known = "leads over a link; links are not followed"
            self._folders[folder] = known
        return known


def _nowhere(spelled: PurePosixPath) -> Place:
    return Place(Path(spelled).parent, os.fsencode(spelled.name), None)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except (OSError, ValueError):
        return None


def _plain(text: str, column: str) -> str:
    if "\0" in text:
        raise InvalidValueError(column, "holds a zero byte")
    if len(os.fsencode(text)) > 4096:
        raise InvalidValueError(column, "is longer than a path can be")
    if ".." in text.replace("\\", "/").split("/"):
        raise InvalidValueError(column, "may not hold “..”")
    if not text.strip("/."):
        raise InvalidValueError(column, "names no file")
    return text


def _spellings(text: str) -> Iterator[PurePosixPath]:
    """The path as it stands there, then as other systems might have written it."""
    seen: set[str] = set()
    for slashes in (text, text.replace("\\", "/")):
        for form in (
            slashes,
            unicodedata.normalize("NFC", slashes),
            unicodedata.normalize("NFD", slashes),
        ):
            if form not in seen:
                seen.add(form)
                yield PurePosixPath(form)
