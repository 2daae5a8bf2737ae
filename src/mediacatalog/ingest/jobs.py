"""What a clip on its way through the line is to its stages, and what a stage is to the line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mediacatalog.ingest import beside
from mediacatalog.ingest.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.models import Clip
    from mediacatalog.media.viewing import Viewer
    from mediacatalog.settings import Settings
    from mediacatalog.values import Probe, Problem

Step = Callable[[str, Callable[[], Any]], Any]
"""Runs a named call and records its result, so that a restart goes on after it."""


def at_once(_name: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the call gives
    """The step of a command that waits: nothing is recorded but what the stage itself writes."""
    return call()


@dataclass(frozen=True)
class Services:
    """What every stage may use. `viewer` is the warm decoder child of this thread."""

    catalogue: Catalogue
    settings: Settings
    viewer: Viewer
    probed: dict[Path, Probe] = field(default_factory=dict)
    """What the stage `probe` read, while the same worker goes on with the clip: a path is probed
    once, by several processes, and captions need its streams again."""

    @property
    def store(self) -> Store:
        return Store(self.settings.derivatives)


@dataclass(frozen=True)
class Job:
    """One clip at one path, under the fence of its sighting's claim."""

    sighting_id: str
    fence: int
    clip_id: str
    sha256: str
    path: Path
    masters: tuple[Path, ...]
    """Every path at which the same bytes can be read now: sidecars may lie beside any of them."""
    attached: str = ""
    """A digest of what people attached to the clip from elsewhere."""
    pinned: int | None = None
    """PTS of the frame that a person wants as the poster."""

    @cached_property
    def companions(self) -> str:
        """What lies beside the clip, and what was attached to it, when it was first asked.

        A folder to which files are being added is listed anew each time, however large it is.
        """
        return beside.companions(self.masters) + self.attached


@dataclass(frozen=True)
class Outcome:
    """What a stage found: `keep` writes its rows, `problems` are the file's faults."""

    keep: Callable[[Session, Clip], None]
    problems: tuple[Problem, ...] = ()
    fatal: str = ""
    """Why nothing more can be done with this file."""


@dataclass(frozen=True)
class Stage:
    recipe: str
    """Changed whenever the same file would give another result."""
    read: Callable[[Services, Job, int], Outcome]
    known: Callable[[Session, Job], Outcome | None] = lambda _, __: None
    """What comes out, where the catalogue alone tells it: then nothing of the file is read."""
    depends: Callable[[Session, Job], str] = lambda _, __: ""
    """What else than the master's bytes the result depends on."""
    wanted: Callable[[Job], bool] = lambda _: True
