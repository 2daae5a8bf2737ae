"""Many files described at once: a manifest is uploaded, looked at with all its errors, applied.

An upload changes nothing; the manifest is kept for some days under the data folder, named by its
digest, and every look at it compares it anew. Applying goes in slices that each end within seconds:
a slice says where the next one begins, and what was applied before is not applied again.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import abort, redirect, render_template, request, url_for

from mediacatalog.errors import NotFoundError
from mediacatalog.manifest import MAX_BYTES, applying, checking
from mediacatalog.manifest.columns import ALIASES
from mediacatalog.web import uploads
from mediacatalog.web.security import csrf
from mediacatalog.web.services import services
from mediacatalog.web.storing import refuse_full, safe_name

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from mediacatalog.manifest.applying import Outcome
    from mediacatalog.manifest.checking import Checked
    from mediacatalog.settings import Settings

bp = APIBlueprint("manifest", __name__, url_prefix="/upload/manifest", enable_openapi=False)

SHOWN = 200
"""Rows of a preview; errors are shown all, as far as they are kept."""
SLICE_SECONDS = 5.0
KEPT_SECONDS = 7 * 24 * 3600
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Slice:
    """What one part of an apply did; the next one begins after row `after`, or there is none."""

    outcomes: list[Outcome]
    done: int
    total: int
    after: int | None

    @property
    def troubles(self) -> list[Outcome]:
        return [one for one in self.outcomes if one.state in ("failed", "later")]


@bp.get("")
def form() -> str:
    return render_template("manifest.html", checked=None, columns=ALIASES)


@bp.post("")
def take() -> BaseResponse:
    limit = MAX_BYTES + uploads.FORM_SLACK
    if (request.content_length or 0) > limit:
        abort(413, f"The manifest is larger than {MAX_BYTES // 2**20} MiB.")
    request.max_content_length = limit
    uploads.check_token({"csrf_token": request.form.get("csrf_token", "")})
    given = request.files.get("manifest")
    if given is None or not given.filename:
        abort(400, "The form held no manifest.")
    data = given.stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        abort(413, f"The manifest is larger than {MAX_BYTES // 2**20} MiB.")
    sha256 = keep(services().settings, safe_name(given.filename), data)
    return redirect(url_for("manifest.show", sha256=sha256), 303)


# The token is checked above: the usual check would refuse a form as large as a manifest may be.
csrf.exempt(take)


@bp.get("/<sha256>")
def show(sha256: str) -> str:
    checked = look(sha256)
    work = [one for one in checked.rows if one.has_work or one.plan.kept]
    return render_template(
        "manifest.html",
        checked=checked,
        rows=work[:SHOWN],
        left=max(0, len(work) - SHOWN),
        new=sum(one.is_new for one in checked.rows),
        changed=sum(bool(one.plan.changes) and not one.is_new for one in checked.rows),
        unchanged=sum(not one.has_work for one in checked.rows) + len(checked.repeated),
        kept=sum(bool(one.plan.kept) for one in checked.rows),
    )


@bp.post("/<sha256>")
def apply(sha256: str) -> str | BaseResponse:
    """One slice; as htmx asks for it only the slice and the form of the next one."""
    overwrite = bool(request.form.get("overwrite"))
    given = request.form.get("after", "0")
    after = min(int(given), 10**9) if given.isascii() and given.isdigit() else 0
    checked = look(sha256, overwrite=overwrite)
    if checked.faults.count:
        return redirect(url_for("manifest.show", sha256=sha256), 303)
    done = part_of(checked, after, overwrite=overwrite)
    template = "_applied.html" if request.headers.get("HX-Request") else "manifest.html"
    return render_template(template, checked=checked, part=done, overwrite=overwrite)


def look(sha256: str, *, overwrite: bool = False) -> Checked:
    own = services()
    name, data = _kept(own.settings, sha256)
    return checking.check(
        own.catalogue, own.settings, data, name, where=checking.Where(), overwrite=overwrite
    )


def part_of(checked: Checked, after: int, *, overwrite: bool) -> Slice:
    own = services()
    ends = time.monotonic() + SLICE_SECONDS
    outcomes: list[Outcome] = []
    last: int | None = after
    for one in applying.apply(
        own.catalogue, own.settings, checked, overwrite=overwrite, after=after
    ):
        outcomes.append(one)
        last = one.row
        if time.monotonic() >= ends:
            break
    else:
        last = None
    total = len(checked.rows)
    done = total if last is None else sum(one.row.number <= last for one in checked.rows)
    return Slice(outcomes, done, total, last)


def keep(settings: Settings, name: str, data: bytes) -> str:
    """Keep a manifest until it is applied; those of last week go. Returns its SHA-256."""
    folder = settings.data / "manifests"
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _forget_old(folder)
        new = Path(tempfile.mkdtemp(dir=folder, prefix="new-"))
        (new / name).write_bytes(data)
        shutil.rmtree(folder / sha256, ignore_errors=True)  # the same bytes under another name
        new.replace(folder / sha256)
    except OSError as error:
        refuse_full(error, name)
    return sha256


def _forget_old(folder: Path) -> None:
    for old in islice(folder.iterdir(), 1000):
        with suppress(FileNotFoundError):
            if old.stat().st_mtime < time.time() - KEPT_SECONDS:
                shutil.rmtree(old, ignore_errors=True)


def _kept(settings: Settings, sha256: str) -> tuple[str, bytes]:
    """(name, bytes). Raises NotFoundError."""
    folder = settings.data / "manifests" / sha256
    if DIGEST.fullmatch(sha256) and folder.is_dir():
        for path in folder.iterdir():
            return path.name, path.read_bytes()
    raise NotFoundError("manifest", sha256)
