"""Which pictures a person sees covered, and what stands in their place.

A covered picture is another address: a grey, blurred JPEG that the server makes. The clear one is
asked for after somebody chose to see it, and never before. What was chosen is kept in the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from flask import Flask, session

from mediacatalog.catalog.care import WARNINGS
from mediacatalog.web.services import services
from mediacatalog.web.tongue import gettext

if TYPE_CHECKING:
    from mediacatalog.catalog.care import Care
    from mediacatalog.catalog.reads import Card

KEY = "care"
"""Of the session: `{"all": bool, "safe": bool, "stills": [clip ids], "videos": [clip ids]}`."""
REMEMBERED = 30
"""Clips of each kind that a session remembers; the cookie has room for so many."""
CELLS = 14
"""What remains of a picture: so many patches of grey across."""
WIDTH = 320
QUALITY = 60


def blurred(jpeg: bytes) -> bytes:
    """A grey JPEG in which nothing can be told. Raises ValueError for what is no picture."""
    grey = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise ValueError("the picture can't be decoded")
    high, wide = grey.shape
    rows = max(1, round(CELLS * high / wide))
    patches = cv2.resize(grey, (CELLS, rows), interpolation=cv2.INTER_AREA)
    height = max(1, round(WIDTH * high / wide))
    smooth = cv2.resize(patches, (WIDTH, height), interpolation=cv2.INTER_CUBIC)
    smooth = cv2.GaussianBlur(smooth, (0, 0), WIDTH / CELLS / 2)
    done, encoded = cv2.imencode(".jpg", smooth, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
    if not done:
        raise ValueError("the picture can't be encoded")
    return encoded.tobytes()


# --- what the session chose


def chosen() -> dict[str, Any]:
    found = session.get(KEY)
    return found if isinstance(found, dict) else {}


def is_safe() -> bool:
    """Whether every picture is covered, whatever it shows."""
    return bool(chosen().get("safe"))


def choose(act: str, clip_id: str = "") -> None:
    """`stills` or `videos` of a clip, `all` of the session; `cover` a clip; `safe` or `unsafe`."""
    now = dict(chosen())
    if act in ("stills", "videos"):
        shown = [one for one in now.get(act, []) if one != clip_id]
        now[act] = [*shown, clip_id][-REMEMBERED:]
    elif act == "cover":
        for kind in ("stills", "videos"):
            now[kind] = [one for one in now.get(kind, []) if one != clip_id]
        now["all"] = False
    elif act == "all":
        now |= {"all": True, "safe": False}
    elif act == "safe":
        now = {"safe": True}
    elif act == "unsafe":
        now["safe"] = False
    session[KEY] = now


def _needs(care: Care, span: tuple[int, int] | None) -> bool:
    """Whether a picture of a clip is covered where nothing was chosen."""
    if care.warns(span):
        return True
    rule = services().settings.cover_unreviewed
    unseen = rule == "everything" or (rule == "uploads" and care.uploaded)
    return unseen and not care.looked_at


def covered(card: Card, start_ms: int | None = None, end_ms: int | None = None) -> bool:
    """Whether this session sees a picture covered: of a span, or of an unknown place in the clip.

    A picture of one moment is that of the millisecond that begins there.
    """
    now = chosen()
    if card.id in now.get("stills", []) or card.id in now.get("videos", []):
        return False
    if now.get("safe"):
        return True
    if now.get("all"):
        return False
    span = None if start_ms is None else (start_ms, start_ms + 1 if end_ms is None else end_ms)
    return _needs(card.care, span)


def covered_video(card: Card) -> bool:
    """Whether the film itself isn't loaded before somebody says so."""
    now = chosen()
    if card.id in now.get("videos", []):
        return False
    return bool(now.get("safe")) or (not now.get("all") and _needs(card.care, None))


def is_sensitive(card: Card) -> bool:
    """Whether it has something to be careful with, whatever this session chose to see."""
    return _needs(card.care, None)


def warning(kind: str) -> str:
    """The label of a warning, in the tongue of the page."""
    return gettext(WARNINGS.get(kind, kind))


def teach(app: Flask) -> None:
    app.jinja_env.globals.update(
        covered=covered, covered_video=covered_video, is_sensitive=is_sensitive, is_safe=is_safe
    )
    app.add_template_filter(warning, "warning")
