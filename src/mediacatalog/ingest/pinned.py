"""The picture of the frame that a person pinned as a clip's poster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediacatalog.catalog import holdings, posters
from mediacatalog.errors import UnreadableMediaError
from mediacatalog.media import positions

if TYPE_CHECKING:
    from mediacatalog.ingest.pipeline import Job, Services
    from mediacatalog.values import PictureFile


def make(services: Services, job: Job, attempt: int, pts: int) -> tuple[PictureFile, str]:
    """The picture, and its folder in the store. Raises UnreadableMediaError, with none left."""
    with services.catalogue.reading() as session:
        problems = holdings.clip(session, job.clip_id).problems
    odd = any(one["message"] in {positions.JUMPED, positions.ESTIMATED} for one in problems)
    folder = services.store.begin(job.sha256, posters.STAGE, attempt)
    try:
        picture = services.viewer.still(
            job.path, services.settings.derivatives / folder, pts, steady=not odd
        )
    except UnreadableMediaError:
        services.store.discard(folder)
        raise
    services.store.sync(folder)
    return picture, folder
