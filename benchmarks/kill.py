"""Kill workers again and again while they ingest; at the end nothing may be lost or double.

    python benchmarks/kill.py [--kills 1000] [--clips 2000] [--url postgresql+psycopg://…]

The same story as tests/ingest/test_kill.py, longer. Prints how many stages were begun again for
each kill: an engine that goes on at the stage can't do better than the clips in a dead one's hands.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import func, select
from tests.ingest import test_kill as story

from mediacatalog.catalog.database import Catalogue, open_catalogue
from mediacatalog.catalog.models import ClipStage
from mediacatalog.settings import Settings


def ingest(folder: Path, url: str, clips: int, kills: int) -> tuple[float, int]:
    """(clips a second, repeated stages) of one archive, with so many kills on the way."""
    settings = Settings(
        data=folder / "data",
        media=folder / "media",
        database_url=url,
        poll_seconds=0.2,
        settle_seconds=0.0,
        unproven_settle_seconds=0.1,
        disk_reserve_bytes=0,
        workers=2,
    )
    digests = story.make_many(settings.media, clips)
    catalogue: Catalogue = open_catalogue(settings.catalogue_url)
    catalogue.upgrade()
    fleet = story.Fleet(settings, folder / "decodes")
    fleet.notes.touch()
    workers = 3 if url else 1
    dice, began = random.Random(1), time.monotonic()
    try:
        for _ in range(workers):
            fleet.start()
        for kill in range(kills):
            fleet.wait_until(catalogue, clips * kill // (kills + 1))
            time.sleep(dice.random() / 2)
            fleet.kill(dice.choice(fleet.running))
            fleet.start()
        fleet.wait_until(catalogue, clips)
    finally:
        fleet.stop()
    took = time.monotonic() - began
    story.the_catalogue_is_whole(catalogue, digests)
    story.the_store_is_whole(catalogue, settings.derivatives)
    story.nothing_was_decoded_by_two_at_once(fleet, clips)
    with catalogue.reading() as session:
        repeated = session.scalar(select(func.sum(ClipStage.attempt - 1))) or 0
    catalogue.close()
    return clips / took, repeated


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--clips", type=int, default=2000)
    parser.add_argument("--url", default="", help="an empty PostgreSQL database; else SQLite")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rate, repeated = ingest(Path(folder), given.url, given.clips, given.kills)
    print(f"{given.kills} kills over {given.clips} clips: nothing lost, nothing double")
    again = repeated / max(1, given.kills)
    print(f"{repeated} stages were begun again: {again:.2f} a kill; {rate:.1f} clips/s")


if __name__ == "__main__":
    main()
