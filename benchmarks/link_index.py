"""What one more clip, and one more article, cost while the archive grows.

Made articles with the frequencies of real words, 1,000 and 10,000 of them (or as many as given),
fill the index of links on SQLite; then new clips and articles come, by the ingest's own functions.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from array import array
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from sqlalchemy import insert
from tests.linking.stories import a_clip, a_story

from mediacatalog import linking
from mediacatalog.catalog.database import Catalogue, open_catalogue
from mediacatalog.catalog.link_index import ARTICLES, digest
from mediacatalog.catalog.models import ArticleRow
from mediacatalog.linking import Story, keys
from mediacatalog.values import Article, new_id

SIZES = (1_000, 10_000)
"""With 100000 as a third argument it takes some minutes."""
WORDS, VOCABULARY = 80, 60_000
ROUNDS = 15
WEIGHTS = [1 / (rank + 3) for rank in range(VOCABULARY)]


def made_text(dice: random.Random) -> str:
    """Words by Zipf's law."""
    picked = dice.choices(range(VOCABULARY), WEIGHTS, k=WORDS)
    return " ".join(f"word{one:05d}" for one in picked)


def fill(
    catalogue: Catalogue, dice: random.Random, counts: Counter[int], have: int, want: int
) -> None:
    """Articles with their rows and keys, as `link_index.put` would have entered them.

    The keys go in at the end, in their order: one by one they would take hours.
    """
    entered, numbers, owners = array("q"), array("L"), []
    for start in range(have, want, 1000):
        rows = []
        for number in range(start, min(start + 1000, want)):
            text = made_text(dice)
            owners.append(new_id())
            article = Article(f"Story {number}", None, None, None, "en", None, None, text, (), ())
            for key in keys.of_story(Story(article, owners[-1], ())):
                packed = digest(key)
                if counts[packed] < keys.limit(key):
                    counts[packed] += 1
                    entered.append(packed)
                    numbers.append(len(owners) - 1)
            digested = f"{number:064d}"
            row = {"id": owners[-1], "sha256": digested, "name": "s", "original": b"", "text": text}
            rows.append(row)
        with catalogue.writing() as session:
            session.execute(insert(ArticleRow), rows)
    order = np.lexsort((np.asarray(numbers), np.asarray(entered)))
    for chunk in np.array_split(order, max(1, len(order) // 100_000)):
        with catalogue.writing() as session:
            session.connection().exec_driver_sql(
                "INSERT INTO link_keys (key, side, owner) VALUES (?, ?, ?)",
                [(entered[at], ARTICLES, owners[numbers[at]]) for at in chunk.tolist()],
            )


def measure(
    catalogue: Catalogue, folder: Path, dice: random.Random, round_: str
) -> tuple[float, float]:
    """Median milliseconds of processor time of one more clip, and of one more article."""
    clips, articles = [], []
    for number in range(ROUNDS):
        with catalogue.writing() as session:
            name = f"{made_text(dice)[:29]} {round_}{number}.mp4"
            clip = a_clip(session, folder, name, description=made_text(dice))
            began = time.process_time()
            linking.clip_came(session, clip)
            clips.append((time.process_time() - began) * 1000)
        with catalogue.writing() as session:
            began = time.process_time()
            a_story(session, f"New {round_}{number}", made_text(dice))
            articles.append((time.process_time() - began) * 1000)
    return statistics.median(clips), statistics.median(articles)


def main() -> None:
    sizes = [int(one) for one in sys.argv[1:]] or list(SIZES)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        catalogue = open_catalogue(f"sqlite:///{path}/catalogue.sqlite")
        catalogue.upgrade()
        dice, counts = random.Random(6), Counter()
        have, first = 0, None
        measure(catalogue, path, random.Random(1), "warm")
        for size in sizes:
            fill(catalogue, dice, counts, have, size)
            have = size
            clip, article = measure(catalogue, path, random.Random(size), f"{size}-")
            first = first or (clip, article)
            stored = (path / "catalogue.sqlite").stat().st_size / 1e6
            print(
                f"{size:7} articles: a clip {clip:6.1f} ms ({clip / first[0]:.2f}x), "
                f"an article {article:6.1f} ms ({article / first[1]:.2f}x), {stored:.0f} MB",
                flush=True,
            )
        catalogue.close()


if __name__ == "__main__":
    main()
