"""The record that yt-dlp and youtube-dl write beside a download: `NAME.info.json`."""

from __future__ import annotations

import json
import re
from typing import Any

from mediacatalog.articles import boilerplate, datelines, dates, languages, videos
from mediacatalog.articles.cleaning import one_line, plain
from mediacatalog.errors import UnreadableArticleError
from mediacatalog.values import Article, EmbeddedVideo

_ID = re.compile(r"[\w.:@-]{1,128}")
_NAMES = {"youtube": "YouTube", "twitter": "X", "tiktok": "TikTok", "vk": "VK"}


def read(text: str, name: str) -> Article:
    """The description of one video as an article. Values of a wrong type count as missing.

    Raises UnreadableArticleError if it isn't JSON of an object or holds nothing to read.
    """
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableArticleError(name, f"is not valid JSON: {str(error)[:120]}") from error
    if not isinstance(record, dict):
        raise UnreadableArticleError(name, "is not the record of a video")
    title = _line(record, "title", "fulltitle")
    description = record.get("description")
    blocks = plain(description[:2_000_000]).split("\n\n") if isinstance(description, str) else []
    kept, removed = boilerplate.sort_out(block.strip() for block in blocks if block.strip())
    video = _video(record, title)
    if title is None and not kept and video is None:
        raise UnreadableArticleError(name, "holds no title, description or address of a video")
    body = "\n\n".join(kept)
    return Article(
        title=title,
        byline=_person(record),
        dateline=datelines.find(kept),
        published=_published(record),
        modified=dates.of_epoch(record.get("modified_timestamp"))
        or dates.iso(record.get("modified_date")),
        language=languages.choose(f"{title or ''}\n{body}", record.get("language")),
        url=video.url if video else None,
        site=_site(record),
        text=body,
        removed=tuple(removed),
        videos=(video,) if video else (),
    )


def _line(record: dict[str, Any], *keys: str) -> str | None:
    return next((line for key in keys if (line := one_line(record.get(key)))), None)


def _person(record: dict[str, Any]) -> str | None:
    line = _line(record, "uploader", "channel", "creator", "uploader_id")
    return None if line is None or line.lower() in ("unknown", "none", "na") else line


def _published(record: dict[str, Any]) -> str | None:
    """The release or upload with its second (UTC) if it is known, else its day."""
    for key in ("release_timestamp", "timestamp"):
        if moment := dates.of_epoch(record.get(key)):
            return moment
    return next(
        (day for key in ("release_date", "upload_date") if (day := dates.iso(record.get(key)))),
        None,
    )


def _site(record: dict[str, Any]) -> str | None:
    line = _line(record, "extractor_key", "extractor")
    return None if line is None or line.lower() == "generic" else _NAMES.get(line.lower(), line)


def _video(record: dict[str, Any], title: str | None) -> EmbeddedVideo | None:
    for key in ("webpage_url", "original_url", "url"):
        url = videos.web_address(record.get(key))
        if url:
            known = videos.identify(url)
            return EmbeddedVideo(url, title, known.id if known else _own_id(record))
    return None


def _own_id(record: dict[str, Any]) -> str | None:
    value = record.get("id")
    return value if isinstance(value, str) and _ID.fullmatch(value) else None
