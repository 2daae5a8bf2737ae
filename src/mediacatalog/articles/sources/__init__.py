"""Files that hold articles: saved pages, crawls, feeds, exports of messengers.

`read` gives every article of a file, one after another, and says of the rest why it is none. A new
kind is one module and one line of `KINDS`. Whatever a file holds, the work is bounded.
"""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Literal

from mediacatalog import articles
from mediacatalog.articles import mhtml
from mediacatalog.articles.sources import archives, feeds, telegram, warc, whatsapp
from mediacatalog.articles.sources.values import MAX_LOADED, Gathered, Skipped
from mediacatalog.errors import UnreadableArticleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["KINDS", "Gathered", "Kind", "Skipped", "kind_of", "may_hold_articles", "read"]

Kind = Literal["warc", "wacz", "zip", "mhtml", "telegram", "whatsapp", "feed", "page"]

HEAD = 16_384
"""Bytes at the beginning of a file that tell its kind."""


def _saved_page(file: BinaryIO, name: str) -> Iterator[Gathered | Skipped]:
    data = whole(file, name)
    article, saved = mhtml.read_page(data, name)
    yield Gathered(name, "", data, article, saved)


def _export(file: BinaryIO, name: str) -> Iterator[Gathered | Skipped]:
    """The chats and other sources inside a ZIP file, as a phone shares them."""
    for member, data in archives.members(file, name, may_hold_articles):
        if isinstance(data, Skipped):
            yield data
            continue
        folder = PurePosixPath(member).parent
        kind = kind_of(data[:HEAD], PurePosixPath(member).name)
        if kind in ("page", "zip", "wacz"):
            yield Skipped(member, "isn't what its name says")
            continue
        for one in KINDS[kind](io.BytesIO(data), f"{name}, {member}"):
            if isinstance(one, Skipped):
                yield Skipped(f"{member} {one.place}", one.reason)
            else:
                files = tuple(str(folder / file) for file in one.files)
                yield replace(one, place=f"{member} {one.place}", files=files)


KINDS: dict[Kind, Callable[[BinaryIO, str], Iterator[Gathered | Skipped]]] = {
    "warc": warc.read,
    "wacz": warc.read_wacz,
    "zip": _export,
    "mhtml": _saved_page,
    "telegram": telegram.read,
    "whatsapp": whatsapp.read,
    "feed": feeds.read,
}

_NAMES = re.compile(
    r".*\.(?:warc|warc\.gz|wacz|mhtml|mht|rss|atom)|result\.json|messages\d*\.html|_chat\.txt|"
    r"(?:whatsapp chat|whatsapp-chat|chat whatsapp|conversation whatsapp|"
    r"دردشة واتساب|чат whatsapp).*\.(?:txt|zip)|"
    r"(?:feed|rss|atom|(?:.*[-_])?sitemap(?:[-_].*)?)\.xml",
    re.IGNORECASE | re.DOTALL,
)


def may_hold_articles(name: str) -> bool:
    """Whether the name of a file in a watched folder is that of a source."""
    return _NAMES.fullmatch(name) is not None


def kind_of(head: bytes, name: str) -> Kind:
    """Which kind a file is by its first bytes; `page` is one page or text."""
    lower = name.lower()
    looks: tuple[tuple[Kind, bool], ...] = (
        ("warc", warc.looks_like(head, lower)),
        ("wacz", head.startswith(b"PK\x03\x04") and lower.endswith(".wacz")),
        ("zip", head.startswith(b"PK\x03\x04") and lower.endswith(".zip")),
        ("mhtml", mhtml.looks_like(head, lower)),
        ("telegram", telegram.looks_like(head)),
        ("feed", feeds.looks_like(head)),
        ("whatsapp", whatsapp.looks_like(head)),
    )
    return next((kind for kind, is_one in looks if is_one), "page")


def read(file: BinaryIO, name: str) -> Iterator[Gathered | Skipped]:
    """Every article of a file in its order; `file` can be sought.

    Raises UnreadableArticleError, also in the middle, where nothing more can be read.
    """
    head = file.read(HEAD)
    file.seek(0)
    kind = kind_of(head, name)
    if kind != "page":
        yield from KINDS[kind](file, name)
        return
    if name.lower().endswith(".json") and not name.lower().endswith(".info.json"):
        yield Skipped(name, "JSON that is no export and no downloader's record")
        return
    data = whole(file, name)
    yield Gathered(name, "", data, articles.read(data, name=name))


def whole(file: BinaryIO, name: str) -> bytes:
    """All bytes of a file. Raises UnreadableArticleError if there are too many."""
    data = file.read(MAX_LOADED + 1)
    if len(data) > MAX_LOADED:
        raise UnreadableArticleError(name, f"larger than {MAX_LOADED // 2**20} MiB")
    return data
