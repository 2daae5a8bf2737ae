"""Commands about links between clips and articles: find them anew, learn from decisions."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from mediacatalog import settings as settings_module
from mediacatalog.cli.catalogue import opened
from mediacatalog.cli.tools import AS_JSON, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mediacatalog.linking.learning import Learned

BATCH = 50
"""Articles or clips of one transaction."""


@click.group()
def links() -> None:
    """Which article belongs to which clip."""


@links.command()
@click.option("--dry-run", is_flag=True, help="Say what would be learned; write nothing.")
@click.option("--forget", is_flag=True, help="Weigh by the default weights again.")
@click.option("--anyway", is_flag=True, help="Use the weights though they guess no better.")
@AS_JSON
def learn(*, dry_run: bool, forget: bool, anyway: bool, as_json: bool) -> None:
    """Learn what reasons weigh from the links that people accepted and rejected."""
    from mediacatalog.catalog import changes
    from mediacatalog.catalog import links as kept
    from mediacatalog.linking import finding, learning

    with opened(settings_module.load()) as catalogue:
        if forget:
            with catalogue.writing() as session:
                kept.forget_weights(session)
            click.echo("The default weights are used.", err=True)
            return
        with catalogue.reading() as session:
            before = finding.weights_of(session)
            found = learning.learn(kept.decided(session), before)
        used = not dry_run and (found.better or anyway)
        if used:
            with catalogue.writing() as session:
                told = {"bias": found.bias, "kinds": found.kinds}
                facts = {k: v for k, v in asdict(found).items() if k not in told}
                kept.keep_weights(
                    session, told, {**facts, "before": before.made_from}, actor=changes.LOCAL
                )
    if as_json:
        print_json({**asdict(found), "used": used})
        return
    _tell(found, before.kinds, used=used, dry_run=dry_run)


def _tell(found: Learned, before: Mapping[str, float], *, used: bool, dry_run: bool) -> None:
    click.echo(f"{found.accepted} accepted, {found.rejected} rejected")
    click.echo(f"log loss {found.loss_before:.3f} before, {found.loss_after:.3f} after")
    for kind, weight in found.kinds.items():
        if abs(weight - before[kind]) >= 0.05:
            click.echo(f"  {kind:32} {before[kind]:6.2f} -> {weight:6.2f}")
    if used:
        click.echo("In use from now on. `mediacatalog links learn --forget` takes it back.")
    elif dry_run:
        click.echo("Nothing was written.")
    else:
        click.echo("They guess no better than those of before, which stay in use.")


@links.command()
@AS_JSON
def find(*, as_json: bool) -> None:
    """Read articles of an older version again; look for links and for copies anew."""
    from mediacatalog import linking
    from mediacatalog.articles import mentions as reader
    from mediacatalog.catalog import holdings, mentions

    articles = clips = written = 0
    with opened(settings_module.load()) as catalogue:
        while True:
            with catalogue.writing() as session:
                ids = mentions.unread(session, reader.VERSION, limit=BATCH)
                written += sum(linking.article_came(session, one) for one in ids)
            articles += len(ids)
            if not ids:
                break
        last = ""
        while True:
            with catalogue.writing() as session:
                ids = holdings.clip_ids(session, after=last, limit=BATCH)
                written += sum(linking.clip_came(session, one) for one in ids)
            clips += len(ids)
            if not ids:
                break
            last = ids[-1]
    found = {"articles": articles, "clips": clips, "links": written}
    if as_json:
        print_json(found)
    else:
        click.echo(f"{articles} articles read, {clips} clips compared, {written} links written")


COMMANDS = (links,)
