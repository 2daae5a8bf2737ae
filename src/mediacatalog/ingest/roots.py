"""Watched folders themselves: their marker files, where they lie, and making them known.

A marker is a small hidden file with an id. A folder that lost it is an empty mount point or another
disk, and says nothing about the files that were there.
"""

from __future__ import annotations

import os
import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from mediacatalog.catalog import holdings

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings

MARKER = b".mediacatalog-root"
_LINE = re.compile(rb"mediacatalog root ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\n")
_TEXT = (
    "mediacatalog root {marker}\n"
    "This file tells mediacatalog that the right disk is mounted here. Please leave it.\n"
)
_BLIND = frozenset("nfs nfs4 cifs smb3 smbfs 9p afs ceph lustre glusterfs vboxsf davfs".split())
"""File systems that other hosts change without a word to this one."""


def read_marker(folder: Path) -> str:
    """The id in the folder's marker file; empty when there is none to be read."""
    try:
        descriptor = os.open(
            folder / os.fsdecode(MARKER), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        )
        with os.fdopen(descriptor, "rb") as file:
            found = _LINE.match(file.read(200))
    except OSError:
        return ""
    return found[1].decode() if found else ""


def write_marker(folder: Path, marker: str = "") -> str:
    """Put a marker into a folder that has none, and say its id; empty where none can be written."""
    wanted = marker or str(uuid.uuid4())
    path = folder / os.fsdecode(MARKER)
    temporary = folder / f"{os.fsdecode(MARKER)}-{os.getpid()}.tmp"
    try:
        with temporary.open("x") as file:
            file.write(_TEXT.format(marker=wanted))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True) if os.access(folder, os.W_OK) else None
        return ""
    return wanted


def blind_spot(folder: Path) -> str:
    """Why nothing tells of changes in this folder; empty when the system does."""
    kind = _file_system(folder)
    if kind in _BLIND or kind.startswith("fuse"):
        return f"it lies on {kind}, which tells nothing of changes by other hosts"
    return ""


def _file_system(folder: Path) -> str:
    """The kind of the innermost mount that holds a folder (proc(5), mountinfo)."""
    best, kind = -1, ""
    try:
        lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return ""
    wanted = os.fsencode(folder)
    for line in lines:
        left, _, right = line.partition(b" - ")
        point = re.sub(rb"\\([0-7]{3})", lambda code: bytes([int(code[1], 8)]), left.split()[4])
        inside = wanted == point or wanted.startswith(point.rstrip(b"/") + b"/")
        if inside and len(point) >= best:
            best, kind = len(point), right.split()[0].decode(errors="replace")
    return kind


def prepare_roots(catalogue: Catalogue, settings: Settings) -> None:
    """Make the default root and the upload store, as folders and as rows."""
    for path, kind, name in (
        (settings.media, "watched", ""),
        (settings.uploads, "uploads", "uploads"),
    ):
        if not path.exists():
            path.mkdir(parents=True)
        with catalogue.writing() as session:
            holdings.root(session, path, kind=kind, name=name)
