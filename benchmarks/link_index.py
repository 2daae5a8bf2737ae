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
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import insert
from tests.linking.stories import a_clip, a_story

from mediacatalog import linking
from mediacatalog.catalog.context_models import LinkKey
from mediacatalog.catalog.database import Catalogue, open_catalogue
from mediacatalog.catalog.link_index import ARTICLES, digest
from mediacatalog.catalog.models import ArticleRow
from mediacatalog.linking import Story, keys
from mediacatalog.values import Article, new_id

SIZES = (1_000, 10_000)
"""100000 as an argument takes half an hour."""
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
    """Articles with their rows and keys, as `link_index.put` would have entered them."""
    for start in range(have, want, 1000):
        rows, entered = [], []
        for number in range(start, min(start + 1000, want)):
            text = made_text(dice)
            owner = new_id()
            article = Article(f"Story {number}", None, None, None, "en", None, None, text, (), ())
            story = Story(article, owner, ())
            for key in keys.of_story(story):
                packed = digest(key)
                if counts[packed] < keys.limit(key):
                    counts[packed] += 1
                    entered.append({"key": packed, "side": ARTICLES, "owner": owner})
            rows.append(
                {
                    "id": owner,
                    "sha256": f"{number:064d}",
                    "name": "s",
                    "original": b"",
                    "text": text,
                }
            )
        with catalogue.writing() as session:
            session.execute(insert(ArticleRow), rows)
            session.execute(insert(LinkKey), sorted(entered, key=lambda one: one["key"]))


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
