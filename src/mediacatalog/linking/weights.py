"""What each kind of reason weighs: log odds that add up to a probability.

The numbers below were set by hand and checked with `benchmarks/linking.py`; what people decide
replaces them (`learning`). A score is only as calibrated as the decisions that it learned from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mediacatalog.linking.reasons import Reason

BIAS = -3.2
"""Log odds of a pair that the index brought up and nothing speaks for."""

WEIGHTS: Mapping[str, float] = {
    "person": 9.0,
    "video id": 8.0,
    "address": 8.0,
    "export": 8.0,
    "download record": 7.5,
    "description": 7.0,
    "same name": 7.0,
    "plays the file": 7.0,
    "plays a file of a common name": 3.2,
    "page names the file": 5.0,
    "names the file": 4.6,
    "near copy": 4.6,
    "same folder": 3.2,
    "same phrase": 5.0,
    "same meaning": 2.2,
    "video title": 3.8,
    "title": 3.8,
    "title words": 3.2,
    "title sound": 3.0,
    "rare words": 3.0,
    "shared names": 2.7,
    "named day": 1.6,
    "published soon after": 0.8,
    "shot near": 1.5,
    "place and day": 1.6,
}

CERTAIN_KINDS = frozenset(
    ("person", "video id", "address", "export", "download record", "description", "same name",
     "plays the file")
)  # fmt: skip
"""The article itself embeds the clip's address, id or file, or was stored as the clip's sidecar."""


@dataclass(frozen=True, slots=True)
class Weights:
    """By kind; the bias is what every pair begins with."""

    bias: float
    kinds: Mapping[str, float]
    made_from: str = "the default weights"

    def of(self, reason: Reason) -> float:
        return round(self.kinds.get(reason.kind, 0.0) * reason.strength, 2)

    def score(self, values: Iterable[float]) -> float:
        """The probability for log odds that add up, 0 to 1."""
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.bias + sum(values)))))


DEFAULT = Weights(BIAS, WEIGHTS)
