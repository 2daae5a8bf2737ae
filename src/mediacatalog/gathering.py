"""Articles from files that hold many: crawls, feeds, exports, folders of saved pages.

What a file holds is kept in batches, each its own transaction: a run that was stopped is taken up
by running it again, for bringing the same in twice changes nothing.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import stat
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from mediacatalog import linking
from mediacatalog.apart import fetching, reading
from mediacatalog.articles import page, sources, videos
from mediacatalog.articles.sidecars import is_story
from mediacatalog.articles.sources import Gathered, Skipped
from mediacatalog.catalog import holdings, stories, story_files
from mediacatalog.errors import UnreadableArticleError
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings

log = logging.getLogger(__name__)

_MARKUP = re.compile(
    r"<(?:p|div|article|h[1-6]|a|br|span|img|iframe|video)\b[^<>]{0,2000}>", re.IGNORECASE
)
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
            if _may_be_read(name):
                yield Path(folder) / name
                seen += 1
                if seen >= MAX_FILES:
                    return


def _may_be_read(name: str) -> bool:
    suffix = Path(name).suffix.lower()
    if name.startswith("."):
        return False
    if suffix not in PAGES:
        return sources.may_hold_articles(name)
    return suffix not in (".txt", ".md", ".markdown") or (
        is_story(name) or sources.may_hold_articles(name)
    )


def gather_path(
    catalogue: Catalogue,
    path: Path,
    *,
    actor: str,
    pages: bool = True,
    stop: threading.Event | None = None,
) -> Report:
    """Bring in every article of a file. What can't be read is told in the report.

    Without `pages` a file that is just one page or text is left alone. Once `stop` is set no
    further batch is read.
    """
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
        if not pages and sources.kind_of(file.read(sources.HEAD), path.name) == "page":
            report.error = "it isn't what its name says"
            return report
        file.seek(0)
        name = holdings.display_name(os.fsencode(path.name))
        gather(catalogue, file, report, name=name, folder=path.parent, actor=actor, stop=stop)
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
    stop: threading.Event | None = None,
) -> None:
    """The same of an open file; `folder` is where it lies, for the files that exports name."""
    batch: list[Gathered] = []
    report.kind = sources.kind_of(file.read(sources.HEAD), name)
    file.seek(0)
    said = kind or ("file" if report.kind == "page" else report.kind)
    try:
        for one in reading.source(file, name):
            if isinstance(one, Skipped):
                _skip(report, one)
                continue
            batch.append(one)
            if len(batch) == BATCH:
                _keep(catalogue, batch, report, said, folder, actor)
                batch = []
                if stop is not None and stop.is_set():
                    return
    except UnreadableArticleError as error:
        report.error = error.reason
    except (OSError, MemoryError, EOFError) as error:
        report.error = f"can't be read: {error}"
    _keep(catalogue, batch, report, said, folder, actor)


def take_text(catalogue: Catalogue, text: str, *, url: str | None, actor: str) -> str:
    """Keep what a person pasted, a page's source or plain text; returns the article's id.

    Raises UnreadableArticleError.
    """
    data = text.encode("utf-8", "replace")
    is_page = page.looks_like(data) or _MARKUP.search(text) is not None
    name = "pasted.html" if is_page else "pasted.txt"
    article = reading.page(data, name) if is_page else reading.article(data, name)
    article = replace(article, url=article.url or videos.web_address(url))
    place = article.url or hashlib.sha256(data).hexdigest()
    with catalogue.writing() as session:
        origin = stories.Origin("paste", place, actor=actor)
        kept = stories.keep(session, article, data, name, origin)
        linking.article_came(session, kept.id)
    return kept.id


def take_address(
    catalogue: Catalogue, url: str, *, actor: str, beside: fetching.Beside | None = None
) -> str:
    """Fetch a page from the web and keep it; returns the article's id.

    Only to be called where the operator has turned fetching on. Raises FetchRefusedError and
    UnreadableArticleError.
    """
    found = fetching.fetch(url, beside)
    suffix = "txt" if found.content_type == "text/plain" else "html"
    host = urlsplit(found.url).hostname or "page"
    article = reading.article(found.data, f"{host}.{suffix}")
    article = replace(article, url=article.url or found.url)
    with catalogue.writing() as session:
        origin = stories.Origin("fetched", found.url, found.fetched_at, actor)
        kept = stories.keep(session, article, found.data, f"{host}.{suffix}", origin)
        linking.article_came(session, kept.id)
    return kept.id


class Gatherer:
    """Reads the files of watched folders that hold articles, one after another."""

    def __init__(self, catalogue: Catalogue, settings: Settings, stop: threading.Event) -> None:
        self._catalogue, self._settings, self._stop = catalogue, settings, stop
        self._noticed = False

    def read_next(self) -> bool:
        """Read one file that waits and stands still; False if there is none."""
        if not self._noticed:
            with self._catalogue.writing() as session:
                story_files.notice(session)
            self._noticed = True
        still = utc_now() - timedelta(seconds=self._settings.settle_seconds)
        with self._catalogue.reading() as session:
            one = story_files.waiting(session, still)
        if one is None:
            return False
        report = gather_path(self._catalogue, one.path, actor="", pages=False, stop=self._stop)
        if self._stop.is_set():
            return False  # what was kept stays; the file is read again from its beginning
        with self._catalogue.writing() as session:
            if not self._is_as_read(one):
                return True  # it changed meanwhile: the watcher sees to it, and it is read again
            story_files.settle(
                session, one.sighting_id,
                found=report.found, skipped=report.skipped, error=report.error,
            )  # fmt: skip
        return True

    @staticmethod
    def _is_as_read(one: story_files.Waiting) -> bool:
        try:
            status = one.path.lstat()
        except OSError:
            return True  # gone: the report says so
        return (status.st_size, status.st_mtime_ns) == (one.byte_count, one.mtime_ns)


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
