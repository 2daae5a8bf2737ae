"""The whole answer of a search (rank, exact count, facets, 20 clips with their moments), in ms.

    pip install wordfreq
    python benchmarks/search.py [--clips 10000 100000] [--url postgresql+psycopg://…] [--folder DIR]

Makes clips whose words have the real frequencies of English, Russian and Arabic (wordfreq), 19 cues
each on the average, and asks for words by how many clips hold them. Beside it, in the same run and
over the same texts: SQLite's FTS5 with a row for each cue, ranked by bm25 and grouped by clip,
without facets, moments or folding; and what the index alone answers (tantivy, rank and count).
Where `--url` names another database, both are asked in turn. Prints the 50th, 95th and 99th
percentile for each kind of query, of clips that were hardly shown before and of the same question
once more, by the clock and in processor time of this process, what the index costs, and the growth.
In `--folder` the clips are kept for the next run.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import os
import random
import sqlite3
import statistics
import tempfile
import threading
import time
from collections import Counter, defaultdict
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import insert, update

from mediacatalog.catalog.base import new_id
from mediacatalog.catalog.database import Catalogue, open_catalogue
from mediacatalog.catalog.label_starts import LabelStart
from mediacatalog.catalog.models import Clip, ClipTerm, Term, TermLabel
from mediacatalog.catalog.track_models import CueRow, TrackRow
from mediacatalog.cli import GARBAGE
from mediacatalog.search import SearchIndex, SearchQuery, asking, complete, find, frequent
from mediacatalog.search.find import count_ahead
from mediacatalog.search.query import parse
from mediacatalog.search.shown import Texts
from mediacatalog.search.tallies import Tallies
from mediacatalog.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LANGUAGES = {"en": 0.64, "ru": 0.18, "ar": 0.18}
TAGS, PLACES = 2000, 500
BATCH = 2000
ROUNDS = 40
"""Queries of each kind."""
SEVERAL = "20 %, in three facets"
READERS, BESIDE_SECONDS = 8, 60


class Words:
    """Words of one language at their own frequencies."""

    def __init__(self, language: str, chance: random.Random) -> None:
        from wordfreq import get_frequency_dict

        known = get_frequency_dict(language, "best")
        most = sorted(known.items(), key=lambda pair: -pair[1])[:60_000]
        self.words = [word for word, _ in most if word.isalpha()]
        total, self.cumulated = 0.0, []
        for word in self.words:
            total += known[word]
            self.cumulated.append(total)
        self.chance = chance

    def text(self, count: int) -> str:
        return " ".join(self.chance.choices(self.words, cum_weights=self.cumulated, k=count))


def fill(catalogues: list[Catalogue], beside: sqlite3.Connection, clips: int) -> Counter[str]:
    """Write so many clips to each, the cues to `beside`; how many clips hold each word."""
    chance = random.Random(7)
    speech = {language: Words(language, chance) for language in LANGUAGES}
    terms = [("tag", f"t{n}") for n in range(TAGS)] + [("place", f"p{n}") for n in range(PLACES)]
    ids = {name: new_id() for _, name in terms}
    rows = [{"id": ids[n], "kind": k, "slug": n, "label": n, "scope_note": ""} for k, n in terms]
    labels = [
        {"id": new_id(), "term_id": ids[n], "label": n, "folded": n, "preferred": True}
        for _, n in terms
    ]
    starts = [{"start": one["folded"], "label_id": one["id"]} for one in labels]
    _insert(catalogues, {Term: rows, TermLabel: labels, LabelStart: starts})
    held: Counter[str] = Counter()
    for begin in range(0, clips, BATCH):
        batch: dict[type, list[dict[str, object]]] = {
            Clip: [],
            ClipTerm: [],
            TrackRow: [],
            CueRow: [],
        }
        for number in range(begin, min(begin + BATCH, clips)):
            words = _one(number, chance, speech, ids, batch)
            held.update({fold(word) for word in words})
        _insert(catalogues, batch)
        track_of = {row["id"]: row["clip_id"] for row in batch[TrackRow]}
        beside.executemany(
            "INSERT INTO cue(clip, txt) VALUES(?, ?)",
            [(track_of[row["track_id"]], row["text"]) for row in batch[CueRow]],
        )
        beside.commit()
    return held


def _insert(catalogues: list[Catalogue], rows: dict[type, list[dict[str, object]]]) -> None:
    for catalogue in catalogues:
        with catalogue.writing() as session:
            for table, some in rows.items():
                session.execute(insert(table), some)


def _one(
    number: int,
    chance: random.Random,
    speech: dict[str, Words],
    ids: dict[str, str],
    batch: dict[type, list[dict[str, object]]],
) -> set[str]:
    """Add a clip to the batch; the words that it holds."""
    clip_id, track_id = new_id(), new_id()
    (language,) = chance.choices(list(LANGUAGES), list(LANGUAGES.values()))
    say = speech[language].text
    title, description = say(8), say(60)
    at = datetime(2015 + number % 10, 1 + number % 12, 1, tzinfo=UTC)
    batch[Clip].append(
        {
            "id": clip_id,
            "sha256": f"{number:064x}",
            "byte_count": 1,
            "state": "ready",
            "title": title,
            "description": description,
            "source": f"source {min(int(chance.paretovariate(0.9)), 20)}",
            "language": language,
            "derived_title": "",
            "derived_title_from": "",
            "derived_description": "",
            "derived_source": "",
            "derived_language": "",
            "container": "mp4",
            "video_codec": chance.choice(["h264", "h264", "hevc", "vp9"]),
            "audio_codec": "aac",
            "width": 1280,
            "height": 720,
            "duration_ms": 80_000,
            "frame_rate": "25",
            "time_base": "1/1000",
            "recorded_at": at.date().isoformat(),
            "problems": [],
            "version": 1,
            "search_rev": number + 1,
            "created_at": at,
            "updated_at": at,
        }
    )
    batch[TrackRow].append(
        {
            "id": track_id,
            "clip_id": clip_id,
            "number": 0,
            "origin": "sidecar",
            "origin_key": "a.srt",
            "sha256": "0" * 64,
            "format": "srt",
            "encoding": "utf-8",
            "encoding_confidence": 1.0,
            "language": language,
            "kind": "subtitle",
            "problems": [],
        }
    )
    words: set[str] = set(f"{title} {description}".split())
    for place in range(max(3, min(120, int(chance.lognormvariate(2.83, 0.55))))):
        text = say(chance.randrange(4, 15))
        words.update(text.split())
        start = place * 4000
        cue = {"number": place, "start_ms": start, "end_ms": start + 3000, "text": text}
        batch[CueRow].append({"track_id": track_id, **cue})
    names = {f"t{min(int(chance.paretovariate(0.5)), TAGS) - 1}" for _ in range(4)}
    names.add(f"p{min(int(chance.paretovariate(0.5)), PLACES) - 1}")
    batch[ClipTerm] += [
        {"clip_id": clip_id, "term_id": ids[name], "actor": "local", "created_at": at}
        for name in names
    ]
    return words


def questions(held: Counter[str], clips: int, chance: random.Random) -> dict[str, list[str]]:
    """Queries by kind; of words, by the share of clips that hold them."""

    def words(low: float, high: float) -> list[str]:
        fitting = sorted(word for word, count in held.items() if low < count / clips < high)
        return [chance.choice(fitting) for _ in range(ROUNDS)] if fitting else []

    some, many, half = words(0.005, 0.02), words(0.15, 0.25), words(0.4, 0.9)
    rare = sorted(word for word, count in held.items() if 3 <= count <= 20)
    if not rare:  # among very many clips every word of the lists is held by more
        rare = sorted(sorted(held, key=lambda word: held[word])[:400])
    return {
        "a rare word": [chance.choice(rare) for _ in range(ROUNDS)],
        "a word in 1 % of clips": some,
        "a word in 20 %": many,
        "a word in most": half,
        "two words": [f"{one} {other}" for one, other in zip(some, many, strict=False)],
        "a phrase": [f'"{one} {other}"' for one, other in zip(many, half, strict=False)],
        "a beginning (3 letters)": [f"{word[:3]}*" for word in some if len(word) > 3],
        "20 %, of a tag": [f"{word} tag:t{n % 9}" for n, word in enumerate(many)],
        "20 %, of a year": [f"{word} date:{2015 + n % 10}" for n, word in enumerate(many)],
        SEVERAL: many,
    }


def _asked(kind: str, text: str) -> SearchQuery:
    """As a page of results asks: of very many hits six facets."""
    chosen = {"language": ("en", "ru"), "codec": ("h264",), "tag": ("t0", "t1")}
    return SearchQuery(text, chosen if kind == SEVERAL else {}, spare=True)


def half_typed(held: Counter[str], chance: random.Random) -> dict[str, list[str]]:
    words = [word for word, _ in held.most_common(4000) if len(word) > 4]
    some = [chance.choice(words) for _ in range(ROUNDS)]
    return {
        "suggestions, one letter": [word[:1] for word in some],
        "suggestions, the terms' letter": ["t"] * ROUNDS,
        "suggestions, three letters": [word[:3] for word in some],
    }


def beside_a_writer(
    catalogue: Catalogue, index: SearchIndex, texts: list[str]
) -> tuple[list[float], list[float], list[float]]:
    """ms that searches took, ms until changes were found, and until their editor had found them.

    READERS threads search, and read what they got for half a second; meanwhile one clip after the
    other is changed, and a follower takes that in. The most frequent words are counted ahead, as
    `mediacatalog serve` does soon after it begins.
    """
    for word in frequent.words(index):
        count_ahead(catalogue, index, SearchQuery(word, spare=True))
    stop = threading.Event()
    spent: list[float] = []
    seen: list[float] = []
    own: list[float] = []

    def read(number: int) -> None:
        chance = random.Random(number)
        while not stop.wait(chance.uniform(0.25, 0.75)):
            begin = time.perf_counter()
            find(catalogue, index, _asked("", chance.choice(texts)))
            spent.append((time.perf_counter() - begin) * 1000)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
    threads.append(threading.Thread(target=index.follow, args=(catalogue, stop)))
    for one in threads:
        one.start()
    chance, end = random.Random(3), time.monotonic() + BESIDE_SECONDS
    for number in itertools.count(100):
        word = _change(catalogue, number)
        begin = time.perf_counter()
        if number % 2:  # as the pages and the API do for who changed it
            index.wake()
            index.reach(int(word.removeprefix("new")), 30)
        while not find(catalogue, index, SearchQuery(word, facets=())).count:
            time.sleep(0.02)
        (own if number % 2 else seen).append((time.perf_counter() - begin) * 1000)
        if time.monotonic() > end:
            break
        time.sleep(chance.uniform(0.25, 0.75))
    stop.set()
    for one in threads:
        one.join()
    return spent, seen, own


class Spent(NamedTuple):
    """ms"""

    clock: float
    processor: float
    """Of all threads: facets of many hits are counted beside the rest. Not of a server."""


def timed(what: Callable[[], object]) -> Spent:
    clock, begin = time.perf_counter(), time.process_time()
    what()
    spent = time.process_time() - begin
    return Spent((time.perf_counter() - clock) * 1000, spent * 1000)


def show(name: str, spent: Sequence[tuple[float, ...]]) -> str:
    told = []
    for some in zip(*spent, strict=True):
        ranked = statistics.quantiles(some, n=100, method="inclusive")
        told.append(f"{ranked[49]:8.1f} {ranked[94]:8.1f} {ranked[98]:8.1f}")
    return f"{name:42} {'  '.join(told)}"


@dataclass(frozen=True)
class Side:
    """A database with its index."""

    name: str
    catalogue: Catalogue
    index: SearchIndex


def prepare(folder: Path, url: str, clips: int, *, kept: bool) -> tuple[list[Side], Counter[str]]:
    """SQLite and, where `url` names a database, this beside it; how many clips hold each word."""
    sides = []
    for name, at, place in (
        ("SQLite", f"sqlite:///{folder / 'catalogue.db'}", folder / "index"),
        ("PostgreSQL", url, folder / "index-beside"),
    ):
        if at:
            catalogue = open_catalogue(at)
            catalogue.upgrade()
            sides.append(Side(name, catalogue, SearchIndex(place)))
    filled = folder / "held.json"
    if filled.exists():
        held = Counter(json.loads(filled.read_text(encoding="utf-8")))
    else:
        with _cues(folder) as beside:
            beside.execute("CREATE VIRTUAL TABLE cue USING fts5(clip UNINDEXED, txt)")
            held = fill([side.catalogue for side in sides], beside, clips)
        filled.write_text(json.dumps(held), encoding="utf-8")
    for side in sides:
        if kept and side.index.open():
            continue
        began, wall = sum(os.times()[:4]), time.monotonic()
        side.index.rebuild(side.catalogue)
        # Its processes have ended, and count; a server's don't.
        took, wall = sum(os.times()[:4]) - began, time.monotonic() - wall
        print(
            f"index of {side.name} made in {wall:.0f} s, "
            f"{took:.0f} of processor ({clips / took:,.0f} clips/s)"
        )
    return sides, held


@contextmanager
def _cues(folder: Path) -> Iterator[sqlite3.Connection]:
    beside = sqlite3.connect(folder / "fts5.db")
    beside.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")
    with closing(beside):
        yield beside


def measure(folder: Path, url: str, clips: int, *, kept: bool, peers: int) -> dict[str, float]:
    """Print the tables of one size; the median of each kind on SQLite."""
    sides, held = prepare(folder, url, clips, kept=kept)
    with _cues(folder) as beside:
        cues = beside.execute("SELECT count(*) FROM cue").fetchone()[0]
        index = sides[0].index
        size = sum(path.stat().st_size for path in index.folder.rglob("*") if path.is_file())
        print(f"\n{clips:,} clips, {cues:,} cues")
        print(f"{size / 1e6:.0f} MB, {size / clips / 1000:.2f} kB a clip")
        medians = kinds(sides, held, clips, beside, peers)
    among = [text for some in questions(held, clips, random.Random(5)).values() for text in some]
    for side in sides:
        catalogue, index = side.catalogue, side.index
        print(f"\n{side.name}")
        for kind, typed in half_typed(held, random.Random(4)).items():
            complete(catalogue, index, typed[0])
            print(show(kind, [timed(partial(complete, catalogue, index, one)) for one in typed]))
        spent, seen, own = beside_a_writer(catalogue, index, among)
        print(show(f"{READERS} readers and a writer", [(ms,) for ms in spent]))
        print(show("its changes until found", [(ms,) for ms in seen]))
        print(show("by who made them", [(ms,) for ms in own]))
        visible = [_visible(catalogue, index, n) for n in range(20)]
        print(show("a change until it is found", visible))
        catalogue.close()
    return medians


WAYS = ("", "    counts known", "    texts known too")
"""Nothing is known of a question; its counts are, as of frequent words a while after a start; and
the texts of its hits, too."""


def _in_turn(sides: list[Side], asks: list[SearchQuery]) -> dict[tuple[str, str], list[Spent]]:
    """By database and one of WAYS."""
    spent: dict[tuple[str, str], list[Spent]] = defaultdict(list)
    for asked in asks:
        for side in sides:
            side.index.tallies = Tallies()
            for way in WAYS:
                if way != WAYS[-1]:
                    side.index.texts = Texts()
                spent[side.name, way].append(
                    timed(partial(find, side.catalogue, side.index, asked))
                )
    return spent


def kinds(
    sides: list[Side], held: Counter[str], clips: int, beside: sqlite3.Connection, peers: int
) -> dict[str, float]:
    """Ask both databases in turn, each question three times; the median of each kind on SQLite.

    See WAYS.
    """
    print(f"{'ms':42} {'by the clock':^26}  {'of processor':^26}")
    print(f"{'':42} {'p50':>8} {'p95':>8} {'p99':>8}  {'p50':>8} {'p95':>8} {'p99':>8}")
    medians = {}
    for kind, texts in questions(held, clips, random.Random(11)).items():
        if not texts:
            continue
        asks = [_asked(kind, text) for text in texts]
        for side in sides:
            find(side.catalogue, side.index, asks[0])
        spent = _in_turn(sides, asks)
        for (name, way), some in sorted(
            spent.items(), key=lambda one: (one[0][0] != "SQLite", one[0])
        ):
            print(show(way or f"{kind}, {name}", some))
        searcher, schema = sides[0].index.searcher(), sides[0].index.schema
        words = [asking.ask(schema, parse(text)) for text in texts]
        print(show("    index alone", [timed(partial(searcher.search, one, 20)) for one in words]))
        simple = [one for one in texts if not set(":*") & set(one)][:peers]
        if simple:
            print(show("    FTS5", [timed(partial(_fts5, beside, one)) for one in simple]))
        medians[kind] = statistics.median(one.processor for one in spent[sides[0].name, WAYS[0]])
    return medians


def _fts5(beside: sqlite3.Connection, text: str) -> None:
    asked = text if text.startswith('"') else " ".join(f'"{word}"' for word in text.split())
    beside.execute(
        "SELECT clip, min(rank) AS best, count(*) FROM cue WHERE cue MATCH ?"
        " GROUP BY clip ORDER BY best LIMIT 20",
        (asked,),
    ).fetchall()


def _visible(catalogue: Catalogue, index: SearchIndex, number: int) -> Spent:
    """From a commit to the answer that has it, the follower's pause left out."""
    word = _change(catalogue, number)

    def until_found() -> None:
        index.catch_up(catalogue)
        if find(catalogue, index, SearchQuery(word)).count != 1:
            raise SystemExit("a change was not found")

    return timed(until_found)


def _change(catalogue: Catalogue, number: int) -> str:
    """A word that nothing else holds, and now one clip does."""
    with catalogue.writing() as session:
        row = session.query(Clip).order_by(Clip.id).offset(number).first()
        newest = session.query(Clip.search_rev).order_by(Clip.search_rev.desc()).first()[0]
        word = f"new{newest + 1}"
        changed = {"title": f"entirely {word}", "search_rev": newest + 1}
        session.execute(update(Clip).where(Clip.id == row.id).values(**changed))
    return word


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, nargs="+", default=[10_000])
    parser.add_argument(
        "--url", default="", help="an empty database beside SQLite, for one size only"
    )
    parser.add_argument(
        "--folder", type=Path, help="where to work and to find the clips made before; else nowhere"
    )
    parser.add_argument("--kept", action="store_true", help="take the index that is there")
    parser.add_argument("--peers", type=int, default=ROUNDS, help="queries of a kind for FTS5")
    given = parser.parse_args()
    gc.set_threshold(*GARBAGE)  # as every command does
    if find_spec("wordfreq") is None:
        print("left out: needs `pip install wordfreq`")
        return
    before: dict[str, float] = {}
    for clips in given.clips:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary if given.folder is None else given.folder / str(clips))
            folder.mkdir(parents=True, exist_ok=True)
            medians = measure(folder, given.url, clips, kept=given.kept, peers=given.peers)
        grown = [
            f"{kind} {medians[kind] / before[kind]:.1f}×" for kind in medians if kind in before
        ]
        if grown:
            print("growth of the median:", ", ".join(grown))
        before = medians


if __name__ == "__main__":
    main()
