"""Commands about who may see what: access set, grant, take, list."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC
from typing import TYPE_CHECKING

import click

from mediacatalog import settings as settings_module
from mediacatalog.cli.catalogue import opened
from mediacatalog.cli.tools import AS_JSON, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@click.group()
def access() -> None:
    """Who may see what."""


@access.command("set")
@click.argument("clip")
@click.argument("level", type=click.Choice(["open", "restricted", "embargo", "sealed"]))
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="When an embargo ends (UTC).",
)
@click.option("--reason", default="", help="Kept with it, and in the history.")
def set_level(clip: str, level: str, until: datetime | None, reason: str) -> None:
    """Close a clip, or open it again.

    Where there are accounts, a sealed clip is unsealed by two of them, on its page or by the API.
    """
    from mediacatalog.catalog import changes, holdings, levels

    moment = until.replace(tzinfo=UTC) if until else None
    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        before = levels.of_clip(session, holdings.clip(session, clip).id).level
        levels.close(session, clip, level, until=moment, reason=reason, actor=changes.LOCAL)
    click.echo(f"{clip} is {level} now")
    if before == "sealed" and level != before:
        click.echo("Nobody has an account, so nobody else had to confirm it.")


@access.command()
@click.argument("name")
@click.argument("collection")
@click.option(
    "--reach",
    type=click.Choice(["restricted", "sealed"]),
    default="restricted",
    show_default=True,
    help="How far closed its clips may be.",
)
def grant(name: str, collection: str, reach: str) -> None:
    """Let the account NAME see the clips of a collection, by its id, that are closed."""
    from mediacatalog.catalog import changes, levels

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        levels.grant(session, name, collection, reach, actor=changes.LOCAL)
    click.echo(f"{name} may see what is {reach} in {collection}")


@access.command()
@click.argument("name")
@click.argument("collection")
def take(name: str, collection: str) -> None:
    """Take a grant back, at once."""
    from mediacatalog.catalog import changes, levels

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        levels.grant(session, name, collection, "", actor=changes.LOCAL)
    click.echo(f"{name} sees no more of {collection} than anybody")


@access.command("list")
@click.option("--name", default="", help="What one account was granted.")
@click.option("--collection", default="", help="Who was granted one collection, by its id.")
@AS_JSON
def list_(*, name: str, collection: str, as_json: bool) -> None:
    """Grants, by account and collection."""
    from mediacatalog.catalog import levels

    with opened(settings_module.load()) as catalogue, catalogue.reading() as session:
        found = levels.grants(session, name=name, collection_id=collection)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        when = f"{one.granted_at:%Y-%m-%d}"
        click.echo(
            f"{one.account}  {one.reach}  {one.collection_id}  {one.collection}  "
            f"by {one.granted_by}, {when}"
        )


COMMANDS: Sequence[click.Command] = (access,)
