"""What every source of articles gives, and the bounds that all of them keep."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from mediacatalog.articles import videos

if TYPE_CHECKING:
    from mediacatalog.values import Article

MAX_LOADED = 200 * 2**20
"""Bytes of a source that is read as a whole."""
MAX_ITEMS = 200_000
"""Articles of one source."""
LEAST_TEXT = 250
"""Characters of a page of a crawl below which it is no story: menus, lists, errors."""
LEAST_MESSAGE = 40
"""Characters of a message without a video below which it is talk."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """One article of a source."""

    name: str
    """For people: `result.json, message 12`."""
    place: str
    """Where in the source it stands, the same at every reading; empty if it is the source."""
    data: bytes
    """The original bytes, or the message or entry as it stands in the source."""
    article: Article
    captured: str | None = None
    """When it was saved, ISO 8601, as the source says."""
    files: tuple[str, ...] = ()
    """Paths of video files that the article itself names, relative to the source's folder."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something in a source that is no article, and why."""

    place: str
    reason: str


def file_of_export(path: object) -> str | None:
    """A path inside an export, if it is one of a video and leads nowhere else."""
    if not isinstance(path, str) or "\\" in path or len(path) > 1000:
        return None
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts:
        return None
    return videos.relative_file(path)
