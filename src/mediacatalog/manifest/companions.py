"""The captions and articles that a manifest names: found, read with bounds, and known by digest."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediacatalog import articles, captions
from mediacatalog.articles import cleaning
from mediacatalog.articles.sidecars import VIDEO_SUFFIXES
from mediacatalog.captions.sidecars import named_by
from mediacatalog.catalog import holdings
from mediacatalog.errors import (
    InvalidValueError,
    UnknownCaptionFormatError,
    UnreadableArticleError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediacatalog.manifest.columns import Row
    from mediacatalog.manifest.places import Places

MAX_BYTES = 50 * 2**20
CAPTIONS = tuple(suffix for reader in captions.READERS.values() for suffix in reader.suffixes)
STORIES = (*articles.PAGES, *articles.TEXTS)


@dataclass(frozen=True, slots=True)
class Companion:
    """A file that belongs to a clip because a manifest says so."""

    kind: str
    """`captions` or `article`, as in `catalog.attachments`."""
    path: Path
    name: str
    sha256: str
    language: str | None = None


class Companions:
    """Reads each file once, however many rows name it."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._digests: dict[tuple[str, Path], str | InvalidValueError] = {}
        self._videos: dict[Path, frozenset[str]] = {}

    def of_row(self, row: Row, folder: Path | None) -> Iterator[Companion | InvalidValueError]:
        """What the row names, each with its digest, or what is wrong with it.

        `folder` is that of the clip, where relative paths may begin, too.
        """
        languages: tuple[str | None, ...] = row.captions_language or (None,)
        if len(languages) == 1:
            languages *= len(row.captions)
        for text, language in zip(row.captions, languages, strict=True):
            yield self._find("captions", text, folder, language)
        if row.article:
            yield self._find("article", row.article, folder, None)

    def _find(
        self, kind: str, text: str, folder: Path | None, language: str | None
    ) -> Companion | InvalidValueError:
        try:
            place = self._places.find(text, kind, folder)
        except InvalidValueError as error:
            return error
        if place.status is None:
            return InvalidValueError(kind, f"{text}: no such file")
        path = place.path
        if (kind, path) not in self._digests:
            try:
                self._digests[kind, path] = _digest(kind, path)
            except InvalidValueError as error:
                self._digests[kind, path] = error
        known = self._digests[kind, path]
        if isinstance(known, InvalidValueError):
            return known
        return Companion(kind, path, _name(path), known, language)

    def is_found_anyway(self, one: Companion, master: Path | None) -> bool:
        """Whether it lies beside the clip, and its name says the same as the manifest.

        When in doubt it is attached: bytes that are found twice are shown once.
        """
        if master is None or one.path.parent != master.parent:
            return False
        if not one.path.name.startswith(f"{master.stem}."):
            return False
        rest = one.path.name[len(master.stem) + 1 :].lower()
        if one.kind == "article":
            return f".{rest}" in STORIES
        between = rest.rpartition(".")[0]
        stem = f"{master.stem}.{between}".lower()
        if between and stem in self._stems(master.parent):
            return False  # `clip.ar.srt` belongs to `clip.ar.mp4`
        return one.language in (None, named_by(between).language)

    def _stems(self, folder: Path) -> frozenset[str]:
        """Of the videos of a folder, in small letters."""
        if folder not in self._videos:
            try:
                names = list(folder.iterdir())
            except OSError:
                names = []
            videos = (one.stem.lower() for one in names if one.suffix.lower() in VIDEO_SUFFIXES)
            self._videos[folder] = frozenset(videos)
        return self._videos[folder]


def _name(path: Path) -> str:
    return holdings.display_name(os.fsencode(path.name))


def _digest(kind: str, path: Path) -> str:
    """The SHA-256 of a file that can be read as what it is said to be."""
    name = _name(path)
    endings = CAPTIONS if kind == "captions" else STORIES
    if not name.lower().endswith(endings):
        raise InvalidValueError(kind, f"{name}: {kind} end in {', '.join(endings)}")
    try:
        data = read(path)
        if kind == "captions":
            captions.read(data, name=name)
        else:
            cleaning.check(data, name)
    except OSError as error:
        raise InvalidValueError(kind, f"{name}: {error.strerror or error}") from error
    except (UnknownCaptionFormatError, UnreadableArticleError) as error:
        raise InvalidValueError(kind, str(error)) from error
    return hashlib.sha256(data).hexdigest()


def read(path: Path) -> bytes:
    """The bytes of a small regular file. Raises OSError, also for a link, pipe or large file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("not a regular file")
        if status.st_size > MAX_BYTES:
            raise OSError(f"larger than {MAX_BYTES // 2**20} MiB")
        return file.read(MAX_BYTES)
