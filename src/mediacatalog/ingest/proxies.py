"""Makes proxies in the background.

Whoever dies over one leaves a folder that no row names: whoever makes the proxy next clears it.
"""

from __future__ import annotations

import errno
import logging
import shutil
import time
from fractions import Fraction
from typing import TYPE_CHECKING

from mediacatalog.catalog import files, proxies, stages
from mediacatalog.errors import UnreadableMediaError
from mediacatalog.ingest.background import Background
from mediacatalog.ingest.store import Store
from mediacatalog.ingest.telling import Teller
from mediacatalog.media import probe, proxy

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.proxies import Claim
    from mediacatalog.media.playable import Way
    from mediacatalog.settings import Settings

log = logging.getLogger(__name__)


class Maker(Background["Claim", str]):
    """Makes the proxies that the catalogue says are wanted."""

    queue = proxies

    @property
    def _store(self) -> Store:
        return Store(self._settings.derivatives)

    def make(self, claim: Claim) -> None:
        began = time.monotonic()
        path = master_of(self._catalogue, claim.clip_id)
        need_room(self._settings, claim.duration_ms)
        with self._catalogue.writing() as session:
            attempt, deaths = proxies.begin(session, claim)
        self._tidy(claim)
        folder = self._store.begin(claim.sha256, proxies.STAGE, attempt)
        try:
            made = self._made(claim, path, folder, deaths)
            self._store.sync(folder)
            with self._catalogue.writing() as session:
                took = round((time.monotonic() - began) * 1000)
                proxies.keep(session, claim, attempt, made, folder, took)
            log.info("the proxy of clip %s is made (%s, %d ms)", claim.clip_id, made.way, took)
        except UnreadableMediaError as error:
            with self._catalogue.writing() as session:
                took = round((time.monotonic() - began) * 1000)
                proxies.fail(session, claim, attempt, error.reason, took)
        finally:
            self._tidy(claim)

    def _made(self, claim: Claim, path: Path, folder: str, deaths: int) -> proxy.Proxy:
        if deaths >= stages.MAX_DEATHS:
            raise UnreadableMediaError(path, f"no proxy: {deaths} workers in a row died of it")
        master = proxy.Master(
            path=path,
            probe=probe.probe(path),
            start_pts=claim.start_pts,
            time_base=Fraction(claim.time_base),
            duration_ms=claim.duration_ms,
            positions=claim.positions,
        )
        way: Way = "copy" if claim.way == "copy" else "encode"
        made = proxy.make(
            master,
            way,
            self._settings.derivatives / folder,
            most_seconds=self._settings.stage_seconds,
            progress=Teller(
                self._catalogue, lambda session, part: proxies.tell(session, claim, part)
            ),
        )
        if master_of(self._catalogue, claim.clip_id) != path:
            raise OSError(errno.ESTALE, "the file went away or changed while it was read")
        return made

    def _tidy(self, claim: Claim) -> None:
        """Remove what killed and replaced attempts left, but not what is in hand."""
        clip_folder = self._store.clip_folder(claim.sha256)
        with self._catalogue.reading() as session:
            named = proxies.folders(session, claim.clip_id, clip_folder)
        for path in (self._settings.derivatives / clip_folder).glob(f"{proxies.STAGE}-*"):
            if f"{clip_folder}/{path.name}" not in named:
                shutil.rmtree(path, ignore_errors=True)


def master_of(catalogue: Catalogue, clip_id: str) -> Path:
    """A path that still holds the bytes of a clip that were read. Raises OSError."""
    with catalogue.reading() as session:
        found = files.master(session, clip_id)
    for place in found.places:
        path = files.path_of(place)
        try:
            status = path.lstat()
        except OSError:
            continue
        if (status.st_size, status.st_mtime_ns) == (found.byte_count, place.mtime_ns):
            return path
    raise OSError(errno.ENOENT, "the master can't be reached now")


def need_room(settings: Settings, duration_ms: int) -> None:
    """Raises OSError when a film of this length could eat into the reserve of the disk."""
    free = shutil.disk_usage(settings.data).free - settings.disk_reserve_bytes
    most = proxy.most_bytes(duration_ms)
    if free < most:
        short = f"it may need {most >> 20} MiB, and {max(0, free) >> 20} MiB are free"
        raise OSError(errno.ENOSPC, short)
