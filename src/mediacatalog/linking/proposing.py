"""Weigh the evidence that an article belongs to a clip."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from mediacatalog.linking import evidence
from mediacatalog.values import LinkProposal

if TYPE_CHECKING:
    from mediacatalog.articles import ArticleFile
    from mediacatalog.linking.evidence import ClipFacts
    from mediacatalog.values import Article

CERTAIN = 0.9
WORTH_SHOWING = 0.2


def propose(
    clip: ClipFacts, article: Article, *, beside: ArticleFile | None = None
) -> LinkProposal | None:
    """A link with its reasons, or None when nothing worth a look speaks for it.

    `beside` is the file that the article was read from, when it lies beside the clip. The score
    is 1-Π(1-weight): reasons add up, and no number of weak ones makes a certainty by itself.
    """
    found = evidence.gather(clip, article, beside)
    score = round(1 - prod(1 - one.weight for one in found), 3)
    if score < WORTH_SHOWING:
        return None
    # Weak reasons may well add up to much; certain is only what one strong reason says.
    strong = any(one.weight >= CERTAIN for one in found)
    described = beside is not None and beside.kind in ("download record", "description")
    return LinkProposal(
        relation="described by" if described else "published with",
        score=score,
        certain=strong and score >= CERTAIN,
        evidence=tuple(sorted(found, key=lambda one: -one.weight)),
    )
