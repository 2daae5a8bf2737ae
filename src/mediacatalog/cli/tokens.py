"""Commands about tokens, by which programs call the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from mediacatalog import settings as settings_module
from mediacatalog.cli.catalogue import opened
from mediacatalog.cli.tools import AS_JSON, print_json

if TYPE_CHECKING:
    from mediacatalog.catalog.tokens import Token

DAYS = 90


@click.group()
def token() -> None:
    """By which programs may call the API."""


@token.command()
@click.argument("name")
@click.option("--owner", default="", help="By whose name its changes are signed.")
@click.option("--role", default="researcher", show_default=True, help="At most the owner's.")
@click.option(
    "--scope", "scopes", multiple=True, help="read, write or upload; several times. Default: read."
)
@click.option("--days", default=DAYS, show_default=True, help="Until it is good for nothing.")
@AS_JSON
def create(
    *, name: str, owner: str, role: str, scopes: tuple[str, ...], days: int, as_json: bool
) -> None:
    """Make a token, called NAME for what it is for. It is printed this once."""
    from mediacatalog.catalog import tokens

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        made, text = tokens.create(
            session, name, owner=owner, role=role, scopes=scopes or (tokens.READ,), days=days
        )
    if as_json:
        print_json({**_told(made), "token": text})
    else:
        click.echo(text)
        click.echo(f"Good until {made.expires_at:%Y-%m-%d}; it isn't shown again.", err=True)


@token.command("list")
@AS_JSON
def list_(*, as_json: bool) -> None:
    """All tokens, without their secrets, which nobody has."""
    from mediacatalog.catalog import tokens

    with opened(settings_module.load()) as catalogue, catalogue.reading() as session:
        found = tokens.listed(session)
    if as_json:
        print_json([_told(one) for one in found])
        return
    for one in found:
        scopes = ",".join(one.scopes)
        used = f"{one.last_used_at:%Y-%m-%d}" if one.last_used_at else "never used"
        click.echo(f"{one.id}  {one.state}  {one.role}  {scopes}  {used}  {one.owner}: {one.name}")


@token.command()
@click.argument("token_id")
def revoke(*, token_id: str) -> None:
    """Let a token be good for nothing from now on, by its id."""
    from mediacatalog.catalog import tokens

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        gone = tokens.revoke(session, token_id)
    click.echo(f"revoked: {gone.name}", err=True)


def _told(one: Token) -> dict[str, object]:
    moments = {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in asdict(one).items()
    }
    return moments | {"state": one.state}


COMMANDS = (token,)
