"""The catalogue's database: SQLite or PostgreSQL behind one class, opened by one URL.

Hides the dialects: pragmas, who begins a transaction and how, and the migrations.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from mediacatalog.catalog.sight import SightedSession

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

    from mediacatalog.catalog.base import Base
    from mediacatalog.catalog.sight import Sight

MIGRATIONS = Path(__file__).parent / "migrations"
NEWEST = max(path.stem for path in MIGRATIONS.glob("versions/[0-9]*.py")).partition("_")[0]
"""The revision that this code knows; each file begins with its own."""

LOCKED_SECONDS = 30
"""How long a statement waits for another process."""
# FULL: a power cut loses no commit.
PRAGMAS = (
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={LOCKED_SECONDS * 1000}",
    "cache_size=-65536",
    "temp_store=MEMORY",
)

POOL: dict[str, Any] = {
    "pool_size": 20,
    "max_overflow": 40,
    "pool_use_lifo": True,
    "hide_parameters": True,
}
"""The connection that was used last is used next: SQLite keeps up to 64 MiB of pages for each, and
in turn all that one busy moment opened would come to that. Errors of statements end in logs; what
people typed and what clips say doesn't."""


class Catalogue:
    """An open catalogue. Safe to share between threads; each transaction has its own session."""

    def __init__(self, engine: Engine, sight: Sight | None = None) -> None:
        self.engine = engine
        self.sight = sight
        """Whose eyes it is read with; None sees everything."""

    def seen_by(self, sight: Sight | None) -> Catalogue:
        """The same catalogue for somebody who may not see all of it."""
        return Catalogue(self.engine, sight)

    def _session(self, bind: Engine | Connection, **given: Any) -> Session:  # noqa: ANN401
        if self.sight is None:
            return Session(bind, expire_on_commit=False, **given)
        return SightedSession(bind, self.sight, expire_on_commit=False, **given)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent view; nothing is written. Rolled back at the end."""
        with self.engine.connect().execution_options(mediacatalog_readonly=True) as connection:
            if self.dialect == "postgresql":
                connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            with self._session(connection, autoflush=False) as session:
                yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction, committed at the end, rolled back on any error.

        On SQLite it begins IMMEDIATE: a transaction that read first could not become a writer
        once somebody else has committed, and no time-out cures that.
        """
        with self._session(self.engine) as session, session.begin():
            yield session

    def upgrade(self) -> None:
        """Create or migrate the tables to the newest revision; safe in two processes at once."""
        if self.revision() == NEWEST:
            return
        import alembic.command  # half of what a small command takes, and nearly always for nothing
        import alembic.config

        config = alembic.config.Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.engine.connect() as connection:
            config.attributes["connection"] = connection
            with connection.begin():
                alembic.command.upgrade(config, "head")

    def revision(self) -> str | None:
        """The revision of the database, to be compared with NEWEST; None if it has no tables."""
        with self.engine.connect().execution_options(mediacatalog_readonly=True) as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return found

    def close(self) -> None:
        self.engine.dispose()


def open_catalogue(url: str) -> Catalogue:
    """Open the catalogue at `url`; for SQLite its folder is made. Tables are made by `upgrade`."""
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        return Catalogue(_on_server(parsed))
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": LOCKED_SECONDS}, **POOL)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        if not isinstance(connection, sqlite3.Connection):
            raise TypeError("the catalogue wants Python's own sqlite3")
        connection.isolation_level = None  # the driver must not begin by itself
        _into_wal(connection)
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        readonly = connection.get_execution_options().get("mediacatalog_readonly")
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return Catalogue(engine)


def _into_wal(connection: sqlite3.Connection) -> None:
    """Let pages be read while a worker writes.

    SQLite doesn't wait when two processes turn a new database to WAL at once: one of them is told
    that it is locked.
    """
    deadline = time.monotonic() + LOCKED_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _on_server(url: URL) -> Engine:
    engine = create_engine(url, pool_pre_ping=True, **POOL)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # What is hidden is many small conditions: to compile them takes seconds, to ask them none.
        connection.cursor().execute("SET jit = off")
        connection.commit()

    return engine


def insert_into(session: Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`, on both."""
    return insert_of(session.get_bind().dialect.name, table)


def insert_of(dialect: str, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """The same, for statements that are made once."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
