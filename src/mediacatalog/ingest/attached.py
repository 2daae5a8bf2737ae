"""The stories that people attached to a clip."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mediacatalog.apart import reading
from mediacatalog.catalog import timeline
from mediacatalog.errors import UnreadableArticleError
from mediacatalog.linking.weights import WEIGHTS
from mediacatalog.values import Evidence, LinkProposal, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mediacatalog.catalog.attachments import Attached


def articles_of(
    given: Iterable[Attached],
) -> tuple[list[timeline.FoundArticle], list[Problem]]:
    """The stories that were attached: what a person said needs no other evidence."""
    found: list[timeline.FoundArticle] = []
    problems: list[Problem] = []
    for one in given:
        try:
            article = reading.article(one.data, one.name)
        except UnreadableArticleError as error:
            problems.append(Problem("articles", str(error)))
            continue
        said = Evidence("person", f"attached by {one.actor}: {one.name}", WEIGHTS["person"])
        link = LinkProposal("describes", 1.0, certain=True, evidence=(said,))
        found.append(timeline.FoundArticle(one.name, one.data, one.sha256, article, link))
    return found, problems


def merged(
    stories: Iterable[timeline.FoundArticle], beside: Iterable[timeline.FoundArticle]
) -> Sequence[timeline.FoundArticle]:
    """Each article once; what speaks for it besides the person is told with it."""
    found = {one.sha256: one for one in stories}
    for one in beside:
        known = found.get(one.sha256)
        if known is not None:
            evidence = (*known.link.evidence, *one.link.evidence)
            found[one.sha256] = replace(known, link=replace(known.link, evidence=evidence))
        else:
            found[one.sha256] = one
    return list(found.values())
