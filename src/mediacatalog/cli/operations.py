"""Commands that run and keep the system: serve, web, worker, demo, rerun, reindex, doctor, db."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mediacatalog import settings as settings_module
from mediacatalog.cli.catalogue import opened
from mediacatalog.cli.tools import AS_JSON, print_json
from mediacatalog.errors import LockedError
from mediacatalog.media import sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from mediacatalog.settings import Settings

log = logging.getLogger(__name__)

RESTART_SECONDS = 2.0


def _work(settings: Settings, parent: int) -> None:
    """The worker process: until it is told to stop, or `parent`, who started it, is gone.

    It ends as if it were killed: every stage is made for that, and no long decode is waited for.
    One that lost its database ends with code 1, so that whoever keeps it starts it again.
    """
    from mediacatalog.cli import configure_logging
    from mediacatalog.ingest.engine import Worker

    configure_logging(logging.getLevelName(settings.log_level.upper()))
    told = threading.Event()
    with Worker(settings) as worker:

        def stop(_number: int, _frame: FrameType | None) -> None:
            told.set()
            worker.stop.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        while not worker.stop.wait(1):
            if os.getppid() != parent:
                told.set()
                break
        with contextlib.suppress(Exception):  # a database that is gone must not keep it alive
            worker.let_go()
        os._exit(0 if told.is_set() else 1)


def _keep_working(settings: Settings, stop: threading.Event) -> None:
    """Start the worker again whenever it dies."""
    context = multiprocessing.get_context("spawn")
    while not stop.is_set():
        process = context.Process(
            target=_work, args=(settings, os.getpid()), name="mediacatalog-worker"
        )
        process.start()
        while process.is_alive() and not stop.wait(0.3):
            pass
        if stop.is_set():
            process.terminate()
            process.join(timeout=5)
            return
        log.error("the worker ended with code %s; it is started again", process.exitcode)
        stop.wait(RESTART_SECONDS)


def _refuse_taken_port(settings: Settings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise LockedError(
                f"{settings.host}:{settings.port}: {error.strerror}; "
                "set MEDIACATALOG_PORT to a free port"
            ) from error


def run_everything(settings: Settings) -> None:
    """Web, worker and watcher in one process group, until interrupted."""
    from mediacatalog.ingest.roots import prepare_roots
    from mediacatalog.web import server

    _refuse_taken_port(settings)
    sandbox.use(settings.sandbox)
    sandbox.kind()  # or the worker would only say so in its log, again and again
    with opened(settings) as catalogue:
        prepare_roots(catalogue, settings)
    stop = threading.Event()
    keeper = threading.Thread(target=_keep_working, args=(settings, stop), daemon=True)
    keeper.start()
    click.echo(f"mediacatalog is at http://{settings.host}:{settings.port}/")
    click.echo(f"drop videos into {settings.media}  (stop with Ctrl-C)")
    try:
        server.serve(settings)
    finally:
        stop.set()
        keeper.join(timeout=8)


@click.command()
def serve() -> None:
    """Web pages, one worker and the watcher; creates and migrates the database."""
    settings = settings_module.load()
    from mediacatalog.cli import configure_logging

    configure_logging(logging.getLevelName(settings.log_level.upper()))
    run_everything(settings)


@click.command()
def web() -> None:
    """The pages alone."""
    from mediacatalog.web import server

    settings = settings_module.load()
    _refuse_taken_port(settings)
    with opened(settings):
        pass
    click.echo(f"mediacatalog is at http://{settings.host}:{settings.port}/")
    server.serve(settings)


@click.command()
def worker() -> None:
    """One worker and, if no other process is it, the watcher."""
    from mediacatalog.ingest.roots import prepare_roots

    settings = settings_module.load()
    with opened(settings) as catalogue:
        prepare_roots(catalogue, settings)
    _work(settings, os.getppid())


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Where the demo's media and data are kept.",
)
def demo(folder: Path) -> None:
    """The same as serve, over a small archive that is made with ffmpeg."""
    from mediacatalog import demo as making

    media = folder.absolute() / "media"
    click.echo(f"making a small archive in {media} …")
    making.make_archive(media)
    run_everything(settings_module.override(data=folder.absolute() / "data", media=media))


@click.command()
@click.argument("stage")
@click.option("--clip", default="", help="Id of the clip, or the beginning of its SHA-256.")
@click.option("--query", default=None, help="All clips that a search finds; '' means every clip.")
@click.option("--filter", "filters", multiple=True, help="facet=value, as in search.")
@click.option(
    "--viewing",
    type=click.Choice(["full", "balanced", "default"]),
    help="From now on watch them through like this; default: as their roots say.",
)
@AS_JSON
def rerun(
    stage: str,
    clip: str,
    query: str | None,
    filters: tuple[str, ...],
    viewing: str | None,
    *,
    as_json: bool,
) -> None:
    """Let a worker run one stage, and what follows it, again: of a clip, or of all that fit.

    The stage `derivatives` makes just those files again that are missing or stale.
    """
    from mediacatalog.catalog import changes, holdings, picture_readings, proxies, stages, steering
    from mediacatalog.cli.catalogue import clips_that_fit
    from mediacatalog.errors import InvalidValueError
    from mediacatalog.ingest import rebuild
    from mediacatalog.ingest.pipeline import STAGES

    beside = {proxies.STAGE: proxies.again, picture_readings.STAGE: picture_readings.again}
    if stage not in (*STAGES, *beside, rebuild.NAME):
        known = ", ".join((*STAGES, *beside, rebuild.NAME))
        raise InvalidValueError("stage", f"{stage!r} is none of {known}")
    everything = stage == rebuild.NAME  # it leaves alone what is right, so it is safe for all
    if not clip and query is None and not filters and not everything:
        raise click.UsageError("name a clip with --clip, or many with --query or --filter")
    settings = settings_module.load()
    names = list(STAGES)[list(STAGES).index(stage) :] if stage in STAGES else []
    done = {"again": 0, "offline": 0} | ({"fresh": 0} if stage == rebuild.NAME else {})
    with opened(settings) as catalogue:
        wanted = [clip] if clip else clips_that_fit(settings, catalogue, query or "", filters)
        for one in wanted:
            # One transaction a clip: people go on working meanwhile.
            with catalogue.writing() as session:
                found, priority = holdings.clip(session, one), 1 if clip else 20
                if viewing is not None:
                    chosen = "" if viewing == "default" else viewing
                    steering.watch_clip_as(session, found, chosen, actor=changes.LOCAL)
                here: bool | None
                if stage == rebuild.NAME:
                    here = rebuild.again(session, settings, found, priority=priority)
                elif names:
                    here = stages.forget(session, found, names, priority=priority)
                else:
                    here = beside[stage](session, found, priority=priority)
            done["fresh" if here is None else "again" if here else "offline"] += 1
    if as_json:
        print_json(done)
    elif not clip:
        fresh = f"; {done['fresh']} need nothing" if "fresh" in done else ""
        click.echo(f"{done['again']} clips wait for {stage}; {done['offline']} are offline{fresh}")


@click.command()
@AS_JSON
def reindex(*, as_json: bool) -> None:
    """Make the search index of this machine anew, and put it in force when it is whole.

    People go on searching meanwhile. What a killed one left is gone on with. Many clips are read by
    as many processes as there are processors, at a low priority.
    """
    from mediacatalog.search import SearchIndex

    settings, began = settings_module.load(), time.monotonic()
    with opened(settings) as catalogue:
        count = SearchIndex(settings.index).rebuild(catalogue)
    seconds = round(time.monotonic() - began, 3)
    if as_json:
        print_json({"clips": count, "seconds": seconds})
    else:
        click.echo(f"{count} clips read in {seconds:.1f} s; the new index is in force")


@click.command()
@click.option("--ready", is_flag=True, help="Only what a running service needs; for health checks.")
@AS_JSON
@click.pass_context
def doctor(ctx: click.Context, *, ready: bool, as_json: bool) -> None:
    """Check programs, folders, database and index, and say what to do about each fault."""
    from mediacatalog.ingest import doctor as checks

    began = time.monotonic()
    found = checks.examine(settings_module.load(), ready_only=ready)
    if as_json:
        print_json(
            {
                "ok": all(one.ok for one in found),
                "checks": [one.as_json() for one in found],
                "seconds": round(time.monotonic() - began, 3),
            }
        )
    else:
        for one in found:
            click.echo(f"{'ok  ' if one.ok else 'FAIL'} {one.name}: {one.detail}")
    if not all(one.ok for one in found):
        ctx.exit(1)


@click.group()
def db() -> None:
    """The catalogue's database."""


@db.command()
def upgrade() -> None:
    """Create the tables, or migrate them to the newest revision."""
    with opened(settings_module.load()) as catalogue:
        click.echo(f"at revision {catalogue.revision()}")


COMMANDS: Sequence[click.Command] = (serve, web, worker, demo, rerun, reindex, doctor, db)
