"""Pages while the database is locked, read-only, full or gone: said plainly, and reads go on."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, event, make_url, text

from mediacatalog.catalog.database import open_catalogue
from mediacatalog.search import SearchIndex
from mediacatalog.web import create_app
from tests.web.forms import send

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings

ON_SQLITE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
PAGES = ("/", "/?q=ferry", "/ingest", "/tags", "/upload")


@ON_SQLITE
def test_a_read_only_database_is_read_and_says_so_to_writers(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    """A page that wrote anything would fail here."""
    make_read_only(catalogue)
    for page in (*PAGES, f"/clips/{ferry}"):
        assert client.get(page).status_code == 200, page
    answer = send(client, f"/clips/{ferry}/terms", label="night", kind="tag")
    assert answer.status_code == 503
    assert "read-only" in answer.text
    assert answer.headers["Retry-After"]


def make_read_only(catalogue: Catalogue) -> None:
    """Every connection from now on refuses to write, as a read-only file system makes it."""
    catalogue.engine.dispose()

    @event.listens_for(catalogue.engine, "connect")
    def refuse(connection: sqlite3.Connection, _entry: object) -> None:
        connection.execute("PRAGMA query_only=ON")


@ON_POSTGRESQL
def test_a_database_that_is_gone_is_told_and_comes_back(
    settings: Settings, migrated_url: str
) -> None:
    catalogue = open_catalogue(migrated_url)
    client = create_app(settings, catalogue, SearchIndex(settings.index)).test_client()
    assert client.get("/ingest").status_code == 200
    url = make_url(migrated_url)
    away = f"{url.database}_away"
    admin = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")

    def rename(before: str | None, after: str | None) -> None:
        with admin.connect() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname=:name"),
                {"name": before},
            )
            connection.execute(text(f'ALTER DATABASE "{before}" RENAME TO "{after}"'))

    rename(url.database, away)
    try:
        page, api = client.get("/ingest"), client.get("/api/v1/ingest")
        assert (page.status_code, api.status_code) == (503, 503)
        assert "database can&#39;t be reached" in page.text
        assert api.mimetype == "application/problem+json"
        assert api.headers["Retry-After"]
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
    finally:
        rename(away, url.database)
    assert client.get("/ingest").status_code == 200
    catalogue.close()
    admin.dispose()


@ON_SQLITE
def test_a_locked_database_is_read_and_writers_are_asked_to_come_back(
    client: FlaskClient,
    ferry: str,
    catalogue: Catalogue,
) -> None:
    @event.listens_for(catalogue.engine, "begin", insert=True)
    def be_quick(connection: object) -> None:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")  # type: ignore[attr-defined]

    other = sqlite3.connect(catalogue.engine.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        for page in (*PAGES, f"/clips/{ferry}"):
            assert client.get(page).status_code == 200, page
        answer = send(client, f"/clips/{ferry}/terms", label="night", kind="tag")
        assert answer.status_code == 503
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert send(client, f"/clips/{ferry}/terms", label="night", kind="tag").status_code == 303
