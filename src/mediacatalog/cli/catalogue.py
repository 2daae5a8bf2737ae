"""Commands over the catalogue: ingest, scan, search, show, tag."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mediacatalog import settings as settings_module
from mediacatalog.cli.tools import AS_JSON, print_json
from mediacatalog.errors import CatalogueError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings

FAILED, PARTLY = 1, 3
FOLLOWER_SECONDS = 10.0
"""How long a search waits until a running server has taken in what changed before."""


@contextmanager
def opened(settings: Settings) -> Iterator[Catalogue]:
    """The catalogue at its newest revision. Raises CatalogueError if it can't be opened."""
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

    from mediacatalog.catalog.database import open_catalogue

    try:
        catalogue = open_catalogue(settings.catalogue_url)
        catalogue.upgrade()
    except (ArgumentError, NoSuchModuleError) as error:
        raise SettingsError(f"setting MEDIACATALOG_DATABASE_URL: {error}") from error
    except (DBAPIError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise CatalogueError(str(cause).strip().splitlines()[0]) from error
    try:
        yield catalogue
    finally:
        catalogue.close()


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON per file.")
@click.pass_context
def ingest(ctx: click.Context, paths: tuple[Path, ...], *, as_json: bool) -> None:
    """Catalogue files and folders now, and wait until each is in a final state."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from mediacatalog.ingest.direct import Direct

    held_back = failed = 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with (
        Direct(settings_module.load()) as direct,
        Progress(*columns, console=console, disable=not console.is_terminal) as bar,
    ):
        chosen = direct.choose(paths)
        task = bar.add_task("ingest", total=len(chosen))
        for result in direct.ingest(chosen):
            held_back += result.state == "quarantined"
            failed += result.state in ("waiting", "running")
            if as_json:
                click.echo(json.dumps(asdict(result), ensure_ascii=False))
            elif result.state != "ignored":
                click.echo(f"{result.state:<12} {result.path}  {result.reason}".rstrip())
            bar.update(task, advance=1, description=result.path[-50:])
    if failed or held_back:
        ctx.exit(FAILED if failed else PARTLY)


@click.command()
@AS_JSON
@click.option("--counts", is_flag=True, help="With --json: only the counts, no list of files.")
@click.pass_context
def scan(ctx: click.Context, *, as_json: bool, counts: bool) -> None:
    """One complete look at every root; the counts add up to the files in the folders.

    With --json also every file: its state, reason, next step and history.

    New files are only noted: a running worker takes them when they have stood still.
    """
    from mediacatalog.catalog import holdings, queue
    from mediacatalog.ingest.engine import complete_pass
    from mediacatalog.ingest.roots import prepare_roots

    settings = settings_module.load()
    with opened(settings) as catalogue:
        prepare_roots(catalogue, settings)
        passes = complete_pass(catalogue, settings)
        with catalogue.reading() as session:
            report = holdings.report(session)
            every = {
                one.root: list(queue.every_file(session, one.root))
                for one in passes
                if as_json and not counts
            }
    if as_json:
        print_json(
            {
                "roots": [
                    asdict(one)
                    | {"states": report.get(one.root, {}), "listed": every.get(one.root, [])}
                    for one in passes
                ]
            }
        )
    else:
        for one in passes:
            click.echo(f"{one.root}: {one.files} files")
            for state, count in report.get(one.root, {}).items():
                if count:
                    click.echo(f"  {count:>6} {state}")
            if one.alarm:
                click.echo(f"  ALARM: {one.alarm}")
    if any(one.alarm for one in passes):
        ctx.exit(PARTLY)


def _filters(given: Sequence[str]) -> dict[str, tuple[str, ...]]:
    chosen: dict[str, tuple[str, ...]] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise click.BadParameter(f"{one!r} isn't FACET=VALUE", param_hint="--filter")
        chosen[name] = (*chosen.get(name, ()), value)
    return chosen


def clips_that_fit(
    settings: Settings, catalogue: Catalogue, query: str, filters: Sequence[str]
) -> list[str]:
    """Ids of all clips that a search finds, not only of its first page."""
    from mediacatalog import search as searching
    from mediacatalog.search.index import SearchIndex

    index = SearchIndex(settings.index)
    index.catch_up(catalogue, patience=FOLLOWER_SECONDS)
    asked = searching.SearchQuery(text=query, filters=_filters(filters))
    return [clip_id for some in searching.walk(catalogue, index, asked) for clip_id in some]


@click.command()
@click.argument("query")
@click.option("--filter", "filters", multiple=True, metavar="FACET=VALUE")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 200))
@AS_JSON
def search(query: str, filters: tuple[str, ...], limit: int, *, as_json: bool) -> None:
    """Clips with their best moments: words, "phrases", -not, OR, prefix*, tag:value."""
    from mediacatalog import search as searching
    from mediacatalog.search.index import SearchIndex
    from mediacatalog.values import timecode

    chosen = _filters(filters)
    settings = settings_module.load()
    with opened(settings) as catalogue:
        index = SearchIndex(settings.index)
        index.catch_up(catalogue, patience=FOLLOWER_SECONDS)
        asked = searching.SearchQuery(text=query, filters=chosen, limit=limit)
        results = searching.find(catalogue, index, asked)
    if as_json:
        print_json(searching.as_json(asked, results))
        return
    for hit in results.hits:
        click.echo(f"{hit.clip_id}  {hit.title}")
        for moment in hit.moments:
            at = timecode(moment.start_ms) if moment.start_ms is not None else "-"
            text = "".join(part.text for part in moment.snippet)
            source = f"{moment.source} ({moment.label})" if moment.label else moment.source
            click.echo(f"    {at:>12}  {source}: {text}")
    for note in results.notes:
        click.echo(note, err=True)
    click.echo(f"{results.count} clip{'' if results.count == 1 else 's'}", err=True)


@click.command()
@click.argument("clip")
@AS_JSON
def show(clip: str, *, as_json: bool) -> None:
    """Everything known of a clip (its id, or the beginning of its SHA-256), with sources."""
    from mediacatalog.catalog import record
    from mediacatalog.cli.tools import print_facts

    with opened(settings_module.load()) as catalogue, catalogue.reading() as session:
        document = record.of_clip(session, clip)
    if as_json:
        print_json(document)
    else:
        print_facts(document)


def _tag(clip: str, terms: tuple[str, ...], kind: str, *, add: bool) -> None:
    from mediacatalog.catalog import changes, holdings, vocabulary

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        one = holdings.clip(session, clip)
        for term in terms:
            change = vocabulary.add_term if add else vocabulary.remove_term
            change(session, one.id, term, kind=kind, actor=changes.LOCAL)


KIND = click.option("--kind", type=click.Choice(["tag", "place"]), default="tag", show_default=True)


@click.command()
@click.argument("clip")
@click.argument("terms", nargs=-1, required=True)
@KIND
def tag(clip: str, terms: tuple[str, ...], kind: str) -> None:
    """Give a clip terms of the vocabulary; new ones are made. Recorded in the history."""
    _tag(clip, terms, kind, add=True)


@click.command()
@click.argument("clip")
@click.argument("terms", nargs=-1, required=True)
@KIND
def untag(clip: str, terms: tuple[str, ...], kind: str) -> None:
    """Take terms from a clip. Recorded in the history."""
    _tag(clip, terms, kind, add=False)


COMMANDS: Sequence[click.Command] = (ingest, scan, search, show, tag, untag)
