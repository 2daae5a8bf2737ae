"""Resumable uploads over HTTP: tus 1.0.0 (https://tus.io/protocols/resumable-upload).

With the extensions creation, creation-with-upload, expiration, termination and checksum. Bytes go
to the disk as they come; what came before a cut stays. Beyond the protocol, answers say what became
of an upload (`Upload-State`, `Upload-Clip`), and GET tells it as JSON.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint
from flask import Response, abort, request
from werkzeug.exceptions import Gone, UnsupportedMediaType
from werkzeug.http import http_date

from mediacatalog.web import answers as answer
from mediacatalog.web import callers, storing
from mediacatalog.web.answers import answers
from mediacatalog.web.pages.upload import known_clip
from mediacatalog.web.resumable import DESK, Desk, desk
from mediacatalog.web.security import csrf
from mediacatalog.web.services import services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.blueprints import BlueprintSetupState

    from mediacatalog.web.resumable import Upload

log = logging.getLogger(__name__)

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,termination,checksum"
ALGORITHMS = ("sha1", "sha256")
BYTES = "application/offset+octet-stream"
BLOCK = 256 * 1024
"""A block is written when it's complete, or when the connection ends: a slow line must not look
as if it stood still."""
LOOK_EVERY = 256
"""Blocks between two looks at the free space."""
MAX_METADATA = 16 * 1024
SHA256 = re.compile(r"[0-9a-f]{64}")

bp = APIBlueprint("tus", __name__, url_prefix="/api/v1/uploads", tag="uploads")
csrf.exempt(bp)  # the token is checked below: the usual check would look for it in the body


@dataclass(frozen=True, slots=True)
class Promise:
    """What a client says of the file that it's about to send."""

    length: int
    metadata: dict[str, str]


@bp.before_request
def check() -> None:
    """Browsers need the token of a page; a program can't be lured here, since it sends no cookie.

    The protocol's own header is one that no page elsewhere may send without asking first.
    """
    if request.method == "OPTIONS" or (
        request.method == "GET" and "Tus-Resumable" not in request.headers
    ):
        return
    if request.headers.get("Tus-Resumable") != VERSION:
        abort(412, f"This server speaks tus {VERSION}; say so in the header Tus-Resumable.")
    callers.check()


@bp.after_request
def mark(response: Response) -> Response:
    response.headers["Tus-Resumable"] = VERSION
    response.headers["Cache-Control"] = "no-store"
    if not response.content_length:
        del response.headers["Content-Type"]  # of nothing
    if response.status_code == 412:
        response.headers["Tus-Version"] = VERSION
    return response


@bp.route("", methods=["OPTIONS"], provide_automatic_options=False)
@bp.doc(hide=True)
def capabilities() -> Response:
    response = Response(status=204)
    response.headers.update(
        {
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(services().settings.max_upload_bytes),
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        }
    )
    return response


@bp.post("", provide_automatic_options=False)
@bp.doc(
    summary="Begin a resumable upload (tus 1.0.0)",
    responses={413: "Too large", 507: "No room"},
)
@answers(None, 201, "Created; its address is in Location")
def create() -> Response:
    promise = _promise()
    desk().sweep(known_clip)
    upload = desk().create(promise.metadata, promise.length, known_clip)
    if request.mimetype == BYTES and not upload.is_over:
        upload = _receive(upload.id, 0)
    response = _answer(upload, 201)
    response.headers["Location"] = f"{bp.url_prefix}/{upload.id}"
    return response


@bp.get("/<upload_id>", provide_automatic_options=False)
@bp.doc(
    summary="What became of an upload; with HEAD (tus), from which byte to go on",
    responses={410: "It was left for too long, or wasn't what was promised"},
)
@answers(answer.Upload)
def show(upload_id: str) -> Response | dict[str, Any]:
    upload = desk().find(upload_id)
    if request.method == "HEAD":
        return _head(upload)
    return {
        "id": upload.id,
        "state": upload.state,
        "name": upload.name,
        "message": upload.message,
        "clip": upload.clip,
        "length": upload.length,
        "offset": desk().offset(upload),
        "expires": desk().expires_at(upload).isoformat(),
    }


def _head(upload: Upload) -> Response:
    _refuse_gone(upload)
    if not upload.is_over and desk().offset(upload) == upload.length:
        # All bytes are here, but the server died before it could say so.
        with desk().writing(upload.id) as (again, writer):
            upload = desk().end(again, writer, known_clip)
    response = _answer(upload, 200)
    response.headers["Upload-Length"] = str(upload.length)
    return response


@bp.patch("/<upload_id>", provide_automatic_options=False)
@bp.doc(
    summary="Go on with an upload, from the byte that Upload-Offset names (tus)",
    responses={
        409: "It goes on from another byte",
        423: "Another request is writing to it",
        460: "The part isn't what its checksum says",
        503: "Too many are being sent at this moment",
        507: "The disk is full; what arrived was kept",
    },
)
@answers(None, 204, "Taken; Upload-Offset says up to where")
def append(upload_id: str) -> Response:
    _refuse_gone(desk().find(upload_id))
    if request.mimetype != BYTES:
        raise UnsupportedMediaType(f"Send the bytes as {BYTES}.")
    offset = request.headers.get("Upload-Offset", "")
    if not re.fullmatch(r"[0-9]{1,19}", offset):
        abort(400, "The header Upload-Offset must say from which byte this goes on.")
    return _answer(_receive(upload_id, int(offset)), 204)


@bp.delete("/<upload_id>", provide_automatic_options=False)
@bp.doc(
    summary="Cancel an upload; what arrived of it is removed (tus)",
)
@answers(None, 204, "Cancelled")
def cancel(upload_id: str) -> Response:
    desk().remove(upload_id)
    return Response(status=204)


@bp.post("/<upload_id>", provide_automatic_options=False)
@bp.doc(hide=True)
def overridden(upload_id: str) -> Response:
    """For networks that let no PATCH and DELETE through."""
    method = request.headers.get("X-HTTP-Method-Override", "").upper()
    if method == "PATCH":
        return append(upload_id)
    if method == "DELETE":
        return cancel(upload_id)
    return abort(405)


def _promise() -> Promise:
    """Raises 400 for headers that can't be read, 413 and 422 for a length that isn't taken."""
    given = request.headers.get("Upload-Length", "")
    if not re.fullmatch(r"[0-9]{1,19}", given):
        abort(400, "The header Upload-Length must say how many bytes the file has.")
    length, largest = int(given), services().settings.max_upload_bytes
    if length > largest:
        abort(413, f"The file is larger than {largest} bytes.")
    if length == 0:
        abort(422, "The file is empty.")
    metadata = _metadata(request.headers.get("Upload-Metadata", ""))
    if metadata.get("sha256") and not SHA256.fullmatch(metadata["sha256"].lower()):
        abort(400, "sha256 must be 64 hexadecimal digits.")
    return Promise(length, metadata)


def _metadata(header: str) -> dict[str, str]:
    """Pairs of a key and a Base64 text, between commas."""
    if len(header) > MAX_METADATA:
        abort(400, "The header Upload-Metadata is too long.")
    found = {}
    for pair in filter(None, map(str.strip, header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode(errors="replace")
        except binascii.Error:
            abort(400, f"Upload-Metadata: the value of {key} isn't Base64.")
    return found


def _receive(upload_id: str, offset: int) -> Upload:
    """Append this request's body; the upload as it is then."""
    checksum = _checksum()
    with desk().seat(), _full_disk_keeps_what_arrived(), desk().writing(upload_id) as arriving:
        upload, writer = arriving
        if writer.offset != offset:
            abort(409, f"The upload goes on from byte {writer.offset}, not {offset}.")
        room = upload.length - offset
        if (request.content_length or 0) > room:
            abort(413, f"Only {room} bytes are missing.")
        try:
            if checksum is None:
                writer.append(_body(room))
            else:
                desk().append_checked(upload, writer, _body(room), *checksum)
        except TooManyBytesError:
            writer.cut(offset)
            abort(413, "More bytes came than were promised; none of them was kept.")
        if writer.offset == upload.length:
            return desk().end(upload, writer, known_clip)
        _refuse_short(writer.offset - offset)
        return upload


def _body(room: int) -> Iterator[bytes]:
    """Blocks of the body as they come. It ends early, without an error, when the line is cut.

    Not `request.stream`: that refuses a body above the limit of forms, and takes one that comes in
    chunks for empty where the server doesn't say that it ends.
    """
    length = request.content_length
    if length is None and "chunked" not in request.headers.get("Transfer-Encoding", "").lower():
        return
    stream, left = request.environ["wsgi.input"], room + 1 if length is None else length
    number = 0
    while left and (block := stream.read(min(BLOCK, left))):
        if number % LOOK_EVERY == 0:
            storing.check_reserve(services().settings)
        number += 1
        left -= len(block)
        if length is None and not left:
            raise TooManyBytesError
        yield block


class TooManyBytesError(ValueError):
    """A body of unknown length goes on where the file should end."""


def _refuse_short(got: int) -> None:
    """Nobody hears it: the client is gone. But an answer must not say that all is well."""
    if got < (request.content_length or 0):
        abort(400, f"The connection ended after {got} bytes, which were kept.")


def _checksum() -> tuple[str, bytes] | None:
    header = request.headers.get("Upload-Checksum")
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    if algorithm not in ALGORITHMS:
        abort(400, f"Checksums can be {' or '.join(ALGORITHMS)}.")
    try:
        wanted = base64.b64decode(value, validate=True)
    except binascii.Error:
        wanted = b""
    if len(wanted) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        abort(400, "The header Upload-Checksum can't be read.")
    return algorithm, wanted


def _refuse_gone(upload: Upload) -> None:
    if upload.state in ("expired", "refused"):
        raise Gone(upload.message)
    desk().refuse_expired(upload)


@contextmanager
def _full_disk_keeps_what_arrived() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        storing.refuse_full(error, "Upload", "what arrived was kept, go on when there is room")


def _answer(upload: Upload, status: int) -> Response:
    response = Response(status=status)
    response.headers["Upload-Offset"] = str(desk().offset(upload))
    response.headers["Upload-Expires"] = http_date(desk().expires_at(upload))
    response.headers["Upload-State"] = upload.state
    if upload.clip:
        response.headers["Upload-Clip"] = upload.clip
    return response


@bp.record_once
def open_desk(state: BlueprintSetupState) -> None:
    """With the application. What a dead server left whole is stored without waiting for anybody."""
    app = state.app
    opened = app.extensions[DESK] = Desk(app.extensions["mediacatalog"].settings)
    if not opened.is_empty():
        threading.Thread(target=_tidy, args=(app, opened), name="uploads", daemon=True).start()


def _tidy(app: Flask, opened: Desk) -> None:
    with app.app_context():
        try:
            opened.sweep(known_clip, now=True)
        except Exception:
            log.exception("unfinished uploads could not be looked through")
