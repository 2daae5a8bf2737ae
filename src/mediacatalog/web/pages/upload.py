"""Takes files from a form, one after the other, without holding any of them in memory."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import Response, jsonify, make_response, render_template, request

from mediacatalog.catalog import files, holdings
from mediacatalog.web import uploads
from mediacatalog.web.security import csrf
from mediacatalog.web.services import services

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediacatalog.web.storing import Received

bp = APIBlueprint("upload", __name__, enable_openapi=False)


def known_clip(sha256: str) -> str | None:
    """The clip that has these bytes, if they can be read at some path now."""
    with services().catalogue.reading() as session:
        clip_id = files.clip_of_digest(session, sha256)
        if clip_id is not None and holdings.paths_of_clip(session, clip_id):
            return clip_id
    return None


@bp.get("/upload")
def show() -> str:
    return _page(())


@bp.post("/upload")
def take() -> Response:
    settings = services().settings
    request.max_content_length = settings.max_upload_bytes + uploads.FORM_SLACK
    received = uploads.receive(settings, known_clip)
    status = _status(received)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) != "text/html":
        response = jsonify(files=[one.as_json() for one in received])
        response.status_code = status
        return response
    return make_response(_page(received), status)


def _page(received: Sequence[Received]) -> str:
    """A form of its own batch: files that are sent together are kept together."""
    maximum = services().settings.max_upload_bytes
    batch = secrets.token_hex(4)
    return render_template("upload.html", received=received, batch=batch, maximum=maximum)


# The token is checked by `uploads.receive`, before the first byte of a file is stored: the usual
# check would read the whole body first.
csrf.exempt(take)


def _status(received: list[Received]) -> int:
    """That of the first file that wasn't taken, if none was."""
    refused = [one.status for one in received if one.status >= 400]
    return refused[0] if len(refused) == len(received) and refused else 200
