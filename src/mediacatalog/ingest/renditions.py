"""Makes the renditions of shared clips in the background.

It also removes those of links that hold no more, and what killed attempts left.
"""

from __future__ import annotations

import errno
import logging
import shutil
from fractions import Fraction
from typing import TYPE_CHECKING

from mediacatalog.catalog import renditions
from mediacatalog.errors import UnreadableMediaError
from mediacatalog.ingest import proxies
from mediacatalog.ingest.background import Background
from mediacatalog.ingest.store import sync
from mediacatalog.ingest.telling import Teller
from mediacatalog.media import probe, proxy
from mediacatalog.media import renditions as making

if TYPE_CHECKING:
    from mediacatalog.catalog.renditions import Claim
    from mediacatalog.media.playable import Way

log = logging.getLogger(__name__)


class Renderer(Background["Claim", tuple[str, int]]):
    """Makes what links want."""

    queue = renditions

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

    def make(self, claim: Claim) -> None:
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
