"""Which story belongs to which clip: evidence that a person can read, and a score.

`propose` compares one clip with one story: facts go in, a proposal comes out, nothing is stored.
`clip_came` and `article_came` ask the index for what to compare, and write suggestions.
A person decides; what is `certain` is linked until a person says otherwise.
"""

from mediacatalog.linking.facts import ClipFacts, Story
from mediacatalog.linking.finding import article_came, clip_came, links_decided
from mediacatalog.linking.proposing import WORTH_SHOWING, likely, propose

__all__ = [
    "WORTH_SHOWING",
    "ClipFacts",
    "Story",
    "article_came",
    "clip_came",
    "likely",
    "links_decided",
    "propose",
]
