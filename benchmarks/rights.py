"""What it costs to search as somebody who may not see all: ratios of processor time to an admin's.

    pip install wordfreq
    python benchmarks/rights.py [--clips 10000 100000] [--grants 1000] [--folder DIR]

The clips are those of `benchmarks/search.py`. Of each 20, four are restricted, one is under embargo
and one sealed; every clip lies in one of so many collections as there are grants, or twice as many,
and in some other one. A researcher has a grant for half of them, every tenth reaching sealed clips.
The same questions are asked in turn, by an admin, by that researcher, and by one without a grant;
the ratio is that of the medians over each kind of question. Fewer hits cost less: so the share of
an admin's hits that each finds stands beside it.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import statistics
import sys
import tempfile
from collections import Counter
from datetime import timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import insert, select

sys.path.insert(0, str(Path(__file__).parent))

from mediacatalog.catalog.account_models import Account
from mediacatalog.catalog.base import new_id
from mediacatalog.catalog.collection_models import CollectionItem, CollectionRow
from mediacatalog.catalog.database import Catalogue, open_catalogue
from mediacatalog.catalog.models import Clip
from mediacatalog.catalog.sight import Sight
from mediacatalog.catalog.sight_models import ClipAccess, Grant
from mediacatalog.search import SearchIndex, SearchQuery, find
from mediacatalog.values import utc_now
from search import fill, questions, timed

LEVELS = ("restricted",) * 4 + ("embargo", "sealed") + ("",) * 14
BATCH = 5000
ASKED = 12
"""Questions of each kind."""


def close(catalogue: Catalogue, grants: int) -> str:
    """Give clips levels and collections, and one account its grants; returns its id."""
    chance, now = random.Random(5), utc_now()
    made = [new_id() for _ in range(2 * grants)]
    with catalogue.writing() as session:
        accounts = [
            {
                "id": new_id(), "name": name, "name_key": name, "role": "researcher",
                "password": "", "uniquifier": new_id(), "active": True, "created_at": now,
            }
            for name in ("granted", "nobody")
        ]  # fmt: skip
        session.execute(insert(Account), accounts)
        session.execute(
            insert(CollectionRow),
            [
                {"id": one, "name": f"c{n}", "removed": False, "created_by": "x", "created_at": now}
                for n, one in enumerate(made)
            ],
        )
        session.execute(
            insert(Grant),
            [
                {
                    "account_id": accounts[0]["id"], "collection_id": one, "granted_by": "x",
                    "reach": "restricted" if n % 10 else "sealed", "granted_at": now,
                }
                for n, one in enumerate(made[:grants])
            ],
        )  # fmt: skip
        places: Counter[str] = Counter()
        clips = session.scalars(select(Clip.id).order_by(Clip.id)).all()
        for begin in range(0, len(clips), BATCH):
            some = clips[begin : begin + BATCH]
            closed, items = [], []
            for n, clip in enumerate(some, begin):
                if level := LEVELS[n % len(LEVELS)]:
                    until = now + timedelta(days=99) if level == "embargo" else None
                    row = {"clip_id": clip, "level": level, "until": until, "reason": ""}
                    closed.append({**row, "set_by": "x", "set_at": now})
                for collection in {made[n % len(made)], chance.choice(made)}:
                    places[collection] += 1
                    item = {"collection_id": collection, "clip_id": clip, "added_by": "x"}
                    items.append({**item, "place": places[collection], "added_at": now})
            session.execute(insert(ClipAccess), closed)
            session.execute(insert(CollectionItem), items)
    return str(accounts[0]["id"])


def prepared(
    folder: Path, clips: int, grants: int
) -> tuple[Catalogue, SearchIndex, Counter[str], str]:
    """Catalogue, index, words and the account, made where they aren't there."""
    catalogue = open_catalogue(f"sqlite:///{folder / 'catalogue.db'}")
    catalogue.upgrade()
    words = folder / "held.json"
    if words.exists():
        held = Counter(json.loads(words.read_text(encoding="utf-8")))
    else:
        beside = sqlite3.connect(":memory:")
        beside.execute("CREATE VIRTUAL TABLE cue USING fts5(clip UNINDEXED, txt)")
        held = fill([catalogue], beside, clips)
        words.write_text(json.dumps(held), encoding="utf-8")
    index = SearchIndex(folder / "index")
    with catalogue.reading() as session:
        account = session.scalar(select(Account.id).where(Account.name == "granted"))
    if account is None:
        account = close(catalogue, grants)
        index.rebuild(catalogue)
    index.catch_up(catalogue)
    return catalogue, index, held, account


def measure(folder: Path, clips: int, grants: int) -> None:
    """Print the ratios of one size."""
    catalogue, index, held, account = prepared(folder, clips, grants)
    viewers = {
        "an admin": catalogue,
        f"{grants:,} grants": catalogue.seen_by(Sight(account, restricted=False)),
        "no grant": catalogue.seen_by(Sight("x", restricted=False)),
    }
    print(f"\n{clips:,} clips; ms of an admin, then ratio and share of the hits of the others")
    ratios: dict[str, list[float]] = {name: [] for name in viewers}
    for kind, texts in questions(held, clips, random.Random(11)).items():
        spent: dict[str, list[float]] = {name: [] for name in viewers}
        counts: Counter[str] = Counter()
        for text in ["", *texts[:ASKED]]:  # the first one warms up
            for name, seen in viewers.items():
                took = min(timed(partial(find, seen, index, SearchQuery(text))) for _ in range(2))
                if text:
                    spent[name].append(took)
                    counts[name] += find(seen, index, SearchQuery(text)).count
        if not texts:
            continue
        print(f"{kind:28} {told(spent, counts, ratios)}")
    over = {name: statistics.geometric_mean(all_) for name, all_ in ratios.items()}
    print("over all kinds: " + ", ".join(f"{name} {ratio:.2f}×" for name, ratio in over.items()))
    catalogue.close()


def told(
    spent: dict[str, list[float]], counts: Counter[str], ratios: dict[str, list[float]]
) -> str:
    first, *others = spent
    base = statistics.median(spent[first])
    ratios[first].append(1.0)
    parts = [f"{base:8.1f}"]
    for name in others:
        ratio = statistics.median(spent[name]) / base
        ratios[name].append(ratio)
        parts.append(f"{name} {ratio:5.2f}× ({counts[name] / max(1, counts[first]):4.0%})")
    return "   ".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, nargs="+", default=[10_000])
    parser.add_argument("--grants", type=int, default=1000)
    parser.add_argument("--folder", type=Path, help="where to find the clips made before, or leave")
    given = parser.parse_args()
    if find_spec("wordfreq") is None:
        print("left out: needs `pip install wordfreq`")
        return
    for clips in given.clips:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary if given.folder is None else given.folder / str(clips))
            folder.mkdir(parents=True, exist_ok=True)
            measure(folder, clips, given.grants)


if __name__ == "__main__":
    main()
