"""The `mediacatalog` command. Thin: parse, call, print.

Exit codes: 0 done, 1 failed, 2 usage, 3 partly done, 4 locked.
"""

from __future__ import annotations

import gc
import logging
import sys
from functools import cached_property

import click

from mediacatalog import __version__, settings
from mediacatalog.cli import (
    access,
    articles,
    catalogue,
    linking,
    manifests,
    operations,
    purging,
    roots,
    sharing,
    tokens,
    tools,
    users,
    webhooks,
)
from mediacatalog.errors import LockedError, MediaCatalogError
from mediacatalog.media import sandbox

FAILED, PARTLY, LOCKED = 1, 3, 4
GARBAGE = (50_000, 20, 50)
"""How seldom cycles are looked for. Rows and texts, of which there are very many at a time, hang in
none: by Python's own measure (700) to look among them took a sixth of the making of the index."""


class Group(click.Group):
    """Errors that a person can act on become one line and an exit code, never a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except LockedError as error:
            click.echo(f"mediacatalog: {error}", err=True)
            ctx.exit(LOCKED)
        except MediaCatalogError as error:
            click.echo(f"mediacatalog: {error}", err=True)
            ctx.exit(FAILED)
        except BrokenPipeError:
            ctx.exit(0)
        except OSError as error:
            click.echo(f"mediacatalog: {error.filename or ''}: {error.strerror}", err=True)
            ctx.exit(FAILED)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mediacatalog")
@click.option("-v", "--verbose", is_flag=True, help="Say on stderr what is being done.")
def main(*, verbose: bool) -> None:
    """A catalogue of video footage in which the exact second can be found, and proved."""
    configure_logging(logging.INFO if verbose else logging.WARNING)
    gc.set_threshold(*GARBAGE)
    if settings.is_given("sandbox"):  # loading all settings takes a while, and tools need no other
        sandbox.use(settings.load().sandbox)


def configure_logging(level: int) -> None:
    """One line a record on stderr; JSON unless a person is looking. Control characters escaped."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("alembic").setLevel(max(level, logging.WARNING))


class Lines(logging.Formatter):
    """Loads what it needs with the first record: many commands end without one."""

    @cached_property
    def _formatter(self) -> logging.Formatter:
        import structlog

        renderer = (
            structlog.dev.ConsoleRenderer(colors=True)
            if sys.stderr.isatty()
            else structlog.processors.JSONRenderer(ensure_ascii=False)
        )
        return structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
        )

    def format(self, record: logging.LogRecord) -> str:
        return self._formatter.format(record)


for command in (
    *tools.COMMANDS,
    *catalogue.COMMANDS,
    *manifests.COMMANDS,
    *articles.COMMANDS,
    *linking.COMMANDS,
    *roots.COMMANDS,
    *tokens.COMMANDS,
    *users.COMMANDS,
    *webhooks.COMMANDS,
    *access.COMMANDS,
    *sharing.COMMANDS,
    *purging.COMMANDS,
    *operations.COMMANDS,
):
    main.add_command(command)
