"""Remove the files of purged clips: derivatives always, masters where both admins wanted it.

What is to go stands in the tombstones, so whoever dies over it is followed by another one. A master
goes only if its bytes are those that were purged: a name may hold another file by now.
"""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from mediacatalog.catalog import purging
from mediacatalog.errors import UnreadableMediaError
from mediacatalog.ingest.store import Store
from mediacatalog.media import fingerprint

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue

log = logging.getLogger(__name__)


def erase_due(catalogue: Catalogue, derivatives: Path) -> int:
    """Remove what is to go; returns of how many clips."""
    with catalogue.reading() as session:
        due = purging.to_erase(session)
    store = Store(derivatives)
    for one in due:
        folder = derivatives / store.clip_folder(one.sha256)
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            log.error("the derivatives of the purged clip %s can't be removed", one.clip_id)
            continue
        left = [why for root, name in one.masters if (why := _remove(root, name, one.sha256))]
        told = f"{purging.LEFT}: {'; '.join(left)}" if left else purging.REMOVED
        with catalogue.writing() as session:
            purging.erased(session, one.clip_id, told if one.masters else None)
    return len(due)


def _remove(root: str, name: bytes, sha256: str) -> str:
    """Why a master is still there; empty if it isn't."""
    path = Path(root) / os.fsdecode(name)
    if not os.path.lexists(path):
        return "" if Path(root).is_dir() else "the folder isn't there"
    try:
        if path.is_symlink() or fingerprint.fingerprint(path).sha256 != sha256:
            return "the file holds other bytes now"
        path.unlink()
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except UnreadableMediaError:
        return "the file can't be read"
    except OSError as error:
        return f"{error.strerror}"
    return ""
