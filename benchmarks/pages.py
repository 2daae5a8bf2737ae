"""What pages and JSON answers cost where there are many clips: each list, as three roles.

    pip install wordfreq
    python benchmarks/pages.py [--clips 1000 10000] [--url postgresql+psycopg://…] [--folder DIR]

The clips are those of `benchmarks/search.py`, with about 13 rows more for each, of what stages and
people write: files and their history, stories, links, reviews, copies, proxies, levels, changes.
Prints for each list, for the role that it costs the most, the medians of processor time of this
process and of time by the clock (the client's and the database's are in it), how many statements it
asks, and how much the database reads for them: on SQLite thousands of its machine's steps, on
PostgreSQL pages of 8 kB (where `pg_stat_statements` is loaded). Of the second size and more: by how
much that grew. In `--folder` all is kept for the next run.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import re
import sqlite3
import statistics
import sys
import tempfile
import time
import zlib
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, insert, select, text

sys.path.insert(0, str(Path(__file__).parent))

from mediacatalog.catalog import accounts, file_names, label_starts
from mediacatalog.catalog.base import new_id
from mediacatalog.catalog.collection_models import CollectionItem, CollectionRow
from mediacatalog.catalog.copies import CopyRow
from mediacatalog.catalog.database import Catalogue, open_catalogue
from mediacatalog.catalog.file_names import FileNamePart
from mediacatalog.catalog.label_starts import LabelStart
from mediacatalog.catalog.models import (
    ArticleLink,
    ArticleRow,
    Change,
    Clip,
    ProbeRecord,
    Root,
    Sighting,
    SightingEvent,
    Term,
    TermLabel,
)
from mediacatalog.catalog.proxies import ProxyRow
from mediacatalog.catalog.reviews import ReviewRow
from mediacatalog.catalog.sight_models import ClipAccess, Grant
from mediacatalog.cli import GARBAGE
from mediacatalog.search import SearchIndex
from mediacatalog.settings import Settings
from mediacatalog.values import utc_now
from mediacatalog.web import create_app
from search import fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

BATCH = 5000
ROUNDS = 5
ROLES = ("admin", "archivist", "researcher")
PASSWORD = "seven quiet harbours"
PEOPLE = [f"person {n}" for n in range(20)]
COLLECTIONS = 2000
ACT = 10_000
"""Changes of one large act."""
LISTS = (
    "/", "/?q=because", "/?q=because&view=map", "/?view=map", "/?view=time", "/?view=sheet",
    "/?sort=title", "/?codec=vp9&tag=t0", "/.json?q=because", "/bulk?q=because",
    "/clips/{clip}", "/clips/{clip}?q=because", "/articles/{article}",
    "/collections", "/collections/{collection}", "/collections/{asking}", "/grants", "/saved",
    "/history", "/history?person=person 3", "/ingest", "/ingest?state=ready",
    "/ingest?state=quarantined", "/ingest?offset=300", "/ingest?name=clip-00777",
    "/ingest?name=mp4", "/collections/suggest?q=case 19",
    "/ingest/{file}", "/review", "/review?state=unsure", "/review?article={article}",
    "/review/clips/mine", "/review/clips/second-look", "/review/clips/in-review",
    "/review/clips/reviewed", "/review/copies", "/review/failed", "/tags",
    "/tags?state=suggested", "/tags?kind=person&from=name 5", "/tags/{term}",
    "/tags/suggest?q=t", "/tags/suggest?q=name&kind=person", "/purged", "/links", "/upload",
    "/api/v1/search?q=because", "/api/v1/search/places", "/api/v1/search/dates",
    "/api/v1/complete?q=bec", "/api/v1/complete?q=t", "/api/v1/complete?q=n",
    "/api/v1/clips/{clip}", "/api/v1/clips/{clip}/terms", "/api/v1/clips/{clip}/tracks",
    "/api/v1/clips/{clip}/review", "/api/v1/clips/{clip}/occasion", "/api/v1/articles/{article}",
    "/api/v1/changes", "/api/v1/collections", "/api/v1/collections/{collection}",
    "/api/v1/collections/{collection}/items", "/api/v1/grants", "/api/v1/history",
    "/api/v1/history?person=person 3", "/api/v1/ingest", "/api/v1/ingest?state=ready",
    "/api/v1/ingest/{file}", "/api/v1/review", "/api/v1/review?state=unsure",
    "/api/v1/review/clips?list=mine", "/api/v1/review/clips?list=reviewed",
    "/api/v1/review/copies", "/api/v1/roots", "/api/v1/saved", "/api/v1/terms",
    "/api/v1/terms?kind=person", "/api/v1/terms/{term}", "/api/v1/terms/suggest?q=t",
    "/api/v1/terms/suggest?q=name&kind=person", "/api/v1/tombstones", "/readyz",
)  # fmt: skip

Rows = dict[type, list[dict[str, Any]]]


def around(catalogue: Catalogue) -> None:
    """What belongs to clips, in rows as stages and people write them."""
    chance, now = random.Random(3), utc_now()
    roots = [new_id(), new_id()]
    cases = [new_id() for _ in range(COLLECTIONS)]
    with catalogue.writing() as session:
        clips = session.scalars(select(Clip.id).order_by(Clip.id)).all()
        ids = {role: accounts.create(session, role, role, PASSWORD, actor="x") for role in ROLES}
        session.execute(
            insert(Root),
            [
                {"id": one, "path": f"/media/{n}", "name": f"root {n}", "kind": "watched"}
                for n, one in enumerate(roots)
            ],
        )
        session.execute(
            insert(CollectionRow),
            [
                {
                    "id": one, "name": f"case {n}", "created_by": "x",
                    "question": {"q": "because", "filters": {}} if n % 40 == 0 else None,
                }
                for n, one in enumerate(cases)
            ],
        )  # fmt: skip
        session.execute(
            insert(Grant),
            [
                {
                    "account_id": ids["researcher"], "collection_id": one, "granted_by": "x",
                    "reach": "restricted",
                }
                for one in cases[1:200]
            ],
        )  # fmt: skip
    places: Counter[str] = Counter()
    for begin in range(0, len(clips), BATCH):
        rows: Rows = {}
        for number, clip in enumerate(clips[begin : begin + BATCH], begin):
            _file(rows, number, clip, roots, chance)
            _people(rows, number, clip, chance)
            _story(rows, number, clip, chance)
            if number % 2:
                case = cases[number % COLLECTIONS]  # odd: those with a question are even
                places[case] += 1
                _add(
                    rows, CollectionItem, collection_id=case, clip_id=clip, place=places[case],
                    added_by="x",
                )  # fmt: skip
        with catalogue.writing() as session:
            for table, given in rows.items():
                session.execute(insert(table), given)
    with catalogue.writing() as session:
        act = new_id()
        session.execute(
            insert(Change),
            [
                {
                    "batch_id": act, "actor": "person 3", "kind": "clip", "key": clip,
                    "field": "rights", "before": None, "after": "ours", "at": now,
                    "number": len(clips) * 3 + 1,
                }
                for clip in clips[:ACT]
            ],
        )  # fmt: skip
        session.execute(text("UPDATE change_sequence SET number = :n"), {"n": len(clips) * 3 + 1})
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("ANALYZE"))


def _add(rows: Rows, table: type, **values: Any) -> None:  # noqa: ANN401 - a row
    rows.setdefault(table, []).append(values)


def _file(rows: Rows, number: int, clip: str, roots: list[str], chance: random.Random) -> None:
    """A file of a clip, its steps, its proxy, and where it was recorded."""
    state = chance.choices(
        ("ready", "partial", "offline", "waiting", "quarantined", "ignored"),
        (880, 40, 40, 20, 10, 10),
    )[0]
    at = utc_now() - timedelta(seconds=chance.randrange(10**8))
    file, name = new_id(), f"clip-{number:07}.mp4"
    _add(
        rows, Sighting, id=file, root_id=roots[number % 2], path=name.encode(), display=name,
        clip_id=clip, byte_count=1, mtime_ns=1, device="1", inode=str(number), state=state,
        reason="", next_step="", companions="", state_at=at,
    )  # fmt: skip
    for part in file_names.parts(name):
        _add(rows, FileNamePart, part=part, sighting_id=file)
    for step in ("waiting", state):
        _add(rows, SightingEvent, sighting_id=file, state=step, reason="", actor="", at=at)
    if number % 3 == 0:
        made = chance.choices(("ready", "waiting", "failed"), (90, 8, 2))[0]
        _add(rows, ProxyRow, clip_id=clip, state=made)
    if number % 5 == 0:
        spot = {"lat": chance.uniform(-60, 70), "lon": chance.uniform(-180, 180), "source": "x"}
        facts = {"location": spot, "camera": {"make": None, "model": None, "serial": None}}
        _add(rows, ProbeRecord, clip_id=clip, tool="x", raw=b"", facts=facts)


def _people(rows: Rows, number: int, clip: str, chance: random.Random) -> None:
    """What people did with a clip."""
    now = utc_now()
    at = now - timedelta(seconds=chance.randrange(10**8))
    if number % 2 == 0:
        state = chance.choices(("new", "in-review", "reviewed", "published"), (1, 2, 3, 4))[0]
        _add(
            rows, ReviewRow, clip_id=clip, state=state, reviewed_by=None,
            assignee=chance.choice([None, *ROLES, *PEOPLE]),
            second_look="who?" if number % 50 == 0 else None,
            second_look_by="x" if number % 50 == 0 else None, changed_at=at,
        )  # fmt: skip
    level = ("restricted",) * 4 + ("embargo", "sealed") + ("",) * 14
    if closed := level[number % 20]:
        until = now + timedelta(days=99) if closed == "embargo" else None
        _add(rows, ClipAccess, clip_id=clip, level=closed, until=until, reason="", set_by="x")
    actor = chance.choice(PEOPLE)
    for of, field in enumerate(("title", "description", "source")):
        _add(
            rows, Change, batch_id=new_id(), actor=actor, kind="clip", key=clip, field=field,
            before=None, after="text", at=at, number=number * 3 + of + 1,
        )  # fmt: skip
    if number % 20 == 0:
        term, label = new_id(), f"name {chance.randrange(10**6)} {number}"
        _add(
            rows, Term, id=term, kind="person" if number % 40 else "tag", slug=f"n-{number}",
            label=label, scope_note="", state="suggested" if number % 60 == 0 else "accepted",
        )  # fmt: skip
        name = new_id()
        _add(rows, TermLabel, id=name, term_id=term, label=label, folded=label, preferred=True)
        for start in label_starts.starts(label):
            _add(rows, LabelStart, start=start, label_id=name)


def _story(rows: Rows, number: int, clip: str, chance: random.Random) -> None:
    """Stories, links and copies: one story of ten clips, and two that are suggested."""
    if number % 10 == 0:
        story = new_id()
        body = f"A story of {number}. The ferry left at dusk."
        _add(
            rows, ArticleRow, id=story, sha256=f"{number:064x}", name=f"{number}.html",
            original=zlib.compress(body.encode()), title=f"Story {number}", text=body,
        )  # fmt: skip
    else:
        story = rows[ArticleRow][-1]["id"]
    if number % 2 == 0:
        state = chance.choice(("certain", "accepted", "rejected", "suggested", "unsure"))
        _add(
            rows, ArticleLink, clip_id=clip, article_id=story, relation="describes",
            state=state, score=chance.random(), evidence=[],
        )  # fmt: skip
    if number % 25 == 1:
        other = rows[Sighting][-2]["clip_id"]
        first, second = sorted((other, clip))
        state = chance.choice(("suggested", "same", "different"))
        _add(
            rows, CopyRow, first_id=first, second_id=second, state=state,
            shared=chance.randrange(2, 30),
        )  # fmt: skip


def names(catalogue: Catalogue) -> dict[str, str]:
    """Ids that addresses need."""
    with catalogue.reading() as session:
        clip = session.scalar(select(ArticleLink.clip_id).where(ArticleLink.state == "certain"))
        story = session.scalar(select(ArticleLink.article_id).where(ArticleLink.clip_id == clip))
        case = select(CollectionRow.id).order_by(CollectionRow.id)
        found = {
            "clip": clip,
            "article": story,
            "collection": session.scalar(case.where(CollectionRow.question.is_(None))),
            "asking": session.scalar(case.where(CollectionRow.question.is_not(None))),
            "file": session.scalar(select(Sighting.id).where(Sighting.clip_id == clip)),
            "term": session.scalar(select(Term.id).where(Term.slug == "t0")),
        }
    return {name: str(value) for name, value in found.items()}


@dataclass
class Work:
    """What the database did: statements, and what it read for them."""

    statements: int = 0
    read: float = 0

    @contextmanager
    def of(self, catalogue: Catalogue) -> Iterator[None]:
        """Counts while it lasts; SQLite's steps are counted by `watch`."""
        before = self._blocks(catalogue)
        yield
        self.read += self._blocks(catalogue) - before

    def _blocks(self, catalogue: Catalogue) -> float:
        if catalogue.engine.dialect.name != "postgresql":
            return 0
        with catalogue.engine.connect() as aside:
            if not aside.scalar(text("SELECT to_regclass('pg_stat_statements')")):
                return 0
            return float(
                aside.scalar(
                    text(
                        "SELECT coalesce(sum(shared_blks_hit + shared_blks_read), 0)"
                        " FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'"
                    )
                )
            )


def watch(catalogue: Catalogue, work: Work) -> None:
    """Count what the connections of a catalogue do."""

    def step() -> int:
        work.read += 1
        return 0

    @event.listens_for(catalogue.engine, "checkout")
    def begin(connection: Any, *_: object) -> None:  # noqa: ANN401 - of either driver
        if isinstance(connection, sqlite3.Connection):
            connection.set_progress_handler(step, 1000)

    @event.listens_for(catalogue.engine, "before_cursor_execute")
    def note(*_: object) -> None:
        work.statements += 1


def signed_in(app: Any, name: str) -> FlaskClient:  # noqa: ANN401 - an APIFlask
    client: FlaskClient = app.test_client()
    page = client.get("/account/login").text
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)
    form = {"csrf_token": token[1] if token else "", "name": name, "password": PASSWORD}
    if client.post("/account/login", data=form).status_code != 302:
        raise SystemExit("nobody is signed in")
    return client


def asked(
    client: FlaskClient, path: str, catalogue: Catalogue, work: Work
) -> tuple[float, float, float, float] | None:
    """ms of processor, ms by the clock, statements, what was read; None of what is refused."""
    answer = client.get(path)
    if answer.status_code != 200:
        if answer.status_code not in (302, 403, 404):
            print(path, answer.status_code)
        return None
    with work.of(catalogue):
        work.statements, work.read = 0, 0
        client.get(path)
        statements = work.statements
    read = work.read
    spent, took = [], []
    for _ in range(ROUNDS):
        began, wall = time.process_time(), time.perf_counter()
        client.get(path)
        spent.append((time.process_time() - began) * 1000)
        took.append((time.perf_counter() - wall) * 1000)
    return statistics.median(spent), statistics.median(took), statements, read


def measure(folder: Path, url: str, clips: int, *, kept: bool) -> dict[str, float]:
    """Print the table of one size; what was read for each list."""
    catalogue = open_catalogue(url or f"sqlite:///{folder / 'catalogue.db'}")
    catalogue.upgrade()
    filled = folder / "held.json"
    if not filled.exists():
        beside = sqlite3.connect(":memory:")
        beside.execute("CREATE TABLE cue(clip, txt)")
        filled.write_text(json.dumps(fill([catalogue], beside, clips)), encoding="utf-8")
    with catalogue.reading() as session:
        bare = session.scalar(select(Sighting.id).limit(1)) is None
    if bare:
        around(catalogue)
    index = SearchIndex(folder / "index")
    if bare or not (kept and index.open()):
        index.rebuild(catalogue)
    index.catch_up(catalogue)
    work = Work()
    watch(catalogue, work)
    settings = Settings(media=folder, data=folder, api_requests_per_minute=0)
    app = create_app(settings, catalogue, index)
    clients = {role: signed_in(app, role) for role in ROLES}
    known, reads = names(catalogue), {}
    print(f"\n{clips:,} clips on {catalogue.engine.dialect.name}")
    print(f"{'':44} {'cpu ms':>8} {'ms':>8} {'asked':>6} {'read':>9}  role")
    for page in LISTS:
        path = page.format(**known)
        found = {role: asked(client, path, catalogue, work) for role, client in clients.items()}
        told = {role: one for role, one in found.items() if one is not None}
        if not told:
            print(f"{page:44} refused")
            continue
        role = max(told, key=lambda one: told[one][3] or told[one][1])
        spent, took, statements, read = told[role]
        reads[page] = read
        print(f"{page:44} {spent:8.1f} {took:8.1f} {statements:6} {read:9,.0f}  {role}", flush=True)
    catalogue.close()
    return reads


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, nargs="+", default=[1000])
    parser.add_argument("--url", default="", help="an empty database, for one size only")
    parser.add_argument("--folder", type=Path, help="where to find the clips made before, or leave")
    parser.add_argument("--kept", action="store_true", help="take the index that is there")
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
            reads = measure(folder, given.url, clips, kept=given.kept)
        grown = {page: reads[page] / max(before[page], 1) for page in reads if page in before}
        for page, ratio in sorted(grown.items(), key=lambda one: -one[1]):
            if ratio > 2:
                print(f"{page:44} reads {ratio:.1f} times as much")
        before = reads


if __name__ == "__main__":
    main()
