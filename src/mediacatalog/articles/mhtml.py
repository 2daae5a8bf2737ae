"""A page that a browser saved as one file: MHTML (RFC 2557)."""

from __future__ import annotations

import email
from dataclasses import replace
from typing import TYPE_CHECKING

from mediacatalog.articles import dates, page, videos
from mediacatalog.errors import UnreadableArticleError

if TYPE_CHECKING:
    from email.message import Message

    from mediacatalog.values import Article

MAX_BYTES = 100 * 2**20
MAX_PARTS = 5000


def looks_like(head: bytes, lower_name: str) -> bool:
    start = head[:4000].lower()
    return b"mime-version:" in start and (
        b"multipart/related" in start or lower_name.endswith((".mhtml", ".mht"))
    )


def read_page(data: bytes, name: str) -> tuple[Article, str | None]:
    """The page of the file, and when it was saved. Raises UnreadableArticleError."""
    if len(data) > MAX_BYTES:
        raise UnreadableArticleError(name, f"larger than {MAX_BYTES // 2**20} MiB")
    try:
        message = email.message_from_bytes(data)
        html, location = _page(message)
    except (ValueError, LookupError, RecursionError, AssertionError) as error:
        raise UnreadableArticleError(name, "is no readable MHTML file") from error
    if html is None:
        raise UnreadableArticleError(name, "holds no page")
    article = page.read(html, f"{name}.html")
    address = videos.web_address(message.get("Snapshot-Content-Location")) or videos.web_address(
        location
    )
    saved = message.get("Date")
    return replace(article, url=article.url or address), dates.iso(str(saved) if saved else None)


def _page(message: Message) -> tuple[bytes | None, str | None]:
    """The first HTML part, in UTF-8, and its address."""
    for number, part in enumerate(message.walk()):
        if number > MAX_PARTS:
            break
        if part.get_content_type() not in ("text/html", "application/xhtml+xml"):
            continue
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            continue
        charset = part.get_content_charset()
        if charset and charset not in ("utf-8", "us-ascii"):
            payload = payload.decode(charset, errors="replace").encode()
        return payload, part.get("Content-Location")
    return None, None
