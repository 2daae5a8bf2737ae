"""Record who looked at a sealed clip and who downloaded a master, behind the answer: no page waits.

The same person's look at the same clip counts once an hour; so do the many ranges of one download.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from flask import current_app, request

from mediacatalog.catalog import holdings, visits
from mediacatalog.errors import NotFoundError
from mediacatalog.values import utc_now
from mediacatalog.web.services import person

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask, Response

    from mediacatalog.catalog.database import Catalogue

WAYS = {
    **dict.fromkeys(
        "clip.show api.clip frames.show frames.still "
        "tracks.show tracks.file tracks.original tracks.cues_as_json "
        "api_tracks.one api_tracks.cues api_media.captions api_media.original_captions "
        "api_media.storyboard api_media.storyboard_sheet api_media.waveform "
        "api_media.frame_at api_media.frame api_media.frame_still".split(),
        visits.VIEW,
    ),
    "proxy.proxy": visits.PLAY,
    "api_media.proxy_of": visits.PLAY,
    "media.master": visits.DOWNLOAD,
    "api_media.master": visits.DOWNLOAD,
}
"""What a person does by which route."""
PLAYERS = ("video", "audio")
"""What a browser says that bytes are for, when it plays them."""
ONCE_SECONDS, OPEN_SECONDS = 3600.0, 10.0
"""How long the same isn't recorded again; how long a clip counts as not sealed."""
REMEMBERED = 10_000
EXTENSION = "mediacatalog.visits"

log = logging.getLogger(__name__)


class Recorder:
    """One thread that writes, in the order in which things were done; it ends with the process."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._thread = ThreadPoolExecutor(1, "visits")
        self._lock = threading.Lock()
        self._until: dict[tuple[str, str, str], float] = {}

    def note(self, key: str, who: str, what: str, *, whole: bool) -> None:
        """`key` names the clip; `whole` is a download that is always one of its own."""
        visit = (key, who, what)
        if whole or not self._is_known(visit):
            self._thread.submit(self._write, visit, utc_now(), whole=whole)

    def wait(self) -> None:
        """Until everything that was noted so far is written."""
        self._thread.submit(lambda: None).result()

    def _is_known(self, visit: tuple[str, str, str]) -> bool:
        with self._lock:
            return self._until.get(visit, 0.0) > time.monotonic()

    def _write(self, visit: tuple[str, str, str], at: datetime, *, whole: bool) -> None:
        if not whole and self._is_known(visit):
            return  # noted while it was being written
        key, who, what = visit
        try:
            with self._catalogue.reading() as session:
                clip_id = holdings.clip(session, key).id
                counts = what == visits.DOWNLOAD or visits.is_sealed(session, clip_id)
            if counts:
                with self._catalogue.writing() as session:
                    visits.add(session, clip_id, who, what, at)
        except NotFoundError:
            return
        except Exception as error:  # noqa: BLE001 - the thread goes on with the next one
            log.error("a %s of clip %s wasn't recorded: %s", what, key, type(error).__name__)  # noqa: TRY400 - the values stay out of the log
            return
        with self._lock:
            if len(self._until) >= REMEMBERED:
                self._until.clear()
            self._until[visit] = time.monotonic() + (ONCE_SECONDS if counts else OPEN_SECONDS)


def record(app: Flask, catalogue: Catalogue) -> None:
    """Note what each answer showed."""
    app.extensions[EXTENSION] = Recorder(catalogue)
    app.after_request(_note)


def _note(response: Response) -> Response:
    what = WAYS.get(request.endpoint or "")
    if what is None or request.method != "GET" or response.status_code not in (200, 206):
        return response
    if what == visits.DOWNLOAD and request.headers.get("Sec-Fetch-Dest") in PLAYERS:
        what = visits.PLAY
    given = request.view_args or {}
    recorder: Recorder = current_app.extensions[EXTENSION]
    recorder.note(
        str(given.get("clip_id") or given.get("sha256")),
        person(),
        what,
        whole=what == visits.DOWNLOAD and response.status_code == 200,
    )
    return response
