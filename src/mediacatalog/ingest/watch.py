"""The reconcile: one complete look at a root, compared with what is known of it.

The folder is the truth. A file is admitted when its size and time stand still, nobody writes to it,
and its container is whole. Absence makes a sighting offline; a root that lost too much in one pass
changes nothing but its alarm.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import stat
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mediacatalog.catalog import holdings, stages, timeline
from mediacatalog.catalog.holdings import Seen
from mediacatalog.media import whole
from mediacatalog.values import State, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.models import Root, Sighting
    from mediacatalog.settings import Settings

log = logging.getLogger(__name__)

FOOTAGE = frozenset(
    b"mp4 m4v m4a mov qt mkv webm avi divx mpg mpeg mpe m2v vob ts m2ts mts m2t mxf ogv ogg ogm "
    b"flv f4v wmv asf 3gp 3gpp 3g2 dv lrv insv 360".split()
)
"""Suffixes of files that are looked at; anything else is listed as ignored, with the reason."""

SIDECARS = frozenset(
    b"srt vtt webvtt ass ssa sbv lrc ttml dfxp scc stl smi sub txt md markdown html htm xhtml json "
    b"description".split()
)
UNFINISHED = frozenset(b"part crdownload tmp partial download filepart aria2 !ut ytdl".split())
COMPARE_SECONDS = 60.0
"""An unchanged folder is compared with the catalogue this often; between, it is only listed."""
LOSS_FLOOR = 5
"""A root may lose this many files in one pass without an alarm, unless it loses all."""


@dataclass
class Pass:
    """What one pass over a root found; the counts add up to the regular files in it."""

    root: str
    files: int = 0
    changed: dict[str, int] = field(default_factory=dict)
    alarm: str | None = None
    unreadable: list[str] = field(default_factory=list)

    def count(self, what: str) -> None:
        self.changed[what] = self.changed.get(what, 0) + 1


def listing(root: Path, unreadable: list[str]) -> Iterator[Seen]:
    """Every regular file below `root`; links aren't followed, what can't be read is named."""
    base = os.fsencode(root)
    folders = [b""]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(os.path.join(base, folder)) as entries:  # noqa: PTH118 - bytes
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            unreadable.append(f"{holdings.display_name(folder) or root}: {error.strerror}")
            continue
        for entry in found:
            path = folder + b"/" + entry.name if folder else entry.name
            try:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(path)
                    continue
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                unreadable.append(f"{holdings.display_name(path)}: {error.strerror}")
                continue
            if stat.S_ISREG(status.st_mode):
                yield Seen(path, status.st_size, status.st_mtime_ns, status.st_dev, status.st_ino)


def suffix(path: bytes) -> bytes:
    name = path.rsplit(b"/", 1)[-1].lower()
    return name.rsplit(b".", 1)[-1] if b"." in name else b""


def rule(path: bytes) -> tuple[State, str]:
    """What the name alone says of a file: arriving or ignored, and the reason."""
    name = path.rsplit(b"/", 1)[-1]
    ending = suffix(path)
    shown = holdings.display_name(ending)
    if b"/." in b"/" + path:
        return State.IGNORED, "a hidden file or folder"
    if ending in UNFINISHED or b"~" in (name[:1], name[-1:]):
        return State.IGNORED, f"an unfinished or temporary file by its name (.{shown})"
    if ending in FOOTAGE:
        return State.ARRIVING, "seen for the first time; waiting until it stands still"
    if ending in SIDECARS:
        return State.IGNORED, "not footage: read as captions or article of the clip beside it"
    return State.IGNORED, f"not footage: .{shown} isn't a video suffix" if ending else (
        "not footage: the name has no suffix"
    )


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


class Companions:
    """What lies beside each file of one listing, as a digest: no file is read for it."""

    SHARED = frozenset(b"html htm xhtml".split())
    NAMES = (b"article.", b"story.", b"index.")
    FOLDERS = (b"subs", b"subtitles", b"captions")

    def __init__(self, seen: dict[bytes, Seen]) -> None:
        self.folders: dict[bytes, list[tuple[bytes, Seen]]] = {}
        for path, one in seen.items():
            if suffix(path) in SIDECARS:
                folder, _, name = path.rpartition(b"/")
                self.folders.setdefault(folder, []).append((name, one))

    def digest(self, path: bytes) -> str:
        """Changes whenever a sidecar or article of the file at `path` may have changed."""
        folder, _, name = path.rpartition(b"/")
        stem = name.rpartition(b".")[0] or name
        found = [
            one
            for near, one in self.folders.get(folder, [])
            if near.startswith((stem, *self.NAMES)) or suffix(near) in self.SHARED
        ]
        for below, files in self.folders.items():
            parent, _, last = below.rpartition(b"/")
            if parent == folder and last.lower() in self.FOLDERS:
                found += [one for near, one in files if near.startswith(stem)]
        if not found:
            return ""
        lines = sorted(b"%s %d %d" % (one.path, one.byte_count, one.mtime_ns) for one in found)
        return hashlib.sha256(b"\n".join(lines)).hexdigest()[:32]


class Watcher:
    """Looks at roots, again and again; one watcher per catalogue."""

    def __init__(self, catalogue: Catalogue, settings: Settings) -> None:
        self.catalogue, self.settings = catalogue, settings
        self._calm: dict[str, tuple[int, float]] = {}
        """For each root the digest of the listing that its last comparison found no news in."""

    def reconcile_all(self) -> list[Pass]:
        """One complete pass over every watched root and the uploads."""
        with self.catalogue.reading() as session:
            roots = [root.id for root in holdings.roots(session, "watched", "uploads")]
        return [self.reconcile(root_id) for root_id in roots]

    def reconcile(self, root_id: str) -> Pass:
        """One complete pass over one root, in one transaction."""
        with self.catalogue.reading() as session:
            path = Path(holdings.root_by_id(session, root_id).path)
        done = Pass(os.fspath(path))
        if not path.is_dir():
            done.alarm = f"{path} can't be reached; nothing was changed"
        seen = {one.path: one for one in listing(path, done.unreadable)} if not done.alarm else {}
        done.files = len(seen)
        arriving = self._arriving(root_id)
        ready = self._admissible(path, seen, arriving)
        digest = hash(tuple(seen.values()))
        calm = not arriving and self._is_calm(root_id, digest)
        with self.catalogue.writing() as session:
            root = holdings.root_by_id(session, root_id)
            if not done.alarm and not calm:
                self._compare(session, root, seen, ready, done)
            root.alarm = done.alarm
            if not done.alarm:
                root.last_pass_at = utc_now()
        if done.changed or done.alarm:
            self._calm.pop(root_id, None)
        elif not calm:
            self._calm[root_id] = digest, time.monotonic()
        return done

    def _is_calm(self, root_id: str, digest: int) -> bool:
        """Whether the folder is as it was at a comparison, not long ago, that found no news."""
        known, compared = self._calm.get(root_id, (None, 0.0))
        return known == digest and time.monotonic() - compared < COMPARE_SECONDS

    def _arriving(self, root_id: str) -> list[tuple[bytes, int, int, timedelta]]:
        """(path, bytes, mtime, how long it has stood still) of what isn't admitted yet."""
        now = utc_now()
        with self.catalogue.reading() as session:
            return [
                (one.path, one.byte_count, one.mtime_ns, now - (one.stable_since or now))
                for one in holdings.sightings_of(session, root_id, State.ARRIVING).values()
            ]

    def _admissible(
        self,
        root: Path,
        seen: dict[bytes, Seen],
        arriving: list[tuple[bytes, int, int, timedelta]],
    ) -> dict[bytes, tuple[State, str]]:
        """What became of arriving files that stand still; reads files, so not while writing."""
        found: dict[bytes, tuple[State, str]] = {}
        for path, size, mtime_ns, still in arriving:
            one = seen.get(path)
            if one is not None and (one.byte_count, one.mtime_ns) == (size, mtime_ns):
                found[path] = self._look(root / os.fsdecode(path), one, still)
        return found

    def _look(self, path: Path, one: Seen, still: timedelta) -> tuple[State, str]:
        settle = self.settings.settle_seconds
        if still < timedelta(seconds=settle):
            return State.ARRIVING, f"waiting until it has stood still for {settle:g} s"
        writer = is_being_written(path)
        if writer:
            return State.ARRIVING, "another program has it open for writing"
        check = whole.check(path)
        stalled = still > timedelta(hours=self.settings.stalled_after_hours)
        if one.byte_count == 0 or check.whole is False:
            reason = f"not whole: {check.reason}" if one.byte_count else "empty (0 bytes)"
            if stalled:
                return State.QUARANTINED, f"{reason}; nothing came for {still.days} days"
            return State.ARRIVING, reason
        patience = settle if check.whole else self.settings.unproven_settle_seconds
        if still < timedelta(seconds=patience):
            return (
                State.ARRIVING,
                f"its end can't be proved; waiting for {patience:g} s of rest",
            )
        return State.WAITING, ""

    def _compare(
        self,
        session: Session,
        root: Root,
        seen: dict[bytes, Seen],
        ready: dict[bytes, tuple[State, str]],
        done: Pass,
    ) -> None:
        known = holdings.sightings_of(session, root.id)
        self._follow_moves(session, known, seen, done)
        here = {path for path, one in known.items() if one.state != State.OFFLINE}
        lost = here - seen.keys()
        done.alarm = self._alarm(known, here, lost)
        companions = Companions(seen)
        for path, one in seen.items():
            sighting = known.get(path)
            if sighting is None:
                state, reason = rule(path)
                priority = 1 if root.kind == "uploads" else 10
                holdings.add_sighting(
                    session, root.id, one, state, reason=reason, priority=priority
                )
                done.count("new")
            else:
                self._update(session, companions, sighting, one, ready.get(path), done)
        for path in () if done.alarm else lost:
            self._lose(session, known[path], done)

    def _alarm(
        self, known: dict[bytes, Sighting], here: set[bytes], lost: set[bytes]
    ) -> str | None:
        """What to say when so much went at once that it is more likely a fault; else None."""
        of, gone = (
            sum(known[path].state != State.IGNORED for path in paths) for paths in (here, lost)
        )
        if gone <= max(LOSS_FLOOR, self.settings.loss_threshold * of) and not gone == of > 1:
            return None
        return (
            f"{gone} of {of} files are gone at once; none of them was taken offline. "
            "If the disk is back at the next pass, this settles itself"
        )

    def _follow_moves(
        self,
        session: Session,
        known: dict[bytes, Sighting],
        seen: dict[bytes, Seen],
        done: Pass,
    ) -> None:
        """One that went and one that came with the same inode, size and time is one that moved."""
        gone = {
            (one.device, one.inode, one.byte_count, one.mtime_ns): one
            for path, one in known.items()
            if path not in seen and one.state != State.RUNNING
        }
        for path, one in seen.items():
            if path in known:
                continue
            moved = gone.pop((str(one.device), str(one.inode), one.byte_count, one.mtime_ns), None)
            if moved is None:
                continue
            del known[moved.path]
            if moved.state == State.IGNORED == rule(moved.path)[0]:
                # Most programs write under a name that says "unfinished" and rename at the end.
                holdings.set_state(moved, *rule(path))
                moved.stable_since = utc_now()
            moved.path, moved.display = path, holdings.display_name(path)
            known[path] = moved
            done.count("moved")
            if moved.clip_id is not None:
                session.flush()
                timeline.derive(session, holdings.clip(session, moved.clip_id))
                holdings.touch(session, [moved.clip_id])

    def _update(
        self,
        session: Session,
        companions: Companions,
        sighting: Sighting,
        one: Seen,
        look: tuple[State, str] | None,
        done: Pass,
    ) -> None:
        same = (sighting.byte_count, sighting.mtime_ns) == (one.byte_count, one.mtime_ns)
        if not same and sighting.state == State.RUNNING:
            done.count("changing")
            return  # its size and time are those of the bytes being read: seen when that has ended
        sighting.device, sighting.inode = str(one.device), str(one.inode)
        if not same:
            sighting.byte_count, sighting.mtime_ns = one.byte_count, one.mtime_ns
            sighting.stable_since = sighting.last_seen_at = utc_now()
            if sighting.state != State.IGNORED:
                holdings.set_state(sighting, State.ARRIVING, "changing; waiting until it stops")
                done.count("changed")
            return
        if sighting.state == State.OFFLINE:
            self._return(session, sighting, done)
        elif sighting.state == State.ARRIVING and look is not None:
            holdings.set_state(sighting, *look)
            if look[0] == State.QUARANTINED:
                stages.part(session, sighting)
            sighting.companions = companions.digest(sighting.path)
            if look[0] != State.ARRIVING:
                done.count(look[0].value)
        elif sighting.state in (State.READY, State.PARTIAL):
            self._companions(companions, sighting, done)

    def _return(self, session: Session, sighting: Sighting, done: Pass) -> None:
        done.count("returned")
        if sighting.clip_id is None:
            holdings.set_state(sighting, *rule(sighting.path))
            return
        clip = holdings.clip(session, sighting.clip_id)
        holdings.set_state(sighting, *stages.verdict(session, clip))
        session.flush()
        stages.settle(session, clip)

    def _companions(self, companions: Companions, sighting: Sighting, done: Pass) -> None:
        """Captions or an article came, changed or went: the clip's later stages run again."""
        digest = companions.digest(sighting.path)
        if digest != sighting.companions:
            sighting.companions = digest
            holdings.set_state(sighting, State.WAITING, "captions or articles beside it changed")
            done.count("companions")

    def _lose(self, session: Session, sighting: Sighting, done: Pass) -> None:
        done.count("offline")
        sighting.last_seen_at = utc_now()
        holdings.set_state(sighting, State.OFFLINE, "the file is no longer there")
        session.flush()
        if sighting.clip_id is not None:
            stages.settle(session, holdings.clip(session, sighting.clip_id))


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
