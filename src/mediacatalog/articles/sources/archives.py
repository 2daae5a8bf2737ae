"""ZIP files, of which only a few members are wanted. Nothing is ever unpacked to a disk."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from mediacatalog.articles.sources.values import MAX_LOADED, Skipped
from mediacatalog.errors import UnreadableArticleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_MEMBERS = 200_000
MAX_READ = 100


def members(
    file: BinaryIO, name: str, wanted: Callable[[str], bool]
) -> Iterator[tuple[str, bytes | Skipped]]:
    """The path and the bytes of each member whose name is `wanted`; why one can't be read.

    Raises UnreadableArticleError for what is no whole ZIP file, or holds no such member.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            found = [
                one
                for one in archive.infolist()[:MAX_MEMBERS]
                if wanted(PurePosixPath(one.filename).name)
            ]
            if not found:
                raise UnreadableArticleError(name, "is a ZIP file without a chat or feed in it")
            for one in found[:MAX_READ]:
                yield one.filename[:1000], _bytes_of(archive, one)
            for one in found[MAX_READ:]:
                yield one.filename[:1000], Skipped(one.filename[:300], "one of too many")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise UnreadableArticleError(name, f"is no whole ZIP: {str(error)[:100]}") from error


def _bytes_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | Skipped:
    """What the header says of the size may be a lie: no more is unpacked than is taken."""
    try:
        with archive.open(member) as file:
            data = file.read(MAX_LOADED + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        return Skipped(member.filename[:300], f"can't be unpacked: {str(error)[:100]}")
    if len(data) > MAX_LOADED:
        return Skipped(member.filename[:300], f"larger than {MAX_LOADED // 2**20} MiB")
    return data
