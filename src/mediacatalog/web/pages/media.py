"""Bytes: masters by ranges, derived pictures, stills cut out of storyboards."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING

import cv2
import numpy as np
from apiflask import APIBlueprint
from flask import Response, abort, request

from mediacatalog.catalog import files, sounds
from mediacatalog.errors import NotFoundError
from mediacatalog.web import ranges
from mediacatalog.web.security import MEDIA_POLICY
from mediacatalog.web.services import services

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.catalog.files import Cell, Picture

bp = APIBlueprint("media", __name__, enable_openapi=False)

JPEG, VTT = "image/jpeg", "text/vtt"
STILL_QUALITY = 85


def send(data: bytes, etag: str, media_type: str) -> Response:
    """A small file in one piece; asked for again, the answer may be that nothing changed."""
    response = Response(data, mimetype=media_type)
    response.set_etag(etag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = MEDIA_POLICY
    return response.make_conditional(request)  # type: ignore[return-value]


def read(picture: Picture) -> bytes:
    """The bytes of a derivative; gone ones are a 404, since they are made again."""
    try:
        return (services().settings.derivatives / picture.path).read_bytes()
    except OSError as error:
        raise NotFoundError("picture", picture.path) from error


@bp.get("/clips/<clip_id>/master")
def master(clip_id: str) -> Response:
    with services().catalogue.reading() as session:
        found = files.master(session, clip_id)
    opened = ranges.open_master(found)
    if opened is None:
        abort(404, "The file can't be reached now, or it was changed since it was read.")
    return ranges.respond(*opened, found)


def _picture(clip_id: str, kind: str, number: int, media_type: str) -> Response:
    with services().catalogue.reading() as session:
        found = files.picture(session, clip_id, kind, number)
    return send(read(found), found.sha256, media_type)


@bp.get("/clips/<clip_id>/poster.jpg")
def poster(clip_id: str) -> Response:
    with services().catalogue.reading() as session:
        found = files.poster(session, clip_id)
    return send(read(found), found.sha256, JPEG)


@bp.get("/clips/<clip_id>/keyframes/<int(max=999999):number>.jpg")
def keyframe(clip_id: str, number: int) -> Response:
    return _picture(clip_id, "keyframe", number, JPEG)


@bp.get("/clips/<clip_id>/storyboard.vtt")
def storyboard(clip_id: str) -> Response:
    """Written anew from the rows: the names in it are addresses of this site."""
    with services().catalogue.reading() as session:
        digest, cells = files.storyboard(session, clip_id)
    lines = ["WEBVTT", ""]
    for cell in cells:
        lines += [
            f"{captions_time(cell.start_ms)} --> {captions_time(cell.end_ms)}",
            f"storyboard-{cell.sheet}.jpg#xywh={cell.x},{cell.y},{cell.width},{cell.height}",
            "",
        ]
    return send("\n".join(lines).encode(), digest, VTT)


def captions_time(ms: int) -> str:
    """As WebVTT writes it: `00:01:02.003`."""
    return f"{ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


@bp.get("/clips/<clip_id>/storyboard-<int(max=999999):number>.jpg")
def storyboard_sheet(clip_id: str, number: int) -> Response:
    return _picture(clip_id, "storyboard", number, JPEG)


@bp.get("/clips/<clip_id>/waveform.json")
def waveform(clip_id: str) -> Response:
    """The course of the sound, some ten kilobytes whatever its length."""
    with services().catalogue.reading() as session:
        digest, course = sounds.waveform(session, clip_id)
    return send(json.dumps(course).encode(), digest, "application/json")


def nearest(clip_id: str, text: str) -> tuple[Cell, bytes]:
    """The picture nearest to a moment in ms, of the same shot when there is one, as a JPEG.

    Raises NotFoundError.
    """
    ms = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
    with services().catalogue.reading() as session:
        cell = files.still(session, clip_id, ms)
    try:
        return cell, _cut(services().settings.derivatives / cell.picture.path, cell)
    except OSError as error:
        raise NotFoundError("still", f"{clip_id}/{ms}") from error


@bp.get("/clips/<clip_id>/still.jpg")
def still(clip_id: str) -> Response:
    cell, data = nearest(clip_id, request.args.get("ms", "0"))
    return send(data, f"{cell.picture.sha256[:32]}-{cell.x}-{cell.y}", JPEG)


@functools.lru_cache(maxsize=512)
def _cut(path: Path, cell: Cell) -> bytes:
    """One cell as a JPEG of its own. Raises OSError when the sheet is gone or broken."""
    data = path.read_bytes()
    if not cell.width:
        return data
    sheet = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if sheet is None:
        raise OSError(f"{path.name} can't be decoded")
    part = sheet[cell.y : cell.y + cell.height, cell.x : cell.x + cell.width]
    done, encoded = cv2.imencode(".jpg", part, (cv2.IMWRITE_JPEG_QUALITY, STILL_QUALITY))
    if not done:
        raise OSError(f"{path.name} can't be encoded")
    return encoded.tobytes()
