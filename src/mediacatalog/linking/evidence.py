"""The single reasons to believe that an article belongs to a clip."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mediacatalog.articles.videos import identify
from mediacatalog.text import fold
from mediacatalog.values import Evidence

if TYPE_CHECKING:
    from mediacatalog.articles import ArticleFile
    from mediacatalog.values import Article

_GENERIC = re.compile(
    r"(?:video|clip|movie|film|output|out|final|untitled|download|file|media|master|trim|index|"
    r"article|story|img|mvi|dsc|vid|gopr|gh|gx|mov|dji|pxl|c|p)?[\s_-]*\d{0,6}",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\s*\[[A-Za-z0-9_-]{6,64}\]$")
_DAY = re.compile(r"(?<!\d)(20\d\d|19\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What is known of a clip that an article may name."""

    name: str
    """The file's name, with its suffix."""
    duration_ms: int | None = None
    recorded_at: str = ""
    """ISO 8601, or empty."""
    title: str | None = None
    """From the container or a person; the name gives one otherwise."""
    urls: tuple[str, ...] = ()
    """Addresses in the container's tags: where the file was downloaded."""


def gather(clip: ClipFacts, article: Article, beside: ArticleFile | None) -> list[Evidence]:
    """All evidence, unsorted; empty if nothing connects the two."""
    found = [
        *_by_place(clip, beside),
        *_by_id(clip, article),
        *_by_file(clip, article),
        *_by_title(clip, article),
    ]
    # A date fits many stories: it may only confirm what something else says.
    return found + _by_date(clip, article) if found else []


def _by_place(clip: ClipFacts, beside: ArticleFile | None) -> list[Evidence]:
    if beside is None:
        return []
    name = beside.path.name
    if beside.kind == "same name":
        return [Evidence("same name", f"has the same name as the clip: {name}", 0.95)]
    if beside.kind == "download record":
        detail = f"is the record that was saved with the download: {name}"
        return [Evidence("download record", detail, 0.97)]
    if beside.kind == "description":
        detail = f"is the description that was saved with the download: {name}"
        return [Evidence("description", detail, 0.95)]
    if beside.kind == "names the file":
        weight = 0.5 if _is_generic(clip.name) else 0.85
        detail = f"{name} lies in the same folder and names the file"
        return [Evidence("names the file", detail, weight)]
    return [Evidence("same folder", f"stands in the same folder: {name}", 0.5)]


def _by_id(clip: ClipFacts, article: Article) -> list[Evidence]:
    """The page shows a video whose id stands in the file's name or in the file's own tags."""
    stem = PurePath(clip.name).stem
    own = {known.id for url in clip.urls if (known := identify(url))}
    for video in article.videos:
        if not video.id:
            continue
        if video.id in own:
            detail = f"the page shows the video {video.id}, which the file's tags name"
            return [Evidence("video id", detail, 0.95)]
        if is_id_in(video.id, stem):
            detail = f"the page shows the video {video.id}, and the file's name holds this id"
            return [Evidence("video id", detail, 0.95)]
    for url in clip.urls:
        if article.url and _bare(url) == _bare(article.url):
            return [Evidence("address", f"the file's tags name the page: {url}", 0.95)]
    return []


def is_id_in(video_id: str, stem: str) -> bool:
    """Whether an id stands in a name as a word of its own, and is telling enough.

    An id may hold `-` and `_`, and yt-dlp's predecessor joined it with `-`: only letters and
    digits around it speak against it.
    """
    key = video_id.rsplit("/", 1)[-1]
    telling = len(key) >= 8 if key.isdigit() else len(key) >= 6 and not key.isalpha()
    if len(key) >= 11:
        telling = True
    if not telling:
        return False
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(key)}(?![A-Za-z0-9])", stem) is not None


def _by_file(clip: ClipFacts, article: Article) -> list[Evidence]:
    """The page plays a file of this name, or the story names it."""
    wanted = fold(clip.name)
    weak = _is_generic(clip.name)
    for video in article.videos:
        try:
            name = unquote(urlsplit(video.url).path).rsplit("/", 1)[-1]
        except ValueError:
            continue
        if name and fold(name) == wanted:
            detail = f"the page plays a file of this name: {name}"
            return [Evidence("plays the file", detail, 0.5 if weak else 0.92)]
    if not weak and len(clip.name) > 8 and wanted in fold(article.text):
        return [Evidence("names the file", f"the story names the file {clip.name}", 0.8)]
    return []


def _by_title(clip: ClipFacts, article: Article) -> list[Evidence]:
    """The clip's title, or its name read as one, equals that of the story or of its video."""
    titles = [title for title in (clip.title, _title_of(clip.name)) if title]
    for video in article.videos:
        if video.title and any(_equal(title, video.title) for title in titles):
            detail = f"the page shows a video with the clip's title: {video.title}"
            return [Evidence("video title", detail, 0.6)]
    if article.title is None:
        return []
    if any(_equal(title, article.title) for title in titles):
        return [Evidence("title", f"the clip's title is the headline: {article.title}", 0.6)]
    common = max((_common(title, article.title) for title in titles), default=0.0)
    if common >= 0.6:
        detail = f"{common:.0%} of the words of name and headline are the same: {article.title}"
        return [Evidence("title words", detail, 0.3)]
    return []


def _by_date(clip: ClipFacts, article: Article) -> list[Evidence]:
    published = _day(article.published or "")
    if published is None:
        return []
    for words, given in (("was recorded on", clip.recorded_at), ("is named for", clip.name)):
        day = _day(given)
        if day is not None and -1 <= (published - day).days <= 14:
            detail = f"the clip {words} {day}, the story was published on {published}"
            return [Evidence("date", detail, 0.15)]
    return []


# --- small questions ------------------------------------------------------------------------------


def _is_generic(name: str) -> bool:
    """Names that cameras and programs give: they connect nothing."""
    return _GENERIC.fullmatch(PurePath(name).stem) is not None


def _title_of(name: str) -> str:
    return re.sub(r"[\s_]+", " ", _BRACKETED.sub("", PurePath(name).stem)).strip()


def _words(title: str) -> list[str]:
    return re.findall(r"\w+", fold(title))


def _equal(one: str, other: str) -> bool:
    """The same words in the same order, and enough of them to be no accident."""
    words = _words(one)
    return len("".join(words)) >= 12 and len(words) >= 3 and words == _words(other)


def _common(one: str, other: str) -> float:
    """Share of common words (Jaccard); 0 when there are too few to say anything."""
    first, second = ({word for word in _words(title) if len(word) > 2} for title in (one, other))
    if min(len(first), len(second)) < 4:
        return 0.0
    return len(first & second) / len(first | second)


def _day(value: str) -> date | None:
    found = _DAY.search(value)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _bare(url: str) -> str:
    return re.sub(r"^https?://(?:www\.)?", "", url.split("#", maxsplit=1)[0]).rstrip("/").casefold()
