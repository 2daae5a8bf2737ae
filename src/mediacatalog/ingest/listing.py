"""What lies in a folder: its regular files, what their names say, what lies beside each.

Nothing here knows the catalogue, and no file is read.
"""

from __future__ import annotations

import bisect
import fcntl
import hashlib
import os
import stat
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from mediacatalog.articles import sources
from mediacatalog.captions import sidecars
from mediacatalog.catalog.holdings import Seen, display_name
from mediacatalog.ingest.roots import MARKER
from mediacatalog.values import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

FOOTAGE = frozenset(
    b"mp4 m4v m4a mov qt mkv webm avi divx mpg mpeg mpe m2v vob ts m2ts mts m2t mxf ogv ogg ogm "
    b"flv f4v wmv asf 3gp 3gpp 3g2 dv lrv insv 360 dav".split()
)
"""Suffixes of files that are looked at; anything else is listed as ignored, with the reason."""

SIDECARS = frozenset(
    b"srt vtt webvtt ass ssa sbv lrc ttml dfxp itt scc stl smi sami mpl sub xml txt md markdown "
    b"html htm xhtml mhtml mht json json3 srv1 srv2 srv3 description".split()
)
UNFINISHED = frozenset(b"part crdownload tmp partial download filepart aria2 !ut ytdl".split())


def listing(
    root: Path, unreadable: list[str], without: frozenset[bytes] = frozenset()
) -> Iterator[Seen]:
    """Every regular file below `root`; links aren't followed, what can't be read is named.

    `without` are folders below it that are roots of their own. The root's marker isn't listed.
    """
    base = os.fsencode(root)
    folders = [b""]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(os.path.join(base, folder)) as entries:  # noqa: PTH118 - bytes
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            unreadable.append(f"{display_name(folder) or root}: {error.strerror}")
            continue
        for entry in found:
            path = folder + b"/" + entry.name if folder else entry.name
            try:
                if entry.is_dir(follow_symlinks=False):
                    if path not in without:
                        folders.append(path)
                    continue
                if path == MARKER:
                    continue
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                unreadable.append(f"{display_name(path)}: {error.strerror}")
                continue
            if stat.S_ISREG(status.st_mode):
                yield _seen(path, status)


def suffix(path: bytes) -> bytes:
    name = path.rsplit(b"/", 1)[-1].lower()
    return name.rsplit(b".", 1)[-1] if b"." in name else b""


def rule(path: bytes) -> tuple[State, str]:
    """What the name alone says of a file: arriving or ignored, and the reason."""
    name = path.rsplit(b"/", 1)[-1]
    ending = suffix(path)
    shown = display_name(ending)
    if b"/." in b"/" + path:
        return State.IGNORED, "a hidden file or folder"
    if ending in UNFINISHED or b"~" in (name[:1], name[-1:]):
        return State.IGNORED, f"an unfinished or temporary file by its name (.{shown})"
    if ending in FOOTAGE:
        return State.ARRIVING, "seen for the first time; waiting until it stands still"
    if holds_articles(path):
        return State.IGNORED, "not footage: articles are read from it when it has stood still"
    if ending in SIDECARS:
        return State.IGNORED, "not footage: read as captions or article of the clip beside it"
    return State.IGNORED, f"not footage: .{shown} isn't a video suffix" if ending else (
        "not footage: the name has no suffix"
    )


def holds_articles(path: bytes) -> bool:
    """Whether a file is one that articles are gathered from, by its name."""
    name = path.rsplit(b"/", 1)[-1]
    return b"/." not in b"/" + path and sources.may_hold_articles(os.fsdecode(name))


def is_being_written(path: Path) -> bool | None:
    """Whether some process has the file open for writing; None where that can't be told.

    A read lease is refused by Linux while there is a writer (fcntl(2), F_SETLEASE); network file
    systems and other people's files don't grant one at all.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return False


def _seen(path: bytes, status: os.stat_result) -> Seen:
    return Seen(
        path,
        status.st_size,
        status.st_mtime_ns,
        status.st_dev,
        status.st_ino,
        status.st_ctime_ns,
    )


def at(root: Path, paths: Iterable[bytes]) -> Iterator[Seen]:
    """Those of the named files below `root` that are there, for a root that isn't listed."""
    for path in paths:
        try:
            status = (root / os.fsdecode(path)).lstat()
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(status.st_mode):
            yield _seen(path, status)


class Companions:
    """What lies beside each file of one listing, as a digest."""

    SHARED = frozenset(b"html htm xhtml".split())
    NAMES = (b"article.", b"story.", b"index.")

    def __init__(self, seen: Mapping[bytes, Seen]) -> None:
        self._names: dict[bytes, list[tuple[str, bytes]]] = defaultdict(list)
        """Of each folder the sidecars: as they are compared, and the line that tells of them."""
        self._by_id: dict[tuple[bytes, str], list[bytes]] = defaultdict(list)
        self._shared: dict[bytes, list[bytes]] = defaultdict(list)
        self._videos: Counter[bytes] = Counter()
        for path, one in seen.items():
            folder, _, name = path.rpartition(b"/")
            if suffix(path) in FOOTAGE:
                self._videos[folder] += 1
            if suffix(path) in SIDECARS:
                line = b"%s %d %d" % (path, one.byte_count, one.mtime_ns)
                spelled = os.fsdecode(name)
                self._names[folder].append((sidecars.folded(spelled), line))
                for found in sidecars.ids(spelled):
                    self._by_id[folder, found].append(line)
                if name.startswith(self.NAMES) or suffix(name) in self.SHARED:
                    self._shared[folder].append(line)
        for names in self._names.values():
            names.sort()
        self._below: dict[bytes, list[bytes]] = defaultdict(list)
        self._own: dict[tuple[bytes, str], list[bytes]] = defaultdict(list)
        for folder in self._names:
            above, _, last = folder.rpartition(b"/")
            if os.fsdecode(last).lower() in sidecars.FOLDERS:
                self._below[above].append(folder)
            top, _, middle = above.rpartition(b"/")
            if os.fsdecode(middle).lower() in sidecars.FOLDERS:
                self._own[top, sidecars.folded(os.fsdecode(last))].append(folder)

    def _named(self, folder: bytes, stem: str) -> Iterator[bytes]:
        names = self._names.get(folder, [])
        for number in range(bisect.bisect_left(names, (stem, b"")), len(names)):
            if not names[number][0].startswith(stem):
                return
            yield names[number][1]

    def digest(self, path: bytes) -> str:
        """Changes whenever a sidecar or article of the file at `path` may have changed.

        Rather too often than too seldom: what belongs to it indeed is decided when it is read.
        """
        folder, _, name = path.rpartition(b"/")
        spelled = os.fsdecode(name.rpartition(b".")[0] or name)
        stem = sidecars.folded(spelled)
        lines = {*self._named(folder, stem), *self._shared.get(folder, ())}
        for found in sidecars.ids(spelled):
            lines.update(self._by_id.get((folder, found), ()))
        for below in self._below.get(folder, ()):
            # `Subs/English.srt` is the one video's; of several each has those of its name.
            lines.update(self._named(below, "" if self._videos[folder] == 1 else stem))
        for own in self._own.get((folder, stem), ()):
            lines.update(self._named(own, ""))
        return hashlib.sha256(b"\n".join(sorted(lines))).hexdigest()[:32] if lines else ""
