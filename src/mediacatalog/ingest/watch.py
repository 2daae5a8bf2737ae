"""The reconcile: one complete look at a root, compared with what is known of it.

The folder is the truth. A file is admitted when its size and time stand still, nobody writes to it,
and its container is whole. Absence makes a sighting offline; a root that lost too much in one pass,
or its marker, changes nothing but its alarm.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mediacatalog.catalog import file_names, holdings, occasions, stages, story_files, timeline
from mediacatalog.ingest import listing, roots
from mediacatalog.ingest.moves import is_other_file, moved_to, renumbered
from mediacatalog.media import whole
from mediacatalog.values import State, utc_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.holdings import Known, Seen
    from mediacatalog.catalog.models import Root, Sighting
    from mediacatalog.settings import Settings

log = logging.getLogger(__name__)

COMPARE_SECONDS = 60.0
"""An unchanged folder is compared with the catalogue this often; between, it is only listed."""
LOSS_FLOOR = 5
"""A root may lose this many files in one pass without an alarm, unless it loses all."""
BREATHE = 10
"""A root that takes long to list is left alone for so many times as long."""
BATCH = 2000
"""So many files are added by one transaction, or admitted by one pass: others write meanwhile."""
DONE = (State.READY, State.PARTIAL)


@dataclass
class Pass:
    """What one pass over a root found; the counts add up to the regular files in it."""

    root: str
    files: int = 0
    changed: dict[str, int] = field(default_factory=dict)
    alarm: str | None = None
    unreadable: list[str] = field(default_factory=list)
    lost: int = 0
    """Files that the alarm misses."""

    def count(self, what: str) -> None:
        self.changed[what] = self.changed.get(what, 0) + 1


@dataclass(frozen=True)
class Watched:
    """A root as it is when a pass begins."""

    id: str
    path: Path
    kind: str
    marker: str
    accepted: int | None
    poll_seconds: float
    without: frozenset[bytes]
    """Folders below it that are roots of their own."""


class Watcher:
    """Looks at roots, again and again; one watcher per catalogue."""

    def __init__(self, catalogue: Catalogue, settings: Settings) -> None:
        self.catalogue, self.settings = catalogue, settings
        self._calm: dict[str, tuple[int, float]] = {}
        """For each root the digest of the listing that its last comparison found no news in."""
        self._due: dict[str, float] = {}
        self._unmarkable: set[str] = set()

    def roots(self) -> list[Watched]:
        """All roots, in order of their making; those given once by hand included."""
        with self.catalogue.reading() as session:
            found = list(holdings.roots(session))
        paths = [os.fsencode(one.path) for one in found if one.kind != "once"]
        return [self._watched(one, paths) for one in found]

    def _watched(self, one: Root, paths: list[bytes]) -> Watched:
        below = os.fsencode(one.path).rstrip(b"/") + b"/"
        return Watched(
            one.id,
            Path(one.path),
            one.kind,
            one.marker,
            one.loss_accepted,
            one.poll_seconds or self.settings.poll_seconds,
            frozenset(path.removeprefix(below) for path in paths if path.startswith(below)),
        )

    def reconcile_all(self) -> list[Pass]:
        """One complete pass over every root; those given once by hand aren't listed."""
        found = [(one.kind, self._pass(one)) for one in self.roots()]
        return [done for kind, done in found if kind != "once"]

    def reconcile_due(self, changed: set[str]) -> float:
        """A pass over the roots that are due or told of changes; seconds until the next is due."""
        watched = self.roots()
        for root in watched:
            began = time.monotonic()
            if root.id in changed or began >= self._due.get(root.id, 0.0):
                self._pass(root)
                took = time.monotonic() - began
                self._due[root.id] = time.monotonic() + max(root.poll_seconds, BREATHE * took)
        soonest = min((self._due[root.id] for root in watched), default=0.0)
        return max(0.05, min(self.settings.poll_seconds, soonest - time.monotonic()))

    def reconcile(self, root_id: str) -> Pass:
        """One complete pass over one root, in one transaction."""
        return self._pass(next(one for one in self.roots() if one.id == root_id))

    def _pass(self, root: Watched) -> Pass:
        done = Pass(os.fspath(root.path))
        with self.catalogue.reading() as session:
            arriving = holdings.known(session, root.id, State.ARRIVING)
            every = holdings.known(session, root.id) if root.kind == "once" else {}
        fault = self._fault(root)
        seen: dict[bytes, Seen] = {}
        if root.kind == "once":
            seen = {one.path: one for one in listing.at(root.path, every)}
        elif root.path.is_dir():
            files = listing.listing(root.path, done.unreadable, root.without)
            seen = {one.path: one for one in files}
        done.files = len(seen)
        ready = self._admissible(root.path, seen, arriving)
        digest = hash(tuple(seen.values()))
        accepted = root.accepted is not None
        calm = not (arriving or fault or accepted) and self._is_calm(root.id, digest)
        with self.catalogue.writing() as session:
            row = holdings.root_by_id(session, root.id)
            new = [] if calm else self._compare(session, row, seen, ready, done, fault)
            self._conclude(row, done)
        self._add(root, new, done)
        if done.changed or done.alarm or arriving:
            self._calm.pop(root.id, None)
        elif not calm:
            self._calm[root.id] = digest, time.monotonic()
        return done

    def _conclude(self, row: Root, done: Pass) -> None:
        if done.alarm and done.alarm != row.alarm:
            log.error("%s: %s", row.path, done.alarm)
        row.alarm, row.lost = done.alarm, done.lost
        if done.alarm is None:
            row.last_pass_at, row.loss_accepted = utc_now(), None
            self._mark(row)

    def _fault(self, root: Watched) -> str:
        """Why the folder can't be the one that is known; empty when it can."""
        if not root.path.is_dir():
            return f"{root.path} can't be reached"
        if root.kind == "watched" and root.marker and roots.read_marker(root.path) != root.marker:
            name = os.fsdecode(roots.MARKER)
            return f"its marker file {name} is gone: another disk may be mounted here, or none"
        return ""

    def _mark(self, row: Root) -> None:
        """Give a watched folder its marker, unless it is read-only."""
        folder = Path(row.path)
        if row.kind != "watched" or row.id in self._unmarkable or not folder.is_dir():
            return
        found = roots.read_marker(folder)
        if not found:
            found = roots.write_marker(folder, row.marker)
        if not found:
            self._unmarkable.add(row.id)
        elif row.marker != found:
            row.marker = found

    def _is_calm(self, root_id: str, digest: int) -> bool:
        """Whether the folder is as it was at a comparison, not long ago, that found no news."""
        known, compared = self._calm.get(root_id, (None, 0.0))
        return known == digest and time.monotonic() - compared < COMPARE_SECONDS

    # --- admission --------------------------------------------------------------------------------

    def _admissible(
        self, root: Path, seen: dict[bytes, Seen], arriving: dict[bytes, Known]
    ) -> dict[bytes, tuple[State, str]]:
        """What became of arriving files that stand still; reads files, so not while writing."""
        found: dict[bytes, tuple[State, str]] = {}
        now, admitted = utc_now(), 0
        for path, known in arriving.items():
            one = seen.get(path)
            if one is not None and one.looks == known.looks:
                since = known.stable_since or now
                found[path] = self._look(root / os.fsdecode(path), one, now - since)
                admitted += found[path][0] != State.ARRIVING
                if admitted == BATCH:
                    break
        return found

    def _look(self, path: Path, one: Seen, still: timedelta) -> tuple[State, str]:
        settle = self.settings.settle_seconds
        if still < timedelta(seconds=settle):
            return State.ARRIVING, f"waiting until it has stood still for {settle:g} s"
        writer = listing.is_being_written(path)
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

    # --- comparison -------------------------------------------------------------------------------

    def _compare(
        self,
        session: Session,
        root: Root,
        seen: dict[bytes, Seen],
        ready: dict[bytes, tuple[State, str]],
        done: Pass,
        fault: str,
    ) -> list[Seen]:
        """Bring what is known in line with what is seen; returns what was never seen before."""
        known = holdings.known(session, root.id)
        moves = moved_to(known, seen)
        gone = [
            one
            for path, one in known.items()
            if one.state != State.OFFLINE and path not in seen and one.id not in moves
        ]
        self._raise_alarm(session, root, known, gone, done, fault)
        if done.alarm and (fault or not root.marker):
            return []  # it may be another disk: what lies there says nothing
        if moves:
            self._move(session, moves, done)
            known = holdings.known(session, root.id)
        companions = listing.Companions(seen)
        other_numbers = renumbered(known, seen)
        for path, one in seen.items():
            sighting = known.get(path)
            if sighting is not None and self._is_news(sighting, one, companions, ready):
                change = _Change(session, holdings.sighting(session, sighting.id), one, done)
                other = is_other_file(sighting, one) and not other_numbers
                change.make(companions, ready.get(path), other_file=other)
        for lost in () if done.alarm else gone:
            self._lose(session, lost.id, done)
        return [one for path, one in seen.items() if path not in known]

    def _raise_alarm(
        self,
        session: Session,
        root: Root,
        known: dict[bytes, Known],
        gone: list[Known],
        done: Pass,
        fault: str,
    ) -> None:
        """Say so when so much went at once that it is more likely a fault than somebody's wish.

        Files given once by hand may come and go with their stick: they are offline, that is all.
        """
        if root.kind == "once":
            return
        here = sum(one.state not in (State.OFFLINE, State.IGNORED) for one in known.values())
        lost = sum(one.state != State.IGNORED for one in gone)
        share = root.loss_threshold or self.settings.loss_threshold
        few = self._is_little(lost, here, share)
        if not few and not fault:  # what was moved to another root is no loss
            footage = [one.id for one in gone if one.state != State.IGNORED]
            lost = len(holdings.only_there(session, footage))
            few = self._is_little(lost, here, share)
        if (few and not fault) or (fault and not here and Path(root.path).is_dir()):
            return
        if root.loss_accepted is not None and lost <= root.loss_accepted:
            return
        root.loss_accepted = None
        done.lost = lost
        why = fault or f"{lost} of {here} files are gone at once"
        done.alarm = f"{why}; nothing was taken offline"

    @staticmethod
    def _is_little(lost: int, here: int, share: float) -> bool:
        return lost <= max(LOSS_FLOOR, share * here) and not lost == here > 1

    def _add(self, root: Watched, new: list[Seen], done: Pass) -> None:
        priority = 1 if root.kind == "uploads" else 10
        for start in range(0, len(new), BATCH):
            with self.catalogue.writing() as session:
                for one in new[start : start + BATCH]:
                    state, reason = listing.rule(one.path)
                    added = holdings.add_sighting(
                        session, root.id, one, state, reason=reason, priority=priority
                    )
                    if listing.holds_articles(one.path):
                        session.flush()
                        story_files.want(session, added.id)
                    done.count("new")

    @staticmethod
    def _is_news(
        known: Known,
        one: Seen,
        companions: listing.Companions,
        ready: dict[bytes, tuple[State, str]],
    ) -> bool:
        """Whether a row has to be touched at all: most haven't."""
        if known[2:6] != (*one.looks, str(one.inode), one.ctime_ns):
            return True
        if known.state in DONE:
            return companions.digest(one.path) != known.companions
        return known.state == State.OFFLINE or one.path in ready or known.from_the_future

    @staticmethod
    def _move(session: Session, moves: dict[str, bytes], done: Pass) -> None:
        """Sightings follow their files, also when two of them changed places."""
        moving = {one: holdings.sighting(session, one) for one in moves}
        for one in moving.values():  # a path is unique at every moment
            one.path = b"\0" + one.id.encode()
        session.flush()
        for sighting_id, path in moves.items():
            one = moving[sighting_id]
            before, shown = one.display, holdings.display_name(path)
            if one.state == State.IGNORED == listing.rule(os.fsencode(before))[0]:
                # Most programs write under a name that says "unfinished" and rename at the end.
                holdings.set_state(one, *listing.rule(path))
                one.stable_since = utc_now()
            one.path, one.display, one.ctime_ns = path, shown, None
            file_names.renamed(session, one.id, before, shown)
            if one.state == State.IGNORED and listing.holds_articles(path):
                story_files.want(session, one.id)
            holdings.note(session, one.id, one.state, f"moved here from {before}", "")
            done.count("moved")
            if one.clip_id is not None:
                session.flush()
                timeline.derive(session, holdings.clip(session, one.clip_id))
                if Path(before).name != Path(shown).name:
                    occasions.refresh(session, one.clip_id)
                holdings.touch(session, [one.clip_id])
        session.flush()

    @staticmethod
    def _lose(session: Session, sighting_id: str, done: Pass) -> None:
        done.count("offline")
        sighting = holdings.sighting(session, sighting_id)
        sighting.last_seen_at = utc_now()
        holdings.set_state(sighting, State.OFFLINE, "the file is no longer there")
        session.flush()
        if sighting.clip_id is not None:
            stages.settle(session, holdings.clip(session, sighting.clip_id))


class _Change:
    """What a look at one known file changes in its row."""

    def __init__(self, session: Session, sighting: Sighting, one: Seen, done: Pass) -> None:
        self.session, self.sighting, self.one, self.done = session, sighting, one, done

    def make(
        self,
        companions: listing.Companions,
        look: tuple[State, str] | None,
        *,
        other_file: bool,
    ) -> None:
        sighting, one = self.sighting, self.one
        same = (sighting.byte_count, sighting.mtime_ns) == (one.byte_count, one.mtime_ns)
        if (other_file or not same) and sighting.state == State.RUNNING:
            self.done.count("changing")
            return  # its size and time are those of the bytes being read: seen when that has ended
        sighting.device, sighting.inode = str(one.device), str(one.inode)
        sighting.ctime_ns = one.ctime_ns
        if not same or (other_file and sighting.state != State.OFFLINE):
            self._changed("changing" if not same else "it may hold other bytes")
        elif sighting.state == State.OFFLINE:
            self._return(trusted=not other_file)
        elif sighting.state == State.ARRIVING:
            self._arrive(companions, look)
        elif sighting.state in DONE:
            self._companions(companions)

    def _changed(self, what: str) -> None:
        sighting, one = self.sighting, self.one
        sighting.byte_count, sighting.mtime_ns = one.byte_count, one.mtime_ns
        sighting.stable_since = sighting.last_seen_at = utc_now()
        if sighting.state != State.IGNORED:
            holdings.set_state(sighting, State.ARRIVING, f"{what}; waiting until it stops")
            self.done.count("changed")
        elif listing.holds_articles(sighting.path):
            story_files.want(self.session, sighting.id)

    def _arrive(self, companions: listing.Companions, look: tuple[State, str] | None) -> None:
        sighting = self.sighting
        if sighting.stable_since is None or sighting.stable_since > utc_now():
            sighting.stable_since = utc_now()  # the clock was set back
        if look is None:
            return
        holdings.set_state(sighting, *look)
        if look[0] == State.QUARANTINED:
            stages.part(self.session, sighting)
        sighting.companions = companions.digest(sighting.path)
        if look[0] != State.ARRIVING:
            self.done.count(look[0].value)

    def _return(self, *, trusted: bool) -> None:
        """A file is back. Another inode may be another file: its bytes are read, not decoded."""
        self.done.count("returned")
        sighting = self.sighting
        if sighting.clip_id is None or not trusted:
            holdings.set_state(sighting, *listing.rule(sighting.path))
            sighting.stable_since = utc_now()
            return
        clip = holdings.clip(self.session, sighting.clip_id)
        holdings.set_state(sighting, *stages.verdict(self.session, clip))
        self.session.flush()
        stages.settle(self.session, clip)

    def _companions(self, companions: listing.Companions) -> None:
        """Captions or an article came, changed or went: the clip's later stages run again."""
        digest = companions.digest(self.sighting.path)
        if digest != self.sighting.companions:
            self.sighting.companions = digest
            holdings.set_state(
                self.sighting, State.WAITING, "captions or articles beside it changed"
            )
            self.done.count("companions")
