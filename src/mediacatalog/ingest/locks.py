"""Locks that stand for living workers: they go with their process, and with their host."""

from __future__ import annotations

import fcntl
import threading
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediacatalog.errors import LockedError

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings

SLOTS = 64
SLOT_LOCK = 7001
"""First key of the PostgreSQL advisory locks that stand for executors."""
SILENCE = {
    "tcp_keepalives_idle": 10,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""PostgreSQL frees the locks of a host that vanished after 25 s; by itself only after two hours."""
WATCH_LOCK = 7002
GATHER_LOCK = 7003
TELL_LOCK = 7004


class Locks:
    """Named locks that die with the process: files for SQLite, advisory locks for PostgreSQL."""

    def __init__(self, catalogue: Catalogue, settings: Settings) -> None:
        self._catalogue = catalogue
        self._folder = settings.data / "locks"
        self._stack = ExitStack()
        self._one_at_a_time = threading.Lock()
        self._connection: sa.Connection | None = None
        if catalogue.dialect == "postgresql":
            self._connection = self._stack.enter_context(
                catalogue.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            )
            # Given back to the pool it would go on holding them: it is closed.
            self._stack.callback(self._connection.invalidate)
            self._stack.callback(self._let_go, self._connection)
            for name, value in SILENCE.items():
                self._connection.execute(sa.text(f"SET {name} = {value}"))
        else:
            self._folder.mkdir(parents=True, exist_ok=True)

    def take(self, key: int, number: int) -> bool:
        """Take one lock for as long as this process lives; False when another process has it."""
        if self._connection is not None:
            return bool(self._ask("SELECT pg_try_advisory_lock(:key, :number)", key, number))
        file = (self._folder / f"{key}-{number}").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._stack.callback(file.close)
        return True

    def is_held(self, key: int, number: int) -> bool:
        """Whether some living process has the lock; this process must not be it."""
        if self._connection is not None:
            if not self._ask("SELECT pg_try_advisory_lock(:key, :number)", key, number):
                return True
            self._ask("SELECT pg_advisory_unlock(:key, :number)", key, number)
            return False
        with (self._folder / f"{key}-{number}").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    def alive(self) -> bool:
        """Whether the locks still hold: those of PostgreSQL go with their connection."""
        if self._connection is None:
            return True
        try:
            with self._one_at_a_time:
                return bool(self._connection.scalar(sa.text("SELECT 1")) == 1)
        except sa.exc.SQLAlchemyError:
            return False

    @staticmethod
    def _let_go(connection: sa.Connection) -> None:
        """Free the locks now: the server may notice only a while later that we hung up."""
        with suppress(sa.exc.SQLAlchemyError):
            connection.scalar(sa.text("SELECT pg_advisory_unlock_all()"))

    def _ask(self, query: str, key: int, number: int) -> object:
        if self._connection is None:
            raise LockedError("advisory locks are PostgreSQL's")
        with self._one_at_a_time:
            return self._connection.scalar(sa.text(query), {"key": key, "number": number})

    def slot(self) -> int:
        """A free executor slot; the next process to start inherits the slot of a dead one."""
        for number in range(SLOTS):
            if self.take(SLOT_LOCK, number):
                return number
        raise LockedError(f"all {SLOTS} executor slots are in use")

    def close(self) -> None:
        self._stack.close()
