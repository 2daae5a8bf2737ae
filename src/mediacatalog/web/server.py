"""Runs the web half: granian, and in its one worker the application and the index's follower."""

from __future__ import annotations

import gc
import os
import socket
import stat
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from granian.constants import Interfaces, SSLProtocols
from granian.server import Server

from mediacatalog.catalog.database import open_catalogue
from mediacatalog.search import frequent
from mediacatalog.search.index import SearchIndex
from mediacatalog.web import create_app, exposure

if TYPE_CHECKING:
    from apiflask import APIFlask

    from mediacatalog.settings import Settings

GARBAGE = (10_000, 20, 50)
"""How seldom cycles are looked for. Everybody waits for each look: 3 ms among so many objects, and
16 among as many as a command lets come together."""
ORPHAN_SECONDS = 1.0
SILENT_SECONDS = 30
"""A client that is silent for so long is asked by the kernel whether it's still there."""


def make_app(settings: Settings) -> APIFlask:
    """The application with everything open, and the threads that keep the index up to date."""
    catalogue = open_catalogue(settings.catalogue_url)
    catalogue.upgrade()
    index = SearchIndex(settings.index)
    never = threading.Event()
    followers = {
        "follower": partial(index.follow, catalogue, never),
        "counting": partial(frequent.keep_counted, catalogue, index, never),
    }
    for name, work in followers.items():
        threading.Thread(target=work, name=name, daemon=True).start()
    return create_app(settings, catalogue, index)


def _make_in_worker(settings: Settings, parent: int) -> APIFlask:
    threading.Thread(target=_end_with, args=(parent,), name="orphan-watch", daemon=True).start()
    threading.Thread(target=_notice_dead_lines, name="dead-lines", daemon=True).start()
    app = make_app(settings)
    gc.collect()
    gc.freeze()  # what is loaded stays, and is never looked through
    gc.set_threshold(*GARBAGE)
    return app


def _notice_dead_lines() -> None:
    """Every upload holds a thread: one whose client vanished without a word must not for ever.

    Granian has no setting for it, and opens its socket after this began; but what it accepts
    inherits the options of the socket that it listens on.
    """
    pause = threading.Event()
    while not any(_ask_silent_clients(int(name)) for name in os.listdir("/proc/self/fd")):  # noqa: PTH208
        pause.wait(ORPHAN_SECONDS)


def _ask_silent_clients(descriptor: int) -> bool:
    """Whether this is the socket that the server listens on; then its connections are watched."""
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return False
        door = socket.socket(fileno=os.dup(descriptor))
    except OSError:
        return False  # closed since
    with door:
        if door.family not in (socket.AF_INET, socket.AF_INET6):
            return False
        if not door.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return False
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, SILENT_SECONDS)
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, SILENT_SECONDS // 3)
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return True


def _end_with(parent: int) -> None:
    """A server whose parent was killed must not keep the port."""
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(ORPHAN_SECONDS)
    os._exit(1)


def serve(settings: Settings) -> None:
    """Serve until interrupted. The tables are created or migrated first.

    Raises SettingsError where anybody could look in.
    """
    catalogue = open_catalogue(settings.catalogue_url)
    catalogue.upgrade()
    exposure.refuse_unsafe(settings, catalogue)
    catalogue.close()
    server = Server(
        "mediacatalog.web.wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=settings.threads,
        respawn_failed_workers=True,
        log_enabled=False,
        ssl_cert=Path(settings.tls_certificate) if settings.tls_certificate else None,
        ssl_key=Path(settings.tls_key) if settings.tls_key else None,
        ssl_protocol_min=SSLProtocols.tls12,
    )
    server.serve(target_loader=partial(_make_in_worker, settings, os.getpid()), wrap_loader=False)
