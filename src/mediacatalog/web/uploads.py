"""Upload by a plain multipart form: each file goes straight to the disk, and is then made visible.

A file is written under a temporary name and synced before `storing` gives it its own. Bytes that
the catalogue has are not kept twice. A form that is cut is lost: `tus` is for what is large.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from flask import abort, request
from flask_wtf.csrf import ValidationError, validate_csrf
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from mediacatalog.values import utc_now
from mediacatalog.web.resumable import desk
from mediacatalog.web.storing import Received, folder_of_batch, refuse_full, safe_name, store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from werkzeug.sansio.multipart import Event

    from mediacatalog.settings import Settings

BLOCK = 256 * 1024
FORM_SLACK = 2**20
"""What a form may weigh beside its files."""
MAX_PARTS = 1000


@dataclass
class Incoming:
    """A file that is arriving: its digest grows with its bytes."""

    name: str
    file: IO[bytes]
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    byte_count: int = 0

    def write(self, data: bytes) -> None:
        self.file.write(data)
        self.digest.update(data)
        self.byte_count += len(data)


def receive(settings: Settings, known: Callable[[str], str | None]) -> list[Received]:
    """Store every file of this request's form; `known` names the clip that has given bytes.

    The form's token must come before its first file, or in a header. Stops the request with 400,
    403, 413 or 507 when nothing can be taken at all.
    """
    boundary = request.mimetype_params.get("boundary", "").encode("latin-1", "replace")
    if request.mimetype != "multipart/form-data" or not boundary:
        abort(400, "This isn't an upload form.")
    if (request.content_length or 0) > settings.max_upload_bytes + FORM_SLACK:
        abort(413, f"The upload is larger than {settings.max_upload_bytes} bytes.")
    folder = settings.data / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    desk().ask_for_room(request.content_length or 0)
    fields: dict[str, str] = {"csrf_token": request.headers.get("X-CSRFToken", "")}
    found = []
    for name, value in _parts(_events(boundary), folder, fields):
        if isinstance(value, Received):
            found.append(value)
        else:
            with value.file:
                found.append(_keep(settings, name, value, fields.get("batch", ""), known))
    if not found:
        check_token(fields)
        abort(400, "The form held no file.")
    return found


def check_token(fields: dict[str, str]) -> None:
    try:
        validate_csrf(fields["csrf_token"])
    except ValidationError as error:
        abort(403, str(error))


def _events(boundary: bytes) -> Iterator[Event]:
    decoder = MultipartDecoder(boundary, FORM_SLACK, max_parts=MAX_PARTS)
    while True:
        block = request.stream.read(BLOCK)
        try:
            decoder.receive_data(block or None)
            event = decoder.next_event()
            while not isinstance(event, NeedData):
                yield event
                if isinstance(event, Epilogue):
                    return
                event = decoder.next_event()
        except ValueError as error:
            abort(400, f"The form can't be read: {error}")
        if not block:
            return


def _parts(
    events: Iterator[Event], folder: Path, fields: dict[str, str]
) -> Iterator[tuple[str, Incoming | Received]]:
    """Every file of the form, whole on the disk; fields go to `fields` as they come."""
    field_name: str | None = None
    text = b""
    incoming: Incoming | None = None
    try:
        for event in events:
            if isinstance(event, Field):
                field_name, text = event.name, b""
            elif isinstance(event, File):
                field_name = None
                incoming = _begin(event, folder, fields)
            elif isinstance(event, Data) and incoming is not None:
                _write(incoming, event.data)
                if not event.more_data:
                    whole, incoming = incoming, None
                    yield whole.name, whole
            elif isinstance(event, Data) and field_name is not None:
                text += event.data
                if len(text) > FORM_SLACK:
                    raise RequestEntityTooLarge
                fields[field_name] = text.decode(errors="replace")
    finally:
        if incoming is not None:
            incoming.file.close()


def _begin(event: File, folder: Path, fields: dict[str, str]) -> Incoming | None:
    """None for the empty part that a browser sends when no file was chosen."""
    check_token(fields)
    if not event.filename:
        return None
    return Incoming(safe_name(event.filename), tempfile.NamedTemporaryFile(dir=folder))


def _write(incoming: Incoming, data: bytes) -> None:
    try:
        incoming.write(data)
    except OSError as error:
        incoming.file.close()
        refuse_full(error, incoming.name)


def _keep(
    settings: Settings,
    name: str,
    one: Incoming,
    batch: str,
    known: Callable[[str], str | None],
) -> Received:
    if one.byte_count == 0:
        return Received(name, "refused", "The file is empty.", status=422)
    if one.byte_count > settings.max_upload_bytes:
        return Received(name, "refused", "The file is larger than this server takes.", status=413)
    clip = known(one.digest.hexdigest())
    if clip is not None:
        return Received(name, "known", "These bytes are already in the catalogue.", clip)
    folder = folder_of_batch(settings, utc_now().date(), batch)
    try:
        one.file.flush()
        os.fsync(one.file.fileno())
    except OSError as error:
        refuse_full(error, name)
    received = store(Path(one.file.name), folder, name, one.digest.hexdigest())
    if received.state == "stored":
        desk().was_stored(one.byte_count)
    return received
