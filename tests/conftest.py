"""Fixtures that every test may use. No mocks: real files, real databases, a real browser."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import uuid
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from mediacatalog.catalog.database import Catalogue, open_catalogue
from mediacatalog.cli import GARBAGE
from mediacatalog.media import sandbox
from mediacatalog.settings import Settings
from tests import browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser
    from sqlalchemy import Connection

POSTGRESQL = os.environ.get("TEST_POSTGRESQL_URL", "")
"""A server on which tests may make databases; CI starts one and refuses to go without."""

# Tesseract takes a second for each picture of each test with a worker; those about it ask for it.
os.environ.setdefault("MEDIACATALOG_PICTURE_LANGUAGES", "none")

hypothesis_settings.register_profile("patient", deadline=None)
hypothesis_settings.load_profile("patient")  # a slow machine is no failure

COMPILED: LRUCache[Any, Any] = LRUCache(10_000)
"""Statements of all catalogues of a process, as a server comes to know them: each test has engines
of its own, and to compile their statements anew takes a sixth of its time."""


@event.listens_for(Engine, "engine_connect")
def _know_statements(connection: Connection) -> None:
    connection.engine._compiled_cache = COMPILED


for _dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
    # By what it is, not by the engine that it was made for: it is a part of a statement's key.
    _dialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[assignment,method-assign]
    _dialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]


QUICK = {"articles", "captions", "linking", "manifest", "text"}
"""Folders of tests none of whose files takes half a minute."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick files come last, so that no process is left alone with a long one at the end."""
    here = Path(__file__).parent
    items.sort(key=lambda one: one.path.relative_to(here).parts[0] in QUICK)


def pytest_collection_finish() -> None:
    """What is loaded stays: only what tests leave behind is looked through, as in commands."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


SAMPLES = Path(__file__).parents[2] / "shared" / "samples"


@pytest.fixture(autouse=True)
def any_sandbox() -> Iterator[None]:
    """Whatever sandbox a test chooses is left behind with it."""
    yield
    sandbox.use("auto")


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of real sample files, when it lies beside the checkout."""
    if not SAMPLES.is_dir():
        pytest.skip("the folder of sample files isn't beside this checkout")
    return SAMPLES


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, on SQLite and on PostgreSQL in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'catalogue.sqlite'}"
        return
    with _postgresql("template0") as url:
        yield url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue at the newest revision, to be copied: migrating one a test costs minutes."""
    path = tmp_path_factory.mktemp("migrated") / "catalogue.sqlite"
    opened = open_catalogue(f"sqlite:///{path}")
    opened.upgrade()
    opened.close()  # the last one to close leaves everything in this one file
    return path


@pytest.fixture(scope="session")
def migrated_postgresql() -> Iterator[str]:
    """The same on PostgreSQL: the name of a database to be used as a template."""
    with _postgresql("template0") as url:
        opened = open_catalogue(url)
        opened.upgrade()
        opened.close()
        yield str(make_url(url).database)


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database at the newest revision with nothing in it, on both in turn."""
    with copied(request.getfixturevalue(f"migrated_{request.param}"), tmp_path) as url:
        yield url


@contextmanager
def copied(template: Path | str, folder: Path) -> Iterator[str]:
    """The URL of a copy of a database: of an SQLite file, or of what PostgreSQL knows by a name."""
    if isinstance(template, Path):
        path = folder / "catalogue.sqlite"
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        return
    with _postgresql(template) as url:
        yield url


@pytest.fixture
def catalogue(migrated_url: str) -> Iterator[Catalogue]:
    """An empty catalogue at the newest revision, on both databases."""
    opened = open_catalogue(migrated_url)
    yield opened
    opened.close()


@contextmanager
def _postgresql(template: str) -> Iterator[str]:
    """The URL of a new database that is a copy of another one."""
    if not POSTGRESQL:
        pytest.skip("TEST_POSTGRESQL_URL names no server")
    name = f"test_{uuid.uuid4().hex[:16]}"
    with _server().connect() as connection:
        # File by file, as before 15: to log every page of them first takes three times as long.
        way = "STRATEGY file_copy" if connection.dialect.server_version_info >= (15,) else ""
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {way}'))
    yield make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)
    with _server().connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


@cache
def _server() -> Engine:
    """One connection for all tests of a process: opening two a test took a quarter of the time."""
    opened = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    atexit.register(opened.dispose)
    return opened


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose folders are this test's own, on SQLite; fast polls."""
    (tmp_path / "media").mkdir()
    return Settings(
        data=tmp_path / "data",
        media=tmp_path / "media",
        poll_seconds=0.2,
        settle_seconds=0.2,
        unproven_settle_seconds=0.5,
        disk_reserve_bytes=0,
        workers=2,
    )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of a module's tests; see `tests/browser.py` for what they owe it."""
    with browser.started() as opened:
        yield opened
