"""Runs the web half: granian, and in its one worker the application and the index's follower."""

from __future__ import annotations

import functools
import os
import threading
from typing import TYPE_CHECKING

from granian.constants import Interfaces
from granian.server import Server

from mediacatalog.catalog.database import open_catalogue
from mediacatalog.search.index import SearchIndex
from mediacatalog.web import create_app

if TYPE_CHECKING:
    from apiflask import APIFlask

    from mediacatalog.settings import Settings

ORPHAN_SECONDS = 1.0


def make_app(settings: Settings) -> APIFlask:
    """The application with everything open, and the thread that keeps the index up to date."""
    catalogue = open_catalogue(settings.catalogue_url)
    catalogue.upgrade()
    index = SearchIndex(settings.index)
    threading.Thread(
        target=index.follow, args=(catalogue, threading.Event()), name="follower", daemon=True
    ).start()
    return create_app(settings, catalogue, index)


def _make_in_worker(settings: Settings, parent: int) -> APIFlask:
    threading.Thread(target=_end_with, args=(parent,), name="orphan-watch", daemon=True).start()
    return make_app(settings)


def _end_with(parent: int) -> None:
    """A server whose parent was killed must not keep the port."""
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(ORPHAN_SECONDS)
    os._exit(1)


def serve(settings: Settings) -> None:
    """Serve until interrupted. The tables are created or migrated first."""
    server = Server(
        "mediacatalog.web.wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=settings.threads,
        respawn_failed_workers=True,
        log_enabled=False,
    )
    server.serve(
        target_loader=functools.partial(_make_in_worker, settings, os.getpid()), wrap_loader=False
    )
