"""A worker that dies where it is told to: `python -m tests.ingest.killing [POINT]`.

All code is the real one; a SIGKILL of its own process is put before or after a named function, at
its first call. Each decode is noted in the file that DECODES names, so that two at once are found.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mediacatalog import settings as settings_module
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.ingest.roots import prepare_roots
from mediacatalog.media.viewing import Viewer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLACES = {
    "claim": ("mediacatalog.catalog.claims", "claim"),
    "take": ("mediacatalog.catalog.claims", "take"),
    "fingerprint": ("mediacatalog.media.fingerprint", "fingerprint"),
    "clip": ("mediacatalog.catalog.holdings", "clip_of_bytes"),
    "begin": ("mediacatalog.catalog.stages", "begin"),
    "probe": ("mediacatalog.media.probe", "probe"),
    "folder": ("mediacatalog.ingest.store", "Store.begin"),
    "sync": ("mediacatalog.ingest.store", "Store.sync"),
    "rows": ("mediacatalog.catalog.timeline", "keep_viewing"),
    "done": ("mediacatalog.catalog.stages", "finish"),
    "tidy": ("mediacatalog.ingest.store", "Store.tidy"),
    "cues": ("mediacatalog.catalog.tracks", "keep"),
    "derive": ("mediacatalog.catalog.timeline", "derive"),
    "final": ("mediacatalog.ingest.pipeline", "finish"),
}
POINTS = [f"{place}:{when}" for place in PLACES for when in ("before", "after")]


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _put(point: str) -> None:
    place, when = point.split(":")
    module_name, name = PLACES[place]
    owner: Any = import_module(module_name)
    *outer, last = name.split(".")
    for part in outer:
        owner = getattr(owner, part)
    real: Callable[..., Any] = getattr(owner, last)

    @functools.wraps(real)
    def deadly(*args: Any, **named: Any) -> None:
        if when == "after":
            real(*args, **named)
        _die()

    setattr(owner, last, deadly)


def _note_decodes(notes: str) -> None:
    real = Viewer.watch_through

    def say(*words: object) -> None:
        with open(notes, "a") as file:  # noqa: PTH123 - one write, appended whole
            file.write(" ".join(map(str, (os.getpid(), time.monotonic(), *words))) + "\n")

    @functools.wraps(real)
    def noted(self: Viewer, path: Path, *args: Any, **named: Any) -> Any:
        say("begin", path.name)
        try:
            return real(self, path, *args, **named)
        finally:
            say("end", path.name)

    Viewer.watch_through = noted  # type: ignore[method-assign]


def main() -> None:
    from mediacatalog.cli.operations import _work

    settings = settings_module.load()
    _note_decodes(os.environ.pop("DECODES"))
    for point in sys.argv[1:]:
        _put(point)
    catalogue = open_catalogue(settings.catalogue_url)
    catalogue.upgrade()
    prepare_roots(catalogue, settings)
    catalogue.close()
    _work(settings, os.getppid())


if __name__ == "__main__":
    main()
