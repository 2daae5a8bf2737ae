"""One frame of a clip at an address that stays: the master's SHA-256 and the frame's PTS."""

from __future__ import annotations

import os
import tempfile
import threading
from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint
from flask import Response, abort, redirect, render_template, request, url_for

from mediacatalog.catalog import files, frames, holdings, reads
from mediacatalog.errors import NotFoundError
from mediacatalog.media import viewing
from mediacatalog.values import utc_now
from mediacatalog.web import ranges, words
from mediacatalog.web.pages import media
from mediacatalog.web.services import services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from mediacatalog.catalog.files import Master
    from mediacatalog.catalog.reads import Card

bp = APIBlueprint("frames", __name__, enable_openapi=False)

DECODING = threading.Semaphore(2)
"""Stills that are decoded at the same time; more would take the machine from those who search."""

AROUND = 500
"""Frames on each side of a moment that are listed at a time."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A frame and what is needed to name it and to find it again."""

    card: Card
    sha256: str
    time_base: str
    frame: frames.Frame
    number: int
    """Of the frame, from 1."""
    count: int
    before: int | None
    """The PTS of the neighbours."""
    after: int | None
    steady: bool
    """False where the file's stamps jump or are missing."""
    master: Master


def _cited(sha256: str, pts: int) -> Cited:
    """Raises NotFoundError, also where no frame begins at this position."""
    with services().catalogue.reading() as session:
        clip = holdings.clip(session, sha256)
        stamps = frames.of_clip(session, clip)
        frame = frames.exactly(session, clip, pts)
        if clip.sha256 != sha256 or frame is None:
            raise NotFoundError("frame", f"{sha256[:12]}…/{pts}")
        at = stamps.index(pts)
        return Cited(
            card=reads.cards(session, [clip.id])[clip.id],
            sha256=clip.sha256,
            time_base=clip.time_base,
            frame=frame,
            number=at + 1,
            count=len(stamps),
            before=stamps[at - 1] if at else None,
            after=stamps[at + 1] if at + 1 < len(stamps) else None,
            steady=frames.is_steady(clip),
            master=files.master(session, clip.id),
        )


@bp.get("/clips/<clip_id>/frame")
def find(clip_id: str) -> BaseResponse:
    """To the frame that is shown at `t`."""
    sha256, pts = shown(clip_id, words.parse_time(request.args.get("t", "")))
    return redirect(url_for("frames.show", sha256=sha256, pts=pts), 302)


def shown(clip_id: str, ms: int) -> tuple[str, int]:
    """The master's SHA-256 and the PTS of the frame shown at a moment. Raises NotFoundError."""
    with services().catalogue.reading() as session:
        clip = holdings.clip(session, clip_id)
        frame = frames.shown_at(session, clip, ms)
    if frame is None:
        abort(404, "No frame of this clip is known; it has none, or wasn't watched through yet.")
    return clip.sha256, frame.pts


@bp.get("/clips/<clip_id>/frame-times.json")
def times(clip_id: str) -> dict[str, object]:
    """Where frames begin, around `t` (seconds): `us`, microseconds from the first frame shown.

    `first` is the number of the first of them, `count` that of all frames; none where they aren't
    known, or where a browser counts the time stamps of the file otherwise.
    """
    at_us = words.parse_time(request.args.get("t", "")) * 1000
    with services().catalogue.reading() as session:
        clip = holdings.clip(session, clip_id)
        stamps = frames.of_clip(session, clip) if frames.is_steady(clip) else ()
        if not stamps:
            return {"first": 0, "count": 0, "us": []}
        zero, tick = stamps[0], Fraction(clip.time_base) * 1_000_000
        here = bisect_right(stamps, zero + at_us / tick)
        first = max(0, here - AROUND)
        window = stamps[first : here + AROUND]
    return {
        "first": first,
        "count": len(stamps),
        "us": [round((pts - zero) * tick) for pts in window],
    }


@bp.get("/frames/<sha256>/<int(signed=True):pts>")
def show(sha256: str, pts: int) -> str:
    cited = _cited(sha256, pts)
    address = url_for("frames.show", sha256=sha256, pts=pts, _external=True)
    return render_template(
        "frame.html",
        cited=cited,
        card=cited.card,
        address=address,
        citation=_citation(cited, address),
    )


def document(sha256: str, pts: int) -> dict[str, Any]:
    """What the page tells, for programs. Raises NotFoundError."""
    cited = _cited(sha256, pts)
    address = url_for("frames.show", sha256=sha256, pts=pts, _external=True)
    return {
        "clip": cited.card.id,
        "sha256": cited.sha256,
        "pts": cited.frame.pts,
        "time_base": cited.time_base,
        "ms": cited.frame.ms,
        "number": cited.number,
        "count": cited.count,
        "before": cited.before,
        "after": cited.after,
        "steady": cited.steady,
        "address": address,
        "still": url_for("api_media.frame_still", sha256=sha256, pts=pts),
        "citation": _citation(cited, address),
    }


def _citation(cited: Cited, address: str) -> str:
    """Everything that somebody needs to find the frame again, with us or without us."""
    card = cited.card
    said = [f"“{card.title}”", card.source, card.recorded_at]
    where = (
        f"frame at {words.seconds(cited.frame.ms)} s "
        f"(PTS {cited.frame.pts}, time base {cited.time_base})"
    )
    seen = f"seen {utc_now():%Y-%m-%d}"
    named = f"master SHA-256 {cited.sha256}"
    return ", ".join([*(one for one in said if one), where, named, address, seen]) + "."


@bp.get("/frames/<sha256>/<int(signed=True):pts>.jpg")
def still(sha256: str, pts: int) -> Response:
    """The frame as it is shown, at full size, decoded when it is asked for."""
    cited = _cited(sha256, pts)
    path = _reached(cited)
    data = _decoded(sha256, pts, path, steady=cited.steady)
    if _reached(cited) != path:
        _decoded.cache_clear()
        abort(404, "The file was changed while the still was made; ask again.")
    response = media.send(data, f"{sha256[:32]}-{pts}", media.JPEG)
    response.headers["Content-Disposition"] = f'inline; filename="{sha256[:12]}_pts{pts}.jpg"'
    return response


def _reached(cited: Cited) -> Path:
    """Where the master's bytes lie now."""
    opened = ranges.open_master(cited.master)
    if opened is None:
        abort(404, "The file can't be reached now, so no still can be made of it.")
    os.close(opened[0])
    return Path(os.fsdecode(opened[1]))


@lru_cache(maxsize=32)
def _decoded(sha256: str, pts: int, path: Path, *, steady: bool) -> bytes:
    """Kept by what the bytes are, since a path may hold others later.

    Raises UnreadableMediaError.
    """
    del sha256
    with DECODING, tempfile.TemporaryDirectory() as folder, viewing.lent() as viewer:
        picture = viewer.still(path, Path(folder), pts, steady=steady)
        return (Path(folder) / picture.name).read_bytes()
