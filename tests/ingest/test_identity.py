"""A thousand files are moved, renamed, swapped, copied, replaced, lost: identity is the bytes.

No known bytes get a new id, no tag is lost, nothing is deleted, nothing is decoded again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from mediacatalog.catalog import changes, claims, holdings, steering, vocabulary
from mediacatalog.catalog.models import Clip, ClipStage, ClipTerm, Sighting
from mediacatalog.ingest import pipeline
from mediacatalog.ingest.jobs import Services
from mediacatalog.ingest.watch import Pass, Watcher
from mediacatalog.media import viewing
from mediacatalog.values import State
from tests.factories import make_clip

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings


class Archive:
    """Two watched folders of made files, and what the catalogue says of them."""

    def __init__(
        self, catalogue: Catalogue, settings: Settings, folder: Path, order: str, files: int
    ) -> None:
        self.catalogue = catalogue
        self.settings = settings.model_copy(
            update={"settle_seconds": 0.0, "unproven_settle_seconds": 0.0}
        )
        self.roots = {name: folder / name for name in order}
        self.a, self.b = self.roots["a"], self.roots["b"]
        for name in order:  # scanned in the order of their making
            self.roots[name].mkdir()
            with catalogue.writing() as session:
                holdings.root(session, self.roots[name], kind="watched")
        self.watcher = Watcher(catalogue, self.settings)
        self.clips = files // 5
        first = make_clip(folder, "made.mp4", shots=(("red", 0.25),), size="96x64").read_bytes()
        self.bytes = [first + b"\0\0\0\x10free%08d" % number for number in range(self.clips)]
        for number in range(files):
            self.put(self.a if number % 2 else self.b, number, self.bytes[number % self.clips])

    def put(self, root: Path, number: int, data: bytes) -> Path:
        path = root / f"f{number:04d}.mp4"
        path.write_bytes(data)
        # Pairs have the same size and time: only the bytes and the inode tell them apart.
        os.utime(path, ns=(0, 1_600_000_000_000_000_000 + number // 4))
        return path

    def files(self, root: Path) -> list[Path]:
        return sorted(path for path in root.rglob("*.mp4"))

    def on_disk(self) -> dict[str, str]:
        """SHA-256 of every file by its path."""
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for root in self.roots.values()
            for path in self.files(root)
        }

    def look(self) -> list[Pass]:
        return self.watcher.reconcile_all()

    def settle(self) -> list[Pass]:
        """Look and read until nothing is on its way; the last looks."""
        while True:
            passes = self.look()
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(self._read, self._taken()))
            with self.catalogue.reading() as session:
                counts = holdings.counts(session)
            if not counts["arriving"] and not counts["waiting"]:
                return passes

    def _taken(self) -> list[tuple[str, int]]:
        with self.catalogue.writing() as session:
            session.execute(update(Sighting).values(next_retry_at=None))
            return claims.take(session, "slot-0", limit=5000)

    def _read(self, taken: tuple[str, int]) -> None:
        with viewing.lent() as viewer:
            services = Services(self.catalogue, self.settings, viewer)
            pipeline.run(services, *taken)

    def known(self) -> dict[str, tuple[str, str | None]]:
        """(state, SHA-256) of every sighting by its path."""
        with self.catalogue.reading() as session:
            rows = session.execute(
                select(Sighting, Clip.sha256).outerjoin(Clip, Clip.id == Sighting.clip_id)
            )
            return {
                str(holdings.path_of(session, one)): (one.state, digest) for one, digest in rows
            }

    def ids(self) -> dict[str, str]:
        with self.catalogue.reading() as session:
            return {one.sha256: one.id for one in session.scalars(select(Clip))}

    def count(self, table: type[Sighting | ClipTerm]) -> int:
        with self.catalogue.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def decodes(self) -> int:
        with self.catalogue.reading() as session:
            query = select(func.sum(ClipStage.attempt)).where(ClipStage.stage == "watch_through")
            return session.scalar(query) or 0


MANY = int(os.environ.get("TEST_MANY_FILES", "200"))
"""On SQLite; 1,000 take minutes, and are tried by hand (CONTRIBUTING.md)."""


@pytest.fixture(params=[(MANY, "ab"), (100, "ba")], ids=["many", "other-order"])
def archive(
    request: pytest.FixtureRequest, catalogue: Catalogue, settings: Settings, tmp_path: Path
) -> Archive:
    files, order = request.param
    if catalogue.dialect == "postgresql":
        files = 100  # the many are tried on SQLite
    return Archive(catalogue, settings, tmp_path, order, files)


def shuffle(archive: Archive) -> None:  # noqa: C901 - one thing after another
    """All that people do to files, while nobody watches."""
    many = archive.files(archive.a)
    some = len(many) // 25
    groups = iter([many[start : start + some] for start in range(0, len(many), some)])
    (archive.a / "moved").mkdir()
    for path in next(groups):
        path.rename(archive.a / "moved" / path.name)
    for path in next(groups):
        path.rename(archive.b / f"from-a-{path.name}")
    for path in next(groups):
        path.rename(path.with_name(f"renamed {path.name}"))
    for path in next(groups):
        path.rename(path.with_name(path.name.upper().replace(".MP4", ".mp4")))
    swapped = [*next(groups), *next(groups)]
    for one, other in zip(swapped[::2], swapped[1::2], strict=False):
        aside = one.with_name("aside.tmp")
        one.rename(aside)
        other.rename(one)
        aside.rename(other)
    turned = next(groups)
    turned[0].rename(turned[0].with_name("aside.tmp"))
    for one, other in zip(turned[1:], turned, strict=False):
        one.rename(other)
    turned[0].with_name("aside.tmp").rename(turned[-1])
    for path in next(groups):
        shutil.copy2(path, archive.b / f"copy-{path.name}")
    for path in next(groups):
        os.link(path, path.with_name(f"link-{path.name}"))
    for path in next(groups):  # by other known bytes, with size and time as before
        status, other = path.stat(), archive.bytes[-1]
        path.unlink()
        path.write_bytes(other)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    for path in next(groups):
        path.write_bytes(archive.bytes[0])
    for path in archive.files(archive.b)[: len(many) // 50]:
        path.unlink()


@pytest.mark.timeout(600)
def test_known_bytes_keep_their_clip_whatever_becomes_of_their_files(
    archive: Archive, tmp_path: Path
) -> None:
    archive.settle()
    disk = archive.on_disk()
    assert archive.known() == {path: (State.READY, digest) for path, digest in disk.items()}
    ids = archive.ids()
    assert len(ids) == archive.clips == archive.decodes()
    tagged = sorted(ids.values())[: archive.clips // 4]
    with archive.catalogue.writing() as session:
        for clip_id in tagged:
            vocabulary.add_term(session, clip_id, "seen by a person", kind="tag", actor="somebody")

    def check(passes: list[Pass]) -> None:
        assert [one.alarm for one in passes] == [None, None]
        now, known = archive.on_disk(), archive.known()
        assert {path: known[path] for path in now} == {
            path: (State.READY, digest) for path, digest in now.items()
        }
        assert {known[path][0] for path in known.keys() - now.keys()} <= {State.OFFLINE}
        assert archive.ids() == ids
        assert archive.decodes() == archive.clips
        assert archive.count(ClipTerm) == len(tagged)
        assert sum(one.files for one in passes) == len(now)

    shuffle(archive)
    sightings = archive.count(Sighting)
    check(archive.settle())
    assert archive.count(Sighting) >= sightings

    # A disk is unmounted: an empty folder is left in its place. Then it comes back.
    before, aside = archive.known(), tmp_path / "unmounted"
    archive.a.rename(aside)
    archive.a.mkdir()
    alarms = [one.alarm for one in archive.look()]
    assert sum(alarm is not None for alarm in alarms) == 1
    assert archive.known() == before
    archive.a.rmdir()
    alarms = [one.alarm for one in archive.look()]
    assert "can't be reached" in next(alarm for alarm in alarms if alarm)
    assert archive.known() == before
    aside.rename(archive.a)
    check(archive.settle())

    # It is gone for good, and a person says so; later it is found again.
    archive.a.rename(aside)
    archive.look()
    with archive.catalogue.writing() as session:
        (root,) = [one for one in holdings.roots(session) if one.alarm]
        steering.accept_loss(session, root.id, lost=root.lost, actor=changes.LOCAL)
    archive.settle()
    offline = [path for path, (state, _) in archive.known().items() if state == State.OFFLINE]
    assert {path for path in before if Path(path).is_relative_to(archive.a)} <= set(offline)
    assert archive.ids() == ids
    aside.rename(archive.a)
    check(archive.settle())
