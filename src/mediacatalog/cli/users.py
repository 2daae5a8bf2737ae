"""Commands over accounts: user create, role, disable, enable, password, list."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

import click

from mediacatalog import settings as settings_module
from mediacatalog.cli.catalogue import opened
from mediacatalog.cli.tools import AS_JSON, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

ROLES = click.Choice(["researcher", "reviewer", "archivist", "admin", "worker"])
PASSWORD_FILE = click.option(
    "--password-file",
    type=click.File("r", encoding="utf-8"),
    help="Take the password from the first line of a file, or of stdin (-), and don't ask.",
)


def _password(file: TextIO | None) -> str:
    if file is not None:
        return file.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask at: use --password-file")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


@click.group()
def user() -> None:
    """Who may sign in. With the first account, the pages ask everybody who they are."""


@user.command()
@click.argument("name")
@click.option("--role", type=ROLES, required=True, help="What they may do.")
@PASSWORD_FILE
def create(name: str, role: str, password_file: TextIO | None) -> None:
    """Make an account. The password is asked for; there is no default."""
    from mediacatalog.catalog import accounts, changes

    password = _password(password_file)
    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        accounts.create(session, name, role, password, actor=changes.LOCAL)
    click.echo(f"{name} may sign in as {role}")


@user.command("role")
@click.argument("name")
@click.argument("role", type=ROLES)
def set_role(name: str, role: str) -> None:
    """Let somebody do more, or less, from now on."""
    from mediacatalog.catalog import accounts, changes

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        accounts.set_role(session, name, role, actor=changes.LOCAL)
    click.echo(f"{name} is {role} now")


@user.command()
@click.argument("name")
def disable(name: str) -> None:
    """Sign somebody out everywhere and let them in no more. What they did stays signed."""
    from mediacatalog.catalog import accounts, changes

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        accounts.set_active(session, name, active=False, actor=changes.LOCAL)
    click.echo(f"{name} may no longer sign in")


@user.command()
@click.argument("name")
def enable(name: str) -> None:
    """Let somebody in again."""
    from mediacatalog.catalog import accounts, changes

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        accounts.set_active(session, name, active=True, actor=changes.LOCAL)
    click.echo(f"{name} may sign in again")


@user.command()
@click.argument("name")
@click.option(
    "--without-second-factor",
    is_flag=True,
    help="Turn off the codes of an authenticator, too: it was lost.",
)
@PASSWORD_FILE
def password(name: str, *, without_second_factor: bool, password_file: TextIO | None) -> None:
    """Set a new password for who forgot theirs; signs them out everywhere."""
    from mediacatalog.catalog import accounts, changes

    given = _password(password_file)
    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        accounts.set_password(
            session, name, given, without_second_factor=without_second_factor, actor=changes.LOCAL
        )
    click.echo(f"{name} has a new password")


@user.command("list")
@AS_JSON
def list_users(*, as_json: bool) -> None:
    """Every account: name, role, whether it may sign in, when it was last used."""
    from mediacatalog.catalog import accounts

    with opened(settings_module.load()) as catalogue, catalogue.reading() as session:
        found = accounts.listed(session)
    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "role": one.role,
                    "active": one.active,
                    "second_factor": one.second_factor,
                    "created_at": one.created_at.isoformat(),
                    "seen_at": one.seen_at.isoformat() if one.seen_at else None,
                }
                for one in found
            ]
        )
        return
    for one in found:
        state = one.role if one.active else f"{one.role}, disabled"
        click.echo(f"{one.name}\t{state}\t{'with codes' if one.second_factor else ''}".rstrip())


COMMANDS: Sequence[click.Command] = (user,)
