"""What is worked out once for each text and remembered, as most of what is said is said again."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Made = TypeVar("Made")

LONGEST = 40
"""Characters; what is longer between two spaces hardly comes again, but for once more at once."""
LONGEST_LAST = 20_000
"""Of the last such, which is kept: a paragraph of Chinese is a chunk. About 5 MB."""


class Remembered(dict[str, Made]):
    """What `make` gives for a text; of `most` texts, after which all are forgotten.

    A dictionary, since looking up is all that it mostly does. Texts of more than LONGEST characters
    are worked out each time, but for the last.
    """

    def __init__(self, make: Callable[[str], Made], most: int) -> None:
        super().__init__()
        self._make = make
        self._most = most
        self._last: tuple[str, Made] | None = None

    def __missing__(self, text: str) -> Made:
        last = self._last
        if last is not None and last[0] == text:
            return last[1]
        made = self._make(text)
        if len(text) <= LONGEST:
            if len(self) >= self._most:
                self.clear()
            self[text] = made
        elif len(text) <= LONGEST_LAST:
            self._last = text, made
        return made
