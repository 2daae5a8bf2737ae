"""What lies beside a master: sidecars and articles, read with bounds, and a digest of them."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

from mediacatalog import articles, captions, linking
from mediacatalog.apart import reading
from mediacatalog.catalog import holdings
from mediacatalog.catalog.timeline import FoundArticle
from mediacatalog.errors import UnreadableArticleError
from mediacatalog.values import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_SIDECAR_BYTES = 50 * 2**20


def read_bounded(path: Path, limit: int = MAX_SIDECAR_BYTES) -> bytes:
    """The bytes of a small regular file. Raises OSError, also for a link, pipe or large file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"{path.name}: not a regular file")
        if status.st_size > limit:
            raise OSError(f"{path.name}: larger than {limit // 2**20} MiB")
        return file.read(limit)


def companions(masters: Iterable[Path]) -> str:
    """A digest of names, sizes and times of everything that lies beside these masters."""
    lines: list[str] = []
    for master in masters:
        found = [one.path for one in captions.beside(master)]
        found += [one.path for one in articles.beside(master)]
        for path in found:
            try:
                status = path.lstat()
            except OSError:
                continue
            lines.append(f"{path}\0{status.st_size}\0{status.st_mtime_ns}")
    digest = "\n".join(sorted(set(lines))).encode(errors="surrogateescape")
    return hashlib.sha256(digest).hexdigest()[:32] if lines else ""


def find_articles(
    facts: linking.ClipFacts, masters: Iterable[Path]
) -> tuple[list[FoundArticle], list[Problem]]:
    """Articles that lie beside the masters, each with the evidence that it belongs to the clip."""
    found: dict[str, FoundArticle] = {}
    problems: list[Problem] = []
    for master in masters:
        for candidate in articles.beside(master):
            name = holdings.display_name(os.fsencode(candidate.path.name))
            try:
                data = read_bounded(candidate.path)
                article = reading.article(data, name)
            except (UnreadableArticleError, OSError) as error:
                problems.append(Problem("articles", str(error)))
                continue
            shown = replace(candidate, path=candidate.path.with_name(name))
            link = linking.propose(facts, article, beside=shown)
            digest = hashlib.sha256(data).hexdigest()
            if link is not None and digest not in found:
                found[digest] = FoundArticle(name, data, digest, article, link)
    return list(found.values()), problems
