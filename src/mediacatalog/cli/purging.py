"""Commands about what is gone for good: purge clip, list."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from mediacatalog import settings as settings_module
from mediacatalog.cli.catalogue import opened
from mediacatalog.cli.tools import AS_JSON, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.group()
def purge() -> None:
    """Remove clips for good; a tombstone is left of each."""


@purge.command("clip")
@click.argument("clip")
@click.option("--reason", required=True, help="Kept in the tombstone.")
@click.option(
    "--with-masters", is_flag=True, help="The files, too, where their root gives them up."
)
@click.confirmation_option(prompt="Nothing brings a purged clip back. Purge it?")
def purge_clip(clip: str, reason: str, *, with_masters: bool) -> None:
    """Purge a clip, where nobody has an account.

    Where there are accounts it takes two admins, on the clip's page or by the API.
    """
    from mediacatalog.catalog import changes, purging
    from mediacatalog.ingest import erasing

    settings = settings_module.load()
    with opened(settings) as catalogue:
        with catalogue.writing() as session:
            found = purging.ask(
                session, clip, reason, with_masters=with_masters, actor=changes.LOCAL
            )
        erasing.erase_due(catalogue, settings.derivatives)
        with catalogue.reading() as session:
            masters = purging.tombstone(session, found.clip_id).masters
    click.echo(f"{found.clip_id} is purged; its master: {masters}")


@purge.command("list")
@AS_JSON
def list_(*, as_json: bool) -> None:
    """Tombstones, the newest first, and what waits to be confirmed."""
    from mediacatalog.catalog import purging

    with opened(settings_module.load()) as catalogue, catalogue.reading() as session:
        waiting = purging.waiting(session)
        found = [one for _, one in purging.tombstones(session, limit=10_000)]
    if as_json:
        asks, stones = ([_told(asdict(one)) for one in rows] for rows in (waiting, found))
        print_json({"waiting": asks, "tombstones": stones})
        return
    for asked in waiting:
        click.echo(f"{asked.clip_id}  to be confirmed; {asked.asked_by}: {asked.reason}")
    for one in found:
        names = one.asked_by + (f", {one.confirmed_by}" if one.confirmed_by else "")
        click.echo(f"{one.clip_id}  {one.purged_at:%Y-%m-%d}  {names}: {one.reason}")
        click.echo(f"    {one.sha256}  master: {one.masters}")


def _told(row: dict[str, object]) -> dict[str, object]:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in row.items()
    }


COMMANDS: Sequence[click.Command] = (purge,)
