"""Work for a hand that no file needs: a piece at a time is taken, made, put off or given back.

Whoever dies over a piece leaves a row that says so: the next to look gives it back.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import sqlalchemy as sa

from mediacatalog.errors import FencedError, ToolFailedError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Between two looks for a piece to make; one small query."""
TIDY_ROUNDS = 10


K = TypeVar("K")
K_co = TypeVar("K_co", covariant=True)


class Piece(Protocol[K_co]):
    """A claim on one row of the catalogue, under a fence."""

    @property
    def key(self) -> K_co: ...

    @property
    def name(self) -> str:
        """For the log."""
        ...


P = TypeVar("P", bound=Piece[Any])


class Queue(Protocol[P, K]):
    """The module of the catalogue that keeps the rows."""

    def is_wanted(self, session: Session, /) -> bool: ...

    def take(self, session: Session, owner: str, /) -> P | None: ...

    def held(self, session: Session, /) -> Sequence[tuple[K, str]]:
        """(key, owner) of what somebody makes, or died over."""
        ...

    def release(self, session: Session, key: K, /, *, owner: str, let_go: bool = False) -> None: ...

    def postpone(
        self, session: Session, claim: P, reason: str, /, *, give_up: bool = False
    ) -> None: ...


class Background(ABC, Generic[P, K]):
    """Makes what its queue says is wanted, under the name of `owner`."""

    queue: Queue[P, K]

    def __init__(
        self,
        catalogue: Catalogue,
        settings: Settings,
        owner: str,
        is_alive: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`is_alive` says of another owner whether it still lives."""
        self._catalogue, self._settings, self._owner = catalogue, settings, owner
        self._is_alive = is_alive
        self._in_hand: K | None = None

    @abstractmethod
    def make(self, claim: P) -> None:
        """Make it and say so in the catalogue, or that it can't be made.

        Faults of the world (OSError, SQLAlchemyError, ToolFailedError) put it off.
        """

    def tidy(self) -> None:
        """Now and then: remove what nobody wants any more."""

    def run(self, stop: threading.Event, has_hand: Callable[[], bool]) -> None:
        """Until `stop`: make what is wanted while `has_hand`."""
        rounds = 0
        while not stop.is_set():
            try:
                if rounds % TIDY_ROUNDS == 0:
                    self.release_orphans()
                    self.tidy()
                if has_hand() and self.make_next():
                    continue
            except Exception:  # it outlives any fault of the world
                log.exception("looking for work in the background failed; it is tried again")
            rounds += 1
            stop.wait(LOOK_SECONDS)

    def let_go(self) -> None:
        """Before this process ends itself: its end is nobody's death."""
        if (mine := self._in_hand) is not None:
            with self._catalogue.writing() as session:
                self.queue.release(session, mine, owner=self._owner, let_go=True)

    def release_orphans(self) -> None:
        """Give back what dead makers had in hand."""
        with self._catalogue.reading() as session:
            held = self.queue.held(session)
        for key, owner in held:
            gone = key != self._in_hand if owner == self._owner else not self._is_alive(owner)
            if gone:
                with self._catalogue.writing() as session:
                    self.queue.release(session, key, owner=owner)

    def make_next(self) -> bool:
        """Make the most urgent piece; False when none is wanted or can be made now."""
        with self._catalogue.reading() as session:
            if not self.queue.is_wanted(session):
                return False
        with self._catalogue.writing() as session:
            claim = self.queue.take(session, self._owner)
        if claim is None:
            return False
        self._in_hand = claim.key
        try:
            self.make(claim)
        except FencedError as error:
            log.info("%s", error)
        except (OSError, sa.exc.SQLAlchemyError, ToolFailedError) as error:
            log.warning("%s is tried later: %s", claim.name, error)
            self._postpone(claim, str(error))
        except Exception as error:  # a fault of ours: not for ever
            log.exception("%s failed", claim.name)
            self._postpone(claim, f"{type(error).__name__}: {error}", give_up=True)
        finally:
            self._in_hand = None
        return True

    def _postpone(self, claim: P, reason: str, *, give_up: bool = False) -> None:
        try:
            with self._catalogue.writing() as session:
                self.queue.postpone(session, claim, reason, give_up=give_up)
        except (FencedError, sa.exc.SQLAlchemyError) as why:
            log.warning("%s can't be postponed: %s", claim.name, why)
