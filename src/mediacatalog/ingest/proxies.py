"""Makes proxies in the background: one at a time, when the worker has a hand free.

Whoever dies over one leaves a row that says so and a folder that no row names: the next to look
gives the row back, and whoever makes the proxy next clears the folder.
"""

from __future__ import annotations

import errno
import logging
import shutil
import time
from fractions import Fraction
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediacatalog.catalog import files, proxies, stages
from mediacatalog.errors import FencedError, ToolFailedError, UnreadableMediaError
from mediacatalog.ingest.store import Store
from mediacatalog.ingest.telling import Teller
from mediacatalog.media import probe, proxy

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.proxies import Claim
    from mediacatalog.media.playable import Way
    from mediacatalog.settings import Settings

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Between two looks for a proxy to make; one small query."""
ORPHAN_ROUNDS = 10


class Maker:
    """Makes the proxies that the catalogue says are wanted, under the name of `owner`."""

    def __init__(
        self,
        catalogue: Catalogue,
        settings: Settings,
        owner: str,
        is_alive: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`is_alive` says of another owner whether it still lives."""
        self._catalogue, self._settings, self._owner = catalogue, settings, owner
        self._is_alive = is_alive
        self._store = Store(settings.derivatives)
        self._clip_id: str | None = None

    def run(self, stop: threading.Event, has_hand: Callable[[], bool]) -> None:
        """Until `stop`: make what is wanted while `has_hand`."""
        rounds = 0
        while not stop.is_set():
            try:
                if rounds % ORPHAN_ROUNDS == 0:
                    self.release_orphans()
                if has_hand() and self.make_next():
                    continue
            except Exception:  # it outlives any fault of the world
                log.exception("looking for proxies to make failed; it is tried again")
            rounds += 1
            stop.wait(LOOK_SECONDS)

    def let_go(self) -> None:
        """Before this process ends itself: its end is nobody's death."""
        if self._clip_id is not None:
            with self._catalogue.writing() as session:
                proxies.release(session, self._clip_id, owner=self._owner, let_go=True)

    def release_orphans(self) -> None:
        """Give back what dead makers had in hand."""
        with self._catalogue.reading() as session:
            held = proxies.held(session)
        for clip_id, owner in held:
            gone = clip_id != self._clip_id if owner == self._owner else not self._is_alive(owner)
            if gone:
                with self._catalogue.writing() as session:
                    proxies.release(session, clip_id, owner=owner)

    def make_next(self) -> bool:
        """Make the most urgent proxy; False when none is wanted or can be made now."""
        with self._catalogue.reading() as session:
            if not proxies.is_wanted(session):
                return False
        with self._catalogue.writing() as session:
            claim = proxies.take(session, self._owner)
        if claim is None:
            return False
        self._clip_id = claim.clip_id
        try:
            self._make(claim)
        except FencedError as error:
            log.info("%s", error)
        except (OSError, sa.exc.SQLAlchemyError, ToolFailedError) as error:
            log.warning("the proxy of clip %s is tried later: %s", claim.clip_id, error)
            self._postpone(claim, str(error))
        except Exception as error:  # a fault of ours: not for ever
            log.exception("the proxy of clip %s failed", claim.clip_id)
            self._postpone(claim, f"{type(error).__name__}: {error}", give_up=True)
        finally:
            self._clip_id = None
        return True

    def _postpone(self, claim: Claim, reason: str, *, give_up: bool = False) -> None:
        try:
            with self._catalogue.writing() as session:
                proxies.postpone(session, claim, reason, give_up=give_up)
        except (FencedError, sa.exc.SQLAlchemyError) as why:
            log.warning("the proxy of clip %s can't be postponed: %s", claim.clip_id, why)

    def _make(self, claim: Claim) -> None:
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
