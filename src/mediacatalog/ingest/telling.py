"""How far long work is, told now and then."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue

TELL_SECONDS = 2.0
"""Between two words on how far a stage is: each is a commit."""


class Teller:
    """Called with the part that is done; what `tell` raises (FencedError) ends the work."""

    def __init__(self, catalogue: Catalogue, tell: Callable[[Session, float], None]) -> None:
        self._catalogue, self._tell = catalogue, tell
        self._next = time.monotonic() + TELL_SECONDS

    def __call__(self, part: float) -> None:
        if time.monotonic() >= self._next:
            with self._catalogue.writing() as session:
                self._tell(session, part)
            self._next = time.monotonic() + TELL_SECONDS
