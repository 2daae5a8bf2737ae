"""The command over manifests: check a table of metadata, then apply it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mediacatalog import settings as settings_module
from mediacatalog.cli.catalogue import FAILED, PARTLY, opened
from mediacatalog.cli.tools import AS_JSON, existing, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.manifest.applying import Outcome
    from mediacatalog.manifest.checking import Checked, Planned
    from mediacatalog.settings import Settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--apply/--dry-run", "write", default=False, help="Write it; else only check it.")
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Where its paths begin; may lie outside the known folders.",
)
@click.option("--overwrite", is_flag=True, help="Also change what people entered since.")
@click.option("--wait", is_flag=True, help="Read new files now, and wait until they are read.")
@AS_JSON
@click.pass_context
def manifest(  # noqa: PLR0913 - one for each option
    ctx: click.Context,
    file: Path,
    root: Path | None,
    *,
    write: bool,
    overwrite: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Metadata, articles and captions of many files, from a CSV, XLSX or JSON lines file.

    Every row is checked first, and all that is wrong is listed; nothing is written while anything
    is. Applying it twice changes nothing the second time.
    """
    from mediacatalog.errors import UnreadableMediaError
    from mediacatalog.manifest import MAX_BYTES, applying, checking

    path = existing(file)
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableMediaError(path, f"larger than {MAX_BYTES // 2**20} MiB")
    settings = settings_module.load()
    where = checking.Where(folder=path.parent, root=root.absolute() if root else None)
    outcomes: list[Outcome] = []
    with opened(settings) as catalogue:
        checked = checking.check(
            catalogue, settings, path.read_bytes(), path.name, where=where, overwrite=overwrite
        )
        document = checking.as_json(checked) | {"applied": write and not checked.faults.count}
        if not as_json:
            _tell_check(checked)
        if write and not checked.faults.count:
            outcomes = _apply(catalogue, settings, checked, overwrite=overwrite, quiet=as_json)
            document |= applying.as_json(outcomes)
        if wait:
            document["waited"] = _wait(settings, catalogue, outcomes, quiet=as_json)
    if as_json:
        print_json(document)
    if checked.faults.count:
        ctx.exit(FAILED)
    if any(one.state in ("later", "failed") for one in outcomes):
        ctx.exit(PARTLY)


def _tell_check(checked: Checked) -> None:
    for note in checked.notes:
        click.echo(note, err=True)
    for one in checked.errors:
        click.echo(str(one))
    hidden = checked.faults.count - len(checked.errors)
    if hidden:
        click.echo(f"… and {hidden} more")
    if checked.faults.count:
        errors = _count(checked.faults.count, "error")
        click.echo(f"{_count(checked.count, 'row')}, {errors}: nothing was written", err=True)
        return
    new = sum(one.is_new for one in checked.rows)
    changed = sum(bool(one.plan.changes) and not one.is_new for one in checked.rows)
    for planned in checked.rows:
        for line in _kept(planned):
            click.echo(line)
    click.echo(
        f"{_count(checked.count, 'row')}, no errors: {_count(new, 'new file')}, "
        f"{_count(changed, 'clip')} to be changed",
        err=True,
    )


def _kept(planned: Planned) -> Sequence[str]:
    where = f"row {planned.row.number}, {planned.shown}"
    return [f"{where}: {name} is kept, a person changed it" for name in planned.plan.kept]


def _apply(
    catalogue: Catalogue, settings: Settings, checked: Checked, *, overwrite: bool, quiet: bool
) -> list[Outcome]:
    from mediacatalog.manifest import applying

    outcomes: list[Outcome] = []
    for one in applying.apply(catalogue, settings, checked, overwrite=overwrite):
        outcomes.append(one)
        if not quiet and one.state != "unchanged":
            said = one.message or ", ".join(one.changes)
            click.echo(f"{one.state:<9} row {one.row}, {one.file}  {said}".rstrip())
    counts = applying.as_json(outcomes)["counts"]
    if not quiet and isinstance(counts, dict):
        click.echo(", ".join(f"{count} {state}" for state, count in counts.items()), err=True)
    return outcomes


def _wait(
    settings: Settings, catalogue: Catalogue, outcomes: Sequence[Outcome], *, quiet: bool
) -> Mapping[str, str]:
    """Read the files that wait, as `mediacatalog ingest` does; their states by path."""
    from mediacatalog.ingest.direct import Chosen, Direct
    from mediacatalog.manifest import applying

    with catalogue.reading() as session:
        waiting = applying.waiting(session, [one.clip for one in outcomes if one.clip])
    states: dict[str, str] = {}
    if waiting:
        with Direct(settings) as direct:
            for result in direct.ingest([Chosen(path, key) for key, path in waiting.items()]):
                states[result.path] = result.state
                if not quiet:
                    click.echo(f"{result.state:<12} {result.path}  {result.reason}".rstrip())
    return states


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


COMMANDS: Sequence[click.Command] = (manifest,)
