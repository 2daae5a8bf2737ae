"""The one tree of errors. Each carries its subject; low code raises, the edges speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class MediaCatalogError(Exception):
    """Something a person can understand and act on; shown without a traceback."""


class UnreadableMediaError(MediaCatalogError):
    """A tool or decoder refused `path`; `reason` is what it said. A fault of the file."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path.name}: {reason}")
        self.path, self.reason = path, reason


class NotFootageError(UnreadableMediaError):
    """The first bytes of `path` say that it is something else; no decoder is let near it."""


class ToolFailedError(MediaCatalogError):
    """An external program could not do its work; `reason` is the last line it printed."""

    def __init__(self, tool: str, reason: str, *, returncode: int | None = None) -> None:
        super().__init__(f"{tool}: {reason}")
        self.tool, self.reason, self.returncode = tool, reason, returncode


class ToolTimedOutError(ToolFailedError):
    """An external program was killed because it used up its time."""


class ToolMissingError(ToolFailedError):
    """A program that the system needs isn't installed. A fault of the world."""


class UnknownCaptionFormatError(MediaCatalogError):
    """No reader knows the bytes of `name`."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name, self.reason = name, reason


class TelemetryNotCaptionsError(UnknownCaptionFormatError):
    """A drone's telemetry in the clothes of an SRT file: never a caption track."""


class UnreadableArticleError(MediaCatalogError):
    """`name` holds nothing that can be read as an article; `reason` says why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name, self.reason = name, reason


class FetchRefusedError(MediaCatalogError):
    """A page isn't fetched from the web; `reason` says why."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url[:300]}: {reason}")
        self.url, self.reason = url, reason


class NotFoundError(MediaCatalogError):
    """Nothing in the catalogue goes by this identity."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"no {kind} {key!r} in the catalogue")
        self.kind, self.key = kind, key


class StaleEditError(MediaCatalogError):
    """Somebody else changed the object first; nothing was written."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"{kind} {key} was changed by somebody else meanwhile; look at it again")
        self.kind, self.key = kind, key


class InvalidValueError(MediaCatalogError):
    """A person entered a value that can't be taken; `field` and the reason say which and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class PurgedBytesError(InvalidValueError):
    """These bytes were purged on a day, and aren't taken in again."""

    def __init__(self, day: str) -> None:
        super().__init__("file", f"its bytes were purged on {day} and aren't taken in again")


class SettingsError(MediaCatalogError):
    """The settings can't be used as they are; names the setting."""


class CatalogueError(MediaCatalogError):
    """The catalogue's database can't be opened; `reason` is what it said."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the catalogue can't be opened: {reason}")
        self.reason = reason


class LockedError(MediaCatalogError):
    """Another process holds what this one needs (exit code 4)."""


class FencedError(MediaCatalogError):
    """Another worker took this stage over meanwhile; this one's result is thrown away."""
