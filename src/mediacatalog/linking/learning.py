"""Learn what each kind of reason weighs from the links that people accepted and rejected.

Logistic regression over the strengths of the reasons, drawn towards the weights of before: few
decisions move little, and a kind that nobody decided on keeps its weight.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mediacatalog.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mediacatalog.linking.weights import Weights

LEAST = 20
"""Decisions, and..."""
LEAST_OF_EACH = 5
"""...acceptances and rejections."""
PULL = 1.0
"""How strongly weights are drawn to those of before: a Gaussian prior of this precision."""
STEPS = 50
FOLDS = 5

Pair = tuple[dict[str, float], bool]
"""Strength by kind of reason, and whether the link was accepted."""


@dataclass(frozen=True, slots=True)
class Learned:
    bias: float
    kinds: dict[str, float]
    accepted: int
    rejected: int
    loss_before: float
    """Mean log loss (nats) of the weights of before on all decisions."""
    loss_after: float
    """Of weights that were learned without the decisions they are asked about (five folds)."""
    digest: str
    """SHA-256 of the decisions."""

    @property
    def better(self) -> bool:
        return self.loss_after < self.loss_before


def learn(pairs: Sequence[Pair], before: Weights) -> Learned:
    """Raises InvalidValueError when too little was decided."""
    accepted = sum(said for _, said in pairs)
    rejected = len(pairs) - accepted
    if len(pairs) < LEAST or min(accepted, rejected) < LEAST_OF_EACH:
        raise InvalidValueError(
            "links",
            f"{accepted} accepted and {rejected} rejected are too few: {LEAST} decisions are "
            f"needed, {LEAST_OF_EACH} of each kind",
        )
    kinds = sorted(before.kinds)
    prior = np.array([before.bias, *(before.kinds[kind] for kind in kinds)])
    told = np.array([[1.0, *(have.get(kind, 0.0) for kind in kinds)] for have, _ in pairs])
    said = np.array([float(yes) for _, yes in pairs])
    fold = np.arange(len(pairs)) % FOLDS
    guessed = np.zeros(len(pairs))
    for one in range(FOLDS):
        out = fold == one
        guessed[out] = _sigmoid(told[out] @ _fit(told[~out], said[~out], prior))
    weights = _fit(told, said, prior)
    digest = hashlib.sha256(json.dumps(list(pairs), sort_keys=True).encode()).hexdigest()
    return Learned(
        bias=round(float(weights[0]), 3),
        kinds={
            kind: round(max(0.0, float(weight)), 3)
            for kind, weight in zip(kinds, weights[1:], strict=True)
        },
        accepted=accepted,
        rejected=rejected,
        loss_before=_loss(_sigmoid(told @ prior), said),
        loss_after=_loss(guessed, said),
        digest=digest,
    )


def _fit(
    told: NDArray[np.float64], said: NDArray[np.float64], prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The most probable weights (Newton's method; the posterior is log-concave)."""
    weights = prior.copy()
    for _ in range(STEPS):
        guess = _sigmoid(told @ weights)
        slope = told.T @ (guess - said) + PULL * (weights - prior)
        curve = (told.T * (guess * (1 - guess))) @ told + PULL * np.eye(len(prior))
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-6:
            break
    return weights


def _sigmoid(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))))


def _loss(guess: NDArray[np.float64], said: NDArray[np.float64]) -> float:
    sure = np.clip(guess, 1e-6, 1 - 1e-6)
    return round(float(-(said * np.log(sure) + (1 - said) * np.log(1 - sure)).mean()), 4)
