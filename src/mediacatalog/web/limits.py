"""How often one address may call the API: a bucket each, that fills up as time goes by."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from flask import request

from mediacatalog.web import problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Response

    from mediacatalog.settings import Settings

MOST_ADDRESSES = 10_000
"""Beyond which the one that was silent for longest is forgotten."""


class Buckets:
    """Each holds `per_minute` calls, and as many run into it in a minute."""

    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._most, self._rate, self._now = float(per_minute), per_minute / 60, now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._mutex = threading.Lock()

    def take(self, who: str) -> float:
        """Take one call; 0 if there was one, else the seconds until there is."""
        now = self._now()
        with self._mutex:
            left, at = self._left.pop(who, (self._most, now))
            left = min(self._most, left + (now - at) * self._rate)
            wait = 0.0 if left >= 1 else (1 - left) / self._rate
            self._left[who] = (left if wait else left - 1, now)
            if len(self._left) > MOST_ADDRESSES:
                self._left.popitem(last=False)
        return wait


def hold(app: Flask, settings: Settings) -> None:
    """Answer 429 to who calls the API too often. Uploads have limits of their own (`tus`)."""
    if not settings.api_requests_per_minute:
        return
    buckets = Buckets(settings.api_requests_per_minute)

    @app.before_request
    def refuse() -> Response | None:
        if not problems.wants_problem() or request.path.startswith("/api/v1/uploads"):
            return None
        wait = buckets.take(request.remote_addr or "")
        if not wait:
            return None
        response = problems.answer(429, "This address calls too often.")
        response.headers["Retry-After"] = str(math.ceil(wait))
        return response
