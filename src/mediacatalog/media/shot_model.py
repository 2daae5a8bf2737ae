"""What was learned of cuts and gradual transitions: small networks, and no more than that.

The weights lie in `shot_model.json`, with what they were learned from; `tools/train_shots.py`
writes it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mediacatalog.media.shot_features import Floats

FARTHEST: Final = 4.0
"""Standard deviations beyond which a feature tells no more."""


@dataclass(frozen=True)
class Net:
    """One hidden layer. From a row of features comes a probability between 0 and 1."""

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    hidden: NDArray[np.float32]
    """One row for each feature and a last one, the constant."""
    out: NDArray[np.float32]
    """One weight for each hidden unit and the constant."""

    def certainty(self, features: Floats) -> Floats:
        z = np.clip((features - self.mean) / self.deviation, -FARTHEST, FARTHEST)
        units = np.maximum(z @ self.hidden[:-1] + self.hidden[-1], 0)
        return np.asarray(1 / (1 + np.exp(-(units @ self.out[:-1] + self.out[-1]))))


@dataclass(frozen=True)
class Model:
    cut: Net
    gradual: Net
    """Asked of every transition that is worth a look."""
    closer: Net
    """Asked of those that `gradual` thinks possible; knows its answer and the closer look."""


@cache
def model() -> Model:
    text = files("mediacatalog.media").joinpath("shot_model.json").read_text(encoding="utf-8")
    learned = json.loads(text)["nets"]
    nets = {
        name: Net(**{part: np.array(values, np.float32) for part, values in net.items()})
        for name, net in learned.items()
    }
    return Model(**nets)
