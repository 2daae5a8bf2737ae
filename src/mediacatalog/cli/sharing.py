"""Commands about links for outsiders: share make, list, views, revoke."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

import click

from mediacatalog import settings as settings_module
from mediacatalog.cli.catalogue import opened
from mediacatalog.cli.tools import AS_JSON, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediacatalog.catalog.sharing import Link

DAYS = 7


@click.group()
def share() -> None:
    """Links by which outsiders see a clip, a part of it, or a collection."""


@share.command()
@click.argument("label")
@click.option("--clip", default="", help="The clip that is shared, by its id.")
@click.option("--collection", default="", help="Or the collection, put together by hand.")
@click.option("--start", type=click.FloatRange(min=0), help="Seconds: of a part of the clip.")
@click.option("--end", type=click.FloatRange(min=0), help="Seconds: where that part ends.")
@click.option("--days", default=DAYS, show_default=True, help="Until it is good for nothing.")
@click.option("--title", default="", help="What they read over it.")
@click.option("--description", default="", help="And below that.")
@click.option(
    "--password-file",
    type=click.File("r", encoding="utf-8"),
    help="They are asked for the first line of this file, or of stdin (-).",
)
@click.option("--watermark", is_flag=True, help="Write the label into the picture.")
@click.option("--original", is_flag=True, help="They may download the original file.")
@click.option("--titles", is_flag=True, help="They see the titles that people entered.")
@AS_JSON
def make(  # noqa: PLR0913 - each is an option
    *,
    label: str,
    clip: str,
    collection: str,
    start: float | None,
    end: float | None,
    days: int,
    title: str,
    description: str,
    password_file: TextIO | None,
    watermark: bool,
    original: bool,
    titles: bool,
    as_json: bool,
) -> None:
    """Make a link for whom LABEL says. Where it leads is printed this once.

    A worker makes its films; until then the page behind it says so.
    """
    from mediacatalog.catalog import changes, sharing

    password = password_file.readline().rstrip("\r\n") if password_file else ""
    if password_file and not password:
        raise click.UsageError("the password is empty")
    wanted = sharing.Wanted(
        label=label,
        days=days,
        clip=clip,
        collection=collection,
        start_ms=None if start is None else round(start * 1000),
        end_ms=None if end is None else round(end * 1000),
        title=title,
        description=description,
        password=password,
        is_marked=watermark,
        gives_original=original,
        tells_titles=titles,
    )
    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        made, token = sharing.make(session, wanted, actor=changes.LOCAL)
    if as_json:
        print_json({**_told(made), "path": f"/shared/{token}"})
    else:
        click.echo(f"/shared/{token}")
        click.echo(
            f"Put it behind the address of the pages. Good until {made.expires_at:%Y-%m-%d}; "
            f"it isn't shown again. To revoke it: mediacatalog share revoke {made.id}",
            err=True,
        )


@share.command("list")
@click.option("--clip", default="", help="Of one clip only, by its full id.")
@click.option("--collection", default="", help="Of one collection only.")
@AS_JSON
def list_(*, clip: str, collection: str, as_json: bool) -> None:
    """Links, the newest first, without their addresses, which nobody has."""
    from mediacatalog.catalog import sharing

    with opened(settings_module.load()) as catalogue, catalogue.reading() as session:
        found = sharing.listed(session, clip=clip, collection=collection)
    if as_json:
        print_json([_told(one) for one in found])
        return
    for one in found:
        what = f"clip {one.clip_id}" if one.clip_id else f"collection {one.collection_id}"
        seen = f"seen {one.seen_at:%Y-%m-%d}" if one.seen_at else "never seen"
        until = f"until {one.expires_at:%Y-%m-%d}"
        click.echo(f"{one.id}  {one.state}  {until}  {seen}  {what}  {one.label}")


@share.command()
@click.argument("link_id")
@AS_JSON
def views(*, link_id: str, as_json: bool) -> None:
    """Who looked at what of a link, the latest first."""
    from mediacatalog.catalog import sharing

    with opened(settings_module.load()) as catalogue, catalogue.reading() as session:
        found = sharing.views(session, link_id)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        click.echo(f"{one.last_at:%Y-%m-%d %H:%M}  {one.what} {one.number}  {one.address}")


@share.command()
@click.argument("link_id")
def revoke(*, link_id: str) -> None:
    """Let a link be good for nothing from now on, also for who is looking."""
    from mediacatalog.catalog import changes, sharing

    with opened(settings_module.load()) as catalogue, catalogue.writing() as session:
        gone = sharing.revoke(session, link_id, actor=changes.LOCAL)
    click.echo(f"revoked: {gone.label}", err=True)


def _told(one: Link) -> dict[str, object]:
    return {**asdict(one), "state": one.state}


COMMANDS: Sequence[click.Command] = (share,)
