"""Ingest at once: what `mediacatalog ingest PATH…` does, through the same stages as the worker."""

from __future__ import annotations

import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from mediacatalog.catalog import claims, holdings
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.errors import FencedError, UnreadableMediaError
from mediacatalog.ingest import listing, pipeline
from mediacatalog.ingest.engine import owner_name, release_orphans
from mediacatalog.ingest.jobs import Services
from mediacatalog.ingest.locks import Locks
from mediacatalog.media import viewing
from mediacatalog.values import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.models import Sighting
    from mediacatalog.settings import Settings


log = logging.getLogger(__name__)

AGAIN_SECONDS = 0.3


@dataclass(frozen=True)
class Result:
    """What became of one file; one line of JSON of the command."""

    path: str
    state: str
    reason: str = ""
    clip: str | None = None
    sha256: str | None = None
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Chosen:
    """A file to be ingested, and its sighting."""

    path: Path
    sighting_id: str


class Direct:
    """Ingests files at once, as many at a time as the settings say."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.catalogue = open_catalogue(settings.catalogue_url)
        self.catalogue.upgrade()
        self.locks = Locks(self.catalogue, settings)
        self.owner = owner_name(self.locks.slot())
        release_orphans(self.catalogue, self.locks, self.owner)
        with self.catalogue.writing() as session:
            mine = [one for one, owner in claims.running(session) if owner == self.owner]
            for sighting_id in mine:
                claims.release(session, sighting_id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.locks.close()
        self.catalogue.close()

    def choose(self, paths: Iterable[Path]) -> list[Chosen]:
        """Sightings of all files that the paths name, folders whole; made when they are new.

        A path outside every root becomes a root that isn't watched. Raises UnreadableMediaError
        for a path that is no regular file and no folder.
        """
        self._know_the_default_root()
        chosen: dict[str, Chosen] = {}
        for given in paths:
            path = Path(os.path.abspath(given))  # noqa: PTH100 - resolve() would follow links
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise UnreadableMediaError(path, "not a file and not a folder")
            with self.catalogue.writing() as session:
                for one in self._see(session, path):
                    chosen[one.sighting_id] = one
        return list(chosen.values())

    def _know_the_default_root(self) -> None:
        """Files of the watched folder belong to it also before anything watches it."""
        if self.settings.media.is_dir():
            with self.catalogue.writing() as session:
                holdings.root(session, self.settings.media, kind="watched")

    def _see(self, session: Session, path: Path) -> Iterator[Chosen]:
        inner = self._roots_below(session, path)
        for nested in inner:
            yield from self._see(session, nested)
        root = holdings.root_of(session, path / "x")
        if root is None:
            folder = path if path.is_dir() else path.parent
            root = holdings.root(session, folder, kind="once")
        below = os.fsencode(os.path.relpath(path, root.path))
        known = holdings.sightings_of(session, root.id, at=None if path.is_dir() else below)
        without = frozenset(os.fsencode(os.path.relpath(nested, path)) for nested in inner)
        listed = listing.listing(path, [], without) if path.is_dir() else [_stat(path)]
        for one in listed:
            name = one.path if below == b"." else below + b"/" + one.path
            seen = holdings.Seen(
                below if path.is_file() else name,
                one.byte_count,
                one.mtime_ns,
                one.device,
                one.inode,
            )
            sighting = known.get(seen.path)
            if sighting is None:
                state, reason = listing.rule(seen.path)
                explicit = path.is_file() or state == State.ARRIVING
                state, reason = (State.WAITING, "") if explicit else (state, reason)
                sighting = holdings.add_sighting(
                    session, root.id, seen, state, reason=reason, priority=1
                )
                session.flush()
            elif sighting.state != State.RUNNING:
                self._again(sighting, seen, explicit=path.is_file())
            yield Chosen(Path(root.path) / os.fsdecode(seen.path), sighting.id)

    @staticmethod
    def _roots_below(session: Session, path: Path) -> list[Path]:
        """Roots inside a folder: what lies in them is theirs."""
        watched = [Path(one.path) for one in holdings.roots(session, "watched", "uploads")]
        return [one for one in watched if path in one.parents]

    @staticmethod
    def _again(sighting: Sighting, seen: holdings.Seen, *, explicit: bool) -> None:
        """A person asks for a known file: it is tried again, unless told to be ignored."""
        if sighting.state == State.IGNORED and not explicit:
            return
        sighting.byte_count, sighting.mtime_ns = seen.byte_count, seen.mtime_ns
        sighting.device, sighting.inode = str(seen.device), str(seen.inode)
        sighting.priority = 1
        holdings.set_state(sighting, State.WAITING)

    def ingest(self, chosen: Iterable[Chosen]) -> Iterator[Result]:
        """Results as files reach a final state, in the order of their finishing.

        A file that met a fault of the world (a full disk) is given back: its state is `waiting`.
        """
        with ThreadPoolExecutor(self.settings.workers or os.cpu_count() or 1) as pool:
            futures = {pool.submit(self._one, one): one for one in chosen}
            for future in as_completed(futures):
                error = future.exception()
                if error is None:
                    yield future.result()
                elif isinstance(error, Exception):
                    log.debug("the fault", exc_info=error)
                    fault = f"{type(error).__name__}: {error}"
                    yield replace(self._result(futures[future], 0), reason=fault)
                else:
                    raise error

    def _one(self, one: Chosen) -> Result:
        began = time.monotonic()
        while not self._try(one.sighting_id):
            time.sleep(AGAIN_SECONDS)
        return self._result(one, time.monotonic() - began)

    def _try(self, sighting_id: str) -> bool:
        """One attempt, if nobody else has the file in hand; whether its state is final now.

        A fault of the world is raised, after the file was given back.
        """
        fence = self._claim(sighting_id)
        if fence is not None:
            try:
                with viewing.lent() as viewer:
                    services = Services(self.catalogue, self.settings, viewer)
                    pipeline.run(services, sighting_id, fence)
            except FencedError:
                pass
            except BaseException:
                with self.catalogue.writing() as session:
                    claims.release(session, sighting_id)
                raise
        with self.catalogue.reading() as session:
            state = holdings.sighting(session, sighting_id).state
        return state not in (State.RUNNING, State.WAITING)

    def _claim(self, sighting_id: str) -> int | None:
        with self.catalogue.writing() as session:
            return claims.claim(session, sighting_id, self.owner)

    def _result(self, one: Chosen, seconds: float) -> Result:
        with self.catalogue.reading() as session:
            sighting = holdings.sighting(session, one.sighting_id)
            clip = holdings.clip(session, sighting.clip_id) if sighting.clip_id else None
            problems = clip.problems if clip else []
        return Result(
            path=holdings.display_name(os.fsencode(one.path)),
            state=sighting.state,
            reason=sighting.reason,
            clip=clip.id if clip else None,
            sha256=clip.sha256 if clip else None,
            problems=[str(problem["message"]) for problem in problems],
            seconds=round(seconds, 3),
        )


def _stat(path: Path) -> holdings.Seen:
    status = path.lstat()
    return holdings.Seen(
        os.fsencode(path.name), status.st_size, status.st_mtime_ns, status.st_dev, status.st_ino
    )
