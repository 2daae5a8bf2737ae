"""Articles from files that hold many: crawls, feeds, exports, folders of saved pages.

What a file holds is kept in batches, each its own transaction: a run that was stopped is taken up
by running it again, for bringing the same in twice changes nothing.
"""

from __future__ import annotations

import logging
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mediacatalog import linking
from mediacatalog.articles import sources
from mediacatalog.articles.sources import Gathered, Skipped
from mediacatalog.catalog import holdings, stories
from mediacatalog.errors import UnreadableArticleError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue

log = logging.getLogger(__name__)

BATCH = 50
MOST_REASONS = 1000
"""Skipped entries that a report names; the others are only counted."""
MAX_FILES = 200_000
PAGES = frozenset(
    ".html .htm .xhtml .mhtml .mht .txt .md .markdown .json .xml .rss .atom .warc .wacz .gz "
    ".description".split()
)
"""Suffixes of files that a folder is searched for."""


@dataclass
class Report:
    """What a file gave; one line of JSON of the command."""

    path: str
    kind: str = ""
    found: int = 0
    new: int = 0
    articles: list[str] = field(default_factory=list)
    """Ids, of at most MOST_REASONS."""
    skipped: int = 0
    reasons: list[str] = field(default_factory=list)
    error: str = ""
    """Why nothing, or nothing more, could be read."""


def files_of(path: Path) -> Iterator[Path]:
    """The file itself, or those below a folder that may hold articles, in order.

    The folder that a browser saves beside a page (`Page_files/`) holds no stories.
    """
    if not path.is_dir():
        yield path
        return
    seen = 0
    for folder, below, names in os.walk(path):
        pages = {Path(name).stem for name in names}
        below[:] = sorted(
            one
            for one in below
            if not one.startswith(".")
            and not any(one == f"{stem}{end}" for stem in pages for end in ("_files", "-Dateien"))
        )
        for name in sorted(names):
            if Path(name).suffix.lower() in PAGES and not name.startswith("."):
                yield Path(folder) / name
                seen += 1
                if seen >= MAX_FILES:
                    return


def gather_path(catalogue: Catalogue, path: Path, *, actor: str) -> Report:
    """Bring in every article of a file. What can't be read is told in the report."""
    shown = holdings.spelled(path)
    report = Report(shown)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        report.error = error.strerror or "can't be read"
        return report
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            report.error = "not a regular file"
            return report
        gather(catalogue, file, report, name=holdings.display_name(os.fsencode(path.name)),
               folder=path.parent, actor=actor)  # fmt: skip
    return report


def gather(  # noqa: PLR0913 - the place of a file is said in three ways
    catalogue: Catalogue,
    file: BinaryIO,
    report: Report,
    *,
    name: str,
    folder: Path | None,
    actor: str,
    kind: str = "",
) -> None:
    """The same of an open file; `folder` is where it lies, for the files that exports name."""
    batch: list[Gathered] = []
    report.kind = sources.kind_of(file.read(sources.HEAD), name)
    file.seek(0)
    said = kind or ("file" if report.kind == "page" else report.kind)
    try:
        for one in sources.read(file, name):
            if isinstance(one, Skipped):
                _skip(report, one)
                continue
            batch.append(one)
            if len(batch) == BATCH:
                _keep(catalogue, batch, report, said, folder, actor)
                batch = []
    except UnreadableArticleError as error:
        report.error = error.reason
    except (OSError, MemoryError, EOFError) as error:
        report.error = f"can't be read: {error}"
    _keep(catalogue, batch, report, said, folder, actor)


def _skip(report: Report, one: Skipped) -> None:
    report.skipped += 1
    if len(report.reasons) < MOST_REASONS:
        report.reasons.append(f"{one.place}: {one.reason}")


def _keep(
    catalogue: Catalogue,
    batch: list[Gathered],
    report: Report,
    kind: str,
    folder: Path | None,
    actor: str,
) -> None:
    if not batch:
        return
    with catalogue.writing() as session:
        for one in batch:
            origin = stories.Origin(
                kind, f"{report.path} {one.place}".strip(), one.captured or "", actor
            )
            kept = stories.keep(session, one.article, one.data, one.name, origin)
            report.found += 1
            report.new += kept.new
            if len(report.articles) < MOST_REASONS:
                report.articles.append(kept.id)
            if one.files and folder is not None:
                _link_files(session, kept.id, one.files, folder)
            linking.article_came(session, kept.id)


def _link_files(session: Session, article_id: str, files: tuple[str, ...], folder: Path) -> None:
    """Tie a message to the clips of its files, and remember these for clips that come later."""
    paths = {shown: folder / shown for shown in files}
    stories.name_files(
        session, article_id, [(holdings.spelled(path), shown) for shown, path in paths.items()]
    )
    for path in paths.values():
        root = holdings.root_of(session, path)
        if root is None:
            continue
        below = os.fsencode(os.path.relpath(path, root.path))
        for clip_id in stories.clips_at(session, root.id, [below]).values():
            stories.link_named(session, clip_id, [holdings.spelled(path)])
            holdings.touch(session, [clip_id])
