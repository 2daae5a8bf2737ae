"""Commands about webhooks: addresses that are told of what changes."""

from __future__ import annotations

import click

from mediacatalog import settings as settings_module
from mediacatalog.cli.catalogue import opened
from mediacatalog.cli.tools import AS_JSON, print_json


@click.group()
def webhook() -> None:
    """Addresses that workers tell of everything that changes."""


@webhook.command()
@click.argument("url")
@click.option(
    "--sees",
    type=click.Choice(["open", "restricted", "all"]),
    default="open",
    show_default=True,
    help="Of which clips it is told: restricted as archivists see them, all with sealed ones.",
)
@AS_JSON
def add(*, url: str, sees: str, as_json: bool) -> None:
    """Tell URL of what changes from now on; prints the secret that signs it, this once."""
    from mediacatalog.catalog import webhooks

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        made, secret = webhooks.add(session, url, sees=sees)
    if as_json:
        print_json({"id": made.id, "url": made.url, "secret": secret})
    else:
        click.echo(secret)
        click.echo(f"{made.id} tells {made.url}; its secret isn't shown again.", err=True)


@webhook.command("list")
@AS_JSON
def list_(*, as_json: bool) -> None:
    """All of them, with how they fare."""
    from mediacatalog.catalog import webhooks

    with opened(settings_module.load()) as catalogue, catalogue.reading() as session:
        found = webhooks.listed(session)
    if as_json:
        print_json(
            [
                {"id": one.id, "url": one.url, "sees": one.sees, "state": one.state,
                 "failures": one.failures, "said": one.said,
                 "next_try_at": one.next_try_at.isoformat()}
                for one in found
            ]
        )  # fmt: skip
        return
    for one in found:
        click.echo(
            f"{one.id}  {one.state}  {one.failures} failures  {one.sees}  {one.url}  {one.said}"
        )


@webhook.command()
@click.argument("webhook_id")
def retry(*, webhook_id: str) -> None:
    """Try one at once, also one that was given up."""
    from mediacatalog.catalog import webhooks

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        webhooks.again(session, webhook_id)


@webhook.command()
@click.argument("webhook_id")
def remove(*, webhook_id: str) -> None:
    """Tell one nothing from now on."""
    from mediacatalog.catalog import webhooks

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        webhooks.remove(session, webhook_id)


COMMANDS = (webhook,)
