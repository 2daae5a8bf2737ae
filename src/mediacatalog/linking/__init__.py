"""Which story belongs to which clip: evidence that a person can read, and a score.

Nothing is opened here and nothing is stored: facts of a clip and an article go in, a proposal
comes out. A person decides; what is `certain` is shown as linked until a person says otherwise.
"""

from mediacatalog.linking.evidence import ClipFacts
from mediacatalog.linking.proposing import CERTAIN, WORTH_SHOWING, propose

__all__ = ["CERTAIN", "WORTH_SHOWING", "ClipFacts", "propose"]
