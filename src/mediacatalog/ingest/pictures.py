"""Reads text in the keyframes of clips in the background, where Tesseract is installed.

Nothing waits for it, and it waits for everything: between two pictures it lets files go first.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from mediacatalog.catalog import picture_readings
from mediacatalog.errors import FencedError, ToolFailedError, ToolMissingError
from mediacatalog.ingest.background import LOOK_SECONDS, Background
from mediacatalog.media import burned_in

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from mediacatalog.catalog.picture_readings import Claim, Keyframe

log = logging.getLogger(__name__)


class Reader(Background["Claim", str]):
    """Reads what the catalogue says is unread."""

    queue = picture_readings
    _spoken: tuple[str, ...] = ()
    _stop: threading.Event | None = None
    _has_hand: Callable[[], bool] | None = None

    def run(self, stop: threading.Event, has_hand: Callable[[], bool]) -> None:
        """At once over where no language can be read."""
        try:
            if not self.ready():
                log.info("text in pictures isn't read: Tesseract isn't there for it")
                return
        except ToolFailedError as error:
            log.warning("text in pictures isn't read: %s", error)
            return
        self._stop, self._has_hand = stop, has_hand
        super().run(stop, has_hand)

    def ready(self) -> bool:
        """Whether there is a language to read in. Raises ToolFailedError."""
        self._spoken = burned_in.languages(self._settings.picture_languages)
        return bool(self._spoken)

    def tidy(self) -> None:
        """Let be read again what an older recipe, or one of other languages, read."""
        with self._catalogue.reading() as session:
            if not picture_readings.are_stale(session, burned_in.recipe(self._spoken)):
                return
        with self._catalogue.writing() as session:
            count = picture_readings.renew(session, burned_in.recipe(self._spoken))
        log.info("the pictures of %d clips are read again, by another recipe", count)

    def make(self, claim: Claim) -> None:
        read = [(key, self._lines(claim, key)) for key in claim.keyframes]
        with self._catalogue.writing() as session:
            picture_readings.keep(session, claim, burned_in.recipe(self._spoken), read)
        count = sum(len(lines) for _, lines in read)
        log.info("%d lines of text were read in clip %s", count, claim.clip_id)

    def _lines(self, claim: Claim, key: Keyframe) -> Sequence[burned_in.Line]:
        """Raises FencedError, OSError; a picture that Tesseract can't take has no lines."""
        while self._has_hand and self._stop and not (self._stop.is_set() or self._has_hand()):
            self._stop.wait(LOOK_SECONDS)
        if self._stop and self._stop.is_set():
            self.let_go()
            raise FencedError(f"{claim.name} is let go: the worker ends")
        with self._catalogue.reading() as session:
            picture_readings.check(session, claim)
        jpeg = (self._settings.derivatives / key.path).read_bytes()
        try:
            return burned_in.read(jpeg, self._spoken)
        except ToolMissingError:
            raise
        except ToolFailedError as error:
            log.warning("a keyframe of clip %s isn't read: %s", claim.clip_id, error)
            return ()
