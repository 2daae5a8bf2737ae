"""Which files that were made of a clip are gone or stale, and letting just those be made again.

What people entered is no derivative: descriptions, pins, edited captions stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediacatalog.catalog import files, posters, proxies, stages, steering, timeline
from mediacatalog.ingest.pipeline import STAGES
from mediacatalog.media import proxy

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.models import Clip
    from mediacatalog.settings import Settings

NAME = "derivatives"
"""What `mediacatalog rerun` calls all of them."""
PROBE, VIEWING = "probe", "watch_through"


def again(session: Session, settings: Settings, clip: Clip, *, priority: int) -> bool | None:
    """Let a worker make what is missing or stale. None if nothing is, False if no bytes are here.

    A file is missing when it isn't there in its length, and stale when another version of its
    recipe made it, or the clip is to be watched through in another manner.
    """
    wanted = stale(session, settings, clip)
    if not wanted:
        return None
    here = True
    if looks := [name for name in (PROBE, VIEWING, posters.STAGE) if name in wanted]:
        here = stages.forget(session, clip, looks, priority=priority)
    if proxies.STAGE in wanted:
        here = proxies.again(session, clip, priority=priority) and here
    return here


def stale(session: Session, settings: Settings, clip: Clip) -> set[str]:
    """The stages whose files are."""
    found: set[str] = set()
    if not timeline.is_shape_known(session, clip.id):
        found.add(PROBE)  # of what it then finds to be shown otherwise, the pictures are made again
    manner = steering.viewing_of_clip(session, clip) or settings.viewing
    seen = files.viewing_recipe(session, clip.id)
    wanted = STAGES[VIEWING].recipe + steering.mark(manner) + timeline.shape(session, clip.id)
    if seen is not None and seen != wanted:
        found.add(VIEWING)
    for one in files.derivatives(session, clip.id):
        stage = {posters.PINNED: posters.STAGE, proxies.STAGE: proxies.STAGE}.get(one.kind, VIEWING)
        current = {posters.STAGE: posters.RECIPE, proxies.STAGE: proxy.RECIPE}.get(stage, "")
        path = settings.derivatives / one.path
        there = path.is_file() and path.stat().st_size == one.byte_count
        if not there or not one.recipe.startswith(current):
            found.add(stage)
    return found
