"""What pages ask of the database doesn't grow with the catalogue, by SQLite's own plans.

SQLite chooses by what stands in a statement, however many rows there are: so few rows show it.
"""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select

from mediacatalog.catalog import (
    collections,
    copies,
    counting,
    file_names,
    levels,
    links,
    manifests,
    picture_readings,
    reviews,
    thesaurus,
    vocabulary,
)
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.catalog.models import Clip
from mediacatalog.catalog.proxies import ProxyRow
from mediacatalog.catalog.sight import Sight
from mediacatalog.web.words import counted
from tests.search.rows import a_clip
from tests.web.people import an_account, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from apiflask import APIFlask

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex

GROWING = frozenset(
    "article_copies article_links article_origins article_terms articles changes clip_access clips"
    " clip_dates clip_occasions clip_places clip_stages clip_terms collection_items copies"
    " content_warnings cues derivatives keyframes marker_terms markers mentions picture_readings"
    " probes proxies reviews shots sighting_events sightings streams tracks visits terms"
    " term_labels label_starts term_broader file_name_parts collections".split()
)
"""Tables that have the more rows the larger the archive."""
LISTS = (
    "/", "/?q=ferry", "/?sort=title", "/?view=map", "/?view=time", "/?view=sheet", "/bulk",
    "/collections", "/grants", "/history", "/history?person=x", "/ingest", "/ingest?state=ready",
    "/ingest?offset=1", "/ingest?name=ferry", "/review", "/review?state=unsure",
    "/review/clips/mine", "/collections/suggest?q=c", "/tags?kind=tag&from=f",
    "/review/clips/second-look", "/review/clips/in-review", "/review/clips/reviewed",
    "/review/copies", "/review/failed", "/tags", "/tags?state=suggested", "/tags?kind=tag",
    "/tags/suggest?q=f", "/api/v1/changes", "/api/v1/collections", "/api/v1/history",
    "/api/v1/ingest", "/api/v1/review", "/api/v1/review/clips?list=mine", "/api/v1/review/copies",
    "/api/v1/roots", "/api/v1/terms", "/api/v1/terms/suggest?q=f", "/api/v1/complete?q=the+ferr",
)  # fmt: skip


@pytest.fixture
def catalogue(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Catalogue]:
    shutil.copyfile(migrated_sqlite, tmp_path / "catalogue.sqlite")
    opened = open_catalogue(f"sqlite:///{tmp_path / 'catalogue.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def clips(catalogue: Catalogue, index: SearchIndex) -> list[str]:
    """Three, with something in every list."""
    made = [
        a_clip(
            catalogue, f"ferry {n}", cues=[(0, 900, "a ferry")], tags=["fog"], name=f"{n}.mp4",
            article="The ferry sank.", article_state=state,
        )
        for n, state in enumerate(("certain", "suggested", "suggested"))
    ]  # fmt: skip
    with catalogue.writing() as session:
        case = collections.make(session, "Case", actor="x")
        collections.add(session, case, made, actor="x")
        levels.close(session, made[0], "restricted", actor="x")
        reviews.ask_again(session, made[0], "who is it?", actor="x")
        copies.suggest(session, made[1], {made[2]: 3})
        session.add(ProxyRow(clip_id=made[1], state="waiting"))
        session.get_one(Clip, made[1]).rights = "ours"
    index.catch_up(catalogue)
    return made


def test_no_list_reads_a_table_through(
    app: APIFlask, catalogue: Catalogue, clips: list[str]
) -> None:
    asked: dict[str, tuple[str, object]] = {}
    page = ""
    with noted(catalogue, lambda text, values: asked.setdefault(text, (page, values))):
        for role, pages in {
            "admin": ["/grants", "/history"],
            "archivist": [*LISTS, f"/clips/{clips[1]}", f"/api/v1/clips/{clips[1]}"],
            "researcher": [*LISTS, f"/clips/{clips[1]}"],
        }.items():
            an_account(catalogue, f"one {role}", role)
            client = sign_in(app, f"one {role}")
            for page in pages:
                assert client.get(page).status_code in (200, 403)
        page = "/ingest?name= among many files"
        with catalogue.seen_by(Sight("", restricted=True)).reading() as session:
            file_names.with_part(session, "1.mp4", None)
    read = plans(catalogue, {text: one for text, one in asked.items() if text[:6] == "SELECT"})
    assert len(read) > 100
    assert [one for one in read if _grows(*one[1:])] == []


def test_no_change_and_no_work_reads_a_table_through(
    catalogue: Catalogue, index: SearchIndex, clips: list[str]
) -> None:
    asked: dict[str, tuple[str, object]] = {}
    with noted(catalogue, lambda text, values: asked.setdefault(text, ("", values))):
        with catalogue.writing() as session:
            term, port, quay, harbour = (
                vocabulary.add_term(session, clips[0], label, actor="x").id
                for label in ("fog", "port", "quay", "harbour")
            )
            vocabulary.add_alias(session, term, "mist", actor="x")
            thesaurus.rename(session, term, "haze", actor="x")
            thesaurus.put_within(session, quay, port, actor="x")
            thesaurus.put_within(session, harbour, port, actor="x")
            thesaurus.merge(session, quay, harbour, actor="x")
            vocabulary.remove_term(session, clips[0], "mist", actor="x")
            links.withdraw(session, clips[1], [])
            links.linked_to(session, clips)
            picture_readings.plan(session, session.get_one(Clip, clips[0]))
            picture_readings.take(session, "x")
        with catalogue.reading() as session:
            vocabulary.suggest(session, "ha", kind="tag", used=lambda _kind, _slug: 0)
            vocabulary.suggest(session, "ha", kind="tag")
            manifests.files_at(session, [b"1.mp4"])
            manifests.terms(session, "tag", ["haze"])
        index.catch_up(catalogue)
    done = plans(catalogue, asked)
    assert len(done) > 50
    assert [one for one in done if _grows(*one[1:])] == []


@contextmanager
def noted(catalogue: Catalogue, note: Callable[[str, object], object]) -> Iterator[None]:
    """Every statement with its values."""

    def told(_connection: object, _cursor: object, text: str, values: object, *_: object) -> None:
        note(text, values)

    event.listen(catalogue.engine, "before_cursor_execute", told)
    yield
    event.remove(catalogue.engine, "before_cursor_execute", told)


def plans(
    catalogue: Catalogue, asked: Mapping[str, tuple[str, object]]
) -> list[tuple[str, str, list[str]]]:
    """(page, statement, steps) of what reads."""
    with catalogue.reading() as session:
        raw = session.connection().connection.driver_connection
        assert raw is not None
        return [
            (page, text, [str(row[3]) for row in raw.execute(f"EXPLAIN QUERY PLAN {text}", values)])
            for text, (page, values) in asked.items()
            if text.startswith(("SELECT", "UPDATE", "DELETE", "WITH")) and isinstance(values, tuple)
        ]


def _grows(text: str, plan: list[str]) -> bool:
    """Whether it reads a table through, or all of one state, and not some rows in their order."""
    every = [one for one in plan if _is_through(one)]
    gathers = any("TEMP B-TREE" in one for one in plan) or re.search("DISTINCT|GROUP BY", text)
    return bool(every) and ("LIMIT" not in text or bool(gathers))


def _is_through(step: str) -> bool:
    table = re.match(r"(?:SCAN|SEARCH) (\w+?)(_\d+)?\b", step)
    wide = step.startswith("SCAN") or step.endswith(("(state=?)", "(kind=?)", "(root_id=?)"))
    return wide and table is not None and table[1] in GROWING


def test_somebody_with_many_grants_waits_no_longer(catalogue: Catalogue, clips: list[str]) -> None:
    account = an_account(catalogue, "Nadia", "researcher")
    with catalogue.writing() as session:
        cases = [collections.make(session, f"Case {n}", actor="x") for n in range(100)]
        collections.add(session, cases[-1], clips[:1], actor="x")
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    taken = []
    for some in (cases[:2], cases[2:]):
        with catalogue.writing() as session:
            for case in some:
                levels.grant(session, "nadia", case, "restricted", actor="x")
        with catalogue.seen_by(Sight(account, restricted=False)).reading() as session:
            raw = session.connection().connection.driver_connection
            assert raw is not None
            raw.set_progress_handler(step, 1)
            before = steps
            session.scalars(select(Clip.title)).all()
            raw.set_progress_handler(None, 0)
            taken.append(steps - before)
    assert taken[1] < 1.5 * taken[0]


def test_what_is_counted_has_an_end(catalogue: Catalogue, clips: list[str]) -> None:
    with catalogue.reading() as session:
        assert [counting.up_to(session, select(Clip.id), most) for most in (1, 2, 3, 4)] == [
            2, 3, 3, 3,
        ]  # fmt: skip
        assert counting.values(session, Clip.title, 2, Clip.title > "ferry 0") == [
            "ferry 1", "ferry 2",
        ]  # fmt: skip
        assert counting.values(session, Clip.title, 1) == ["ferry 0"]
    assert len(clips) == 3
    assert [counted(n) for n in (0, 10_000, 10_001)] == ["0", "10,000", "10,000+"]
