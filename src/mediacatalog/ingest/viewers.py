"""Warm decoder children, lent to whoever reads a clip: one for each clip read at the same time."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from mediacatalog.media.viewing import Viewer

if TYPE_CHECKING:
    from collections.abc import Iterator


class Viewers:
    """A pool without a bound of its own; its users bound how many they need at once."""

    def __init__(self) -> None:
        self._free: list[Viewer] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            for viewer in self._free:
                viewer.__exit__(None, None, None)
            self._free.clear()

    @contextmanager
    def one(self) -> Iterator[Viewer]:
        """A viewer that nobody else uses meanwhile."""
        with self._lock:
            viewer = self._free.pop() if self._free else None
        if viewer is None:
            viewer = Viewer().__enter__()
        try:
            yield viewer
        finally:
            with self._lock:
                self._free.append(viewer)
