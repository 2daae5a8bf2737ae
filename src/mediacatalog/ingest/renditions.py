"""Makes the renditions of shared clips in the background: one at a time, when a hand is free.

It also removes those of links that hold no more, and what killed attempts left.
"""

from __future__ import annotations

import errno
import logging
import shutil
from fractions import Fraction
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediacatalog.catalog import renditions
from mediacatalog.errors import FencedError, ToolFailedError, UnreadableMediaError
from mediacatalog.ingest import proxies
from mediacatalog.ingest.store import sync
from mediacatalog.ingest.telling import Teller
from mediacatalog.media import probe, proxy
from mediacatalog.media import renditions as making

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.renditions import Claim
    from mediacatalog.media.playable import Way
    from mediacatalog.settings import Settings

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
TIDY_ROUNDS = 10


class Renderer:
    """Makes what links want, under the name of `owner`."""

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
        self._in_hand: Claim | None = None

    def run(self, stop: threading.Event, has_hand: Callable[[], bool]) -> None:
        """Until `stop`: make what is wanted while `has_hand`."""
        rounds = 0
        while not stop.is_set():
            try:
                if rounds % TIDY_ROUNDS == 0:
                    self.release_orphans()
                    self.tidy()
                if has_hand() and self.make_next():
                    continue
            except Exception:  # it outlives any fault of the world
                log.exception("looking for renditions to make failed; it is tried again")
            rounds += 1
            stop.wait(LOOK_SECONDS)

    def let_go(self) -> None:
        """Before this process ends itself: its end is nobody's death."""
        if (mine := self._in_hand) is not None:
            with self._catalogue.writing() as session:
                renditions.release(
                    session, mine.share_id, mine.number, owner=self._owner, let_go=True
                )

    def release_orphans(self) -> None:
        """Give back what dead ones had in hand."""
        with self._catalogue.reading() as session:
            held = renditions.held(session)
        mine = self._in_hand
        for share_id, number, owner in held:
            own = mine is not None and (mine.share_id, mine.number) == (share_id, number)
            gone = not own if owner == self._owner else not self._is_alive(owner)
            if gone:
                with self._catalogue.writing() as session:
                    renditions.release(session, share_id, number, owner=owner)

    def tidy(self) -> None:
        """Remove every folder that belongs to no link that holds; what is lost is made anew."""
        shares = self._settings.shares
        found = [path for path in shares.iterdir() if path.is_dir()] if shares.is_dir() else []
        with self._catalogue.reading() as session:  # after the look: what is new stays
            named, ready = renditions.folders(session), renditions.ready_folders(session)
        lost = {name for name in ready if not (shares / name / making.FILM).is_file()}
        if lost:
            with self._catalogue.writing() as session:
                renditions.make_again(session, lost)
        for path in found:
            if path.name not in named:
                shutil.rmtree(path, ignore_errors=True)

    def make_next(self) -> bool:
        """Make the oldest that waits; False when none does or can be made now."""
        with self._catalogue.reading() as session:
            if not renditions.is_wanted(session):
                return False
        with self._catalogue.writing() as session:
            claim = renditions.take(session, self._owner)
        if claim is None:
            return False
        self._in_hand = claim
        try:
            self._make(claim)
        except FencedError as error:
            log.info("%s", error)
        except (OSError, sa.exc.SQLAlchemyError, ToolFailedError) as error:
            log.warning("the rendition %s is tried later: %s", claim.folder, error)
            self._postpone(claim, str(error))
        except Exception as error:  # a fault of ours: not for ever
            log.exception("the rendition %s failed", claim.folder)
            self._postpone(claim, f"{type(error).__name__}: {error}", give_up=True)
        finally:
            self._in_hand = None
        return True

    def _postpone(self, claim: Claim, reason: str, *, give_up: bool = False) -> None:
        try:
            with self._catalogue.writing() as session:
                renditions.postpone(session, claim, reason, give_up=give_up)
        except (FencedError, sa.exc.SQLAlchemyError) as why:
            log.warning("the rendition %s can't be postponed: %s", claim.folder, why)

    def _make(self, claim: Claim) -> None:
        path = proxies.master_of(self._catalogue, claim.clip_id)
        proxies.need_room(self._settings, claim.duration_ms)
        folder = self._settings.shares / claim.folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        master = proxy.Master(
            path=path,
            probe=probe.probe(path),
            start_pts=claim.start_pts,
            time_base=Fraction(claim.time_base or "1/1000"),
            duration_ms=claim.duration_ms,
            positions=claim.positions,
            end_pts=claim.end_pts,
            mark=claim.mark,
            lead_ms=claim.lead_ms,
        )
        way: Way = "copy" if claim.way == "copy" else "encode"
        is_kept = False
        try:
            made = making.make(
                master,
                way,
                claim.private,
                folder,
                most_seconds=self._settings.stage_seconds,
                progress=Teller(
                    self._catalogue, lambda session, part: renditions.tell(session, claim, part)
                ),
            )
            if proxies.master_of(self._catalogue, claim.clip_id) != path:
                raise OSError(errno.ESTALE, "the file went away or changed while it was read")
            sync(folder)
            with self._catalogue.writing() as session:
                renditions.keep(session, claim, made)
            is_kept = True
            log.info("the rendition %s is made", claim.folder)
        except UnreadableMediaError as error:
            with self._catalogue.writing() as session:
                renditions.fail(session, claim, error.reason)
        finally:
            if not is_kept:
                shutil.rmtree(folder, ignore_errors=True)
