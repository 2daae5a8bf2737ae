"""Commands over the watched folders: root add, list, pause, resume, settle, masters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mediacatalog import settings as settings_module
from mediacatalog.cli.catalogue import opened
from mediacatalog.cli.tools import AS_JSON, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.models import Root


@click.group()
def root() -> None:
    """The watched folders."""


@root.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--name", default="", help="What pages call it; the folder's name by default.")
@click.option("--poll-seconds", type=click.FloatRange(min=0.1), help="Pause between two looks.")
@click.option(
    "--loss-threshold",
    type=click.FloatRange(min=0, max=1, min_open=True),
    help="Share of files that may go in one pass without an alarm.",
)
@click.option(
    "--viewing",
    type=click.Choice(["full", "balanced", "default"]),
    help="How its files are watched through; default: as the settings say.",
)
def add(
    folder: Path,
    name: str,
    poll_seconds: float | None,
    loss_threshold: float | None,
    viewing: str | None,
) -> None:
    """Watch a folder from now on; given again, change how. It may be read-only."""
    from mediacatalog.catalog import changes, holdings, steering

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        one = holdings.root(session, folder.absolute(), kind="watched", name=name)
        one.name = name or one.name
        one.poll_seconds = poll_seconds or one.poll_seconds
        one.loss_threshold = loss_threshold or one.loss_threshold
        if viewing is not None:
            wanted = "" if viewing == "default" else viewing
            steering.watch_as(session, one.id, wanted, actor=changes.LOCAL)


@root.command("list")
@AS_JSON
def list_(*, as_json: bool) -> None:
    """All roots: path, kind, last complete look, alarm, pause."""
    from mediacatalog.catalog import queue

    with opened(settings_module.load()) as catalogue, catalogue.reading() as session:
        found = queue.roots(session)
    if as_json:
        print_json([one.as_json() for one in found])
        return
    for one in found:
        click.echo(f"{one.kind:<8} {one.files:>8} files  {one.path}")
        for said in (
            one.alarm and f"ALARM: {one.alarm}",
            one.paused_by and f"paused by {one.paused_by}",
            one.events and f"polled only: {one.events}",
            one.viewing and f"viewing: {one.viewing}",
        ):
            if said:
                click.echo(f"    {said}")


@root.command()
@click.argument("folder", type=click.Path(path_type=Path))
def pause(folder: Path) -> None:
    """Begin no file of a root until it is resumed."""
    from mediacatalog.catalog import changes, steering

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        steering.pause(session, _named(session, folder).id, actor=changes.LOCAL)


@root.command()
@click.argument("folder", type=click.Path(path_type=Path))
def resume(folder: Path) -> None:
    """Go on with a root that was paused."""
    from mediacatalog.catalog import changes, steering

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        steering.resume(session, _named(session, folder).id, actor=changes.LOCAL)


@root.command()
@click.argument("folder", type=click.Path(path_type=Path))
def settle(folder: Path) -> None:
    """Say that what a root's alarm misses is gone: it goes offline at the next look."""
    from mediacatalog.catalog import changes, steering

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        steering.accept_loss(session, _named(session, folder).id, actor=changes.LOCAL)


@root.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("what", type=click.Choice(["keep", "give-up"]))
def masters(folder: Path, what: str) -> None:
    """Whether a purge may remove masters from a root, where two admins want it: keep, at first."""
    from mediacatalog.catalog import changes, steering

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        found = _named(session, folder)
        steering.give_masters_up(session, found.id, what == "give-up", actor=changes.LOCAL)


def _named(session: Session, folder: Path) -> Root:
    """Raises NotFoundError."""
    from mediacatalog.catalog import holdings
    from mediacatalog.errors import NotFoundError

    wanted = str(folder.absolute())
    for one in holdings.roots(session):
        if one.path == wanted:
            return one
    raise NotFoundError("root", wanted)


COMMANDS: Sequence[click.Command] = (root,)
