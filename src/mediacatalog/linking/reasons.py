"""A reason before it is weighed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    kind: str
    """A key of `weights.WEIGHTS`."""
    detail: str
    strength: float = 1.0
    """0 to 1."""
    start: int | None = None
    """Of the passage in the article's text that shows it."""
    end: int | None = None
