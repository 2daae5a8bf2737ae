"""Weigh the evidence that an article belongs to a clip."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mediacatalog.linking import evidence
from mediacatalog.linking.facts import Story
from mediacatalog.linking.weights import CERTAIN_KINDS, DEFAULT, Weights
from mediacatalog.values import Evidence, LinkProposal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mediacatalog.articles import ArticleFile
    from mediacatalog.linking.facts import ClipFacts, Rarity
    from mediacatalog.linking.reasons import Reason
    from mediacatalog.values import Article

WORTH_SHOWING = 0.2
STANDS_ALONE = 0.9
"""So good a suggestion is shown whatever else was found."""
MARGIN = 1.2
"""How far behind the best one (log odds) another suggestion may lie."""

RELATIONS_OF = {
    "embedded in": (
        "video id", "address", "export", "plays the file", "plays a file of a common name",
    ),
    "describes": (
        "person", "same name", "download record", "description", "same folder", "title",
        "video title", "title words", "title sound", "same phrase", "page names the file",
    ),
    "cites": ("names the file",),
}  # fmt: skip
"""By the heaviest reason; what else connects the two is one event."""


def propose(
    clip: ClipFacts,
    article: Article | Story,
    *,
    beside: ArticleFile | None = None,
    rarity: Rarity | None = None,
    weights: Weights = DEFAULT,
    known: Sequence[Reason] = (),
) -> LinkProposal | None:
    """A link with its reasons, the heaviest first, or None when nothing worth a look speaks for it.

    `beside` is the file that the article was read from, when it lies beside the clip; `rarity`
    counts keys in the index, `known` are reasons found before. Reasons add up; certain is only what
    one reason of CERTAIN_KINDS says.
    """
    story = article if isinstance(article, Story) else Story(article)
    reasons = [*known, *evidence.gather(clip, story, beside, rarity)]
    weighed = sorted(((weights.of(one), one) for one in reasons), key=lambda pair: -pair[0])
    score = round(weights.score(weight for weight, _ in weighed), 3)
    certain = any(one.kind in CERTAIN_KINDS for one in reasons)
    if not reasons or (score < WORTH_SHOWING and not certain):
        return None
    return LinkProposal(
        relation=_relation([one.kind for _, one in weighed]),
        score=max(score, 0.95) if certain else score,
        certain=certain,
        evidence=tuple(
            Evidence(one.kind, one.detail, weight, one.strength, one.start, one.end)
            for weight, one in weighed
        ),
    )


def likely(found: Mapping[str, LinkProposal], *, best: float = 0.0) -> dict[str, LinkProposal]:
    """Of all that was found for one clip, what is worth a person's time; the best first.

    A clip mostly shows one event: beside a story that explains it, one that hardly does is noise.
    `best` is the score of the best link that the clip has already.
    """
    ranked = sorted(found.items(), key=lambda pair: -pair[1].score)
    if not ranked:
        return {}
    least = _log_odds(max(best, ranked[0][1].score)) - MARGIN
    return {
        key: link
        for key, link in ranked
        if link.certain or link.score >= STANDS_ALONE or _log_odds(link.score) >= least
    }


def _log_odds(score: float) -> float:
    score = min(0.999, max(0.001, score))
    return math.log(score / (1 - score))


def _relation(kinds: list[str]) -> str:
    """By the heaviest reason; what was stored as a clip's description describes it in any case."""
    if "download record" in kinds or "description" in kinds:
        return "describes"
    return next((name for name, own in RELATIONS_OF.items() if kinds[0] in own), "same event")
