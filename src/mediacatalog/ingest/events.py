"""Hints that something changed in a root, so that it is looked at sooner. Never the truth.

Where the system tells nothing (network shares) or not everything (its limit of watches), the root
is only polled, and says so.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from mediacatalog.ingest.roots import blind_spot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from watchdog.observers.api import ObservedWatch

log = logging.getLogger(__name__)

# Neither opening nor reading is among them: both are what we do ourselves.
KINDS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileClosedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]


class _Hint(FileSystemEventHandler):
    def __init__(self, news: threading.Event, root_id: str, changed: set[str]) -> None:
        self._news, self._root_id, self._changed = news, root_id, changed

    def on_any_event(self, event: FileSystemEvent) -> None:
        del event
        self._changed.add(self._root_id)
        self._news.set()


class Events:
    """Follows roots for as long as it is open; `stop` ends it."""

    def __init__(self) -> None:
        self._observer = Observer()
        self._observer.daemon = True
        self._observer.start()
        self._news = threading.Event()
        self._changed: set[str] = set()
        self._followed: dict[str, tuple[Path, ObservedWatch | None, str]] = {}

    def follow(self, roots: Mapping[str, Path]) -> dict[str, str]:
        """Follow exactly these roots (id to folder): why one is only polled, else empty."""
        for root_id in [one for one in self._followed if one not in roots]:
            self._forget(root_id)
        for root_id, folder in roots.items():
            known = self._followed.get(root_id)
            # One that failed is tried again once it is back: `forget` is called for lost folders.
            if known is None or known[0] != folder:
                self._forget(root_id)
                self._followed[root_id] = (folder, *self._begin(root_id, folder))
        return {root_id: why for root_id, (_, _, why) in self._followed.items()}

    def _begin(self, root_id: str, folder: Path) -> tuple[ObservedWatch | None, str]:
        why = blind_spot(folder)
        if why:
            return None, why
        try:
            hint = _Hint(self._news, root_id, self._changed)
            return (
                self._observer.schedule(hint, str(folder), recursive=True, event_filter=KINDS),
                "",
            )
        except OSError as error:
            log.warning("%s is only polled: %s", folder, error)
            return None, f"the system refused to watch it: {error.strerror or error}"

    def _forget(self, root_id: str) -> None:
        _, watch, _ = self._followed.pop(root_id, (None, None, ""))
        if watch is not None:
            self._observer.unschedule(watch)

    def lost(self, root_id: str) -> None:
        """The folder is gone for now: a watch on it would be deaf when it comes back."""
        self._forget(root_id)

    def wait(self, seconds: float) -> set[str]:
        """Ids of roots in which something changed; at the latest after `seconds`, then empty."""
        self._news.wait(seconds)
        self._news.clear()
        changed = set(self._changed)
        self._changed -= changed
        return changed

    def wake(self) -> None:
        self._news.set()

    def stop(self) -> None:
        self._observer.stop()
        self._observer.join(timeout=5)
