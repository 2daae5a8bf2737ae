"""The picture of the frame that a person pinned as a clip's poster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediacatalog.catalog import frames, holdings, posters
from mediacatalog.errors import UnreadableMediaError

if TYPE_CHECKING:
    from mediacatalog.ingest.jobs import Job, Services
    from mediacatalog.values import PictureFile


def make(services: Services, job: Job, attempt: int, pts: int) -> tuple[PictureFile, str]:
    """The picture, and its folder in the store. Raises UnreadableMediaError, with none left."""
    with services.catalogue.reading() as session:
        steady = frames.is_steady(holdings.clip(session, job.clip_id))
    folder = services.store.begin(job.sha256, posters.STAGE, attempt)
    try:
        picture = services.viewer.still(
            job.path, services.settings.derivatives / folder, pts, steady=steady
        )
    except UnreadableMediaError:
        services.store.discard(folder)
        raise
    services.store.sync(folder)
    return picture, folder
