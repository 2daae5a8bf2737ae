"""A worker that dies where it is told to, in a process of its own.

All code is the real one; a SIGKILL of its own process is put before or after a named function, at
its first call, or at a named file. Each decode is noted in a file, so that two at once are found.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mediacatalog.catalog.database import open_catalogue
from mediacatalog.cli.operations import _work
from mediacatalog.ingest import engine
from mediacatalog.ingest.roots import prepare_roots
from mediacatalog.media.viewing import Viewer

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

    from mediacatalog.settings import Settings

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
    "tidy": ("mediacatalog.ingest.store", "Store.is_tidy"),
    "cues": ("mediacatalog.catalog.tracks", "keep"),
    "derive": ("mediacatalog.catalog.timeline", "derive"),
    "final": ("mediacatalog.ingest.pipeline", "finish"),
    "following": ("mediacatalog.ingest.engine", "Worker._following"),
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


def _note_decodes(notes: Path, deadly: str) -> None:
    real = Viewer.watch_through
    who = multiprocessing.current_process().name  # the system gives a dead one's number away again

    def say(*words: object) -> None:
        with notes.open("a") as file:  # one write, appended whole
            file.write(" ".join(map(str, (who, time.monotonic(), *words))) + "\n")

    @functools.wraps(real)
    def noted(self: Viewer, path: Path, *args: Any, **named: Any) -> Any:
        say("begin", path.name)
        if path.name == deadly:
            _die()
        try:
            return real(self, path, *args, **named)
        finally:
            say("end", path.name)

    Viewer.watch_through = noted  # type: ignore[method-assign]


def start(settings: Settings, notes: Path, point: str = "") -> ForkServerProcess:
    """A worker that dies at `point`: one of POINTS, or `file:NAME`; or never.

    It is forked from a process that has imported everything and done nothing.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([engine.__name__, __name__])
    process = context.Process(target=_live, args=(settings, notes, point))
    process.start()
    return process


def _live(settings: Settings, notes: Path, point: str) -> None:
    parent = os.getppid()
    os.setsid()
    log = os.open(notes.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 2)
    kind, _, name = point.partition(":")
    _note_decodes(notes, name if kind == "file" else "")
    if point in POINTS:
        _put(point)
    catalogue = open_catalogue(settings.catalogue_url)
    catalogue.upgrade()
    prepare_roots(catalogue, settings)
    catalogue.close()
    _work(settings, parent)
