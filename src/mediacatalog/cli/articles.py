"""Commands that bring articles into the catalogue."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mediacatalog import settings as settings_module
from mediacatalog.cli.catalogue import FAILED, PARTLY, opened
from mediacatalog.cli.tools import print_facts, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.group()
def articles() -> None:
    """Bring in articles that lie beside no clip."""


@articles.command(name="import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON per file.")
@click.pass_context
def import_(ctx: click.Context, paths: tuple[Path, ...], *, as_json: bool) -> None:
    """Every article of saved pages, crawls, feeds and exports; folders whole.

    Importing the same again changes nothing.
    """
    from mediacatalog import gathering
    from mediacatalog.catalog.changes import LOCAL

    good = bad = 0
    with opened(settings_module.load()) as catalogue:
        for path in paths:
            for file in gathering.files_of(Path(os.path.abspath(path))):  # noqa: PTH100 - no links
                report = gathering.gather_path(catalogue, file, actor=LOCAL)
                good, bad = good + bool(report.found), bad + bool(report.error)
                if as_json:
                    click.echo(json.dumps(asdict(report), ensure_ascii=False))
                else:
                    many = "" if report.found == 1 else "s"
                    told = f"{report.found} article{many}, {report.new} new"
                    told += f", {report.skipped} passed over" if report.skipped else ""
                    click.echo(
                        f"{report.path}: {told}" + (f"; {report.error}" * bool(report.error))
                    )
    if bad:
        ctx.exit(PARTLY if good else FAILED)


@articles.command()
@click.argument("article")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def show(article: str, *, as_json: bool) -> None:
    """Everything known of an article: text, what was removed, mentions, origins, copies, clips.

    ARTICLE is its id, or the SHA-256 of the original.
    """
    from mediacatalog.catalog import story_record

    with opened(settings_module.load()) as catalogue, catalogue.reading() as session:
        document = story_record.of_article(session, article)
    if as_json:
        print_json(document)
    else:
        print_facts(document)


COMMANDS: Sequence[click.Command] = (articles,)
